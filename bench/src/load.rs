//! The load: connections that ask for tokens over plain HTTP/1.1, with as little work of their own as can be.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::answer;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// A load that lasts longer than it should by this has got stuck.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// Who is asked, and for what.
#[derive(Clone)]
pub(crate) struct Target {
    /// `host:port`
    pub(crate) authority: String,
    pub(crate) request: Request,
}

/// What is sent again and again.
#[derive(Clone)]
pub(crate) enum Request {
    /// Signed anew each second.
    Signed { key: AccessKey, path: String, body: &'static str },
    /// Always the same bytes.
    Constant(String),
}

impl Target {
    fn request(&self, second: i64) -> Vec<u8> {
        match &self.request {
            Request::Signed { key, path, body } => self.signed(second, (key, path, body)),
            Request::Constant(request) => request.clone().into_bytes(),
        }
    }

    fn signed(&self, second: i64, (key, path, body): (&AccessKey, &str, &str)) -> Vec<u8> {
        let date = Timestamp::from_unix_seconds(second).to_imf_fixdate();
        let hash = content_sha256(body.as_bytes());
        let parts = SignedParts {
            method: "POST",
            target: path,
            date: &date,
            host: &self.authority,
            content_sha256: &hash,
        };
        let signature = RequestKey::new(key).sign(&parts.string_to_sign());
        let authorization = Authorization { date_header: DateHeader::XMsDate, signature }.to_header_value();
        format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nx-ms-date: {date}\r\nx-ms-content-sha256: {hash}\r\nauthorization: {authorization}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        )
        .into_bytes()
    }
}

/// One connection, one request at a time.
struct Connection<'a> {
    target: &'a Target,
    stream: TcpStream,
    request: (i64, Vec<u8>),
    answer: Vec<u8>,
}

impl<'a> Connection<'a> {
    async fn open(target: &'a Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&target.authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self { target, stream, request: (0, Vec::new()), answer: Vec::new() })
    }

    /// Asks, and waits for the whole answer. `false` when the server refuses because it has too much to do.
    async fn ask(&mut self) -> anyhow::Result<bool> {
        let second = SystemClock.now().unix_seconds();
        if self.request.0 != second {
            self.request = (second, self.target.request(second));
        }
        self.stream.write_all(&self.request.1).await?;
        self.answer.clear();
        loop {
            anyhow::ensure!(self.answer.len() < ANSWER_BYTES_MAX, "the answer has no end");
            anyhow::ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the connection was closed");
            let Some(answer) = answer::whole(&self.answer)? else { continue };
            return match answer.status {
                200..300 => Ok(true),
                503 => Ok(false),
                status => bail!("the server answered {status}: {}", String::from_utf8_lossy(&answer.body)),
            };
        }
    }
}

impl Target {
    /// Asks once and answers what the body says.
    pub(crate) fn ask_once(&self) -> anyhow::Result<serde_json::Value> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut connection = Connection::open(self).await?;
            anyhow::ensure!(connection.ask().await?, "the server has too much to do");
            let answer = answer::whole(&connection.answer)?.context("it was whole")?;
            Ok(serde_json::from_slice(&answer.body)?)
        })
    }
}

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
            let intended = started + due;
            tokio::time::sleep_until(intended.into()).await;
            anyhow::ensure!(connection.ask().await?, "the server refuses a load that it should bear");
            done(intended.elapsed());
            turn += 1;
        }
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
            open.push(Connection::open(target).await?);
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
