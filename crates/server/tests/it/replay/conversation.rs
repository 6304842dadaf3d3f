//! Says a recorded request again, signed anew and with the ids of this server, and judges the answer.
//!
//! Recorders hid the ids, so an id in a path is the one created last in its scenario, or the foreign one where the live
//! service found it to be of another resource. Where a recorded answer shows that a custom id had a token in an earlier
//! session, such a token is issued before the scenario begins.

use std::collections::BTreeMap;

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::DateHeader;

use super::headers::{self, Answered};
use super::recording::Exchange;
use super::teams_user;
use crate::answer_body::{self, Expected};
use crate::forms::Moment;
use crate::harness::{FOREIGN, House, PREVIEW};
use crate::ordered_json::Json;
use crate::provider::Provider;
use crate::request::Reply;

/// Request headers that belong to the recorded connection or are made anew.
const MADE_ANEW: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "date",
    "host",
    "x-ms-client-request-id",
    "x-ms-content-sha256",
    "x-ms-date",
    "x-ms-hmac-string-to-sign-base64",
];

const LIFETIME_MINUTES_DEFAULT: i64 = 1440;

/// One server and what was said to it so far, over all scenarios.
pub struct Conversation {
    /// Vouches for callers with a token and for Teams users.
    provider: Provider,
    house: House,
    wrong_key: AccessKey,
    ids: Vec<String>,
    custom_ids: BTreeMap<String, CustomId>,
}

#[derive(Clone)]
struct CustomId {
    id: String,
    last_token_issued: Option<Moment>,
}

impl Conversation {
    pub fn new() -> Self {
        let wrong_key = AccessKey::from_bytes(vec![7; 64]).unwrap();
        let provider = Provider::new();
        Self {
            house: provider.house("contributor"),
            provider,
            wrong_key,
            ids: Vec::new(),
            custom_ids: BTreeMap::new(),
        }
    }

    /// Brings about what a scenario's answers show to have been there before it. Answers what was done, for the report.
    pub fn prepare(&mut self, scenario: &[&Exchange]) -> Option<String> {
        let had_token = |exchange: &&&Exchange| {
            let asked_for_token = exchange.request.body.member("createTokenWithScopes").is_some();
            exchange.response.body.at("identity.lastTokenIssuedAt").is_some() && !asked_for_token
        };
        let custom_id = scenario.iter().find(had_token).and_then(|exchange| custom_id(exchange))?;
        if self.custom_ids.get(custom_id).is_some_and(|known| known.last_token_issued.is_some()) {
            return None;
        }
        let body = format!(r#"{{"customId":"{custom_id}","createTokenWithScopes":["voip"]}}"#);
        let sent = SystemClock.now();
        let reply = self.house.send("POST", &format!("/identities?api-version={PREVIEW}"), &body);
        let moment = Moment { sent, answered: SystemClock.now() };
        let id = reply.json()["identity"]["id"].as_str().unwrap().to_owned();
        self.ids.push(id.clone());
        self.custom_ids.insert(custom_id.to_owned(), CustomId { id, last_token_issued: Some(moment) });
        Some(format!("issued a token for {custom_id} before {}", scenario.first()?))
    }

    /// Replays a scenario in the order of its steps. Answers what differs, exchange by exchange.
    pub fn replay<'a>(&mut self, scenario: &[&'a Exchange]) -> Vec<(&'a Exchange, Vec<String>)> {
        let mut id = None;
        scenario.iter().map(|exchange| (*exchange, self.exchange(exchange, &mut id))).collect()
    }

    fn exchange(&mut self, exchange: &Exchange, created: &mut Option<String>) -> Vec<String> {
        let own_id = if exchange.is_for_a_foreign_id() { Some(FOREIGN.to_owned()) } else { created.clone() };
        let creates = exchange.route == "/identities";
        if own_id.is_none() && exchange.route.contains("{id}") {
            return vec!["no identity was created before it".to_owned()];
        }
        let client_request_id = format!("replayed-{}", exchange.number);
        let sent = SystemClock.now();
        let reply = self.send(exchange, own_id.as_deref().unwrap_or_default(), &client_request_id);
        let moment = Moment { sent, answered: SystemClock.now() };

        let ours = Json::of_body(&reply.body);
        let known = custom_id(exchange).and_then(|custom_id| self.custom_ids.get(custom_id));
        let id = if creates { known.map(|known| known.id.clone()) } else { own_id };
        let ids_taken = self.ids.clone();
        if creates {
            *created = new_id(&ours);
            self.ids.extend(created.clone().filter(|_| id.is_none()));
        }
        let expected = Expected {
            resource_id: self.house.resource_id(),
            id,
            ids_taken,
            lifetime_minutes: lifetime_minutes(exchange),
            moment,
            last_token_issued: self.note_token(exchange, moment, created.as_deref()),
        };
        let mut differences = Vec::new();
        let (recorded, status) = (&exchange.response, reply.status);
        if status != recorded.status {
            differences.push(format!("status: recorded {}, ours {status}", recorded.status));
        }
        differences.extend(answer_body::differences(&recorded.body, &ours, &expected));
        let answered =
            Answered { recorded: exchange, reply: &reply, moment, client_request_id: &client_request_id };
        differences.extend(headers::differences(&answered));
        differences
    }

    /// When a token was last issued under the custom id that the exchange is about, this exchange included.
    fn note_token(&mut self, exchange: &Exchange, moment: Moment, id: Option<&str>) -> Option<Moment> {
        if let (Some(custom_id), Some(id)) = (custom_id(exchange), id) {
            let entry = CustomId { id: id.to_owned(), last_token_issued: None };
            let entry = self.custom_ids.entry(custom_id.to_owned()).or_insert(entry);
            if exchange.request.body.member("createTokenWithScopes").is_some() {
                entry.last_token_issued = Some(moment);
            }
        }
        self.custom_ids
            .values()
            .find(|known| Some(known.id.as_str()) == id)
            .and_then(|known| known.last_token_issued)
    }

    fn send(&self, exchange: &Exchange, id: &str, client_request_id: &str) -> Reply {
        let request = &exchange.request;
        // Java sends the colons of an id as they are, the others encode them (`wire-contract.md` §6.1).
        let id = if matches!(exchange.sdk.as_str(), "java" | "android") {
            id.to_owned()
        } else {
            id.replace(':', "%3A")
        };
        let query: Vec<String> =
            request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let target = format!("{}?{}", exchange.route.replace("{id}", &id), query.join("&"));
        let body = match &request.body {
            Json::Null => String::new(),
            _ if exchange.route == teams_user::ROUTE => teams_user::body(exchange, &self.provider),
            body => body.to_string(),
        };
        let mut replayed = self.house.request(&request.method, &target).body(&body);
        for (name, value) in request.headers.iter().filter(|(name, _)| !MADE_ANEW.contains(&name.as_str())) {
            replayed = replayed.header(name, value);
        }
        let replayed = replayed.header("x-ms-client-request-id", client_request_id);
        if exchange.auth == "bearer" {
            let token = self.provider.service_token(&serde_json::Value::Null);
            return replayed.header("authorization", &format!("Bearer {token}")).send();
        }
        let key = if exchange.is_denied() { &self.wrong_key } else { &self.house.key() };
        // The clients of 2020 signed `Date`.
        let old = request.headers.contains_key("date") && !request.headers.contains_key("x-ms-date");
        let header = if old { DateHeader::Date } else { DateHeader::XMsDate };
        let host = replayed.host.clone();
        replayed.signed_as(key, (header, &SystemClock.now().to_imf_fixdate()), (&target, &host)).send()
    }
}

fn custom_id(exchange: &Exchange) -> Option<&str> {
    exchange.request.body.member("customId").and_then(Json::as_text)
}

fn lifetime_minutes(exchange: &Exchange) -> i64 {
    if exchange.route == teams_user::ROUTE {
        return teams_user::LIFETIME_MINUTES;
    }
    let asked = exchange.request.body.member("expiresInMinutes").and_then(Json::as_i64);
    asked.unwrap_or(LIFETIME_MINUTES_DEFAULT)
}

/// The id in the answer of create, in the shape of any version.
fn new_id(body: &Json) -> Option<String> {
    ["identity.id", "id"].iter().find_map(|path| body.at(path)).and_then(Json::as_text).map(str::to_owned)
}
