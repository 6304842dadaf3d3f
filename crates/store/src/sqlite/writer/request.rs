//! A step that waits for its turn, and whoever waits for its answer.

use callsign_core::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::super::failure::{Failure, Trouble, Verdict, trouble_of};
use super::super::statement;

/// A request, whatever it answers.
pub(super) trait Waiting: Send {
    /// Does the step in the transaction that is open. An error is one of the transaction; the step's own is kept.
    fn take_turn(&mut self, connection: &Connection) -> Result<(), Trouble>;
    /// Answers, now that it is known what became of the transaction.
    fn answer(self: Box<Self>, transaction: Result<(), &StoreError>);
}

pub(super) struct Request<T, S> {
    step: Option<S>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, S> Request<T, S> {
    pub(super) const fn new(step: S, reply: oneshot::Sender<Result<T, StoreError>>) -> Self {
        Self { step: Some(step), outcome: None, reply }
    }
}

impl<T, S> Waiting for Request<T, S>
where
    T: Send,
    S: FnOnce(&Connection) -> Result<T, Failure> + Send,
{
    fn take_turn(&mut self, connection: &Connection) -> Result<(), Trouble> {
        let Some(step) = self.step.take() else {
            return Ok(());
        };
        savepoint(connection, "SAVEPOINT step")?;
        let (outcome, end) = match step(connection).map_err(Failure::in_transaction) {
            Ok(done) => (Ok(done), None),
            Err(Verdict::Step(error)) => (Err(error), Some("ROLLBACK TO step")),
            Err(Verdict::Transaction(trouble)) => return Err(trouble),
        };
        // SQLite may have ended the transaction for an error that looks like the step's own.
        if connection.is_autocommit() {
            return Err(Trouble::Passing("the transaction was rolled back by the engine".to_owned()));
        }
        self.outcome = Some(outcome);
        end.into_iter().chain(["RELEASE step"]).try_for_each(|sql| savepoint(connection, sql))
    }

    fn answer(self: Box<Self>, transaction: Result<(), &StoreError>) {
        let answer = match (transaction, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::Unavailable { reason: "the step was not done".to_owned() }),
            (Err(error), _) => Err(error.clone()),
        };
        // Whoever asked may have gone away.
        drop(self.reply.send(answer));
    }
}

/// A savepoint that cannot be set or left takes the whole transaction with it.
fn savepoint(connection: &Connection, sql: &str) -> Result<(), Trouble> {
    statement::execute(connection, sql, []).map(drop).map_err(|error| trouble_of(&error))
}

pub(super) fn answer_all(batch: &mut Vec<Box<dyn Waiting>>, transaction: Result<(), &StoreError>) {
    for waiting in batch.drain(..) {
        waiting.answer(transaction);
    }
}
