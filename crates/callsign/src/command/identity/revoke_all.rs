//! `callsign identity token revoke-all`: revokes every token of a resource, which only its own server can.

use callsign_server::admin::{Reply, Request};

use crate::args::Place;
use crate::args::identity::token::RevokeAll;
use crate::command::confirm::confirm;
use crate::command::{ask, unexpected};
use crate::printer;

pub(super) fn run(place: &Place, wanted: &RevokeAll) -> anyhow::Result<()> {
    let name = &wanted.resource;
    let answer = ask(place, Request::LiveTokens { resource: Some(name.clone()) })?;
    let Reply::LiveTokens { identities } = answer.reply else {
        return Err(unexpected());
    };
    let who = if identities == 1 { "1 identity".to_owned() } else { format!("{identities} identities") };
    let consequence = format!(
        "Every token that the resource {name} has issued until now will be revoked. In the last 24 hours {who} got one."
    );
    confirm(wanted.yes, &consequence, &format!("callsign identity token revoke-all --resource {name}"))?;
    let answer = ask(place, Request::ResourceRevoke { name: name.clone() })?;
    let Reply::ResourceRevoked { name } = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&format!(
        "Every token that the resource {name} has issued until now is revoked; in the last 24 hours {who} got one.\n"
    ));
    printer::tell_notes(&answer.notes);
    Ok(())
}
