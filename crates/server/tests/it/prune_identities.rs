//! `POST /callsign/v1/identities/prune`.

use std::collections::BTreeSet;

use callsign_protocol::date::Timestamp;
use callsign_protocol::identity_id::IdentityId;
use serde_json::{Value, json};

use crate::harness::{House, audited, populate, wait_for};

const PATH: &str = "/callsign/v1/identities/prune";
const SINCE: &str = "2024-01-01T00:00:00Z";

fn long_ago() -> Timestamp {
    Timestamp::from_unix_seconds(1_600_000_000)
}

fn texts(ids: &[IdentityId]) -> BTreeSet<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// Every batch, to the end.
fn prune(house: &House, dry_run: bool) -> (BTreeSet<String>, usize) {
    let (mut body, mut all, mut batches) =
        (json!({ "unusedSince": SINCE, "dryRun": dry_run }), BTreeSet::new(), 0);
    loop {
        let reply = house.post(PATH, &body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = reply.json();
        let ids = reply["identities"].as_array().unwrap().iter();
        for id in ids {
            assert!(all.insert(id.as_str().unwrap().to_owned()), "{id} came twice");
        }
        batches += 1;
        match reply.get("continuation") {
            None => return (all, batches),
            Some(place) => body["continuation"] = place.clone(),
        }
    }
}

#[test]
fn what_was_not_used_for_long_is_first_told_and_then_deleted() {
    let house = House::new();
    let old = texts(&populate(&house, 1_700, long_ago()));
    let young: Vec<_> = (0..3).map(|_| house.create()).collect();
    let (told, batches) = prune(&house, true);
    assert_eq!(told, old);
    assert!(batches >= 2, "{batches}");
    assert_eq!(audited(&house, "prune_identity").len(), 0, "nothing is done by asking");
    // One of them is used after all, a moment before.
    let used = old.first().unwrap();
    let token = house.token(used);
    let (deleted, _) = prune(&house, false);
    assert_eq!(deleted, old.iter().filter(|id| *id != used).cloned().collect());
    assert_eq!(house.introspect(&token)["active"], true);
    for id in young.iter().chain([used]) {
        assert_eq!(house.get(id).status, 200);
    }
    let records = audited(&house, "prune_identity");
    assert_eq!(records.iter().filter(|record| record.changed).count(), old.len() - 1);
    let subjects: BTreeSet<_> = records.iter().map(|record| &record.subject).collect();
    assert_eq!(subjects.len(), records.len(), "one record for each");
    assert_eq!(prune(&house, false), (BTreeSet::new(), 1));
}

#[test]
fn the_last_token_counts_and_creation_where_there_was_none() {
    let house = House::new();
    let (unused, used_early, used_late) =
        (populate(&house, 2, long_ago()), populate(&house, 2, long_ago()), populate(&house, 2, long_ago()));
    let boundary = Timestamp::from_unix_seconds(1_704_067_200);
    let before = Timestamp::from_unix_milliseconds(boundary.unix_milliseconds() - 1);
    let note = |ids: &[IdentityId], at| {
        let notes: Vec<_> = ids.iter().map(|id| (*id, at)).collect();
        wait_for(house.service().store.merge_last_issued(&notes)).unwrap();
    };
    note(&used_early, before);
    note(&used_late, boundary);
    let (deleted, _) = prune(&house, false);
    assert_eq!(deleted, texts(&[unused, used_early].concat()));
    assert_eq!(house.get(&used_late[0].to_string()).status, 200);
}

#[test]
fn an_instant_between_two_milliseconds_spares_what_was_used_in_the_first() {
    let house = House::new();
    let ids = populate(&house, 1, long_ago());
    let at = Timestamp::from_unix_milliseconds(1_704_067_200_123);
    wait_for(house.service().store.merge_last_issued(&[(ids[0], at)])).unwrap();
    let body = |since: &str| json!({ "unusedSince": since, "dryRun": false });
    let pruned = |since: &str| house.post(PATH, &body(since)).json()["identities"].as_array().unwrap().len();
    // It may have been used at .1239, of which the store keeps the millisecond alone.
    assert_eq!(pruned("2024-01-01T00:00:00.1239Z"), 0);
    assert_eq!(pruned("2024-01-01T00:00:00.124Z"), 1);
}

#[test]
fn every_bad_member_is_named() {
    let house = House::new();
    let id = populate(&house, 1, long_ago())[0];
    for (body, name) in [
        (json!({}), "unusedSince"),
        (json!({ "unusedSince": SINCE }), "dryRun"),
        (json!({ "dryRun": false }), "unusedSince"),
        (json!({ "unusedSince": "last year", "dryRun": false }), "unusedSince"),
        (json!({ "unusedSince": 1_704_067_200, "dryRun": false }), "unusedSince"),
        (json!({ "unusedSince": null, "dryRun": false }), "unusedSince"),
        (json!({ "unusedSince": SINCE, "dryRun": "false" }), "dryRun"),
        (json!({ "unusedSince": SINCE, "dryRun": 0 }), "dryRun"),
        (json!({ "unusedSince": SINCE, "dryRun": false, "continuation": "x" }), "continuation"),
        (json!({ "unusedSince": SINCE, "dryRun": false, "continuation": null }), "continuation"),
        (json!({ "unusedSince": SINCE, "dryRun": false, "pageSize": 10 }), "pageSize"),
    ] {
        let (status, code, target, detail) = house.post(PATH, &body).problem();
        assert_eq!(
            (status, code.as_str(), target.as_deref()),
            (400, "ValidationError", Some(name)),
            "{body}"
        );
        assert!(detail.contains(name), "{detail}");
    }
    assert_eq!(house.get(&id.to_string()).status, 200);
}

#[test]
fn a_resource_prunes_its_own_identities_alone() {
    let house = House::new();
    let contoso = house.resource_named("contoso", &[]);
    let ids = populate(&house, 5, long_ago());
    let mut request = house.json_request(PATH, &json!({ "unusedSince": SINCE, "dryRun": false }));
    request.target = format!("/contoso{PATH}");
    let reply: Value = request.signed(&contoso.keys[0].key).send().json();
    assert_eq!(reply, json!({ "identities": [] }));
    assert_eq!(house.get(&ids[4].to_string()).status, 200);
}
