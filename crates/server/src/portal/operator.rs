//! Operators: who signed in to the portal, and how far they reach.

use std::collections::BTreeMap;
use std::sync::Arc;

use callsign_core::directory::resource::Resource;

use crate::config::Role;

/// Somebody who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    /// As records name them, `portal:<name>`, and as pages greet them.
    pub(super) name: Arc<str>,
    /// What they may do, and where.
    pub(super) reach: Reach,
}

/// How far somebody reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everywhere, in everything: whoever came by a link of the server's own user.
    Administrator,
    /// A role at each of these resources, by its name.
    Roles(BTreeMap<String, Role>),
}

/// The least that opens something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// That role at the resource, or a greater one.
    Role(Role),
    /// To be an administrator.
    Administrator,
}

impl Operator {
    /// Whether they may do that at the resource.
    pub(super) fn may(&self, need: Need, resource: &Resource) -> bool {
        match (&self.reach, need) {
            (Reach::Administrator, _) => true,
            (Reach::Roles(_), Need::Administrator) => false,
            (Reach::Roles(_), Need::Role(least)) => self.role(resource).is_some_and(|role| role >= least),
        }
    }

    /// Their role at the resource. Administrators need none.
    pub(super) fn role(&self, resource: &Resource) -> Option<Role> {
        match &self.reach {
            Reach::Administrator => None,
            Reach::Roles(roles) => roles.get(resource.stored.name.as_str()).copied(),
        }
    }
}

impl Need {
    /// In words: who may do what needs it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator, who signs in with the link of callsign portal open",
            Self::Role(Role::Reader) => "a reader of this resource",
            Self::Role(Role::Issuer) => "an issuer of this resource",
            Self::Role(Role::Contributor) => "a contributor of this resource",
        }
    }
}
