//! The load: connections that ask over plain HTTP/1.1, with as little work of their own as can be.

mod connection;
mod target;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use self::connection::Connection;
pub(crate) use self::target::Target;

/// Paired rounds of what is compared (`design/performance.md` §3), and how long each of their loads lasts.
pub(crate) const ROUNDS: usize = 7;
pub(crate) const ROUND: Duration = Duration::from_millis(1500);

impl Target {
    /// Asks once and answers what the body says.
    pub(crate) fn ask_once(&self) -> anyhow::Result<serde_json::Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = Connection::open(self).await?;
            anyhow::ensure!(connection.ask().await?, "the server has too much to do");
            connection.answer_body()
        })
    }
}

/// A load that lasts longer than it should by this has got stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);
/// Longest time that a count of answers may take.
const FILLED_WITHIN: Duration = Duration::from_hours(6);

/// What a run came to.
pub(crate) struct Run {
    pub(crate) answers: u64,
    pub(crate) seconds: f64,
    /// From the intended start to the end of the answer, in milliseconds.
    pub(crate) latencies: Vec<f64>,
}

impl Run {
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.seconds
    }
}

/// Each connection asks as soon as it was answered: what the server can do at most. Refusals are not counted.
pub(crate) fn saturate(target: &Target, connections: usize, time: Duration) -> anyhow::Result<Run> {
    drive(target, (connections, time), async move |mut connection, _, done| {
        let started = Instant::now();
        while started.elapsed() < time {
            let asked = Instant::now();
            if connection.ask().await? {
                done(asked.elapsed());
            }
        }
        Ok(())
    })
}

/// So many a second, whether earlier ones were answered or not: each waits for a free connection, and that waiting counts.
pub(crate) fn at_rate(
    target: &Target,
    (connections, per_second): (usize, f64),
    time: Duration,
) -> anyhow::Result<Run> {
    let interval = connections as f64 / per_second;
    drive(target, (connections, time), async move |mut connection, number, done| {
        let started = Instant::now();
        let offset = interval * number as f64 / connections as f64;
        let mut turn = 0_u32;
        loop {
            let due = Duration::from_secs_f64(offset + interval * f64::from(turn));
            if due >= time {
                return Ok(());
            }
            let intended = arrival(started + due).await;
            anyhow::ensure!(connection.ask().await?, "the server refuses a load that it should bear");
            done(intended.elapsed());
            turn += 1;
        }
    })
}

/// When a request arrives: when it is due, if that is past because the connection was not free, and else at the tick after that. The
/// runtime's clock ticks once a millisecond, and the wait for it is nobody's latency.
async fn arrival(due: Instant) -> Instant {
    if due <= Instant::now() {
        return due;
    }
    tokio::time::sleep_until(due.into()).await;
    Instant::now()
}

/// So many answers in all, as fast as they come; each is shown.
pub(crate) fn times(
    target: &Target,
    (connections, answers): (usize, u64),
    show: impl Fn(u64, &serde_json::Value) -> anyhow::Result<()>,
) -> anyhow::Result<Run> {
    let (asked, show) = (&Cell::new(0), &show);
    drive(target, (connections, FILLED_WITHIN), async move |mut connection, _, done| {
        while asked.get() < answers {
            let (number, started) = (asked.get(), Instant::now());
            asked.set(number + 1);
            while !connection.ask().await? {}
            done(started.elapsed());
            show(number, &connection.answer_body()?)?;
        }
        Ok(())
    })
}

fn drive<'a, F>(target: &'a Target, (connections, time): (usize, Duration), each: F) -> anyhow::Result<Run>
where
    F: AsyncFn(Connection<'a>, usize, &dyn Fn(Duration)) -> anyhow::Result<()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let latencies = RefCell::new(Vec::new());
    let note = |latency: Duration| latencies.borrow_mut().push(latency.as_secs_f64() * 1e3);
    let seconds = runtime.block_on(async {
        let mut open = Vec::new();
        for _ in 0..connections {
            open.push(Connection::open(target).await.context("a connection to the server under load")?);
        }
        let started = Instant::now();
        let all = open.into_iter().enumerate().map(|(number, one)| each(one, number, &note));
        let all = tokio::time::timeout(time + STUCK_AFTER, futures_util::future::try_join_all(all));
        all.await.context("the answers stopped coming")??;
        anyhow::Ok(started.elapsed().as_secs_f64())
    })?;
    let latencies: Vec<f64> = latencies.take();
    Ok(Run { answers: latencies.len() as u64, seconds, latencies })
}
