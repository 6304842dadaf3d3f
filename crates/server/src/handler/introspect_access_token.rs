//! `POST /callsign/v1/introspect`.

use callsign_core::operation;

use crate::http::error::Refusal;
use crate::http::own::{IntrospectToken, Introspection, OwnCall};
use crate::http::reply::{self, Reply};

pub(crate) async fn introspect_access_token(call: OwnCall<IntrospectToken>) -> Result<Reply, Refusal> {
    let (service, token) = (&call.app.service, &call.message.token);
    let checked =
        operation::introspect_access_token::introspect_access_token(service, &call.caller, token).await?;
    let reply = reply::json(&Introspection::of(&checked, service.issuer.as_str()))?;
    Ok(reply.noting(checked.err().map(|reason| reason.code())))
}
