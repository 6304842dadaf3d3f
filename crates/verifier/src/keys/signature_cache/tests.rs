//! Key sets with a memory against key sets without one.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::claims::{Claims, Issuer, MintedBy, Revision, compact, encoded_header};
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::key_set::{KeySet, PublicKey};
use callsign_protocol::resource::DataLocation;
use callsign_protocol::scope::{Scope, Scopes};
use callsign_protocol::verification::{Expected, TOKEN_TYPE};
use proptest::prelude::*;
use proptest::sample::Index;
use tokio::time::Instant;
use uuid::Uuid;

use super::super::{KeySetInForce, Published};
use super::*;

const ISSUER: &str = "https://localhost:8443";
const RESOURCE: Uuid = Uuid::from_u128(1);
const BEGIN: i64 = 1_767_225_600;

struct Key {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl Key {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let public = PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap());
        Self { pair, public }
    }

    /// A token of the user of that number, from so many seconds after the beginning, for so many minutes.
    fn token(&self, resource: Uuid, user: u128, (issued_at, minutes): (i64, i64)) -> String {
        let (scopes, issuer): (_, Issuer) = (Scopes::new([Scope::Chat]).unwrap(), ISSUER.parse().unwrap());
        let issued_at = Timestamp::from_unix_seconds(BEGIN + issued_at);
        let claims = Claims {
            teams: None,
            identity: IdentityId::from_parts(resource, Uuid::from_u128(user)),
            scopes: &scopes,
            issued_at,
            expires_at: issued_at.plus_minutes(minutes),
            data_location: DataLocation::UnitedStates,
            issuer: &issuer,
            token_id: [9; 16],
            revision: Revision {
                identity: 0,
                resource: 0,
                minted_by: MintedBy::Key { slot: KeySlot::Primary, generation: 0 },
            },
        };
        let input = claims.signing_input(&encoded_header(self.public.kid(), Algorithm::Es256, TOKEN_TYPE));
        let signature = self.pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        compact(input, signature.as_ref())
    }
}

/// A set of these keys that was read just now.
fn published<'a>(keys: impl IntoIterator<Item = &'a Key>, signatures_max: usize) -> KeySetInForce {
    let keys = keys.into_iter().map(|key| key.public.clone()).collect();
    let document = serde_json::to_vec(&KeySet { keys }).unwrap();
    let published = Arc::new(Published::read(&document, signatures_max).unwrap());
    KeySetInForce { published, tag: None, read_at: Instant::now() }
}

fn check(set: &KeySetInForce, token: &str, seconds: i64) -> Result<VerifiedToken, Rejection> {
    set.check(token, &Expected { issuer: ISSUER, resource: RESOURCE, now: at(seconds) })
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(BEGIN + seconds)
}

#[test]
fn a_repeated_token_is_not_looked_at_again() {
    let key = Key::new();
    let (token, other) = (key.token(RESOURCE, 1, (0, 60)), key.token(RESOURCE, 2, (0, 60)));
    let set = published([&key], 8);
    let said = check(&set, &token, 0).unwrap();
    let known = set.published.signatures.as_ref().unwrap();
    let looked = |token: &str, seconds| known.check(token, at(seconds), || Err(Rejection::SignatureWrong));
    assert_eq!(looked(&token, 3_599), Ok(said));
    assert_eq!(looked(&token, 3_600), Err(Rejection::Expired));
    assert_eq!(looked(&token, -301), Err(Rejection::IssuedInFuture));
    assert_eq!(looked(&other, 0), Err(Rejection::SignatureWrong));
}

#[test]
fn what_is_refused_is_not_remembered() {
    let (key, stranger) = (Key::new(), Key::new());
    let set = published([&key], 8);
    let (signed, _) = stranger.token(RESOURCE, 1, (0, 60)).rsplit_once('.').map(own).unwrap();
    let (_, signature) = key.token(RESOURCE, 1, (0, 60)).rsplit_once('.').map(own).unwrap();
    for token in [
        stranger.token(RESOURCE, 1, (0, 60)),
        format!("{signed}.{signature}"),
        key.token(Uuid::from_u128(2), 1, (0, 60)),
        key.token(RESOURCE, 1, (0, 1_441)),
        key.token(RESOURCE, 1, (-3_600, 60)),
        key.token(RESOURCE, 1, (301, 60)),
        "a".repeat(TOKEN_BYTES_MAX + 1),
        String::new(),
    ] {
        assert!(check(&set, &token, 0).is_err(), "{token}");
        assert_eq!(set.remembered(), 0, "{token}");
    }
}

fn own((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[test]
fn no_more_tokens_are_remembered_than_were_asked_for() {
    let key = Key::new();
    for tokens_max in [1, 2, 7, 64] {
        let set = published([&key], tokens_max);
        for user in 0..200 {
            let token = key.token(RESOURCE, user, (0, 60));
            assert_eq!(check(&set, &token, 0), check(&set, &token, 0));
            assert!(set.remembered() <= tokens_max);
        }
        assert!(set.remembered() >= tokens_max / 2, "{} of {tokens_max}", set.remembered());
    }
}

#[test]
fn tokens_that_are_over_are_forgotten() {
    let key = Key::new();
    let set = published([&key], 64);
    for user in 0..20 {
        check(&set, &key.token(RESOURCE, user, (0, 1 + user as i64)), 0).unwrap();
    }
    set.forget_expired(at(600));
    assert_eq!(set.remembered(), 10);
    set.forget_expired(at(-600));
    assert_eq!(set.remembered(), 10, "a clock that is wrong for a moment costs nothing");
}

#[test]
fn neither_token_nor_digest_is_shown() {
    let key = Key::new();
    let token = key.token(RESOURCE, 1, (0, 60));
    let set = published([&key], 8);
    let said = check(&set, &token, 0).unwrap();
    let shown = format!("{set:?}");
    assert!(shown.contains("SignatureCache(1 of 8 tokens)"), "{shown}");
    assert!(!shown.contains(&token) && !shown.contains(&said.token_id));
}

/// What may happen to a verifier.
#[derive(Debug, Clone)]
enum Step {
    Check(Index),
    CheckChanged(Index, Index, u8),
    Time(i64),
    Publish(u8),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => any::<Index>().prop_map(Step::Check),
        2 => (any::<Index>(), any::<Index>(), 0_u8..7).prop_map(|(token, place, bit)| Step::CheckChanged(token, place, bit)),
        3 => prop_oneof![Just(-301), Just(-300), Just(0), Just(299), Just(300), Just(3_599), Just(3_600), -400_i64..8_000]
            .prop_map(Step::Time),
        1 => (1_u8..8).prop_map(Step::Publish),
        1 => Just(Step::Forget),
    ]
}

#[test]
fn with_and_without_a_memory_the_answers_are_the_same() {
    let keys = [Key::new(), Key::new(), Key::new()];
    let tokens: Vec<String> = keys
        .iter()
        .flat_map(|key| {
            let good = [(0, 60), (0, 5), (-300, 10), (600, 60)].map(|times| key.token(RESOURCE, 1, times));
            let bad = [key.token(Uuid::from_u128(2), 1, (0, 60)), key.token(RESOURCE, 1, (0, 1_441))];
            good.into_iter().chain(bad)
        })
        .collect();
    let both = |mask: u8, tokens_max| {
        let chosen = || keys.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0).map(|(_, key)| key);
        [published(chosen(), 0), published(chosen(), tokens_max)]
    };
    proptest!(|(tokens_max in 1_usize..20, steps in prop::collection::vec(step(), 1..60))| {
        let ([mut without, mut with], mut now) = (both(7, tokens_max), 0);
        for step in steps {
            match step {
                Step::Check(token) => {
                    let token = token.get(&tokens);
                    prop_assert_eq!(check(&without, token, now), check(&with, token, now));
                }
                Step::CheckChanged(token, place, bit) => {
                    let mut bytes = token.get(&tokens).clone().into_bytes();
                    let place = place.index(bytes.len());
                    bytes[place] ^= 1 << bit;
                    let changed = String::from_utf8(bytes).unwrap();
                    prop_assert!(check(&with, &changed, now).is_err());
                    prop_assert_eq!(check(&without, &changed, now), check(&with, &changed, now));
                }
                Step::Time(seconds) => now = seconds,
                Step::Publish(mask) => [without, with] = both(mask, tokens_max),
                Step::Forget => with.forget_expired(at(now)),
            }
        }
        prop_assert_eq!(without.remembered(), 0);
    });
}
