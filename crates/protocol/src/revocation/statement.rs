//! Statements: what a server signs of a resource's feed. One is a heartbeat of the stream, and one heads each snapshot.

use aws_lc_rs::digest::SHA256_OUTPUT_LEN;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Position;
use crate::date::Timestamp;
use crate::digest::sha256;
use crate::key_set::VerifyingKey;
use crate::verification::{HeaderType, Rejection, signed_payload};

/// The `typ` of a statement: neither it nor a token can pass for the other, though the same keys sign both (RFC 8725 §3.11).
pub const STATEMENT_TYPE: &str = "revocations+jwt";

/// Longest statement that is looked at, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 4 * 1024;

/// How a feed stood at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Who says so: the `iss` claim of the server's tokens.
    pub issuer: String,
    /// The resource that the feed is of.
    pub resource: Uuid,
    /// When, by the server's clock, to the millisecond.
    pub time: Timestamp,
    /// Where the feed stood.
    pub position: Position,
    /// SHA-256 of the snapshot body that the statement heads; `None` for a heartbeat.
    pub body: Option<[u8; SHA256_OUTPUT_LEN]>,
}

/// The members of a statement's payload.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    iss: String,
    #[serde(rename = "resourceId")]
    resource: String,
    time: i64,
    incarnation: u64,
    count: u64,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

/// Why a statement is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementRejected {
    /// Its form or signature is wrong, or its key is not known.
    #[error("the server's statement about revocations is not believed: {0}")]
    Signature(Rejection),
    /// It does not say what a statement says.
    #[error("the server's statement about revocations does not have the members of one")]
    Malformed,
}

impl Statement {
    /// SHA-256 of a snapshot's body, for [`Statement::body`].
    #[must_use]
    pub fn body_digest(body: &[u8]) -> [u8; SHA256_OUTPUT_LEN] {
        sha256(&[body])
    }

    /// What is signed: the encoded header, a dot, the encoded payload.
    ///
    /// # Errors
    /// None in practice: the members are texts and numbers.
    pub fn signing_input(&self, encoded_header: &str) -> Result<String, serde_json::Error> {
        let members = Members {
            iss: self.issuer.clone(),
            resource: self.resource.to_string(),
            time: self.time.unix_milliseconds(),
            incarnation: self.position.incarnation,
            count: self.position.count,
            digest: URL_SAFE_NO_PAD.encode(self.position.digest),
            body: self.body.map(|digest| URL_SAFE_NO_PAD.encode(digest)),
        };
        Ok(format!("{encoded_header}.{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&members)?)))
    }

    /// Reads a statement that one of the known keys signed. Whether it is of the right issuer, resource and time is the
    /// reader's to judge.
    ///
    /// # Errors
    /// [`StatementRejected`].
    pub fn verify<'k>(
        text: &str,
        key: impl FnOnce(&str) -> Option<&'k VerifyingKey>,
    ) -> Result<Self, StatementRejected> {
        let signed = signed_payload(text, HeaderType::Exactly(STATEMENT_TYPE), STATEMENT_BYTES_MAX, key)
            .map_err(StatementRejected::Signature)?;
        let members: Members =
            serde_json::from_slice(&signed.payload).map_err(|_| StatementRejected::Malformed)?;
        let body = members.body.as_deref().map(read_digest).transpose()?;
        let (incarnation, count) = (members.incarnation, members.count);
        let position = Position { incarnation, count, digest: read_digest(&members.digest)? };
        let time = Timestamp::from_unix_milliseconds(members.time);
        let resource = members.resource.parse().map_err(|_| StatementRejected::Malformed)?;
        Ok(Self { issuer: members.iss, resource, time, position, body })
    }
}

fn read_digest(text: &str) -> Result<[u8; SHA256_OUTPUT_LEN], StatementRejected> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| StatementRejected::Malformed)?;
    bytes.try_into().map_err(|_| StatementRejected::Malformed)
}
