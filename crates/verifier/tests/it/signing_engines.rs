//! Whatever engine signs, one by one or eight at once, its tokens are accepted: here and by introspection.

use std::path::{Path, PathBuf};
use std::time::Duration;

use callsign_protocol::access_key::KeySlot;
use callsign_server::admin::{Reply, Request, SigningStanding};
use callsign_server::config::CryptoMb;
use callsign_verifier::{Freshness, WhenStale};
use futures_util::future::join_all;

use crate::house::{House, Lets, soon};
use crate::server::pass;

/// Users who ask at the same time, so that signatures wait and are made in batches.
const USERS: usize = 32;

#[test]
fn tokens_that_are_signed_one_by_one_are_accepted() {
    judged_by_everybody(CryptoMb::Off, "aws-lc");
}

#[test]
fn tokens_that_are_signed_eight_at_once_are_accepted() {
    // Elsewhere the ordinary engine is all there is, and the test above judges it.
    let Some(library) = library() else { return };
    judged_by_everybody(CryptoMb::At(library), "libcrypto_mb ");
}

fn judged_by_everybody(crypto_mb: CryptoMb, engine: &str) {
    House::during_as(
        |config| config.signing.crypto_mb = crypto_mb,
        async |house| {
            let verifier = house.builder().when_stale(WhenStale::Introspect).connect().unwrap();
            soon(verifier.ready()).await;
            let desk = house.desk(KeySlot::Primary);
            assert!(standing(house).await.engine.starts_with(engine));
            // As long as none was full, which one busy machine may need some rounds for.
            let tokens = soon(async {
                loop {
                    let made = join_all((0..USERS).map(|_| desk.user())).await;
                    if standing(house).await.batches_by_size.last().is_some_and(|full| *full > 0) {
                        return made;
                    }
                }
            })
            .await;
            for (_, token) in &tokens {
                verifier.verify(token).await.unwrap();
            }
            house.door.lets(Lets::NoFeed);
            soon(verifier.wait_until(|health| health.feed.failure.is_some())).await;
            pass(Duration::from_secs(31)).await;
            for (_, token) in &tokens {
                let verified = soon(verifier.verify(token)).await.unwrap();
                assert_eq!(verified.freshness, Freshness::Introspected);
            }
        },
    );
}

async fn standing(house: &House) -> SigningStanding {
    let status = match house.order(Request::Status {}).await {
        Reply::Status(status) => Some(status),
        _ => None,
    };
    status.unwrap().signing
}

/// The library, where `cargo xtask accel` put it or the environment says, if this machine can use it.
fn library() -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accel/lib/libcrypto_mb.so");
    let found = std::env::var_os("CALLSIGN_CRYPTO_MB").map_or(fetched, PathBuf::from);
    let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    (found.is_file() && flags.contains("avx512ifma")).then_some(found)
}
