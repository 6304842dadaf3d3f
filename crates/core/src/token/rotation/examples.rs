//! Single steps of the life of signing keys. What holds over years is in the simulation.

use callsign_protocol::algorithm::Algorithm::{self, Es256, Rs256};
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::{KeySet, PublicKey};

use super::{
    Change, KeyState, KeyTimes, LAST_TOKEN_MINUTES, Policy, RESERVE_KEYS, RING_KEYS_MAX, Watch, active,
    rotate, rotate_compromised, schedule, upkeep,
};

const POLICY: Policy = Policy { rotate_every_days: 90 };
const DAY: i64 = 24 * 60;
/// The instant now, in minutes.
const NOW: i64 = 1000 * DAY;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000).plus_minutes(minutes)
}

/// A key that was made and is activated so many minutes after the beginning of time.
fn key(key_id: &str, created: i64, activates: i64) -> KeyTimes {
    let (created_at, activates_at) = (at(created), at(activates));
    KeyTimes { key_id: key_id.to_owned(), algorithm: Rs256, created_at, activates_at }
}

/// An active key of 40 days and the next.
fn quiet_ring() -> Vec<KeyTimes> {
    vec![key("active", NOW - 130 * DAY, NOW - 40 * DAY), key("next", NOW - 40 * DAY, NOW + 50 * DAY)]
}

/// A watch of a process that started days ago.
fn long_watch(now: i64) -> Watch {
    Watch::begin(at(now - 3 * DAY)).evenly_until(at(now))
}

fn round(keys: &[KeyTimes], now: i64) -> Change {
    upkeep(keys, &[Rs256], POLICY, &long_watch(now))
}

fn activates(key_id: &str, minutes: i64) -> Option<(String, Timestamp)> {
    Some((key_id.to_owned(), at(minutes)))
}

/// What the store does with it.
fn apply(keys: &mut Vec<KeyTimes>, change: &Change, now: i64) {
    for key in keys.iter_mut() {
        if let Some((_, activates_at)) = change.activate.as_ref().filter(|(key_id, _)| *key_id == key.key_id)
        {
            key.activates_at = *activates_at;
        }
    }
    keys.retain(|key| !change.remove.contains(&key.key_id) && change.revoke.as_ref() != Some(&key.key_id));
    for (number, (algorithm, activates_at)) in change.add.iter().copied().enumerate() {
        let key_id = format!("made-{now}-{number}");
        keys.push(KeyTimes { key_id, algorithm, created_at: at(now), activates_at });
    }
}

#[test]
fn an_empty_ring_gets_a_key_that_signs_at_once_and_the_next_one() {
    let add = vec![(Rs256, at(NOW)), (Rs256, at(NOW + 90 * DAY))];
    assert_eq!(round(&[], NOW), Change { add: add.clone(), ..Change::default() });
    assert_eq!(rotate(&[], Rs256, POLICY, at(NOW)), Change { add, ..Change::default() });
}

#[test]
fn in_a_quiet_ring_there_is_nothing_to_do() {
    assert!(round(&quiet_ring(), NOW).is_empty());
}

#[test]
fn an_active_key_gets_a_next_that_is_due_by_the_policy_and_published_first() {
    for (active_for, due) in
        [(DAY, NOW + 89 * DAY), (89 * DAY, NOW + DAY), (90 * DAY - 14, NOW + 15), (400 * DAY, NOW + 15)]
    {
        let change = round(&[key("active", 0, NOW - active_for)], NOW);
        assert_eq!(change, Change { add: vec![(Rs256, at(due))], ..Change::default() });
    }
}

#[test]
fn each_algorithm_is_a_ring_of_its_own() {
    let wanted = [Es256, Rs256];
    let change = upkeep(&quiet_ring(), &wanted, POLICY, &long_watch(NOW));
    assert_eq!(change.add, [(Es256, at(NOW)), (Es256, at(NOW + 90 * DAY))]);
    assert_eq!(active(&quiet_ring(), Es256, at(NOW)), None);
}

#[test]
fn the_states_follow_from_the_times() {
    let keys = [
        key("next", NOW, NOW + 5),
        key("retired", 0, 0),
        key("active", 0, NOW),
        key("retiring", 0, NOW - LAST_TOKEN_MINUTES),
    ];
    let scheduled = schedule(&keys, at(NOW));
    let seen =
        [0, 1, 2, 3].map(|n| (scheduled[n].key.key_id.as_str(), scheduled[n].state, scheduled[n].until));
    let expected = [
        ("retired", KeyState::Retired, None),
        ("retiring", KeyState::Retiring, Some(at(NOW + LAST_TOKEN_MINUTES))),
        ("active", KeyState::Active, Some(at(NOW + 5))),
        ("next", KeyState::Next, Some(at(NOW + 5))),
    ];
    assert_eq!(seen, expected);
    let words = seen.map(|(_, state, _)| state.as_str());
    assert_eq!(words, ["retired", "retiring", "active", "next"]);
}

#[test]
fn of_two_keys_with_the_same_time_the_later_id_signs() {
    for keys in [[key("a", 0, NOW), key("b", 0, NOW)], [key("b", 0, NOW), key("a", 0, NOW)]] {
        assert_eq!(active(&keys, Rs256, at(NOW)).unwrap().key_id, "b");
    }
}

#[test]
fn keys_that_all_seem_to_lie_ahead_go_on_signing() {
    let alone = [key("alone", NOW, NOW)];
    assert_eq!(active(&alone, Rs256, at(0)).unwrap().key_id, "alone");
    assert_eq!(active(&quiet_ring(), Rs256, at(0)).unwrap().key_id, "active");
    assert_eq!(upkeep(&alone, &[Rs256], POLICY, &long_watch(0)).add, [(Rs256, at(NOW + 90 * DAY))]);
    assert!(round(&quiet_ring(), 0).is_empty());
}

#[test]
fn a_changed_policy_moves_the_next_key() {
    let with =
        |rotate_every_days| upkeep(&quiet_ring(), &[Rs256], Policy { rotate_every_days }, &long_watch(NOW));
    assert_eq!(with(365), Change { activate: activates("next", NOW + 325 * DAY), ..Change::default() });
    assert_eq!(with(41), Change { activate: activates("next", NOW + DAY), ..Change::default() });
    assert_eq!(with(1), Change { activate: activates("next", NOW + 15), ..Change::default() });
    let mut keys = quiet_ring();
    apply(&mut keys, &with(1), NOW);
    let later = upkeep(&keys, &[Rs256], Policy { rotate_every_days: 1 }, &long_watch(NOW + 1));
    assert!(later.is_empty(), "what is about to sign is not put off: {later:?}");
}

#[test]
fn a_retired_key_is_removed_by_a_process_that_has_seen_a_day_go_by() {
    let mut keys = quiet_ring();
    keys.insert(0, key("before", NOW - 220 * DAY, NOW - 130 * DAY));
    let end = NOW - 40 * DAY + LAST_TOKEN_MINUTES;
    assert!(round(&keys, end - 1).is_empty());
    assert_eq!(round(&keys, end), Change { remove: vec!["before".to_owned()], ..Change::default() });

    let mut watch = Watch::begin(at(NOW));
    for minute in 1..=LAST_TOKEN_MINUTES {
        assert!(upkeep(&keys, &[Rs256], POLICY, &watch).is_empty(), "after {minute} minutes");
        watch = watch.look(at(NOW + minute));
    }
    assert_eq!(upkeep(&keys, &[Rs256], POLICY, &watch).remove, ["before"]);
    for step in [-1, 6, 3 * 365 * DAY] {
        let stepped = watch.look(at(NOW + LAST_TOKEN_MINUTES + step));
        assert_eq!(
            upkeep(&keys, &[Rs256], POLICY, &stepped).remove,
            [""; 0],
            "after a step of {step} minutes"
        );
    }
}

#[test]
fn a_clock_that_leaps_ahead_removes_nothing_and_adds_one_key() {
    let mut keys = quiet_ring();
    let leapt = NOW + 3 * 365 * DAY;
    let watch = long_watch(NOW).look(at(leapt));
    let change = upkeep(&keys, &[Rs256], POLICY, &watch);
    assert_eq!(change, Change { add: vec![(Rs256, at(leapt + 15))], ..Change::default() });
    apply(&mut keys, &change, leapt);
    assert!(upkeep(&keys, &[Rs256], POLICY, &watch.look(at(leapt + 1))).is_empty());
    let right_again = upkeep(&keys, &[Rs256], POLICY, &watch.look(at(NOW + 5)));
    assert!(right_again.is_empty(), "{right_again:?}");
    assert_eq!(active(&keys, Rs256, at(NOW + 5)).unwrap().key_id, "active");
    // Its turn comes when the policy says so, not in three years.
    let rotated = NOW + 50 * DAY;
    assert_eq!(round(&keys, rotated).activate, activates(&format!("made-{leapt}-0"), rotated + 90 * DAY));
}

#[test]
fn a_ring_does_not_grow_for_ever() {
    let every_day = Policy { rotate_every_days: 1 };
    let (mut leaping, mut restarting) = (quiet_ring(), quiet_ring());
    for day in 0..1000 {
        let (year, today) = (NOW + day * 365 * DAY, NOW + day * DAY);
        let change = upkeep(&leaping, &[Rs256], POLICY, &Watch::begin(at(year)));
        apply(&mut leaping, &change, year);
        assert!(leaping.len() <= RING_KEYS_MAX, "{} keys after leap {day}", leaping.len());
        let change = upkeep(&restarting, &[Rs256], every_day, &Watch::begin(at(today)));
        apply(&mut restarting, &change, today);
        assert!(restarting.len() <= RESERVE_KEYS + 3, "{} keys on day {day}", restarting.len());
    }
}

#[test]
fn an_algorithm_that_is_not_wanted_any_more_is_wound_up() {
    let mut keys = quiet_ring();
    let end = NOW + LAST_TOKEN_MINUTES;
    let unwanted = |keys: &[KeyTimes], now| upkeep(keys, &[], POLICY, &long_watch(now));
    let takes_over = unwanted(&keys, NOW);
    assert_eq!(takes_over, Change { activate: activates("next", NOW), ..Change::default() });
    apply(&mut keys, &takes_over, NOW);
    assert!(unwanted(&keys, NOW).is_empty());
    assert!(unwanted(&keys, end - 1).is_empty());
    assert!(upkeep(&keys, &[], POLICY, &Watch::begin(at(end))).is_empty());
    assert_eq!(unwanted(&keys, end).remove, ["next", "active"]);
    // Wanted again in time, it goes on.
    assert_eq!(round(&keys, end - 1).add, [(Rs256, at(NOW + 90 * DAY))]);
}

#[test]
fn a_rotation_takes_effect_at_once_when_the_next_key_was_published_long_enough() {
    let change = rotate(&quiet_ring(), Rs256, POLICY, at(NOW));
    let add = vec![(Rs256, at(NOW + 90 * DAY))];
    assert_eq!(change, Change { activate: activates("next", NOW), add, ..Change::default() });
}

#[test]
fn a_rotation_waits_for_a_next_key_that_is_new_and_asked_again_changes_nothing() {
    let mut keys = vec![key("active", 0, NOW - DAY), key("next", NOW - 10, NOW + 89 * DAY)];
    let change = rotate(&keys, Rs256, POLICY, at(NOW));
    let add = vec![(Rs256, at(NOW + 5 + 90 * DAY))];
    assert_eq!(change, Change { activate: activates("next", NOW + 5), add, ..Change::default() });
    apply(&mut keys, &change, NOW);
    assert!(rotate(&keys, Rs256, POLICY, at(NOW + 1)).is_empty());
    assert!(round(&keys, NOW + 1).is_empty());
    assert!(round(&keys, NOW - 5 * 60).is_empty(), "a clock that was set back does not undo it");
}

#[test]
fn a_rotation_does_not_wait_for_the_wrong_time_at_which_a_key_was_made() {
    let keys = [key("active", 0, NOW - DAY), key("next", NOW + 700 * DAY, NOW + 800 * DAY)];
    assert_eq!(rotate(&keys, Rs256, POLICY, at(NOW)).activate, activates("next", NOW + 15));
}

#[test]
fn the_order_of_ids_has_no_say_in_who_takes_over() {
    let keys = [key("z", 0, NOW), key("a", 0, NOW + 90 * DAY)];
    let (_, takes_over_at) = rotate(&keys, Rs256, POLICY, at(NOW)).activate.unwrap();
    assert!(at(NOW) < takes_over_at && takes_over_at < at(NOW + 1));
}

#[test]
fn a_rotation_without_a_next_key_makes_one() {
    let change = rotate(&[key("active", 0, NOW - DAY)], Rs256, POLICY, at(NOW));
    assert_eq!(change.add, [(Rs256, at(NOW + 15)), (Rs256, at(NOW + 15 + 90 * DAY))]);
}

#[test]
fn a_compromised_key_leaves_at_once() {
    let mut keys = quiet_ring();
    keys.push(key("retiring", 0, NOW - 130 * DAY));
    let compromised = |key_id: &str| rotate_compromised(&keys, key_id, POLICY, at(NOW)).unwrap();
    let next_at = |at| vec![(Algorithm::Rs256, at)];
    let revoke = |key_id: &str| Some(key_id.to_owned());

    let active = Change {
        activate: activates("next", NOW),
        add: next_at(at(NOW + 90 * DAY)),
        revoke: revoke("active"),
        ..Change::default()
    };
    assert_eq!(compromised("active"), active);
    let next = Change { add: next_at(at(NOW + 50 * DAY)), revoke: revoke("next"), ..Change::default() };
    assert_eq!(compromised("next"), next);
    assert_eq!(compromised("retiring"), Change { revoke: revoke("retiring"), ..Change::default() });

    let alone = [key("alone", 0, NOW - DAY)];
    let change = rotate_compromised(&alone, "alone", POLICY, at(NOW)).unwrap();
    assert_eq!(change.add, [(Rs256, at(NOW)), (Rs256, at(NOW + 90 * DAY))]);
}

#[test]
fn an_unknown_key_is_answered_with_the_known_ones() {
    let asked = |keys: &[KeyTimes]| rotate_compromised(keys, "x", POLICY, at(NOW)).unwrap_err().to_string();
    assert_eq!(asked(&quiet_ring()), r#"there is no signing key "x"; give one of active, next"#);
    assert_eq!(asked(&[key("alone", 0, 0)]), r#"there is no signing key "x"; the only one is alone"#);
    assert_eq!(asked(&[]), r#"there is no signing key "x"; there are none at all"#);
}

/// A process that never lives for a day removes no key before there are many, and verifiers have to read them all.
#[test]
fn the_largest_set_that_can_be_published_is_one_that_verifiers_read() {
    let rsa = |number: u8| PublicKey::rsa(&[&[0xff; 255][..], &[number]].concat(), &[1, 0, 1]);
    let p256 = |number: u8| PublicKey::p256(&[number; 32], &[number; 32]);
    // A rotation by hand that finds no next key makes two.
    let numbers = || (0..=u8::try_from(RING_KEYS_MAX).unwrap()).collect::<Vec<u8>>();
    let keys: Vec<PublicKey> =
        numbers().into_iter().map(rsa).chain(numbers().into_iter().map(p256)).collect();
    let document = serde_json::to_vec(&KeySet { keys: keys.clone() }).unwrap();
    assert_eq!(KeySet::parse(&document), Ok(KeySet { keys }));
}
