//! `callsign backup`: has the database copied, and puts a copy back.

use std::path::Path;

use callsign_server::admin::{self, Reply, Request, RestoreWanted};

use super::confirm::confirm;
use super::{ask, configuration, event_loop, unexpected, whole_path};
use crate::args::Place;
use crate::args::backup::{Backup, Restore};
use crate::printer;

const CONSEQUENCE: &str = "Every access token that was issued until now will be dead, and identities, access keys and everything else will \
                           be as they were when the backup was made.";

pub(super) fn run(place: &Place, backup: Backup) -> anyhow::Result<()> {
    match backup {
        Backup::Create { file } => create(place, &file),
        Backup::Restore(wanted) => restore(place, wanted),
    }
}

fn create(place: &Place, file: &Path) -> anyhow::Result<()> {
    let answer = ask(place, Request::BackupCreate { file: whole_path(file)? })?;
    let Reply::BackupCreated { file, bytes } = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&format!(
        "The database was copied to {file} ({bytes} bytes). The key-encryption key is not in it, and without that key it cannot be put \
         back: keep a copy of the key elsewhere.\n"
    ));
    printer::tell_notes(&answer.notes);
    Ok(())
}

fn restore(place: &Place, wanted: Restore) -> anyhow::Result<()> {
    let Restore { file, replace, key_file, yes } = wanted;
    let config = configuration(&place.flags())?.config;
    let option = if replace { " --replace" } else { "" };
    confirm(yes, CONSEQUENCE, &format!("callsign backup restore {}{option}", file.display()))?;
    let wanted = RestoreWanted { file, replace, key_file };
    let restored = event_loop()?.block_on(admin::restore(&config, &wanted))?;
    let of = restored.last_change.map(|at| format!(" of {at}")).unwrap_or_default();
    printer::tell(&format!(
        "The backup{of} is in place, with the resources {}. Every token from before is dead; new ones are signed by fresh keys. Access \
         keys are those of the time of the backup: regenerate again each one that was regenerated since (callsign key regenerate).\n",
        restored.resources.join(", ")
    ));
    if let Some(replaced) = restored.replaced {
        printer::tell(&format!("The database that was there is kept as {}.\n", replaced.display()));
    }
    printer::tell_notes(&restored.notes);
    Ok(())
}
