//! The engines put to the test.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

mod contract;
mod copies;
mod durability;
mod faults;
mod folder;
mod sequence;
