//! Another key-encryption key: everything goes on, and a crash at any point leaves a folder that starts.

use std::fs;
use std::path::Path;

use callsign_core::entropy::SeededEntropy;
use callsign_core::wrapping::fresh_key_text;
use callsign_server::Server;
use callsign_server::admin::{Rekeying, Reply, Request};
use callsign_server::config::Config;

use crate::administration::ask;
use crate::harness::{House, audited};

const KEY: &str = "key-encryption-key";
const NEXT: &str = "key-encryption-key.next";

fn rekey(folder: &Path, new_key_file: Option<&Path>) -> Rekeying {
    let request = Request::Rekey { new_key_file: new_key_file.map(Path::to_owned) };
    match ask(folder, request).unwrap().reply {
        Reply::Rekeyed(done) => done,
        other => panic!("{other:?}"),
    }
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

/// Writes a key as the server does, for its owner alone.
fn put(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(folder.join(name), text).unwrap();
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
}

fn some_key(seed: u64) -> String {
    fresh_key_text(&SeededEntropy::new(seed)).unwrap().to_string()
}

fn refused(folder: &Path) -> String {
    Server::start(&Config::ephemeral(folder)).unwrap_err().to_string()
}

/// A house with a token, and what its key file held before and after a rekey.
fn rekeyed() -> (House, String, [String; 2]) {
    let house = House::new();
    let token = house.token(&house.create());
    let before = read(house.folder.path(), KEY);
    let done = rekey(house.folder.path(), None);
    assert_eq!((done.access_keys, done.signing_keys, done.is_configured), (2, 2, false));
    let after = read(house.folder.path(), KEY);
    assert_ne!(before, after);
    (house, token, [before, after])
}

fn works(house: &House, token: &str) {
    assert_eq!(house.introspect(token)["active"], true);
    assert_eq!(house.introspect(&house.token(&house.create()))["active"], true);
    assert!(!house.folder.path().join(NEXT).exists());
}

#[test]
fn everything_goes_on_under_the_new_key_and_the_old_one_opens_nothing() {
    let (house, token, [before, after]) = rekeyed();
    works(&house, &token);
    house.resource_named("contoso", &[]);
    assert_eq!(rekey(house.folder.path(), None).access_keys, 4);
    assert_eq!(audited(&house, "rewrap_keys").len(), 2);
    let folder = house.stopped();
    for old in [before, after] {
        let present = read(folder.path(), KEY);
        put(folder.path(), KEY, &old);
        let sentence = refused(folder.path());
        assert!(sentence.contains("after callsign key rekey that is the new one"), "{sentence}");
        assert_eq!(read(folder.path(), KEY), old);
        put(folder.path(), KEY, &present);
    }
    works(&House::on(folder), &token);
}

#[test]
fn a_crash_before_the_keys_were_wrapped_anew_leaves_the_old_key() {
    let house = House::new();
    let token = house.token(&house.create());
    let folder = house.stopped();
    let kept = read(folder.path(), KEY);
    for next in [some_key(7).as_str(), "half of a ke", ""] {
        put(folder.path(), NEXT, next);
        assert!(matches!(
            ask(folder.path(), Request::ResourceList {}).unwrap().reply,
            Reply::Resources { .. }
        ));
        assert_eq!(read(folder.path(), KEY), kept);
        assert!(!folder.path().join(NEXT).exists());
    }
    works(&House::on(folder), &token);
}

#[test]
fn a_crash_after_the_keys_were_wrapped_anew_leaves_the_new_key() {
    let (house, token, [before, after]) = rekeyed();
    let folder = house.stopped();
    put(folder.path(), NEXT, &after);
    put(folder.path(), KEY, &before);
    let house = House::on(folder);
    assert_eq!(read(house.folder.path(), KEY), after);
    works(&house, &token);
}

#[test]
fn where_neither_key_is_the_right_one_both_are_left_alone() {
    let (house, token, [_, after]) = rekeyed();
    let folder = house.stopped();
    for next in [some_key(8).as_str(), "no key"] {
        put(folder.path(), KEY, &some_key(7));
        put(folder.path(), NEXT, next);
        let sentence = refused(folder.path());
        assert!(sentence.contains("is not the one that wrapped"), "{sentence}");
        assert_eq!((read(folder.path(), KEY), read(folder.path(), NEXT).as_str()), (some_key(7), next));
    }
    put(folder.path(), KEY, &after);
    works(&House::on(folder), &token);
}

#[test]
fn a_configured_key_is_followed_by_one_in_a_file_that_is_configured_next() {
    let with = |text: &str| {
        let text = text.to_owned();
        move |config: &mut Config| config.key_encryption_key = Some(text.trim().to_owned().into())
    };
    let configured = some_key(3);
    let house = House::with(with(&configured));
    let token = house.token(&house.create());
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("next-key.txt");
    let ask = |file: Option<&Path>| {
        ask(house.folder.path(), Request::Rekey { new_key_file: file.map(Path::to_owned) })
    };
    let sentence = ask(None).unwrap_err().to_string();
    assert!(sentence.contains("--new-key-file FILE"), "{sentence}");
    put(elsewhere.path(), "next-key.txt", "no key");
    let sentence = ask(Some(&file)).unwrap_err().to_string();
    assert!(sentence.contains("name a file that is not there yet"), "{sentence}");
    put(elsewhere.path(), "next-key.txt", &configured);
    let sentence = ask(Some(&file)).unwrap_err().to_string();
    assert!(sentence.contains("under the key in") && sentence.contains("already"), "{sentence}");
    fs::remove_file(&file).unwrap();

    let done = rekey(house.folder.path(), Some(&file));
    assert_eq!((done.key_file.as_str(), done.is_configured), (file.to_str().unwrap(), true));
    works(&house, &token);
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(!house.folder.path().join(KEY).exists());
    // Repeated after an answer that was lost, it does no harm.
    assert!(ask(Some(&file)).unwrap_err().to_string().contains("already"));

    let folder = house.stopped();
    let start = |text: &str| {
        let mut config = Config::ephemeral(folder.path());
        with(text)(&mut config);
        Server::start(&config)
    };
    assert!(start(&configured).unwrap_err().to_string().contains("that is the new one"));
    let server = start(&read(elsewhere.path(), "next-key.txt")).unwrap();
    assert!(server.ready().http.is_some());
}

#[test]
fn a_key_in_the_folder_is_followed_in_the_folder() {
    let house = House::new();
    let file = house.folder.path().join("elsewhere");
    let request = Request::Rekey { new_key_file: Some(file.clone()) };
    let sentence = ask(house.folder.path(), request).unwrap_err().to_string();
    assert!(sentence.contains("leave out --new-key-file"), "{sentence}");
    assert!(!file.exists());
}
