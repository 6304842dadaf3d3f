//! Metrics of the store, of signing, of feeds, of connections and of the records themselves.

use callsign_core::token::rotation::KeyTimes;
use callsign_protocol::algorithm::Algorithm;
use callsign_store::COMMIT_BOUNDS_MICROSECONDS;
use prometheus::proto::{MetricFamily, MetricType};

use super::family::{counter, counter_of, counters, family, gauge_of, gauges, histogram, seconds};
use super::{STARTED, Sources};

const SECONDS_PER_DAY: u32 = 24 * 60 * 60;

pub(super) fn families(sources: &Sources) -> Vec<MetricFamily> {
    let mut families = store(sources);
    families.extend(signing(sources));
    families.extend(signing_keys(sources));
    families.extend(feeds(sources));
    families.extend(process(sources));
    families
}

fn store(sources: &Sources) -> Vec<MetricFamily> {
    let figures = (sources.store)();
    let commits = (&COMMIT_BOUNDS_MICROSECONDS[..], &figures.commits_by_time[..]);
    vec![
        family(
            (
                "callsign_store_commit_duration_seconds",
                "Transactions that were committed, until on the disk.",
            ),
            MetricType::HISTOGRAM,
            [histogram(&[], commits, figures.commit_microseconds)],
        ),
        counter_of(
            ("callsign_store_writes_total", "Writes that were committed; many share a transaction."),
            figures.writes,
        ),
        counter_of(
            ("callsign_store_failures_total", "Transactions that were undone because the engine failed."),
            figures.failures,
        ),
        counter_of(
            ("callsign_store_refused_writes_total", "Writes that were refused because too many waited."),
            figures.refused,
        ),
        gauge_of(("callsign_store_waiting_writes", "Writes that wait."), figures.waiting as f64),
    ]
}

fn signing(sources: &Sources) -> Vec<MetricFamily> {
    let (queue, figures) = (&sources.service.signing, sources.service.signing.figures());
    let batches = (1_u64..).zip(figures.batches_by_size);
    let batches = batches.map(|(size, count)| counter(&[("size", &size.to_string())], count as f64));
    vec![
        family(
            (
                "callsign_signer_batches_total",
                "Batches that were signed, by how many signatures were in them.",
            ),
            MetricType::COUNTER,
            batches,
        ),
        family(
            (
                "callsign_signer_wait_seconds_total",
                "How long all signatures waited for their batch, together.",
            ),
            MetricType::COUNTER,
            [counter(&[], seconds(figures.waited_microseconds))],
        ),
        counter_of(
            ("callsign_signer_refused_total", "Signatures that were refused because too many waited."),
            figures.refused,
        ),
        gauge_of(("callsign_signer_waiting", "Signatures that wait for a batch."), queue.waiting() as f64),
        gauges(
            ("callsign_signer_engine_info", "What signs now."),
            [(&[("engine", sources.signing.name().as_str())][..], 1.0)],
        ),
        counter_of(
            (
                "callsign_signer_engine_faults_total",
                "Faults of the vectorised engine; the first switches it off.",
            ),
            u64::from(sources.signing.is_switched_off()),
        ),
    ]
}

fn signing_keys(sources: &Sources) -> Vec<MetricFamily> {
    let (keys, now) = (&sources.service.signing_keys, sources.service.clock.now());
    let times = keys.in_force().times();
    let active = |algorithm: Algorithm| {
        let of_it = times.iter().filter(move |key| key.algorithm == algorithm);
        of_it.map(|key: &KeyTimes| key.activates_at).filter(|at| *at <= now).max()
    };
    let words = Algorithm::ALL.map(|algorithm| (algorithm.to_string(), active(algorithm)));
    let labelled: Vec<_> = words
        .iter()
        .filter_map(|(word, at)| Some(([("algorithm", word.as_str())], at.as_ref()?.unix_seconds())))
        .collect();
    vec![
        gauges(
            (
                "callsign_signing_key_activation_timestamp_seconds",
                "When the key began to sign that signs now, in seconds since 1970.",
            ),
            labelled.iter().map(|(labels, at)| (&labels[..], *at as f64)),
        ),
        gauge_of(
            (
                "callsign_signing_key_rotation_interval_seconds",
                "How long a key signs before the next one does.",
            ),
            f64::from(u32::from(keys.policy.rotate_every_days) * SECONDS_PER_DAY),
        ),
    ]
}

fn feeds(sources: &Sources) -> Vec<MetricFamily> {
    let figures = sources.feeds.figures();
    vec![
        gauge_of(
            ("callsign_feed_readers", "Streams and long polls of revocation feeds that are open."),
            figures.readers as f64,
        ),
        counter_of(
            ("callsign_feed_entries_total", "Entries of revocation feeds that were told to readers."),
            figures.entries,
        ),
        gauge_of(
            ("callsign_feed_waiting_frames", "Frames that the slowest reader of a feed has not taken yet."),
            figures.frames_waiting as f64,
        ),
        gauge_of(
            (
                "callsign_feed_silence_seconds",
                "How long ago the most silent of the feeds that are read told where it stands.",
            ),
            figures.silent_for.as_secs_f64(),
        ),
    ]
}

fn process(sources: &Sources) -> Vec<MetricFamily> {
    let (places, connections_max) = &sources.connections;
    let open = connections_max.saturating_sub(places.available_permits());
    let sinks: Vec<_> =
        sources.telemetry.sinks.counts().map(|(name, counts)| ([("sink", name)], counts.read())).collect();
    let (records, dropped) = sources.telemetry.journal.sizes();
    vec![
        gauge_of(
            ("callsign_connections_open", "Connections that are open, over all listeners."),
            open as f64,
        ),
        gauge_of(("callsign_connections_max", "How many may be open at once."), *connections_max as f64),
        gauge_of(
            ("callsign_journal_records", "Records of requests that are kept in memory."),
            records as f64,
        ),
        counter_of(
            ("callsign_journal_dropped_records_total", "Records that made room for newer ones in memory."),
            dropped,
        ),
        counters(
            ("callsign_sink_written_records_total", "Records that a sink took."),
            sinks.iter().map(|(labels, (written, _))| (&labels[..], *written)),
        ),
        counters(
            ("callsign_sink_lost_records_total", "Records that a sink lost: it was slow, full or gone."),
            sinks.iter().map(|(labels, (_, lost))| (&labels[..], *lost)),
        ),
        gauges(
            ("callsign_build_info", "The version of the server."),
            [(&[("version", env!("CARGO_PKG_VERSION"))][..], 1.0)],
        ),
        gauge_of((STARTED, "When the process started, in seconds since 1970."), sources.started_at as f64),
    ]
}
