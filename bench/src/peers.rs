//! Other token services under the load that Callsign bears, in rounds that take turns with it.

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::figure::{Figure, Goal, quantile};
use crate::load::{ROUND, Target, saturate};
use crate::process;
use crate::tokens::CONNECTIONS;

/// The signature of RS256 by a key of 2048 bits.
const SIGNATURE_BYTES: usize = 256;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Another token service: its name, its `host:port`, its first process, and its request for a token
    #[arg(long = "peer", num_args = 4, value_names = ["NAME", "AUTHORITY", "PROCESS", "REQUEST"])]
    peers: Vec<String>,
}

/// A service, and what it came to, a value a round.
pub(crate) struct Service {
    name: String,
    target: Target,
    /// The first of its processes.
    process: u32,
    per_second: Vec<f64>,
    /// 99 of 100 answers come sooner, in milliseconds, while it does what it can.
    p99: Vec<f64>,
    /// Right after that.
    mebibytes: Vec<f64>,
}

/// One of its measures, a value a round.
type Values = fn(&Service) -> &[f64];

/// Callsign beside the others.
pub(crate) struct Comparison {
    ours: Service,
    peers: Vec<Service>,
}

impl Comparison {
    /// Looks at what each peer answers, and lets it run warm.
    pub(crate) fn start(args: &Args, ours: Service) -> anyhow::Result<Self> {
        let mut peers = Vec::new();
        for peer in args.peers.chunks_exact(4) {
            let [name, authority, process, request] = peer else { continue };
            let target = Target::constant(authority, request);
            let peer = Service::new(name, target, process.parse()?);
            peer.examine().with_context(|| format!("{name} does not issue the tokens that are compared"))?;
            saturate(&peer.target, CONNECTIONS, ROUND).with_context(|| peer.fault())?;
            peers.push(peer);
        }
        Ok(Self { ours, peers })
    }

    /// One after the other, so that each has the machine to itself.
    pub(crate) fn round(&mut self) -> anyhow::Result<()> {
        if self.peers.is_empty() {
            return Ok(());
        }
        std::iter::once(&mut self.ours).chain(&mut self.peers).try_for_each(Service::measure)
    }

    pub(crate) fn figures(&self) -> Vec<Figure> {
        let (per_second, p99, mebibytes): (Values, Values, Values) =
            (|service| &service.per_second, |service| &service.p99, |service| &service.mebibytes);
        let (Some(fastest), Some(promptest), Some(smallest)) =
            (self.most(per_second), self.least(p99), self.least(mebibytes))
        else {
            return Vec::new();
        };
        let services = std::iter::once(&self.ours).chain(&self.peers);
        let mut figures: Vec<Figure> = services.flat_map(Service::figures).collect();
        let ratio = |measure: &str, of: Values, peer: &Service, goal| {
            let name = format!("{measure}, {} ÷ {}", self.ours.name, peer.name);
            let pairs = of(&self.ours).iter().zip(of(peer));
            Figure::new(name, median(&pairs.map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>()), goal)
        };
        figures.extend([
            ratio("best peer: tokens/s", per_second, fastest, Goal::AtLeast(6.0)),
            ratio("best peer: p99", p99, promptest, Goal::AtMost(0.2)),
            ratio("best peer: memory", mebibytes, smallest, Goal::AtMost(0.2)),
            // The smallest need not be one that issues much.
            ratio("fastest peer: memory", mebibytes, fastest, Goal::None),
        ]);
        figures
    }

    fn most(&self, of: Values) -> Option<&Service> {
        self.peers.iter().max_by(|one, other| median(of(one)).total_cmp(&median(of(other))))
    }

    fn least(&self, of: Values) -> Option<&Service> {
        self.peers.iter().min_by(|one, other| median(of(one)).total_cmp(&median(of(other))))
    }
}

impl Service {
    pub(crate) fn new(name: &str, target: Target, process: u32) -> Self {
        let (per_second, p99, mebibytes) = Default::default();
        Self { name: name.to_owned(), target, process, per_second, p99, mebibytes }
    }

    fn measure(&mut self) -> anyhow::Result<()> {
        let mut run = saturate(&self.target, CONNECTIONS, ROUND).with_context(|| self.fault())?;
        ensure!(run.answers > 0, "{} refused every request", self.name);
        let mebibytes = process::resident_mebibytes_of_tree(self.process)
            .with_context(|| format!("the memory of {} cannot be read; it seems to have ended", self.name))?;
        self.mebibytes.push(mebibytes);
        self.per_second.push(run.per_second());
        self.p99.push(quantile(&mut run.latencies, 0.99));
        Ok(())
    }

    fn fault(&self) -> String {
        format!("{} did not bear {CONNECTIONS} connections", self.name)
    }

    /// What is compared is the same work: a signature of RS256 by 2048 bits, made for each token.
    fn examine(&self) -> anyhow::Result<()> {
        let (one, other) = (self.signature()?, self.signature()?);
        ensure!(one.len() == SIGNATURE_BYTES, "a signature has {} bytes", one.len());
        ensure!(one != other, "two tokens have the same signature");
        Ok(())
    }

    /// Of a new token.
    fn signature(&self) -> anyhow::Result<Vec<u8>> {
        let answer = self.target.ask_once()?;
        let token = answer.get("access_token").and_then(|token| token.as_str()).context("no access_token")?;
        let mut parts = token.split('.');
        let (Some(header), Some(_), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            anyhow::bail!("the access token is no JWT");
        };
        let header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header)?)?;
        let algorithm = header.get("alg").and_then(|algorithm| algorithm.as_str()).unwrap_or_default();
        ensure!(algorithm == "RS256", "the token is signed by {algorithm:?}");
        Ok(URL_SAFE_NO_PAD.decode(signature)?)
    }

    fn figures(&self) -> [Figure; 3] {
        let figure =
            |measure, values| Figure::new(format!("{}: {measure}", self.name), median(values), Goal::None);
        [
            figure("tokens/s at 64 connections, beside peers", &self.per_second),
            figure("p99 at saturation, ms", &self.p99),
            figure("resident memory after it, MiB", &self.mebibytes),
        ]
    }
}

fn median(values: &[f64]) -> f64 {
    quantile(&mut values.to_vec(), 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, per_second: &[f64], p99: &[f64], mebibytes: &[f64]) -> Service {
        let target = Target::constant("", "");
        let (per_second, p99, mebibytes) = (per_second.to_vec(), p99.to_vec(), mebibytes.to_vec());
        Service { per_second, p99, mebibytes, ..Service::new(name, target, 0) }
    }

    #[test]
    fn each_measure_is_compared_round_by_round_with_whoever_is_best_at_it() {
        let ours = service("ours", &[600.0, 800.0, 700.0], &[1.0; 3], &[10.0; 3]);
        let fast = service("fast", &[100.0, 200.0, 100.0], &[8.0; 3], &[90.0; 3]);
        let prompt = service("prompt", &[99.0; 3], &[2.0, 4.0, 5.0], &[80.0; 3]);
        let small = service("small", &[9.0; 3], &[9.0; 3], &[20.0; 3]);
        let comparison = Comparison { ours, peers: vec![small, prompt, fast] };
        let figures = comparison.figures();
        let ratios: Vec<_> = figures.iter().skip(12).map(|row| (row.name.as_str(), row.value)).collect();
        assert_eq!(
            ratios,
            [
                ("best peer: tokens/s, ours ÷ fast", 6.0),
                ("best peer: p99, ours ÷ prompt", 0.25),
                ("best peer: memory, ours ÷ small", 0.5),
                ("fastest peer: memory, ours ÷ fast", 10.0 / 90.0),
            ]
        );
    }
}
