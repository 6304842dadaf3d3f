//! Where metrics, records and spans go.

use super::*;

#[test]
fn a_collector_is_an_address_without_a_secret() {
    let endpoint = |text: &str| {
        let machine = Machine::new().with_file(format!("[otlp]\nendpoint = \"{text}\"\n"));
        machine.resolve().map(|resolved| resolved.config.otlp.endpoint)
    };
    assert_eq!(endpoint("off").unwrap(), None);
    for (text, kept) in [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318"),
        ("https://otel.example.com/", "https://otel.example.com"),
        ("https://otel.example.com/in/", "https://otel.example.com/in"),
    ] {
        assert_eq!(endpoint(text).unwrap().as_deref(), Some(kept));
    }
    for text in [
        "127.0.0.1:4318",
        "grpc://127.0.0.1:4317",
        "http://user:planted@127.0.0.1:4318",
        "http://127.0.0.1:4318/?key=planted",
        "http://",
    ] {
        let faults = endpoint(text).unwrap_err().to_string();
        assert!(faults.contains("otlp.endpoint") && !faults.contains("planted"), "{faults}");
    }
}

#[test]
fn headers_for_the_collector_come_from_the_environment_and_are_never_shown() {
    let with = |text: &str| Machine::new().with_variable("CALLSIGN_OTLP_HEADERS", text);
    let resolved = with("x-key=planted,x-tenant=1\n").resolve().unwrap();
    assert_eq!(resolved.config.otlp.headers.as_deref().map(String::as_str), Some("x-key=planted,x-tenant=1"));
    assert_eq!(value(&resolved, "otlp.headers").0, "(hidden)");
    assert!(!format!("{:?}", resolved.config).contains("planted"));
    for text in ["planted", "x key=planted", "a=planted,", "a=pla\u{7f}nted"] {
        let faults = with(text).faults().concat();
        assert!(faults.contains("otlp.headers") && !faults.contains("planted"), "{faults}");
    }
}

#[test]
fn what_is_kept_of_requests_has_bounds() {
    for line in [
        "memory = 99",
        "memory = 1000001",
        "file_mib = 0",
        "files = 0",
        "files = 1001",
        "level = \"debug\"",
        "stdout = \"yes\"",
    ] {
        let machine = Machine::new().with_file(format!("[request_log]\n{line}\n"));
        assert_eq!(machine.faults().len(), 1, "{line}");
    }
    let machine = Machine::new().with_file("[request_log]\nfile = \"requests.jsonl\"\nlevel = \"error\"\n");
    let log = machine.resolve().unwrap().config.request_log;
    assert!(log.file.unwrap().is_absolute());
    assert_eq!((log.level, log.memory, log.stdout), (RequestLevel::Error, 10_000, false));
}
