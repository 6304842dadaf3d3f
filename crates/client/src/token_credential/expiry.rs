//! When a token ends, read from its `exp` claim. Nothing is verified: whoever accepts the token does that.

use azure_core::credentials::Secret;
use azure_core::time::OffsetDateTime;
use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use crate::error::InvalidArgument;
use crate::models::AccessToken;

const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Claims {
    exp: serde_json::Number,
}

/// Reads the end of a JWT.
impl TryFrom<Secret> for AccessToken {
    type Error = azure_core::Error;

    fn try_from(token: Secret) -> azure_core::Result<Self> {
        let expires_on = ends_at(token.secret()).ok_or(InvalidArgument::Token)?;
        Ok(Self::new(token, expires_on))
    }
}

fn ends_at(token: &str) -> Option<OffsetDateTime> {
    let payload = BASE64URL.decode(token.split('.').nth(1)?).ok()?;
    let Claims { exp } = serde_json::from_slice(&payload).ok()?;
    OffsetDateTime::from_unix_timestamp(whole_seconds(&exp)?).ok()
}

/// RFC 7519 §2 allows a fraction; the earlier second is the safe one.
#[expect(clippy::cast_possible_truncation, reason = "out of range is out of the range of instants, too")]
fn whole_seconds(number: &serde_json::Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds.floor() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> Secret {
        Secret::from(format!("e30.{}.c2ln", BASE64URL.encode(payload)))
    }

    #[test]
    fn the_end_is_read_from_the_payload() {
        for payload in [r#"{"exp":1700000000}"#, r#"{"a":"ÿ?>","exp":1700000000.9}"#, r#"{"exp":1.7e9}"#] {
            let token = AccessToken::try_from(jwt(payload)).unwrap();
            assert_eq!(token.expires_on.unix_timestamp(), 1_700_000_000, "{payload}");
        }
    }

    #[test]
    fn a_token_without_end_is_refused_and_not_repeated() {
        for token in [
            Secret::from("s3cr3t"),
            Secret::from("s3cr3t.s3cr3t!.x"),
            jwt("{}"),
            jwt(r#"{"exp":"1700000000"}"#),
            jwt(r#"{"exp":1e300}"#),
            jwt("s3cr3t"),
        ] {
            let error = AccessToken::try_from(token).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
            assert_eq!(error.downcast_ref(), Some(&InvalidArgument::Token));
        }
    }
}
