//! Signs by the vectorised engine what it can, and the rest, and whatever it fails at, by the ordinary one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::signer::{Signer, SigningFailed, Wanted};
use callsign_core::token::signing_key::SigningKey;
use callsign_multibuffer::{Engine, Fault, PrivateKey};
use callsign_protocol::algorithm::Algorithm;

/// The private keys as the vectorised engine needs them, once for all threads. A key that nobody signs with any more is wiped when
/// the next one comes.
#[derive(Default)]
pub(super) struct Keys(Mutex<HashMap<String, Kept>>);

struct Kept {
    of: Weak<SigningKey>,
    key: Arc<PrivateKey>,
}

impl Keys {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` for a key that the engine does not take.
    fn of(&self, key: &Arc<SigningKey>) -> Option<Arc<PrivateKey>> {
        let mut kept = self.kept();
        if let Some(kept) = kept.get(key.key_id()) {
            return Some(Arc::clone(&kept.key));
        }
        let read = Arc::new(PrivateKey::from_pkcs8(&key.pkcs8()?).ok()?);
        kept.retain(|_, kept| kept.of.strong_count() > 0);
        kept.insert(key.key_id().to_owned(), Kept { of: Arc::downgrade(key), key: Arc::clone(&read) });
        Some(read)
    }
}

/// An engine of one thread.
pub(super) struct Vectorised {
    engine: Arc<Engine>,
    keys: Arc<Keys>,
}

impl Vectorised {
    pub(super) const fn new(engine: Arc<Engine>, keys: Arc<Keys>) -> Self {
        Self { engine, keys }
    }

    /// The signatures that the vectorised engine makes; `None` where the ordinary one has to.
    fn vectorised(&self, batch: &[Wanted]) -> Option<Vec<Option<Vec<u8>>>> {
        let by_rsa = |wanted: &&Wanted| wanted.key.algorithm() == Algorithm::Rs256;
        if self.engine.is_off() || batch.len() < 2 {
            return None;
        }
        let keys: Vec<_> =
            batch.iter().map(|wanted| by_rsa(&wanted).then(|| self.keys.of(&wanted.key)).flatten()).collect();
        let jobs: Vec<_> = keys
            .iter()
            .zip(batch)
            .filter_map(|(key, wanted)| Some((key.as_deref()?, wanted.digest.as_ref().try_into().ok()?)))
            .collect();
        // A call takes as long for one as for eight; from how many on it is the shorter way, the engine has measured here.
        let (key, _) = jobs.first()?;
        if self.engine.pays_from(key).is_none_or(|least| jobs.len() < least) {
            return None;
        }
        let mut made = self.engine.sign(&jobs).into_iter();
        let mut next = |has_key: bool| if has_key { made.next() } else { None };
        Some(keys.iter().map(|key| next(key.is_some()).and_then(signature)).collect())
    }
}

/// What the engine made. It is off after a fault, so this says it once for each signature of one batch.
fn signature(made: Result<Vec<u8>, Fault>) -> Option<Vec<u8>> {
    made.inspect_err(|fault| {
        if *fault != Fault::Off {
            tracing::error!(error.reason = %fault, "the vectorised signing engine made a fault and is switched off");
        }
    })
    .ok()
}

impl Signer for Vectorised {
    fn sign(&mut self, batch: &[Wanted]) -> Vec<Result<Vec<u8>, SigningFailed>> {
        match self.vectorised(batch) {
            None => LocalSigner.sign(batch),
            Some(made) => made
                .into_iter()
                .zip(batch)
                .map(|(made, wanted)| made.map_or_else(|| wanted.key.sign(&wanted.digest), Ok))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};

    use super::*;
    use crate::signing::tests::library;

    fn key(algorithm: Algorithm) -> Arc<SigningKey> {
        Arc::new(SigningKey::generate(algorithm).unwrap())
    }

    fn wanted(key: &Arc<SigningKey>, text: &str) -> Wanted {
        Wanted { key: Arc::clone(key), digest: digest(&SHA256, text.as_bytes()) }
    }

    #[test]
    fn a_key_is_kept_as_long_as_somebody_signs_with_it() {
        let (keys, first, second) = (Keys::default(), key(Algorithm::Rs256), key(Algorithm::Rs256));
        let kept = keys.of(&first).unwrap();
        assert!(Arc::ptr_eq(&kept, &keys.of(&first).unwrap()));
        assert!(keys.of(&key(Algorithm::Es256)).is_none());
        drop(first);
        assert_eq!(Arc::strong_count(&kept), 2);
        keys.of(&second).unwrap();
        assert_eq!(Arc::strong_count(&kept), 1, "nothing but this test holds it");
    }

    #[test]
    fn whatever_is_in_a_batch_each_gets_the_signature_of_its_key() {
        let Some(path) = library() else { return };
        let engine = Arc::new(Engine::load(Some(&path)).unwrap());
        let mut signer = Vectorised::new(engine, Arc::default());
        let keys = [key(Algorithm::Rs256), key(Algorithm::Es256), key(Algorithm::Rs256)];
        for size in 1..=17 {
            let texts: Vec<String> = (0..size).map(|number| format!("{size}/{number}")).collect();
            let batch: Vec<_> =
                texts.iter().zip(keys.iter().cycle()).map(|(text, key)| wanted(key, text)).collect();
            let signed = signer.sign(&batch);
            assert_eq!(signed.len(), size);
            for ((text, wanted), signature) in texts.iter().zip(&batch).zip(signed) {
                let signature = signature.unwrap();
                assert!(wanted.key.verifying().verifies(text.as_bytes(), &signature), "{text}");
                if wanted.key.algorithm() == Algorithm::Rs256 {
                    // RSASSA-PKCS1-v1_5 has one signature for each text.
                    assert_eq!(Ok(signature), wanted.key.sign(&wanted.digest));
                }
            }
        }
    }
}
