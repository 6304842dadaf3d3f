//! Loads `libcrypto_mb`, binds its functions and calls them. The one module with `unsafe`; it decides nothing.
//!
//! What the functions take is written in the library's headers `crypto_mb/rsa.h`, `crypto_mb/version.h`,
//! `crypto_mb/cpu_features.h` and `crypto_mb/status.h`.

#![expect(unsafe_code, reason = "calls foreign functions; each block says why it is sound")]

use std::ffi::{OsStr, c_int};
use std::path::{Path, absolute};
use std::ptr;

use libloading::Library as Loaded;

use crate::kernel::{Blocks, Kernel, LANES, Scratch, Statuses, Version};
use crate::private_key::{Modulus, Secret, Size};
use crate::unavailable::Unavailable;

/// Where systems have it: the number is the major interface version. The bare name comes with the development files.
const NAMES: [&str; 4] =
    ["libcrypto_mb.so.13", "libcrypto_mb.so.12", "libcrypto_mb.so.11", "libcrypto_mb.so"];

/// Intel's compiler runtime, which the library needs: each after what it needs itself. PyPI's `intel-cmplr-lib-rt` puts
/// them beside the library, where the system does not look; one that is loaded already is found by its name.
const RUNTIME: [&str; 4] = ["libintlc.so.5", "libimf.so", "libirng.so", "libsvml.so"];

/// More scratch memory than any kernel wants (2.3.0 wants 109,256 bytes for RSA-4096): what asks for more is another library.
const SCRATCH_BYTES_MAX: usize = 1 << 20;

/// `mbx_RSA_Method`, which is opaque.
enum Method {}

/// The beginning of `mbxVersion`. What follows is not the same in all versions.
#[repr(C)]
struct RawVersion {
    major: c_int,
    minor: c_int,
    patch: c_int,
}

type GetVersion = unsafe extern "C" fn() -> *const RawVersion;
type IsApplicable = unsafe extern "C" fn(features: u64) -> c_int;
type MethodOf = unsafe extern "C" fn(bits: c_int) -> *const Method;
type BufferSize = unsafe extern "C" fn(method: *const Method) -> c_int;

/// Big-endian numbers, one pointer for each lane.
type From = *const *const u8;
type To = *const *mut u8;
/// Little-endian numbers, one pointer for each lane.
type Words = *const *const u64;

type PrivateCrt = unsafe extern "C" fn(
    from: From,
    to: To,
    p: Words,
    q: Words,
    dp: Words,
    dq: Words,
    qinv: Words,
    bits: c_int,
    method: *const Method,
    buffer: *mut u8,
) -> u32;

type Public = unsafe extern "C" fn(
    from: From,
    to: To,
    n: Words,
    bits: c_int,
    method: *const Method,
    buffer: *mut u8,
) -> u32;

/// The loaded library. Its functions are used from one thread first, by the self-test, so that what it sets up on the
/// first call is set up before threads share it; after that they touch only what they are given.
pub(crate) struct Library {
    private_crt: PrivateCrt,
    public: Public,
    version: Version,
    scratch_bytes: [(Size, usize); 3],
    // Last, and the library before what it needs: they are unloaded in this order, when nothing can call them any more.
    _library: Loaded,
    _runtime: Vec<Loaded>,
}

impl Library {
    /// Loads the library at the path, with the runtime beside it; or the first that the system finds.
    pub(crate) fn open(explicit: Option<&Path>) -> Result<Self, Unavailable> {
        match explicit {
            Some(path) => {
                let path = absolute(path).map_err(|error| missing(path, &error.to_string()))?;
                if !path.is_file() {
                    return Err(missing(&path, "there is no such file"));
                }
                let runtime = RUNTIME.into_iter().map(|name| path.with_file_name(name));
                // One that does not load is not fatal here: the system may have another, and the library will say so.
                let runtime = runtime
                    .filter(|path| path.is_file())
                    .filter_map(|path| load(path.as_os_str()).ok())
                    .collect();
                let library = load(path.as_os_str()).map_err(|reason| missing(&path, &reason))?;
                Self::bind(library, runtime)
            }
            None => Self::bind(installed()?, Vec::new()),
        }
    }

    fn bind(library: Loaded, runtime: Vec<Loaded>) -> Result<Self, Unavailable> {
        // SAFETY: the type is that of the function in version.h.
        let get_version: GetVersion = unsafe { function(&library, "mbx_getversion") }?;
        let version = version(get_version)?;
        // SAFETY: the type is that of the function in cpu_features.h.
        let is_applicable: IsApplicable = unsafe { function(&library, "mbx_is_crypto_mb_applicable") }?;
        // SAFETY: the types are those of rsa.h, from here on.
        let private_method: MethodOf = unsafe { function(&library, "mbx_RSA_private_crt_Method") }?;
        // SAFETY: as above.
        let public_method: MethodOf = unsafe { function(&library, "mbx_RSA_pub65537_Method") }?;
        // SAFETY: as above.
        let buffer_size: BufferSize = unsafe { function(&library, "mbx_RSA_Method_BufSize") }?;
        // SAFETY: as above.
        let private_crt: PrivateCrt = unsafe { function(&library, "mbx_rsa_private_crt_mb8") }?;
        // SAFETY: as above.
        let public: Public = unsafe { function(&library, "mbx_rsa_public_mb8") }?;

        // SAFETY: it takes any number; zero has it ask the CPU itself.
        if unsafe { is_applicable(0) } == 0 {
            return Err(Unavailable::Cpu { missing: "an instruction set that libcrypto_mb looks for" });
        }
        let mut scratch_bytes = Size::ALL.map(|size| (size, 0));
        for (size, bytes) in &mut scratch_bytes {
            for method in [private_method, public_method] {
                *bytes = scratch(*size, method, buffer_size)?.max(*bytes);
            }
        }
        Ok(Self { private_crt, public, version, scratch_bytes, _library: library, _runtime: runtime })
    }

    fn takes(&self, sizes: [Size; LANES], scratch: &Scratch) -> Option<c_int> {
        let [size, ..] = sizes;
        let fits = sizes.iter().all(|other| *other == size) && scratch.bytes() >= self.scratch_bytes(size);
        fits.then(|| size.bits())
    }
}

impl Kernel for Library {
    fn version(&self) -> Version {
        self.version
    }

    fn scratch_bytes(&self, size: Size) -> usize {
        // No size is missing; one that were would get more than any needs.
        self.scratch_bytes.iter().find(|(of, _)| *of == size).map_or(SCRATCH_BYTES_MAX, |(_, bytes)| *bytes)
    }

    fn private(
        &self,
        keys: [&Secret; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        let Some(bits) = self.takes(keys.map(|key| key.size), scratch) else {
            return Statuses::MISMATCH;
        };
        let from = input.each_ref().map(|block| block.as_ptr());
        let to = output.each_mut().map(|block| block.as_mut_ptr());
        let p = keys.map(|key| key.p.as_ptr());
        let q = keys.map(|key| key.q.as_ptr());
        let dp = keys.map(|key| key.dp.as_ptr());
        let dq = keys.map(|key| key.dq.as_ptr());
        let qinv = keys.map(|key| key.qinv.as_ptr());
        // SAFETY: each array has the eight pointers that the function reads. Each points to as many bytes as the modulus
        // has (a block has room for the largest), or to half of them in words (so has a `Secret`); the output blocks are
        // borrowed for writing and are no input. Without a method the function takes the one for `bits`, and `takes` has
        // seen that the scratch memory is as large as that one wants.
        let status = unsafe {
            (self.private_crt)(
                from.as_ptr(),
                to.as_ptr(),
                p.as_ptr(),
                q.as_ptr(),
                dp.as_ptr(),
                dq.as_ptr(),
                qinv.as_ptr(),
                bits,
                ptr::null(),
                scratch.start(),
            )
        };
        Statuses(status)
    }

    fn public(
        &self,
        keys: [&Modulus; LANES],
        input: &Blocks,
        output: &mut Blocks,
        scratch: &mut Scratch,
    ) -> Statuses {
        let Some(bits) = self.takes(keys.map(|key| key.size), scratch) else {
            return Statuses::MISMATCH;
        };
        let from = input.each_ref().map(|block| block.as_ptr());
        let to = output.each_mut().map(|block| block.as_mut_ptr());
        let n = keys.map(|key| key.words.as_ptr());
        // SAFETY: as in `private`; a `Modulus` has room for the largest.
        let status = unsafe {
            (self.public)(from.as_ptr(), to.as_ptr(), n.as_ptr(), bits, ptr::null(), scratch.start())
        };
        Statuses(status)
    }
}

/// The first that the system finds. Where it is there and does not load, that is what is told.
fn installed() -> Result<Loaded, Unavailable> {
    let mut reasons = Vec::new();
    for name in NAMES {
        match load(OsStr::new(name)) {
            Ok(library) => return Ok(library),
            Err(reason) => reasons.push((name, reason)),
        }
    }
    let telling = reasons.iter().find(|(name, reason)| !reason.starts_with(name));
    let reason = telling.or(reasons.first()).map(|(_, reason)| reason.clone());
    Err(Unavailable::Library { reason: reason.unwrap_or_default() })
}

/// Loads a library, or says what the system says.
fn load(name: &OsStr) -> Result<Loaded, String> {
    // SAFETY: this runs what the library runs when it is loaded. It is one that the operator has installed or named, and
    // those of Intel only look at the CPU then.
    let loaded = unsafe { Loaded::new(name) };
    loaded.map_err(|error| {
        std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string)
    })
}

fn missing(path: &Path, reason: &str) -> Unavailable {
    let path = path.display().to_string();
    // The system mostly begins with the path itself.
    let reason = if reason.contains(&path) { reason.to_owned() } else { format!("{path}: {reason}") };
    Unavailable::Library { reason }
}

/// One function of the library, as long as the library is loaded.
///
/// # Safety
/// `F` is the type of the function.
unsafe fn function<F: Copy>(library: &Loaded, name: &'static str) -> Result<F, Unavailable> {
    // SAFETY: by the contract of this function.
    let symbol = unsafe { library.get::<F>(name) };
    symbol.map(|symbol| *symbol).map_err(|_| Unavailable::Symbol { name })
}

fn version(get_version: GetVersion) -> Result<Version, Unavailable> {
    // SAFETY: it takes nothing.
    let raw = unsafe { get_version() };
    // SAFETY: it answers a constant of the library, or null.
    let Some(raw) = (unsafe { raw.as_ref() }) else {
        return Err(Unavailable::Symbol { name: "mbx_getversion" });
    };
    let version = Version { major: raw.major, minor: raw.minor, patch: raw.patch };
    if version.is_understood() { Ok(version) } else { Err(Unavailable::Version { found: version }) }
}

/// How much scratch memory the method for a size wants.
fn scratch(size: Size, method_of: MethodOf, buffer_size: BufferSize) -> Result<usize, Unavailable> {
    // SAFETY: it takes any number, and answers null to one that it does not know.
    let method = unsafe { method_of(size.bits()) };
    if method.is_null() {
        return Err(Unavailable::SelfTest { reason: format!("it has no method for RSA-{}", size.bits()) });
    }
    // SAFETY: this is a method of the library.
    let bytes = unsafe { buffer_size(method) };
    usize::try_from(bytes).ok().filter(|bytes| (1..=SCRATCH_BYTES_MAX).contains(bytes)).ok_or_else(|| {
        Unavailable::SelfTest { reason: format!("it wants {bytes} bytes of memory for RSA-{}", size.bits()) }
    })
}
