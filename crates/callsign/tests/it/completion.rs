//! What shells and `man` are told of the commands.

use std::fs;
use std::process::{Command, Stdio};

use crate::binary::Home;

#[test]
fn each_shell_can_read_its_completions_and_finds_the_commands_in_them() {
    let home = Home::new();
    for (shell, words) in [
        ("bash", "callsign__subcmd__identity__subcmd__token__subcmd__issue"),
        ("zsh", "#compdef callsign"),
        ("fish", "__fish_callsign_needs_command"),
    ] {
        let script = home.done(&["completion", shell]);
        assert!(script.contains(words) && script.contains("get-for-teams-user"), "{shell}: {}", script.len());
        let file = home.path().join(shell);
        fs::write(&file, script).unwrap();
        // Only a shell that is installed can say whether it understands.
        if let Ok(status) = Command::new(shell).arg("-n").arg(&file).stderr(Stdio::null()).status() {
            assert!(status.success(), "{shell}");
        }
    }
}

#[test]
fn the_reference_page_of_the_commands_is_made_from_their_help() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/commands.md");
    let remedy = "make the page again: cargo run -- man --reference > docs/reference/commands.md";
    let made = Home::new().done(&["man", "--reference"]);
    assert!(fs::read_to_string(page).is_ok_and(|text| text == made), "{remedy}");
    assert!(!made.contains("--reference") && !made.contains("--data-dir <DIR>"), "{made}");
}

#[test]
fn every_command_has_a_page_for_man() {
    let home = Home::new();
    let page = home.done(&["man"]);
    for words in [".TH callsign 1", "callsign\\-identity(1)", "Exit codes:"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = home.done(&["man", "identity", "token", "issue"]);
    assert!(
        page.contains("\\fBcallsign identity token issue\\fR") && page.contains("\\-\\-expires\\-in"),
        "{page}"
    );
    home.done(&["man", "--dir", "pages"]);
    let pages: Vec<String> = fs::read_dir(home.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in ["callsign.1", "callsign-serve.1", "callsign-identity-token-revoke.1"] {
        assert!(pages.iter().any(|page| page == name), "{pages:?}");
    }
    assert!(!pages.iter().any(|page| page.contains("issue-access-token")));
    let refused = home.refused(&["man", "identity", "tokens"]);
    assert!(refused.contains("it has user, token"), "{refused}");
}
