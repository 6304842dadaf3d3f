//! What was recorded of the official clients and of the live service: the same calls, made with this client against the recorded
//! replies, go over the wire as theirs did, and come back as what was recorded.

mod exchange;
mod recordings;

use std::collections::{BTreeMap, BTreeSet};

use exchange::{Exchange, Wish};

/// What the official clients sent for one operation in one version.
#[derive(Default)]
struct Sent {
    exchanges: usize,
    accept: BTreeSet<Option<String>>,
    content_type: BTreeSet<Option<String>>,
}

#[tokio::test]
async fn requests_and_replies_are_those_that_were_recorded() {
    let exchanges = match recordings::identity() {
        Ok(exchanges) => exchanges,
        Err(reason) => return println!("{reason}"),
    };
    let mut sent: BTreeMap<(String, &'static str), Sent> = BTreeMap::new();
    let mut expressible = Vec::new();
    let mut skipped: BTreeMap<&'static str, usize> = BTreeMap::new();
    for exchange in &exchanges {
        match exchange.wish() {
            Ok(wish) => {
                let group = sent.entry((exchange.api_version().to_owned(), wish.name())).or_default();
                group.exchanges += 1;
                group.accept.insert(exchange.request_header("Accept"));
                group.content_type.insert(exchange.request_header("Content-Type"));
                expressible.push((exchange, wish));
            }
            Err(reason) => *skipped.entry(reason).or_default() += 1,
        }
    }
    for (exchange, wish) in &expressible {
        let request = check(exchange, wish).await;
        let group = &sent[&(exchange.api_version().to_owned(), wish.name())];
        for (name, recorded) in [("accept", &group.accept), ("content-type", &group.content_type)] {
            let ours = request.header(name).map(str::to_owned);
            assert!(
                recorded.contains(&ours),
                "{}: {name} is {ours:?}, recorded were {recorded:?}",
                exchange.name()
            );
        }
    }
    for ((version, operation), group) in &sent {
        println!("{version} {operation}: {} exchanges", group.exchanges);
    }
    println!("{} of {} exchanges replayed", expressible.len(), exchanges.len());
    for (reason, count) in &skipped {
        println!("{count} left out: {reason}");
    }
    let operations: BTreeSet<_> = sent.keys().map(|(_, operation)| *operation).collect();
    let versions: BTreeSet<_> = sent.keys().map(|(version, _)| version.as_str()).collect();
    assert_eq!(operations.len(), 7, "{operations:?}");
    assert_eq!(versions.len(), 7, "{versions:?}");
    assert!(expressible.len() >= 360, "{} of {}", expressible.len(), exchanges.len());
}

async fn check(exchange: &Exchange, wish: &Wish) -> callsign_client::mock::RecordedRequest {
    let name = exchange.name();
    let transport = callsign_client::mock::MockTransport::new();
    transport.push(exchange.reply());
    let outcome = wish.made_by(&exchange.client(&transport)).await;
    let requests = transport.requests();
    let [request] = requests.as_slice() else { panic!("{name}: {requests:?}; {outcome:?}") };

    assert_eq!(request.method.as_ref(), exchange.method(), "{name}");
    assert_eq!(exchange::decoded(request.url.path()), exchange::decoded(exchange.path()), "{name}");
    let query: Vec<_> =
        request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    assert_eq!(query, [("api-version".to_owned(), exchange.api_version().to_owned())], "{name}");
    assert_eq!(exchange::members(&request.body), exchange.body_members(), "{name}");
    let is_signed = request.header("x-ms-date").is_some() && request.header("x-ms-content-sha256").is_some();
    assert_eq!(is_signed, !exchange.is_bearer(), "{name}");
    let scheme = if exchange.is_bearer() {
        "Bearer "
    } else {
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
    };
    assert!(request.header("authorization").is_some_and(|value| value.starts_with(scheme)), "{name}");
    assert!(request.header("x-ms-client-request-id").is_some(), "{name}");
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("azsdk-rust-")), "{name}");

    match outcome {
        Ok(told) => assert_eq!(told, exchange.told(), "{name}"),
        Err(error) => exchange.check_error(&error),
    }
    request.clone()
}
