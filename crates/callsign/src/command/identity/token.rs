//! `callsign identity token`: issues, revokes and exchanges access tokens.

use std::time::Duration;

use anyhow::bail;
use azure_core::credentials::Secret;
use callsign_client::{
    AccessToken, CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientGetTokenOptions, CommunicationUserIdentifier, TokenScope,
};
use callsign_protocol::date::Timestamp;
use serde_json::{Value, json};

use super::{Needs, Session, users};
use crate::args::Place;
use crate::args::identity::token::{GetForTeamsUser, Issue, Revoke};
use crate::command::bulk::{self, Outcome, Plan, Whose};
use crate::command::confirm::{ask_unless, can_be_confirmed};
use crate::command::connection::read_secret;
use crate::command::env;
use crate::printer;

/// The variable in which the articles keep a token.
pub(super) const TOKEN_VARIABLE: &str = "AZURE_COMMUNICATION_ACCESS_TOKEN";
const NANOSECONDS_PER_TICK: i128 = 100;

/// What every token of a command is asked for.
struct Order<'a> {
    client: &'a CommunicationIdentityClient,
    scopes: Vec<TokenScope>,
    expires_in: Option<Duration>,
}

pub(super) fn issue(place: &Place, wanted: Issue) -> anyhow::Result<()> {
    let ids = users::ids(&wanted.users, &wanted.bulk)?;
    let is_new = wanted.users.user.is_empty() && wanted.users.users.is_none();
    if wanted.export.is_some() && ids.len() > 1 {
        bail!("one variable holds one token: --export takes one --user");
    }
    if is_new && wanted.bulk.out.is_some() {
        bail!(
            "--out keeps the tokens of the identities that --user or --users names; create some with callsign identity user create --count"
        );
    }
    let many = !is_new && users::is_bulk(&wanted.users, &ids, &wanted.bulk);
    let needs = Needs { many, custom_id: wanted.custom_id.is_some() };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    let order = Order {
        client: &session.client,
        scopes: wanted.scopes.iter().map(|word| TokenScope::from(word.as_str())).collect(),
        expires_in: wanted.expires_in.map(|minutes| Duration::from_secs(u64::from(minutes) * 60)),
    };
    if many {
        let plan = Plan {
            done: "issued",
            is_printed: true,
            whose: Whose::Named(ids),
            bulk: &wanted.bulk,
            output: &wanted.output,
            chosen: &session.chosen,
        };
        let order = &order;
        let work = |id: String| async move {
            let issued = order.issued(id).await?;
            Ok(Outcome { line: issued.to_string(), printed: Some(issued) })
        };
        return session.runtime.block_on(bulk::run(plan, work));
    }
    let issued = match ids.into_iter().next() {
        Some(id) => session.one(order.issued(id))?,
        None => session.one(order.created(wanted.custom_id))?,
    };
    match wanted.export {
        Some(shell) => {
            let token = issued.get("token").and_then(Value::as_str).unwrap_or_default();
            Ok(printer::print(&env::line(shell, TOKEN_VARIABLE, token))?)
        }
        None => wanted.output.print(&issued),
    }
}

impl Order<'_> {
    async fn issued(&self, id: String) -> azure_core::Result<Value> {
        let options = CommunicationIdentityClientGetTokenOptions {
            token_expires_in: self.expires_in,
            ..CommunicationIdentityClientGetTokenOptions::default()
        };
        let user = CommunicationUserIdentifier::new(id);
        let token = self.client.get_token(&user, &self.scopes, Some(options)).await?.into_model()?;
        Ok(with_user(&token, user.id()))
    }

    async fn created(&self, custom_id: Option<String>) -> azure_core::Result<Value> {
        let options = CommunicationIdentityClientCreateUserAndTokenOptions {
            custom_id,
            token_expires_in: self.expires_in,
            ..CommunicationIdentityClientCreateUserAndTokenOptions::default()
        };
        let both = self.client.create_user_and_token(&self.scopes, Some(options)).await?.into_model()?;
        Ok(with_user(&both.access_token, both.user.id()))
    }
}

/// The shape of `az` (`clients.md` B.1).
fn with_user(token: &AccessToken, id: &str) -> Value {
    json!({"expires_on": expires_on(token), "token": token.token.secret(), "user_id": id})
}

/// As the service wrote it.
fn expires_on(token: &AccessToken) -> String {
    let ticks = token.expires_on.unix_timestamp_nanos() / NANOSECONDS_PER_TICK;
    Timestamp::from_unix_ticks(i64::try_from(ticks).unwrap_or(i64::MAX)).to_round_trip()
}

pub(super) fn revoke(place: &Place, wanted: &Revoke) -> anyhow::Result<()> {
    let ids = users::required(&wanted.users, &wanted.bulk)?;
    can_be_confirmed(wanted.yes)?;
    let many = users::is_bulk(&wanted.users, &ids, &wanted.bulk);
    let consequence =
        format!("{}: no token that was issued until now is valid any more.", users::named(&ids));
    let needs = Needs { many, custom_id: false };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    ask_unless(wanted.yes, &consequence)?;
    let client = &session.client;
    let revoked = async move |id: String| -> azure_core::Result<()> {
        client.revoke_tokens(&CommunicationUserIdentifier::new(id), None).await.map(|_| ())
    };
    if let ([id], false) = (ids.as_slice(), many) {
        return session.one(revoked(id.clone()));
    }
    let plan = Plan {
        done: "revoked",
        is_printed: false,
        whose: Whose::Named(ids),
        bulk: &wanted.bulk,
        output: &wanted.output,
        chosen: &session.chosen,
    };
    let revoked = &revoked;
    let work = |id: String| async move {
        revoked(id.clone()).await?;
        Ok(Outcome { line: id, printed: None })
    };
    session.runtime.block_on(bulk::run(plan, work))
}

pub(super) fn exchange(place: &Place, wanted: &GetForTeamsUser) -> anyhow::Result<()> {
    let token = match wanted.aad_token.expose().as_str() {
        "-" => Secret::new(read_secret("Entra access token")?.to_string()),
        text => Secret::new(text.to_owned()),
    };
    let session = Session::open(place, &wanted.connection, Needs::default(), &wanted.output)?;
    let client = &session.client;
    let exchanged = session.one(async {
        let answer = client.get_token_for_teams_user(&token, &wanted.client, &wanted.aad_user, None).await?;
        answer.into_model()
    })?;
    wanted.output.print(&json!({"expires_on": expires_on(&exchanged), "token": exchanged.token.secret()}))
}
