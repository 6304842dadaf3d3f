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
use crate::load::{Run, Target, at_rate, saturate};
use crate::process;

/// Paired rounds (`design/performance.md` §3).
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1500);
const CONNECTIONS: usize = 64;
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
    let (mut one, mut many) = (Side::default(), Side::default());
    let (mut slowdowns, mut other_cpu, mut bare_signatures) = (Vec::new(), Vec::new(), Vec::new());
    let idle = process::resident_mebibytes(args.plain_pid)?;
    let cores = std::thread::available_parallelism()?.get();
    for _ in 0..ROUNDS {
        let bare = bare_signatures_per_second(&key, cores)?;
        let single = 1e3 / bare_signatures_per_second(&key, 1)?;
        let before = process::cpu_seconds(args.plain_pid)?;
        let saturated = one.measure(&plain, bare, single)?;
        let cpu = process::cpu_seconds(args.plain_pid)? - before;
        other_cpu.push(cpu * 1e6 / saturated as f64 - cores as f64 * 1e6 / bare);
        bare_signatures.push(bare);
        if let Some(vectorised) = &vectorised {
            many.measure(vectorised, bare, single)?;
        }
        // The same load for both.
        let capacity = *one.per_second.last().context("a round")?;
        let tenth = tail(&at_rate(&plain, (CONNECTIONS, capacity * 0.1), ROUND)?);
        one.p99_at_tenth.push(tenth);
        if let Some(vectorised) = &vectorised {
            let faster = tail(&at_rate(vectorised, (CONNECTIONS, capacity * 0.1), ROUND)?);
            many.p99_at_tenth.push(faster);
            slowdowns.push(faster / tenth);
        }
    }
    saturate(&plain, MANY_CONNECTIONS, ROUND)?;
    let loaded = process::resident_mebibytes(args.plain_pid)?;
    let median = |values: &mut Vec<f64>| quantile(values, 0.5);
    let mut figures = vec![
        Figure::new("bare RS256 signatures/s, all cores", median(&mut bare_signatures), Goal::None),
        Figure::new(
            "one by one: tokens/s ÷ bare signatures/s",
            median(&mut one.against_bare),
            Goal::AtLeast(0.92),
        ),
        Figure::new("one by one: tokens/s at 64 connections", median(&mut one.per_second), Goal::None),
        Figure::new(
            "one by one: p50 at one connection ÷ one bare signature",
            median(&mut one.alone),
            Goal::AtMost(1.3),
        ),
        Figure::new(
            "one by one: p99 at half of capacity, ms",
            median(&mut one.p99_at_half),
            Goal::AtMost(5.0),
        ),
        Figure::new("one by one: p99 at a tenth of capacity, ms", median(&mut one.p99_at_tenth), Goal::None),
        Figure::new("CPU per token other than RSA, µs", median(&mut other_cpu), Goal::AtMost(15.0)),
        Figure::new("resident memory, idle, MiB", idle, Goal::AtMost(25.0)),
        Figure::new("resident memory, after 512 connections, MiB", loaded, Goal::AtMost(80.0)),
    ];
    if vectorised.is_some() {
        figures.extend([
            Figure::new(
                "eight at once: tokens/s ÷ bare signatures/s",
                median(&mut many.against_bare),
                Goal::AtLeast(3.0),
            ),
            Figure::new(
                "eight at once: tokens/s at 64 connections",
                median(&mut many.per_second),
                Goal::None,
            ),
            Figure::new(
                "eight at once: p50 at one connection ÷ one bare signature",
                median(&mut many.alone),
                Goal::AtMost(1.3),
            ),
            Figure::new(
                "eight at once: p99 at half of capacity, ms",
                median(&mut many.p99_at_half),
                Goal::AtMost(5.0),
            ),
            Figure::new(
                "eight at once: p99 at a tenth of the other's capacity, ms",
                median(&mut many.p99_at_tenth),
                Goal::None,
            ),
            Figure::new(
                "p99 at that load, eight at once ÷ one by one",
                median(&mut slowdowns),
                Goal::AtMost(1.0),
            ),
        ]);
    }
    Ok(figures)
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
        key: parsed.access_key().clone(),
        path,
        body,
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
