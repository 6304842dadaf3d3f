//! The portal, as a browser without script sees it.

mod browser;
<<<<<<< HEAD
mod openid;
=======
mod frame;
mod identities;
mod keys;
>>>>>>> portal
mod sign_in;
mod telemetry;
mod tokens;
