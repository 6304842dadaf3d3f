//! `callsign profile`: resources by name, whose keys are never printed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::binary::{Home, Run, ended};
use crate::server::Server;

/// Runs the command with a text on stdin.
fn fed(home: &Home, arguments: &[&str], text: &str) -> Run {
    let mut command = home.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    ended(child.wait_with_output().unwrap())
}

#[test]
fn a_profile_is_added_used_listed_and_removed_and_its_key_is_never_printed() {
    let home = Home::new();
    let server = Server::start(&home);
    let http = server.address("http");
    let key = home.json(&["key", "list"])["keys"][0]["key"].as_str().unwrap().to_owned();
    let connection_string = format!("endpoint={http};accesskey={key}\n");
    let file = home.path().join(".config/callsign/profiles.toml");

    let added = fed(&home, &["profile", "add", "local", "--connection-string-stdin"], &connection_string);
    assert_eq!((added.code, added.stdout.as_str()), (Some(0), ""), "{}", added.stderr);
    assert_eq!(added.stderr, format!("The profile local is in {}.\nIt is in use.\n", file.display()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let keyless = ["profile", "add", "ci", "--endpoint", http.as_str(), "--key-env", "CI_KEY"];
    let added = home.run(&keyless);
    assert!(
        added.stderr.ends_with("To use it: callsign profile use ci, or --profile ci\n"),
        "{}",
        added.stderr
    );
    home.done(&["profile", "add", "work", "--endpoint", "https://contoso.example", "--auth", "entra"]);
    let endpoint = http.trim_end_matches('/');
    let width = endpoint.len().max("https://contoso.example".len());
    assert_eq!(
        home.done(&["profile", "list"]),
        format!(
            "NAME   IN USE  {:width$}  ACCESS\nci     no      {http:width$}  access key in CI_KEY\n\
             local  yes     {endpoint:width$}  access key\nwork   no      {:width$}  Microsoft Entra\n",
            "ENDPOINT", "https://contoso.example"
        )
    );

    let create = ["identity", "user", "create", "-o", "none"];
    let run = home.run(&create);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let elsewhere = home.refused(&[&create[..], &["--data-dir", "elsewhere"]].concat());
    assert!(elsewhere.contains("no server runs on") && elsewhere.contains("elsewhere;"), "{elsewhere}");
    let unset = home.refused(&[&create[..], &["--profile", "ci"]].concat());
    assert!(unset.contains("CI_KEY, which is not set"), "{unset}");
    let mut command = home.command(&[&create[..], &["--profile", "ci"]].concat());
    assert_eq!(command.env("CI_KEY", &key).output().unwrap().status.code(), Some(0));
    home.done(&["profile", "use", "ci"]);
    assert!(home.refused(&create).contains("CI_KEY"));
    let mut command = home.command(&["profile", "use", "ci"]);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", &connection_string);
    let hidden = ended(command.output().unwrap()).stderr;
    assert!(
        hidden.contains("note: AZURE_COMMUNICATION_CONNECTION_STRING is set, which is stronger"),
        "{hidden}"
    );

    let removed = home.run(&["profile", "remove", "ci"]);
    assert!(removed.stderr.contains("note: no profile is in use now"), "{}", removed.stderr);
    assert!(home.refused(&["profile", "use", "ci"]).contains("there is local, work"));
    let listed = home.json(&["profile", "list"]);
    assert_eq!(listed[0]["name"], "local");
    for run in [added, removed] {
        assert!(!run.stderr.contains(&key));
    }
    assert!(!listed.to_string().contains(&key));
}

#[test]
fn a_connection_string_from_stdin_is_taken_by_every_command_and_the_environment_is_weaker_than_a_flag() {
    let home = Home::new();
    let server = Server::start(&home);
    let key = home.json(&["key", "list"])["keys"][1]["key"].as_str().unwrap().to_owned();
    let text = format!("endpoint={};accesskey={key}\n", server.address("http"));
    for flag in [&["--connection-string", "-"][..], &["--connection-string-stdin"]] {
        let run = fed(&home, &[&["identity", "user", "create"], flag].concat(), &text);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    }
    let mut command = home.command(&["identity", "user", "create", "--endpoint", &server.address("http")]);
    command.env("AZURE_COMMUNICATION_CONNECTION_STRING", "endpoint=https://nowhere.example/;accesskey=AAAA");
    assert!(
        ended(command.output().unwrap()).refusal().contains("COMMUNICATION_SERVICES_ACCESSKEY is not set")
    );
    command.env("COMMUNICATION_SERVICES_ACCESSKEY", &key);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn a_key_that_is_typed_is_not_shown() {
    let home = Home::new();
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let terminal = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let terminal = fs::File::options().read(true).write(true).open(terminal).unwrap();
    let mut screen = fs::File::from(screen);
    let mut command = home.command(&["profile", "add", "a", "--endpoint", "https://contoso.example"]);
    let mut child = command.stdin(terminal).stderr(Stdio::piped()).spawn().unwrap();
    // It holds the terminal as well, whose end would else not be seen.
    drop(command);
    let mut stderr = child.stderr.take().unwrap();
    let mut said = Vec::new();
    while !said.ends_with(b"then Enter: ") {
        let mut letter = [0];
        stderr.read_exact(&mut letter).unwrap();
        said.extend(letter);
    }
    screen.write_all(b"c2VjcmV0\n").unwrap();
    stderr.read_to_end(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&said));
    let mut shown = Vec::new();
    // Linux tells the end of a terminal as an error.
    let _ = screen.read_to_end(&mut shown);
    assert_eq!(String::from_utf8(shown).unwrap(), "");
    assert!(
        fs::read_to_string(home.path().join(".config/callsign/profiles.toml")).unwrap().contains("c2VjcmV0")
    );
}

#[test]
fn what_is_wrong_is_told_without_the_key() {
    let home = Home::new();
    for (text, words) in [
        ("", "is empty"),
        ("endpoint=https://a/;accesskey=s3cr3t!", "base64"),
        ("endpoint=https://a/ accesskey=s3cr3t", "no accesskey"),
        ("accesskey=s3cr3t", "no endpoint"),
        ("s3cr3t", "part 1"),
    ] {
        for arguments in [
            &["profile", "add", "a", "--connection-string", text][..],
            &["identity", "user", "create", "--connection-string", text],
        ] {
            let refused = home.refused(arguments);
            assert!(refused.contains(words) && !refused.contains("s3cr3t"), "{refused}");
        }
        if !text.is_empty() {
            let mut command = home.command(&["identity", "user", "create"]);
            command.env("AZURE_COMMUNICATION_CONNECTION_STRING", text);
            let refused = ended(command.output().unwrap()).refusal();
            assert!(
                refused.contains("AZURE_COMMUNICATION_CONNECTION_STRING") && !refused.contains("s3cr3t"),
                "{refused}"
            );
        }
    }
    let lost = home.run(&["identity", "user", "create", "Endpoint=https://a/;AccessKey=s3cr3t"]);
    assert_eq!(lost.code, Some(2));
    assert!(lost.stderr.contains("AccessKey=…") && !lost.stderr.contains("s3cr3t"), "{}", lost.stderr);
    for (arguments, words) in [
        (&["a b", "--endpoint", "https://a", "--auth", "entra"][..], "1 to 64 letters"),
        (&["a", "--endpoint", "ftp://a", "--auth", "entra"], "neither https nor http"),
        (&["a", "--endpoint", "http://contoso.example", "--key-env", "A"], "plain http"),
        (&["a", "--endpoint", "http://localhost:1", "--auth", "entra"], "https only"),
        (&["a", "--endpoint", "https://a", "--key-env", "s3cr3t=="], "the name of an environment variable"),
        (&["a", "--endpoint", "https://a", "--auth", "entra", "--key-env", "A"], "uses no key"),
        (&["a"], "--connection-string-stdin"),
    ] {
        let refused = home.refused(&[&["profile", "add"], arguments].concat());
        assert!(refused.contains(words) && !refused.contains("s3cr3t"), "{refused}");
    }
    let key =
        home.refused(&["identity", "user", "create", "--endpoint", "https://a", "--key-env", "s3cr3t=="]);
    assert!(!key.contains("s3cr3t") && key.contains("the name of an environment variable"), "{key}");
    assert!(!home.path().join(".config").exists());
    assert!(
        home.refused(&["identity", "user", "create", "--profile", "a"]).contains("callsign profile add a")
    );
}
