//! Microsoft Entra, as `callsign serve --dev-entra` is it: callers with its tokens, and the exchange of a Teams user's.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::binary::{Home, Run, ended};
use crate::server::Server;

const APPLICATION: &str = "ca115160-0000-4000-8000-00000000de02";
const ISSUE: &str = r#"callsign identity token issue --scope chat --auth entra --endpoint "$COMMUNICATION_SERVICES_ENDPOINT""#;

/// A home with a server that is an Entra authority, too.
fn developing() -> (Home, Server) {
    let home = Home::new();
    let server = Server::start_with(&home, &["--dev-entra"]);
    (home, server)
}

/// Runs a script after `callsign env` was evaluated.
fn after_env(home: &Home, script: &str) -> Run {
    home.shell(&format!("eval \"$(callsign env)\"\n{script}"))
}

/// The Entra token of Alice, a user of Teams, and her object id.
fn teams_user(server: &Server) -> (String, String) {
    let form = format!(
        "grant_type=password&client_id={APPLICATION}&username=alice%40callsign.test&password=callsign\
         &scope=https%3A%2F%2Fauth.msft.communication.azure.com%2F.default"
    );
    let reply = server.send(&format!(
        "POST /adfs/oauth2/v2.0/token HTTP/1.1\r\nHost: AUTHORITY\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    ));
    let answer: Value = serde_json::from_str(reply.split_once("\r\n\r\n").unwrap().1).unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    (token, claims["oid"].as_str().unwrap().to_owned())
}

#[test]
fn what_callsign_env_prints_is_all_that_a_caller_needs_with_entra() {
    let (home, _server) = developing();
    for (who, before) in [
        ("the service principal", ""),
        ("the managed identity that is named", "unset AZURE_CLIENT_SECRET\n"),
        ("the managed identity", "unset AZURE_CLIENT_ID AZURE_CLIENT_SECRET\n"),
        ("the service principal by the tenant's id", "AZURE_TENANT_ID=$CALLSIGN_DEV_TENANT\n"),
    ] {
        let run = after_env(&home, &format!("{before}{ISSUE}"));
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{who}: {}", run.stderr);
        let issued: Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(issued["user_id"].as_str().unwrap().starts_with("8:acs:"), "{who}");
    }
    let doctor =
        after_env(&home, r#"callsign doctor --auth entra --endpoint "$COMMUNICATION_SERVICES_ENDPOINT""#);
    assert_eq!((doctor.code, doctor.stderr.as_str()), (Some(0), "All is well.\n"), "{}", doctor.stdout);
}

#[test]
fn the_server_on_the_data_folder_is_asked_over_https_and_vouches_for_its_authority() {
    let (home, _server) = developing();
    let create = "callsign identity user create --auth entra --resource default --query rawId --output tsv";
    // No root certificate of this machine helps.
    let run = after_env(&home, &format!("unset SSL_CERT_FILE\n{create}"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("8:acs:"), "{}", run.stdout);
}

#[test]
fn what_keeps_the_authority_from_giving_a_token_is_told_without_the_secret() {
    let (home, _server) = developing();
    for (before, words) in [
        ("AZURE_CLIENT_SECRET=s3cr3t", "AADSTS7000215: Invalid client secret"),
        ("AZURE_CLIENT_ID=nobody", "AADSTS700016: Application with identifier 'nobody'"),
        ("AZURE_CLIENT_SECRET=\nIDENTITY_HEADER=s3cr3t", "X-IDENTITY-HEADER is missing or wrong"),
        ("AZURE_AUTHORITY_HOST=http://localhost:1", "AZURE_AUTHORITY_HOST does not begin with https://"),
        ("unset SSL_CERT_FILE", "Hint: AZURE_AUTHORITY_HOST names https://localhost:"),
    ] {
        let said = after_env(&home, &format!("{before}\n{ISSUE}")).refusal();
        assert!(said.contains(words) && !said.contains("s3cr3t"), "{before}: {said}");
    }
}

#[test]
fn the_token_of_a_teams_user_is_exchanged_and_not_shown_to_others_on_the_machine() {
    let (home, server) = developing();
    let (token, object) = teams_user(&server);
    let exchange = |user: &str| {
        let mut command = home.command(&["identity", "token", "get-for-teams-user", "--aad-token", "-"]);
        command.args(["--client", APPLICATION, "--aad-user", user, "--only-show-errors"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
        ended(child.wait_with_output().unwrap())
    };
    let run = exchange(&object);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let exchanged: Value = serde_json::from_str(&run.stdout).unwrap();
    let names: Vec<&String> = exchanged.as_object().unwrap().keys().collect();
    assert_eq!(names, ["expires_on", "token"]);
    let ends = exchanged["expires_on"].as_str().unwrap();
    assert!(ends.ends_with("+00:00"), "{ends}");
    let said = home.json(&["identity", "token", "decode", exchanged["token"].as_str().unwrap()]);
    assert!(said["expires"].as_str().unwrap().starts_with(ends), "{said}");
    assert_eq!(said["identity"], format!("8:orgid:{object}"));

    let refused = exchange("00000000-0000-0000-0000-000000000000").refusal();
    let sentence = "error: (ValidationError) Provided AAD token issued for unexpected user.\n";
    assert!(refused.starts_with(sentence) && !refused.contains(&token), "{refused}");
}
