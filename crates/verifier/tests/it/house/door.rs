//! What stands between a verifier and its server: an address that stays, and a proxy that can misbehave.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const FEED: &[u8] = b"GET /callsign/v1/revocations";
const STREAM: &[u8] = b"GET /callsign/v1/revocations/stream";

/// What the door lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Lets {
    Everything,
    /// Streams are collected, as a proxy that buffers does it.
    NoStreams,
    /// Whoever asks for revocations is hung up on.
    NoFeed,
}

pub struct Door {
    port: u16,
    target: Mutex<String>,
    lets: AtomicU8,
}

impl Door {
    pub async fn before(origin: String) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lets = AtomicU8::new(Lets::Everything as u8);
        let door = Arc::new(Self { port, target: Mutex::new(origin), lets });
        let keeper = door.clone();
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(keeper.clone().pass(visitor));
            }
        });
        door
    }

    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn lead_to(&self, origin: String) {
        *self.target.lock().unwrap() = origin;
    }

    pub fn lets(&self, lets: Lets) {
        self.lets.store(lets as u8, Ordering::SeqCst);
    }

    fn is(&self, lets: Lets) -> bool {
        self.lets.load(Ordering::SeqCst) == lets as u8
    }

    async fn pass(self: Arc<Self>, mut visitor: TcpStream) {
        let target = self.target.lock().unwrap().strip_prefix("http://").unwrap().to_owned();
        let Ok(mut server) = TcpStream::connect(target).await else { return };
        let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
        let mut keeps_answer = false;
        loop {
            tokio::select! {
                read = visitor.read(&mut asked) => {
                    let request = &asked[..read.unwrap_or(0)];
                    if request.is_empty() || (self.is(Lets::NoFeed) && request.starts_with(FEED)) {
                        return;
                    }
                    keeps_answer = self.is(Lets::NoStreams) && request.starts_with(STREAM);
                    if server.write_all(request).await.is_err() {
                        return;
                    }
                }
                read = server.read(&mut answered) => {
                    let answer = &answered[..read.unwrap_or(0)];
                    // A stream that runs already is cut off, too.
                    let is_cut = self.is(Lets::NoFeed) && String::from_utf8_lossy(answer).contains("event:");
                    let is_sent = keeps_answer || visitor.write_all(answer).await.is_ok();
                    if answer.is_empty() || is_cut || !is_sent {
                        return;
                    }
                }
            }
        }
    }
}
