//! A running `callsign serve` on free ports.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary::Home;

/// The running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) banner: Vec<String>,
}

impl Server {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    /// With more flags.
    pub(crate) fn start_with(home: &Home, flags: &[&str]) -> Self {
        let any = "127.0.0.1:0";
        let serve = ["serve", "--https", any, "--http", any, "--metrics", any];
        let mut child = home
            .command(&[&serve, flags].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = Vec::new();
        for line in lines.by_ref() {
            let is_last = line.starts_with("Next:");
            said.push(line);
            if is_last {
                break;
            }
        }
        // The rest is read too, so that the server never waits for a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let start = said.iter().position(|line| line.ends_with(" is ready."));
        let banner =
            start.map(|start| said.split_off(start)).unwrap_or_else(|| panic!("no banner: {said:?}"));
        Self { child, banner }
    }

    /// The address on the banner's line of that name.
    pub(crate) fn address(&self, name: &str) -> String {
        let words = self.banner.iter().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = words.into_iter().find(|words| words.first() == Some(&name));
        line.unwrap_or_else(|| panic!("no {name}: {:?}", self.banner))[1].to_owned()
    }

    /// Sends a request by plain http and answers the head and body of its reply.
    pub(crate) fn send(&self, request: &str) -> String {
        let address = self.address("http");
        let authority = address.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(authority).unwrap();
        stream.write_all(request.replace("AUTHORITY", authority).as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// SIGTERM, then the exit status.
    pub(crate) fn stop(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        self.child.wait().unwrap()
    }

    /// The exit status of a server that ends by itself.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// `kill -9`, as a crash would leave it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a process that has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
