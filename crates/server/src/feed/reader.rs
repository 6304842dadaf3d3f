//! Readers of a feed: whoever has joined, may stay, and gets what the pump tells.

use std::sync::Arc;

use callsign_core::caller::{Caller, Proof};
use callsign_protocol::access_key::KeySlot;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};

use super::channel::{Channel, End, Joined};
use super::frame::{Admission, Frame, Heartbeat};
use super::{Feeds, NotRead};

/// A reader that has its place.
pub(super) struct Reader {
    channel: Arc<Channel>,
    frames: broadcast::Receiver<Frame>,
    proof: Proof,
    _place: OwnedSemaphorePermit,
}

/// Where a reader joined.
pub(super) struct Start {
    /// The last heartbeat, at most a second old.
    pub(super) heartbeat: Arc<Heartbeat>,
    /// So many entries were told before the reader joined; the pump may have more of them than the heartbeat.
    pub(super) reached_count: u64,
}

impl Feeds {
    /// Joins the readers of the caller's feed, and waits for its first heartbeat if there was none yet.
    pub(super) async fn join(&self, caller: &Caller) -> Result<(Reader, Start), NotRead> {
        let channel = self.channel(caller.resource);
        let place = Arc::clone(&channel.places).try_acquire_owned();
        let place = place.map_err(|_| NotRead::TooManyReaders)?;
        let Some(Joined { frames, reached, heartbeat }) = channel.join() else {
            return Err(ended(&channel));
        };
        let mut reader = Reader { channel, frames, proof: caller.proof.clone(), _place: place };
        let heartbeat = match heartbeat {
            Some(heartbeat) => heartbeat,
            None => reader.heartbeat().await?,
        };
        if !may_read(&reader.proof, heartbeat.admission) {
            return Err(NotRead::AccessEnded);
        }
        let reached_count = reached.map_or(0, |reached| reached.count).max(heartbeat.position.count);
        Ok((reader, Start { heartbeat, reached_count }))
    }
}

/// What a reader gets.
pub(super) enum Told {
    /// A frame.
    Frame(Frame),
    /// Some frames are missed; what follows shows how many.
    Missed,
    /// The reader has to begin anew.
    Anew,
    /// There is nothing more for this reader.
    End,
}

impl Reader {
    /// The next frame. It may be dropped while it waits.
    pub(super) async fn next(&mut self) -> Told {
        match self.frames.recv().await {
            Ok(Frame::Heartbeat(heartbeat)) if !may_read(&self.proof, heartbeat.admission) => Told::End,
            Ok(frame) => Told::Frame(frame),
            Err(RecvError::Lagged(_)) => Told::Missed,
            Err(RecvError::Closed) if self.channel.why_ended() == End::Anew => Told::Anew,
            Err(RecvError::Closed) => Told::End,
        }
    }

    /// The next heartbeat, whatever else is told before.
    pub(super) async fn heartbeat(&mut self) -> Result<Arc<Heartbeat>, NotRead> {
        loop {
            match self.next().await {
                Told::Frame(Frame::Heartbeat(heartbeat)) => return Ok(heartbeat),
                Told::Frame(Frame::Entries(_)) | Told::Missed => {}
                Told::Anew => return Err(NotRead::PositionGone),
                Told::End if self.channel.is_open() => return Err(NotRead::AccessEnded),
                Told::End => return Err(ended(&self.channel)),
            }
        }
    }
}

fn ended(channel: &Channel) -> NotRead {
    match channel.why_ended() {
        End::Gone => NotRead::AccessEnded,
        End::Anew => NotRead::PositionGone,
        End::Failed(error) => NotRead::Failed(error),
        End::Stopped => NotRead::Stopping,
    }
}

/// Access ends with the credential: a key that was regenerated reads no longer, nor does a token that has ended.
fn may_read(proof: &Proof, Admission { generations: [primary, secondary], at }: Admission) -> bool {
    match proof {
        Proof::Key { slot: KeySlot::Primary, generation } => *generation >= primary,
        Proof::Key { slot: KeySlot::Secondary, generation } => *generation >= secondary,
        Proof::Entra(token) => token.expires_at > at,
        // The portal reads no feed.
        Proof::Portal(_) => false,
    }
}
