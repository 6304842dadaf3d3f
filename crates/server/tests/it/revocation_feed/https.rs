//! The same over TLS: streams beside one another on one HTTP/2 connection, and one that is dropped.

use bytes::Bytes;
use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::revocation::Cursor;
use callsign_protocol::signature::{Authorization, DateHeader, EMPTY_BODY_SHA256, RequestKey, SignedParts};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;

use super::STREAM;
use super::reader::{Event, Reader, read_event};
use crate::harness::House;
use crate::http2::{block_on, connect};

fn signed(house: &House, host: &str, after: Cursor) -> hyper::Request<Empty<Bytes>> {
    let date = SystemClock.now().to_imf_fixdate();
    let parts =
        SignedParts { method: "GET", target: STREAM, date: &date, host, content_sha256: EMPTY_BODY_SHA256 };
    let signature = RequestKey::new(&house.key()).sign(&parts.string_to_sign());
    let authorization = Authorization { date_header: DateHeader::XMsDate, signature };
    hyper::Request::get(format!("https://{host}{STREAM}"))
        .header("x-ms-date", &date)
        .header("x-ms-content-sha256", EMPTY_BODY_SHA256)
        .header("authorization", authorization.to_header_value())
        .header("last-event-id", after.to_string())
        .body(Empty::new())
        .unwrap()
}

/// A stream's body, whose frames may end anywhere.
struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    /// The next event; `None` at the stream's proper end.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = read_event(event);
                self.text = rest.to_owned();
                return Some(event);
            }
            let frame = self.body.frame().await?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&frame).unwrap());
        }
    }
}

#[test]
fn many_streams_share_an_http2_connection() {
    let house = House::new();
    let id = house.create();
    block_on(async {
        let (mut sender, host) = connect(&house).await;
        let start = Cursor { incarnation: 0, count: 0 };
        let mut bodies = Vec::new();
        for _ in 0..20 {
            let reply = sender.send_request(signed(&house, &host, start)).await.unwrap();
            assert_eq!(reply.status(), 200);
            bodies.push(Events { body: reply.into_body(), text: String::new() });
        }
        // Whoever goes away disturbs nobody.
        drop(bodies.pop());
        for _ in 0..3 {
            assert_eq!(house.revoke(&id).status, 204);
        }
        for body in &mut bodies {
            let mut reader = Reader::new(&house);
            while reader.position.count < 3 {
                reader.take(body.next().await.unwrap());
            }
        }
        let House { server, folder } = house;
        let stopping = std::thread::spawn(move || drop(server));
        for body in &mut bodies {
            while body.next().await.is_some() {}
            assert_eq!(body.text, "");
        }
        stopping.join().unwrap();
        drop(folder);
    });
}
