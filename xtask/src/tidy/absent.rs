//! What the code does without: home-made macros, global state, `unsafe`, silenced lints, ignored and sleeping tests.

use super::tree::{File, Lexeme, Rust, Tree};
use super::violation::Violation;

/// Types that make a `static` global state.
const CELLS: [&str; 13] = [
    "OnceLock",
    "LazyLock",
    "OnceCell",
    "LazyCell",
    "Lazy",
    "Mutex",
    "RwLock",
    "RefCell",
    "Cell",
    "UnsafeCell",
    "ArcSwap",
    "ArcSwapOption",
    "AtomicPtr",
];

/// The rooms in which `unsafe` is allowed: it wraps foreign functions and nothing else.
const UNSAFE_ROOM: &str = "crates/multibuffer/";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let checks = [macros, unsafe_code, global_state, silenced_lints, ignored_tests, sleeping_tests];
    tree.rust_files()
        .flat_map(|(file, rust)| checks.iter().flat_map(move |check| check(file, rust)))
        .collect()
}

fn macros(file: &File, rust: &Rust) -> Vec<Violation> {
    rust.lines_of(&["macro_rules", "!"])
        .filter(|line| !file.is_test_line(*line))
        .map(|line| {
            Violation::new(
                &file.path,
                line,
                "A home-made macro.",
                "write a function, a trait or the code itself",
            )
        })
        .collect()
}

fn unsafe_code(file: &File, rust: &Rust) -> Vec<Violation> {
    if file.path.starts_with(UNSAFE_ROOM) {
        return Vec::new();
    }
    rust.lines_of(&["unsafe"])
        .map(|line| {
            Violation::new(
                &file.path,
                line,
                "`unsafe` outside its room.",
                "only crates/multibuffer may hold it",
            )
        })
        .collect()
}

fn global_state(file: &File, rust: &Rust) -> Vec<Violation> {
    if !file.is_crate_source() {
        return Vec::new();
    }
    let lazy = rust.lines_of(&["lazy_static", "!"]).map(|line| (line, "lazy_static".to_owned()));
    let statics = rust.lexemes.windows(3).enumerate().filter_map(|(at, window)| {
        let [before, keyword, name] = window else {
            return None;
        };
        // `'static` is two lexemes, a quote and the word.
        (keyword.text == "static" && before.text != "'").then_some(())?;
        let kind = if name.text == "mut" { "static mut" } else { cell_in(rust.lexemes.get(at + 2..)?)? };
        Some((keyword.line, kind.to_owned()))
    });
    lazy.chain(statics)
        .filter(|(line, _)| !file.is_test_line(*line))
        .map(|(line, kind)| {
            let sentence = format!("Global state: `{kind}`.");
            Violation::new(&file.path, line, sentence, "make it in compose.rs and hand it down")
        })
        .collect()
}

/// The cell in the type of a `static`, which ends at its `=`.
fn cell_in(declaration: &[Lexeme]) -> Option<&str> {
    declaration
        .iter()
        .take_while(|lexeme| lexeme.text != "=" && lexeme.text != ";")
        .map(|lexeme| lexeme.text.as_str())
        .find(|word| CELLS.contains(word) || word.starts_with("Atomic"))
}

fn silenced_lints(file: &File, rust: &Rust) -> Vec<Violation> {
    if !file.is_crate_source() {
        return Vec::new();
    }
    rust.lines_of(&["#", "[", "allow", "("])
        .chain(rust.lines_of(&["#", "!", "[", "allow", "("]))
        .map(|line| {
            Violation::new(
                &file.path,
                line,
                "A silenced lint.",
                "mend the cause, or `#[expect(…, reason = …)]`",
            )
        })
        .collect()
}

fn ignored_tests(file: &File, rust: &Rust) -> Vec<Violation> {
    rust.lines_of(&["#", "[", "ignore"])
        .map(|line| {
            Violation::new(&file.path, line, "An ignored test.", "make it pass, or make it a chore of xtask")
        })
        .collect()
}

fn sleeping_tests(file: &File, rust: &Rust) -> Vec<Violation> {
    rust.lines_of(&["thread", ":", ":", "sleep"])
        .chain(rust.lines_of(&["time", ":", ":", "sleep"]))
        .chain(rust.lines_of(&["time", ":", ":", "sleep_until"]))
        .filter(|line| file.is_test_line(*line))
        .map(|line| {
            Violation::new(&file.path, line, "A test that sleeps.", "wait for the event, or move the clock")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::violation::found;

    fn fires(path: &str, text: &str) -> Vec<String> {
        found(&check(&Tree::fake(&[(path, text)])))
    }

    #[test]
    fn a_macro_is_refused_outside_tests() {
        let text = "//! B.\nmacro_rules! m { () => {} }\n";
        assert_eq!(fires("crates/a/src/b.rs", text), ["crates/a/src/b.rs:2: A home-made macro."]);
        assert_eq!(fires("crates/a/tests/it/b.rs", text), [""; 0]);
    }

    #[test]
    fn unsafe_stays_in_its_room() {
        let text = "//! B.\nfn f() { unsafe { g() } }\n";
        assert_eq!(fires("crates/a/src/b.rs", text), ["crates/a/src/b.rs:2: `unsafe` outside its room."]);
        assert_eq!(fires("crates/multibuffer/src/b.rs", text), [""; 0]);
        assert_eq!(
            fires("crates/a/src/b.rs", "//! unsafe\n#![forbid(unsafe_code)]\nconst A: &str = \"unsafe\";\n"),
            [""; 0]
        );
    }

    #[test]
    fn global_state_is_refused() {
        for line in [
            "static mut A: u8 = 0;",
            "static A: OnceLock<u8> = OnceLock::new();",
            "static A: std::sync::Mutex<u8> = Mutex::new(0);",
            "static A: AtomicU64 = AtomicU64::new(0);",
            "lazy_static! { static ref A: u8 = 0; }",
            "thread_local! { static A: RefCell<u8> = RefCell::new(0); }",
            "fn f() { static A: LazyLock<u8> = LazyLock::new(|| 0); }",
        ] {
            assert_eq!(fires("crates/a/src/b.rs", &format!("//! B.\n{line}\n")).len(), 1, "{line}");
            assert_eq!(fires("crates/a/tests/it/b.rs", &format!("//! B.\n{line}\n")), [""; 0], "{line}");
        }
        for line in [
            "static A: &str = \"OnceLock\";",
            "fn f(a: &'static Mutex<u8>) {}",
            "fn f<T: 'static>(cell: OnceLock<T>) {}",
        ] {
            assert_eq!(fires("crates/a/src/b.rs", &format!("//! B.\n{line}\n")), [""; 0], "{line}");
        }
    }

    #[test]
    fn a_lint_is_expected_never_allowed() {
        assert_eq!(
            fires("crates/a/src/b.rs", "//! B.\n#[allow(dead_code)]\nfn f() {}\n"),
            ["crates/a/src/b.rs:2: A silenced lint."]
        );
        assert_eq!(
            fires("crates/a/src/b.rs", "//! B.\n#[expect(dead_code, reason = \"r\")]\nfn f() {}\n"),
            [""; 0]
        );
    }

    #[test]
    fn a_test_is_never_ignored() {
        for attribute in ["#[ignore]", "#[ignore = \"slow\"]"] {
            let text = format!("//! B.\n#[test]\n{attribute}\nfn f() {{}}\n");
            assert_eq!(
                fires("crates/a/tests/it/b.rs", &text),
                ["crates/a/tests/it/b.rs:3: An ignored test."]
            );
        }
    }

    #[test]
    fn a_test_never_sleeps() {
        let text = "//! B.\nfn f() { tokio::time::sleep(d).await; }\n#[cfg(test)]\nmod tests {\n    fn g() { std::thread::sleep(d); }\n}\n";
        assert_eq!(fires("crates/a/src/b.rs", text), ["crates/a/src/b.rs:5: A test that sleeps."]);
        assert_eq!(fires("crates/a/tests/it/b.rs", text).len(), 2);
    }
}
