//! The portal, as a browser without script sees it.

mod browser;
mod sign_in;
