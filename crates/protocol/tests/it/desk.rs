//! A desk that signs: an RSA key named `rsa` and a P-256 key named `p256`, both published, made anew for each test.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PSS_SHA256, RsaEncoding,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::key_set::{KeySet, PublicKey, VerifyingKey};
use serde_json::json;

pub struct Desk {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    published: Vec<VerifyingKey>,
}

impl Desk {
    pub fn new() -> Self {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let keys = json!({"keys": [named("rsa", &rsa_public(&rsa)), named("p256", &p256_public(&p256))]});
        let set = KeySet::parse(keys.to_string().as_bytes()).unwrap();
        let published = set.keys.iter().map(|key| key.prepared().unwrap()).collect();
        Self { rsa, p256, published }
    }

    /// The published key of that name.
    pub fn key(&self, kid: &str) -> Option<&VerifyingKey> {
        self.published.iter().find(|key| key.kid() == kid)
    }

    pub fn rs256(&self, input: &str) -> Vec<u8> {
        self.rsa_signature(&RSA_PKCS1_SHA256, input)
    }

    pub fn rs384(&self, input: &str) -> Vec<u8> {
        self.rsa_signature(&RSA_PKCS1_SHA384, input)
    }

    pub fn ps256(&self, input: &str) -> Vec<u8> {
        self.rsa_signature(&RSA_PSS_SHA256, input)
    }

    fn rsa_signature(&self, padding: &'static dyn RsaEncoding, input: &str) -> Vec<u8> {
        let mut signature = vec![0; self.rsa.public_modulus_len()];
        self.rsa.sign(padding, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        signature
    }

    pub fn es256(&self, input: &str) -> Vec<u8> {
        self.p256.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// The signature in the form that X.509 and TLS have.
    pub fn es256_in_der(&self, input: &str) -> Vec<u8> {
        let pkcs8 = self.p256.to_pkcs8v1().unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref()).unwrap();
        pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec()
    }

    /// The public RSA key taken for the secret of an HMAC, as the PEM file that everybody can have.
    pub fn hs256_by_public_key(&self, input: &str) -> Vec<u8> {
        let der = self.rsa.public_key().as_der().unwrap();
        let text = base64::engine::general_purpose::STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, pem.as_bytes()), input.as_bytes()).as_ref().to_vec()
    }
}

fn rsa_public(pair: &RsaKeyPair) -> PublicKey {
    let (modulus, exponent) = (pair.public_key().modulus(), pair.public_key().exponent());
    PublicKey::rsa(modulus.big_endian_without_leading_zero(), exponent.big_endian_without_leading_zero())
}

fn p256_public(pair: &EcdsaKeyPair) -> PublicKey {
    let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
    PublicKey::p256(x.try_into().unwrap(), y.try_into().unwrap())
}

fn named(kid: &str, key: &PublicKey) -> serde_json::Value {
    let mut key = serde_json::to_value(key).unwrap();
    key["kid"] = kid.into();
    key
}

pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}
