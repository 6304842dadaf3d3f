//! The settings of the portal.

use crate::config::parse;
use crate::config::setting::{Accept, Kind, Preset, Setting};

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[Setting {
    key: "portal.enabled",
    environment: "CALLSIGN_PORTAL_ENABLED",
    flag: None,
    kind: Kind::Boolean,
    preset: Preset::Value("true"),
    values: "`true` or `false`",
    doc: "Whether the portal is served at `/portal`: over https, or to this machine.",
    accept: Accept::One(|config, text| parse::boolean(text).map(|enabled| config.portal.enabled = enabled)),
    show: |config| config.portal.enabled.to_string(),
}];
