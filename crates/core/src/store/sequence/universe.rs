//! The few resources, identities and keys that a random sequence is about: so few that they often meet.

use callsign_protocol::revocation::Cursor;

use super::answer::Answer;
use crate::directory::audit::AuditFilter;
use crate::store::contract::sample;
use crate::store::{IdentityFilter, Listing, Store};

pub(super) const RESOURCES: u8 = 3;
pub(super) const NAMES: u8 = 4;
pub(super) const PORTS: u16 = 3;
pub(super) const IDENTITIES: u128 = 5;
pub(super) const CUSTOM_IDS: u8 = 4;
pub(super) const SIGNING_KEYS: u8 = 4;

/// All that a store holds, as far as it can be asked for.
pub(super) async fn everything(store: &dyn Store) -> Vec<Answer> {
    let mut held = vec![
        Answer::Resources(store.resources().await),
        Answer::SigningKeys(store.signing_keys().await),
        Answer::RevokedSigningKeys(store.revoked_signing_keys().await),
        Answer::Records(store.audit_records(&AuditFilter::default(), 0, usize::MAX).await),
        Answer::Head(store.audit_head().await),
    ];
    for number in 0..RESOURCES {
        of_resource(store, number, &mut held).await;
    }
    held
}

async fn of_resource(store: &dyn Store, number: u8, held: &mut Vec<Answer>) {
    let resource = sample::guid(number);
    for local in 0..IDENTITIES {
        held.push(Answer::Standing(store.standing(sample::id(number, local)).await));
    }
    let everybody =
        Listing { filter: IdentityFilter::default(), after: None, page_max: 100, examined_max: 100 };
    held.push(Answer::Page(store.list_identities(resource, &everybody).await));
    held.push(Answer::View(store.revocation_view(resource).await));
    let position = store.feed_position(resource).await;
    let stands = position.clone().ok().flatten().map(|position| position.cursor());
    held.push(Answer::Position(position));
    let Some(end) = stands else { return };
    for count in 0..=end.count {
        let after = Cursor { count, ..end };
        held.push(Answer::Entries(store.revocations_after(resource, after, 2).await));
    }
}
