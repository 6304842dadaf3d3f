//! What can go wrong, told apart: arguments that are refused here, failures on the way, and errors of the service.
//!
//! Every call returns [`azure_core::Error`]. Its text names the call, the status, the service's code, the member at fault, the
//! request's id and whether a retry is safe. For programs there are [`ServiceError::try_from`], [`Failure::of`] and
//! [`is_safe_to_retry`]:
//!
//! ```
//! use callsign_client::mock::{MockReply, MockTransport};
//! use callsign_client::{CommunicationIdentityClient, ServiceError};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> azure_core::Result<()> {
//! let transport = MockTransport::new();
//! transport.push(MockReply::error(401, "Denied", "Denied by the resource provider."));
//! let client = CommunicationIdentityClient::from_connection_string(
//!     "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0",
//!     Some(transport.client_options()),
//! )?;
//!
//! let error = client.create_user(None).await.unwrap_err();
//! let service_error = ServiceError::try_from(&error).expect("the service answered");
//! assert_eq!((service_error.status, service_error.code.as_deref()), (401, Some("Denied")));
//! assert!(!service_error.is_safe_to_retry());
//! # Ok(())
//! # }
//! ```

mod argument;
mod call;
mod failure;
mod service;

pub use argument::InvalidArgument;
pub use call::is_safe_to_retry;
pub(crate) use call::{FailedCall, causes, is_ambiguous, says_when};
pub use failure::Failure;
pub use service::{NotAServiceError, ServiceError};
