//! The route table: every path, verb, version and success status, and who may call it.

use std::future::Future;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use callsign_protocol::version::ApiVersion;
use futures_util::future::BoxFuture;
use http::{Method, StatusCode};

use super::call::{Call, Message};
use super::error::Refusal;
use super::exchange;
use super::publication::Document;
use super::reply::Reply;
use crate::app::App;
use crate::handler;
use crate::quota::Operation;

use ApiVersion as V;

/// Every version but the oldest, which has shapes of its own.
const SINCE_2021: &[V] = &[
    V::V2021_03_07,
    V::V2021_10_31Preview,
    V::V2022_06_01,
    V::V2022_10_01,
    V::V2023_10_01,
    V::V2025_03_02Preview,
    V::V2025_06_30,
    V::V2026_09_23,
];
const OLDEST: &[V] = &[V::V2020_07_20Preview2];
const WITH_CUSTOM_ID: &[V] = &[V::V2025_03_02Preview];

/// Who may call a route. Other kinds of callers join with the routes that take them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever signs with an access key of the resource.
    Key,
}

/// One line of the table.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) operation: Operation,
    pub(crate) versions: &'static [ApiVersion],
    success: fn(ApiVersion) -> StatusCode,
}

impl Route {
    /// The `api-supported-versions` header: by date, joined by a comma and a blank (`live-behaviour.md` §2.1).
    pub(crate) fn supported_versions(&self) -> String {
        self.versions.iter().map(|version| version.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// A route as the outside sees it, for comparing with the published API descriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteDescription {
    /// Upper case.
    pub method: String,
    /// With `{id}` for the identity.
    pub path: &'static str,
    /// The version.
    pub version: ApiVersion,
    /// The status of success.
    pub success: u16,
}

/// Every route in every version that it serves.
#[must_use]
pub fn routes() -> Vec<RouteDescription> {
    let describe = |route: &Route, version: ApiVersion| RouteDescription {
        method: route.method.to_string(),
        path: route.path,
        version,
        success: (route.success)(version).as_u16(),
    };
    let table = table().into_iter().map(|(route, _)| route);
    table
        .flat_map(|route| route.versions.iter().map(|version| describe(&route, *version)).collect::<Vec<_>>())
        .collect()
}

type Line = (Route, Endpoint);

fn table() -> Vec<Line> {
    let created = |version| {
        if version == V::V2020_07_20Preview2 { StatusCode::OK } else { StatusCode::CREATED }
    };
    let ok = |_| StatusCode::OK;
    let no_content = |_| StatusCode::NO_CONTENT;
    let key = |method, path, operation, versions, success| Route {
        method,
        path,
        access: Access::Key,
        operation,
        versions,
        success,
    };
    use Operation::{CreateIdentity, CreateToken, DeleteIdentity, GetIdentity, RevokeToken};
    vec![
        (
            key(Method::POST, "/identities", CreateIdentity, &V::ALL, created),
            answer(handler::create_identity),
        ),
        (
            key(Method::GET, "/identities/{id}", GetIdentity, WITH_CUSTOM_ID, ok),
            answer(handler::get_identity),
        ),
        (
            key(Method::DELETE, "/identities/{id}", DeleteIdentity, &V::ALL, no_content),
            answer(handler::delete_identity),
        ),
        (
            key(Method::PATCH, "/identities/{id}", RevokeToken, OLDEST, no_content),
            answer(handler::revoke_access_tokens),
        ),
        (
            key(Method::POST, "/identities/{id}/token", CreateToken, OLDEST, ok),
            answer(handler::issue_access_token),
        ),
        (
            key(Method::POST, "/identities/{id}/:issueAccessToken", CreateToken, SINCE_2021, ok),
            answer(handler::issue_access_token),
        ),
        (
            key(Method::POST, "/identities/{id}/:revokeAccessTokens", RevokeToken, SINCE_2021, no_content),
            answer(handler::revoke_access_tokens),
        ),
    ]
}

/// Reads the message that a handler takes, and lets it answer.
pub(crate) type Endpoint =
    Arc<dyn Fn(exchange::Admitted) -> BoxFuture<'static, Result<Reply, Refusal>> + Send + Sync>;

fn answer<M, F>(handle: fn(Call<M>) -> F) -> Endpoint
where
    M: Message + Send + 'static,
    F: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    Arc::new(move |admitted| match admitted.into_call::<M>() {
        Ok(call) => Box::pin(handle(call)),
        Err(refusal) => Box::pin(std::future::ready(Err(refusal))),
    })
}

/// The router over the table. Anything else is a JSON refusal.
pub(crate) fn router(app: &Arc<App>) -> axum::Router {
    // A path segment that begins with a colon is a verb of this API, and axum 0.8 panics on it unless told.
    let mut router = axum::Router::new().without_v07_checks();
    let mut paths: Vec<(&'static str, MethodRouter, Vec<String>)> = Vec::new();
    for (route, endpoint) in table() {
        let (path, method) = (route.path, route.method.clone());
        let Ok(filter) = MethodFilter::try_from(method.clone()) else {
            continue;
        };
        let serve = serve(app, Arc::new(route), endpoint);
        match paths.iter_mut().find(|(other, _, _)| *other == path) {
            Some((_, methods, allow)) => {
                *methods = std::mem::take(methods).on(filter, serve);
                allow.push(method.to_string());
            }
            None => paths.push((path, MethodRouter::new().on(filter, serve), vec![method.to_string()])),
        }
    }
    for (path, methods, allow) in paths {
        let refusal = Refusal::MethodNotAllowed { allow: allow.join(", ") };
        router = router.route(path, methods.fallback(refuse(app, refusal)));
    }
    for document in Document::ALL {
        let refusal = Refusal::MethodNotAllowed { allow: "GET".to_owned() };
        let methods = MethodRouter::new().get(publish(app, document)).fallback(refuse(app, refusal));
        router = router.route(document.path(), methods);
    }
    router.fallback(refuse(app, Refusal::RouteUnknown))
}

fn publish(
    app: &Arc<App>,
    document: Document,
) -> impl Fn(Request) -> std::future::Ready<Response> + Clone + Send + Sync + 'static {
    let app = Arc::clone(app);
    move |request| std::future::ready(exchange::publish(&app, document, request))
}

type Serve = Arc<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

fn serve(
    app: &Arc<App>,
    route: Arc<Route>,
    endpoint: Endpoint,
) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + Send + Sync + 'static {
    let app = Arc::clone(app);
    let serve: Serve = Arc::new(move |request| {
        let (app, route, endpoint) = (Arc::clone(&app), Arc::clone(&route), Arc::clone(&endpoint));
        Box::pin(async move { exchange::carry_out(&app, &route, endpoint, request).await })
    });
    move |request| serve(request)
}

fn refuse(
    app: &Arc<App>,
    refusal: Refusal,
) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + Send + Sync + 'static {
    let app = Arc::clone(app);
    move |request| {
        let (app, refusal) = (Arc::clone(&app), refusal.clone());
        Box::pin(async move { exchange::refuse(&app, request, refusal) })
    }
}
