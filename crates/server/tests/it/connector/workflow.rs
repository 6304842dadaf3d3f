//! The actions: a workflow as published, and every answer as described.

use serde_json::json;

use super::https::{
    action, connection_string, definition, encoded, house, house_with, request, send, violations,
};
use crate::harness::{FOREIGN, House, PREVIEW, audited, claims};
use crate::request::Reply;

fn create(house: &House, body: &str) -> String {
    let reply = send(house, &action(house, "POST", "/identities", body));
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()["identity"]["id"].as_str().unwrap().to_owned()
}

fn on(house: &House, id: &str, verb: &str, body: &str) -> Reply {
    send(house, &action(house, "POST", &format!("/identities/{}/:{verb}", encoded(id)), body))
}

/// "Create user, issue token, revoke, delete": the published workflow.
#[test]
fn a_workflow_creates_a_user_issues_a_token_revokes_it_and_deletes_the_user() {
    let house = house();
    let id = create(&house, "");
    let issued = on(&house, &id, "issueAccessToken", r#"{"scopes":["chat"]}"#);
    assert_eq!(issued.status, 200, "{}", issued.text());
    let token = issued.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(house.introspect(&token)["active"], true);
    assert_eq!(on(&house, &id, "revokeAccessTokens", "").status, 204);
    assert_eq!(house.introspect(&token)["active"], false);
    let delete = action(&house, "DELETE", &format!("/identities/{}", encoded(&id)), "");
    assert_eq!(send(&house, &delete).status, 204);
    assert_eq!(on(&house, &id, "issueAccessToken", r#"{"scopes":["chat"]}"#).status, 404);
    // The records name the key, as they do for a signature by it.
    for name in ["create_identity", "revoke_access_tokens", "delete_identity"] {
        assert_eq!(audited(&house, name)[0].actor, "key:1:0", "{name}");
    }
}

#[test]
fn a_user_is_created_with_a_token_of_all_scopes_a_lifetime_and_a_name() {
    let house = house();
    let scopes = json!(["chat", "chat.join", "chat.join.limited", "voip", "voip.join"]);
    let body =
        json!({ "createTokenWithScopes": scopes, "expiresInMinutes": 60, "customId": "alice" }).to_string();
    let reply = send(&house, &action(&house, "POST", "/identities", &body)).json();
    assert_eq!(reply["identity"]["customId"], "alice");
    let claims = claims(reply["accessToken"]["token"].as_str().unwrap());
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60 * 60);
    assert_eq!(claims["acsScope"], "chat,chat.join,chat.join.limited,voip,voip.join");
    assert_eq!(create(&house, &body), reply["identity"]["id"].as_str().unwrap());
}

#[test]
fn both_keys_and_both_headers_are_taken_and_tokens_tell_which_key() {
    let house = house();
    let resource = house.service().resources.default_one().unwrap();
    let target = format!("/connector/identities?api-version={PREVIEW}");
    let body = r#"{"createTokenWithScopes":["chat"]}"#;
    let mut revisions = Vec::new();
    for active in &resource.keys {
        let string = connection_string(&house, &active.key);
        let key = active.key.expose_base64();
        for (name, value) in [("connection-string", string.as_str()), ("Api-Key", key.as_str())] {
            let reply = send(&house, &request(&house, "POST", &target).body(body).header(name, value));
            assert_eq!(reply.status, 201, "{name}: {}", reply.text());
            let token = reply.json()["accessToken"]["token"].as_str().unwrap().to_owned();
            revisions.push(claims(&token)["rev"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(revisions[0], revisions[1]);
    assert_eq!(revisions[2], revisions[3]);
    assert_ne!(revisions[0], revisions[2]);
}

#[test]
fn what_is_wrong_with_a_request_is_answered_as_described() {
    let house = house();
    let id = create(&house, "");
    for (body, status) in [
        (r#"{"scopes":[]}"#, 400),
        (r#"{"scopes":["everything"]}"#, 400),
        (r#"{"scopes":["chat"],"expiresInMinutes":59}"#, 400),
        ("{", 400),
    ] {
        assert_eq!(on(&house, &id, "issueAccessToken", body).status, status, "{body}");
    }
    for body in [r#"{"customId":""}"#, r#"{"createTokenWithScopes":["x"]}"#] {
        assert_eq!(send(&house, &action(&house, "POST", "/identities", body)).status, 400, "{body}");
    }
    for (verb, body) in [("issueAccessToken", r#"{"scopes":["chat"]}"#), ("revokeAccessTokens", "")] {
        assert_eq!(on(&house, FOREIGN, verb, body).status, 401, "{verb}");
        assert_eq!(on(&house, "8:acs:x", verb, body).status, 400, "{verb}");
    }
    let delete =
        |id: &str| send(&house, &action(&house, "DELETE", &format!("/identities/{}", encoded(id)), ""));
    assert_eq!([delete(FOREIGN).status, delete("x").status, delete(&id).status], [401, 400, 204]);
    // What is gone has no token to revoke.
    assert_eq!(on(&house, &id, "revokeAccessTokens", "").status, 204);
    assert_eq!(on(&house, &id, "issueAccessToken", r#"{"scopes":["chat"]}"#).status, 404);
}

#[test]
fn too_many_requests_are_told_when_to_try_again() {
    let house = house_with(|config| config.authentication.failures_per_minute = 2);
    let wrong = action(&house, "POST", "/identities", "")
        .changed("connection-string", "endpoint=https://a/;accesskey=AAAA");
    let statuses: Vec<_> = (0..6).map(|_| send(&house, &wrong).status).collect();
    assert!(statuses.starts_with(&[401, 401]) && statuses.contains(&429), "{statuses:?}");
    // A good key is never held up by its neighbours.
    create(&house, "");
}

#[test]
fn the_check_of_replies_finds_what_is_not_as_described() {
    let definition = definition();
    let schema = &definition["paths"]["/identities"]["post"]["responses"]["201"]["schema"];
    let finds = |body| !violations(&definition, schema, &body).is_empty();
    assert!(!finds(json!({ "identity": { "id": "x" } })));
    assert!(finds(json!({ "identity": { "id": 1 } })));
    assert!(finds(json!({ "identity": { "id": "x" }, "accessToken": { "token": "x" } })));
    assert!(finds(json!({ "identity": { "id": "x", "more": 1 } })));
}
