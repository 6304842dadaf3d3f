//! The documented limits of the live service, as an optional profile (`wire-contract.md` §8).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use callsign_protocol::date::Timestamp;
use uuid::Uuid;

use crate::config::LimitsProfile;

/// The window that limits count in, in milliseconds.
const WINDOW_MILLISECONDS: i64 = 30_000;

/// What a request asks for: first by the names of the live service's metric (`clients.md` E), then by ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    CreateIdentity,
    CreateIdentityAndToken,
    GetIdentity,
    DeleteIdentity,
    CreateToken,
    RevokeToken,
    ExchangeTeamsUserAccessToken,
    ExchangeEntraUserAccessToken,
    ExchangeTeamsExtensionAccessToken,
    ListAssignments,
    UpdateAssignments,
    GetAssignment,
    PutAssignment,
    DeleteAssignment,
    IntrospectToken,
    ListIdentities,
    DeleteIdentities,
    RevokeIdentities,
    PruneIdentities,
    GetRevocationSnapshot,
    StreamRevocations,
    PollRevocations,
    ListLogs,
}

impl Operation {
    /// All of them.
    pub(crate) const ALL: [Self; 23] = [
        Self::CreateIdentity,
        Self::CreateIdentityAndToken,
        Self::GetIdentity,
        Self::DeleteIdentity,
        Self::CreateToken,
        Self::RevokeToken,
        Self::ExchangeTeamsUserAccessToken,
        Self::ExchangeEntraUserAccessToken,
        Self::ExchangeTeamsExtensionAccessToken,
        Self::ListAssignments,
        Self::UpdateAssignments,
        Self::GetAssignment,
        Self::PutAssignment,
        Self::DeleteAssignment,
        Self::IntrospectToken,
        Self::ListIdentities,
        Self::DeleteIdentities,
        Self::RevokeIdentities,
        Self::PruneIdentities,
        Self::GetRevocationSnapshot,
        Self::StreamRevocations,
        Self::PollRevocations,
        Self::ListLogs,
    ];

    /// The name for logs and metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::CreateIdentity => "CreateIdentity",
            Self::CreateIdentityAndToken => "CreateIdentityAndToken",
            Self::GetIdentity => "GetIdentity",
            Self::DeleteIdentity => "DeleteIdentity",
            Self::CreateToken => "CreateToken",
            Self::RevokeToken => "RevokeToken",
            Self::ExchangeTeamsUserAccessToken => "ExchangeTeamsUserAccessToken",
            Self::ExchangeEntraUserAccessToken => "ExchangeEntraUserAccessToken",
            Self::ExchangeTeamsExtensionAccessToken => "ExchangeTeamsExtensionAccessToken",
            Self::ListAssignments => "ListAssignments",
            Self::UpdateAssignments => "UpdateAssignments",
            Self::GetAssignment => "GetAssignment",
            Self::PutAssignment => "PutAssignment",
            Self::DeleteAssignment => "DeleteAssignment",
            Self::IntrospectToken => "IntrospectToken",
            Self::ListIdentities => "ListIdentities",
            Self::DeleteIdentities => "DeleteIdentities",
            Self::RevokeIdentities => "RevokeIdentities",
            Self::PruneIdentities => "PruneIdentities",
            Self::GetRevocationSnapshot => "GetRevocationSnapshot",
            Self::StreamRevocations => "StreamRevocations",
            Self::PollRevocations => "PollRevocations",
            Self::ListLogs => "ListLogs",
        }
    }

    /// Whether a record is kept. Whoever follows records would follow itself.
    pub(crate) const fn is_recorded(self) -> bool {
        !matches!(self, Self::ListLogs)
    }

    /// Requests per resource and window; `None` where no limit is documented.
    const fn limit(self) -> Option<u32> {
        match self {
            Self::CreateIdentity | Self::CreateIdentityAndToken | Self::CreateToken => Some(1000),
            Self::DeleteIdentity
            | Self::RevokeToken
            | Self::ExchangeTeamsUserAccessToken
            | Self::ExchangeEntraUserAccessToken
            | Self::ExchangeTeamsExtensionAccessToken => Some(500),
            Self::GetIdentity
            | Self::ListAssignments
            | Self::UpdateAssignments
            | Self::GetAssignment
            | Self::PutAssignment
            | Self::DeleteAssignment
            | Self::IntrospectToken
            | Self::ListIdentities
            | Self::DeleteIdentities
            | Self::RevokeIdentities
            | Self::PruneIdentities
            | Self::GetRevocationSnapshot
            | Self::StreamRevocations
            | Self::PollRevocations
            | Self::ListLogs => None,
        }
    }
}

/// Counts requests per resource and operation.
#[derive(Debug)]
pub(crate) struct Quotas {
    profile: LimitsProfile,
    windows: Mutex<HashMap<(Uuid, Operation), Window>>,
}

#[derive(Debug)]
struct Window {
    start: i64,
    count: u32,
}

impl Quotas {
    pub(crate) fn new(profile: LimitsProfile) -> Self {
        Self { profile, windows: Mutex::default() }
    }

    /// Counts a request; when it is over the limit, the seconds until the window ends.
    pub(crate) fn count(&self, resource: Uuid, operation: Operation, now: Timestamp) -> Result<(), u32> {
        let (LimitsProfile::Azure, Some(limit)) = (self.profile, operation.limit()) else {
            return Ok(());
        };
        let now = now.unix_milliseconds();
        let start = now - now.rem_euclid(WINDOW_MILLISECONDS);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry((resource, operation)).or_insert(Window { start, count: 0 });
        if window.start != start {
            *window = Window { start, count: 0 };
        }
        if window.count >= limit {
            return Err(seconds_up(start + WINDOW_MILLISECONDS - now));
        }
        window.count += 1;
        Ok(())
    }
}

fn seconds_up(milliseconds: i64) -> u32 {
    u32::try_from((milliseconds + 999) / 1000).unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_counts_per_resource_and_operation_and_ends_with_its_window() {
        let quotas = Quotas::new(LimitsProfile::Azure);
        let at = |milliseconds| Timestamp::from_unix_milliseconds(milliseconds);
        for _ in 0..500 {
            assert_eq!(quotas.count(Uuid::nil(), Operation::RevokeToken, at(60_000)), Ok(()));
        }
        assert_eq!(quotas.count(Uuid::nil(), Operation::RevokeToken, at(60_001)), Err(30));
        assert_eq!(quotas.count(Uuid::nil(), Operation::RevokeToken, at(89_999)), Err(1));
        assert_eq!(quotas.count(Uuid::nil(), Operation::DeleteIdentity, at(60_001)), Ok(()));
        assert_eq!(quotas.count(Uuid::max(), Operation::RevokeToken, at(60_001)), Ok(()));
        assert_eq!(quotas.count(Uuid::nil(), Operation::RevokeToken, at(90_000)), Ok(()));
    }

    #[test]
    fn without_a_profile_nothing_is_counted() {
        let quotas = Quotas::new(LimitsProfile::None);
        for _ in 0..2000 {
            assert_eq!(
                quotas.count(Uuid::nil(), Operation::RevokeToken, Timestamp::from_unix_seconds(0)),
                Ok(())
            );
        }
    }
}
