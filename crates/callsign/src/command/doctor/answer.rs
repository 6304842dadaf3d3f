//! What the service answers to a request that changes nothing: the clock, the credential and its permissions, the versions.

use azure_core::error::ErrorKind;
use azure_core::http::RawResponse;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_client::error::Failure;
use callsign_client::{CommunicationIdentityClientOptions, CommunicationUserIdentifier, ServiceError};
use callsign_protocol::date::Timestamp;

use super::finding::Finding;
use crate::command::connection::{Chosen, Patience};
use crate::command::refusal;
use crate::printer::{span, visible};

/// An id of no resource: whoever may revoke tokens is told that it is not theirs, and nothing is revoked.
const NOBODY: &str = "8:acs:00000000-0000-0000-0000-000000000000_00000000-0000-0000-0000-000000000000";
/// How far a clock may be off (`live-behaviour.md` §1.2).
const CLOCK_SECONDS_MAX: u64 = 300;
/// Above this a clock is worth a word.
const CLOCK_SECONDS_NOTED: u64 = 30;

pub(super) async fn look(chosen: &Chosen) -> anyhow::Result<Vec<Finding>> {
    let client = chosen.client(None, Patience::None)?;
    let answer = client.revoke_tokens(&CommunicationUserIdentifier::new(NOBODY), None).await;
    let Err(error) = answer else {
        // No service was seen to do so, but it is a success.
        return Ok(vec![Finding::good("credential", "the service accepts it")]);
    };
    let reply = match error.kind() {
        ErrorKind::HttpResponse { raw_response, .. } => raw_response.as_deref(),
        _ => None,
    };
    let Ok(refused) = ServiceError::try_from(&error) else {
        return Ok(vec![no_answer(&error, chosen)]);
    };
    if refused.code.is_none() {
        let found = format!(
            "the answer was {} {}, and not of an ACS Identity service",
            refused.status,
            visible(&refused.message)
        );
        let remedy = match Failure::of(&error) {
            Failure::ServerFault => Failure::ServerFault.hint(),
            _ => "Is the endpoint that of an ACS resource? Something else answers there.",
        };
        return Ok(vec![Finding::bad("credential", found, remedy)]);
    }
    let failure = Failure::of(&error);
    let mut findings = vec![clock(reply, failure)];
    findings.extend(credential(&refused, failure, chosen));
    findings.extend(versions(reply, failure));
    Ok(findings)
}

fn no_answer(error: &azure_core::Error, chosen: &Chosen) -> Finding {
    let failure = Failure::of(error);
    Finding::bad(
        "credential",
        format!("{failure}: {}", refusal::root(error)),
        refusal::remedy(failure, chosen),
    )
}

fn header(reply: Option<&RawResponse>, name: &'static str) -> Option<String> {
    reply?.headers().get_optional_str(&name.into()).map(str::to_owned)
}

fn clock(reply: Option<&RawResponse>, failure: Failure) -> Finding {
    let here = SystemClock.now().unix_timestamp();
    let there = header(reply, "date").and_then(|date| Timestamp::parse_imf_fixdate(&date));
    let difference = there.map(|there| here - there.unix_seconds());
    let shown = match difference {
        Some(-1..=1) => "this machine's clock is that of the service".to_owned(),
        Some(seconds) => {
            let word = if seconds > 0 { "ahead of" } else { "behind" };
            format!("this machine's clock is {} {word} the service's", span::in_words(seconds.unsigned_abs()))
        }
        None => "the service does not say its time".to_owned(),
    };
    let seconds = difference.map_or(0, i64::unsigned_abs);
    if failure == Failure::Clock || seconds > CLOCK_SECONDS_MAX {
        return Finding::bad("clock", shown, Failure::Clock.hint());
    }
    let mut finding = Finding::good("clock", shown);
    if seconds > CLOCK_SECONDS_NOTED {
        finding.remedy = Some("Let it be set by the network: at 5 minutes requests are refused.".to_owned());
    }
    finding
}

/// Whether the service takes the credential, and whether it may do what it is for.
fn credential(refused: &ServiceError, failure: Failure, chosen: &Chosen) -> Vec<Finding> {
    let said = format!("{} {}", refused.status, visible(refused.code.as_deref().unwrap_or_default()));
    match (refused.status, failure) {
        (_, Failure::Clock) => Vec::new(),
        (403, _) => vec![
            Finding::good("credential", "the service knows it"),
            Finding::bad(
                "permissions",
                format!("it may not manage identities ({said})"),
                "Give it the role Contributor on the resource, or one with the actions on identities and tokens.",
            ),
        ],
        (_, Failure::Denied) => vec![Finding::bad(
            "credential",
            format!("the service refuses it ({said}: {})", visible(&refused.message)),
            refusal::remedy(failure, chosen),
        )],
        (_, Failure::Throttled | Failure::ServerFault) => {
            vec![Finding::bad("credential", format!("the service answers {said}"), failure.hint())]
        }
        (_, Failure::ApiVersion) => vec![Finding::good("credential", "it was not looked at: see versions")],
        _ => vec![
            Finding::good("credential", "the service accepts it"),
            Finding::good("permissions", "it may manage identities and tokens"),
        ],
    }
}

fn versions(reply: Option<&RawResponse>, failure: Failure) -> Option<Finding> {
    let used = CommunicationIdentityClientOptions::default().api_version;
    let served = header(reply, "api-supported-versions").map(|versions| visible(&versions));
    match (served, failure) {
        (served, Failure::ApiVersion) => Some(Finding::bad(
            "versions",
            format!(
                "the service does not have {used}; it has {}",
                served.unwrap_or_else(|| "others".to_owned())
            ),
            "Use a callsign whose version the service has, or update the service.",
        )),
        (Some(served), _) => {
            Some(Finding::good("versions", format!("{used} is used; the service has {served}")))
        }
        (None, _) => None,
    }
}
