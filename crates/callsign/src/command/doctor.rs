//! `callsign doctor`: looks at the way to a resource, step by step, and says what is wrong and what to do.

mod answer;
mod certificate;
mod finding;
mod network;
mod request;
mod signing;

use std::fmt::Write as _;

use anyhow::Context as _;
use azure_core::http::Url;

use super::connection::{Chosen, Credential, Origin, choose};
use super::event_loop;
use crate::args::doctor::{Doctor, Subject};
use crate::args::{Output, Place};
use crate::exit::Fault;
use crate::printer::visible;
use finding::{Finding, State};

pub(super) fn run(place: &Place, doctor: &Doctor) -> anyhow::Result<()> {
    match &doctor.subject {
        Some(Subject::Request { last, output }) => request::run(place, *last, output),
        None => {
            let chosen = choose(place, &doctor.connection)?;
            let mut findings = event_loop()?.block_on(examine(&chosen))?;
            if matches!(chosen.origin, Origin::Local { .. }) {
                findings.push(signing::look(place)?);
            }
            tell(&findings, &doctor.output)
        }
    }
}

/// Each step needs the one before: what comes after the first that went wrong is not looked at.
async fn examine(chosen: &Chosen) -> anyhow::Result<Vec<Finding>> {
    let place = Target::of(chosen)?;
    let how = match chosen.credential {
        Credential::Key(_) => "an access key",
        Credential::Entra => "Microsoft Entra",
    };
    let mut findings =
        vec![Finding::good("resource", format!("{} with {how}, from {}", chosen.endpoint, chosen.origin))];
    findings.extend(network::look(&place).await);
    if !stopped(&findings) && place.is_https && place.proxy.is_none() {
        findings.push(certificate::look(&place, chosen.authority()).await?);
    }
    if !stopped(&findings) {
        findings.extend(answer::look(chosen).await?);
    }
    for check in ["name", "port", "certificate", "clock", "credential", "permissions", "versions"] {
        if check == "certificate" && !place.is_https {
            continue;
        }
        if !findings.iter().any(|finding| finding.check == check) {
            findings.push(Finding::skipped(check));
        }
    }
    Ok(findings)
}

fn stopped(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.state == State::Bad)
}

/// Where the resource is, taken apart.
struct Target {
    host: String,
    port: u16,
    is_https: bool,
    /// The variable that names a proxy, if one stands between.
    proxy: Option<&'static str>,
}

impl Target {
    fn of(chosen: &Chosen) -> anyhow::Result<Self> {
        // Reads it as the client does, and refuses what the client would refuse.
        let client = chosen.client(None, super::connection::Patience::None)?;
        let url: &Url = client.endpoint();
        let host = url.host_str().context("the endpoint names no host")?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().context("the endpoint names no port")?,
            is_https: url.scheme() == "https",
            proxy: network::proxy(url),
        })
    }
}

fn tell(findings: &[Finding], output: &Output) -> anyhow::Result<()> {
    output.page(&findings, || page(findings))?;
    let bad: Vec<&str> =
        findings.iter().filter(|finding| finding.state == State::Bad).map(|finding| finding.check).collect();
    if bad.is_empty() {
        output.tell("All is well.\n");
        return Ok(());
    }
    Err(Fault::new(format!("something is wrong with: {}", bad.join(", "))).into())
}

fn page(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { check, state, found, remedy } in findings {
        // Further lines stand below the first one.
        let found: Vec<String> = found.lines().map(visible).collect();
        let found = found.join(&format!("\n{:18}", ""));
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{:<4} {check:<12} {found}", state.word());
        if let Some(remedy) = remedy {
            let _ = writeln!(text, "{:17} -> {remedy}", "");
        }
    }
    text
}
