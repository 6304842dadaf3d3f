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
    /// The time of the last heartbeat on the connection that is read.
    beat: Option<Timestamp>,
    /// Where the server said that the feed stood.
    confirmed: Position,
    /// The same with the entries that came since. Nobody signed for them yet.
    position: Position,
}

/// How far the clocks of one service's nodes may differ, with the age of the heartbeat that a stream begins with, in
/// milliseconds: a reader that comes back may meet another node.
const CLOCKS_APART_MILLISECONDS: i64 = 5_000;

/// What a believed snapshot means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ground {
    /// The reader stands on it.
    Firm(Chain),
    /// It was made before what is known here: a server keeps a snapshot that took long to make for a while.
    TooOld,
}

/// What a believed heartbeat means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// The server's time moved on, and nothing is missing here.
    MovedOn,
    /// The same instant again, or one before: nothing is missing, but nothing is known of the time since.
    StoodStill,
    /// A new incarnation has begun: only a snapshot tells of it.
    NewIncarnation,
}

impl Chain {
    /// Begins where a snapshot stands, or goes on from there. What the server confirmed before has to be in it.
    pub(super) fn at_snapshot(before: Option<&Self>, statement: &Statement) -> Result<Ground, FeedFault> {
        let (issuer, resource) = (statement.issuer.clone(), statement.resource);
        let position = statement.position;
        let mut time = statement.time;
        if let Some(before) = before {
            before.is_of_same_feed(statement)?;
            let confirmed = before.confirmed;
            if position.cursor() < confirmed.cursor() {
                return if time < before.time { Ok(Ground::TooOld) } else { Err(FeedFault::WentBack) };
            }
            if position.cursor() == confirmed.cursor() && position.digest != confirmed.digest {
                return Err(FeedFault::DigestWrong);
            }
            time = time.max(before.time);
        }
        Ok(Ground::Firm(Self { issuer, resource, time, beat: None, confirmed: position, position }))
    }

    /// Goes on over another connection.
    pub(super) const fn is_connected_anew(&mut self) {
        self.beat = None;
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
        if self.goes_back(statement.time) || theirs.cursor() < ours.cursor() {
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
        self.time = self.time.max(statement.time);
        self.beat = Some(statement.time);
        Ok(if moved_on { Beat::MovedOn } else { Beat::StoodStill })
    }

    /// On one connection time never goes back; over several of them, no further than clocks may differ.
    fn goes_back(&self, time: Timestamp) -> bool {
        let apart = self.time.unix_milliseconds() - time.unix_milliseconds();
        self.beat.is_some_and(|beat| time < beat) || apart > CLOCKS_APART_MILLISECONDS
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
    /// Unix milliseconds.
    const BEGIN: i64 = 1_000_000;

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

    fn firm(ground: Result<Ground, FeedFault>) -> Chain {
        let Ok(Ground::Firm(chain)) = ground else { panic!("{ground:?}") };
        chain
    }

    /// A reader at `BEGIN` with that many entries, all confirmed.
    fn chain(count: u64) -> Chain {
        let position = entries(count).iter().fold(Position::start(INCARNATION), |at, entry| at.after(entry));
        firm(Chain::at_snapshot(None, &statement(BEGIN, position)))
    }

    #[test]
    fn a_heartbeat_is_believed_when_it_stands_where_the_reader_does() {
        let mut chain = chain(2);
        chain.entry(place(3), &entries(3)[2]).unwrap();
        let here = chain.position;
        assert_eq!(chain.heartbeat(&statement(BEGIN + 1, here)), Ok(Beat::MovedOn));
        assert_eq!(chain.heartbeat(&statement(BEGIN + 1, here)), Ok(Beat::StoodStill));
        assert_eq!(chain.confirmed, here);
    }

    #[test]
    fn every_lie_of_a_heartbeat_has_its_name() {
        let here = chain(2).position;
        let with = |change: fn(&mut Statement)| {
            let mut told = statement(BEGIN + 1, here);
            change(&mut told);
            chain(2).heartbeat(&told)
        };
        for (change, fault) in [
            ((|told| told.issuer.push('x')) as fn(&mut Statement), FeedFault::IssuerWrong),
            (|told| told.resource = Uuid::nil(), FeedFault::ResourceWrong),
            (|told| told.time = Timestamp::from_unix_milliseconds(BEGIN - 5_001), FeedFault::WentBack),
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
    fn time_goes_back_between_connections_only_and_no_further_than_clocks_differ() {
        let mut chain = chain(2);
        let here = chain.position;
        for (milliseconds, outcome) in [
            // A stream begins with the last heartbeat, which may be older than the snapshot.
            (-900, Ok(Beat::StoodStill)),
            (0, Ok(Beat::StoodStill)),
            (100, Ok(Beat::MovedOn)),
            (99, Err(FeedFault::WentBack)),
        ] {
            assert_eq!(chain.heartbeat(&statement(BEGIN + milliseconds, here)), outcome, "{milliseconds}");
        }
        chain.is_connected_anew();
        assert_eq!(chain.heartbeat(&statement(BEGIN + 99, here)), Ok(Beat::StoodStill));
        assert_eq!(chain.heartbeat(&statement(BEGIN + 101, here)), Ok(Beat::MovedOn));
    }

    #[test]
    fn a_snapshot_holds_at_least_what_was_confirmed() {
        let before = chain(2);
        let at = |milliseconds, position| {
            Chain::at_snapshot(Some(&before), &statement(BEGIN + milliseconds, position))
        };
        assert_eq!(at(0, chain(1).position), Err(FeedFault::WentBack));
        assert_eq!(at(-1, chain(1).position), Ok(Ground::TooOld));
        assert_eq!(at(0, Position { digest: [1; 32], ..chain(2).position }), Err(FeedFault::DigestWrong));
        assert_eq!(at(0, Position::start(INCARNATION - 1)), Err(FeedFault::WentBack));
        for position in [chain(2).position, chain(3).position, Position::start(INCARNATION + 1)] {
            assert_eq!(firm(at(-100, position)).time, before.time, "the latest time stays");
        }
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
            let signed = statement(BEGIN + 1, chain(count).position);
            prop_assert!(reader.heartbeat(&signed).is_err());
        }
    }
}
