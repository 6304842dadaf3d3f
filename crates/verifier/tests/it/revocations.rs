//! What the feed tells is known at once.

use callsign_protocol::access_key::KeySlot;
use callsign_protocol::claims::{MintedBy, Revision};
use callsign_protocol::revocation::{Entry, GONE};
use callsign_verifier::Refused;

use crate::server::{Mint, Server, Truth, local, signed, soon};

/// A token that is good, the entry that ends it, and a token that the entry leaves alone.
fn ends(server: &Server) -> Vec<(Mint, Entry, Mint)> {
    let epoch = Truth::RESOURCE_EPOCH;
    let with = |number, revision| Mint { revision, ..server.mint().of(local(number)) };
    let by = |slot, generation| Revision {
        identity: 0,
        resource: epoch,
        minted_by: MintedBy::Key { slot, generation },
    };
    let entra = |identity, resource| Revision { identity, resource, minted_by: MintedBy::Entra };
    let (first, second) = (KeySlot::Primary, KeySlot::Secondary);
    vec![
        (with(1, entra(0, epoch)), Entry::Identity { local: local(1), epoch: 1 }, with(1, entra(1, epoch))),
        (
            with(2, entra(9, epoch)),
            Entry::Identity { local: local(2), epoch: GONE },
            with(3, entra(0, epoch)),
        ),
        (with(4, by(first, 0)), Entry::AccessKey { slot: first, generation: 1 }, with(4, by(second, 0))),
        (with(5, by(second, 6)), Entry::AccessKey { slot: second, generation: 7 }, with(5, by(second, 7))),
        (with(6, entra(0, epoch)), Entry::Resource { epoch: epoch + 1 }, with(6, entra(0, epoch + 1))),
    ]
}

#[tokio::test]
async fn each_kind_of_revocation_ends_what_it_should_and_nothing_else() {
    let server = Server::start().await;
    let (verifier, wire) = server.ready().await;
    let key = server.script.signer();
    for (before, entry, after) in ends(&server) {
        let (before, after) = (before.compact(&key), after.compact(&key));
        assert!(verifier.verify_offline(&before).is_ok(), "{entry}");
        wire.entry(entry.clone());
        let refused = async {
            while verifier.verify_offline(&before).is_ok() {
                tokio::task::yield_now().await;
            }
            verifier.verify_offline(&before)
        };
        // No heartbeat came: the entry alone is enough.
        assert_eq!(soon(refused).await, Err(Refused::Revoked), "{entry}");
        assert!(verifier.verify_offline(&after).is_ok(), "{entry}");
    }
}

#[tokio::test]
async fn a_compromised_key_is_good_for_nothing_at_once_and_the_set_is_read_again() {
    let server = Server::start().await;
    let old = server.script.signer();
    let builder = server.builder().key_cool_down(std::time::Duration::from_secs(1));
    let (verifier, wire) = server.ready_with(builder).await;
    let by_old = server.mint().compact(&old);
    assert!(verifier.verify_offline(&by_old).is_ok());

    server.script.roll_over();
    wire.entry(Entry::SigningKey { key_id: old.id().to_owned() });
    wire.heartbeat();
    let refused = async {
        while verifier.verify_offline(&by_old).is_ok() {
            tokio::task::yield_now().await;
        }
        verifier.verify_offline(&by_old)
    };
    assert_eq!(soon(refused).await, Err(Refused::Revoked));
    soon(verifier.wait_until(|health| health.keys.count == 2)).await;
    assert_eq!(verifier.health().feed.faults, 0);
    // The old key signs no statement any more either.
    let forged = signed(&server.script.stage().truth.statement(), &old);
    wire.raw(format!("event: heartbeat\ndata: {forged}\n\n"));
    soon(verifier.wait_until(|health| health.feed.faults == 1)).await;
}

#[tokio::test]
async fn what_was_revoked_before_the_verifier_came_is_in_the_snapshot() {
    let server = Server::start().await;
    server.script.revoke(Entry::Identity { local: local(1), epoch: 3 });
    let (verifier, _wire) = server.ready().await;
    assert_eq!(verifier.verify(&server.token()).await, Err(Refused::Revoked));
    assert_eq!(verifier.health().feed.position.as_deref(), Some("5-1"));
}
