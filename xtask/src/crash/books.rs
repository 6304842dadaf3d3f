//! What stands in the server's books after a kill: the audit chain holds and has not lost a record that it showed, and a signing
//! key that was revoked stays revoked.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use super::referee::Acknowledged;
use crate::server_process;

/// Rounds in which a signing key is revoked, one in so many.
pub(crate) const ROUNDS_PER_REVOKED_KEY: u32 = 3;

/// A chain longer than this is walked after every so many kills: walking it takes longer than the round.
const LONG_CHAIN_RECORDS: u64 = 20_000;
const KILLS_PER_LONG_WALK: u32 = 25;

/// What the server has shown or acknowledged.
#[derive(Default)]
pub(crate) struct Books {
    /// The head of the audit chain when it was last looked at, as `NUMBER:HASH`.
    head: Option<String>,
    records: u64,
    revoked_keys: BTreeSet<String>,
    active_key: String,
}

/// A key that is being revoked while the server may be killed.
pub(crate) struct Revoking {
    key_id: String,
    command: Child,
}

impl Books {
    /// Checks the running server's books, after so many kills, against what is known of them.
    pub(crate) fn check(
        &mut self,
        place: (&Path, &Path),
        (kills, acknowledged): (u32, &Acknowledged),
    ) -> anyhow::Result<()> {
        if self.records < LONG_CHAIN_RECORDS || kills.is_multiple_of(KILLS_PER_LONG_WALK) {
            self.check_chain(place, acknowledged)?;
        }
        self.check_keys(&answer(place.0, place.1, &["key", "signing", "list"])?)
    }

    fn check_chain(
        &mut self,
        (binary, data_dir): (&Path, &Path),
        acknowledged: &Acknowledged,
    ) -> anyhow::Result<()> {
        let mut verify = vec!["audit", "verify"];
        if let Some(head) = &self.head {
            verify.extend(["--head", head]);
        }
        let chain = answer(binary, data_dir, &verify).context("the audit chain does not hold")?;
        self.records = chain.get("records").and_then(Value::as_u64).context("no count of records")?;
        let changes = acknowledged.creations + acknowledged.revocations + acknowledged.deletions;
        if self.records < changes {
            bail!("the audit chain has {} records, and {changes} changes were acknowledged", self.records);
        }
        self.head = Some(chain.get("head").and_then(Value::as_str).context("no head")?.to_owned());
        Ok(())
    }

    fn check_keys(&mut self, list: &Value) -> anyhow::Result<()> {
        let text = |key: &Value, name| key.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let keys: Vec<(String, String)> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|key| (text(key, "key_id"), text(key, "state")))
            .collect();
        let in_use = keys.iter().filter(|(_, state)| state != "revoked");
        if let Some((key_id, _)) = in_use.clone().find(|(key_id, _)| self.revoked_keys.contains(key_id)) {
            bail!("the signing key {key_id} was revoked, that was acknowledged, and it is in use again");
        }
        let active: Vec<_> = in_use.filter(|(_, state)| state == "active").collect();
        let [(active, _)] = active.as_slice() else {
            bail!("{} signing keys are active, not one: {list}", active.len());
        };
        self.active_key = active.clone();
        Ok(())
    }

    /// Begins to revoke the key that signs.
    pub(crate) fn revoke_key(&self, binary: &Path, data_dir: &Path) -> anyhow::Result<Revoking> {
        let rotate = ["key", "signing", "rotate", "--yes", "--compromised", &self.active_key];
        let mut command = asked(binary, data_dir, &rotate);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Revoking { key_id: self.active_key.clone(), command })
    }

    /// Waits until it is known whether that was acknowledged.
    pub(crate) fn settle(&mut self, mut revoking: Revoking) -> anyhow::Result<()> {
        if revoking.command.wait()?.success() {
            self.revoked_keys.insert(revoking.key_id);
        }
        Ok(())
    }

    pub(crate) const fn records(&self) -> u64 {
        self.records
    }

    pub(crate) fn revoked_keys(&self) -> usize {
        self.revoked_keys.len()
    }
}

fn asked(binary: &Path, data_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = server_process::command(binary);
    command.args(arguments).arg("--data-dir").arg(data_dir);
    command
}

fn answer(binary: &Path, data_dir: &Path, arguments: &[&str]) -> anyhow::Result<Value> {
    let output = asked(binary, data_dir, arguments).args(["-o", "json"]).output()?;
    if !output.status.success() {
        bail!("callsign {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_revoked_key_that_is_in_use_again_is_found() {
        let mut books = Books::default();
        let list = json!([{"key_id": "a", "state": "active"}, {"key_id": "b", "state": "next"}]);
        books.check_keys(&list).unwrap();
        assert_eq!(books.active_key, "a");
        books.revoked_keys.insert("b".to_owned());
        assert!(books.check_keys(&list).unwrap_err().to_string().contains("key b was revoked"));
        let gone = json!([{"key_id": "a", "state": "active"}, {"key_id": "b", "state": "revoked"}]);
        books.check_keys(&gone).unwrap();
        assert!(books.check_keys(&json!([])).is_err(), "a server without an active key");
    }
}
