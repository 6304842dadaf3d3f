//! The settings of the trusted token service.

use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::scope::Scope;

use super::entra::joined;
use crate::config::fault::Complaint;
use crate::config::setting::{Accept, Kind, Preset, Setting};
use crate::config::{entra, parse, trusted_tokens};

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
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
    },
    Setting {
        key: "trusted_tokens.audiences",
        environment: "CALLSIGN_TRUSTED_TOKENS_AUDIENCES",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of audiences as they stand in tokens, like `api://07474a86-625a-452f-977b-db4e13f21260`",
        doc: "For whom the tokens are that its callers show: the application that stands for this service at the issuer. One at least is \
              needed, unless the development authority is on, whose tokens for `api://callsign` are taken.",
        accept: Accept::Each {
            clear: |config| config.trusted_tokens.audiences.clear(),
            push: |config, text| {
                entra::audience(text).map(|audience| config.trusted_tokens.audiences.push(audience))
            },
        },
        show: |config| joined(&config.trusted_tokens.audiences),
    },
    Setting {
        key: "trusted_tokens.permission",
        environment: "CALLSIGN_TRUSTED_TOKENS_PERMISSION",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("access_as_user"),
        values: "1 to 256 visible characters of ASCII, without blanks",
        doc: "The permission (`scp` or `scope` claim) that a caller's token needs to get an access token.",
        accept: Accept::One(|config, text| {
            trusted_tokens::permission(text).map(|permission| config.trusted_tokens.permission = permission)
        }),
        show: |config| config.trusted_tokens.permission.clone(),
    },
    Setting {
        key: "trusted_tokens.scopes",
        environment: "CALLSIGN_TRUSTED_TOKENS_SCOPES",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of `chat`, `voip`, `chat.join`, `chat.join.limited`, `voip.join`",
        doc: "What the issued access tokens allow: chat and voip if nothing is listed.",
        accept: Accept::Each {
            clear: |config| config.trusted_tokens.scopes.clear(),
            push: |config, text| {
                let choices = Scope::ALL.map(|scope| (scope.as_str(), scope));
                parse::choice(text, &choices).map(|scope| config.trusted_tokens.scopes.push(scope))
            },
        },
        show: |config| joined(&config.trusted_tokens.scopes),
    },
    Setting {
        key: "trusted_tokens.lifetime_minutes",
        environment: "CALLSIGN_TRUSTED_TOKENS_LIFETIME_MINUTES",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("1440"),
        values: "60 to 1440 minutes",
        doc: "How long the issued access tokens live.",
        accept: Accept::One(|config, text| {
            let minutes: u16 = parse::whole(text, 60..=1440, "of minutes")?;
            let lifetime = Lifetime::from_minutes(i64::from(minutes));
            config.trusted_tokens.lifetime =
                lifetime.ok_or_else(|| Complaint::new("it is no lifetime", "Give 60 to 1440 minutes"))?;
            Ok(())
        }),
        show: |config| config.trusted_tokens.lifetime.minutes().to_string(),
    },
    Setting {
        key: "trusted_tokens.origins",
        environment: "CALLSIGN_TRUSTED_TOKENS_ORIGINS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of origins, like `https://app.example.com`",
        doc: "Web pages whose script may call the service. `cors.origins` opens other routes, and not these.",
        accept: Accept::Each {
            clear: |config| config.trusted_tokens.origins.clear(),
            push: |config, text| entra::origin(text).map(|origin| config.trusted_tokens.origins.push(origin)),
        },
        show: |config| joined(&config.trusted_tokens.origins),
    },
    Setting {
        key: "trusted_tokens.requests_per_minute",
        environment: "CALLSIGN_TRUSTED_TOKENS_REQUESTS_PER_MINUTE",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("60"),
        values: "1 to 1000000",
        doc: "How many requests one caller may make in a minute before it is told to wait.",
        accept: Accept::One(|config, text| {
            config.trusted_tokens.requests_per_minute = parse::whole(text, 1..=1_000_000, "of requests")?;
            Ok(())
        }),
        show: |config| config.trusted_tokens.requests_per_minute.to_string(),
    },
];
