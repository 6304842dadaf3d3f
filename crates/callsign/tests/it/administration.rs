//! Resources and access keys, on the folder of a stopped server and through a running one.

use serde_json::Value;

use crate::binary::Home;
use crate::server::Server;

fn names(home: &Home) -> Vec<String> {
    let resources = home.json(&["resource", "list"]);
    let names =
        resources.as_array().unwrap().iter().map(|resource| resource["name"].as_str().unwrap().to_owned());
    names.collect()
}

fn keys(home: &Home, resource: &str) -> Value {
    home.json(&["key", "list", "--resource", resource])
}

fn resources_and_keys_are_administered(home: &Home, endpoint_of_blue: &str) {
    let made =
        home.run(&["resource", "create", "blue", "--data-location", "europe", "--host", "ID.example.com"]);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(made.stdout.contains("blue") && made.stderr.contains("callsign key list --resource blue"));
    assert_eq!(names(home), ["default", "blue"]);
    let blue = home.json(&["resource", "show", "blue"]);
    assert_eq!(blue["endpoint"], endpoint_of_blue);
    assert_eq!((&blue["data_location"], &blue["is_default"]), (&Value::from("europe"), &Value::from(false)));
    assert_eq!(blue["hosts"][0], "id.example.com");
    assert!(
        home.done(&["resource", "list"])
            .lines()
            .any(|line| line.starts_with("blue ") && line.contains(endpoint_of_blue))
    );

    let before = keys(home, "blue");
    let expected =
        format!("endpoint={endpoint_of_blue}/;accesskey={}", before["keys"][1]["key"].as_str().unwrap());
    assert_eq!(before["keys"][1]["connection_string"], expected);
    let table = home.done(&["key", "list", "--resource", "blue"]);
    for words in ["primary", "secondary", "generation", &expected] {
        assert!(table.contains(words), "{table}");
    }
    let regenerated = home.run(&["key", "regenerate", "secondary", "--resource", "blue", "-y"]);
    assert_eq!((regenerated.code, regenerated.stdout.as_str()), (Some(0), ""), "{}", regenerated.stderr);
    let after = keys(home, "blue");
    assert_eq!(after["keys"][0], before["keys"][0]);
    assert_ne!(after["keys"][1]["key"], before["keys"][1]["key"]);
    assert_eq!(after["keys"][1]["generation"], 1);
    for secret in [&before, &after] {
        assert!(!regenerated.stderr.contains(secret["keys"][1]["key"].as_str().unwrap()));
    }

    assert!(home.refused(&["resource", "create", "blue"]).contains("there is a resource blue already"));
    assert!(home.refused(&["resource", "delete", "red", "--yes"]).contains("there is default, blue"));
    home.done(&["resource", "delete", "blue", "-y"]);
    assert_eq!(names(home), ["default"]);
    assert!(home.refused(&["resource", "delete", "default", "--yes"]).contains("last resource"));
}

#[test]
fn resources_and_keys_are_administered_on_a_stopped_folder() {
    resources_and_keys_are_administered(&Home::with_data(), "https://blue.localhost:8443");
}

#[test]
fn resources_and_keys_are_administered_through_a_running_server() {
    let home = Home::new();
    let server = Server::start(&home);
    let port = server.address("https").trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    resources_and_keys_are_administered(&home, &format!("https://blue.localhost:{port}"));
    assert!(server.stop().success());
    assert_eq!(names(&home), ["default"]);
}

#[test]
fn a_resource_with_a_port_of_its_own_is_reached_there() {
    let home = Home::with_data();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.done(&["resource", "create", "blue", "--port", &port.to_string()]);
    assert_eq!(home.json(&["resource", "show", "blue"])["endpoint"], format!("https://localhost:{port}"));
    let refused = home.refused(&["resource", "create", "red", "--port", &port.to_string()]);
    assert!(refused.contains("belongs to the resource blue"), "{refused}");
    assert!(home.refused(&["resource", "create", "red", "--port", "8443"]).contains("the server itself"));
}

#[test]
fn a_change_that_cannot_be_undone_is_not_made_unasked() {
    let home = Home::with_data();
    let before = keys(&home, "default");
    let refused = home.refused(&["key", "regenerate", "primary"]);
    assert!(
        refused.contains("revoked") && refused.contains("callsign key regenerate primary --yes"),
        "{refused}"
    );
    let refused = home.refused(&["resource", "delete", "default"]);
    assert!(refused.contains("callsign resource delete default --yes"), "{refused}");
    assert_eq!(keys(&home, "default"), before);
}

#[test]
fn keys_outlive_the_server_and_a_crash_of_it() {
    let home = Home::new();
    let server = Server::start(&home);
    let before = keys(&home, "default")["keys"][0]["key"].clone();
    server.kill();
    assert_eq!(keys(&home, "default")["keys"][0]["key"], before);
    let again = Server::start(&home);
    assert_eq!(keys(&home, "default")["keys"][0]["key"], before);
    assert!(again.stop().success());
    assert!(!home.data_dir().join("admin.sock").exists());
}

#[test]
fn asking_a_folder_that_is_not_there_makes_none() {
    let home = Home::new();
    for arguments in [&["resource", "list"][..], &["key", "list"], &["env"], &["doctor", "request"]] {
        let refused = home.refused(arguments);
        assert!(refused.contains("run callsign serve"), "{refused}");
    }
    assert!(!home.data_dir().exists());
    home.done(&["resource", "create", "blue"]);
    assert!(names(&home).contains(&"blue".to_owned()));
}

#[test]
fn nothing_in_the_folder_is_open_to_others_and_no_key_is_in_the_database() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new();
    let server = Server::start(&home);
    let mode = |name: &str| {
        let about = std::fs::metadata(home.data_dir().join(name)).unwrap();
        about.permissions().mode() & 0o777
    };
    assert_eq!((mode("."), mode("key-encryption-key"), mode("admin.sock")), (0o700, 0o600, 0o600));
    let key = keys(&home, "default")["keys"][0]["key"].as_str().unwrap().to_owned();
    assert!(server.stop().success());
    let database = std::fs::read(home.data_dir().join("callsign.db")).unwrap();
    assert!(!database.windows(key.len()).any(|window| window == key.as_bytes()));
}
