//! What goes wrong between a command and a service: each has its own sentence and its own remedy.

use std::net::TcpListener;

use crate::binary::{Home, ended};
use crate::scripted::{Scripted, reply};
use crate::server::Server;

const DENIED: &str = r#"{"error":{"code":"Denied","message":"Denied by the resource provider."}}"#;
const CLOCK: &str = r#"{"error":{"code":"Denied","message":"The time difference between the originating client and the server is greater than the allowed margin of 5 minutes."}}"#;
const LONG_AGO: &str = "Date: Thu, 01 Oct 2020 07:05:09 GMT\r\n";

/// A port on which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn refused(home: &Home, arguments: &[&str], connection_string: &str) -> String {
    let mut command = home.command(arguments);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", connection_string);
    let run = ended(command.output().unwrap());
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(!run.stderr.contains("c2VjcmV0") && !run.stdout.contains("c2VjcmV0"), "{}", run.stderr);
    run.stdout + &run.stderr
}

#[test]
fn what_is_wrong_on_the_way_is_told_apart() {
    let home = Home::new();
    let key = "accesskey=c2VjcmV0";
    let denied = Scripted::refusing("401 Unauthorized", "", DENIED);
    let clock = Scripted::refusing("401 Unauthorized", LONG_AGO, CLOCK);
    let other = Scripted::refusing("502 Bad Gateway", "Content-Type: text/html\r\n", "<h1>proxy</h1>");
    let page = Scripted::refusing("404 Not Found", "Content-Type: text/html\r\n", "<h1>nothing here</h1>");
    // As what speaks TLS answers plain http.
    let alert = Scripted::start(|_| "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{a}".to_owned());
    let create = ["identity", "user", "create"];
    for (connection_string, start, hint) in [
        (
            format!("endpoint=http://127.0.0.1:{}/;{key}", closed_port()),
            "error: the service cannot be reached at http://127.0.0.1:",
            "is the service running?",
        ),
        (
            format!("endpoint=https://nobody.invalid/;{key}"),
            "error: the service cannot be reached at https://nobody.invalid: ",
            "Is the endpoint right",
        ),
        (
            denied.connection_string(),
            "error: (Denied) Denied by the resource provider.\nCode: Denied\nMessage: Denied by the resource provider.\n",
            "The access key is that of AZURE_COMMUNICATION_CONNECTION_STRING. Compare",
        ),
        (clock.connection_string(), "error: (Denied) The time difference ", "Set this machine's clock"),
        (
            other.connection_string(),
            "error: the answer was 502 Bad Gateway, and not of an ACS Identity service\nRequest id: ",
            "Hint: Try again later",
        ),
        (
            page.connection_string(),
            "error: the answer was 404 Not Found, and not of an ACS Identity service\n",
            "Hint: Is the endpoint that of an ACS Identity service?",
        ),
        (
            alert.connection_string(),
            "error: the connection broke before the answer was there at http://127.0.0.1:",
            "Hint: Does the port speak TLS?",
        ),
        (
            format!("endpoint=http://contoso.example/;{key}"),
            "error: AZURE_COMMUNICATION_CONNECTION_STRING cannot be used: plain http is accepted for this machine only",
            "use https",
        ),
    ] {
        let said = refused(&home, &create, &connection_string);
        assert!(said.starts_with(start) && said.contains(hint), "{said}");
    }
}

#[test]
fn doctor_finds_nothing_wrong_with_a_server_that_runs() {
    let home = Home::new();
    let _server = Server::start(&home);
    let page = home.done(&["doctor"]);
    let words: Vec<Vec<&str>> = page.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    let checks = ["resource", "name", "port", "clock", "credential", "permissions", "versions", "signing"];
    // What was signed stands below it, once something was.
    let words: Vec<_> = words.into_iter().filter(|words| words[0] == "ok").collect();
    assert_eq!(words, checks.map(|check| vec!["ok", check]), "{page}");
    for words in
        ["the resource default of the server that runs on", "2026-09-23 is used", "2025-03-02-preview"]
    {
        assert!(page.contains(words), "{page}");
    }
    let variables = home.done(&["env"]);
    let value = |name: &str| {
        let line = variables.lines().find_map(|line| line.strip_prefix(&format!("export {name}='")));
        line.unwrap().trim_end_matches('\'').to_owned()
    };
    let examine = |authority: &str| {
        let mut command = home.command(&["doctor", "-o", "json"]);
        command.env("AZURE_COMMUNICATION_CONNECTION_STRING", value("AZURE_COMMUNICATION_CONNECTION_STRING"));
        ended(command.env("SSL_CERT_FILE", authority).output().unwrap())
    };
    let well = examine(&value("SSL_CERT_FILE"));
    let findings: serde_json::Value = serde_json::from_str(&well.stdout).unwrap();
    assert_eq!((well.code, well.stderr.as_str()), (Some(0), "All is well.\n"));
    assert_eq!((&findings[3]["check"], &findings[3]["state"]), (&"certificate".into(), &"ok".into()));
    assert!(findings[3]["found"].as_str().unwrap().contains("Callsign local CA"), "{findings}");

    // Another server's authority is one that this server is not of.
    let other = Home::with_data();
    let started = Server::start(&other);
    let untrusted = examine(other.data_dir().join("tls/ca.pem").to_str().unwrap());
    assert!(started.stop().success());
    let findings: serde_json::Value = serde_json::from_str(&untrusted.stdout).unwrap();
    assert_eq!(untrusted.code, Some(1));
    assert_eq!(untrusted.stderr, "error: something is wrong with: certificate\n");
    assert_eq!(findings[3]["state"], "bad");
    assert!(findings[3]["found"].as_str().unwrap().contains("does not trust"), "{findings}");
    assert!(findings[3]["remedy"].as_str().unwrap().contains("SSL_CERT_FILE"), "{findings}");
    assert_eq!(findings[5]["state"], "skipped");
}

#[test]
fn doctor_tells_what_is_wrong_and_what_to_do() {
    let home = Home::new();
    let key = "accesskey=c2VjcmV0";
    let denied = Scripted::refusing("401 Unauthorized", "", DENIED);
    let clock = Scripted::refusing("401 Unauthorized", LONG_AGO, CLOCK);
    let page = Scripted::refusing("200 OK", "Content-Type: text/html\r\n", "<h1>hello</h1>");
    let failed = Scripted::refusing("502 Bad Gateway", "", "");
    let forbidden =
        Scripted::refusing("403 Forbidden", "", r#"{"error":{"code":"Forbidden","message":"No."}}"#);
    let old = Scripted::start(|_| {
        let body = r#"{"error":{"code":"UnsupportedApiVersion","message":"The HTTP resource does not support it."}}"#;
        reply("400 Bad Request", "api-supported-versions: 2021-03-07, 2023-10-01\r\n", body)
    });
    for (connection_string, check, found, remedy) in [
        (
            format!("endpoint=http://127.0.0.1:{}/;{key}", closed_port()),
            "port",
            "Connection refused",
            "callsign serve",
        ),
        (
            format!("endpoint=https://nobody.invalid/;{key}"),
            "name",
            "nobody.invalid has no address",
            "spelled right",
        ),
        (
            denied.connection_string().replace("http://", "https://"),
            "certificate",
            "no TLS handshake",
            "speak TLS",
        ),
        (clock.connection_string(), "clock", " ahead of the service's", "Set this machine's clock"),
        (denied.connection_string(), "credential", "refuses it (401 Denied: ", "Compare the access key"),
        (page.connection_string(), "credential", "200", "ACS"),
        (failed.connection_string(), "credential", "502", "Try again later"),
        (forbidden.connection_string(), "permissions", "may not manage identities", "Contributor"),
        (old.connection_string(), "versions", "it has 2021-03-07, 2023-10-01", "update the service"),
    ] {
        let said = refused(&home, &["doctor"], &connection_string);
        let mut lines = said.lines();
        let line = lines.find(|line| line.starts_with("BAD ")).unwrap();
        assert!(line.starts_with(&format!("BAD  {check} ")) && line.contains(found), "{said}");
        assert!(lines.next().unwrap().contains(remedy), "{said}");
        assert!(said.ends_with(&format!("error: something is wrong with: {check}\n")), "{said}");
    }
}

#[test]
fn entra_is_asked_for_a_token_and_a_refusal_says_who_was_refused() {
    let home = Home::new();
    let _server = Server::start(&home);
    let issuer = Scripted::start(|_| {
        let body = r#"{"access_token":"s3cr3t","expires_on":"9999999999","resource":"https://communication.azure.com","token_type":"Bearer"}"#;
        reply("200 OK", "Content-Type: application/json\r\n", body)
    });
    let variables = home.done(&["env"]);
    let endpoint =
        variables.lines().find_map(|line| line.strip_prefix("export COMMUNICATION_SERVICES_ENDPOINT='"));
    let endpoint = endpoint.unwrap().trim_end_matches('\'');
    let create = ["identity", "user", "create", "--auth", "entra", "--endpoint", endpoint];
    let mut command = home.command(&create);
    command
        .env("SSL_CERT_FILE", home.data_dir().join("tls/ca.pem"))
        .env("IDENTITY_ENDPOINT", issuer.endpoint())
        .env("IDENTITY_HEADER", "header");
    let said = ended(command.output().unwrap()).refusal();
    let asked = issuer.next();
    assert!(asked.contains("resource=https%3A%2F%2Fcommunication.azure.com%2F"), "{asked}");
    assert!(
        said.starts_with("error: (Denied) ") && said.contains("Hint: Is the one who is signed in"),
        "{said}"
    );
    assert!(!said.contains("s3cr3t"));

    let signed_out = home.refused(&create);
    assert!(signed_out.starts_with("error: no token could be got for the service at "), "{signed_out}");
    assert!(
        !signed_out.contains("\\n") && signed_out.contains("Hint: Sign in with az login"),
        "{signed_out}"
    );
    let plain =
        home.refused(&["identity", "user", "create", "--auth", "entra", "--endpoint", "http://localhost:1"]);
    assert!(plain.contains("https only"), "{plain}");
}
