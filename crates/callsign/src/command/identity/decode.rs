//! `callsign identity token decode`: what an access token says, and whether it is good. It never prints the token, asks for keys
//! only when it is told to verify, and sends the token to its resource's server only when it is told to go online.

use std::io::IsTerminal as _;

use anyhow::{Context as _, bail};
use azure_core::credentials::Secret;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use callsign_client::DirectoryClient;
use callsign_client::clock::{Clock as _, SystemClock};
use callsign_protocol::date::Timestamp;
use callsign_protocol::key_set::KeySet;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::token::TOKEN_VARIABLE;
use crate::args::Place;
use crate::args::identity::token::Decode;
use crate::command::connection::{Chosen, Patience, choose, read_secret};
use crate::command::{event_loop, refusal};
use crate::printer::{self, span, visible};

const NOT_VERIFIED: &str = "not verified";
const NOTE: &str = "the signature is not verified: these claims are what the token says of itself";

/// Padding is left out in tokens, but some tools put it there.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn run(place: &Place, wanted: &Decode) -> anyhow::Result<()> {
    let token = token(wanted)?;
    let token = printed(token.trim());
    let mut said = said(&token, SystemClock.now().unix_timestamp())?;
    if !wanted.verify && !wanted.online {
        wanted.output.print_or_page(&said, || page(&said))?;
        wanted.output.tell_notes(&[NOTE.to_owned()]);
        return Ok(());
    }
    let chosen = choose(place, &wanted.connection)?;
    wanted.output.tell_notes(&chosen.notes());
    let active = if wanted.online { Some(active(&chosen, &token)?) } else { None };
    let keys = if wanted.verify { Some(event_loop()?.block_on(chosen.key_set())?) } else { None };
    let verdict = keys.map(|keys| verdict(&token, keys.as_ref()));
    if let Value::Object(members) = &mut said {
        let signature = match verdict {
            Some(verdict) => verdict.err().unwrap_or("verified"),
            None if active == Some(true) => "verified by the server",
            None => NOT_VERIFIED,
        };
        members.insert("signature".to_owned(), json!(signature));
        members.extend(active.map(|active| ("active".to_owned(), json!(active))));
    }
    wanted.output.print_or_page(&said, || page(&said))?;
    if let Some(Err(fault)) = verdict {
        bail!("the signature of the token is not good at {}: {fault}", chosen.endpoint);
    }
    if active == Some(false) {
        bail!(
            "the token is not good at {}: it has ended, was revoked, or is none of this resource",
            chosen.endpoint
        );
    }
    Ok(())
}

/// Whether the resource's server says that the token is good now.
fn active(chosen: &Chosen, token: &str) -> anyhow::Result<bool> {
    let runtime = event_loop()?;
    let client = {
        // The credential for Microsoft Entra starts programs, which needs the event loop.
        let _inside = runtime.enter();
        chosen.client(None, Patience::Some)?
    };
    let answer = runtime.block_on(async {
        DirectoryClient::from(&client)
            .introspect(&Secret::new(bare(token).to_owned()), None)
            .await?
            .into_model()
    });
    Ok(answer.map_err(|error| refusal::of(&error, chosen))?.active)
}

/// Whether one of the keys made the signature. The keys are those of the resource that was chosen, never of whom the
/// token names.
fn verdict(token: &str, keys: Option<&KeySet>) -> Result<(), &'static str> {
    let keys = keys.ok_or("the service publishes no keys, so that it cannot be checked")?;
    let signed = bare(token).rsplit_once('.');
    let (signed, signature) = signed.ok_or("the token has no signature")?;
    let signature = URL_SAFE.decode(signature).map_err(|_| "the signature is no base64")?;
    let header = signed.split('.').next().and_then(|header| part("header", header).ok());
    let named = header.as_ref().and_then(|header| header.get("kid")).and_then(Value::as_str);
    let key = keys.keys.iter().find(|key| Some(key.kid()) == named);
    let key = key.ok_or("the key that the token names is not published there")?;
    let key = key.prepared().ok_or("the key that is published there is none that tokens are signed by")?;
    if key.verifies(signed.as_bytes(), &signature) { Ok(()) } else { Err("the signature is wrong") }
}

/// The token without what is often copied along with it.
fn bare(token: &str) -> &str {
    token.strip_prefix("Bearer ").unwrap_or(token).trim_matches(['"', '\''])
}

fn token(wanted: &Decode) -> anyhow::Result<Zeroizing<String>> {
    match wanted.token.as_ref().map(|token| token.expose().as_str()) {
        Some("-") => read_secret("token"),
        Some(token) => Ok(Zeroizing::new(token.to_owned())),
        None if !std::io::stdin().is_terminal() => read_secret("token"),
        None => std::env::var(TOKEN_VARIABLE).ok().map(Zeroizing::new).with_context(|| {
            format!("give the token as an argument, or - to read it from stdin, or set {TOKEN_VARIABLE}")
        }),
    }
}

/// The token in what `token issue` printed; any other text as it is.
fn printed(text: &str) -> Zeroizing<String> {
    #[derive(Deserialize)]
    struct Issued {
        token: String,
    }
    Zeroizing::new(serde_json::from_str(text).map_or_else(|_| text.to_owned(), |Issued { token }| token))
}

/// What the token says, at that time in seconds since 1970.
fn said(token: &str, now: i64) -> anyhow::Result<Value> {
    let token = bare(token);
    if token.is_empty() {
        bail!("there is no token: what was given is empty");
    }
    let parts: Vec<&str> = token.split('.').collect();
    match parts.as_slice() {
        [header, payload, _signature] => {
            let header = part("header", header)?;
            let payload = part("payload", payload)?;
            let mut said = Map::new();
            said.extend(instants(&payload, now));
            said.extend(identity(&payload));
            said.insert("header".to_owned(), header);
            said.insert("payload".to_owned(), payload);
            said.insert("signature".to_owned(), json!(NOT_VERIFIED));
            Ok(Value::Object(said))
        }
        [header, _, _, _, _] => Ok(json!({
            "header": part("header", header)?,
            "payload": null,
            "signature": "the token is encrypted: only the service can read its claims",
        })),
        _ => bail!(
            "this is no access token: it has {} part{} between dots, and an access token has 3 (or 5, if it is encrypted); is it \
             whole?",
            parts.len(),
            if parts.len() == 1 { "" } else { "s" }
        ),
    }
}

/// A part of the token. It is not cited, as it is half of a secret.
fn part(name: &str, encoded: &str) -> anyhow::Result<Value> {
    let fault = || format!("the {name} of the token is no base64 of JSON; is the token whole?");
    // Standard base64 differs in two letters, and some tools write it.
    let encoded = encoded.replace('+', "-").replace('/', "_");
    let bytes = URL_SAFE.decode(encoded).ok().with_context(fault)?;
    let value: Value = serde_json::from_slice(&bytes).ok().with_context(fault)?;
    value.is_object().then_some(value).with_context(fault)
}

fn instants(payload: &Value, now: i64) -> Vec<(String, Value)> {
    let seconds = |name: &str| payload.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let [issued, ends] = [seconds("iat"), seconds("exp")];
    let shown = |at: i64| {
        format!("{} ({})", Timestamp::from_unix_seconds(at).to_whole_seconds_utc(), span::from_now(at, now))
    };
    let mut members = Vec::new();
    if let Some(at) = issued {
        members.push(("issued".to_owned(), json!(shown(at))));
    }
    if let Some(at) = ends {
        let name = if at > now { "expires" } else { "expired" };
        members.push((name.to_owned(), json!(shown(at))));
    }
    if let (Some(issued), Some(ends)) = (issued, ends) {
        members
            .push(("lifetime".to_owned(), json!(span::in_words(ends.saturating_sub(issued).unsigned_abs()))));
    }
    members
}

/// The id as it is used elsewhere: the claim leaves its `8:` out (`clients.md` A.11).
fn identity(payload: &Value) -> Vec<(String, Value)> {
    let text = |name: &str| payload.get(name).and_then(Value::as_str);
    let id = text("skypeid").map(|id| ("identity".to_owned(), json!(format!("8:{id}"))));
    let scopes = text("acsScope").map(|scopes| {
        let scopes: Vec<&str> = scopes.split([',', ' ']).filter(|scope| !scope.is_empty()).collect();
        ("scopes".to_owned(), json!(scopes))
    });
    id.into_iter().chain(scopes).collect()
}

/// One below the other: what is found out, then the header, then the claims.
fn page(said: &Value) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) => visible(text),
        Value::Array(items) => {
            items.iter().filter_map(Value::as_str).map(visible).collect::<Vec<_>>().join(", ")
        }
        other => visible(&other.to_string()),
    };
    let mut text = String::new();
    for title in ["", "header", "payload"] {
        let section = if title.is_empty() { Some(said) } else { said.get(title) };
        let Some(members) = section.and_then(Value::as_object) else { continue };
        let members: Vec<(String, String)> = members
            .iter()
            .filter(|(_, value)| !value.is_object() && !value.is_null())
            .map(|(name, value)| (visible(name), shown(value)))
            .collect();
        let members: Vec<(&str, String)> =
            members.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        if !title.is_empty() {
            text.push_str(&format!("\n{title}\n"));
        }
        text.push_str(&printer::list(if title.is_empty() { "" } else { "  " }, &members));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: i64 = 1_657_788_332;

    fn token(payload: &str) -> String {
        let header = URL_SAFE.encode(r#"{"alg":"RS256","kid":"106","typ":"JWT"}"#);
        format!("{header}.{}.c2lnbmF0dXJl", URL_SAFE.encode(payload))
    }

    #[test]
    fn claims_are_shown_with_the_expiry_in_words() {
        let token = token(&format!(
            r#"{{"skypeid":"acs:a_b","scp":1792,"exp":{},"acsScope":"chat,voip","iat":{ISSUED}}}"#,
            ISSUED + 86_400
        ));
        let read = said(&token, ISSUED + 60).unwrap();
        assert_eq!(read["identity"], "8:acs:a_b");
        assert_eq!(read["scopes"], json!(["chat", "voip"]));
        assert_eq!(read["expires"], "2022-07-15T08:45:32+00:00 (in 23 hours 59 minutes)");
        assert_eq!(read["issued"], "2022-07-14T08:45:32+00:00 (1 minute ago)");
        assert_eq!(read["lifetime"], "1 day");
        assert_eq!(read["signature"], NOT_VERIFIED);
        assert_eq!(read["header"]["kid"], "106");
        let late = said(&format!("Bearer {token}"), ISSUED + 90_000).unwrap();
        assert_eq!(late["expired"], "2022-07-15T08:45:32+00:00 (1 hour ago)");
        let page = page(&read);
        for words in
            ["identity   8:acs:a_b\n", "scopes     chat, voip\n", "\nheader\n  alg  RS256\n", "\npayload\n"]
        {
            assert!(page.contains(words), "{page}");
        }
        assert!(!page.contains("c2lnbmF0dXJl"));
    }

    #[test]
    fn what_is_no_token_is_told_and_not_cited() {
        let whole = token(r#"{"exp":1}"#);
        for (text, words) in [
            (String::new(), "is empty"),
            ("s3cr3t".to_owned(), "1 part "),
            ("s3cr3t.s3cr3t".to_owned(), "2 parts"),
            ("s3cr3t.s3cr3t.s3cr3t".to_owned(), "header"),
            (whole.replacen(".e", ".s3cr3t", 1), "payload"),
            (token("[1]"), "payload"),
        ] {
            let refused = format!("{:?}", said(&text, 0).unwrap_err());
            assert!(refused.contains(words) && !refused.contains("s3cr3t"), "{refused}");
        }
    }

    #[test]
    fn a_token_is_found_in_what_issuing_it_printed() {
        assert_eq!(*printed(r#"{"expires_on":"x","token":"a.b.c","user_id":"8:acs:a_b"}"#), "a.b.c");
        for text in ["a.b.c", "", "{", r#"{"user_id":"8:acs:a_b"}"#] {
            assert_eq!(*printed(text), text);
        }
    }

    #[test]
    fn an_encrypted_token_has_a_header_only() {
        let header = URL_SAFE.encode(r#"{"alg":"RSA-OAEP"}"#);
        let read = said(&format!("{header}.a.b.c.d"), 0).unwrap();
        assert_eq!(read["header"]["alg"], "RSA-OAEP");
        assert!(read["signature"].as_str().unwrap().contains("encrypted"));
    }

    #[test]
    fn padding_and_standard_letters_do_no_harm_and_strange_claims_neither() {
        let payload = r#"{"exp":"soon","iat":1e300,"acsScope":1,"x":"~~~???"}"#;
        let standard = base64::engine::general_purpose::STANDARD.encode(payload);
        let header = base64::engine::general_purpose::STANDARD.encode("{}");
        let read = said(&format!("{header}.{standard}."), 0).unwrap();
        assert_eq!(read["payload"]["x"], "~~~???");
        assert!(read.get("expires").is_none());
    }
}
