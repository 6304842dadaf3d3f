//! The few resources, identities and keys that a random sequence is about: so few that they often meet.

use callsign_protocol::assignment::AssignmentKey;
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};
use callsign_protocol::revocation::Cursor;
use uuid::Uuid;

use super::answer::Answer;
use super::operation::Whose;
use crate::directory::audit::AuditFilter;
use crate::store::contract::sample;
use crate::store::{IdentityFilter, Listing, Store};

pub(super) const RESOURCES: u8 = 3;
pub(super) const NAMES: u8 = 4;
pub(super) const PORTS: u16 = 3;
pub(super) const MADE_HERE: u128 = 5;
/// Users whom Entra knows, behind those who are made here.
const OF_ENTRA: [Holder; 4] = [
    Holder::EntraUser(sample::entra_user(2)),
    Holder::TeamsExtensionUser(sample::entra_user(2)),
    Holder::EntraUser(EntraUser { tenant: Uuid::from_u128(3), object: Uuid::from_u128(2) }),
    Holder::TeamsUser(Uuid::from_u128(2)),
];
pub(super) const IDENTITIES: u128 = MADE_HERE + OF_ENTRA.len() as u128;
/// The last id has the guid of a user whom Entra knows, and is of another kind: nobody has it.
pub(super) const IDS: u128 = IDENTITIES + 1;
pub(super) const CUSTOM_IDS: u8 = 4;
pub(super) const SIGNING_KEYS: u8 = 4;
pub(super) const TENANTS: [u128; 2] = [1, 3];
/// What assignments are told by. Some lead to the users above, as far as tenant and principal are right.
pub(super) const ASSIGNMENT_KEYS: [AssignmentKey; 5] = [
    sample::entra_key(2),
    sample::teams_key(1, 2),
    sample::entra_key(1),
    sample::teams_key(3, 2),
    sample::entra_key(u128::MAX),
];

/// The id of one of them.
pub(super) fn id_of((number, who): &Whose) -> IdentityId {
    let of_entra = |holder: &Holder| sample::entra_identity(*number, *holder).id;
    let place = who.checked_sub(MADE_HERE).and_then(|place| usize::try_from(place).ok());
    let Some(place) = place else { return sample::id(*number, *who) };
    let nobody = || {
        let local = OF_ENTRA.first().map(|holder| of_entra(holder).local()).unwrap_or_default();
        IdentityId::from_parts(sample::guid(*number), local)
    };
    OF_ENTRA.get(place).map_or_else(nobody, of_entra)
}

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
    for who in 0..IDS {
        held.push(Answer::Standing(store.standing(id_of(&(number, who))).await));
    }
    let everybody =
        Listing { filter: IdentityFilter::default(), after: None, page_max: 100, examined_max: 100 };
    held.push(Answer::Page(store.list_identities(resource, &everybody).await));
    held.push(Answer::Assignments(store.assignments_of(resource, &ASSIGNMENT_KEYS).await));
    held.push(Answer::Assignments(store.list_entra_assignments(resource, None, usize::MAX).await));
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
