//! Every recorded exchange with the live service that can be, said again to this server.

mod conversation;
mod headers;
mod recording;
mod selection;
mod teams_user;

use std::collections::BTreeMap;

use crate::reference;
use conversation::Conversation;
use recording::Exchange;
use selection::Reason;

#[test]
fn every_recorded_exchange_in_scope_is_answered_as_recorded() {
    let folder = match reference::folder() {
        Ok(folder) => folder,
        Err(why) => return println!("replay: {why}"),
    };
    let exchanges = recording::read(&folder);
    let reasons = selection::reasons(&exchanges);
    let is_replayed = |exchange: &&Exchange| reasons[exchange.number].is_none();
    let mut conversation = Conversation::new();
    let (mut replayed, mut prepared) = (Vec::new(), Vec::new());
    for scenario in recording::scenarios(&exchanges) {
        let scenario: Vec<_> = scenario.iter().filter(is_replayed).collect();
        prepared.extend(conversation.prepare(&scenario));
        replayed.extend(conversation.replay(&scenario));
    }
    let report = report(&replayed, &left_out(&exchanges, &reasons), &prepared);
    println!("{report}");
    let disagreements: Vec<String> = replayed
        .iter()
        .filter(|(_, differences)| !differences.is_empty())
        .map(|(exchange, differences)| format!("{exchange}\n    {}", differences.join("\n    ")))
        .collect();
    assert!(!replayed.is_empty(), "nothing was replayed");
    assert!(
        disagreements.is_empty(),
        "{} exchanges disagree:\n{}",
        disagreements.len(),
        disagreements.join("\n")
    );
}

fn left_out<'a>(
    exchanges: &'a [Exchange],
    reasons: &[Option<Reason>],
) -> BTreeMap<Reason, Vec<&'a Exchange>> {
    let mut left_out: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (exchange, reason) in exchanges.iter().zip(reasons) {
        if let Some(reason) = reason {
            left_out.entry(*reason).or_default().push(exchange);
        }
    }
    left_out
}

type Replayed<'a> = (&'a Exchange, Vec<String>);

fn report(
    replayed: &[Replayed<'_>],
    left_out: &BTreeMap<Reason, Vec<&Exchange>>,
    prepared: &[String],
) -> String {
    let agree = replayed.iter().filter(|(_, differences)| differences.is_empty()).count();
    let denied = replayed.iter().filter(|(exchange, _)| exchange.is_denied()).count();
    let dropped = replayed.iter().filter(|(exchange, _)| exchange.auth == "unknown").count();
    let mut lines = vec![format!(
        "replayed {} exchanges: {agree} agree; left out {}:",
        replayed.len(),
        left_out.values().map(Vec::len).sum::<usize>()
    )];
    lines.extend(left_out.iter().map(|(reason, exchanges)| format!("{:5}  {reason}", exchanges.len())));
    lines.push(format!("of those replayed, {dropped} without a recorded scheme were signed, {denied} denied ones with a wrong key"));
    lines.extend(prepared.iter().cloned());
    lines.push("compared headers:".to_owned());
    lines.extend(headers::COMPARED.iter().map(|header| format!("  {}: {}", header.name, header.why)));
    lines.push("headers not compared:".to_owned());
    lines.extend(headers::NOT_COMPARED.iter().map(|(name, why)| format!("  {name}: {why}")));
    for (reason, exchanges) in left_out {
        lines.push(format!("left out, {reason}:"));
        lines.extend(exchanges.iter().map(|exchange| format!("  {exchange}")));
    }
    lines.join("\n")
}
