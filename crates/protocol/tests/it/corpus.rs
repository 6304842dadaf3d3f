//! The corpus of `tests/vectors/jws.json`: tokens described as data, signed here, each with the one answer it must get.

use std::collections::BTreeSet;
use std::path::Path;

use callsign_protocol::date::Timestamp;
use callsign_protocol::verification::{Expected, verify};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::desk::{Desk, encoded};

/// Every word of `Rejection::code`, and the opposite of them all.
const ANSWERS: [&str; 17] = [
    "accepted",
    "oversized",
    "malformed",
    "no_object",
    "duplicate_member",
    "algorithm_not_allowed",
    "type_wrong",
    "critical_header",
    "embedded_key",
    "key_unknown",
    "signature_wrong",
    "claims_malformed",
    "issuer_wrong",
    "resource_wrong",
    "expired",
    "issued_in_future",
    "lifetime_too_long",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    #[serde(rename = "about")]
    _about: Vec<String>,
    issuer: String,
    resource: String,
    now: i64,
    header: Map<String, Value>,
    payload: Map<String, Value>,
    cases: Vec<Case>,
}

/// What is unlike the good token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    source: String,
    #[serde(default)]
    header: Part,
    #[serde(default)]
    payload: Part,
    #[serde(default)]
    signature: Signature,
    compact: Option<String>,
    answer: String,
}

/// A header or a payload: the good one with some members set and some left out, as JSON; or a text, in which `$members` are the
/// good one's and `$nested` is very deep; or the encoded part itself.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Part {
    set: Map<String, Value>,
    without: Vec<String>,
    text: Option<String>,
    encoded: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signature {
    #[default]
    Rs256,
    Rs384,
    Ps256,
    Es256,
    Es256InDer,
    Es256OfZeros,
    Es256WithZeroR,
    Es256WithZeroS,
    Es256Halved,
    Es256Lengthened,
    Hs256ByPublicKey,
    Rs256OfTheGoodToken,
    Rs256OfTheGoodTokenAndAZero,
    Rs256OfAnotherKey,
    Rs256CutShort,
    None,
}

#[test]
fn every_token_of_the_corpus_gets_the_answer_that_is_written_there() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/jws.json");
    let corpus: Corpus = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let desk = Desk::new();
    let (mut names, mut answers, mut wrong) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for case in &corpus.cases {
        assert!(!case.source.is_empty() && names.insert(&case.name), "{}", case.name);
        answers.insert(case.answer.as_str());
        let token = corpus.token(&desk, case);
        let expected = Expected {
            issuer: &corpus.issuer,
            resource: corpus.resource.parse::<Uuid>().unwrap(),
            now: Timestamp::from_unix_seconds(corpus.now),
        };
        let answer =
            verify(&token, &expected, |kid| desk.key(kid)).err().map_or("accepted", |why| why.code());
        if answer != case.answer {
            wrong.push(format!("{}: {answer}, not {}: {token}", case.name, case.answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(answers, BTreeSet::from(ANSWERS));
}

impl Corpus {
    fn token(&self, desk: &Desk, case: &Case) -> String {
        let (header, payload) = (case.header.encoded(&self.header), case.payload.encoded(&self.payload));
        let input = format!("{header}.{payload}");
        let good = format!("{}.{}", encoded(text(&self.header)), encoded(text(&self.payload)));
        let signature = encoded(case.signature.of(desk, &input, &good));
        let compact = case.compact.as_deref().unwrap_or("$header.$payload.$signature");
        compact
            .replace("$signature_respelled", &respelled(&signature))
            .replace("$signature", &signature)
            .replace("$header", &header)
            .replace("$payload", &payload)
    }
}

impl Part {
    fn encoded(&self, good: &Map<String, Value>) -> String {
        if let Some(encoded) = &self.encoded {
            return encoded.clone();
        }
        let mut members = good.clone();
        members.retain(|name, _| !self.without.contains(name));
        members.extend(self.set.clone());
        let json = text(&members);
        let Some(template) = &self.text else { return encoded(json) };
        let members = json.trim_start_matches('{').trim_end_matches('}');
        encoded(
            template.replace("$members", members).replace("$nested", &("[".repeat(900) + &"]".repeat(900))),
        )
    }
}

impl Signature {
    fn of(self, desk: &Desk, input: &str, good: &str) -> Vec<u8> {
        let (zeros, es256) = (vec![0; 32], || desk.es256(input));
        match self {
            Self::Rs256 => desk.rs256(input),
            Self::Rs384 => desk.rs384(input),
            Self::Ps256 => desk.ps256(input),
            Self::Es256 => es256(),
            Self::Es256InDer => desk.es256_in_der(input),
            Self::Es256OfZeros => vec![0; 64],
            Self::Es256WithZeroR => [&zeros, &es256()[32..]].concat(),
            Self::Es256WithZeroS => [&es256()[..32], &zeros].concat(),
            Self::Es256Halved => es256()[..32].to_vec(),
            Self::Es256Lengthened => [&es256()[..32], &[0], &es256()[32..]].concat(),
            Self::Hs256ByPublicKey => desk.hs256_by_public_key(input),
            Self::Rs256OfTheGoodToken => desk.rs256(good),
            Self::Rs256OfTheGoodTokenAndAZero => [desk.rs256(good).as_slice(), &[0]].concat(),
            Self::Rs256OfAnotherKey => Desk::new().rs256(input),
            Self::Rs256CutShort => desk.rs256(good)[1..].to_vec(),
            Self::None => Vec::new(),
        }
    }
}

fn text(members: &Map<String, Value>) -> String {
    serde_json::to_string(members).unwrap()
}

/// The same bytes, spelled with one of the bits set that the last character has to spare.
fn respelled(part: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = part.split_at(part.len().saturating_sub(1));
    let place = ALPHABET.find(last).unwrap();
    format!("{rest}{}", char::from(ALPHABET.as_bytes()[place | 1]))
}
