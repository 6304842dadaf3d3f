//! The file of profiles: resources by name, with what their requests are signed with. Only its owner may read it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use callsign_server::admin::Revealed;
use serde::{Deserialize, Serialize};

/// A resource and what its requests are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Where it is.
    pub(crate) endpoint: String,
    /// What its requests are signed with.
    #[serde(flatten)]
    pub(crate) access: Access,
}

/// What requests are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Access {
    /// This access key, in base64.
    #[serde(rename = "access_key")]
    Key(Revealed),
    /// The access key that an environment variable holds.
    #[serde(rename = "access_key_env")]
    KeyIn(String),
    /// No key: Microsoft Entra.
    #[serde(rename = "auth")]
    Bearer(Entra),
}

/// The word for Microsoft Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entra {
    Entra,
}

/// All profiles, as they stand in the file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    current: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// The profiles and the file that they are in.
#[derive(Debug)]
pub(crate) struct Profiles {
    path: PathBuf,
    page: Page,
}

impl Profiles {
    /// Reads the file of this user. One that is not there has no profiles.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let folder = dirs::config_dir()
            .context("there is no configuration folder for profiles; set HOME or XDG_CONFIG_HOME")?;
        Self::read_file(folder.join("callsign").join("profiles.toml"))
    }

    fn read_file(path: PathBuf) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let page = Page::default();
                return Ok(Self { path, page });
            }
            Err(error) => return Err(error).context(format!("{} cannot be read", path.display())),
        };
        let mode = fs::metadata(&path)
            .with_context(|| format!("{} cannot be looked at", path.display()))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let shown = path.display();
            bail!("others on this machine may read the keys in {shown}; run chmod 600 {shown}");
        }
        // The error's own text cites the line, and a key may stand there.
        let page = toml::from_str(&text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            let shown = path.display();
            anyhow::anyhow!(
                "{shown}:{line} is no profile; mend the line, or remove the file and add the profiles again"
            )
        })?;
        Ok(Self { path, page })
    }

    /// The profile that is used where no other is named.
    pub(crate) fn current(&self) -> Option<(&str, &Profile)> {
        let name = self.page.current.as_deref()?;
        Some((name, self.page.profiles.get(name)?))
    }

    /// The profile of that name.
    pub(crate) fn named(&self, name: &str) -> anyhow::Result<&Profile> {
        self.page.profiles.get(name).with_context(|| {
            let known: Vec<&str> = self.page.profiles.keys().map(String::as_str).collect();
            match known.as_slice() {
                [] => format!(
                    "there is no profile {name:?}, nor any other; add it with callsign profile add {name}"
                ),
                known => format!("there is no profile {name:?}; there is {}", known.join(", ")),
            }
        })
    }

    /// All of them by name, and whether each is in use.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Profile, bool)> {
        let current = self.page.current.as_deref();
        let profiles = self.page.profiles.iter();
        profiles.map(move |(name, profile)| (name.as_str(), profile, current == Some(name.as_str())))
    }

    /// Adds or replaces one and says whether it is in use now. The first one is.
    pub(crate) fn add(&mut self, name: &str, profile: Profile, is_used: bool) -> anyhow::Result<bool> {
        check_name(name)?;
        self.page.profiles.insert(name.to_owned(), profile);
        if is_used || self.current().is_none() {
            self.page.current = Some(name.to_owned());
        }
        self.write()?;
        Ok(self.page.current.as_deref() == Some(name))
    }

    /// From now on it is used where no other is named.
    pub(crate) fn set_current(&mut self, name: &str) -> anyhow::Result<()> {
        self.named(name)?;
        self.page.current = Some(name.to_owned());
        self.write()
    }

    /// Removes one.
    pub(crate) fn remove(&mut self, name: &str) -> anyhow::Result<()> {
        self.named(name)?;
        self.page.profiles.remove(name);
        self.page.current.take_if(|current| current == name);
        self.write()
    }

    /// The file that they are in.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces the file in one step, so that a crash leaves the old one or the new one.
    fn write(&self) -> anyhow::Result<()> {
        let fault = || format!("{} cannot be written", self.path.display());
        let folder = self.path.parent().with_context(fault)?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(fault)?;
        let text = zeroize::Zeroizing::new(toml::to_string(&self.page).with_context(fault)?);
        let new = self.path.with_extension(format!("{}.new", std::process::id()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            // What is left of it must not stay; if it cannot be removed either, the first error says why.
            let _ = fs::remove_file(&new);
        }
        written.with_context(fault)
    }
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) || name.starts_with('-') {
        bail!(
            "a profile has a name of 1 to 64 letters, digits, dots, underscores and hyphens, and no hyphen first"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2VjcmV0LWtleQ==";

    fn profile(access: Access) -> Profile {
        Profile { endpoint: "https://localhost:8443".to_owned(), access }
    }

    #[test]
    fn profiles_are_written_for_their_owner_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callsign").join("profiles.toml");
        let mut profiles = Profiles::read_file(path.clone()).unwrap();
        assert!(profiles.current().is_none());
        let all = [
            ("a", profile(Access::Key(Revealed::new(KEY.to_owned())))),
            ("b", profile(Access::KeyIn("B_KEY".to_owned()))),
            ("c", profile(Access::Bearer(Entra::Entra))),
        ];
        for (name, profile) in &all {
            assert_eq!(profiles.add(name, profile.clone(), false).unwrap(), *name == "a");
        }
        profiles.set_current("b").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

        let mut read = Profiles::read_file(path).unwrap();
        assert_eq!(read.current().unwrap().0, "b");
        let found: Vec<_> = read.all().map(|(name, profile, _)| (name, profile.clone())).collect();
        assert_eq!(found, all);
        assert!(!format!("{read:?}").contains(KEY));
        read.remove("b").unwrap();
        assert!(read.current().is_none());
        let refused = read.named("b").unwrap_err().to_string();
        assert!(refused.contains("there is a, c"), "{refused}");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.toml");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Profiles::read_file(path.clone()).unwrap_err().to_string();
        assert!(refused.contains(&format!("chmod 600 {}", path.display())), "{refused}");
    }

    #[test]
    fn a_damaged_file_is_told_with_its_line_and_without_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.toml");
        for text in [
            format!("current = \"a\"\n[profiles.a]\nendpoint = 1\naccess_key = \"{KEY}\"\n"),
            format!("current = \"a\"\n\"{KEY}"),
            format!("{KEY}\n"),
        ] {
            fs::write(&path, &text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            let refused = format!("{:?}", Profiles::read_file(path.clone()).unwrap_err());
            assert!(refused.contains("profiles.toml:") && !refused.contains(KEY), "{refused}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        for name in ["", "a b", "-a", "ä", "a/b", &"a".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("a.B_c-1").is_ok());
    }
}
