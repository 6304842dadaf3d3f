//! Access-key authentication (`wire-contract.md` §6.1): date window, the signature under both keys, then the content hash.
//!
//! The signature covers the hash that the head announces, so it is checked before any of the body is read: only the holder
//! of a key makes the server keep one.

use std::sync::Arc;

use callsign_core::caller::{Caller, Proof};
use callsign_core::directory::resource::{ActiveKey, Resource};
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::{
    Authorization, DateHeader, SignedParts, content_sha256, signed_spellings,
};
use http::HeaderName;
use http::request::Parts;

use super::Denial;
use crate::admin::RefusedParts;
use crate::app::App;
use crate::http::Arrival;

const X_MS_DATE: HeaderName = HeaderName::from_static("x-ms-date");
const X_MS_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-ms-content-sha256");
/// The Java client sends what it signed. It explains a refusal and decides nothing.
const X_MS_STRING_TO_SIGN: HeaderName = HeaderName::from_static("x-ms-hmac-string-to-sign-base64");

/// What of a request is authenticated: the target as it arrived, the name that led its path, if any did, and whether it came by
/// the paths of the connector.
pub(crate) struct Credentials<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) target: &'a str,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) through_connector: bool,
}

/// Lets the caller that signed the head in, or says precisely why not and keeps the reason for `doctor request`.
pub(super) fn authenticate(
    app: &App,
    arrival: &Arrival,
    credentials: &Credentials<'_>,
) -> Result<(Caller, Arc<Resource>), Denial> {
    let now = app.service.clock.now();
    let mut built = None;
    let admitted = admit(app, arrival, credentials, (now, &mut built));
    if let Err(denial) = &admitted {
        note_refused(app, credentials, denial, (now, built.as_deref()));
    }
    admitted
}

fn admit(
    app: &App,
    arrival: &Arrival,
    credentials: &Credentials<'_>,
    (now, built): (Timestamp, &mut Option<String>),
) -> Result<(Caller, Arc<Resource>), Denial> {
    let parts = credentials.parts;
    let authorization = authorization(parts)?;
    let host = crate::http::host(parts).ok_or(Denial::Header("host"))?;
    let date = match authorization.date_header {
        DateHeader::XMsDate => header(parts, &X_MS_DATE, "x-ms-date")?,
        DateHeader::Date => header(parts, &http::header::DATE, "date")?,
    };
    let content = header(parts, &X_MS_CONTENT_SHA256, "x-ms-content-sha256")?;
    let signed = SignedParts {
        method: parts.method.as_str(),
        target: credentials.target,
        date,
        host,
        content_sha256: content,
    };
    let string_to_sign = &*built.insert(signed.string_to_sign());
    let resource = find_resource(app, arrival, (credentials, host))?;
    check_date(date, now, app.date_window_minutes)?;
    let key = signer(&resource, &authorization, (&signed, string_to_sign), credentials.prefix)
        .ok_or_else(|| Denial::SignatureDiffers { resource: resource.stored.name.to_string() })?;
    Ok((caller_of(&resource, key), resource))
}

/// The resource that a request with one of its keys is for, if they open anything.
pub(super) fn find_resource(
    app: &App,
    arrival: &Arrival,
    (credentials, host): (&Credentials<'_>, &str),
) -> Result<Arc<Resource>, Denial> {
    let place = (arrival.own_port, credentials.prefix, host);
    let resource = super::resource::find(&app.service.resources, &app.hosts, place)?;
    if app.keys_are_disabled(&resource.stored.name) {
        return Err(Denial::KeysDisabled { resource: resource.stored.name.to_string() });
    }
    Ok(resource)
}

/// Whoever has that key of the resource.
pub(super) fn caller_of(resource: &Resource, key: &ActiveKey) -> Caller {
    super::resource::caller(resource, Proof::Key { slot: key.slot, generation: key.generation })
}

fn authorization(parts: &Parts) -> Result<Authorization, Denial> {
    if !parts.headers.contains_key(http::header::AUTHORIZATION) {
        return Err(Denial::NoCredentials);
    }
    Ok(Authorization::parse(header(parts, &http::header::AUTHORIZATION, "authorization")?)?)
}

fn header<'a>(parts: &'a Parts, name: &HeaderName, called: &'static str) -> Result<&'a str, Denial> {
    crate::http::single_header(&parts.headers, name).ok_or(Denial::Header(called))
}

fn check_date(date: &str, now: Timestamp, minutes: u16) -> Result<(), Denial> {
    let signed_at = Timestamp::parse_imf_fixdate(date)
        .ok_or_else(|| Denial::DateMalformed(date.chars().take(64).collect()))?;
    if signed_at.distance(now).as_secs() > u64::from(minutes) * 60 {
        return Err(Denial::DateOutsideWindow {
            date: date.to_owned(),
            server_date: now.to_imf_fixdate(),
            minutes,
        });
    }
    Ok(())
}

/// Whether the body is the one that was signed. Its hash is recomputed from the bytes that arrived: the header alone
/// proves nothing.
pub(crate) fn check_content(app: &App, credentials: &Credentials<'_>, body: &[u8]) -> Result<(), Denial> {
    let sent = header(credentials.parts, &X_MS_CONTENT_SHA256, "x-ms-content-sha256")?;
    let computed = content_sha256(body);
    if sent == computed {
        return Ok(());
    }
    let denial = Denial::ContentDiffers { sent: sent.chars().take(64).collect(), computed };
    note_refused(app, credentials, &denial, (app.service.clock.now(), None));
    Err(denial)
}

/// The key that made the signature: what arrived is tried first, then the closed list of other spellings.
fn signer<'a>(
    resource: &'a Resource,
    authorization: &Authorization,
    (signed, string_to_sign): (&SignedParts<'_>, &str),
    prefix: Option<&str>,
) -> Option<&'a ActiveKey> {
    let made_by = |text: &str| {
        resource.keys.iter().find(|key| key.request_key.verifies(text, &authorization.signature))
    };
    made_by(string_to_sign).or_else(|| {
        signed_spellings(signed.target, signed.host, prefix)
            .iter()
            .skip(1)
            .find_map(|(target, host)| made_by(&SignedParts { target, host, ..*signed }.string_to_sign()))
    })
}

pub(super) fn note_refused(
    app: &App,
    credentials: &Credentials<'_>,
    denial: &Denial,
    (now, built): (Timestamp, Option<&str>),
) {
    let text = |name: &HeaderName| crate::http::single_header(&credentials.parts.headers, name);
    let refused = RefusedParts {
        client_request_id: text(&crate::http::X_MS_CLIENT_REQUEST_ID),
        method: credentials.parts.method.as_str(),
        target: credentials.target,
        reason: &denial.to_string(),
        string_to_sign: built,
        claimed_string_to_sign_base64: text(&X_MS_STRING_TO_SIGN),
        // Only where the signature itself differs do the two strings tell more than the reason.
        hint: (!matches!(denial, Denial::SignatureDiffers { .. }))
            .then_some("The reason above says what to mend."),
    };
    app.refusals.note(now, &refused);
}
