//! `callsign connector export`: what a connector is imported from, without a server.

use std::fs;

use crate::binary::Home;

const NOTE: &str = "note: connector.enabled is false here: a server answers the connector when it is true\n";

fn definition(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn one_document_goes_to_stdout_with_the_public_address_in_it() {
    let home = Home::new();
    let run = home.run(&["connector", "export", "definition"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), NOTE));
    let document = definition(&run.stdout);
    assert_eq!((&document["host"], &document["basePath"]), (&"localhost:8443".into(), &"/connector".into()));
    let mut command = home.command(&["connector", "export", "definition"]);
    command.env("CALLSIGN_PUBLIC_URL", "https://id.example.com").env("CALLSIGN_CONNECTOR_ENABLED", "true");
    let output = command.output().unwrap();
    assert_eq!(output.stderr, b"");
    assert_eq!(definition(std::str::from_utf8(&output.stdout).unwrap())["host"], "id.example.com");
}

#[test]
fn another_address_can_be_named_with_a_resource_in_it() {
    let home = Home::new();
    let export = ["connector", "export", "definition", "--endpoint"];
    let document = definition(&home.done(&[&export[..], &["https://10.0.0.7:8443/blue"]].concat()));
    assert_eq!(document["host"], "10.0.0.7:8443");
    assert_eq!(document["basePath"], "/blue/connector");
    let refused = home.refused(&[&export[..], &["http://id.example.com"]].concat());
    assert!(refused.contains("https://id.example.com"), "{refused}");
}

#[test]
fn a_public_address_that_is_not_https_is_told_apart() {
    let home = Home::new();
    let mut command = home.command(&["connector", "export", "definition"]);
    let run =
        crate::binary::ended(command.env("CALLSIGN_PUBLIC_URL", "http://10.0.0.7:8080").output().unwrap());
    assert!(run.refusal().contains("--endpoint"));
}

#[test]
fn files_are_written_into_a_folder_and_never_over_others_unless_told() {
    let home = Home::new();
    home.done(&["connector", "export", "--out", "made/connector"]);
    let folder = home.path().join("made/connector");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["apiDefinition.swagger.json", "apiProperties.json", "icon.png"]);
    assert!(fs::read(folder.join("icon.png")).unwrap().starts_with(b"\x89PNG\r\n"));
    fs::write(folder.join("apiProperties.json"), "mine").unwrap();
    let again = ["connector", "export", "properties", "--out", "made/connector"];
    let refused = home.refused(&again);
    assert!(
        refused.contains("apiProperties.json is there already") && refused.contains("--force"),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(folder.join("apiProperties.json")).unwrap(), "mine");
    home.done(&[&again[..], &["--force"]].concat());
    let properties = definition(&fs::read_to_string(folder.join("apiProperties.json")).unwrap());
    assert_eq!(properties["properties"]["connectionParameters"]["api_key"]["type"], "securestring");
}

#[test]
fn a_folder_or_a_document_has_to_be_named() {
    let run = Home::new().run(&["connector", "export"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("--out") && run.stderr.contains("DOCUMENT"), "{}", run.stderr);
}
