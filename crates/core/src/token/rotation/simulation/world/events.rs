//! What happens in the simulation.

use callsign_protocol::algorithm::Algorithm;

use super::{DAY, HOUR, MINUTE, ROWS_AGE_MAX, SECOND, World};
use crate::token::rotation::{active, rotate, rotate_compromised};

impl World {
    /// Some node signs a token with the key that it takes for the active one.
    pub(in super::super) fn sign(&mut self) -> Result<(), String> {
        let node = self.a_node();
        let rows = self.read(node);
        let clock = self.clock(node);
        let just = |at: i64| self.now - at <= ROWS_AGE_MAX;
        let unwanted = self.unwanted.filter(|(_, since)| just(*since)).map(|(algorithm, _)| algorithm);
        let algorithm = unwanted.unwrap_or_else(|| self.dice.pick(&self.wanted));
        let Some(key) = active(&rows, algorithm, clock) else {
            let why = format!("no key signs by {algorithm}");
            return if just(self.wanted_since) { Ok(()) } else { Err(why) };
        };
        if let Some(revoked_at) = self.revoked.get(&key.key_id) {
            let why = format!("{} signs after it was revoked", key.key_id);
            return if just(*revoked_at) { Ok(()) } else { Err(why) };
        }
        let minutes = if self.dice.percent(60) { 1440 } else { self.dice.between(60, 1440) };
        self.signed(node, key, minutes * MINUTE)
    }

    pub(in super::super) fn rotate(&mut self, algorithm: Algorithm) -> Result<(), String> {
        let node = self.a_node();
        let rows = self.read(node);
        let change = rotate(&rows, algorithm, self.policy, self.clock(node));
        self.note("by hand:");
        self.commit(node, &rows, &change).map(|_| ())
    }

    /// Somebody finds out that a key, mostly the active one, is in wrong hands.
    pub(in super::super) fn compromise(&mut self) -> Result<(), String> {
        let node = self.a_node();
        let rows = self.stored();
        if rows.is_empty() {
            return Ok(());
        }
        let algorithm = self.dice.pick(&self.wanted);
        let any = &rows[usize::try_from(self.dice.below(i64::try_from(rows.len()).unwrap())).unwrap()];
        let key = active(&rows, algorithm, self.clock(node)).filter(|_| self.dice.percent(60)).unwrap_or(any);
        let plan = rotate_compromised(&rows, &key.key_id, self.policy, self.clock(node));
        self.commit(node, &rows, &plan.map_err(|unknown| unknown.to_string())?).map(|_| ())
    }

    /// Other algorithms are wanted. Whoever changes that sees to the keys at once.
    pub(in super::super) fn want(&mut self, wanted: &[Algorithm]) -> Result<(), String> {
        let gone = self.wanted.iter().find(|algorithm| !wanted.contains(algorithm));
        self.unwanted = gone.map(|algorithm| (*algorithm, self.now));
        self.wanted = wanted.to_vec();
        self.wanted_since = self.now;
        self.note(&format!("wanted: {wanted:?}"));
        self.insist_on_round()
    }

    pub(in super::super) fn restart(&mut self, node: usize) {
        self.nodes[node].watch = None;
        self.note("restart");
        self.nodes[node].round_due_at = Some(self.now + SECOND);
    }

    pub(in super::super) fn stop_or_go_on_with_upkeep(&mut self) {
        self.upkeep_runs = !self.upkeep_runs;
        self.note(if self.upkeep_runs { "upkeep runs again" } else { "upkeep is away" });
        self.look_again();
    }

    /// The next round sees how the clock moved.
    fn look_again(&mut self) {
        for node in 0..self.nodes.len() {
            let clock = self.clock(node);
            if self.upkeep_runs {
                self.nodes[node].watch = self.nodes[node].watch.map(|watch| watch.look(clock));
            }
            self.nodes[node].round_due_at = Some(self.now + self.dice.between(1, MINUTE));
        }
    }

    /// All clocks go wrong by the same, or that of one node gets ahead.
    pub(in super::super) fn set_clocks(&mut self) {
        let all = self.nodes.len() == 1 || self.dice.percent(60);
        let (shortest, longest) = self.dice.pick(&[
            (MINUTE, 10 * MINUTE),
            (10 * MINUTE, DAY),
            (DAY, 60 * DAY),
            (60 * DAY, 20 * 365 * DAY),
        ]);
        let by = self.dice.between(shortest, longest);
        let wrong_by = if all && self.dice.percent(50) { -by } else { by };
        let longest = self.dice.pick(&[10 * MINUTE, 2 * HOUR, 20 * HOUR, 3 * DAY]);
        // Nobody can help a cluster of which one clock is ahead for days: it trusts itself.
        let longest = if all { longest } else { longest.min(20 * HOUR) };
        let one = self.a_node();
        self.put_clocks_right();
        for (node, wrong) in self.nodes.iter_mut().enumerate() {
            wrong.wrong_by = if all || node == one { wrong_by } else { 0 };
        }
        self.clocks_went_wrong = true;
        self.clocks_right_at = Some(self.now + self.dice.between(SECOND, longest));
        self.clocks_were_set(&format!(
            "{} clock wrong by {} min",
            if all { "every" } else { "one" },
            wrong_by / MINUTE
        ));
    }

    pub(in super::super) fn put_clocks_right(&mut self) {
        self.clocks_right_at = None;
        if self.nodes.iter().any(|node| node.wrong_by != 0) {
            for node in &mut self.nodes {
                node.wrong_by = 0;
            }
            self.clocks_were_set("clocks right");
        }
    }

    fn clocks_were_set(&mut self, how: &str) {
        self.era += 1;
        self.clocks_set_at = self.now;
        self.note(how);
        self.look_again();
    }
}
