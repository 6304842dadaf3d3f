//! Tickets: what stands in a sign-in link, and lets one person in once. It owns those that were not used yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use callsign_core::clock::Clock;
use callsign_core::entropy::{Entropy, NoEntropy};
use callsign_core::service::Service;
use callsign_protocol::date::Timestamp;
use zeroize::Zeroizing;

use super::pass::{Digest, Pass};

/// How long a link is good.
pub(crate) const TICKET_MINUTES: i64 = 5;
/// Most links that wait to be used; the oldest makes room.
const TICKETS_MAX: usize = 16;

/// A fresh ticket.
pub(crate) struct Ticket {
    /// What the link ends with.
    pub(crate) text: Zeroizing<String>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
}

/// The tickets that were not used yet, in memory.
pub(crate) struct Tickets {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    unused: Mutex<VecDeque<Unused>>,
}

struct Unused {
    digest: Digest,
    expires_at: Timestamp,
    name: Arc<str>,
}

impl Tickets {
    /// No tickets yet.
    pub(crate) fn new(service: &Service) -> Self {
        Self::with(Arc::clone(&service.clock), Arc::clone(&service.entropy))
    }

    fn with(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { clock, entropy, unused: Mutex::default() }
    }

    /// Makes a ticket that lets its holder in under that name.
    pub(crate) fn issue(&self, name: &str) -> Result<Ticket, NoEntropy> {
        let pass = Pass::random(self.entropy.as_ref())?;
        let expires_at = self.clock.now().plus_minutes(TICKET_MINUTES);
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        if unused.len() >= TICKETS_MAX {
            unused.pop_front();
        }
        unused.push_back(Unused { digest: pass.digest(), expires_at, name: name.into() });
        Ok(Ticket { text: pass.text(), expires_at })
    }

    /// Uses a ticket up, and answers whom it lets in. Looking at a link is no use of it.
    pub(super) fn redeem(&self, text: &str) -> Option<Arc<str>> {
        let digest = Pass::read(text)?.digest();
        let now = self.clock.now();
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        unused.retain(|ticket| ticket.expires_at > now);
        let at = unused.iter().position(|ticket| ticket.digest == digest)?;
        unused.remove(at).map(|ticket| ticket.name)
    }
}

#[cfg(test)]
mod tests {
    use callsign_core::clock::ManualClock;
    use callsign_core::entropy::SeededEntropy;

    use super::*;

    fn tickets() -> (Tickets, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_800_000_000)));
        let tickets = Tickets::with(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(SeededEntropy::new(1)));
        (tickets, clock)
    }

    #[test]
    fn a_ticket_lets_in_once() {
        let (tickets, _) = tickets();
        let ticket = tickets.issue("administrator:7").unwrap();
        assert_eq!(tickets.redeem(&ticket.text).as_deref(), Some("administrator:7"));
        assert_eq!(tickets.redeem(&ticket.text), None);
        assert_eq!(tickets.redeem(&"A".repeat(43)), None);
        assert_eq!(tickets.redeem(""), None);
    }

    #[test]
    fn a_ticket_is_good_for_five_minutes_and_no_longer() {
        let (tickets, clock) = tickets();
        let [used, stale] = [(); 2].map(|()| tickets.issue("a").unwrap());
        clock.advance_milliseconds(5 * 60_000 - 1);
        assert!(tickets.redeem(&used.text).is_some());
        clock.advance_milliseconds(1);
        assert_eq!(tickets.redeem(&stale.text), None);
    }

    #[test]
    fn the_oldest_unused_ticket_makes_room() {
        let (tickets, _) = tickets();
        let issued: Vec<Ticket> = (0..=TICKETS_MAX).map(|_| tickets.issue("a").unwrap()).collect();
        assert_eq!(tickets.redeem(&issued[0].text), None);
        assert!(issued.iter().skip(1).all(|ticket| tickets.redeem(&ticket.text).is_some()));
    }
}
