//! Sessions: who is signed in, in which browser. They are kept in memory, and of each id its digest alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use callsign_core::clock::Clock;
use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_protocol::date::Timestamp;
use zeroize::Zeroizing;

use super::operator::Operator;
use super::pass::{Digest, Pass};

/// How long a session lasts at most.
pub(super) const SESSION_MAX: Duration = Duration::from_secs(12 * 60 * 60);
/// How long a session lasts that nobody uses.
const IDLE_MAX: Duration = Duration::from_secs(60 * 60);
/// Most sessions at once; the one that was not used for longest makes room.
const SESSIONS_MAX: usize = 1_000;

const FORM_LABEL: &str = "callsign portal form";

/// The sessions of all browsers.
pub(super) struct Sessions {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    open: Mutex<HashMap<Digest, Open>>,
}

struct Open {
    operator: Arc<Operator>,
    began: Timestamp,
    seen: Timestamp,
}

/// A session that goes on.
pub(super) struct Session {
    /// Whose it is.
    pub(super) operator: Arc<Operator>,
    /// What each of its forms has to send back, so that no other site's form is taken for one.
    pub(super) form_token: Zeroizing<String>,
}

impl Sessions {
    /// Nobody is signed in.
    pub(super) fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, open: Mutex::default() }
    }

    /// Begins a session and answers its id, which nobody had before: an id that a browser brings along is never taken over.
    pub(super) fn begin(&self, operator: Operator) -> Result<Zeroizing<String>, NoEntropy> {
        let id = Pass::random(self.entropy.as_ref())?;
        let now = self.clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| session.goes_on(now));
        if open.len() >= SESSIONS_MAX {
            let oldest = open.iter().min_by_key(|(_, session)| session.seen).map(|(digest, _)| *digest);
            oldest.and_then(|digest| open.remove(&digest));
        }
        open.insert(id.digest(), Open { operator: Arc::new(operator), began: now, seen: now });
        Ok(id.text())
    }

    /// The session of that id, which is used by this.
    pub(super) fn find(&self, id: &str) -> Option<Session> {
        let id = Pass::read(id)?;
        let now = self.clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = id.digest();
        let session = open.get_mut(&digest)?;
        if !session.goes_on(now) {
            open.remove(&digest);
            return None;
        }
        session.seen = now;
        Some(Session { operator: Arc::clone(&session.operator), form_token: id.derived(FORM_LABEL) })
    }

    /// Ends the session of that id, if there is one.
    pub(super) fn end(&self, id: &str) {
        if let Some(id) = Pass::read(id) {
            self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.digest());
        }
    }
}

impl Open {
    /// A clock that was set back makes no session longer than it would be.
    fn goes_on(&self, now: Timestamp) -> bool {
        self.began.distance(now) < SESSION_MAX && self.seen.distance(now) < IDLE_MAX
    }
}

#[cfg(test)]
mod tests {
    use callsign_core::clock::ManualClock;
    use callsign_core::entropy::SeededEntropy;

    use super::*;
    use crate::portal::operator::Reach;

    const MINUTE: u32 = 60_000;

    fn operator(name: &str) -> Operator {
        Operator { name: name.into(), reach: Reach::Administrator }
    }

    fn sessions() -> (Sessions, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_800_000_000)));
        let sessions = Sessions::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(SeededEntropy::new(1)));
        (sessions, clock)
    }

    #[test]
    fn a_session_is_found_by_its_id_until_it_is_ended() {
        let (sessions, _) = sessions();
        let [mine, theirs] = ["mine", "theirs"].map(|name| sessions.begin(operator(name)).unwrap());
        assert_eq!(&*sessions.find(&mine).unwrap().operator.name, "mine");
        sessions.end(&mine);
        assert!(sessions.find(&mine).is_none());
        assert_eq!(&*sessions.find(&theirs).unwrap().operator.name, "theirs");
        for unknown in ["", "A", &"A".repeat(43)] {
            assert!(sessions.find(unknown).is_none());
            sessions.end(unknown);
        }
    }

    #[test]
    fn a_session_ends_after_an_hour_without_use_and_after_twelve_in_any_case() {
        let (sessions, clock) = sessions();
        let [idle, busy] = [(); 2].map(|()| sessions.begin(operator("a")).unwrap());
        clock.advance_milliseconds(59 * MINUTE);
        assert!(sessions.find(&busy).is_some());
        clock.advance_milliseconds(MINUTE);
        assert!(sessions.find(&idle).is_none());
        for _ in 0..12 {
            clock.advance_milliseconds(54 * MINUTE);
            assert!(sessions.find(&busy).is_some());
        }
        clock.advance_milliseconds(12 * MINUTE);
        assert!(sessions.find(&busy).is_none());
    }

    #[test]
    fn the_session_that_was_not_used_for_longest_makes_room() {
        let (sessions, clock) = sessions();
        let first: Vec<_> = (0..SESSIONS_MAX)
            .map(|_| {
                clock.advance_milliseconds(1);
                sessions.begin(operator("a")).unwrap()
            })
            .collect();
        clock.advance_milliseconds(1);
        assert!(sessions.find(&first[0]).is_some());
        let last = sessions.begin(operator("b")).unwrap();
        assert!(sessions.find(&first[1]).is_none());
        assert!(sessions.find(&first[0]).is_some() && sessions.find(&last).is_some());
    }

    #[test]
    fn each_session_has_a_form_token_of_its_own_that_is_not_its_id() {
        let (sessions, _) = sessions();
        let [one, other] = [(); 2].map(|()| sessions.begin(operator("a")).unwrap());
        let token = |id: &str| sessions.find(id).unwrap().form_token;
        assert_eq!(token(&one), token(&one));
        assert_ne!(token(&one), token(&other));
        assert_ne!(token(&one), one);
    }
}
