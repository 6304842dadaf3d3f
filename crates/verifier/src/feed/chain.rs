//! The reader's own account of the feed: what it took in, what of it the server signed for, and when.
//!
//! It never reads a clock or a socket, so every lie is a test of a few lines.

use callsign_protocol::date::Timestamp;
use callsign_protocol::revocation::{Cursor, Entry, Position, Statement};
use uuid::Uuid;

use super::FeedFault;

/// Where the reader stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chain {
    issuer: String,
    resource: Uuid,
    /// The latest time that the server signed.
    time: Timestamp,
    /// Where the server said that the feed stood.
    confirmed: Position,
    /// The same with the entries that came since. Nobody signed for them yet.
    position: Position,
}

/// What a believed heartbeat means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// The server's time moved on, and nothing is missing here.
    MovedOn,
    /// The same instant again: nothing is missing, but nothing is known of the time since.
    StoodStill,
    /// A new incarnation has begun: only a snapshot tells of it.
    NewIncarnation,
}

impl Chain {
    /// Begins where a snapshot stands, or goes on from there. What the server confirmed before has to be in it.
    pub(super) fn at_snapshot(before: Option<&Self>, statement: &Statement) -> Result<Self, FeedFault> {
        let (issuer, resource) = (statement.issuer.clone(), statement.resource);
        let position = statement.position;
        let mut time = statement.time;
        if let Some(before) = before {
            before.is_of_same_feed(statement)?;
            let confirmed = before.confirmed;
            if position.cursor() < confirmed.cursor() {
                return Err(FeedFault::WentBack);
            }
            if position.cursor() == confirmed.cursor() && position.digest != confirmed.digest {
                return Err(FeedFault::DigestWrong);
            }
            // A server may keep a snapshot for a while, so its time may lie before that of the last heartbeat.
            time = time.max(before.time);
        }
        Ok(Self { issuer, resource, time, confirmed: position, position })
    }

    /// Where to go on from.
    pub(super) const fn cursor(&self) -> Cursor {
        self.position.cursor()
    }

    /// Takes an entry, which says its own place: the next one.
    pub(super) fn entry(&mut self, place: Cursor, entry: &Entry) -> Result<(), FeedFault> {
        let next = Cursor { count: self.position.count + 1, ..self.cursor() };
        if place < next {
            return Err(FeedFault::WentBack);
        }
        if place > next {
            return Err(FeedFault::Skipped);
        }
        self.position = self.position.after(entry);
        Ok(())
    }

    /// Compares what the server signed with what came here: everything that it counted comes before its statement.
    pub(super) fn heartbeat(&mut self, statement: &Statement) -> Result<Beat, FeedFault> {
        if statement.body.is_some() {
            return Err(FeedFault::StatementMalformed);
        }
        self.is_of_same_feed(statement)?;
        let (theirs, ours) = (statement.position, self.position);
        if theirs.incarnation > ours.incarnation {
            return Ok(Beat::NewIncarnation);
        }
        if statement.time < self.time || theirs.cursor() < ours.cursor() {
            return Err(FeedFault::WentBack);
        }
        if theirs.count > ours.count {
            return Err(FeedFault::Skipped);
        }
        if theirs.digest != ours.digest {
            return Err(FeedFault::DigestWrong);
        }
        self.confirmed = ours;
        let moved_on = statement.time > self.time;
        self.time = statement.time;
        Ok(if moved_on { Beat::MovedOn } else { Beat::StoodStill })
    }

    fn is_of_same_feed(&self, statement: &Statement) -> Result<(), FeedFault> {
        is_of(&self.issuer, self.resource, statement)
    }
}

/// Whether a statement is of this issuer and resource.
pub(super) fn is_of(issuer: &str, resource: Uuid, statement: &Statement) -> Result<(), FeedFault> {
    if statement.issuer != issuer {
        return Err(FeedFault::IssuerWrong);
    }
    if statement.resource != resource {
        return Err(FeedFault::ResourceWrong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INCARNATION: u64 = 3;

    fn statement(milliseconds: i64, position: Position) -> Statement {
        Statement {
            issuer: "https://localhost:8443".to_owned(),
            resource: Uuid::from_u128(7),
            time: Timestamp::from_unix_milliseconds(milliseconds),
            position,
            body: None,
        }
    }

    fn entries(count: u64) -> Vec<Entry> {
        (1..=count).map(|epoch| Entry::Resource { epoch }).collect()
    }

    fn place(count: u64) -> Cursor {
        Cursor { incarnation: INCARNATION, count }
    }

    /// A reader at time 1000 with that many entries, all confirmed.
    fn chain(count: u64) -> Chain {
        let position = entries(count).iter().fold(Position::start(INCARNATION), |at, entry| at.after(entry));
        Chain::at_snapshot(None, &statement(1_000, position)).unwrap()
    }

    #[test]
    fn a_heartbeat_is_believed_when_it_stands_where_the_reader_does() {
        let mut chain = chain(2);
        chain.entry(place(3), &entries(3)[2]).unwrap();
        let here = chain.position;
        assert_eq!(chain.heartbeat(&statement(1_001, here)), Ok(Beat::MovedOn));
        assert_eq!(chain.heartbeat(&statement(1_001, here)), Ok(Beat::StoodStill));
        assert_eq!(chain.confirmed, here);
    }

    #[test]
    fn every_lie_of_a_heartbeat_has_its_name() {
        let here = chain(2).position;
        let with = |change: fn(&mut Statement)| {
            let mut told = statement(1_001, here);
            change(&mut told);
            chain(2).heartbeat(&told)
        };
        for (change, fault) in [
            ((|told| told.issuer.push('x')) as fn(&mut Statement), FeedFault::IssuerWrong),
            (|told| told.resource = Uuid::nil(), FeedFault::ResourceWrong),
            (|told| told.time = Timestamp::from_unix_milliseconds(999), FeedFault::WentBack),
            (|told| told.position.count = 1, FeedFault::WentBack),
            (|told| told.position.incarnation = 2, FeedFault::WentBack),
            (|told| told.position.count = 3, FeedFault::Skipped),
            (|told| told.position.digest = [1; 32], FeedFault::DigestWrong),
            (|told| told.body = Some([0; 32]), FeedFault::StatementMalformed),
        ] {
            assert_eq!(with(change), Err(fault));
        }
        assert_eq!(with(|told| told.position.incarnation = 4), Ok(Beat::NewIncarnation));
    }

    #[test]
    fn an_entry_has_one_place() {
        let entry = Entry::Resource { epoch: 9 };
        for (at, outcome) in [
            (place(1), Err(FeedFault::WentBack)),
            (place(2), Err(FeedFault::WentBack)),
            (place(3), Ok(())),
            (place(4), Err(FeedFault::Skipped)),
            (Cursor { incarnation: 4, count: 3 }, Err(FeedFault::Skipped)),
            (Cursor { incarnation: 2, count: 3 }, Err(FeedFault::WentBack)),
        ] {
            assert_eq!(chain(2).entry(at, &entry), outcome, "{at}");
        }
    }

    #[test]
    fn a_snapshot_holds_at_least_what_was_confirmed() {
        let before = chain(2);
        let at =
            |position| Chain::at_snapshot(Some(&before), &statement(900, position)).map(|chain| chain.time);
        assert_eq!(at(chain(1).position), Err(FeedFault::WentBack));
        assert_eq!(at(Position { digest: [1; 32], ..chain(2).position }), Err(FeedFault::DigestWrong));
        assert_eq!(at(Position::start(INCARNATION - 1)), Err(FeedFault::WentBack));
        let kept = Ok(Timestamp::from_unix_milliseconds(1_000));
        assert_eq!(at(chain(2).position), kept);
        assert_eq!(at(chain(3).position), kept);
        assert_eq!(at(Position::start(INCARNATION + 1)), kept);
    }

    proptest! {
        /// `PROPTEST_CASES=1000000` runs the campaign.
        #[test]
        fn no_feed_with_an_entry_missing_changed_or_moved_is_confirmed(
            count in 1_u64..8, from in 0_usize..8, to in 0_usize..8, way in 0..3,
        ) {
            let honest = entries(count);
            let mut told = honest.clone();
            let (from, to) = (from % honest.len(), to % honest.len());
            match way {
                0 => { told.remove(from); }
                1 => told.swap(from, to),
                _ => told[from] = Entry::SigningKey { key_id: "k".to_owned() },
            }
            prop_assume!(told != honest);
            let mut reader = chain(0);
            // The liar numbers what it tells as if nothing had happened.
            for (entry, number) in told.iter().zip(1..) {
                reader.entry(place(number), entry).unwrap();
            }
            let signed = statement(1_001, chain(count).position);
            prop_assert!(reader.heartbeat(&signed).is_err());
        }
    }
}
