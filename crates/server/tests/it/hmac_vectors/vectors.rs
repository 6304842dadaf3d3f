//! The vectors, through the same functions that the server authenticates with.

use std::collections::BTreeMap;

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::{
    Authorization, DateHeader, EMPTY_BODY_SHA256, RequestKey, SignedParts, content_sha256, signed_spellings,
};
use serde::Deserialize;

use crate::reference;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    access_key: String,
    date: String,
    sdk_vectors: Vec<SdkVector>,
    empty_body_sha256: String,
    cases: Vec<Case>,
}

/// A value of an SDK's own unit test.
#[derive(Deserialize)]
struct SdkVector {
    key: String,
    value: String,
    hmac: String,
}

/// A request as one client sends it, and what that client signs.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    client: String,
    endpoint: String,
    method: String,
    wire_target: String,
    host_header: String,
    body: String,
    x_ms_content_sha256: String,
    string_to_sign: String,
    signature: String,
    authorization: String,
}

fn vectors() -> Result<Vectors, String> {
    let text = reference::text(&reference::folder()?, "hmac-vectors.json");
    Ok(serde_json::from_str(&text).expect("vectors"))
}

fn key(base64: &str) -> AccessKey {
    base64.parse().expect("a key")
}

/// A request with its credentials, as it arrives.
#[derive(Clone)]
struct Arrived {
    method: String,
    target: String,
    date: String,
    host: String,
    body: Vec<u8>,
    content_sha256: String,
    signature: [u8; 32],
}

impl Arrived {
    fn of(case: &Case, date: &str) -> Self {
        let authorization = Authorization::parse(&case.authorization).unwrap();
        Self {
            method: case.method.clone(),
            target: case.wire_target.clone(),
            date: date.to_owned(),
            host: case.host_header.clone(),
            body: case.body.clone().into_bytes(),
            content_sha256: case.x_ms_content_sha256.clone(),
            signature: authorization.signature,
        }
    }

    /// What the server decides, for a request whose date is in its window.
    fn verifies(&self, key: &RequestKey) -> bool {
        let by_spelling = |(target, host): &(String, String)| {
            let (method, date, content_sha256) = (&self.method, &self.date, &self.content_sha256);
            let text = SignedParts { method, target, date, host, content_sha256 }.string_to_sign();
            key.verifies(&text, &self.signature)
        };
        content_sha256(&self.body) == self.content_sha256
            && signed_spellings(&self.target, &self.host, None).iter().any(by_spelling)
    }
}

#[test]
fn every_vector_verifies() {
    let vectors = match vectors() {
        Ok(vectors) => vectors,
        Err(why) => return println!("hmac_vectors, every vector: {why}"),
    };
    assert_eq!(vectors.empty_body_sha256, EMPTY_BODY_SHA256);
    for vector in &vectors.sdk_vectors {
        let signature = RequestKey::new(&key(&vector.key)).sign(&vector.value);
        let authorization = Authorization { date_header: DateHeader::XMsDate, signature };
        assert!(
            authorization.to_header_value().ends_with(&format!("&Signature={}", vector.hmac)),
            "{}",
            vector.value
        );
    }
    let key = RequestKey::new(&key(&vectors.access_key));
    for case in &vectors.cases {
        let name = format!("{} at {} on {}", case.client, case.endpoint, case.wire_target);
        assert_eq!(content_sha256(case.body.as_bytes()), case.x_ms_content_sha256, "{name}");
        let authorization = Authorization::parse(&case.authorization).unwrap();
        assert_eq!(authorization.to_header_value(), case.authorization, "{name}");
        assert!(case.authorization.ends_with(&case.signature), "{name}");
        assert_eq!(key.sign(&case.string_to_sign), authorization.signature, "{name}");
        assert!(strings_to_sign(case, &vectors.date).contains(&case.string_to_sign), "{name}");
        assert!(Arrived::of(case, &vectors.date).verifies(&key), "{name}");
    }
    println!("{} vectors verify", vectors.cases.len() + vectors.sdk_vectors.len());
}

/// Every string that the server would try for the request.
fn strings_to_sign(case: &Case, date: &str) -> Vec<String> {
    let (method, content_sha256) = (case.method.as_str(), case.x_ms_content_sha256.as_str());
    let spellings = signed_spellings(&case.wire_target, &case.host_header, None);
    spellings
        .iter()
        .map(|(target, host)| SignedParts { method, target, date, host, content_sha256 }.string_to_sign())
        .collect()
}

#[test]
fn one_flipped_bit_in_any_signed_part_does_not_verify() {
    let vectors = match vectors() {
        Ok(vectors) => vectors,
        Err(why) => return println!("hmac_vectors, flipped bits: {why}"),
    };
    // The longest case of each client: it has an id in its path and a body.
    let mut cases: BTreeMap<&str, &Case> = BTreeMap::new();
    for case in &vectors.cases {
        let longest = cases.entry(&case.client).or_insert(case);
        if case.string_to_sign.len() > longest.string_to_sign.len() {
            *longest = case;
        }
    }
    let access_key = key(&vectors.access_key);
    let mut flips = 0;
    for case in cases.values() {
        let arrived = Arrived::of(case, &vectors.date);
        assert!(arrived.verifies(&RequestKey::new(&access_key)));
        flips += flips_of_text(&arrived, &RequestKey::new(&access_key));
        flips += flips_of_bytes(&arrived, &access_key);
        flips += flips_of_the_string_to_sign(case, &RequestKey::new(&access_key));
    }
    println!("{flips} flipped bits in the requests of {} clients do not verify", cases.len());
}

/// Every bit of each part that is text, the part put back among the spellings that the server tries.
fn flips_of_text(arrived: &Arrived, key: &RequestKey) -> usize {
    type Part = fn(&mut Arrived) -> &mut String;
    let parts: [(&str, Part); 5] = [
        ("method", |arrived| &mut arrived.method),
        ("target", |arrived| &mut arrived.target),
        ("date", |arrived| &mut arrived.date),
        ("host", |arrived| &mut arrived.host),
        ("content hash", |arrived| &mut arrived.content_sha256),
    ];
    let mut flips = 0;
    for (name, part) in parts {
        for bit in 0..part(&mut arrived.clone()).len() * 8 {
            let mut changed = arrived.clone();
            let text = part(&mut changed);
            *text = flipped(text, bit);
            assert!(!changed.verifies(key), "{name}, bit {bit}: {}", part(&mut changed));
            flips += 1;
        }
    }
    flips
}

/// Every bit of the body, of the signature and of the key.
fn flips_of_bytes(arrived: &Arrived, key: &AccessKey) -> usize {
    let request_key = RequestKey::new(key);
    for bit in 0..arrived.body.len() * 8 {
        let mut changed = arrived.clone();
        flip(&mut changed.body, bit);
        assert!(!changed.verifies(&request_key), "body, bit {bit}");
        // Nor does it help to send the hash of the changed body.
        changed.content_sha256 = content_sha256(&changed.body);
        assert!(!changed.verifies(&request_key), "body and its hash, bit {bit}");
    }
    for bit in 0..arrived.signature.len() * 8 {
        let mut changed = arrived.clone();
        flip(&mut changed.signature, bit);
        assert!(!changed.verifies(&request_key), "signature, bit {bit}");
    }
    for bit in 0..key.expose_bytes().len() * 8 {
        let mut bytes = key.expose_bytes().to_vec();
        flip(&mut bytes, bit);
        let other = RequestKey::new(&AccessKey::from_bytes(bytes).unwrap());
        assert!(!arrived.verifies(&other), "key, bit {bit}");
    }
    (arrived.body.len() * 2 + arrived.signature.len() + key.expose_bytes().len()) * 8
}

/// Every bit of the string itself, its separators included.
fn flips_of_the_string_to_sign(case: &Case, key: &RequestKey) -> usize {
    let signature = Authorization::parse(&case.authorization).unwrap().signature;
    let bits = case.string_to_sign.len() * 8;
    for bit in 0..bits {
        assert!(!key.verifies(&flipped(&case.string_to_sign, bit), &signature), "{}, bit {bit}", case.client);
    }
    bits
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// A byte that is no text any more stands for the character of that number, which is another one still.
fn flipped(text: &str, bit: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    flip(&mut bytes, bit);
    bytes.into_iter().map(char::from).collect()
}
