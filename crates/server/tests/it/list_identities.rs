//! `GET /callsign/v1/identities`.

use std::collections::BTreeSet;

use callsign_protocol::date::Timestamp;
use serde_json::Value;

use crate::harness::{House, PREVIEW, populate, wait_for};
use crate::request::Reply;

const PATH: &str = "/callsign/v1/identities";

fn page(house: &House, query: &str) -> Value {
    let reply = house.send("GET", &format!("{PATH}?{query}"), "");
    assert_eq!(reply.status, 200, "{query}: {}", reply.text());
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.json()
}

fn ids(page: &Value) -> Vec<String> {
    let identities = page["identities"].as_array().unwrap().iter();
    identities.map(|identity| identity["id"].as_str().unwrap().to_owned()).collect()
}

/// All ids, page by page.
fn walk(house: &House, query: &str, mut between: impl FnMut(usize)) -> (Vec<String>, usize) {
    let (mut target, mut all, mut pages) = (format!("{PATH}?{query}"), Vec::new(), 0);
    loop {
        let page = house.send("GET", &target, "").json();
        all.extend(ids(&page));
        pages += 1;
        match page.get("nextLink") {
            None => return (all, pages),
            Some(link) => target = link.as_str().unwrap().to_owned(),
        }
        between(pages);
    }
}

#[test]
fn an_empty_directory_has_one_empty_page() {
    let house = House::new();
    assert_eq!(page(&house, "").to_string(), r#"{"identities":[]}"#);
    assert_eq!(house.send("GET", PATH, "").text(), r#"{"identities":[]}"#);
}

#[test]
fn an_identity_is_listed_with_all_that_is_known_of_it() {
    let house = House::new();
    let target = format!("/identities?api-version={PREVIEW}");
    let made = house.send("POST", &target, r#"{"customId":"alice & bob + 1"}"#).json();
    let id = made["identity"]["id"].as_str().unwrap().to_owned();
    let before = page(&house, "");
    assert_eq!(before["identities"][0]["customId"], "alice & bob + 1");
    assert_eq!(before["identities"][0].as_object().unwrap().len(), 3, "{before}");
    // What was issued a moment ago is there already.
    house.token(&id);
    let listed = page(&house, "");
    let identity = listed["identities"][0].as_object().unwrap();
    let instant = |member: &str| identity[member].as_str().unwrap().to_owned();
    assert!(instant("createdAt") <= instant("lastIssuedAt"));
    assert!(instant("createdAt").ends_with("+00:00"));
    assert_eq!(identity.len(), 4);
    assert_eq!(identity["id"], id);
}

#[test]
fn each_of_2500_identities_is_seen_once_while_others_come_and_go() {
    let house = House::new();
    let long_ago = Timestamp::from_unix_seconds(1_600_000_000);
    let kept: BTreeSet<String> = populate(&house, 2_500, long_ago).iter().map(ToString::to_string).collect();
    let mut others: Vec<String> = Vec::new();
    let (seen, pages) = walk(&house, "pageSize=300", |_| {
        others.push(house.create());
        others.push(house.create());
        house.delete(&others[others.len() - 2]);
    });
    assert!(pages >= 9, "{pages}");
    let distinct: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "something was seen twice");
    assert!(seen.is_sorted());
    assert!(kept.is_subset(&distinct));
    assert!(distinct.difference(&kept).all(|id| others.contains(id)));
    let (all, pages) = walk(&house, "pageSize=1000", |_| {});
    assert_eq!((all.len(), pages), (2_500 + others.len() / 2, 3));
    assert_eq!(ids(&page(&house, "")).len(), 100, "the default");
}

#[test]
fn filters_choose_by_time_name_and_use() {
    let house = House::new();
    let at = |day: i64| Timestamp::from_unix_seconds(1_600_000_000 + day * 86_400);
    let groups: Vec<_> = (0..4).map(|day| populate(&house, 3, at(day))).collect();
    let of = |days: &[usize]| -> BTreeSet<String> {
        days.iter().flat_map(|day| &groups[*day]).map(ToString::to_string).collect()
    };
    // Those of day 1 were used on day 10, those of day 2 on day 11.
    for (group, day) in [(1, 10), (2, 11)] {
        let notes: Vec<_> = groups[group].iter().map(|id| (*id, at(day))).collect();
        wait_for(house.service().store.merge_last_issued(&notes)).unwrap();
    }
    let day = |day| at(day).to_round_trip().replace('+', "%2B");
    let created = |from: i64, to: i64| format!("createdAfter={}&createdBefore={}", day(from), day(to));
    for (query, expected) in [
        (created(0, 9), of(&[0, 1, 2, 3])),
        (created(1, 3), of(&[1, 2])),
        (created(3, 3), of(&[])),
        (format!("createdAfter={}", day(3)), of(&[3])),
        (format!("createdBefore={}", day(1)), of(&[0])),
        (format!("lastIssuedAfter={}", day(10)), of(&[1, 2])),
        (format!("lastIssuedBefore={}", day(11)), of(&[1])),
        (format!("lastIssuedAfter={}&{}", day(11), created(0, 2)), of(&[])),
        ("neverIssued=true".to_owned(), of(&[0, 3])),
        ("neverIssued=false".to_owned(), of(&[0, 1, 2, 3])),
        ("neverIssued=true&createdAfter=2020-09-14T00%3A00%3A00.5%2B02%3A00".to_owned(), of(&[3])),
        ("customId=nobody".to_owned(), of(&[])),
    ] {
        for page_size in [2, 1000] {
            let (found, _) = walk(&house, &format!("{query}&pageSize={page_size}"), |_| {});
            assert_eq!(found.len(), expected.len(), "{query}");
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{query}");
        }
    }
}

#[test]
fn a_custom_id_finds_the_one_identity_that_has_it() {
    let house = House::new();
    populate(&house, 200, Timestamp::from_unix_seconds(1_600_000_000));
    let target = format!("/identities?api-version={PREVIEW}");
    let made = house.send("POST", &target, r#"{"customId":"zoë 1+1"}"#).json();
    let (found, _) = walk(&house, "customId=zo%C3%AB+1%2B1&pageSize=1", |_| {});
    assert_eq!(found, [made["identity"]["id"].as_str().unwrap()]);
}

#[test]
fn the_link_to_the_next_page_leads_to_the_same_resource_with_the_same_filter() {
    let house = House::new();
    let contoso = house.resource_named("contoso", &[]);
    let create = format!("/contoso/identities?api-version={PREVIEW}");
    let own: BTreeSet<String> = (0..3)
        .map(|_| house.request("POST", &create).signed(&contoso.keys[0].key).send().json())
        .map(|reply| reply["identity"]["id"].as_str().unwrap().to_owned())
        .collect();
    house.create();
    let mut target = format!("/contoso{PATH}?pageSize=1&&neverIssued=true");
    let mut seen = BTreeSet::new();
    for _ in 0..3 {
        let page = house.request("GET", &target).signed(&contoso.keys[0].key).send().json();
        seen.extend(ids(&page));
        target = page["nextLink"].as_str().unwrap().to_owned();
        let start = format!("/contoso{PATH}?pageSize=1&neverIssued=true&continuation=");
        assert!(target.starts_with(&start), "{target}");
    }
    assert_eq!(seen, own);
    assert!(!house.request("GET", &target).signed(&contoso.keys[0].key).send().text().contains("nextLink"));
    // A continuation is a place, no secret: of another resource it shows that resource's own identities.
    let elsewhere = target.replace("/contoso", "");
    assert!(ids(&house.send("GET", &elsewhere, "").json()).iter().all(|id| !own.contains(id)));
}

#[test]
fn every_bad_parameter_is_named() {
    let house = House::new();
    let long = "x".repeat(257);
    for (query, name) in [
        ("pageSize=0", "pageSize"),
        ("pageSize=1001", "pageSize"),
        ("pageSize=ten", "pageSize"),
        ("pageSize=", "pageSize"),
        ("pageSize", "pageSize"),
        ("createdAfter=yesterday", "createdAfter"),
        ("createdBefore=2026-10-01", "createdBefore"),
        ("lastIssuedAfter=2026-10-01T00:00:00+00:00", "lastIssuedAfter"),
        ("lastIssuedBefore=1790838309", "lastIssuedBefore"),
        ("neverIssued=yes", "neverIssued"),
        ("neverIssued=True", "neverIssued"),
        ("customId=", "customId"),
        ("customId=a%00b", "customId"),
        (&format!("customId={long}"), "customId"),
        ("continuation=x", "continuation"),
        ("continuation=", "continuation"),
        ("pagesize=10", "pagesize"),
        ("api-version=2026-09-23", "api-version"),
        ("unusedSince=2026-10-01T00:00:00Z", "unusedSince"),
        ("pageSize=10&pageSize=10", "pageSize"),
        ("customId=a&%63ustomId=b", "customId"),
    ] {
        let reply: Reply = house.send("GET", &format!("{PATH}?{query}"), "");
        let (status, code, target, detail) = reply.problem();
        assert_eq!(
            (status, code.as_str(), target.as_deref()),
            (400, "ValidationError", Some(name)),
            "{query}"
        );
        assert!(detail.contains(name) && detail.ends_with('.'), "{detail}");
    }
}
