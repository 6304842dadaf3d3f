//! A kernel for tests that needs no library: the same arithmetic in big integers. And one with a fault in it.

use num_bigint::BigUint;

use crate::kernel::{Block, Blocks, Kernel, LANES, Scratch, Statuses, Version};
use crate::private_key::{Modulus, Secret, Size};

/// A mark that the private operation leaves in its scratch memory.
const SECRET: u64 = 0x5EC2_E75E_C2E7_5EC2;

/// Calculates as RFC 8017 §5.1.2 has it.
pub(crate) struct Reference;

impl Kernel for Reference {
    fn version(&self) -> Version {
        Version { major: 2, minor: 3, patch: 0 }
    }

    fn scratch_bytes(&self, size: Size) -> usize {
        size.bytes()
    }

    fn private(
        &self,
        keys: [&Secret; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        scratch.words().for_each(|word| *word = SECRET);
        for (lane, key) in keys.into_iter().enumerate() {
            let [p, q, dp, dq, qinv] = [key.p, key.q, key.dp, key.dq, key.qinv].map(|words| number(&words));
            let message = BigUint::from_bytes_be(&input[lane][..key.size.bytes()]);
            let (one, two) = (message.modpow(&dp, &p), message.modpow(&dq, &q));
            let h = (&one + &p - &two % &p) * qinv % &p;
            write(&(two + h * q), key.size, &mut output[lane]);
        }
        Statuses(0)
    }

    fn public(
        &self,
        keys: [&Modulus; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        assert!(scratch.words().all(|word| *word == 0), "the scratch memory still holds secrets");
        for (lane, key) in keys.into_iter().enumerate() {
            let signature = BigUint::from_bytes_be(&input[lane][..key.size.bytes()]);
            write(
                &signature.modpow(&BigUint::from(65537_u32), &number(&key.words)),
                key.size,
                &mut output[lane],
            );
        }
        Statuses(0)
    }
}

/// What goes wrong, in one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ill {
    /// One bit of the signature is the other.
    Bit(usize),
    /// The modulus is added: a number that verifies, and is no signature.
    Modulus(usize),
    /// The private operation has a status.
    Private(usize),
    /// The verification has a status.
    Public(usize),
    /// Another version.
    Version,
}

/// The reference, from the so-manieth call on with a fault.
pub(crate) struct Faulty {
    pub(crate) ill: Ill,
    pub(crate) healthy_calls: std::sync::atomic::AtomicUsize,
}

impl Faulty {
    pub(crate) fn from_call(healthy_calls: usize, ill: Ill) -> Box<Self> {
        Box::new(Self { ill, healthy_calls: healthy_calls.into() })
    }
}

impl Kernel for Faulty {
    fn version(&self) -> Version {
        let version = Reference.version();
        if self.ill == Ill::Version { Version { major: 3, ..version } } else { version }
    }

    fn scratch_bytes(&self, size: Size) -> usize {
        Reference.scratch_bytes(size)
    }

    fn private(
        &self,
        keys: [&Secret; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        use std::sync::atomic::Ordering::SeqCst;
        let statuses = Reference.private(keys, input, output, scratch);
        if self.healthy_calls.fetch_update(SeqCst, SeqCst, |calls| calls.checked_sub(1)).is_ok() {
            return statuses;
        }
        match self.ill {
            Ill::Bit(lane) => output[lane][7] ^= 1,
            Ill::Modulus(lane) => {
                let (p, q) = (number(&keys[lane].p), number(&keys[lane].q));
                let size = keys[lane].size;
                let signature = BigUint::from_bytes_be(&output[lane][..size.bytes()]);
                write(&(signature + p * q), size, &mut output[lane]);
            }
            Ill::Private(lane) => return status(lane),
            Ill::Public(_) | Ill::Version => {}
        }
        statuses
    }

    fn public(
        &self,
        keys: [&Modulus; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        let statuses = Reference.public(keys, input, output, scratch);
        if let Ill::Public(lane) = self.ill { status(lane) } else { statuses }
    }
}

/// `MBX_STATUS_MISMATCH_PARAM_ERR` in one lane.
fn status(lane: usize) -> Statuses {
    Statuses(1 << (4 * lane))
}

fn number(words: &[u64]) -> BigUint {
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    BigUint::from_bytes_le(&bytes)
}

fn write(number: &BigUint, size: Size, block: &mut Block) {
    let bytes = number.to_bytes_be();
    // A number that is too large for its place is cut off: no test makes one that is right.
    let bytes = &bytes[bytes.len().saturating_sub(size.bytes())..];
    block[..size.bytes()].fill(0);
    block[size.bytes() - bytes.len()..size.bytes()].copy_from_slice(bytes);
}
