//! The token endpoint: which grant comes to which tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Authority;
use super::answer::{Answer, Fault, Refusal, cut};
use super::device::{Polled, SIGN_IN_PATH};
use super::document::issuer;
use super::form::Form;
use super::known::Client;
use super::mint::{Minted, Proof};
use super::route::Tenant;
use super::scope::{self, Asked};
use crate::config::DevUser;
use crate::http::site::Visit;

/// A user who let an application act for them, in that much.
struct Consent<'a> {
    user: &'a DevUser,
    client: Client<'a>,
    asked: Asked,
    /// What the id token repeats for the application that asked.
    nonce: Option<String>,
}

impl Authority {
    /// Answers the token endpoint.
    pub(super) fn token(&self, visit: &Visit<'_>, tenant: Tenant) -> Result<Answer, Refusal> {
        let form = Form::posted(visit)?;
        let grant_type = form.required("grant_type")?;
        let client = self.known.client(&form)?;
        let consent = match grant_type {
            "client_credentials" => return self.application_token(&form, client),
            "authorization_code" => self.by_code(&form, client, visit.origin)?,
            "password" => self.by_password(&form, client, visit.origin)?,
            // The older name is what MSAL for JavaScript sends.
            "device_code" | "urn:ietf:params:oauth:grant-type:device_code" => {
                self.by_device_code(&form, client, visit.origin)?
            }
            "refresh_token" => self.by_refresh_token(&form, client, visit.origin)?,
            other => {
                let sentence = format!(
                    "The grant '{}' is not supported. Use authorization_code, client_credentials, password, \
                     device_code or refresh_token.",
                    cut(other)
                );
                return Err(Refusal::new(Fault::GrantUnknown, sentence));
            }
        };
        let issuer = issuer(visit.origin, tenant, self.tenant());
        self.user_tokens(&form, &consent, &issuer)
    }

    fn application_token(&self, form: &Form, client: Client<'_>) -> Result<Answer, Refusal> {
        if !client.showed_secret {
            let sentence = "'client_secret' is required for the 'client_credentials' grant. Send the one of \
                            dev_entra.applications, which is 'callsign' where it says none.";
            return Err(Refusal::new(Fault::SecretMissing, sentence));
        }
        let audience = scope::of_application(form)?;
        let minted = self.mint.for_application(client.application, Proof::Secret, audience)?;
        Ok(Answer::json(&Value::Object(members(form, &minted))))
    }

    fn by_password<'a>(
        &'a self,
        form: &Form,
        client: Client<'a>,
        origin: &str,
    ) -> Result<Consent<'a>, Refusal> {
        let user = self.known.user(form.required("username")?, form.required("password")?)?;
        let asked = scope::of_user(&scope::words(form)?, origin)?;
        Ok(Consent { user, client, asked, nonce: None })
    }

    /// The scope of the request, if it has one, is left alone: what was consented to is remembered.
    fn by_code<'a>(&'a self, form: &Form, client: Client<'a>, origin: &str) -> Result<Consent<'a>, Refusal> {
        let granted = self.codes.take(form.required("code")?).ok_or_else(|| {
            let sentence = "The code is not known or was used already: each is good once. Sign in again.";
            Refusal::new(Fault::GrantWrong, sentence)
        })?;
        granted.check(form, &client, self.mint.now())?;
        let user = self.known.user_of_object(&granted.user).ok_or_else(Refusal::failed)?;
        Ok(Consent { user, client, asked: scope::of_user(&granted.scope, origin)?, nonce: granted.nonce })
    }

    /// MSAL for Python sends the code by both its names and no scope: what was asked for is remembered.
    fn by_device_code<'a>(
        &'a self,
        form: &Form,
        client: Client<'a>,
        origin: &str,
    ) -> Result<Consent<'a>, Refusal> {
        let code = form.get("device_code").or(form.get("code"));
        let code = code.map_or_else(|| form.required("device_code"), Ok)?;
        let refused = |fault, sentence: String| Err(Refusal::new(fault, sentence));
        match self.devices.poll(code, &client.application.client_id, self.mint.now()) {
            Polled::Approved { user, scope } => {
                let user = self.known.user_of_object(&user).ok_or_else(Refusal::failed)?;
                Ok(Consent { user, client, asked: scope::of_user(&scope, origin)?, nonce: None })
            }
            Polled::Pending => refused(
                Fault::DeviceCodePending,
                format!("Authorization is pending. Enter the code at {origin}{SIGN_IN_PATH} and poll again."),
            ),
            Polled::Expired => refused(
                Fault::DeviceCodeExpired,
                "The device code has expired: it is good for 15 minutes. Ask for a new one.".to_owned(),
            ),
            Polled::Unknown => refused(
                Fault::GrantWrong,
                "The device code is not known, was used already, or is of another application. Ask for a new one."
                    .to_owned(),
            ),
        }
    }

    /// A refresh token is good for every resource; without scopes it is for those that were granted.
    fn by_refresh_token<'a>(
        &'a self,
        form: &Form,
        client: Client<'a>,
        origin: &str,
    ) -> Result<Consent<'a>, Refusal> {
        let granted = self.mint.read_refresh_token(form.required("refresh_token")?, &client)?;
        let user = self.known.user_of_object(granted.user()).ok_or_else(|| {
            let sentence = "The user of the refresh token is in dev_entra.users no more. Sign in as another.";
            Refusal::new(Fault::GrantWrong, sentence)
        })?;
        let wanted = scope::words(form)?;
        let renewed = scope::of_resources(&wanted).next().is_none();
        let mut asked = scope::of_user(if renewed { &granted.words } else { &wanted }, origin)?;
        asked.openid |= granted.openid;
        asked.offline = true;
        Ok(Consent { user, client, asked, nonce: None })
    }

    fn user_tokens(&self, form: &Form, consent: &Consent<'_>, issuer: &str) -> Result<Answer, Refusal> {
        let Consent { user, client, asked, nonce } = consent;
        let minted = self.mint.for_user(user, client, asked)?;
        let mut members = members(form, &minted);
        let mut member = |name: &str, value: String| members.insert(name.to_owned(), Value::String(value));
        member("scope", asked.scope.clone());
        if asked.offline {
            member("refresh_token", self.mint.refresh_token(user, client, asked)?);
        }
        if asked.openid {
            member("id_token", self.mint.id_token(user, client, issuer, nonce.as_deref())?);
        }
        if let Some(client_info) = self.client_info(form, user) {
            member("client_info", client_info);
        }
        Ok(Answer::json(&Value::Object(members)))
    }

    /// What MSAL tells accounts apart by, if it asks.
    pub(super) fn client_info(&self, form: &Form, user: &DevUser) -> Option<String> {
        let info = json!({ "uid": user.object.to_string(), "utid": self.tenant().to_string() }).to_string();
        (form.get("client_info") == Some("1")).then(|| URL_SAFE_NO_PAD.encode(info))
    }
}

/// What every answer with an access token has; version 1 besides says for what and from when to when.
fn members(form: &Form, minted: &Minted) -> Map<String, Value> {
    let mut members = Map::new();
    let mut member = |name: &str, value: Value| members.insert(name.to_owned(), value);
    member("token_type", json!("Bearer"));
    member("expires_in", json!(minted.seconds));
    member("ext_expires_in", json!(minted.seconds));
    member("access_token", json!(minted.token));
    if let Some(resource) = form.get("resource") {
        member("resource", json!(resource));
        member("not_before", json!(minted.begins.to_string()));
        member("expires_on", json!(minted.ends.to_string()));
    }
    members
}
