//! What is wrong with a configuration, and what to do about it.

use std::fmt;

use super::Origin;

/// One thing that is wrong: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the wrong thing stands.
    pub origin: Origin,
    /// The setting it is about, where it is about one.
    pub key: Option<&'static str>,
    /// What is wrong, without a full stop. Never holds a secret.
    pub problem: String,
    /// What to do, without a full stop; it may end in a question mark.
    pub remedy: String,
}

/// Everything that is wrong with a configuration, printed one fault a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

/// What a parser has against a text; it becomes a [`Fault`] where the text's origin is known.
#[derive(Debug)]
pub struct Complaint {
    /// What is wrong, without a full stop. Never holds a secret.
    pub problem: String,
    /// What to do, without a full stop; it may end in a question mark.
    pub remedy: String,
}

impl Complaint {
    pub(super) fn new(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn at(self, origin: &Origin, key: Option<&'static str>) -> Fault {
        Fault { origin: origin.clone(), key, problem: self.problem, remedy: self.remedy }
    }
}

impl Faults {
    /// Ordered from the weakest source to the strongest, and in the file by line.
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|left, right| left.origin.cmp(&right.origin));
        Self(faults)
    }

    /// Each fault, in the order in which they are printed.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.origin)?;
        if let Some(key) = self.key {
            write!(formatter, "{key}: ")?;
        }
        sentences(&self.problem, &self.remedy, formatter)
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentences(&self.problem, &self.remedy, formatter)
    }
}

impl std::error::Error for Complaint {}

fn sentences(problem: &str, remedy: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let stop = if remedy.ends_with('?') { "" } else { "." };
    write!(formatter, "{problem}. {remedy}{stop}")
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
