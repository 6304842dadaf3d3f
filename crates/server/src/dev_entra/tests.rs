//! Tests of the development authority as a whole: each is what a client does.

mod authorize;
mod device;
mod grant;
mod house;
mod managed_identity;
mod public;
