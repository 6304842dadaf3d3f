//! What can be chosen for assignments: once for a client, and for each call.

use azure_core::fmt::SafeDebug;
use azure_core::http::pager::PagerOptions;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use callsign_protocol::version::ApiVersion;

use crate::options::CommunicationIdentityClientOptions;

/// Choices for an [`AssignmentsClient`](crate::AssignmentsClient).
///
/// ```
/// use callsign_client::AssignmentsClientOptions;
///
/// let options = AssignmentsClientOptions::default();
/// assert_eq!(options.entra_api_version, "2025-03-02-preview");
/// assert_eq!(options.teams_extension_api_version, "2026-09-23");
/// ```
#[derive(Clone, SafeDebug)]
pub struct AssignmentsClientOptions {
    /// The version of the service's interface for assignments of Entra users; `2025-03-02-preview`, the only one that has them,
    /// unless set. Any text is sent as it is.
    pub entra_api_version: String,
    /// The version for assignments of the Teams Phone extension; the newest stable one, `2026-09-23`, unless set. They are in
    /// `2025-03-02-preview` and `2025-06-30` as well, with the same members. Any text is sent as it is.
    pub teams_extension_api_version: String,
    /// Retries, transport, policies, telemetry: as in
    /// [`CommunicationIdentityClientOptions::client_options`](crate::CommunicationIdentityClientOptions::client_options).
    pub client_options: ClientOptions,
}

impl Default for AssignmentsClientOptions {
    fn default() -> Self {
        Self {
            entra_api_version: ApiVersion::V2025_03_02Preview.to_string(),
            teams_extension_api_version: ApiVersion::NEWEST.to_string(),
            client_options: ClientOptions::default(),
        }
    }
}

impl AssignmentsClientOptions {
    /// The same for the client of identities, whose way to the resource is used.
    pub(super) fn of_identities(&self) -> CommunicationIdentityClientOptions {
        CommunicationIdentityClientOptions {
            client_options: self.client_options.clone(),
            ..CommunicationIdentityClientOptions::default()
        }
    }
}

/// Choices for [`put_entra_assignment`](crate::AssignmentsClient::put_entra_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientPutEntraAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`get_entra_assignment`](crate::AssignmentsClient::get_entra_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientGetEntraAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`delete_entra_assignment`](crate::AssignmentsClient::delete_entra_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientDeleteEntraAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`list_entra_assignments`](crate::AssignmentsClient::list_entra_assignments).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientListEntraAssignmentsOptions {
    /// The context of the requests, and where to go on.
    pub method_options: PagerOptions<'static>,
}

/// Choices for [`update_entra_assignments`](crate::AssignmentsClient::update_entra_assignments).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientUpdateEntraAssignmentsOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`put_teams_extension_assignment`](crate::AssignmentsClient::put_teams_extension_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientPutTeamsExtensionAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`get_teams_extension_assignment`](crate::AssignmentsClient::get_teams_extension_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientGetTeamsExtensionAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`delete_teams_extension_assignment`](crate::AssignmentsClient::delete_teams_extension_assignment).
#[derive(Clone, Default, SafeDebug)]
pub struct AssignmentsClientDeleteTeamsExtensionAssignmentOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}
