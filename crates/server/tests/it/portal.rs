//! The portal, as a browser without script sees it.

mod browser;
mod openid;
mod sign_in;
