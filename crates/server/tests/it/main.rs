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
mod answer_body;
mod bounds;
mod create_identity;
mod delete_identity;
mod facts;
mod forms;
mod get_identity;
mod harness;
mod hmac_vectors;
mod http2;
mod issue_access_token;
mod ordered_json;
mod publication;
mod published_api_description;
mod reference;
mod replay;
mod request;
mod resource;
mod revoke_access_tokens;
mod stop;
