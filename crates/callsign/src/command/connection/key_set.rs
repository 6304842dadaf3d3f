//! The keys that the server of a resource publishes.

use anyhow::Context as _;
use azure_core::http::headers::ACCEPT;
use azure_core::http::{Context, Method, Request, StatusCode, Url};
use callsign_protocol::key_set::{KEY_SET_PATH, KeySet};

use super::{Chosen, transport};
use crate::command::refusal;

impl Chosen {
    /// The published keys; `None` when the service publishes none, as Azure does not.
    pub(crate) async fn key_set(&self) -> anyhow::Result<Option<KeySet>> {
        let endpoint: Url =
            self.endpoint.parse().with_context(|| format!("{} names no address", self.origin))?;
        let url = endpoint.join(KEY_SET_PATH).with_context(|| format!("{} names no address", self.origin))?;
        let mut request = Request::new(url, Method::Get);
        request.insert_header(ACCEPT, "application/json");
        let transport = transport::new(&self.endpoint, self.authority.as_deref())?;
        let reply = match transport.send(&Context::default(), &mut request).await {
            Ok(reply) => reply.try_into_raw_response().await,
            Err(error) => Err(error),
        };
        let reply = reply.map_err(|error| anyhow::Error::from(refusal::of(&error, self)))?;
        if reply.status() != StatusCode::Ok {
            return Ok(None);
        }
        let set = KeySet::parse(reply.body());
        set.map(Some).with_context(|| format!("what {KEY_SET_PATH} holds there is no key set"))
    }
}
