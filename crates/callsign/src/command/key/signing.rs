//! `callsign key signing`: prints, rotates and revokes signing keys.

use anyhow::bail;
use callsign_protocol::algorithm::Algorithm;
use callsign_server::admin::{Reply, Request, SigningKeyEntry};

use crate::args::key::signing::{Rotate, Signing};
use crate::args::{Output, Place};
use crate::command::confirm::confirm;
use crate::command::{ask, unexpected};
use crate::printer;

pub(super) fn run(place: &Place, signing: Signing) -> anyhow::Result<()> {
    match signing {
        Signing::List(output) => list(place, &output),
        Signing::Rotate(Rotate { compromised: Some(key_id), yes, .. }) => revoke(place, key_id, yes),
        Signing::Rotate(Rotate { algorithm, .. }) => rotate(place, algorithm.into()),
    }
}

fn list(place: &Place, output: &Output) -> anyhow::Result<()> {
    let answer = ask(place, Request::SigningKeyList {})?;
    let Reply::SigningKeys { keys } = answer.reply else {
        return Err(unexpected());
    };
    output.page(&keys, || {
        let rows: Vec<[String; 5]> = keys.iter().map(row).collect();
        printer::table(["kid", "algorithm", "state", "since", "until"], &rows)
    })?;
    output.tell_notes(&answer.notes);
    Ok(())
}

fn row(key: &SigningKeyEntry) -> [String; 5] {
    let algorithm = key.algorithm.map(|algorithm| algorithm.to_string());
    [
        key.key_id.clone(),
        algorithm.unwrap_or_default(),
        key.state.clone(),
        key.since.clone(),
        key.until.clone().unwrap_or_default(),
    ]
}

fn rotate(place: &Place, algorithm: Algorithm) -> anyhow::Result<()> {
    let answer = ask(place, Request::SigningKeyRotate { algorithm })?;
    let Reply::SigningKeyRotated(rotated) = answer.reply else {
        return Err(unexpected());
    };
    let signs = if rotated.signs { "signs since" } else { "signs from" };
    printer::tell(&format!(
        "The key {} {signs} {}. The key {} stays in the key set until {}, so the tokens that it signed stay good.\n",
        rotated.key_id, rotated.signs_from, rotated.before, rotated.before_published_until
    ));
    printer::tell_notes(&answer.notes);
    Ok(())
}

fn revoke(place: &Place, key_id: String, yes: bool) -> anyhow::Result<()> {
    if !yes {
        check_revocable(place, &key_id)?;
        let Reply::LiveTokens { identities } = ask(place, Request::LiveTokensOfAll {})?.reply else {
            return Err(unexpected());
        };
        let consequence = format!(
            "The signing key {key_id:?} will be revoked for ever. Every token that it signed is dead at once here, and within seconds \
             at verifiers that follow this server; whoever only reads the key set may hold the old one for up to 300 seconds. Tokens of up to \
             {identities} identities may be hit; they need new ones."
        );
        confirm(yes, &consequence, &format!("callsign key signing rotate --compromised {key_id}"))?;
    }
    let answer = ask(place, Request::SigningKeyRevoke { key_id })?;
    let Reply::SigningKeyRevoked { key_id, active } = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&format!("The signing key {key_id} was revoked. The key {active} signs now.\n"));
    printer::tell_notes(&answer.notes);
    Ok(())
}

/// Nobody is asked about a key that cannot be revoked.
fn check_revocable(place: &Place, key_id: &str) -> anyhow::Result<()> {
    let Reply::SigningKeys { keys } = ask(place, Request::SigningKeyList {})?.reply else {
        return Err(unexpected());
    };
    match keys.iter().find(|key| key.key_id == key_id) {
        None => {
            bail!("there is no signing key {key_id:?}; callsign key signing list prints those that there are")
        }
        Some(key) if key.algorithm.is_none() => bail!("the signing key {key_id} is revoked already"),
        Some(_) => Ok(()),
    }
}
