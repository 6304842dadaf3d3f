//! What is answered where the library is not there or is another.

use std::path::{Path, PathBuf};

use callsign_multibuffer::{Engine, Unavailable};

use crate::cpu_is_able;

/// Why there is no engine; nothing where the CPU is the first reason.
fn unavailable(library: &Path) -> Option<Unavailable> {
    let unavailable = Engine::load(Some(library)).unwrap_err();
    if cpu_is_able() {
        return Some(unavailable);
    }
    println!("not tested: no AVX-512 IFMA");
    assert!(matches!(unavailable, Unavailable::Cpu { .. }), "{unavailable}");
    None
}

/// A library that is surely there, of which this process has mapped the file.
fn library_of_c() -> PathBuf {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let path = maps.split_whitespace().find(|word| word.ends_with("/libc.so.6"));
    PathBuf::from(path.unwrap())
}

#[test]
fn a_library_that_is_not_there_is_said_to_be_missing() {
    let Some(unavailable) = unavailable(Path::new("no/such/libcrypto_mb.so")) else { return };
    let sentence = unavailable.to_string();
    assert!(matches!(unavailable, Unavailable::Library { .. }), "{sentence}");
    assert!(sentence.contains("no/such/libcrypto_mb.so: there is no such file"), "{sentence}");
}

#[test]
fn a_file_that_is_no_library_is_refused_with_what_the_system_says() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("empty.so", ""), ("text.so", "this is no library"), ("magic.so", "\x7fELF")] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let Some(unavailable) = unavailable(&path) else { return };
        let sentence = unavailable.to_string();
        assert!(matches!(unavailable, Unavailable::Library { .. }), "{sentence}");
        assert!(sentence.contains(name), "{sentence}");
    }
}

#[test]
fn a_folder_is_no_library() {
    let folder = tempfile::tempdir().unwrap();
    let Some(unavailable) = unavailable(folder.path()) else { return };
    assert!(matches!(unavailable, Unavailable::Library { .. }), "{unavailable}");
}

#[test]
fn a_broken_runtime_beside_it_is_no_worse_than_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("libimf.so"), "this is no library").unwrap();
    let path = folder.path().join("libcrypto_mb.so");
    std::fs::copy(library_of_c(), &path).unwrap();
    // It is the library of C under another name: the function that is looked for first is not in it.
    let Some(unavailable) = unavailable(&path) else { return };
    assert!(matches!(unavailable, Unavailable::Symbol { .. } | Unavailable::Library { .. }), "{unavailable}");
}

#[test]
fn a_library_without_the_functions_is_refused_by_the_first_that_is_missing() {
    let Some(unavailable) = unavailable(&library_of_c()) else { return };
    assert_eq!(unavailable, Unavailable::Symbol { name: "mbx_getversion" });
}

#[test]
fn each_reason_says_what_to_do() {
    for path in ["no/such/libcrypto_mb.so", "Cargo.toml"] {
        let sentence = Engine::load(Some(Path::new(path))).unwrap_err().to_string();
        assert!(sentence.contains("; install ") || sentence.contains("; run on "), "{sentence}");
    }
}

#[test]
fn without_a_path_the_system_is_asked() {
    // A machine may have the library: then it must pass its self-test.
    match Engine::load(None) {
        Ok(engine) => assert!(!engine.is_off()),
        Err(Unavailable::Cpu { .. }) => assert!(!cpu_is_able()),
        Err(Unavailable::Library { reason }) => assert!(reason.contains("libcrypto_mb.so"), "{reason}"),
        Err(other) => panic!("{other}"),
    }
}
