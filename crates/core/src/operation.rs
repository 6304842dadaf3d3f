//! What a caller can ask for: one verb, one file.

pub mod create_identity;
pub mod delete_identity;
pub mod get_identity;
pub mod issue_access_token;
pub mod revoke_access_tokens;
