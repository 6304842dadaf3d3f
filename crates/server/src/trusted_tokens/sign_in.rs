//! Who asks: a user whom a trusted issuer vouches for, by a bearer token for this service.

use super::{Arc, Asking, Proof, Purpose, Refusal, TrustedTokens, mapping};
use callsign_core::authorities::Unproved;
use http::header::HOST;

use crate::http::site::Visit;
use crate::{authenticate, http as house};

impl TrustedTokens {
    /// The user whose token the visit shows. Failures of an address are counted.
    pub(super) async fn sign_in(&self, visit: &Visit<'_>) -> Result<Asking, Refusal> {
        let asking = self.prove(visit).await;
        if let Err(Refusal::TokenMissing | Refusal::TokenWrong(_)) = &asking {
            let counted = self.throttle.failed(visit.arrival.source.ip(), self.service.clock.now());
            counted.map_err(Refusal::TooMany)?;
        }
        asking
    }

    async fn prove(&self, visit: &Visit<'_>) -> Result<Asking, Refusal> {
        // Whoever reads a token on its way can use it until it ends.
        if !visit.arrival.is_confidential() {
            return Err(Refusal::Readable);
        }
        let host = house::single_header(visit.headers, &HOST).unwrap_or_default();
        let place = (visit.arrival.own_port, visit.prefix, host);
        let resource = authenticate::find(&self.service.resources, &self.hosts, place)
            .map_err(|_| Refusal::HostUnknown)?;
        let token = authenticate::bearer_token(visit.headers).ok_or(Refusal::TokenMissing)?;
        let token = match self.service.authorities.check(token, Purpose::TrustedTokens).await {
            Ok(token) => Arc::new(token),
            Err(Unproved::Rejected(rejection)) => return Err(Refusal::TokenWrong(rejection)),
            Err(unknown @ Unproved::Unknown { .. }) => return Err(Refusal::Rule(unknown.into())),
        };
        let custom_id = mapping::custom_id(&token).ok_or(Refusal::NotAUser)?;
        let caller = authenticate::caller(&resource, Proof::Entra(Arc::clone(&token)));
        Ok(Asking { caller, resource: resource.stored.name.to_string(), token, custom_id })
    }
}
