//! Revocation is exact: whatever happens in one second, in whatever order, on nodes whose clocks differ by up to five minutes, a
//! token is good exactly when nothing that concerns it was revoked after it was issued (`design/reliability.md` row 8).

use std::sync::Arc;

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::MintedBy;
use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::messages::request::{CreateIdentity, IssueAccessToken};
use callsign_protocol::revocation::View;
use callsign_protocol::scope::{Scope, Scopes};
use futures_executor::block_on;

use super::*;
use crate::caller::{Caller, Proof};
use crate::clock::ManualClock;
use crate::directory::audit::Actor;
use crate::entropy::SeededEntropy;
use crate::operation::create_identity::create_identity;
use crate::operation::delete_identity::delete_identity;
use crate::operation::issue_access_token::issue_access_token;
use crate::operation::revoke_access_tokens::revoke_access_tokens;
use crate::service::sample;
use crate::store::Revocations as _;
use crate::store::memory::MemoryStore;

/// How many interleavings are tried; another number may stand in the environment.
const CASES: u64 = 150;
const CASES_VARIABLE: &str = "CALLSIGN_EXACTNESS_CASES";
const STEPS: u64 = 24;
/// Cases that share a store, each with a resource of its own: making RSA keys costs more than a case.
const CASES_PER_STORE: u64 = 50;
/// How far the second node's clock may be from the first one's.
const SKEW_SECONDS: i64 = 300;
const NOW_SECONDS: i64 = 1_800_000_000;

struct Issued {
    token: String,
    identity: usize,
    minted_by: MintedBy,
    is_good: bool,
}

/// Two nodes on one store, one resource, and all tokens that were ever issued for it.
struct World {
    name: String,
    store: Arc<MemoryStore>,
    nodes: [Service; 2],
    identities: Vec<IdentityId>,
    issued: Vec<Issued>,
    random: SeededEntropy,
}

impl World {
    fn new(store: &Arc<MemoryStore>, seed: u64) -> Self {
        let (store, random, name) = (Arc::clone(store), SeededEntropy::new(seed), format!("resource-{seed}"));
        let skew = i64::try_from(random.next() % (2 * SKEW_SECONDS as u64 + 1)).unwrap() - SKEW_SECONDS;
        let at = |seconds| Arc::new(ManualClock::at(Timestamp::from_unix_seconds(seconds)));
        let first = sample::node(&store, &at(NOW_SECONDS), 2 * seed + 1);
        // Signing by ES256 costs a twentieth.
        sample::make_resource(&first, &name, Algorithm::Es256);
        let second = sample::node(&store, &at(NOW_SECONDS + skew), 2 * seed + 2);
        Self { name, store, nodes: [first, second], identities: Vec::new(), issued: Vec::new(), random }
    }

    fn pick(&self, below: usize) -> usize {
        usize::try_from(self.random.next()).unwrap_or(0) % below.max(1)
    }

    fn caller(&self, node: &Service) -> Caller {
        let proof = match self.pick(5) {
            0 => sample::entra(),
            number => {
                let slot = if number % 2 == 0 { KeySlot::Primary } else { KeySlot::Secondary };
                let resource = node.resources.by_name(&self.name).unwrap();
                let key = resource.keys.iter().find(|key| key.slot == slot).unwrap();
                Proof::Key { slot, generation: key.generation }
            }
        };
        Caller { proof, ..sample::caller(node, &self.name) }
    }

    fn kill(&mut self, dies: impl Fn(&Issued) -> bool) {
        self.issued.iter_mut().filter(|issued| dies(issued)).for_each(|issued| issued.is_good = false);
    }

    fn step(&mut self) {
        let number = self.pick(2);
        let node = &self.nodes[number];
        let caller = self.caller(node);
        let identity = self.pick(self.identities.len());
        let id = self.identities.get(identity).copied();
        match (self.pick(12), id) {
            (0 | 1, _) | (_, None) => {
                let made = block_on(create_identity(node, &caller, CreateIdentity::default())).unwrap();
                self.identities.push(made.identity.id);
            }
            (2..=6, Some(id)) => {
                let scopes = Scopes::new([Scope::Chat]).unwrap();
                let message = IssueAccessToken { scopes, lifetime: Default::default() };
                // Refused: the identity is gone, or this node has not heard of a regenerated key.
                if let Ok(made) = block_on(issue_access_token(node, &caller, id, &message)) {
                    let minted_by = caller.proof.minted_by();
                    self.issued.push(Issued { token: made.token, identity, minted_by, is_good: true });
                }
            }
            (7 | 8, Some(id)) => {
                block_on(revoke_access_tokens(node, &caller, id)).unwrap();
                self.kill(|issued| issued.identity == identity);
            }
            (9, Some(id)) => {
                block_on(delete_identity(node, &caller, id)).unwrap();
                self.kill(|issued| issued.identity == identity);
            }
            (10, _) => {
                let resource = node.resources.by_name(&self.name).unwrap();
                let slot = if self.pick(2) == 0 { KeySlot::Primary } else { KeySlot::Secondary };
                let before = resource.keys.iter().find(|key| key.slot == slot).unwrap().generation;
                block_on(node.regenerate_access_key(&resource, slot, Actor::Server)).unwrap();
                let now = node.resources.by_name(&self.name).unwrap();
                let in_force = now.keys.iter().find(|key| key.slot == slot).unwrap().generation;
                // A node that has not heard of the last one replaces nothing.
                assert!(in_force > before);
                self.kill(|issued| {
                    matches!(issued.minted_by, MintedBy::Key { slot: other, generation } if other == slot && generation < in_force)
                });
            }
            _ => {
                let resource = caller.resource;
                assert!(block_on(node.revoke_resource(resource, Actor::Server)).unwrap());
                self.kill(|_| true);
            }
        }
    }

    /// Both nodes and whoever follows the feed are asked about every token.
    fn check(&self, seed: u64) {
        let resource = self.nodes[0].resources.by_name(&self.name).unwrap().stored.id;
        let (_, view) = block_on(self.store.revocation_view(resource)).unwrap().unwrap();
        for (number, issued) in self.issued.iter().enumerate() {
            for (name, node) in ["first", "second"].into_iter().zip(&self.nodes) {
                let answer = block_on(verify(node, resource, &issued.token)).unwrap();
                let expected = if issued.is_good { Ok(()) } else { Err(NotGood::Revoked) };
                assert_eq!(answer.map(drop), expected, "seed {seed}, token {number}, the {name} node");
            }
            assert_eq!(
                self.is_revoked_in(&view, issued),
                !issued.is_good,
                "seed {seed}, token {number}, the feed"
            );
        }
    }

    fn is_revoked_in(&self, view: &View, issued: &Issued) -> bool {
        let keys = self.nodes[0].signing_keys.in_force();
        let resource = self.identities[issued.identity].resource();
        let now = self.nodes[1].clock.now().max(self.nodes[0].clock.now());
        let expected = Expected { issuer: "https://localhost:8443", resource, now };
        let token = verification::verify(&issued.token, &expected, |key_id| keys.verifying(key_id)).unwrap();
        view.is_revoked(token.identity.local(), token.revision, &token.key_id)
    }
}

#[test]
fn a_token_is_good_exactly_when_nothing_that_concerns_it_was_revoked_since() {
    let wanted = std::env::var(CASES_VARIABLE).ok().and_then(|text| text.parse().ok()).unwrap_or(CASES);
    let (mut good, mut dead) = (0, 0);
    let mut store = Arc::default();
    for seed in 0..wanted {
        if seed % CASES_PER_STORE == 0 {
            store = Arc::default();
        }
        let mut world = World::new(&store, seed);
        (0..STEPS).for_each(|_| world.step());
        world.check(seed);
        let alive = world.issued.iter().filter(|issued| issued.is_good).count();
        good += alive;
        dead += world.issued.len() - alive;
    }
    assert!(good > 0 && dead > 0, "{good} good and {dead} dead tokens show little");
}
