//! The steps that a random sequence is made of.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::assignment::PrincipalType;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::Union;

use super::universe::{
    ASSIGNMENT_KEYS, CUSTOM_IDS, IDENTITIES, IDS, NAMES, PORTS, RESOURCES, SIGNING_KEYS, TENANTS,
};
use callsign_protocol::revocation::first_epoch;

/// An identity or another id, by the numbers of its resource and of itself.
pub(super) type Whose = (u8, u128);

/// Ticks of 100 ns after the beginning: instants of requests lie between whole milliseconds too.
pub(super) type Ticks = i64;

/// A step. A resource is meant by its number.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Resources,
    CreateResource {
        resource: u8,
        name: u8,
        port: Option<u16>,
        epoch: u64,
    },
    DeleteResource(u8),
    SetSigningAlgorithm {
        resource: u8,
        algorithm: Algorithm,
    },
    ReplaceAccessKey {
        resource: u8,
        slot: KeySlot,
        generation: u64,
    },
    RaiseResourceEpoch(u8),
    BeginIncarnation {
        incarnation: u64,
        keys: Vec<u8>,
    },
    SigningKeys,
    ChangeSigningKeys(KeyChange),
    Rewrap {
        complete: bool,
    },
    CreateIdentity {
        identity: Whose,
        epoch: u64,
        custom_id: Option<u8>,
    },
    Standing(Whose),
    RaiseIdentityEpochs(Vec<Whose>),
    DeleteIdentities {
        identities: Vec<Whose>,
        unused_since: Option<Ticks>,
    },
    MergeLastIssued(Vec<(Whose, Ticks)>),
    ListIdentities {
        resource: u8,
        wanted: Wanted,
    },
    CountIssuedSince {
        resource: u8,
        since: Ticks,
    },
    AssignmentsOf {
        resource: u8,
        keys: Vec<usize>,
    },
    ListAssignments {
        resource: u8,
        after: Option<usize>,
        limit: usize,
    },
    ChangeAssignments {
        resource: u8,
        changes: Vec<(usize, Option<Assigned>)>,
    },
    RevocationsAfter {
        resource: u8,
        incarnation: u64,
        count: u64,
        limit: usize,
    },
    RevocationView(u8),
    ForgetRevocations(Ticks, u64),
    Record {
        resource: Option<u8>,
        changed: bool,
    },
    AuditRecords {
        resource: Option<u8>,
        subject: Option<Whose>,
        since: Option<Ticks>,
        after: u64,
        limit: usize,
    },
}

/// A change of signing keys, by their numbers.
#[derive(Debug, Clone)]
pub(super) struct KeyChange {
    /// Planned for the keys that are there, or else for these.
    pub(super) planned_for: Option<Vec<u8>>,
    pub(super) activate: Option<(u8, Ticks)>,
    pub(super) add: Vec<u8>,
    pub(super) remove: Vec<u8>,
    pub(super) revoke: Option<u8>,
}

/// What is asked of a list of identities.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) created_after: Option<Ticks>,
    pub(super) issued_before: Option<Ticks>,
    pub(super) unused_since: Option<Ticks>,
    pub(super) never_issued: bool,
    pub(super) custom_id: Option<u8>,
    pub(super) after: Option<u128>,
    pub(super) page_max: usize,
    pub(super) examined_max: usize,
}

/// What an assignment shall say.
#[derive(Debug, Clone)]
pub(super) struct Assigned {
    pub(super) tenant: u128,
    pub(super) principal: PrincipalType,
    /// So many applications.
    pub(super) clients: Option<u8>,
}

/// Any step; those that make something come more often than those that remove much.
pub(super) fn operation() -> impl Strategy<Value = Operation> {
    Union::new_weighted(vec![
        (4, on_resources().boxed()),
        (1, on_keys().boxed()),
        (16, on_identities().boxed()),
        (5, on_assignments().boxed()),
        (4, on_feeds().boxed()),
        (2, on_audit().boxed()),
    ])
}

fn identities() -> impl Strategy<Value = Whose> {
    (0..RESOURCES, 0..IDENTITIES)
}

fn ids() -> impl Strategy<Value = Whose> {
    (0..RESOURCES, 0..IDS)
}

/// Deeds are done in the first 50 milliseconds (see `apply`); 10,000 ticks make one.
fn instants() -> impl Strategy<Value = Ticks> {
    (0..60_i64, select(vec![0, 1, 9_999])).prop_map(|(milliseconds, ticks)| milliseconds * 10_000 + ticks)
}

fn on_resources() -> impl Strategy<Value = Operation> {
    let epochs = select(vec![0, 1, 2, first_epoch(1) - 1, first_epoch(2)]);
    let create = (0..RESOURCES, 0..NAMES, option::of(0..PORTS), epochs)
        .prop_map(|(resource, name, port, epoch)| Operation::CreateResource { resource, name, port, epoch });
    let slots = any::<bool>().prop_map(|first| if first { KeySlot::Primary } else { KeySlot::Secondary });
    let replace_access_key = (0..RESOURCES, slots, 0..5_u64)
        .prop_map(|(resource, slot, generation)| Operation::ReplaceAccessKey { resource, slot, generation });
    let set_algorithm = (0..RESOURCES, select(Algorithm::ALL.to_vec()))
        .prop_map(|(resource, algorithm)| Operation::SetSigningAlgorithm { resource, algorithm });
    let begin_incarnation = (0..4_u64, vec(0..SIGNING_KEYS, 0..3))
        .prop_map(|(incarnation, keys)| Operation::BeginIncarnation { incarnation, keys });
    prop_oneof![
        3 => Just(Operation::Resources),
        10 => create,
        2 => (0..RESOURCES).prop_map(Operation::DeleteResource),
        3 => set_algorithm,
        8 => replace_access_key,
        6 => (0..RESOURCES).prop_map(Operation::RaiseResourceEpoch),
        1 => begin_incarnation,
    ]
}

fn on_keys() -> impl Strategy<Value = Operation> {
    let keys = || vec(0..SIGNING_KEYS, 0..3);
    let change = (
        option::weighted(0.2, keys()),
        option::weighted(0.2, (0..SIGNING_KEYS, instants())),
        keys(),
        keys().prop_map(|keys| keys.into_iter().skip(1).collect()),
        option::weighted(0.2, 0..SIGNING_KEYS),
    );
    let change = change.prop_map(|(planned_for, activate, add, remove, revoke)| {
        Operation::ChangeSigningKeys(KeyChange { planned_for, activate, add, remove, revoke })
    });
    prop_oneof![
        1 => Just(Operation::SigningKeys),
        5 => change,
        1 => any::<bool>().prop_map(|complete| Operation::Rewrap { complete }),
    ]
}

fn on_identities() -> impl Strategy<Value = Operation> {
    let create = (identities(), 0..3_u64, option::of(0..CUSTOM_IDS))
        .prop_map(|(identity, epoch, custom_id)| Operation::CreateIdentity { identity, epoch, custom_id });
    let delete = (vec(ids(), 1..4), option::weighted(0.3, instants()))
        .prop_map(|(identities, unused_since)| Operation::DeleteIdentities { identities, unused_since });
    let list = (0..RESOURCES, wanted())
        .prop_map(|(resource, wanted)| Operation::ListIdentities { resource, wanted });
    let count = (0..RESOURCES, instants())
        .prop_map(|(resource, since)| Operation::CountIssuedSince { resource, since });
    prop_oneof![
        30 => create,
        10 => ids().prop_map(Operation::Standing),
        12 => vec(ids(), 1..4).prop_map(Operation::RaiseIdentityEpochs),
        8 => delete,
        10 => vec((ids(), instants()), 0..6).prop_map(Operation::MergeLastIssued),
        6 => list,
        2 => count,
    ]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let often_nothing = || option::weighted(0.3, instants());
    (
        (often_nothing(), often_nothing(), often_nothing()),
        proptest::bool::weighted(0.2),
        option::weighted(0.2, 0..CUSTOM_IDS),
        option::of(0..IDS),
        (0..4_usize, 1..6_usize),
    )
        .prop_map(
            |((created_after, issued_before, unused_since), never_issued, custom_id, after, most)| Wanted {
                created_after,
                issued_before,
                unused_since,
                never_issued,
                custom_id,
                after,
                page_max: most.0,
                examined_max: most.1,
            },
        )
}

fn on_assignments() -> impl Strategy<Value = Operation> {
    let keys = || 0..ASSIGNMENT_KEYS.len();
    let assigned = (select(&TENANTS[..]), select(&PrincipalType::ALL[..]), option::of(0..2_u8))
        .prop_map(|(tenant, principal, clients)| Assigned { tenant, principal, clients });
    let change = (0..RESOURCES, vec((keys(), option::weighted(0.7, assigned)), 0..4))
        .prop_map(|(resource, changes)| Operation::ChangeAssignments { resource, changes });
    let of = (0..RESOURCES, vec(keys(), 0..4))
        .prop_map(|(resource, keys)| Operation::AssignmentsOf { resource, keys });
    let list = (0..RESOURCES, option::of(keys()), 0..4_usize)
        .prop_map(|(resource, after, limit)| Operation::ListAssignments { resource, after, limit });
    prop_oneof![6 => change, 1 => of, 1 => list]
}

fn on_feeds() -> impl Strategy<Value = Operation> {
    let after =
        (0..RESOURCES, 0..4_u64, 0..12_u64, 0..5_usize).prop_map(|(resource, incarnation, count, limit)| {
            Operation::RevocationsAfter { resource, incarnation, count, limit }
        });
    prop_oneof![
        4 => after,
        1 => (0..RESOURCES).prop_map(Operation::RevocationView),
        2 => (instants(), 0..4_u64).prop_map(|(before, keep)| Operation::ForgetRevocations(before, keep)),
    ]
}

fn on_audit() -> impl Strategy<Value = Operation> {
    let record = (option::of(0..RESOURCES), any::<bool>())
        .prop_map(|(resource, changed)| Operation::Record { resource, changed });
    let records = (
        option::weighted(0.3, 0..RESOURCES),
        option::weighted(0.3, ids()),
        option::weighted(0.3, instants()),
        (0..200_u64, 0..20_usize),
    )
        .prop_map(|(resource, subject, since, (after, limit))| Operation::AuditRecords {
            resource,
            subject,
            since,
            after,
            limit,
        });
    prop_oneof![1 => record, 3 => records]
}
