//! The examples, run against a server; what the quickstart says is what the published one says.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::alice::{self, APPLICATION, OBJECT};
use crate::house::House;
use crate::own_process;

#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/assignments.rs"]
mod assignments;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/blocking.rs"]
mod blocking;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/custom_id.rs"]
mod custom_id;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/directory.rs"]
mod directory;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/entra.rs"]
mod entra;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/entra_managed_identity.rs"]
mod entra_managed_identity;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/entra_service_principal.rs"]
mod entra_service_principal;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/many_users.rs"]
mod many_users;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/quickstart.rs"]
mod quickstart;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/token_refresh.rs"]
mod token_refresh;

#[test]
fn the_examples_run_to_their_end() {
    House::during(async |house| {
        let connection_string = house.connection_string();
        quickstart::quickstart(&connection_string).await.unwrap();
        custom_id::custom_id(&connection_string).await.unwrap();
        token_refresh::token_refresh(&connection_string).await.unwrap();
        many_users::many_users(&connection_string, 40).await.unwrap();
        directory::directory(&connection_string).await.unwrap();
        assignments::assignments(&connection_string, alice::TENANT, OBJECT, APPLICATION).await.unwrap();
        tokio::task::spawn_blocking(move || blocking::blocking(&connection_string)).await.unwrap().unwrap();
    });
}

/// A program of that name that prints the text: no test has `az`, and nobody to sign in to it.
fn program_that_prints(folder: &Path, name: &str, text: &str) {
    // Written by another process: as long as this one held the file open, it could not be run.
    let script = format!("cat > {name} && chmod +x {name}");
    let mut shell = Command::new("sh");
    let mut shell = shell.args(["-c", &script]).current_dir(folder).stdin(Stdio::piped()).spawn().unwrap();
    let program = format!("#!/bin/sh\ncat <<'END'\n{text}\nEND\n");
    shell.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}

#[test]
fn the_examples_of_entra_run_where_the_variables_of_callsign_env_are_set() {
    if own_process::is_this() {
        return own_process::run(async {
            entra_service_principal::entra_service_principal().await.unwrap();
            entra_managed_identity::entra_managed_identity().await.unwrap();
            entra::entra().await.unwrap();
        });
    }
    House::during_with(alice::is_known, async |house| {
        let signed_in = house.service_principal("adfs", APPLICATION, alice::SECRET);
        let token = signed_in.get_token(&["https://communication.azure.com//.default"], None).await.unwrap();
        let answer = json!({
            "accessToken": token.token.secret(),
            "expires_on": token.expires_on.unix_timestamp(),
            "tokenType": "Bearer",
        });
        program_that_prints(house.folder.path(), "az", &answer.to_string());
        let path = format!("{}:{}", house.folder.path().display(), std::env::var("PATH").unwrap());
        let name = "examples::the_examples_of_entra_run_where_the_variables_of_callsign_env_are_set";
        let said = own_process::again(house, name, &[("PATH", path)]).await;
        for words in
            ["the application created 8:acs:", "the managed identity created 8:acs:", " with a token until "]
        {
            assert!(said.contains(words), "{said}");
        }
    });
}

#[test]
fn the_quickstart_says_what_the_published_one_says() {
    // The texts of the published access-token quickstart for Python, in its order; the values stand where `{}` or a name does.
    let published = [
        "Azure Communication Services - Access Tokens Quickstart",
        "Created an identity with ID: ",
        "Issued an access token with 'voip' scope that expires at ",
        "Issued an access token with custom expiration that expires at ",
        "Created an identity with ID: ",
        "Issued an access token with 'voip' scope that expires at ",
        "Refreshed the access token, which expires at ",
        "Successfully revoked all access tokens for identity with ID: ",
        "Deleted the identity with ID: ",
    ];
    let mut rest = include_str!("../../examples/quickstart.rs");
    for text in published {
        let (_, after) =
            rest.split_once(text).unwrap_or_else(|| panic!("not said, or not in this order: {text}"));
        rest = after;
    }
}
