//! Which exchanges are replayed, and for each of the others the reason why not. No exchange is named here: a rule looks
//! at what was recorded, so that an exchange comes in by itself on the day when its reason is gone.

use std::fmt;

use callsign_server::http::{RouteDescription, routes};

use super::recording::Exchange;
use super::teams_user;
use crate::ordered_json::Json;

/// Why an exchange is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    RouteNotServed,
    VersionNotServed,
    RequestBodyLost,
    QueryLost,
    Superseded,
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RouteNotServed => "the route is not served",
            Self::VersionNotServed => "the route does not serve that api-version",
            Self::RequestBodyLost => {
                "the recorder lost the request body: the answer holds a token that nobody asked for"
            }
            Self::QueryLost => "the recorder lost the query, and with it the api-version",
            Self::Superseded => "superseded: a newer recording of the same request has another outcome",
        })
    }
}

/// For each exchange, in order, the reason why it is left out, if there is one.
pub fn reasons(exchanges: &[Exchange]) -> Vec<Option<Reason>> {
    let routes = routes();
    let first: Vec<_> = exchanges.iter().map(|exchange| unreplayable(exchange, &routes)).collect();
    let rest: Vec<_> = exchanges
        .iter()
        .zip(&first)
        .filter(|(_, reason)| reason.is_none())
        .map(|(exchange, _)| exchange)
        .collect();
    let of = |(exchange, reason): (&Exchange, &Option<Reason>)| {
        reason.or_else(|| is_superseded(exchange, &rest).then_some(Reason::Superseded))
    };
    exchanges.iter().zip(&first).map(of).collect()
}

fn unreplayable(exchange: &Exchange, routes: &[RouteDescription]) -> Option<Reason> {
    let is_route =
        |route: &&RouteDescription| route.method == exchange.request.method && route.path == exchange.route;
    let mut served = routes.iter().filter(is_route).peekable();
    if served.peek().is_none() {
        return Some(Reason::RouteNotServed);
    }
    let Some(version) = exchange.version() else {
        return Some(Reason::QueryLost);
    };
    if !served.any(|route| route.version.as_str() == version) {
        return Some(Reason::VersionNotServed);
    }
    let answer = &exchange.response.body;
    let has_token = answer.member("token").is_some() || answer.member("accessToken").is_some();
    (exchange.request.body == Json::Null && has_token).then_some(Reason::RequestBodyLost)
}

/// An outcome stands as long as one exchange had it that no other outcome of the same request came after.
fn is_superseded(exchange: &Exchange, others: &[&Exchange]) -> bool {
    let same_request = || others.iter().filter(|other| asks_the_same(exchange, other));
    let replaced =
        |one: &Exchange| same_request().any(|other| outcome(other) != outcome(one) && is_newer(other, one));
    same_request().filter(|other| outcome(other) == outcome(exchange)).all(|other| replaced(other))
}

/// A member that is null is a member that is missing; whether the id was foreign and the key good belongs to what is asked.
fn asks_the_same(one: &Exchange, other: &Exchange) -> bool {
    let wish = |exchange: &Exchange| match &exchange.request.body {
        Json::Object(members) => members.iter().filter(|(_, value)| *value != Json::Null).cloned().collect(),
        _ => Vec::new(),
    };
    one.route == other.route
        && one.request.method == other.request.method
        && one.version() == other.version()
        && one.is_for_a_foreign_id() == other.is_for_a_foreign_id()
        && one.is_denied() == other.is_denied()
        && wish(one) == wish(other)
        // Where the wish was hidden, the outcome is what tells of it.
        && (!teams_user::hides(one) || outcome(one) == outcome(other))
}

fn outcome(exchange: &Exchange) -> (u16, Option<&Json>) {
    (exchange.response.status, exchange.response.body.member("error"))
}

/// By the answers' dates; where a recorder hid one, by the newest version that the answers list.
fn is_newer(one: &Exchange, than: &Exchange) -> bool {
    let newest_listed = |exchange: &Exchange| {
        exchange.header("api-supported-versions").and_then(|list| list.split(", ").last()).map(str::to_owned)
    };
    match (one.recorded_at(), than.recorded_at()) {
        (Some(one), Some(than)) => one > than,
        _ => newest_listed(than).is_some_and(|than| newest_listed(one).is_some_and(|one| one > than)),
    }
}
