//! Introspection of tokens: what is asked and answered (RFC 7662 §2).

use callsign_core::token::verify::NotGood;
use callsign_protocol::scope::Scope;
use callsign_protocol::verification::VerifiedToken;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::call::OwnMessage;
use super::fields::Fields;
use super::input::Input;
use super::value;
use crate::http::error::{InputFault, Refusal};

/// `POST /callsign/v1/introspect`.
pub(crate) struct IntrospectToken {
    /// The text that shall be a token.
    pub(crate) token: String,
}

impl OwnMessage for IntrospectToken {
    fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let read = |form: &mut Fields<String>| {
            let token = form.required("token")?;
            if token.is_empty() {
                return Err::<_, InputFault>(value::invalid("token", "an access token"));
            }
            // RFC 7662 §2.1 lets it be ignored: every token here is an access token.
            form.take("token_type_hint");
            Ok(Self { token })
        };
        Ok(input.form(read)?)
    }
}

impl IntrospectToken {
    pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "properties": {
                "token": { "type": "string", "minLength": 1, "description": "The access token." },
                "token_type_hint": { "type": "string", "description": "Taken and not looked at." },
            },
            "required": ["token"],
            "additionalProperties": false,
        })
    }
}

/// What a resource may know of a token.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Introspection {
    /// A token of this resource that is good now.
    Active(Box<ActiveToken>),
    /// Anything else.
    Inactive(InactiveToken),
}

/// A token of this resource that is good now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ActiveToken {
    #[schemars(extend("const" = true))]
    active: bool,
    /// The identity that it was issued for.
    sub: String,
    /// What it allows, joined by blanks.
    scope: String,
    /// When it ends, in seconds since 1970.
    exp: i64,
    /// When it was issued, in seconds since 1970.
    iat: i64,
    /// Who issued it.
    iss: String,
    /// What tells it from every other token.
    jti: String,
    #[schemars(extend("const" = "Bearer"))]
    token_type: &'static str,
    /// The resource.
    #[serde(rename = "resourceId")]
    #[schemars(extend("format" = "uuid"))]
    resource_id: String,
}

/// A token that is not good, or not of this resource. Nothing more is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct InactiveToken {
    #[schemars(extend("const" = false))]
    active: bool,
}

impl Introspection {
    pub(crate) fn of(checked: &Result<VerifiedToken, NotGood>, issuer: &str) -> Self {
        let Ok(token) = checked else { return Self::Inactive(InactiveToken { active: false }) };
        let scopes: Vec<_> = token.scopes.as_slice().iter().map(|scope: &Scope| scope.as_str()).collect();
        Self::Active(Box::new(ActiveToken {
            active: true,
            sub: token.identity.to_string(),
            scope: scopes.join(" "),
            exp: token.expires_at.unix_seconds(),
            iat: token.issued_at.unix_seconds(),
            iss: issuer.to_owned(),
            jti: token.token_id.clone(),
            token_type: "Bearer",
            resource_id: token.identity.resource().to_string(),
        }))
    }
}
