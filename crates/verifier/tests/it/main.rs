//! The verifier from outside: against a server that lies and fails by script, and against the real one.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod examples;
mod feed_lies;
mod freshness;
mod house;
mod introspection;
mod keys;
mod long_poll;
mod offline_checks;
mod options;
mod readme;
mod real_server;
mod requests;
mod revocations;
mod server;
mod signature_cache;
mod signing_engines;
mod snapshots;
mod stream;
mod verify;
mod watch;
