//! `callsign backup`: what it says, what it refuses, and that the server goes on after it.

use std::fs;

use rusqlite::Connection;

use crate::binary::Home;
use crate::server::Server;

fn id(home: &Home) -> String {
    home.done(&["identity", "user", "create", "--query", "rawId", "-o", "tsv"]).trim_end().to_owned()
}

fn token(home: &Home, id: &str) -> String {
    let issue =
        ["identity", "token", "issue", "--scope", "chat", "--user", id, "--query", "token", "-o", "tsv"];
    home.done(&issue).trim_end().to_owned()
}

fn is_good(home: &Home, token: &str) -> bool {
    home.run(&["identity", "token", "decode", token, "--online"]).code == Some(0)
}

#[test]
fn a_backup_is_made_of_a_running_server_and_put_back_when_it_is_stopped() {
    let home = Home::new();
    let server = Server::start(&home);
    let id = id(&home);
    let before = token(&home, &id);
    let made = home.run(&["backup", "create", "monday.db"]);
    assert_eq!((made.code, made.stdout.as_str()), (Some(0), ""), "{}", made.stderr);
    let file = home.path().join("monday.db");
    let bytes = fs::metadata(&file).unwrap().len();
    let copied = format!(
        "The database was copied to {} ({bytes} bytes). The key-encryption key is not in it",
        file.display()
    );
    assert!(made.stderr.starts_with(&copied), "{}", made.stderr);
    home.done(&["identity", "token", "revoke", "--user", &id, "--yes"]);
    let refused = home.refused(&["backup", "restore", "monday.db", "--yes"]);
    assert!(refused.contains("stop it first"), "{refused}");
    assert!(server.stop().success());

    let refused = home.refused(&["backup", "restore", "monday.db", "--replace"]);
    for words in ["Every access token", "callsign backup restore monday.db --replace --yes"] {
        assert!(refused.contains(words), "{refused}");
    }
    let refused = home.refused(&["backup", "restore", "monday.db", "--yes"]);
    assert!(refused.contains("say --replace") && refused.contains("callsign.db.before-restore"), "{refused}");
    let restored = home.run(&["backup", "restore", "monday.db", "--replace", "--yes"]);
    assert_eq!((restored.code, restored.stdout.as_str()), (Some(0), ""), "{}", restored.stderr);
    for words in
        ["with the resources default", "regenerate again", "is kept as", "callsign.db.before-restore"]
    {
        assert!(restored.stderr.contains(words), "{}", restored.stderr);
    }
    let again = home.refused(&["backup", "restore", "monday.db", "--replace", "--yes"]);
    assert!(again.contains("from an earlier restore"), "{again}");

    let server = Server::start(&home);
    assert!(!is_good(&home, &before));
    assert!(is_good(&home, &token(&home, &id)));
    let deeds = home.done(&["audit", "list"]);
    for deed in ["create_backup", "restore_backup"] {
        assert!(deeds.contains(deed), "{deeds}");
    }
    assert!(!deeds.contains("revoke_access_tokens"), "{deeds}");
    assert!(server.stop().success());
}

#[test]
fn what_is_no_backup_is_named_with_the_remedy() {
    let home = Home::with_data();
    fs::write(home.path().join("empty.db"), "").unwrap();
    fs::write(home.path().join("text.db"), "x".repeat(5_000)).unwrap();
    for (name, words) in [
        ("missing.db", "cannot be copied"),
        ("empty.db", "name a file that callsign backup create made"),
        ("text.db", "text.db is no backup: it is not a database"),
    ] {
        let refused = home.refused(&["backup", "restore", name, "--replace", "--yes"]);
        assert!(refused.contains(words), "{refused}");
    }
    home.done(&["backup", "create", "good.db"]);
    let refused = home.refused(&["backup", "create", "good.db"]);
    assert!(refused.contains("is there already"), "{refused}");
    fs::write(home.path().join("broken-off.db.unfinished"), "").unwrap();
    for (name, words) in [("missing/a.db", "a folder where the user"), ("broken-off.db", "remove it")] {
        let refused = home.refused(&["backup", "create", name]);
        assert!(refused.contains(words) && !refused.contains("the store"), "{refused}");
    }
    let own_key = ["--key-file", "empty.db"];
    let restore = [&["backup", "restore", "good.db", "--replace", "--yes"][..], &own_key].concat();
    let restored = home.run(&restore);
    assert!(restored.code == Some(0) && restored.stderr.contains("not needed"), "{}", restored.stderr);
    // A folder of its own has a key of its own.
    let other = home.path().join("other");
    let other = ["--data-dir", other.to_str().unwrap()];
    let restore = [&["backup", "restore", "good.db", "--yes"][..], &other].concat();
    let refused = home.refused(&restore);
    assert!(refused.contains("--key-file"), "{refused}");
    let key_file = home.data_dir().join("key-encryption-key");
    home.done(&[&restore[..], &["--key-file", key_file.to_str().unwrap()]].concat());
    assert_eq!(home.json(&[&["resource", "list"][..], &other].concat())[0]["name"], "default");
}

#[test]
fn a_backup_from_later_than_the_clock_is_refused_also_when_it_has_a_key_of_its_own() {
    let home = Home::with_data();
    home.done(&["backup", "create", "late.db"]);
    let backup = Connection::open(home.path().join("late.db")).unwrap();
    let later = "UPDATE audit SET at_ms = at_ms + 86400000 WHERE number = (SELECT max(number) FROM audit)";
    assert_eq!(backup.execute(later, ()).unwrap(), 1);
    drop(backup);
    let (other, key) = (home.path().join("other"), home.data_dir().join("key-encryption-key"));
    let other = ["--data-dir", other.to_str().unwrap(), "--key-file", key.to_str().unwrap()];
    for options in [&["--replace"][..], &other] {
        let refused = home.refused(&[&["backup", "restore", "late.db", "--yes"][..], options].concat());
        assert!(refused.contains("set the clock first"), "{refused}");
    }
}
