//! Calls of the protocol of ACS: what a handler gets. One exists only when bounds, authentication, version, parsing and
//! quota all agreed.

use std::sync::Arc;

use callsign_core::caller::Caller;
use callsign_core::service::Service;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::{CreateIdentity, InvalidMessage, IssueAccessToken};
use callsign_protocol::version::ApiVersion;

use super::error::Refusal;
use crate::quota::Operation;

/// A request that may be carried out.
pub(crate) struct Call<M> {
    /// What operations stand on.
    pub(crate) service: Arc<Service>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// In which version.
    pub(crate) version: ApiVersion,
    /// What for.
    pub(crate) message: M,
}

/// The parts of a request that a message is read from.
pub(crate) struct Content<'a> {
    /// The version that says which members there are.
    pub(crate) version: ApiVersion,
    /// The `{id}` segment of the canonical path.
    pub(crate) id: Option<&'a str>,
    /// The whole body.
    pub(crate) body: &'a [u8],
}

/// A message that can be read from a request.
pub(crate) trait Message: Sized {
    /// Reads it.
    fn read(content: &Content<'_>) -> Result<Self, Refusal>;

    /// The operation that it counts as for limits, if that depends on what it asks.
    fn counts_as(&self, operation: Operation) -> Operation {
        operation
    }
}

impl Message for CreateIdentity {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        Self::parse(content.version, content.body).map_err(invalid)
    }

    fn counts_as(&self, operation: Operation) -> Operation {
        if self.scopes.is_some() { Operation::CreateIdentityAndToken } else { operation }
    }
}

impl Message for IdentityId {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        content.id.and_then(|id| id.parse().ok()).ok_or(Refusal::IdentityIdMalformed)
    }
}

impl Message for (IdentityId, IssueAccessToken) {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        let id = IdentityId::read(content)?;
        Ok((id, IssueAccessToken::parse(content.version, content.body).map_err(invalid)?))
    }
}

fn invalid(message: InvalidMessage) -> Refusal {
    Refusal::Rule(message.into())
}
