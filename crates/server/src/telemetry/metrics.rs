//! Metrics: what is counted elsewhere, read when somebody asks, by the names that Prometheus and OTLP know it by.
//!
//! No label takes a value that callers choose; ids stand in records.

mod family;
mod requests;
mod rooms;

use std::collections::HashMap;
use std::sync::Arc;

use callsign_core::service::Service;
use callsign_store::StoreFigures;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Registry, TextEncoder};
use tokio::sync::Semaphore;

use super::Telemetry;
use crate::feed::Feeds;
use crate::signing::Choice;

/// The metric that says when the process started.
pub(super) const STARTED: &str = "process_start_time_seconds";

/// Reads what the engine of the store counted.
pub(crate) type ReadStoreFigures = Arc<dyn Fn() -> StoreFigures + Send + Sync>;

/// Where the figures come from.
pub(crate) struct Sources {
    /// Requests, records and sinks.
    pub(crate) telemetry: Arc<Telemetry>,
    /// Signing and its keys.
    pub(crate) service: Arc<Service>,
    /// The engine of the store.
    pub(crate) store: ReadStoreFigures,
    /// What signs.
    pub(crate) signing: Choice,
    /// Who reads feeds.
    pub(crate) feeds: Arc<Feeds>,
    /// The places under the limit of connections, and how many there are.
    pub(crate) connections: (Arc<Semaphore>, usize),
    /// When the process started, in seconds since 1970.
    pub(crate) started_at: i64,
}

/// Everything that is measured, in a registry of its own.
pub(crate) struct Metrics(Registry);

impl Metrics {
    /// # Errors
    /// When two metrics have one name.
    pub(crate) fn new(sources: Sources) -> prometheus::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(Collected::new(sources)?))?;
        Ok(Self(registry))
    }

    /// Reads everything now.
    pub(crate) fn gather(&self) -> Vec<MetricFamily> {
        self.0.gather()
    }

    /// The exposition, and its media type.
    ///
    /// # Errors
    /// When a family has no name or no metric.
    pub(crate) fn exposition(&self) -> prometheus::Result<(&'static str, String)> {
        Ok((prometheus::TEXT_FORMAT, TextEncoder::new().encode_to_string(&self.gather())?))
    }
}

struct Collected {
    sources: Sources,
    described: Vec<Desc>,
}

impl Collected {
    fn new(sources: Sources) -> prometheus::Result<Self> {
        let described = families(&sources).into_iter().map(|family| {
            Desc::new(family.name().to_owned(), family.help().to_owned(), Vec::new(), HashMap::new())
        });
        let described = described.collect::<prometheus::Result<_>>()?;
        Ok(Self { sources, described })
    }
}

impl Collector for Collected {
    fn desc(&self) -> Vec<&Desc> {
        self.described.iter().collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        families(&self.sources)
    }
}

fn families(sources: &Sources) -> Vec<MetricFamily> {
    let mut families = requests::families(&sources.telemetry.tally.totals());
    families.extend(rooms::families(sources));
    families
}
