//! One issuer and the keys that it signs by, as far as they are known.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::key_set::VerifyingKey;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use uuid::Uuid;

use super::keys::{Keys, KnownKeys};
use crate::config::TrustedIssuer;

/// How long a request waits for the keys of an issuer. The caller's own patience is longer.
const PATIENCE: Duration = Duration::from_secs(6);

/// An issuer.
pub(crate) struct Authority {
    place: Place,
    tenant: Option<Uuid>,
    keys: Keys,
}

/// Where its keys come from.
enum Place {
    /// The process itself.
    Here { issuer: String },
    /// A host that is asked.
    There(Box<Desk>),
}

/// Where newer keys are asked for.
pub(super) struct Desk {
    pub(super) issuer: TrustedIssuer,
    pub(super) cool_down: Duration,
    pub(super) asked: Notify,
    pub(super) rounds: watch::Sender<Round>,
}

/// How the last reading of the keys ended.
#[derive(Debug, Clone)]
pub(super) struct Round {
    /// None is begun for somebody's sake before.
    pub(super) open_at: Instant,
    pub(super) fault: Option<String>,
}

impl Authority {
    /// One whose key this process has.
    pub(crate) fn here(issuer: String, tenant: Uuid, key: &VerifyingKey) -> Self {
        let keys = HashMap::from([(key.kid().to_owned(), key.clone())]);
        let keys = Keys::known(KnownKeys::new(issuer.clone(), keys));
        Self { place: Place::Here { issuer }, tenant: Some(tenant), keys }
    }

    /// One that is asked.
    pub(super) fn remote(issuer: TrustedIssuer, cool_down: Duration) -> Self {
        let tenant = issuer.tenant;
        let rounds = watch::Sender::new(Round { open_at: Instant::now(), fault: None });
        let desk = Desk { issuer, cool_down, asked: Notify::new(), rounds };
        Self { place: Place::There(Box::new(desk)), tenant, keys: Keys::default() }
    }

    pub(super) const fn is_remote(&self) -> bool {
        matches!(self.place, Place::There(_))
    }

    /// Whether a token that names this issuer is one of its.
    pub(super) fn is(&self, issuer: &str) -> bool {
        match &self.place {
            Place::Here { issuer: ours } => issuer == ours,
            Place::There(desk) => desk.issuer.is(issuer),
        }
    }

    /// The one tenant that it speaks for.
    pub(super) const fn tenant(&self) -> Option<Uuid> {
        self.tenant
    }

    /// The keys that count now.
    pub(super) fn in_force(&self) -> Arc<KnownKeys> {
        self.keys.in_force(matches!(self.place, Place::Here { .. }))
    }

    pub(super) const fn desk(&self) -> Option<&Desk> {
        match &self.place {
            Place::Here { .. } => None,
            Place::There(desk) => Some(desk),
        }
    }

    pub(super) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Why its keys are not known.
    pub(super) fn fault(&self) -> String {
        let fault = self.desk().and_then(|desk| desk.rounds.borrow().fault.clone());
        fault.unwrap_or_else(|| "it did not answer in time".to_owned())
    }

    /// Asks for newer keys and waits until they were read, or at once where that was done a moment ago. Whether it helped shows
    /// in the keys.
    pub(super) async fn ask_and_wait(&self) {
        let Some(desk) = self.desk() else { return };
        let mut rounds = desk.rounds.subscribe();
        if rounds.borrow_and_update().open_at > Instant::now() {
            return;
        }
        desk.asked.notify_one();
        // Nobody waits for ever: the sender lives as long as the desk.
        let _ = tokio::time::timeout(PATIENCE, rounds.changed()).await;
    }
}
