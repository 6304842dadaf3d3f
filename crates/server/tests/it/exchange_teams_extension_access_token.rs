//! `POST /access/teamsExtension/:exchangeAccessToken`.

use serde_json::{Value, json};

use crate::harness::{House, NEWEST, claims};
use crate::provider::{APPLICATION, Provider, TENANT, USER};
use crate::request::Reply;

fn exchange(house: &House, token: &str) -> Reply {
    let target = format!("/access/teamsExtension/:exchangeAccessToken?api-version={NEWEST}");
    house.send_bearing(token, "POST", &target, "{}")
}

fn assign(house: &House, body: &Value) -> Reply {
    let path = format!("/access/teamsExtension/tenants/{TENANT}/assignments/{USER}?api-version={NEWEST}");
    house.send("PUT", &path, &body.to_string())
}

#[test]
fn whom_an_assignment_names_gets_a_token_for_calls() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let entra = provider.extension_token(&Value::Null);
    assert_eq!(exchange(&house, &entra).code(), (403, "Forbidden".to_owned()));
    for principal in ["user", "resourceAccount", "teamsResourceAccount"] {
        assign(&house, &json!({ "principalType": principal }));
        let reply = exchange(&house, &entra);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let id = format!("8:acs:{}_{TENANT}_{USER}", house.resource_id());
        assert_eq!(reply.json()["identity"], json!({ "id": id }));
        let said = claims(reply.json()["accessToken"]["token"].as_str().unwrap());
        assert_eq!((&said["skypeid"], &said["acsScope"]), (&json!(id[2..]), &json!("voip")));
        assert_eq!(said["exp"], claims(&entra)["exp"]);
    }
}

#[test]
fn an_assignment_that_names_applications_covers_these_alone() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let entra = provider.extension_token(&Value::Null);
    for (clients, status) in
        [(json!(null), 200), (json!([APPLICATION]), 200), (json!(["another"]), 403), (json!([]), 403)]
    {
        assign(&house, &json!({ "principalType": "user", "clientIds": clients }));
        assert_eq!(exchange(&house, &entra).status, status, "{clients}");
    }
}

#[test]
fn tokens_of_other_kinds_are_refused() {
    let provider = Provider::new();
    let house = provider.house("reader");
    assign(&house, &json!({ "principalType": "user" }));
    for (token, code) in [
        ("x".to_owned(), "Denied"),
        (provider.extension_token(&json!({ "exp": 1 })), "Denied"),
        (provider.clients_token("VoIP", &Value::Null), "Denied"),
        (provider.teams_token(&Value::Null), "InvalidAccessToken"),
        (provider.extension_token(&json!({ "scp": "x" })), "InvalidAccessToken"),
        (provider.extension_token(&json!({ "idtyp": "app" })), "InvalidAccessToken"),
    ] {
        assert_eq!(exchange(&house, &token).code(), (401, code.to_owned()));
    }
}
