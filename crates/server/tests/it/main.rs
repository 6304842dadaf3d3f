//! The server from outside: requests over a socket, answers as a client sees them.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may fail loudly"
)]

mod access_key;
mod administration;
mod answer_body;
mod assignments;
mod authorisation;
mod backup;
mod bearer;
mod bounds;
mod connector;
mod cors;
mod create_identity;
mod delete_assignment;
mod delete_identities;
mod delete_identity;
mod exchange_entra_user_access_token;
mod exchange_teams_extension_access_token;
mod exchange_teams_user_access_token;
mod facts;
mod forms;
mod get_assignment;
mod get_identity;
mod harness;
mod hmac_vectors;
mod http2;
mod introspect_access_token;
mod issue_access_token;
mod issuers;
mod list_assignments;
mod list_identities;
mod list_logs;
mod monitoring;
mod openapi;
mod ordered_json;
mod own_surface;
mod portal;
mod provider;
mod prune_identities;
mod publication;
mod published_api_description;
mod put_assignment;
mod reference;
mod rekey;
mod replay;
mod request;
mod resource;
mod revocation_feed;
mod revoke_access_tokens;
mod revoke_identities;
mod signing_keys;
mod stop;
mod trusted_tokens;
mod update_assignments;
