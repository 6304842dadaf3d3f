//! The access key of a resource, as a credential that signs requests and can be replaced while clients use it.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

use callsign_protocol::access_key::AccessKey;
use callsign_protocol::date::Timestamp;
use callsign_protocol::signature::RequestKey;

use crate::clock::{Clock, SystemClock};
use crate::error::InvalidArgument;

/// An access key that signs requests (HMAC-SHA256). Clones share the key: [`update`](Self::update) reaches all clients.
///
/// ```
/// use callsign_client::KeyCredential;
///
/// let credential = KeyCredential::new("c2VjcmV0LWtleQ==")?;
/// credential.update("bmV3LWtleQ==")?; // after the key was regenerated
/// assert_eq!(format!("{credential:?}"), "KeyCredential(…)");
/// # Ok::<(), azure_core::Error>(())
/// ```
#[derive(Clone)]
pub struct KeyCredential {
    key: Arc<RwLock<RequestKey>>,
    clock: Arc<dyn Clock>,
}

impl KeyCredential {
    /// A credential from the base64 text that a resource shows as its key; ACS keys are 64 bytes, 88 characters.
    ///
    /// # Errors
    /// When the text is not base64 of 1 to 512 bytes. The text is not repeated.
    pub fn new(key: &str) -> azure_core::Result<Self> {
        let key = key.trim().parse::<AccessKey>().map_err(InvalidArgument::from)?;
        Ok(Self::from(&key))
    }

    /// The same credential with another source of the time that is signed (`x-ms-date`).
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Replaces the key, here and in every clone. Requests that are sent from now on, retries among them, are signed with it.
    ///
    /// # Errors
    /// As [`new`](Self::new); the old key stays in place then.
    pub fn update(&self, key: &str) -> azure_core::Result<()> {
        let key = key.trim().parse::<AccessKey>().map_err(InvalidArgument::from)?;
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = RequestKey::new(&key);
        Ok(())
    }

    /// The value of `x-ms-date` for a request that is signed now.
    pub(crate) fn date(&self) -> String {
        Timestamp::from_unix_seconds(self.clock.now().unix_timestamp()).to_imf_fixdate()
    }

    pub(crate) fn sign(&self, string_to_sign: &str) -> [u8; 32] {
        self.key.read().unwrap_or_else(PoisonError::into_inner).sign(string_to_sign)
    }
}

impl From<&AccessKey> for KeyCredential {
    fn from(key: &AccessKey) -> Self {
        Self { key: Arc::new(RwLock::new(RequestKey::new(key))), clock: Arc::new(SystemClock) }
    }
}

impl FromStr for KeyCredential {
    type Err = azure_core::Error;

    fn from_str(text: &str) -> azure_core::Result<Self> {
        Self::new(text)
    }
}

impl fmt::Debug for KeyCredential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyCredential(…)")
    }
}
