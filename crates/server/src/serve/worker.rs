//! The threads that read and answer: each a runtime of its own, so that a request never changes threads.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, mpsc, watch};

use super::connection::{Host, accept};
use super::listener::Listening;
use crate::app::App;
use crate::compose::StartError;
use crate::config::Config;

/// Connections of those who look after the server: Prometheus and a few probes.
const MONITORING_CONNECTIONS_MAX: usize = 64;

/// A runtime for one thread.
pub(super) fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The running threads.
pub(super) struct Workers {
    controls: Controls,
    threads: Vec<JoinHandle<()>>,
}

/// Tells each thread of a listener.
#[derive(Clone)]
pub(super) struct Controls(Vec<mpsc::UnboundedSender<Listening>>);

impl Controls {
    pub(super) fn listen(&self, listening: &Listening) {
        for control in &self.0 {
            // A thread that has gone is being stopped: it needs no listener.
            let _ = control.send(listening.clone());
        }
    }
}

impl Workers {
    pub(super) fn start(
        config: &Config,
        (app, connections): (&Arc<App>, &Arc<Semaphore>),
        stopped: &watch::Receiver<bool>,
    ) -> Result<Self, StartError> {
        let monitoring = Arc::new(Semaphore::new(MONITORING_CONNECTIONS_MAX));
        let (mut controls, mut threads) = (Vec::new(), Vec::new());
        for number in 0..config.threads.io_count() {
            let (control, listenings) = mpsc::unbounded_channel();
            controls.push(control);
            let host = Host {
                app: Arc::clone(app),
                connections: Arc::clone(connections),
                monitoring: Arc::clone(&monitoring),
                stopped: stopped.clone(),
            };
            let runtime = runtime().map_err(StartError::Threads)?;
            let thread = std::thread::Builder::new().name(format!("io-{number}"));
            let thread = thread.spawn(move || runtime.block_on(work(host, listenings)));
            threads.push(thread.map_err(StartError::Threads)?);
        }
        Ok(Self { controls: Controls(controls), threads })
    }

    pub(super) fn controls(&self) -> Controls {
        self.controls.clone()
    }

    pub(super) fn join(self) {
        for thread in self.threads {
            // A thread that panicked has closed its connections already.
            let _ = thread.join();
        }
    }
}

/// Serves every listener that is handed in, until the server stops and the last connection is done.
async fn work(host: Host, mut listenings: mpsc::UnboundedReceiver<Listening>) {
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    let mut stopped = host.stopped.clone();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => break,
            Some(listening) = listenings.recv() => {
                tokio::spawn(accept(host.clone(), listening, alive.clone()));
            }
        }
    }
    drop(alive);
    // Nothing is ever sent: the channel closes when the last connection lets go of it.
    let _ = tokio::time::timeout(super::STOP_TIMEOUT, all_gone.recv()).await;
}
