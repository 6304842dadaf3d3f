//! The one shape of every error: `{"error":{"code","message","target"?}}` (`live-behaviour.md` §1.2), with the `innererror` of the
//! published descriptions where there is more to say.

use serde::{Deserialize, Serialize};

/// The envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// Code, text and, where one member is at fault, its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The member at fault.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// More precisely what went wrong. The live service was never recorded sending it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub innererror: Option<Box<ErrorDetail>>,
}
