//! The example, run against the server of a script.

#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/chat.rs"]
mod chat;

use axum::body::Body;
use callsign_protocol::revocation::Entry;
use callsign_verifier::Scope;
use futures_util::StreamExt as _;
use http::Request;
use tower::ServiceExt as _;

use crate::server::{Server, local, soon};

fn request(method: &str, token: &str, text: &'static str) -> Request<Body> {
    let request = Request::builder().method(method).uri("/messages");
    request.header("authorization", format!("Bearer {token}")).body(Body::from(text)).unwrap()
}

#[tokio::test]
async fn a_chat_admits_by_token_and_puts_out_who_is_revoked() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let app = chat::app(verifier);
    let key = server.script.signer();
    let [alice, bob] = [1, 2].map(|number| server.mint().of(local(number)).compact(&key));
    let mut caller = server.mint();
    caller.scopes = vec![Scope::Voip];
    let caller = caller.compact(&key);

    let listening = app.clone().oneshot(request("GET", &alice, "")).await.unwrap();
    assert_eq!(listening.status(), 200);
    let mut heard = listening.into_body().into_data_stream();
    let sent = app.clone().oneshot(request("POST", &bob, "Hello")).await.unwrap();
    assert_eq!(sent.status(), 202);
    let first = soon(heard.next()).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).ends_with(": Hello\n\n"), "{first:?}");

    for method in ["GET", "POST"] {
        let refused = app.clone().oneshot(request(method, &caller, "")).await.unwrap();
        assert_eq!(refused.status(), 403, "that token is for calls");
    }

    wire.entry(Entry::Identity { local: local(1), epoch: 1 });
    let last = soon(heard.next()).await.unwrap().unwrap();
    assert_eq!(&last[..], b"event: ended\ndata: Revoked\n\n");
    assert!(soon(heard.next()).await.is_none(), "the connection ends");
    let refused = app.oneshot(request("GET", &alice, "")).await.unwrap();
    assert_eq!(refused.status(), 401);
}
