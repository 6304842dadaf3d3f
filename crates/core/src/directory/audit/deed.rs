//! Deeds: what is about to be done, by whom and when.

use std::fmt;
use std::sync::Arc;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::date::Timestamp;

/// What is about to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// What else there is to know, never a secret.
    pub detail: String,
}

impl Deed {
    /// A deed of which no more is to be known.
    #[must_use]
    pub const fn new(at: Timestamp, actor: Actor, action: Action) -> Self {
        Self { at, actor, action, detail: String::new() }
    }

    /// The same with something else to know.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Whoever signed with an access key: `key:<slot>:<generation>`.
    Key {
        /// Which of the two.
        slot: KeySlot,
        /// How often it had been regenerated.
        generation: u64,
    },
    /// Whoever showed a token of Entra: `entra:<principal> by <application>`, as far as the token names them.
    Entra(Arc<str>),
    /// Whoever may write to the admin socket or the data folder: `administrator:<user id>`, where the system tells it.
    Administrator(Option<u32>),
    /// Whoever signed in to the portal: `portal:<name>`.
    Portal(Arc<str>),
    /// The server by itself: `server`.
    Server,
}

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { slot, generation } => write!(formatter, "key:{}:{generation}", slot.number()),
            Self::Entra(names) => write!(formatter, "entra:{names}"),
            Self::Administrator(Some(user)) => write!(formatter, "administrator:{user}"),
            Self::Administrator(None) => formatter.write_str("administrator"),
            Self::Portal(name) => write!(formatter, "portal:{name}"),
            Self::Server => formatter.write_str("server"),
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An identity is created, or found by its custom id.
    CreateIdentity,
    /// Identities are deleted.
    DeleteIdentity,
    /// Identities that were not used for long are deleted.
    PruneIdentity,
    /// All tokens of identities are revoked.
    RevokeAccessTokens,
    /// All tokens of a resource are revoked.
    RevokeResource,
    /// A resource is created.
    CreateResource,
    /// A resource is deleted.
    DeleteResource,
    /// A resource's tokens are signed by another algorithm from now on.
    SetSigningAlgorithm,
    /// An access key is replaced.
    RegenerateAccessKey,
    /// Access keys are shown.
    RevealAccessKeys,
    /// Signing keys are added, activated or retired.
    RotateSigningKeys,
    /// A signing key is compromised and revoked.
    RevokeSigningKey,
    /// All keys are wrapped under another key-encryption key.
    RewrapKeys,
    /// Who may exchange Entra tokens is changed.
    ChangeAssignment,
    /// A copy of the database is made.
    CreateBackup,
    /// A backup was put back.
    RestoreBackup,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 16] = [
        Self::CreateIdentity,
        Self::DeleteIdentity,
        Self::PruneIdentity,
        Self::RevokeAccessTokens,
        Self::RevokeResource,
        Self::CreateResource,
        Self::DeleteResource,
        Self::SetSigningAlgorithm,
        Self::RegenerateAccessKey,
        Self::RevealAccessKeys,
        Self::RotateSigningKeys,
        Self::RevokeSigningKey,
        Self::RewrapKeys,
        Self::ChangeAssignment,
        Self::CreateBackup,
        Self::RestoreBackup,
    ];

    /// The word in the record.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateIdentity => "create_identity",
            Self::DeleteIdentity => "delete_identity",
            Self::PruneIdentity => "prune_identity",
            Self::RevokeAccessTokens => "revoke_access_tokens",
            Self::RevokeResource => "revoke_resource",
            Self::CreateResource => "create_resource",
            Self::DeleteResource => "delete_resource",
            Self::SetSigningAlgorithm => "set_signing_algorithm",
            Self::RegenerateAccessKey => "regenerate_access_key",
            Self::RevealAccessKeys => "reveal_access_keys",
            Self::RotateSigningKeys => "rotate_signing_keys",
            Self::RevokeSigningKey => "revoke_signing_key",
            Self::RewrapKeys => "rewrap_keys",
            Self::ChangeAssignment => "change_assignment",
            Self::CreateBackup => "create_backup",
            Self::RestoreBackup => "restore_backup",
        }
    }
}
