//! A trusted token service that stands alone: it verifies who the user is, and gets the user's identity and access tokens from Azure
//! Communication Services or from Callsign by the SDK. The key stays here; the user's program never sees it.
//!
//! `callsign serve --trusted-tokens` has the same built in. This is for those who want to change it, or whose directory is Azure's.

mod api;
mod issuer;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientOptions, CommunicationUserIdentifier,
};

pub use issuer::Issuer;

/// The one version of the protocol with custom ids: creating with the same one again answers the same user, so that whose identity is
/// whose needs no table, and none is ever left over.
const API_VERSION: &str = "2025-03-02-preview";

/// The permission that a user's token needs to get an access token.
const PERMISSION: &str = "access_as_user";

/// Most users that are remembered; then all are forgotten.
const KNOWN_MAX: usize = 100_000;

/// What every request stands on.
pub(crate) struct Service {
    identities: CommunicationIdentityClient,
    issuer: Issuer,
    /// Users that were seen since the start, by custom id. It saves a request, and tells who has no identity; forgetting it loses nothing.
    known: Mutex<HashMap<String, CommunicationUserIdentifier>>,
}

/// The service: the connection string is that of the resource, and users are those of the issuer.
///
/// # Errors
/// When the connection string is none.
pub fn service(connection_string: &str, issuer: Issuer) -> anyhow::Result<Router> {
    let options =
        CommunicationIdentityClientOptions { api_version: API_VERSION.to_owned(), ..Default::default() };
    let identities = CommunicationIdentityClient::from_connection_string(connection_string, Some(options))?;
    let service = Arc::new(Service { identities, issuer, known: Mutex::default() });
    Ok(Router::new()
        .route("/api/user", get(api::get_user).post(api::create_user).delete(api::delete_user))
        .route("/api/token", get(api::get_token))
        .route("/api/token/teams", get(api::get_teams_token))
        .fallback(api::nothing_here)
        .method_not_allowed_fallback(api::method_not_allowed)
        .with_state(service))
}
