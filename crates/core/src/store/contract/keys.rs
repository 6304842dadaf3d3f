//! What is promised of the keys that sign tokens, and of the wrapping of all keys.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;

use super::Promise;
use super::sample::{added, at, at_ticks, deed, deed_at, guid, key, resource, signing_key, stored_resource};
use crate::store::{
    RevokedSigningKey, Rewrapped, SigningKeyChange, Store, StoreError, StoredKey, StoredResource,
    StoredSigningKey,
};
use crate::wrapping::Wrapped;

pub(super) const PROMISES: &[Promise] = &[
    ("signing_keys_are_listed_by_activation_then_by_id", |store| {
        Box::pin(signing_keys_are_listed_by_activation_then_by_id(store))
    }),
    ("a_signing_key_that_is_there_stays_as_it_is", |store| {
        Box::pin(a_signing_key_that_is_there_stays_as_it_is(store))
    }),
    ("a_signing_key_reads_back_whole", |store| Box::pin(a_signing_key_reads_back_whole(store))),
    ("a_change_of_signing_keys_does_all_of_it", |store| {
        Box::pin(a_change_of_signing_keys_does_all_of_it(store))
    }),
    ("a_change_that_does_not_apply_does_nothing", |store| {
        Box::pin(a_change_that_does_not_apply_does_nothing(store))
    }),
    ("a_revoked_signing_key_never_comes_back", |store| {
        Box::pin(a_revoked_signing_key_never_comes_back(store))
    }),
    ("all_keys_are_wrapped_anew_or_none", |store| Box::pin(all_keys_are_wrapped_anew_or_none(store))),
    ("a_resource_is_signed_for_as_it_was_told", |store| {
        Box::pin(a_resource_is_signed_for_as_it_was_told(store))
    }),
];

/// By the bytes of the id: thumbprints hold letters of both cases, digits, `-` and `_`.
async fn signing_keys_are_listed_by_activation_then_by_id(store: &dyn Store) {
    assert_eq!(store.signing_keys().await, Ok(Vec::new()));
    let expected = [("zz", 1), ("-a", 2), ("9a", 2), ("Aa", 2), ("_a", 2), ("aa", 2), ("ab", 2), ("AA", 3)];
    for number in [3, 0, 7, 5, 2, 6, 1, 4] {
        for (key_id, activation) in expected.iter().skip(number).take(1) {
            assert_eq!(added(store, &signing_key(key_id, *activation)).await, Ok(true));
        }
    }
    let expected = expected.map(|(key_id, activation)| signing_key(key_id, activation));
    assert_eq!(store.signing_keys().await, Ok(expected.to_vec()));
}

async fn a_signing_key_that_is_there_stays_as_it_is(store: &dyn Store) {
    let present = signing_key("key", 5);
    assert_eq!(added(store, &present).await, Ok(true));
    let others = [
        present.clone(),
        StoredSigningKey { created_at: at(1), activates_at: at(2), ..present.clone() },
        StoredSigningKey { wrapped: Wrapped(vec![1, 2, 3]), ..present.clone() },
    ];
    for other in &others {
        assert_eq!(added(store, other).await, Ok(false));
        assert_eq!(store.signing_keys().await, Ok(vec![present.clone()]));
    }
}

async fn a_signing_key_reads_back_whole(store: &dyn Store) {
    let mut expected = Vec::new();
    for (algorithm, activates) in Algorithm::ALL.into_iter().zip(1..) {
        let key = StoredSigningKey { algorithm, ..signing_key(algorithm.as_str(), activates) };
        assert_eq!(added(store, &key).await, Ok(true));
        expected.push(key);
    }
    assert_eq!(store.signing_keys().await, Ok(expected));
}

fn key_ids<const N: usize>(key_ids: [&str; N]) -> Vec<String> {
    key_ids.map(str::to_owned).to_vec()
}

/// Puts keys `a` to `d` into the store, `a` the first to sign.
async fn four_keys(store: &dyn Store) -> [StoredSigningKey; 4] {
    let keys = [("a", 1), ("b", 2), ("c", 3), ("d", 4)].map(|(key_id, at)| signing_key(key_id, at));
    let change = SigningKeyChange { add: keys.to_vec(), ..SigningKeyChange::default() };
    assert_eq!(store.change_signing_keys(&change, &deed()).await, Ok(true));
    keys
}

async fn a_change_of_signing_keys_does_all_of_it(store: &dyn Store) {
    let [a, _, _, d] = four_keys(store).await;
    let e = signing_key("e", 5);
    let change = SigningKeyChange {
        planned_for: key_ids(["d", "a", "c", "b", "a"]),
        activate: Some(("d".to_owned(), at_ticks(9_999))),
        add: vec![e.clone()],
        remove: key_ids(["b", "b"]),
        revoke: Some("c".to_owned()),
    };
    assert_eq!(store.change_signing_keys(&change, &deed_at(8)).await, Ok(true));
    let d = StoredSigningKey { activates_at: at(0), ..d };
    assert_eq!(store.signing_keys().await, Ok(vec![d, a, e]));
    let revoked = RevokedSigningKey { key_id: "c".to_owned(), revoked_at: at(8) };
    assert_eq!(store.revoked_signing_keys().await, Ok(vec![revoked]));
}

async fn a_change_that_does_not_apply_does_nothing(store: &dyn Store) {
    let keys = four_keys(store).await;
    let all = || SigningKeyChange { planned_for: key_ids(["a", "b", "c", "d"]), ..Default::default() };
    let refused = [
        SigningKeyChange::default(),
        SigningKeyChange { planned_for: key_ids(["a", "b", "c"]), remove: key_ids(["a"]), ..all() },
        SigningKeyChange { planned_for: key_ids(["a", "b", "c", "d", "e"]), ..all() },
        SigningKeyChange { remove: key_ids(["a", "e"]), ..all() },
        SigningKeyChange { activate: Some(("e".to_owned(), at(1))), remove: key_ids(["a"]), ..all() },
        SigningKeyChange { revoke: Some("e".to_owned()), remove: key_ids(["a"]), ..all() },
        SigningKeyChange { add: vec![signing_key("e", 1), signing_key("a", 1)], ..all() },
        SigningKeyChange { add: vec![signing_key("e", 1), signing_key("e", 2)], ..all() },
        // What a change removes it cannot add: it would be another key of the same name.
        SigningKeyChange { add: vec![signing_key("a", 1)], remove: key_ids(["a"]), ..all() },
    ];
    for change in &refused {
        assert_eq!(store.change_signing_keys(change, &deed()).await, Ok(false), "{change:?}");
        assert_eq!(store.signing_keys().await, Ok(keys.to_vec()));
        assert_eq!(store.revoked_signing_keys().await, Ok(Vec::new()));
    }
}

async fn a_revoked_signing_key_never_comes_back(store: &dyn Store) {
    four_keys(store).await;
    for (key_id, left, milliseconds) in
        [("c", ["a", "b", "d"].as_slice(), 9), ("a", &["b", "d"], 5), ("d", &["b"], 5)]
    {
        let mut planned_for: Vec<String> = left.iter().map(|key_id| (*key_id).to_owned()).collect();
        planned_for.push(key_id.to_owned());
        let change =
            SigningKeyChange { planned_for, revoke: Some(key_id.to_owned()), ..SigningKeyChange::default() };
        assert_eq!(store.change_signing_keys(&change, &deed_at(milliseconds)).await, Ok(true));
        assert_eq!(added(store, &signing_key(key_id, 1)).await, Ok(false));
    }
    let expected = [("a", 5), ("d", 5), ("c", 9)]
        .map(|(key_id, revoked)| RevokedSigningKey { key_id: key_id.to_owned(), revoked_at: at(revoked) });
    assert_eq!(store.revoked_signing_keys().await, Ok(expected.to_vec()));
    assert_eq!(store.begin_incarnation(1, &[signing_key("e", 1)], &deed()).await, Ok(()));
    assert_eq!(store.revoked_signing_keys().await, Ok(expected.to_vec()));
    assert_eq!(added(store, &signing_key("a", 1)).await, Ok(false));
    let before = (store.signing_keys().await, store.audit_head().await);
    for refused in [["f", "a"], ["f", "f"]] {
        let begun = store.begin_incarnation(2, &refused.map(|key_id| signing_key(key_id, 1)), &deed()).await;
        assert!(matches!(begun, Err(StoreError::Conflict { .. })), "{begun:?}");
        assert_eq!((store.signing_keys().await, store.audit_head().await), before);
    }
}

async fn all_keys_are_wrapped_anew_or_none(store: &dyn Store) {
    let mut resources = vec![stored_resource(store, 1).await];
    let other = StoredResource { keys: [key(4, 2), key(5, 2)], ..resource(2) };
    assert_eq!(store.create_resource(&other, &deed()).await, Ok(true));
    resources.push(other);
    let keys = four_keys(store).await;
    let [primary, secondary] = KeySlot::BOTH;
    let complete = Rewrapped {
        access_keys: vec![
            (guid(2), secondary, key(5, 50)),
            (guid(1), primary, key(0, 51)),
            (guid(2), primary, key(4, 52)),
            (guid(1), secondary, key(0, 53)),
        ],
        signing_keys: ["b", "a", "d", "c"]
            .map(|id| (id.to_owned(), Wrapped(id.repeat(9).into_bytes())))
            .to_vec(),
    };
    for refused in not_quite(&complete) {
        assert_eq!(store.rewrap(&refused, &deed()).await, Ok(false), "{refused:?}");
        assert_eq!(store.resources().await, Ok(resources.clone()));
        assert_eq!(store.signing_keys().await, Ok(keys.to_vec()));
    }
    assert_eq!(store.rewrap(&complete, &deed()).await, Ok(true));
    let wrapped = [[key(0, 51), key(0, 53)], [key(4, 52), key(5, 50)]];
    let anew = resources.into_iter().zip(wrapped).map(|(resource, keys)| StoredResource { keys, ..resource });
    assert_eq!(store.resources().await, Ok(anew.collect()));
    let anew =
        keys.map(|key| StoredSigningKey { wrapped: Wrapped(key.key_id.repeat(9).into_bytes()), ..key });
    assert_eq!(store.signing_keys().await, Ok(anew.to_vec()));
}

/// Each with one key too few, too many, or of another generation.
fn not_quite(complete: &Rewrapped) -> Vec<Rewrapped> {
    let (access_keys, signing_keys) = (&complete.access_keys, &complete.signing_keys);
    let fewer = access_keys.iter().skip(1).cloned();
    let more = access_keys.iter().cloned().chain([(guid(3), KeySlot::Primary, key(0, 9))]);
    let later = access_keys.iter().map(|(id, slot, key)| {
        let generation = key.generation + u64::from(*id == guid(2));
        (*id, *slot, StoredKey { generation, ..key.clone() })
    });
    let fewer_signing = signing_keys.iter().skip(1).cloned();
    let more_signing = signing_keys.iter().cloned().chain([("e".to_owned(), Wrapped(Vec::new()))]);
    vec![
        Rewrapped { access_keys: fewer.collect(), ..complete.clone() },
        Rewrapped { access_keys: more.collect(), ..complete.clone() },
        Rewrapped { access_keys: later.collect(), ..complete.clone() },
        Rewrapped { signing_keys: fewer_signing.collect(), ..complete.clone() },
        Rewrapped { signing_keys: more_signing.collect(), ..complete.clone() },
    ]
}

async fn a_resource_is_signed_for_as_it_was_told(store: &dyn Store) {
    let mut one = StoredResource { signing_algorithm: Algorithm::Es256, ..resource(1) };
    assert_eq!(store.create_resource(&one, &deed()).await, Ok(true));
    let two = stored_resource(store, 2).await;
    assert_eq!(store.resources().await, Ok(vec![one.clone(), two.clone()]));
    assert_eq!(store.set_signing_algorithm(one.id, Algorithm::Rs256, &deed()).await, Ok(true));
    one.signing_algorithm = Algorithm::Rs256;
    assert_eq!(store.resources().await, Ok(vec![one, two]));
}
