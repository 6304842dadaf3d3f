//! The few resources, identities and keys that a random sequence is about: so few that they often meet.

use super::operation::Answer;
use crate::store::Store;
use crate::store::contract::sample;

pub(super) const RESOURCES: u8 = 3;
pub(super) const NAMES: u8 = 4;
pub(super) const PORTS: u16 = 3;
pub(super) const IDENTITIES: u128 = 5;
pub(super) const CUSTOM_IDS: u8 = 4;
pub(super) const SIGNING_KEYS: u8 = 4;

/// All that a store holds, as far as it can be asked for.
pub(super) async fn everything(store: &dyn Store) -> Vec<Answer> {
    let mut held =
        vec![Answer::Resources(store.resources().await), Answer::SigningKeys(store.signing_keys().await)];
    for number in 0..RESOURCES {
        for local in 0..IDENTITIES {
            held.push(Answer::Standing(store.standing(sample::id(number, local)).await));
        }
    }
    held
}
