//! What a stream tells, and when it ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use callsign_core::store::SigningKeyChange;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::revocation::Cursor;
use futures_util::future::join_all;

use super::house::{Event, House};
use crate::feed::channel::FRAMES_MAX;
use crate::feed::{NotRead, READERS_MAX};

#[tokio::test(start_paused = true)]
async fn a_heartbeat_comes_at_once_and_each_second_and_its_time_moves_on_though_the_clock_stands_still() {
    for algorithm in Algorithm::ALL {
        let house = House::signing_by(algorithm).await;
        let mut events = house.stream(None).await.unwrap();
        let mut before = None;
        for _ in 0..5 {
            let (entries, statement) = events.until(&house, 0).await;
            assert_eq!((entries.len(), statement.position), (0, house.position().await));
            assert!(before < Some(statement.time));
            before = Some(statement.time);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_readers_cost_one_signature_a_second() {
    let house = House::new().await;
    let mut readers = Vec::new();
    for _ in 0..200 {
        readers.push(house.stream(None).await.unwrap());
    }
    let (mut seconds, mut frames) = (0, BTreeSet::new());
    while seconds < 10 {
        let told = join_all(readers.iter_mut().map(|events| events.next())).await;
        frames.extend(told.iter().map(|events| format!("{events:?}")));
        seconds += 1;
    }
    assert_eq!((house.signed_count(), frames.len()), (10, 10));
}

#[tokio::test(start_paused = true)]
async fn a_reader_resumes_at_any_place_without_gap_or_repetition() {
    let house = House::new().await;
    let id = house.identity().await;
    let start = house.position().await;
    // Somebody reads all the while, so that the pump is at work.
    let mut other = house.stream(None).await.unwrap();
    house.revoke(id, 20).await;
    other.until(&house, 10).await;
    for told in 0..=20_u64 {
        let after = Cursor { count: start.count + told, ..start.cursor() };
        let mut events = house.stream(Some(after)).await.unwrap();
        house.revoke(id, 1).await;
        let (entries, statement) = events.until(&house, start.count + 21 + told).await;
        let wanted = house.entries_after(after).await;
        assert_eq!(entries.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>(), wanted);
        let places: Vec<u64> = entries.iter().map(|(cursor, _)| cursor.count).collect();
        assert_eq!(places, (after.count + 1..=start.count + 21 + told).collect::<Vec<_>>());
        assert_eq!(statement.position, house.position().await);
    }
}

#[tokio::test(start_paused = true)]
async fn entries_that_the_pump_told_before_somebody_joined_are_not_waited_for() {
    let house = House::new().await;
    let id = house.identity().await;
    let mut other = house.stream(None).await.unwrap();
    other.until(&house, 0).await;
    house.revoke(id, 3).await;
    assert!(matches!(other.next().await.as_deref(), Some([Event::Entry(..), ..])));
    let began = tokio::time::Instant::now();
    let mut events = house.stream(None).await.unwrap();
    assert!(matches!(events.next().await.as_deref(), Some([Event::Heartbeat(_)])));
    assert_eq!(events.next().await.unwrap().len(), 3);
    assert!(began.elapsed() < std::time::Duration::from_millis(900), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_lags_catches_up_from_the_store() {
    let house = House::new().await;
    let id = house.identity().await;
    let (mut slow, mut fast) = (house.stream(None).await.unwrap(), house.stream(None).await.unwrap());
    slow.until(&house, 0).await;
    let start = house.position().await;
    let mut frames = 0;
    while frames < FRAMES_MAX * 3 {
        house.revoke(id, 7).await;
        fast.next().await.unwrap();
        frames += 1;
    }
    let count = house.position().await.count;
    let (entries, statement) = slow.until(&house, count).await;
    let entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
    assert_eq!(entries, house.entries_after(start.cursor()).await);
    assert_eq!(statement.position, house.position().await);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_cannot_be_continued_gets_a_reset_and_the_end() {
    let house = House::new().await;
    let id = house.identity().await;
    house.revoke(id, 5).await;
    let here = house.position().await.cursor();
    for after in [
        Cursor { count: here.count + 1, ..here },
        Cursor { count: u64::MAX - 1, ..here },
        Cursor { incarnation: here.incarnation + 1, ..here },
        Cursor { incarnation: here.incarnation + 1, count: 0 },
    ] {
        let mut events = house.stream(Some(after)).await.unwrap();
        assert_eq!(events.next().await, Some(vec![Event::Reset]), "{after}");
        assert_eq!(events.next().await, None);
    }
    house.service.store.forget_revocations(house.service.clock.now().plus_minutes(1), 0).await.unwrap();
    let mut events = house.stream(Some(Cursor { count: here.count - 1, ..here })).await.unwrap();
    assert_eq!(events.next().await, Some(vec![Event::Reset]));
    // Whoever has the forgotten ones already goes on.
    let mut events = house.stream(Some(here)).await.unwrap();
    assert_eq!(events.until(&house, here.count).await.0, Vec::new());
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_begins_anew_sends_its_readers_away() {
    let house = House::new().await;
    let mut events = house.stream(None).await.unwrap();
    events.until(&house, 0).await;
    let keys = house.service.store.signing_keys().await.unwrap();
    house.service.store.begin_incarnation(77, &keys, &house.deed()).await.unwrap();
    house.service.feeds.changed();
    assert_eq!(events.next().await, Some(vec![Event::Reset]));
    assert_eq!(events.next().await, None);
    let (_, statement) = house.stream(None).await.unwrap().until(&house, 0).await;
    assert_eq!(statement.position.incarnation, 77);
}

#[tokio::test(start_paused = true)]
async fn access_ends_with_the_key_and_other_readers_are_told_of_it() {
    let house = House::new().await;
    let mut events = house.stream(None).await.unwrap();
    let secondary = callsign_core::caller::Caller {
        proof: callsign_core::caller::Proof::Key {
            slot: callsign_protocol::access_key::KeySlot::Secondary,
            generation: 0,
        },
        ..house.caller()
    };
    let old = house.caller();
    let mut other = super::house::Events::of(&house, &secondary).await;
    let slot = callsign_protocol::access_key::KeySlot::Primary;
    let actor = house.deed().actor;
    assert!(house.service.regenerate_access_key(&house.resource(), slot, actor).await.unwrap());
    let (entries, _) = other.until(&house, 1).await;
    assert_eq!(entries[0].1.to_string(), "k:1:1");
    while let Some(told) = events.next().await {
        assert!(!told.contains(&Event::Reset));
    }
    assert_eq!(house.feeds.stream(&old, None).await.err(), Some(NotRead::AccessEnded));
    assert!(house.stream(None).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_deleted_resource_has_no_readers() {
    let house = House::new().await;
    let caller = house.caller();
    let mut events = house.stream(None).await.unwrap();
    events.until(&house, 0).await;
    house.service.store.delete_resource(caller.resource, &house.deed()).await.unwrap();
    house.service.reload_resources().await.unwrap();
    assert_eq!(events.next().await, None);
    assert_eq!(house.feeds.stream(&caller, None).await.err(), Some(NotRead::AccessEnded));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_every_stream_at_once() {
    let house = House::new().await;
    let mut events = house.stream(None).await.unwrap();
    events.until(&house, 0).await;
    let began = tokio::time::Instant::now();
    house.stop.send(true).unwrap();
    assert_eq!(events.next().await, None);
    assert!(began.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn places_are_counted_and_come_back() {
    let house = House::new().await;
    let mut readers = Vec::new();
    for _ in 0..READERS_MAX {
        readers.push(house.stream(None).await.unwrap());
    }
    assert_eq!(house.stream(None).await.err(), Some(NotRead::TooManyReaders));
    readers.pop();
    assert!(house.stream(None).await.is_ok());
    // The last one gone, the pump ends by itself and nothing is signed any more.
    drop(readers);
    tokio::time::advance(std::time::Duration::from_secs(3)).await;
    let signed = house.signed_count();
    tokio::time::advance(std::time::Duration::from_secs(3)).await;
    assert_eq!(house.signed_count(), signed);
    Arc::clone(&house.feeds).keep_house().await;
    assert!(house.feeds.channels().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_revoked_signing_key_is_an_entry_of_every_feed() {
    let house = House::new().await;
    let mut events = house.stream(None).await.unwrap();
    events.until(&house, 0).await;
    let keys = house.service.store.signing_keys().await.unwrap();
    let ids: Vec<String> = keys.iter().map(|key| key.key_id.clone()).collect();
    let change = SigningKeyChange {
        planned_for: ids.clone(),
        revoke: ids.first().cloned(),
        ..SigningKeyChange::default()
    };
    assert!(house.service.store.change_signing_keys(&change, &house.deed()).await.unwrap());
    house.service.feeds.changed();
    let (entries, _) = events.until(&house, 1).await;
    assert_eq!(entries[0].1.to_string(), format!("s:{}", ids[0]));
}
