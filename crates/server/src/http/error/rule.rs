//! What a caller sees where a rule of the core says no.

use std::borrow::Cow;

use callsign_core::Error;
use http::StatusCode;

use super::{Facts, internal};
use crate::authenticate::Denial;

/// Texts and targets of ACS are the recorded ones where there are any.
pub(super) fn rule(error: &Error) -> Facts {
    match error {
        Error::KeyRegenerated => Facts::new(StatusCode::UNAUTHORIZED, "Denied", Denial::PUBLIC_TEXT),
        Error::InvalidMessage(invalid) => {
            let facts = Facts::new(StatusCode::BAD_REQUEST, "ValidationError", invalid.to_string());
            let facts = Facts { target: invalid.target().map(Cow::Borrowed), ..facts };
            if invalid.found_while_binding() { facts } else { facts.listing_versions() }
        }
        Error::IdentityNotOwned => Facts::new(
            StatusCode::UNAUTHORIZED,
            "IdentityNotOwned",
            "Provided identity doesn't belong to the resource.",
        )
        .listing_versions(),
        Error::IdentityNotFound => {
            Facts::new(StatusCode::NOT_FOUND, "IdentityNotFound", "Provided identity doesn't exist.")
                .listing_versions()
        }
        Error::ExchangeOnly => Facts::new(
            StatusCode::BAD_REQUEST,
            "ValidationError",
            "Provided identity is of an Entra user, who gets tokens by the exchange of an Entra token only.",
        )
        .about("id")
        .listing_versions(),
        Error::AccessTokenInvalid(_) | Error::PermissionsMissing(_) | Error::NoUser => {
            Facts::new(StatusCode::UNAUTHORIZED, "InvalidAccessToken", "Provided access token is not valid.")
        }
        Error::ApplicationUnexpected(_) => {
            unexpected("AAD application is not the expected one.", "appId")
        }
        Error::UserUnexpected(_) => {
            unexpected("Provided AAD token issued for unexpected user.", "userId")
        }
        Error::NotAssigned { .. } => Facts::new(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "No assignment of the resource covers the user and the application of the token; put one for them first.",
        )
        .listing_versions(),
        Error::AssignmentNotFound => {
            Facts::new(StatusCode::NOT_FOUND, "AssignmentNotFound", "There is no such assignment.").listing_versions()
        }
        Error::AuthorityUnavailable(_) => Facts::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The issuer of the token does not tell its keys now; try again after the time in Retry-After.",
        ),
        Error::Overloaded => Facts::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The server has more work than it can do in time; try again after the time in Retry-After.",
        ),
        Error::Unavailable(_) => Facts::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailable",
            "The store does not answer; try again after the time in Retry-After.",
        ),
        Error::Internal(_) => internal(),
    }
}

/// Recorded texts and targets.
fn unexpected(text: &str, target: &'static str) -> Facts {
    Facts::new(StatusCode::BAD_REQUEST, "ValidationError", text).about(target).listing_versions()
}
