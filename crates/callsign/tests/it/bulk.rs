//! Many identities at once: results in a file, failures in another, and a second run that does only what is missing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::binary::{Home, ended};
use crate::scripted::{Scripted, reply};
use crate::server::Server;

fn lines(home: &Home, file: &str) -> Vec<String> {
    let text = fs::read_to_string(home.path().join(file)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The words of a summary that are the same in every run.
fn summary(stderr: &str) -> String {
    let seconds = |word: &str| word.parse::<f64>().is_ok() && word.contains('.');
    let text = stderr.lines().filter(|line| !line.starts_with("note: this is "));
    text.map(|line| {
        line.split(' ').map(|word| if seconds(word) { "T" } else { word }).collect::<Vec<_>>().join(" ")
    })
    .collect::<Vec<_>>()
    .join("\n")
}

#[test]
fn many_are_created_get_tokens_and_are_deleted() {
    let home = Home::new();
    let _server = Server::start(&home);
    let create = ["identity", "user", "create", "--count", "40", "--out", "ids.txt"];
    let run = home.run(&create);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    assert_eq!(summary(&run.stderr), "created 40 of 40 in T s");
    let ids = lines(&home, "ids.txt");
    assert!(ids.len() == 40 && ids.iter().all(|id| id.starts_with("8:acs:")));

    let run = home.run(&[
        "identity",
        "token",
        "issue",
        "--scope",
        "chat",
        "--users",
        "ids.txt",
        "--out",
        "tokens.jsonl",
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    let tokens: Vec<Value> =
        lines(&home, "tokens.jsonl").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut owners: Vec<&str> = tokens.iter().map(|token| token["user_id"].as_str().unwrap()).collect();
    let mut expected: Vec<&str> = ids.iter().map(String::as_str).collect();
    owners.sort_unstable();
    expected.sort_unstable();
    assert_eq!(owners, expected);
    let mode = fs::metadata(home.path().join("tokens.jsonl")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // What a command wrote is what the next one reads.
    for verb in [&["token", "revoke"][..], &["user", "delete"]] {
        let run = home.run(
            &[&["identity"], verb, &["--users", "tokens.jsonl", "--yes", "--concurrency", "3"]].concat(),
        );
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    }
    let missing = home.run(&["identity", "user", "show", "--user", &ids[7]]);
    assert_eq!(missing.code, Some(3));
}

#[test]
fn a_second_run_does_only_what_is_missing() {
    let home = Home::new();
    let _server = Server::start(&home);
    let create =
        |count: &str| home.run(&["identity", "user", "create", "--count", count, "--out", "ids.txt"]);
    create("3");
    let before = lines(&home, "ids.txt");
    // As a crash in the middle of a line leaves it.
    fs::write(home.path().join("ids.txt"), format!("{}\n8:acs:ha", before.join("\n"))).unwrap();
    let run = create("5");
    assert_eq!(run.code, Some(0));
    assert_eq!(
        summary(&run.stderr),
        "note: the last line of ids.txt was not whole and is done again\ncreated 2 of 5 in T s; 3 were created before"
    );
    let after = lines(&home, "ids.txt");
    assert!(after.len() == 5 && after.starts_with(&before), "{after:?}");
    assert_eq!(summary(&create("5").stderr), "created 0 of 5 in T s; 5 were created before");

    let issue = ["identity", "token", "issue", "--scope", "chat", "--out", "tokens.jsonl", "--users"];
    home.done(&[&issue[..], &["ids.txt", "--user", &after[0]]].concat());
    let first = lines(&home, "tokens.jsonl");
    assert_eq!(first.len(), 5);
    home.done(&[&issue[..], &["ids.txt"]].concat());
    assert_eq!(lines(&home, "tokens.jsonl"), first);
}

#[test]
fn each_failure_is_named_in_a_file_that_can_be_used_again() {
    let home = Home::new();
    let _server = Server::start(&home);
    home.run(&["identity", "user", "create", "--count", "3", "--out", "ids.txt"]);
    let mut ids = lines(&home, "ids.txt");
    ids.insert(1, "8:acs:wrong".to_owned());
    fs::write(home.path().join("all.txt"), format!("# of today\n{}\n\n", ids.join("\r\n"))).unwrap();
    let issue = ["identity", "token", "issue", "--scope", "chat", "--users", "all.txt", "--out", "t.jsonl"];
    let run = home.run(&issue);
    assert_eq!((run.code, run.stdout.as_str()), (Some(4), ""));
    assert_eq!(
        summary(&run.stderr),
        "error: issued 3 of 4 in T s; 1 failed; each failure is in t.jsonl.failed\n\
         Hint: The same command again does only what is missing."
    );
    assert_eq!(lines(&home, "t.jsonl").len(), 3);
    let failed = lines(&home, "t.jsonl.failed");
    assert!(failed.len() == 1 && failed[0].starts_with("8:acs:wrong\t(ValidationError) "), "{failed:?}");
    let again = home.run(&issue);
    assert!(
        again.stderr.contains("issued 0 of 4") && again.stderr.contains("3 were issued before"),
        "{}",
        again.stderr
    );
    let failed = home.run(&["identity", "token", "revoke", "--users", "t.jsonl.failed", "--yes"]);
    assert!(failed.stderr.contains("error: 8:acs:wrong: (ValidationError) "), "{}", failed.stderr);
    fs::write(home.path().join("all.txt"), ids[0].as_str()).unwrap();
    home.done(&issue);
    assert!(!home.path().join("t.jsonl.failed").exists());
}

#[test]
fn several_ids_and_ids_from_stdin_are_answered_in_their_order() {
    let home = Home::new();
    let _server = Server::start(&home);
    let ids: Vec<String> = (0..3)
        .map(|_| {
            home.done(&["identity", "user", "create", "--query", "rawId", "-o", "tsv"]).trim().to_owned()
        })
        .collect();
    let issue = ["identity", "token", "issue", "--scope", "chat", "--query", "[].user_id", "-o", "tsv"];
    let printed = home.done(&[&issue[..], &["--user", &ids[2], &ids[0], "--user", &ids[1]]].concat());
    assert_eq!(printed, format!("{}\n{}\n{}\n", ids[2], ids[0], ids[1]));

    let mut child = home
        .command(&[&issue[..], &["--users", "-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = format!("{}\n8:acs:wrong\n{}\n", ids[1], ids[0]);
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let run = ended(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.stdout), (Some(4), format!("{}\n{}\n", ids[1], ids[0])));
    assert!(run.stderr.contains("error: 8:acs:wrong: (ValidationError) "), "{}", run.stderr);

    fs::write(home.path().join("one.txt"), &ids[0]).unwrap();
    // A list, however many there happen to be.
    assert_eq!(home.done(&[&issue[..], &["--users", "one.txt"]].concat()), format!("{}\n", ids[0]));
    let one = ["identity", "user", "create", "--count", "1", "--query", "length(@)"];
    assert_eq!(home.done(&one), "1\n");

    let none = home.run(&["identity", "token", "issue", "--scope", "chat", "--users", "/dev/null"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(0), "[]\n"));
    assert!(home.refused(&["identity", "user", "show", "--users", "nowhere.txt"]).contains("nowhere.txt"));
}

#[test]
fn what_would_fail_for_all_stops_the_rest() {
    let home = Home::new();
    let service = Scripted::refusing(
        "401 Unauthorized",
        "",
        r#"{"error":{"code":"Denied","message":"Denied by the resource provider."}}"#,
    );
    let arguments =
        ["identity", "user", "create", "--count", "1000", "--out", "ids.txt", "--concurrency", "2"];
    let mut command = home.command(&arguments);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", service.connection_string());
    let run = ended(command.output().unwrap());
    assert_eq!(run.code, Some(4));
    let words = summary(&run.stderr);
    assert!(words.starts_with("error: created 0 of 1000 in T s; 2 failed; 998 were not begun; each failure is in ids.txt.failed\nStopped: (Denied) "), "{words}");
    assert!(!run.stderr.contains("c2VjcmV0"));
}

#[test]
fn an_interrupt_lets_what_is_under_way_come_to_its_end() {
    let home = Home::new();
    let (sender, go_on) = std::sync::mpsc::channel::<()>();
    let service = Scripted::start(move |_| {
        go_on.recv().unwrap();
        reply("201 Created", "Content-Type: application/json\r\n", r#"{"identity":{"id":"8:acs:a_b"}}"#)
    });
    let mut child = home
        .command(&["identity", "user", "create", "--count", "9", "--out", "ids.txt", "--concurrency", "1"])
        .env("AZURE_COMMUNICATION_CONNECTION_STRING", service.connection_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    sender.send(()).unwrap();
    service.next();
    // The second request is under way once the first one's result is in the file.
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    while !fs::read_to_string(home.path().join("ids.txt")).is_ok_and(|text| text.ends_with('\n')) {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut said = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert_eq!(said, "What is under way is waited for; Ctrl-C again gives it up.\n");
    for _ in 0..8 {
        sender.send(()).unwrap();
    }
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4));
    assert!(
        said.contains("created 2 of 9")
            && said.contains("7 were not begun")
            && said.contains("Stopped: it was interrupted"),
        "{said}"
    );
    assert_eq!(lines(&home, "ids.txt").len(), 2);
}

#[test]
fn two_commands_do_not_write_to_one_file_and_one_id_gets_one_token() {
    let home = Home::new();
    let _server = Server::start(&home);
    let file = fs::File::create(home.path().join("ids.txt")).unwrap();
    file.lock().unwrap();
    let refused = home.run(&["identity", "user", "create", "--count", "2", "--out", "ids.txt"]);
    assert!(
        refused.code == Some(1) && refused.stderr.contains("another command writes to ids.txt"),
        "{}",
        refused.stderr
    );
    drop(file);
    home.done(&["identity", "user", "create", "--count", "2", "--out", "ids.txt"]);
    let both = ["identity", "token", "issue", "--scope", "chat", "--users", "ids.txt", "--out", "./ids.txt"];
    assert!(home.refused(&both).contains("ids.txt holds the ids"));
    let id = home.done(&["identity", "user", "create", "--query", "rawId", "-o", "tsv"]);
    let id = id.trim();
    let issued = home.json(&["identity", "token", "issue", "--scope", "chat", "--user", id, id]);
    assert_eq!(issued["user_id"], id);
    let two = ["--user", id, "8:acs:other", "--export"];
    assert!(
        home.refused(&[&["identity", "token", "issue", "--scope", "chat"], &two[..]].concat())
            .contains("one token")
    );
}
