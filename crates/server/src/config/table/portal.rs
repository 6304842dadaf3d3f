//! The settings of the portal.

use crate::config::entra;
use crate::config::parse;
use crate::config::portal::principal;
use crate::config::setting::{Accept, Kind, Preset, Setting};

use super::{MASKED, NOT_SET};

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "portal.enabled",
        environment: "CALLSIGN_PORTAL_ENABLED",
        flag: None,
        kind: Kind::Boolean,
        preset: Preset::Value("true"),
        values: "`true` or `false`",
        doc: "Whether the portal is served at `/portal`: over https, or to this machine.",
        accept: Accept::One(|config, text| {
            parse::boolean(text).map(|enabled| config.portal.enabled = enabled)
        }),
        show: |config| config.portal.enabled.to_string(),
    },
    Setting {
        key: "portal.openid_provider",
        environment: "CALLSIGN_PORTAL_OPENID_PROVIDER",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Described {
            words: "nobody signs in but by a link",
            sample: "https://id.example.com",
        },
        values: "the id of a Microsoft Entra tenant, or the address of an OpenID provider, optionally followed by `tenant=<guid>`, \
                 `issuer=<URL>`, `keys=<URL>`, `token=<URL>`",
        doc: "Where people sign in to the portal, besides by a link. Register `<address of the server>/portal/openid/callback` there as \
              redirect URI. `keys=` and `token=` name where keys are and codes are redeemed when that is another host.",
        accept: Accept::One(|config, text| {
            text.parse().map(|provider| config.portal.openid_provider = Some(provider))
        }),
        show: |config| config.portal.openid_provider.as_ref().map_or(NOT_SET.to_owned(), ToString::to_string),
    },
    Setting {
        key: "portal.openid_client_id",
        environment: "CALLSIGN_PORTAL_OPENID_CLIENT_ID",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Described { words: "none", sample: "07474a86-625a-452f-977b-db4e13f21260" },
        values: "a client id",
        doc: "Who the portal is at that provider.",
        accept: Accept::One(|config, text| {
            entra::audience(text).map(|id| config.portal.openid_client_id = Some(id))
        }),
        show: |config| config.portal.openid_client_id.clone().unwrap_or_else(|| NOT_SET.to_owned()),
    },
    Setting {
        key: "portal.openid_client_secret",
        environment: "CALLSIGN_PORTAL_OPENID_CLIENT_SECRET",
        flag: None,
        kind: Kind::Secret,
        preset: Preset::Described { words: "none: the portal is a public client", sample: "" },
        values: "a secret",
        doc: "The secret of that client, if it has one. It is taken from the environment or from the systemd credential \
              `callsign.portal-openid-client-secret`, never from the configuration file or a flag.",
        accept: Accept::One(|config, text| {
            parse::secret(text).map(|secret| config.portal.openid_client_secret = Some(secret))
        }),
        show: |config| config.portal.openid_client_secret.as_ref().map_or(NOT_SET, |_| MASKED).to_owned(),
    },
    Setting {
        key: "portal.administrators",
        environment: "CALLSIGN_PORTAL_ADMINISTRATORS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of object ids, or of subjects where a provider has none",
        doc: "Who of that provider may do everything in the portal. Others may do what `entra.roles` says of them, and nobody else gets in.",
        accept: Accept::Each {
            clear: |config| config.portal.administrators.clear(),
            push: |config, text| principal(text).map(|id| config.portal.administrators.push(id)),
        },
        show: |config| config.portal.administrators.join(", "),
    },
];
