//! The way each official client signs: as test vectors, bit by bit, and over the wire.

mod vectors;
mod wire;
