//! What a failed call of a service says to a person: the words of `az` for what the service refused, a sentence and what to do
//! for what happened on the way.

use std::error::Error as StdError;

use callsign_client::ServiceError;
use callsign_client::error::Failure;

use super::connection::{Chosen, Credential, entra};
use crate::exit::{Fault, NOT_FOUND};
use crate::printer::visible;

/// The fault for a call that failed.
pub(super) fn of(error: &azure_core::Error, chosen: &Chosen) -> Fault {
    let failure = Failure::of(error);
    let mut lines = match ServiceError::try_from(error) {
        Ok(refusal) if failure == Failure::NeedsCallsign => {
            vec![format!(
                "{failure}: {} answered {} {}",
                chosen.endpoint,
                refusal.status,
                visible(&refusal.message)
            )]
        }
        Ok(refusal) => of_service(&refusal),
        Err(_) => vec![on_the_way(error, failure, chosen)],
    };
    let hint = hint(failure, chosen);
    if !hint.is_empty() {
        lines.push(format!("Hint: {hint}"));
    }
    let fault = Fault::new(lines.join("\n"));
    match ServiceError::try_from(error) {
        Ok(refusal)
            if failure != Failure::NeedsCallsign && refusal.status == 404 && refusal.code.is_some() =>
        {
            Fault { code: NOT_FOUND, ..fault }
        }
        _ => fault,
    }
}

/// Whether every other request would fail in the same way.
pub(super) fn concerns_all(error: &azure_core::Error) -> bool {
    matches!(
        Failure::of(error),
        Failure::Unreachable
            | Failure::UntrustedCertificate
            | Failure::Credential
            | Failure::Denied
            | Failure::Clock
            | Failure::ApiVersion
            | Failure::Reply
    )
}

/// The lines that `az` prints.
fn of_service(refusal: &ServiceError) -> Vec<String> {
    let message = visible(&refusal.message);
    let mut lines = match refusal.code.as_deref().map(visible) {
        Some(code) => {
            vec![format!("({code}) {message}"), format!("Code: {code}"), format!("Message: {message}")]
        }
        None => {
            vec![format!("the answer was {} {message}, and not of an ACS Identity service", refusal.status)]
        }
    };
    lines.extend(refusal.target.iter().map(|target| format!("Target: {}", visible(target))));
    lines.extend(refusal.request_id.iter().map(|id| format!("Request id: {}", visible(id))));
    lines
}

fn on_the_way(error: &azure_core::Error, failure: Failure, chosen: &Chosen) -> String {
    match failure {
        // Its own sentence names what is wrong and what to do.
        Failure::Argument | Failure::Other => root(error),
        Failure::Reply => format!("{failure}, from {}", chosen.endpoint),
        _ => format!("{failure} at {}: {}", chosen.endpoint, root(error)),
    }
}

/// The innermost cause, which says most. It may have several lines.
pub(super) fn root(error: &azure_core::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string().lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// What to do about it; empty when there is nothing to say.
pub(super) fn remedy(failure: Failure, chosen: &Chosen) -> String {
    match (failure, &chosen.credential) {
        (Failure::Denied, Credential::Key(_)) => {
            format!(
                "The access key is that of {}. Compare the access key with that of the resource; it changes when it is regenerated, \
                 and each resource has its own.",
                chosen.origin
            )
        }
        (Failure::Denied, Credential::Entra) => {
            "Is the one who is signed in a Contributor of the resource, and does the resource accept Microsoft Entra?"
                .to_owned()
        }
        (Failure::Credential, Credential::Entra) => entra::remedy(),
        (Failure::Interrupted, _) if chosen.endpoint.starts_with("http://") => {
            format!("Does the port speak TLS? Then the endpoint begins with https://. {}", failure.hint())
        }
        _ => failure.hint().to_owned(),
    }
}

fn hint(failure: Failure, chosen: &Chosen) -> String {
    let remedy = remedy(failure, chosen);
    match failure {
        Failure::Unreachable
        | Failure::UntrustedCertificate
        | Failure::Interrupted
        | Failure::Denied
        | Failure::Clock => {
            format!("{remedy} callsign doctor looks closer.")
        }
        _ => remedy,
    }
}
