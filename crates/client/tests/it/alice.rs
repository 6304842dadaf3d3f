//! A user of the development authority, who signs in to an application by typing a password.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::Url;
use azure_core::time::{Duration, OffsetDateTime};
use callsign_server::config::Config;
use serde_json::Value;

use crate::house::House;

/// The tenant of the development authority.
pub const TENANT: &str = "ca115160-0000-4000-8000-00000000de01";
/// The object id of Alice.
pub const OBJECT: &str = "b27b64b9-39d2-44a3-869d-67700b74e805";
/// The client id of the application that she uses; it has the role contributor.
pub const APPLICATION: &str = "07474a86-625a-452f-977b-db4e13f21260";
/// The secret of the application.
pub const SECRET: &str = "s3cret-of-the-application";
/// An application that may only read.
pub const READER: &str = "reports";

const NAME: &str = "alice@callsign.test";
const PASSWORD: &str = "typed+by/Alice&Co";

/// Alice, signed in to her application.
#[derive(Debug, Clone)]
pub struct Alice {
    token_endpoint: String,
    https: reqwest::Client,
}

/// Turns the development authority on, with Alice and her applications.
pub fn is_known(config: &mut Config) {
    config.dev_entra.enabled = true;
    config.dev_entra.users = vec![format!("{NAME} password={PASSWORD} object={OBJECT}").parse().unwrap()];
    config.dev_entra.applications = vec![
        format!("{APPLICATION} secret={SECRET}").parse().unwrap(),
        format!("{READER} secret={SECRET} role=reader").parse().unwrap(),
    ];
}

impl Alice {
    pub fn of(house: &House) -> Self {
        Self::at(house.https(), house.https_client())
    }

    /// Where the variables of `callsign env` are set.
    pub fn here() -> Self {
        Self::at(&std::env::var("AZURE_AUTHORITY_HOST").unwrap(), reqwest::Client::new())
    }

    fn at(authority: &str, https: reqwest::Client) -> Self {
        Self { token_endpoint: format!("{authority}/adfs/oauth2/v2.0/token"), https }
    }
}

#[async_trait::async_trait]
impl TokenCredential for Alice {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        // A form is written as a query is.
        let mut form: Url = "form:".parse().unwrap();
        form.query_pairs_mut().extend_pairs([
            ("grant_type", "password"),
            ("client_id", APPLICATION),
            ("username", NAME),
            ("password", PASSWORD),
            ("scope", &scopes.join(" ")),
        ]);
        let request = self.https.post(&self.token_endpoint);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let reply = request.body(form.query().unwrap().to_owned()).send().await.unwrap();
        let answer: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let expires_in = Duration::seconds(answer["expires_in"].as_i64().unwrap());
        Ok(AccessToken::new(token.to_owned(), OffsetDateTime::now_utc() + expires_in))
    }
}
