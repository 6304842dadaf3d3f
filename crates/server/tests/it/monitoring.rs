//! Metrics and health, as those who look after the server see them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use callsign_server::Server;
use callsign_server::config::Config;

use crate::harness::{FOREIGN, House, NEWEST};
use crate::request::Request;

/// The value of a metric with exactly these labels.
fn value(text: &str, metric: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' ')?.parse().ok())
}

fn requests(operation: &str, status: u16) -> String {
    format!(
        "callsign_api_request_authentication_total{{operation=\"{operation}\",status_code=\"{status}\",status_code_class=\"{}xx\"}}",
        status / 100
    )
}

#[test]
fn requests_are_counted_by_the_operation_names_of_the_live_service() {
    let house = House::new();
    let id = house.create();
    for _ in 0..3 {
        house.token(&id);
    }
    assert_eq!(house.revoke(&id).status, 204);
    assert_eq!(house.delete(&id).status, 204);
    assert_eq!(house.issue(FOREIGN, r#"{"scopes":["chat"]}"#).status, 401);
    house.request("GET", &format!("/nowhere?api-version={NEWEST}")).send();
    let text = house.metrics();
    // The operations of `APIRequestAuthentication` (`clients.md` E).
    for (operation, status, count) in [
        ("CreateIdentity", 201, 1.0),
        ("CreateToken", 200, 3.0),
        ("CreateToken", 401, 1.0),
        ("RevokeToken", 204, 1.0),
        ("DeleteIdentity", 204, 1.0),
        ("Bad Route", 404, 1.0),
    ] {
        assert_eq!(value(&text, &requests(operation, status)), Some(count), "{operation} {status}\n{text}");
    }
    assert_eq!(value(&text, "callsign_tokens_issued_total"), Some(3.0));
    assert_eq!(value(&text, "callsign_identities_revoked_total"), Some(2.0));
    let latency = "callsign_request_duration_seconds_count{operation=\"CreateToken\"}";
    assert_eq!(value(&text, latency), Some(4.0));
}

#[test]
fn every_room_is_measured_and_no_metric_names_anybody() {
    let house = House::new();
    let id = house.create();
    let token = house.token(&id);
    let text = house.metrics();
    // Each of three writes at least: the resource, its signing key, the identity.
    assert!(value(&text, "callsign_store_writes_total").unwrap() >= 1.0, "{text}");
    assert!(value(&text, "callsign_store_commit_duration_seconds_count").unwrap() >= 1.0);
    assert_eq!(value(&text, "callsign_signer_batches_total{size=\"1\"}"), Some(1.0));
    assert!(value(&text, "callsign_signing_key_activation_timestamp_seconds{algorithm=\"RS256\"}").is_some());
    for zero in [
        "callsign_store_failures_total",
        "callsign_signer_engine_faults_total",
        "callsign_signer_refused_total",
        "callsign_feed_readers",
        "callsign_requests_throttled_total{reason=\"authentication\"}",
        "callsign_journal_dropped_records_total",
    ] {
        assert_eq!(value(&text, zero), Some(0.0), "{zero}");
    }
    assert!(value(&text, "process_start_time_seconds").unwrap() > 1_700_000_000.0);
    let resource = house.resource_id();
    for secret in [id.as_str(), &token, resource.as_str(), "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn the_number_of_metrics_does_not_grow_with_what_callers_send() {
    let house = House::new();
    let lines = || house.metrics().lines().count();
    house.request("GET", "/a").send();
    house.request("BREW", "/a").send();
    let before = lines();
    for number in 0..50 {
        let path = format!("/a{number}?api-version={number}");
        house.request("GET", &path).header("user-agent", &format!("tool/{number}")).send();
        house.request("BREW", &path).send();
    }
    assert_eq!(lines(), before);
}

#[test]
fn the_listener_for_monitoring_serves_nothing_else() {
    let house = House::new();
    let send = |method: &str, path: &str| Request::new(&house.monitoring(), method, path).send();
    let metrics = send("GET", "/metrics");
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4"));
    assert_eq!(send("HEAD", "/metrics").status, 200);
    for path in ["/", "/metrics/", "/identities", "/callsign/v10", "/.well-known/jwks.json", "/portal"] {
        assert_eq!(send("GET", path).status, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        let reply = send(method, "/metrics");
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(send("GET", &format!("/metrics?{}", "a".repeat(4_000))).status, 400);
    // And the others serve no metrics.
    assert_eq!(house.request("GET", "/metrics").send().status, 404);
}

#[test]
fn two_servers_on_one_machine_both_serve() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let house = House::with(|config| config.listen.metrics = Some(taken.local_addr().unwrap()));
    assert_eq!(house.server.ready().metrics, None);
    let notes = house.server.ready().notes.concat();
    assert!(notes.contains("metrics are not served") && notes.contains("--metrics"), "{notes}");
    house.create();
}

#[test]
fn those_who_look_after_the_server_get_in_when_clients_have_all_connections() {
    let house = House::with(|config| config.limits.connections = 16);
    let taken: Vec<_> = (0..16)
        .map(|_| {
            let mut stream = TcpStream::connect(house.address()).unwrap();
            stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
            // Answered: it has its place.
            stream.read_exact(&mut [0; 12]).unwrap();
            stream
        })
        .collect();
    let text = house.metrics();
    assert_eq!(value(&text, "callsign_connections_open"), Some(16.0), "{text}");
    assert_eq!(value(&text, "callsign_connections_max"), Some(16.0));
    drop(taken);
}

#[test]
fn everybody_may_ask_whether_the_server_is_well() {
    let house = House::new();
    for address in [house.address(), house.monitoring()] {
        let send = |method: &str, path: &str| Request::new(&address, method, path).send();
        let live = send("GET", "/health/live");
        assert_eq!((live.status, live.text().as_str()), (200, r#"{"status":"live"}"#));
        let ready = send("GET", "/health/ready");
        assert_eq!((ready.status, ready.header("cache-control")), (200, Some("no-store")));
        let expected = r#"{"status":"ready","server":"ready","signing":"ready","store":"ready"}"#;
        assert_eq!(ready.text(), expected);
        assert_eq!(send("POST", "/health/ready").status, 405);
        assert_eq!(send("GET", "/health").status, 404);
    }
}

#[test]
fn metrics_can_be_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::ephemeral(folder.path());
    config.listen.metrics = None;
    let server = Server::start(&config).unwrap();
    assert_eq!((server.ready().metrics.as_ref(), server.ready().notes.len()), (None, 0));
}
