//! Routes, statuses and forms.

use callsign_core::clock::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::{house, house_with, identity, refused, token, token_of};
use crate::harness::{audited, claims};
use crate::provider::{APPLICATION, Provider, USER};

/// The rows of the published sample, in the order of a user's life.
#[test]
fn each_route_answers_with_the_published_status_and_form() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    let ask = |method: &str, path: &str| house.send_bearing(&shown, method, path, "");
    assert_eq!(refused(&ask("GET", "/api/user")).0, 404);
    assert_eq!(refused(&ask("GET", "/api/token")).0, 404);
    let created = ask("POST", "/api/user");
    assert_eq!(created.status, 201);
    let id = identity(&created);
    assert!(id.starts_with(&format!("8:acs:{}_", house.resource_id())), "{id}");
    assert_eq!(created.json(), json!({ "acsUserIdentity": id }));
    let again = ask("POST", "/api/user");
    assert_eq!((again.status, again.json()), (200, json!({ "acsUserIdentity": id })));
    let got = ask("GET", "/api/user");
    assert_eq!((got.status, got.json()), (200, json!({ "acsUserIdentity": id })));
    let issued = ask("GET", "/api/token");
    assert_eq!(issued.status, 201, "{}", issued.text());
    let body = issued.json();
    assert_eq!(body["user"], json!({ "communicationUserId": id }));
    assert_eq!(body.as_object().unwrap().len(), 3);
    assert!(body["expiresOn"].as_str().unwrap().starts_with("20"));
    assert_eq!(ask("DELETE", "/api/user").status, 204);
    assert_eq!(ask("DELETE", "/api/user").status, 204);
    assert_eq!(refused(&ask("GET", "/api/user")).0, 404);
    assert_eq!(refused(&ask("GET", "/api/token")).0, 404);
    // A new life is another identity.
    assert_ne!(identity(&ask("POST", "/api/user")), id);
}

#[test]
fn what_is_issued_is_good_until_the_user_is_deleted() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    let id = identity(&house.send_bearing(&shown, "POST", "/api/user", ""));
    let issued =
        house.send_bearing(&shown, "GET", "/api/token", "").json()["token"].as_str().unwrap().to_owned();
    let told = house.introspect(&issued);
    assert_eq!((&told["active"], &told["sub"]), (&json!(true), &json!(id)));
    let claims = claims(&issued);
    assert_eq!(claims["acsScope"], "chat,voip");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 24 * 60 * 60);
    // No access key vouches for it.
    assert_eq!(claims["rev"], "0.0.e");
    house.send_bearing(&shown, "DELETE", "/api/user", "");
    assert_eq!(house.introspect(&issued)["active"], false);
}

#[test]
fn scopes_and_lifetime_are_as_they_are_set() {
    let provider = Provider::new();
    let house = house_with(&provider, |config| {
        config.trusted_tokens.scopes = vec!["chat.join".parse().unwrap()];
        config.trusted_tokens.lifetime = callsign_protocol::lifetime::Lifetime::from_minutes(60).unwrap();
    });
    let shown = token(&provider, &Value::Null);
    house.send_bearing(&shown, "POST", "/api/user", "");
    let issued = house.send_bearing(&shown, "GET", "/api/token", "").json();
    let claims = claims(issued["token"].as_str().unwrap());
    assert_eq!(claims["acsScope"], "chat.join");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60 * 60);
}

#[test]
fn two_posts_at_once_make_one_identity() {
    let provider = Provider::new();
    let house = house(&provider);
    for round in 0..8 {
        let shown = token_of(&provider, &format!("0000000{round}-0000-4000-8000-000000000000"));
        let requests: Vec<_> = (0..4).map(|_| house.bearing(&shown, "POST", "/api/user", "")).collect();
        let replies: Vec<_> = std::thread::scope(|scope| {
            let sent: Vec<_> = requests.iter().map(|request| scope.spawn(|| request.send())).collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        let first = identity(&replies[0]);
        assert!(replies.iter().all(|reply| identity(reply) == first));
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 201]);
    }
}

/// The mapping is the identity's own custom id, which the store's contract removes with it in one transaction
/// (`deleting_frees_the_custom_id`): neither is ever there without the other.
#[test]
fn the_mapping_is_the_custom_id_of_the_identity_and_goes_with_it() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    let id = identity(&house.send_bearing(&shown, "POST", "/api/user", ""));
    let custom_id = format!("{}/{USER}", crate::provider::TENANT);
    assert_eq!(house.get(&id).json()["customId"], custom_id);
    // Whoever has a key may delete it as well, and no mapping is left that leads nowhere.
    assert_eq!(house.delete(&id).status, 204);
    assert_eq!(house.send_bearing(&shown, "GET", "/api/user", "").status, 404);
    assert_eq!(house.send_bearing(&shown, "GET", "/api/token", "").status, 404);
    assert_eq!(house.send("GET", "/callsign/v1/identities", "").json()["identities"], json!([]));
}

#[test]
fn every_deed_has_its_record_with_who_did_it() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    house.send_bearing(&shown, "POST", "/api/user", "");
    house.send_bearing(&shown, "DELETE", "/api/user", "");
    for action in ["create_identity", "delete_identity"] {
        assert_eq!(audited(&house, action)[0].actor, format!("entra:{USER} by {APPLICATION}"));
    }
}

#[test]
fn other_verbs_and_paths_are_refused() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    for (path, allow) in
        [("/api/user", "GET, POST, DELETE"), ("/api/token", "GET"), ("/api/token/teams", "GET")]
    {
        for method in ["PUT", "PATCH", "HEAD", "OPTIONS"] {
            let reply = house.send_bearing(&shown, method, path, "");
            assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {path}");
            if method != "HEAD" {
                refused(&reply);
            }
        }
    }
    assert_eq!(refused(&house.send_bearing(&shown, "POST", "/api/token", "")).0, 405);
    for path in ["/api", "/api/", "/api/user/", "/api/users", "/api/token/x"] {
        assert_eq!(house.send_bearing(&shown, "GET", path, "").status, 404, "{path}");
    }
    // The page is for those who develop.
    assert_eq!(house.request("GET", "/trusted").send().status, 404);
    assert_eq!(house.request("GET", "/trusted/page.js").send().status, 404);
}

#[test]
fn without_the_setting_nothing_is_there() {
    let provider = Provider::new();
    let house = provider.house("reader");
    let shown = token(&provider, &Value::Null);
    for path in ["/api/user", "/api/token", "/api/token/teams", "/trusted"] {
        assert_eq!(house.send_bearing(&shown, "GET", path, "").code(), (404, "NotFound".to_owned()));
    }
}

#[test]
fn a_teams_users_own_token_is_exchanged_if_it_is_the_callers() {
    let provider = Provider::new();
    let house = house(&provider);
    let shown = token(&provider, &Value::Null);
    let ask = |teams: &str| {
        let request = house.bearing(&shown, "GET", "/api/token/teams", "");
        request.header("teams-user-aad-token", teams).send()
    };
    let exchanged = ask(&provider.teams_token(&Value::Null));
    assert_eq!(exchanged.status, 201, "{}", exchanged.text());
    let body = exchanged.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["expiresOn", "token"]);
    let minted = body["token"].as_str().unwrap();
    assert_eq!(house.introspect(minted)["active"], true);
    assert_eq!(claims(minted)["acsScope"], "voip,chat");
    // It ends with the user's own.
    assert!(claims(minted)["exp"].as_i64().unwrap() <= SystemClock.now().unix_seconds() + 3600);
    let other = json!({ "oid": "11111111-39d2-44a3-869d-67700b74e805" });
    assert_eq!(refused(&ask(&provider.teams_token(&other))).0, 403);
    for teams in [
        provider.teams_token(&json!({ "exp": 1 })),
        provider.teams_token(&json!({ "scp": "Teams.ManageCalls" })),
        shown.clone(),
        "x".to_owned(),
        String::new(),
    ] {
        assert_eq!(refused(&ask(&teams)).0, 401, "{teams}");
    }
    assert_eq!(refused(&house.send_bearing(&shown, "GET", "/api/token/teams", "")).0, 400);
    let without = provider.user_token(super::AUDIENCE, "openid", &Value::Null);
    let request = house.bearing(&without, "GET", "/api/token/teams", "");
    let reply = request.header("teams-user-aad-token", &provider.teams_token(&Value::Null)).send();
    assert_eq!(refused(&reply).0, 403);
}
