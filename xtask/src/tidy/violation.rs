//! One broken rule: where, what, and the remedy.

use std::fmt;

/// A broken rule; the order is the order of printing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Violation {
    path: String,
    line: usize,
    sentence: String,
    remedy: &'static str,
}

impl Violation {
    pub(super) fn new(path: &str, line: usize, sentence: impl Into<String>, remedy: &'static str) -> Self {
        Self { path: path.to_owned(), line, sentence: sentence.into(), remedy }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.path, self.line, self.sentence, self.remedy)
    }
}

/// What the unit tests of the checks compare: `path:line: sentence`, without the remedy.
#[cfg(test)]
pub(super) fn found(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|it| format!("{}:{}: {}", it.path, it.line, it.sentence)).collect()
}
