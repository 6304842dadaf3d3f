//! The service: HTTP, authentication, certificates, administration and their composition.
//!
//! Embed it with [`Server::start`], or run it to its end with [`run`].

pub mod admin;
mod app;
mod authenticate;
pub mod compose;
pub mod config;
pub mod connector;
mod dev_entra;
mod entra;
mod feed;
mod handler;
pub mod http;
mod per_minute;
mod portal;
mod quota;
pub mod serve;
mod signing;
mod telemetry;
mod throttle;
pub mod tls;
mod trusted_tokens;

pub use compose::StartError;
pub use http::openapi;
pub use serve::{Ready, Server, run};
