//! The portal, as configured.

/// The portal.
#[derive(Clone, Debug, Default)]
pub struct Portal {
    /// Whether it is served.
    pub enabled: bool,
}
