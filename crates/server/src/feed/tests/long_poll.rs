//! What a long poll answers, and when.

use std::time::Duration;

use callsign_protocol::revocation::Cursor;
use tokio::time::Instant;

use super::house::House;
use crate::feed::long_poll::ENTRIES_MAX;
use crate::feed::{HEARTBEAT, NotRead};

const NO_WAIT: Duration = Duration::ZERO;
const LONG_WAIT: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn a_poll_that_does_not_wait_is_answered_with_what_there_is() {
    let house = House::new().await;
    house.drive_time();
    let id = house.identity().await;
    let start = house.position().await;
    let none = house.feeds.poll(&house.caller(), start.cursor(), NO_WAIT).await.unwrap();
    assert_eq!((none.entries.len(), none.position), (0, start.cursor()));
    assert_eq!(house.verified(&none.statement).position, start);
    house.revoke(id, 3).await;
    tokio::time::advance(HEARTBEAT * 2).await;
    let some = house.feeds.poll(&house.caller(), start.cursor(), NO_WAIT).await.unwrap();
    assert_eq!(some.entries, house.entries_after(start.cursor()).await);
    let reached = some.entries.iter().fold(start, |position, entry| position.after(entry));
    assert_eq!((house.verified(&some.statement).position, some.position), (reached, reached.cursor()));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_waits_is_answered_at_the_first_heartbeat_with_news() {
    let house = House::new().await;
    house.drive_time();
    let id = house.identity().await;
    let (caller, start, began) = (house.caller(), house.position().await, Instant::now());
    let revoke = async {
        house.seconds(7).await;
        house.revoke(id, 2).await;
    };
    let (polled, ()) = tokio::join!(house.feeds.poll(&caller, start.cursor(), LONG_WAIT), revoke);
    assert_eq!(polled.unwrap().entries.len(), 2);
    assert!((7..=9).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    let (here, began) = (house.position().await.cursor(), Instant::now());
    let polled = house.feeds.poll(&caller, here, LONG_WAIT).await.unwrap();
    assert_eq!((polled.entries.len(), polled.position), (0, here));
    assert!(began.elapsed() >= LONG_WAIT && began.elapsed() < LONG_WAIT + HEARTBEAT * 2);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_ahead_of_the_last_heartbeat_waits_for_the_next() {
    let house = House::new().await;
    house.drive_time();
    let id = house.identity().await;
    let mut other = house.stream(None).await.unwrap();
    other.until(&house, 0).await;
    house.revoke(id, 3).await;
    let here = house.position().await;
    let polled = house.feeds.poll(&house.caller(), here.cursor(), NO_WAIT).await.unwrap();
    assert_eq!((polled.entries.len(), house.verified(&polled.statement).position), (0, here));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_cannot_be_continued_is_gone() {
    let house = House::new().await;
    house.drive_time();
    let id = house.identity().await;
    house.revoke(id, 2).await;
    let here = house.position().await.cursor();
    for after in [
        Cursor { count: here.count + 1, ..here },
        Cursor { count: u64::MAX - 1, ..here },
        Cursor { incarnation: here.incarnation + 1, count: 0 },
    ] {
        let polled = house.feeds.poll(&house.caller(), after, LONG_WAIT).await;
        assert_eq!(polled, Err(NotRead::PositionGone), "{after}");
    }
    // Whoever is too far behind takes a snapshot; one entry less is answered whole.
    let many = usize::try_from(ENTRIES_MAX).unwrap() - 1;
    house.revoke(id, many).await;
    tokio::time::advance(HEARTBEAT * 2).await;
    let start = Cursor { count: 0, ..here };
    assert_eq!(house.feeds.poll(&house.caller(), start, NO_WAIT).await, Err(NotRead::PositionGone));
    let after = Cursor { count: 1, ..here };
    let polled = house.feeds.poll(&house.caller(), after, NO_WAIT).await.unwrap();
    assert_eq!(polled.entries.len() as u64, ENTRIES_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_poll_ends_with_its_key_with_its_resource_and_with_the_server() {
    let house = House::new().await;
    house.drive_time();
    let (caller, here) = (house.caller(), house.position().await.cursor());
    let regenerate = async {
        house.seconds(3).await;
        let slot = callsign_protocol::access_key::KeySlot::Primary;
        house.service.regenerate_access_key(&house.resource(), slot, house.deed().actor).await.unwrap();
    };
    let (polled, ()) = tokio::join!(house.feeds.poll(&caller, here, LONG_WAIT), regenerate);
    assert_eq!(polled, Err(NotRead::AccessEnded));
    let (caller, here) = (house.caller(), house.position().await.cursor());
    let began = Instant::now();
    let stop = async {
        house.seconds(3).await;
        house.stop.send(true).unwrap();
    };
    let (polled, ()) = tokio::join!(house.feeds.poll(&caller, here, LONG_WAIT), stop);
    assert_eq!(polled.unwrap().position, here);
    assert!((3..=5).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    let house = House::new().await;
    house.drive_time();
    let (caller, here) = (house.caller(), house.position().await.cursor());
    let delete = async {
        house.seconds(3).await;
        house.service.store.delete_resource(caller.resource, &house.deed()).await.unwrap();
        house.service.reload_resources().await.unwrap();
    };
    let (polled, ()) = tokio::join!(house.feeds.poll(&caller, here, LONG_WAIT), delete);
    assert_eq!(polled, Err(NotRead::AccessEnded));
}
