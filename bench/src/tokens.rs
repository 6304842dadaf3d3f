//! Tokens a second over the whole path, with and without the vectorised engine, against bare signatures on the same cores, in paired
//! rounds that take turns: machines drift.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::bare::Bare;
use crate::figure::{Figure, Goal, quantile};
use crate::load::{ROUND, ROUNDS, Run, Target, at_rate, saturate};
use crate::peers::{self, Comparison};
use crate::process;
use crate::requests::{IDENTITIES, SCOPES, tokens_path};

pub(crate) const CONNECTIONS: usize = 64;
const MANY_CONNECTIONS: usize = 512;
const ONE: &str = "one by one";
const EIGHT: &str = "eight at once";
const PROBED: &str = "/.well-known/openid-configuration";
const PROBES_PER_SECOND: f64 = 100.0;

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
    /// The library that it signs by
    #[arg(long, requires = "vectorised")]
    library: Option<PathBuf>,
    #[command(flatten)]
    peers: peers::Args,
}

/// What one server came to, a value a round.
#[derive(Default)]
struct Side {
    per_second: Vec<f64>,
    /// Tokens/s at 64 connections ÷ bare signatures/s of the ordinary engine on all cores.
    against_bare: Vec<f64>,
    /// CPU of the server for a token besides its signature, in microseconds, while it is saturated.
    other_cpu: Vec<f64>,
    /// The median at one connection ÷ one bare signature.
    alone: Vec<f64>,
    /// 99 of 100 answers come sooner, in milliseconds, at half and at a tenth of what it can do.
    p99_at_half: Vec<f64>,
    p99_at_tenth: Vec<f64>,
    /// The same of a document that needs no signature, while the server is saturated.
    p99_beside: Vec<f64>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let plain = (target(&args.plain)?, args.plain_pid);
    let vectorised = args.vectorised.as_deref().map(target).transpose()?.zip(args.vectorised_pid);
    let mut machine = Machine::new(Bare::new(args.library.as_deref())?)?;
    let idle = process::resident_mebibytes(args.plain_pid)?;
    let (name, (ours, process)) = vectorised.as_ref().map_or((ONE, &plain), |many| (EIGHT, many));
    let mut comparison = Comparison::start(&args.peers, peers::Service::new(name, ours.clone(), *process))?;
    let (mut one, mut many) = (Side::default(), Side::default());
    for _ in 0..ROUNDS {
        let bare = machine.measure()?;
        one.measure(&plain, (&bare, bare.one_by_one))?;
        let load = one.per_second.last().context("a round")? * 0.1;
        one.p99_at_tenth.push(tail(&at_rate(&plain.0, (CONNECTIONS, load), ROUND)?));
        if let (Some(server), Some(engine)) = (&vectorised, bare.eight_at_once) {
            many.measure(server, (&bare, engine))?;
            // The same load for both.
            many.p99_at_tenth.push(tail(&at_rate(&server.0, (CONNECTIONS, load), ROUND)?));
        }
        comparison.round()?;
    }
    saturate(&plain.0, MANY_CONNECTIONS, ROUND)?;
    let loaded = process::resident_mebibytes(args.plain_pid)?;
    let mut figures = machine.figures();
    figures.push(Figure::new("resident memory, idle, MiB", idle, Goal::AtMost(25.0)));
    figures.push(Figure::new("resident memory, after 512 connections, MiB", loaded, Goal::AtMost(80.0)));
    let mut slowdowns: Vec<f64> =
        many.p99_at_tenth.iter().zip(&one.p99_at_tenth).map(|(many, one)| many / one).collect();
    figures.extend(one.figures(ONE, 0.92));
    if vectorised.is_some() {
        figures.extend(many.figures(EIGHT, 3.0));
        let name = "p99 at a tenth of capacity, eight at once ÷ one by one";
        figures.push(Figure::new(name, quantile(&mut slowdowns, 0.5), Goal::AtMost(1.0)));
    }
    figures.extend(comparison.figures());
    Ok(figures)
}

/// What the machine can sign, measured in each round.
struct Machine {
    bare: Bare,
    cores: usize,
    rounds: Vec<Signatures>,
}

/// Bare signatures/s.
#[derive(Clone, Copy)]
struct Signatures {
    cores: f64,
    one_by_one: f64,
    on_one_core: f64,
    eight_at_once: Option<f64>,
}

impl Machine {
    fn new(bare: Bare) -> anyhow::Result<Self> {
        Ok(Self { bare, cores: std::thread::available_parallelism()?.get(), rounds: Vec::new() })
    }

    fn measure(&mut self) -> anyhow::Result<Signatures> {
        let round = Signatures {
            cores: self.cores as f64,
            one_by_one: self.bare.one_by_one(self.cores)?,
            on_one_core: self.bare.one_by_one(1)?,
            eight_at_once: self.bare.eight_at_once(self.cores)?,
        };
        self.rounds.push(round);
        Ok(round)
    }

    fn figures(&self) -> Vec<Figure> {
        let figure = |name: &str, of: &dyn Fn(&Signatures) -> Option<f64>| {
            let mut values: Vec<f64> = self.rounds.iter().filter_map(of).collect();
            (!values.is_empty()).then(|| Figure::new(name, quantile(&mut values, 0.5), Goal::None))
        };
        [
            figure("bare signatures/s, all cores", &|round| Some(round.one_by_one)),
            figure("bare signatures/s, one core", &|round| Some(round.on_one_core)),
            figure("bare signatures/s eight at once, all cores", &|round| round.eight_at_once),
            figure("bare eight at once ÷ bare one by one", &|round| {
                Some(round.eight_at_once? / round.one_by_one)
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Side {
    /// `engine` is what the server's engine signs a second on all cores, with nothing else to do.
    fn measure(
        &mut self,
        (target, process): &(Target, u32),
        (bare, engine): (&Signatures, f64),
    ) -> anyhow::Result<()> {
        let before = process::cpu_seconds(*process)?;
        let (saturated, beside) = saturate_and_probe(target)?;
        let cpu = process::cpu_seconds(*process)? - before;
        self.other_cpu.push(cpu * 1e6 / saturated.answers as f64 - bare.cores * 1e6 / engine);
        self.p99_beside.push(tail(&beside));
        self.per_second.push(saturated.per_second());
        self.against_bare.push(saturated.per_second() / bare.one_by_one);
        let mut alone = saturate(target, 1, ROUND / 3)?;
        self.alone.push(quantile(&mut alone.latencies, 0.5) * bare.on_one_core / 1e3);
        let half = at_rate(target, (CONNECTIONS, saturated.per_second() / 2.0), ROUND)?;
        self.p99_at_half.push(tail(&half));
        Ok(())
    }

    fn figures(mut self, engine: &str, against_bare: f64) -> Vec<Figure> {
        let figure = |name: &str, values: &mut Vec<f64>, goal| {
            Figure::new(format!("{engine}: {name}"), quantile(values, 0.5), goal)
        };
        vec![
            figure("tokens/s at 64 connections", &mut self.per_second, Goal::None),
            figure("tokens/s ÷ bare signatures/s", &mut self.against_bare, Goal::AtLeast(against_bare)),
            figure("CPU per token other than RSA, µs", &mut self.other_cpu, Goal::AtMost(15.0)),
            figure("p50 at one connection ÷ one bare signature", &mut self.alone, Goal::AtMost(1.3)),
            figure("p99 at half of capacity, ms", &mut self.p99_at_half, Goal::AtMost(5.0)),
            figure("p99 of a probe while saturated, ms", &mut self.p99_beside, Goal::AtMost(2.0)),
            figure("p99 at a tenth of the capacity of one by one, ms", &mut self.p99_at_tenth, Goal::None),
        ]
    }
}

/// Saturates the server, and beside that asks a hundred times a second for a document, as a health probe would. The probe has a
/// thread of its own, so that it waits for the server and not for the load.
fn saturate_and_probe(target: &Target) -> anyhow::Result<(Run, Run)> {
    let probe = target.public(PROBED);
    std::thread::scope(|scope| {
        let probing = scope.spawn(|| at_rate(&probe, (1, PROBES_PER_SECOND), ROUND));
        let saturated = saturate(target, CONNECTIONS, ROUND)?;
        let beside = probing.join().map_err(|_| anyhow::anyhow!("the probe panicked"))??;
        Ok((saturated, beside))
    })
}

fn tail(run: &Run) -> f64 {
    quantile(&mut run.latencies.clone(), 0.99)
}

/// A target that asks for a token of an identity that it creates.
fn target(connection_string: &str) -> anyhow::Result<Target> {
    let create = (vec![IDENTITIES.to_owned()], "{}");
    let id = Target::signed(connection_string, create, 201)?.ask_once()?;
    let id = id.pointer("/identity/id").and_then(|id| id.as_str()).context("an identity has an id")?;
    Target::signed(connection_string, (vec![tokens_path(id)], SCOPES), 200)
}
