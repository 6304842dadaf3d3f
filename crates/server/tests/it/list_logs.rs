//! `GET /callsign/v1/logs`, and the file that the same records are written to.

use std::path::{Path, PathBuf};
use std::time::Instant;

use callsign_server::Server;
use callsign_server::config::Config;
use serde_json::Value;

use crate::harness::{FOREIGN, House, NEWEST};

const PATH: &str = "/callsign/v1/logs";

fn logs(house: &House, query: &str) -> Value {
    let reply = house.send("GET", &format!("{PATH}?{query}"), "");
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.json()
}

fn column<'a>(logs: &'a Value, name: &str) -> Vec<&'a Value> {
    logs["records"].as_array().unwrap().iter().map(|record| &record[name]).collect()
}

/// The committed schema of a record.
fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/request-log.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn check(schema: &jsonschema::Validator, record: &Value) {
    let faults: Vec<_> = schema.iter_errors(record).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{record}: {faults:?}");
}

#[test]
fn the_life_of_an_identity_is_told_in_the_columns_of_the_published_table() {
    let house = House::new();
    let agent = "azsdk-python-communication-identity/1.5.0 Python/3.11.2 (Linux-6.1.0-x86_64)";
    let (id, other) = (house.create(), house.create());
    let target = format!("/identities/{id}/:issueAccessToken?api-version={NEWEST}");
    let issue = house.request("POST", &target).header("user-agent", agent);
    let issue = issue.header("x-ms-client-request-id", "request-1").body(r#"{"scopes":["voip","chat"]}"#);
    let issued = issue.signed(&house.key()).send();
    assert_eq!(issued.status, 200);
    house.token(&other);
    house.revoke(&id);
    house.delete(&id);
    assert_eq!(house.issue(&id, r#"{"scopes":["chat"]}"#).status, 404);
    let logs = logs(&house, &format!("identity={id}"));
    assert_eq!(
        column(&logs, "OperationName"),
        ["CreateIdentity", "CreateToken", "RevokeToken", "DeleteIdentity", "CreateToken"]
    );
    assert_eq!(column(&logs, "ResultSignature"), ["201", "200", "204", "204", "404"]);
    let record = &logs["records"][1];
    for (name, value) in [
        ("OperationVersion", NEWEST),
        ("Category", "AuthOperational"),
        ("CorrelationId", issued.header("ms-cv").unwrap()),
        ("Identity", "key:1:0"),
        ("ResultType", "Succeeded"),
        ("ResultDescription", "OK"),
        ("Level", "Informational"),
        ("URI", target.split_once('?').unwrap().0),
        ("SdkType", "azsdk-python-communication-identity/1.5.0"),
        ("PlatformType", "Python/3.11.2 (Linux-6.1.0-x86_64)"),
        ("CallerIpAddress", "127.0.0.1"),
        ("Type", "ACSAuthIncomingOperations"),
        ("CallsignIdentityId", id.as_str()),
        ("CallsignResource", "default"),
        ("CallsignResourceId", house.resource_id().as_str()),
        ("CallsignClientRequestId", "request-1"),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    assert_eq!(record["Scopes"], serde_json::json!(["voip", "chat"]));
    let refused = &logs["records"][4];
    assert_eq!((&refused["ResultType"], &refused["Level"]), (&"Failed".into(), &"Warning".into()));
    assert_eq!(refused["CallsignErrorCode"], "IdentityNotFound");
    assert_eq!(refused["Scopes"], serde_json::json!(["chat"]));
    let schema = schema();
    logs["records"].as_array().unwrap().iter().for_each(|record| check(&schema, record));
}

#[test]
fn records_are_filtered_and_whoever_asks_is_not_recorded() {
    let house = House::new();
    let id = house.create();
    house.token(&id);
    house.issue(FOREIGN, r#"{"scopes":["chat"]}"#);
    house.issue(&id, "{}");
    let found = |query: &str| logs(&house, query)["records"].as_array().unwrap().len();
    for (query, count) in [
        ("", 4),
        ("operation=createtoken", 3),
        ("operation=CreateToken&status=200", 1),
        ("status=4xx", 2),
        ("status=401", 1),
        ("status=5xx", 0),
        ("since=2020-01-01T00:00:00Z", 4),
        ("since=9999-01-01T00:00:00Z", 0),
        ("pageSize=2", 2),
        (&format!("identity={}", id.to_uppercase().replacen("8:ACS", "8:acs", 1)), 3),
        ("operation=ListLogs", 0),
    ] {
        assert_eq!(found(query), count, "{query}");
    }
}

#[test]
fn a_resource_sees_its_own_requests_alone() {
    let house = House::new();
    let id = house.create();
    let blue = house.resource_named("blue", &[]);
    let request = house.request("GET", &format!("/blue{PATH}?identity={id}"));
    let reply = request.signed(&blue.keys[0].key).send();
    assert_eq!((reply.status, &reply.json()["records"]), (200, &serde_json::json!([])));
}

#[test]
fn whoever_follows_is_told_of_what_comes() {
    let house = House::new();
    let id = house.create();
    let before = logs(&house, "pageSize=1");
    let next = before["next"].as_str().unwrap().to_owned();
    let news = std::thread::scope(|scope| {
        let (house, next, id) = (&house, &next, &id);
        let waiting =
            scope.spawn(move || logs(house, &format!("after={next}&wait=30&operation=CreateToken")));
        house.token(id);
        waiting.join().unwrap()
    });
    assert_eq!(column(&news, "OperationName"), ["CreateToken"]);
    // Without news there is nothing, at once.
    let (began, next) = (Instant::now(), news["next"].as_str().unwrap());
    assert!(column(&logs(&house, &format!("after={next}")), "OperationName").is_empty());
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn what_cannot_be_asked_is_named() {
    let house = House::new();
    for (query, name) in [
        ("identity=alice", "identity"),
        ("identity=", "identity"),
        (&*format!("identity={}", "8".repeat(1_500)), "identity"),
        ("operation=", "operation"),
        (&*format!("operation={}", "a".repeat(65)), "operation"),
        ("operation=a%00b", "operation"),
        ("status=0", "status"),
        ("status=6xx", "status"),
        ("status=4XX", "status"),
        ("since=yesterday", "since"),
        ("pageSize=0", "pageSize"),
        ("pageSize=1001", "pageSize"),
        ("after=1", "after"),
        ("after=-1-1", "after"),
        ("wait=31", "wait"),
        ("follow=true", "follow"),
        ("status=200&status=200", "status"),
    ] {
        let reply = house.send("GET", &format!("{PATH}?{query}"), "");
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.text().contains(name), "{query}: {}", reply.text());
    }
    let reply = house.send("GET", &format!("{PATH}?after=1-18446744073709551615"), "");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(house.send("GET", &format!("{PATH}?{}", "a".repeat(4_000)), "").status, 414);
}

fn written(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn with_file(change: impl FnOnce(&mut Config)) -> (House, PathBuf) {
    let mut path = PathBuf::new();
    let house = House::with(|config| {
        path = config.data_dir.with_extension("jsonl");
        config.request_log.file = Some(path.clone());
        change(config);
    });
    (house, path)
}

#[test]
fn the_file_holds_what_memory_does_and_memory_begins_with_it() {
    let (house, path) = with_file(|_| {});
    let id = house.create();
    house.token(&id);
    house.request("BREW", "/coffee").send();
    house.request("GET", "/health/ready").send();
    let before = logs(&house, "");
    let House { server, folder } = house;
    drop(server);
    let text = written(&path);
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let schema = schema();
    records.iter().for_each(|record| check(&schema, record));
    // What nobody proved is of no resource, and stands in the file only.
    assert_eq!(records.len(), 3, "{text}");
    assert_eq!(records[2]["OperationName"], "Bad Route");
    let mut config = Config::ephemeral(folder.path());
    config.request_log.file = Some(path);
    let house = House { server: Server::start(&config).unwrap(), folder };
    assert_eq!(logs(&house, "")["records"], before["records"]);
    // Whoever followed the earlier run goes on with this one.
    let next = before["next"].as_str().unwrap();
    assert!(column(&logs(&house, &format!("after={next}")), "URI").is_empty());
    house.token(&id);
    assert_eq!(column(&logs(&house, &format!("after={next}")), "OperationName"), ["CreateToken"]);
}

#[test]
fn no_planted_secret_is_in_any_record() {
    let (house, path) = with_file(|_| {});
    let (id, key) = (house.create(), house.key().expose_base64().to_string());
    let token = house.token(&id);
    let planted = "planted".repeat(20);
    for secret in [key.as_str(), &token, &planted] {
        let escaped: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for target in [
            format!("/{escaped}"),
            format!("/identities/{escaped}/:issueAccessToken?api-version={NEWEST}"),
            format!("/identities?api-version={escaped}"),
            format!("{PATH}?operation={escaped}&accesskey={escaped}"),
        ] {
            let request = house.request("POST", &target).header("user-agent", &format!("tool/{secret}"));
            let request = request.header("x-ms-useragent", secret).header("x-ms-client-request-id", secret);
            request.header("authorization", &format!("Bearer {secret}")).body(secret).send();
        }
        house.introspection(secret).signed(&house.key()).send();
        house.issue(&id, &format!("{{\"scopes\":[\"{secret}\"]}}"));
    }
    let seen = logs(&house, "pageSize=1000").to_string();
    drop(house);
    let text = written(&path);
    assert!(text.lines().count() >= 12, "{text}");
    let schema = schema();
    text.lines().for_each(|line| check(&schema, &serde_json::from_str(line).unwrap()));
    let signature = token.rsplit('.').next().unwrap();
    for secret in [key.as_str(), &key.replace('+', "%2B"), &token, signature, "plantedplanted"] {
        assert!(!text.contains(secret) && !seen.contains(secret), "{secret} is in\n{text}");
    }
}

#[test]
fn a_sink_that_is_full_costs_no_request_and_its_losses_are_counted() {
    let house = House::with(|config| config.request_log.file = Some("/dev/full".into()));
    let id = house.create();
    for _ in 0..5 {
        house.token(&id);
    }
    let lost = |text: &str| {
        let line =
            text.lines().find(|line| line.starts_with("callsign_sink_lost_records_total{sink=\"file\"}"));
        line.unwrap().rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    // The sink has a thread of its own: it is asked until it has had its turn.
    while lost(&house.metrics()) < 6 {}
    assert_eq!(logs(&house, "")["records"].as_array().unwrap().len(), 6);
}
