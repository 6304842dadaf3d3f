//! What a recorded exchange of a Teams user's token asked, as far as recorders hid it: the answer tells.

use serde_json::json;

use super::recording::Exchange;
use crate::ordered_json::Json;
use crate::provider::{APPLICATION, Provider, USER};

pub const ROUTE: &str = "/teamsUser/:exchangeAccessToken";

/// Minutes that the provider's tokens live from now on.
pub const LIFETIME_MINUTES: i64 = 60;

const SOMEBODY_ELSE: &str = "11111111-2222-4333-8444-555555555555";

/// Whether something of the request was hidden.
pub fn hides(exchange: &Exchange) -> bool {
    exchange.route == ROUTE && !members(exchange).is_empty()
}

/// The body with something in the place of each hidden value that explains the recorded answer.
pub fn body(exchange: &Exchange, provider: &Provider) -> String {
    let Json::Object(recorded) = &exchange.request.body else { return String::new() };
    let members = recorded.iter().map(|(name, value)| {
        let value = match value.as_text().filter(|text| is_hidden(text)) {
            Some(_) => Json::Text(shown(name, exchange, provider)),
            None => value.clone(),
        };
        (name.clone(), value)
    });
    Json::Object(members.collect()).to_string()
}

fn members(exchange: &Exchange) -> Vec<&str> {
    let Json::Object(members) = &exchange.request.body else { return Vec::new() };
    members.iter().filter_map(|(_, value)| value.as_text()).filter(|text| is_hidden(text)).collect()
}

fn is_hidden(text: &str) -> bool {
    text.eq_ignore_ascii_case("sanitized") || text.eq_ignore_ascii_case("redacted")
}

fn shown(name: &str, exchange: &Exchange, provider: &Provider) -> String {
    let answer = exchange.error("message").unwrap_or_default();
    let text = match (name, answer) {
        ("token", "Provided access token is not valid.") => {
            return provider.teams_token(&json!({ "exp": 1 }));
        }
        ("token", _) => return provider.teams_token(&json!({})),
        ("appId", "AppId: The AppId field is required.") => "",
        ("userId", "UserId: The UserId field is required.") => "",
        ("appId", "Provided AppId has invalid format.") => "no guid",
        ("userId", "Provided UserId has invalid format.") => "no guid",
        ("appId", "AAD application is not the expected one.") => SOMEBODY_ELSE,
        ("userId", "Provided AAD token issued for unexpected user.") => SOMEBODY_ELSE,
        ("appId", _) => APPLICATION,
        _ => USER,
    };
    text.to_owned()
}
