//! The trusted token service, as the published sample of one answers (`clients.md` F).

mod callers;
mod development;
mod limits;
mod statuses;

use callsign_server::config::Config;
use serde_json::{Value, json};

use crate::harness::House;
use crate::provider::Provider;
use crate::request::Reply;

/// The application that stands for the service at the provider.
const AUDIENCE: &str = "api://07474a86-625a-452f-977b-db4e13f21260";

fn house(provider: &Provider) -> House {
    house_with(provider, |_| {})
}

fn house_with(provider: &Provider, change: impl FnOnce(&mut Config)) -> House {
    provider.house_with("reader", |config| {
        config.trusted_tokens.enabled = true;
        config.trusted_tokens.audiences = vec![AUDIENCE.to_owned()];
        change(config);
    })
}

/// A token of the signed-in user for the service, with some claims changed.
fn token(provider: &Provider, changes: &Value) -> String {
    provider.user_token(AUDIENCE, "access_as_user", changes)
}

/// A token of another user.
fn token_of(provider: &Provider, subject: &str) -> String {
    token(provider, &json!({ "oid": subject }))
}

/// The members of a refusal.
fn refused(reply: &Reply) -> (u16, String) {
    let body = reply.json();
    let members = body.as_object().unwrap();
    assert_eq!(members.len(), 2, "{body}");
    assert_eq!(body["code"], reply.status);
    let message = body["message"].as_str().unwrap();
    assert!(message.ends_with('.'), "{message}");
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    (reply.status, message.to_owned())
}

fn identity(reply: &Reply) -> String {
    reply.json()["acsUserIdentity"].as_str().unwrap().to_owned()
}
