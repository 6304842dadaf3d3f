//! What a snapshot holds, and how often it is made.

use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::revocation::{Statement, decode_body};
use futures_util::future::join_all;

use super::house::House;
use crate::feed::HEARTBEAT;
use crate::feed::snapshot::Snapshot;

fn statement(house: &House, snapshot: &Snapshot) -> Statement {
    let line = std::str::from_utf8(&snapshot.line).unwrap();
    let statement = house.verified(line.strip_suffix('\n').unwrap());
    assert_eq!(statement.body, Some(Statement::body_digest(&snapshot.body)));
    assert_eq!(statement.position.cursor(), snapshot.cursor);
    statement
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_the_store_s_view_under_a_statement_of_it() {
    let house = House::new().await;
    for _ in 0..5 {
        let id = house.identity().await;
        house.revoke(id, 2).await;
    }
    let snapshot = house.feeds.snapshot(&house.caller()).await.unwrap();
    let (position, view) =
        house.service.store.revocation_view(house.caller().resource).await.unwrap().unwrap();
    assert_eq!(decode_body(&snapshot.body).unwrap(), view);
    assert_eq!(statement(&house, &snapshot).position, position);
    assert_eq!(house.feeds.cursor(&house.caller()).await, Ok(position.cursor()));
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_at_one_position_share_one_body_and_one_signature() {
    let house = House::new().await;
    let id = house.identity().await;
    for round in 1..=3 {
        house.revoke(id, 1).await;
        let caller = house.caller();
        let snapshots = join_all((0..50).map(|_| house.feeds.snapshot(&caller))).await;
        let snapshots: Vec<Snapshot> = snapshots.into_iter().map(Result::unwrap).collect();
        let first = &snapshots[0];
        assert!(snapshots.iter().all(|other| other.body.as_ptr() == first.body.as_ptr()));
        assert!(snapshots.iter().all(|other| other.line == first.line));
        assert_eq!((house.signed_count(), first.cursor.count), (round, round as u64));
    }
}

#[tokio::test(start_paused = true)]
async fn a_kept_snapshot_is_stated_anew_and_dropped_when_nobody_asks() {
    let house = House::new().await;
    let first = house.feeds.snapshot(&house.caller()).await.unwrap();
    tokio::time::advance(HEARTBEAT).await;
    let second = house.feeds.snapshot(&house.caller()).await.unwrap();
    assert_eq!(first.body.as_ptr(), second.body.as_ptr());
    assert!(statement(&house, &first).time < statement(&house, &second).time);
    tokio::time::advance(Duration::from_secs(59)).await;
    Arc::clone(&house.feeds).keep_house().await;
    let third = house.feeds.snapshot(&house.caller()).await.unwrap();
    assert_eq!(first.body.as_ptr(), third.body.as_ptr());
    tokio::time::advance(Duration::from_secs(60)).await;
    Arc::clone(&house.feeds).keep_house().await;
    let fourth = house.feeds.snapshot(&house.caller()).await.unwrap();
    assert_ne!(first.body.as_ptr(), fourth.body.as_ptr());
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_the_snapshot_to_the_next() {
    let house = House::new().await;
    let caller = house.caller();
    {
        let asked = house.feeds.snapshot(&caller);
        tokio::pin!(asked);
        assert!(futures_util::poll!(&mut asked).is_pending());
    }
    let snapshot = house.feeds.snapshot(&caller).await.unwrap();
    assert_eq!((snapshot.cursor.count, house.signed_count()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn forgetting_leaves_what_a_living_token_needs() {
    let house = House::new().await;
    let id = house.identity().await;
    house.revoke(id, 1).await;
    Arc::clone(&house.feeds).keep_house().await;
    assert_eq!(
        house.entries_after(callsign_protocol::revocation::Position::start(0).cursor()).await.len(),
        1
    );
}
