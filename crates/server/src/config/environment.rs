//! Reads the environment that it is given: which variable is which setting, and which is none. A variable's value is
//! never cited where its name is unknown, because it may be a secret.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::fault::{Complaint, Fault};
use super::given::Given;
use super::nearest::nearest;
use super::{Kind, Origin, Setting, settings};

/// The variable that names the configuration file.
pub const CONFIG_VARIABLE: &str = "CALLSIGN_CONFIG";
/// The systemd credential that holds the key-encryption key, as in `LoadCredential=`.
pub const CREDENTIAL_NAME: &str = "callsign.key-encryption-key";

const PREFIX: &str = "CALLSIGN_";
/// Set by systemd for a service that has credentials (systemd.exec(5)).
const CREDENTIALS_VARIABLE: &str = "CREDENTIALS_DIRECTORY";
/// The variable in which `callsign env` tells clients of the development authority's tenant.
pub(crate) const DEV_TENANT_VARIABLE: &str = "CALLSIGN_DEV_TENANT";
/// Variables with the prefix that are not settings.
const RESERVED: [&str; 2] = [CONFIG_VARIABLE, DEV_TENANT_VARIABLE];

/// What the variables say, and what is wrong with their names.
pub(super) fn read(environment: &BTreeMap<String, String>) -> (Vec<Given>, Vec<Fault>) {
    let mut given = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in environment.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let origin = Origin::Environment { name: name.clone() };
        if let Some(setting) = settings().find(|setting| setting.environment == name) {
            if value.is_empty() && setting.kind != Kind::List {
                faults.push(empty().at(&origin, Some(setting.key)));
            } else {
                given.push(Given::from_text(setting, value, origin));
            }
        } else if !RESERVED.contains(&name.as_str()) && !is_set_by_kubernetes(name) {
            faults.push(unknown(name).at(&origin, None));
        }
    }
    (given, faults)
}

/// The secrets that systemd hands over.
pub(super) fn read_credentials(environment: &BTreeMap<String, String>) -> Vec<Result<Given, Fault>> {
    let Some(folder) = environment.get(CREDENTIALS_VARIABLE) else { return Vec::new() };
    let secrets = settings().filter(|setting| setting.kind == Kind::Secret);
    secrets.filter_map(|setting| read_credential(Path::new(folder), setting).transpose()).collect()
}

fn read_credential(folder: &Path, setting: &'static Setting) -> Result<Option<Given>, Fault> {
    let path = folder.join(setting.credential());
    let origin = Origin::Credential { path: path.clone() };
    match std::fs::read_to_string(&path).map(zeroize::Zeroizing::new) {
        Ok(text) => Ok(Some(Given::from_text(setting, &text, origin))),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => {
            let remedy = "Let the user that runs the server read it as UTF-8 text";
            Err(Complaint::new(format!("the credential cannot be read: {cause}"), remedy)
                .at(&origin, Some(setting.key)))
        }
    }
}

pub(super) fn empty() -> Complaint {
    Complaint::new("the variable is empty", "Give it a value, or unset it to have the default")
}

fn unknown(name: &str) -> Complaint {
    let names = settings().map(|setting| setting.environment).chain(RESERVED);
    let tail = name.strip_prefix(PREFIX).unwrap_or(name);
    let remedy = match nearest(name, tail, '_', names) {
        Some(name) => format!("Did you mean {name}?"),
        None => "Unset it; callsign config example lists all settings".to_owned(),
    };
    Complaint::new("no setting has this name", remedy)
}

/// Kubernetes gives every container variables named after each service of its namespace, for compatibility with
/// Docker links; a service called `callsign` or `callsign-…` must not stop the server. The names are those of
/// "Discovering services" in the Kubernetes documentation: `X_SERVICE_HOST`, `X_SERVICE_PORT[_NAME]`, `X_PORT` and
/// `X_PORT_<number>_<protocol>[_PROTO|_PORT|_ADDR]`.
fn is_set_by_kubernetes(name: &str) -> bool {
    let service = name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT");
    let named_port = name.contains("_SERVICE_PORT_");
    let numbered_port = name.split_once("_PORT_").is_some_and(|(_, rest)| {
        rest.split_once('_').is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
    });
    service || named_port || numbered_port || name.ends_with("_PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn variables_of_a_kubernetes_service_are_passed_over() {
        let (given, faults) = read(&variables(&[
            ("CALLSIGN_PORT", "tcp://10.0.0.1:8443"),
            ("CALLSIGN_PORT_8443_TCP", "tcp://10.0.0.1:8443"),
            ("CALLSIGN_PORT_8443_TCP_ADDR", "10.0.0.1"),
            ("CALLSIGN_SERVICE_HOST", "10.0.0.1"),
            ("CALLSIGN_SERVICE_PORT", "8443"),
            ("CALLSIGN_SERVICE_PORT_HTTPS", "8443"),
            ("CALLSIGN_DATABASE_SERVICE_HOST", "10.0.0.2"),
        ]));
        assert!(given.is_empty());
        assert_eq!(faults, []);
    }

    #[test]
    fn no_setting_has_a_name_that_kubernetes_uses() {
        for setting in settings() {
            assert!(!is_set_by_kubernetes(setting.environment), "{}", setting.environment);
        }
    }

    #[test]
    fn an_unknown_variable_is_refused_with_a_hint_and_without_its_value() {
        for (name, meant) in [
            ("CALLSIGN_HTTPS", "CALLSIGN_LISTEN_HTTPS"),
            ("CALLSIGN_DATADIR", "CALLSIGN_DATA_DIR"),
            ("CALLSIGN_KEY_ENCRYPTION", "CALLSIGN_KEY_ENCRYPTION_KEY"),
            ("CALLSIGN_CONFIG_FILE", "CALLSIGN_CONFIG"),
        ] {
            let (_, faults) = read(&variables(&[(name, "a-secret")]));
            let text = faults[0].to_string();
            assert!(text.contains(&format!("Did you mean {meant}?")), "{text}");
            assert!(!text.contains("a-secret"), "{text}");
        }
    }

    #[test]
    fn an_empty_variable_is_refused_but_an_empty_list_is_a_list() {
        let (given, faults) = read(&variables(&[("CALLSIGN_DATA_DIR", ""), ("CALLSIGN_HOSTS", "")]));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].key, Some("data_dir"));
        assert!(given[0].texts.is_empty());
    }

    #[test]
    fn variables_of_others_are_passed_over() {
        let (given, faults) = read(&variables(&[("PATH", "/bin"), ("callsign_data_dir", "x")]));
        assert!(given.is_empty() && faults.is_empty());
    }
}
