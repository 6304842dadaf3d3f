//! Sinks: where records go besides memory. Each has a thread of its own behind a bounded queue, so that one that is slow, full or gone
//! holds up no request. What it loses is counted, and said in the log once a minute at most.

mod drain;
mod file;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus::proto::MetricFamily;

use super::{Metrics, Record};
use crate::config::{Config, RequestLevel};

use drain::Stdout;
pub(crate) use drain::{Drain, Lost};
use file::File;
pub(super) use file::tail;

/// Records that may wait for a sink: a second of them when 16,000 requests come in one, about 10 MB.
const WAITING_MAX: usize = 16_384;
/// Records that are handed to a sink at once.
const BATCH_MAX: usize = 512;
/// How long a stop waits for a sink to write what waits.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What a sink did.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    written: AtomicU64,
    lost: AtomicU64,
    /// What the sink said last when it lost something.
    reason: Mutex<Option<String>>,
}

impl Counts {
    /// Records that arrived, and those that did not.
    pub(crate) fn read(&self) -> (u64, u64) {
        (self.written.load(Ordering::Relaxed), self.lost.load(Ordering::Relaxed))
    }

    fn wrote(&self, records: usize) {
        self.written.fetch_add(u64::try_from(records).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn lose(&self, records: usize, reason: Option<String>) {
        self.lost.fetch_add(u64::try_from(records).unwrap_or(u64::MAX), Ordering::Relaxed);
        if reason.is_some() {
            *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = reason;
        }
    }
}

/// A sink, as those who have something for it see it.
pub(crate) struct Sink<T> {
    name: &'static str,
    queue: SyncSender<Option<T>>,
    counts: Arc<Counts>,
    closing: Arc<AtomicBool>,
    ended: Mutex<Receiver<()>>,
    /// Losses that the log was told of.
    told: AtomicU64,
}

impl<T: Send + 'static> Sink<T> {
    /// Starts the thread.
    pub(crate) fn start(name: &'static str, drain: impl Drain<T> + 'static) -> io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let (end, ended) = channel();
        let (counts, closing) = (Arc::<Counts>::default(), Arc::<AtomicBool>::default());
        let worker =
            Worker { waiting, drain, counts: Arc::clone(&counts), closing: Arc::clone(&closing), _end: end };
        std::thread::Builder::new().name(format!("sink-{name}")).spawn(|| worker.run())?;
        Ok(Self { name, queue, counts, closing, ended: Mutex::new(ended), told: AtomicU64::new(0) })
    }

    pub(super) fn offer(&self, item: T) {
        match self.queue.try_send(Some(item)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.counts.lose(1, Some("it does not keep up".to_owned())),
            Err(TrySendError::Disconnected(_)) => self.counts.lose(1, Some("its thread ended".to_owned())),
        }
    }

    /// Has what waits written, for so long. A sink that hangs is left behind.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
        // When the queue is full, the thread looks at the flag before it waits for more.
        let _ = self.queue.try_send(None);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever sent: the channel ends with the thread.
        if ended.recv_timeout(CLOSE_TIMEOUT) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!(sink.name = self.name, "a sink of records hangs; what waits for it is lost");
        }
    }

    fn tell_losses(&self) {
        let (_, lost) = self.counts.read();
        let more = lost - self.told.swap(lost, Ordering::Relaxed).min(lost);
        if more > 0 {
            let reason = self.counts.reason.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let reason = reason.unwrap_or_default();
            tracing::warn!(sink.name = self.name, sink.lost = more, error.reason = %reason, "a sink lost what it was to take");
        }
    }
}

/// The thread's side.
struct Worker<T, D> {
    waiting: Receiver<Option<T>>,
    drain: D,
    counts: Arc<Counts>,
    closing: Arc<AtomicBool>,
    _end: std::sync::mpsc::Sender<()>,
}

impl<T, D: Drain<T>> Worker<T, D> {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while self.next(&mut batch) {
            match self.drain.write(&batch) {
                Ok(()) => self.counts.wrote(batch.len()),
                Err(Lost { items, reason }) => {
                    let lost = items.map_or(batch.len(), |items| items.min(batch.len()));
                    self.counts.wrote(batch.len() - lost);
                    self.counts.lose(lost, Some(reason));
                }
            }
            batch.clear();
        }
    }

    /// `false` when nothing will come.
    fn next(&self, batch: &mut Vec<T>) -> bool {
        while batch.is_empty() {
            let first = match self.closing.load(Ordering::Relaxed) {
                true => self.waiting.try_recv().ok(),
                false => self.waiting.recv().ok(),
            };
            // An empty message only wakes.
            match first {
                None => return false,
                Some(item) => batch.extend(item),
            }
        }
        self.linger(batch);
        let room = BATCH_MAX.saturating_sub(batch.len());
        batch.extend(self.waiting.try_iter().take(room).flatten());
        true
    }

    /// Waits for others to go with the first, where each batch costs the sink much.
    fn linger(&self, batch: &mut Vec<T>) {
        let until = Instant::now() + self.drain.linger();
        while batch.len() < BATCH_MAX
            && let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            && let Ok(Some(item)) = self.waiting.recv_timeout(left)
        {
            batch.push(item);
        }
    }
}

/// All sinks that are configured.
pub(crate) struct Sinks {
    level: RequestLevel,
    records: Vec<Sink<Arc<Record>>>,
    readings: Option<Sink<Vec<MetricFamily>>>,
}

impl Sinks {
    /// Starts those that are configured.
    pub(crate) fn start(config: &Config) -> io::Result<Self> {
        let log = &config.request_log;
        let mut sinks = Self { level: log.level, records: Vec::new(), readings: None };
        if let Some(path) = &log.file {
            sinks.records.push(Sink::start("file", File::new(path, log.file_mib, log.files))?);
        }
        if log.stdout {
            sinks.records.push(Sink::start("stdout", Stdout)?);
        }
        #[cfg(feature = "otlp")]
        if let Some((records, readings)) = super::otlp::start(&config.otlp)? {
            sinks.records.extend(records);
            sinks.readings = Some(readings);
        }
        Ok(sinks)
    }

    pub(super) fn offer(&self, record: &Arc<Record>) {
        if record.level() >= self.level {
            self.records.iter().for_each(|sink| sink.offer(Arc::clone(record)));
        }
    }

    /// Hands on what the metrics were read to be, if anybody wants it.
    pub(crate) fn offer_reading(&self, metrics: &Metrics) {
        if let Some(readings) = &self.readings {
            readings.offer(metrics.gather());
        }
    }

    /// What each did, by its name.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, &Counts)> {
        let readings = self.readings.iter().map(|sink| (sink.name, sink.counts.as_ref()));
        self.records.iter().map(|sink| (sink.name, sink.counts.as_ref())).chain(readings)
    }

    /// Says in the log what was lost since the last time.
    pub(crate) fn tell_losses(&self) {
        self.records.iter().for_each(Sink::tell_losses);
        self.readings.iter().for_each(Sink::tell_losses);
    }

    /// Has what waits written.
    pub(crate) fn close(&self) {
        self.records.iter().for_each(Sink::close);
        self.readings.iter().for_each(Sink::close);
        self.tell_losses();
    }
}

#[cfg(test)]
mod tests;
