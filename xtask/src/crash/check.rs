//! Asks a restarted server for identities, and tells the referee what it shows of them.

use anyhow::{Context, bail};

use super::referee::{Shown, Slot};
use super::round::Round;
use crate::conversation::{Conversation, Reply};

/// Checks each of these identities over one connection.
pub(crate) async fn run(round: &Round<'_>, slots: &[Slot]) -> anyhow::Result<()> {
    let mut conversation = Conversation::open(&round.signer).await?;
    for slot in slots {
        check(round, &mut conversation, *slot).await?;
    }
    Ok(())
}

async fn check(round: &Round<'_>, conversation: &mut Conversation<'_>, slot: Slot) -> anyhow::Result<()> {
    let Some(id) = round.referee().id(slot).map(str::to_owned) else {
        return Ok(());
    };
    let shown = match conversation.show(&id).await? {
        Reply::NotFound => Shown::Absent,
        reply => Shown::Present { custom_id: done(reply)? },
    };
    round.referee().shown(slot, shown);
    let Some(subject) = round.referee().subject(slot) else {
        return Ok(());
    };
    if subject.epoch_at_least > 0 {
        let epoch = done(conversation.issue(&id).await?)
            .with_context(|| format!("of identity {id}, which is shown"))?;
        round.referee().issued(&subject, epoch);
    }
    if let Some(custom_id) = &subject.custom_id {
        let leads_to = done(conversation.create(Some(custom_id)).await?)?;
        round.referee().custom_id_leads_to(slot, &leads_to);
    }
    Ok(())
}

/// Checks are few and alone with the server: it has no reason not to do them.
fn done<T>(reply: Reply<T>) -> anyhow::Result<T> {
    match reply {
        Reply::Done(what) => Ok(what),
        Reply::NotFound => bail!("a check was answered 404 where the identity must be"),
        Reply::Refused => bail!("a check was refused by a quota (429)"),
        Reply::InDoubt => bail!("a check was answered 503 by a server without load"),
        Reply::Disconnected => bail!("the server closed the connection of a check"),
    }
}
