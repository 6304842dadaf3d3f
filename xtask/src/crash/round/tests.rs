//! The harness against a server that can forget: what it keeps is not called lost, and what it forgets is found.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar};

use base64::engine::{Engine as _, general_purpose::URL_SAFE_NO_PAD};
use callsign_protocol::access_key::AccessKey;
use serde_json::{Value, json};

use super::*;

/// Enough for each kind of request to come often.
const WRITES_BEFORE_KILL: usize = 300;

/// One acknowledged write, as a journal would hold it.
#[derive(Clone)]
enum Entry {
    Created { id: String, custom_id: Option<String> },
    Revoked { id: String },
    Deleted { id: String },
}

#[derive(Default)]
struct State {
    journal: Vec<Entry>,
    /// The epoch and the custom id of each identity.
    identities: HashMap<String, (u64, Option<String>)>,
    connections: Vec<TcpStream>,
    killed: bool,
}

impl State {
    fn replayed(journal: &[Entry]) -> Self {
        let mut state = Self::default();
        journal.iter().for_each(|entry| state.write(entry.clone()));
        state
    }

    fn write(&mut self, entry: Entry) {
        match &entry {
            Entry::Created { id, custom_id } => {
                self.identities.insert(id.clone(), (0, custom_id.clone()));
            }
            Entry::Revoked { id } => {
                if let Some((epoch, _)) = self.identities.get_mut(id) {
                    *epoch += 1;
                }
            }
            Entry::Deleted { id } => {
                self.identities.remove(id);
            }
        }
        self.journal.push(entry);
    }

    fn create(&mut self, body: &Value) -> (u16, Value) {
        let custom_id = body["customId"].as_str().map(str::to_owned);
        let taken = self.identities.iter().find(|(_, (_, taken))| custom_id.is_some() && *taken == custom_id);
        let id = taken.map_or_else(|| format!("8:acs:r_{}", self.journal.len()), |(id, _)| id.clone());
        if taken.is_none() {
            self.write(Entry::Created { id: id.clone(), custom_id });
        }
        (201, json!({ "identity": { "id": id } }))
    }

    fn answer(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let Some(path) = path.strip_prefix("/identities/") else {
            return self.create(body);
        };
        let (id, verb) = path.split_once('/').unwrap_or((path, method));
        let id = id.to_owned();
        match (verb, self.identities.get(&id)) {
            ("DELETE", _) => self.write(Entry::Deleted { id }),
            (":revokeAccessTokens", _) => self.write(Entry::Revoked { id }),
            (_, None) => return (404, json!({})),
            ("GET", Some((_, custom_id))) => return (200, json!({ "id": id, "customId": custom_id })),
            (_, Some((epoch, _))) => {
                let claims = URL_SAFE_NO_PAD.encode(json!({ "rev": format!("{epoch}.0.10") }).to_string());
                return (200, json!({ "token": format!("e30.{claims}.c2ln") }));
            }
        }
        (204, Value::Null)
    }
}

/// A listening server. The condition tells of each write and of the kill.
struct StandIn {
    shared: Arc<(Mutex<State>, Condvar)>,
    authority: String,
}

impl StandIn {
    fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let server = Self { shared: Arc::clone(&shared), authority };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut state = shared.0.lock().unwrap();
                if state.killed {
                    break;
                }
                state.connections.push(stream.try_clone().unwrap());
                drop(state);
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || while exchange(&shared, &stream).is_some() {});
            }
        });
        server
    }

    fn round<'a>(&self, book: &'a Mutex<Referee>) -> Round<'a> {
        let access_key = AccessKey::from_bytes(vec![7; 64]).unwrap();
        Round { custom_id_prefix: "c".to_owned(), signer: Signer::new(&self.authority, &access_key), book }
    }

    /// Takes load until it has written enough, dies, and answers its journal.
    fn killed_under_load(&self, book: &Mutex<Referee>) -> Vec<Entry> {
        let mut journal = Vec::new();
        let end = || {
            let (state, changed) = &*self.shared;
            let enough = |state: &mut State| state.journal.len() < WRITES_BEFORE_KILL;
            let mut state = changed.wait_while(state.lock().unwrap(), enough).unwrap();
            state.killed = true;
            journal.clone_from(&state.journal);
            for connection in &state.connections {
                let _ = connection.shutdown(Shutdown::Both);
            }
            drop(state);
            // The listener sees the kill with this connection.
            let _ = TcpStream::connect(&self.authority);
            Ok(())
        };
        self.round(book).load_until(&mut Rng::with_seed(1), end).unwrap();
        journal
    }
}

/// One request and its answer; none when the connection or the server is at its end.
fn exchange((state, changed): &(Mutex<State>, Condvar), stream: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line);
    }
    let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let (method, target) = head.first()?.split_once(' ')?;
    let mut state = state.lock().unwrap();
    if state.killed {
        return None;
    }
    let (status, answer) = state.answer(method, target.split_once('?')?.0, &body);
    let content = if status == 204 { String::new() } else { answer.to_string() };
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", content.len()) };
    let mut stream = stream;
    stream.write_all(format!("HTTP/1.1 {status} X\r\n{length}\r\n{content}").as_bytes()).ok()?;
    changed.notify_all();
    Some(())
}

/// Loads and kills a server, starts another one on what `kept` leaves of its journal, and checks everything.
fn losses_when(kept: impl FnOnce(Vec<Entry>) -> Vec<Entry>) -> usize {
    let book = Mutex::default();
    let journal = StandIn::start(State::default()).killed_under_load(&book);
    let restarted = StandIn::start(State::replayed(&kept(journal)));
    let round = restarted.round(&book);
    let slots: Vec<_> = round.referee().take_touched().into_iter().collect();
    round.check(&slots).unwrap();
    book.into_inner().unwrap().losses().len()
}

#[test]
fn a_server_that_keeps_everything_lost_nothing() {
    assert_eq!(losses_when(|journal| journal), 0);
}

#[test]
fn a_server_that_forgets_the_identities_it_acknowledged_is_found() {
    assert!(losses_when(|_| Vec::new()) > 0);
}

#[test]
fn a_server_that_forgets_only_its_revocations_is_found() {
    let kept =
        |journal: Vec<Entry>| journal.into_iter().filter(|entry| !matches!(entry, Entry::Revoked { .. }));
    assert!(losses_when(|journal| kept(journal).collect()) > 0);
}

#[test]
fn a_server_that_forgets_only_its_deletions_is_found() {
    let kept =
        |journal: Vec<Entry>| journal.into_iter().filter(|entry| !matches!(entry, Entry::Deleted { .. }));
    assert!(losses_when(|journal| kept(journal).collect()) > 0);
}

#[test]
fn a_server_that_forgets_only_custom_ids_is_found() {
    let without = |entry| match entry {
        Entry::Created { id, .. } => Entry::Created { id, custom_id: None },
        other => other,
    };
    assert!(losses_when(|journal| journal.into_iter().map(without).collect()) > 0);
}
