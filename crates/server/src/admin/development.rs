//! What clients need of the development authority of a running server.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::dev_entra::Authority;

/// The development authority, as administration tells of it.
pub struct Development {
    /// Its tenant.
    pub tenant: Uuid,
    /// The client id and the secret of its first application.
    pub application: Option<(String, Zeroizing<String>)>,
    /// What `IDENTITY_HEADER` holds.
    pub identity_header: Zeroizing<String>,
}

impl Development {
    pub(crate) fn new(config: &Config, authority: &Arc<Authority>) -> Self {
        let application = config.dev_entra.applications().into_iter().next();
        Self {
            tenant: config.dev_entra.tenant,
            application: application
                .map(|application| (application.client_id, Zeroizing::new(application.secret))),
            identity_header: Zeroizing::new(authority.identity_header().to_owned()),
        }
    }
}

impl fmt::Debug for Development {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Development").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}
