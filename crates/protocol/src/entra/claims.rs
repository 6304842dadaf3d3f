//! The claims of an Entra token, as versions 1 and 2 and RFC 9068 spell them. What stands twice among those that are read is
//! refused; what is not read may say anything.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// Most groups that are read. Entra itself leaves the claim out beyond 200.
const GROUPS_MAX: usize = 1_000;

/// The claims that count.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: OneOrMany,
    pub(super) exp: serde_json::Number,
    pub(super) iat: serde_json::Number,
    pub(super) nbf: Option<serde_json::Number>,
    pub(super) tid: Option<String>,
    pub(super) oid: Option<String>,
    pub(super) sub: Option<String>,
    /// The application: version 1, version 2, RFC 9068.
    appid: Option<String>,
    pub(super) azp: Option<String>,
    client_id: Option<String>,
    /// Permissions of an application that somebody uses: Entra, RFC 8693.
    scp: Option<OneOrMany>,
    scope: Option<OneOrMany>,
    idtyp: Option<String>,
    pub(super) uti: Option<String>,
    /// Of an id token. In any other they may be whatever they like.
    nonce: Option<Value>,
    preferred_username: Option<Value>,
    email: Option<Value>,
    name: Option<Value>,
    groups: Option<Value>,
}

/// A text or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

impl Claims {
    pub(super) fn application(&self) -> Option<&str> {
        [&self.appid, &self.azp, &self.client_id].into_iter().find_map(|claim| claim.as_deref())
    }

    /// What people call whom it is of. Nothing may be decided by it: they may have chosen it themselves.
    pub(super) fn display_name(&self) -> Option<&str> {
        let claims = [&self.preferred_username, &self.email, &self.name];
        claims.into_iter().flatten().find_map(Value::as_str)
    }

    /// What the sign-in began with.
    pub(super) fn nonce(&self) -> Option<&str> {
        self.nonce.as_ref().and_then(Value::as_str)
    }

    /// What somebody who uses the application let it do.
    pub(super) fn permissions(&self) -> Vec<String> {
        let words = [&self.scp, &self.scope].into_iter().flatten().flat_map(OneOrMany::iter);
        words.flat_map(|words| words.split(' ')).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// Whether an application speaks for itself and nobody uses it. Entra says so when it was asked to (`idtyp`); else such a
    /// token has no `scp`, and its subject is the application's own: its service principal, or itself (RFC 9068 §2.2).
    pub(super) fn is_application_itself(&self) -> bool {
        let own = self.sub.is_none() || self.sub == self.oid || self.sub.as_deref() == self.application();
        match self.idtyp.as_deref() {
            Some(kind) => kind == "app",
            None => self.scp.is_none() && own,
        }
    }

    /// The groups that are guids. Other providers have names there, which no assignment can mean.
    pub(super) fn groups(&self) -> Vec<Uuid> {
        let groups = self.groups.as_ref().and_then(Value::as_array);
        let texts = groups.into_iter().flatten().take(GROUPS_MAX).filter_map(Value::as_str);
        texts.filter_map(guid).collect()
    }
}

/// A guid in its hyphenated form.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Whole seconds of a time. RFC 7519 §2 lets it have a fraction.
pub(super) fn seconds(number: &serde_json::Number) -> Option<i64> {
    const LATEST: f64 = 253_402_300_799.0;
    let fraction = || number.as_f64().filter(|seconds| (0.0..=LATEST).contains(seconds));
    number.as_i64().or_else(|| fraction().map(|seconds| seconds as i64))
}
