//! The step `monitoring`: Prometheus' own tool judges what a server under load exposes, and the rules and the dashboard that
//! docs/monitoring has for it.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::conversation::{Conversation, Signer};
use crate::server_process::interrupt::Interrupt;
use crate::server_process::{self, ServerProcess};

const RULES: &str = "docs/monitoring/alerts.yml";
const RULE_TESTS: &str = "docs/monitoring/alerts.test.yml";
const DASHBOARD: &str = "docs/monitoring/callsign-dashboard.json";

/// What every metric of the server begins with; two are known by names of others.
const PREFIX: &str = "callsign_";
/// Identities that the load creates.
const IDENTITIES: usize = 20;

pub(super) fn run(interrupt: &Interrupt, release: bool) -> anyhow::Result<()> {
    let root = server_process::workspace_root()?;
    promtool(&root, &["check", "rules", RULES], "")?;
    promtool(&root, &["test", "rules", RULE_TESTS], "")?;
    let exposition = exposition(release)?;
    interrupt.check()?;
    promtool(&root, &["check", "metrics"], &exposition)?;
    let exposed = names(&exposition);
    for page in [RULES, RULE_TESTS, DASHBOARD] {
        let text = std::fs::read_to_string(root.join(page))?;
        let unknown: Vec<_> = names(&text).difference(&exposed).cloned().collect();
        if !unknown.is_empty() {
            bail!("{page} names metrics that the server does not expose: {}", unknown.join(", "));
        }
    }
    eprintln!("{} metrics; every one that {RULES} and {DASHBOARD} name is there", exposed.len());
    Ok(())
}

/// What a server exposes after it has done some of everything.
fn exposition(release: bool) -> anyhow::Result<String> {
    let binary = server_process::build(release)?;
    let data_dir = tempfile::Builder::new().prefix("callsign-monitoring-").tempdir()?;
    let mut serve = server_process::serve(&binary, data_dir.path());
    // A sink that is full shows its losses.
    serve.env("CALLSIGN_REQUEST_LOG_FILE", "/dev/full");
    let server = ServerProcess::start_command(serve)?;
    let key = server_process::access_key(&binary, data_dir.path())?;
    let authority = server.addresses().http_authority().context("the server has no plain listener")?;
    let signer = Signer::new(authority, &key);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(load(&signer))?;
    let monitoring = server.addresses().metrics_authority().context("the server serves no metrics")?;
    let text = scrape(monitoring)?;
    server.stop()?;
    Ok(text)
}

async fn load(signer: &Signer) -> anyhow::Result<()> {
    let mut conversation = Conversation::open(signer).await?;
    for _ in 0..IDENTITIES {
        let id = conversation.create(None).await?.done()?;
        conversation.issue(&id).await?.done()?;
        conversation.revoke(&id).await?.done()?;
        conversation.delete(&id).await?.done()?;
    }
    Ok(())
}

fn scrape(authority: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect(authority).context("the listener for Prometheus does not answer")?;
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    if !head.starts_with("HTTP/1.1 200 ") {
        bail!("/metrics answers: {head}");
    }
    Ok(body.to_owned())
}

/// The metrics that a text names, those of a histogram by its own name.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let ours = words.filter(|word| word.starts_with(PREFIX) || *word == "process_start_time_seconds");
    let plain = ours.map(|word| {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()
    });
    plain.collect()
}

fn promtool(root: &Path, arguments: &[&str], input: &str) -> anyhow::Result<()> {
    let mut tool = Command::new("promtool");
    tool.args(arguments).current_dir(root).stdin(Stdio::piped());
    let mut child = tool.spawn().context(
        "promtool could not be started; it is in Debian's package prometheus: apt-get install prometheus",
    )?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read its input says so by its status.
        let _ = stdin.write_all(input.as_bytes());
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("promtool {} ends with {status}; what it found is above", arguments.join(" "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_by_their_own_names() {
        let text = "rate(callsign_a_total[5m]) + callsign_b_seconds_bucket{x=\"callsign\"} / process_start_time_seconds";
        let found: Vec<_> = names(text).into_iter().collect();
        assert_eq!(found, ["callsign_a_total", "callsign_b_seconds", "process_start_time_seconds"]);
    }
}
