//! Every refusal has exactly one status, code and text, and none tells what is private.

use callsign_core::authorities::Unproved;
use callsign_core::store::StoreError;
use callsign_protocol::access_key::AccessKeyError;
use callsign_protocol::connection_string::InvalidConnectionString;
use callsign_protocol::entra::Rejection;
use callsign_protocol::messages::request::InvalidMessage;
use callsign_protocol::signature::MalformedAuthorization;

use super::*;

const PRIVATE: &str = "PRIVATE-CAUSE";

/// One of each. The match below keeps the list whole: a new variant does not compile until it stands here.
fn every_refusal() -> Vec<(Refusal, u16, &'static str)> {
    let private = || PRIVATE.to_owned();
    [
        (Refusal::RouteUnknown, 404, "NotFound"),
        (Refusal::MethodNotAllowed { allow: "<methods>".to_owned() }, 405, "MethodNotAllowed"),
        (Refusal::UriTooLong, 414, "UriTooLong"),
        (Refusal::HeadersTooLarge, 431, "RequestHeaderFieldsTooLarge"),
        (Refusal::BodyTooLarge { bytes_max: 65_536 }, 413, "RequestEntityTooLarge"),
        (Refusal::BodyTooLarge { bytes_max: 131_072 }, 413, "RequestEntityTooLarge"),
        (Refusal::BodyUnreadable, 400, "BadRequest"),
        (Refusal::BodyTooSlow, 408, "RequestTimeout"),
        (Refusal::Throttled { retry_after_seconds: 1 }, 429, "TooManyRequests"),
        (Refusal::OverQuota { retry_after_seconds: 1 }, 429, "TooManyRequests"),
        (Refusal::VersionUnspecified, 400, "ApiVersionUnspecified"),
        (
            Refusal::VersionUnsupported { uri: "<uri>".to_owned(), version: "<version>".to_owned() },
            400,
            "UnsupportedApiVersion",
        ),
        (Refusal::IdentityIdMalformed, 400, "ValidationError"),
        (Refusal::Feed(NotRead::PositionGone), 410, "PositionGone"),
        (Refusal::Feed(NotRead::TooManyReaders), 503, "ServiceUnavailable"),
        (Refusal::Feed(NotRead::Stopping), 503, "ServiceUnavailable"),
        (Refusal::Feed(NotRead::AccessEnded), 401, "Denied"),
        (Refusal::Feed(NotRead::Failed(Error::Overloaded)), 503, "ServiceUnavailable"),
        (Refusal::Rule(Error::KeyRegenerated), 401, "Denied"),
        (Refusal::Rule(Error::InvalidMessage(InvalidMessage::ScopesEmpty)), 400, "ValidationError"),
        (Refusal::Rule(Error::IdentityNotOwned), 401, "IdentityNotOwned"),
        (Refusal::Rule(Error::IdentityNotFound), 404, "IdentityNotFound"),
        (Refusal::Rule(Error::Overloaded), 503, "ServiceUnavailable"),
        (
            Refusal::Rule(Error::Unavailable(StoreError::Unavailable { reason: private() })),
            503,
            "ServiceUnavailable",
        ),
        (Refusal::Rule(Error::Internal(private())), 500, "InternalServerError"),
        (Refusal::Internal(private()), 500, "InternalServerError"),
    ]
    .into_iter()
    .chain(every_input_fault())
    .chain(every_exchange_refusal())
    .chain(every_denial())
    .collect()
}

fn every_denial() -> Vec<(Refusal, u16, &'static str)> {
    let private = || PRIVATE.to_owned();
    vec![
        (Refusal::Denied(Denial::NoCredentials), 401, "Denied"),
        (Refusal::Denied(Denial::TokenMissing), 401, "Denied"),
        (Refusal::Denied(Denial::BearerOverHttp), 401, "Denied"),
        (Refusal::Denied(Denial::BearerRejected(Rejection::IssuerUnknown(private()))), 401, "Denied"),
        (Refusal::Denied(Denial::KeysDisabled { resource: private() }), 401, "Denied"),
        (
            Refusal::Denied(Denial::RoleMissing {
                caller: private(),
                resource: private(),
                needed: "a",
                has: "b",
            }),
            401,
            "Denied",
        ),
        (Refusal::Denied(Denial::Malformed(MalformedAuthorization::Signature)), 401, "Denied"),
        (Refusal::Denied(Denial::Header("host")), 401, "Denied"),
        (Refusal::Denied(Denial::DateMalformed(private())), 401, "Denied"),
        (Refusal::Denied(Denial::ContentDiffers { sent: private(), computed: private() }), 401, "Denied"),
        (Refusal::Denied(Denial::HostUnknown(private())), 401, "Denied"),
        (Refusal::Denied(Denial::SignatureDiffers { resource: private() }), 401, "Denied"),
        (Refusal::Denied(Denial::KeyOverHttp), 401, "Denied"),
        (Refusal::Denied(Denial::SeveralProofs), 401, "Denied"),
        (Refusal::Denied(Denial::ConnectionStringMalformed(InvalidConnectionString::Empty)), 401, "Denied"),
        (Refusal::Denied(Denial::ApiKeyMalformed(AccessKeyError)), 401, "Denied"),
        (Refusal::Denied(Denial::KeyDiffers { resource: private() }), 401, "Denied"),
        (
            Refusal::Denied(Denial::DateOutsideWindow {
                date: "<date>".to_owned(),
                server_date: "<date>".to_owned(),
                minutes: 5,
            }),
            401,
            "Denied",
        ),
    ]
}

fn every_exchange_refusal() -> Vec<(Refusal, u16, &'static str)> {
    let private = || PRIVATE.to_owned();
    vec![
        (Error::ExchangeOnly, 400, "ValidationError"),
        (
            Error::AccessTokenInvalid(Unproved::Rejected(Rejection::Claims(private()))),
            401,
            "InvalidAccessToken",
        ),
        (Error::PermissionsMissing(vec![PRIVATE]), 401, "InvalidAccessToken"),
        (Error::NoUser, 401, "InvalidAccessToken"),
        (Error::ApplicationUnexpected(private()), 400, "ValidationError"),
        (Error::UserUnexpected(private()), 400, "ValidationError"),
        (Error::NotAssigned { user: private(), application: private() }, 403, "Forbidden"),
        (Error::AssignmentNotFound, 404, "AssignmentNotFound"),
        (
            Error::AuthorityUnavailable(Unproved::Unknown { issuer: private(), reason: private() }),
            503,
            "ServiceUnavailable",
        ),
    ]
    .into_iter()
    .map(|(error, status, code)| (Refusal::Rule(error), status, code))
    .collect()
}

/// Who develops is told the cause, and it stands nowhere else.
#[test]
fn the_reason_is_told_within_and_only_when_it_is_asked_for() {
    for (refusal, ..) in every_refusal() {
        let mut facts = refusal.facts();
        facts.reason = refusal.hidden_reason();
        let body: serde_json::Value = serde_json::from_slice(&facts.envelope()).unwrap();
        let inner = &body["error"]["innererror"];
        assert_eq!(inner["message"].as_str(), facts.reason.as_deref(), "{refusal:?}");
        assert_eq!(inner.get("code").is_some(), facts.reason.is_some());
    }
}

fn every_input_fault() -> Vec<(Refusal, u16, &'static str)> {
    let words = |text: &str| text.to_owned();
    vec![
        (InputFault::MediaType { expected: "<media type>" }, 415, "UnsupportedMediaType"),
        (InputFault::NotAnObject { detail: words("<reason>") }, 400, "ValidationError"),
        (
            InputFault::Invalid { name: "<name>", detail: words("'<name>' must be <form>.") },
            400,
            "ValidationError",
        ),
        (InputFault::Unknown { name: words("<name>") }, 400, "ValidationError"),
        (InputFault::Repeated { name: words("<name>") }, 400, "ValidationError"),
    ]
    .into_iter()
    .map(|(fault, status, code)| (Refusal::Input(fault), status, code))
    .collect()
}

#[test]
fn what_the_log_tells_of_input_repeats_no_word_of_the_caller() {
    let word = || "PRIVATE-TOKEN".to_owned();
    for fault in [
        InputFault::NotAnObject { detail: word() },
        InputFault::Invalid { name: "token", detail: word() },
        InputFault::Unknown { name: word() },
        InputFault::Repeated { name: word() },
    ] {
        assert!(!fault.to_string().contains("PRIVATE-TOKEN"));
    }
}

#[test]
fn every_refusal_has_one_status_and_code_and_hides_its_cause() {
    for (refusal, status, code) in every_refusal() {
        let facts = refusal.facts();
        assert_eq!((facts.status.as_u16(), facts.code), (status, code), "{refusal:?}");
        assert!(facts.message.ends_with(['.', '"']), "{}", facts.message);
        assert!(!facts.message.contains(PRIVATE), "{refusal:?}");
        let body: serde_json::Value = serde_json::from_slice(&facts.envelope()).unwrap();
        assert_eq!(body["error"]["code"], code);
        assert_eq!(body["error"].get("target").is_some(), facts.target.is_some());
    }
}

#[test]
fn whoever_may_try_again_is_told_when() {
    for (refusal, status, _) in every_refusal() {
        assert_eq!(refusal.retry_after_seconds().is_some(), matches!(status, 429 | 503), "{refusal:?}");
    }
}

#[test]
fn no_variant_is_missing_from_the_table() {
    fn name(refusal: &Refusal) -> &'static str {
        match refusal {
            Refusal::RouteUnknown => "RouteUnknown",
            Refusal::MethodNotAllowed { .. } => "MethodNotAllowed",
            Refusal::UriTooLong => "UriTooLong",
            Refusal::HeadersTooLarge => "HeadersTooLarge",
            Refusal::BodyTooLarge { .. } => "BodyTooLarge",
            Refusal::BodyUnreadable => "BodyUnreadable",
            Refusal::BodyTooSlow => "BodyTooSlow",
            Refusal::Denied(_) => "Denied",
            Refusal::Throttled { .. } => "Throttled",
            Refusal::OverQuota { .. } => "OverQuota",
            Refusal::VersionUnspecified => "VersionUnspecified",
            Refusal::VersionUnsupported { .. } => "VersionUnsupported",
            Refusal::IdentityIdMalformed => "IdentityIdMalformed",
            Refusal::Input(InputFault::MediaType { .. }) => "MediaType",
            Refusal::Input(InputFault::NotAnObject { .. }) => "NotAnObject",
            Refusal::Input(InputFault::Invalid { .. }) => "Invalid",
            Refusal::Input(InputFault::Unknown { .. }) => "Unknown",
            Refusal::Input(InputFault::Repeated { .. }) => "Repeated",
            Refusal::Feed(NotRead::PositionGone) => "PositionGone",
            Refusal::Feed(NotRead::TooManyReaders) => "TooManyReaders",
            Refusal::Feed(NotRead::Stopping) => "Stopping",
            Refusal::Feed(NotRead::AccessEnded) => "AccessEnded",
            Refusal::Feed(NotRead::Failed(_)) => "Failed",
            Refusal::Internal(_) => "Internal",
            Refusal::Rule(Error::KeyRegenerated) => "KeyRegenerated",
            Refusal::Rule(Error::InvalidMessage(_)) => "InvalidMessage",
            Refusal::Rule(Error::IdentityNotOwned) => "IdentityNotOwned",
            Refusal::Rule(Error::IdentityNotFound) => "IdentityNotFound",
            Refusal::Rule(Error::ExchangeOnly) => "ExchangeOnly",
            Refusal::Rule(Error::AccessTokenInvalid(_)) => "AccessTokenInvalid",
            Refusal::Rule(Error::PermissionsMissing(_)) => "PermissionsMissing",
            Refusal::Rule(Error::NoUser) => "NoUser",
            Refusal::Rule(Error::ApplicationUnexpected(_)) => "ApplicationUnexpected",
            Refusal::Rule(Error::UserUnexpected(_)) => "UserUnexpected",
            Refusal::Rule(Error::NotAssigned { .. }) => "NotAssigned",
            Refusal::Rule(Error::AssignmentNotFound) => "AssignmentNotFound",
            Refusal::Rule(Error::AuthorityUnavailable(_)) => "AuthorityUnavailable",
            Refusal::Rule(Error::Overloaded) => "Overloaded",
            Refusal::Rule(Error::Unavailable(_)) => "Unavailable",
            Refusal::Rule(Error::Internal(_)) => "RuleInternal",
        }
    }
    let names: std::collections::BTreeSet<_> =
        every_refusal().iter().map(|(refusal, _, _)| name(refusal)).collect();
    assert_eq!(names.len(), 40, "{names:?}");
}

/// The reference page of errors, made of the same table.
fn reference() -> String {
    let mut page = "# Errors\n\nEvery refusal is `{\"error\":{\"code\",\"message\",\"target\"?}}`; below `/callsign/v1` it is a problem of \
                    RFC 9457, whose `type` is `urn:callsign:problem:<code>` and whose `detail` is the message. A test writes this \
                    page from the code; texts in `<…>` are filled in.\n\n| status | code | target | message | try again |\n| --- | --- | --- | --- | --- |\n"
        .to_owned();
    let mut rows: Vec<_> = every_refusal().into_iter().chain(every_invalid_message()).collect();
    rows.sort_by_key(|(_, status, _)| *status);
    let mut seen = std::collections::BTreeSet::new();
    for (refusal, status, code) in rows {
        let facts = refusal.facts();
        let again = if refusal.retry_after_seconds().is_some() { "after `Retry-After`" } else { "" };
        let target = facts.target.as_deref().map(|target| format!("`{target}`")).unwrap_or_default();
        let row = format!("| {status} | `{code}` | {target} | {} | {again} |\n", facts.message);
        if seen.insert(row.clone()) {
            page.push_str(&row);
        }
    }
    page
}

fn every_invalid_message() -> Vec<(Refusal, u16, &'static str)> {
    let word = || "<word>".to_owned();
    [
        InvalidMessage::NotAnObject { reason: "<reason>".to_owned() },
        InvalidMessage::ScopesMissing,
        InvalidMessage::ScopeUnknown { member: "scopes", word: word() },
        InvalidMessage::ScopeUnknown { member: "createTokenWithScopes", word: word() },
        InvalidMessage::ScopesNotStrings { member: "scopes" },
        InvalidMessage::ScopesNotStrings { member: "createTokenWithScopes" },
        InvalidMessage::LifetimeOutOfRange { value: "<number>".to_owned() },
        InvalidMessage::LifetimeNotWhole,
        InvalidMessage::CustomIdLength,
        InvalidMessage::TokenMissing,
        InvalidMessage::MemberMissing { member: "AppId" },
        InvalidMessage::MemberMissing { member: "UserId" },
        InvalidMessage::MemberNoGuid { member: "appId" },
        InvalidMessage::MemberNoGuid { member: "userId" },
        InvalidMessage::MemberMissing { member: "PrincipalType" },
        InvalidMessage::MemberMissing { member: "TenantId" },
        InvalidMessage::MemberMissing { member: "ClientIds" },
        InvalidMessage::MemberNoGuid { member: "tenantId" },
        InvalidMessage::MemberNoGuid { member: "objectId" },
        InvalidMessage::MemberInvalid { member: "<member>", reason: "<reason>." },
    ]
    .into_iter()
    .map(|invalid| (Refusal::Rule(Error::InvalidMessage(invalid)), 400, "ValidationError"))
    .collect()
}

#[test]
fn the_reference_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/errors.md");
    if std::env::var_os("CALLSIGN_WRITE_REFERENCE").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        committed,
        reference(),
        "run this test with CALLSIGN_WRITE_REFERENCE=1 and commit docs/reference/errors.md"
    );
}
