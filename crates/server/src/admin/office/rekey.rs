//! Another key-encryption key. Whatever happens on the way, the key that opens the database is on the disk: the new one is
//! written before anything is wrapped under it, and the old one goes only after.

use std::path::Path;

use callsign_core::directory::audit::Actor;
use callsign_core::error::Error;
use callsign_core::store::StoreError;
use callsign_core::wrapping::rewrap::{RewrappedKeys, check_opens};
use callsign_core::wrapping::{KeyEncryptionKey, fresh_key_text};

use super::{Office, Refused};
use crate::admin::folder::{
    KeyPlace, drop_next_key, key_file_in, next_key_file_in, put_next_key, read_key, take_next_key,
    write_new_key,
};
use crate::admin::{Answer, FolderError, Rekeying, Reply};

impl Office {
    pub(super) async fn rekey(&self, new_key_file: Option<&Path>, actor: Actor) -> Result<Answer, Refused> {
        match (self.key_place, new_key_file) {
            (KeyPlace::Folder, None) => self.rekey_folder(actor).await,
            (KeyPlace::Configured, Some(file)) => self.rekey_configured(file, actor).await,
            (KeyPlace::Folder, Some(_)) => Err(Refused(format!(
                "the key-encryption key is in {}, and the new one is put there, too; leave out --new-key-file",
                key_file_in(&self.data_dir).display()
            ))),
            (KeyPlace::Configured, None) => Err(Refused(
                "the server takes its key-encryption key from the environment or a credential, which only you can change; say \
                 where the new key shall be written with --new-key-file FILE, and configure it after that"
                    .to_owned(),
            )),
        }
    }

    async fn rekey_folder(&self, actor: Actor) -> Result<Answer, Refused> {
        let folder = self.data_dir.as_path();
        let text = fresh_key_text(self.service.entropy.as_ref()).map_err(Refused::because)?;
        let next = KeyEncryptionKey::from_text(&text).map_err(Refused::because)?;
        put_next_key(folder, &text).map_err(Refused::because)?;
        let rewrapped = match self.service.rewrap_keys(next, actor).await {
            Ok(rewrapped) => rewrapped,
            Err(Error::Unavailable(unknown @ StoreError::OutcomeUnknown { .. })) => {
                return Err(Refused(format!(
                    "{unknown}. Both keys are kept in {}: start the server again, which finds out which one it is",
                    folder.display()
                )));
            }
            Err(error) => {
                // One that stays is dropped by the next start, for it opens nothing.
                let dropped = drop_next_key(folder).err().map(|fault| format!("; {fault}"));
                return Err(Refused(format!("nothing was changed: {error}{}", dropped.unwrap_or_default())));
            }
        };
        let late = take_next_key(folder).err().map(|fault| {
            format!(
                "{fault}. The new key is in {} for now; the next start of the server puts it in its place",
                next_key_file_in(folder).display()
            )
        });
        let done = rekeying(rewrapped, &key_file_in(folder), false);
        Ok(Answer::of(Reply::Rekeyed(done)).with(late))
    }

    /// A file that is there already was written by a call that broke off, or holds a key that the caller made.
    async fn rekey_configured(&self, file: &Path, actor: Actor) -> Result<Answer, Refused> {
        let no_key = || {
            Refused(format!(
                "{} holds no key (base64 of 32 bytes); remove it, or name a file that is not there yet",
                file.display()
            ))
        };
        let text = match read_key(file) {
            Ok(Some(text)) => text,
            Err(FolderError::KeyDamaged(_)) => return Err(no_key()),
            Err(error) => return Err(Refused::because(error)),
            Ok(None) => {
                let text = fresh_key_text(self.service.entropy.as_ref()).map_err(Refused::because)?;
                write_new_key(file, &text).map_err(Refused::because)?;
                text
            }
        };
        let next = KeyEncryptionKey::from_text(&text).map_err(|_| no_key())?;
        if check_opens(self.service.store.as_ref(), &next).await.is_ok() {
            return Err(Refused(format!(
                "everything is wrapped under the key in {} already; configure that one, or name another file for a newer key",
                file.display()
            )));
        }
        match self.service.rewrap_keys(next, actor).await {
            Ok(rewrapped) => Ok(Answer::of(Reply::Rekeyed(rekeying(rewrapped, file, true)))),
            Err(Error::Unavailable(unknown @ StoreError::OutcomeUnknown { .. })) => Err(Refused(format!(
                "{unknown}. Keep both keys: the server starts with the one that it is, the configured one or the one in {}",
                file.display()
            ))),
            Err(error) => Err(Refused(format!(
                "nothing was changed: {error}. The key in {} opens nothing yet; the same command goes on with it",
                file.display()
            ))),
        }
    }
}

fn rekeying(rewrapped: RewrappedKeys, key_file: &Path, is_configured: bool) -> Rekeying {
    Rekeying {
        access_keys: rewrapped.access_keys,
        signing_keys: rewrapped.signing_keys,
        key_file: key_file.display().to_string(),
        is_configured,
    }
}
