//! Rotations that somebody asks for.

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;

use super::ring::Ring;
use super::{Change, KeyTimes, Policy};

/// There is no signing key of that id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no signing key {key_id:?}; {}", known_keys(.known))]
pub struct UnknownKey {
    /// What was asked for.
    pub key_id: String,
    /// The ids that there are.
    pub known: Vec<String>,
}

fn known_keys(known: &[String]) -> String {
    match known {
        [] => "there are none at all".to_owned(),
        [only] => format!("the only one is {only}"),
        several => format!("give one of {}", several.join(", ")),
    }
}

/// The next key of the algorithm takes over as soon as it has been published long enough, which is mostly at once, and a new
/// next one is planned after it. Asked again while a rotation is under way, it changes nothing.
#[must_use]
pub fn rotate(keys: &[KeyTimes], algorithm: Algorithm, policy: Policy, now: Timestamp) -> Change {
    let ring = Ring::of(keys, algorithm, now);
    let mut change = Change::default();
    let mut waiting = ring.waiting();
    if ring.active().is_none() {
        change.add.extend(ring.first_keys(policy));
    } else if let Some(next) = waiting.next() {
        let at = ring.soonest_for(next);
        if at < next.activates_at {
            change.activate = Some((next.key_id.clone(), at));
        }
        if waiting.next().is_none() && ring.has_room() {
            change.add.push((algorithm, policy.after(at)));
        }
    } else if ring.has_room() {
        change.add.extend([(algorithm, ring.soonest()), (algorithm, policy.after(ring.soonest()))]);
    }
    change
}

/// The key leaves at once and for ever. If it was the one that signs, the next takes over at once, however short it has
/// been published: key sets that verifiers hold lag behind by their age.
///
/// # Errors
/// [`UnknownKey`] when there is no key of that id.
pub fn rotate_compromised(
    keys: &[KeyTimes],
    key_id: &str,
    policy: Policy,
    now: Timestamp,
) -> Result<Change, UnknownKey> {
    let Some(key) = keys.iter().find(|key| key.key_id == key_id) else {
        let known = keys.iter().map(|key| key.key_id.clone()).collect();
        return Err(UnknownKey { key_id: key_id.to_owned(), known });
    };
    let ring = Ring::of(keys, key.algorithm, now);
    let mut change = Change { revoke: Some(key_id.to_owned()), ..Change::default() };
    let was_waiting = ring.waiting().any(|waiting| waiting.key_id == key_id);
    let mut others = ring.waiting().filter(|waiting| waiting.key_id != key_id);
    let next = others.next();
    match (ring.active(), next) {
        (Some(active), Some(next)) if active.key_id == key_id => {
            let at = ring.free(ring.now, next);
            change.activate = Some((next.key_id.clone(), at));
            if others.next().is_none() {
                change.add.push((key.algorithm, policy.after(at)));
            }
        }
        (Some(active), None) if active.key_id == key_id => change.add.extend(ring.first_keys(policy)),
        (Some(active), None) if was_waiting => change.add.push((key.algorithm, ring.due(active, policy))),
        _ => {}
    }
    Ok(change)
}
