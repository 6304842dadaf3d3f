//! Which engine signs: the vectorised one where it can be had, else the ordinary one (`design/performance.md` §2).

mod vectorised;

use std::sync::Arc;

use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::signer::Signer;
use callsign_multibuffer::{Engine, Unavailable};

use crate::config::{Config, CryptoMb};
use vectorised::{Keys, Vectorised};

/// The vectorised engine, or why there is none.
#[derive(Clone)]
pub(crate) enum Choice {
    /// It was proven, and signs as long as it makes no fault.
    Vectorised(Arc<Engine>),
    /// The ordinary one signs.
    Ordinary {
        /// A sentence.
        reason: String,
        /// Whether the operator should see to it.
        is_fault: bool,
    },
}

impl Choice {
    /// Looks for the vectorised engine.
    pub(crate) fn make(config: &Config) -> Self {
        let path = match &config.signing.crypto_mb {
            CryptoMb::Off => {
                return Self::Ordinary { reason: "crypto_mb is off".to_owned(), is_fault: false };
            }
            CryptoMb::Auto => None,
            CryptoMb::At(path) => Some(path.as_path()),
        };
        match Engine::load(path) {
            Ok(engine) => Self::Vectorised(Arc::new(engine)),
            Err(unavailable) => Self::Ordinary {
                reason: unavailable.to_string(),
                // Where nobody asked for it, not having it is nothing to warn of.
                is_fault: path.is_some() || matches!(unavailable, Unavailable::SelfTest { .. }),
            },
        }
    }

    /// Says in the log what signs, once the server is there.
    pub(crate) fn tell(&self) {
        match self {
            Self::Vectorised(engine) => {
                tracing::info!(signing.library = %engine.version(), "signatures are made eight at once");
            }
            Self::Ordinary { reason, is_fault: true } => {
                tracing::warn!(error.reason = reason, "signatures are made one by one");
            }
            Self::Ordinary { reason, is_fault: false } => {
                tracing::info!(error.reason = reason, "signatures are made one by one");
            }
        }
    }

    /// An engine for each thread that signs.
    pub(crate) fn engines(&self, config: &Config) -> Vec<Box<dyn Signer>> {
        let threads = 0..config.threads.signing_count();
        match self {
            Self::Ordinary { .. } => ordinary(config),
            Self::Vectorised(engine) => {
                let keys = Arc::new(Keys::default());
                let signer = || Vectorised::new(Arc::clone(engine), Arc::clone(&keys));
                threads.map(|_| Box::new(signer()) as Box<dyn Signer>).collect()
            }
        }
    }

    /// What signs now.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Vectorised(engine) if !engine.is_off() => format!("libcrypto_mb {}", engine.version()),
            _ => "aws-lc".to_owned(),
        }
    }

    /// Whether the vectorised engine made a fault, and signs no more.
    pub(crate) fn is_switched_off(&self) -> bool {
        matches!(self, Self::Vectorised(engine) if engine.is_off())
    }

    /// Why signatures are made one by one, where they are.
    pub(crate) fn why_ordinary(&self) -> Option<String> {
        match self {
            Self::Ordinary { reason, .. } => Some(reason.clone()),
            Self::Vectorised(engine) => engine.is_off().then(|| callsign_multibuffer::Fault::Off.to_string()),
        }
    }
}

/// Ordinary engines, one for each thread that signs.
pub(crate) fn ordinary(config: &Config) -> Vec<Box<dyn Signer>> {
    (0..config.threads.signing_count()).map(|_| Box::new(LocalSigner) as Box<dyn Signer>).collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// The library, where `cargo xtask accel` put it or the environment says.
    pub(super) fn library() -> Option<PathBuf> {
        let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accel/lib/libcrypto_mb.so");
        let found = std::env::var_os("CALLSIGN_CRYPTO_MB").map_or(fetched, PathBuf::from);
        let can = found.is_file() && Engine::load(Some(&found)).is_ok();
        if !can {
            eprintln!("not run: libcrypto_mb cannot be used here; cargo xtask accel fetches it");
        }
        can.then_some(found)
    }

    fn config(crypto_mb: CryptoMb) -> Config {
        let mut config = Config::ephemeral(Path::new("/nowhere"));
        config.signing.crypto_mb = crypto_mb;
        config
    }

    #[test]
    fn without_the_library_the_ordinary_engine_signs_and_says_why() {
        for (crypto_mb, reason) in [
            (CryptoMb::Off, "crypto_mb is off"),
            (CryptoMb::At(PathBuf::from("/nowhere/libcrypto_mb.so")), ""),
        ] {
            let config = config(crypto_mb);
            let choice = Choice::make(&config);
            assert_eq!(choice.name(), "aws-lc");
            assert!(choice.why_ordinary().unwrap().contains(reason));
            assert_eq!(choice.engines(&config).len(), config.threads.signing_count());
        }
    }

    #[test]
    fn with_the_library_it_signs() {
        let Some(path) = library() else { return };
        let choice = Choice::make(&config(CryptoMb::At(path)));
        assert!(choice.name().starts_with("libcrypto_mb "), "{}", choice.name());
        assert_eq!(choice.why_ordinary(), None);
    }
}
