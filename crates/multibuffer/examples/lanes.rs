//! Signatures a second of CPU time of one thread: batches of 1, 2, 4 and 8 in the lanes, and one by one with aws-lc, in turns.
//!
//! `cargo run --release -p callsign-multibuffer --example lanes [libcrypto_mb.so [rounds]]`

#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use callsign_multibuffer::{Engine, PrivateKey};
use rustix::time::{ClockId, clock_gettime};

/// CPU time that each measures before it is another's turn.
const TURN: Duration = Duration::from_millis(100);

/// 0 stands for aws-lc.
const BATCHES: [usize; 5] = [0, 1, 2, 4, 8];

fn main() -> Result<(), Box<dyn Error>> {
    let library =
        std::env::args_os().nth(1).or_else(|| std::env::var_os("CALLSIGN_CRYPTO_MB")).map(PathBuf::from);
    let rounds = std::env::args().nth(2).map_or(Ok(9), |rounds| rounds.parse())?;
    let began = Instant::now();
    let engine = Engine::load(library.as_deref())?;
    println!("libcrypto_mb {}, loaded and tested in {:.0?}", engine.version(), began.elapsed());
    for size in [KeySize::Rsa2048, KeySize::Rsa3072, KeySize::Rsa4096] {
        let pair = KeyPair::generate(size)?;
        let der: Pkcs8V1Der<'static> = pair.as_der()?;
        let key = PrivateKey::from_pkcs8(der.as_ref())?;
        let from =
            engine.pays_from(&key).map_or("does not pay".to_owned(), |from| format!("pays from {from} on"));
        println!("RSA-{}: {from}", pair.public_modulus_len() * 8);
        let mut rates = BATCHES.map(|batch| (batch, Vec::new()));
        for _ in 0..rounds {
            for (batch, rates) in &mut rates {
                rates.push(rate(&engine, &key, &pair, *batch)?);
            }
        }
        print(rates.map(|(batch, rates)| (batch, median(rates))));
    }
    Ok(())
}

/// Signatures a second in one turn.
fn rate(engine: &Engine, key: &PrivateKey, pair: &KeyPair, batch: usize) -> Result<f64, Box<dyn Error>> {
    let digest = digest(&SHA256, b"measured");
    let bytes: &[u8; 32] = digest.as_ref().try_into()?;
    let mut signature = vec![0; pair.public_modulus_len()];
    let (began, mut signed) = (cpu_time(), 0_u32);
    while cpu_time() - began < TURN {
        if batch == 0 {
            pair.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature)?;
            signed += 1;
        } else {
            for signature in engine.sign(&vec![(key, bytes); batch]) {
                signature?;
                signed += 1;
            }
        }
    }
    Ok(f64::from(signed) / (cpu_time() - began).as_secs_f64())
}

/// CPU time of this thread: other programs on the machine do not count.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

fn print(medians: [(usize, f64); 5]) {
    let [(_, aws_lc), ..] = medians;
    for (batch, rate) in medians {
        let name = if batch == 0 { "aws-lc".to_owned() } else { format!("batches of {batch}") };
        println!("  {name:14} {rate:8.0}/s, {:.2} times aws-lc", rate / aws_lc);
    }
}
