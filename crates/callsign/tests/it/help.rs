//! What the binary says about itself.

use crate::binary::Home;

#[test]
fn the_help_lists_every_command_and_the_exit_codes() {
    let help = Home::new().done(&["--help"]);
    for words in
        ["serve", "env", "resource", "key", "config", "doctor", "Exit codes:", "Examples:", "--data-dir"]
    {
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
        (&["doctor", "request", "--last", "33"], "1..=32"),
    ] {
        let run = home.run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert!(!home.data_dir().exists());
}
