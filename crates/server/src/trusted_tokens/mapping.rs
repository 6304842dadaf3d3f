//! Whose identity is whose: the custom id that a user's identity has.

use std::fmt::Write as _;

use callsign_protocol::digest::sha256;
use callsign_protocol::entra::EntraToken;
use callsign_protocol::messages::request::CUSTOM_ID_CHARACTERS_MAX;

/// The custom id of the identity of the token's user; `None` when the token is of no user.
///
/// A user of a tenant is the same by whichever of its issuers, and by whichever application: `<tenant>/<object>`. Any other is who their issuer
/// says, and nobody else's: `<issuer>#<subject>`. A tenant's guid is no URL, and no URL of an issuer has a fragment, so that
/// no two users have the same.
pub(super) fn custom_id(token: &EntraToken) -> Option<String> {
    if token.is_application_itself {
        return None;
    }
    let principal = token.principal.as_deref().filter(|principal| !principal.is_empty())?;
    let plain = match (token.tenant, token.object) {
        (Some(tenant), Some(object)) => format!("{tenant}/{object}"),
        _ => format!("{}#{principal}", token.issuer),
    };
    let fits = plain.chars().count() <= CUSTOM_ID_CHARACTERS_MAX && !plain.chars().any(char::is_control);
    Some(if fits { plain } else { digested(&plain) })
}

/// For what a custom id cannot hold.
fn digested(plain: &str) -> String {
    let mut text = String::from("sha256:");
    for byte in sha256(&[plain.as_bytes()]) {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use callsign_protocol::date::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn token(issuer: &str, tenant: Option<u128>, principal: &str) -> EntraToken {
        let now = Timestamp::from_unix_seconds(0);
        EntraToken {
            issuer: issuer.to_owned(),
            tenant: tenant.map(Uuid::from_u128),
            object: Uuid::try_parse(principal).ok(),
            principal: Some(principal.to_owned()),
            application: Some("web".to_owned()),
            is_application_itself: false,
            permissions: Vec::new(),
            groups: Vec::new(),
            issued_at: now,
            expires_at: now,
            token_id: None,
        }
    }

    const OBJECT: &str = "b27b64b9-39d2-44a3-869d-67700b74e805";

    #[test]
    fn a_user_of_a_tenant_is_the_same_by_all_its_issuers() {
        let of = |issuer| custom_id(&token(issuer, Some(7), OBJECT)).unwrap();
        assert_eq!(of("https://sts.windows.net/7/"), format!("{}/{OBJECT}", Uuid::from_u128(7)));
        assert_eq!(of("https://sts.windows.net/7/"), of("https://login.microsoftonline.com/7/v2.0"));
    }

    #[test]
    fn no_two_users_have_the_same() {
        let (long, control) = ("x".repeat(256), "a\u{7}");
        let users = [
            token("https://a.example", None, "alice"),
            token("https://b.example", None, "alice"),
            token("https://a.example/", None, "alice"),
            token("https://a.example", None, "bob"),
            token("https://a.example", None, OBJECT),
            token("https://a.example", Some(7), OBJECT),
            token("https://a.example", Some(8), OBJECT),
            // A subject that is no object id says nothing beyond its issuer, whatever tenant that speaks for.
            token("https://b.example", Some(7), "alice2"),
            token("https://c.example", Some(7), "alice2"),
            token("https://a.example", None, &long),
            token("https://b.example", None, &long),
            token("https://a.example", None, control),
        ];
        let mut names: Vec<_> = users.iter().map(|token| custom_id(token).unwrap()).collect();
        for name in &names {
            assert!(name.chars().count() <= CUSTOM_ID_CHARACTERS_MAX && !name.chars().any(char::is_control));
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), users.len());
    }

    #[test]
    fn an_application_and_nobody_have_none() {
        let application =
            EntraToken { is_application_itself: true, ..token("https://a.example", None, "web") };
        let nobody = EntraToken { principal: None, ..token("https://a.example", None, "x") };
        let empty = token("https://a.example", None, "");
        for token in [application, nobody, empty] {
            assert_eq!(custom_id(&token), None);
        }
    }
}
