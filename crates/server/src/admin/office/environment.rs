//! The environment variables that make a client find, sign for and trust the server.

use std::path::Path;

use callsign_protocol::connection_string::expose_connection_string;
use zeroize::Zeroizing;

use super::{Office, Refused, key};
use crate::admin::{Answer, Development, Reply, Revealed, Variable};
use crate::config::DEV_TENANT_VARIABLE;

const PLAIN_HTTP: &str = "https is off: the Python client dials https whatever its connection string says, and the \
                          JavaScript and Java clients refuse plain http";

impl Office {
    pub(super) fn environment(&self, name: Option<&str>) -> Result<Answer, Refused> {
        let resource = self.resource(name)?;
        let endpoint = self.endpoint(&resource).ok_or_else(|| Refused(key::PORT_UNKNOWN.to_owned()))?;
        let [primary, _] = &resource.keys;
        let connection_string = expose_connection_string(&endpoint, &primary.key);
        let mut variables = vec![
            variable("COMMUNICATION_SERVICES_CONNECTION_STRING", connection_string.clone()),
            variable("AZURE_COMMUNICATION_CONNECTION_STRING", connection_string),
            variable("COMMUNICATION_SERVICES_ENDPOINT", endpoint.clone()),
            variable("COMMUNICATION_SERVICES_ACCESSKEY", primary.key.expose_base64()),
        ];
        let mut notes = Vec::new();
        if !endpoint.starts_with("https:") {
            notes.push(PLAIN_HTTP.to_owned());
        } else if let Some(trust) = &self.trust {
            // The first two replace a client's roots, so they get the system's roots with ours (`clients.md` A.3).
            variables.extend([
                path_variable("REQUESTS_CA_BUNDLE", &trust.bundle)?,
                path_variable("SSL_CERT_FILE", &trust.bundle)?,
                path_variable("NODE_EXTRA_CA_CERTS", &trust.authority)?,
            ]);
            if !trust.authority.exists() {
                notes.push("the certificate files are made when callsign serve first runs".to_owned());
            }
        }
        if let Some(development) = &self.development {
            variables.extend(self.development_variables(development));
        }
        Ok(Answer { reply: Reply::Environment { variables }, notes })
    }

    /// What `DefaultAzureCredential` and its kind read. The tenant `adfs` keeps them from asking Microsoft whether they may trust
    /// the authority.
    fn development_variables(&self, development: &Development) -> Vec<Variable> {
        let mut variables = Vec::new();
        if let Some(https) = self.endpoints.https() {
            variables.push(variable("AZURE_AUTHORITY_HOST", https.to_owned()));
            variables.push(variable("AZURE_TENANT_ID", "adfs".to_owned()));
        }
        if let Some((client_id, secret)) = &development.application {
            variables.push(variable("AZURE_CLIENT_ID", client_id.clone()));
            variables.push(variable("AZURE_CLIENT_SECRET", secret.clone()));
        }
        if let Some(endpoint) = self.endpoints.http().or(self.endpoints.https()) {
            variables.push(variable("IDENTITY_ENDPOINT", format!("{endpoint}/msi/token")));
            variables.push(variable("IDENTITY_HEADER", development.identity_header.clone()));
        }
        variables.push(variable(DEV_TENANT_VARIABLE, development.tenant.to_string()));
        variables
    }
}

fn variable(name: &str, value: impl Into<Zeroizing<String>>) -> Variable {
    Variable { name: name.to_owned(), value: Revealed::new(value) }
}

fn path_variable(name: &str, path: &Path) -> Result<Variable, Refused> {
    let text = path.to_str().ok_or_else(|| {
        Refused(format!("{} is not UTF-8, so it cannot be printed as {name}", path.display()))
    })?;
    Ok(variable(name, text.to_owned()))
}
