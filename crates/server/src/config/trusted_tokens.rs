//! The trusted token service, as configured.

/// The trusted token service: users get their own tokens.
#[derive(Clone, Debug, Default)]
pub struct TrustedTokens {
    /// Whether it is served.
    pub enabled: bool,
}
