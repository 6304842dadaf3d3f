//! Identities as the directory tells of them, page by page.

use std::vec;

use azure_core::fmt::SafeDebug;
use azure_core::http::pager::Page;
use azure_core::time::OffsetDateTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::identifier::CommunicationUserIdentifier;
use crate::models::{UnreadableReply, instant, read};

/// An identity, as a list has it. `Debug` does not show your own name for it.
#[derive(Clone, PartialEq, Eq, SafeDebug)]
#[non_exhaustive]
pub struct ListedIdentity {
    /// Its id.
    #[safe(true)]
    pub user: CommunicationUserIdentifier,
    /// When it was created, to the millisecond.
    #[safe(true)]
    pub created_on: OffsetDateTime,
    /// When it last got a token; `None` if never.
    #[safe(true)]
    pub last_token_issued_at: Option<OffsetDateTime>,
    /// Your own name for it, if it was created with one.
    pub custom_id: Option<String>,
}

/// A page of a list.
#[derive(Clone, SafeDebug)]
#[non_exhaustive]
pub struct IdentityPage {
    /// The identities, in the order of their ids.
    pub identities: Vec<ListedIdentity>,
    /// Where the next page is; `None` on the last one.
    pub next_link: Option<String>,
}

/// What came of one identity.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdentityChange {
    /// Its id.
    pub user: CommunicationUserIdentifier,
    /// What came of it.
    pub status: IdentityStatus,
}

/// What came of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum IdentityStatus {
    /// It was there and is deleted with all its tokens.
    Deleted,
    /// It is there, and every token that it had is revoked.
    Revoked,
    /// It was not there, and so had no token that is good.
    Absent,
}

/// What came of some of the identities.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChangedIdentities {
    /// Each identity of the request, in its order.
    pub results: Vec<IdentityChange>,
}

/// A batch of a prune.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PrunedIdentities {
    /// The identities that were deleted, or would be.
    pub identities: Vec<CommunicationUserIdentifier>,
    /// Where the next batch begins; `None` in the last one.
    pub continuation: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedReply {
    id: String,
    created_at: String,
    last_issued_at: Option<String>,
    custom_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageReply {
    identities: Vec<ListedReply>,
    next_link: Option<String>,
}

#[derive(Deserialize)]
struct ChangeReply {
    id: String,
    status: IdentityStatus,
}

#[derive(Deserialize)]
struct ChangesReply {
    results: Vec<ChangeReply>,
}

#[derive(Deserialize)]
struct PrunedReply {
    identities: Vec<String>,
    continuation: Option<String>,
}

impl<'de> Deserialize<'de> for IdentityPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: PageReply = read(deserializer)?;
        let listed = |reply: ListedReply| {
            Ok(ListedIdentity {
                user: CommunicationUserIdentifier::new(reply.id),
                created_on: instant(&reply.created_at)?,
                last_token_issued_at: reply.last_issued_at.as_deref().map(instant).transpose()?,
                custom_id: reply.custom_id,
            })
        };
        let identities = reply.identities.into_iter().map(listed).collect::<Result<_, UnreadableReply>>();
        Ok(Self { identities: identities.map_err(D::Error::custom)?, next_link: reply.next_link })
    }
}

impl<'de> Deserialize<'de> for ChangedIdentities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: ChangesReply = read(deserializer)?;
        let change = |reply: ChangeReply| IdentityChange {
            user: CommunicationUserIdentifier::new(reply.id),
            status: reply.status,
        };
        Ok(Self { results: reply.results.into_iter().map(change).collect() })
    }
}

impl<'de> Deserialize<'de> for PrunedIdentities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: PrunedReply = read(deserializer)?;
        let identities = reply.identities.into_iter().map(CommunicationUserIdentifier::new).collect();
        Ok(Self { identities, continuation: reply.continuation })
    }
}

#[async_trait::async_trait]
impl Page for IdentityPage {
    type Item = ListedIdentity;
    type IntoIter = vec::IntoIter<ListedIdentity>;

    async fn into_items(self) -> azure_core::Result<Self::IntoIter> {
        Ok(self.identities.into_iter())
    }
}

#[async_trait::async_trait]
impl Page for ChangedIdentities {
    type Item = IdentityChange;
    type IntoIter = vec::IntoIter<IdentityChange>;

    async fn into_items(self) -> azure_core::Result<Self::IntoIter> {
        Ok(self.results.into_iter())
    }
}

#[async_trait::async_trait]
impl Page for PrunedIdentities {
    type Item = CommunicationUserIdentifier;
    type IntoIter = vec::IntoIter<CommunicationUserIdentifier>;

    async fn into_items(self) -> azure_core::Result<Self::IntoIter> {
        Ok(self.identities.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_and_shows_no_name() {
        let text = r#"{"identities":[{"id":"8:acs:a_b","createdAt":"2026-10-01T07:05:09.5+00:00","customId":"alice"}],"nextLink":"/x?y=1"}"#;
        let page: IdentityPage = serde_json::from_str(text).unwrap();
        let listed = page.identities.first().unwrap();
        assert_eq!((listed.user.id(), listed.last_token_issued_at), ("8:acs:a_b", None));
        assert_eq!((listed.created_on.millisecond(), listed.custom_id.as_deref()), (500, Some("alice")));
        assert!(!format!("{page:?}").contains("alice"), "{page:?}");
    }

    #[test]
    fn a_page_that_cannot_be_read_is_not_quoted() {
        for text in [r#"{"identities":["s3cr3t"]}"#, r#"{"identities":[{"id":"a","createdAt":"s3cr3t"}]}"#] {
            let error = serde_json::from_str::<IdentityPage>(text).unwrap_err();
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        let unknown = r#"{"results":[{"id":"a","status":"s3cr3t"}]}"#;
        assert!(
            !serde_json::from_str::<ChangedIdentities>(unknown).unwrap_err().to_string().contains("s3cr3t")
        );
    }
}
