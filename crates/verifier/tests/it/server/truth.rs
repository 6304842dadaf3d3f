//! How things really stand at the server: its feed, and what it signs of it.

use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{
    Entry, Position, STATEMENT_TYPE, Statement, View, encode_body, first_epoch,
};
use callsign_verifier::Uuid;

use super::desk::Key;

pub const ISSUER: &str = "https://localhost:8443";
pub const RESOURCE: Uuid = Uuid::from_u128(0x4684_9534_eb08_4ab7_bde7_c369_28cd_1547);

#[derive(Clone)]
pub struct Truth {
    pub issuer: String,
    pub resource: Uuid,
    pub position: Position,
    pub view: View,
    /// Unix milliseconds.
    pub time: i64,
    entries: Vec<Entry>,
}

impl Truth {
    pub const INCARNATION: u64 = 5;
    pub const RESOURCE_EPOCH: u64 = first_epoch(Self::INCARNATION);

    pub fn new() -> Self {
        Self {
            issuer: ISSUER.to_owned(),
            resource: RESOURCE,
            position: Position::start(Self::INCARNATION),
            view: View { resource_epoch: Self::RESOURCE_EPOCH, ..View::default() },
            time: super::BEGIN * 1_000,
            entries: Vec::new(),
        }
    }

    /// A backup is restored.
    pub fn restore(&mut self) {
        let incarnation = self.position.incarnation + 1;
        self.position = Position::start(incarnation);
        self.view = View { resource_epoch: first_epoch(incarnation), ..View::default() };
        self.entries.clear();
    }

    pub fn add(&mut self, entry: Entry) {
        self.position = self.position.after(&entry);
        self.view.merge(&entry);
        self.entries.push(entry);
    }

    pub fn entries_after(&self, count: u64) -> &[Entry] {
        self.entries.get(count as usize..).unwrap_or_default()
    }

    pub fn statement(&self) -> Statement {
        Statement {
            issuer: self.issuer.clone(),
            resource: self.resource,
            time: Timestamp::from_unix_milliseconds(self.time),
            position: self.position,
            body: None,
        }
    }

    pub fn snapshot(&self, key: &Key) -> Vec<u8> {
        let body = encode_body(&self.view);
        let statement = Statement { body: Some(Statement::body_digest(&body)), ..self.statement() };
        [signed(&statement, key).as_bytes(), b"\n", &body].concat()
    }
}

pub fn signed(statement: &Statement, key: &Key) -> String {
    key.signed(statement.signing_input(&key.header(STATEMENT_TYPE)).unwrap())
}
