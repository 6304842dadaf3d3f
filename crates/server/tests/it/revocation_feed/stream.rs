//! Streams: what is told, in which order, and from where.

use std::sync::atomic::{AtomicUsize, Ordering};

use callsign_core::directory::audit::{Action, Actor, Deed};
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::identity_id::IdentityId;
use callsign_protocol::revocation::{Cursor, Entry, GONE, Position};

use super::STREAM;
use super::reader::{Event, EventStream, Reader};
use crate::harness::{House, wait_for};

fn local(id: &str) -> uuid::Uuid {
    id.parse::<IdentityId>().unwrap().local()
}

#[test]
fn a_revocation_that_was_answered_arrives() {
    let house = House::new();
    let id = house.create();
    let mut stream = EventStream::open(&house, None);
    let header = |name: &str| {
        let found = stream.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("content-type"), Some("text/event-stream"));
    assert_eq!((header("cache-control"), header("x-accel-buffering")), (Some("no-store"), Some("no")));
    let mut reader = Reader::new(&house);
    reader.read_until(&mut stream, 0);
    assert_eq!(house.revoke(&id).status, 204);
    let expected = Entry::Identity { local: local(&id), epoch: 1 };
    let here = Cursor { incarnation: 0, count: 1 };
    let event = loop {
        match stream.next().unwrap() {
            Event::Heartbeat(_) => {}
            event => break event,
        }
    };
    assert_eq!(event, Event::Entry(here, expected));
}

#[test]
fn every_kind_of_revocation_is_told() {
    let house = House::new();
    let (revoked, deleted) = (house.create(), house.create());
    let mut stream = EventStream::open(&house, None);
    house.revoke(&revoked);
    house.delete(&deleted);
    let service = house.service();
    let resource = service.resources.default_one().unwrap();
    let compromised = service.signing_keys.active(Algorithm::Rs256, service.clock.now()).unwrap();
    let compromised = compromised.key_id().to_owned();
    wait_for(async {
        assert!(service.revoke_resource(resource.stored.id, Actor::Server).await.unwrap());
        let regenerated = service.regenerate_access_key(&resource, KeySlot::Secondary, Actor::Server).await;
        assert!(regenerated.unwrap());
    });
    let mut reader = Reader::new(&house);
    reader.read_until(&mut stream, 4);
    wait_for(service.revoke_signing_key(&compromised, Actor::Server)).unwrap().unwrap();
    reader.read_until(&mut stream, 5);
    let expected = [
        Entry::Identity { local: local(&revoked), epoch: 1 },
        Entry::Identity { local: local(&deleted), epoch: GONE },
        Entry::Resource { epoch: 1 },
        Entry::AccessKey { slot: KeySlot::Secondary, generation: 1 },
        Entry::SigningKey { key_id: compromised },
    ];
    assert_eq!(reader.entries, expected);
}

/// Twenty callers revoke while a reader comes and goes: it has every entry once and in order, and heartbeats that fit.
#[test]
fn a_reader_resumes_without_gap_or_repetition_while_others_revoke() {
    const CALLERS: usize = 20;
    const REVOKES: usize = 15;
    let house = House::new();
    let ids: Vec<String> = (0..CALLERS).map(|_| house.create()).collect();
    let running = AtomicUsize::new(CALLERS);
    std::thread::scope(|scope| {
        for id in &ids {
            let (house, running) = (&house, &running);
            scope.spawn(move || {
                for _ in 0..REVOKES {
                    assert_eq!(house.revoke(id).status, 204);
                }
                running.fetch_sub(1, Ordering::SeqCst);
            });
        }
        let mut reader = Reader::new(&house);
        let all = (CALLERS * REVOKES) as u64;
        let mut reconnects = 0;
        while reader.position.count < all {
            let mut stream = EventStream::open(&house, Some(reader.position.cursor()));
            let events = 1 + reconnects % 7;
            for _ in 0..events {
                reader.take(stream.next().unwrap());
            }
            reconnects += 1;
        }
        let mut stream = EventStream::open(&house, Some(reader.position.cursor()));
        reader.read_until(&mut stream, all);
        let store = &house.service().store;
        let resource = house.resource_id().parse().unwrap();
        assert_eq!(wait_for(store.feed_position(resource)).unwrap(), Some(reader.position));
        let start = Position::start(0).cursor();
        let entries = wait_for(store.revocations_after(resource, start, usize::MAX)).unwrap().unwrap();
        assert_eq!(reader.entries, entries);
    });
    assert_eq!(running.load(Ordering::SeqCst), 0);
}

#[test]
fn another_resource_s_revocations_are_never_told() {
    let house = House::new();
    let other = house.resource_named("contoso", &[]);
    let mut theirs = EventStream::opened(&house, &format!("/contoso{STREAM}"), (&other.keys[0].key, None));
    let mut ours = EventStream::open(&house, None);
    let id = house.create();
    house.revoke(&id);
    let mut reader = Reader::new(&house);
    reader.read_until(&mut ours, 1);
    // Two more heartbeats of theirs: the second one was signed after ours was read.
    let mut stranger = Reader::of(&house, other.stored.id.to_string());
    stranger.read_until(&mut theirs, 0);
    stranger.read_until(&mut theirs, 0);
    assert_eq!((stranger.position.count, reader.position.count), (0, 1));
    let refused = house.request("GET", STREAM).signed(&other.keys[0].key).send();
    assert_eq!(refused.problem().0, 401);
}

#[test]
fn a_place_that_cannot_be_continued_is_reset() {
    let house = House::new();
    let id = house.create();
    (0..3).for_each(|_| assert_eq!(house.revoke(&id).status, 204));
    let reset = |after: &str| {
        let mut stream = EventStream::open(&house, Some(after.parse().unwrap()));
        let events = stream.rest();
        matches!(events.as_slice(), [Event::Reset(reason)] if reason.contains("snapshot"))
    };
    for after in ["0-4", "0-18446744073709551614", "1-0", "1-3"] {
        assert!(reset(after), "{after}");
    }
    let service = house.service();
    wait_for(service.store.forget_revocations(service.clock.now().plus_minutes(1), 0)).unwrap();
    for after in ["0-0", "0-2"] {
        assert!(reset(after), "{after}");
    }
    let mut stream = EventStream::open(&house, Some("0-3".parse().unwrap()));
    assert!(matches!(stream.next(), Some(Event::Heartbeat(_))));
}

#[test]
fn a_feed_that_begins_anew_resets_those_who_read_it() {
    let house = House::new();
    let mut stream = EventStream::open(&house, None);
    Reader::new(&house).read_until(&mut stream, 0);
    let service = house.service();
    wait_for(async {
        let keys = service.store.signing_keys().await.unwrap();
        let deed = Deed::new(service.clock.now(), Actor::Server, Action::RestoreBackup);
        service.store.begin_incarnation(1_800_000_000, &keys, &deed).await.unwrap();
    });
    assert!(matches!(stream.rest().last(), Some(Event::Reset(_))));
    let mut stream = EventStream::open(&house, Some("1800000000-0".parse().unwrap()));
    assert!(matches!(stream.next(), Some(Event::Heartbeat(_))));
}

#[test]
fn what_is_no_place_is_refused() {
    let house = House::new();
    for text in ["", "0", "0-", "-0", "0-0-0", "0-01", "a-b", "0 -0", "0-18446744073709551615"] {
        let reply = house.request("GET", STREAM).header("last-event-id", text).signed(&house.key()).send();
        let (status, code, target, _) = reply.problem();
        let expected = (400, "ValidationError", Some("Last-Event-ID"));
        assert_eq!((status, code.as_str(), target.as_deref()), expected, "{text}");
    }
    let twice = house.request("GET", STREAM).header("last-event-id", "0-0").header("last-event-id", "0-0");
    assert_eq!(twice.signed(&house.key()).send().problem().0, 400);
    let unknown = house.send("GET", &format!("{STREAM}?after=0-0"), "");
    assert_eq!(unknown.problem().2.as_deref(), Some("after"));
    assert_eq!(house.request("GET", STREAM).send().problem().0, 401);
}
