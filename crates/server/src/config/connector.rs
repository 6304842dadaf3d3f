//! The connector, as configured.

/// The connector for Power Platform.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// Whether it is served.
    pub enabled: bool,
}
