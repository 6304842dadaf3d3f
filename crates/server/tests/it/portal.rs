//! The portal, as a browser without script sees it.

mod browser;
mod frame;
mod identities;
mod keys;
mod openid;
mod sign_in;
mod telemetry;
mod tokens;
