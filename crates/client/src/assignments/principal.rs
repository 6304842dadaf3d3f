//! Whom an assignment is for.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whom an Entra assignment is for.
///
/// The service's list is open: a word that this crate does not know is [`Other`](Self::Other) and sent as it is. Make one
/// from text with `from` or `parse`, which find the known ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntraPrincipalType {
    /// `user`: one user.
    User,
    /// `group`: the members of a group.
    Group,
    /// `tenant`: everybody of a tenant.
    Tenant,
    /// A word that this crate does not know.
    Other(String),
}

/// Whom an assignment of the Teams Phone extension is for. It is as open as [`EntraPrincipalType`].
///
/// ```
/// use callsign_client::TeamsExtensionPrincipalType;
///
/// assert_eq!(TeamsExtensionPrincipalType::from("user"), TeamsExtensionPrincipalType::User);
/// assert_eq!(TeamsExtensionPrincipalType::from("teamsResourceAccount").as_str(), "teamsResourceAccount");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TeamsExtensionPrincipalType {
    /// `resourceAccount`: a resource account, such as that of a call queue.
    ResourceAccount,
    /// `user`: one user.
    User,
    /// A word that this crate does not know. A page of Azure's documentation has `teamsResourceAccount`
    /// where the published description has `resourceAccount`.
    Other(String),
}

impl EntraPrincipalType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Tenant => "tenant",
            Self::Other(word) => word,
        }
    }
}

impl TeamsExtensionPrincipalType {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::ResourceAccount => "resourceAccount",
            Self::User => "user",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for EntraPrincipalType {
    fn from(word: &str) -> Self {
        match word {
            "user" => Self::User,
            "group" => Self::Group,
            "tenant" => Self::Tenant,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<&str> for TeamsExtensionPrincipalType {
    fn from(word: &str) -> Self {
        match word {
            "resourceAccount" => Self::ResourceAccount,
            "user" => Self::User,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for EntraPrincipalType {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<String> for TeamsExtensionPrincipalType {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl FromStr for EntraPrincipalType {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self::from(word))
    }
}

impl FromStr for TeamsExtensionPrincipalType {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(Self::from(word))
    }
}

impl fmt::Display for EntraPrincipalType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for TeamsExtensionPrincipalType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for EntraPrincipalType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for TeamsExtensionPrincipalType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EntraPrincipalType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for TeamsExtensionPrincipalType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use callsign_protocol::assignment::PrincipalType;

    use super::*;

    #[test]
    fn every_word_of_the_protocol_is_known_to_a_kind_and_reads_back() {
        for word in PrincipalType::ALL.map(PrincipalType::as_str) {
            let (entra, teams) = (EntraPrincipalType::from(word), TeamsExtensionPrincipalType::from(word));
            assert_eq!((entra.as_str(), teams.as_str()), (word, word));
            let is_known = !matches!(entra, EntraPrincipalType::Other(_))
                || !matches!(teams, TeamsExtensionPrincipalType::Other(_));
            assert!(is_known, "{word}");
        }
        assert_eq!("User".parse(), Ok(EntraPrincipalType::Other("User".to_owned())));
    }
}
