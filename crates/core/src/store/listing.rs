//! Listing identities: what is asked for, what matches, and where a page ends. The one reading of it for every engine.

use callsign_protocol::date::Timestamp;
use uuid::Uuid;

use super::Identity;

/// Which identities are asked for. What is not given does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityFilter {
    /// Created at that instant or later.
    pub created_after: Option<Timestamp>,
    /// Created before that instant.
    pub created_before: Option<Timestamp>,
    /// Got its last token at that instant or later.
    pub last_issued_after: Option<Timestamp>,
    /// Got its last token before that instant.
    pub last_issued_before: Option<Timestamp>,
    /// Never got a token.
    pub never_issued: bool,
    /// Has that custom id.
    pub custom_id: Option<String>,
    /// Got its last token, or was created when it never got one, before that instant.
    pub unused_since: Option<Timestamp>,
}

impl IdentityFilter {
    /// Whether the identity is asked for.
    #[must_use]
    pub fn matches(&self, identity: &Identity) -> bool {
        let (created, issued) = (identity.created_at, identity.last_issued_at);
        self.created_after.is_none_or(|after| created >= after)
            && self.created_before.is_none_or(|before| created < before)
            && self.last_issued_after.is_none_or(|after| issued.is_some_and(|issued| issued >= after))
            && self.last_issued_before.is_none_or(|before| issued.is_some_and(|issued| issued < before))
            && !(self.never_issued && issued.is_some())
            && (self.custom_id.is_none() || self.custom_id == identity.custom_id)
            && self.unused_since.is_none_or(|since| identity.is_unused_since(since))
    }
}

/// A page that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Which identities.
    pub filter: IdentityFilter,
    /// Only those whose local guid is greater.
    pub after: Option<Uuid>,
    /// Most identities on the page.
    pub page_max: usize,
    /// Most identities that are looked at: a filter that few match must not keep a reader for long. A custom id is found
    /// by its index, so that no identity of another one is looked at.
    pub examined_max: usize,
}

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityPage {
    /// Those that match, in the order of their local guids.
    pub identities: Vec<Identity>,
    /// What to ask for next: the last local guid that was looked at. `None` when there was no more to look at.
    pub next: Option<Uuid>,
}

impl IdentityPage {
    /// Fills a page from the identities after `listing.after`, in order.
    ///
    /// # Errors
    /// The first one that the source has.
    pub fn fill<E>(
        listing: &Listing,
        source: impl IntoIterator<Item = Result<Identity, E>>,
    ) -> Result<Self, E> {
        let mut page = Self::default();
        for (examined, identity) in (1..).zip(source) {
            let identity = identity?;
            let local = identity.id.local();
            if listing.filter.matches(&identity) {
                page.identities.push(identity);
            }
            if page.identities.len() >= listing.page_max || examined >= listing.examined_max {
                page.next = Some(local);
                break;
            }
        }
        Ok(page)
    }
}
