//! `callsign doctor request`: what the server knows of what it refused.

use callsign_server::admin::{RefusedRequest, Reply, Request};

use crate::args::{Output, Place};
use crate::command::{ask, unexpected};
use crate::printer::{self, visible};

pub(super) fn run(place: &Place, last: u8, output: &Output) -> anyhow::Result<()> {
    let answer = ask(place, Request::RefusedRequests {})?;
    let Reply::RefusedRequests { mut requests } = answer.reply else {
        return Err(unexpected());
    };
    requests.truncate(usize::from(last));
    if requests.is_empty() {
        output.tell("The server has refused no signature since it started.\n");
    }
    output.page(&requests, || requests.iter().map(page).collect::<Vec<_>>().join("\n"))?;
    output.tell_notes(&answer.notes);
    Ok(())
}

fn page(refused: &RefusedRequest) -> String {
    let mut text = format!("{} {}\n", visible(&refused.method), visible(&refused.target));
    let mut members = vec![("at", visible(&refused.at))];
    members.extend(refused.client_request_id.iter().map(|id| ("client request id", visible(id))));
    members.push(("refused because", visible(&refused.reason)));
    text.push_str(&printer::list("  ", &members));
    for (title, string) in [
        ("the string to sign, as the server built it", &refused.string_to_sign),
        ("the string to sign, as the client says it signed it", &refused.claimed_string_to_sign),
    ] {
        if let Some(string) = string {
            text.push_str(&format!("  {title}:\n{}", lines(string)));
        }
    }
    text.push_str(&printer::list("  ", &[("hint", visible(&refused.hint))]));
    text
}

/// Line by line, with the line ends visible: they are signed, too.
fn lines(string: &str) -> String {
    string.split_inclusive('\n').map(|line| format!("    {}\n", visible(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_string_to_sign_is_shown_line_by_line_with_its_line_ends() {
        let refused = RefusedRequest {
            at: "2026-10-01T07:05:09+00:00".to_owned(),
            client_request_id: Some("a\u{1b}[2J".to_owned()),
            method: "POST".to_owned(),
            target: "/identities?api-version=2023-10-01".to_owned(),
            reason: "the signature is that of no access key".to_owned(),
            string_to_sign: Some("POST\n/identities\nThu;localhost:8443;aGFzaA==".to_owned()),
            claimed_string_to_sign: None,
            hint: "Compare them.".to_owned(),
        };
        let expected = "\
POST /identities?api-version=2023-10-01
  at                 2026-10-01T07:05:09+00:00
  client request id  a\\u{1b}[2J
  refused because    the signature is that of no access key
  the string to sign, as the server built it:
    POST\\n
    /identities\\n
    Thu;localhost:8443;aGFzaA==
  hint  Compare them.
";
        assert_eq!(page(&refused), expected);
    }
}
