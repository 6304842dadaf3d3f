//! What can be chosen for the calls of the directory.

use azure_core::fmt::SafeDebug;
use azure_core::http::ClientMethodOptions;
use azure_core::http::pager::PagerOptions;
use azure_core::time::{OffsetDateTime, to_rfc3339};

use crate::error::InvalidArgument;
use crate::identifier::CommunicationUserIdentifier;

/// Most identities on a page.
const PAGE_SIZE_MAX: u16 = 1_000;

/// Choices for [`list_identities`](crate::DirectoryClient::list_identities): which identities are listed. What is not given does not
/// matter; of what is given, all has to hold.
#[derive(Clone, Default, SafeDebug)]
pub struct DirectoryClientListIdentitiesOptions {
    /// Created at that instant or later.
    pub created_after: Option<OffsetDateTime>,
    /// Created before that instant.
    pub created_before: Option<OffsetDateTime>,
    /// Got the last token at that instant or later.
    pub last_issued_after: Option<OffsetDateTime>,
    /// Got the last token before that instant; one that never got a token is not listed.
    pub last_issued_before: Option<OffsetDateTime>,
    /// Never got a token.
    pub never_issued: bool,
    /// Has that name of your own, 1 to 256 characters.
    pub custom_id: Option<String>,
    /// Most identities on a page, 1 to 1,000; 100 unless set. It changes how many requests are sent, not what is listed.
    pub page_size: Option<u16>,
    /// The context of the requests, and where to go on.
    pub method_options: PagerOptions<'static>,
}

impl DirectoryClientListIdentitiesOptions {
    /// The query of the first page.
    pub(super) fn query(&self) -> Result<Vec<(String, String)>, InvalidArgument> {
        if self.page_size.is_some_and(|size| !(1..=PAGE_SIZE_MAX).contains(&size)) {
            return Err(InvalidArgument::PageSize);
        }
        let instant = |at: &Option<OffsetDateTime>| at.as_ref().map(to_rfc3339);
        let members = [
            ("createdAfter", instant(&self.created_after)),
            ("createdBefore", instant(&self.created_before)),
            ("lastIssuedAfter", instant(&self.last_issued_after)),
            ("lastIssuedBefore", instant(&self.last_issued_before)),
            ("neverIssued", self.never_issued.then(|| "true".to_owned())),
            ("customId", self.custom_id.clone()),
            ("pageSize", self.page_size.map(|size| size.to_string())),
        ];
        Ok(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
    }
}

/// Choices for [`delete_identities`](crate::DirectoryClient::delete_identities) and
/// [`revoke_identities`](crate::DirectoryClient::revoke_identities).
#[derive(Clone, Default, SafeDebug)]
pub struct DirectoryClientChangeIdentitiesOptions {
    /// The context of the requests, and where to go on.
    pub method_options: PagerOptions<'static>,
}

/// Choices for [`list_logs`](crate::DirectoryClient::list_logs): which records are answered. What is not given does not matter; of what
/// is given, all has to hold.
#[derive(Clone, Default, SafeDebug)]
pub struct DirectoryClientListLogsOptions<'a> {
    /// About that identity.
    pub user: Option<CommunicationUserIdentifier>,
    /// Of that operation, such as `CreateToken`, in any case.
    pub operation: Option<String>,
    /// Answered with that status, `404`, or with one of that class, `4xx`.
    pub status: Option<String>,
    /// Answered at that instant or later.
    pub since: Option<OffsetDateTime>,
    /// Most records in the answer, 1 to 1,000; 100 unless set.
    pub page_size: Option<u16>,
    /// The [`next`](crate::LogPage::next) of an earlier answer: what came later is answered.
    pub after: Option<String>,
    /// How many seconds the server waits when nothing came after that place, 0 to 30; 0 unless set.
    pub wait_seconds: Option<u16>,
    /// The context of the request.
    pub method_options: ClientMethodOptions<'a>,
}

impl DirectoryClientListLogsOptions<'_> {
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let number = |number: Option<u16>| number.map(|number| number.to_string());
        let members = [
            ("identity", self.user.as_ref().map(|user| user.id().to_owned())),
            ("operation", self.operation.clone()),
            ("status", self.status.clone()),
            ("since", self.since.as_ref().map(to_rfc3339)),
            ("pageSize", number(self.page_size)),
            ("after", self.after.clone()),
            ("wait", number(self.wait_seconds)),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Choices for [`prune_identities`](crate::DirectoryClient::prune_identities).
#[derive(Clone, Default, SafeDebug)]
pub struct DirectoryClientPruneIdentitiesOptions {
    /// Only say which identities would be deleted.
    pub dry_run: bool,
    /// The context of the requests, and where to go on.
    pub method_options: PagerOptions<'static>,
}

/// Choices for [`introspect`](crate::DirectoryClient::introspect).
#[derive(Clone, Default, SafeDebug)]
pub struct DirectoryClientIntrospectOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}
