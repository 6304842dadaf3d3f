//! Long polls.

use std::time::{Duration, Instant};

use callsign_protocol::revocation::{Entry, Position};
use serde_json::Value;

use super::POLL;
use super::reader::{EventStream, Reader, verified};
use crate::harness::House;

/// Reads an answer that begins at a position, and checks that the statement is of exactly its entries.
fn taken(house: &House, from: Position, answer: &Value) -> (Position, usize) {
    let entries: Vec<Entry> = answer["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry.as_str().unwrap().parse().unwrap())
        .collect();
    let reached = entries.iter().fold(from, |position, entry| position.after(entry));
    assert_eq!(answer["position"], reached.cursor().to_string());
    let statement = verified(house, answer["statement"].as_str().unwrap(), &house.resource_id());
    assert_eq!((statement.position, statement.body), (reached, None));
    assert_eq!(answer.as_object().unwrap().len(), 3);
    (reached, entries.len())
}

#[test]
fn a_poll_without_a_wait_is_answered_at_once() {
    let house = House::new();
    let start = Position::start(0);
    let began = Instant::now();
    let reply = house.send("GET", &format!("{POLL}?after=0-0"), "");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(taken(&house, start, &reply.json()), (start, 0));
    let id = house.create();
    (0..3).for_each(|_| assert_eq!(house.revoke(&id).status, 204));
    // Whoever waits for anything new has the answer within two heartbeats.
    let reply = house.send("GET", &format!("{POLL}?after=0-0&wait=2"), "");
    assert_eq!(taken(&house, start, &reply.json()).1, 3);
}

#[test]
fn a_wait_is_cut_short_by_an_entry() {
    let house = House::new();
    let id = house.create();
    let poll = house.request("GET", &format!("{POLL}?after=0-0&wait=30")).signed(&house.key());
    let mut stream = EventStream::open(&house, None);
    let mut reader = Reader::new(&house);
    std::thread::scope(|scope| {
        let polling = scope.spawn(|| poll.send());
        reader.read_until(&mut stream, 0);
        reader.read_until(&mut stream, 0);
        assert!(!polling.is_finished());
        let began = Instant::now();
        assert_eq!(house.revoke(&id).status, 204);
        let answer = polling.join().unwrap().json();
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        assert_eq!(taken(&house, Position::start(0), &answer).1, 1);
    });
}

#[test]
fn a_wait_that_brings_nothing_ends_with_a_statement_of_that() {
    let house = House::new();
    let began = Instant::now();
    let reply = house.send("GET", &format!("{POLL}?after=0-0&wait=2"), "");
    assert!((2..4).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(taken(&house, Position::start(0), &reply.json()).1, 0);
}

#[test]
fn a_chain_of_polls_has_every_entry_once() {
    let house = House::new();
    let ids: Vec<String> = (0..4).map(|_| house.create()).collect();
    std::thread::scope(|scope| {
        for id in &ids {
            let house = &house;
            scope.spawn(move || (0..30).for_each(|_| assert_eq!(house.revoke(id).status, 204)));
        }
        let mut position = Position::start(0);
        while position.count < 120 {
            let reply = house.send("GET", &format!("{POLL}?after={}&wait=30", position.cursor()), "");
            let (reached, count) = taken(&house, position, &reply.json());
            assert!(count > 0);
            position = reached;
        }
        assert_eq!(position.count, 120);
    });
}

#[test]
fn a_place_that_cannot_be_continued_is_gone() {
    let house = House::new();
    let id = house.create();
    (0..2).for_each(|_| assert_eq!(house.revoke(&id).status, 204));
    for after in ["0-3", "1-0", "0-18446744073709551614"] {
        let (status, code, ..) = house.send("GET", &format!("{POLL}?after={after}&wait=30"), "").problem();
        assert_eq!((status, code.as_str()), (410, "PositionGone"), "{after}");
    }
}

#[test]
fn a_poll_that_says_something_else_is_refused() {
    let house = House::new();
    for (query, target) in [
        ("", "after"),
        ("?wait=1", "after"),
        ("?after=", "after"),
        ("?after=0", "after"),
        ("?after=0-00", "after"),
        ("?after=0-0&wait=", "wait"),
        ("?after=0-0&wait=31", "wait"),
        ("?after=0-0&wait=-1", "wait"),
        ("?after=0-0&wait=1.5", "wait"),
        ("?after=0-0&wait=1&wait=1", "wait"),
        ("?after=0-0&before=0-1", "before"),
        ("?after=0-0&api-version=2026-09-23", "api-version"),
    ] {
        let (status, code, at, _) = house.send("GET", &format!("{POLL}{query}"), "").problem();
        let expected = (400, "ValidationError", Some(target));
        assert_eq!((status, code.as_str(), at.as_deref()), expected, "{query}");
    }
    assert_eq!(house.request("GET", &format!("{POLL}?after=0-0")).send().problem().0, 401);
    assert_eq!(house.send("POST", POLL, "").problem().1, "MethodNotAllowed");
}
