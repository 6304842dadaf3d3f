//! Signing statements, at times that only move on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use callsign_core::Error;
use callsign_core::service::Service;
use callsign_core::store::StoredResource;
use callsign_protocol::claims;
use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{Position, Statement};
use uuid::Uuid;

/// Signs what is stated of feeds.
pub(super) struct Scribe {
    service: Arc<Service>,
    /// The last time that was stated of each resource, in milliseconds.
    last: Mutex<HashMap<Uuid, i64>>,
}

/// What is to be stated.
pub(super) struct Stated {
    /// When: a time from before the position was read, or the statement would vouch for what came in between.
    pub(super) time: Timestamp,
    /// Where the feed stood then or later.
    pub(super) position: Position,
    /// SHA-256 of a snapshot's body.
    pub(super) body: Option<[u8; 32]>,
}

impl Scribe {
    pub(super) fn new(service: &Arc<Service>) -> Self {
        Self { service: Arc::clone(service), last: Mutex::default() }
    }

    fn last(&self) -> MutexGuard<'_, HashMap<Uuid, i64>> {
        // A poisoned map holds whole numbers only.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now, and later than any that was stated of the resource before: readers take a time that stands still, or
    /// goes back with the machine's clock, for a repetition.
    pub(super) fn time(&self, resource: Uuid) -> Timestamp {
        let now = self.service.clock.now().unix_milliseconds();
        let mut last = self.last();
        let time = last.get(&resource).map_or(now, |last| now.max(last + 1));
        last.insert(resource, time);
        Timestamp::from_unix_milliseconds(time)
    }

    /// Forgets the times of the other resources.
    pub(super) fn keep_only(&self, wanted: impl Fn(Uuid) -> bool) {
        self.last().retain(|resource, _| wanted(*resource));
    }

    /// Signs by the algorithm of the resource.
    pub(super) async fn sign(&self, resource: &StoredResource, stated: Stated) -> Result<String, Error> {
        let service = &self.service;
        let keys = service.signing_keys.in_force();
        let key = keys.active(resource.signing_algorithm, service.clock.now())?;
        let statement = Statement {
            issuer: service.issuer.as_str().to_owned(),
            resource: resource.id,
            time: stated.time,
            position: stated.position,
            body: stated.body,
        };
        let input = statement
            .signing_input(key.encoded_statement_header())
            .map_err(|error| Error::Internal(error.to_string()))?;
        let signature = service.signing.sign(resource.id, &key, &input).await?;
        Ok(claims::compact(input, &signature))
    }
}
