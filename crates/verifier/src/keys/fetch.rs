//! One fetch of the key set, and of the issuer before the first one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use callsign_protocol::key_set::{
    DISCOVERY_PATH, Discovery, KEY_SET_BYTES_MAX, KEY_SET_PATH, KeySet, PublicKey,
};
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, ETAG, HeaderMap, IF_NONE_MATCH};
use tokio::time::Instant;

use super::max_age::max_age;
use super::{KeySetInForce, Keys, KeysFault, Published, SignatureCache};
use crate::link::{Link, LinkFailure, body, whole};

/// Longest discovery document, in bytes.
const DISCOVERY_BYTES_MAX: usize = 64 * 1024;

impl Keys {
    /// Learns the issuer if nobody pinned it. The document's own address of the key set is not followed: keys come from the
    /// configured host, or not at all.
    pub(super) async fn learn_issuer(&self, link: &Link) -> Result<(), KeysFault> {
        if self.issuer.get().is_some() {
            return Ok(());
        }
        let document = whole(link.public(DISCOVERY_PATH), DISCOVERY_BYTES_MAX, link.patience).await?;
        let discovery: Discovery = serde_json::from_slice(&document).map_err(|_| LinkFailure::Malformed)?;
        self.issuer.get_or_init(|| discovery.issuer);
        Ok(())
    }

    /// Reads the set that is published now and puts it in force: keys that are no longer in it are good no longer. Answers
    /// for how long the server lets it be kept.
    pub(super) async fn fetch(&self, link: &Link) -> Result<Duration, KeysFault> {
        let exchange = self.exchange(link);
        tokio::time::timeout(link.patience, exchange).await.map_err(|_| LinkFailure::TimedOut)?
    }

    async fn exchange(&self, link: &Link) -> Result<Duration, KeysFault> {
        let known = self.set.load_full();
        let mut request = link.public(KEY_SET_PATH);
        if let Some(tag) = known.as_ref().and_then(|set| set.tag.clone()) {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let reply = link.head(request).await?;
        let may_be_kept = max_age(reply.headers().get_all(CACHE_CONTROL).iter());
        let read_at = Instant::now();
        let set = match (reply.status(), known) {
            (StatusCode::NOT_MODIFIED, Some(known)) => {
                KeySetInForce { published: known.published.clone(), tag: known.tag.clone(), read_at }
            }
            (StatusCode::NOT_MODIFIED, None) => return Err(LinkFailure::Malformed.into()),
            _ => {
                let tag = tag(reply.headers());
                let document = body(reply, KEY_SET_BYTES_MAX).await?;
                let published = Published::read(&document, self.signatures_max)?;
                KeySetInForce { published: Arc::new(published), tag, read_at }
            }
        };
        self.set.store(Some(Arc::new(set)));
        Ok(may_be_kept)
    }
}

fn tag(headers: &HeaderMap) -> Option<reqwest::header::HeaderValue> {
    headers.get(ETAG).cloned()
}

impl Published {
    pub(super) fn read(document: &[u8], signatures_max: usize) -> Result<Self, KeysFault> {
        let set = KeySet::parse(document).map_err(KeysFault::KeySet)?;
        let prepared = set.keys.iter().filter_map(PublicKey::prepared);
        let keys: HashMap<_, _> = prepared.map(|key| (key.kid().to_owned(), key)).collect();
        if keys.is_empty() {
            return Err(KeysFault::NoUsableKey);
        }
        Ok(Self { keys, signatures: SignatureCache::new(signatures_max) })
    }
}
