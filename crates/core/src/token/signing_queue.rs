//! The threads that sign: a bounded queue, batches of what waits, no timer.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use aws_lc_rs::digest;
use tokio::sync::oneshot;

use super::signer::{Signer, SigningFailed, Wanted};
use super::signing_key::SigningKey;
use crate::error::Error;

/// Most signatures in a batch: the lanes of a vectorised engine (`design/performance.md` §2).
const BATCH_MAX: usize = 8;

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
    waiting_max: usize,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    closed: bool,
}

struct Job {
    wanted: Wanted,
    reply: oneshot::Sender<Result<Vec<u8>, SigningFailed>>,
}

impl SigningQueue {
    /// Starts one thread for each engine. `on_start` runs first on each of them, to lower its priority.
    ///
    /// # Errors
    /// When the machine starts no thread.
    pub fn start(engines: Vec<Box<dyn Signer>>, on_start: fn()) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            work: Condvar::new(),
            waiting_max: WAITING_MAX_PER_THREAD * engines.len().max(1),
        });
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

    /// Signs the text: RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// # Errors
    /// [`Error::Overloaded`] at once when too much waits; [`Error::Internal`] when the engine fails.
    pub async fn sign(&self, key: &Arc<SigningKey>, text: &str) -> Result<Vec<u8>, Error> {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        let (reply, answer) = oneshot::channel();
        self.shared.push(Job { wanted: Wanted { key: Arc::clone(key), digest }, reply })?;
        match answer.await {
            Ok(Ok(signature)) => Ok(signature),
            Ok(Err(failed)) => Err(Error::Internal(failed.to_string())),
            Err(_) => Err(Error::Internal("the signing thread has stopped".to_owned())),
        }
    }
}

impl Drop for SigningQueue {
    fn drop(&mut self) {
        self.shared.waiting().closed = true;
        self.shared.work.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has already dropped its replies; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) -> Result<(), Error> {
        let mut waiting = self.waiting();
        if waiting.jobs.len() >= self.waiting_max {
            return Err(Error::Overloaded);
        }
        waiting.jobs.push_back(job);
        drop(waiting);
        self.work.notify_one();
        Ok(())
    }

    fn next_batch(&self) -> Option<Vec<Job>> {
        let mut waiting = self.waiting();
        while waiting.jobs.is_empty() {
            if waiting.closed {
                return None;
            }
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let size = waiting.jobs.len().min(BATCH_MAX);
        Some(waiting.jobs.drain(..size).collect())
    }
}

fn sign_batch(engine: &mut dyn Signer, batch: Vec<Job>) {
    let (wanted, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|job| (job.wanted, job.reply)).unzip();
    for (reply, signature) in replies.into_iter().zip(engine.sign(&wanted)) {
        // Nobody waits any more when the caller went away; the signature is dropped with it.
        let _ = reply.send(signature);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::local_signer::LocalSigner;
    use callsign_protocol::algorithm::Algorithm;
    use futures_executor::block_on;
    use std::sync::mpsc;

    /// An engine that says when a batch arrived and waits to be let go.
    struct Gate {
        arrived: mpsc::Sender<usize>,
        go: mpsc::Receiver<()>,
    }

    impl Signer for Gate {
        fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
            self.arrived.send(batch.len()).unwrap();
            self.go.recv().unwrap();
            batch.iter().map(|_| Err(SigningFailed)).collect()
        }
    }

    #[test]
    fn signatures_verify_under_the_public_key() {
        let key = Arc::new(SigningKey::generate(Algorithm::Rs256).unwrap());
        let queue = SigningQueue::start(vec![Box::new(LocalSigner), Box::new(LocalSigner)], || {}).unwrap();
        for text in ["a", "b", "c"] {
            let signature = block_on(queue.sign(&key, text)).unwrap();
            assert!(key.verifying().verifies(text.as_bytes(), &signature));
            assert!(!key.verifying().verifies(b"d", &signature));
        }
    }

    #[test]
    fn a_lone_request_is_signed_at_once_and_what_waits_then_goes_in_one_batch() {
        let ((arrived, batches), (go, gate)) = (mpsc::channel(), mpsc::channel());
        let key = Arc::new(SigningKey::generate(Algorithm::Rs256).unwrap());
        let queue = SigningQueue::start(vec![Box::new(Gate { arrived, go: gate })], || {}).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| block_on(queue.sign(&key, "first")));
            assert_eq!(batches.recv().unwrap(), 1);
            let mut later = futures_executor::LocalPool::new();
            let spawner = later.spawner();
            let mut waiting = Vec::new();
            for _ in 0..WAITING_MAX_PER_THREAD {
                let (reply, answer) = oneshot::channel();
                let digest = digest::digest(&digest::SHA256, b"later");
                queue.shared.push(Job { wanted: Wanted { key: Arc::clone(&key), digest }, reply }).unwrap();
                waiting.push(answer);
            }
            // The queue is full now: the next one is refused at once, not queued.
            assert_eq!(block_on(queue.sign(&key, "too much")), Err(Error::Overloaded));
            drop(spawner);
            later.run();
            go.send(()).unwrap();
            for _ in 0..WAITING_MAX_PER_THREAD / BATCH_MAX {
                assert_eq!(batches.recv().unwrap(), BATCH_MAX);
                go.send(()).unwrap();
            }
            for answer in waiting {
                assert_eq!(block_on(answer).unwrap(), Err(SigningFailed));
            }
        });
    }
}
