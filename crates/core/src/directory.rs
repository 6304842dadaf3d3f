//! The directory: resources with their access keys, and what is known of identities between two writes.

pub mod last_issued;
pub mod resource;
