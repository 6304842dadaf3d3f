//! What was found at one step of the way.

use serde::Serialize;

/// How a step went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Ok,
    Bad,
    /// Not looked at, because a step before went wrong.
    Skipped,
}

impl State {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "BAD",
            Self::Skipped => "-",
        }
    }
}

/// A step, what was found, and what to do about it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) found: String,
    pub(super) remedy: Option<String>,
}

impl Finding {
    pub(super) fn good(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), remedy: None }
    }

    pub(super) fn bad(check: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { check, state: State::Bad, found: found.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn skipped(check: &'static str) -> Self {
        Self { check, state: State::Skipped, found: "not looked at".to_owned(), remedy: None }
    }
}
