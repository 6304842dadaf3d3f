//! Sign-in links of the portal.

use callsign_core::directory::audit::Actor;

use super::{Office, Refused};
use crate::admin::{Answer, PortalLink, Reply, Revealed};

const OFF: &str =
    "the portal is off; set portal.enabled to true (CALLSIGN_PORTAL_ENABLED=true) and start the server again";

impl Office {
    /// A link that lets whoever opens it first in as that actor.
    ///
    /// # Errors
    /// [`Refused`] when the portal is off.
    pub(crate) fn portal_link(&self, actor: &Actor) -> Result<PortalLink, Refused> {
        let tickets = self.tickets.as_ref().ok_or_else(|| Refused(OFF.to_owned()))?;
        let place = self.endpoints.browsed(self.trust.is_some());
        let place = place.ok_or_else(|| Refused("the server has no address yet; try again".to_owned()))?;
        let ticket = tickets.issue(&actor.to_string()).map_err(Refused::because)?;
        let url = format!("{place}/portal/sign-in?ticket={}", *ticket.text);
        Ok(PortalLink { url: Revealed::new(url), expires_at: ticket.expires_at.to_whole_seconds_utc() })
    }

    pub(super) fn answer_portal_link(&self, actor: &Actor) -> Result<Answer, Refused> {
        self.portal_link(actor).map(|link| Answer::of(Reply::PortalLink(link)))
    }
}
