//! Microsoft Entra: the first credential that the environment describes, in the order of Azure's other libraries.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    DeveloperToolsCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::{Chosen, Patience, client_options};
use crate::printer::visible;

/// The variable that names another authority than Microsoft's.
const AUTHORITY_VARIABLE: &str = "AZURE_AUTHORITY_HOST";
const MICROSOFTS_AUTHORITY: &str = "https://login.microsoftonline.com";

/// A service principal, a workload identity, a managed identity, or who is signed in to az or azd.
pub(super) fn credential(chosen: &Chosen) -> anyhow::Result<Arc<dyn TokenCredential>> {
    let [tenant, client, secret, federated, managed] = [
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "IDENTITY_ENDPOINT",
    ]
    .map(variable);
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match (tenant, client, secret) {
        (Some(tenant), Some(client), Some(secret)) => {
            let options = ClientSecretCredentialOptions { client_options: to_authority(chosen)? };
            ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options))
                .map(|credential| credential as Arc<dyn TokenCredential>)
        }
        _ if federated.is_some() => {
            let credential_options =
                ClientAssertionCredentialOptions { client_options: to_authority(chosen)? };
            let options = WorkloadIdentityCredentialOptions {
                credential_options,
                ..WorkloadIdentityCredentialOptions::default()
            };
            WorkloadIdentityCredential::new(Some(options))
                .map(|credential| credential as Arc<dyn TokenCredential>)
        }
        (_, client, _) => match managed {
            Some(endpoint) => {
                let options = ManagedIdentityCredentialOptions {
                    user_assigned_id: client.map(UserAssignedId::ClientId),
                    client_options: client_options(&endpoint, chosen.authority(), Patience::Some)?,
                };
                ManagedIdentityCredential::new(Some(options))
                    .map(|credential| credential as Arc<dyn TokenCredential>)
            }
            None => {
                DeveloperToolsCredential::new(None).map(|credential| credential as Arc<dyn TokenCredential>)
            }
        },
    };
    made.context("--auth entra finds no credential; sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET")
}

/// The way to the authority. One that the environment names may be the server itself, so what vouches for the server vouches for it;
/// nothing but this machine's own authorities vouches for Microsoft's.
fn to_authority(chosen: &Chosen) -> anyhow::Result<ClientOptions> {
    let Some(host) = variable(AUTHORITY_VARIABLE) else {
        let options = client_options(MICROSOFTS_AUTHORITY, None, Patience::Some)?;
        return Ok(ClientOptions { cloud: Some(Arc::new(CloudConfiguration::AzurePublic)), ..options });
    };
    ensure!(
        host.starts_with("https://"),
        "{AUTHORITY_VARIABLE} does not begin with https://; a secret is sent there, so it has to"
    );
    let options = client_options(&host, chosen.authority(), Patience::Some)?;
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = host;
    Ok(ClientOptions { cloud: Some(Arc::new(cloud.into())), ..options })
}

/// What to do when no token could be got.
pub(crate) fn remedy() -> String {
    match variable(AUTHORITY_VARIABLE) {
        Some(host) => format!(
            "{AUTHORITY_VARIABLE} names {} as the authority: does it run, and is its certificate trusted (SSL_CERT_FILE)? Are \
             AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET those that it knows?",
            visible(&host)
        ),
        None => "Sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."
            .to_owned(),
    }
}

/// The value of a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
