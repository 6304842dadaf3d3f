//! Microsoft Entra: the first credential that the environment describes, in the order of Azure's other libraries.

use std::sync::Arc;

use anyhow::Context as _;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, DeveloperToolsCredential,
    ManagedIdentityCredential, WorkloadIdentityCredential,
};

/// A service principal, a workload identity, a managed identity, or who is signed in to az or azd.
pub(super) fn credential(client_options: &ClientOptions) -> anyhow::Result<Arc<dyn TokenCredential>> {
    let [tenant, client, secret, federated, managed] = [
        "AZURE_TENANT_ID",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "IDENTITY_ENDPOINT",
    ]
    .map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match (tenant, client, secret) {
        (Some(tenant), Some(client), Some(secret)) => {
            let options = ClientSecretCredentialOptions { client_options: client_options.clone() };
            ClientSecretCredential::new(&tenant, client, Secret::new(secret), Some(options))
                .map(|credential| credential as Arc<dyn TokenCredential>)
        }
        _ if federated.is_some() => {
            WorkloadIdentityCredential::new(None).map(|credential| credential as Arc<dyn TokenCredential>)
        }
        _ if managed.is_some() => {
            ManagedIdentityCredential::new(None).map(|credential| credential as Arc<dyn TokenCredential>)
        }
        _ => DeveloperToolsCredential::new(None).map(|credential| credential as Arc<dyn TokenCredential>),
    };
    made.context("--auth entra finds no credential; sign in with az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET")
}
