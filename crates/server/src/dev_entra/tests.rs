//! Tests of the development authority as a whole: each is what a client does.

mod device;
mod grant;
mod house;
mod managed_identity;
mod public;
