//! The route table: every path and verb, what is spoken there, and who may call it.

mod acs;
mod own;

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use callsign_protocol::entra::Purpose;
use callsign_protocol::scope::Scopes;
use callsign_protocol::version::ApiVersion;
use futures_util::future::BoxFuture;
use http::Method;

use super::error::Refusal;
use super::exchange;
use super::publication::Document;
use super::reply::Reply;
use crate::app::App;
use crate::config::Role;
use crate::quota::Operation;

pub(crate) use acs::Acs;
pub(crate) use own::{Own, rows as own_rows};

/// Who may call a route. What everybody may read is the fixed list of [`Document`], and health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever signs with an access key of the resource, or shows a token and has at least this role there.
    Service(Role),
    /// A user who shows a token that shall be exchanged.
    User(Purpose),
}

impl Access {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Service(role) => role.as_str(),
            Self::User(_) => "user",
        }
    }
}

/// What is spoken on a route.
pub(crate) enum Protocol {
    /// The protocol of ACS.
    Acs(Acs),
    /// Ours.
    Own(Own),
}

/// One line of the table.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    pub(crate) operation: Operation,
    /// Largest body that it takes.
    pub(crate) body_bytes_max: usize,
    pub(crate) protocol: Protocol,
}

/// An answer in the making.
pub(crate) struct Answering {
    /// The scopes that are asked for.
    pub(crate) scopes: Option<Scopes>,
    /// What it will be.
    pub(crate) reply: BoxFuture<'static, Result<Reply, Refusal>>,
}

impl Answering {
    fn refused(refusal: Refusal) -> Self {
        Self { scopes: None, reply: Box::pin(std::future::ready(Err(refusal))) }
    }
}

/// A route of ACS as the outside sees it, for comparing with the published API descriptions.
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
    /// Who may call it besides whoever signs: `reader`, `issuer` or `contributor` is the least role of a caller with a token;
    /// `user` is a user with a token that shall be exchanged, and nobody else.
    pub access: &'static str,
}

/// Every route of the protocol of ACS in every version that it serves. Those of Callsign's own surface stand in
/// [`openapi`](super::openapi).
#[must_use]
pub fn routes() -> Vec<RouteDescription> {
    let mut described = Vec::new();
    for route in table() {
        let Protocol::Acs(acs) = &route.protocol else { continue };
        described.extend(acs.versions.iter().map(|version| RouteDescription {
            method: route.method.to_string(),
            path: route.path,
            version: *version,
            success: (acs.success)(*version).as_u16(),
            access: route.access.as_str(),
        }));
    }
    described
}

fn table() -> Vec<Route> {
    let mut table = acs::rows();
    table.extend(own::rows());
    table
}

/// The router over the table. Anything else is a JSON refusal.
pub(crate) fn router(app: &Arc<App>) -> axum::Router {
    // A path segment that begins with a colon is a verb of this API, and axum 0.8 panics on it unless told.
    let mut router = axum::Router::new().without_v07_checks();
    let mut paths: Vec<(&'static str, MethodRouter, Vec<String>)> = Vec::new();
    for route in table() {
        let (path, method) = (route.path, route.method.clone());
        let Ok(filter) = MethodFilter::try_from(method.clone()) else {
            continue;
        };
        let serve = serve(app, Arc::new(route));
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
    for document in Document::served(app) {
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
) -> impl Fn(Request) -> BoxFuture<'static, Response> + Clone + Send + Sync + 'static {
    let app = Arc::clone(app);
    let serve: Serve = Arc::new(move |request| {
        let (app, route) = (Arc::clone(&app), Arc::clone(&route));
        Box::pin(async move { exchange::carry_out(&app, &route, request).await })
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
        Box::pin(async move { exchange::refuse(&app, request, refusal).await })
    }
}

#[cfg(test)]
mod tests {
    use super::super::surface::Surface;
    use super::*;

    #[test]
    fn a_row_speaks_what_its_path_belongs_to() {
        for route in table() {
            let spoken = match route.protocol {
                Protocol::Acs(_) => Surface::Acs,
                Protocol::Own(_) => Surface::Own,
            };
            assert_eq!(Surface::of(route.path), spoken, "{}", route.path);
        }
    }

    #[test]
    fn every_operation_of_our_own_has_one_row() {
        let mut names: Vec<_> = own_rows().iter().map(|route| route.operation.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), own_rows().len());
    }
}
