//! Who is let in where: every route in every version against everybody who may stand before it (`design/reliability.md`, row 17).

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::DateHeader;
use serde_json::{Value, json};

use crate::harness::{House, audited};
use crate::provider::{Provider, TENANT};
use crate::request::{Reply, Request};

/// The object id of the assignments that requests are about.
const OBJECT: &str = "350adb03-7be9-4846-b078-35adb0d0e119";
/// Rows of our own surface besides the public ones.
const OWN_ROWS: usize = 9;
/// Ways to be nobody, with a key, with a token or with neither.
const STRANGERS: usize = 15;

/// A request that would do something if whoever sends it were let in.
struct Doing {
    method: String,
    target: String,
    body: String,
    content_type: &'static str,
    /// The least role, or `user`.
    access: String,
}

impl Doing {
    fn request(&self, house: &House) -> Request {
        let request = house.request(&self.method, &self.target).body(&self.body);
        request.header("content-type", self.content_type)
    }

    /// The token that opens it, with some claims changed.
    fn token(&self, provider: &Provider, changes: &Value) -> String {
        match self.access.as_str() {
            "user" if self.target.contains("teamsExtension") => provider.extension_token(changes),
            "user" => provider.clients_token("Chat VoIP", changes),
            _ => provider.service_token(changes),
        }
    }

    fn is_refused(&self, reply: &Reply) {
        let (status, code, target) = if self.target.contains("/callsign/v1") {
            let (status, code, target, _) = reply.problem();
            (status, code, target)
        } else {
            let (status, code, target, _) = reply.error();
            assert_eq!(reply.header("api-supported-versions"), None);
            (status, code, target)
        };
        assert_eq!((status, code.as_str(), target), (401, "Denied", None), "{} {}", self.method, self.target);
    }
}

/// Every route of ACS in every version, and every row of our own surface.
fn every_row(id: &str) -> Vec<Doing> {
    let acs = callsign_server::http::routes().into_iter().map(|route| {
        let path = route.path.replace("{id}", id).replace("{tenantId}", TENANT).replace("{objectId}", OBJECT);
        let assignment = json!({ "tenantId": TENANT, "principalType": "user", "clientIds": [] });
        let body = match route.path {
            "/access/entra/assignments" if route.method == "PATCH" => json!({ OBJECT: assignment }),
            path if path.contains("/assignments") => assignment,
            _ => json!({ "scopes": ["chat"] }),
        };
        Doing {
            method: route.method,
            target: format!("{path}?api-version={}", route.version),
            body: body.to_string(),
            content_type: "application/json",
            access: route.access.to_owned(),
        }
    });
    acs.chain(own_rows(id)).collect()
}

fn own_rows(id: &str) -> Vec<Doing> {
    let document = callsign_server::openapi();
    let mut rows = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let with_key = methods.as_object().unwrap().iter().filter(|(_, row)| row["security"] != json!([]));
        rows.extend(with_key.map(|(method, row)| {
            let is_form = row["requestBody"]["content"].get("application/x-www-form-urlencoded").is_some();
            let body = match path.rsplit('/').next().unwrap() {
                "prune" => json!({ "unusedSince": "2999-01-01T00:00:00Z", "dryRun": false }).to_string(),
                "introspect" => "token=x".to_owned(),
                _ if method == "get" => String::new(),
                _ => json!({ "ids": [id] }).to_string(),
            };
            Doing {
                method: method.to_uppercase(),
                target: path.clone(),
                body,
                content_type: if is_form { "application/x-www-form-urlencoded" } else { "application/json" },
                access: row["x-least-role"].as_str().unwrap().to_owned(),
            }
        }));
    }
    assert_eq!(rows.len(), OWN_ROWS);
    rows
}

/// Everybody who may not, with what each shows.
fn strangers(row: &Doing, (house, provider): (&House, &Provider), neighbour: &AccessKey) -> Vec<Request> {
    let key = house.key();
    let request = || row.request(house);
    let bearing = |token: String| request().header("authorization", &format!("Bearer {token}"));
    let token = |changes: Value| bearing(row.token(provider, &changes));
    let host = request().host;
    let stale = SystemClock.now().plus_minutes(-30).to_imf_fixdate();
    let impostor = Provider::new();
    let mut all = vec![
        request(),
        request().signed(&AccessKey::from_bytes(vec![1; 64]).unwrap()),
        request().signed(neighbour),
        request().signed_as(&key, (DateHeader::XMsDate, &stale), (&row.target, &host)),
        request().signed(&key).body(&format!("{} ", row.body)),
        bearing("e30.e30.e30".to_owned()),
        token(json!({ "tid": "11111111-2222-4333-8444-555555555555" })),
        token(json!({ "aud": "https://graph.microsoft.com" })),
        token(json!({ "exp": SystemClock.now().unix_seconds() - 1 })),
        token(json!({ "nbf": SystemClock.now().unix_seconds() + 600 })),
        token(json!({ "iss": "https://id.example.com" })),
        bearing(row.token(&impostor, &json!({ "iss": provider.issuer() }))),
    ];
    // Tokens that are good elsewhere.
    match row.access.as_str() {
        "user" => all.extend([
            request().signed(&key),
            bearing(provider.service_token(&Value::Null)),
            token(json!({ "aud": "https://communication.azure.com" })),
        ]),
        _ => all.extend([
            bearing(provider.service_token(&json!({ "appid": "another" }))),
            bearing(provider.clients_token("Chat", &Value::Null)),
            bearing(provider.teams_token(&Value::Null)),
        ]),
    }
    all
}

#[test]
fn every_route_in_every_version_refuses_everybody_who_may_not() {
    let provider = Provider::new();
    let house =
        provider.house_with("contributor", |config| config.authentication.failures_per_minute = 100_000);
    let neighbour = house.resource_named("contoso", &[]).keys[0].key.clone();
    let id = house.create();
    let rows = every_row(&id);
    let mut cells = 0;
    for row in &rows {
        for request in strangers(row, (&house, &provider), &neighbour) {
            row.is_refused(&request.send());
            cells += 1;
        }
    }
    assert_eq!(cells, (callsign_server::http::routes().len() + OWN_ROWS) * STRANGERS);
    println!("{} rows refuse {cells} strangers", rows.len());
    // Nothing of it did anything, and the right key still opens the door.
    assert_eq!(house.get(&id).text(), format!(r#"{{"id":"{id}"}}"#));
    assert_eq!(crate::harness::claims(&house.token(&id))["rev"], "0.0.10");
    for action in ["delete_identity", "prune_identity", "revoke_access_tokens", "change_assignment"] {
        assert_eq!(audited(&house, action).len(), 0, "{action}");
    }
}

#[test]
fn each_role_opens_what_it_is_enough_for_and_nothing_else() {
    const ROLES: [&str; 3] = ["reader", "issuer", "contributor"];
    let provider = Provider::new();
    let mut cells = 0;
    for (place, role) in ROLES.into_iter().enumerate() {
        let house = provider.house_with(role, |config| config.authentication.failures_per_minute = 100_000);
        let id = house.create();
        for row in every_row(&id).iter().filter(|row| row.access != "user") {
            // A stream would not end.
            if row.target.ends_with("/stream") {
                continue;
            }
            let token = row.token(&provider, &Value::Null);
            let reply = row.request(&house).header("authorization", &format!("Bearer {token}")).send();
            let enough = ROLES.iter().position(|least| *least == row.access).unwrap() <= place;
            assert_eq!(reply.status != 401 || is_about_the_token(&reply), enough, "{role} {}", row.target);
            cells += 1;
        }
    }
    assert_eq!(cells % ROLES.len(), 0);
    println!("{cells} rows were tried with a role");
}

/// The exchange of a Teams user's token, which the request has not, is refused by the same status.
fn is_about_the_token(reply: &Reply) -> bool {
    reply.json()["error"]["code"] == "InvalidAccessToken"
}

#[test]
fn whoever_may_is_let_in_by_a_key_and_by_a_token_alike() {
    let provider = Provider::new();
    let house = provider.house("contributor");
    for row in every_row(&house.create()) {
        if row.target.ends_with("/stream") {
            continue;
        }
        let denied = |reply: &Reply| reply.status == 401 && !is_about_the_token(reply);
        let token = row.token(&provider, &Value::Null);
        let bearing = row.request(&house).header("authorization", &format!("Bearer {token}")).send();
        assert!(!denied(&bearing), "{} {}", row.method, row.target);
        if row.access != "user" {
            assert!(
                !denied(&row.request(&house).signed(&house.key()).send()),
                "{} {}",
                row.method,
                row.target
            );
        }
    }
}
