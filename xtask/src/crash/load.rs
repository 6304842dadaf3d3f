//! Puts the server under load: random requests on one connection until it breaks. What to send is drawn from the
//! run's seed; what came of it is told to the referee.

use anyhow::bail;
use fastrand::Rng;

use super::referee::{Referee, Subject};
use super::round::Round;
use crate::conversation::{Conversation, Reply};

/// Most requests go to identities that were made last: several requests in flight on one identity are what is hard.
const RECENT: usize = 64;

/// What came of one request, as far as the load cares.
#[derive(PartialEq, Eq)]
enum Step {
    Answered,
    Disconnected,
}

/// Sends requests until the server is gone. A connection that only was closed is opened again.
pub(crate) async fn run(round: &Round<'_>, lane: usize, mut random: Rng) -> anyhow::Result<()> {
    let mut sent = 0_u64;
    while let Ok(mut conversation) = Conversation::open(&round.signer).await {
        loop {
            sent += 1;
            let custom_id = random.bool().then(|| format!("{}-{lane}-{sent}", round.custom_id_prefix));
            if step(round, &mut conversation, &mut random, custom_id).await? == Step::Disconnected {
                break;
            }
        }
    }
    Ok(())
}

async fn step(
    round: &Round<'_>,
    conversation: &mut Conversation<'_>,
    random: &mut Rng,
    custom_id: Option<String>,
) -> anyhow::Result<Step> {
    let draw = random.u32(..100);
    let subject = draw_subject(round, random);
    match (draw, subject) {
        (40..65, Some(subject)) => issue(round, conversation, &subject).await,
        (65..85, Some(subject)) => revoke(round, conversation, &subject).await,
        (85.., Some(subject)) => delete(round, conversation, &subject).await,
        _ => create(round, conversation, custom_id).await,
    }
}

fn draw_subject(round: &Round<'_>, random: &mut Rng) -> Option<Subject> {
    let referee = round.referee();
    let known = referee.known();
    if known == 0 {
        return None;
    }
    let oldest = if random.u32(..4) == 0 { 0 } else { known.saturating_sub(RECENT) };
    referee.subject(random.usize(oldest..known))
}

async fn create(
    round: &Round<'_>,
    conversation: &mut Conversation<'_>,
    custom_id: Option<String>,
) -> anyhow::Result<Step> {
    let reply = conversation.create(custom_id.as_deref()).await?;
    settle(round, reply, |referee, id| referee.created(id, custom_id))
}

async fn issue(
    round: &Round<'_>,
    conversation: &mut Conversation<'_>,
    subject: &Subject,
) -> anyhow::Result<Step> {
    let reply = conversation.issue(&subject.id).await?;
    if matches!(reply, Reply::NotFound) {
        round.referee().missed(subject.slot);
        return Ok(Step::Answered);
    }
    settle(round, reply, |referee, epoch| referee.issued(subject, epoch))
}

async fn revoke(
    round: &Round<'_>,
    conversation: &mut Conversation<'_>,
    subject: &Subject,
) -> anyhow::Result<Step> {
    let reply = conversation.revoke(&subject.id).await?;
    settle(round, reply, |referee, ()| referee.revoked(subject.slot))
}

async fn delete(
    round: &Round<'_>,
    conversation: &mut Conversation<'_>,
    subject: &Subject,
) -> anyhow::Result<Step> {
    round.referee().deletion_is_sent(subject.slot);
    let reply = conversation.delete(&subject.id).await?;
    settle(round, reply, |referee, ()| referee.deleted(subject.slot))
}

/// Tells the referee what is sure, and how the connection fares.
fn settle<T>(round: &Round<'_>, reply: Reply<T>, done: impl FnOnce(&mut Referee, T)) -> anyhow::Result<Step> {
    let mut referee = round.referee();
    match reply {
        Reply::Done(what) => done(&mut referee, what),
        Reply::Refused => {}
        Reply::InDoubt => referee.unanswered(),
        Reply::Disconnected => {
            referee.unanswered();
            return Ok(Step::Disconnected);
        }
        Reply::NotFound => bail!("a request that never answers 404 was answered 404"),
    }
    Ok(Step::Answered)
}
