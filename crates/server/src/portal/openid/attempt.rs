//! Attempts to sign in that are not over yet. The browser holds the one secret of each, and everything that travels by way of the
//! provider is made of it; here only its digest is kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::clock::Clock;
use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_core::service::Service;
use callsign_protocol::date::Timestamp;
use callsign_protocol::digest::sha256;
use zeroize::Zeroizing;

use crate::portal::pass::{Digest, Pass};

/// How long somebody may take at the provider.
pub(in crate::portal) const ATTEMPT_MAX: Duration = Duration::from_mins(10);
/// Most attempts at once; the oldest makes room.
const ATTEMPTS_MAX: usize = 1_000;

/// An attempt, as the browser holds it.
pub(super) struct Attempt(Pass);

/// Those that are not over.
pub(super) struct Attempts {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    open: Mutex<VecDeque<(Digest, Timestamp)>>,
}

impl Attempt {
    /// Reads what [`Self::text`] wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        Pass::read(text).map(Self)
    }

    /// What the browser keeps.
    pub(super) fn text(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// What comes back with the code.
    pub(super) fn state(&self) -> Zeroizing<String> {
        self.0.derived("callsign portal openid state")
    }

    /// Whether that came back of it.
    pub(super) fn is_of(&self, state: &str) -> bool {
        verify_slices_are_equal(state.as_bytes(), self.state().as_bytes()).is_ok()
    }

    /// What the id token repeats.
    pub(super) fn nonce(&self) -> Zeroizing<String> {
        self.0.derived("callsign portal openid nonce")
    }

    /// What the code is redeemed with: 43 letters of those that RFC 7636 §4.1 lets it have.
    pub(super) fn verifier(&self) -> Zeroizing<String> {
        self.0.derived("callsign portal openid verifier")
    }

    /// What the code is asked for with.
    pub(super) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(&[self.verifier().as_bytes()]))
    }
}

impl Attempts {
    /// None yet.
    pub(super) fn new(service: &Service) -> Self {
        let (clock, entropy) = (Arc::clone(&service.clock), Arc::clone(&service.entropy));
        Self { clock, entropy, open: Mutex::default() }
    }

    pub(super) fn begin(&self) -> Result<Attempt, NoEntropy> {
        let pass = Pass::random(self.entropy.as_ref())?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= ATTEMPTS_MAX {
            open.pop_front();
        }
        open.push_back((pass.digest(), self.clock.now()));
        Ok(Attempt(pass))
    }

    /// Ends it. Whether it was one, and not over.
    pub(super) fn end(&self, attempt: &Attempt) -> bool {
        let digest = attempt.0.digest();
        let now = self.clock.now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, began)| began.distance(now) < ATTEMPT_MAX);
        let place = open.iter().position(|(known, _)| *known == digest);
        place.and_then(|place| open.remove(place)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use callsign_core::clock::ManualClock;
    use callsign_core::entropy::SeededEntropy;

    use super::*;

    fn attempts() -> (Attempts, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_800_000_000)));
        let entropy = Arc::new(SeededEntropy::new(1));
        (Attempts { clock: Arc::clone(&clock) as _, entropy, open: Mutex::default() }, clock)
    }

    #[test]
    fn an_attempt_ends_once_and_within_ten_minutes() {
        let (attempts, clock) = attempts();
        let [ended, late] = [(); 2].map(|()| attempts.begin().unwrap());
        let again = Attempt::read(&ended.text()).unwrap();
        assert!(attempts.end(&ended) && !attempts.end(&again));
        clock.advance_milliseconds(10 * 60_000);
        assert!(!attempts.end(&late));
        assert!(!attempts.end(&Attempt::read(&"A".repeat(43)).unwrap()));
    }

    #[test]
    fn the_oldest_makes_room() {
        let (attempts, _) = attempts();
        let begun: Vec<_> = (0..=ATTEMPTS_MAX).map(|_| attempts.begin().unwrap()).collect();
        assert!(!attempts.end(&begun[0]) && attempts.end(&begun[1]));
        assert_eq!(attempts.open.lock().unwrap().len(), ATTEMPTS_MAX - 1);
    }

    #[test]
    fn what_travels_tells_neither_the_secret_nor_each_other() {
        let (attempts, _) = attempts();
        let [one, other] = [(); 2].map(|()| attempts.begin().unwrap());
        let texts = [one.text(), one.state(), one.nonce(), one.verifier(), one.challenge().into()];
        for (place, text) in texts.iter().enumerate() {
            assert_eq!(text.len(), 43);
            assert!(texts.iter().skip(place + 1).all(|other| other != text));
        }
        assert!(one.is_of(&one.state()) && !one.is_of(&other.state()) && !one.is_of(""));
    }
}
