//! Puts the sources on top of each other and says which one each value came from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::PathBuf;

use super::fault::{Complaint, Fault};
use super::given::Given;
use super::{CONFIG_VARIABLE, Config, Faults, Flags, Kind, Origin, Setting};
use super::{check, environment, file};

/// A configuration without faults, and the file that it came from.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The values.
    pub config: Config,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
}

/// One row of `callsign config show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The setting.
    pub key: &'static str,
    /// Its value; a secret is masked.
    pub value: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// Where each value came from; what nobody set is not in it.
pub(super) type Origins = BTreeMap<&'static str, Origin>;

/// The folders of this platform that hold what is not set.
pub(super) struct Places {
    pub(super) data_dir: Option<PathBuf>,
    pub(super) config_file: Option<PathBuf>,
}

impl Places {
    pub(super) fn of_this_machine() -> Self {
        Self {
            data_dir: dirs::data_dir().map(|folder| folder.join("callsign")),
            config_file: dirs::config_dir().map(|folder| folder.join("callsign").join("callsign.toml")),
        }
    }
}

impl Resolved {
    /// Where the value of a setting came from, so that a fault found later can name the place to mend.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.config.origins.as_ref().and_then(|origins| origins.get(key).cloned()).unwrap_or(Origin::Default)
    }
}

pub(super) fn resolve(
    places: &Places,
    flags: &Flags,
    environment: &BTreeMap<String, String>,
) -> Result<Resolved, Faults> {
    let mut faults = Vec::new();
    let mut config = Config::defaults();
    config.data_dir = places.data_dir.clone().unwrap_or_default();

    let (file, contents) = match read_file(places, flags, environment) {
        Ok((path, contents)) => (path, contents),
        Err(fault) => {
            let contents = file::Contents { faults: vec![fault], broken: true, ..file::Contents::default() };
            (None, contents)
        }
    };
    faults.extend(contents.faults);
    let mut given = contents.given;
    for credential in environment::read_credentials(environment) {
        match credential {
            Ok(credential) => given.push(credential),
            Err(fault) => faults.push(fault),
        }
    }
    let (from_environment, of_environment) = environment::read(environment);
    given.extend(from_environment);
    faults.extend(of_environment);
    let (from_flags, of_flags) = read_flags(flags);
    given.extend(from_flags);
    faults.extend(of_flags);

    let (origins, of_values) = apply(&mut config, &given);
    faults.extend(of_values);
    // What depends on several settings is only judged where all of them are known.
    if !contents.broken {
        let doubtful: BTreeSet<&str> = faults.iter().filter_map(|fault| fault.key).collect();
        faults.extend(check::check(&config, &origins, &doubtful));
    }
    config.origins = Some(origins);
    if faults.is_empty() { Ok(Resolved { config, file }) } else { Err(Faults::new(faults)) }
}

/// The file that the user named, which must be there, or that of the platform, which need not.
fn read_file(
    places: &Places,
    flags: &Flags,
    environment: &BTreeMap<String, String>,
) -> Result<(Option<PathBuf>, file::Contents), Fault> {
    let variable = environment.get(CONFIG_VARIABLE);
    let (path, named_by) = if let Some(path) = &flags.config {
        (path.clone(), Some(Origin::Flag { name: "--config" }))
    } else if let Some(path) = variable {
        let origin = Origin::Environment { name: CONFIG_VARIABLE.to_owned() };
        if path.is_empty() {
            return Err(environment::empty().at(&origin, None));
        }
        (PathBuf::from(path), Some(origin))
    } else if let Some(path) = &places.config_file {
        (path.clone(), None)
    } else {
        return Ok((None, file::Contents::default()));
    };
    match std::fs::read(&path) {
        Ok(bytes) => {
            let contents = file::read(&path, &bytes);
            Ok((Some(path), contents))
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound && named_by.is_none() => {
            Ok((None, file::Contents::default()))
        }
        Err(cause) => {
            let problem = format!("the configuration file {} cannot be read: {cause}", path.display());
            let remedy = "Name a file that is there and that the user who runs the server may read";
            let origin = named_by.unwrap_or(Origin::File { path, line: 1 });
            Err(Complaint::new(problem, remedy).at(&origin, None))
        }
    }
}

fn read_flags(flags: &Flags) -> (Vec<Given>, Vec<Fault>) {
    let mut given: Vec<Given> = Vec::new();
    let mut faults = Vec::new();
    for (key, value, name) in &flags.settings {
        let origin = Origin::Flag { name };
        let Some(setting) = Setting::find(key) else {
            let complaint = Complaint::new(format!("there is no setting {key}"), "Leave the flag out");
            faults.push(complaint.at(&origin, None));
            continue;
        };
        if setting.kind == Kind::Secret {
            let problem =
                "a secret does not belong on the command line, which every user of the machine can read";
            let complaint = Complaint::new(problem, format!("Hand it over as {}", setting.environment));
            faults.push(complaint.at(&origin, Some(setting.key)));
            continue;
        }
        let next = Given::from_text(setting, value, origin);
        let earlier = given.iter_mut().find(|earlier| earlier.setting.key == setting.key);
        match earlier {
            Some(earlier) if setting.kind == Kind::List => earlier.texts.extend(next.texts),
            _ => given.push(next),
        }
    }
    (given, faults)
}

/// Reads every text, so that a wrong one is found even where a stronger source overrules it.
fn apply(config: &mut Config, given: &[Given]) -> (Origins, Vec<Fault>) {
    let mut origins = Origins::new();
    let mut faults = Vec::new();
    for Given { setting, origin, texts } in given {
        setting.clear(config);
        for (text, at) in texts {
            if let Err(complaint) = setting.accept(config, text) {
                faults.push(complaint.at(at, Some(setting.key)));
            }
        }
        origins.insert(setting.key, origin.clone());
    }
    (origins, faults)
}
