//! An authority to ask, and what it answers, taken apart.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_core::clock::{Clock as _, ManualClock};
use callsign_core::entropy::{Entropy, SeededEntropy};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::date::Timestamp;
use callsign_protocol::entra::{EntraToken, Expected, Purpose, Rejection, verify};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::config::DevEntra;
use crate::dev_entra::Authority;
use crate::http::Arrival;
use crate::http::site::{Answer, Visit};

pub(super) const ORIGIN: &str = "https://localhost:8443";
pub(super) const TENANT: &str = "ca115160-0000-4000-8000-00000000de01";
pub(super) const WEB: &str = "ca115160-0000-4000-8000-00000000de02";
pub(super) const ALICE: &str = "alice@callsign.test";
pub(super) const SERVICE: &str = "https://communication.azure.com//.default";
pub(super) const CLIENTS: &str = "https://communication.azure.com/clients";
pub(super) const TEAMS: &str = "https://auth.msft.communication.azure.com";
pub(super) const OIDC: &str = "openid profile offline_access";
pub(super) const GROUP: &str = "07474a86-625a-452f-977b-db4e13f21260";

pub(super) struct House {
    pub(super) authority: Authority,
    pub(super) clock: Arc<ManualClock>,
}

/// An answer: its status, and its body as JSON.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl House {
    pub(super) fn new() -> Self {
        Self::with_key(SigningKey::generate(Algorithm::Rs256).unwrap())
    }

    pub(super) fn with_key(key: SigningKey) -> Self {
        Self::of(key, Arc::new(SeededEntropy::new(7)))
    }

    pub(super) fn of(key: SigningKey, entropy: Arc<dyn Entropy>) -> Self {
        let config = DevEntra {
            enabled: true,
            tenant: TENANT.parse().unwrap(),
            applications: vec![
                "reader secret=reads role=none".parse().unwrap(),
                WEB.parse().unwrap(),
                "locked secret=".parse().unwrap(),
            ],
            users: vec![
                ALICE.parse().unwrap(),
                format!("bob@callsign.test password=b&b groups={GROUP}").parse().unwrap(),
                format!("crowd groups={}", [GROUP; 201].join("+")).parse().unwrap(),
            ],
        };
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_900_000_000)));
        let authority = Authority::new(&config, key, Arc::clone(&clock) as _, entropy);
        Self { authority, clock }
    }

    pub(super) fn ask(&self, method: &Method, target: &str, headers: &HeaderMap, body: &[u8]) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let arrival = Arrival { source: ([127, 0, 0, 1], 9).into(), own_port: None, secure: true };
        self.authority.answer(&Visit {
            method,
            path,
            query,
            headers,
            body,
            origin: ORIGIN,
            prefix: None,
            arrival: &arrival,
        })
    }

    pub(super) fn get(&self, target: &str) -> Told {
        Told::of(&self.ask(&Method::GET, target, &HeaderMap::new(), b""))
    }

    pub(super) fn post(&self, target: &str, form: &[(&str, &str)]) -> Answer {
        let mut headers = HeaderMap::new();
        let media_type = HeaderValue::from_static("application/x-www-form-urlencoded;charset=utf-8");
        headers.insert("content-type", media_type);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.ask(&Method::POST, target, &headers, body.as_bytes())
    }

    pub(super) fn token(&self, form: &[(&str, &str)]) -> Told {
        Told::of(&self.post("/adfs/oauth2/v2.0/token?client-request-id=x", form))
    }

    /// The tokens of Alice, who types her password.
    pub(super) fn alice(&self, scope: &str) -> Told {
        self.token(&[
            ("client_id", WEB),
            ("grant_type", "password"),
            ("username", ALICE),
            ("password", "callsign"),
            ("scope", scope),
            ("client_info", "1"),
        ])
    }

    pub(super) fn check(&self, token: &str, purpose: Purpose) -> Result<EntraToken, Rejection> {
        let issuer = self.authority.issuer();
        let expected = Expected {
            issuer: &issuer,
            tenant: Some(self.authority.tenant()),
            purpose,
            more_audiences: &[],
            now: self.clock.now(),
        };
        verify(token, &expected, |_| Some(self.authority.verifying_key()))
    }

    /// What a token says, and that it is good for these purposes and no others.
    pub(super) fn good_for(&self, token: &str, purposes: &[Purpose]) -> Option<EntraToken> {
        for purpose in Purpose::ALL {
            let checked = self.check(token, purpose);
            assert_eq!(checked.is_ok(), purposes.contains(&purpose), "{purpose:?} {checked:?}");
        }
        purposes.first().map(|purpose| self.check(token, *purpose).unwrap())
    }
}

impl Told {
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.media_type, "application/json; charset=utf-8");
        Self { status: answer.status.as_u16(), body: serde_json::from_slice(&answer.body).unwrap() }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.body))
    }

    pub(super) fn access_token(&self) -> &str {
        self.text("access_token")
    }

    /// Status, word and number of a refusal.
    pub(super) fn refusal(&self) -> (u16, &str, u64) {
        let number = self.body["error_codes"][0].as_u64().unwrap();
        assert!(self.text("error_description").starts_with(&format!("AADSTS{number}: ")), "{}", self.body);
        (self.status, self.text("error"), number)
    }
}

/// The payload of a token.
pub(super) fn claims(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}
