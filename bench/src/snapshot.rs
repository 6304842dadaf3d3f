//! A snapshot of a million revocations: how many bytes it takes, and how long until they are known.

use std::time::Instant;

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{GONE, Statement, View, decode_body, encode_body};
use uuid::Uuid;

use crate::figure::{Figure, Goal, quantile};

const REVOCATIONS: u64 = 1_000_000;
/// Identities of a year.
const YEAR_MILLISECONDS: i64 = 365 * 24 * 3_600_000;
const ROUNDS: usize = 7;

pub(crate) fn run() -> Vec<Figure> {
    let mut random = fastrand::Rng::new();
    let mut view = View::default();
    for _ in 0..REVOCATIONS {
        let minted = Timestamp::from_unix_milliseconds(1_790_000_000_000 + random.i64(0..YEAR_MILLISECONDS));
        let local = IdentityId::mint(Uuid::nil(), minted, random.u64(..)).local();
        // Most were revoked once, some more often, some are deleted.
        let epoch = match random.u8(..) {
            0..200 => 1,
            200..240 => random.u64(2..9),
            _ => GONE,
        };
        view.identities.insert(local, epoch);
    }
    let body = encode_body(&view);
    let mut seconds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            let digest = Statement::body_digest(&body);
            let loaded = decode_body(&body);
            let took = started.elapsed().as_secs_f64();
            assert!(
                loaded.is_ok_and(|loaded| loaded.identities.len() == view.identities.len())
                    && digest != [0; 32]
            );
            took
        })
        .collect();
    vec![
        Figure::new("snapshot of 1,000,000 revocations, MB", body.len() as f64 / 1e6, Goal::AtMost(12.0)),
        Figure::new(
            "digest checked and loaded, s (median of 7)",
            quantile(&mut seconds, 0.5),
            Goal::AtMost(1.0),
        ),
    ]
}
