//! Every input has a bound, and every refusal its envelope.

use crate::harness::{House, NEWEST};
use crate::request::exchange;

fn create() -> String {
    format!("/identities?api-version={NEWEST}")
}

#[test]
fn a_body_may_have_64_kib_and_no_more() {
    let house = House::new();
    let body = |bytes: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(bytes - 8));
    assert_eq!(house.send("POST", &create(), &body(64 * 1024)).status, 201);
    for bytes in [64 * 1024 + 1, 70_000, 900_000] {
        assert_eq!(
            house.send("POST", &create(), &body(bytes)).code(),
            (413, "RequestEntityTooLarge".to_owned())
        );
    }
}

#[test]
fn a_target_may_have_2_kib_and_no_more() {
    let house = House::new();
    let long = |bytes: usize| format!("{}&x={}", create(), "x".repeat(bytes - create().len() - 3));
    assert_eq!(house.send("POST", &long(2048), "").status, 201);
    assert_eq!(house.send("POST", &long(2049), "").code(), (414, "UriTooLong".to_owned()));
    assert_eq!(house.send("POST", &long(30_000), "").code(), (414, "UriTooLong".to_owned()));
}

#[test]
fn headers_may_have_16_kib_and_no_more() {
    let house = House::new();
    let with = |bytes: usize| {
        house.request("POST", &create()).header("x-more", &"x".repeat(bytes)).signed(&house.key()).send()
    };
    assert_eq!(with(15_000).status, 201);
    assert_eq!(with(17_000).code(), (431, "RequestHeaderFieldsTooLarge".to_owned()));
    assert_eq!(with(60_000).code(), (431, "RequestHeaderFieldsTooLarge".to_owned()));
}

#[test]
fn unknown_paths_and_methods_are_refused_in_json() {
    let house = House::new();
    for (method, target, expected) in [
        ("GET", "/", (404, "NotFound")),
        ("POST", "/identities/", (404, "NotFound")),
        ("POST", "/Identities", (404, "NotFound")),
        ("POST", "/teamsUser/:exchangeaccesstoken?api-version=2023-10-01", (404, "NotFound")),
        ("POST", "/access/teamsPhone/:exchangeAccessToken?api-version=2025-03-02-preview", (404, "NotFound")),
        ("GET", "/teamsUser/:exchangeAccessToken?api-version=2023-10-01", (405, "MethodNotAllowed")),
        ("POST", "/identities/x/:dance", (404, "NotFound")),
        ("POST", "//identities", (404, "NotFound")),
        ("POST", "/identities/../identities", (404, "NotFound")),
        ("GET", "/identities", (405, "MethodNotAllowed")),
        ("PUT", "/identities/x", (405, "MethodNotAllowed")),
        ("OPTIONS", "/identities", (405, "MethodNotAllowed")),
        ("TRACE", "/identities", (405, "MethodNotAllowed")),
        ("BREW", "/identities", (405, "MethodNotAllowed")),
    ] {
        let reply = house.request(method, target).header("x-ms-client-request-id", "abc").send();
        let (status, code) = reply.code();
        assert_eq!((status, code.as_str()), expected, "{method} {target}");
        assert_eq!(reply.header("x-ms-client-request-id"), Some("abc"));
        assert!(reply.header("ms-cv").is_some() && reply.header("x-processing-time").is_some());
    }
    let allow = house.request("PUT", "/identities/x").send();
    assert_eq!(allow.header("allow"), Some("GET, DELETE, PATCH"));
}

/// The router would decode it, and refuse what is no UTF-8 in plain text.
#[test]
fn an_id_is_not_percent_decoded_but_for_its_colons() {
    let house = House::new();
    let own = house.create().replacen('8', "%38", 1);
    for id in ["%FF", "%00", "8%3Aacs%3A%FF", own.as_str()] {
        let target = format!("/identities/{id}?api-version={NEWEST}");
        assert_eq!(house.request("DELETE", &target).send().code(), (401, "Denied".to_owned()), "{id}");
        let (status, code, about, _) = house.send("DELETE", &target, "").error();
        assert_eq!((status, code.as_str(), about.as_deref()), (400, "ValidationError", Some("id")), "{id}");
    }
}

#[test]
fn a_body_is_asked_for_from_those_alone_who_signed_the_head() {
    let house = House::new();
    let announced = |head: &str| {
        let mut stream = std::net::TcpStream::connect(house.address()).unwrap();
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        let mut answer = [0; 12];
        std::io::Read::read_exact(&mut stream, &mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let head = |request: &crate::request::Request| {
        let bytes = String::from_utf8(request.bytes()).unwrap();
        bytes.strip_suffix("{}").unwrap().to_owned()
    };
    let request = house.request("POST", &create()).body("{}").header("expect", "100-continue");
    assert_eq!(announced(&head(&request)), "HTTP/1.1 401");
    assert_eq!(announced(&head(&request.signed(&house.key()))), "HTTP/1.1 100");
}

#[test]
fn a_target_that_names_a_host_goes_before_the_host_header() {
    let house = House::new();
    let sent = |authority: &str| {
        let mut request = house.request("POST", &create()).signed(&house.key());
        request.target = format!("http://{authority}{}", create());
        request.send().status
    };
    assert_eq!(sent(&house.address()), 201);
    assert_eq!(sent("127.0.0.1"), 201);
    assert_eq!(sent("other.example.com"), 401);
    assert_eq!(sent(&format!("user@{}", house.address())), 401);
}

#[test]
fn a_version_that_is_missing_unknown_repeated_or_not_served_is_refused() {
    let house = House::new();
    let all = "2020-07-20-preview2, 2021-03-07, 2021-10-31-preview, 2022-06-01, 2022-10-01, 2023-10-01, 2025-03-02-preview, 2025-06-30, 2026-09-23";
    for (target, code) in [
        ("/identities", "ApiVersionUnspecified"),
        ("/identities?api-version=", "ApiVersionUnspecified"),
        ("/identities?api-version=2026-09-23&api-version=2023-10-01", "ApiVersionUnspecified"),
        ("/identities?api-version=2021-11-01", "UnsupportedApiVersion"),
        ("/identities?api-version=latest", "UnsupportedApiVersion"),
    ] {
        let reply = house.send("POST", target, "");
        assert_eq!(reply.code(), (400, code.to_owned()), "{target}");
        assert_eq!(reply.header("api-supported-versions"), Some(all));
    }
    let (_, _, _, text) = house.send("POST", "/identities?api-version=2019-01-01", "").error();
    let uri = format!("http://{}/identities", house.address());
    assert_eq!(
        text,
        format!(
            "The HTTP resource that matches the request URI '{uri}' does not support the API version '2019-01-01'."
        )
    );
}

/// Two readings of where one request ends and the next begins: what stands behind it is never served.
#[test]
fn nothing_is_smuggled_behind_a_request_that_is_framed_in_two_ways() {
    let house = House::new();
    let target = create();
    let smuggled = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    for head in [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 6",
        "content-length: +5",
        "content-length: 0x5",
        "transfer-encoding: chunked, identity",
        "transfer-encoding: identity, chunked\r\ncontent-length: 5",
        "transfer-encoding: xchunked",
        "transfer-encoding : chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: gzip",
        " folded: x",
        "x y: z",
        "a: b\0c",
    ] {
        let address = house.address();
        let bytes = format!("POST {target} HTTP/1.1\r\nhost: {address}\r\n{head}\r\n\r\n0\r\n\r\n{smuggled}");
        let answers = exchange(&address, bytes.as_bytes());
        // RFC 9112 §6.3: where both are there, the chunks decide and the connection ends after the answer.
        let chunks_decide = head == "content-length: 5\r\ntransfer-encoding: chunked";
        assert_eq!(answers.status, if chunks_decide { 401 } else { 400 }, "{head:?}");
        assert_eq!(answers.header("connection"), Some("close"), "{head:?}");
        assert!(!String::from_utf8_lossy(&answers.body).contains("HTTP/1.1"), "{head:?}");
    }
}

#[test]
fn the_limits_profile_of_azure_answers_429_and_when_to_come_back() {
    let house = House::with(|config| config.limits.profile = callsign_server::config::LimitsProfile::Azure);
    let id = house.create();
    let replies: Vec<_> = (0..1100).map(|_| house.revoke(&id)).collect();
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 204).collect();
    // A window of 30 seconds may turn over once while the test runs.
    assert!((100..=600).contains(&refused.len()), "{}", refused.len());
    for reply in refused {
        assert_eq!(reply.code(), (429, "TooManyRequests".to_owned()));
        assert!((1..=30).contains(&reply.header("retry-after").unwrap().parse().unwrap()));
    }
}

#[test]
fn connections_beyond_the_limit_wait_until_others_end() {
    let house = House::with(|config| config.limits.connections = 16);
    let mut held: Vec<_> = (0..16).map(|_| std::net::TcpStream::connect(house.address()).unwrap()).collect();
    // Each of them is served before the next request comes.
    for stream in &mut held {
        let request = house.request("GET", "/").bytes();
        let text = String::from_utf8(request).unwrap().replace("connection: close\r\n", "");
        std::io::Write::write_all(stream, text.as_bytes()).unwrap();
        std::io::Read::read_exact(stream, &mut [0; 12]).unwrap();
    }
    let mut waiting = std::net::TcpStream::connect(house.address()).unwrap();
    std::io::Write::write_all(&mut waiting, &house.request("GET", "/").bytes()).unwrap();
    waiting.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
    std::io::Read::read(&mut waiting, &mut [0; 12]).expect_err("no answer while the places are taken");
    drop(held);
    waiting.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut answer = [0; 12];
    std::io::Read::read_exact(&mut waiting, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");
}
