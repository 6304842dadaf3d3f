//! A secret on its way to the one who asked for it and may see it.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// A text that may be an access key. It serialises, because showing it is its purpose; `Debug` prints a placeholder, and
/// dropped memory is wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(Zeroizing<String>);

impl Revealed {
    /// Takes the text in.
    #[must_use]
    pub fn new(text: impl Into<Zeroizing<String>>) -> Self {
        Self(text.into())
    }

    /// Lends the text. The name is long so that a reader of the caller notices.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Revealed(…)")
    }
}

impl Serialize for Revealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Revealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revealed_text_reads_back_and_does_not_print() {
        let text = Revealed::new("hunter2".to_owned());
        let line = serde_json::to_string(&text).unwrap();
        assert_eq!(serde_json::from_str::<Revealed>(&line).unwrap(), text);
        assert!(!format!("{:?}", Some(text)).contains("hunter2"));
    }
}
