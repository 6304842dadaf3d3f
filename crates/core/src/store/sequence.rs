//! Random sequences of steps, run on an engine and on the model: every answer and all state must agree.

mod answer;
mod operation;
mod universe;

use proptest::collection::vec;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use self::answer::apply;
use self::operation::{Operation, operation};
use self::universe::everything;
use super::Store;
use super::contract::{Engine, sample};
use super::memory::MemoryStore;

/// How many operations are run in all; another number may stand in the environment.
const OPERATIONS: usize = 100_000;
const OPERATIONS_VARIABLE: &str = "CALLSIGN_SEQUENCE_OPERATIONS";

/// A sequence has 1 to 200 operations: 100 on the average.
const SEQUENCE_OPERATIONS_MAX: usize = 200;
const SEQUENCE_OPERATIONS_MEAN: usize = 100;
/// A durable engine waits for its disk most of the time.
const SEQUENCES_AT_ONCE: usize = 16;
const SHRINKING_STEPS_MAX: u32 = 2_000;

/// Runs random sequences, each on an empty store and on an empty model.
///
/// # Panics
/// When the two disagree. The message shows the shortest sequence that was found to do so.
pub fn agree_with_model(engine: &Engine<'_>) {
    let wanted =
        std::env::var(OPERATIONS_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(OPERATIONS);
    let sequences_each = wanted.div_ceil(SEQUENCE_OPERATIONS_MEAN * SEQUENCES_AT_ONCE);
    std::thread::scope(|scope| {
        for _ in 0..SEQUENCES_AT_ONCE {
            scope.spawn(|| run_sequences(engine, sequences_each));
        }
    });
}

fn run_sequences(engine: &Engine<'_>, sequences: usize) {
    let mut runner = TestRunner::new(Config {
        cases: u32::try_from(sequences).unwrap_or(u32::MAX),
        failure_persistence: None,
        max_shrink_iters: SHRINKING_STEPS_MAX,
        ..Config::default()
    });
    let sequence = vec(operation(), 1..=SEQUENCE_OPERATIONS_MAX);
    let outcome = runner.run(&sequence, |operations| {
        let store = (engine.fresh)();
        let model = MemoryStore::default();
        let mut disagreement = None;
        (engine.block_on)(Box::pin(async {
            disagreement = first_disagreement(store.as_ref(), &model, &operations).await;
        }));
        disagreement.map_or(Ok(()), |disagreement| Err(TestCaseError::fail(disagreement)))
    });
    let disagreement = outcome.err().map(|error| error.to_string());
    assert!(disagreement.is_none(), "{}", disagreement.unwrap_or_default());
}

async fn first_disagreement(
    store: &dyn Store,
    model: &dyn Store,
    operations: &[Operation],
) -> Option<String> {
    for (step, operation) in (0_u8..).zip(operations) {
        let answer = apply(store, step, operation).await;
        let expected = apply(model, step, operation).await;
        if answer != expected {
            return Some(format!(
                "step {step}, {operation:?}: the engine answers {answer:?}, the model {expected:?}"
            ));
        }
    }
    // A chain that does not hold panics, which fails the sequence as well.
    sample::whole_chain(store).await;
    let (left, expected) = (everything(store).await, everything(model).await);
    let differing = left.iter().zip(&expected).find(|(left, expected)| left != expected);
    differing.map(|(left, expected)| format!("at the end the engine holds {left:?}, the model {expected:?}"))
}
