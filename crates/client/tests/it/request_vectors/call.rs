//! The calls of the table, made with the client as its users make them.

use std::sync::Arc;
use std::time::Duration;

use callsign_client::{
    CommunicationIdentityClient, CommunicationIdentityClientCreateUserAndTokenOptions,
    CommunicationIdentityClientCreateUserOptions, CommunicationIdentityClientGetTokenOptions,
    CommunicationIdentityClientOptions, CommunicationUserIdentifier, KeyCredential, TokenScope,
};
use serde::Deserialize;

use crate::signed_in::SignedIn;

pub const HOST: &str = "contoso.communication.azure.com";
pub const KEY: &str = "a2V5LW9mLWEtdGVzdA==";
pub const ENTRA_TOKEN: &str = "entra-token-of-the-program";

/// What the caller hands over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub user: Option<String>,
    pub custom_id: Option<String>,
    pub scopes: Option<Vec<String>>,
    pub expires_in_minutes: Option<u64>,
    teams_token: Option<String>,
    app_id: Option<String>,
    user_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    Key,
    Entra,
}

impl Credential {
    pub fn client(self, options: CommunicationIdentityClientOptions) -> CommunicationIdentityClient {
        let endpoint = format!("https://{HOST}/");
        let client = match self {
            Self::Entra => {
                CommunicationIdentityClient::new(&endpoint, Arc::new(SignedIn(ENTRA_TOKEN)), Some(options))
            }
            Self::Key => {
                let key = KeyCredential::new(KEY).unwrap();
                CommunicationIdentityClient::with_key_credential(&endpoint, key, Some(options))
            }
        };
        client.unwrap()
    }
}

impl Given {
    pub async fn made_with(
        &self,
        client: &CommunicationIdentityClient,
        operation: &str,
    ) -> azure_core::Result<()> {
        match operation {
            "create_user" => client.create_user(self.to_create()).await.map(drop),
            "create_user_and_token" => {
                client.create_user_and_token(&self.scopes(), self.to_create_with_token()).await.map(drop)
            }
            "get_token" => client.get_token(&self.user(), &self.scopes(), self.to_issue()).await.map(drop),
            "revoke_tokens" => client.revoke_tokens(&self.user(), None).await.map(drop),
            "delete_user" => client.delete_user(&self.user(), None).await.map(drop),
            "get_user_detail" => client.get_user_detail(&self.user(), None).await.map(drop),
            "get_token_for_teams_user" => {
                let token = text(self.teams_token.as_ref()).to_owned().into();
                let (app_id, user_id) = (text(self.app_id.as_ref()), text(self.user_id.as_ref()));
                client.get_token_for_teams_user(&token, app_id, user_id, None).await.map(drop)
            }
            other => panic!("the client has no operation {other}"),
        }
    }

    fn user(&self) -> CommunicationUserIdentifier {
        CommunicationUserIdentifier::new(text(self.user.as_ref()))
    }

    fn scopes(&self) -> Vec<TokenScope> {
        let words = self.scopes.as_ref().expect("the call is given scopes");
        words.iter().map(|word| TokenScope::from(word.as_str())).collect()
    }

    fn lifetime(&self) -> Option<Duration> {
        self.expires_in_minutes.map(|minutes| Duration::from_secs(60 * minutes))
    }

    /// No wish is no options at all, as most callers write it.
    fn to_create(&self) -> Option<CommunicationIdentityClientCreateUserOptions<'static>> {
        let custom_id = self.custom_id.clone()?;
        Some(CommunicationIdentityClientCreateUserOptions {
            custom_id: Some(custom_id),
            ..Default::default()
        })
    }

    fn to_create_with_token(&self) -> Option<CommunicationIdentityClientCreateUserAndTokenOptions<'static>> {
        let (custom_id, token_expires_in) = (self.custom_id.clone(), self.lifetime());
        (custom_id.is_some() || token_expires_in.is_some()).then(|| {
            CommunicationIdentityClientCreateUserAndTokenOptions {
                custom_id,
                token_expires_in,
                ..Default::default()
            }
        })
    }

    fn to_issue(&self) -> Option<CommunicationIdentityClientGetTokenOptions<'static>> {
        let token_expires_in = Some(self.lifetime()?);
        Some(CommunicationIdentityClientGetTokenOptions { token_expires_in, ..Default::default() })
    }
}

fn text(given: Option<&String>) -> &str {
    given.expect("the call is given all that it needs")
}
