//! A copy of the database, made while it is used.

use std::path::Path;
use std::sync::Arc;

use callsign_core::directory::audit::{Action, Actor, Subject};
use callsign_core::store::StoreError;

use super::{Office, Refused};
use crate::admin::{Answer, Reply};

impl Office {
    pub(super) async fn create_backup(&self, file: &Path, actor: Actor) -> Result<Answer, Refused> {
        if file.symlink_metadata().is_ok() {
            return Err(Refused(format!(
                "{} is there already; name a file that is not, or remove it first",
                file.display()
            )));
        }
        let folder = |path: &Path| path.canonicalize().ok();
        let parent = file.parent().and_then(folder);
        if parent.is_some() && parent == folder(&self.data_dir) {
            return Err(Refused(format!(
                "{} is in the data folder itself, whose files have meanings of their own; name a file elsewhere, best on another disk",
                file.display()
            )));
        }
        let service = &self.service;
        service.last_issued.flush(service.store.as_ref()).await.map_err(Refused::because)?;
        let name = file.display().to_string();
        let subject = Subject { resource: None, name: &name, changed: false };
        // Before the copy is made, so that it knows of itself.
        let deed = self.deed(Action::CreateBackup, actor);
        service.store.record(&deed, &subject).await.map_err(Refused::because)?;
        let (copies, to) = (Arc::clone(&self.copies), file.to_owned());
        let copied =
            tokio::task::spawn_blocking(move || copies.copy_to(&to)).await.map_err(Refused::because)?;
        copied.map_err(not_copied)?;
        let bytes = file.metadata().map(|about| about.len()).map_err(Refused::because)?;
        Ok(Answer::of(Reply::BackupCreated { file: name, bytes }))
    }
}

fn not_copied(error: StoreError) -> Refused {
    Refused(match error {
        // The name was taken meanwhile, or a copy of this name broke off.
        StoreError::Conflict { reason } => format!("no backup was made: {reason}"),
        StoreError::Unavailable { reason } => format!(
            "no backup was made: {reason}. The file must be on a disk with room, in a folder where the user that runs the server \
             may write"
        ),
        other => format!("no backup was made: {other}"),
    })
}
