//! A small HTTP/1.1 client that sends exactly the bytes it is told to, right or wrong.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use callsign_core::clock::{Clock as _, SystemClock};
use callsign_protocol::access_key::AccessKey;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};
use serde_json::Value;

/// A request that is being put together.
#[derive(Clone)]
pub struct Request {
    address: String,
    pub method: String,
    pub target: String,
    pub host: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn new(address: &str, method: &str, target: &str) -> Self {
        let (address, host) = (address.to_owned(), address.to_owned());
        Self {
            address,
            method: method.to_owned(),
            target: target.to_owned(),
            host,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces a header that is there already.
    pub fn changed(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.header(name, value)
    }

    /// Signs as every current client does, with the time of now.
    pub fn signed(self, key: &AccessKey) -> Self {
        let date = SystemClock.now().to_imf_fixdate();
        let (target, host) = (self.target.clone(), self.host.clone());
        self.signed_as(key, (DateHeader::XMsDate, &date), (&target, &host))
    }

    /// Signs another date, target or host than what is sent.
    pub fn signed_as(
        self,
        key: &AccessKey,
        (header, date): (DateHeader, &str),
        (target, host): (&str, &str),
    ) -> Self {
        let content = content_sha256(self.body.as_bytes());
        let parts = SignedParts { method: &self.method, target, date, host, content_sha256: &content };
        let signature = RequestKey::new(key).sign(&parts.string_to_sign());
        let authorization = Authorization { date_header: header, signature }.to_header_value();
        self.header(header.name(), date)
            .header("x-ms-content-sha256", &content)
            .header("authorization", &authorization)
    }

    /// The bytes that go out.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.method, self.target, self.host
        );
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("content-length: {}\r\n\r\n{}", self.body.len(), self.body));
        text.into_bytes()
    }

    pub fn send(&self) -> Reply {
        let reply = exchange(&self.address, &self.bytes());
        crate::openapi::check(&self.method, &self.target, &reply);
        reply
    }
}

/// Sends bytes and reads the one answer.
pub fn exchange(address: &str, bytes: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // The server may answer and close before it has read all of a request that is too large.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Reply::parse(&answer)
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn parse(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
        let head = std::str::from_utf8(&answer[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<_> = lines
            .map(|line| line.split_once(": ").unwrap_or((line, "")))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let body = &answer[end + 4..];
        let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        Self { status, body: if chunked { unchunked(body) } else { body.to_vec() }, headers }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// Status, code, target and text of an error, whose envelope is checked.
    pub fn error(&self) -> (u16, String, Option<String>, String) {
        let body = self.json();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        let error = body["error"].as_object().unwrap();
        let text = |member: &str| error.get(member).map(|value| value.as_str().unwrap().to_owned());
        assert!(error.keys().all(|key| matches!(key.as_str(), "code" | "message" | "target")), "{body}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("transfer-encoding"), Some("chunked"));
        (self.status, text("code").unwrap(), text("target"), text("message").unwrap())
    }

    /// Status, code, target and text of a problem, whose form is checked.
    pub fn problem(&self) -> (u16, String, Option<String>, String) {
        let body = self.json();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{body}");
        assert_eq!(self.header("cache-control"), Some("no-store"));
        let members = body.as_object().unwrap();
        let known = ["type", "title", "status", "detail", "target"];
        assert!(members.keys().all(|key| known.contains(&key.as_str())), "{body}");
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        let kind = text("type");
        let code = kind.strip_prefix("urn:callsign:problem:").unwrap();
        assert_eq!(body["status"], self.status);
        assert_eq!(text("title").to_lowercase().replace(' ', ""), code.to_lowercase());
        let target = members.get("target").map(|target| target.as_str().unwrap().to_owned());
        (self.status, code.to_owned(), target, text("detail"))
    }

    /// Status and code of an error.
    pub fn code(&self) -> (u16, String) {
        let (status, code, _, _) = self.error();
        (status, code)
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
}
