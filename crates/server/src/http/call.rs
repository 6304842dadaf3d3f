//! Calls of the protocol of ACS: what a handler gets. One exists only when bounds, authentication, version, parsing and
//! quota all agreed.

use std::sync::Arc;

use callsign_core::caller::{Caller, Proof};
use callsign_core::service::Service;
use callsign_protocol::assignment::AssignmentKey;
use callsign_protocol::entra::EntraToken;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::{
    CreateIdentity, ExchangeTeamsUser, InvalidMessage, IssueAccessToken, PutAssignment,
    UpdateEntraAssignments, check_empty,
};
use callsign_protocol::scope::Scopes;
use callsign_protocol::version::ApiVersion;
use uuid::Uuid;

use super::error::Refusal;
use super::exchange::Head;
use super::target::{assignment_segments, identity_segment, single_parameter};
use crate::quota::Operation;

/// The query parameter that says where a page begins.
const CONTINUATION: &str = "continuationToken";

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
    /// What stands before the body.
    pub(crate) head: Head<'a>,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// The whole body.
    pub(crate) body: &'a [u8],
}

impl Content<'_> {
    fn path(&self) -> &str {
        self.head.parts.uri.path()
    }
}

/// A message that can be read from a request.
pub(crate) trait Message: Sized {
    /// Reads it.
    fn read(content: &Content<'_>) -> Result<Self, Refusal>;

    /// The operation that it counts as for limits, if that depends on what it asks.
    fn counts_as(&self, operation: Operation) -> Operation {
        operation
    }

    /// The scopes that it asks for, if it asks for a token.
    fn scopes(&self) -> Option<&Scopes> {
        None
    }
}

impl Message for CreateIdentity {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        Self::parse(content.version, content.body).map_err(invalid)
    }

    fn counts_as(&self, operation: Operation) -> Operation {
        if self.scopes.is_some() { Operation::CreateIdentityAndToken } else { operation }
    }

    fn scopes(&self) -> Option<&Scopes> {
        self.scopes.as_ref()
    }
}

impl Message for IdentityId {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        let id = identity_segment(content.path());
        let read = id.and_then(|id| Self::read(id, content.caller.resource).ok());
        read.ok_or(Refusal::IdentityIdMalformed)
    }
}

impl Message for (IdentityId, IssueAccessToken) {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        let id = <IdentityId as Message>::read(content)?;
        Ok((id, IssueAccessToken::parse(content.version, content.body).map_err(invalid)?))
    }

    fn scopes(&self) -> Option<&Scopes> {
        Some(&self.1.scopes)
    }
}

impl Message for ExchangeTeamsUser {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        Self::parse(content.version, content.body).map_err(invalid)
    }
}

/// The caller's own token, which shall be exchanged. The body may say anything.
pub(crate) struct OwnToken(pub(crate) Arc<EntraToken>);

impl Message for OwnToken {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        check_empty(content.body).map_err(invalid)?;
        match &content.caller.proof {
            Proof::Entra(token) => Ok(Self(Arc::clone(token))),
            Proof::Key { .. } | Proof::Portal(_) => {
                Err(Refusal::Internal("no user was let into the exchange of a user".to_owned()))
            }
        }
    }
}

impl Message for AssignmentKey {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        let guid = |text: &str, member| {
            let read = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
            read.ok_or_else(|| invalid(InvalidMessage::MemberNoGuid { member }))
        };
        match assignment_segments(content.path()) {
            Some((None, object)) => Ok(Self::Entra(guid(object, "objectId")?)),
            Some((Some(tenant), object)) => Ok(Self::TeamsExtension {
                tenant: guid(tenant, "tenantId")?,
                object: guid(object, "objectId")?,
            }),
            None => Err(Refusal::RouteUnknown),
        }
    }
}

impl Message for PutAssignment {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        Self::parse(AssignmentKey::read(content)?, content.body).map_err(invalid)
    }
}

impl Message for UpdateEntraAssignments {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        Self::parse(content.body).map_err(invalid)
    }
}

/// Which page of assignments is asked for, and the address of the next one but for where it begins.
pub(crate) struct ListAssignments {
    pub(crate) after: Option<Uuid>,
    pub(crate) link: String,
}

impl Message for ListAssignments {
    fn read(content: &Content<'_>) -> Result<Self, Refusal> {
        let (path, query) = content.head.target.split_once('?').unwrap_or((content.head.target, ""));
        let after = single_parameter(query, CONTINUATION).map(|text| {
            Uuid::try_parse(text).map_err(|_| invalid(InvalidMessage::MemberNoGuid { member: CONTINUATION }))
        });
        let (base, version) = (content.head.origin(), content.version);
        let link = format!("{base}{path}?api-version={version}&{CONTINUATION}=");
        Ok(Self { after: after.transpose()?, link })
    }
}

fn invalid(message: InvalidMessage) -> Refusal {
    Refusal::Rule(message.into())
}
