//! A service of plain http that answers what it is told to, for what a real one does not do on demand.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// The service; it ends with the test.
pub(crate) struct Scripted {
    port: u16,
    heads: Receiver<String>,
}

impl Scripted {
    /// Answers every request with what `reply` makes of its head: status line, header lines and body of a reply.
    pub(crate) fn start(reply: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, heads) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(head) = read(&mut stream) else { continue };
                let text = reply(&head);
                // Who listens may have seen enough, and so may the client.
                let _ = sender.send(head);
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { port, heads }
    }

    /// Refuses every request like this.
    pub(crate) fn refusing(status: &'static str, headers: &'static str, body: &'static str) -> Self {
        Self::start(move |_| reply(status, headers, body))
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn connection_string(&self) -> String {
        format!("endpoint={}/;accesskey=c2VjcmV0", self.endpoint())
    }

    /// The next request's head, once it is there.
    pub(crate) fn next(&self) -> String {
        self.heads.recv().unwrap()
    }
}

/// A reply after which the connection is closed.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn read(stream: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    reader.read_exact(&mut vec![0; length.unwrap_or(0)]).ok()?;
    Some(head)
}
