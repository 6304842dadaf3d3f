//! Each client's way of signing against the running server (`wire-contract.md` §6.1), with its own key and the time of now.

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::signature::DateHeader;

use crate::harness::{House, NEWEST};
use crate::request::Request;

/// What a client sends and what it signs. `{colon}` in a target is written by [`sent`](Way::sent) and [`signed`](Way::signed).
struct Way {
    client: &'static str,
    date: DateHeader,
    /// Both date headers are sent, with the same value.
    sends_both_dates: bool,
    sent_colon: &'static str,
    signed_colon: &'static str,
    host: Host,
    signed_path: SignedPath,
}

#[derive(Clone, Copy, PartialEq)]
enum Host {
    /// `127.0.0.1:1234`, sent and signed.
    WithPort,
    /// `127.0.0.1`, sent and signed.
    WithoutPort,
    /// Sent with its port, signed with a slash behind it: the endpoint was given with one.
    SignedWithSlash,
    /// Sent with its port, signed with the resource's name behind it, which also leads the path that is sent.
    SignedWithName,
}

#[derive(Clone, Copy, PartialEq)]
enum SignedPath {
    AsSent,
    WithoutLeadingSlash,
}

const PYTHON: Way = Way {
    client: "Python",
    date: DateHeader::XMsDate,
    sends_both_dates: false,
    sent_colon: "%3A",
    signed_colon: "%3A",
    host: Host::WithPort,
    signed_path: SignedPath::AsSent,
};

const WAYS: [Way; 12] = [
    PYTHON,
    Way { client: "Python, asynchronous", sent_colon: ":", signed_colon: ":", ..PYTHON },
    Way {
        client: "Python, asynchronous, its transport encoding the path again",
        signed_colon: ":",
        ..PYTHON
    },
    Way { client: "Python, the path decoded on its way", sent_colon: ":", ..PYTHON },
    Way { client: "Python, endpoint with a slash at its end", host: Host::SignedWithSlash, ..PYTHON },
    Way {
        client: "Python, endpoint with the resource's name as its path",
        host: Host::SignedWithName,
        ..PYTHON
    },
    Way { client: "older Python on plain http", signed_path: SignedPath::WithoutLeadingSlash, ..PYTHON },
    Way {
        client: "older Python on plain http, asynchronous",
        sent_colon: ":",
        signed_colon: ":",
        signed_path: SignedPath::WithoutLeadingSlash,
        ..PYTHON
    },
    Way { client: "Python 1.0 betas and JavaScript 1.0", date: DateHeader::Date, ..PYTHON },
    Way { client: ".NET", sends_both_dates: true, ..PYTHON },
    Way { client: "Java", sent_colon: ":", signed_colon: ":", host: Host::WithoutPort, ..PYTHON },
    Way {
        client: "older Java",
        sent_colon: ":",
        signed_colon: ":",
        host: Host::WithoutPort,
        sends_both_dates: true,
        ..PYTHON
    },
];

impl Way {
    /// A request for `path`, in which `{colon}` stands for the colons of an id, signed in this way with the primary key.
    fn request(&self, house: &House, path: &str, body: &str) -> Request {
        let name = house.service().resources.default_one().unwrap().stored.name.to_string();
        let prefix = if self.host == Host::SignedWithName { format!("/{name}") } else { String::new() };
        let target = |colon: &str| format!("{prefix}{}?api-version={NEWEST}", path.replace("{colon}", colon));
        let mut request = house.request("POST", &target(self.sent_colon)).body(body);
        if self.host == Host::WithoutPort {
            let host = request.host.split(':').next().unwrap().to_owned();
            request = request.host(&host);
        }
        let date = SystemClock.now().to_imf_fixdate();
        if self.sends_both_dates {
            request = request.header("date", &date);
        }
        let signed_host = match self.host {
            Host::WithPort | Host::WithoutPort => request.host.clone(),
            Host::SignedWithSlash => format!("{}/", request.host),
            Host::SignedWithName => format!("{}{prefix}", request.host),
        };
        let signed = target(self.signed_colon);
        let signed = match self.signed_path {
            SignedPath::AsSent => signed.as_str(),
            SignedPath::WithoutLeadingSlash => signed.strip_prefix('/').unwrap(),
        };
        request.signed_as(&house.key(), (self.date, &date), (signed, &signed_host))
    }
}

#[test]
fn every_official_way_of_signing_is_let_in() {
    let house = House::new();
    let id = house.create().replace(':', "{colon}");
    for way in WAYS {
        for body in ["", "{}", r#"{"createTokenWithScopes":["chat"]}"#] {
            let reply = way.request(&house, "/identities", body).send();
            assert_eq!(reply.status, 201, "{}: {}", way.client, reply.text());
        }
        let issue = way
            .request(&house, &format!("/identities/{id}/:issueAccessToken"), r#"{"scopes":["chat"]}"#)
            .send();
        assert_eq!(issue.status, 200, "{}: {}", way.client, issue.text());
        let revoke = way.request(&house, &format!("/identities/{id}/:revokeAccessTokens"), "").send();
        assert_eq!(revoke.status, 204, "{}: {}", way.client, revoke.text());
    }
}

type Change = fn(&mut Request);

#[test]
fn in_every_way_a_change_after_signing_is_refused() {
    let house = House::new();
    let id = house.create().replace(':', "{colon}");
    for way in WAYS {
        let request =
            way.request(&house, &format!("/identities/{id}/:issueAccessToken"), r#"{"scopes":["chat"]}"#);
        let changes: [(&str, Change); 6] = [
            ("method", |request| request.method = "PUST".to_owned()),
            ("path", |request| {
                request.target = request.target.replace(":issueAccessToken", ":revokeAccessTokens")
            }),
            ("query", |request| request.target = request.target.replace(NEWEST, "2025-06-30")),
            ("host", |request| request.host = request.host.replace("127.0.0.1", "127.0.0.2")),
            ("body", |request| request.body = request.body.replace("chat", "chau")),
            ("headers", |request| request.headers.iter_mut().for_each(|(_, value)| *value = flipped(value))),
        ];
        for (what, change) in changes {
            let mut changed = request.clone();
            change(&mut changed);
            let reply = changed.send();
            // An unknown method does not get as far as authentication; nothing is carried out either way.
            let expected = if what == "method" { 405 } else { 401 };
            assert_eq!(reply.status, expected, "{}, {what}: {}", way.client, reply.text());
        }
        for at in 0..request.headers.len() {
            let mut changed = request.clone();
            let (name, value) = &mut changed.headers[at];
            // The date that is not signed is not looked at.
            let is_looked_at = name != "date" || way.date == DateHeader::Date;
            *value = flipped(value);
            let expected = if is_looked_at { 401 } else { 200 };
            let name = name.clone();
            let reply = changed.send();
            assert_eq!(reply.status, expected, "{}, {name}: {}", way.client, reply.text());
        }
        assert_eq!(request.send().status, 200, "{}", way.client);
    }
}

/// The lowest bit of the fifth character from the end is another one: in a date a second, in base64 a bit that counts.
fn flipped(value: &str) -> String {
    let mut bytes = value.as_bytes().to_vec();
    let at = bytes.len() - 5;
    bytes[at] ^= 1;
    String::from_utf8(bytes).unwrap()
}
