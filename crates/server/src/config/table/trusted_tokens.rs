//! The settings of the trusted token service.

use crate::config::parse;
use crate::config::setting::{Accept, Kind, Preset, Setting};

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[Setting {
    key: "trusted_tokens.enabled",
    environment: "CALLSIGN_TRUSTED_TOKENS_ENABLED",
    flag: Some("--trusted-tokens"),
    kind: Kind::Boolean,
    preset: Preset::Value("false"),
    values: "`true` or `false`",
    doc: "Whether users of trusted issuers get access tokens of their own at `/api/user` and `/api/token`.",
    accept: Accept::One(|config, text| {
        parse::boolean(text).map(|enabled| config.trusted_tokens.enabled = enabled)
    }),
    show: |config| config.trusted_tokens.enabled.to_string(),
}];
