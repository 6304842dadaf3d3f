//! Who asks: from headers and bytes to a caller, or to the precise reason why not.

mod access_key;
mod denial;
mod resource;

pub(crate) use access_key::{Credentials, authenticate, check_content};
pub(crate) use denial::Denial;
pub(crate) use resource::{host_name, is_loopback};
