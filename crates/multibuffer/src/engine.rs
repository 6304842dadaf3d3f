//! The engine: fills the lanes, has the kernel sign, verifies each signature, and is off for good after the first fault.

use std::array;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use zeroize::Zeroizing;

use crate::cpu;
use crate::encoding;
use crate::kernel::{Block, Blocks, Kernel, LANES, Scratch, Version};
use crate::library::Library;
use crate::private_key::{PrivateKey, Size};
use crate::self_test;
use crate::unavailable::Unavailable;

#[cfg(test)]
mod tests;

/// Signs eight at once. Threads may share it.
pub struct Engine {
    kernel: Box<dyn Kernel>,
    off: AtomicBool,
    /// Found by the self-test.
    pays_from: [(Size, Option<usize>); 3],
}

/// Why there is no signature. The engine is off from the first of these on: sign with an ordinary engine instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There was a fault before.
    #[error("the vectorised engine is off since its first fault; restart to try it again")]
    Off,
    /// The library did not work on the key.
    #[error("libcrypto_mb refused a lane with status {status}; test another version of it")]
    Refused {
        /// What it said (`crypto_mb/status.h`).
        status: u32,
    },
    /// The signature was wrong, and nobody got it: of a wrong one, the key can be calculated (RSA-CRT).
    #[error("libcrypto_mb made a wrong signature, which was dropped; test this machine's CPU and memory")]
    Wrong,
}

impl Engine {
    /// Looks at the CPU, loads the library at the path or the one that the system finds, looks at its version, binds its
    /// functions, and has it sign what is known. Takes some tens of milliseconds.
    ///
    /// # Errors
    /// [`Unavailable`], at the first of these that fails.
    pub fn load(explicit: Option<&Path>) -> Result<Self, Unavailable> {
        if let Some(missing) = cpu::missing() {
            return Err(Unavailable::Cpu { missing });
        }
        Self::proven(Box::new(Library::open(explicit)?))
    }

    /// An engine whose kernel has passed the self-test.
    fn proven(kernel: Box<dyn Kernel>) -> Result<Self, Unavailable> {
        let found = kernel.version();
        if !found.is_understood() {
            return Err(Unavailable::Version { found });
        }
        let engine = Self::unproven(kernel);
        let pays_from = self_test::run(&engine)?;
        Ok(Self { pays_from, ..engine })
    }

    fn unproven(kernel: Box<dyn Kernel>) -> Self {
        Self { kernel, off: AtomicBool::new(false), pays_from: Size::ALL.map(|size| (size, None)) }
    }

    /// The version that the library says it has.
    #[must_use]
    pub fn version(&self) -> Version {
        self.kernel.version()
    }

    /// The fewest signatures by keys of this size for which a call takes less CPU time than aws-lc does one by one, as the
    /// self-test measured on this machine; nothing when not even [`LANES`] do. CPUs differ: with 2.3.0, RSA-2048 pays from
    /// three on the Xeon of `design/performance.md` §1 and from five on a Zen 4, where RSA-3072 never does.
    #[must_use]
    pub fn pays_from(&self, key: &PrivateKey) -> Option<usize> {
        self.pays_from.iter().find(|(size, _)| *size == key.size()).and_then(|(_, from)| *from)
    }

    /// Whether there was a fault. It stays so.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.off.load(Ordering::Acquire)
    }

    /// One RSASSA-PKCS1-v1_5 signature (RFC 8017 §8.2) for each SHA-256 digest, in order. Any number, of any keys: keys of
    /// one size go together, eight at a time. Fewer than eight take as long as eight.
    #[must_use]
    pub fn sign(&self, batch: &[(&PrivateKey, &[u8; 32])]) -> Vec<Result<Vec<u8>, Fault>> {
        let mut answers: Vec<_> = batch.iter().map(|_| Err(Fault::Off)).collect();
        for size in Size::ALL {
            let places = batch.iter().zip(&mut answers).filter(|((key, _), _)| key.size() == size);
            let mut jobs: Vec<_> =
                places.map(|((key, digest), answer)| Job { key, digest, answer }).collect();
            if jobs.is_empty() {
                continue;
            }
            let mut scratch = Scratch::new(self.kernel.scratch_bytes(size));
            for jobs in jobs.chunks_mut(LANES) {
                self.sign_lanes(size, jobs, &mut scratch);
            }
        }
        answers
    }

    /// Signs up to eight. What is not answered here stays [`Fault::Off`].
    fn sign_lanes(&self, size: Size, jobs: &mut [Job<'_, '_>], scratch: &mut Scratch) {
        let Some(first) = jobs.first() else { return };
        if self.is_off() {
            return;
        }
        // Lanes that nobody needs repeat the first: one more that must come out right.
        let filled: [_; LANES] = array::from_fn(|lane| {
            let job = jobs.get(lane).unwrap_or(first);
            (job.key, encoding::encode(size, job.digest))
        });
        let keys = filled.each_ref().map(|(key, _)| *key);
        let encoded = filled.map(|(_, encoded)| encoded);
        // A wrong signature tells the key, and so does what is recovered from it: they are wiped with the right ones.
        let empty = || Zeroizing::new([[0; Size::BYTES_MAX]; LANES]);
        let (mut made, mut recovered): (Zeroizing<Blocks>, Zeroizing<Blocks>) = (empty(), empty());
        let signed = self.kernel.private(keys.map(PrivateKey::secret), &encoded, &mut made, scratch);
        scratch.wipe();
        let verified = self.kernel.public(keys.map(PrivateKey::modulus), &made, &mut recovered, scratch);
        let verdicts: [_; LANES] = array::from_fn(|lane| {
            let status = signed.of(lane) | verified.of(lane);
            let key = keys.get(lane)?;
            let (encoded, made, recovered) = (encoded.get(lane)?, made.get(lane)?, recovered.get(lane)?);
            Some(if status == 0 {
                verify(key, encoded, made, recovered)
            } else {
                Err(Fault::Refused { status })
            })
        });
        if verdicts.iter().any(|verdict| !matches!(verdict, Some(Ok(_)))) {
            self.off.store(true, Ordering::Release);
        }
        for (job, verdict) in jobs.iter_mut().zip(verdicts.into_iter().flatten()) {
            *job.answer = verdict;
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Engine({}, {})", self.version(), if self.is_off() { "off" } else { "on" })
    }
}

/// One signature that is wanted, and where it goes.
struct Job<'batch, 'answers> {
    key: &'batch PrivateKey,
    digest: &'batch [u8; 32],
    answer: &'answers mut Result<Vec<u8>, Fault>,
}

/// The signature, if it is one under the public key (RFC 8017 §8.2.2). One that is not is never copied.
fn verify(key: &PrivateKey, encoded: &Block, made: &Block, recovered: &Block) -> Result<Vec<u8>, Fault> {
    let bytes = key.size().bytes();
    let signature = made.get(..bytes).ok_or(Fault::Wrong)?;
    let is_right = key.modulus().exceeds(signature) && recovered.get(..bytes) == encoded.get(..bytes);
    if is_right { Ok(signature.to_vec()) } else { Err(Fault::Wrong) }
}
