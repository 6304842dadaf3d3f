//! The pages, one file each.

mod activity;
mod decoder;
mod get_started;
mod identities;
mod identity;
mod keys;
mod metrics;
mod overview;
mod settings;
mod signing_keys;
mod tokens;

use super::answer::{Fault, Problem};
use super::desk::Desk;
use super::route::Page;
use crate::http::site::Answer;

/// Makes the page that the desk was opened for.
pub(super) async fn answer(desk: &Desk<'_>) -> Result<Answer, Problem> {
    match desk.page {
        Page::Overview => overview::show(desk).await,
        Page::GetStarted => get_started::show(desk).await,
        Page::Tokens => Ok(tokens::show(desk).await),
        Page::Identities => identities::show(desk).await,
        Page::Identity => identity::show(desk).await,
        Page::RevokeTokens => identity::revoke(desk).await,
        Page::DeleteIdentity => identity::delete(desk).await,
        Page::Decoder => decoder::show(desk).await,
        Page::Keys | Page::ShowKeys => keys::show(desk).await,
        Page::RegenerateKey => keys::regenerate(desk).await,
        Page::SigningKeys => signing_keys::show(desk).await,
        Page::RotateSigningKey => signing_keys::rotate(desk).await,
        Page::RevokeSigningKey => signing_keys::revoke(desk).await,
        Page::Activity => activity::show(desk).await,
        Page::Metrics => Ok(metrics::show(desk)),
        Page::Settings => Ok(settings::show(desk)),
    }
}

/// For a reply of administration that is none to what was asked.
fn unexpected() -> Problem {
    Problem::new(Fault::Failed, "The server failed", "Its log may tell why. Try again.")
}
