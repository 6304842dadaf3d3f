//! The rules of Callsign: what may be created, issued, revoked and deleted, and what a token then says.
//!
//! It runs with no network, no disk and no wall clock: time, randomness, storage and signing come in from outside.
//! It must never know HTTP, SQL or a socket.

pub mod authorities;
pub mod caller;
pub mod clock;
pub mod directory;
pub mod entropy;
pub mod error;
pub mod operation;
pub mod service;
pub mod store;
pub mod token;
pub mod wrapping;

pub use error::Error;
