//! What can be chosen for the calls of the directory.

use azure_core::fmt::SafeDebug;
use azure_core::http::ClientMethodOptions;
use azure_core::http::pager::PagerOptions;
use azure_core::time::{OffsetDateTime, to_rfc3339};

use crate::error::InvalidArgument;

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
