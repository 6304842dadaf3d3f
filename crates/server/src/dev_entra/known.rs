//! Who is known to the development authority, and how each proves to be who they say.

use aws_lc_rs::constant_time::verify_slices_are_equal;

use super::answer::{Fault, Refusal, cut};
use super::form::Form;
use crate::config::{DevApplication, DevEntra, DevUser};

/// Names that a refusal lists.
const LISTED_MAX: usize = 10;

/// Users and applications.
pub(super) struct Known {
    applications: Vec<DevApplication>,
    users: Vec<DevUser>,
}

/// The application that a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) application: &'a DevApplication,
    /// Whether it showed its secret. Without it is a public client, which acts for users only.
    pub(super) showed_secret: bool,
}

impl Known {
    pub(super) fn new(config: &DevEntra) -> Self {
        Self { applications: config.applications(), users: config.users() }
    }

    /// The application of that client id.
    pub(super) fn application(&self, client_id: &str) -> Option<&DevApplication> {
        self.applications.iter().find(|application| application.client_id.eq_ignore_ascii_case(client_id))
    }

    /// The application whose service principal has that object id.
    pub(super) fn application_of_object(&self, object: &str) -> Option<&DevApplication> {
        self.applications
            .iter()
            .find(|application| application.object.to_string().eq_ignore_ascii_case(object))
    }

    /// The one that a managed identity is: the first that may do anything.
    pub(super) fn managed(&self) -> Option<&DevApplication> {
        let with_role = self.applications.iter().find(|application| application.role.is_some());
        with_role.or(self.applications.first())
    }

    /// The user of that object id.
    pub(super) fn user_of_object(&self, object: &str) -> Option<&DevUser> {
        self.users.iter().find(|user| user.object.to_string() == object)
    }

    /// The application that a form names.
    pub(super) fn named(&self, form: &Form) -> Result<&DevApplication, Refusal> {
        let client_id = form.required("client_id")?;
        self.application(client_id).ok_or_else(|| {
            let (known, given) = (self.application_names(), cut(client_id));
            let sentence = format!(
                "Application with identifier '{given}' was not found in the directory. Use one of {known}, or add it to \
                 dev_entra.applications."
            );
            Refusal::new(Fault::ApplicationUnknown, sentence)
        })
    }

    /// The application that a form names. A secret need not be there, and must be right if it is.
    pub(super) fn client(&self, form: &Form) -> Result<Client<'_>, Refusal> {
        let application = self.named(form)?;
        let given = form.get("client_secret");
        if given.is_some_and(|given| !is_same(given, &application.secret)) {
            let sentence = format!(
                "Invalid client secret provided for application '{}'. Send the one that dev_entra.applications says, which is \
                 'callsign' where it says none.",
                application.client_id
            );
            return Err(Refusal::new(Fault::SecretWrong, sentence));
        }
        Ok(Client { application, showed_secret: given.is_some() })
    }

    /// The user of that name and password.
    pub(super) fn user(&self, name: &str, password: &str) -> Result<&DevUser, Refusal> {
        let user = self.users.iter().find(|user| user.name.eq_ignore_ascii_case(name));
        user.filter(|user| is_same(password, &user.password)).ok_or_else(|| {
            let names = list(self.users.iter().map(|user| user.name.as_str()));
            let sentence = format!(
                "Error validating credentials due to invalid username or password. The users are {names}; their passwords stand \
                 in dev_entra.users, and are 'callsign' where none stands there."
            );
            Refusal::new(Fault::PasswordWrong, sentence)
        })
    }

    /// The client ids, for a refusal.
    pub(super) fn application_names(&self) -> String {
        list(self.applications.iter().map(|application| application.client_id.as_str()))
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.take(LISTED_MAX).collect::<Vec<_>>().join(", ")
}

/// Whether two secrets are the same; how much of them is the same does not show in the time that it takes.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    !other.is_empty() && verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
