//! Judges: libraries of others, each told the keys and the issuer, that accept or refuse tokens one by one.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use super::desk::Desk;

/// One verdict for each token.
pub(super) type Verdicts = Vec<bool>;

/// How far clocks may differ, in seconds. It is the leeway that ours gives `iat`; where a library gives it to `exp` too, it
/// accepts more than ours.
const LEEWAY_SECONDS: u64 = 300;

pub(super) enum Judge {
    Jsonwebtoken { keys: Vec<(String, DecodingKey, Algorithm)>, issuer: String },
    Process { name: &'static str, process: Box<Process> },
}

pub(super) struct Process {
    child: Child,
    to: Option<BufWriter<ChildStdin>>,
    from: BufReader<ChildStdout>,
}

impl Judge {
    pub(super) fn jsonwebtoken(desk: &Desk) -> anyhow::Result<Self> {
        let task: Value = serde_json::from_str(&desk.task())?;
        let set: JwkSet = serde_json::from_value(task.get("jwks").cloned().unwrap_or_default())?;
        let mut keys = Vec::new();
        for (jwk, key) in set.keys.iter().zip(desk.keys()) {
            let algorithm = key.algorithm().as_str().parse()?;
            keys.push((key.key_id().to_owned(), DecodingKey::from_jwk(jwk)?, algorithm));
        }
        Ok(Self::Jsonwebtoken { keys, issuer: desk.issuer().to_owned() })
    }

    pub(super) fn python(desk: &Desk, python: &Path, scripts: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(python);
        command.arg("-B").arg(scripts.join("judge.py"));
        Self::process("PyJWT", command, desk)
    }

    pub(super) fn javascript(desk: &Desk, folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("node");
        command.arg(folder.join("judge.mjs")).env_remove("NODE_OPTIONS");
        Self::process("jose", command, desk)
    }

    fn process(name: &'static str, mut command: Command, desk: &Desk) -> anyhow::Result<Self> {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.with_context(|| format!("{name} could not be started"))?;
        let (to, from) = (child.stdin.take(), child.stdout.take());
        let (Some(to), Some(from)) = (to, from) else { bail!("{name} has no pipes") };
        let mut process = Process { child, to: Some(BufWriter::new(to)), from: BufReader::new(from) };
        process.say(&desk.task())?;
        Ok(Self::Process { name, process: Box::new(process) })
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Jsonwebtoken { .. } => "jsonwebtoken",
            Self::Process { name, .. } => name,
        }
    }

    pub(super) fn verdicts(&mut self, tokens: &[String]) -> anyhow::Result<Verdicts> {
        match self {
            Self::Jsonwebtoken { keys, issuer } => {
                Ok(tokens.iter().map(|token| jsonwebtoken_accepts(token, keys, issuer)).collect())
            }
            Self::Process { name, process } => {
                process.verdicts(tokens).with_context(|| format!("{name} gave no verdicts"))
            }
        }
    }
}

fn jsonwebtoken_accepts(token: &str, keys: &[(String, DecodingKey, Algorithm)], issuer: &str) -> bool {
    let Ok(header) = decode_header(token) else { return false };
    let named = |(key_id, ..): &&(String, DecodingKey, Algorithm)| header.kid.as_ref() == Some(key_id);
    let Some((_, key, algorithm)) = keys.iter().find(named) else { return false };
    let mut validation = Validation::new(*algorithm);
    validation.set_issuer(&[issuer]);
    validation.required_spec_claims = HashSet::from(["exp", "iss", "sub"].map(str::to_owned));
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_aud = false;
    decode::<Value>(token, key, &validation).is_ok()
}

impl Process {
    fn say(&mut self, line: &str) -> anyhow::Result<()> {
        let Some(to) = &mut self.to else { bail!("its input is closed") };
        writeln!(to, "{line}")?;
        Ok(to.flush()?)
    }

    /// It is told how many tokens come, and then each; it answers one line of as many zeros and ones.
    fn verdicts(&mut self, tokens: &[String]) -> anyhow::Result<Verdicts> {
        self.say(&tokens.len().to_string())?;
        self.say(&tokens.join("\n"))?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let verdicts: Verdicts = line.trim_end().bytes().map(|byte| byte == b'1').collect();
        if verdicts.len() != tokens.len() {
            bail!("{} verdicts came for {} tokens", verdicts.len(), tokens.len());
        }
        Ok(verdicts)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The end of its input is the end of its work.
        self.to = None;
        let _ = self.child.wait();
    }
}
