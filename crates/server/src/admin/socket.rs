//! The admin socket of a running server: one JSON line in, one JSON line out, for its own user alone.

use std::fs;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callsign_core::directory::audit::Actor;
use futures_util::future::BoxFuture;
use rustix::fs::Mode;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixSocket, UnixStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::message::Line;
use super::{Answer, Office, Request};

/// Longest request, in bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// How long the other side may take to send its line, or to take its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections that may wait to be accepted, and to be answered.
const CONNECTIONS_MAX: usize = 16;

/// Why there is no admin socket.
#[derive(Debug, thiserror::Error)]
#[error(
    "the admin socket {} cannot be opened: {source}. {}",
    path.display(),
    remedy(path)
)]
pub struct SocketError {
    path: PathBuf,
    source: io::Error,
}

/// Linux keeps 108 bytes for the path of a socket and its closing zero, macOS and the BSDs 104.
const PATH_BYTES_MAX: usize = 103;

fn remedy(path: &Path) -> &'static str {
    if path.as_os_str().len() > PATH_BYTES_MAX {
        "The path of a socket has about 100 bytes at most; name a shorter folder with --data-dir"
    } else {
        "The data folder must be on a disk that can be written and that knows Unix sockets; name another one with --data-dir"
    }
}

/// The socket, before it is served.
#[derive(Debug)]
pub struct AdminSocket {
    listener: UnixListener,
    path: PathBuf,
}

impl AdminSocket {
    /// Opens the socket. The caller holds the lock of the data folder, so a socket that is there already is left over from
    /// a process that is gone. It runs inside a tokio runtime.
    ///
    /// # Errors
    /// [`SocketError`] when the file cannot be made.
    pub fn bind(path: &Path) -> Result<Self, SocketError> {
        match try_bind(path) {
            Ok(listener) => Ok(Self { listener, path: path.to_owned() }),
            Err(source) => Err(SocketError { path: path.to_owned(), source }),
        }
    }

    /// Answers until `shutdown`, then finishes what it has begun and removes the socket. After every change, and before
    /// its answer goes out, it waits for `on_change`, whose sentences become notes of the answer.
    pub async fn serve(
        self,
        office: Arc<Office>,
        on_change: impl Fn() -> BoxFuture<'static, Vec<String>> + Send + Sync + 'static,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        let counter = Arc::new(Counter { office, on_change, one_change: Mutex::default() });
        let mut open = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = open.join_next() => {}
                accepted = self.listener.accept(), if open.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        let counter = Arc::clone(&counter);
                        open.spawn(async move { counter.attend(stream).await });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection to the admin socket could not be accepted");
                        // Out of descriptors: others have to close some first, and accepting at once would spin.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
            }
        }
        while open.join_next().await.is_some() {}
        // The folder is still locked by this process, so this is its own socket. One that stays is removed at the next start.
        let _ = fs::remove_file(&self.path);
    }
}

fn try_bind(path: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let socket = UnixSocket::new_stream()?;
    let owner_alone = Mode::RUSR | Mode::WUSR;
    // Linux gives the file the mode of the socket it is bound to, so it is never open to others; elsewhere the mode comes
    // after, still before anyone is listened to. Where a socket has no mode to set, only the second step works.
    let _ = rustix::fs::fchmod(&socket, owner_alone);
    socket.bind(path)?;
    rustix::fs::chmod(path, owner_alone)?;
    socket.listen(CONNECTIONS_MAX as u32)
}

/// Where requests are taken and answered.
struct Counter<F> {
    office: Arc<Office>,
    on_change: F,
    one_change: Mutex<()>,
}

impl<F: Fn() -> BoxFuture<'static, Vec<String>>> Counter<F> {
    async fn attend(&self, mut stream: UnixStream) {
        if !is_own_user(&stream) {
            tracing::warn!("a process of another user was turned away from the admin socket");
            return;
        }
        let line = match timeout(PATIENCE, request(&mut stream)).await {
            Ok(Ok(line)) => line,
            // Nobody is there to be told.
            Ok(Err(_)) | Err(_) => return,
        };
        let actor = Actor::Administrator(stream.peer_cred().ok().map(|peer| peer.uid()));
        let answer = self.answer(&line, actor).await;
        if let Ok(Err(error)) = timeout(PATIENCE, reply(&mut stream, &answer)).await {
            tracing::debug!(%error, "an answer on the admin socket was not taken");
        }
    }

    async fn answer(&self, line: &[u8], actor: Actor) -> Line {
        if line.last() != Some(&b'\n') {
            let sentence = format!("a request is one line of at most {REQUEST_BYTES_MAX} bytes");
            return Line::Refused { sentence };
        }
        let request = match serde_json::from_slice::<Request>(line) {
            Ok(request) => request,
            Err(error) => {
                let version = env!("CARGO_PKG_VERSION");
                let sentence = format!(
                    "the running server (version {version}) does not understand the request: {error}; use the callsign \
                     that the server was started with"
                );
                return Line::Refused { sentence };
            }
        };
        match self.carry_out(request, actor).await {
            Ok(answer) => Line::Answer(answer),
            Err(refused) => Line::Refused { sentence: refused.to_string() },
        }
    }

    async fn carry_out(&self, request: Request, actor: Actor) -> Result<Answer, super::Refused> {
        if !request.changes() {
            return self.office.carry_out(request, actor).await;
        }
        let _only_change = self.one_change.lock().await;
        let mut answer = self.office.carry_out(request, actor).await?;
        answer.notes.extend((self.on_change)().await);
        Ok(answer)
    }
}

/// The file's mode keeps others out; this counts where a system does not look at it (BSDs) or the folder was copied with
/// an open mode.
fn is_own_user(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn request(stream: &mut UnixStream) -> io::Result<Vec<u8>> {
    read_line(stream, REQUEST_BYTES_MAX).await.map(|line| line.to_vec())
}

/// A line with its end, or as much as there is of it.
pub(super) async fn read_line(
    stream: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::new());
    BufReader::new(stream.take(bytes_max as u64)).read_until(b'\n', &mut line).await?;
    Ok(line)
}

async fn reply(stream: &mut UnixStream, answer: &Line) -> io::Result<()> {
    let mut text = Zeroizing::new(serde_json::to_vec(answer)?);
    text.push(b'\n');
    stream.write_all(&text).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests;
