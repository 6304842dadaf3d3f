//! What the listener for monitoring serves: metrics and health, and nothing else.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};

use super::Answer;
use super::health::{self, Health};
use crate::app::App;
use crate::http::bounds;

/// Where Prometheus asks.
const METRICS_PATH: &str = "/metrics";

/// Answers one request. Its body is of no use, and the HTTP library drops it.
pub(crate) async fn answer<B>(app: &Arc<App>, request: Request<B>) -> Response {
    let (parts, _) = request.into_parts();
    let (method, path) = (&parts.method, parts.uri.path());
    let answer = if bounds::check_head(&parts).is_err() {
        health::json(StatusCode::BAD_REQUEST, r#"{"status":"the request is too large"}"#.to_owned())
    } else if Health::serves(path) {
        app.health.answer(method, path).await
    } else if path != METRICS_PATH {
        health::json(StatusCode::NOT_FOUND, r#"{"status":"metrics are at /metrics"}"#.to_owned())
    } else if !matches!(*method, Method::GET | Method::HEAD) {
        health::not_allowed()
    } else {
        metrics(app)
    };
    answer.into_response()
}

fn metrics(app: &App) -> Answer {
    match app.metrics.exposition() {
        Ok((media_type, text)) => {
            Answer { status: StatusCode::OK, media_type, headers: HeaderMap::new(), body: Bytes::from(text) }
        }
        Err(error) => {
            tracing::warn!(error.reason = %error, "metrics could not be written");
            health::json(StatusCode::INTERNAL_SERVER_ERROR, r#"{"status":"see the log"}"#.to_owned())
        }
    }
}
