//! Request and reply bodies, for every version.

pub mod reply;
pub mod request;
