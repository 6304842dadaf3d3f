//! The settings of where the server listens.

use crate::config::parse::{self, OFF};
use crate::config::setting::{Accept, Kind, Preset, Setting};
use crate::config::table::or;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        key: "listen.https",
        environment: "CALLSIGN_LISTEN_HTTPS",
        flag: Some("--https"),
        kind: Kind::Text,
        preset: Preset::Value("127.0.0.1:8443"),
        values: "an IP address with a port, or `off`",
        doc: "Where https is served. Port 0 takes any free port.",
        accept: Accept::One(|config, text| {
            parse::listener(text).map(|address| config.listen.https = address)
        }),
        show: |config| or(config.listen.https, OFF),
    },
    Setting {
        key: "listen.http",
        environment: "CALLSIGN_LISTEN_HTTP",
        flag: Some("--http"),
        kind: Kind::Text,
        preset: Preset::Value("127.0.0.1:8080"),
        values: "an IP address with a port, or `off`",
        doc: "Where plain http is served. Port 0 takes any free port. At least one of the two listeners must be on.",
        accept: Accept::One(|config, text| parse::listener(text).map(|address| config.listen.http = address)),
        show: |config| or(config.listen.http, OFF),
    },
    Setting {
        key: "listen.allow_remote_http",
        environment: "CALLSIGN_LISTEN_ALLOW_REMOTE_HTTP",
        flag: Some("--allow-remote-http"),
        kind: Kind::Boolean,
        preset: Preset::Value("false"),
        values: "`true` or `false`",
        doc: "Whether plain http may be served beyond this machine. Tokens and signed requests can then be read on the \
              way: only for a network that is trusted, such as that of a proxy which speaks TLS to the outside.",
        accept: Accept::One(|config, text| {
            parse::boolean(text).map(|allowed| config.listen.allow_remote_http = allowed)
        }),
        show: |config| config.listen.allow_remote_http.to_string(),
    },
    Setting {
        key: "listen.metrics",
        environment: "CALLSIGN_LISTEN_METRICS",
        flag: Some("--metrics"),
        kind: Kind::Text,
        preset: Preset::Value("127.0.0.1:9464"),
        values: "an IP address with a port, or `off`",
        doc: "Where `/metrics`, `/health/live` and `/health/ready` are served over plain http, for Prometheus. Port 0 takes any \
              free port. What is told there names no identity and no caller, and whoever reaches the address may read it. When \
              the address cannot be listened on, the server serves all the same, without metrics, and says so.",
        accept: Accept::One(|config, text| {
            parse::listener(text).map(|address| config.listen.metrics = address)
        }),
        show: |config| or(config.listen.metrics, OFF),
    },
];
