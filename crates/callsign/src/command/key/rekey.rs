//! `callsign key rekey`: another key-encryption key.

use callsign_server::admin::{Rekeying, Reply, Request};

use crate::args::Place;
use crate::args::key::Rekey;
use crate::command::confirm::confirm;
use crate::command::{ask, unexpected, whole_path};
use crate::printer;

const CONSEQUENCE: &str = "Every access key and signing key will be wrapped under a new key-encryption key, and the old one opens \
                           nothing of this database any more. Backups that were made until now open under the old one only: keep a copy of \
                           it for as long as you keep them.";

pub(super) fn run(place: &Place, wanted: Rekey) -> anyhow::Result<()> {
    let Rekey { new_key_file, yes } = wanted;
    let option = new_key_file.as_ref().map(|file| format!(" --new-key-file {}", file.display()));
    confirm(yes, CONSEQUENCE, &format!("callsign key rekey{}", option.unwrap_or_default()))?;
    let new_key_file = new_key_file.as_deref().map(whole_path).transpose()?;
    let answer = ask(place, Request::Rekey { new_key_file })?;
    let Reply::Rekeyed(done) = answer.reply else {
        return Err(unexpected());
    };
    printer::tell(&told(&done));
    printer::tell_notes(&answer.notes);
    Ok(())
}

fn told(done: &Rekeying) -> String {
    let Rekeying { access_keys, signing_keys, key_file, is_configured } = done;
    let mut text = format!(
        "{access_keys} access keys and {signing_keys} signing keys are wrapped under the new key-encryption key in {key_file}.\n"
    );
    if *is_configured {
        text.push_str(&format!(
            "A running server goes on with it. Before the next start, configure the new key: \
             CALLSIGN_KEY_ENCRYPTION_KEY=\"$(cat {key_file})\", or that file as the credential callsign.key-encryption-key. With the old \
             one the server refuses to start and changes nothing.\n"
        ));
    } else {
        text.push_str("Keep a copy of that file elsewhere; the server needs no restart.\n");
    }
    text
}
