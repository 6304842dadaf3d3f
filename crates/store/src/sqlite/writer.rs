//! The one thread that writes: it takes the steps that wait, does them in one transaction and answers after COMMIT.

mod request;
mod transaction;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use callsign_core::store::StoreError;
use rusqlite::Connection;
use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::{Semaphore, mpsc, oneshot};

use self::request::{Request, Waiting};
use self::transaction::Ledger;
use super::alarm::Alarm;
use super::failure::{Failure, Trouble};
use crate::figures::{Counts, StoreFigures};

/// Most steps that may wait. More of them would wait longer than their callers do.
const WAITING_STEPS_MAX: usize = 4_096;

/// Most steps in one transaction: the last one of them should not wait for long.
const TRANSACTION_STEPS_MAX: usize = 512;

/// The writing side of the store.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Waiting>>>,
    thread: Option<JoinHandle<()>>,
    tally: Arc<Tally>,
    /// The turn of a large step.
    large: Arc<Semaphore>,
}

/// What the writer's thread and its owner both see.
#[derive(Debug, Default)]
struct Tally {
    counts: Counts,
    orphans: AtomicBool,
}

impl Writer {
    /// Starts the thread. It looks for what an interrupted deletion left behind first.
    pub(super) fn start(connection: Connection, alarm: Arc<Alarm>) -> io::Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING_STEPS_MAX);
        let tally = Arc::new(Tally { orphans: AtomicBool::new(true), ..Tally::default() });
        let desk = Desk {
            ledger: Ledger::new(connection),
            waiting,
            tally: Arc::clone(&tally),
            alarm,
            broken: None,
            cleaning: false,
        };
        let thread = Builder::new().name("sqlite-writer".to_owned()).spawn(|| desk.serve())?;
        Ok(Self { queue: Some(queue), thread: Some(thread), tally, large: Arc::new(Semaphore::new(1)) })
    }

    /// Has a step done, in a transaction with others, and answers when it is on the disk. A step that fails changes
    /// nothing and leaves the others alone: each has a savepoint. A step that was accepted is done even when nobody waits
    /// for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let unavailable = |reason: &str| StoreError::Unavailable { reason: reason.to_owned() };
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(|| unavailable("the store is closing"))?;
        queue.try_send(Box::new(Request::new(step, reply))).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                self.tally.counts.refused();
                unavailable("too many writes wait already")
            }
            TrySendError::Closed(_) => unavailable("the writer has stopped"),
        })?;
        let lost =
            || StoreError::OutcomeUnknown { reason: "the writer stopped before it answered".to_owned() };
        answer.await.unwrap_or_else(|_| Err(lost()))
    }

    /// Has a step done that takes as long as many others. Only one of them waits in the queue at a time, so no transaction has
    /// two and every other step waits for one at most.
    pub(super) async fn run_large<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let turn = Arc::clone(&self.large).acquire_owned().await;
        self.run(move |connection| {
            // The turn ends with the step, also when nobody waits for it any more.
            let _turn = turn;
            step(connection)
        })
        .await
    }

    /// Told by a step that leaves orphans: the thread removes them after the transaction.
    pub(super) fn orphans(&self) -> impl Fn() + Send + 'static {
        let tally = Arc::clone(&self.tally);
        move || tally.orphans.store(true, Ordering::Relaxed)
    }

    pub(super) fn figures(&self) -> StoreFigures {
        let waiting = self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity());
        self.tally.counts.read(waiting)
    }
}

/// Does what waits, then tidies up.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has rung the alarm already.
            drop(thread.join());
        }
    }
}

/// The thread's side.
struct Desk {
    ledger: Ledger,
    waiting: mpsc::Receiver<Box<dyn Waiting>>,
    tally: Arc<Tally>,
    alarm: Arc<Alarm>,
    /// Why no more writes are taken.
    broken: Option<String>,
    /// Orphans are being removed: there is work even when nothing waits.
    cleaning: bool,
}

impl Desk {
    fn serve(mut self) {
        self.clean();
        let mut batch = Vec::with_capacity(TRANSACTION_STEPS_MAX);
        while self.next(&mut batch) {
            match &self.broken {
                Some(reason) => request::answer_all(&mut batch, Err(&unavailable(reason))),
                None if batch.is_empty() => {}
                None => self.settle(&mut batch),
            }
            self.clean();
            self.checkpoint();
        }
        if self.broken.is_none()
            && let Err(Trouble::Fatal(reason)) = self.ledger.close()
        {
            self.alarm.ring(&reason);
        }
    }

    /// Takes what waits; while orphans are being removed, that may be nothing. `false` when nothing will come.
    fn next(&mut self, batch: &mut Vec<Box<dyn Waiting>>) -> bool {
        if !self.cleaning {
            return self.waiting.blocking_recv_many(batch, TRANSACTION_STEPS_MAX) > 0;
        }
        while batch.len() < TRANSACTION_STEPS_MAX {
            match self.waiting.try_recv() {
                Ok(waiting) => batch.push(waiting),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return !batch.is_empty(),
            }
        }
        true
    }

    /// Does all steps in one transaction and answers them.
    fn settle(&mut self, batch: &mut Vec<Box<dyn Waiting>>) {
        let (began, writes) = (Instant::now(), batch.len());
        let done = self.ledger.in_one_transaction(|connection| {
            batch.iter_mut().try_for_each(|waiting| waiting.take_turn(connection))
        });
        match done {
            Ok(()) => {
                self.tally.counts.committed(writes, began.elapsed());
                request::answer_all(batch, Ok(()));
            }
            Err(undone) => {
                self.tally.counts.failed();
                request::answer_all(batch, Err(&undone.answer()));
                self.stop_if_fatal(undone.trouble);
            }
        }
    }

    /// Removes some orphans. When that fails it is tried again after the next transaction.
    fn clean(&mut self) {
        self.cleaning |= self.tally.orphans.swap(false, Ordering::Relaxed);
        if self.broken.is_some() {
            self.cleaning = false;
        }
        if !self.cleaning {
            return;
        }
        match self.ledger.remove_orphans() {
            Ok(some) => self.cleaning = some,
            Err(undone) => {
                self.cleaning = false;
                self.tally.orphans.store(true, Ordering::Relaxed);
                self.stop_if_fatal(undone.trouble);
            }
        }
    }

    fn checkpoint(&mut self) {
        if self.broken.is_none()
            && let Err(trouble) = self.ledger.checkpoint_if_due()
        {
            self.stop_if_fatal(trouble);
        }
    }

    fn stop_if_fatal(&mut self, trouble: Trouble) {
        if let Trouble::Fatal(reason) = trouble {
            self.alarm.ring(&reason);
            self.broken = Some(reason);
        }
    }
}

/// A thread that is gone without a word would leave a service that refuses every write.
impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.alarm.ring("the writer panicked");
        }
    }
}

fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable { reason: format!("the store takes no more writes: {reason}") }
}
