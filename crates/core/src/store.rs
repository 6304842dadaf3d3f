//! What a store promises: one small trait per noun, each method one atomic and repeatable step.
//!
//! "Not found" is `None` or `false`, never an error. An epoch or a generation never goes back.

#[cfg(feature = "contract")]
pub mod contract;
pub mod memory;
#[cfg(feature = "contract")]
pub mod sequence;

use async_trait::async_trait;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::{DataLocation, ResourceName};
use uuid::Uuid;

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
    /// When it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Its epoch: one more with every "revoke everything".
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
    /// When it was made, to the millisecond.
    pub created_at: Timestamp,
    /// From when it signs, to the millisecond.
    pub activates_at: Timestamp,
    /// PKCS#8, wrapped.
    pub wrapped: Wrapped,
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
    /// The generation of one of the access keys.
    #[must_use]
    pub const fn generation(&self, slot: KeySlot) -> u64 {
        let [primary, secondary] = self.generations;
        match slot {
            KeySlot::Primary => primary,
            KeySlot::Secondary => secondary,
        }
    }
}

/// Resources and their access keys.
#[async_trait]
pub trait Resources: Send + Sync {
    /// Every resource, oldest first.
    async fn resources(&self) -> Result<Vec<StoredResource>, StoreError>;
    /// Adds a resource; `false` when its name, guid or port is taken.
    async fn create_resource(&self, resource: &StoredResource) -> Result<bool, StoreError>;
    /// Removes a resource with its keys and identities; `false` when there is none of that guid.
    async fn delete_resource(&self, id: Uuid) -> Result<bool, StoreError>;
    /// Replaces an access key: its generation becomes `key.generation` if that is the next one. Answers the generation
    /// in force, or `None` when there is no such resource. A repeated call changes nothing.
    async fn replace_access_key(
        &self,
        id: Uuid,
        slot: KeySlot,
        key: &StoredKey,
    ) -> Result<Option<u64>, StoreError>;
}

/// Keys that sign tokens.
#[async_trait]
pub trait SigningKeys: Send + Sync {
    /// Every signing key, by time of activation, then by id.
    async fn signing_keys(&self) -> Result<Vec<StoredSigningKey>, StoreError>;
    /// Adds a signing key; `false` when its id is there already.
    async fn add_signing_key(&self, key: &StoredSigningKey) -> Result<bool, StoreError>;
}

/// Identities.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Adds an identity. When its id or its custom id is there already, nothing is added and the one that is there is
    /// answered. `None` when there is no such resource.
    async fn create_identity(&self, identity: &Identity) -> Result<Option<Standing>, StoreError>;
    /// The identity and the epochs of now.
    async fn standing(&self, id: IdentityId) -> Result<Option<Standing>, StoreError>;
    /// Raises the identity's epoch by one and answers the new one.
    async fn raise_identity_epoch(&self, id: IdentityId) -> Result<Option<u64>, StoreError>;
    /// Removes the identity and frees its custom id; `false` when it was not there.
    async fn delete_identity(&self, id: IdentityId) -> Result<bool, StoreError>;
    /// Takes the later of what is stored and what comes, for each identity that is there.
    async fn merge_last_issued(&self, notes: &[(IdentityId, Timestamp)]) -> Result<(), StoreError>;
}

/// The sum of all nouns.
pub trait Store: Resources + SigningKeys + Identities {}

impl<T: Resources + SigningKeys + Identities> Store for T {}
