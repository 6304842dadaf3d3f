//! Resolves configurations from files, environments and flags as a user writes them.

mod entra;
mod sites;
mod telemetry;

use std::path::{MAIN_SEPARATOR, Path};

use tempfile::TempDir;

use super::resolve::{Places, resolve};
use super::*;

/// A machine with a file that may or may not be there, an environment and a command line.
struct Machine {
    folder: TempDir,
    environment: BTreeMap<String, String>,
    flags: Flags,
}

impl Machine {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), environment: BTreeMap::new(), flags: Flags::default() }
    }

    fn with_file(self, text: impl AsRef<[u8]>) -> Self {
        self.file("callsign.toml", text);
        self
    }

    fn with_variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    fn with_flag(mut self, key: &'static str, value: &str, name: &'static str) -> Self {
        self.flags.settings.push((key, value.to_owned(), name));
        self
    }

    /// Writes a file beside the configuration file.
    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn config_file(&self) -> PathBuf {
        self.folder.path().join("callsign.toml")
    }

    fn resolve(&self) -> Result<Resolved, Faults> {
        let places = Places {
            data_dir: Some(self.folder.path().join("home").join("callsign")),
            config_file: Some(self.config_file()),
        };
        resolve(&places, &self.flags, &self.environment)
    }

    /// The faults as printed, without the folder, which differs from run to run.
    fn faults(&self) -> Vec<String> {
        let printed = self.resolve().unwrap_err().to_string();
        let folder = format!("{}{}", self.folder.path().display(), MAIN_SEPARATOR);
        printed.lines().map(|line| line.replace(&folder, "")).collect()
    }
}

fn value(resolved: &Resolved, key: &str) -> (String, Origin) {
    let row = resolved.config.show().into_iter().find(|row| row.key == key).unwrap();
    (row.value, row.origin)
}

fn assert_faults(machine: &Machine, starts: &[&str]) {
    let faults = machine.faults();
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "expected {start:?}, found {fault:?}");
    }
}

#[test]
fn with_nothing_at_all_everything_has_its_default() {
    let machine = Machine::new();
    let resolved = machine.resolve().unwrap();
    let config = &resolved.config;
    assert_eq!(config.data_dir, machine.folder.path().join("home").join("callsign"));
    assert_eq!(config.public_url.as_str(), "https://localhost:8443");
    assert_eq!(config.listen.https, Some("127.0.0.1:8443".parse().unwrap()));
    assert_eq!(config.listen.http, Some("127.0.0.1:8080".parse().unwrap()));
    assert!(!config.listen.allow_remote_http);
    assert!(config.hosts.is_empty() && config.tls.names.is_empty());
    assert_eq!((&config.tls.certificate, &config.tls.private_key), (&None, &None));
    assert_eq!(config.first_resource.name, "default");
    assert_eq!(config.first_resource.data_location, DataLocation::UnitedStates);
    assert_eq!(config.authentication.date_window_minutes, 5);
    assert_eq!(config.authentication.failures_per_minute, 600);
    assert_eq!((config.limits.profile, config.limits.connections), (LimitsProfile::None, 10_000));
    assert_eq!((config.threads.io, config.threads.signing), (0, 0));
    assert!(config.threads.io_count() >= 1 && config.threads.signing_count() >= 1);
    assert!(config.key_encryption_key.is_none());
    assert_eq!((config.log.format, config.log.level.as_str()), (LogFormat::Text, "info"));
    assert_eq!(resolved.file, None);
    assert!(resolved.config.show().iter().all(|row| row.origin == Origin::Default));
}

#[test]
fn each_source_is_stronger_than_the_one_before() {
    let machine = Machine::new()
        .with_file("[log]\nlevel = \"warn\"\n[limits]\nconnections = 1_000\nprofile = \"azure\"\n")
        .with_variable("CALLSIGN_LIMITS_CONNECTIONS", "2000")
        .with_variable("CALLSIGN_LIMITS_PROFILE", "azure")
        .with_flag("limits.profile", "none", "--limits");
    let resolved = machine.resolve().unwrap();
    let file = machine.config_file();
    assert_eq!(value(&resolved, "log.format"), ("text".to_owned(), Origin::Default));
    assert_eq!(
        value(&resolved, "log.level"),
        ("warn".to_owned(), Origin::File { path: file.clone(), line: 2 })
    );
    let variable = Origin::Environment { name: "CALLSIGN_LIMITS_CONNECTIONS".to_owned() };
    assert_eq!(value(&resolved, "limits.connections"), ("2000".to_owned(), variable));
    assert_eq!(value(&resolved, "limits.profile"), ("none".to_owned(), Origin::Flag { name: "--limits" }));
    assert_eq!(resolved.file, Some(file));
}

#[test]
fn a_stronger_list_replaces_a_weaker_one() {
    let file = "hosts = [\n  \"a.example\",\n  \"b.example\",\n]\n[tls]\nnames = [\"a.example\"]\n";
    let machine = Machine::new()
        .with_file(file)
        .with_variable("CALLSIGN_HOSTS", " C.example , d.example,")
        .with_variable("CALLSIGN_TLS_NAMES", "");
    let config = machine.resolve().unwrap().config;
    assert_eq!(config.hosts, ["c.example", "d.example"]);
    assert!(config.tls.names.is_empty());

    let machine = machine.with_flag("hosts", "e.example", "--host").with_flag("hosts", "f.example", "--host");
    assert_eq!(machine.resolve().unwrap().config.hosts, ["e.example", "f.example"]);
}

#[test]
fn of_a_flag_given_twice_the_last_one_counts() {
    let machine = Machine::new().with_flag("listen.https", "127.0.0.1:1", "--https").with_flag(
        "listen.https",
        "127.0.0.1:2",
        "--https",
    );
    assert_eq!(machine.resolve().unwrap().config.listen.https, Some("127.0.0.1:2".parse().unwrap()));
}

#[test]
fn all_faults_of_all_sources_are_reported_together() {
    let file = r#"public_url = "https://localhost/identity"
colour = "green"

[listen]
https = 8443
htttp = "off"

[tls]
names = [
  "fine.example",
  "not fine",
]

[authentication]
date_window_minutes = 61
failures_per_minute = "600"

[logs]
level = "info"
"#;
    let machine = Machine::new()
        .with_file(file)
        .with_variable("CALLSIGN_LOG_LEVEL", "loud")
        .with_variable("CALLSIGN_THREAD_IO", "2")
        .with_flag("limits.profile", "aws", "--limits");
    assert_faults(
        &machine,
        &[
            "callsign.toml:1: public_url: \"https://localhost/identity\" has a path, a query or a fragment. Write it",
            "callsign.toml:2: there is no setting colour. Take it out",
            "callsign.toml:5: listen.https: it is of the type integer, not a string. Write it in double quotes.",
            "callsign.toml:6: there is no setting listen.htttp. Did you mean http in the section [listen]?",
            "callsign.toml:11: tls.names: \"not fine\" is neither a host name nor an IP address. Write it like",
            "callsign.toml:15: authentication.date_window_minutes: \"61\" is not a whole number from 1 to 60. Give",
            "callsign.toml:16: authentication.failures_per_minute: it is of the type string, not a whole number.",
            "callsign.toml:18: there is no section [logs]. Did you mean [log]?",
            "environment CALLSIGN_LOG_LEVEL: log.level: \"loud\" is not error, warn, info, debug or trace. Write",
            "environment CALLSIGN_THREAD_IO: no setting has this name. Did you mean CALLSIGN_THREADS_IO?",
            "flag --limits: limits.profile: \"aws\" is not none or azure. Write none or azure.",
        ],
    );
}

#[test]
fn a_wrong_value_is_a_fault_even_where_a_stronger_source_overrules_it() {
    let machine =
        Machine::new().with_file("[log]\nlevel = \"loud\"\n").with_flag("log.level", "info", "--log-level");
    assert_faults(&machine, &["callsign.toml:2: log.level: \"loud\""]);
}

#[test]
fn a_setting_in_the_wrong_section_is_shown_its_place() {
    let machine =
        Machine::new().with_file("https = \"off\"\n[log]\nlevel = \"info\"\npublic_url = \"https://a\"\n");
    assert_faults(
        &machine,
        &[
            "callsign.toml:1: there is no setting https. Did you mean https in the section [listen]?",
            "callsign.toml:4: there is no setting log.public_url. Did you mean public_url, above the first section?",
        ],
    );
}

#[test]
fn a_section_written_as_a_value_or_a_setting_as_a_section_is_refused() {
    let machine = Machine::new().with_file("listen = \"off\"\n[public_url]\n[[log]]\n");
    assert_faults(
        &machine,
        &[
            "callsign.toml:1: listen is a section, not a setting. Write [listen] and its settings below it.",
            "callsign.toml:2: public_url: it is of the type table, not a string.",
            "callsign.toml:3: log is a section, not a setting.",
        ],
    );
}

#[test]
fn dotted_keys_and_other_bases_are_read_as_toml_means_them() {
    let machine = Machine::new().with_file("listen.http = 'off'\nlimits = { connections = 0x10_00 }\n");
    let resolved = machine.resolve().unwrap();
    assert_eq!(value(&resolved, "listen.http").0, "off");
    assert_eq!(resolved.config.limits.connections, 4096);

    let quoted = Machine::new().with_file("\"listen.http\" = 'off'\n");
    assert_faults(&quoted, &["callsign.toml:1: there is no setting listen.http."]);
}

#[test]
fn a_file_that_is_not_toml_is_refused_at_its_line() {
    let machine = Machine::new()
        .with_file("[listen]\nhttps = 127.0.0.1\n\n[log]\nlevel = \"info\nformat = \"text\"\n")
        .with_variable("CALLSIGN_LOG_LEVEL", "loud");
    let faults = machine.faults();
    assert!(faults[0].starts_with("callsign.toml:2: the file is not valid TOML: "), "{faults:#?}");
    assert!(faults.iter().any(|fault| fault.starts_with("callsign.toml:5: the file is not valid TOML: ")));
    assert!(faults.iter().any(|fault| fault.starts_with("environment CALLSIGN_LOG_LEVEL: ")), "{faults:#?}");

    let twice = Machine::new().with_file("[log]\nlevel = \"info\"\nlevel = \"warn\"\n");
    assert_faults(&twice, &["callsign.toml:3: the file is not valid TOML: duplicate key"]);

    let latin = Machine::new().with_file(b"# a\n# caf\xe9\n");
    assert_faults(&latin, &["callsign.toml:2: the file is not UTF-8 text."]);
}

#[test]
fn the_file_is_the_one_that_is_named() {
    let machine = Machine::new().with_file("[log]\nlevel = \"warn\"\n");
    let other = machine.file("other.toml", "[log]\nlevel = \"debug\"\n");
    let third = machine.file("third.toml", "[log]\nlevel = \"trace\"\n");
    assert_eq!(machine.resolve().unwrap().config.log.level, "warn");
    let mut machine = machine.with_variable("CALLSIGN_CONFIG", other.to_str().unwrap());
    assert_eq!(machine.resolve().unwrap().config.log.level, "debug");
    machine.flags.config = Some(third);
    assert_eq!(machine.resolve().unwrap().config.log.level, "trace");
}

#[test]
fn a_named_file_that_is_not_there_is_a_fault() {
    let mut machine = Machine::new().with_variable("CALLSIGN_CONFIG", "");
    assert_faults(&machine, &["environment CALLSIGN_CONFIG: the variable is empty."]);
    let missing = machine.folder.path().join("missing.toml");
    machine.environment.insert("CALLSIGN_CONFIG".to_owned(), missing.to_str().unwrap().to_owned());
    let start = "environment CALLSIGN_CONFIG: the configuration file missing.toml cannot be read: ";
    assert_faults(&machine, &[start]);
    machine.flags.config = Some(missing);
    machine.environment.insert("CALLSIGN_LOG_LEVEL".to_owned(), "loud".to_owned());
    assert_faults(
        &machine,
        &[
            "environment CALLSIGN_LOG_LEVEL: ",
            "flag --config: the configuration file missing.toml cannot be read: ",
        ],
    );
}

#[test]
fn both_listeners_off_is_a_fault() {
    let machine =
        Machine::new().with_file("[listen]\nhttps = \"off\"\n").with_variable("CALLSIGN_LISTEN_HTTP", "off");
    let start = "callsign.toml:2: listen.https: https is off, and so is http (environment CALLSIGN_LISTEN_HTTP). Give";
    assert_faults(&machine, &[start]);
}

#[test]
fn both_listeners_on_one_address_is_a_fault_unless_the_port_is_free_to_choose() {
    let machine = Machine::new().with_flag("listen.http", "127.0.0.1:8443", "--http");
    assert_faults(
        &machine,
        &["flag --http: listen.http: https (default) and http both listen on 127.0.0.1:8443."],
    );
    let machine = Machine::new().with_flag("listen.http", "127.0.0.1:0", "--http").with_flag(
        "listen.https",
        "127.0.0.1:0",
        "--https",
    );
    assert!(machine.resolve().is_ok());
}

#[test]
fn plain_http_leaves_the_machine_only_if_told_to() {
    for address in ["0.0.0.0:8080", "[::]:8080", "10.0.0.7:8080"] {
        let machine = Machine::new().with_flag("listen.http", address, "--http");
        assert_faults(&machine, &["flag --http: listen.http: plain http on"]);
        let machine = machine.with_variable("CALLSIGN_LISTEN_ALLOW_REMOTE_HTTP", "true");
        assert!(machine.resolve().is_ok());
    }
    for address in ["127.8.9.10:8080", "[::1]:8080", "[::ffff:127.0.0.1]:8080"] {
        let machine = Machine::new().with_flag("listen.http", address, "--http");
        assert!(machine.resolve().is_ok(), "{address}");
    }
}

#[test]
fn half_a_certificate_is_a_fault() {
    let machine = Machine::new().with_file("[tls]\ncertificate = \"a.pem\"\n");
    machine.file("a.pem", "");
    let start =
        "callsign.toml:2: tls.certificate: it is of no use without tls.private_key. Set tls.private_key too";
    assert_faults(&machine, &[start]);
    let key = machine.file("b.pem", "");
    let machine = machine.with_variable("CALLSIGN_TLS_PRIVATE_KEY", key.to_str().unwrap());
    let tls = machine.resolve().unwrap().config.tls;
    assert_eq!(tls.certificate, Some(machine.folder.path().join("a.pem")));
    assert_eq!(tls.private_key, Some(key));
}

#[test]
fn a_certificate_that_is_no_file_is_a_fault() {
    let machine = Machine::new().with_file("[tls]\ncertificate = \"missing.pem\"\nprivate_key = \".\"\n");
    let faults = machine.faults();
    assert!(
        faults[0].starts_with("callsign.toml:2: tls.certificate: missing.pem cannot be read: "),
        "{faults:#?}"
    );
    assert!(faults[1].starts_with("callsign.toml:3: tls.private_key: "), "{faults:#?}");
    assert!(faults[1].contains(" is not a file. Name a PEM file"), "{faults:#?}");
}

#[test]
fn a_machine_without_a_home_folder_needs_a_data_folder() {
    let nowhere = Places { data_dir: None, config_file: None };
    let faults = resolve(&nowhere, &Flags::default(), &BTreeMap::new()).unwrap_err();
    assert!(faults.to_string().starts_with("default: data_dir: this user has no home folder"), "{faults}");
    let flags = Flags { settings: vec![("data_dir", "here".to_owned(), "--data-dir")], ..Flags::default() };
    let resolved = resolve(&nowhere, &flags, &BTreeMap::new()).unwrap();
    assert_eq!(resolved.config.data_dir, std::path::absolute("here").unwrap());
}

#[test]
fn the_key_encryption_key_comes_from_the_environment_and_is_never_shown() {
    let machine = Machine::new().with_variable("CALLSIGN_KEY_ENCRYPTION_KEY", " planted-secret\n");
    let resolved = machine.resolve().unwrap();
    assert_eq!(resolved.config.key_encryption_key.as_deref().map(String::as_str), Some("planted-secret"));
    let origin = Origin::Environment { name: "CALLSIGN_KEY_ENCRYPTION_KEY".to_owned() };
    assert_eq!(value(&resolved, "key_encryption_key"), ("(hidden)".to_owned(), origin));
    let printed = format!("{resolved:?} {:?}", resolved.config.show());
    assert!(!printed.contains("planted-secret"), "{printed}");
    let unset = Machine::new().resolve().unwrap();
    assert_eq!(value(&unset, "key_encryption_key"), ("(not set)".to_owned(), Origin::Default));
}

#[test]
fn the_key_encryption_key_is_refused_in_the_file_and_as_a_flag_without_being_cited() {
    let machine = Machine::new().with_file("key_encryption_key = \"planted-secret\"\n").with_flag(
        "key_encryption_key",
        "planted-secret",
        "--key",
    );
    assert_faults(
        &machine,
        &[
            "callsign.toml:1: key_encryption_key: a secret does not belong in the configuration file",
            "flag --key: key_encryption_key: a secret does not belong on the command line",
        ],
    );
    assert!(!machine.faults().concat().contains("planted-secret"));
}

#[test]
fn a_systemd_credential_holds_the_key_encryption_key() {
    let machine = Machine::new();
    let path = machine.file(CREDENTIAL_NAME, "planted-secret\n");
    let machine = machine.with_variable("CREDENTIALS_DIRECTORY", path.parent().unwrap().to_str().unwrap());
    let resolved = machine.resolve().unwrap();
    assert_eq!(resolved.config.key_encryption_key.as_deref().map(String::as_str), Some("planted-secret"));
    assert_eq!(value(&resolved, "key_encryption_key"), ("(hidden)".to_owned(), Origin::Credential { path }));

    let machine = machine.with_variable("CALLSIGN_KEY_ENCRYPTION_KEY", "stronger");
    let config = machine.resolve().unwrap().config;
    assert_eq!(config.key_encryption_key.as_deref().map(String::as_str), Some("stronger"));

    machine.file(CREDENTIAL_NAME, "\n");
    assert_faults(
        &machine,
        &["credential callsign.key-encryption-key: key_encryption_key: the secret is empty."],
    );
}

#[test]
fn credentials_for_other_purposes_are_passed_over() {
    let machine = Machine::new();
    let folder = machine.folder.path().to_str().unwrap().to_owned();
    let machine = machine.with_variable("CREDENTIALS_DIRECTORY", folder);
    assert!(machine.resolve().unwrap().config.key_encryption_key.is_none());
}

/// Takes the `#` from every line that sets something.
fn uncommented(example: &str) -> String {
    let uncomment = |line: &str| match line.strip_prefix('#') {
        Some(rest) if !rest.starts_with(' ') => rest.to_owned(),
        _ => line.to_owned(),
    };
    example.lines().map(|line| uncomment(line) + "\n").collect()
}

#[test]
fn the_example_reads_as_the_defaults_with_and_without_its_comment_signs() {
    let defaults = Machine::new().resolve().unwrap();
    for text in [example(), uncommented(&example())] {
        let machine = Machine::new().with_file(&text);
        machine.file("certificate.pem", "");
        machine.file("private-key.pem", "");
        let resolved = machine.resolve().unwrap();
        for setting in settings().filter(|setting| !matches!(setting.preset, Preset::Described { .. })) {
            assert_eq!(value(&resolved, setting.key).0, value(&defaults, setting.key).0, "{}", setting.key);
        }
    }
}

#[test]
fn the_example_sets_every_setting_that_a_file_may_set() {
    let machine = Machine::new().with_file(uncommented(&example()));
    machine.file("certificate.pem", "");
    machine.file("private-key.pem", "");
    let resolved = machine.resolve().unwrap();
    let is_secret = |key: &str| Setting::find(key).is_some_and(|setting| setting.kind == Kind::Secret);
    for row in resolved.config.show().iter().filter(|row| !is_secret(row.key)) {
        assert!(matches!(row.origin, Origin::File { .. }), "{}", row.key);
    }
    assert!(example().lines().all(|line| line.len() <= 100));
}

#[test]
fn the_reference_page_names_every_setting() {
    let page = reference();
    for setting in settings() {
        assert!(page.contains(&format!("### `{}`\n", setting.key)), "{}", setting.key);
        assert!(page.contains(&format!("`{}`\n", setting.environment)), "{}", setting.environment);
    }
}

#[test]
fn an_ephemeral_configuration_listens_on_free_ports_of_this_machine() {
    let config = Config::ephemeral(Path::new("/data"));
    let any_port = Some("127.0.0.1:0".parse().unwrap());
    assert_eq!((config.listen.https, config.listen.http), (any_port, any_port));
    assert_eq!(config.listen.metrics, any_port);
    assert_eq!(config.data_dir, Path::new("/data"));
    assert_eq!(config.public_url.as_str(), "https://localhost:8443");
}
