//! Access to a feed ends with what gave it, and streams end with the server.

use std::time::{Duration, Instant};

use callsign_core::directory::audit::{Action, Actor, Deed};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::revocation::Cursor;

use super::reader::{Event, EventStream, Reader};
use super::{POLL, STREAM};
use crate::harness::{House, wait_for};

/// Longest time that a reader may go on: a second to the next heartbeat, and as much again for a slow machine.
const SOON: Duration = Duration::from_secs(2);

#[test]
fn a_reader_whose_key_was_regenerated_is_sent_away_within_a_second() {
    let house = House::new();
    let (service, old) = (house.service(), house.key());
    let resource = service.resources.default_one().unwrap();
    let mut stream = EventStream::open(&house, None);
    let mut others = EventStream::opened(&house, STREAM, (&resource.keys[1].key, None));
    Reader::new(&house).read_until(&mut stream, 0);
    let regenerated_at = Instant::now();
    assert!(wait_for(service.regenerate_access_key(&resource, KeySlot::Primary, Actor::Server)).unwrap());
    let last = stream.rest();
    assert!(regenerated_at.elapsed() < SOON, "{:?}", regenerated_at.elapsed());
    assert!(!last.iter().any(|event| matches!(event, Event::Reset(_))));
    assert_eq!(house.request("GET", STREAM).signed(&old).send().problem().0, 401);
    // The other key's reader learns of it, and so does whoever comes with the new key.
    let mut reader = Reader::new(&house);
    reader.read_until(&mut others, 1);
    assert_eq!(reader.entries[0].to_string(), "k:1:1");
    let mut stream = EventStream::open(&house, Some(Cursor { incarnation: 0, count: 0 }));
    Reader::new(&house).read_until(&mut stream, 1);
}

#[test]
fn readers_of_a_deleted_resource_are_sent_away_within_a_second() {
    let house = House::new();
    let other = house.resource_named("contoso", &[]);
    let key = &other.keys[0].key;
    let mut stream = EventStream::opened(&house, &format!("/contoso{STREAM}"), (key, None));
    let poll = house.request("GET", &format!("/contoso{POLL}?after=0-0&wait=30")).signed(key);
    Reader::of(&house, other.stored.id.to_string()).read_until(&mut stream, 0);
    let service = house.service();
    std::thread::scope(|scope| {
        let poll = scope.spawn(move || poll.send());
        // The heartbeat after the next one: by then the poll waits as well.
        for _ in 0..2 {
            stream.next().unwrap();
        }
        let deleted_at = Instant::now();
        wait_for(async {
            let deed = Deed::new(service.clock.now(), Actor::Server, Action::DeleteResource);
            assert!(service.store.delete_resource(other.stored.id, &deed).await.unwrap());
            service.reload_resources().await.unwrap();
        });
        stream.rest();
        assert_eq!(poll.join().unwrap().problem().0, 401);
        assert!(deleted_at.elapsed() < SOON, "{:?}", deleted_at.elapsed());
    });
    // Others are not disturbed.
    let mut stream = EventStream::open(&house, None);
    Reader::new(&house).read_until(&mut stream, 0);
}

#[test]
fn a_stop_waits_for_no_stream() {
    let house = House::new();
    let mut streams: Vec<EventStream> = (0..50).map(|_| EventStream::open(&house, None)).collect();
    for stream in &mut streams {
        Reader::new(&house).read_until(stream, 0);
    }
    let poll = house.request("GET", &format!("{POLL}?after=0-0&wait=30")).signed(&house.key());
    let polling = std::thread::spawn(move || poll.send());
    // One more heartbeat: the poll has long been accepted then.
    Reader::new(&house).read_until(&mut streams[0], 0);
    let House { server, folder } = house;
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    for mut stream in streams {
        let last = stream.rest();
        assert!(last.iter().all(|event| matches!(event, Event::Heartbeat(_))), "{last:?}");
    }
    let polled = polling.join().unwrap();
    assert_eq!((polled.status, polled.json()["position"].as_str()), (200, Some("0-0")));
    drop(folder);
}
