//! Records of requests from the command line.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::binary::Home;
use crate::server::Server;

#[test]
fn what_was_done_with_an_identity_is_shown_and_followed() {
    let home = Home::new();
    let server = Server::start(&home);
    let id = home.json(&["identity", "user", "create"])["rawId"].as_str().unwrap().to_owned();
    let issue = || home.done(&["identity", "token", "issue", "--scope", "chat", "--user", &id]);
    issue();
    let names = |records: &Value| -> Vec<String> {
        records
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["OperationName"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&home.json(&["logs", "--identity", &id])), ["CreateIdentity", "CreateToken"]);
    assert_eq!(home.json(&["logs", "--since", "2126-01-01"]), json!([]));
    assert_eq!(
        names(&home.json(&["logs", "--operation", "createtoken", "--status", "2xx"])),
        ["CreateToken"]
    );
    let table = home.done(&["logs", "--last", "1", "-o", "table"]);
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("TIME") && lines[1].ends_with(&id), "{table}");
    let mut following = home.command(&["logs", "--follow", "--last", "1", "--identity", &id]);
    let mut following = following.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(following.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut record = || serde_json::from_str::<Value>(&said.next().unwrap()).unwrap();
    let first = record();
    assert_eq!(first["OperationName"], "CreateToken");
    issue();
    assert!(record()["TimeGenerated"].as_str() > first["TimeGenerated"].as_str());
    following.kill().unwrap();
    following.wait().unwrap();
    drop(server);
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_sentence() {
    let home = Home::new();
    let _server = Server::start(&home);
    for (option, value) in [("identity", "alice"), ("status", "often"), ("operation", "*")] {
        let run = home.run(&["logs", &format!("--{option}"), value]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("'{option}' must be")), "{}", run.stderr);
    }
    assert!(home.refused(&["logs", "--follow", "-o", "yaml"]).contains("jsonl"));
    for wrong in
        [&["logs", "--last", "0"][..], &["logs", "--follow", "--query", "[0]"], &["logs", "--since", "soon"]]
    {
        assert_eq!(home.run(wrong).code, Some(2), "{wrong:?}");
    }
}
