//! The trusted token service: whoever a trusted issuer signed in gets an identity and tokens of their own.

mod answer;

use std::sync::Arc;

use callsign_core::service::Service;

use crate::config::Config;
use crate::http::site::{Answer, Visit};

/// The service.
pub(crate) struct TrustedTokens {
    service: Arc<Service>,
}

impl TrustedTokens {
    /// The service of that configuration.
    pub(crate) fn new(_: &Config, service: &Arc<Service>) -> Self {
        Self { service: Arc::clone(service) }
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(&self, path: &str) -> bool {
        matches!(path, "/api/user" | "/api/token" | "/api/token/teams")
    }

    /// Answers a visit.
    pub(crate) async fn answer(&self, visit: &Visit<'_>) -> Answer {
        answer::json(format!("{} {}", visit.path, self.service.issuer.as_str()))
    }
}
