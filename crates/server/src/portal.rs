//! The portal: pages for people who run this server.

mod answer;

use std::sync::Arc;

use crate::admin::Office;
use crate::config::Config;
use crate::http::site::{Answer, Visit};

/// What every path of the portal begins with.
const ROOT: &str = "/portal";

/// The portal.
pub(crate) struct Portal {
    office: Arc<Office>,
}

impl Portal {
    /// The portal of that configuration.
    pub(crate) fn new(_: &Config, office: &Arc<Office>) -> Self {
        Self { office: Arc::clone(office) }
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(&self, path: &str) -> bool {
        path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Answers a visit.
    pub(crate) async fn answer(&self, visit: &Visit<'_>) -> Answer {
        answer::page(format!("{} {} {}", visit.path, visit.arrival.secure, self.office.data_dir.display()))
    }
}
