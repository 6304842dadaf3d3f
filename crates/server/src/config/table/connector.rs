//! The settings of the connector.

use crate::config::parse;
use crate::config::setting::{Accept, Kind, Preset, Setting};

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[Setting {
    key: "connector.enabled",
    environment: "CALLSIGN_CONNECTOR_ENABLED",
    flag: Some("--connector"),
    kind: Kind::Boolean,
    preset: Preset::Value("false"),
    values: "`true` or `false`",
    doc: "Whether a Power Platform connector may call `/connector`, over https, with a connection string or an access key in a header.",
    accept: Accept::One(|config, text| {
        parse::boolean(text).map(|enabled| config.connector.enabled = enabled)
    }),
    show: |config| config.connector.enabled.to_string(),
}];
