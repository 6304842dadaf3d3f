//! The paths of the trusted token service.

use http::Method;

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The caller's identity.
    User,
    /// An access token of the caller.
    Token,
    /// An access token of the caller as a Teams user.
    TeamsToken,
    /// The page that shows it all.
    Page,
    Script,
    Style,
}

impl Route {
    /// The route of a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path {
            "/api/user" => Some(Self::User),
            "/api/token" => Some(Self::Token),
            "/api/token/teams" => Some(Self::TeamsToken),
            "/trusted" => Some(Self::Page),
            "/trusted/page.js" => Some(Self::Script),
            "/trusted/page.css" => Some(Self::Style),
            _ => None,
        }
    }

    /// Whether it is there only with the page.
    pub(super) const fn is_of_page(self) -> bool {
        matches!(self, Self::Page | Self::Script | Self::Style)
    }

    /// As `Allow` lists them.
    pub(super) const fn verbs(self) -> &'static str {
        match self {
            Self::User => "GET, POST, DELETE",
            Self::Token | Self::TeamsToken | Self::Page | Self::Script | Self::Style => "GET",
        }
    }

    pub(super) fn takes(self, method: &Method) -> bool {
        self.verbs().split(", ").any(|verb| verb == method.as_str())
    }
}
