//! Resources, keys and identities to try a store with.

use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::assignment::{Assignment, AssignmentKey, PrincipalType};
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::{EntraUser, Holder, IdentityId};
use callsign_protocol::resource::{DataLocation, ResourceName};
use callsign_protocol::revocation::{Entry, Position, View, incarnation};
use uuid::Uuid;

use crate::directory::audit::{Action, Actor, AuditFilter, Chain, Deed, Record};
use crate::store::{
    Identity, SigningKeyChange, Standing, Store, StoreError, StoredKey, StoredResource, StoredSigningKey,
};
use crate::wrapping::Wrapped;

const BEGINNING_UNIX_MILLISECONDS: i64 = 1_800_000_000_123;

const TICKS_PER_MILLISECOND: i64 = 10_000;

/// An instant that many milliseconds after the suite's beginning.
pub const fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_unix_milliseconds(BEGINNING_UNIX_MILLISECONDS + milliseconds)
}

/// An instant that many ticks after the suite's beginning, of which a millisecond has 10,000.
pub const fn at_ticks(ticks: i64) -> Timestamp {
    Timestamp::from_unix_ticks(BEGINNING_UNIX_MILLISECONDS * TICKS_PER_MILLISECOND + ticks)
}

/// A deed where it does not matter who does what.
pub const fn deed() -> Deed {
    deed_at(0)
}

/// The same, that many milliseconds after the beginning.
pub const fn deed_at(milliseconds: i64) -> Deed {
    Deed::new(at(milliseconds), Actor::Server, Action::CreateIdentity)
}

/// A resource name from a text that is one.
#[expect(clippy::expect_used, reason = "the names of the suite are written in it")]
pub fn resource_name(text: &str) -> ResourceName {
    text.parse().expect("the suite's names are host labels")
}

/// The guid of resource `number`.
pub const fn guid(number: u8) -> Uuid {
    Uuid::from_u64_pair(0xCA11_5160_0000_4000 + number as u64, 0x8000_0000_0000_0000 + number as u64)
}

/// A key of that generation, with bytes of its own.
pub fn key(generation: u64, byte: u8) -> StoredKey {
    StoredKey { generation, wrapped: Wrapped(vec![byte; 92]) }
}

/// Resource `number`: nothing in it is taken by a resource of another number.
pub fn resource(number: u8) -> StoredResource {
    StoredResource {
        id: guid(number),
        name: resource_name(&format!("resource-{number}")),
        data_location: DataLocation::Europe,
        signing_algorithm: Algorithm::Rs256,
        created_at: at(i64::from(number)),
        epoch: 0,
        port: None,
        hosts: Vec::new(),
        keys: [key(0, number), key(0, number.wrapping_add(128))],
    }
}

/// Puts resource `number` into the store.
pub async fn stored_resource(store: &dyn Store, number: u8) -> StoredResource {
    let resource = resource(number);
    assert_eq!(store.create_resource(&resource, &deed()).await, Ok(true));
    resource
}

/// The id of identity `local` in resource `number`.
pub const fn id(number: u8, local: u128) -> IdentityId {
    IdentityId::from_parts(guid(number), Uuid::from_u128(local))
}

/// Identity `local` in resource `number`.
pub const fn identity(number: u8, local: u128) -> Identity {
    Identity { id: id(number, local), created_at: at(7), epoch: 0, last_issued_at: None, custom_id: None }
}

/// The same with a custom id.
pub fn named_identity(number: u8, local: u128, custom_id: &str) -> Identity {
    Identity { custom_id: Some(custom_id.to_owned()), ..identity(number, local) }
}

/// User `object` of tenant 1, whom Entra knows.
pub const fn entra_user(object: u128) -> EntraUser {
    EntraUser { tenant: Uuid::from_u128(1), object: Uuid::from_u128(object) }
}

/// The same user as each kind of holder that Entra knows.
pub const fn entra_holders(object: u128) -> [Holder; 3] {
    let user = entra_user(object);
    [Holder::EntraUser(user), Holder::TeamsExtensionUser(user), Holder::TeamsUser(user.object)]
}

/// The identity of somebody whom Entra knows, in resource `number`.
#[expect(clippy::expect_used, reason = "the holders of the suite are written in it")]
pub fn entra_identity(number: u8, holder: Holder) -> Identity {
    let id = IdentityId::of_entra(guid(number), holder).expect("the suite's holders are known to Entra");
    Identity { id, ..identity(number, 0) }
}

/// What tells the assignment of an Entra user, group or tenant.
pub const fn entra_key(object: u128) -> AssignmentKey {
    AssignmentKey::Entra(Uuid::from_u128(object))
}

/// What tells the assignment of a Teams user or resource account.
pub const fn teams_key(tenant: u128, object: u128) -> AssignmentKey {
    AssignmentKey::TeamsExtension { tenant: Uuid::from_u128(tenant), object: Uuid::from_u128(object) }
}

/// An assignment of somebody in tenant 1, through any application.
pub const fn assignment(key: AssignmentKey, principal: PrincipalType) -> Assignment {
    Assignment { key, tenant: Uuid::from_u128(1), principal, client_ids: None }
}

/// The standing of an identity in a resource.
pub fn standing_in(resource: &StoredResource, identity: &Identity) -> Standing {
    Standing {
        identity: identity.clone(),
        resource_epoch: resource.epoch,
        generations: resource.keys.each_ref().map(|key| key.generation),
    }
}

/// Puts an identity into the store, where nothing of it is taken.
pub async fn stored_identity(store: &dyn Store, resource: &StoredResource, identity: &Identity) {
    let created = store.create_identity(identity, &deed()).await;
    assert_eq!(created, Ok(Some(standing_in(resource, identity))));
}

/// A signing key that signs from `milliseconds` after the beginning.
pub fn signing_key(key_id: &str, milliseconds: i64) -> StoredSigningKey {
    StoredSigningKey {
        key_id: key_id.to_owned(),
        algorithm: Algorithm::Rs256,
        created_at: at(0),
        activates_at: at(milliseconds),
        wrapped: Wrapped(key_id.as_bytes().to_vec()),
    }
}

/// Adds a signing key to whatever keys are there.
pub async fn added(store: &dyn Store, key: &StoredSigningKey) -> Result<bool, StoreError> {
    let planned_for = store.signing_keys().await?.into_iter().map(|key| key.key_id).collect();
    let change = SigningKeyChange { planned_for, add: vec![key.clone()], ..SigningKeyChange::default() };
    store.change_signing_keys(&change, &deed()).await
}

/// Raises the epoch of one identity.
pub async fn raised(store: &dyn Store, id: IdentityId) -> Result<Option<u64>, StoreError> {
    let epochs = store.raise_identity_epochs(&[id], &deed()).await?;
    assert_eq!(epochs.len(), 1);
    Ok(epochs.into_iter().next().flatten())
}

/// Deletes one identity.
pub async fn deleted(store: &dyn Store, id: IdentityId) -> Result<bool, StoreError> {
    let deleted = store.delete_identities(&[id], None, &deed()).await?;
    assert_eq!(deleted.len(), 1);
    Ok(deleted == [true])
}

/// The epoch of an identity; `None` when it is not there.
pub async fn epoch(store: &dyn Store, id: IdentityId) -> Option<u64> {
    let standing = store.standing(id).await;
    assert!(standing.is_ok(), "{standing:?}");
    standing.ok().flatten().map(|standing| standing.identity.epoch)
}

/// What a feed tells when an identity's epoch becomes that.
pub const fn told(id: IdentityId, epoch: u64) -> Entry {
    Entry::Identity { local: id.local(), epoch }
}

/// All records of the audit chain, which holds and ends where its head says.
pub async fn whole_chain(store: &dyn Store) -> Vec<Record> {
    const PAGE_RECORDS: usize = 100;
    let (mut chain, mut records) = (Chain::default(), Vec::new());
    loop {
        let page = store.audit_records(&AuditFilter::default(), chain.head().number, PAGE_RECORDS).await;
        let page = page.unwrap_or_default();
        assert_eq!(page.iter().try_for_each(|record| chain.follow(record)), Ok(()));
        if page.is_empty() {
            break;
        }
        records.extend(page);
    }
    assert_eq!(store.audit_head().await.map(|head| chain.end(&head)), Ok(Ok(())));
    records
}

/// All entries of a resource's feed, of which nothing was forgotten: the position and the view are what they come to.
pub async fn whole_feed(store: &dyn Store, resource: &StoredResource) -> Vec<Entry> {
    let start = Position::start(incarnation(resource.epoch));
    let entries = store.revocations_after(resource.id, start.cursor(), usize::MAX).await;
    let entries = entries.ok().flatten().unwrap_or_default();
    let position = entries.iter().fold(start, |position, entry| position.after(entry));
    assert_eq!(store.feed_position(resource.id).await, Ok(Some(position)));
    let mut view = View {
        resource_epoch: resource.epoch,
        generations: resource.keys.each_ref().map(|key| key.generation),
        ..View::default()
    };
    entries.iter().for_each(|entry| view.merge(entry));
    let known = store.revocation_view(resource.id).await;
    assert_eq!(known.clone().map(|known| known.map(|(position, _)| position)), Ok(Some(position)));
    let revoked = known.ok().flatten().map(|(_, view)| view.revoked_keys).unwrap_or_default();
    assert!(view.revoked_keys.is_subset(&revoked));
    view.revoked_keys = revoked;
    assert_eq!(store.revocation_view(resource.id).await, Ok(Some((position, view))));
    entries
}
