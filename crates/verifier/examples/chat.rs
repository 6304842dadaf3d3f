//! A chat back end: users come with their access token, read and write as it allows, and are out the moment it is revoked.
//!
//! ```text
//! eval "$(callsign env)"
//! cargo run -p callsign-verifier --features axum --example chat
//! curl -N -H "Authorization: Bearer $TOKEN" http://127.0.0.1:8080/messages
//! curl -H "Authorization: Bearer $TOKEN" --data 'Hello' http://127.0.0.1:8080/messages
//! ```

use std::convert::Infallible;
use std::pin::Pin;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use callsign_verifier::{Ended, Verified, Verifier};
use futures_util::stream::{self, Stream};
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};

/// Messages that wait for a slow reader.
const WAITING_MAX: usize = 256;

/// One room, for everybody who may read.
#[derive(Clone)]
struct Chat {
    verifier: Verifier,
    messages: Sender<String>,
}

impl FromRef<Chat> for Verifier {
    fn from_ref(chat: &Chat) -> Self {
        chat.verifier.clone()
    }
}

/// The back end. `Verified` among a handler's arguments lets nobody in without a good token.
pub fn app(verifier: Verifier) -> Router {
    let chat = Chat { verifier, messages: Sender::new(WAITING_MAX) };
    Router::new().route("/messages", get(listen).post(send)).with_state(chat)
}

/// Sends the body to everybody.
async fn send(State(chat): State<Chat>, user: Verified, text: String) -> StatusCode {
    if !user.capabilities.may_send_messages() {
        return StatusCode::FORBIDDEN;
    }
    // Nobody may be listening.
    let _ = chat.messages.send(format!("{}: {text}", user.identity));
    StatusCode::ACCEPTED
}

/// One who listens: the messages, and the end of the session.
struct Session {
    messages: Receiver<String>,
    ended: Pin<Box<dyn Future<Output = Ended> + Send>>,
}

/// Messages as they come, until the token is revoked or expires.
async fn listen(
    State(chat): State<Chat>,
    user: Verified,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    if !user.capabilities.may_read_threads() {
        return Err(StatusCode::FORBIDDEN);
    }
    let ended = Box::pin(chat.verifier.watch(&user));
    let session = Session { messages: chat.messages.subscribe(), ended };
    let events = stream::unfold(Some(session), |session| async {
        let mut session = session?;
        tokio::select! {
            why = &mut session.ended => {
                Some((Ok(Event::default().event("ended").data(format!("{why:?}"))), None))
            }
            message = next(&mut session.messages) => {
                Some((Ok(Event::default().data(message?)), Some(session)))
            }
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The next message; those that a slow reader missed are gone.
async fn next(messages: &mut Receiver<String>) -> Option<String> {
    loop {
        match messages.recv().await {
            Ok(message) => return Some(message),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let connection_string = std::env::var("COMMUNICATION_SERVICES_CONNECTION_STRING")
        .context("set COMMUNICATION_SERVICES_CONNECTION_STRING; `callsign env` prints it")?;
    let mut builder = Verifier::builder(connection_string.parse()?);
    // `callsign env` names the server's own authority.
    if let Ok(file) = std::env::var("SSL_CERT_FILE") {
        builder = builder.root_certificates(file);
    }
    let verifier = builder.connect()?;
    verifier.ready().await;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app(verifier)).await?;
    Ok(())
}
