//! The device code flow (RFC 8628): codes that wait for somebody to sign in on a page.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::date::Timestamp;
use serde_json::json;

use super::answer::{Answer, Refusal};
use super::form::Form;
use super::known::is_same;
use super::{Authority, scope};
use crate::config::DevUser;
use crate::http::site::Visit;

/// Where somebody signs in.
pub(super) const SIGN_IN_PATH: &str = "/devicelogin";

/// Codes that wait at a time; then the oldest goes.
const WAITING_MAX: usize = 100;
const LIFETIME_SECONDS: i64 = 15 * 60;
/// What clients wait between two polls, in seconds. Entra says 5.
const INTERVAL_SECONDS: u32 = 1;

/// Consonants, so that a code spells no word and nothing is mistaken for something else (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Codes that are waiting.
#[derive(Default)]
pub(super) struct DeviceCodes(Mutex<VecDeque<Waiting>>);

struct Waiting {
    device_code: String,
    user_code: String,
    client_id: String,
    scope: String,
    ends: i64,
    /// The object id of who signed in.
    user: Option<String>,
}

/// What a client learns by asking.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Polled {
    Unknown,
    Expired,
    Pending,
    /// This once.
    Approved {
        user: String,
        scope: String,
    },
}

impl DeviceCodes {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, code: Waiting) {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(code);
    }

    /// Notes who signed in; the application that asked, if a code like that is waiting.
    pub(super) fn approve(&self, user_code: &str, user: &DevUser, now: Timestamp) -> Option<String> {
        let typed: String = user_code.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut waiting = self.waiting();
        let found = waiting.iter_mut().find(|code| {
            code.user.is_none()
                && code.ends > now.unix_seconds()
                && code.user_code.replace('-', "").eq_ignore_ascii_case(&typed)
        })?;
        found.user = Some(user.object.to_string());
        Some(found.client_id.clone())
    }

    pub(super) fn poll(&self, device_code: &str, client_id: &str, now: Timestamp) -> Polled {
        let mut waiting = self.waiting();
        let place = waiting
            .iter()
            .position(|code| is_same(device_code, &code.device_code) && code.client_id == client_id);
        let Some(place) = place else { return Polled::Unknown };
        let Some(found) = waiting.get(place) else { return Polled::Unknown };
        let expired = found.ends <= now.unix_seconds();
        if !expired && found.user.is_none() {
            return Polled::Pending;
        }
        match waiting.remove(place) {
            Some(Waiting { user: Some(user), scope, .. }) if !expired => Polled::Approved { user, scope },
            _ => Polled::Expired,
        }
    }
}

impl Authority {
    /// Answers a client that wants somebody to sign in elsewhere.
    pub(super) fn device_code(&self, visit: &Visit<'_>) -> Result<Answer, Refusal> {
        let form = Form::posted(visit)?;
        let client = self.known.client(&form)?;
        let scope = scope::words(&form)?;
        scope::of_user(&scope, visit.origin)?;
        let device_code = URL_SAFE_NO_PAD.encode(self.mint.random::<32>()?);
        let user_code = user_code(self.mint.random::<8>()?);
        self.devices.add(Waiting {
            device_code: device_code.clone(),
            user_code: user_code.clone(),
            client_id: client.application.client_id.clone(),
            scope,
            ends: self.mint.now().unix_seconds() + LIFETIME_SECONDS,
            user: None,
        });
        let page = format!("{}{SIGN_IN_PATH}", visit.origin);
        Ok(Answer::json(&json!({
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            // Version 1 calls it so.
            "verification_url": page,
            "expires_in": LIFETIME_SECONDS,
            "interval": INTERVAL_SECONDS,
            "message": format!("To sign in, open {page} in a web browser and enter the code {user_code}."),
        })))
    }
}

/// Eight letters with a hyphen in the middle.
fn user_code(random: [u8; 8]) -> String {
    let letter = |byte: u8| ALPHABET.get(usize::from(byte) % ALPHABET.len()).copied().map_or('X', char::from);
    let letters = random.into_iter().map(letter).enumerate();
    letters.flat_map(|(place, letter)| (place == 4).then_some('-').into_iter().chain([letter])).collect()
}
