//! Communication resources: their names and where their data lies.

use std::fmt;
use std::str::FromStr;

/// First segments of Callsign's own paths: a resource of such a name could not be told from the route.
const ROUTE_WORDS: [&str; 13] = [
    "identities",
    "teamsuser",
    "access",
    "callsign",
    "portal",
    "trusted",
    "connector",
    "health",
    "metrics",
    "api",
    "localhost",
    "www",
    "admin",
];

/// Longest name, in characters: one label of a host name (RFC 1035 §2.3.4).
pub const NAME_CHARACTERS_MAX: usize = 63;

/// The name of a resource: a host label of lower-case letters, digits and inner hyphens, and no word of the route table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceName(String);

impl ResourceName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Why a text is no resource name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It is no host label.
    #[error("a resource name has 1 to {NAME_CHARACTERS_MAX} lower-case letters, digits and inner hyphens")]
    NotALabel,
    /// It is a word of the route table.
    #[error("this name is the first word of a path that Callsign serves; choose another")]
    RouteWord,
}

impl FromStr for ResourceName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=NAME_CHARACTERS_MAX).contains(&text.len())
            || !text.chars().all(inner)
            || text.starts_with('-')
            || text.ends_with('-')
        {
            return Err(InvalidName::NotALabel);
        }
        if ROUTE_WORDS.contains(&text) {
            return Err(InvalidName::RouteWord);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Where a resource's data lies, as the live service's tokens tell it (`live-behaviour.md` §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataLocation {
    /// United States.
    UnitedStates,
    /// Europe.
    Europe,
    /// Asia Pacific.
    AsiaPacific,
    /// Canada.
    Canada,
    /// Australia.
    Australia,
    /// Switzerland.
    Switzerland,
    /// Sweden.
    Sweden,
}

impl DataLocation {
    /// Every location.
    pub const ALL: [Self; 7] = [
        Self::UnitedStates,
        Self::Europe,
        Self::AsiaPacific,
        Self::Canada,
        Self::Australia,
        Self::Switzerland,
        Self::Sweden,
    ];

    /// The `resourceLocation` claim.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnitedStates => "unitedstates",
            Self::Europe => "europe",
            Self::AsiaPacific => "asiapacific",
            Self::Canada => "canada",
            Self::Australia => "australia",
            Self::Switzerland => "switzerland",
            Self::Sweden => "sweden",
        }
    }

    /// The `rgn` claim.
    #[must_use]
    pub const fn region(self) -> &'static str {
        match self {
            Self::UnitedStates => "amer",
            Self::Europe => "emea",
            Self::AsiaPacific => "apac",
            Self::Canada => "ca",
            Self::Australia => "au",
            Self::Switzerland => "ch",
            Self::Sweden => "se",
        }
    }
}

impl fmt::Display for DataLocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is no data location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a data location is one of unitedstates, europe, asiapacific, canada, australia, switzerland, sweden"
)]
pub struct UnknownDataLocation;

/// Reads `unitedstates` and, as the resource provider spells it, `United States`.
impl FromStr for DataLocation {
    type Err = UnknownDataLocation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folded: String = text.chars().filter(|c| *c != ' ').flat_map(char::to_lowercase).collect();
        Self::ALL.into_iter().find(|location| location.as_str() == folded).ok_or(UnknownDataLocation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_host_labels_and_no_route_words() {
        for name in ["default", "a", "contoso-2", &"x".repeat(63)] {
            assert_eq!(name.parse::<ResourceName>().unwrap().as_str(), name);
        }
        for name in ["", "-a", "a-", "A", "a.b", "a_b", "ä", "a/b", &"x".repeat(64)] {
            assert_eq!(name.parse::<ResourceName>(), Err(InvalidName::NotALabel), "{name}");
        }
        assert_eq!("identities".parse::<ResourceName>(), Err(InvalidName::RouteWord));
    }

    #[test]
    fn locations_read_both_spellings() {
        for location in DataLocation::ALL {
            assert_eq!(location.as_str().parse(), Ok(location));
        }
        assert_eq!("United States".parse(), Ok(DataLocation::UnitedStates));
        assert!("mars".parse::<DataLocation>().is_err());
    }
}
