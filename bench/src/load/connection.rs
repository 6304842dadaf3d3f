//! One connection: a request, and its whole answer.

use anyhow::{Context as _, bail};
use callsign_core::clock::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Target;
use crate::answer;

/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// One connection, one request at a time.
pub(crate) struct Connection<'a> {
    target: &'a Target,
    stream: TcpStream,
    turn: usize,
    /// The second of the last request, and the request.
    request: (i64, Vec<u8>),
    answer: Vec<u8>,
}

impl<'a> Connection<'a> {
    pub(super) async fn open(target: &'a Target) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(&target.authority).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            target,
            stream,
            turn: fastrand::usize(..1 << 20),
            request: (0, Vec::new()),
            answer: Vec::new(),
        })
    }

    /// Asks, and waits for the whole answer. `false` when the server refuses because it has too much to do.
    pub(crate) async fn ask(&mut self) -> anyhow::Result<bool> {
        let second = SystemClock.now().unix_seconds();
        self.turn += 1;
        if self.request.0 != second || !self.target.is_one() {
            self.request = (second, self.target.request(self.turn, second));
        }
        self.stream.write_all(&self.request.1).await?;
        self.answer.clear();
        loop {
            anyhow::ensure!(self.answer.len() < ANSWER_BYTES_MAX, "the answer has no end");
            anyhow::ensure!(self.stream.read_buf(&mut self.answer).await? > 0, "the connection was closed");
            let Some(answer) = answer::whole(&self.answer)? else { continue };
            return match answer.status {
                503 => Ok(false),
                status if status == self.target.expected_status => Ok(true),
                status => bail!("the server answered {status}: {}", String::from_utf8_lossy(&answer.body)),
            };
        }
    }

    /// The body of the last answer.
    pub(crate) fn answer_body(&self) -> anyhow::Result<serde_json::Value> {
        let answer = answer::whole(&self.answer)?.context("it was whole")?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}
