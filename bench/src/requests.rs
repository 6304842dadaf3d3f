//! What the load asks of Callsign.

/// Where identities are created.
pub(crate) const IDENTITIES: &str = "/identities?api-version=2023-10-01";

/// What tokens are asked for.
pub(crate) const SCOPES: &str = r#"{"scopes":["chat","voip"]}"#;

/// Where an identity's tokens are asked for.
pub(crate) fn tokens_path(id: &str) -> String {
    format!("/identities/{id}/:issueAccessToken?api-version=2023-10-01")
}
