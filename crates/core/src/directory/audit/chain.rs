//! Checking the chain, record by record.

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;

use super::Record;

/// The end of the chain: the last record's number and hash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// 0 before the first record.
    pub number: u64,
    /// Zeros before the first record.
    pub hash: [u8; SHA256_OUTPUT_LEN],
}

/// Where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A number is not the next one.
    #[error("record {expected} of the audit chain is missing: {found} follows where it should be")]
    Missing {
        /// The number that should come.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// A hash is not that of the record.
    #[error("record {number} of the audit chain was changed, or the one before it was")]
    Changed {
        /// The record.
        number: u64,
    },
    /// The records end before the chain does.
    #[error(
        "the audit chain ends with record {found}, and its head tells of {expected}: records were cut off"
    )]
    CutOff {
        /// The number in the head.
        expected: u64,
        /// The last one there is.
        found: u64,
    },
    /// The last record is another one than the head tells of.
    #[error("the head of the audit chain tells of another record {number}")]
    OtherHead {
        /// The record.
        number: u64,
    },
}

/// A check in progress. Records are given in order.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    head: Head,
}

impl Chain {
    /// Takes the next record.
    ///
    /// # Errors
    /// [`Broken`], where the chain does not hold.
    pub fn follow(&mut self, record: &Record) -> Result<(), Broken> {
        let expected = self.head.number + 1;
        if record.number != expected {
            return Err(Broken::Missing { expected, found: record.number });
        }
        if record.hash != record.hash_after(&self.head.hash) {
            return Err(Broken::Changed { number: record.number });
        }
        self.head = record.head();
        Ok(())
    }

    /// How far it holds.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Compares the end with the head that was kept apart.
    ///
    /// # Errors
    /// [`Broken`] when records were cut off or the last one is another.
    pub fn end(&self, kept: &Head) -> Result<(), Broken> {
        if self.head.number != kept.number {
            return Err(Broken::CutOff { expected: kept.number, found: self.head.number });
        }
        if self.head.hash != kept.hash {
            return Err(Broken::OtherHead { number: kept.number });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use callsign_protocol::access_key::KeySlot;
    use callsign_protocol::date::Timestamp;
    use uuid::Uuid;

    use super::super::{Action, Actor, Deed, Subject};
    use super::*;

    fn chain(length: u64) -> Vec<Record> {
        let mut head = Head::default();
        let record = |head: &mut Head, number: u64| {
            let deed = Deed::new(Timestamp::from_unix_seconds(1), Actor::Server, Action::CreateIdentity);
            let name = format!("8:acs:{number}");
            let subject = Subject { resource: None, name: &name, changed: true };
            let record = Record::following(head, &deed, &subject);
            *head = record.head();
            record
        };
        (1..=length).map(|number| record(&mut head, number)).collect()
    }

    fn check(records: &[Record], kept: &Head) -> Result<(), Broken> {
        let mut chain = Chain::default();
        records.iter().try_for_each(|record| chain.follow(record))?;
        chain.end(kept)
    }

    /// `design/reliability.md` row 19.
    #[test]
    fn any_one_of_10_000_records_that_is_changed_or_removed_is_found() {
        let mut records = chain(10_000);
        let kept = records.last().unwrap().head();
        assert_eq!(check(&records, &kept), Ok(()));
        for position in 0..records.len() {
            // The prefix holds; what matters is from the record on, so the check starts there.
            let mut from =
                Chain { head: if position == 0 { Head::default() } else { records[position - 1].head() } };
            let original = records[position].clone();
            records[position].subject.push('x');
            assert_eq!(
                from.clone().follow(&records[position]),
                Err(Broken::Changed { number: original.number })
            );
            // Whoever mends its hash breaks the next one, or the head.
            records[position].hash = records[position].hash_after(&from.head.hash);
            from.follow(&records[position]).unwrap();
            let behind = records.get(position + 1).map(|next| from.follow(next));
            assert!(behind.is_some_and(|next| next.is_err()) || from.end(&kept).is_err());
            records[position] = original;
        }
        for position in [0, 1, 5_000, 9_998, 9_999] {
            let mut fewer = records.clone();
            fewer.remove(position);
            assert!(check(&fewer, &kept).is_err(), "{position}");
        }
    }

    #[test]
    fn a_record_that_is_added_or_moved_is_found() {
        let records = chain(4);
        let kept = records[3].head();
        let mut moved = records;
        moved.swap(1, 2);
        assert_eq!(check(&moved, &kept), Err(Broken::Missing { expected: 2, found: 3 }));
        assert_eq!(check(&chain(5), &kept), Err(Broken::CutOff { expected: 4, found: 5 }));
        assert_eq!(check(&[], &kept), Err(Broken::CutOff { expected: 4, found: 0 }));
        assert_eq!(check(&[], &Head::default()), Ok(()));
    }

    /// Written down here, because chains of earlier releases have to hold.
    #[test]
    fn a_hash_is_sha_256_over_the_hash_before_and_eight_lines() {
        let actor = Actor::Key { slot: KeySlot::Secondary, generation: 7 };
        let at = Timestamp::from_unix_ticks(18_000_000_000_059_999);
        let deed = Deed::new(at, actor, Action::CreateIdentity).with_detail("port 7000");
        let resource = Some(Uuid::from_u128(0xca11_5160_0000_4001_8000_0000_0000_0001));
        let subject = Subject { resource, name: "8:acs:x", changed: true };
        let first = Record::following(&Head::default(), &deed, &subject);
        // printf '%064d' 0 | xxd -r -p | cat - <(printf '1\n1800000000005\nkey:2:7\n…\nport 7000') | sha256sum
        assert_eq!(hex(&first), "089b0943aac77276b26b5ba07c12874864e64109ea56409056dc81f4bee588a5");
        let deed = Deed::new(
            Timestamp::from_unix_milliseconds(1_800_000_000_006),
            Actor::Server,
            Action::RewrapKeys,
        );
        let subject = Subject { resource: None, name: "", changed: false };
        let second = Record::following(&first.head(), &deed, &subject);
        assert_eq!(hex(&second), "be04dd511cf0f3a1f8d0676f5b769de572ccfdd31a994c98b3c56d8f3f339322");
    }

    fn hex(record: &Record) -> String {
        record.hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_text_of_several_lines_cannot_pass_for_other_members() {
        let deed = Deed::new(Timestamp::from_unix_seconds(1), Actor::Server, Action::CreateIdentity);
        let subject = |name| {
            Record::following(&Head::default(), &deed, &Subject { resource: None, name, changed: true })
        };
        assert_eq!(subject("a\nchanged\n").subject, "a changed ");
        assert_eq!(subject("a").text().lines().count(), 7, "the eighth line is empty here");
    }
}
