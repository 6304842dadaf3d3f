//! `callsign identity` against a running server: the published article, the shapes and words of `az`, and what it lacks.

use std::process::Stdio;

use serde_json::Value;

use crate::binary::{Home, Run, ended};
use crate::scripted::Scripted;
use crate::server::Server;

/// Runs a line as a shell would, with the words in angle brackets put in.
fn shell(home: &Home, line: &str, placeholders: &[(&str, &str)]) -> Run {
    let mut line = line.to_owned();
    for (name, value) in placeholders {
        line = line.replace(name, value);
    }
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
    let (program, arguments) = words.split_first().unwrap();
    assert_eq!(*program, "callsign");
    home.run(arguments)
}

fn connection_string(home: &Home) -> String {
    home.json(&["key", "list"])["keys"][0]["connection_string"].as_str().unwrap().to_owned()
}

/// The variables of `callsign env`, as a shell would have them.
fn environment(home: &Home) -> Vec<(String, String)> {
    let lines = home.done(&["env"]);
    lines
        .lines()
        .map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

fn id(home: &Home) -> String {
    home.done(&["identity", "user", "create", "--query", "rawId", "-o", "tsv"]).trim_end().to_owned()
}

/// The commands of the article "Quickstart: Create and manage access tokens" for the Azure CLI, in its order, with `az communication`
/// replaced by `callsign`; it leaves out the exchange for a Teams user, which needs one.
#[test]
fn the_commands_of_the_article_work_with_another_first_word() {
    let home = Home::new();
    let server = Server::start(&home);
    let connection_string = connection_string(&home);
    let authority = home.data_dir().join("tls/ca.pem");
    let run = |line: &str, id: &str| {
        let line = line.replace("<yourConnectionString>", &connection_string).replace("<userId>", id);
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
        let mut command = home.command(&words[1..]);
        let run = ended(command.env("SSL_CERT_FILE", &authority).output().unwrap());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{line}");
        run.stdout
    };
    let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();

    let created = run(r#"callsign identity user create --connection-string "<yourConnectionString>""#, "");
    let id = json(created.clone())["rawId"].as_str().unwrap().to_owned();
    assert_eq!(
        created,
        format!("{{\n  \"properties\": {{\n    \"id\": \"{id}\"\n  }},\n  \"rawId\": \"{id}\"\n}}\n")
    );
    let both = json(run(
        r#"callsign identity token issue --scope chat --connection-string "<yourConnectionString>""#,
        "",
    ));
    assert!(both["user_id"].as_str().unwrap().starts_with("8:acs:") && both["user_id"] != id.as_str());
    for (scopes, expected) in [("chat", "chat"), ("chat voip", "chat,voip")] {
        let line = format!(
            r#"callsign identity token issue --scope {scopes} --user "<userId>" --connection-string "<yourConnectionString>""#
        );
        let issued = run(&line, &id);
        let value = json(issued.clone());
        let names: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(names, ["expires_on", "token", "user_id"]);
        assert_eq!(value["user_id"], id.as_str());
        assert!(value["expires_on"].as_str().unwrap().ends_with("+00:00"), "{issued}");
        let said = home.json(&["identity", "token", "decode", value["token"].as_str().unwrap()]);
        assert_eq!(said["payload"]["acsScope"], expected);
    }
    // The article leaves --yes out: it has a terminal.
    let revoke = r#"callsign identity token revoke --user "<userId>" --connection-string "<yourConnectionString>" --yes"#;
    assert_eq!(run(revoke, &id), "");
    let delete = r#"callsign identity user delete --user "<userId>" --connection-string "<yourConnectionString>" --yes"#;
    assert_eq!(run(delete, &id), "");
    assert!(server.stop().success());
}

#[test]
fn the_new_name_of_the_commands_and_the_old_one_mean_the_same() {
    let home = Home::new();
    let _server = Server::start(&home);
    let id = id(&home);
    for line in [
        "callsign user-identity user create",
        "callsign user-identity token issue --scope chat,voip --user <id>",
        "callsign identity issue-access-token -s chat -u <id>",
        "callsign user-identity issue-access-token --scope chat --userid <id>",
    ] {
        let run = shell(&home, line, &[("<id>", &id)]);
        assert_eq!(run.code, Some(0), "{line}: {}", run.stderr);
        serde_json::from_str::<Value>(&run.stdout).unwrap();
    }
}

#[test]
fn errors_are_those_of_az_with_its_exit_codes() {
    let home = Home::new();
    let unset = home.run(&["identity", "user", "create"]);
    let sentence = format!(
        "error: Please specify --connection-string, or set AZURE_COMMUNICATION_CONNECTION_STRING.\n\
         Hint: callsign profile add keeps one. No server runs on {}; one that does is found without: callsign serve \
         starts it.\n",
        home.data_dir().display()
    );
    assert_eq!((unset.code, unset.stdout.as_str(), unset.stderr.as_str()), (Some(1), "", sentence.as_str()));
    let _server = Server::start(&home);
    let id = id(&home);
    let refused =
        home.run(&["identity", "token", "issue", "--scope", "chat", "--user", &id, "--expires-in", "59m"]);
    let (start, request_id) = refused.stderr.split_once("Request id: ").unwrap();
    assert_eq!(request_id.trim_end().len(), 36);
    assert_eq!(
        start.split_once("error: ").unwrap().1,
        "(ValidationError) ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval.\n\
         Code: ValidationError\n\
         Message: ExpiresInMinutes value 59 is invalid. Value must be within the [60, 1440] interval.\n\
         Target: ExpiresInMinutes\n"
    );
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));

    home.done(&["identity", "user", "delete", "--user", &id, "-y"]);
    for command in [&["token", "issue", "--scope", "chat"][..], &["user", "show"]] {
        let missing = home.run(&[&["identity"], command, &["--user", &id]].concat());
        assert_eq!(missing.code, Some(3), "{}", missing.stderr);
        assert!(missing.stderr.contains("error: (IdentityNotFound) "), "{}", missing.stderr);
    }
    for command in [&["token", "revoke"][..], &["user", "delete"]] {
        let unasked = home.refused(&[&["identity"], command, &["--user", &id]].concat());
        assert_eq!(unasked, "error: Unable to prompt for confirmation as no tty available. Use --yes.\n");
        let nobody = home.run(&[&["identity"], command, &["--yes"]].concat());
        assert_eq!(nobody.code, Some(2));
        assert_eq!(nobody.stderr, "error: the following arguments are required: --user\n");
    }
    let unscoped = home.run(&["identity", "token", "issue"]);
    assert!(unscoped.code == Some(2) && unscoped.stderr.contains("--scope"), "{}", unscoped.stderr);
}

#[test]
fn what_az_lacks_a_lifetime_an_id_of_ones_own_and_the_detail_of_an_identity() {
    let home = Home::new();
    let _server = Server::start(&home);
    let bob = ["identity", "user", "create", "--custom-id", "bob@contoso.com"];
    let id = home.json(&bob)["rawId"].clone();
    assert_eq!(home.json(&bob)["rawId"], id);
    let id = id.as_str().unwrap();
    let show = ["identity", "user", "show", "--user", id];
    assert_eq!(
        home.done(&show),
        format!(
            "{{\n  \"customId\": \"bob@contoso.com\",\n  \"id\": \"{id}\",\n  \"lastTokenIssuedAt\": null\n}}\n"
        )
    );
    let issue = ["identity", "token", "issue", "--scope", "voip.join", "--custom-id", "bob@contoso.com"];
    let issued = home.json(&[&issue[..], &["--expires-in", "1h30m"]].concat());
    assert_eq!(issued["user_id"], id);
    let said = home.json(&["identity", "token", "decode", issued["token"].as_str().unwrap()]);
    assert_eq!(said["lifetime"], "1 hour 30 minutes");
    assert_eq!(said["scopes"], serde_json::json!(["voip.join"]));
    assert!(home.json(&show)["lastTokenIssuedAt"].is_string());
    let wrong = home.run(&["identity", "token", "issue", "--scope", "chat", "--expires-in", "1d"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("90m, 24h"), "{}", wrong.stderr);
}

#[test]
fn a_token_is_printed_for_a_shell() {
    let home = Home::new();
    let _server = Server::start(&home);
    for (export, start, end) in [
        ("--export", "export AZURE_COMMUNICATION_ACCESS_TOKEN='ey", "'\n"),
        ("--export=fish", "set -gx AZURE_COMMUNICATION_ACCESS_TOKEN 'ey", "'\n"),
        ("--export=powershell", "$env:AZURE_COMMUNICATION_ACCESS_TOKEN = 'ey", "'\n"),
    ] {
        let line = home.done(&["identity", "token", "issue", "--scope", "chat", export]);
        assert!(line.starts_with(start) && line.ends_with(end) && line.lines().count() == 1, "{line}");
    }
}

#[test]
fn a_token_from_stdin_is_decoded_without_a_server_and_never_printed() {
    let home = Home::new();
    let server = Server::start(&home);
    let issued = home.done(&["identity", "token", "issue", "--scope", "chat"]);
    let token = serde_json::from_str::<Value>(&issued).unwrap()["token"].as_str().unwrap().to_owned();
    assert!(server.stop().success());
    for (arguments, text) in [
        (&["identity", "token", "decode"][..], &token),
        (&["identity", "token", "decode", "-"], &token),
        (&["identity", "token", "decode"], &issued),
    ] {
        let mut child = home
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
        let run = ended(child.wait_with_output().unwrap());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(
            run.stderr,
            "note: the signature is not verified: these claims are what the token says of itself\n"
        );
        let signature = token.rsplit('.').next().unwrap();
        assert!(!run.stdout.contains(signature), "{}", run.stdout);
        assert!(run.stdout.contains("\"signature\": \"not verified\""), "{}", run.stdout);
    }
    let refused = home.refused(&["identity", "token", "decode", "s3cr3t"]);
    assert!(!refused.contains("s3cr3t") && refused.contains("is it whole?"), "{refused}");
}

#[test]
fn the_variables_of_env_are_understood_and_its_authority_is_trusted() {
    let home = Home::new();
    let _server = Server::start(&home);
    let variables = environment(&home);
    let created = |without: &str| {
        let mut command = home.command(&["identity", "user", "create"]);
        command.envs(variables.iter().filter(|(name, _)| name != without).cloned());
        ended(command.output().unwrap())
    };
    for without in ["", "AZURE_COMMUNICATION_CONNECTION_STRING", "COMMUNICATION_SERVICES_CONNECTION_STRING"] {
        let run = created(without);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "without {without}");
    }
    let untrusted = created("SSL_CERT_FILE").refusal();
    for words in [
        "the certificate of the service is not trusted at https://localhost:",
        "Hint: ",
        "SSL_CERT_FILE",
        "callsign doctor",
    ] {
        assert!(untrusted.contains(words), "{untrusted}");
    }
}

#[test]
fn a_resource_of_the_local_server_is_chosen_by_name() {
    let home = Home::new();
    let _server = Server::start(&home);
    home.done(&["resource", "create", "blue"]);
    let run = home.run(&["identity", "user", "create", "--resource", "blue"]);
    let note =
        format!("note: this is the resource blue of the server that runs on {}\n", home.data_dir().display());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), note.as_str()));
    let guid = home.json(&["resource", "show", "blue"])["id"].as_str().unwrap().to_owned();
    assert!(run.stdout.contains(&format!("8:acs:{guid}_")), "{}", run.stdout);
    assert!(home.refused(&["identity", "user", "create", "--resource", "red"]).contains("default, blue"));
    let quiet = home.run(&["identity", "user", "create", "--only-show-errors"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_signature_is_verified_by_the_keys_of_the_chosen_server() {
    let (home, other) = (Home::new(), Home::new());
    let (server, other_server) = (Server::start(&home), Server::start(&other));
    let token =
        home.json(&["identity", "token", "issue", "--scope", "chat"])["token"].as_str().unwrap().to_owned();
    let decode = |home: &Home, token: &str| home.run(&["identity", "token", "decode", "--verify", token]);
    let good = decode(&home, &token);
    assert_eq!(
        (good.code, serde_json::from_str::<Value>(&good.stdout).unwrap()["signature"].as_str()),
        (Some(0), Some("verified"))
    );
    let next = home.json(&["identity", "token", "issue", "--scope", "chat"]);
    let anothers = next["token"].as_str().unwrap().rsplit_once('.').unwrap().1.to_owned();
    let (signed, _) = token.rsplit_once('.').unwrap();
    for (home, token, words) in [
        (&home, format!("{signed}.{anothers}"), "the signature is wrong"),
        (&home, format!("{signed}."), "the signature is wrong"),
        (&other, token.clone(), "is not published there"),
    ] {
        let bad = decode(home, &token);
        assert_eq!(bad.code, Some(1));
        assert!(bad.stderr.contains(words) && !bad.stderr.contains(signed), "{}", bad.stderr);
        assert_eq!(
            serde_json::from_str::<Value>(&bad.stdout).unwrap()["identity"].as_str().unwrap().len(),
            79
        );
    }
    // Azure publishes no keys: its tokens cannot be checked, and that is said.
    let azure = Scripted::refusing("404 Not Found", "", "");
    let elsewhere = [
        "identity",
        "token",
        "decode",
        "--verify",
        "--connection-string",
        &azure.connection_string(),
        &token,
    ];
    let unknown = home.run(&elsewhere);
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("publishes no keys"), "{}", unknown.stderr);
    drop((server, other_server));
}
