//! `callsign config`, and the reference page that is made from the same table.

use std::fs;

use crate::binary::Home;

#[test]
fn the_example_is_a_configuration_that_is_in_order() {
    let home = Home::new();
    let file = home.path().join("callsign.toml");
    fs::write(&file, home.done(&["config", "example"])).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(home.done(&["config", "check", file]), format!("ok: {file}\n"));
    assert_eq!(home.done(&["config", "check", "--config", file]), format!("ok: {file}\n"));
    assert!(home.done(&["config", "check"]).starts_with("ok: there is no configuration file"));
}

#[test]
fn every_fault_is_told_with_its_line_and_its_remedy() {
    let home = Home::new();
    let file = home.path().join("callsign.toml");
    fs::write(&file, "[listen]\nhttps = \"localhost\"\nhttsp = \"off\"\n\n[log]\nlevel = \"loud\"\n")
        .unwrap();
    let refused = home.refused(&["config", "check", file.to_str().unwrap()]);
    let lines: Vec<&str> = refused.lines().collect();
    assert_eq!(lines.len(), 3, "{refused}");
    for (line, words) in
        lines.iter().zip(["callsign.toml:2: listen.https", "callsign.toml:3", "callsign.toml:6: log.level"])
    {
        assert!(line.starts_with("error: ") && line.contains(words), "{refused}");
    }
}

#[test]
fn every_value_is_shown_with_its_origin_and_secrets_are_hidden() {
    let home = Home::new();
    let file = home.path().join("callsign.toml");
    fs::write(&file, "[limits]\nprofile = \"azure\"\n").unwrap();
    let file = file.to_str().unwrap();
    let secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
    let show = |arguments: &[&str]| {
        let mut command = home.command(&[&["config", "show", "--config", file], arguments].concat());
        let output =
            command.env("CALLSIGN_KEY_ENCRYPTION_KEY", secret).env("CALLSIGN_LOG_LEVEL", "debug").output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let table = show(&[]);
    for words in [
        &["limits.profile", "azure", "callsign.toml:2"][..],
        &["log.level", "debug", "environment CALLSIGN_LOG_LEVEL"],
        &["listen.https", "127.0.0.1:8443", "default"],
        &["key_encryption_key", "CALLSIGN_KEY_ENCRYPTION_KEY"],
    ] {
        let line = table.lines().find(|line| line.split_whitespace().next() == Some(words[0])).unwrap();
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    let json = show(&["-o", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert!(rows.iter().any(|row| row["key"] == "log.level" && row["value"] == "debug"), "{json}");
    assert!(!table.contains(secret) && !json.contains(secret));
}

#[test]
fn the_flag_that_names_the_data_folder_is_stronger_than_the_environment() {
    let home = Home::new();
    let rows = home.json(&["config", "show", "--data-dir", "elsewhere"]);
    let row = rows.as_array().unwrap().iter().find(|row| row["key"] == "data_dir").unwrap().clone();
    assert_eq!(row["value"], home.path().join("elsewhere").to_str().unwrap());
    assert_eq!(row["origin"], "flag --data-dir");
}

#[test]
fn the_reference_page_is_made_from_the_table_of_settings() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md");
    let remedy = "make the page again: cargo run -- config reference > docs/reference/configuration.md";
    assert!(fs::read_to_string(page).unwrap() == Home::new().done(&["config", "reference"]), "{remedy}");
}
