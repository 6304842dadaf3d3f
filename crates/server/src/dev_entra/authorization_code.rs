//! Authorization codes (RFC 6749 §4.1): each is good once, for ten minutes, for whom it was made, and for nobody without the
//! verifier whose challenge it was asked for with (RFC 7636).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use callsign_protocol::date::Timestamp;
use callsign_protocol::digest::sha256;

use super::answer::{Fault, Refusal};
use super::form::Form;
use super::known::{Client, is_same};

/// Codes that wait at a time; then the oldest goes.
const WAITING_MAX: usize = 100;
/// What RFC 6749 §4.1.2 recommends at most.
pub(super) const LIFETIME_SECONDS: i64 = 10 * 60;
/// The SHA-256 of a verifier in base64url.
const CHALLENGE_CHARACTERS: usize = 43;

/// Codes that nobody redeemed yet.
#[derive(Default)]
pub(super) struct AuthorizationCodes(Mutex<VecDeque<(String, Granted)>>);

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Granted {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<String>,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// The object id of who signed in.
    pub(super) user: String,
    pub(super) ends: i64,
}

impl AuthorizationCodes {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<(String, Granted)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, code: String, granted: Granted) {
        let mut waiting = self.waiting();
        if waiting.len() >= WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back((code, granted));
    }

    /// What the code stands for, which it never does again: whoever tries one wrongly has used it up.
    pub(super) fn take(&self, code: &str) -> Option<Granted> {
        let mut waiting = self.waiting();
        let place = waiting.iter().position(|(known, _)| is_same(code, known))?;
        waiting.remove(place).map(|(_, granted)| granted)
    }
}

impl Granted {
    /// Whether this client may have it, by what it sends along with the code.
    pub(super) fn check(&self, form: &Form, client: &Client<'_>, now: Timestamp) -> Result<(), Refusal> {
        let wrong = |sentence: &str| Err(Refusal::new(Fault::GrantWrong, sentence));
        if self.client_id != client.application.client_id {
            return wrong("The code was issued to another application. Sign in again.");
        }
        if self.ends <= now.unix_seconds() {
            let sentence = "The code has expired: it is good for ten minutes. Sign in again.";
            return Err(Refusal::new(Fault::CodeExpired, sentence));
        }
        if form.required("redirect_uri")? != self.redirect_uri {
            return wrong("The redirect URI is not the one that the code was sent to. Sign in again.");
        }
        match (&self.challenge, form.get("code_verifier")) {
            (Some(challenge), Some(verifier)) if is_same(&challenge_of(verifier), challenge) => Ok(()),
            (None, None) if client.showed_secret => Ok(()),
            (None, None) => {
                let sentence = "Proof Key for Code Exchange is required of an application that shows no secret. Sign in again with \
                                'code_challenge'.";
                Err(Refusal::new(Fault::ChallengeMissing, sentence))
            }
            _ => {
                let sentence = "The 'code_verifier' does not match the 'code_challenge' that the code was asked for with. Sign in \
                                again.";
                Err(Refusal::new(Fault::VerifierWrong, sentence))
            }
        }
    }
}

/// The challenge of a request for a code: of SHA-256, or none at all.
pub(super) fn challenge(form: &Form) -> Result<Option<String>, Refusal> {
    let Some(challenge) = form.get("code_challenge") else { return Ok(None) };
    let good = form.get("code_challenge_method") == Some("S256")
        && challenge.len() == CHALLENGE_CHARACTERS
        && URL_SAFE_NO_PAD.decode(challenge).is_ok();
    good.then(|| Some(challenge.to_owned())).ok_or_else(|| {
        let sentence = "The 'code_challenge' is none of 'code_challenge_method' S256. Send the SHA-256 of the verifier in base64url.";
        Refusal::new(Fault::ChallengeWrong, sentence)
    })
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(&[verifier.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_specification() {
        // RFC 7636, appendix B.
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
