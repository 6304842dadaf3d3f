//! What the CPU can do.

/// The first instruction set that the library needs and the CPU, or its operating system, does not offer.
#[cfg(target_arch = "x86_64")]
pub(crate) fn missing() -> Option<&'static str> {
    [
        ("AVX-512 F", std::arch::is_x86_feature_detected!("avx512f")),
        ("AVX-512 DQ", std::arch::is_x86_feature_detected!("avx512dq")),
        ("AVX-512 BW", std::arch::is_x86_feature_detected!("avx512bw")),
        ("AVX-512 VL", std::arch::is_x86_feature_detected!("avx512vl")),
        ("AVX-512 IFMA", std::arch::is_x86_feature_detected!("avx512ifma")),
    ]
    .into_iter()
    .find_map(|(name, there)| (!there).then_some(name))
}

/// The first instruction set that the library needs and the CPU, or its operating system, does not offer.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn missing() -> Option<&'static str> {
    Some("AVX-512")
}
