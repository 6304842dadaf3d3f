//! Assignments as they are sent and answered.

use std::vec;

use azure_core::http::pager::Page;
use callsign_protocol::messages::reply;
use serde::{Deserialize, Deserializer, Serialize};

use super::{EntraPrincipalType, TeamsExtensionPrincipalType};
use crate::models::read;

/// What an Entra assignment shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EntraAssignmentRequest {
    /// The tenant of the user or group, or the tenant itself.
    pub tenant_id: String,
    /// Whom it is for.
    pub principal_type: EntraPrincipalType,
    /// The Entra applications through which tokens may be exchanged, by client id.
    pub client_ids: Vec<String>,
}

/// What an assignment of the Teams Phone extension shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TeamsExtensionAssignmentRequest {
    /// Whom it is for.
    pub principal_type: TeamsExtensionPrincipalType,
    /// The Entra applications through which tokens may be exchanged, by client id; not sent unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ids: Option<Vec<String>>,
}

impl EntraAssignmentRequest {
    /// An assignment for somebody of a tenant, through these applications.
    pub fn new(
        tenant_id: impl Into<String>,
        principal_type: EntraPrincipalType,
        client_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let client_ids = client_ids.into_iter().map(Into::into).collect();
        Self { tenant_id: tenant_id.into(), principal_type, client_ids }
    }
}

impl TeamsExtensionAssignmentRequest {
    /// An assignment that names no applications.
    #[must_use]
    pub const fn new(principal_type: TeamsExtensionPrincipalType) -> Self {
        Self { principal_type, client_ids: None }
    }

    /// The same with the applications through which tokens may be exchanged.
    #[must_use]
    pub fn with_client_ids(self, client_ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { client_ids: Some(client_ids.into_iter().map(Into::into).collect()), ..self }
    }
}

/// An Entra assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntraAssignment {
    /// The user, group or tenant.
    pub object_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Whom it is for.
    pub principal_type: EntraPrincipalType,
    /// The Entra applications through which tokens may be exchanged, by client id.
    pub client_ids: Vec<String>,
}

/// An assignment of the Teams Phone extension.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TeamsExtensionAssignment {
    /// The user or resource account.
    pub object_id: String,
    /// Its tenant.
    pub tenant_id: String,
    /// Whom it is for.
    pub principal_type: TeamsExtensionPrincipalType,
    /// The Entra applications through which tokens may be exchanged, by client id; `None` where the assignment names none.
    pub client_ids: Option<Vec<String>>,
}

/// A page of Entra assignments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntraAssignmentPage {
    /// The assignments.
    pub value: Vec<EntraAssignment>,
    /// Where the next page is; `None` on the last one.
    pub next_link: Option<String>,
}

impl From<reply::Assignment> for EntraAssignment {
    fn from(reply: reply::Assignment) -> Self {
        Self {
            object_id: reply.object_id,
            tenant_id: reply.tenant_id,
            principal_type: reply.principal_type.into(),
            client_ids: reply.client_ids.unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for EntraAssignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read::<reply::Assignment, D>(deserializer).map(Self::from)
    }
}

impl<'de> Deserialize<'de> for TeamsExtensionAssignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: reply::Assignment = read(deserializer)?;
        Ok(Self {
            object_id: reply.object_id,
            tenant_id: reply.tenant_id,
            principal_type: reply.principal_type.into(),
            client_ids: reply.client_ids,
        })
    }
}

impl<'de> Deserialize<'de> for EntraAssignmentPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let reply: reply::Assignments = read(deserializer)?;
        let value = reply.value.into_iter().map(EntraAssignment::from).collect();
        Ok(Self { value, next_link: reply.next_link.filter(|link| !link.is_empty()) })
    }
}

#[async_trait::async_trait]
impl Page for EntraAssignmentPage {
    type Item = EntraAssignment;
    type IntoIter = vec::IntoIter<EntraAssignment>;

    async fn into_items(self) -> azure_core::Result<Self::IntoIter> {
        Ok(self.value.into_iter())
    }
}
