//! The offline check of a token against the bare verification of its signature, in paired rounds, and the check of one that is
//! remembered.

use std::time::Instant;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_client::{CommunicationIdentityClient, TokenScope};
use callsign_protocol::key_set::{KEY_SET_PATH, KeySet, VerifyingKey};
use callsign_verifier::Verifier;

use crate::Server;
use crate::figure::{Figure, Goal, quantile};

/// Rounds, each of one run of either side.
const ROUNDS: usize = 21;
const CHECKS: usize = 4_000;
/// Tokens that take turns, as they do in a back end.
const TOKENS: usize = 64;

pub(crate) async fn run(server: &Server) -> anyhow::Result<Vec<Figure>> {
    let builder = Verifier::builder(server.connection_string.parse()?).root_certificates(&server.roots);
    // Without a cache each check is the whole of it.
    let (whole, remembering) = (builder.clone().signature_cache(0).connect()?, builder.connect()?);
    whole.ready().await;
    remembering.ready().await;
    let client = CommunicationIdentityClient::from_connection_string(&server.connection_string, None)?;
    let mut tokens = Vec::new();
    for _ in 0..TOKENS {
        let made =
            client.create_user_and_token(&[TokenScope::Chat, TokenScope::Voip], None).await?.into_model()?;
        tokens.push(made.access_token.token.secret().to_owned());
    }
    let key = key(server, tokens.first().context("a token")?).await?;
    let parts: Vec<(String, Vec<u8>)> = tokens.iter().filter_map(|token| split(token)).collect();
    let (mut ratios, mut checks, mut bare, mut repeated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    // The first round of repetitions is none.
    seconds_a_check(&remembering, &tokens)?;
    for _ in 0..ROUNDS {
        repeated.push(seconds_a_check(&remembering, &tokens)? * 1e6);
        let check = seconds_a_check(&whole, &tokens)?;
        let started = Instant::now();
        for (signed, signature) in parts.iter().cycle().take(CHECKS) {
            anyhow::ensure!(key.verifies(signed.as_bytes(), signature), "a good signature was refused");
        }
        let signature = started.elapsed().as_secs_f64() / CHECKS as f64;
        ratios.push(signature / check);
        checks.push(check * 1e6);
        bare.push(signature * 1e6);
    }
    Ok(vec![
        Figure::new(
            "offline checks/s ÷ bare RS256 verifications/s (median of 21)",
            quantile(&mut ratios, 0.5),
            Goal::AtLeast(0.9),
        ),
        Figure::new("one offline check, µs", quantile(&mut checks, 0.5), Goal::None),
        Figure::new("one bare verification, µs", quantile(&mut bare, 0.5), Goal::None),
        Figure::new("a repeated token from its cache, µs", quantile(&mut repeated, 0.5), Goal::AtMost(2.0)),
    ])
}

/// What one check takes while the tokens take turns.
fn seconds_a_check(verifier: &Verifier, tokens: &[String]) -> anyhow::Result<f64> {
    let started = Instant::now();
    for token in tokens.iter().cycle().take(CHECKS) {
        anyhow::ensure!(verifier.verify_offline(token).is_ok(), "a good token was refused");
    }
    Ok(started.elapsed().as_secs_f64() / CHECKS as f64)
}

/// The published key that signed the token.
async fn key(server: &Server, token: &str) -> anyhow::Result<VerifyingKey> {
    let document = server.http()?.get(server.url(KEY_SET_PATH)?).send().await?.bytes().await?;
    let header = token.split('.').next().unwrap_or_default();
    let header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
    let key_id = header.get("kid").and_then(|kid| kid.as_str()).context("a token names its key")?;
    let set = KeySet::parse(&document)?;
    let key = set.keys.iter().find(|key| key.kid() == key_id).and_then(|key| key.prepared());
    key.context("the key is published")
}

fn split(token: &str) -> Option<(String, Vec<u8>)> {
    let (signed, signature) = token.rsplit_once('.')?;
    Some((signed.to_owned(), URL_SAFE_NO_PAD.decode(signature).ok()?))
}
