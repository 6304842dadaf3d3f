//! The recordings, if they are there at all.

use super::exchange::Exchange;
use crate::reference;

/// Every recorded exchange of the identity service, or one sentence why there is none.
pub fn identity() -> Result<Vec<Exchange>, String> {
    Ok(serde_json::from_str(&reference::text("recordings/identity.json")?).unwrap())
}
