//! The journal: the newest records in memory, to be asked and to be followed.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use callsign_protocol::date::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

use super::Record;

/// Records that are looked at before the lock is given back.
const CHUNK: usize = 256;

/// Which records are wanted. What is given must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Of that resource.
    pub(crate) resource: Option<Uuid>,
    /// About that identity.
    pub(crate) identity: Option<String>,
    /// Of that operation, by its name, in any case.
    pub(crate) operation: Option<String>,
    /// Answered with that status, or with one of that class when it is 1 to 5.
    pub(crate) status: Option<u16>,
    /// Answered then or later.
    pub(crate) since: Option<Timestamp>,
}

impl Filter {
    fn wants(&self, record: &Record) -> bool {
        // Guids may be written in either case.
        let is_identity =
            |id: &str| record.identity.as_deref().is_some_and(|its| its.eq_ignore_ascii_case(id));
        let is_status = |status: u16| record.status == status || record.status / 100 == status;
        self.resource.is_none_or(|id| record.resource.as_ref().is_some_and(|(its, _)| *its == id))
            && self.identity.as_deref().is_none_or(is_identity)
            && self.operation.as_deref().is_none_or(|name| record.operation.eq_ignore_ascii_case(name))
            && self.status.is_none_or(is_status)
            && self.since.is_none_or(|since| record.time >= since)
    }
}

/// A place in the journal of one run of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    began: i64,
    count: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}", self.began, self.count)
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (began, count) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self { began: began.parse()?, count: count.parse()? })
    }
}

/// Records, oldest first, and the place after them.
#[derive(Debug)]
pub(crate) struct Page {
    /// Those that are wanted.
    pub(crate) records: Vec<Arc<Record>>,
    /// Where what comes later begins.
    pub(crate) next: Place,
}

/// Keeps the newest records.
#[derive(Debug)]
pub(crate) struct Journal {
    /// When this run of the server began, in milliseconds since 1970.
    began: i64,
    records_max: usize,
    kept: Mutex<Kept>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Arc<Record>>,
    /// How many there were before the first one that is still kept.
    dropped: u64,
    /// How many of all were read from a file, and so are of an earlier run.
    earlier: u64,
}

impl Kept {
    fn count(&self) -> u64 {
        self.dropped + u64::try_from(self.records.len()).unwrap_or(u64::MAX)
    }

    fn chunk(&self, range: (u64, u64)) -> Vec<Arc<Record>> {
        let place = |count: u64| usize::try_from(count.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        let (from, to) = (place(range.0), place(range.1).min(self.records.len()));
        self.records.range(from.min(to)..to).cloned().collect()
    }
}

impl Journal {
    /// An empty one that keeps so many.
    pub(crate) fn new(began: Timestamp, records_max: usize) -> Self {
        let began = began.unix_milliseconds();
        Self { began, records_max, kept: Mutex::default(), news: Notify::new() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Each change is whole: a record is there or not.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a record, in the place of the oldest when there are enough.
    pub(crate) fn keep(&self, record: Arc<Record>) {
        let mut kept = self.kept();
        kept.records.push_back(record);
        let oldest = if kept.records.len() > self.records_max { kept.records.pop_front() } else { None };
        kept.dropped += u64::from(oldest.is_some());
        drop(kept);
        self.news.notify_waiters();
        // Freed only here, where nobody waits for the lock.
        drop(oldest);
    }

    /// Begins with records of an earlier run, oldest first.
    pub(crate) fn fill(&self, records: impl IntoIterator<Item = Record>) {
        records.into_iter().for_each(|record| self.keep(Arc::new(record)));
        let mut kept = self.kept();
        kept.earlier = kept.count();
    }

    /// How many records are kept, and how many were dropped to keep them.
    pub(crate) fn sizes(&self) -> (usize, u64) {
        let kept = self.kept();
        (kept.records.len(), kept.dropped)
    }

    /// The newest records that are wanted.
    pub(crate) fn newest(&self, filter: &Filter, limit: usize) -> Page {
        let end = self.kept().count();
        let (mut records, mut to) = (Vec::new(), end);
        while to > 0 && records.len() < limit {
            let from = to.saturating_sub(CHUNK as u64);
            let chunk = self.kept().chunk((from, to));
            if chunk.is_empty() {
                break;
            }
            records.extend(chunk.into_iter().rev().filter(|record| filter.wants(record)));
            to = from;
        }
        records.truncate(limit);
        records.reverse();
        Page { records, next: Place { began: self.began, count: end } }
    }

    /// The records that are wanted after a place, oldest first. A place of an earlier run is where this one began.
    pub(crate) fn after(&self, filter: &Filter, place: Place, limit: usize) -> Page {
        let (mut count, end) = {
            let kept = self.kept();
            let count = if place.began == self.began { place.count } else { kept.earlier };
            (count.clamp(kept.dropped, kept.count()), kept.count())
        };
        let mut records = Vec::new();
        while count < end && records.len() < limit {
            let to = end.min(count + CHUNK as u64);
            for record in self.kept().chunk((count, to)) {
                if records.len() == limit {
                    break;
                }
                count += 1;
                if filter.wants(&record) {
                    records.push(record);
                }
            }
            if records.len() < limit {
                count = to;
            }
        }
        Page { records, next: Place { began: self.began, count } }
    }

    /// The same, and when there is none yet, it waits that long for one.
    pub(crate) async fn wait_after(
        &self,
        filter: &Filter,
        (place, wait): (Place, Duration),
        limit: usize,
    ) -> Page {
        let deadline = tokio::time::Instant::now() + wait;
        let mut place = place;
        loop {
            // Asked for first, so that what comes meanwhile is not missed.
            let news = self.news.notified();
            let page = self.after(filter, place, limit);
            if !page.records.is_empty() {
                return page;
            }
            place = page.next;
            if tokio::time::timeout_at(deadline, news).await.is_err() {
                return page;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    fn journal(records_max: usize, statuses: impl IntoIterator<Item = u16>) -> Journal {
        let journal = Journal::new(Timestamp::from_unix_seconds(7), records_max);
        for status in statuses {
            journal.keep(Arc::new(Record { status, ..sample() }));
        }
        journal
    }

    fn statuses(page: &Page) -> Vec<u16> {
        page.records.iter().map(|record| record.status).collect()
    }

    #[test]
    fn the_newest_records_are_kept_and_found() {
        let journal = journal(1_000, (0..3_000).map(|number| if number % 10 == 0 { 404 } else { 200 }));
        assert_eq!(journal.sizes(), (1_000, 2_000));
        let all = Filter::default();
        assert_eq!(journal.newest(&all, 5).records.len(), 5);
        assert_eq!(journal.newest(&all, usize::MAX).records.len(), 1_000);
        let refused = Filter { status: Some(4), ..Filter::default() };
        assert_eq!(statuses(&journal.newest(&refused, usize::MAX)), [404; 100]);
        assert_eq!(statuses(&journal.newest(&Filter { status: Some(200), ..all.clone() }, 2)), [200; 2]);
        let none = journal.newest(&all, 0);
        assert!(none.records.is_empty());
        assert!(journal.after(&all, none.next, 9).records.is_empty());
    }

    #[test]
    fn a_filter_must_hold_in_all_it_says() {
        let journal = journal(10, [200]);
        let own = Filter {
            resource: Some(Uuid::from_u128(1)),
            identity: Some("8:acs:a_b".to_owned()),
            operation: Some("createtoken".to_owned()),
            status: Some(2),
            since: Some(sample().time),
        };
        assert_eq!(journal.newest(&own, 9).records.len(), 1);
        for other in [
            Filter { resource: Some(Uuid::from_u128(2)), ..own.clone() },
            Filter { identity: Some("8:acs:a".to_owned()), ..own.clone() },
            Filter { operation: Some("RevokeToken".to_owned()), ..own.clone() },
            Filter { status: Some(201), ..own.clone() },
            Filter { since: Some(Timestamp::from_unix_seconds(2_000_000_000)), ..own },
        ] {
            assert!(journal.newest(&other, 9).records.is_empty(), "{other:?}");
        }
    }

    #[test]
    fn whoever_follows_page_by_page_sees_each_record_once() {
        let journal = journal(10_000, (0..2_000).map(|number| 200 + number % 7));
        let some = Filter { status: Some(203), ..Filter::default() };
        let (mut place, mut seen) = (Place { began: 7_000, count: 0 }, 0);
        loop {
            let page = journal.after(&some, place, 13);
            place = page.next;
            seen += page.records.len();
            if page.records.is_empty() {
                break;
            }
        }
        assert_eq!(seen, journal.newest(&some, usize::MAX).records.len());
    }

    #[test]
    fn a_place_of_an_earlier_run_is_where_this_one_began() {
        let journal = journal(100, []);
        journal.fill([sample(), sample()]);
        journal.keep(Arc::new(Record { status: 404, ..sample() }));
        let earlier: Place = "6000-77".parse().unwrap();
        assert_eq!(statuses(&journal.after(&Filter::default(), earlier, 9)), [404]);
        assert_eq!(journal.newest(&Filter::default(), 9).records.len(), 3);
        for text in ["", "1", "-1-2", "a-b", "1-", "99999999999999999999-1"] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_is_told_of_what_is_wanted_and_of_nothing_else() {
        let journal = Arc::new(journal(100, [200]));
        let place = journal.newest(&Filter::default(), 1).next;
        let filter = Filter { status: Some(404), ..Filter::default() };
        let waiting = {
            let (journal, filter) = (Arc::clone(&journal), filter.clone());
            tokio::spawn(
                async move { journal.wait_after(&filter, (place, Duration::from_secs(30)), 9).await },
            )
        };
        tokio::task::yield_now().await;
        journal.keep(Arc::new(sample()));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        journal.keep(Arc::new(Record { status: 404, ..sample() }));
        assert_eq!(statuses(&waiting.await.unwrap()), [404]);
        // Time stands still but for those who wait: without news, the wait ends by itself.
        let page = journal.wait_after(&filter, (place, Duration::from_secs(30)), 9).await;
        assert_eq!(page.records.len(), 1);
        let page = journal.wait_after(&filter, (page.next, Duration::from_secs(30)), 9).await;
        assert!(page.records.is_empty());
    }
}
