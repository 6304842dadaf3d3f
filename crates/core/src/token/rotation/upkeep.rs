//! What is done to the keys without anybody asking.

use callsign_protocol::algorithm::Algorithm;

use super::ring::Ring;
use super::{Change, KeyTimes, LAST_TOKEN_MINUTES, Policy, RESERVE_KEYS, Watch};

/// One round of upkeep, due once a minute and whenever the wanted algorithms or the policy change.
///
/// Each wanted algorithm has a key that signs and a next one. An algorithm that is not wanted any more gets no new key and
/// is wound up: its last key takes over, which dates the end of those before it, and all leave when that is past. Of two
/// rings that need another time of activation, the second gets it in the next round.
#[must_use]
pub fn upkeep(keys: &[KeyTimes], wanted: &[Algorithm], policy: Policy, watch: &Watch) -> Change {
    let mut change = Change::default();
    for algorithm in Algorithm::ALL {
        let ring = Ring::of(keys, algorithm, watch.now());
        if wanted.contains(&algorithm) {
            provide(&ring, policy, &mut change);
        } else {
            wind_up(&ring, watch, &mut change);
        }
        let newer = ring.past().count();
        let leaving = ring.past().enumerate().filter(|(older, (_, dead_at))| {
            *dead_at <= ring.now && (watch.is_long_enough() || newer - older > RESERVE_KEYS)
        });
        change.remove.extend(leaving.map(|(_, (key, _))| key.key_id.clone()));
    }
    change
}

fn provide(ring: &Ring<'_>, policy: Policy, change: &mut Change) {
    let Some(active) = ring.active() else {
        change.add.extend(ring.first_keys(policy));
        return;
    };
    let due = ring.due(active, policy);
    let mut waiting = ring.waiting();
    let Some(next) = waiting.next() else {
        if ring.has_room() {
            change.add.push((ring.algorithm, due));
        }
        return;
    };
    // The policy changed, or the next was made under a clock that was wrong. One that is followed by another was called by
    // hand and is not put off; one that is about to sign stays as every node knows it.
    let is_last = waiting.next().is_none();
    let differs = due < next.activates_at || (due > next.activates_at && is_last);
    if differs && next.activates_at > ring.soonest() && change.activate.is_none() {
        change.activate = Some((next.key_id.clone(), due));
    }
}

fn wind_up(ring: &Ring<'_>, watch: &Watch, change: &mut Change) {
    if let Some(next) = ring.waiting().next() {
        // Nothing asks it to sign.
        let at = ring.soonest_for(next);
        if at < next.activates_at && change.activate.is_none() {
            change.activate = Some((next.key_id.clone(), at));
        }
    } else if let Some(last) = ring.active()
        && last.activates_at.plus_minutes(LAST_TOKEN_MINUTES) <= ring.now
        && watch.is_long_enough()
    {
        change.remove.push(last.key_id.clone());
    }
}
