//! The words of ACS Identity on the wire: ids, scopes, versions, messages, errors, signatures and claims.
//!
//! Everything here is a pure function of its arguments. This crate must never know a socket, a clock or an executor.

pub mod access_key;
pub mod algorithm;
pub mod assignment;
pub mod claims;
pub mod connection_string;
pub mod date;
pub mod digest;
pub mod entra;
pub mod error_body;
pub mod identity_id;
pub mod key_set;
pub mod lifetime;
pub mod messages;
pub mod resource;
pub mod revocation;
pub mod scope;
pub mod secret;
pub mod signature;
pub mod verification;
pub mod version;
