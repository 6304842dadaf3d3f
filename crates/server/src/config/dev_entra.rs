//! Who is known to the development authority: users and applications that anybody on this machine may be.

use std::fmt;
use std::str::FromStr;

use callsign_protocol::digest::sha256;
use uuid::Uuid;

use super::entra::{Role, canonical, guid};
use super::fault::Complaint;
use super::parse::quoted;

/// The password of everybody who has none, and the secret of every application that has none.
const PASSWORD: &str = "callsign";

/// The development authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevEntra {
    /// Whether it is there.
    pub enabled: bool,
    /// The tenant that it is the authority of.
    pub tenant: Uuid,
    /// Its applications; empty is those that it has by itself.
    pub applications: Vec<DevApplication>,
    /// Its users; empty is two of its own.
    pub users: Vec<DevUser>,
}

/// An application. Passwords and secrets are no secrets here: whoever can read them can as well start a server of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevApplication {
    /// Its client id.
    pub client_id: String,
    /// Its secret.
    pub secret: String,
    /// The object id of its service principal.
    pub object: Uuid,
    /// What it may do at every resource, if anything.
    pub role: Option<Role>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevUser {
    /// What the user signs in by.
    pub name: String,
    /// The password.
    pub password: String,
    /// The object id.
    pub object: Uuid,
    /// The groups that the user's tokens name.
    pub groups: Vec<Uuid>,
    /// What the user may do at every resource, if anything.
    pub role: Option<Role>,
}

impl DevEntra {
    /// The tenant unless another one is named.
    pub(super) const TENANT: &'static str = "ca115160-0000-4000-8000-00000000de01";

    /// The applications: those that are configured, or one of a service and the one that `az` signs its users in with.
    #[must_use]
    pub fn applications(&self) -> Vec<DevApplication> {
        if !self.applications.is_empty() {
            return self.applications.clone();
        }
        let built_in = [
            "ca115160-0000-4000-8000-00000000de02",
            "04b07795-8ddb-461a-bbee-02f9e1bf7b46 secret= role=none",
        ];
        built_in.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// The users: those that are configured, or Alice and Bob.
    #[must_use]
    pub fn users(&self) -> Vec<DevUser> {
        match self.users.is_empty() {
            true => ["alice@callsign.test", "bob@callsign.test"]
                .into_iter()
                .filter_map(|name| name.parse().ok())
                .collect(),
            false => self.users.clone(),
        }
    }
}

impl FromStr for DevApplication {
    type Err = Complaint;

    /// Reads `<client id> [secret=…] [object=<guid>] [role=…]`.
    fn from_str(text: &str) -> Result<Self, Complaint> {
        let (client_id, words) = words(text)?;
        let mut read = Self {
            client_id: canonical(client_id),
            secret: PASSWORD.to_owned(),
            object: object_of(client_id),
            role: Some(Role::Contributor),
        };
        for (name, value) in words {
            match name {
                "secret" => value.clone_into(&mut read.secret),
                "object" => read.object = guid(value)?,
                "role" => read.role = role(value)?,
                _ => {
                    return Err(unknown(
                        name,
                        "secret=…, object=<guid> or role=reader|issuer|contributor|none",
                    ));
                }
            }
        }
        Ok(read)
    }
}

impl FromStr for DevUser {
    type Err = Complaint;

    /// Reads `<name> [password=…] [object=<guid>] [groups=<guid>+<guid>] [role=…]`.
    fn from_str(text: &str) -> Result<Self, Complaint> {
        let (name, words) = words(text)?;
        let mut read = Self {
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            object: object_of(name),
            groups: Vec::new(),
            role: None,
        };
        for (name, value) in words {
            match name {
                "password" => value.clone_into(&mut read.password),
                "object" => read.object = guid(value)?,
                "groups" => read.groups = value.split('+').map(guid).collect::<Result<_, _>>()?,
                "role" => read.role = role(value)?,
                _ => {
                    let remedy = "password=…, object=<guid>, groups=<guid>+<guid> or role=reader|issuer|contributor|none";
                    return Err(unknown(name, remedy));
                }
            }
        }
        Ok(read)
    }
}

impl fmt::Display for DevApplication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, object) = (self.role.map_or("none", Role::as_str), self.object);
        write!(formatter, "{} secret={} object={object} role={role}", self.client_id, self.secret)
    }
}

impl fmt::Display for DevUser {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} password={} object={}", self.name, self.password, self.object)?;
        if !self.groups.is_empty() {
            let groups: Vec<_> = self.groups.iter().map(Uuid::to_string).collect();
            write!(formatter, " groups={}", groups.join("+"))?;
        }
        write!(formatter, " role={}", self.role.map_or("none", Role::as_str))
    }
}

/// Pairs of a name and a value.
type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// The first word, which is no pair, and the pairs after it.
fn words(text: &str) -> Result<(&str, Pairs<'_>), Complaint> {
    let mut words = text.split_whitespace();
    let first = words.next().filter(|word| !word.contains('=')).ok_or_else(|| {
        Complaint::new(
            format!("{} names nobody", quoted(text)),
            "Begin with the client id of an application or the name of a user",
        )
    })?;
    let pair =
        |word: &'_ str| -> Complaint { unknown(word, "pairs of a name and a value, like role=reader") };
    let pairs = words.map(|word| word.split_once('=').ok_or_else(|| pair(word)));
    Ok((first, pairs.collect::<Result<_, _>>()?))
}

fn unknown(word: &str, remedy: &str) -> Complaint {
    Complaint::new(format!("{} is not known here", quoted(word)), format!("Write {remedy}"))
}

fn role(text: &str) -> Result<Option<Role>, Complaint> {
    if text == "none" { Ok(None) } else { text.parse().map(Some) }
}

/// The same object id for the same name at each start, so that assignments stay good.
fn object_of(name: &str) -> Uuid {
    let digest = sha256(&[b"callsign development authority\n", name.as_bytes()]);
    let number = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    uuid::Builder::from_random_bytes(number.to_be_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_applications_read_back_and_have_defaults() {
        let group = "07474a86-625a-452f-977b-db4e13f21260";
        let user: DevUser = format!("carol password=x=y groups={group}+{group} role=reader").parse().unwrap();
        assert_eq!((user.password.as_str(), user.groups.len(), user.role), ("x=y", 2, Some(Role::Reader)));
        assert_eq!(user.to_string().parse::<DevUser>().unwrap(), user);
        let application: DevApplication = "web secret=s role=none".parse().unwrap();
        assert_eq!((application.secret.as_str(), application.role), ("s", None));
        assert_eq!(application.to_string().parse::<DevApplication>().unwrap(), application);
        assert_ne!("a".parse::<DevUser>().unwrap().object, "b".parse::<DevUser>().unwrap().object);
        for text in
            ["", "role=reader", "alice reader", "alice colour=red", "alice role=owner", "alice object=x"]
        {
            assert!(text.parse::<DevUser>().is_err() && text.parse::<DevApplication>().is_err(), "{text}");
        }
    }

    #[test]
    fn without_configuration_there_are_two_users_and_an_application() {
        let tenant = DevEntra::TENANT.parse().unwrap();
        let mut dev = DevEntra { enabled: true, tenant, applications: Vec::new(), users: Vec::new() };
        assert_eq!(dev.users().len(), 2);
        assert_eq!(dev.applications()[0].role, Some(Role::Contributor));
        dev.users = vec!["carol".parse().unwrap()];
        assert_eq!(dev.users()[0].name, "carol");
    }
}
