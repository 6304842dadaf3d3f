//! The api-versions of ACS Identity that Callsign knows, and what each of them can say.

use std::fmt;
use std::str::FromStr;

/// A published api-version, ordered by date (`reference/wire-contract.md` §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiVersion {
    /// `2020-07-20-preview2`: flat bodies, `/token` and `PATCH` instead of verbs.
    V2020_07_20Preview2,
    /// `2021-03-07`: the first stable version.
    V2021_03_07,
    /// `2021-10-31-preview`.
    V2021_10_31Preview,
    /// `2022-06-01`.
    V2022_06_01,
    /// `2022-10-01`: adds `expiresInMinutes`.
    V2022_10_01,
    /// `2023-10-01`: adds `chat.join`, `chat.join.limited` and `voip.join`.
    V2023_10_01,
    /// `2025-03-02-preview`: adds `customId` and `GET /identities/{id}`.
    V2025_03_02Preview,
    /// `2025-06-30`: neither of the two.
    V2025_06_30,
    /// `2026-09-23`: the newest stable version.
    V2026_09_23,
}

impl ApiVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 9] = [
        Self::V2020_07_20Preview2,
        Self::V2021_03_07,
        Self::V2021_10_31Preview,
        Self::V2022_06_01,
        Self::V2022_10_01,
        Self::V2023_10_01,
        Self::V2025_03_02Preview,
        Self::V2025_06_30,
        Self::V2026_09_23,
    ];

    /// The newest stable version.
    pub const NEWEST: Self = Self::V2026_09_23;

    /// The version as it stands in the `api-version` query parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2020_07_20Preview2 => "2020-07-20-preview2",
            Self::V2021_03_07 => "2021-03-07",
            Self::V2021_10_31Preview => "2021-10-31-preview",
            Self::V2022_06_01 => "2022-06-01",
            Self::V2022_10_01 => "2022-10-01",
            Self::V2023_10_01 => "2023-10-01",
            Self::V2025_03_02Preview => "2025-03-02-preview",
            Self::V2025_06_30 => "2025-06-30",
            Self::V2026_09_23 => "2026-09-23",
        }
    }

    /// Whether create takes a body at all; the oldest version reads none.
    #[must_use]
    pub fn has_create_body(self) -> bool {
        self > Self::V2020_07_20Preview2
    }

    /// Whether `expiresInMinutes` is a member of this version's requests.
    #[must_use]
    pub fn has_lifetime(self) -> bool {
        self >= Self::V2022_10_01
    }

    /// Whether the exchange of a Teams user's token names the application and the user.
    #[must_use]
    pub fn names_teams_user(self) -> bool {
        self >= Self::V2022_06_01
    }

    /// Whether `customId` and `lastTokenIssuedAt` are members of this version.
    #[must_use]
    pub fn has_custom_id(self) -> bool {
        self == Self::V2025_03_02Preview
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The text is no version that Callsign knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this api-version is not known; the newest stable one is {}", ApiVersion::NEWEST)]
pub struct UnknownVersion;

impl FromStr for ApiVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|version| version.as_str() == text).ok_or(UnknownVersion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_listed_by_date() {
        assert!(ApiVersion::ALL.is_sorted());
        assert!(ApiVersion::ALL.map(ApiVersion::as_str).is_sorted());
    }

    #[test]
    fn every_version_reads_back() {
        for version in ApiVersion::ALL {
            assert_eq!(version.as_str().parse(), Ok(version));
        }
        assert_eq!("2021-11-01".parse::<ApiVersion>(), Err(UnknownVersion));
    }
}
