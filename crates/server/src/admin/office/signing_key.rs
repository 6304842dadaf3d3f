//! Signing keys: shown, rotated, revoked, and chosen by a resource.

use callsign_core::directory::audit::Actor;
use callsign_core::store::RevokedSigningKey;
use callsign_core::token::rotation::{KeyState, Scheduled, schedule};
use callsign_protocol::algorithm::Algorithm;

use super::{Office, Refused};
use crate::admin::{Answer, Reply, SigningKeyEntry, SigningKeyRotation};

impl Office {
    pub(super) async fn list_signing_keys(&self) -> Result<Answer, Refused> {
        let service = &self.service;
        let revoked = service.store.revoked_signing_keys().await.map_err(Refused::because)?;
        let times = service.signing_keys.in_force().times();
        let scheduled = schedule(&times, service.clock.now());
        let successors = scheduled.iter().skip(1).map(Some).chain([None]);
        let living = scheduled.iter().zip(successors).map(|(key, next)| entry(key, next));
        Ok(Answer::of(Reply::SigningKeys { keys: living.chain(revoked.iter().map(tombstone)).collect() }))
    }

    pub(super) async fn rotate_signing_key(
        &self,
        algorithm: Algorithm,
        actor: Actor,
    ) -> Result<Answer, Refused> {
        let rotated = self.service.rotate_signing_key(algorithm, actor).await.map_err(Refused::because)?;
        let Some(rotated) = rotated else {
            return Err(Refused(format!(
                "there is no key that signs by {algorithm}; a resource that wants one gets it with callsign resource \
                 set-signing-algorithm NAME {algorithm}"
            )));
        };
        Ok(Answer::of(Reply::SigningKeyRotated(SigningKeyRotation {
            algorithm,
            signs: rotated.signs_from <= self.service.clock.now(),
            key_id: rotated.key_id,
            signs_from: rotated.signs_from.to_round_trip(),
            before: rotated.before,
            before_published_until: rotated.before_published_until.to_round_trip(),
        })))
    }

    pub(super) async fn revoke_signing_key(&self, key_id: &str, actor: Actor) -> Result<Answer, Refused> {
        if self.service.signing_keys.in_force().is_revoked(key_id) {
            return Err(Refused(format!("the signing key {key_id} is revoked already")));
        }
        let revoked = self.service.revoke_signing_key(key_id, actor).await.map_err(Refused::because)?;
        let active = revoked.map_err(Refused::because)?;
        Ok(Answer::of(Reply::SigningKeyRevoked { key_id: key_id.to_owned(), active }))
    }

    /// Of all resources together: every one's tokens are signed by the same keys.
    pub(super) async fn live_tokens_of_all(&self) -> Result<Answer, Refused> {
        let mut identities = 0;
        for resource in self.service.resources.all().iter() {
            let counted = self.service.identities_with_live_tokens(resource.stored.id).await;
            identities += counted.map_err(Refused::because)?;
        }
        Ok(Answer::of(Reply::LiveTokens { identities }))
    }

    pub(super) async fn set_signing_algorithm(
        &self,
        name: &str,
        algorithm: Algorithm,
        actor: Actor,
    ) -> Result<Answer, Refused> {
        let resource = self.resource(Some(name))?.stored.id;
        let set = self.service.set_signing_algorithm(resource, algorithm, actor).await;
        if !set.map_err(Refused::because)? {
            return Err(Refused(format!("the resource {name} was removed meanwhile")));
        }
        self.show_resource(name)
    }
}

/// A key that signs no more does so since the one after it does.
fn entry(scheduled: &Scheduled<'_>, next: Option<&Scheduled<'_>>) -> SigningKeyEntry {
    let key = scheduled.key;
    let since = match scheduled.state {
        KeyState::Next => key.created_at,
        KeyState::Active => key.activates_at,
        KeyState::Retiring | KeyState::Retired => next.map_or(key.activates_at, |next| next.key.activates_at),
    };
    SigningKeyEntry {
        key_id: key.key_id.clone(),
        algorithm: Some(key.algorithm),
        state: scheduled.state.as_str().to_owned(),
        since: since.to_round_trip(),
        until: scheduled.until.map(|until| until.to_round_trip()),
    }
}

fn tombstone(revoked: &RevokedSigningKey) -> SigningKeyEntry {
    SigningKeyEntry {
        key_id: revoked.key_id.clone(),
        algorithm: None,
        state: "revoked".to_owned(),
        since: revoked.revoked_at.to_round_trip(),
        until: None,
    }
}
