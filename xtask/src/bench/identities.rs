//! A store of many identities: what tokens and memory cost, and how long starts take, clean and after `kill -9`.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::figure::{Figure, Goal};
use super::servers::{Server, connection_string};
use super::{measured, start};
use crate::server_process::ServerProcess;

/// What many identities are compared with.
const FEW: u64 = 10_000;

/// The binaries that the measure needs.
pub(super) struct Binaries<'a> {
    pub(super) callsign: &'a Path,
    pub(super) bench: &'a Path,
}

pub(super) fn run(binaries: &Binaries<'_>, many: u64) -> anyhow::Result<Vec<Figure>> {
    let callsign = binaries.callsign;
    let few = Server::start(callsign, "off")?;
    let few_ids = few.data_dir().join("ids");
    fill(binaries, &few.connection_string(callsign)?, (FEW, &few_ids))?;
    let server = Server::start(callsign, "off")?;
    let many_ids = server.data_dir().join("ids");
    let mut figures = fill(binaries, &server.connection_string(callsign)?, (many, &many_ids))?;
    let id = std::fs::read_to_string(&many_ids)?;
    let id = id.lines().next().context("the measure kept no id")?.to_owned();
    let database: u64 = sizes(&server.data_dir())?;
    figures.push(Figure {
        name: "database, bytes an identity".to_owned(),
        value: database as f64 / many as f64,
        goal: None,
    });
    // A server that was filled holds what filling took: its memory is looked at after a start.
    let data = server.stop()?;
    let (process, clean) = start::to_first_token(callsign, data.path(), Some(&id))?;
    let mut measure = Command::new(binaries.bench);
    measure
        .arg("identities")
        .arg("--few")
        .arg(few.connection_string(callsign)?)
        .arg("--few-ids")
        .arg(few_ids);
    measure.arg("--many").arg(connection_string(callsign, data.path(), &process)?);
    measure.arg("--many-ids").arg(many_ids).arg("--many-pid").arg(process.id().to_string());
    figures.extend(measured(&mut measure)?);
    let killed = start_after_kill(callsign, (data.path(), process), (binaries, &id))?;
    let within = Some(Goal::AtMost(500.0));
    figures.push(Figure { name: "clean start to a token, ms".to_owned(), value: clean, goal: within });
    figures.push(Figure {
        name: "start after kill -9 to a token, ms".to_owned(),
        value: killed,
        goal: within,
    });
    Ok(figures)
}

/// Kills the server while it writes, and starts it again.
fn start_after_kill(
    callsign: &Path,
    (data_dir, process): (&Path, ServerProcess),
    (binaries, id): (&Binaries<'_>, &str),
) -> anyhow::Result<f64> {
    let server = connection_string(callsign, data_dir, &process)?;
    fill(binaries, &server, (FEW, &data_dir.join("ids-killed")))?;
    process.kill_now()?;
    let (process, took) = start::to_first_token(callsign, data_dir, Some(id))?;
    process.stop()?;
    Ok(took)
}

/// Creates identities, and keeps ids of some in a file.
fn fill(
    binaries: &Binaries<'_>,
    connection_string: &str,
    (identities, ids): (u64, &Path),
) -> anyhow::Result<Vec<Figure>> {
    let mut fill = Command::new(binaries.bench);
    fill.arg("fill").arg("--server").arg(connection_string).args(["--identities", &identities.to_string()]);
    measured(fill.arg("--ids").arg(ids))
}

fn sizes(data_dir: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(data_dir)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(".db") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
