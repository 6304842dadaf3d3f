//! Checks access tokens of a Callsign server offline, and learns of revocations within seconds.
//!
#![doc = include_str!("../README.md")]

#[cfg(feature = "axum")]
mod axum;
mod backoff;
pub mod bearer;
mod builder;
mod capabilities;
pub mod clock;
mod connection;
mod feed;
mod health;
mod introspect;
mod keys;
mod knowledge;
mod link;
mod refused;
#[cfg(any(feature = "axum", feature = "tower"))]
mod reply;
mod shared;
#[cfg(feature = "tower")]
pub mod tower;
mod verified;
mod verifier;
mod watch;

pub use builder::{Builder, InvalidOption, WhenStale};
pub use capabilities::Capabilities;
pub use connection::{Connection, InvalidConnection};
pub use feed::{FeedFault, FeedSource};
pub use health::{FeedHealth, Health, KeysHealth};
pub use keys::KeysFault;
pub use link::LinkFailure;
pub use refused::Refused;
#[cfg(any(feature = "axum", feature = "tower"))]
pub use reply::Bodies;
pub use verified::{Freshness, Verified};
pub use verifier::Verifier;
pub use watch::Ended;

pub use callsign_protocol::access_key::{AccessKey, AccessKeyError};
pub use callsign_protocol::date::Timestamp;
pub use callsign_protocol::identity_id::IdentityId;
pub use callsign_protocol::scope::{Scope, Scopes};
pub use callsign_protocol::verification::Rejection;
pub use uuid::Uuid;
