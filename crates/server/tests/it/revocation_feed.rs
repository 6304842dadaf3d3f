//! Feeds of revocations: streams, long polls and snapshots, as those who check tokens read them.

mod access;
mod https;
mod long_poll;
mod reader;
mod snapshot;
mod stream;

/// Where the feeds are.
const STREAM: &str = "/callsign/v1/revocations/stream";
const POLL: &str = "/callsign/v1/revocations";
const SNAPSHOT: &str = "/callsign/v1/revocations/snapshot";
