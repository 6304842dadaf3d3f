//! Tokens of Microsoft Entra, and of any other OpenID provider that is trusted: what they are shown for, and the strict check
//! of one. Which issuers are trusted and where their keys are is for those who can ask.

mod claims;
mod id_token;
mod purpose;
mod token;

pub use id_token::{ExpectedIdToken, IdToken, verify_id_token};
pub use purpose::Purpose;
pub use token::{EntraToken, Expected, Rejection, TOKEN_BYTES_MAX, named_issuer, verify};
