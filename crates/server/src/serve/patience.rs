//! Patience with the other side of a connection: how long it may take nothing of what is sent, or send no beginning.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

/// Longest time that a reply may wait for the other side to take any of it (`design/reliability.md` row 15).
const STALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Has the system end a connection whose other side takes nothing for as long. Its own buffer takes megabytes, which a feed
/// of revocations fills in an hour: until then writes would not wait, and neither a reader that is gone nor one that
/// does not read would be noticed.
pub(super) fn limit_in_system(stream: &TcpStream) {
    let milliseconds = u32::try_from(STALL_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
    // Where the system refuses, its buffer is the limit.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds);
}

/// A stream that fails when the other side keeps it waiting for too long.
pub(super) struct Patient<S> {
    stream: S,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs until the beginning has arrived.
    opening: Option<Pin<Box<Sleep>>>,
    opening_bytes: usize,
}

impl<S> Patient<S> {
    pub(super) const fn new(stream: S) -> Self {
        Self { stream, stalled: None, opening: None, opening_bytes: 0 }
    }

    /// Its first `bytes` have to arrive within `timeout`.
    pub(super) fn opening_within(mut self, bytes: usize, timeout: Duration) -> Self {
        self.opening = Some(Box::pin(tokio::time::sleep(timeout)));
        self.opening_bytes = bytes;
        self
    }

    fn written<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let deadline = || Box::pin(tokio::time::sleep_until(Instant::now() + STALL_TIMEOUT));
        let stalled = self.stalled.get_or_insert_with(deadline);
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(opening) = self.opening.as_mut() else { return read };
        if read.is_pending() {
            return opening.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()));
        }
        self.opening_bytes = self.opening_bytes.saturating_sub(buffer.filled().len() - before);
        if self.opening_bytes == 0 {
            self.opening = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.written(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.written(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn the_system_is_as_patient_as_we_are() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        limit_in_system(&stream);
        assert_eq!(rustix::net::sockopt::tcp_user_timeout(&stream), Ok(30_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_that_takes_nothing_is_given_up_and_a_slow_one_is_not() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let mut patient = Patient::new(ours);
        let slow = async {
            let mut taken = [0; 16];
            for _ in 0..4 {
                tokio::time::advance(STALL_TIMEOUT / 2).await;
                theirs.read_exact(&mut taken).await.unwrap();
            }
        };
        let (sent, ()) = tokio::join!(patient.write_all(&[0; 64]), slow);
        sent.unwrap();
        patient.write_all(&[0; 16]).await.unwrap();
        assert_eq!(patient.write_all(&[0]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_beginning_that_does_not_come_is_not_waited_for() {
        let (ours, mut theirs) = tokio::io::duplex(16);
        let mut patient = Patient::new(ours).opening_within(2, Duration::from_secs(10));
        theirs.write_all(b"a").await.unwrap();
        patient.read_u8().await.unwrap();
        assert_eq!(patient.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let (ours, mut theirs) = tokio::io::duplex(16);
        let mut patient = Patient::new(ours).opening_within(2, Duration::from_secs(10));
        theirs.write_all(b"ab").await.unwrap();
        patient.read_u16().await.unwrap();
        let later = async {
            tokio::time::advance(Duration::from_secs(60)).await;
            theirs.write_all(b"c").await.unwrap();
        };
        assert_eq!(tokio::join!(patient.read_u8(), later).0.unwrap(), b'c');
    }
}
