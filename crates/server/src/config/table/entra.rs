//! The settings of who else is trusted than the holders of access keys.

use crate::config::entra::{self, RoleAssignment, TrustedIssuer};
use crate::config::parse;
use crate::config::setting::{Accept, Kind, Preset, Setting};

/// All of them, section by section.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "entra.tenants",
        environment: "CALLSIGN_ENTRA_TENANTS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of the ids of Microsoft Entra tenants",
        doc: "Tenants whose tokens are trusted. Their keys are read from `login.microsoftonline.com`. What a caller of one may do is \
              said by `entra.roles`; their users may exchange tokens.",
        accept: Accept::Each {
            clear: |config| config.entra.tenants.clear(),
            push: |config, text| entra::guid(text).map(|tenant| config.entra.tenants.push(tenant)),
        },
        show: |config| joined(&config.entra.tenants),
    },
    Setting {
        key: "entra.issuers",
        environment: "CALLSIGN_ENTRA_ISSUERS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of addresses of OpenID providers, each optionally followed by `tenant=<guid>`, `issuer=<URL>`, `keys=<URL>`",
        doc: "Other OpenID providers whose tokens are trusted, by issuer or by discovery document. Nothing is asked but the host of that \
              document, unless `keys=` names where the keys are. `issuer=` is for one whose issuer is not its address. Only with `tenant=` \
              are tokens of its users exchanged: they are then users of that tenant.",
        accept: Accept::Each {
            clear: |config| config.entra.issuers.clear(),
            push: |config, text| text.parse().map(|issuer: TrustedIssuer| config.entra.issuers.push(issuer)),
        },
        show: |config| joined(&config.entra.issuers),
    },
    Setting {
        key: "entra.audiences",
        environment: "CALLSIGN_ENTRA_AUDIENCES",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of audiences as they stand in tokens",
        doc: "Audiences that tokens of callers may have besides `https://communication.azure.com`, which the official clients ask for.",
        accept: Accept::Each {
            clear: |config| config.entra.audiences.clear(),
            push: |config, text| entra::audience(text).map(|audience| config.entra.audiences.push(audience)),
        },
        show: |config| joined(&config.entra.audiences),
    },
    Setting {
        key: "entra.roles",
        environment: "CALLSIGN_ENTRA_ROLES",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of `<role> on <resource or *> for application|principal <id> [of <tenant id or issuer>]`",
        doc: "What callers with a token may do. A `reader` reads identities, assignments, revocations and whether a token is good; an \
              `issuer` besides creates identities and issues, exchanges and revokes tokens; a `contributor` may do all that an access key \
              can. An `application` has its role when it speaks for itself; a `principal` is a user, service principal or managed \
              identity, by its object id or else its subject. `of` may be left out where only one tenant or issuer is trusted.",
        accept: Accept::Each {
            clear: |config| config.entra.roles.clear(),
            push: |config, text| text.parse().map(|role: RoleAssignment| config.entra.roles.push(role)),
        },
        show: |config| joined(&config.entra.roles),
    },
    Setting {
        key: "cors.origins",
        environment: "CALLSIGN_CORS_ORIGINS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of origins, like `https://app.example.com`",
        doc: "Web pages whose script may call the two exchanges of users' own tokens and read the key set.",
        accept: Accept::Each {
            clear: |config| config.cors_origins.clear(),
            push: |config, text| entra::origin(text).map(|origin| config.cors_origins.push(origin)),
        },
        show: |config| joined(&config.cors_origins),
    },
    Setting {
        key: "dev_entra.enabled",
        environment: "CALLSIGN_DEV_ENTRA_ENABLED",
        flag: Some("--dev-entra"),
        kind: Kind::Boolean,
        preset: Preset::Value("false"),
        values: "`true` or `false`",
        doc: "Whether the server is an Entra authority too, for development on this machine: everybody who can reach it may be anyone it \
              knows. It is refused unless every listener is on this machine. Refusals then tell their reason.",
        accept: Accept::One(|config, text| {
            parse::boolean(text).map(|enabled| config.dev_entra.enabled = enabled)
        }),
        show: |config| config.dev_entra.enabled.to_string(),
    },
    Setting {
        key: "dev_entra.tenant",
        environment: "CALLSIGN_DEV_ENTRA_TENANT",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value(crate::config::DevEntra::TENANT),
        values: "a guid",
        doc: "The tenant of the development authority.",
        accept: Accept::One(|config, text| entra::guid(text).map(|tenant| config.dev_entra.tenant = tenant)),
        show: |config| config.dev_entra.tenant.to_string(),
    },
    Setting {
        key: "dev_entra.applications",
        environment: "CALLSIGN_DEV_ENTRA_APPLICATIONS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of `<client id> [secret=…] [object=<guid>] [role=reader|issuer|contributor|none]`",
        doc: "The applications of the development authority, instead of the one that it has by itself and that of `az`. Their secret \
              is `callsign` and their role at every resource `contributor`, unless they say otherwise. Without a secret (`secret=`) \
              one signs in users only.",
        accept: Accept::Each {
            clear: |config| config.dev_entra.applications.clear(),
            push: |config, text| {
                text.parse().map(|application| config.dev_entra.applications.push(application))
            },
        },
        show: |config| joined(&config.dev_entra.applications),
    },
    Setting {
        key: "dev_entra.users",
        environment: "CALLSIGN_DEV_ENTRA_USERS",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of `<name> [password=…] [object=<guid>] [groups=<guid>+<guid>] [role=reader|issuer|contributor|none]`",
        doc: "The users of the development authority, instead of `alice@callsign.test` and `bob@callsign.test`. Their password is \
              `callsign`, and they have no role, unless they say otherwise.",
        accept: Accept::Each {
            clear: |config| config.dev_entra.users.clear(),
            push: |config, text| text.parse().map(|user| config.dev_entra.users.push(user)),
        },
        show: |config| joined(&config.dev_entra.users),
    },
];

pub(super) fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
