//! What a token's bearer may do.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use callsign_protocol::scope::Scope;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A scope of an access token.
///
/// The service's list is open: a word that this crate does not know is [`Other`](Self::Other) and sent as it is. Make one
/// from text with `from` or `parse`, which find the known ones.
///
/// ```
/// use callsign_client::TokenScope;
///
/// assert_eq!(TokenScope::from("voip"), TokenScope::Voip);
/// assert_eq!(TokenScope::from("fax").to_string(), "fax");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenScope {
    /// `chat`: all of chat.
    Chat,
    /// `voip`: all of calling.
    Voip,
    /// `chat.join`: chat without creating, updating or deleting threads. Since `2023-10-01`.
    ChatJoin,
    /// `chat.join.limited`: as `chat.join`, without adding or removing participants. Since `2023-10-01`.
    ChatJoinLimited,
    /// `voip.join`: calling without starting calls. Since `2023-10-01`.
    VoipJoin,
    /// A word that this crate does not know.
    Other(String),
}

impl TokenScope {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Chat => Scope::Chat.as_str(),
            Self::Voip => Scope::Voip.as_str(),
            Self::ChatJoin => Scope::ChatJoin.as_str(),
            Self::ChatJoinLimited => Scope::ChatJoinLimited.as_str(),
            Self::VoipJoin => Scope::VoipJoin.as_str(),
            Self::Other(word) => word,
        }
    }
}

impl From<Scope> for TokenScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Chat => Self::Chat,
            Scope::Voip => Self::Voip,
            Scope::ChatJoin => Self::ChatJoin,
            Scope::ChatJoinLimited => Self::ChatJoinLimited,
            Scope::VoipJoin => Self::VoipJoin,
        }
    }
}

impl From<&str> for TokenScope {
    fn from(word: &str) -> Self {
        word.parse::<Scope>().map_or_else(|_| Self::Other(word.to_owned()), Self::from)
    }
}

impl From<String> for TokenScope {
    fn from(word: String) -> Self {
        word.parse::<Scope>().map_or(Self::Other(word), Self::from)
    }
}

impl FromStr for TokenScope {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self::from(word))
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for TokenScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TokenScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_word_reads_back_as_itself() {
        for scope in Scope::ALL {
            let read = TokenScope::from(scope.as_str());
            assert!(!matches!(read, TokenScope::Other(_)), "{scope}");
            assert_eq!(read.as_str(), scope.as_str());
        }
    }
}
