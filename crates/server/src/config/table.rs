//! The table of all settings. Parsing, the example file, the reference page and `config show` are made from it.

mod connector;
mod entra;
mod listen;
mod portal;
mod telemetry;
mod trusted_tokens;

use super::parse::{self, OFF};
use super::setting::{Accept, Kind, Preset, Setting};
use super::{CryptoMb, LimitsProfile, LogFormat};

const NOT_SET: &str = "(not set)";
const MASKED: &str = "(hidden)";

/// All settings: those above all sections first, then section by section.
pub fn settings() -> impl Iterator<Item = &'static Setting> + Clone {
    let own = [ABOVE_SECTIONS, listen::SETTINGS, SECTIONS, entra::SETTINGS];
    let sites = [portal::SETTINGS, connector::SETTINGS, trusted_tokens::SETTINGS];
    own.into_iter().chain(sites).chain([telemetry::SETTINGS]).flatten()
}

const ABOVE_SECTIONS: &[Setting] = &[
    Setting {
        key: "data_dir",
        environment: "CALLSIGN_DATA_DIR",
        flag: Some("--data-dir"),
        kind: Kind::Path,
        preset: Preset::Described {
            words: "`callsign` in the platform's folder for data, such as `~/.local/share/callsign` on Linux",
            sample: "data",
        },
        values: "a path",
        doc: "The folder that holds the database, keys and certificates. It is made if it is not there.",
        accept: Accept::One(|config, text| parse::path(text).map(|path| config.data_dir = path)),
        show: |config| config.data_dir.display().to_string(),
    },
    Setting {
        key: "public_url",
        environment: "CALLSIGN_PUBLIC_URL",
        flag: Some("--public-url"),
        kind: Kind::Text,
        preset: Preset::Value("https://localhost:8443"),
        values: "an `https` or `http` URL of scheme, host and port",
        doc: "The address that clients know this server by. It is the `iss` claim of every token, for all resources, \
              so tokens issued before a change do not verify after it.",
        accept: Accept::One(|config, text| text.parse().map(|url| config.public_url = url)),
        show: |config| config.public_url.to_string(),
    },
    Setting {
        key: "hosts",
        environment: "CALLSIGN_HOSTS",
        flag: Some("--host"),
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of host names or IP addresses, without port",
        doc: "More host names that lead to the default resource. Every `<resource>.<any domain>` leads to its \
              resource without being listed.",
        accept: Accept::Each {
            clear: |config| config.hosts.clear(),
            push: |config, text| parse::host(text).map(|host| config.hosts.push(host)),
        },
        show: |config| config.hosts.join(", "),
    },
    Setting {
        key: "key_encryption_key",
        environment: "CALLSIGN_KEY_ENCRYPTION_KEY",
        flag: None,
        kind: Kind::Secret,
        preset: Preset::Described {
            words: "a file in the data folder, made at the first start, that only its owner can read",
            sample: "",
        },
        values: "a secret",
        doc: "The key that wraps signing keys and access keys at rest. It is taken from the environment or from the \
              systemd credential `callsign.key-encryption-key`, never from the configuration file or a flag. If it \
              is lost, the keys that it wraps are lost.",
        accept: Accept::One(|config, text| {
            parse::secret(text).map(|secret| config.key_encryption_key = Some(secret))
        }),
        show: |config| config.key_encryption_key.as_ref().map_or(NOT_SET, |_| MASKED).to_owned(),
    },
    Setting {
        key: "crypto_mb",
        environment: "CALLSIGN_CRYPTO_MB",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("auto"),
        values: "`auto`, `off`, or the path of `libcrypto_mb.so`",
        doc: "The library that makes eight RSA signatures at once, on CPUs with AVX-512 IFMA. `auto` takes the one that the \
              system finds. Where it cannot be had, tokens are signed one by one; `callsign doctor` says why.",
        accept: Accept::One(|config, text| {
            config.signing.crypto_mb = match text {
                "auto" => CryptoMb::Auto,
                OFF => CryptoMb::Off,
                _ => CryptoMb::At(parse::path(text)?),
            };
            Ok(())
        }),
        show: |config| match &config.signing.crypto_mb {
            CryptoMb::Auto => "auto".to_owned(),
            CryptoMb::Off => OFF.to_owned(),
            CryptoMb::At(path) => path.display().to_string(),
        },
    },
];

const SECTIONS: &[Setting] = &[
    Setting {
        key: "tls.certificate",
        environment: "CALLSIGN_TLS_CERTIFICATE",
        flag: Some("--tls-certificate"),
        kind: Kind::Path,
        preset: Preset::Described {
            words: "a certificate that the server makes, signed by an authority of its own in the data folder",
            sample: "certificate.pem",
        },
        values: "the path of a PEM file",
        doc: "The certificate for https with its chain. It needs `tls.private_key` too. The files are read again when \
              they change.",
        accept: Accept::One(|config, text| parse::path(text).map(|path| config.tls.certificate = Some(path))),
        show: |config| or(config.tls.certificate.as_ref().map(|path| path.display()), NOT_SET),
    },
    Setting {
        key: "tls.private_key",
        environment: "CALLSIGN_TLS_PRIVATE_KEY",
        flag: Some("--tls-private-key"),
        kind: Kind::Path,
        preset: Preset::Described {
            words: "the key of the certificate that the server makes",
            sample: "private-key.pem",
        },
        values: "the path of a PEM file",
        doc: "The private key of `tls.certificate`.",
        accept: Accept::One(|config, text| parse::path(text).map(|path| config.tls.private_key = Some(path))),
        show: |config| or(config.tls.private_key.as_ref().map(|path| path.display()), NOT_SET),
    },
    Setting {
        key: "tls.names",
        environment: "CALLSIGN_TLS_NAMES",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of host names, `*.` and a host name, or IP addresses",
        doc: "More names in the certificate that the server makes, which has `localhost`, `127.0.0.1`, `::1` and each \
              `<resource>.localhost` without being told. It changes nothing in a certificate of your own.",
        accept: Accept::Each {
            clear: |config| config.tls.names.clear(),
            push: |config, text| parse::certificate_name(text).map(|name| config.tls.names.push(name)),
        },
        show: |config| config.tls.names.join(", "),
    },
    Setting {
        key: "resource.name",
        environment: "CALLSIGN_RESOURCE_NAME",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("default"),
        values: "1 to 63 lower-case letters, digits and inner hyphens",
        doc: "The name of the resource that the first start makes. Later starts do not look at it.",
        accept: Accept::One(|config, text| {
            parse::resource_name(text).map(|name| config.first_resource.name = name)
        }),
        show: |config| config.first_resource.name.clone(),
    },
    Setting {
        key: "resource.data_location",
        environment: "CALLSIGN_RESOURCE_DATA_LOCATION",
        flag: None,
        kind: Kind::Text,
        preset: Preset::Value("unitedstates"),
        values: "a data location, such as `unitedstates` or `europe`",
        doc: "Where the data of the first resource is said to be kept; its tokens carry it. Nothing is moved by it.",
        accept: Accept::One(|config, text| {
            parse::data_location(text).map(|at| config.first_resource.data_location = at)
        }),
        show: |config| config.first_resource.data_location.to_string(),
    },
    Setting {
        key: "authentication.date_window_minutes",
        environment: "CALLSIGN_AUTHENTICATION_DATE_WINDOW_MINUTES",
        flag: Some("--date-window-minutes"),
        kind: Kind::Integer,
        preset: Preset::Value("5"),
        values: "1 to 60 minutes",
        doc: "How far the date of a signed request may be from the server's clock, before or after.",
        accept: Accept::One(|config, text| {
            let minutes = parse::whole(text, 1..=60, "of minutes")?;
            config.authentication.date_window_minutes = minutes;
            Ok(())
        }),
        show: |config| config.authentication.date_window_minutes.to_string(),
    },
    Setting {
        key: "authentication.failures_per_minute",
        environment: "CALLSIGN_AUTHENTICATION_FAILURES_PER_MINUTE",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("600"),
        values: "1 to 1000000",
        doc: "How many failed authentications one source address may make in a minute before it is told to wait.",
        accept: Accept::One(|config, text| {
            let failures = parse::whole(text, 1..=1_000_000, "of failures")?;
            config.authentication.failures_per_minute = failures;
            Ok(())
        }),
        show: |config| config.authentication.failures_per_minute.to_string(),
    },
    Setting {
        key: "authentication.disable_local_auth",
        environment: "CALLSIGN_AUTHENTICATION_DISABLE_LOCAL_AUTH",
        flag: None,
        kind: Kind::List,
        preset: Preset::Nothing,
        values: "a list of names of resources, or `*` for all",
        doc: "Resources whose access keys open nothing: their callers need a token, see `entra.roles`.",
        accept: Accept::Each {
            clear: |config| config.authentication.disable_local_auth.clear(),
            push: |config, text| {
                let name = if text == "*" { Ok(text.to_owned()) } else { parse::resource_name(text) };
                name.map(|name| config.authentication.disable_local_auth.push(name))
            },
        },
        show: |config| config.authentication.disable_local_auth.join(", "),
    },
    Setting {
        key: "signing.rotate_every_days",
        environment: "CALLSIGN_SIGNING_ROTATE_EVERY_DAYS",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("90"),
        values: "1 to 3650 days",
        doc: "How long a key signs tokens before the next one takes over by itself. The next one is in the key set long \
              before, and the old one stays in it until its last token has expired.",
        accept: Accept::One(|config, text| {
            config.signing.rotate_every_days = parse::whole(text, 1..=3650, "of days")?;
            Ok(())
        }),
        show: |config| config.signing.rotate_every_days.to_string(),
    },
    Setting {
        key: "limits.profile",
        environment: "CALLSIGN_LIMITS_PROFILE",
        flag: Some("--limits"),
        kind: Kind::Text,
        preset: Preset::Value("none"),
        values: "`none` or `azure`",
        doc: "The rate limits of requests: none, or those that the Azure service documents.",
        accept: Accept::One(|config, text| {
            let choices = [("none", LimitsProfile::None), ("azure", LimitsProfile::Azure)];
            config.limits.profile = parse::choice(text, &choices)?;
            Ok(())
        }),
        show: |config| match config.limits.profile {
            LimitsProfile::None => "none".to_owned(),
            LimitsProfile::Azure => "azure".to_owned(),
        },
    },
    Setting {
        key: "limits.connections",
        environment: "CALLSIGN_LIMITS_CONNECTIONS",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("10000"),
        values: "16 to 1000000",
        doc: "How many connections may be open at once, over all listeners.",
        accept: Accept::One(|config, text| {
            config.limits.connections = parse::whole(text, 16..=1_000_000, "of connections")?;
            Ok(())
        }),
        show: |config| config.limits.connections.to_string(),
    },
    Setting {
        key: "threads.io",
        environment: "CALLSIGN_THREADS_IO",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("0"),
        values: "1 to 1024, or 0 for one per processor core",
        doc: "How many threads read and answer requests.",
        accept: Accept::One(|config, text| {
            config.threads.io = parse::whole(text, 0..=1024, "of threads")?;
            Ok(())
        }),
        show: |config| config.threads.io.to_string(),
    },
    Setting {
        key: "threads.signing",
        environment: "CALLSIGN_THREADS_SIGNING",
        flag: None,
        kind: Kind::Integer,
        preset: Preset::Value("0"),
        values: "1 to 1024, or 0 for one per processor core",
        doc: "How many threads sign tokens.",
        accept: Accept::One(|config, text| {
            config.threads.signing = parse::whole(text, 0..=1024, "of threads")?;
            Ok(())
        }),
        show: |config| config.threads.signing.to_string(),
    },
    Setting {
        key: "log.format",
        environment: "CALLSIGN_LOG_FORMAT",
        flag: Some("--log-format"),
        kind: Kind::Text,
        preset: Preset::Value("text"),
        values: "`text` or `json`",
        doc: "How a log line is written: for people, or as one JSON object a line.",
        accept: Accept::One(|config, text| {
            config.log.format = parse::choice(text, &[("text", LogFormat::Text), ("json", LogFormat::Json)])?;
            Ok(())
        }),
        show: |config| match config.log.format {
            LogFormat::Text => "text".to_owned(),
            LogFormat::Json => "json".to_owned(),
        },
    },
    Setting {
        key: "log.level",
        environment: "CALLSIGN_LOG_LEVEL",
        flag: Some("--log-level"),
        kind: Kind::Text,
        preset: Preset::Value("info"),
        values: "`error`, `warn`, `info`, `debug` or `trace`",
        doc: "The least important log lines that are still written.",
        accept: Accept::One(|config, text| parse::level(text).map(|level| config.log.level = level)),
        show: |config| config.log.level.clone(),
    },
];

fn or<T: ToString>(value: Option<T>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn the_name_in_the_environment_is_made_from_the_key() {
        for setting in settings() {
            let made = format!("CALLSIGN_{}", setting.key.replace('.', "_").to_ascii_uppercase());
            assert_eq!(setting.environment, made);
        }
    }

    #[test]
    fn every_default_is_accepted_and_shown_as_it_is_written() {
        let config = Config::defaults();
        for setting in settings() {
            if let Preset::Value(text) = setting.preset {
                assert_eq!((setting.show)(&config), text, "{}", setting.key);
            }
        }
    }

    #[test]
    fn settings_of_one_section_stand_together() {
        let mut sections: Vec<&str> = settings().map(Setting::section).collect();
        sections.dedup();
        let mut distinct = sections.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(sections.len(), distinct.len(), "{sections:?}");
        assert_eq!(sections.first(), Some(&""));
    }
}
