//! Problems: the one shape of every error on our own surface (RFC 9457).

use schemars::JsonSchema;
use serde::Serialize;

use crate::http::error::Facts;

/// The media type of a problem.
pub(crate) const PROBLEM_TYPE: &str = "application/problem+json";

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Problem {
    /// `urn:callsign:problem:` and a word for programs.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = r"^urn:callsign:problem:[A-Za-z]+$"))]
    kind: String,
    /// The word, for people.
    title: String,
    /// The status of the reply.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// A sentence for people, with a remedy.
    detail: String,
    /// The parameter or member at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    /// Why a proof is not accepted, told in development only.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Problem {
    pub(crate) fn of(facts: &Facts) -> Self {
        Self {
            kind: format!("urn:callsign:problem:{}", facts.code),
            title: title(facts.code),
            status: facts.status.as_u16(),
            detail: facts.message.clone(),
            target: facts.target.as_deref().map(str::to_owned),
            reason: facts.reason.clone(),
        }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // A struct of texts and a number always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// `IdentityNotOwned` as `Identity not owned`.
fn title(code: &str) -> String {
    let mut title = String::with_capacity(code.len() + 4);
    for letter in code.chars() {
        if title.is_empty() || !letter.is_ascii_uppercase() {
            title.push(letter);
        } else {
            title.push(' ');
            title.push(letter.to_ascii_lowercase());
        }
    }
    title
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::error::{InputFault, Refusal};

    #[test]
    fn a_problem_has_the_code_of_its_refusal_in_three_forms() {
        let fault = InputFault::Invalid { name: "pageSize", detail: "'pageSize' must be less.".to_owned() };
        let problem = Problem::of(&Refusal::Input(fault).facts());
        assert_eq!(
            String::from_utf8(problem.to_json()).unwrap(),
            r#"{"type":"urn:callsign:problem:ValidationError","title":"Validation error","status":400,"detail":"'pageSize' must be less.","target":"pageSize"}"#
        );
    }
}
