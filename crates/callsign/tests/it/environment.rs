//! `callsign env`: the variables, for each shell.

use std::process::Command;

use crate::binary::Home;
use crate::server::Server;

const NAMES: [&str; 7] = [
    "COMMUNICATION_SERVICES_CONNECTION_STRING",
    "AZURE_COMMUNICATION_CONNECTION_STRING",
    "COMMUNICATION_SERVICES_ENDPOINT",
    "COMMUNICATION_SERVICES_ACCESSKEY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
];

#[test]
fn a_running_server_tells_its_real_port_and_the_files_are_there() {
    let home = Home::new();
    let server = Server::start(&home);
    let address = server.address("https");
    let run = home.run(&["env"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let variables: Vec<(&str, &str)> = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once("='"))
        .filter_map(|(name, value)| Some((name, value.strip_suffix('\'')?)))
        .collect();
    assert_eq!(variables.iter().map(|(name, _)| *name).collect::<Vec<_>>(), NAMES);
    let key = variables[3].1;
    assert_eq!(key.len(), 88);
    assert_eq!(variables[0].1, format!("endpoint={address};accesskey={key}"));
    assert_eq!(variables[1].1, variables[0].1);
    assert_eq!(variables[2].1, address.trim_end_matches('/'));
    for (name, path) in &variables[4..] {
        let pem = std::fs::read_to_string(path).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{name}: {path}");
    }
}

#[test]
fn a_stopped_folder_tells_the_configured_port_and_what_is_missing() {
    let home = Home::with_data();
    let run = home.run(&["env", "--resource", "default"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.stdout.contains("export COMMUNICATION_SERVICES_ENDPOINT='https://localhost:8443'"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("note: ") && run.stderr.contains("callsign serve"), "{}", run.stderr);
    let mut any_port = home.command(&["env"]);
    let refused = crate::binary::ended(
        any_port
            .env("CALLSIGN_LISTEN_HTTPS", "127.0.0.1:0")
            .env("CALLSIGN_LISTEN_HTTP", "off")
            .output()
            .unwrap(),
    );
    assert!(refused.refusal().contains("only known while it runs"));
    assert!(home.refused(&["env", "--resource", "red"]).contains(r#"no resource "red""#));
}

#[test]
fn each_shell_gets_its_own_words_and_a_quote_in_a_path_does_no_harm() {
    let home = Home::new();
    let folder = home.path().join("it's data");
    let folder = folder.to_str().unwrap();
    home.done(&["resource", "create", "blue", "--data-dir", folder]);
    let printed = |shell: &str| home.done(&["env", "--data-dir", folder, "--shell", shell]);
    for (shell, start, path) in [
        ("sh", "export NODE_EXTRA_CA_CERTS='", r"it'\''s data"),
        ("fish", "set -gx NODE_EXTRA_CA_CERTS '", r"it\'s data"),
        ("powershell", "$env:NODE_EXTRA_CA_CERTS = '", "it''s data"),
        ("dotenv", "NODE_EXTRA_CA_CERTS=\"", "it's data"),
    ] {
        let text = printed(shell);
        assert_eq!(text.lines().count(), NAMES.len(), "{text}");
        let line = text.lines().last().unwrap();
        assert!(line.starts_with(start) && line.contains(path), "{line}");
    }
    let script = format!("{}printf %s \"$SSL_CERT_FILE\"", printed("sh"));
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap();
    assert!(path.starts_with(folder), "{path}");
}
