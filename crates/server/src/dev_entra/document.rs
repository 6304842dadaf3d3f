//! What clients read before they ask for a token: discovery documents, keys, and what `az` wants to know of a cloud.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Authority;
use super::answer::Answer;
use super::route::{Endpoint, Route, Tenant};

/// The one subscription that there is, so that `az login` needs no `--allow-no-subscriptions`.
const SUBSCRIPTION: &str = "ca115160-0000-4000-8000-00000000de03";

impl Authority {
    /// The document of a route that has one.
    pub(super) fn document(&self, route: Route, origin: &str) -> Answer {
        Answer::json(&match route {
            Route::Discovery(tenant, endpoint) => self.discovery(origin, tenant, endpoint),
            Route::Keys => json!(self.mint.key_set()),
            Route::UserRealm => user_realm(),
            Route::InstanceDiscovery => self.instances(origin),
            Route::CloudMetadata => cloud(origin),
            Route::Subscriptions => self.subscriptions(),
            // These are answered elsewhere.
            Route::Token(_)
            | Route::DeviceCode
            | Route::Authorize
            | Route::SignIn
            | Route::ManagedIdentity => Value::Null,
        })
    }

    /// OpenID Connect Discovery.
    fn discovery(&self, origin: &str, tenant: Tenant, endpoint: Endpoint) -> Value {
        let base = format!("{origin}/{}", tenant.segment());
        let version = match endpoint {
            Endpoint::V1 => "",
            Endpoint::V2 => "/v2.0",
        };
        json!({
            "issuer": issuer(origin, tenant, self.tenant()),
            // AD FS says so where access tokens have another issuer.
            "access_token_issuer": self.issuer(),
            "authorization_endpoint": format!("{base}/oauth2{version}/authorize"),
            "token_endpoint": format!("{base}/oauth2{version}/token"),
            "device_authorization_endpoint": format!("{base}/oauth2{version}/devicecode"),
            "jwks_uri": format!("{base}/discovery{version}/keys"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "password",
                "urn:ietf:params:oauth:grant-type:device_code",
                "refresh_token",
            ],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "none"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    }

    fn instances(&self, origin: &str) -> Value {
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        json!({
            "tenant_discovery_endpoint":
                format!("{origin}/{}/v2.0/.well-known/openid-configuration", self.tenant()),
            "api-version": "1.1",
            "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
        })
    }

    /// As Azure Resource Manager lists them. `az` takes the id from `id`.
    fn subscriptions(&self) -> Value {
        json!({
            "value": [{
                "id": format!("/subscriptions/{SUBSCRIPTION}"),
                "subscriptionId": SUBSCRIPTION,
                "tenantId": self.tenant().to_string(),
                "displayName": "Callsign development",
                "state": "Enabled",
                "subscriptionPolicies": {
                    "locationPlacementId": "Public_2014-09-01",
                    "quotaId": "PayAsYouGo_2014-09-01",
                    "spendingLimit": "Off",
                },
                "authorizationSource": "RoleBased",
                "managedByTenants": [],
            }],
            "count": { "type": "Total", "value": 1 },
        })
    }
}

/// The issuer of a tenant's documents and id tokens. MSAL for JavaScript takes only one on the host that it asked; `az` takes
/// its first segment for the tenant, and only by the name `adfs` does it ask nobody else.
pub(super) fn issuer(origin: &str, tenant: Tenant, own: Uuid) -> String {
    match tenant {
        Tenant::Adfs => format!("{origin}/adfs"),
        Tenant::Id(_) | Tenant::Common | Tenant::Organizations => format!("{origin}/{own}/v2.0"),
    }
}

/// Everybody signs in here, whoever they are.
fn user_realm() -> Value {
    json!({
        "ver": "1.0",
        "account_type": "Managed",
        "domain_name": "callsign.test",
        "cloud_instance_name": "callsign.test",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    })
}

/// What `az cloud register` reads (`clients.md` B.2). The provider ADFS keeps it from asking login.microsoftonline.com.
fn cloud(origin: &str) -> Value {
    json!({
        "name": "callsign",
        "portal": origin,
        "graph": origin,
        "graphEndpoint": origin,
        "gallery": origin,
        "galleryEndpoint": origin,
        "resourceManager": origin,
        "authentication": {
            "loginEndpoint": origin,
            "audiences": [format!("{origin}/")],
            "tenant": "adfs",
            "identityProvider": "ADFS",
        },
        "suffixes": {},
    })
}
