//! What can be chosen: once for a client, and for each call.

use std::time::Duration;

use azure_core::fmt::SafeDebug;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use callsign_protocol::version::ApiVersion;

/// Choices for a [`CommunicationIdentityClient`](crate::CommunicationIdentityClient).
///
/// ```
/// use callsign_client::CommunicationIdentityClientOptions;
///
/// assert_eq!(CommunicationIdentityClientOptions::default().api_version, "2026-09-23");
/// ```
#[derive(Clone, SafeDebug)]
pub struct CommunicationIdentityClientOptions {
    /// The version of the service's interface; the newest stable one, `2026-09-23`, unless set.
    ///
    /// Any text is sent as it is. What the versions have (Azure's published descriptions):
    ///
    /// | version | what changed for this client |
    /// | --- | --- |
    /// | `2020-07-20-preview2` | other paths and shapes, which this client speaks; creates and issues in two calls only |
    /// | `2021-03-07` | the first stable version |
    /// | `2021-10-31-preview` | adds the Teams exchange, which takes the token alone |
    /// | `2022-06-01` | the Teams exchange takes the application and the user as well |
    /// | `2022-10-01` | adds the lifetime of a token |
    /// | `2023-10-01` | adds the scopes `chat.join`, `chat.join.limited`, `voip.join` |
    /// | `2025-03-02-preview` | the only one with `custom_id` and [`get_user_detail`](crate::CommunicationIdentityClient::get_user_detail) |
    /// | `2025-06-30`, `2026-09-23` | as `2023-10-01` |
    pub api_version: String,
    /// Retries, transport, policies, telemetry: see [`ClientOptions`].
    ///
    /// Policies in `per_try_policies` run before the request is signed, so they may change it. `retry` says how often
    /// and how fast; that a create is not repeated when it may have happened is decided by this crate.
    pub client_options: ClientOptions,
}

impl Default for CommunicationIdentityClientOptions {
    fn default() -> Self {
        Self { api_version: ApiVersion::NEWEST.to_string(), client_options: ClientOptions::default() }
    }
}

/// Choices for [`create_user`](crate::CommunicationIdentityClient::create_user).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientCreateUserOptions<'a> {
    /// Your own name for the user, 1 to 256 characters: creating with the same name again answers the same user.
    /// Only `2025-03-02-preview` has it; other versions ignore it, so that every call makes another user.
    pub custom_id: Option<String>,
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`create_user_and_token`](crate::CommunicationIdentityClient::create_user_and_token).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientCreateUserAndTokenOptions<'a> {
    /// As in [`CommunicationIdentityClientCreateUserOptions::custom_id`].
    pub custom_id: Option<String>,
    /// As in [`CommunicationIdentityClientGetTokenOptions::token_expires_in`].
    pub token_expires_in: Option<Duration>,
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`get_token`](crate::CommunicationIdentityClient::get_token).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientGetTokenOptions<'a> {
    /// How long the token lives, in whole minutes; the service's own choice, 24 hours, unless set. The service accepts
    /// 60 to 1440 minutes, since version `2022-10-01`.
    pub token_expires_in: Option<Duration>,
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`revoke_tokens`](crate::CommunicationIdentityClient::revoke_tokens).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientRevokeTokensOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`delete_user`](crate::CommunicationIdentityClient::delete_user).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientDeleteUserOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`get_token_for_teams_user`](crate::CommunicationIdentityClient::get_token_for_teams_user).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientGetTokenForTeamsUserOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}

/// Choices for [`get_user_detail`](crate::CommunicationIdentityClient::get_user_detail).
#[derive(Clone, Default, SafeDebug)]
pub struct CommunicationIdentityClientGetUserDetailOptions<'a> {
    /// The context of the call.
    pub method_options: ClientMethodOptions<'a>,
}
