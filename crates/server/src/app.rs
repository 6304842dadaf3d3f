//! What every request of a running server stands on.

use std::sync::Arc;

use bytes::Bytes;
use callsign_core::service::Service;
use callsign_protocol::resource::ResourceName;

use crate::admin::Refusals;
use crate::connector::Address;
use crate::dev_entra::Authority;
use crate::entra::Grants;
use crate::feed::Feeds;
use crate::http::site::Health;
use crate::portal::Portal;
use crate::quota::Quotas;
use crate::telemetry::{Metrics, Telemetry};
use crate::throttle::Throttle;
use crate::trusted_tokens::TrustedTokens;

/// Put together once by composition.
pub(crate) struct App {
    /// The core.
    pub(crate) service: Arc<Service>,
    /// The limits profile.
    pub(crate) quotas: Quotas,
    /// Failed authentications.
    pub(crate) throttle: Throttle,
    /// The last refused signatures, for `doctor request`.
    pub(crate) refusals: Arc<Refusals>,
    /// What is known of the work.
    pub(crate) telemetry: Arc<Telemetry>,
    /// The same for Prometheus.
    pub(crate) metrics: Arc<Metrics>,
    /// Whether the server is well.
    pub(crate) health: Health,
    /// Who reads feeds of revocations.
    pub(crate) feeds: Arc<Feeds>,
    /// The description of our own surface.
    pub(crate) open_api: Bytes,
    /// How far a signed date may be from the clock, in minutes.
    pub(crate) date_window_minutes: u16,
    /// Host names that lead to the default resource.
    pub(crate) hosts: Vec<String>,
    /// What callers with a token may do.
    pub(crate) grants: Grants,
    /// Resources whose access keys open nothing; `*` is all of them.
    pub(crate) keys_disabled: Vec<String>,
    /// Origins of web pages whose script may call what users call.
    pub(crate) cors_origins: Vec<String>,
    /// The development authority, when it is on. Refusals then tell their reason.
    pub(crate) dev_entra: Option<Arc<Authority>>,
    /// The portal, when it is on.
    pub(crate) portal: Option<Arc<Portal>>,
    /// Where the connector calls unless it is told otherwise, when it is on.
    pub(crate) connector: Option<Address>,
    /// The trusted token service, when it is on.
    pub(crate) trusted_tokens: Option<Arc<TrustedTokens>>,
    /// Whether `Strict-Transport-Security` is sent to hosts that are not loopback: only with given certificates, for on
    /// localhost it would break a developer's other sites.
    pub(crate) strict_transport: bool,
}

impl App {
    /// Whether the access keys of the resource open nothing.
    pub(crate) fn keys_are_disabled(&self, resource: &ResourceName) -> bool {
        self.keys_disabled.iter().any(|name| name == "*" || name == resource.as_str())
    }
}
