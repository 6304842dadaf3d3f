//! Key sets: the public halves of signing keys as RFC 7517 writes them, and their names.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Where a server publishes its key set.
pub const KEY_SET_PATH: &str = "/.well-known/jwks.json";

/// Where a server publishes what it is, for readers of OpenID Connect Discovery.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// A JWK set (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The keys, in no order.
    pub keys: Vec<PublicKey>,
}

/// An RSA key that signs by RS256 (RFC 7517 §4, RFC 7518 §6.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// `RSA`.
    pub kty: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `RS256`.
    pub alg: String,
    /// The key's name: its thumbprint.
    pub kid: String,
    /// The modulus, base64url of its big-endian bytes without leading zeros.
    pub n: String,
    /// The exponent, likewise.
    pub e: String,
}

impl PublicKey {
    /// The key of that modulus and exponent, both big-endian without leading zeros, named by its RFC 7638 thumbprint.
    #[must_use]
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        let [kty, usage, alg] = ["RSA", "sig", "RS256"].map(str::to_owned);
        Self { kid: thumbprint(&n, &e), kty, usage, alg, n, e }
    }

    /// Whether the key made this RSASSA-PKCS1-v1_5 SHA-256 signature. `false` for any key that is not 2048 to 8192 bits
    /// of RSA.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else { return false };
        let key = RsaPublicKeyComponents { n, e };
        self.kty == "RSA" && key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
    }
}

/// SHA-256 of the required members in lexical order (RFC 7638 §3).
fn thumbprint(modulus: &str, exponent: &str) -> String {
    let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, members.as_bytes()))
}

/// What a server says of itself (OpenID Connect Discovery 1.0 §3), as far as it applies to one that only issues access
/// tokens: there is no authorization endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The `iss` claim of its tokens.
    pub issuer: String,
    /// Where its key set is.
    pub jwks_uri: String,
    /// None: there is nothing to authorize.
    pub response_types_supported: Vec<String>,
    /// `public`: the `sub` claim is the same for everybody.
    pub subject_types_supported: Vec<String>,
    /// `RS256`.
    pub id_token_signing_alg_values_supported: Vec<String>,
}

impl Discovery {
    /// What the issuer says.
    #[must_use]
    pub fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            jwks_uri: format!("{issuer}{KEY_SET_PATH}"),
            response_types_supported: Vec::new(),
            subject_types_supported: vec!["public".to_owned()],
            id_token_signing_alg_values_supported: vec!["RS256".to_owned()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_the_standard_s_example_comes_out() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn6\
                 4tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n9\
                 1CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let decoded = URL_SAFE_NO_PAD.decode(n).unwrap();
        let key = PublicKey::rsa(&decoded, &[1, 0, 1]);
        assert_eq!((key.n.as_str(), key.e.as_str()), (n, "AQAB"));
        assert_eq!(key.kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_set_reads_back() {
        let set = KeySet { keys: vec![PublicKey::rsa(&[9; 256], &[1, 0, 1])] };
        let text = serde_json::to_string(&set).unwrap();
        assert!(text.starts_with(r#"{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":""#), "{text}");
        assert_eq!(serde_json::from_str::<KeySet>(&text).unwrap(), set);
    }
}
