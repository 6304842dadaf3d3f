//! Wrong names, taken ports, damaged and foreign folders: exit code 1 and a sentence that says how to go on.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use crate::binary::Home;
use crate::server::Server;

const SERVE: [&str; 7] =
    ["serve", "--https", "127.0.0.1:0", "--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];

#[test]
fn a_wrong_name_port_host_or_location_is_refused_and_nothing_is_made_of_it() {
    let home = Home::with_data();
    for (arguments, words) in [
        (&["Blue"][..], "lower-case letters"),
        (&["a.b"], "lower-case letters"),
        (&["identities"], "choose another"),
        (&["blue", "--port", "0"], "1 to 65535"),
        (&["blue", "--data-location", "mars"], "europe"),
        (&["blue", "--host", "https://example.com/"], "without scheme"),
    ] {
        let refused = home.refused(&[&["resource", "create"], arguments].concat());
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(home.json(&["resource", "list"]).as_array().unwrap().len(), 1);
    assert!(home.refused(&["resource", "show", "red"]).contains("there is default"));
}

#[test]
fn a_wrong_setting_is_refused_before_anything_is_made() {
    let home = Home::new();
    for (arguments, words) in [
        (&["serve", "--https", "localhost:8443"][..], "--https"),
        (&["serve", "--limits", "aws"], "--limits"),
        (&["serve", "--date-window-minutes", "90"], "--date-window-minutes"),
        (&["serve", "--http", "0.0.0.0:8080"], "allow_remote_http"),
        (&["serve", "--tls-certificate", "missing.pem"], "missing.pem"),
        (&["resource", "list", "--config", "missing.toml"], "missing.toml"),
    ] {
        let refused = home.refused(arguments);
        assert!(refused.contains(words), "{refused}");
    }
    assert!(!home.data_dir().exists());
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let first = Server::start(&home);
    let refused = home.refused(&SERVE);
    assert!(refused.contains("another callsign runs on") && refused.contains("--data-dir"), "{refused}");
    assert!(refused.contains(home.data_dir().to_str().unwrap()), "{refused}");
    home.done(&["resource", "list"]);
    assert!(first.stop().success());
}

#[test]
fn a_port_that_is_in_use_is_named_with_the_flag_that_chooses_another() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, other) in [("--https", "--http"), ("--http", "--https")] {
        let refused = home.refused(&["serve", flag, &address, other, "127.0.0.1:0"]);
        assert!(refused.contains(&address) && refused.contains(flag), "{refused}");
    }
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let home = Home::with_data();
    let database = home.data_dir().join("callsign.db");
    let damaged = vec![b'x'; 8192];
    fs::write(&database, &damaged).unwrap();
    for arguments in [&SERVE[..], &["resource", "list"]] {
        let refused = home.refused(arguments);
        assert!(refused.contains("callsign.db") && refused.contains("restore"), "{refused}");
    }
    assert_eq!(fs::read(&database).unwrap(), damaged);
}

#[test]
fn the_database_of_another_program_is_refused_and_left_as_it_is() {
    let home = Home::with_data();
    let database = home.data_dir().join("callsign.db");
    let mut foreign = fs::read(&database).unwrap();
    // The application id, at offset 68 of the header (sqlite.org/fileformat2.html §1.3).
    foreign[68..72].copy_from_slice(b"GPKG");
    fs::write(&database, &foreign).unwrap();
    let refused = home.refused(&SERVE);
    assert!(refused.contains("another program"), "{refused}");
    assert_eq!(fs::read(&database).unwrap(), foreign);
}

#[test]
fn a_lost_key_encryption_key_is_refused_with_what_is_lost_and_never_replaced() {
    let home = Home::with_data();
    let key = home.data_dir().join("key-encryption-key");
    fs::remove_file(&key).unwrap();
    for arguments in [&SERVE[..], &["key", "list"]] {
        let refused = home.refused(arguments);
        for words in ["access keys", "signing key", "restore it from a backup", "empty folder"] {
            assert!(refused.contains(words), "{refused}");
        }
    }
    assert!(!key.exists());
}

#[test]
fn another_key_encryption_key_is_refused_and_never_printed() {
    let (home, other) = (Home::with_data(), Home::with_data());
    let key = fs::read_to_string(other.data_dir().join("key-encryption-key")).unwrap();
    fs::write(home.data_dir().join("key-encryption-key"), &key).unwrap();
    let refused = home.refused(&SERVE);
    assert!(refused.contains("key-encryption") && !refused.contains(key.trim()), "{refused}");
    let configured = home.command(&SERVE).env("CALLSIGN_KEY_ENCRYPTION_KEY", "c2hvcnQ=").output().unwrap();
    let refused = crate::binary::ended(configured).refusal();
    assert!(refused.contains("base64 of 32 bytes") && !refused.contains("c2hvcnQ="), "{refused}");
}

#[test]
fn a_key_that_others_may_read_is_refused_with_the_remedy() {
    let home = Home::with_data();
    let key = home.data_dir().join("key-encryption-key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = home.refused(&SERVE);
    assert!(refused.contains(&format!("chmod 600 {}", key.display())), "{refused}");
}

#[test]
fn a_file_in_place_of_the_folder_is_refused() {
    let home = Home::new();
    fs::write(home.data_dir(), "").unwrap();
    let refused = home.refused(&SERVE);
    assert!(refused.contains("--data-dir"), "{refused}");
}

#[test]
fn a_server_whose_database_is_taken_away_ends_rather_than_write_where_nobody_looks() {
    let home = Home::new();
    let server = Server::start(&home);
    fs::remove_dir_all(home.data_dir()).unwrap();
    assert_eq!(server.ended().code(), Some(1));
}

#[test]
fn a_host_that_leads_elsewhere_already_is_refused() {
    let home = Home::with_data();
    home.done(&["resource", "create", "blue", "--host", "chat.blue.example"]);
    for host in [
        "localhost",
        "127.0.0.1",
        "::1",
        "default.localhost",
        "default.example.com",
        "chat.blue.example",
        "blue.example",
    ] {
        home.refused(&["resource", "create", "red", "--host", host]);
    }
    home.done(&["resource", "create", "red", "--host", "chat.red.example"]);
}
