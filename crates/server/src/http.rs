//! HTTP: from a request's bytes to a call that a handler can answer, and from its answer to a reply.

mod arrival;
mod bounds;
pub(crate) mod call;
mod cors;
pub(crate) mod entity_tag;
pub(crate) mod error;
mod exchange;
mod headers;
pub(crate) mod own;
mod publication;
pub(crate) mod reply;
mod route;
pub(crate) mod site;
mod surface;
mod target;

/// The names of what is served beside the route table.
pub(crate) fn public_operations() -> impl Iterator<Item = &'static str> {
    publication::Document::all().map(publication::Document::operation).chain(site::Site::OPERATIONS)
}

pub(crate) use arrival::{Arrival, host, single_header};
pub(crate) use exchange::answer;
pub(crate) use headers::{MS_CV, X_MS_CLIENT_REQUEST_ID};
pub use own::openapi;
pub(crate) use route::{Access, router};
pub use route::{RouteDescription, routes};
pub(crate) use site::answer_monitoring;
