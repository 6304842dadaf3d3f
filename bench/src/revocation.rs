//! From the answer to a revoke until each connected verifier rejects the token, and what a verifier's feed costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use callsign_client::{CommunicationIdentityClient, TokenScope};
use callsign_protocol::connection_string::ConnectionString;
use callsign_protocol::signature::{Authorization, DateHeader, RequestKey, SignedParts, content_sha256};
use callsign_verifier::Verifier;
use callsign_verifier::clock::{Clock as _, SystemClock};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::Server;
use crate::figure::{Figure, Goal, quantile};

const STREAM: &str = "/callsign/v1/revocations/stream";
/// The longest time that a rejection may take before the run is given up.
const REJECTED_WITHIN: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    server: Server,
    /// Connected verifiers
    #[arg(long, default_value_t = 200)]
    verifiers: usize,
    /// Revocations a second
    #[arg(long, default_value_t = 12)]
    rate: u32,
    /// How long
    #[arg(long, default_value_t = 30)]
    seconds: u32,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<Vec<Figure>> {
    let server = &args.server;
    let verifiers = connect(server, args.verifiers).await?;
    let client = CommunicationIdentityClient::from_connection_string(&server.connection_string, None)?;
    let received = Arc::new(AtomicU64::new(0));
    let stream = tokio::spawn(count(open_stream(server).await?, Arc::clone(&received)));
    let mut pace = tokio::time::interval(Duration::from_secs(1) / args.rate);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let started = Instant::now();
    let mut rejections = Vec::new();
    for _ in 0..args.rate * args.seconds {
        pace.tick().await;
        rejections.push(revoke(&client, &verifiers).await?);
    }
    let took = started.elapsed().as_secs_f64();
    let mut milliseconds = Vec::new();
    for rejection in rejections {
        milliseconds.extend(rejection.await?);
    }
    let revocations = f64::from(args.rate * args.seconds);
    stream.abort();
    let bytes = received.load(Ordering::Relaxed) as f64;
    Ok(vec![
        Figure::new("connected verifiers", verifiers.len() as f64, Goal::None),
        Figure::new("revocations/s", revocations / took, Goal::None),
        Figure::new("204 to rejection, ms, p50", quantile(&mut milliseconds, 0.5), Goal::None),
        Figure::new("204 to rejection, ms, p99", quantile(&mut milliseconds, 0.99), Goal::AtMost(2_000.0)),
        Figure::new("204 to rejection, ms, the last of all", quantile(&mut milliseconds, 1.0), Goal::None),
        Figure::new("rejections measured", milliseconds.len() as f64, Goal::None),
        Figure::new("feed, kB/s per verifier", bytes / took / 1e3, Goal::AtMost(2.0)),
    ])
}

/// Verifiers, each with a connection of its own, whose view is fresh.
async fn connect(server: &Server, count: usize) -> anyhow::Result<Vec<Verifier>> {
    let verifiers = (0..count).map(|_| {
        Ok(Verifier::builder(server.connection_string.parse()?).root_certificates(&server.roots).connect()?)
    });
    let verifiers = verifiers.collect::<anyhow::Result<Vec<_>>>()?;
    join_all(verifiers.iter().map(Verifier::ready)).await;
    Ok(verifiers)
}

/// Revokes a token that every verifier has admitted. Answers how long each of them took to reject it, in milliseconds
/// since the answer.
async fn revoke(
    client: &CommunicationIdentityClient,
    verifiers: &[Verifier],
) -> anyhow::Result<JoinHandle<Vec<f64>>> {
    let made = client.create_user_and_token(&[TokenScope::Chat], None).await?.into_model()?;
    let token = made.access_token.token.secret();
    let mut sessions = Vec::with_capacity(verifiers.len());
    for verifier in verifiers {
        let admitted = verifier.verify_offline(token).context("a good token was refused")?;
        let ended = verifier.watch(&admitted);
        sessions.push(tokio::spawn(async move {
            let ended = tokio::time::timeout(REJECTED_WITHIN, ended).await;
            ended.map(|_| Instant::now())
        }));
    }
    client.revoke_tokens(&made.user, None).await?;
    let answered = Instant::now();
    Ok(tokio::spawn(async move {
        let ends = join_all(sessions).await.into_iter().flatten();
        // One that was never told counts with the time that was waited for it.
        let waited = |end: Result<Instant, _>| {
            end.map_or(REJECTED_WITHIN, |end| end.saturating_duration_since(answered))
        };
        ends.map(|end| waited(end).as_secs_f64() * 1e3).collect()
    }))
}

/// A stream as a verifier opens it, to be counted byte by byte.
async fn open_stream(server: &Server) -> anyhow::Result<reqwest::Response> {
    let url = server.url(STREAM)?;
    let parsed: ConnectionString = server.connection_string.parse()?;
    let host =
        url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).context("an https endpoint")?;
    let (date, content_sha256) = (SystemClock.now().to_imf_fixdate(), content_sha256(b""));
    let parts =
        SignedParts { method: "GET", target: STREAM, date: &date, host, content_sha256: &content_sha256 };
    let signature = RequestKey::new(parsed.access_key()).sign(&parts.string_to_sign());
    let authorization = Authorization { date_header: DateHeader::XMsDate, signature };
    let request = server.http()?.get(&url);
    let request = request.header("x-ms-date", &date).header("x-ms-content-sha256", &content_sha256);
    Ok(request.header("authorization", authorization.to_header_value()).send().await?.error_for_status()?)
}

async fn count(response: reqwest::Response, received: Arc<AtomicU64>) {
    let mut body = response.bytes_stream();
    while let Some(Ok(bytes)) = body.next().await {
        received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    }
}
