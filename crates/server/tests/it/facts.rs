//! The project's own table of facts about the live service, each with its source, against this server. It needs nothing
//! but what lies in `tests/vectors/`.

mod headers;
mod table;

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::DateHeader;
use callsign_protocol::version::ApiVersion;
use serde_json::{Value, json};

use crate::answer_body::{self, Expected};
use crate::forms::Moment;
use crate::harness::{FOREIGN, House, PREVIEW};
use crate::ordered_json::Json;
use crate::provider::{APPLICATION, Provider, USER};
use crate::request::{Reply, Request};
use headers::Answered;
use table::{Fact, Identity, Signed, Table};

const LIFETIME_MINUTES_DEFAULT: i64 = 1440;

/// How a caller proves who it is.
#[derive(Clone, Copy, PartialEq)]
enum Proof {
    Key,
    Entra,
}

#[test]
fn every_fact_of_the_table_holds() {
    let checks = hold(Proof::Key);
    println!("the facts hold in {checks} exchanges");
}

#[test]
fn every_fact_holds_for_callers_with_an_entra_token() {
    // live-behaviour §1.1: "exactly the same answers".
    let checks = hold(Proof::Entra);
    println!("the facts hold in {checks} exchanges");
}

/// Asserts that the facts hold, and counts the exchanges.
fn hold(proof: Proof) -> usize {
    let table = Table::read();
    let provider = Provider::new();
    let house = provider.house("contributor");
    let (mut checks, mut differing) = (0, Vec::new());
    let facts = table.facts.iter().filter(|(_, fact)| proof == Proof::Key || fact.request.signed.is_plain());
    for (file, fact) in facts {
        for version in fact.versions() {
            for body in fact.request.bodies() {
                checks += 1;
                let check = Check { house: &house, provider: &provider, table: &table, fact, version, proof };
                let differences = check.differences(body);
                if !differences.is_empty() {
                    let (scenario, source, body) =
                        (&fact.scenario, &fact.source, body.map(Json::to_string).unwrap_or_default());
                    let differences = differences.join("\n    ");
                    differing
                        .push(format!("{file}: {scenario}, {version} {body} ({source})\n    {differences}"));
                }
            }
        }
    }
    assert!(
        differing.is_empty(),
        "{} of {checks} exchanges differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
    checks
}

/// One fact in one version.
struct Check<'a> {
    house: &'a House,
    provider: &'a Provider,
    table: &'a Table,
    fact: &'a Fact,
    version: ApiVersion,
    proof: Proof,
}

/// What was there before the request.
#[derive(Default)]
struct Before {
    id: Option<String>,
    last_token_issued: Option<Moment>,
}

impl Check<'_> {
    fn differences(&self, body: Option<&Json>) -> Vec<String> {
        let before = self.bring_about();
        let client_request_id = format!("fact-{}", self.version);
        let request = self.request(&before, body).header("x-ms-client-request-id", &client_request_id);
        let (sent, host) = (SystemClock.now(), request.host.clone());
        let reply = self.signed(request).send();
        let moment = Moment { sent, answered: SystemClock.now() };

        let answer = &self.fact.answer;
        let mut differences = Vec::new();
        if reply.status != answer.status {
            differences.push(format!("status: {}, ours {}", answer.status, reply.status));
        }
        let asks_token = body.is_some_and(|body| body.member("createTokenWithScopes").is_some());
        let lifetime = body.and_then(|body| body.member("expiresInMinutes")).and_then(Json::as_i64);
        let expected = Expected {
            resource_id: self.house.resource_id(),
            id: before.id.clone(),
            ids_taken: Vec::new(),
            lifetime_minutes: lifetime.unwrap_or(LIFETIME_MINUTES_DEFAULT),
            moment,
            last_token_issued: if asks_token { Some(moment) } else { before.last_token_issued },
        };
        let ours = Json::of_body(&reply.body);
        match &answer.message_ends {
            Some(end) => differences.extend(ending_difference(&ours, &answer.body, end)),
            None => {
                let uri = format!("http://{host}{}", self.fact.request.path);
                let body = filled(&answer.body, &[("{uri}", &uri), ("{version}", self.version_asked())]);
                differences.extend(answer_body::differences(&body, &ours, &expected));
            }
        }
        differences.extend(scope_difference(body, &ours));
        differences.extend(self.versions_difference(&reply));
        let answered = Answered { reply: &reply, moment, client_request_id: &client_request_id };
        differences.extend(self.table.headers.iter().filter_map(|fact| headers::difference(fact, &answered)));
        differences
    }

    /// Creates what the fact takes as given.
    fn bring_about(&self) -> Before {
        let given = &self.fact.given;
        let id = match given.identity {
            None => return Before::default(),
            Some(Identity::Foreign) => {
                return Before { id: Some(FOREIGN.to_owned()), last_token_issued: None };
            }
            Some(Identity::Own) => match &given.custom_id {
                None => self.house.create(),
                Some(custom_id) => {
                    let body = format!(r#"{{"customId":"{custom_id}"}}"#);
                    let reply = self.house.send("POST", &format!("/identities?api-version={PREVIEW}"), &body);
                    reply.json()["identity"]["id"].as_str().unwrap().to_owned()
                }
            },
        };
        let last_token_issued = given.token.then(|| {
            let sent = SystemClock.now();
            assert_eq!(self.house.issue(&id, r#"{"scopes":["voip"]}"#).status, 200);
            Moment { sent, answered: SystemClock.now() }
        });
        Before { id: Some(id), last_token_issued }
    }

    fn version_asked(&self) -> &str {
        self.fact.request.version.as_deref().unwrap_or(self.version.as_str())
    }

    fn request(&self, before: &Before, body: Option<&Json>) -> Request {
        let asked = &self.fact.request;
        let path = asked.path.replace("{id}", before.id.as_deref().unwrap_or_default());
        let target = format!("{path}?api-version={}", self.version_asked());
        let mut request = self.house.request(&asked.method, &target);
        let tokens = self.entra_tokens();
        let words: Vec<_> = tokens.iter().map(|(name, token)| (*name, token.as_str())).collect();
        request = request.body(&body.map(|body| filled(body, &words).to_string()).unwrap_or_default());
        for (name, value) in &asked.headers {
            request = request.header(name, value);
        }
        request
    }

    /// Entra tokens that a body may speak of, and what they say that a body may repeat.
    fn entra_tokens(&self) -> [(&'static str, String); 4] {
        let ended = json!({ "exp": SystemClock.now().unix_seconds() - 1 });
        [
            ("{entra token}", self.provider.teams_token(&Value::Null)),
            ("{expired entra token}", self.provider.teams_token(&ended)),
            ("{its application}", APPLICATION.to_owned()),
            ("{its user}", USER.to_owned()),
        ]
    }

    fn signed(&self, request: Request) -> Request {
        if self.proof == Proof::Entra {
            let token = self.provider.service_token(&Value::Null);
            return request.header("authorization", &format!("Bearer {token}"));
        }
        let key = self.house.key();
        let at = |minutes| SystemClock.now().plus_minutes(minutes).to_imf_fixdate();
        let dated = |request: Request, header, date: &str| {
            let (target, host) = (request.target.clone(), request.host.clone());
            request.signed_as(&key, (header, date), (&target, &host))
        };
        match self.fact.request.signed {
            Signed::WithTheKey => request.signed(&key),
            Signed::WithAnotherKey => request.signed(&AccessKey::from_bytes(vec![7; 64]).unwrap()),
            Signed::BeforeTheBodyWasChanged => {
                request.signed(&key).body(r#"{"createTokenWithScopes":["voip"]}"#)
            }
            Signed::SixMinutesAgo => dated(request, DateHeader::XMsDate, &at(-6)),
            Signed::ForInSixMinutes => dated(request, DateHeader::XMsDate, &at(6)),
            Signed::WithDate => dated(request, DateHeader::Date, &at(0)),
            Signed::WithXMsDateBesideAnOldDate => {
                dated(request.header("date", "Tue, 22 Dec 2020 18:34:18 GMT"), DateHeader::XMsDate, &at(0))
            }
        }
    }

    fn versions_difference(&self, reply: &Reply) -> Option<String> {
        let list = reply.header("api-supported-versions");
        let is_right = match (self.fact.answer.lists_versions, list) {
            (None, _) | (Some(false), None) => true,
            (Some(true), Some(list)) => {
                let versions: Vec<_> = list.split(", ").collect();
                versions.is_sorted() && versions.contains(&self.version.as_str())
            }
            _ => false,
        };
        (!is_right).then(|| format!("api-supported-versions: ours {list:?}"))
    }
}

/// A text whose beginning nobody recorded.
fn ending_difference(ours: &Json, body: &Json, end: &str) -> Option<String> {
    let same_code = ours.at("error.code") == body.at("error.code");
    let ends = ours.at("error.message").and_then(Json::as_text).is_some_and(|message| message.ends_with(end));
    (!same_code || !ends || ours.paths() != ["error.code", "error.message"])
        .then(|| format!("body: ours {ours}"))
}

/// A token says the scopes in the order of the request (`live-behaviour.md` §3.2).
fn scope_difference(asked: Option<&Json>, ours: &Json) -> Option<String> {
    let token =
        ["token", "accessToken.token"].iter().find_map(|path| ours.at(path)).and_then(Json::as_text)?;
    let Json::List(scopes) =
        ["scopes", "createTokenWithScopes"].iter().find_map(|name| asked?.member(name))?
    else {
        return None;
    };
    let scopes: Vec<_> = scopes.iter().filter_map(Json::as_text).collect();
    let said = crate::harness::claims(token)["acsScope"].clone();
    (said != scopes.join(",")).then(|| format!("acsScope: ours {said}, asked for {scopes:?}"))
}

fn filled(body: &Json, words: &[(&str, &str)]) -> Json {
    match body {
        Json::Text(text) => {
            Json::Text(words.iter().fold(text.clone(), |text, (name, value)| text.replace(name, value)))
        }
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, words))).collect())
        }
        other => other.clone(),
    }
}
