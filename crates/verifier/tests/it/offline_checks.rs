//! Many tokens, checked in rounds: what `cargo xtask instructions` counts the instructions of.

use callsign_verifier::Verifier;

use crate::server::{Server, local};

/// Tokens in the second round; it may be told.
const ROUND: usize = 4;

#[tokio::test]
async fn every_good_token_of_many_passes_offline() {
    let round = std::env::var("CALLSIGN_OFFLINE_CHECKS").map_or(ROUND, |count| count.parse().unwrap());
    let server = Server::start().await;
    let (verifier, _wire) = server.ready().await;
    let key = server.script.signer();
    let mut number = 0;
    // No token comes twice, so that none is remembered.
    let mut mint = || {
        number += 1;
        server.mint().of(local(number)).compact(&key)
    };
    for count in [5, round, 2 * round, 0] {
        let tokens: Vec<_> = std::iter::repeat_with(&mut mint).take(count).collect();
        check(&verifier, &tokens);
    }
}

/// A round begins where this is entered.
#[inline(never)]
fn check(verifier: &Verifier, tokens: &[String]) {
    for token in tokens {
        verifier.verify_offline(token).unwrap();
    }
}
