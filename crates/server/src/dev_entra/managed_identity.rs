//! The endpoint of managed identities, as App Service has it: whoever knows a header gets a token of an application.

use serde_json::json;

use super::answer::{Answer, Fault, Refusal, cut};
use super::form::Form;
use super::known::is_same;
use super::mint::Proof;
use super::{Authority, scope};
use crate::config::DevApplication;
use crate::http::site::Visit;

const IDENTITY_HEADER: &str = "x-identity-header";

/// Names by resource, of which there are none, and a name that means either of two ids.
const OTHER_NAMES: [&str; 3] = ["mi_res_id", "msi_res_id", "principal_id"];

impl Authority {
    /// Answers the endpoint that `IDENTITY_ENDPOINT` names.
    pub(super) fn managed_identity(&self, visit: &Visit<'_>) -> Answer {
        let answered = self.identity_token(visit);
        answered.unwrap_or_else(|refusal| refusal.to_identity_json(&self.mint.random_guid().to_string()))
    }

    fn identity_token(&self, visit: &Visit<'_>) -> Result<Answer, Refusal> {
        let mut given = visit.headers.get_all(IDENTITY_HEADER).iter();
        let header = given.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        if given.next().is_some() || !is_same(header, self.identity_header()) {
            let sentence = "The header X-IDENTITY-HEADER is missing or wrong. Set IDENTITY_HEADER to what `callsign env` prints.";
            return Err(Refusal::new(Fault::IdentityHeaderWrong, sentence));
        }
        let query = Form::read(visit.query.as_bytes())?;
        let asked = match query.get("scope") {
            Some(scope) if query.get("resource").is_none() => {
                scope.strip_suffix("/.default").unwrap_or(scope)
            }
            _ => query.required("resource")?,
        };
        let resource = scope::audience(asked)?;
        let application = self.identity(&query)?;
        let minted = self.mint.for_application(application, Proof::Certificate, resource)?;
        Ok(Answer::json(&json!({
            "access_token": minted.token,
            // Seconds, as text: so App Service writes it, and azure_identity for Rust takes nothing else.
            "expires_on": minted.ends.to_string(),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": application.client_id,
        })))
    }

    /// The identity that is named, or the one that there is by itself.
    fn identity(&self, query: &Form) -> Result<&DevApplication, Refusal> {
        let unknown = |name: &str, value: &str| {
            let (known, value) = (self.known.application_names(), cut(value));
            let sentence = format!(
                "No managed identity has the {name} '{value}'. Name it by a client_id of dev_entra.applications ({known}), or \
                 leave {name} out."
            );
            Refusal::new(Fault::IdentityUnknown, sentence)
        };
        if let Some((name, value)) = OTHER_NAMES.iter().find_map(|name| Some((name, query.get(name)?))) {
            return Err(unknown(name, value));
        }
        let by_client = query.get("client_id").map(|id| self.known.application(id).ok_or(("client_id", id)));
        let by_object =
            query.get("object_id").map(|id| self.known.application_of_object(id).ok_or(("object_id", id)));
        match (by_client.transpose(), by_object.transpose()) {
            (Err((name, value)), _) | (_, Err((name, value))) => Err(unknown(name, value)),
            (Ok(Some(one)), Ok(Some(other))) if one != other => {
                Err(unknown("object_id", &other.object.to_string()))
            }
            (Ok(Some(one)), _) | (_, Ok(Some(one))) => Ok(one),
            (Ok(None), Ok(None)) => self.known.managed().ok_or_else(|| unknown("client_id", "")),
        }
    }
}
