//! `callsign identity`: identities and access tokens of a resource, through the SDK; revoking all tokens of a resource is for its
//! server's administrator. It must never know a store.

mod decode;
mod list;
mod logs;
mod prune;
mod revoke_all;
mod token;
mod user;
mod users;

use callsign_client::CommunicationIdentityClient;
pub(super) use logs::run as logs;

use super::connection::{Chosen, Patience, choose};
use super::{event_loop, refusal};
use crate::args::connection::Connection;
use crate::args::identity::Identity;
use crate::args::identity::token::Token;
use crate::args::{Output, Place};

/// The only version that has custom ids and shows identities (`wire-contract.md` §3).
const CUSTOM_ID_VERSION: &str = "2025-03-02-preview";

pub(super) fn run(place: &Place, identity: Identity) -> anyhow::Result<()> {
    match identity {
        Identity::User(user) => user::run(place, user),
        Identity::Token(Token::Issue(issue)) => token::issue(place, *issue),
        Identity::Token(Token::Revoke(revoke)) => token::revoke(place, &revoke),
        Identity::Token(Token::RevokeAll(wanted)) => revoke_all::run(place, &wanted),
        Identity::Token(Token::GetForTeamsUser(wanted)) => token::exchange(place, &wanted),
        Identity::Token(Token::Decode(wanted)) => decode::run(place, &wanted),
        Identity::IssueAccessToken(issue) => {
            issue.output.tell_notes(&["issue-access-token is now token issue".to_owned()]);
            token::issue(place, *issue)
        }
    }
}

/// A resource, a client for it and what the client's requests run on.
struct Session {
    chosen: Chosen,
    client: CommunicationIdentityClient,
    runtime: tokio::runtime::Runtime,
}

impl Session {
    /// For one request, or for many.
    fn open(place: &Place, connection: &Connection, needs: Needs, output: &Output) -> anyhow::Result<Self> {
        let chosen = choose(place, connection)?;
        output.tell_notes(&chosen.notes());
        let patience = if needs.many { Patience::Much } else { Patience::Some };
        let version = needs.custom_id.then_some(CUSTOM_ID_VERSION);
        // The credential for Microsoft Entra starts programs, which needs the event loop.
        let runtime = event_loop()?;
        let client = {
            let _inside = runtime.enter();
            chosen.client(version, patience)?
        };
        Ok(Self { chosen, client, runtime })
    }

    /// Sends a single request.
    fn one<T>(&self, request: impl Future<Output = azure_core::Result<T>>) -> anyhow::Result<T> {
        let answer = self.runtime.block_on(request);
        answer.map_err(|error| refusal::of(&error, &self.chosen).into())
    }
}

/// What a command needs of a client.
#[derive(Clone, Copy, Default)]
struct Needs {
    many: bool,
    custom_id: bool,
}
