//! Other token services for the measure of tokens, each run as fast as its documentation permits: in production, as many workers
//! as cores, no log of requests, and in memory what can be there. They are all up at once, and idle while another one is measured.

mod glewlwyd;
mod process;

use std::io::Seek as _;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use pem::Pem;
use tempfile::TempDir;

use super::figure::Figure;
use super::servers;
use crate::environment;
use crate::server_process::{self, interrupt::Interrupt};
use process::Process;

/// What is asked of those that take a form.
const FORM: &str = "application/x-www-form-urlencoded";
const FORM_BODY: &str = "grant_type=client_credentials&client_id=bench&client_secret=secret&scope=chat";

/// The measure of tokens, with the peers beside ours.
pub(super) fn beside_tokens(callsign: &Path, mut measure: Command) -> anyhow::Result<Vec<Figure>> {
    // A terminal interrupts its own group, and each peer is a group of its own.
    let interrupt = Interrupt::listen()?;
    let _servers = servers::of_tokens(callsign, &mut measure)?;
    let peers = Peers::start(&interrupt, &mut measure)?;
    let mut figures = tempfile::tempfile()?;
    if !interrupt.run(measure.stdin(Stdio::null()).stdout(figures.try_clone()?))?.success() {
        bail!("callsign-bench tokens failed\n{}", peers.said());
    }
    figures.rewind()?;
    Ok(serde_json::from_reader(figures)?)
}

/// The running peers. Dropping them ends them.
struct Peers {
    running: Vec<Process>,
    // After the processes that use it.
    _folder: TempDir,
}

/// What each of them needs.
struct Ground<'a> {
    interrupt: &'a Interrupt,
    /// Where their files are in the tree, and where what they need is installed.
    from: PathBuf,
    to: PathBuf,
    /// What one run leaves behind.
    folder: &'a Path,
    private_key: String,
    public_key: String,
}

/// A peer that can be started.
struct Service {
    name: &'static str,
    port: u16,
    command: Command,
    /// What a token is asked for with: path, content type and body.
    request: (&'static str, &'static str, String),
}

impl Peers {
    /// Installs them, starts them and names them to the measure.
    fn start(interrupt: &Interrupt, measure: &mut Command) -> anyhow::Result<Self> {
        let folder = folder()?;
        let root = server_process::workspace_root()?;
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let ground = Ground {
            interrupt,
            from: root.join("bench/peers"),
            to: root.join("target/bench-peers"),
            folder: folder.path(),
            private_key: pem("PRIVATE KEY", AsDer::<Pkcs8V1Der<'_>>::as_der(&pair)?.as_ref()),
            public_key: pem("PUBLIC KEY", AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key())?.as_ref()),
        };
        let mut services = Vec::from(ground.javascript()?);
        services.push(ground.fastapi()?);
        services.extend(ground.glewlwyd()?);
        let mut running = Vec::new();
        for service in services {
            let mut process = Process::start(service.name, service.command, ground.folder)?;
            process.answers_on(service.port, interrupt)?;
            let authority = format!("127.0.0.1:{}", service.port);
            let request = request(&authority, &service.request);
            measure.args(["--peer", service.name, &authority, &process.id().to_string(), &request]);
            running.push(process);
        }
        Ok(Self { running, _folder: folder })
    }

    /// What they said last; who is content says nothing.
    fn said(&self) -> String {
        self.running.iter().map(Process::said).collect()
    }
}

impl Ground<'_> {
    /// The two of Node.
    fn javascript(&self) -> anyhow::Result<[Service; 2]> {
        let to = self.to.join("javascript");
        environment::javascript(self.interrupt, &self.from.join("javascript"), &to)?;
        let service = |name, module, path, body| -> anyhow::Result<Service> {
            let port = free_port()?;
            let mut command = Command::new("node");
            command.arg(module).current_dir(&to).env_remove("NODE_OPTIONS").env("NODE_ENV", "production");
            command.env("PORT", port.to_string()).env("SIGNING_KEY", &self.private_key);
            Ok(Service { name, port, command, request: (path, FORM, body) })
        };
        // With a resource its access token is a JWT, without one it is opaque.
        let resource = format!("{FORM_BODY}&resource=https%3A%2F%2Fbench.example%2F");
        Ok([
            service("oidc-provider", "oidc_provider.mjs", "/token", resource)?,
            service("oauth2-mock-server", "oauth2_mock_server.mjs", "/token", FORM_BODY.to_owned())?,
        ])
    }

    fn fastapi(&self) -> anyhow::Result<Service> {
        let from = self.from.join("python");
        let python = environment::python(self.interrupt, &from, &self.to.join("python"))?;
        let port = free_port()?;
        let mut command = Command::new(python);
        command.args(["-B", "-m", "uvicorn", "app:app", "--app-dir"]).arg(from);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--workers", &std::thread::available_parallelism()?.to_string()]);
        // The loop and the parser written in C; no line, no header and no hook that is not asked for.
        command.args([
            "--loop",
            "uvloop",
            "--http",
            "httptools",
            "--no-access-log",
            "--log-level",
            "warning",
        ]);
        command.args(["--no-server-header", "--no-date-header", "--no-proxy-headers", "--lifespan", "off"]);
        command.env("SIGNING_KEY", &self.private_key);
        let body = r#"{"client_id":"bench","client_secret":"secret","scope":"chat"}"#.to_owned();
        Ok(Service { name: "FastAPI", port, command, request: ("/token", "application/json", body) })
    }

    /// Where it cannot be had, the others are compared without it.
    fn glewlwyd(&self) -> anyhow::Result<Option<Service>> {
        let port = free_port()?;
        let name = "glewlwyd";
        let command = match glewlwyd::provide(self.interrupt, &self.to.join(name)) {
            Ok(root) => root.command(self, port)?,
            Err(error) => {
                self.interrupt.check()?;
                eprintln!("without glewlwyd: {error:#}");
                return Ok(None);
            }
        };
        Ok(Some(Service { name, port, command, request: ("/api/oidc/token", FORM, FORM_BODY.to_owned()) }))
    }
}

/// In memory, where the machine has a folder there: glewlwyd writes each token to its database.
fn folder() -> anyhow::Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("callsign-bench-peers-");
    Ok(if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }?)
}

fn pem(tag: &str, der: &[u8]) -> String {
    pem::encode(&Pem::new(tag, der))
}

/// One that was free a moment ago: not all of them can tell which one they took.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn request(authority: &str, (path, content_type, body): &(&str, &str, String)) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}
