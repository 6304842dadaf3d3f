//! What a store promises: one small trait per noun, each method one atomic and repeatable step.
//!
//! "Not found" is `None` or `false`, never an error. An epoch or a generation never goes back. What changes something on
//! somebody's behalf takes the [`Deed`] and appends its record to the audit chain in the same transaction, also when
//! nothing was there to change.

#[cfg(feature = "contract")]
pub mod contract;
mod key_change;
mod listing;
pub mod memory;
#[cfg(feature = "contract")]
pub mod sequence;

use async_trait::async_trait;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::assignment::{Assignment, AssignmentKey, PrincipalType};
use callsign_protocol::claims::Epochs;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};
use callsign_protocol::resource::{DataLocation, ResourceName};
use callsign_protocol::revocation::{Cursor, Entry, Position, View};
use uuid::Uuid;

pub use self::key_change::{Rewrapped, SigningKeyChange, new_signing_keys};
pub use self::listing::{IdentityFilter, IdentityPage, Listing};
use crate::directory::audit::{AuditFilter, Deed, Head, Record, Subject};
use crate::wrapping::Wrapped;

/// Why a store did not do its step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot serve now; nothing was changed.
    #[error("the store is unavailable: {reason}")]
    Unavailable {
        /// What the engine said.
        reason: String,
    },
    /// The step contradicts what is there.
    #[error("the store refuses the change: {reason}")]
    Conflict {
        /// What contradicts what.
        reason: String,
    },
    /// What is there cannot be read.
    #[error("table {table}, key {key} cannot be read: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The commit was sent and its answer was lost. The step may be repeated.
    #[error("the outcome of the write is not known: {reason}")]
    OutcomeUnknown {
        /// What the engine said.
        reason: String,
    },
}

/// A resource as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResource {
    /// The guid in every id and token of the resource.
    pub id: Uuid,
    /// Its name.
    pub name: ResourceName,
    /// Where its data lies.
    pub data_location: DataLocation,
    /// What its tokens are signed by.
    pub signing_algorithm: Algorithm,
    /// When it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Its epoch: one more with every "revoke everything", and a new incarnation with every restore.
    pub epoch: u64,
    /// A port of its own, if it has one.
    pub port: Option<u16>,
    /// Host names that lead to it besides `<name>.<any domain>`.
    pub hosts: Vec<String>,
    /// The two access keys, primary first.
    pub keys: [StoredKey; 2],
}

/// An access key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// How often it was regenerated.
    pub generation: u64,
    /// The key, wrapped.
    pub wrapped: Wrapped,
}

/// A token-signing key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSigningKey {
    /// The RFC 7638 thumbprint of its public half.
    pub key_id: String,
    /// What it signs by.
    pub algorithm: Algorithm,
    /// When it was made, to the millisecond.
    pub created_at: Timestamp,
    /// From when it signs, to the millisecond.
    pub activates_at: Timestamp,
    /// PKCS#8, wrapped.
    pub wrapped: Wrapped,
}

/// A signing key whose signatures count no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedSigningKey {
    /// Its id.
    pub key_id: String,
    /// When it was revoked, to the millisecond.
    pub revoked_at: Timestamp,
}

/// An identity as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub id: IdentityId,
    /// When it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Its epoch: one more with every revoke.
    pub epoch: u64,
    /// When it last got a token, to the millisecond, as far as the store knows.
    pub last_issued_at: Option<Timestamp>,
    /// The caller's own name for it.
    pub custom_id: Option<String>,
}

impl Identity {
    /// Whether it got its last token, or was created when it never got one, before an instant.
    #[must_use]
    pub fn is_unused_since(&self, since: Timestamp) -> bool {
        self.last_issued_at.unwrap_or(self.created_at) < since
    }
}

/// An identity and the epochs that a token for it is minted under, read in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The identity.
    pub identity: Identity,
    /// The epoch of its resource.
    pub resource_epoch: u64,
    /// The generations of the resource's access keys, primary first.
    pub generations: [u64; 2],
}

impl Standing {
    /// What a token of the identity is measured by.
    #[must_use]
    pub const fn epochs(&self) -> Epochs {
        Epochs { identity: self.identity.epoch, resource: self.resource_epoch, generations: self.generations }
    }
}

/// Resources and their access keys.
#[async_trait]
pub trait Resources: Send + Sync {
    /// Every resource, oldest first.
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError>;
    /// Adds a resource; `false` when its name, guid or port is taken.
    async fn create_resource(&self, resource: &StoredResource, deed: &Deed) -> Result<bool, StoreError>;
    /// Removes a resource with its keys, identities, assignments and feed; `false` when there is none of that guid.
    async fn delete_resource(&self, id: Uuid, deed: &Deed) -> Result<bool, StoreError>;
    /// Says what the resource's tokens are signed by from now on; `false` when there is none of that guid.
    async fn set_signing_algorithm(
        &self,
        id: Uuid,
        algorithm: Algorithm,
        deed: &Deed,
    ) -> Result<bool, StoreError>;
    /// Replaces an access key: its generation becomes `key.generation` if that is the next one, and the feed tells. Answers
    /// the generation in force, or `None` when there is no such resource. A repeated call changes nothing.
    async fn replace_access_key(
        &self,
        id: Uuid,
        (slot, key): (KeySlot, &StoredKey),
        deed: &Deed,
    ) -> Result<Option<u64>, StoreError>;
    /// Raises the resource's epoch by one, and the feed tells. Answers the new one.
    async fn raise_resource_epoch(&self, id: Uuid, deed: &Deed) -> Result<Option<u64>, StoreError>;
    /// Begins a new life after a backup was put back: every resource epoch becomes the first of the next incarnation, or of
    /// `incarnation` where that is later; feeds begin anew and empty, and `keys` take the place of all signing keys. Refused, with nothing changed
    /// or recorded, when one of them was revoked or two have the same id.
    async fn begin_incarnation(
        &self,
        incarnation: u64,
        keys: &[StoredSigningKey],
        deed: &Deed,
    ) -> Result<(), StoreError>;
}

/// Keys that sign tokens, and the wrapping of all keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Every signing key, by time of activation, then by id.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;
    /// The signing keys that were revoked, by time, then by id.
    async fn revoked_signing_keys(&self) -> Result<Vec<RevokedSigningKey>, StoreError>;
    /// Changes the signing keys as planned; `false`, and nothing changed, when other keys are there than it was planned for,
    /// when it names one that is not there, or would add one that is there or was revoked.
    async fn change_signing_keys(&self, change: &SigningKeyChange, deed: &Deed) -> Result<bool, StoreError>;
    /// Puts newly wrapped keys in the place of the same keys; `false`, and nothing changed, unless they are exactly those
    /// that are there, access keys of the same generation.
    async fn rewrap(&self, rewrapped: &Rewrapped, deed: &Deed) -> Result<bool, StoreError>;
}

/// Identities.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Adds an identity. When its id or its custom id is there already, nothing is added and the one that is there is
    /// answered. `None` when there is no such resource. The record names the identity that is answered. One of an Entra user
    /// comes again after it was deleted, and its epoch goes on above that of the one before.
    async fn create_identity(&self, identity: &Identity, deed: &Deed)
    -> Result<Option<Standing>, StoreError>;
    /// The identity and the epochs of now.
    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError>;
    /// Raises each identity's epoch by one, and the feeds tell. Answers the new ones, in order; a repeated id is raised
    /// again.
    async fn raise_identity_epochs(
        &self,
        ids: &[IdentityId],
        deed: &Deed,
    ) -> Result<Vec<Option<u64>>, StoreError>;
    /// Removes each identity, frees its custom id, and the feeds tell that it is gone; of an Entra user, who may come again, they
    /// tell an epoch that no token so far has. With `unused_since`, only one that
    /// got its last token, or was created when it never got one, before that. Answers for each whether it was removed.
    async fn delete_identities(
        &self,
        ids: &[IdentityId],
        unused_since: Option<Timestamp>,
        deed: &Deed,
    ) -> Result<Vec<bool>, StoreError>;
    /// Takes the later of what is stored and what comes, for each identity that is there.
    async fn merge_last_issued(&self, notes: &[(IdentityId, Timestamp)]) -> Result<(), StoreError>;
    /// A page of a resource's identities, in the order of their ids.
    async fn list_identities(&self, resource: Uuid, listing: &Listing) -> Result<IdentityPage, StoreError>;
    /// How many identities of the resource got a token at that instant or later, as far as the store knows.
    async fn count_issued_since(&self, resource: Uuid, since: Timestamp) -> Result<u64, StoreError>;
}

/// The feeds of revocations, one for each resource. Entries get into them with the changes that they tell of.
#[async_trait]
pub trait Revocations: Send + Sync {
    /// Where the resource's feed stands; `None` when there is no such resource.
    async fn feed_position(&self, resource: Uuid) -> Result<Option<Position>, StoreError>;
    /// At most `limit` entries after a place, oldest first. `None` when the feed cannot be continued from there: it is of
    /// another incarnation, ahead of the feed, or some of the entries after it are forgotten.
    async fn revocations_after(
        &self,
        resource: Uuid,
        after: Cursor,
        limit: usize,
    ) -> Result<Option<Vec<Entry>>, StoreError>;
    /// All that the feed's remembered entries and the list of revoked keys come to, with the resource's epoch and
    /// generations, and where the feed stood then: one reading.
    async fn revocation_view(&self, resource: Uuid) -> Result<Option<(Position, View)>, StoreError>;
    /// Forgets entries that were made before an instant, but none of the newest of each feed, so many; positions stay. Answers
    /// how many.
    async fn forget_revocations(&self, before: Timestamp, keep_newest: u64) -> Result<u64, StoreError>;
}

/// The audit chain.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends a record of something that changes no other table.
    async fn record(&self, deed: &Deed, subject: &Subject<'_>) -> Result<(), StoreError>;
    /// At most `limit` records after a number that match, in order.
    async fn audit_records(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;
    /// The last record's number and hash, as they were noted apart from it.
    async fn audit_head(&self) -> Result<Head, StoreError>;
}

/// Which users of Entra may exchange their tokens.
#[async_trait]
pub trait Assignments: Send + Sync {
    /// Those of the keys for which there is an assignment, in the order of the keys.
    async fn assignments_of(
        &self,
        resource: Uuid,
        keys: &[AssignmentKey],
    ) -> Result<Vec<Assignment>, StoreError>;
    /// At most `limit` assignments of Entra users behind an object id, in the order of their object ids.
    async fn list_entra_assignments(
        &self,
        resource: Uuid,
        after: Option<Uuid>,
        limit: usize,
    ) -> Result<Vec<Assignment>, StoreError>;
    /// Puts assignments, or removes them where there is none, all in one step. Where one is changed or removed that is for one
    /// user or resource account, its tokens are revoked and the feed tells. Answers for each key whether there was one, or `None`
    /// when there is no such resource. A record for each tells whether it changed anything.
    async fn change_assignments(
        &self,
        resource: Uuid,
        changes: &[AssignmentChange],
        deed: &Deed,
    ) -> Result<Option<Vec<bool>>, StoreError>;
}

/// What one assignment shall be from now on; `None` removes it.
pub type AssignmentChange = (AssignmentKey, Option<Assignment>);

/// Whose tokens end with the assignment: those of the one user or resource account that it is for.
#[must_use]
pub fn sole_holder(resource: Uuid, assignment: &Assignment) -> Option<IdentityId> {
    let user = EntraUser { tenant: assignment.tenant, object: assignment.key.object() };
    let holder = match (assignment.key, assignment.principal) {
        (AssignmentKey::Entra(_), PrincipalType::User) => Holder::EntraUser(user),
        (AssignmentKey::TeamsExtension { .. }, _) => Holder::TeamsExtensionUser(user),
        (AssignmentKey::Entra(_), _) => return None,
    };
    IdentityId::of_entra(resource, holder)
}

/// The sum of all nouns.
pub trait Store: Resources + Keys + Identities + Assignments + Revocations + Audit {}

impl<T: Resources + Keys + Identities + Assignments + Revocations + Audit> Store for T {}
