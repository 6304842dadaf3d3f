//! Tokens a second over the whole path, with and without the vectorised engine, against bare signatures on the same cores, in paired
//! rounds that take turns: machines drift.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use callsign_core::token::local_signer::LocalSigner;
use callsign_core::token::signer::{Signer as _, Wanted};
use callsign_core::token::signing_key::SigningKey;
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::connection_string::ConnectionString;

use crate::figure::{Figure, Goal, quantile};
use crate::load::{Request, Run, Target, at_rate, saturate};
use crate::peers::{self, Comparison};
use crate::process;

/// Paired rounds (`design/performance.md` §3).
const ROUNDS: usize = 7;
pub(crate) const ROUND: Duration = Duration::from_millis(1500);
pub(crate) const CONNECTIONS: usize = 64;
const MANY_CONNECTIONS: usize = 512;

/// Two servers alike but for the engine that signs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The connection string of one that signs one by one, over plain http
    #[arg(long)]
    plain: String,
    /// Its process
    #[arg(long)]
    plain_pid: u32,
    /// The connection string of one that signs eight at once, over plain http
    #[arg(long)]
    vectorised: Option<String>,
    /// Its process
    #[arg(long, requires = "vectorised")]
    vectorised_pid: Option<u32>,
    #[command(flatten)]
    peers: peers::Args,
}

/// What one server came to, a value a round.
#[derive(Default)]
struct Side {
    /// Tokens/s at 64 connections ÷ bare signatures/s.
    against_bare: Vec<f64>,
    /// The median at one connection ÷ one bare signature.
    alone: Vec<f64>,
    /// 99 of 100 answers come sooner, in milliseconds, at half and at a tenth of what it can do.
    p99_at_half: Vec<f64>,
    p99_at_tenth: Vec<f64>,
    per_second: Vec<f64>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let plain = target(&args.plain)?;
    let vectorised = args.vectorised.as_deref().map(target).transpose()?;
    let key = Arc::new(SigningKey::generate(Algorithm::Rs256)?);
    let idle = process::resident_mebibytes(args.plain_pid)?;
    let ours = match (&vectorised, args.vectorised_pid) {
        (Some(target), Some(process)) => peers::Service::new("eight at once", target.clone(), process),
        _ => peers::Service::new("one by one", plain.clone(), args.plain_pid),
    };
    let mut comparison = Comparison::start(&args.peers, ours)?;
    let (mut one, mut many, mut rounds) = (Side::default(), Side::default(), Rounds::default());
    for _ in 0..ROUNDS {
        let bare = rounds.measure(args.plain_pid, &key, |bare, single| one.measure(&plain, bare, single))?;
        let load = one.per_second.last().context("a round")? * 0.1;
        one.p99_at_tenth.push(tail(&at_rate(&plain, (CONNECTIONS, load), ROUND)?));
        if let Some(vectorised) = &vectorised {
            many.measure(vectorised, bare, 1e3 / rounds.single.last().context("a round")?)?;
            // The same load for both.
            many.p99_at_tenth.push(tail(&at_rate(vectorised, (CONNECTIONS, load), ROUND)?));
        }
        comparison.round()?;
    }
    saturate(&plain, MANY_CONNECTIONS, ROUND)?;
    let loaded = process::resident_mebibytes(args.plain_pid)?;
    let mut figures = rounds.figures();
    figures.push(Figure::new("resident memory, idle, MiB", idle, Goal::AtMost(25.0)));
    figures.push(Figure::new("resident memory, after 512 connections, MiB", loaded, Goal::AtMost(80.0)));
    let mut slowdowns: Vec<f64> =
        many.p99_at_tenth.iter().zip(&one.p99_at_tenth).map(|(many, one)| many / one).collect();
    figures.extend(one.figures("one by one", 0.92));
    if vectorised.is_some() {
        figures.extend(many.figures("eight at once", 3.0));
        let name = "p99 at a tenth of capacity, eight at once ÷ one by one";
        figures.push(Figure::new(name, quantile(&mut slowdowns, 0.5), Goal::AtMost(1.0)));
    }
    figures.extend(comparison.figures());
    Ok(figures)
}

/// What the rounds say of the machine and of the server that signs one by one.
#[derive(Default)]
struct Rounds {
    /// Bare signatures/s on all cores, and on one.
    bare: Vec<f64>,
    single: Vec<f64>,
    /// CPU of the server for a token besides one bare signature, in microseconds.
    other_cpu: Vec<f64>,
}

impl Rounds {
    /// Answers the bare signatures/s.
    fn measure(
        &mut self,
        server: u32,
        key: &Arc<SigningKey>,
        tokens: impl FnOnce(f64, f64) -> anyhow::Result<u64>,
    ) -> anyhow::Result<f64> {
        let cores = std::thread::available_parallelism()?.get();
        let bare = bare_signatures_per_second(key, cores)?;
        let single = bare_signatures_per_second(key, 1)?;
        let before = process::cpu_seconds(server)?;
        let issued = tokens(bare, 1e3 / single)?;
        let cpu = process::cpu_seconds(server)? - before;
        self.other_cpu.push(cpu * 1e6 / issued as f64 - cores as f64 * 1e6 / bare);
        self.bare.push(bare);
        self.single.push(single);
        Ok(bare)
    }

    fn figures(mut self) -> Vec<Figure> {
        vec![
            Figure::new("bare RS256 signatures/s, all cores", quantile(&mut self.bare, 0.5), Goal::None),
            Figure::new("bare RS256 signatures/s, one core", quantile(&mut self.single, 0.5), Goal::None),
            Figure::new(
                "CPU per token other than RSA, µs",
                quantile(&mut self.other_cpu, 0.5),
                Goal::AtMost(15.0),
            ),
        ]
    }
}

impl Side {
    /// Answers how many tokens were issued while the server was saturated.
    fn measure(&mut self, target: &Target, bare: f64, single_milliseconds: f64) -> anyhow::Result<u64> {
        let saturated = saturate(target, CONNECTIONS, ROUND)?;
        self.per_second.push(saturated.per_second());
        self.against_bare.push(saturated.per_second() / bare);
        let mut alone = saturate(target, 1, ROUND / 3)?;
        self.alone.push(quantile(&mut alone.latencies, 0.5) / single_milliseconds);
        let half = at_rate(target, (CONNECTIONS, saturated.per_second() / 2.0), ROUND)?;
        self.p99_at_half.push(tail(&half));
        Ok(saturated.answers + alone.answers + half.answers)
    }

    fn figures(mut self, engine: &str, against_bare: f64) -> Vec<Figure> {
        let figure = |name: &str, values: &mut Vec<f64>, goal| {
            Figure::new(format!("{engine}: {name}"), quantile(values, 0.5), goal)
        };
        vec![
            figure("tokens/s ÷ bare signatures/s", &mut self.against_bare, Goal::AtLeast(against_bare)),
            figure("tokens/s at 64 connections", &mut self.per_second, Goal::None),
            figure("p50 at one connection ÷ one bare signature", &mut self.alone, Goal::AtMost(1.3)),
            figure("p99 at half of capacity, ms", &mut self.p99_at_half, Goal::AtMost(5.0)),
            figure("p99 at a tenth of the capacity of one by one, ms", &mut self.p99_at_tenth, Goal::None),
        ]
    }
}

fn tail(run: &Run) -> f64 {
    quantile(&mut run.latencies.clone(), 0.99)
}

/// A target that asks for a token of an identity that it creates.
fn target(connection_string: &str) -> anyhow::Result<Target> {
    let parsed: ConnectionString = connection_string.parse()?;
    let authority = parsed.endpoint().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let of = |path: String, body| Target {
        authority: authority.clone(),
        request: Request::Signed { key: parsed.access_key().clone(), path, body },
    };
    let id = of("/identities?api-version=2023-10-01".to_owned(), "{}").ask_once()?;
    let id = id.pointer("/identity/id").and_then(|id| id.as_str()).context("an identity has an id")?;
    Ok(of(
        format!("/identities/{id}/:issueAccessToken?api-version=2023-10-01"),
        r#"{"scopes":["chat","voip"]}"#,
    ))
}

/// What the ordinary engine makes on so many threads, with nothing else to do.
fn bare_signatures_per_second(key: &Arc<SigningKey>, threads: usize) -> anyhow::Result<f64> {
    let until = Instant::now() + ROUND / 2;
    let sign = || {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"a token");
        let batch = [Wanted { key: Arc::clone(key), digest }];
        let mut made = 0_u64;
        while Instant::now() < until {
            made += u64::from(LocalSigner.sign(&batch).iter().all(Result::is_ok));
        }
        made
    };
    let started = Instant::now();
    let made: u64 = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(sign)).collect();
        running.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    });
    anyhow::ensure!(made > 0, "nothing was signed");
    Ok(made as f64 / started.elapsed().as_secs_f64())
}
