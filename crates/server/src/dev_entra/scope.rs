//! What a token is asked for: the scopes of version 2 and the resource of version 1.

use callsign_protocol::entra::Purpose;

use super::answer::{Fault, Refusal, cut};
use super::form::Form;

/// Scopes of OpenID Connect, which belong to no resource.
const OPENID: &str = "openid";
const OFFLINE_ACCESS: &str = "offline_access";
const OIDC: [&str; 4] = [OPENID, "profile", "email", OFFLINE_ACCESS];

/// Stands for everything that was consented to.
const DEFAULT: &str = ".default";

/// What whoever uses an application lets it do with a service as a whole.
const USER_IMPERSONATION: &str = "user_impersonation";

/// What a sign-in is for that asks for no resource: Microsoft Graph, as at Entra.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// What the API of somebody's own application has, by the name that Microsoft's samples give it.
const ACCESS_AS_USER: &str = "access_as_user";

/// Longest audience, in bytes.
const AUDIENCE_BYTES_MAX: usize = 256;

/// What a user's token shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// The `aud` claim.
    pub(super) audience: String,
    /// The `scp` claim, a permission each.
    pub(super) permissions: Vec<String>,
    /// What was asked for, each once: a refresh token remembers it.
    pub(super) words: String,
    /// The scopes as they are answered: all that were asked for, to the letter. Clients find a token in their caches by those.
    pub(super) scope: String,
    /// Whether an id token is wanted.
    pub(super) openid: bool,
    /// Whether a refresh token is wanted.
    pub(super) offline: bool,
}

/// The scopes of a form. Version 1 asks for a `resource`, and gets an id token and a refresh token without asking.
pub(super) fn words(form: &Form) -> Result<String, Refusal> {
    let scope = form.get("scope").unwrap_or_default();
    let Some(resource) = form.get("resource") else { return Ok(scope.to_owned()) };
    if of_resources(scope).next().is_some() {
        return Err(wrong("Both 'resource' and a 'scope' of a resource were sent. Send one of them."));
    }
    Ok(format!("{}/{DEFAULT} {OPENID} profile {OFFLINE_ACCESS}", audience(resource)?))
}

/// The audience of a token that an application gets for itself, for whatever resource it likes.
pub(super) fn of_application(form: &Form) -> Result<&str, Refusal> {
    if let Some(resource) = form.get("resource") {
        words(form)?;
        return audience(resource);
    }
    let scope = form.required("scope")?;
    let default = || {
        let sentence = format!(
            "The provided value for the input parameter 'scope' is not valid: '{}'. An application asks for one resource with \
             '/{DEFAULT}' behind it, like https://communication.azure.com//{DEFAULT}.",
            cut(scope)
        );
        wrong(sentence)
    };
    scope
        .trim()
        .strip_suffix(DEFAULT)
        .and_then(|scope| scope.strip_suffix('/'))
        .ok_or_else(default)
        .and_then(audience)
}

/// The name of a resource, as it stands in tokens.
pub(super) fn audience(text: &str) -> Result<&str, Refusal> {
    let good =
        (1..=AUDIENCE_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let sentence =
        || format!("'{}' is no resource. Ask for one like https://communication.azure.com/.", cut(text));
    good.then_some(text).ok_or_else(|| wrong(sentence()))
}

/// The scopes among these that belong to a resource.
pub(super) fn of_resources(words: &str) -> impl Iterator<Item = &str> {
    words.split_whitespace().filter(|word| !OIDC.contains(word))
}

/// What a user's token shall be, by scopes of one resource. `origin` is this server's, which `az` asks a token for.
pub(super) fn of_user(words: &str, origin: &str) -> Result<Asked, Refusal> {
    let mut read = Reading { resource: None, permissions: Vec::new(), default: false };
    for word in of_resources(words) {
        read.take(word, origin)?;
    }
    let openid = words.split_whitespace().any(|word| word == OPENID);
    let resource = read.resource.or(openid.then_some(GRAPH)).ok_or_else(|| {
        let sentence = format!(
            "The request asks for no resource. Ask for one of {}, or {DEFAULT} behind one of these resources.",
            known().join(", ")
        );
        wrong(sentence)
    })?;
    let mut asked = Vec::new();
    for word in words.split_whitespace() {
        if !asked.contains(&word) {
            asked.push(word);
        }
    }
    let mut scope: Vec<_> = asked.iter().map(|word| (*word).to_owned()).collect();
    if read.default {
        scope.extend(read.permissions.iter().map(|name| format!("{resource}/{name}")));
    }
    Ok(Asked {
        audience: resource.to_owned(),
        permissions: read.permissions.iter().map(|name| (*name).to_owned()).collect(),
        openid,
        offline: asked.contains(&OFFLINE_ACCESS),
        words: asked.join(" "),
        scope: scope.join(" "),
    })
}

/// Scopes of one resource, as far as they were read.
struct Reading<'a> {
    resource: Option<&'a str>,
    permissions: Vec<&'static str>,
    default: bool,
}

impl<'a> Reading<'a> {
    fn take(&mut self, word: &'a str, origin: &str) -> Result<(), Refusal> {
        let (resource, permission) = word.rsplit_once('/').unwrap_or((word, ""));
        let of_resource = permissions(resource, origin);
        let asks_default = permission == DEFAULT;
        let found = of_resource.iter().find(|name| **name == permission).copied();
        if of_resource.is_empty() || (found.is_none() && !asks_default) {
            return Err(unknown(word));
        }
        if self.resource.is_some_and(|other| other != resource) {
            let sentence = format!(
                "The scope '{}' is of another resource than the others. Ask for a token of each resource by itself.",
                cut(word)
            );
            return Err(wrong(sentence));
        }
        if self.resource.is_some() && self.default != asks_default {
            let sentence =
                format!("'{DEFAULT}' stands beside other scopes of its resource. Ask for it alone.");
            return Err(wrong(sentence));
        }
        self.resource = Some(resource);
        self.default = asks_default;
        match found {
            _ if asks_default => self.permissions = of_resource,
            Some(name) if !self.permissions.contains(&name) => self.permissions.push(name),
            _ => {}
        }
        Ok(())
    }
}

/// The permissions that a resource has; none for what is no resource.
fn permissions(resource: &str, origin: &str) -> Vec<&'static str> {
    if Purpose::Service.accepts(resource) || resource.trim_end_matches('/') == origin {
        return vec![USER_IMPERSONATION];
    }
    if resource.starts_with("api://") && audience(resource).is_ok() {
        return vec![ACCESS_AS_USER];
    }
    Purpose::ALL
        .into_iter()
        .filter(|purpose| purpose.accepts(resource))
        .flat_map(Purpose::permissions)
        .collect()
}

/// Every scope that a user's token can have.
fn known() -> Vec<String> {
    let scopes = |purpose: Purpose| {
        let names =
            if purpose == Purpose::Service { vec![USER_IMPERSONATION] } else { purpose.permissions() };
        names.into_iter().map(move |name| format!("{}/{name}", purpose.audience()))
    };
    Purpose::ALL.into_iter().flat_map(scopes).collect()
}

fn unknown(word: &str) -> Refusal {
    let sentence = format!(
        "The scope '{}' is not valid or was not consented to. Ask for one of {}, or {DEFAULT} behind one of these resources.",
        cut(word),
        known().join(", ")
    );
    wrong(sentence)
}

fn wrong(sentence: impl Into<String>) -> Refusal {
    Refusal::new(Fault::ScopeWrong, sentence)
}
