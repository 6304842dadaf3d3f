//! What a token says of itself, each claim with what it means. Nothing here is believed: the signature is for those who verify.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use callsign_protocol::claims::{MintedBy, Revision};
use callsign_protocol::date::Timestamp;
use serde_json::{Map, Value};

/// Most characters of a value that are shown.
const VALUE_CHARACTERS_MAX: usize = 2_000;

/// Padding is left out in tokens, but some tools put it there.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A decoded token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// Of the header.
    pub(super) header: Vec<Claim>,
    /// Of the payload.
    pub(super) payload: Vec<Claim>,
}

/// A member of a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) name: String,
    /// As it stands in the token.
    pub(super) value: String,
    /// What it says, in words.
    pub(super) meaning: String,
}

/// The token without what is often copied along with it.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("Bearer ").unwrap_or(text).trim_matches(['"', '\'', ' '])
}

impl Decoded {
    /// Reads a bare token; else says why it cannot be read. The token is not cited, for it is a secret.
    pub(super) fn read(token: &str) -> Result<Self, String> {
        let parts: Vec<&str> = token.split('.').collect();
        match parts.as_slice() {
            [header, payload, _signature] => Ok(Self {
                header: claims(&part("header", header)?),
                payload: claims(&part("payload", payload)?),
            }),
            [_, _, _, _, _] => {
                Err("It has five parts: it is encrypted, and only the service that it is for can read it."
                    .to_owned())
            }
            other => Err(format!(
                "It has {} part{} between dots, and an access token has 3. Is it whole?",
                other.len(),
                if other.len() == 1 { "" } else { "s" }
            )),
        }
    }
}

fn part(name: &str, encoded: &str) -> Result<Map<String, Value>, String> {
    let fault = || format!("Its {name} is no base64 of a JSON object. Is it whole?");
    // Standard base64 differs in two letters, and some tools write it.
    let encoded = encoded.replace('+', "-").replace('/', "_");
    let bytes = URL_SAFE.decode(encoded).map_err(|_| fault())?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(fault()),
    }
}

fn claims(members: &Map<String, Value>) -> Vec<Claim> {
    let claim = |(name, value): (&String, &Value)| Claim {
        name: cut(name),
        value: match value {
            Value::String(text) => cut(text),
            other => cut(&other.to_string()),
        },
        meaning: meaning(name, value),
    };
    members.iter().map(claim).collect()
}

fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(VALUE_CHARACTERS_MAX).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn meaning(name: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    match name {
        "skypeid" => format!("The identity 8:{}, without its first two characters.", cut(text)),
        "acsScope" => format!("What the bearer may do: {}.", cut(text).replace(',', ", ")),
        "exp" => format!("When it ends: {}.", instant(value)),
        "iat" => format!("When it was issued: {}.", instant(value)),
        "csi" | "aad_iat" => format!("{}: {}.", since(name), instant_text(text)),
        "rev" => revision(text),
        other => known(other).to_owned(),
    }
}

const fn known(name: &str) -> &'static str {
    match name.as_bytes() {
        b"alg" => "The algorithm of the signature.",
        b"kid" => "Which signing key made the signature.",
        b"typ" => "What kind of token it is.",
        b"scp" => "A bit mask that the services of ACS read: 1792 is a user, 1024 a Teams user.",
        b"rgn" => "The region that belongs to the data location.",
        b"resourceId" => "The resource that the identity belongs to.",
        b"resourceLocation" => "Where that resource's data lies.",
        b"iss" => "Which server issued it.",
        b"sub" => "The identity.",
        b"jti" => "The token's own id.",
        b"tid" => "The tenant of the Entra user.",
        b"aad_appid" => "The application that exchanged the Entra token.",
        b"aad_uti" => "The id of the Entra token that it was exchanged for.",
        _ => "Nothing that this server gives a meaning.",
    }
}

const fn since(name: &str) -> &'static str {
    match name.as_bytes() {
        b"csi" => "When it was issued, written as text",
        _ => "When the Entra token was issued",
    }
}

fn revision(text: &str) -> String {
    let Ok(revision) = text.parse::<Revision>() else {
        return "What it was minted under. Once that moves on, the token is dead.".to_owned();
    };
    let voucher = match revision.minted_by {
        MintedBy::Key { slot, generation } => format!("the {slot} access key of generation {generation}"),
        MintedBy::Entra => "somebody who signed in, and no access key".to_owned(),
    };
    format!(
        "What it was minted under: revocation {} of the identity and {} of the resource, vouched for by {voucher}. Once one of them moves on, \
         the token is dead.",
        revision.identity, revision.resource
    )
}

fn instant(value: &Value) -> String {
    value.as_f64().map_or_else(|| "not a time".to_owned(), |seconds| written(seconds as i64))
}

fn instant_text(text: &str) -> String {
    text.parse().map_or_else(|_| "not a time".to_owned(), written)
}

fn written(seconds: i64) -> String {
    Timestamp::from_unix_seconds(seconds).to_whole_seconds_utc().replace('T', " ").replace("+00:00", " UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE.encode(header), URL_SAFE.encode(payload))
    }

    #[test]
    fn claims_are_explained_in_their_order_or_at_least_shown() {
        // The claims of a recorded token (`live-behaviour.md` §3.2).
        let token = token(
            r#"{"alg":"RS256"}"#,
            r#"{"skypeid":"acs:a_b","scp":1792,"csi":"1657788332","exp":1657874732,"acsScope":"chat,voip","x":[1,{"y":null}]}"#,
        );
        let decoded = Decoded::read(&token).unwrap();
        assert_eq!((decoded.header[0].name.as_str(), decoded.header[0].value.as_str()), ("alg", "RS256"));
        let find = |name: &str| decoded.payload.iter().find(|claim| claim.name == name).unwrap();
        assert!(find("skypeid").meaning.contains("8:acs:a_b"));
        assert!(find("exp").meaning.contains("2022-07-15 08:45:32 UTC"));
        assert!(find("csi").meaning.contains("2022-07-14 08:45:32 UTC"));
        assert!(find("acsScope").meaning.contains("chat, voip"));
        assert_eq!(find("x").value, r#"[1,{"y":null}]"#);
    }

    #[test]
    fn strange_claims_do_no_harm_and_long_ones_are_cut() {
        let long = "x".repeat(10_000);
        let payload =
            format!(r#"{{"exp":"soon","iat":1e300,"csi":7,"rev":"1.2","acsScope":1,"{long}":"{long}"}}"#);
        let decoded = Decoded::read(&token("{}", &payload)).unwrap();
        assert!(decoded.payload.iter().all(|claim| claim.value.len() < 2_100 && claim.name.len() < 2_100));
    }

    #[test]
    fn what_is_no_token_is_told_and_not_cited() {
        let whole = token("{}", "{}");
        for (text, words) in [
            ("s3cr3t", "1 part "),
            ("s3cr3t.s3cr3t", "2 parts"),
            ("s3cr3t.s3cr3t.s3cr3t", "header"),
            (&whole.replacen(".e", ".s3cr3t", 1), "payload"),
            (&token("{}", "[1]"), "payload"),
            ("a.b.c.d.s3cr3t", "encrypted"),
        ] {
            let refused = Decoded::read(text).unwrap_err();
            assert!(refused.contains(words) && !refused.contains("s3cr3t"), "{refused}");
        }
    }

    #[test]
    fn what_is_copied_along_is_left_out() {
        for text in [" a.b.c\n", "Bearer a.b.c", "\"a.b.c\"", "'a.b.c' "] {
            assert_eq!(bare(text), "a.b.c");
        }
    }
}
