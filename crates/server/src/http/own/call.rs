//! Calls of our own surface: what a handler gets. One exists only when bounds, authentication and parsing all agreed.

use std::sync::Arc;

use callsign_core::caller::Caller;

use super::input::Input;
use crate::app::App;
use crate::http::error::Refusal;

/// A request that may be carried out.
pub(crate) struct OwnCall<M> {
    /// What requests stand on.
    pub(crate) app: Arc<App>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// What for.
    pub(crate) message: M,
}

/// A message that can be read from a request.
pub(crate) trait OwnMessage: Sized {
    /// Reads it.
    fn read(input: &Input<'_>) -> Result<Self, Refusal>;
}
