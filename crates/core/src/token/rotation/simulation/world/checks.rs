//! What must hold in the simulation.

use std::rc::Rc;

use callsign_protocol::algorithm::Algorithm;

use super::{
    ISSUED_AHEAD_MAX, KEY_SET_AGE_MAX, MINUTE, PUBLISHED_BEFORE_MINUTES, ROWS_AGE_MAX, Rows, SECOND,
    SKEW_MAX, Verifier, World,
};
use crate::token::rotation::{KeyState, KeyTimes, schedule};

fn has(rows: &Rows, key_id: &str) -> bool {
    rows.iter().any(|key| key.key_id == key_id)
}

impl World {
    /// Takes note of a token, and checks that its key was published long enough.
    pub(super) fn signed(&mut self, node: usize, key: &KeyTimes, lifetime: i64) -> Result<(), String> {
        let (now, era) = (self.now, self.era);
        let (clock, wrong_by) = (self.clock(node), self.nodes[node].wrong_by);
        let key_id = &key.key_id;
        let Some(facts) = self.facts.get_mut(key_id) else {
            // A node that has not read yet that a retired key was removed, and whose clock is set back just then.
            let just_set = now - self.clocks_set_at <= ROWS_AGE_MAX;
            return if just_set { Ok(()) } else { Err(format!("{key_id} signs after it was removed")) };
        };
        if !facts.has_signed {
            // Nobody can tell how long it was published when a clock was set meanwhile or is far from the others. When all
            // keys seem to lie ahead, the first of them signs, however new it is.
            let clocks_agree = self.nodes.iter().all(|node| node.wrong_by == wrong_by);
            let clocks_wrong = facts.made_under != (era, wrong_by) || !clocks_agree;
            facts.excused |= clocks_wrong || key.activates_at > clock;
            let differing = if self.nodes.iter().all(|node| node.skew == 0) { 0 } else { 2 * SKEW_MAX };
            let published_for = now - facts.committed_at;
            if !facts.excused && published_for < PUBLISHED_BEFORE_MINUTES * MINUTE - differing {
                return Err(format!(
                    "{key_id} signs after it was published for {} s",
                    published_for / SECOND
                ));
            }
            facts.has_signed = true;
        }
        // A token from the future is not accepted, and no promise holds for it once the clocks are right.
        if Self::shown(clock) <= now + ISSUED_AHEAD_MAX {
            facts.alive_until = facts.alive_until.max(Self::shown(clock) + lifetime);
        }
        let before = if facts.alive_in_era.0 == era { facts.alive_in_era.1 } else { 0 };
        facts.alive_in_era = (era, before.max(now + lifetime));
        self.check()
    }

    /// No live token whose key is neither published nor revoked: in the store, at a node that read it two seconds ago, at a
    /// verifier that holds the key set of five minutes ago.
    pub(in super::super) fn check(&mut self) -> Result<(), String> {
        self.verifiers_read_again();
        let stored = self.stored();
        let seen = self.stored_at(self.now - ROWS_AGE_MAX);
        for (key_id, facts) in &self.facts {
            let by_true_time = facts.alive_until - self.now;
            let by_these_clocks =
                if facts.alive_in_era.0 == self.era { facts.alive_in_era.1 - self.now } else { 0 };
            let left = by_true_time.max(by_these_clocks);
            if left <= 0 {
                continue;
            }
            let age = self.now - facts.committed_at;
            let may_miss = |longest: i64| facts.excused && age <= longest;
            let held = |verifier: &Verifier| has(&verifier.key_set, key_id);
            let missed = if !has(&stored, key_id) {
                Some("is neither published nor revoked")
            } else if !(has(&seen, key_id) || may_miss(ROWS_AGE_MAX)) {
                Some("is not known to every node")
            } else if !(self.verifiers.iter().all(held) || may_miss(ROWS_AGE_MAX + KEY_SET_AGE_MAX)) {
                Some("is not in the key set that a verifier holds")
            } else {
                None
            };
            if let Some(missed) = missed {
                return Err(format!(
                    "{key_id} {missed}, and a token of it lives for {} s more",
                    left / SECOND
                ));
            }
        }
        Ok(())
    }

    fn verifiers_read_again(&mut self) {
        for verifier in 0..self.verifiers.len() {
            if self.now - self.verifiers[verifier].read_at > KEY_SET_AGE_MAX || self.dice.percent(10) {
                let at = self.now - self.dice.between(0, ROWS_AGE_MAX);
                let key_set = self.stored_at(at);
                let reader = &mut self.verifiers[verifier];
                (reader.read_at, reader.key_set) = (self.now, Rc::clone(&key_set));
            }
        }
    }

    /// What a round of upkeep leaves: one key that signs, one that is next, a second next only while a rotation by hand is
    /// under way, and a third where a clock is behind that of the node that rotated just before.
    pub(super) fn check_round(&self, node: usize) -> Result<(), String> {
        for (algorithm, [next, active, retiring, retired]) in self.counts(node) {
            let next_max = if self.clocks_went_wrong { usize::MAX } else { 3 };
            if self.wanted.contains(&algorithm) && (active != 1 || !(1..=next_max).contains(&next)) {
                return Err(format!(
                    "after a round {algorithm} has {active} active, {next} next, {retiring} retiring, {retired} retired"
                ));
            }
        }
        Ok(())
    }

    /// How many keys of each algorithm are next, active, retiring and retired.
    pub(in super::super) fn counts(&self, node: usize) -> [(Algorithm, [usize; 4]); 2] {
        let (rows, clock) = (self.stored(), self.clock(node));
        let scheduled = schedule(&rows, clock);
        let states = [KeyState::Next, KeyState::Active, KeyState::Retiring, KeyState::Retired];
        Algorithm::ALL.map(|algorithm| {
            let ring = || scheduled.iter().filter(|key| key.key.algorithm == algorithm);
            (algorithm, states.map(|state| ring().filter(|key| key.state == state).count()))
        })
    }
}
