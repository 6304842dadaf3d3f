//! Asks a data folder: through the socket of the server that runs on it, or by opening the folder of a stopped one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use callsign_core::directory::audit::Actor;
use callsign_core::entropy::SystemEntropy;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

use super::folder::{admin_socket_in, holds_data, tls_folder_in};
use super::message::Line;
use super::socket::read_line;
use super::{Answer, DataFolder, Endpoints, FolderError, Office, Refusals, Request};
use crate::compose;
use crate::config::Config;
use crate::signing::{self, Choice};
use crate::tls::TrustPaths;

/// How long a server may take to answer; a change waits for the certificate and the disk.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const BACKUP_WITHIN: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a locked folder may have no socket: a server that is starting or stopping, or another command.
const SOCKET_WITHIN: Duration = Duration::from_secs(3);
const RETRY_AFTER: Duration = Duration::from_millis(50);
/// Longest answer that is read.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a data folder gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There are no data yet.
    #[error(
        "there is nothing in {} yet; run callsign serve, which makes it, or name another folder with --data-dir",
        .0.display()
    )]
    NothingHere(PathBuf),
    /// Only a running server can tell.
    #[error(
        "no server runs on {}, and only a running one can tell; start it with callsign serve, or name another folder with \
         --data-dir",
        .0.display()
    )]
    NotRunning(PathBuf),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What is in the folder cannot be used.
    #[error("{0}")]
    Open(#[source] compose::StartError),
    /// The folder is locked and nobody answers.
    #[error(
        "another callsign has {} but does not answer on its admin socket; if it is just starting or stopping, try again \
         in a moment",
        .0.display()
    )]
    NotAnswering(PathBuf),
    /// The socket of the running server cannot be used.
    #[error("the running server cannot be asked through {}: {source}", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server said no.
    #[error("{0}")]
    Refused(String),
}

/// Asks the data folder of the configuration and waits for the answer.
///
/// # Errors
/// [`AdminError`], a sentence with its remedy.
pub async fn ask(config: &Config, request: Request) -> Result<Answer, AdminError> {
    let folder = &config.data_dir;
    let makes_the_folder = matches!(request, Request::ResourceCreate { .. });
    if !makes_the_folder && !holds_data(folder) {
        return Err(AdminError::NothingHere(folder.clone()));
    }
    let give_up = Instant::now() + SOCKET_WITHIN;
    loop {
        let configured_key = config.key_encryption_key.as_ref().map(|key| key.as_str());
        match DataFolder::open(folder, configured_key, &SystemEntropy) {
            Ok(opened) => return ask_folder(config, opened, request).await,
            Err(FolderError::Locked(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let socket = admin_socket_in(folder);
        match UnixStream::connect(&socket).await {
            Ok(stream) => return ask_server(stream, &socket, &request).await,
            Err(error) if is_nobody(&error) && Instant::now() < give_up => sleep(RETRY_AFTER).await,
            Err(error) if is_nobody(&error) => return Err(AdminError::NotAnswering(folder.clone())),
            Err(source) => return Err(AdminError::Socket { path: socket, source }),
        }
    }
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

async fn ask_folder(config: &Config, folder: DataFolder, request: Request) -> Result<Answer, AdminError> {
    if matches!(request, Request::RefusedRequests {} | Request::PortalLink {}) {
        return Err(AdminError::NotRunning(folder.path().to_owned()));
    }
    let opened =
        compose::open_service(config, &folder, signing::ordinary(config)).await.map_err(AdminError::Open)?;
    let has_own_certificate = config.listen.https.is_some() && config.tls.certificate.is_none();
    let office = Office {
        service: Arc::new(opened.service),
        endpoints: Endpoints::configured(config),
        trust: has_own_certificate.then(|| TrustPaths::within(&tls_folder_in(folder.path()))),
        development: None,
        refusals: Arc::new(Refusals::default()),
        tickets: None,
        signing: Choice::Ordinary { reason: "no server runs".to_owned(), is_fault: false },
        data_dir: folder.path().to_owned(),
        key_place: folder.key_place(),
        copies: opened.copies,
    };
    let answer =
        office.carry_out(request, Actor::Administrator(Some(rustix::process::geteuid().as_raw()))).await;
    // The store closes before the folder is given free.
    drop(office);
    drop(folder);
    answer.map_err(|refused| AdminError::Refused(refused.0))
}

async fn ask_server(mut stream: UnixStream, path: &Path, request: &Request) -> Result<Answer, AdminError> {
    let fault = |source| AdminError::Socket { path: path.to_owned(), source };
    let talk = async {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line).await?;
        let line = read_line(&mut stream, ANSWER_BYTES_MAX).await?;
        if line.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it closed the connection without an answer",
            ));
        }
        Ok(serde_json::from_slice::<Line>(&line)?)
    };
    // A copy of a large database takes as long as it takes; a server that is gone has closed the connection.
    let patience =
        if matches!(request, Request::BackupCreate { .. }) { BACKUP_WITHIN } else { ANSWER_WITHIN };
    match timeout(patience, talk).await {
        Ok(Ok(Line::Answer(answer))) => Ok(answer),
        Ok(Ok(Line::Refused { sentence })) => Err(AdminError::Refused(sentence)),
        Ok(Err(source)) => Err(fault(source)),
        Err(_) => Err(fault(io::Error::new(io::ErrorKind::TimedOut, "it did not answer in time"))),
    }
}
