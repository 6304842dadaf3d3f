//! `POST /identities`.

use crate::harness::{House, NEWEST, OLDEST, PREVIEW, claims};

#[test]
fn an_identity_is_created_with_no_body_an_empty_object_or_nulls() {
    let house = House::new();
    for body in [
        "",
        "{}",
        r#"{"createTokenWithScopes":null,"expiresInMinutes":null}"#,
        r#"{"createTokenWithScopes":[]}"#,
    ] {
        let reply = house.send("POST", &format!("/identities?api-version={NEWEST}"), body);
        assert_eq!(reply.status, 201, "{body}");
        let text = reply.text();
        let id = text
            .strip_prefix(r#"{"identity":{"id":""#)
            .and_then(|rest| rest.strip_suffix(r#""}}"#))
            .expect(&text);
        assert!(id.starts_with(&format!("8:acs:{}_", house.resource_id())));
        assert_eq!(reply.header("content-length"), Some(text.len().to_string().as_str()));
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(reply.header("accept-ranges"), None);
    }
}

#[test]
fn the_oldest_version_answers_200_and_a_flat_body() {
    let reply = House::new().send("POST", &format!("/identities?api-version={OLDEST}"), "");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["id"]);
}

#[test]
fn a_token_comes_along_when_scopes_are_asked_for() {
    let house = House::new();
    let body = r#"{"createTokenWithScopes":["voip","chat","voip"],"expiresInMinutes":60}"#;
    let reply = house.send("POST", &format!("/identities?api-version={NEWEST}"), body);
    assert_eq!(reply.status, 201);
    let text = reply.text();
    assert!(
        text.starts_with(r#"{"identity":{"id":"#) && text.contains(r#"},"accessToken":{"token":"#),
        "{text}"
    );
    let json = reply.json();
    let claims = claims(json["accessToken"]["token"].as_str().unwrap());
    assert_eq!(claims["acsScope"], "voip,chat");
    assert_eq!(claims["sub"], json["identity"]["id"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
}

#[test]
fn the_same_custom_id_answers_the_same_identity_with_201() {
    let house = House::new();
    let create = |body: &str| house.send("POST", &format!("/identities?api-version={PREVIEW}"), body);
    let first = create(r#"{"customId":"bob@contoso.com"}"#);
    let again = create(r#"{"customId":"bob@contoso.com"}"#);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.text(), again.text());
    assert!(
        first.text().starts_with(r#"{"identity":{"customId":"bob@contoso.com","id":"8:acs:"#),
        "{}",
        first.text()
    );
    let with_token = create(r#"{"customId":"bob@contoso.com","createTokenWithScopes":["voip"]}"#);
    let identity = with_token.json()["identity"].clone();
    assert_eq!(identity["id"], first.json()["identity"]["id"]);
    assert!(identity["lastTokenIssuedAt"].as_str().unwrap().ends_with("+00:00"));
}

#[test]
fn a_custom_id_is_ignored_where_the_version_lacks_it() {
    let house = House::new();
    let create = || house.send("POST", &format!("/identities?api-version={NEWEST}"), r#"{"customId":"bob"}"#);
    assert_ne!(create().text(), create().text());
}

#[test]
fn a_custom_id_is_free_again_after_delete() {
    let house = House::new();
    let create = || {
        let reply =
            house.send("POST", &format!("/identities?api-version={PREVIEW}"), r#"{"customId":"eve"}"#);
        reply.json()["identity"]["id"].as_str().unwrap().to_owned()
    };
    let first = create();
    assert_eq!(house.delete(&first).status, 204);
    assert_ne!(create(), first);
}

#[test]
fn wrong_bodies_are_refused_and_create_nothing() {
    let house = House::new();
    for (body, target) in [
        (r#"{"createTokenWithScopes":["chat"],"expiresInMinutes":59}"#, Some("ExpiresInMinutes")),
        (r#"{"createTokenWithScopes":["chat"],"expiresInMinutes":1441}"#, Some("ExpiresInMinutes")),
        (r#"{"createTokenWithScopes":["chat"],"expiresInMinutes":60.5}"#, Some("ExpiresInMinutes")),
        (r#"{"expiresInMinutes":"60"}"#, Some("ExpiresInMinutes")),
        (r#"{"createTokenWithScopes":["pstn"]}"#, Some("createTokenWithScopes")),
        (r#"{"createTokenWithScopes":"chat"}"#, Some("createTokenWithScopes")),
        (r#"{"customId":""}"#, Some("customId")),
        (r#"{"customId":7}"#, Some("customId")),
        ("{", None),
        ("[]", None),
        ("null", None),
    ] {
        let (status, code, found, _) =
            house.send("POST", &format!("/identities?api-version={PREVIEW}"), body).error();
        assert_eq!((status, code.as_str(), found.as_deref()), (400, "ValidationError", target), "{body}");
    }
}
