//! The development authority: as much of Microsoft Entra as unmodified clients need to get tokens for this server, from users
//! and applications of the configuration. It knows no I/O.

mod answer;
mod authorization_code;
mod authorize;
mod cross_origin;
mod device;
mod document;
mod form;
mod grant;
mod known;
mod managed_identity;
mod mint;
mod page;
mod redirect_uri;
mod route;
mod scope;
mod sign_in;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use callsign_core::clock::Clock;
use callsign_core::entropy::Entropy;
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::digest::sha256;
use callsign_protocol::key_set::VerifyingKey;
use uuid::Uuid;

use answer::{Fault, Refusal};
use authorization_code::AuthorizationCodes;
use device::DeviceCodes;
use known::Known;
use mint::Mint;
use route::Route;

use crate::config::DevEntra;
use crate::http::site::{Answer, Visit};

/// What the key signs to get a secret that nobody without it can know. No JWS looks like it: it has no dot.
const IDENTITY_HEADER_LABEL: &[u8] = b"callsign development authority, IDENTITY_HEADER";

const NOTHING_HERE: &str = "The development authority has nothing at this path. Read at /adfs/.well-known/openid-configuration where \
                            its endpoints are.";

/// The authority.
pub(crate) struct Authority {
    known: Known,
    mint: Mint,
    devices: DeviceCodes,
    codes: AuthorizationCodes,
    identity_header: String,
}

impl Authority {
    /// The authority whose tokens that key signs, which must be an RSA key: Entra's are signed by RS256.
    pub(crate) fn new(
        config: &DevEntra,
        key: SigningKey,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let identity_header = identity_header(&key);
        Self {
            known: Known::new(config),
            mint: Mint::new(config.tenant, key, clock, entropy),
            devices: DeviceCodes::default(),
            codes: AuthorizationCodes::default(),
            identity_header,
        }
    }

    /// The `iss` of its access tokens. None of Entra's own, so that a real token is never taken for one of these.
    pub(crate) fn issuer(&self) -> String {
        self.mint.issuer()
    }

    /// The tenant that it is the authority of.
    pub(crate) fn tenant(&self) -> Uuid {
        self.mint.tenant()
    }

    /// What its tokens are checked by.
    pub(crate) fn verifying_key(&self) -> &VerifyingKey {
        self.mint.verifying_key()
    }

    /// What `IDENTITY_HEADER` must hold: the same for as long as the key is.
    pub(crate) fn identity_header(&self) -> &str {
        &self.identity_header
    }

    /// Whether the path is one of its own.
    pub(crate) fn serves(&self, path: &str) -> bool {
        Route::of(path, self.tenant()).is_some()
    }

    /// Answers a visit.
    pub(crate) fn answer(&self, visit: &Visit<'_>) -> Answer {
        let route = Route::of(visit.path, self.tenant());
        let page = route.and_then(|route| cross_origin::allowed(visit, route));
        let preflight = page.as_ref().and_then(|_| cross_origin::preflight(visit));
        let mut answer = preflight.unwrap_or_else(|| self.answer_at(route, visit));
        if let Some(origin) = page {
            cross_origin::mark(&mut answer.headers, origin);
        }
        answer
    }

    fn answer_at(&self, route: Option<Route>, visit: &Visit<'_>) -> Answer {
        let answered = match route {
            None => Err(Refusal::new(Fault::NotFound, NOTHING_HERE)),
            Some(route) if !route.takes(visit.method) => Err(route.refuses(visit.method)),
            Some(Route::SignIn) => Ok(self.sign_in(visit)),
            Some(Route::Authorize) => Ok(self.authorize(visit)),
            Some(Route::ManagedIdentity) => Ok(self.managed_identity(visit)),
            Some(Route::Token(tenant)) => self.token(visit, tenant),
            Some(Route::DeviceCode) => self.device_code(visit),
            Some(route) => Ok(self.document(route, visit.origin)),
        };
        answered.unwrap_or_else(|refusal| self.refused(&refusal))
    }

    /// A refusal as OAuth writes it (RFC 6749 §5.2), with Entra's members.
    fn refused(&self, refusal: &Refusal) -> Answer {
        let now = self.mint.now().to_whole_seconds_utc().replace('T', " ").replace("+00:00", "Z");
        let id = || self.mint.random_guid().to_string();
        refusal.to_json(&now, &id(), &id())
    }
}

/// A signature by RSASSA-PKCS1-v1_5 is the same each time.
fn identity_header(key: &SigningKey) -> String {
    let signature = key.sign(&digest(&SHA256, IDENTITY_HEADER_LABEL)).unwrap_or_default();
    if signature.is_empty() {
        return String::new();
    }
    sha256(&[key.key_id().as_bytes(), &signature]).iter().map(|byte| format!("{byte:02x}")).collect()
}
