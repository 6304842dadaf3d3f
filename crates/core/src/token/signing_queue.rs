//! The threads that sign: a bounded line of what waits, batches of it, no timer.

mod figures;
mod line;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use aws_lc_rs::digest;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::signer::{Signer, SigningFailed, Wanted};
use super::signing_key::SigningKey;
use crate::error::Error;
use figures::Counts;
use line::{Joined, Line};

pub use figures::SigningFigures;

/// Most signatures in a batch: the lanes of a vectorised engine (`design/performance.md` §2).
pub const BATCH_MAX: usize = 8;

/// Signatures that may wait per thread: about 20 ms of work at 350 µs each (`design/performance.md` §1, §2).
const WAITING_MAX_PER_THREAD: usize = 64;

/// Hands signatures to dedicated threads.
pub struct SigningQueue {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    waiting: Mutex<Waiting>,
    work: Condvar,
    counts: Counts,
}

struct Waiting {
    line: Line<Job>,
    closed: bool,
}

struct Job {
    wanted: Wanted,
    since: Instant,
    reply: oneshot::Sender<Result<Vec<u8>, Error>>,
}

impl SigningQueue {
    /// Starts one thread for each engine. `on_start` runs first on each of them, to lower its priority.
    ///
    /// # Errors
    /// When the machine starts no thread.
    pub fn start(engines: Vec<Box<dyn Signer>>, on_start: fn()) -> std::io::Result<Self> {
        let line = Line::new(WAITING_MAX_PER_THREAD * engines.len().max(1));
        let waiting = Mutex::new(Waiting { line, closed: false });
        let shared = Arc::new(Shared { waiting, work: Condvar::new(), counts: Counts::default() });
        let mut queue = Self { shared, threads: Vec::new() };
        for (number, mut engine) in engines.into_iter().enumerate() {
            let shared = Arc::clone(&queue.shared);
            let thread = std::thread::Builder::new().name(format!("sign-{number}"));
            queue.threads.push(thread.spawn(move || {
                on_start();
                while let Some(batch) = shared.next_batch() {
                    sign_batch(engine.as_mut(), batch);
                }
            })?);
        }
        Ok(queue)
    }

    /// Signs the text for a resource by the algorithm of the key. Resources take turns.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once when too much waits, or later when another resource has to have its share;
    /// [`Error::Internal`] when the engine fails.
    pub async fn sign(&self, resource: Uuid, key: &Arc<SigningKey>, text: &str) -> Result<Vec<u8>, Error> {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let (reply, answer) = oneshot::channel();
        let wanted = Wanted { key: Arc::clone(key), digest };
        self.shared.push(resource, Job { wanted, since: Instant::now(), reply });
        // The reply is dropped only when the queue is.
        answer.await.unwrap_or_else(|_| Err(Error::Internal("the signing threads have stopped".to_owned())))
    }

    /// How many signatures wait for a batch.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.waiting().line.len()
    }

    /// What was signed since the start.
    #[must_use]
    pub fn figures(&self) -> SigningFigures {
        self.shared.counts.read()
    }
}

impl Drop for SigningQueue {
    fn drop(&mut self) {
        self.shared.waiting().closed = true;
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, resource: Uuid, job: Job) {
        let joined = self.waiting().line.join(resource, job);
        let refused = match joined {
            Joined::Waits => None,
            Joined::InPlaceOf(job) | Joined::Refused(job) => Some(job),
        };
        self.work.notify_one();
        if let Some(job) = refused {
            self.counts.refused();
            let _ = job.reply.send(Err(Error::Overloaded));
        }
    }

    fn next_batch(&self) -> Option<Vec<Job>> {
        let mut waiting = self.waiting();
        while waiting.line.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let batch = waiting.line.take(BATCH_MAX);
        drop(waiting);
        self.counts.begun(batch.iter().map(|job| job.since));
        Some(batch)
    }
}

fn sign_batch(engine: &mut dyn Signer, batch: Vec<Job>) {
    let (wanted, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|job| (job.wanted, job.reply)).unzip();
    // An engine that panics fails its batch, and the thread goes on: nobody waits for a thread that is gone.
    let signatures = catch_unwind(AssertUnwindSafe(|| engine.sign(&wanted))).unwrap_or_default();
    let signatures = signatures.into_iter().chain(std::iter::repeat(Err(SigningFailed)));
    for (reply, signature) in replies.into_iter().zip(signatures) {
        // Nobody waits any more when the caller went away; the signature is dropped with it.
        let _ = reply.send(signature.map_err(|failed| Error::Internal(failed.to_string())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::local_signer::LocalSigner;
    use callsign_protocol::algorithm::Algorithm;
    use futures_executor::block_on;
    use std::sync::mpsc;

    const RESOURCE: Uuid = Uuid::from_u128(1);
    const NEIGHBOUR: Uuid = Uuid::from_u128(2);

    /// An engine that says when a batch arrived and waits to be let go.
    struct Gate {
        arrived: mpsc::Sender<usize>,
        go: mpsc::Receiver<()>,
    }

    impl Signer for Gate {
        fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
            self.arrived.send(batch.len()).unwrap();
            self.go.recv().unwrap();
            batch.iter().map(|_| Ok(vec![7])).collect()
        }
    }

    fn key() -> Arc<SigningKey> {
        Arc::new(SigningKey::generate(Algorithm::Es256).unwrap())
    }

    fn push(queue: &SigningQueue, resource: Uuid) -> oneshot::Receiver<Result<Vec<u8>, Error>> {
        let (reply, answer) = oneshot::channel();
        let wanted = Wanted { key: key(), digest: digest::digest(&digest::SHA256, b"later") };
        queue.shared.push(resource, Job { wanted, since: Instant::now(), reply });
        answer
    }

    #[test]
    fn signatures_verify_under_the_public_key() {
        let key = Arc::new(SigningKey::generate(Algorithm::Rs256).unwrap());
        let queue = SigningQueue::start(vec![Box::new(LocalSigner), Box::new(LocalSigner)], || {}).unwrap();
        for text in ["a", "b", "c"] {
            let signature = block_on(queue.sign(RESOURCE, &key, text)).unwrap();
            assert!(key.verifying().verifies(text.as_bytes(), &signature));
            assert!(!key.verifying().verifies(b"d", &signature));
        }
        let figures = queue.figures();
        assert_eq!((figures.batches_by_size.first().copied(), figures.refused), (Some(3), 0));
    }

    #[test]
    fn a_lone_request_is_signed_at_once_and_what_waits_then_goes_in_batches() {
        let ((arrived, batches), (go, gate)) = (mpsc::channel(), mpsc::channel());
        let queue = SigningQueue::start(vec![Box::new(Gate { arrived, go: gate })], || {}).unwrap();
        let first = push(&queue, RESOURCE);
        assert_eq!(batches.recv().unwrap(), 1);
        let waiting: Vec<_> = (0..WAITING_MAX_PER_THREAD).map(|_| push(&queue, RESOURCE)).collect();
        // The line is full now: the next one is refused at once, and not queued.
        assert_eq!(block_on(queue.sign(RESOURCE, &key(), "too much")), Err(Error::Overloaded));
        // A neighbour gets a place all the same, and its turn after the next.
        let neighbour = push(&queue, NEIGHBOUR);
        go.send(()).unwrap();
        assert_eq!(block_on(first).unwrap(), Ok(vec![7]));
        assert_eq!(batches.recv().unwrap(), BATCH_MAX);
        go.send(()).unwrap();
        assert_eq!(block_on(neighbour).unwrap(), Ok(vec![7]));
        for _ in 1..WAITING_MAX_PER_THREAD / BATCH_MAX {
            assert_eq!(batches.recv().unwrap(), BATCH_MAX);
            go.send(()).unwrap();
        }
        let answers: Vec<_> = waiting.into_iter().map(|answer| block_on(answer).unwrap()).collect();
        let (last, others) = answers.split_last().unwrap();
        assert_eq!(last, &Err(Error::Overloaded), "it made place for the neighbour");
        assert!(others.iter().all(Result::is_ok));
        let figures = queue.figures();
        assert_eq!((figures.batches_by_size, figures.refused), ([1, 0, 0, 0, 0, 0, 0, 8], 2));
    }

    /// Panics in its first batch, and leaves one of two unanswered in its second.
    struct Faulty(usize);

    impl Signer for Faulty {
        fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
            self.0 += 1;
            assert!(self.0 > 1, "the first batch");
            if self.0 == 2 { Vec::new() } else { batch.iter().map(|_| Ok(vec![7])).collect() }
        }
    }

    #[test]
    fn an_engine_that_panics_or_forgets_fails_its_batch_and_the_thread_goes_on() {
        let queue = SigningQueue::start(vec![Box::new(Faulty(0))], || {}).unwrap();
        for _ in 0..2 {
            assert!(matches!(block_on(queue.sign(RESOURCE, &key(), "a")), Err(Error::Internal(_))));
        }
        assert_eq!(block_on(queue.sign(RESOURCE, &key(), "a")), Ok(vec![7]));
    }
}
