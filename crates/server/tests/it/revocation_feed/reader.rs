//! A reader of server-sent events over a socket, and one that checks everything that it is told.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::key_set::{KeySet, VerifyingKey};
use callsign_protocol::revocation::{Cursor, Entry, Position, Statement};

use super::STREAM;
use crate::harness::House;

/// An event as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Entry(Cursor, Entry),
    Heartbeat(String),
    Reset(String),
}

/// Reads one event.
pub fn read_event(text: &str) -> Event {
    let (first, data) = text.split_once("\ndata: ").unwrap_or_else(|| panic!("{text:?}"));
    assert!(!data.contains('\n'), "{text:?}");
    match first.split_once(": ") {
        Some(("id", id)) => Event::Entry(id.parse().unwrap(), data.parse().unwrap()),
        Some(("event", "heartbeat")) => Event::Heartbeat(data.to_owned()),
        Some(("event", "reset")) => Event::Reset(data.to_owned()),
        _ => panic!("{text:?}"),
    }
}

/// An open stream.
pub struct EventStream {
    socket: BufReader<TcpStream>,
    pub headers: Vec<(String, String)>,
    text: String,
}

impl EventStream {
    /// Opens the stream of the default resource with its primary key.
    pub fn open(house: &House, after: Option<Cursor>) -> Self {
        Self::opened(house, STREAM, (&house.key(), after))
    }

    /// Opens any stream.
    pub fn opened(house: &House, target: &str, (key, after): (&AccessKey, Option<Cursor>)) -> Self {
        let mut request = house.request("GET", target);
        if let Some(after) = after {
            request = request.header("last-event-id", &after.to_string());
        }
        let mut socket = TcpStream::connect(house.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        socket.write_all(&request.signed(key).bytes()).unwrap();
        let mut socket = BufReader::new(socket);
        let mut line = || {
            let mut line = String::new();
            socket.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        assert_eq!(line(), "HTTP/1.1 200 OK");
        let headers = std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty()));
        let headers = headers.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        });
        let headers = headers.collect();
        Self { socket, headers, text: String::new() }
    }

    /// The next event; `None` at the stream's proper end.
    pub fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = read_event(event);
                self.text = rest.to_owned();
                return Some(event);
            }
            let mut length = String::new();
            self.socket.read_line(&mut length).unwrap();
            let length = usize::from_str_radix(length.trim_end(), 16).expect("the length of a chunk");
            let mut chunk = vec![0; length + 2];
            self.socket.read_exact(&mut chunk).unwrap();
            if length == 0 {
                assert_eq!(self.text, "", "half an event at the end");
                return None;
            }
            self.text.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
        }
    }

    /// What comes before the end.
    pub fn rest(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

/// The published keys, by their ids.
pub fn published(house: &House) -> HashMap<String, VerifyingKey> {
    let set = house.request("GET", "/.well-known/jwks.json").send();
    let keys = KeySet::parse(&set.body).unwrap().keys;
    keys.iter().map(|key| (key.kid().to_owned(), key.prepared().unwrap())).collect()
}

/// A statement that a published key signed for that resource.
pub fn verified(house: &House, statement: &str, resource: &str) -> Statement {
    let keys = published(house);
    let statement = Statement::verify(statement, |key_id| keys.get(key_id)).unwrap();
    assert_eq!(statement.resource.to_string(), resource);
    assert_eq!(statement.issuer, house.service().issuer.as_str());
    statement
}

/// A reader that takes every entry once, in order, and no heartbeat of anything else.
pub struct Reader<'a> {
    house: &'a House,
    resource: String,
    /// Every key that was ever published, so that a statement from before a rotation still reads.
    keys: HashMap<String, VerifyingKey>,
    pub position: Position,
    pub entries: Vec<Entry>,
    pub statement: Option<Statement>,
}

impl<'a> Reader<'a> {
    /// A reader of the default resource that stands at the beginning.
    pub fn new(house: &'a House) -> Self {
        Self::of(house, house.resource_id())
    }

    pub fn of(house: &'a House, resource: String) -> Self {
        let (keys, position) = (published(house), Position::start(0));
        Self { house, resource, keys, position, entries: Vec::new(), statement: None }
    }

    /// Takes an event, and says whether it was a heartbeat.
    pub fn take(&mut self, event: Event) -> bool {
        match event {
            Event::Entry(cursor, entry) => {
                self.position = self.position.after(&entry);
                assert_eq!(cursor, self.position.cursor(), "a gap or a repetition");
                self.entries.push(entry);
                false
            }
            Event::Heartbeat(statement) => {
                let statement = self.verified(&statement);
                assert_eq!((statement.position, statement.body), (self.position, None));
                // Whoever comes back within the second gets the heartbeat that it had.
                let moved_on = |before: &Statement| before.time < statement.time || *before == statement;
                assert!(self.statement.as_ref().is_none_or(moved_on));
                self.statement = Some(statement);
                true
            }
            Event::Reset(reason) => panic!("a reset: {reason}"),
        }
    }

    fn verified(&mut self, text: &str) -> Statement {
        let known = Statement::verify(text, |key_id| self.keys.get(key_id));
        let statement = known.unwrap_or_else(|_| {
            self.keys.extend(published(self.house));
            Statement::verify(text, |key_id| self.keys.get(key_id)).unwrap()
        });
        assert_eq!(statement.resource.to_string(), self.resource);
        assert_eq!(statement.issuer, self.house.service().issuer.as_str());
        statement
    }

    /// Reads up to the first heartbeat at which so many entries are there.
    pub fn read_until(&mut self, stream: &mut EventStream, count: u64) {
        loop {
            let event = stream.next().expect("the stream goes on");
            if self.take(event) && self.position.count >= count {
                return;
            }
        }
    }
}
