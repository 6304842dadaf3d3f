//! What the simulation plays in: a store, nodes with clocks of their own, verifiers, and what is true of each key.
//!
//! All times are milliseconds of the true time since its beginning.

mod checks;
mod events;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;

use super::{Dice, ROTATE_EVERY_DAYS};
use crate::entropy::SeededEntropy;
use crate::token::rotation::{
    Change, KeyTimes, LAST_TOKEN_MINUTES, PUBLISHED_BEFORE_MINUTES, Policy, RING_KEYS_MAX, Watch, upkeep,
};

pub(super) const SECOND: i64 = 1000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The beginning, in milliseconds since 1970.
const BEGINNING: i64 = 1_800_000_000_000;
/// How old the keys may be that a node acts on.
const ROWS_AGE_MAX: i64 = 2 * SECOND;
/// How old a key set may be that a verifier goes by.
const KEY_SET_AGE_MAX: i64 = 300 * SECOND;
/// A verifier refuses tokens from further in the future than this.
const ISSUED_AHEAD_MAX: i64 = 300 * SECOND;
/// How far a node's clock is off in ordinary times.
const SKEW_MAX: i64 = 2 * MINUTE;
const VERIFIERS: i64 = 3;
/// How often a token is signed just before a round, which is when something has just changed.
const SIGNS_BEFORE_ROUND_PERCENT: i64 = 25;
const EVENTS_REMEMBERED: usize = 14;

type Rows = Rc<Vec<KeyTimes>>;

struct Node {
    skew: i64,
    /// How far its clock is set wrong.
    wrong_by: i64,
    watch: Option<Watch>,
    round_due_at: Option<i64>,
    last_round_at: i64,
    read_at: i64,
}

struct Verifier {
    read_at: i64,
    key_set: Rows,
}

/// What is true of a key.
struct Facts {
    committed_at: i64,
    /// The era, and how wrong the clock was of the node that made it.
    made_under: (u32, i64),
    /// It may sign before it was published long enough: the first of its kind, or after a compromise.
    excused: bool,
    has_signed: bool,
    /// When its last token is dead by the true time.
    alive_until: i64,
    /// The same by the clocks of this era, while it lasts.
    alive_in_era: (u32, i64),
}

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) now: i64,
    pub(super) policy: Policy,
    pub(super) wanted: Vec<Algorithm>,
    pub(super) upkeep_runs: bool,
    pub(super) clocks_go_wrong: bool,
    pub(super) clocks_went_wrong: bool,
    /// The keys in the store now and in the last seconds, with the time from which they stood there.
    rows: VecDeque<(i64, Rows)>,
    revoked: BTreeMap<String, i64>,
    nodes: Vec<Node>,
    verifiers: Vec<Verifier>,
    facts: BTreeMap<String, Facts>,
    /// One more each time a clock is set.
    era: u32,
    clocks_right_at: Option<i64>,
    clocks_set_at: i64,
    /// Since when an algorithm is wanted, and since when it is not.
    wanted_since: i64,
    unwanted: Option<(Algorithm, i64)>,
    keys_made: u32,
    events: VecDeque<(i64, String)>,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let dice = Dice(SeededEntropy::new(seed));
        let spread = dice.pick(&[0, SKEW_MAX]);
        let nodes = (0..dice.between(1, 3))
            .map(|_| dice.between(-spread, spread))
            .map(|skew| Node {
                skew,
                wrong_by: 0,
                watch: None,
                round_due_at: Some(0),
                last_round_at: 0,
                read_at: 0,
            })
            .collect();
        let verifiers = (0..VERIFIERS).map(|_| Verifier { read_at: i64::MIN / 2, key_set: Rows::default() });
        Self {
            now: 0,
            policy: Policy { rotate_every_days: dice.pick(&ROTATE_EVERY_DAYS) },
            wanted: vec![Algorithm::Rs256],
            upkeep_runs: true,
            clocks_go_wrong: dice.percent(60),
            clocks_went_wrong: false,
            rows: VecDeque::from([(0, Rows::default())]),
            revoked: BTreeMap::new(),
            nodes,
            verifiers: verifiers.collect(),
            facts: BTreeMap::new(),
            era: 0,
            clocks_right_at: None,
            clocks_set_at: i64::MIN / 2,
            wanted_since: 0,
            unwanted: None,
            keys_made: 0,
            events: VecDeque::new(),
            dice,
        }
    }

    pub(super) fn begin(&mut self) -> Result<(), String> {
        self.insist_on_round()
    }

    pub(super) fn note(&mut self, event: &str) {
        self.events.push_back((self.now, event.to_owned()));
        if self.events.len() > EVENTS_REMEMBERED {
            self.events.pop_front();
        }
    }

    pub(super) fn last_events(&self) -> String {
        let ago = |at: i64| (self.now - at) / SECOND;
        let events: Vec<_> =
            self.events.iter().map(|(at, event)| format!("{event} {} s ago", ago(*at))).collect();
        events.join(", ")
    }

    pub(super) fn a_node(&self) -> usize {
        usize::try_from(self.dice.below(i64::try_from(self.nodes.len()).unwrap())).unwrap()
    }

    fn off_by(&self, node: usize) -> i64 {
        self.nodes[node].skew + self.nodes[node].wrong_by
    }

    fn clock(&self, node: usize) -> Timestamp {
        Timestamp::from_unix_milliseconds(BEGINNING + self.now + self.off_by(node))
    }

    /// What a node's clock shows at `at`, in the simulation's milliseconds.
    fn shown(at: Timestamp) -> i64 {
        at.unix_milliseconds() - BEGINNING
    }

    /// The keys as they stood at an instant of the last two seconds.
    fn stored_at(&self, at: i64) -> Rows {
        let seen = self.rows.iter().rev().find(|(since, _)| *since <= at).or(self.rows.front());
        Rc::clone(&seen.unwrap().1)
    }

    fn stored(&self) -> Rows {
        Rc::clone(&self.rows.back().unwrap().1)
    }

    /// The keys as a node sees them: as they stood at an instant of the last two seconds.
    fn read(&mut self, node: usize) -> Rows {
        let earliest = (self.now - ROWS_AGE_MAX).max(self.nodes[node].read_at);
        let at = self.dice.between(earliest, self.now);
        self.nodes[node].read_at = at;
        self.stored_at(at)
    }

    /// Instants at which something changes, as the first node's clock sees them, and tokens' ends.
    pub(super) fn turns(&self) -> Vec<i64> {
        let dead = self.facts.values().map(|facts| facts.alive_until);
        self.turns_of(0).chain(dead).chain([self.now]).collect()
    }

    fn turns_of(&self, node: usize) -> impl Iterator<Item = i64> {
        let off_by = self.off_by(node);
        let rows = &self.rows.back().unwrap().1;
        rows.iter().flat_map(move |key| {
            let (made, active) =
                (Self::shown(key.created_at) - off_by, Self::shown(key.activates_at) - off_by);
            [made + PUBLISHED_BEFORE_MINUTES * MINUTE, active, active + LAST_TOKEN_MINUTES * MINUTE]
        })
    }

    /// Lets the time pass: each minute's round of upkeep where it has something to do, and a look at every token just
    /// before it dies.
    pub(super) fn advance(&mut self, target: i64) -> Result<(), String> {
        while self.now < target {
            let round = self.next_round().filter(|(at, _)| *at <= target);
            let last_look = self.next_last_look().filter(|at| *at < target);
            let turns = [round.map(|(at, _)| at), last_look, self.clocks_right_at];
            let until = turns.into_iter().flatten().fold(target, i64::min).max(self.now);
            self.now = until;
            self.rounds_went_on();
            if self.clocks_right_at.is_some_and(|at| at <= until) {
                self.put_clocks_right();
            }
            if last_look == Some(until) {
                self.check()?;
            }
            if let Some((at, node)) = round
                && at == until
            {
                if self.dice.percent(SIGNS_BEFORE_ROUND_PERCENT) {
                    self.sign()?;
                }
                self.round(node)?;
            }
        }
        Ok(())
    }

    /// The next round that may have something to do, mostly less than a minute late.
    fn next_round(&self) -> Option<(i64, usize)> {
        let rounds = self.nodes.iter().enumerate().flat_map(|(node, of)| {
            let trusted = of.watch.map(|watch| Self::shown(watch.since()) + LAST_TOKEN_MINUTES * MINUTE);
            let trusted = trusted.map(|at| at - self.off_by(node));
            let turn = self.turns_of(node).chain(trusted).filter(|at| *at > of.last_round_at).min();
            let late = turn.map(|at| at + self.dice.below(MINUTE));
            late.into_iter().chain(of.round_due_at).map(move |at| (at, node))
        });
        rounds.min().filter(|_| self.upkeep_runs).map(|(at, node)| (at.max(self.now + 1), node))
    }

    fn next_last_look(&self) -> Option<i64> {
        let ends = self.facts.values().flat_map(|facts| [facts.alive_until, facts.alive_in_era.1]);
        ends.map(|end| end - 1).filter(|at| *at > self.now).min()
    }

    /// A round each minute found nothing to do; that is what the watches have seen.
    fn rounds_went_on(&mut self) {
        for node in 0..self.nodes.len() {
            if let (true, Some(watch)) = (self.upkeep_runs, self.nodes[node].watch) {
                self.nodes[node].watch = Some(watch.evenly_until(self.clock(node)));
            }
        }
    }

    pub(super) fn round(&mut self, node: usize) -> Result<(), String> {
        let rows = self.read(node);
        self.round_on(node, &rows).map(|_| ())
    }

    /// A round on the keys of now, as one that follows a change of what is wanted.
    pub(super) fn insist_on_round(&mut self) -> Result<(), String> {
        let node = self.a_node();
        let rows = self.stored();
        let done = self.round_on(node, &rows)?;
        if done { Ok(()) } else { Err("the store refused a plan for what is in it".to_owned()) }
    }

    fn round_on(&mut self, node: usize, rows: &Rows) -> Result<bool, String> {
        self.nodes[node].last_round_at = self.now;
        let clock = self.clock(node);
        let watch = self.nodes[node].watch.map_or(Watch::begin(clock), |watch| watch.look(clock));
        let change = upkeep(rows, &self.wanted, self.policy, &watch);
        let is_current = Rc::ptr_eq(rows, &self.stored());
        let done = change.is_empty() || self.commit(node, rows, &change)?;
        self.nodes[node].round_due_at = (!change.is_empty()).then_some(self.now + MINUTE);
        if done {
            self.nodes[node].watch = Some(watch);
            if is_current {
                self.check_round(node)?;
            }
        }
        Ok(done)
    }

    /// As the store does it: all or nothing, and only on the keys that the change was planned for.
    fn commit(&mut self, node: usize, planned_on: &Rows, change: &Change) -> Result<bool, String> {
        let mut rows = self.stored().to_vec();
        let ids = |rows: &[KeyTimes]| rows.iter().map(|key| key.key_id.clone()).collect::<BTreeSet<_>>();
        if !Rc::ptr_eq(planned_on, &self.stored()) && ids(&rows) != ids(planned_on) {
            return Ok(false);
        }
        self.note(&format!("{change:?}"));
        if let Some((key_id, at)) = &change.activate {
            rows.iter_mut().find(|key| key.key_id == *key_id).unwrap().activates_at = *at;
            self.facts.get_mut(key_id).unwrap().excused |= change.revoke.is_some();
        }
        rows.retain(|key| {
            !change.remove.contains(&key.key_id) && change.revoke.as_ref() != Some(&key.key_id)
        });
        if let Some(key_id) = &change.revoke {
            self.revoked.insert(key_id.clone(), self.now);
            self.facts.remove(key_id);
        }
        let created_at = self.clock(node);
        for (algorithm, activates_at) in change.add.iter().copied() {
            self.keys_made += 1;
            let key_id = format!("{:04x}-{}", self.dice.below(1 << 16), self.keys_made);
            let facts = Facts {
                committed_at: self.now,
                made_under: (self.era, self.nodes[node].wrong_by),
                excused: activates_at <= created_at,
                has_signed: false,
                alive_until: 0,
                alive_in_era: (self.era, 0),
            };
            self.facts.insert(key_id.clone(), facts);
            rows.push(KeyTimes { key_id, algorithm, created_at, activates_at });
        }
        if rows.len() > 2 * RING_KEYS_MAX {
            return Err(format!("{} keys", rows.len()));
        }
        self.rows.push_back((self.now, Rc::new(rows)));
        while self.rows.get(1).is_some_and(|(since, _)| *since <= self.now - ROWS_AGE_MAX) {
            self.rows.pop_front();
        }
        self.check()?;
        let (now, rows) = (self.now, self.stored());
        let is_stored = |key_id: &String| rows.iter().any(|key| key.key_id == *key_id);
        self.facts.retain(|key_id, facts| facts.alive_until > now || is_stored(key_id));
        Ok(true)
    }
}
