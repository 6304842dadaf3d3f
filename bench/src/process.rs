//! What a process took so far, as the kernel tells it (proc(5)).

use anyhow::Context as _;

/// `USER_HZ`, which is 100 on every architecture of Linux that Rust knows.
const TICKS_PER_SECOND: f64 = 100.0;

/// Time on CPUs, in user and system mode together.
pub(crate) fn cpu_seconds(process: u32) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name may have blanks in it; the fields after it have none. utime and stime are the 14th and the 15th.
    let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
    let ticks: f64 =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}

/// Memory that is resident, in MiB.
pub(crate) fn resident_mebibytes(process: u32) -> anyhow::Result<f64> {
    mebibytes(&std::fs::read_to_string(format!("/proc/{process}/status"))?, "VmRSS:")
}

/// Memory that is resident and nobody else's, in MiB.
pub(crate) fn private_mebibytes(process: u32) -> anyhow::Result<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    Ok(mebibytes(&rollup, "Private_Clean:")? + mebibytes(&rollup, "Private_Dirty:")?)
}

fn mebibytes(text: &str, name: &str) -> anyhow::Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).with_context(|| name.to_owned())?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes / 1024.0)
}
