//! Requests of a back end: the tower layer, and the extractor of axum.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use callsign_verifier::tower::AuthorizeLayer;
use callsign_verifier::{Bodies, Verified, Verifier};
use http::{Request, Response, StatusCode};
use tower::{Layer as _, Service as _, ServiceExt as _};

use crate::server::Server;

fn request(authorization: &[&str]) -> Request<Body> {
    let mut request = Request::get("/");
    for value in authorization {
        request = request.header("authorization", *value);
    }
    request.body(Body::empty()).unwrap()
}

async fn seen(reply: Response<Body>) -> (u16, String, String, String) {
    let header = |name| {
        reply
            .headers()
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let (status, kind) = (reply.status().as_u16(), header("content-type"));
    let challenge = header("www-authenticate") + &header("retry-after");
    let body = axum::body::to_bytes(reply.into_body(), 4_096).await.unwrap();
    (status, challenge, kind, String::from_utf8(body.to_vec()).unwrap())
}

async fn whose(verified: Verified) -> String {
    verified.identity.to_string()
}

/// The same handler behind the layer, and with the extractor alone.
fn apps(verifier: &Verifier) -> [Router; 2] {
    let alone = Router::new().route("/", get(whose)).with_state(verifier.clone());
    let behind = Router::new().route("/", get(whose)).with_state(verifier.clone());
    [behind.layer(AuthorizeLayer::new(verifier.clone())), alone]
}

#[tokio::test]
async fn a_good_token_passes_and_the_handler_knows_whose_it_is() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    for app in apps(&verifier) {
        let reply = app.oneshot(request(&[&format!("Bearer {}", server.token())])).await.unwrap();
        let (status, _, _, body) = seen(reply).await;
        assert_eq!(
            (status, body),
            (200, format!("8:acs:{}_{}", crate::server::RESOURCE, crate::server::local(1)))
        );
    }
}

#[tokio::test]
async fn others_are_told_why_not() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let good = format!("Bearer {}", server.token());
    let mut late = server.mint();
    late.issued_at = late.issued_at.plus_minutes(-90);
    let late = format!("Bearer {}", late.compact(&server.script.signer()));
    let told = "Bearer error=\"invalid_token\", error_description=\"the token has expired; let the client get a new one in time\"";
    for app in apps(&verifier) {
        for (headers, challenge, code) in [
            (vec![], "Bearer", "no_token"),
            (vec!["Basic dTpw"], "Bearer", "no_token"),
            (vec![good.as_str(), good.as_str()], "Bearer", "no_token"),
            (vec![late.as_str()], told, "expired"),
        ] {
            let (status, header, kind, body) =
                seen(app.clone().oneshot(request(&headers)).await.unwrap()).await;
            assert_eq!((status, header.as_str()), (401, challenge));
            assert_eq!(kind, "application/problem+json");
            let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &401.into()));
        }
    }
}

#[tokio::test]
async fn a_verifier_that_cannot_tell_blames_no_token() {
    let server = Server::start().await;
    let verifier = server.builder().connect().unwrap();
    let header = format!("Bearer {}", server.token());
    for app in apps(&verifier) {
        let (status, challenge, _, body) = seen(app.oneshot(request(&[&header])).await.unwrap()).await;
        assert_eq!((status, challenge.as_str()), (503, "1"));
        assert!(body.contains("not_ready"));
    }
}

#[tokio::test]
async fn the_layer_fits_any_tower_service_and_speaks_plainly_when_asked_to() {
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let inner = tower::service_fn(|request: Request<()>| async move {
        let passed = request.extensions().get::<Verified>().is_some();
        let mut reply = Response::new(passed.to_string());
        *reply.status_mut() = StatusCode::ACCEPTED;
        Ok::<_, std::convert::Infallible>(reply)
    });
    let mut service = AuthorizeLayer::new(verifier).bodies(Bodies::Plain).layer(inner);
    let bare = Request::new(());
    let reply = service.ready().await.unwrap().call(bare).await.unwrap();
    assert_eq!(reply.status(), 401);
    assert_eq!(reply.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(reply.body(), "send one header 'Authorization: Bearer <access token>'");
    let mut good = Request::new(());
    good.headers_mut().insert("authorization", format!("Bearer {}", server.token()).parse().unwrap());
    let reply = service.ready().await.unwrap().call(good).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.body().as_str()), (202, "true"));
}
