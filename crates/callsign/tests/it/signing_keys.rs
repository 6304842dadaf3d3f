//! `callsign key signing`, `callsign key rekey` and the algorithm that a resource signs by.

use std::fs;

use serde_json::Value;

use crate::binary::{Home, ended};
use crate::server::Server;

fn keys(home: &Home) -> Vec<Value> {
    home.json(&["key", "signing", "list"]).as_array().unwrap().clone()
}

fn states(home: &Home) -> Vec<String> {
    keys(home).iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect()
}

fn kid(key: &Value) -> String {
    key["key_id"].as_str().unwrap().to_owned()
}

fn keys_are_listed_rotated_and_revoked(home: &Home) {
    let before = keys(home);
    assert_eq!(states(home), ["active", "next"]);
    let table = home.done(&["key", "signing", "list"]);
    assert!(table.starts_with("KID ") && table.lines().count() == 3, "{table}");
    assert!(table.contains(&format!("{}  RS256      active", kid(&before[0]))), "{table}");

    let rotated = home.run(&["key", "signing", "rotate", "--yes"]);
    assert_eq!((rotated.code, rotated.stdout.as_str()), (Some(0), ""), "{}", rotated.stderr);
    let next = format!("The key {} signs from ", kid(&before[1]));
    let stays = format!("The key {} stays in the key set until ", kid(&before[0]));
    assert!(rotated.stderr.starts_with(&next) && rotated.stderr.contains(&stays), "{}", rotated.stderr);
    assert_eq!(states(home), ["active", "next", "next"]);

    let compromised = kid(&before[0]);
    let refused = home.refused(&["key", "signing", "rotate", "--compromised", &compromised]);
    for words in [
        "up to 0 identities",
        "300 seconds",
        "nothing was changed",
        &format!("callsign key signing rotate --compromised {compromised} --yes"),
    ] {
        assert!(refused.contains(words), "{refused}");
    }
    let revoked = home.run(&["key", "signing", "rotate", "--compromised", &compromised, "--yes"]);
    assert_eq!(revoked.code, Some(0), "{}", revoked.stderr);
    assert!(revoked.stderr.contains(&format!("{compromised} was revoked")), "{}", revoked.stderr);
    assert_eq!(states(home), ["active", "next", "revoked"]);
    for (key, words) in [
        (compromised.as_str(), "revoked already"),
        ("no-key", "there is no signing key"),
        ("-key", "there is no signing key"),
    ] {
        for yes in [&[][..], &["-y"]] {
            let rotate = ["key", "signing", "rotate", "--compromised", key];
            let refused = home.refused(&[&rotate[..], yes].concat());
            assert!(refused.contains(words) && !refused.contains("nothing was changed"), "{refused}");
        }
    }
    let unknown = home.refused(&["key", "signing", "rotate", "--compromised", "no-key", "-y"]);
    assert!(unknown.contains("give one of"), "{unknown}");
    let unused = home.refused(&["key", "signing", "rotate", "--algorithm", "es256"]);
    assert!(unused.contains("callsign resource set-signing-algorithm NAME ES256"), "{unused}");
}

#[test]
fn signing_keys_are_administered_on_a_stopped_folder() {
    keys_are_listed_rotated_and_revoked(&Home::with_data());
}

#[test]
fn signing_keys_are_administered_through_a_running_server() {
    let home = Home::new();
    let server = Server::start(&home);
    keys_are_listed_rotated_and_revoked(&home);
    assert!(server.stop().success());
    assert_eq!(states(&home), ["active", "next", "revoked"]);
}

#[test]
fn a_resource_signs_by_the_algorithm_that_it_is_given() {
    let home = Home::new();
    let _server = Server::start(&home);
    let issue = || {
        let token =
            home.done(&["identity", "token", "issue", "--scope", "chat", "--query", "token", "-o", "tsv"]);
        token.trim_end().to_owned()
    };
    let algorithm = |token: &str| {
        let said = home.json(&["identity", "token", "decode", token, "--verify", "--online"]);
        said["header"]["alg"].as_str().unwrap().to_owned()
    };
    let first = issue();
    let set = home.json(&["resource", "set-signing-algorithm", "default", "ES256"]);
    assert_eq!(set["signing_algorithm"], "ES256");
    let second = issue();
    home.done(&["resource", "set-signing-algorithm", "default", "rs256"]);
    assert_eq!([&first, &second, &issue()].map(|token| algorithm(token)), ["RS256", "ES256", "RS256"]);

    let made = home.done(&["resource", "create", "blue", "--signing-algorithm", "ES256"]);
    assert!(made.contains("signed by      ES256"), "{made}");
    let table = home.done(&["resource", "list"]);
    assert!(table.lines().any(|line| line.starts_with("blue ") && line.contains("  ES256  ")), "{table}");
    let unknown = home.run(&["resource", "create", "red", "--signing-algorithm", "HS256"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("RS256, ES256"), "{}", unknown.stderr);
    assert!(
        home.refused(&["resource", "set-signing-algorithm", "red", "ES256"])
            .contains("there is default, blue")
    );
}

#[test]
fn the_key_encryption_key_is_changed_while_the_server_runs() {
    let home = Home::new();
    let server = Server::start(&home);
    let file = home.data_dir().join("key-encryption-key");
    let (before, keys) = (fs::read(&file).unwrap(), home.json(&["key", "list"]));
    let refused = home.refused(&["key", "rekey"]);
    assert!(refused.contains("Backups") && refused.contains("callsign key rekey --yes"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);
    let done = home.run(&["key", "rekey", "--yes"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""), "{}", done.stderr);
    assert!(
        done.stderr.starts_with("2 access keys and 2 signing keys are wrapped under the new"),
        "{}",
        done.stderr
    );
    let after = fs::read(&file).unwrap();
    assert_ne!(after, before);
    assert_eq!(home.json(&["key", "list"]), keys);
    server.kill();
    let again = Server::start(&home);
    assert_eq!(home.json(&["key", "list"])["keys"][0]["key"], keys["keys"][0]["key"]);
    assert!(again.stop().success());
    fs::write(&file, before).unwrap();
    let refused = home.refused(&["key", "list"]);
    assert!(refused.contains("Put the right one back"), "{refused}");
    fs::write(&file, after).unwrap();
    home.done(&["key", "list"]);
}

#[test]
fn a_configured_key_encryption_key_is_changed_by_way_of_a_file() {
    let home = Home::new();
    let with = |key: &str, arguments: &[&str]| {
        let mut command = home.command(arguments);
        ended(command.env("CALLSIGN_KEY_ENCRYPTION_KEY", key).output().unwrap())
    };
    let first = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    assert_eq!(with(first, &["resource", "create", "blue"]).code, Some(0));
    let refused = with(first, &["key", "rekey", "--yes"]).refusal();
    assert!(refused.contains("--new-key-file FILE"), "{refused}");
    let done = with(first, &["key", "rekey", "--yes", "--new-key-file", "next"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let file = home.path().join("next");
    let configure = format!("CALLSIGN_KEY_ENCRYPTION_KEY=\"$(cat {})\"", file.display());
    assert!(done.stderr.contains(&configure), "{}", done.stderr);
    assert!(with(first, &["key", "list"]).refusal().contains("after callsign key rekey that is the new one"));
    let next = fs::read_to_string(file).unwrap();
    assert!(!done.stderr.contains(next.trim()));
    assert_eq!(with(next.trim(), &["key", "list"]).code, Some(0));
}

#[test]
fn how_many_tokens_may_be_hit_is_said_before_an_access_key_is_replaced() {
    let home = Home::new();
    let _server = Server::start(&home);
    for _ in 0..2 {
        home.done(&["identity", "token", "issue", "--scope", "chat"]);
    }
    let refused = home.refused(&["key", "regenerate", "primary"]);
    assert!(refused.contains("Tokens of up to 2 identities may be hit."), "{refused}");
}
