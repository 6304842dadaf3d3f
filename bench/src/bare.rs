//! Bare signatures, with nothing else to do: what tokens are measured against.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::signer::{Signer as _, Wanted};
use callsign_core::token::signing_key::SigningKey;
use callsign_multibuffer::{Engine, PrivateKey};
use callsign_protocol::algorithm::Algorithm;

const TIME: Duration = Duration::from_millis(750);
/// Lanes of the vectorised engine.
const LANES: usize = 8;

/// A key, and the engines that sign by it.
pub(crate) struct Bare {
    key: Arc<SigningKey>,
    vectorised: Option<(Engine, PrivateKey)>,
}

impl Bare {
    pub(crate) fn new(library: Option<&Path>) -> anyhow::Result<Self> {
        let key = Arc::new(SigningKey::generate(Algorithm::Rs256)?);
        let vectorised = library.map(|library| {
            let pkcs8 = key.pkcs8().context("an RSA key")?;
            anyhow::Ok((Engine::load(Some(library))?, PrivateKey::from_pkcs8(&pkcs8)?))
        });
        Ok(Self { vectorised: vectorised.transpose()?, key })
    }

    /// RS256 signatures a second of the ordinary engine on so many threads.
    pub(crate) fn one_by_one(&self, threads: usize) -> anyhow::Result<f64> {
        let batch = [Wanted { key: Arc::clone(&self.key), digest: digest() }];
        per_second(threads, || LocalSigner.sign(&batch).iter().filter(|made| made.is_ok()).count())
    }

    /// The same of the vectorised engine, each checked by the public key as in service.
    pub(crate) fn eight_at_once(&self, threads: usize) -> anyhow::Result<Option<f64>> {
        let Some((engine, key)) = &self.vectorised else { return Ok(None) };
        let digest = digest();
        let digest: &[u8; 32] = digest.as_ref().try_into()?;
        let batch = [(key, digest); LANES];
        per_second(threads, || engine.sign(&batch).iter().filter(|made| made.is_ok()).count()).map(Some)
    }
}

fn digest() -> aws_lc_rs::digest::Digest {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"a token")
}

fn per_second(threads: usize, sign: impl Fn() -> usize + Sync) -> anyhow::Result<f64> {
    let started = Instant::now();
    let one = || {
        let mut made = 0;
        while started.elapsed() < TIME {
            made += sign();
        }
        made
    };
    let made: usize = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    });
    anyhow::ensure!(made > 0, "nothing was signed");
    Ok(made as f64 / started.elapsed().as_secs_f64())
}
