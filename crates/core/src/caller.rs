//! Who asks: a resource, and what proved it.

use std::fmt;
use std::sync::Arc;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::MintedBy;
use callsign_protocol::entra::EntraToken;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::DataLocation;
use uuid::Uuid;

use crate::directory::audit::{Action, Actor, Deed};
use crate::error::Error;
use crate::service::Service;

/// An authenticated caller. Only authentication makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The resource it speaks for.
    pub resource: Uuid,
    /// Where that resource's data lies.
    pub data_location: DataLocation,
    /// What that resource's tokens are signed by.
    pub signing_algorithm: Algorithm,
    /// What proved it.
    pub proof: Proof,
}

/// What proved who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A signature by an access key of the resource.
    Key {
        /// Which of the two.
        slot: KeySlot,
        /// How often it had been regenerated.
        generation: u64,
    },
    /// A token of Microsoft Entra, or of another issuer that is trusted.
    Entra(Arc<EntraToken>),
    /// Somebody who signed in to the portal, by name.
    Portal(Arc<str>),
}

impl Proof {
    /// What a token that is issued on its word is minted by.
    #[must_use]
    pub const fn minted_by(&self) -> MintedBy {
        match self {
            Self::Key { slot, generation } => MintedBy::Key { slot: *slot, generation: *generation },
            // No key vouches for it either, so that no change of a key ends it.
            Self::Entra(_) | Self::Portal(_) => MintedBy::Entra,
        }
    }

    fn actor(&self) -> Actor {
        match self {
            Self::Key { slot, generation } => Actor::Key { slot: *slot, generation: *generation },
            Self::Entra(token) => {
                let names = [&token.principal, &token.application].into_iter().flatten();
                Actor::Entra(names.map(String::as_str).collect::<Vec<_>>().join(" by ").into())
            }
            Self::Portal(name) => Actor::Portal(Arc::clone(name)),
        }
    }
}

impl Caller {
    /// Refuses an id of another resource. The guid in the id decides, as it does for the live service
    /// (`live-behaviour.md` §3.1).
    ///
    /// # Errors
    /// [`Error::IdentityNotOwned`].
    pub fn check_owns(&self, id: IdentityId) -> Result<(), Error> {
        if id.resource() == self.resource { Ok(()) } else { Err(Error::IdentityNotOwned) }
    }

    /// What the caller is about to do now.
    #[must_use]
    pub fn deed(&self, service: &Service, action: Action) -> Deed {
        Deed::new(service.clock.now(), self.proof.actor(), action)
    }
}

/// As logs and records name it.
impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.actor().fmt(formatter)
    }
}
