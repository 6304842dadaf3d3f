//! The audit chain from the command line: listed, verified and exported, on a stopped folder and through a running server, and what
//! tampering with it brings to light.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::binary::Home;
use crate::database::execute;
use crate::server::Server;

/// A stopped folder with some records: two resources made, one deleted, a key regenerated.
fn with_records() -> Home {
    let home = Home::with_data();
    home.done(&["key", "regenerate", "secondary", "--yes"]);
    home
}

fn records(home: &Home) -> Vec<Value> {
    let text = home.done(&["audit", "export", "--only-show-errors"]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn head(home: &Home) -> String {
    home.done(&["audit", "verify", "--query", "head", "-o", "tsv"]).trim().to_owned()
}

/// The lines of a table, with what differs from run to run replaced by words. What the server does with its own keys when it
/// starts is left out, and so are numbers.
fn table(home: &Home, arguments: &[&str]) -> Vec<String> {
    let who = format!("administrator:{}", rustix::process::geteuid().as_raw());
    let word = |word: &str| {
        let is_time = word.ends_with("+00:00") && word.contains('T');
        let is_id = word.len() == 36 && word.matches('-').count() == 4;
        match word {
            _ if is_time => "TIME".to_owned(),
            _ if is_id => "ID".to_owned(),
            _ if word == who => "WHO".to_owned(),
            _ => word.to_owned(),
        }
    };
    let text = home.done(arguments);
    let lines = text.lines().filter(|line| !line.contains(" rotate_signing_keys "));
    lines.map(|line| line.split_whitespace().skip(1).map(word).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_last_records_are_listed_newest_last() {
    let home = with_records();
    let expected = [
        "TIME WHO WHAT RESOURCE SUBJECT OUTCOME",
        "TIME server create_resource default default changed",
        "TIME WHO create_resource ID passing changed",
        "TIME WHO delete_resource ID passing changed",
        "TIME WHO regenerate_access_key default secondary changed",
    ];
    let listed = table(&home, &["audit", "list"]);
    assert_eq!(listed, expected);
    assert_eq!(table(&home, &["audit", "list"]), listed, "looking leaves no record");
    assert_eq!(table(&home, &["audit", "list", "--last", "1"])[1..], expected[4..]);
    assert_eq!(
        table(&home, &["audit", "list", "--resource", "default", "--last", "2"])[1..],
        [expected[1], expected[4]]
    );
    let passing = home.json(&["audit", "list", "--query", "[?subject=='passing'] | [0].resource_id"]);
    let passing = passing.as_str().unwrap();
    assert_eq!(table(&home, &["audit", "list", "--resource", passing])[1..], expected[2..4]);
    assert_eq!(table(&home, &["audit", "list", "--since", "24h"]), listed);
    assert_eq!(table(&home, &["audit", "list", "--since", "2126-01-01"]).len(), 1);
    assert!(
        home.refused(&["audit", "list", "--resource", "red"])
            .contains(r#"no resource "red"; there is default"#)
    );
    for (option, value, words) in
        [("--since", "yesterday", "24h, 90d"), ("--identity", "bob", "8:acs:"), ("--identity", "", "8:acs:")]
    {
        let wrong = home.run(&["audit", "list", option, value]);
        assert!(wrong.code == Some(2) && wrong.stderr.contains(words), "{}", wrong.stderr);
    }
}

#[test]
fn what_is_done_to_an_identity_is_found_by_its_id() {
    let home = Home::new();
    let _server = Server::start(&home);
    let id = home.done(&["identity", "user", "create", "--query", "rawId", "-o", "tsv"]).trim().to_owned();
    home.done(&["identity", "user", "create"]);
    home.done(&["identity", "token", "revoke", "--user", &id, "--yes"]);
    home.done(&["identity", "user", "delete", "--user", &id, "--yes"]);
    home.done(&["identity", "user", "delete", "--user", &id, "--yes"]);
    let listed = home.json(&["audit", "list", "--identity", &id]);
    let told = |record: &Value| {
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        (text("actor"), text("action"), text("resource"), record["changed"].as_bool().unwrap())
    };
    let done =
        |action: &str, changed| ("key:1:0".to_owned(), action.to_owned(), "default".to_owned(), changed);
    assert_eq!(
        listed.as_array().unwrap().iter().map(told).collect::<Vec<_>>(),
        [
            done("create_identity", true),
            done("revoke_access_tokens", true),
            done("delete_identity", true),
            done("delete_identity", false),
        ]
    );
    let verified = home.run(&["audit", "verify"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    // Nothing of an access key is in any record.
    let keys = home.json(&["key", "list"]);
    let exported = home.done(&["audit", "export"]);
    for key in keys["keys"].as_array().unwrap() {
        assert!(!exported.contains(key["key"].as_str().unwrap()));
    }
}

#[test]
fn a_chain_that_holds_says_so_and_tells_its_head() {
    let home = with_records();
    let verified = home.run(&["audit", "verify"]);
    let last = records(&home).pop().unwrap();
    let count = last["number"].as_u64().unwrap();
    let head = format!("{count}:{}", last["hash"].as_str().unwrap());
    assert_eq!(verified.stdout, format!("records  {count}\nhead     {head}\n"));
    assert_eq!(
        verified.stderr,
        "The audit chain holds. Note its head elsewhere, and give it to callsign audit verify --head later.\n"
    );
    home.done(&["resource", "create", "blue"]);
    home.done(&["audit", "verify", "--head", &head]);
    let other = format!("3:{}", last["hash"].as_str().unwrap());
    assert_eq!(
        home.refused(&["audit", "verify", "--head", &other]),
        "error: record 3 of the audit chain is another one than was noted: the chain was written anew\n\
         Hint: Was a backup put back? Then a record tells of it: callsign audit list. If not, compare it with an export or a backup that was made before.\n"
    );
    let later = format!("99:{}", last["hash"].as_str().unwrap());
    let refused = home.refused(&["audit", "verify", "--head", &later]);
    let words = format!("ends with record {}, before the one that was noted, 99", count + 1);
    assert!(refused.contains(&words), "{refused}");
    for wrong in ["4", "4:xyz", &format!("{head}0")] {
        let run = home.run(&["audit", "verify", "--head", wrong]);
        assert!(run.code == Some(2) && run.stderr.contains("NUMBER:HASH"), "{}", run.stderr);
    }
}

/// What the help of export says, done by another program than ours.
fn hashed_elsewhere(record: &Value) -> String {
    let hex = record["previous"].as_str().unwrap();
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    let mut bytes: Vec<u8> = digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect();
    assert_eq!(bytes.len(), 32);
    let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
    let changed = if record["changed"].as_bool().unwrap() { "changed" } else { "unchanged" };
    let lines = [
        record["number"].to_string(),
        record["at_unix_ms"].to_string(),
        text("actor"),
        text("action"),
        text("resource_id"),
        text("subject"),
        changed.to_owned(),
        text("detail"),
    ];
    bytes.extend(lines.join("\n").into_bytes());
    let mut child = Command::new("sha256sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let said = child.wait_with_output().unwrap().stdout;
    String::from_utf8(said).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn an_export_can_be_checked_without_callsign() {
    let home = with_records();
    let exported = home.run(&["audit", "export", "--out", "audit.jsonl"]);
    assert_eq!((exported.code, exported.stdout.as_str()), (Some(0), ""), "{}", exported.stderr);
    assert_eq!(exported.stderr, format!("exported the records to {}\n", head(&home)));
    let text = std::fs::read_to_string(home.path().join("audit.jsonl")).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.len() >= 4);
    let mut previous = "0".repeat(64);
    for (record, number) in records.iter().zip(1..) {
        assert_eq!(
            (&record["number"], &record["previous"]),
            (&Value::from(number), &Value::from(previous.as_str()))
        );
        previous = record["hash"].as_str().unwrap().to_owned();
        assert_eq!(hashed_elsewhere(record), previous, "{record}");
    }
    let again = home.refused(&["audit", "export", "--out", "audit.jsonl"]);
    assert!(again.contains("audit.jsonl is there already"), "{again}");
    let nowhere = home.refused(&["audit", "export", "--out", "missing/audit.jsonl"]);
    assert!(nowhere.contains("the export to missing/audit.jsonl broke off: "), "{nowhere}");
    assert!(!home.path().join("audit.jsonl.unfinished").exists());
    assert_eq!(home.done(&["audit", "export"]), text);
}

#[test]
fn an_export_follows_no_link_that_is_in_its_way() {
    let home = with_records();
    let (other, draft) = (home.path().join("other"), home.path().join("audit.jsonl.unfinished"));
    std::fs::write(&other, "of somebody else").unwrap();
    std::os::unix::fs::symlink(&other, &draft).unwrap();
    home.done(&["audit", "export", "--out", "audit.jsonl", "--only-show-errors"]);
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "of somebody else");
    assert!(std::fs::symlink_metadata(home.path().join("audit.jsonl")).unwrap().is_file());
}

#[test]
fn any_member_of_any_record_that_is_changed_is_found() {
    let home = with_records();
    let database = home.data_dir().join("callsign.db");
    let before = std::fs::read(&database).unwrap();
    let noted = head(&home);
    for number in 1..=4 {
        for change in [
            "at_ms = at_ms + 1",
            "actor = 'key:1:0'",
            "action = 'create_backup'",
            "resource = CASE WHEN resource IS NULL THEN zeroblob(16) END",
            "subject = 'another'",
            "changed = 1 - changed",
            "detail = detail || ' '",
            "hash = zeroblob(32)",
        ] {
            let statement = format!("UPDATE audit SET {change} WHERE number = ?1");
            assert_eq!(execute(&home, &statement, [number]), 1);
            assert_eq!(
                home.refused(&["audit", "verify"]),
                format!(
                    "error: record {number} of the audit chain was changed, or the one before it was\n\
                     Hint: Compare it with an export or a backup that was made before.\n"
                ),
                "{change}"
            );
            std::fs::write(&database, &before).unwrap();
        }
    }
    assert_eq!(head(&home), noted);
}

#[test]
fn a_record_that_is_missing_cut_off_or_put_behind_is_found() {
    let home = with_records();
    let database = home.data_dir().join("callsign.db");
    let before = std::fs::read(&database).unwrap();
    let noted = head(&home);
    let last: u64 = noted.split(':').next().unwrap().parse().unwrap();
    let behind = "INSERT INTO audit SELECT number + 1, at_ms, actor, action, resource, subject, changed, detail, hash FROM audit ORDER BY \
                  number DESC LIMIT 1";
    let set_back = "UPDATE audit_head SET (number, hash) = (SELECT number, hash FROM audit WHERE number = audit_head.number - 1)";
    let cut_off = "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)";
    for (statement, words) in [
        (
            "DELETE FROM audit WHERE number = 2",
            "record 2 of the audit chain is missing: 3 follows".to_owned(),
        ),
        (
            "DELETE FROM audit WHERE number = 1",
            "record 1 of the audit chain is missing: 2 follows".to_owned(),
        ),
        (
            cut_off,
            format!("ends with record {}, and its head tells of {last}: records were cut off", last - 1),
        ),
        ("DELETE FROM audit", format!("ends with record 0, and its head tells of {last}")),
        (
            behind,
            format!("record {} stands behind the end of the audit chain, which is record {last}", last + 1),
        ),
        (
            set_back,
            format!("record {last} stands behind the end of the audit chain, which is record {}", last - 1),
        ),
        (
            "UPDATE audit_head SET hash = zeroblob(32)",
            format!("the head of the audit chain tells of another record {last}"),
        ),
    ] {
        execute(&home, statement, []);
        let refused = home.refused(&["audit", "verify"]);
        assert!(refused.contains(&words) && refused.contains("\nHint: "), "{refused}");
        std::fs::write(&database, &before).unwrap();
    }
    // Whoever cuts off the end and sets the head back is found by what was noted elsewhere.
    execute(&home, set_back, []);
    execute(&home, cut_off, []);
    home.done(&["audit", "verify"]);
    let refused = home.refused(&["audit", "verify", "--head", &noted]);
    assert!(refused.contains("records were cut off"), "{refused}");
}

#[test]
fn a_running_server_is_asked_as_well() {
    let home = Home::new();
    let server = Server::start(&home);
    let first = head(&home);
    home.done(&["resource", "create", "blue"]);
    home.done(&["audit", "verify", "--head", &first]);
    let before = head(&home);
    home.done(&["audit", "list"]);
    home.done(&["audit", "export"]);
    assert_eq!(head(&home), before, "looking leaves no record");
    assert!(server.stop().success());
    home.done(&["audit", "verify", "--head", &before]);
}

#[test]
fn a_chain_of_several_pages_is_walked_to_its_end() {
    let home = Home::new();
    let server = Server::start(&home);
    home.done(&["identity", "user", "create", "--count", "2100", "--out", "ids.txt", "--concurrency", "64"]);
    let running = head(&home);
    assert!(server.stop().success());
    let verified = home.json(&["audit", "verify", "--head", &running]);
    let records = verified["records"].as_u64().unwrap();
    assert!(records > 2100, "{verified}");
    let exported = home.done(&["audit", "export"]);
    assert_eq!(exported.lines().count() as u64, records);
    let listed = home.json(&["audit", "list", "--resource", "default", "--last", "2000"]);
    let numbers: Vec<u64> =
        listed.as_array().unwrap().iter().map(|record| record["number"].as_u64().unwrap()).collect();
    assert!(numbers.len() == 2000 && numbers.is_sorted() && numbers.last() == Some(&records), "{numbers:?}");
}
