//! What the table of settings says of each one.

use super::fault::Complaint;
use super::{Config, settings};

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file: `section.name`, or the name alone for what stands above all sections.
    pub key: &'static str,
    /// Its name in the environment.
    pub environment: &'static str,
    /// Its name on the command line, where it has one.
    pub flag: Option<&'static str>,
    /// How the file writes it.
    pub kind: Kind,
    /// What holds if nobody sets it.
    pub preset: Preset,
    /// What it may be, for people: shape, unit, range.
    pub values: &'static str,
    /// What it is for, in sentences.
    pub doc: &'static str,
    /// How its text becomes a value.
    pub(super) accept: Accept,
    /// What the configuration holds, with secrets masked.
    pub(super) show: fn(&Config) -> String,
}

/// How a setting is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A string; a relative path starts at the folder of the file, elsewhere at the working folder.
    Path,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// An array of strings; separated by commas in the environment and on the command line.
    List,
    /// Never in the file nor on the command line.
    Secret,
}

/// What holds if nobody sets a setting.
#[derive(Clone, Copy, Debug)]
pub enum Preset {
    /// This text.
    Value(&'static str),
    /// The list has no elements.
    Nothing,
    /// Something that depends on the machine, or nothing.
    Described {
        /// What holds, for people.
        words: &'static str,
        /// A value to show in the example file.
        sample: &'static str,
    },
}

/// How the text of a setting becomes a value.
#[derive(Debug)]
pub(super) enum Accept {
    /// Replaces the value.
    One(fn(&mut Config, &str) -> Result<(), Complaint>),
    /// Adds an element to the list.
    Each {
        /// Empties the list.
        clear: fn(&mut Config),
        /// Reads an element and adds it.
        push: fn(&mut Config, &str) -> Result<(), Complaint>,
    },
}

impl Setting {
    /// The section of the file that it stands in; empty above all sections.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// Its name within its section.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    /// The name of the systemd credential that holds it, if it is a secret.
    #[must_use]
    pub fn credential(&self) -> String {
        format!("callsign.{}", self.key.replace(['.', '_'], "-"))
    }

    /// Reads one text into the configuration; of a list, one element.
    pub(super) fn accept(&self, config: &mut Config, text: &str) -> Result<(), Complaint> {
        match &self.accept {
            Accept::One(set) => set(config, text),
            Accept::Each { push, .. } => push(config, text),
        }
    }

    /// Forgets the elements of a list, so that a stronger source replaces it as a whole.
    pub(super) fn clear(&self, config: &mut Config) {
        if let Accept::Each { clear, .. } = &self.accept {
            clear(config);
        }
    }

    /// The setting of that key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Self> {
        settings().find(|setting| setting.key == key)
    }
}
