//! Tests of the list on small crates of their own.

use super::listing;

/// The list of a crate `sample` made of these files, without the name of the crate.
fn list(files: &[(&str, &str)]) -> Vec<String> {
    let sources = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let lines = listing::of("sample", &sources).unwrap();
    lines.iter().map(|line| line.strip_prefix("sample::").unwrap().to_owned()).collect()
}

fn lib(text: &str) -> Vec<String> {
    list(&[("lib.rs", text)])
}

#[test]
fn an_item_of_a_private_module_is_listed_where_it_is_handed_on() {
    let lines = list(&[
        (
            "lib.rs",
            "mod inner;\npub mod outer;\npub use inner::{One, Two as Second, deep};\nuse inner::Three;",
        ),
        (
            "inner.rs",
            "pub mod deep;\npub struct One;\npub struct Two { pub a: u8, b: u8 }\npub struct Three;\nimpl Two { pub fn a(&self) -> u8 { self.a } fn b() {} pub(crate) fn c() {} }",
        ),
        ("inner/deep.rs", "pub const DEPTH: usize = 2;"),
        ("outer.rs", "pub use crate::inner::One;\npub use super::inner::deep::*;\npub(crate) struct Own;"),
    ]);
    assert_eq!(
        lines,
        [
            "One: struct One",
            "Second: struct Second (has private fields)",
            "Second::a: field: u8",
            "Second::a: fn a(&self) -> u8",
            "deep: mod",
            "deep::DEPTH: const DEPTH: usize",
            "outer: mod",
            "outer::DEPTH: pub use sample::deep::DEPTH",
            "outer::One: pub use sample::One",
        ]
    );
}

#[test]
fn a_name_may_be_that_of_its_module() {
    let lines = list(&[
        ("lib.rs", "mod clock;\nmod again;\npub use clock::clock;\npub use again::*;"),
        ("clock.rs", "pub fn clock() {}"),
        ("again.rs", "pub use super::*;\npub fn here() {}"),
    ]);
    assert_eq!(lines, ["clock: fn clock()", "here: fn here()"]);
}

#[test]
fn generics_are_listed_as_they_are_written() {
    let lines = lib("
        pub struct Pair<A: Clone, B = u8>(pub A, B) where B: Copy;
        impl<A: Clone> Pair<A, u8> { pub const ZERO: u8 = 0; pub async fn get<T>(&self, mut t: T) -> Option<&A> where T: Into<A> { None } }
        impl<A: Clone, B> Drop for Pair<A, B> where B: Copy { fn drop(&mut self) {} }
        pub type Alias<T> = Pair<Vec<T>>;
        pub trait Shape<T>: Send + Sync { type Out: Clone; const N: usize = 1; fn area(&self) -> T; fn twice(&self) {} }
        impl<F, T> Shape<T> for F where F: Fn() -> T { }
    ");
    assert_eq!(
        lines,
        [
            "Alias: type Alias<T> = Pair<Vec<T>>",
            "Pair: impl<A: Clone, B> Drop for Pair<A, B> where B: Copy",
            "Pair: struct Pair<A: Clone, B = u8>(A, _) where B: Copy",
            "Pair::ZERO: const ZERO: u8 (in impl<A: Clone> Pair<A, u8>)",
            "Pair::get: async fn get<T>(&self, t: T) -> Option<&A> where T: Into<A> (in impl<A: Clone> Pair<A, u8>)",
            "Shape: impl<F, T> Shape<T> for F where F: Fn() -> T",
            "Shape: trait Shape<T>: Send + Sync",
            "Shape::N: const N: usize (provided)",
            "Shape::Out: type Out: Clone",
            "Shape::area: fn area(&self) -> T",
            "Shape::twice: fn twice(&self) (provided)",
        ]
    );
}

#[test]
fn what_a_feature_opens_says_so() {
    let lines = list(&[
        (
            "lib.rs",
            "#[cfg(feature = \"mock\")]\npub mod mock;\nmod plain;\n#[cfg(feature = \"more\")]\npub use plain::Extra;\npub use plain::Always;",
        ),
        (
            "mock.rs",
            "pub struct Mock;\nimpl Mock { pub fn new() -> Self { Self } }\nimpl From<Mock> for crate::Always { }",
        ),
        (
            "plain.rs",
            "pub fn f() {}\npub struct Extra;\npub struct Always;\n#[cfg(unix)]\nimpl Always { pub fn on_unix() {} }",
        ),
    ]);
    assert_eq!(
        lines,
        [
            "Always: #[cfg(feature = \"mock\")] impl From<Mock> for crate::Always",
            "Always: struct Always",
            "Always::on_unix: #[cfg(unix)] fn on_unix()",
            "Extra: #[cfg(feature = \"more\")] struct Extra",
            "mock: #[cfg(feature = \"mock\")] mod",
            "mock::Mock: #[cfg(feature = \"mock\")] struct Mock",
            "mock::Mock::new: #[cfg(feature = \"mock\")] fn new() -> Self",
        ]
    );
}

#[test]
fn hidden_things_and_tests_are_left_out() {
    let lines = lib("
        #[doc(hidden)] pub mod hidden { pub struct Hidden; }
        #[cfg(test)] pub mod tests { pub struct Tested; }
        #[cfg(all(test, unix))] pub fn tested() {}
        pub struct Shown { #[doc(hidden)] pub a: u8, pub b: u8 }
        impl Shown { #[doc(hidden)] pub fn a() {} #[cfg(test)] pub fn b() {} }
    ");
    assert_eq!(lines, ["Shown: struct Shown (has private fields)", "Shown::b: field: u8"]);
}

#[test]
fn enums_tell_their_variants_and_that_they_may_grow() {
    let lines = lib("
        /// Docs.
        #[derive(Debug, thiserror::Error, Clone)]
        #[non_exhaustive]
        pub enum Fault {
            /// Docs.
            #[error(\"x\")]
            Io(#[from] std::io::Error),
            #[non_exhaustive]
            Named { /* why */ a: u8, b: Vec<u8> },
            #[cfg(feature = \"more\")]
            More = 3,
        }
    ");
    assert_eq!(
        lines,
        [
            "Fault: #[non_exhaustive] enum Fault",
            "Fault: derive: Clone, Debug, thiserror::Error",
            "Fault::Io: variant Io(#[from] std::io::Error)",
            "Fault::More: #[cfg(feature = \"more\")] variant More = 3",
            "Fault::Named: #[non_exhaustive] variant Named { a: u8, b: Vec<u8> }",
        ]
    );
}

#[test]
fn impls_are_listed_only_for_what_can_be_named() {
    let lines = lib("
        mod inner { pub struct Private; pub trait Sealed {} impl Sealed for super::Shown {} }
        pub struct Shown;
        impl From<inner::Private> for Shown { }
        impl From<Shown> for std::io::Error { }
        impl std::fmt::Display for inner::Private { }
        impl std::fmt::Display for &Shown { }
    ");
    assert_eq!(
        lines,
        [
            "Shown: impl From<Shown> for std::io::Error",
            "Shown: impl std::fmt::Display for &Shown",
            "Shown: struct Shown",
        ]
    );
}

#[test]
fn what_is_handed_on_from_elsewhere_is_named() {
    assert_eq!(
        lib("pub use azure_core::{Error as AzureError, http::*};\npub use ::std::fmt;"),
        ["*: pub use azure_core::http::*", "AzureError: pub use azure_core::Error", "fmt: pub use std::fmt",]
    );
}

#[test]
fn a_file_that_is_missing_is_named() {
    let sources = [("lib.rs".to_owned(), "pub mod gone;".to_owned())].into();
    let fault = listing::of("sample", &sources).unwrap_err();
    assert_eq!(fault.to_string(), "src/gone.rs is not there");
}
