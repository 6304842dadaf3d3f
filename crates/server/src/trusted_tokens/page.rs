//! The page that shows the service to those who develop: it signs in with the development authority, creates its user, gets a token
//! and renews it before it ends.

use bytes::Bytes;
use callsign_protocol::entra::Purpose;
use maud::{DOCTYPE, Markup, html};

use super::answer;
use super::route::Route;
use crate::config::DevEntra;
use crate::http::site::{Answer, head};

/// The page of a development authority.
pub(super) struct Page {
    client_id: String,
    tenant: String,
}

impl Page {
    /// The page, if there is a development authority to sign in with.
    pub(super) fn new(dev_entra: &DevEntra) -> Option<Self> {
        let application = dev_entra.applications().into_iter().next().filter(|_| dev_entra.enabled)?;
        Some(Self { client_id: application.client_id, tenant: dev_entra.tenant.to_string() })
    }

    /// One of its files.
    pub(super) fn answer(&self, route: Route) -> Answer {
        let text = |text: &'static str| Bytes::from_static(text.as_bytes());
        match route {
            Route::Script => {
                answer::file("text/javascript; charset=utf-8", text(include_str!("page/page.js")))
            }
            Route::Style => answer::file("text/css; charset=utf-8", text(include_str!("page/page.css"))),
            _ => answer::file("text/html; charset=utf-8", Bytes::from(self.markup().into_string())),
        }
    }

    fn markup(&self) -> Markup {
        let audience = Purpose::TrustedTokens.audience();
        let files = html! {
            link rel="stylesheet" href="/trusted/page.css";
            script defer src="/trusted/page.js" {}
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                (head("Trusted token service - Callsign", &files))
                body data-client-id=(self.client_id) data-authority={ "/" (self.tenant) "/oauth2/v2.0" }
                    data-scope={ "openid offline_access " (audience) "/access_as_user" } {
                    main {
                        h1 { "Trusted token service" }
                        p { "A page signs a user in, and this server gives the user an identity and access tokens. No key is in the page." }
                        noscript { p { "This page shows what script of yours would do, so it needs script." } }
                        p id="status" role="status" aria-live="polite" { "Nobody is signed in." }
                        p id="error" role="alert" {}
                        (sign_in())
                        (signed_in())
                    }
                }
            }
        }
    }
}

fn sign_in() -> Markup {
    html! {
        section id="signed-out" aria-labelledby="sign-in-heading" {
            h2 id="sign-in-heading" { "1. Sign in" }
            p { "With the development authority: alice@callsign.test, password callsign, unless it was told otherwise." }
            p { button id="sign-in" type="button" { "Sign in" } }
        }
    }
}

fn signed_in() -> Markup {
    html! {
        div id="signed-in" hidden {
            section aria-labelledby="user-heading" {
                h2 id="user-heading" { "2. The user" }
                dl {
                    dt { "Identity" }
                    dd { code id="identity" {} }
                    dt { "It was" }
                    dd id="identity-origin" {}
                }
            }
            section aria-labelledby="token-heading" {
                h2 id="token-heading" { "3. The access token" }
                dl {
                    dt { "Token" }
                    dd { code id="token" {} }
                    dt { "Ends" }
                    dd { time id="expires-on" {} }
                    dt { "Renewed next" }
                    dd { time id="renews-at" {} " (" span id="renews-in" {} ")" }
                    dt { "Renewed so far" }
                    dd id="renewal-count" { "0" }
                }
                p {
                    label for="renewal" { "Renew " }
                    select id="renewal" {
                        option value="before-end" selected { "10 minutes before it ends" }
                        option value="soon" { "every 10 seconds, to watch it" }
                    }
                }
                p { button id="renew" type="button" { "Renew now" } }
            }
            section aria-labelledby="renewals-heading" {
                h2 id="renewals-heading" { "4. What happened" }
                ol id="renewals" {}
            }
            p {
                button id="delete-user" type="button" { "Delete the user and sign out" }
                " "
                button id="sign-out" type="button" { "Sign out" }
            }
        }
    }
}
