//! Snapshots.

use callsign_core::directory::audit::Actor;
use callsign_protocol::access_key::KeySlot;
use callsign_protocol::revocation::{Position, Statement, View, decode_body};

use super::SNAPSHOT;
use super::reader::{Event, EventStream, verified};
use crate::harness::{House, wait_for};
use crate::request::Reply;

/// What a snapshot says, once it is believed.
fn believed(house: &House, reply: &Reply) -> (Position, View) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/vnd.callsign.revocations"));
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    let end = reply.body.iter().position(|byte| *byte == b'\n').unwrap();
    let (line, body) = (&reply.body[..end], &reply.body[end + 1..]);
    let statement = verified(house, std::str::from_utf8(line).unwrap(), &house.resource_id());
    assert_eq!(statement.body, Some(Statement::body_digest(body)));
    assert_eq!(reply.header("etag"), Some(format!("\"{}\"", statement.position.cursor()).as_str()));
    (statement.position, decode_body(body).unwrap())
}

fn stored(house: &House) -> (Position, View) {
    let resource = house.resource_id().parse().unwrap();
    wait_for(house.service().store.revocation_view(resource)).unwrap().unwrap()
}

#[test]
fn a_snapshot_has_every_revocation_that_was_answered_before() {
    let house = House::new();
    assert_eq!(believed(&house, &house.send("GET", SNAPSHOT, "")), stored(&house));
    let (revoked, deleted) = (house.create(), house.create());
    for _ in 0..3 {
        house.revoke(&revoked);
        assert_eq!(believed(&house, &house.send("GET", SNAPSHOT, "")), stored(&house));
    }
    house.delete(&deleted);
    let service = house.service();
    let resource = service.resources.default_one().unwrap();
    wait_for(async {
        service.revoke_resource(resource.stored.id, Actor::Server).await.unwrap();
        service.regenerate_access_key(&resource, KeySlot::Secondary, Actor::Server).await.unwrap();
    });
    let (position, view) = believed(&house, &house.send("GET", SNAPSHOT, ""));
    assert_eq!((position.count, view.identities.len()), (6, 2));
    assert_eq!((view.resource_epoch, view.generations), (1, [0, 1]));
    assert_eq!((position, view), stored(&house));
}

#[test]
fn a_snapshot_and_the_stream_from_its_place_come_to_the_store_s_view() {
    let house = House::new();
    let ids: Vec<String> = (0..6).map(|_| house.create()).collect();
    std::thread::scope(|scope| {
        for id in &ids {
            let house = &house;
            scope.spawn(move || (0..20).for_each(|_| assert_eq!(house.revoke(id).status, 204)));
        }
        for _ in 0..5 {
            let (mut position, mut view) = believed(&house, &house.send("GET", SNAPSHOT, ""));
            let mut stream = EventStream::open(&house, Some(position.cursor()));
            while position.count < 120 {
                if let Event::Entry(cursor, entry) = stream.next().unwrap() {
                    position = position.after(&entry);
                    assert_eq!(cursor, position.cursor());
                    view.merge(&entry);
                }
            }
            assert_eq!((position, view), stored(&house));
        }
    });
}

#[test]
fn a_reader_that_has_the_snapshot_is_told_so() {
    let house = House::new();
    let ask =
        |tags: &str| house.request("GET", SNAPSHOT).header("if-none-match", tags).signed(&house.key()).send();
    for tags in ["\"0-0\"", "W/\"0-0\"", "\"0-1\", \"0-0\"", "*"] {
        let reply = ask(tags);
        let expected = (304, 0, Some("\"0-0\""));
        assert_eq!((reply.status, reply.body.len(), reply.header("etag")), expected, "{tags}");
    }
    let id = house.create();
    house.revoke(&id);
    let (position, _) = believed(&house, &ask("\"0-0\""));
    assert_eq!(position.count, 1);
    assert_eq!(ask("\"0-1\"").status, 304);
}

#[test]
fn a_snapshot_is_asked_for_by_its_resource_alone() {
    let house = House::new();
    let other = house.resource_named("contoso", &[]);
    let id = house.create();
    house.revoke(&id);
    let target = format!("/contoso{SNAPSHOT}");
    let theirs = house.request("GET", &target).signed(&other.keys[0].key).send();
    assert_eq!(theirs.header("etag"), Some("\"0-0\""));
    assert_eq!(house.request("GET", &target).signed(&house.key()).send().problem().0, 401);
    assert_eq!(house.request("GET", SNAPSHOT).send().problem().0, 401);
    let unknown = house.send("GET", &format!("{SNAPSHOT}?after=0-0"), "");
    assert_eq!((unknown.status, unknown.problem().2.as_deref()), (400, Some("after")));
}
