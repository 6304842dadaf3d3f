//! `GET /callsign/v1/identities`.

use callsign_core::operation;

use crate::http::error::Refusal;
use crate::http::own::{IdentityList, ListIdentities, OwnCall};
use crate::http::reply::{self, Reply};

pub(crate) async fn list_identities(call: OwnCall<ListIdentities>) -> Result<Reply, Refusal> {
    let ListIdentities { filter, place, link } = call.message;
    let page =
        operation::list_identities::list_identities(&call.app.service, &call.caller, filter, place).await?;
    reply::json(&IdentityList::of(page, &link))
}
