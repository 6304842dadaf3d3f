//! Revoking every token of a resource, and asking the server whether a token is good.

use serde_json::Value;

use crate::binary::{Home, Run, ended};
use crate::scripted::Scripted;
use crate::server::Server;

fn token(home: &Home, resource: &str) -> String {
    let issued = home.json(&["identity", "token", "issue", "--scope", "chat", "--resource", resource]);
    issued["token"].as_str().unwrap().to_owned()
}

fn decoded(home: &Home, resource: &str, token: &str) -> Run {
    home.run(&[
        "identity",
        "token",
        "decode",
        "--online",
        "--resource",
        resource,
        "--only-show-errors",
        token,
    ])
}

fn is_good(home: &Home, resource: &str, token: &str) -> bool {
    let run = decoded(home, resource, token);
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    let active = said["active"].as_bool().unwrap();
    assert_eq!(run.code, Some(if active { 0 } else { 1 }), "{}", run.stderr);
    active
}

#[test]
fn every_token_of_the_resource_is_dead_and_no_other() {
    let home = Home::new();
    let server = Server::start(&home);
    home.done(&["resource", "create", "blue"]);
    let (first, second, other) = (token(&home, "blue"), token(&home, "blue"), token(&home, "default"));
    assert!(is_good(&home, "blue", &first) && !is_good(&home, "default", &first));
    let unasked = home.refused(&["identity", "token", "revoke-all", "--resource", "blue"]);
    assert_eq!(
        unasked,
        "error: nothing was changed, as nobody is at a terminal to confirm it. Every token that the resource blue has issued until \
         now will be revoked. In the last 24 hours 2 identities got one. If that is meant, say callsign identity token \
         revoke-all --resource blue --yes\n"
    );
    assert!(is_good(&home, "blue", &first));
    let revoked = home.run(&["identity", "token", "revoke-all", "--resource", "blue", "--yes"]);
    assert_eq!((revoked.code, revoked.stdout.as_str()), (Some(0), ""), "{}", revoked.stderr);
    assert_eq!(
        revoked.stderr,
        "Every token that the resource blue has issued until now is revoked; in the last 24 hours 2 identities got one.\n"
    );
    assert!(!is_good(&home, "blue", &first) && !is_good(&home, "blue", &second));
    assert!(is_good(&home, "default", &other));
    let fresh = token(&home, "blue");
    assert!(is_good(&home, "blue", &fresh), "new tokens are issued at once");

    // On the folder of the stopped server, too.
    assert!(server.stop().success());
    let revoked = home.run(&["identity", "token", "revoke-all", "--resource", "default", "--yes"]);
    assert!(revoked.stderr.contains("in the last 24 hours 1 identity got one"), "{}", revoked.stderr);
    let _server = Server::start(&home);
    assert!(!is_good(&home, "default", &other) && is_good(&home, "blue", &fresh));
    let listed = home.json(&["audit", "list", "--query", "[?action=='revoke_resource'].resource"]);
    assert_eq!(listed, serde_json::json!(["blue", "default"]));
}

#[test]
fn a_resource_has_to_be_named_and_to_be_there() {
    let home = Home::with_data();
    let unnamed = home.run(&["identity", "token", "revoke-all", "--yes"]);
    assert!(unnamed.code == Some(2) && unnamed.stderr.contains("--resource <NAME>"), "{}", unnamed.stderr);
    let unknown = home.refused(&["identity", "token", "revoke-all", "--resource", "red", "--yes"]);
    assert!(unknown.contains(r#"no resource "red"; there is default"#), "{unknown}");
}

#[test]
fn a_revoked_token_is_told_as_not_good_and_is_never_printed() {
    let home = Home::new();
    let _server = Server::start(&home);
    let issued = home.json(&["identity", "token", "issue", "--scope", "chat"]);
    let (id, token) = (issued["user_id"].as_str().unwrap(), issued["token"].as_str().unwrap());
    let good = decoded(&home, "default", &format!("Bearer {token}"));
    let said: Value = serde_json::from_str(&good.stdout).unwrap();
    assert_eq!((good.code, good.stderr.as_str()), (Some(0), ""));
    assert_eq!(
        (&said["active"], &said["signature"]),
        (&Value::from(true), &Value::from("verified by the server"))
    );

    home.done(&["identity", "token", "revoke", "--user", id, "--yes"]);
    let dead = decoded(&home, "default", token);
    let said: Value = serde_json::from_str(&dead.stdout).unwrap();
    assert_eq!((&said["active"], &said["signature"]), (&Value::from(false), &Value::from("not verified")));
    assert_eq!(said["identity"], id);
    assert!(
        dead.code == Some(1)
            && dead.stderr.starts_with("error: the token is not good at http://127.0.0.1:")
            && dead.stderr.ends_with(": it has ended, was revoked, or is none of this resource\n"),
        "{}",
        dead.stderr
    );
    let signature = token.rsplit('.').next().unwrap();
    assert!(!dead.stdout.contains(signature) && !dead.stderr.contains(signature));

    // Its signature is right nevertheless.
    let both = home.run(&["identity", "token", "decode", "--online", "--verify", token]);
    let said: Value = serde_json::from_str(&both.stdout).unwrap();
    assert_eq!(
        (both.code, &said["signature"], &said["active"]),
        (Some(1), &Value::from("verified"), &Value::from(false))
    );

    let azure = Scripted::refusing("404 Not Found", "", "");
    let mut command = home.command(&["identity", "token", "decode", "--online", token]);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", azure.connection_string());
    let refused = ended(command.output().unwrap()).refusal();
    assert!(refused.starts_with("error: this needs Callsign: http://127.0.0.1:"), "{refused}");
}
