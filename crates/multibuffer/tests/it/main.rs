//! The crate as others see it: with the library where it is there, and without it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail loudly, and says when it tests nothing"
)]

mod keys;
mod lanes;
mod no_library;

use std::path::{Path, PathBuf};

use callsign_multibuffer::Engine;

/// Whether this CPU could run the library at all.
fn cpu_is_able() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// The library that `CALLSIGN_CRYPTO_MB` names, or the one that `cargo xtask accel` fetched.
fn library() -> Option<PathBuf> {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/accel/lib/libcrypto_mb.so");
    std::env::var_os("CALLSIGN_CRYPTO_MB").map(PathBuf::from).or_else(|| fetched.is_file().then_some(fetched))
}

/// The engine; or a line that says why the test that asks for it tests nothing.
fn engine() -> Option<Engine> {
    let Some(library) = library().filter(|_| cpu_is_able()) else {
        println!("not tested: no AVX-512 IFMA, or no libcrypto_mb (`cargo xtask accel` fetches it)");
        return None;
    };
    Some(Engine::load(Some(&library)).unwrap())
}
