//! `-o`, `--query` and `--only-show-errors` of identity commands.

use crate::binary::Home;
use crate::server::Server;

#[test]
fn an_identity_is_printed_in_every_form() {
    let home = Home::new();
    let _server = Server::start(&home);
    let create = |form: &[&str]| {
        let printed = home.done(&[&["identity", "user", "create", "--custom-id", "bob"], form].concat());
        let id = home.json(&["identity", "user", "create", "--custom-id", "bob"])["rawId"]
            .as_str()
            .unwrap()
            .to_owned();
        printed.replace(&id, "ID")
    };
    let json = "{\n  \"properties\": {\n    \"id\": \"ID\"\n  },\n  \"rawId\": \"ID\"\n}\n";
    for (form, expected) in [
        (&[][..], json),
        (&["-o", "json"], json),
        // There is no terminal, so that there is no colour.
        (&["-o", "jsonc"], json),
        (&["-o", "JSON"], json),
        (&["-o", "table"], "RAWID\nID\n"),
        (&["-o", "tsv"], "\tID\n"),
        (&["-o", "yaml"], "properties:\n  id: \"ID\"\nrawId: \"ID\"\n"),
        (&["-o", "none"], ""),
        (&["--query", "properties.id"], "\"ID\"\n"),
        (&["--query", "properties.id", "-o", "tsv"], "ID\n"),
        (&["--query", "[[rawId, 'x']]", "-o", "tsv"], "ID\tx\n"),
        (&["--query", "{Is: `true`, Made: rawId}", "-o", "table"], "IS    MADE\ntrue  ID\n"),
        (&["--query", "nothing"], "null\n"),
    ] {
        assert_eq!(create(form), expected, "{form:?}");
    }
}

#[test]
fn other_commands_have_the_same_forms() {
    let home = Home::with_data();
    for (form, expected) in [
        (&["--query", "[].name"][..], "RESULT\ndefault\n"),
        (&["--query", "[0].name", "-o", "tsv"], "default\n"),
        (
            &["--query", "[].{name: name, port: port}", "-o", "json"],
            "[\n  {\n    \"name\": \"default\",\n    \"port\": null\n  }\n]\n",
        ),
        (&["--query", "[].hosts", "-o", "yaml"], "- []\n"),
        (&["-o", "none"], ""),
    ] {
        assert_eq!(home.done(&[&["resource", "list"], form].concat()), expected, "{form:?}");
    }
    let noted = home.run(&["key", "list"]);
    let quiet = home.run(&["key", "list", "--only-show-errors"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""), "{}", noted.stderr);
}

#[test]
fn a_query_that_is_none_is_refused_before_anything_is_sent() {
    let home = Home::new();
    let run = home.run(&["identity", "user", "create", "--query", "rawId["]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no JMESPath expression, see character 7"), "{}", run.stderr);
    let _server = Server::start(&home);
    let refused = home.run(&["identity", "user", "create", "--query", "length(`1`)"]);
    assert!(refused.code == Some(1) && refused.stderr.contains("--query"), "{}", refused.stderr);
    let nested = home.run(&["identity", "user", "create", "--query", "{a: properties}", "-o", "table"]);
    assert_eq!(nested.code, Some(1));
    assert!(
        nested
            .stderr
            .contains("Table output unavailable. Use the --query option to specify an appropriate query"),
        "{}",
        nested.stderr
    );
}
