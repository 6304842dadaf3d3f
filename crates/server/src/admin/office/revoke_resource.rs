//! Revoking all tokens of a resource, and how many it would be.

use callsign_core::directory::audit::Actor;

use super::{Office, Refused};
use crate::admin::{Answer, Reply};

impl Office {
    /// Who got a token so long ago that it may be good still.
    pub(super) async fn live_tokens(&self, name: Option<&str>) -> Result<Answer, Refused> {
        let resource = self.resource(name)?.stored.id;
        let counted = self.service.identities_with_live_tokens(resource).await;
        Ok(Answer::of(Reply::LiveTokens { identities: counted.map_err(Refused::because)? }))
    }

    pub(super) async fn revoke_resource(&self, name: &str, actor: Actor) -> Result<Answer, Refused> {
        let resource = self.resource(Some(name))?.stored.id;
        if !self.service.revoke_resource(resource, actor).await.map_err(Refused::because)? {
            return Err(Refused(format!("the resource {name} was removed meanwhile")));
        }
        Ok(Answer::of(Reply::ResourceRevoked { name: name.to_owned() }))
    }
}
