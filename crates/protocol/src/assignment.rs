//! Assignments: which users of Entra may exchange their tokens at a resource, and through which applications.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Most applications that one assignment names.
pub const CLIENT_IDS_MAX: usize = 100;

/// Longest id of an application, in bytes. Those of Entra are guids.
pub const CLIENT_ID_BYTES_MAX: usize = 256;

/// What an assignment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalType {
    /// One user.
    User,
    /// The members of a group.
    Group,
    /// Everybody of a tenant.
    Tenant,
    /// A resource account of Teams.
    ResourceAccount,
}

impl PrincipalType {
    /// Every type.
    pub const ALL: [Self; 4] = [Self::User, Self::Group, Self::Tenant, Self::ResourceAccount];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Tenant => "tenant",
            Self::ResourceAccount => "resourceAccount",
        }
    }
}

impl fmt::Display for PrincipalType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The word is no principal type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a principal type is one of user, group, tenant, resourceAccount")]
pub struct UnknownPrincipalType;

impl FromStr for PrincipalType {
    type Err = UnknownPrincipalType;

    /// Reads `teamsResourceAccount` too, as a published page sends it (`wire-contract.md` §2.7).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = if text == "teamsResourceAccount" { "resourceAccount" } else { text };
        Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or(UnknownPrincipalType)
    }
}

/// What tells an assignment from the others of its resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignmentKey {
    /// Of Entra users: the user, group or tenant.
    Entra(Uuid),
    /// Of the Teams extension: a user or resource account of a tenant.
    TeamsExtension {
        /// The tenant.
        tenant: Uuid,
        /// The user or resource account.
        object: Uuid,
    },
}

impl AssignmentKey {
    /// The user, group, tenant or resource account.
    #[must_use]
    pub const fn object(&self) -> Uuid {
        match self {
            Self::Entra(object) | Self::TeamsExtension { object, .. } => *object,
        }
    }

    /// Whether an assignment of this kind may be for that.
    #[must_use]
    pub const fn takes(&self, principal: PrincipalType) -> bool {
        match self {
            Self::Entra(_) => !matches!(principal, PrincipalType::ResourceAccount),
            Self::TeamsExtension { .. } => {
                matches!(principal, PrincipalType::User | PrincipalType::ResourceAccount)
            }
        }
    }
}

/// As audit records name it.
impl fmt::Display for AssignmentKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entra(object) => write!(formatter, "entra/{object}"),
            Self::TeamsExtension { tenant, object } => write!(formatter, "teamsExtension/{tenant}/{object}"),
        }
    }
}

/// An assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// What tells it from the others.
    pub key: AssignmentKey,
    /// The tenant of whom it is for.
    pub tenant: Uuid,
    /// What it is for.
    pub principal: PrincipalType,
    /// The applications that may be used; without a list, any.
    pub client_ids: Option<Vec<String>>,
}

impl Assignment {
    /// Whether a token that this application got may be exchanged.
    #[must_use]
    pub fn covers(&self, application: &str) -> bool {
        self.client_ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id.eq_ignore_ascii_case(application)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principal_types_read_back_and_one_has_a_second_name() {
        for principal in PrincipalType::ALL {
            assert_eq!(principal.as_str().parse(), Ok(principal));
        }
        assert_eq!("teamsResourceAccount".parse(), Ok(PrincipalType::ResourceAccount));
        for word in ["", "User", "users", "teamsResource"] {
            assert_eq!(word.parse::<PrincipalType>(), Err(UnknownPrincipalType), "{word}");
        }
    }

    #[test]
    fn each_kind_of_assignment_takes_its_principals() {
        let (entra, teams) = (
            AssignmentKey::Entra(Uuid::nil()),
            AssignmentKey::TeamsExtension { tenant: Uuid::nil(), object: Uuid::nil() },
        );
        let taken = |key: AssignmentKey| PrincipalType::ALL.map(|principal| key.takes(principal));
        assert_eq!(taken(entra), [true, true, true, false]);
        assert_eq!(taken(teams), [true, false, false, true]);
    }

    #[test]
    fn without_a_list_any_application_is_covered_and_with_an_empty_one_none() {
        let mut assignment = Assignment {
            key: AssignmentKey::Entra(Uuid::nil()),
            tenant: Uuid::nil(),
            principal: PrincipalType::User,
            client_ids: None,
        };
        assert!(assignment.covers("07474a86-625a-452f-977b-db4e13f21260"));
        assignment.client_ids = Some(vec!["07474A86-625A-452F-977B-DB4E13F21260".to_owned()]);
        assert!(assignment.covers("07474a86-625a-452f-977b-db4e13f21260") && !assignment.covers("other"));
        assignment.client_ids = Some(Vec::new());
        assert!(!assignment.covers("other"));
    }
}
