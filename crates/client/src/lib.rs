//! A client of Azure Communication Services (ACS) Identity, against Azure and against Callsign.
//!
#![doc = include_str!("../README.md")]

mod assignments;
mod client;
pub mod clock;
mod credential;
mod directory;
pub mod error;
mod identifier;
#[cfg(feature = "mock")]
pub mod mock;
mod models;
mod options;
mod pipeline;
mod token_credential;

pub use assignments::{
    AssignmentsClient, AssignmentsClientDeleteEntraAssignmentOptions,
    AssignmentsClientDeleteTeamsExtensionAssignmentOptions, AssignmentsClientGetEntraAssignmentOptions,
    AssignmentsClientGetTeamsExtensionAssignmentOptions, AssignmentsClientListEntraAssignmentsOptions,
    AssignmentsClientOptions, AssignmentsClientPutEntraAssignmentOptions,
    AssignmentsClientPutTeamsExtensionAssignmentOptions, AssignmentsClientUpdateEntraAssignmentsOptions,
    EntraAssignment, EntraAssignmentPage, EntraAssignmentRequest, EntraPrincipalType,
    TeamsExtensionAssignment, TeamsExtensionAssignmentRequest, TeamsExtensionPrincipalType,
};
pub use client::CommunicationIdentityClient;
pub use credential::KeyCredential;
pub use directory::{
    ChangedIdentities, DirectoryClient, DirectoryClientChangeIdentitiesOptions,
    DirectoryClientIntrospectOptions, DirectoryClientListIdentitiesOptions, DirectoryClientListLogsOptions,
    DirectoryClientPruneIdentitiesOptions, IdentityChange, IdentityPage, IdentityStatus, Introspection,
    ListedIdentity, LogPage, LogRecord, PrunedIdentities,
};
pub use error::ServiceError;
pub use identifier::{
    CloudEnvironment, CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier, PhoneNumberIdentifier, TeamsExtensionUserIdentifier,
};
pub use models::{AccessToken, CommunicationUserIdentifierAndToken, TokenScope, UserDetail};
pub use options::{
    CommunicationIdentityClientCreateUserAndTokenOptions, CommunicationIdentityClientCreateUserOptions,
    CommunicationIdentityClientDeleteUserOptions, CommunicationIdentityClientGetTokenForTeamsUserOptions,
    CommunicationIdentityClientGetTokenOptions, CommunicationIdentityClientGetUserDetailOptions,
    CommunicationIdentityClientOptions, CommunicationIdentityClientRevokeTokensOptions,
};
pub use token_credential::{
    CommunicationTokenCredential, EntraCommunicationTokenCredentialOptions, TokenRefreshOptions,
    TokenRefresher,
};
