//! Who asks: a resource, and what proved it.

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::MintedBy;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::resource::DataLocation;
use uuid::Uuid;

use crate::directory::audit::{Action, Actor, Deed};
use crate::error::Error;
use crate::service::Service;

/// An authenticated caller. Only authentication makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The resource it speaks for.
    pub resource: Uuid,
    /// Where that resource's data lies.
    pub data_location: DataLocation,
    /// What that resource's tokens are signed by.
    pub signing_algorithm: Algorithm,
    /// What proved it.
    pub minted_by: MintedBy,
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
        Deed::new(service.clock.now(), Actor::Caller(self.minted_by), action)
    }
}
