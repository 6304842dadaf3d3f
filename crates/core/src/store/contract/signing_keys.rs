//! What is promised of the keys that sign tokens.

use super::Promise;
use super::sample::{at, signing_key};
use crate::store::{Store, StoredSigningKey};
use crate::wrapping::Wrapped;

pub(super) const PROMISES: &[Promise] = &[
    ("signing_keys_are_listed_by_activation_then_by_id", |store| {
        Box::pin(signing_keys_are_listed_by_activation_then_by_id(store))
    }),
    ("a_signing_key_that_is_there_stays_as_it_is", |store| {
        Box::pin(a_signing_key_that_is_there_stays_as_it_is(store))
    }),
];

/// By the bytes of the id: thumbprints hold letters of both cases, digits, `-` and `_`.
async fn signing_keys_are_listed_by_activation_then_by_id(store: &dyn Store) {
    assert_eq!(store.signing_keys().await, Ok(Vec::new()));
    let expected = [("zz", 1), ("-a", 2), ("9a", 2), ("Aa", 2), ("_a", 2), ("aa", 2), ("ab", 2), ("AA", 3)];
    for number in [3, 0, 7, 5, 2, 6, 1, 4] {
        for (key_id, activation) in expected.iter().skip(number).take(1) {
            assert_eq!(store.add_signing_key(&signing_key(key_id, *activation)).await, Ok(true));
        }
    }
    let expected = expected.map(|(key_id, activation)| signing_key(key_id, activation));
    assert_eq!(store.signing_keys().await, Ok(expected.to_vec()));
}

async fn a_signing_key_that_is_there_stays_as_it_is(store: &dyn Store) {
    let present = signing_key("key", 5);
    assert_eq!(store.add_signing_key(&present).await, Ok(true));
    let others = [
        present.clone(),
        StoredSigningKey { created_at: at(1), activates_at: at(2), ..present.clone() },
        StoredSigningKey { wrapped: Wrapped(vec![1, 2, 3]), ..present.clone() },
    ];
    for other in &others {
        assert_eq!(store.add_signing_key(other).await, Ok(false));
        assert_eq!(store.signing_keys().await, Ok(vec![present.clone()]));
    }
}
