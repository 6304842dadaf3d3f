//! Signatures and tokens from outside: published vectors, a corpus of ours, and properties.
#![expect(unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod corpus;
mod desk;
mod entra;
mod id_token;
mod rfc;
mod token;
mod wycheproof_vectors;
