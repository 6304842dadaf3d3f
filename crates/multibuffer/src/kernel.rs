//! What does the arithmetic: eight RSA operations at once, on plain numbers. It knows no padding and checks nothing.

use std::fmt;

use zeroize::{DefaultIsZeroes, Zeroize};

use crate::private_key::{Modulus, Secret, Size};

/// Signatures that are made at once.
pub const LANES: usize = 8;

/// Room for a number of the largest size, big-endian from its first byte on.
pub(crate) type Block = [u8; Size::BYTES_MAX];

/// One number for each lane.
pub(crate) type Blocks = [Block; LANES];

/// Eight RSA operations at once, each with a key of its own. Of each block the first [`Size::bytes`] bytes count.
pub(crate) trait Kernel: Send + Sync {
    /// What the kernel says of itself.
    fn version(&self) -> Version;

    /// How much scratch memory one call needs.
    fn scratch_bytes(&self, size: Size) -> usize;

    /// `output = input ^ d mod n` in each lane. Leaves secrets in the scratch memory.
    fn private(
        &self,
        keys: [&Secret; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses;

    /// `output = input ^ 65537 mod n` in each lane.
    fn public(
        &self,
        keys: [&Modulus; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses;
}

/// What a kernel says of each lane: four bits each, zero when all is well (`mbx_status`, crypto_mb/status.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statuses(pub(crate) u32);

impl Statuses {
    /// Nothing was calculated: the parameters do not match, in all lanes.
    pub(crate) const MISMATCH: Self = Self(0x1111_1111);

    /// The status of one lane.
    pub(crate) const fn of(self, lane: usize) -> u32 {
        (self.0 >> ((lane % LANES) * 4)) & 0xF
    }
}

/// The version that a library says it has. Interface version 11 came with 1.0, 13 with 2.0 (crypto_mb/version.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Changes when the interface does.
    pub major: i32,
    /// Changes when something is added.
    pub minor: i32,
    /// Changes with everything else.
    pub patch: i32,
}

impl Version {
    /// Whether its interface is the one that is called here.
    pub(crate) const fn is_understood(self) -> bool {
        matches!(self.major, 1 | 2)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// Scratch memory of a kernel, wiped when it is dropped.
pub(crate) struct Scratch(Vec<Line>);

/// A cache line: what a kernel aligns to, and wide enough that wiping takes no time.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Line(
    #[cfg_attr(not(test), expect(dead_code, reason = "only kernels read it, by its address"))] [u64; 8],
);

impl DefaultIsZeroes for Line {}

impl Scratch {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(vec![Line::default(); bytes.div_ceil(size_of::<Line>())])
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.len() * size_of::<Line>()
    }

    /// Where it begins, for a kernel that writes [`bytes`](Self::bytes) at most.
    pub(crate) fn start(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }

    #[cfg(test)]
    pub(crate) fn words(&mut self) -> impl Iterator<Item = &mut u64> {
        self.0.iter_mut().flat_map(|line| line.0.iter_mut())
    }

    pub(crate) fn wipe(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.wipe();
    }
}
