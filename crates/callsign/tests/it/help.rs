//! What the binary says about itself.

use crate::binary::Home;

#[test]
fn the_help_lists_every_command_and_the_exit_codes() {
    let help = Home::new().done(&["--help"]);
    for words in [
        "serve",
        "env",
        "resource",
        "key",
        "audit",
        "identity",
        "user-identity",
        "profile",
        "completion",
        "man",
        "config",
        "connector",
        "doctor",
        "Exit codes:",
        "Examples:",
        "--data-dir",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[test]
fn every_command_tells_its_flags_and_examples() {
    let home = Home::new();
    for (command, words) in [
        (&["serve"][..], "--https"),
        (&["env"], "powershell"),
        (&["resource", "create"], "--data-location"),
        (&["resource", "delete"], "--yes"),
        (&["key", "regenerate"], "secondary"),
        (&["identity"], "COMMUNICATION_SERVICES_CONNECTION_STRING"),
        (&["identity", "user", "create"], "--count"),
        (&["identity", "user", "show"], "--user"),
        (&["identity", "user", "delete"], "--yes"),
        (&["identity", "user", "list"], "--never-issued"),
        (&["identity", "user", "prune"], "at least 1d"),
        (&["identity", "token", "revoke-all"], "--resource"),
        (&["audit", "list"], "--since"),
        (&["audit", "verify"], "NUMBER:HASH"),
        (&["audit", "export"], "SHA-256"),
        (&["identity", "token", "issue"], "--expires-in"),
        (&["identity", "token", "revoke"], "--users"),
        (&["identity", "token", "get-for-teams-user"], "--aad-token"),
        (&["identity", "token", "decode"], "is not verified"),
        (&["profile", "add"], "--connection-string-stdin"),
        (&["doctor"], "--endpoint"),
        (&["completion"], "fish"),
        (&["man"], "--dir"),
        (&["config"], "example"),
        (&["config", "check"], "callsign.toml"),
        (&["doctor", "request"], "--last"),
    ] {
        let help = home.done(&[command, &["--help"]].concat());
        assert!(help.contains(words) && help.contains("Examples:"), "{command:?}: {help}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(Home::new().done(&["--version"]), format!("callsign {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_is_not_understood_ends_with_two_and_says_what_is_meant() {
    let home = Home::new();
    for (arguments, words) in [
        (&[][..], "Usage: callsign"),
        (&["sevre"], "serve"),
        (&["serve", "--htpps", "off"], "--https"),
        (&["resource", "create"], "<NAME>"),
        (&["resource", "create", "blue", "--port", "70000"], "70000"),
        (&["key", "regenerate", "third"], "primary, secondary"),
        (&["env", "--shell", "tcsh"], "fish"),
        (&["key", "list", "-o", "xml"], "json"),
        (&["identity", "token", "issue", "--scope"], "--scope <SCOPE>"),
        (&["identity", "user", "create", "--count", "0"], "1.."),
        (&["identity", "user", "create", "--count", "2", "--custom-id", "a"], "--custom-id"),
        (&["identity", "user", "create", "--concurrency", "0"], "1..=256"),
        (&["identity", "user", "create", "--profile", "a", "--endpoint", "b"], "--endpoint"),
        (&["identity", "token", "issue", "--scope", "chat", "--export", "-o", "tsv"], "--export"),
        (&["identity", "token", "get-for-teams-user", "--client", "a"], "--aad-token"),
        (&["doctor", "request", "--last", "33"], "1..=32"),
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert!(!home.data_dir().exists());
}

#[test]
fn the_help_of_tokens_is_this() {
    let help = Home::new().done(&["identity", "token", "-h"]);
    let expected = "\
Issue, revoke, exchange and decode access tokens

Usage: callsign identity token [OPTIONS] <COMMAND>

Commands:
  issue               Issue an access token, for a new identity if none is named
  revoke              Revoke all access tokens of an identity
  revoke-all          Revoke all access tokens of all identities of a resource (Callsign only)
  get-for-teams-user  Exchange the Microsoft Entra token of a Teams user for an access token
  decode              Show what an access token says: its header, its claims, and when it ends

Options:
  -h, --help  Print help

Options of every command:
      --data-dir <DIR>  The folder that holds the database, keys and certificates
      --config <FILE>   The configuration file

Examples:
  callsign identity token issue --scope chat voip
  callsign identity token revoke --user 8:acs:… --yes
  callsign identity token revoke-all --resource blue
  callsign identity token decode -
";
    assert_eq!(help, expected);
}
