//! Listing and pruning identities: every form, as they come, and what is said when the service cannot.

use serde_json::{Value, json};

use crate::binary::{Home, Run, ended};
use crate::database::execute;
use crate::scripted::{Scripted, reply};
use crate::server::Server;

const JSON: &str = "Content-Type: application/json\r\n";

/// A service that answers these bodies in turn, and then problems.
fn pages(bodies: Vec<Value>) -> Scripted {
    let bodies = std::sync::Mutex::new(bodies.into_iter());
    Scripted::start(move |_| match bodies.lock().unwrap().next() {
        Some(body) => reply("200 OK", JSON, &body.to_string()),
        None => {
            let problem = r#"{"type":"urn:callsign:problem:Gone","title":"Gone","status":410,"detail":"No more of it."}"#;
            reply("410 Gone", "Content-Type: application/problem+json\r\n", problem)
        }
    })
}

/// Two pages with an empty one between.
fn listed() -> Scripted {
    let one = |id: &str, last_issued: Value, custom_id: Value| {
        let mut identity = json!({"id": id, "createdAt": "2026-10-01T07:05:09.123+00:00"});
        if !last_issued.is_null() {
            identity["lastIssuedAt"] = last_issued;
        }
        if !custom_id.is_null() {
            identity["customId"] = custom_id;
        }
        identity
    };
    let first = one("8:acs:a_1", json!("2026-10-02T00:00:00+00:00"), Value::Null);
    let second = one("8:acs:a_2", Value::Null, json!("bob\u{1b}[31m"));
    pages(vec![
        json!({"identities": [first], "nextLink": "/callsign/v1/identities?continuation=x"}),
        json!({"identities": [], "nextLink": "/callsign/v1/identities?continuation=y"}),
        json!({"identities": [second]}),
    ])
}

fn run(home: &Home, service: &Scripted, arguments: &[&str]) -> Run {
    let mut command = home.command(arguments);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", service.connection_string());
    ended(command.output().unwrap())
}

#[test]
fn identities_are_listed_in_every_form_page_by_page() {
    let home = Home::new();
    let id = |id: &str| format!("{id}{}", " ".repeat(79 - id.len()));
    let table = format!(
        "{}  CREATED                    LAST ISSUED                CUSTOM ID\n\
         {}  2026-10-01T07:05:09+00:00  2026-10-02T00:00:00+00:00\n\
         {}  2026-10-01T07:05:09+00:00                             bob\\u{{1b}}[31m\n",
        id("ID"),
        id("8:acs:a_1"),
        id("8:acs:a_2")
    );
    let json = r#"[
  {
    "createdAt": "2026-10-01T07:05:09.123+00:00",
    "customId": null,
    "id": "8:acs:a_1",
    "lastIssuedAt": "2026-10-02T00:00:00+00:00"
  },
  {
    "createdAt": "2026-10-01T07:05:09.123+00:00",
    "customId": "bob\u001b[31m",
    "id": "8:acs:a_2",
    "lastIssuedAt": null
  }
]
"#;
    let jsonl = "{\"createdAt\":\"2026-10-01T07:05:09.123+00:00\",\"customId\":null,\"id\":\"8:acs:a_1\",\"lastIssuedAt\":\"2026-10-02T00:00:00+00:00\"}\n\
                 {\"createdAt\":\"2026-10-01T07:05:09.123+00:00\",\"customId\":\"bob\\u001b[31m\",\"id\":\"8:acs:a_2\",\"lastIssuedAt\":null}\n";
    let tsv = "2026-10-01T07:05:09.123+00:00\t\t8:acs:a_1\t2026-10-02T00:00:00+00:00\n\
               2026-10-01T07:05:09.123+00:00\tbob\\u{1b}[31m\t8:acs:a_2\t\n";
    for (form, expected) in [
        (&[][..], json),
        (&["-o", "json"], json),
        (&["-o", "jsonc"], json),
        (&["-o", "jsonl"], jsonl),
        (&["-o", "table"], table.as_str()),
        (&["-o", "tsv"], tsv),
        (&["-o", "none"], ""),
        (&["--query", "[].id", "-o", "tsv"], "8:acs:a_1\n8:acs:a_2\n"),
        (&["--query", "[].id", "-o", "jsonl"], "\"8:acs:a_1\"\n\"8:acs:a_2\"\n"),
        (&["--query", "length(@)"], "2\n"),
        (&["--max", "1", "-o", "tsv", "--query", "[].id"], "8:acs:a_1\n"),
    ] {
        let service = listed();
        let run = run(&home, &service, &[&["identity", "user", "list"], form].concat());
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), expected, ""), "{form:?}");
    }
    for (form, expected) in [("json", "[]\n"), ("table", ""), ("tsv", ""), ("jsonl", ""), ("yaml", "[]\n")] {
        let service = pages(vec![json!({"identities": []})]);
        let none = run(&home, &service, &["identity", "user", "list", "-o", form]);
        assert_eq!((none.code, none.stdout.as_str()), (Some(0), expected), "{form}");
    }
}

#[test]
fn a_list_that_breaks_off_fails_after_what_had_come() {
    let home = Home::new();
    let service = pages(vec![json!({
        "identities": [{"id": "8:acs:a_1", "createdAt": "2026-10-01T07:05:09+00:00"}],
        "nextLink": "/callsign/v1/identities?continuation=x",
    })]);
    let run = run(&home, &service, &["identity", "user", "list", "-o", "jsonl"]);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(1), 1));
    assert!(run.stderr.starts_with("error: (Gone) No more of it.\nCode: Gone\n"), "{}", run.stderr);
    assert!(service.next().starts_with("GET /callsign/v1/identities?pageSize=1000 "));
    assert!(service.next().starts_with("GET /callsign/v1/identities?continuation=x "));
}

#[test]
fn filters_reach_the_service() {
    let home = Home::new();
    let service = pages(vec![json!({"identities": []}); 2]);
    let filters = [
        "--created-after",
        "2026-10-01",
        "--last-issued-before",
        "2026-10-01T07:05:09Z",
        "--custom-id",
        "a b",
        "--max",
        "7",
    ];
    run(&home, &service, &[&["identity", "user", "list"], &filters[..]].concat());
    let asked = service.next();
    let expected = "GET /callsign/v1/identities?createdAfter=2026-10-01T00%3A00%3A00Z&lastIssuedBefore=2026-10-01T07%3A05%3A09Z&customId=a+b&pageSize=7 ";
    assert!(asked.starts_with(expected), "{asked}");
    for (wrong, words) in [
        (&["--created-after", "soon"][..], "2026-10-01T07:05:09Z"),
        (&["--never-issued", "--last-issued-after", "1d"], "--never-issued"),
        (&["--max", "0"], "1.."),
    ] {
        let run = run(&home, &service, &[&["identity", "user", "list"], wrong].concat());
        assert!(run.code == Some(2) && run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn azure_has_no_list_and_that_is_said() {
    let home = Home::new();
    let azure = Scripted::refusing(
        "404 Not Found",
        JSON,
        r#"{"error":{"code":"NotFound","message":"Nothing here."}}"#,
    );
    for arguments in [
        &["identity", "user", "list"][..],
        &["identity", "user", "prune", "--unused-for", "90d", "--yes"],
        &["identity", "user", "prune", "--unused-for", "90d", "--dry-run"],
    ] {
        let refused = run(&home, &azure, arguments).refusal();
        let expected = format!(
            "error: this needs Callsign: {} answered 404 Nothing here.\nHint: Azure cannot do it. Is the endpoint that of a Callsign \
             server, and is the server as new as this program?\n",
            azure.endpoint()
        );
        assert_eq!(refused, expected);
    }
}

fn created(home: &Home, custom_id: &str) -> String {
    home.json(&["identity", "user", "create", "--custom-id", custom_id])["rawId"].as_str().unwrap().to_owned()
}

#[test]
fn a_real_directory_is_listed_by_what_is_known_of_its_identities() {
    let home = Home::new();
    let _server = Server::start(&home);
    let (bob, alice) = (created(&home, "bob"), created(&home, "alice"));
    home.done(&["identity", "token", "issue", "--scope", "chat", "--user", &bob]);
    let listed = |filter: &[&str]| {
        let arguments = [&["identity", "user", "list", "--query", "[].id", "-o", "tsv"], filter].concat();
        home.done(&arguments).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut both = [bob.clone(), alice.clone()];
    both.sort();
    assert_eq!(listed(&[]), both);
    assert_eq!(listed(&["--never-issued"]), [alice.as_str()]);
    assert_eq!(listed(&["--custom-id", "bob"]), [bob.as_str()]);
    assert_eq!(listed(&["--last-issued-after", "1h"]), [bob.as_str()]);
    assert_eq!(listed(&["--last-issued-before", "1h"]), [""; 0]);
    assert_eq!(listed(&["--created-before", "1h"]), [""; 0]);
    assert_eq!(listed(&["--created-after", "1h"]), both);
    assert_eq!(listed(&["--max", "1"]), both[..1]);
}

#[test]
fn identities_that_were_long_unused_are_pruned_and_no_other() {
    let home = Home::new();
    let server = Server::start(&home);
    let (used, unused, never) = (created(&home, "used"), created(&home, "unused"), created(&home, "never"));
    for id in [&used, &unused] {
        home.done(&["identity", "token", "issue", "--scope", "chat", "--user", id]);
    }
    assert!(server.stop().success());
    let days_ago = "UPDATE identity SET created_ms = created_ms - 100 * 86400000";
    assert_eq!(execute(&home, days_ago, []), 3);
    let last =
        "UPDATE identity SET last_issued_ms = last_issued_ms - 91 * 86400000 WHERE custom_id = 'unused'";
    assert_eq!(execute(&home, last, []), 1);
    let _server = Server::start(&home);
    let prune = ["identity", "user", "prune", "--unused-for", "90d", "--only-show-errors"];
    let mut old = [unused, never];
    old.sort();
    assert_eq!(home.json(&[&prune[..], &["--dry-run"]].concat()), json!(old));
    let unasked = home.refused(&prune);
    assert_eq!(unasked, "error: Unable to prompt for confirmation as no tty available. Use --yes.\n");

    let prune = ["identity", "user", "prune", "--unused-for", "90d"];
    let tried = home.run(&[&prune[..], &["--dry-run", "--out", "old.txt"]].concat());
    assert_eq!((tried.code, tried.stdout.as_str()), (Some(0), ""));
    assert!(tried.stderr.ends_with("2 would be deleted; none was\n"), "{}", tried.stderr);
    let file = |name: &str| std::fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(file("old.txt"), format!("{}\n{}\n", old[0], old[1]));

    let pruned = home.run(&[&prune[..], &["--yes", "--out", "pruned.txt"]].concat());
    assert_eq!((pruned.code, pruned.stdout.as_str()), (Some(0), ""), "{}", pruned.stderr);
    let said = pruned.stderr.lines().last().unwrap();
    assert!(said.starts_with("deleted 2 in ") && said.ends_with(" s"), "{said}");
    assert_eq!(file("pruned.txt"), file("old.txt"));
    assert_eq!(
        home.done(&["identity", "user", "list", "--query", "[].id", "-o", "tsv"]),
        format!("{used}\n")
    );
    let again = home.run(&[&prune[..], &["--yes", "--only-show-errors"]].concat());
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (Some(0), "", ""));
    let records = home.json(&["audit", "list", "--query", "[?action=='prune_identity'].subject"]);
    assert_eq!(records, json!(old));
}

#[test]
fn a_prune_asks_with_the_number_and_does_nothing_when_there_is_none() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::io::{Read as _, Write as _};
    use std::process::Stdio;

    let home = Home::new();
    let asked = |bodies: Vec<Value>, answer: &[u8]| {
        let service = pages(bodies);
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let open = || std::fs::File::options().read(true).write(true).open(&name).unwrap();
        let mut screen = std::fs::File::from(controller);
        screen.write_all(answer).unwrap();
        let mut command = home.command(&["identity", "user", "prune", "--unused-for", "36h"]);
        command.env("AZURE_COMMUNICATION_CONNECTION_STRING", service.connection_string());
        let mut child = command.stdin(open()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (child.wait().unwrap().code(), said)
    };
    let count = |ids: &[&str]| json!({"identities": ids});
    let (code, said) = asked(vec![count(&["8:acs:a_1", "8:acs:a_2"])], b"n\n");
    assert_eq!(code, Some(1));
    let (question, rest) = said.split_once(" will be deleted.\n").unwrap();
    assert!(question.starts_with("2 identities that have got no token since 20"), "{said}");
    assert_eq!(rest, "Go on? [y/N] error: nothing was changed\n");

    let (code, said) = asked(vec![count(&["8:acs:a_1"]), count(&["8:acs:a_1"])], b"y\n");
    assert!(
        code == Some(0)
            && said.contains("1 identity that has got no token")
            && said.contains("deleted 1 in "),
        "{said}"
    );

    let (code, said) = asked(vec![count(&[])], b"");
    assert!(code == Some(0) && said.starts_with("No identity was unused since 20"), "{said}");
}

#[test]
fn a_prune_that_breaks_off_says_what_was_deleted() {
    let home = Home::new();
    let service = pages(vec![json!({"identities": ["8:acs:a_1", "8:acs:a_2"], "continuation": "x"})]);
    let arguments = ["identity", "user", "prune", "--unused-for", "1d", "--yes", "--out", "pruned.txt"];
    let broken = run(&home, &service, &arguments);
    assert_eq!((broken.code, broken.stdout.as_str()), (Some(4), ""));
    assert!(
        broken.stderr.starts_with("error: deleted 2 in ")
            && broken.stderr.contains(" s\nStopped: (Gone) No more of it.\n")
            && broken.stderr.ends_with("Hint: The same command again deletes the rest.\n"),
        "{}",
        broken.stderr
    );
    assert_eq!(std::fs::read_to_string(home.path().join("pruned.txt")).unwrap(), "8:acs:a_1\n8:acs:a_2\n");
    let at_once = run(&home, &pages(Vec::new()), &arguments).refusal();
    assert!(at_once.starts_with("error: (Gone) No more of it.\n"), "{at_once}");
}

#[test]
fn a_prune_of_less_than_a_day_is_refused() {
    let home = Home::new();
    for (span, words) in [("23h59m", "a token lives up to 24 hours"), ("90", "90d, 12h, 30m"), ("", "90d")] {
        let run = home.run(&["identity", "user", "prune", "--unused-for", span, "--dry-run"]);
        assert!(run.code == Some(2) && run.stderr.contains(words), "{span}: {}", run.stderr);
    }
}
