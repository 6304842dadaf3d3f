//! The `rev` claim: what a token was minted under, and the one rule that says when it is dead.

use std::fmt;
use std::str::FromStr;

use crate::access_key::KeySlot;

/// Who asked for the token: the key slot and generation whose signature verified, or an Entra caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MintedBy {
    /// An access key.
    Key {
        /// Which of the two.
        slot: KeySlot,
        /// How often it had been regenerated.
        generation: u64,
    },
    /// A Microsoft Entra caller.
    Entra,
}

/// The `rev` claim: the epochs a token was minted under, `<identity>.<resource>.<slot><generation>` or `….e`
/// (`design/tokens.md` §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision {
    /// The identity's epoch: one more with every revoke.
    pub identity: u64,
    /// The resource's epoch.
    pub resource: u64,
    /// What verified the request.
    pub minted_by: MintedBy,
}

/// The epochs in force for an identity, as far as whoever decides knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epochs {
    /// The identity's epoch.
    pub identity: u64,
    /// The epoch of its resource.
    pub resource: u64,
    /// The generations of the resource's access keys, primary first.
    pub generations: [u64; 2],
}

impl Epochs {
    /// The generation of one of the access keys.
    #[must_use]
    pub const fn generation(&self, slot: KeySlot) -> u64 {
        let [primary, secondary] = self.generations;
        match slot {
            KeySlot::Primary => primary,
            KeySlot::Secondary => secondary,
        }
    }
}

impl Revision {
    /// The one rule of revocation: a token is dead when any epoch that it was minted under is behind the one in force
    /// (`design/tokens.md` §2). Time plays no part.
    #[must_use]
    pub const fn is_behind(&self, in_force: &Epochs) -> bool {
        let behind_key = match self.minted_by {
            MintedBy::Key { slot, generation } => generation < in_force.generation(slot),
            MintedBy::Entra => false,
        };
        self.identity < in_force.identity || self.resource < in_force.resource || behind_key
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.", self.identity, self.resource)?;
        match self.minted_by {
            MintedBy::Key { slot, generation } => write!(formatter, "{}{generation}", slot.number()),
            MintedBy::Entra => formatter.write_str("e"),
        }
    }
}

/// The text is no `rev` claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rev claim has the form <identity>.<resource>.<slot><generation>")]
pub struct MalformedRevision;

impl FromStr for Revision {
    type Err = MalformedRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(MalformedRevision);
        let (identity, resource) = (number(part()?)?, number(part()?)?);
        let minted_by = match part()? {
            "e" => MintedBy::Entra,
            key => {
                let (slot, generation) = key.split_at_checked(1).ok_or(MalformedRevision)?;
                let slot = slot.parse().ok().and_then(KeySlot::from_number).ok_or(MalformedRevision)?;
                MintedBy::Key { slot, generation: number(generation)? }
            }
        };
        match parts.next() {
            None => Ok(Self { identity, resource, minted_by }),
            Some(_) => Err(MalformedRevision),
        }
    }
}

fn number(text: &str) -> Result<u64, MalformedRevision> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| MalformedRevision),
        false => Err(MalformedRevision),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_read_back_and_nothing_else_is_read() {
        for text in ["3.0.17", "0.0.20", "18446744073709551615.1.2100", "1.2.e"] {
            assert_eq!(text.parse::<Revision>().unwrap().to_string(), text);
        }
        for text in
            ["", "1", "1.2", "1.2.", "1.2.3", "1.2.30", "1.2.1", "1.2.10.4", "-1.2.10", "1.+2.10", "1.2.é1"]
        {
            assert_eq!(text.parse::<Revision>(), Err(MalformedRevision), "{text}");
        }
    }
}
