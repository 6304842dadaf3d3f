//! Decides what was lost. It keeps what the server acknowledged and what is in doubt (sent, never answered), and judges
//! what the server shows later. It must never know HTTP, processes or time.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// The place of an identity in the referee's book.
pub(crate) type Slot = usize;

/// What is known of one identity whose creation was acknowledged.
struct Entry {
    id: String,
    custom_id: Option<String>,
    revocations_acknowledged: u64,
    /// The highest epoch that a token of this identity ever carried.
    epoch_seen: u64,
    deletion: Deletion,
    /// Already counted as lost; one identity is one loss.
    condemned: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deletion {
    NotAsked,
    /// Asked and not answered: either outcome is right, but it must stay as it turns out.
    InDoubt,
    Acknowledged,
}

/// What of an identity the load and the checks need to know.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) slot: Slot,
    pub(crate) id: String,
    pub(crate) custom_id: Option<String>,
    /// A token issued after this was read carries at least this epoch.
    pub(crate) epoch_at_least: u64,
}

/// What the server said of an identity when it was asked for it.
pub(crate) enum Shown {
    Absent,
    Present { custom_id: Option<String> },
}

/// A broken promise. Each is a sentence for the report.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    Identity { id: String },
    CustomId { id: String, expected: Option<String>, shown: Option<String> },
    CustomIdLeadsElsewhere { id: String, custom_id: String, shown: String },
    Deletion { id: String },
    Revocation { id: String, at_least: u64, shown: u64 },
    IdTwice { id: String },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity { id } => write!(f, "identity {id} was acknowledged and is gone"),
            Self::CustomId { id, expected, shown } => {
                write!(f, "identity {id} was created with custom id {expected:?} and now has {shown:?}")
            }
            Self::CustomIdLeadsElsewhere { id, custom_id, shown } => {
                write!(f, "custom id {custom_id} belongs to identity {id} and now leads to {shown}")
            }
            Self::Deletion { id } => write!(f, "identity {id} was deleted and is back"),
            Self::Revocation { id, at_least, shown } => {
                write!(
                    f,
                    "identity {id} was at epoch {at_least} or later and a new token carries epoch {shown}"
                )
            }
            Self::IdTwice { id } => write!(f, "identity id {id} was given out twice"),
        }
    }
}

/// What was acknowledged, over the whole run.
#[derive(Default, Clone, Copy)]
pub(crate) struct Acknowledged {
    pub(crate) creations: u64,
    pub(crate) tokens: u64,
    pub(crate) revocations: u64,
    pub(crate) deletions: u64,
    /// Requests sent and never answered.
    pub(crate) in_doubt: u64,
}

#[derive(Default)]
pub(crate) struct Referee {
    book: Vec<Entry>,
    ids: HashSet<String>,
    touched: BTreeSet<Slot>,
    acknowledged: Acknowledged,
    losses: Vec<Loss>,
}

impl Referee {
    pub(crate) fn created(&mut self, id: String, custom_id: Option<String>) {
        self.acknowledged.creations += 1;
        if !self.ids.insert(id.clone()) {
            self.losses.push(Loss::IdTwice { id });
            return;
        }
        self.touched.insert(self.book.len());
        self.book.push(Entry {
            id,
            custom_id,
            revocations_acknowledged: 0,
            epoch_seen: 0,
            deletion: Deletion::NotAsked,
            condemned: false,
        });
    }

    pub(crate) fn revoked(&mut self, slot: Slot) {
        self.acknowledged.revocations += 1;
        self.touched.insert(slot);
        if let Some(entry) = self.book.get_mut(slot) {
            entry.revocations_acknowledged += 1;
        }
    }

    /// To be called before the request is sent: from then on the deletion may happen.
    pub(crate) fn deletion_is_sent(&mut self, slot: Slot) {
        self.touched.insert(slot);
        if let Some(entry) = self.book.get_mut(slot)
            && entry.deletion == Deletion::NotAsked
        {
            entry.deletion = Deletion::InDoubt;
        }
    }

    pub(crate) fn deleted(&mut self, slot: Slot) {
        self.acknowledged.deletions += 1;
        if let Some(entry) = self.book.get_mut(slot) {
            entry.deletion = Deletion::Acknowledged;
        }
    }

    /// A request was sent and no answer came. Of a revocation nothing is expected then: the epoch may have risen.
    pub(crate) fn unanswered(&mut self) {
        self.acknowledged.in_doubt += 1;
    }

    /// A token was issued for a subject that was read before the request was sent.
    pub(crate) fn issued(&mut self, subject: &Subject, epoch: u64) {
        self.acknowledged.tokens += 1;
        let Some(entry) = self.book.get_mut(subject.slot) else {
            return;
        };
        if epoch < subject.epoch_at_least {
            let loss =
                Loss::Revocation { id: subject.id.clone(), at_least: subject.epoch_at_least, shown: epoch };
            condemn(entry, &mut self.losses, loss);
        }
        entry.epoch_seen = entry.epoch_seen.max(epoch);
    }

    /// Under load an identity was not found. A deletion that is on its way excuses that, and decides nothing yet.
    pub(crate) fn missed(&mut self, slot: Slot) {
        if let Some(entry) = self.book.get_mut(slot)
            && entry.deletion == Deletion::NotAsked
        {
            let id = entry.id.clone();
            condemn(entry, &mut self.losses, Loss::Identity { id });
        }
    }

    /// After a kill the server said whether the identity is there. What was in doubt and is there was never done, and
    /// never will be; what is not there must stay away.
    pub(crate) fn shown(&mut self, slot: Slot, shown: Shown) {
        let Some(entry) = self.book.get_mut(slot) else {
            return;
        };
        let id = entry.id.clone();
        match (entry.deletion, shown) {
            (Deletion::Acknowledged, Shown::Absent) => {}
            (Deletion::InDoubt, Shown::Absent) => entry.deletion = Deletion::Acknowledged,
            (Deletion::NotAsked, Shown::Absent) => condemn(entry, &mut self.losses, Loss::Identity { id }),
            (Deletion::Acknowledged, Shown::Present { .. }) => {
                condemn(entry, &mut self.losses, Loss::Deletion { id });
            }
            (Deletion::NotAsked | Deletion::InDoubt, Shown::Present { custom_id }) => {
                entry.deletion = Deletion::NotAsked;
                if custom_id != entry.custom_id {
                    let expected = entry.custom_id.clone();
                    condemn(entry, &mut self.losses, Loss::CustomId { id, expected, shown: custom_id });
                }
            }
        }
    }

    /// Creating with a custom id that is taken answers the identity that has it.
    pub(crate) fn custom_id_leads_to(&mut self, slot: Slot, shown: &str) {
        let Some(entry) = self.book.get_mut(slot) else {
            return;
        };
        if let Some(custom_id) = entry.custom_id.clone()
            && entry.id != shown
        {
            let loss =
                Loss::CustomIdLeadsElsewhere { id: entry.id.clone(), custom_id, shown: shown.to_owned() };
            condemn(entry, &mut self.losses, loss);
        }
    }

    /// The identity as a request may use it; none when it is known to be gone, or lost.
    pub(crate) fn subject(&self, slot: Slot) -> Option<Subject> {
        let entry = self.book.get(slot)?;
        (!entry.condemned && entry.deletion != Deletion::Acknowledged).then(|| Subject {
            slot,
            id: entry.id.clone(),
            custom_id: entry.custom_id.clone(),
            epoch_at_least: entry.revocations_acknowledged.max(entry.epoch_seen),
        })
    }

    /// The id of an identity that was not yet counted as lost.
    pub(crate) fn id(&self, slot: Slot) -> Option<&str> {
        let entry = self.book.get(slot)?;
        (!entry.condemned).then_some(entry.id.as_str())
    }

    /// How many identities were ever acknowledged; every slot is below it.
    pub(crate) fn known(&self) -> usize {
        self.book.len()
    }

    /// The identities that this round changed, and a new page for the next round.
    pub(crate) fn take_touched(&mut self) -> BTreeSet<Slot> {
        std::mem::take(&mut self.touched)
    }

    pub(crate) fn acknowledged(&self) -> Acknowledged {
        self.acknowledged
    }

    pub(crate) fn losses(&self) -> &[Loss] {
        &self.losses
    }
}

fn condemn(entry: &mut Entry, losses: &mut Vec<Loss>, loss: Loss) {
    if !entry.condemned {
        entry.condemned = true;
        losses.push(loss);
    }
}

#[cfg(test)]
mod tests;
