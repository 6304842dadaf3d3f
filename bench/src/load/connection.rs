//! One connection: a request, and its whole answer.

use anyhow::{Context as _, bail};
use callsign_core::clock::{Clock as _, SystemClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Target;

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
            if let Some(status) = self.whole_answer()? {
                return match status {
                    503 => Ok(false),
                    status if status == self.target.expected_status => Ok(true),
                    status => {
                        bail!("the server answered {status}: {}", String::from_utf8_lossy(&self.answer))
                    }
                };
            }
        }
    }

    /// The status, once the answer is here to its end.
    fn whole_answer(&self) -> anyhow::Result<Option<u16>> {
        let Some(head) = head_length(&self.answer) else { return Ok(None) };
        let (head, body) = self.answer.split_at(head);
        let mut lines = std::str::from_utf8(head)?.lines();
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)).context("a status line")?.parse()?;
        let mut length = lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let ended = match length.next() {
            Some((_, length)) => body.len() >= length.trim().parse()?,
            // What has no length is chunked.
            None => body.ends_with(b"0\r\n\r\n"),
        };
        Ok(ended.then_some(status))
    }

    /// The body of the last answer.
    pub(crate) fn answer_body(&self) -> anyhow::Result<serde_json::Value> {
        let head = head_length(&self.answer).context("the answer has no head")?;
        let (_, body) = self.answer.split_at(head);
        Ok(serde_json::from_slice(body)?)
    }
}

fn head_length(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}
