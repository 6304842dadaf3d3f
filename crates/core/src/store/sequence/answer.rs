//! What stores answer to the steps.

use callsign_protocol::assignment::{Assignment, AssignmentKey};
use callsign_protocol::revocation::{Cursor, Entry, Position, View};

use super::operation::{Assigned, KeyChange, Operation, Ticks, Wanted, Whose};
use super::universe::{ASSIGNMENT_KEYS, id_of};
use crate::directory::audit::{Action, Actor, AuditFilter, Deed, Head, Record, Subject};
use crate::store::contract::sample::{
    at, at_ticks, guid, identity, key, resource, resource_name, signing_key,
};
use crate::store::{
    AssignmentChange, Identity, IdentityFilter, IdentityPage, Listing, RevokedSigningKey, Rewrapped,
    SigningKeyChange, Standing, Store, StoreError, StoredKey, StoredResource, StoredSigningKey,
};
use crate::wrapping::Wrapped;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::identity_id::IdentityId;
use uuid::Uuid;

/// What a store answered to a step.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Resources(Result<Vec<StoredResource>, StoreError>),
    SigningKeys(Result<Vec<StoredSigningKey>, StoreError>),
    RevokedSigningKeys(Result<Vec<RevokedSigningKey>, StoreError>),
    Changed(Result<bool, StoreError>),
    AllChanged(Result<Vec<bool>, StoreError>),
    Count(Result<Option<u64>, StoreError>),
    Counts(Result<Vec<Option<u64>>, StoreError>),
    Number(Result<u64, StoreError>),
    Assignments(Result<Vec<Assignment>, StoreError>),
    WereThere(Result<Option<Vec<bool>>, StoreError>),
    Standing(Result<Option<Standing>, StoreError>),
    Page(Result<IdentityPage, StoreError>),
    Done(Result<(), StoreError>),
    Position(Result<Option<Position>, StoreError>),
    Entries(Result<Option<Vec<Entry>>, StoreError>),
    View(Result<Option<(Position, View)>, StoreError>),
    Records(Result<Vec<Record>, StoreError>),
    Head(Result<Head, StoreError>),
}

/// Does a step. What it writes bears the step's number, so that no two steps write the same.
pub(super) async fn apply(store: &dyn Store, step: u8, operation: &Operation) -> Answer {
    let deed = &deed_of(step);
    match operation {
        Operation::Resources
        | Operation::CreateResource { .. }
        | Operation::DeleteResource(_)
        | Operation::SetSigningAlgorithm { .. }
        | Operation::ReplaceAccessKey { .. }
        | Operation::RaiseResourceEpoch(_)
        | Operation::BeginIncarnation { .. } => on_resources(store, (step, deed), operation).await,
        Operation::SigningKeys => Answer::SigningKeys(store.signing_keys().await),
        Operation::ChangeSigningKeys(change) => {
            Answer::Changed(store.change_signing_keys(&key_change(store, step, change).await, deed).await)
        }
        Operation::Rewrap { complete } => {
            Answer::Changed(store.rewrap(&rewrapped(store, step, *complete).await, deed).await)
        }
        Operation::AssignmentsOf { resource: number, keys } => {
            let keys: Vec<_> = keys.iter().filter_map(assignment_key).collect();
            Answer::Assignments(store.assignments_of(guid(*number), &keys).await)
        }
        Operation::ListAssignments { resource: number, after, limit } => {
            let after = after.as_ref().and_then(assignment_key).map(|key| key.object());
            Answer::Assignments(store.list_entra_assignments(guid(*number), after, *limit).await)
        }
        Operation::ChangeAssignments { resource: number, changes } => {
            let changes: Vec<_> = changes.iter().filter_map(assignment_change).collect();
            Answer::WereThere(store.change_assignments(guid(*number), &changes, deed).await)
        }
        Operation::RevocationsAfter { resource: number, incarnation, count, limit } => {
            let after = Cursor { incarnation: *incarnation, count: *count };
            Answer::Entries(store.revocations_after(guid(*number), after, *limit).await)
        }
        Operation::RevocationView(number) => Answer::View(store.revocation_view(guid(*number)).await),
        Operation::ForgetRevocations(before, keep_newest) => {
            Answer::Number(store.forget_revocations(at_ticks(*before), *keep_newest).await)
        }
        Operation::Record { resource: number, changed } => {
            let subject = Subject { resource: number.map(guid), name: "subject", changed: *changed };
            Answer::Done(store.record(deed, &subject).await)
        }
        Operation::AuditRecords { resource: number, subject, since, after, limit } => {
            let filter = AuditFilter {
                resource: number.map(guid),
                subject: subject.map(|whose| id_of(&whose).to_string()),
                since: since.map(at_ticks),
            };
            Answer::Records(store.audit_records(&filter, *after, *limit).await)
        }
        _ => on_identities(store, (step, deed), operation).await,
    }
}

/// Clocks go back at times, and tell more than milliseconds.
fn deed_of(step: u8) -> Deed {
    const TICKS_PER_STEP: i64 = 70_001;
    const TICKS_IN_ALL: i64 = 500_000;
    let number = usize::from(step) % Action::ALL.len();
    let action = Action::ALL.into_iter().nth(number).unwrap_or(Action::CreateIdentity);
    let at = at_ticks(i64::from(step) * TICKS_PER_STEP % TICKS_IN_ALL);
    Deed::new(at, Actor::Administrator(Some(u32::from(step))), action).with_detail(format!("step {step}"))
}

fn ids_of(identities: &[Whose]) -> Vec<IdentityId> {
    identities.iter().map(id_of).collect()
}

async fn on_resources(store: &dyn Store, (step, deed): (u8, &Deed), operation: &Operation) -> Answer {
    match operation {
        Operation::CreateResource { resource: number, name, port, epoch } => {
            let wanted = StoredResource {
                name: resource_name(&format!("name-{name}")),
                created_at: at(i64::from(step)),
                port: *port,
                epoch: *epoch,
                hosts: vec![format!("host-{step}.example")],
                keys: [key(0, step), key(1, step)],
                ..resource(*number)
            };
            Answer::Changed(store.create_resource(&wanted, deed).await)
        }
        Operation::DeleteResource(number) => {
            Answer::Changed(store.delete_resource(guid(*number), deed).await)
        }
        Operation::SetSigningAlgorithm { resource: number, algorithm } => {
            Answer::Changed(store.set_signing_algorithm(guid(*number), *algorithm, deed).await)
        }
        Operation::ReplaceAccessKey { resource: number, slot, generation } => {
            let wanted = (*slot, &key(*generation, step));
            Answer::Count(store.replace_access_key(guid(*number), wanted, deed).await)
        }
        Operation::RaiseResourceEpoch(number) => {
            Answer::Count(store.raise_resource_epoch(guid(*number), deed).await)
        }
        Operation::BeginIncarnation { incarnation, keys } => {
            let keys: Vec<_> = keys.iter().map(|number| numbered_key(step, *number)).collect();
            Answer::Done(store.begin_incarnation(*incarnation, &keys, deed).await)
        }
        _ => Answer::Resources(store.resources().await),
    }
}

async fn on_identities(store: &dyn Store, (step, deed): (u8, &Deed), operation: &Operation) -> Answer {
    match operation {
        Operation::CreateIdentity { identity: whose, epoch, custom_id } => {
            let wanted = Identity {
                id: id_of(whose),
                created_at: at(i64::from(step) % 50),
                epoch: *epoch,
                custom_id: custom_id.map(named),
                ..identity(0, 0)
            };
            Answer::Standing(store.create_identity(&wanted, deed).await)
        }
        Operation::Standing(whose) => Answer::Standing(store.standing(id_of(whose)).await),
        Operation::RaiseIdentityEpochs(identities) => {
            Answer::Counts(store.raise_identity_epochs(&ids_of(identities), deed).await)
        }
        Operation::DeleteIdentities { identities, unused_since } => {
            let unused_since = unused_since.map(at_ticks);
            Answer::AllChanged(store.delete_identities(&ids_of(identities), unused_since, deed).await)
        }
        Operation::MergeLastIssued(notes) => {
            let noted = |(whose, ticks): &(Whose, Ticks)| (id_of(whose), at_ticks(*ticks));
            Answer::Done(store.merge_last_issued(&notes.iter().map(noted).collect::<Vec<_>>()).await)
        }
        Operation::CountIssuedSince { resource: number, since } => {
            Answer::Number(store.count_issued_since(guid(*number), at_ticks(*since)).await)
        }
        Operation::ListIdentities { resource: number, wanted } => {
            Answer::Page(store.list_identities(guid(*number), &listing(wanted)).await)
        }
        _ => Answer::Resources(store.resources().await),
    }
}

fn named(custom_id: u8) -> String {
    format!("custom {custom_id}")
}

fn listing(wanted: &Wanted) -> Listing {
    let filter = IdentityFilter {
        created_after: wanted.created_after.map(at_ticks),
        last_issued_before: wanted.issued_before.map(at_ticks),
        unused_since: wanted.unused_since.map(at_ticks),
        never_issued: wanted.never_issued,
        custom_id: wanted.custom_id.map(named),
        ..IdentityFilter::default()
    };
    let after = wanted.after.map(|who| id_of(&(0, who)).local());
    Listing { filter, after, page_max: wanted.page_max, examined_max: wanted.examined_max }
}

fn assignment_key(place: &usize) -> Option<AssignmentKey> {
    ASSIGNMENT_KEYS.get(*place).copied()
}

fn assignment_change((place, assigned): &(usize, Option<Assigned>)) -> Option<AssignmentChange> {
    let key = assignment_key(place)?;
    let assignment = assigned.as_ref().map(|assigned| Assignment {
        key,
        tenant: Uuid::from_u128(assigned.tenant),
        principal: assigned.principal,
        client_ids: assigned.clients.map(|count| (0..count).map(|client| client.to_string()).collect()),
    });
    Some((key, assignment))
}

fn key_id(number: u8) -> String {
    format!("key-{number}")
}

fn numbered_key(step: u8, number: u8) -> StoredSigningKey {
    let activates = i64::from(step % 3);
    StoredSigningKey { created_at: at(i64::from(step)), ..signing_key(&key_id(number), activates) }
}

async fn key_change(store: &dyn Store, step: u8, change: &KeyChange) -> SigningKeyChange {
    let key_ids = |numbers: &[u8]| numbers.iter().map(|number| key_id(*number)).collect();
    let planned_for = match &change.planned_for {
        Some(numbers) => key_ids(numbers),
        None => key_ids_in(store).await,
    };
    SigningKeyChange {
        planned_for,
        activate: change.activate.map(|(number, ticks)| (key_id(number), at_ticks(ticks))),
        add: change.add.iter().map(|number| numbered_key(step, *number)).collect(),
        remove: key_ids(&change.remove),
        revoke: change.revoke.map(key_id),
    }
}

async fn key_ids_in(store: &dyn Store) -> Vec<String> {
    store.signing_keys().await.unwrap_or_default().into_iter().map(|key| key.key_id).collect()
}

/// All that is wrapped; without the first access key when it shall not be complete.
async fn rewrapped(store: &dyn Store, step: u8, complete: bool) -> Rewrapped {
    let resources = store.resources().await.unwrap_or_default();
    let of = |resource: &StoredResource| {
        let (id, generations) = (resource.id, resource.keys.each_ref().map(|key| key.generation));
        let keys = KeySlot::BOTH.into_iter().zip(generations);
        keys.map(move |(slot, generation)| (id, slot, key(generation, step))).collect::<Vec<_>>()
    };
    let access_keys: Vec<(Uuid, KeySlot, StoredKey)> =
        resources.iter().flat_map(of).skip(usize::from(!complete)).collect();
    let signing_keys = key_ids_in(store).await.into_iter().map(|key_id| (key_id, Wrapped(vec![step])));
    Rewrapped { access_keys, signing_keys: signing_keys.collect() }
}
