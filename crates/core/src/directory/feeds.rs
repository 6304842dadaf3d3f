//! News of revocations within the process. What is new stands in the store; this only says that it is worth a look.

use tokio::sync::watch;

/// Where those who serve feeds wait.
#[derive(Debug)]
pub struct Feeds {
    news: watch::Sender<()>,
}

impl Default for Feeds {
    fn default() -> Self {
        Self { news: watch::Sender::new(()) }
    }
}

impl Feeds {
    /// Something was revoked, and is in the store.
    pub fn changed(&self) {
        self.news.send_replace(());
    }

    /// A place to wait. What happened before counts as seen.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}
