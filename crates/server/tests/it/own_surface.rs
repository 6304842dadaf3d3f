//! What all of Callsign's own surface has in common: headers, problems, bounds.

use serde_json::json;

use crate::harness::{House, NEWEST};
use crate::request::Reply;

const LIST: &str = "/callsign/v1/identities";

fn code(reply: &Reply) -> (u16, String) {
    let (status, code, _, _) = reply.problem();
    (status, code)
}

#[test]
fn every_answer_can_be_found_again_and_none_pretends_to_be_of_acs() {
    let house = House::new();
    let request = |target: &str| {
        house.request("GET", target).header("x-ms-client-request-id", "abc").signed(&house.key()).send()
    };
    for target in [LIST, "/callsign/v1/identities?x=1", "/callsign/v1/nothing", "/callsign/v1/openapi.json"] {
        let reply = request(target);
        assert_eq!(reply.header("ms-cv").unwrap().len(), 24, "{target}");
        assert_eq!(reply.header("x-ms-client-request-id"), Some("abc"));
        for name in ["api-supported-versions", "request-context", "x-processing-time", "accept-ranges"] {
            assert_eq!(reply.header(name), None, "{target} {name}");
        }
    }
    assert_ne!(request(LIST).header("ms-cv"), request(LIST).header("ms-cv"));
}

#[test]
fn unknown_paths_and_methods_are_problems() {
    let house = House::new();
    for (method, target, expected) in [
        ("GET", "/callsign/v1", (404, "NotFound")),
        ("GET", "/callsign/v1/", (404, "NotFound")),
        ("GET", "/callsign/v1/identities/", (404, "NotFound")),
        ("POST", "/callsign/v1/identities/restore", (404, "NotFound")),
        ("GET", "/callsign/v1//identities", (404, "NotFound")),
        ("GET", "/callsign/v1/../v1/identities", (404, "NotFound")),
        ("GET", "/callsign/v1/identities%2Fdelete", (404, "NotFound")),
        ("POST", LIST, (405, "MethodNotAllowed")),
        ("GET", "/callsign/v1/introspect", (405, "MethodNotAllowed")),
        ("DELETE", "/callsign/v1/identities/delete", (405, "MethodNotAllowed")),
        ("POST", "/callsign/v1/openapi.json", (405, "MethodNotAllowed")),
        ("OPTIONS", LIST, (405, "MethodNotAllowed")),
    ] {
        let reply = house.request(method, target).send();
        let (status, found) = code(&reply);
        assert_eq!((status, found.as_str()), expected, "{method} {target}");
        assert_eq!(reply.header("allow").is_some(), status == 405);
    }
    assert_eq!(house.request("PUT", LIST).send().header("allow"), Some("GET"));
    // Beside it the envelope is that of ACS.
    assert_eq!(house.request("GET", "/callsign/v2/identities").send().code(), (404, "NotFound".to_owned()));
    assert_eq!(house.request("GET", "/callsign").send().code(), (404, "NotFound".to_owned()));
}

#[test]
fn bounds_hold_here_too_and_answer_with_problems() {
    let house = House::new();
    let long = format!("{LIST}?customId={}", "x".repeat(2_048));
    assert_eq!(code(&house.send("GET", &long, "")), (414, "UriTooLong".to_owned()));
    let heavy = house.request("GET", LIST).header("x-more", &"x".repeat(17_000)).signed(&house.key());
    assert_eq!(code(&heavy.send()), (431, "RequestHeaderFieldsTooLarge".to_owned()));
    let body = |bytes: usize| json!({ "unusedSince": "x".repeat(bytes), "dryRun": true });
    let prune = "/callsign/v1/identities/prune";
    assert_eq!(code(&house.post(prune, &body(65_000))), (400, "ValidationError".to_owned()));
    assert_eq!(code(&house.post(prune, &body(65_600))), (413, "RequestEntityTooLarge".to_owned()));
    let deep = format!("{{\"ids\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let request = house.request("POST", "/callsign/v1/identities/delete").body(&deep);
    let reply = request.header("content-type", "application/json").signed(&house.key()).send();
    assert_eq!(code(&reply), (400, "ValidationError".to_owned()));
}

#[test]
fn a_problem_repeats_no_more_of_a_word_than_helps() {
    let house = House::new();
    let name = "n".repeat(1_900);
    let (_, _, target, detail) = house.send("GET", &format!("{LIST}?{name}=1"), "").problem();
    assert_eq!(target.unwrap(), "n".repeat(64));
    assert!(detail.len() < 200, "{detail}");
    let markup = house.send("GET", &format!("{LIST}?%22%3Cscript%3E=1"), "").problem();
    assert_eq!(markup.2.as_deref(), Some("\"<script>"));
}

#[test]
fn a_resource_is_found_by_port_host_or_path_here_too() {
    let house = House::new();
    let contoso = house.resource_named("contoso", &[]);
    house.create();
    let key = &contoso.keys[0].key;
    for (target, host) in [("/contoso/callsign/v1/identities", None), (LIST, Some("contoso.localhost:8443"))]
    {
        let request = house.request("GET", target);
        let request = match host {
            Some(host) => request.host(host),
            None => request,
        };
        assert_eq!(request.clone().signed(key).send().text(), r#"{"identities":[]}"#, "{target}");
        assert_eq!(code(&request.signed(&house.key()).send()), (401, "Denied".to_owned()));
    }
    assert_eq!(code(&house.request("GET", "/contoso/callsign/v1/x").send()), (404, "NotFound".to_owned()));
}

#[test]
fn head_is_get_without_a_body() {
    let house = House::new();
    house.create();
    let head = house.send("HEAD", LIST, "");
    let get = house.send("GET", LIST, "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(head.header("content-type"), get.header("content-type"));
}

#[test]
fn the_operations_of_acs_know_nothing_of_it() {
    let house = House::new();
    // A path of ours that is asked for with a version, and a path of ACS that is asked for without one.
    let ours = house.send("GET", &format!("{LIST}?api-version={NEWEST}"), "");
    assert_eq!(ours.problem().2.as_deref(), Some("api-version"));
    assert_eq!(house.send("POST", "/identities", "").code(), (400, "ApiVersionUnspecified".to_owned()));
    assert!(callsign_server::http::routes().iter().all(|route| !route.path.starts_with("/callsign")));
}

#[test]
fn the_limits_profile_of_azure_has_none_for_it() {
    let house = House::with(|config| config.limits.profile = callsign_server::config::LimitsProfile::Azure);
    let id = house.create();
    for _ in 0..600 {
        let reply = house.post("/callsign/v1/identities/revoke", &json!({ "ids": [id] }));
        assert_eq!(reply.status, 200);
    }
}
