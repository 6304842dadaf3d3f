//! The directory: resources with their access keys, what is known of identities between two writes, and who did what.

pub mod audit;
pub mod custom_id;
pub mod entra_users;
pub mod feeds;
pub mod last_issued;
pub mod resource;
pub mod restart;
