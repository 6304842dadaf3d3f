//! `callsign identity user`: creates, shows and deletes identities.

use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserOptions, CommunicationUserIdentifier,
    UserDetail,
};
use callsign_protocol::date::Timestamp;
use serde_json::{Value, json};

use super::{Needs, Session, list, prune, users};
use crate::args::Place;
use crate::args::identity::user::{Create, Delete, Show, User};
use crate::command::bulk::{self, Outcome, Plan, Whose};
use crate::command::confirm::{ask_unless, can_be_confirmed};

pub(super) fn run(place: &Place, user: User) -> anyhow::Result<()> {
    match user {
        User::Create(wanted) => create(place, *wanted),
        User::Show(wanted) => show(place, &wanted),
        User::List(wanted) => list::run(place, &wanted),
        User::Delete(wanted) => delete(place, &wanted),
        User::Prune(wanted) => prune::run(place, &wanted),
    }
}

fn create(place: &Place, wanted: Create) -> anyhow::Result<()> {
    let Create { custom_id, count, bulk, output, connection } = wanted;
    let many = count.is_some() || bulk.out.is_some();
    let needs = Needs { many, custom_id: custom_id.is_some() };
    let session = Session::open(place, &connection, needs, &output)?;
    let client = &session.client;
    if !many {
        let id = session.one(created(client, custom_id))?;
        return output.print(&identity(&id));
    }
    let plan = Plan {
        done: "created",
        is_printed: true,
        whose: Whose::New(count.unwrap_or(1)),
        bulk: &bulk,
        output: &output,
        chosen: &session.chosen,
    };
    let work = |_number: String| {
        let custom_id = custom_id.clone();
        async move {
            let id = created(client, custom_id).await?;
            Ok(Outcome { printed: Some(identity(&id)), line: id })
        }
    };
    session.runtime.block_on(bulk::run(plan, work))
}

async fn created(
    client: &CommunicationIdentityClient,
    custom_id: Option<String>,
) -> azure_core::Result<String> {
    let options = CommunicationIdentityClientCreateUserOptions {
        custom_id,
        ..CommunicationIdentityClientCreateUserOptions::default()
    };
    let user = client.create_user(Some(options)).await?.into_model()?;
    Ok(user.id().to_owned())
}

/// The shape of `az` (`clients.md` B.1).
fn identity(id: &str) -> Value {
    json!({"properties": {"id": id}, "rawId": id})
}

fn show(place: &Place, wanted: &Show) -> anyhow::Result<()> {
    let ids = users::required(&wanted.users, &wanted.bulk)?;
    let needs = Needs { many: users::is_bulk(&wanted.users, &ids, &wanted.bulk), custom_id: true };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    let client = &session.client;
    let shown = async move |id: String| -> azure_core::Result<Value> {
        let user = CommunicationUserIdentifier::new(id);
        let found = client.get_user_detail(&user, None).await?.into_model()?;
        Ok(detail(&found))
    };
    if let ([id], false) = (ids.as_slice(), needs.many) {
        return wanted.output.print(&session.one(shown(id.clone()))?);
    }
    let plan = Plan {
        done: "found",
        is_printed: true,
        whose: Whose::Named(ids),
        bulk: &wanted.bulk,
        output: &wanted.output,
        chosen: &session.chosen,
    };
    let shown = &shown;
    let work = |id| async move {
        let value = shown(id).await?;
        Ok(Outcome { line: value.to_string(), printed: Some(value) })
    };
    session.runtime.block_on(bulk::run(plan, work))
}

/// The members of the wire, all of them.
fn detail(found: &UserDetail) -> Value {
    let issued = found.last_token_issued_at.map(|at| Timestamp::from_unix_seconds(at.unix_timestamp()));
    json!({
        "customId": found.custom_id,
        "id": found.user.id(),
        "lastTokenIssuedAt": issued.map(Timestamp::to_whole_seconds_utc),
    })
}

fn delete(place: &Place, wanted: &Delete) -> anyhow::Result<()> {
    let ids = users::required(&wanted.users, &wanted.bulk)?;
    can_be_confirmed(wanted.yes)?;
    let many = users::is_bulk(&wanted.users, &ids, &wanted.bulk);
    let (it, its) = if ids.len() == 1 { ("it", "its") } else { ("them", "their") };
    let consequence = format!(
        "{} and all that belongs to {it} will be deleted, and {its} tokens will not be valid any more.",
        users::named(&ids)
    );
    let needs = Needs { many, custom_id: false };
    let session = Session::open(place, &wanted.connection, needs, &wanted.output)?;
    ask_unless(wanted.yes, &consequence)?;
    let client = &session.client;
    let deleted = async move |id: String| -> azure_core::Result<()> {
        client.delete_user(&CommunicationUserIdentifier::new(id), None).await.map(|_| ())
    };
    if let ([id], false) = (ids.as_slice(), many) {
        return session.one(deleted(id.clone()));
    }
    let plan = Plan {
        done: "deleted",
        is_printed: false,
        whose: Whose::Named(ids),
        bulk: &wanted.bulk,
        output: &wanted.output,
        chosen: &session.chosen,
    };
    let deleted = &deleted;
    let work = |id: String| async move {
        deleted(id.clone()).await?;
        Ok(Outcome { line: id, printed: None })
    };
    session.runtime.block_on(bulk::run(plan, work))
}
