//! The paths of the portal, and who may go where.

use http::Method;

use super::answer::{Fault, Problem};
use super::openid;
use super::operator::Need;
use crate::config::Role;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The stylesheet.
    Style,
    /// The script.
    Script,
    /// The icon.
    Icon,
    /// Where somebody signs in.
    SignIn,
    /// Where somebody signs out.
    SignOut,
    /// Where somebody is sent on to the OpenID provider.
    OpenId,
    /// Where they come back from it.
    OpenIdCallback,
    /// A page for those who are signed in.
    Page(Page),
}

/// A page for those who are signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Overview,
    GetStarted,
    Tokens,
    Identities,
    Identity,
    RevokeTokens,
    DeleteIdentity,
    Activity,
    Decoder,
    Metrics,
    Keys,
    ShowKeys,
    RegenerateKey,
    SigningKeys,
    RotateSigningKey,
    RevokeSigningKey,
    Settings,
}

const READER: Need = Need::Role(Role::Reader);
const ISSUER: Need = Need::Role(Role::Issuer);
const CONTRIBUTOR: Need = Need::Role(Role::Contributor);

const GOT: &str = "GET";
const POSTED: &str = "POST";
const BOTH: &str = "GET, POST";

impl Page {
    pub(super) const ALL: [Self; 17] = [
        Self::Overview,
        Self::GetStarted,
        Self::Tokens,
        Self::Identities,
        Self::Identity,
        Self::RevokeTokens,
        Self::DeleteIdentity,
        Self::Activity,
        Self::Decoder,
        Self::Metrics,
        Self::Keys,
        Self::ShowKeys,
        Self::RegenerateKey,
        Self::SigningKeys,
        Self::RotateSigningKey,
        Self::RevokeSigningKey,
        Self::Settings,
    ];

    /// Its path, what it takes, and who may go there.
    const fn row(self) -> (&'static str, &'static str, Need) {
        match self {
            Self::Overview => ("/portal", GOT, READER),
            Self::GetStarted => ("/portal/get-started", GOT, READER),
            Self::Tokens => ("/portal/tokens", BOTH, ISSUER),
            Self::Identities => ("/portal/identities", GOT, READER),
            Self::Identity => ("/portal/identity", GOT, READER),
            Self::RevokeTokens => ("/portal/identity/revoke", BOTH, ISSUER),
            Self::DeleteIdentity => ("/portal/identity/delete", BOTH, CONTRIBUTOR),
            Self::Activity => ("/portal/activity", GOT, READER),
            Self::Metrics => ("/portal/metrics", GOT, READER),
            Self::Decoder => ("/portal/decoder", BOTH, READER),
            Self::Keys => ("/portal/keys", GOT, Need::Administrator),
            Self::ShowKeys => ("/portal/keys/show", POSTED, Need::Administrator),
            Self::RegenerateKey => ("/portal/keys/regenerate", BOTH, Need::Administrator),
            Self::SigningKeys => ("/portal/signing-keys", GOT, READER),
            Self::RotateSigningKey => ("/portal/signing-keys/rotate", BOTH, Need::Administrator),
            Self::RevokeSigningKey => ("/portal/signing-keys/revoke", BOTH, Need::Administrator),
            Self::Settings => ("/portal/settings", GOT, Need::Administrator),
        }
    }

    pub(super) const fn path(self) -> &'static str {
        self.row().0
    }

    pub(super) const fn need(self) -> Need {
        self.row().2
    }

    /// Its name in the menu; `None` when it is reached from another page alone.
    pub(super) const fn menu_name(self) -> Option<&'static str> {
        match self {
            Self::Overview => Some("Overview"),
            Self::GetStarted => Some("Get started"),
            Self::Tokens => Some("Identities & user access tokens"),
            Self::Identities => Some("Identities"),
            Self::Activity => Some("Activity"),
            Self::Metrics => Some("Metrics"),
            Self::Decoder => Some("Token decoder"),
            Self::Keys => Some("Keys"),
            Self::SigningKeys => Some("Signing keys"),
            Self::Settings => Some("Settings"),
            Self::Identity
            | Self::RevokeTokens
            | Self::DeleteIdentity
            | Self::ShowKeys
            | Self::RegenerateKey
            | Self::RotateSigningKey
            | Self::RevokeSigningKey => None,
        }
    }

    /// The page of the menu that it belongs to.
    pub(super) const fn menu_page(self) -> Self {
        match self {
            Self::Identity | Self::RevokeTokens | Self::DeleteIdentity => Self::Identities,
            Self::ShowKeys | Self::RegenerateKey => Self::Keys,
            Self::RotateSigningKey | Self::RevokeSigningKey => Self::SigningKeys,
            other => other,
        }
    }
}

impl Place {
    /// The place of a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/portal/style.css" => Some(Self::Style),
            "/portal/portal.js" => Some(Self::Script),
            "/portal/icon.svg" => Some(Self::Icon),
            "/portal/sign-in" => Some(Self::SignIn),
            "/portal/sign-out" => Some(Self::SignOut),
            openid::BEGIN => Some(Self::OpenId),
            openid::CALLBACK => Some(Self::OpenIdCallback),
            "/portal/" => Some(Self::Page(Page::Overview)),
            _ => Page::ALL.into_iter().find(|page| page.path() == path).map(Self::Page),
        }
    }

    /// Refuses a verb that it does not take.
    pub(super) fn check(self, method: &Method) -> Result<(), Problem> {
        let verbs = match self {
            Self::Style | Self::Script | Self::Icon | Self::OpenId | Self::OpenIdCallback => GOT,
            Self::SignIn => BOTH,
            Self::SignOut => POSTED,
            Self::Page(page) => page.row().1,
        };
        let got = *method == Method::GET || *method == Method::HEAD;
        let taken = (got && verbs != POSTED) || (*method == Method::POST && verbs != GOT);
        if taken {
            return Ok(());
        }
        let sentence =
            "This page is reached by a button of another page. Choose one from the menu, or go to /portal.";
        Err(Problem::new(Fault::Method(verbs), "This page is not opened like that", sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_by_its_path_and_belongs_to_one_of_the_menu() {
        for page in Page::ALL {
            assert_eq!(Place::of(page.path()), Some(Place::Page(page)));
            assert!(page.menu_page().menu_name().is_some(), "{page:?}");
        }
        assert_eq!(Place::of("/portal/nothing"), None);
    }

    #[test]
    fn what_changes_something_is_posted() {
        for (page, got, posted) in [
            (Page::Overview, true, false),
            (Page::Tokens, true, true),
            (Page::ShowKeys, false, true),
            (Page::DeleteIdentity, true, true),
        ] {
            assert_eq!(Place::Page(page).check(&Method::GET).is_ok(), got, "{page:?}");
            assert_eq!(Place::Page(page).check(&Method::HEAD).is_ok(), got, "{page:?}");
            assert_eq!(Place::Page(page).check(&Method::POST).is_ok(), posted, "{page:?}");
            assert!(Place::Page(page).check(&Method::DELETE).is_err());
        }
    }
}
