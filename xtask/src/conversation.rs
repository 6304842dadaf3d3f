//! One keep-alive connection to the server under test, and the few signed requests that the harness sends on it. It
//! must never judge an answer: it only says which of the contract's answers came, or that none did.

mod signing;

use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

pub(crate) use signing::Signer;

/// The one version that shows an identity and takes custom ids.
const API_VERSION: &str = "2025-03-02-preview";
/// A server that is alive and says nothing for so long has hung. Under valgrind, on a machine that has better to do, its signing thread of low
/// priority was seen to take more than 30 s, and valgrind lets no other thread run meanwhile.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// What became of one request.
pub(crate) enum Reply<T> {
    Done(T),
    NotFound,
    /// 429: certainly not done.
    Refused,
    /// 503: done or not, the server does not say.
    InDoubt,
    /// The connection broke before an answer.
    Disconnected,
}

impl<T> Reply<T> {
    /// What was done, where nothing else can be the answer.
    pub(crate) fn done(self) -> anyhow::Result<T> {
        match self {
            Self::Done(done) => Ok(done),
            Self::NotFound | Self::Refused | Self::InDoubt => {
                bail!("the server refused what it was asked for")
            }
            Self::Disconnected => bail!("the connection broke"),
        }
    }
}

pub(crate) struct Conversation<'a> {
    signer: &'a Signer,
    sender: SendRequest<Full<Bytes>>,
}

impl<'a> Conversation<'a> {
    /// Must be called within a runtime, which then drives the connection.
    pub(crate) async fn open(signer: &'a Signer) -> anyhow::Result<Self> {
        let stream =
            TcpStream::connect(signer.authority()).await.context("the server takes no connection")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Its end is seen by the request that is under way.
        tokio::spawn(connection);
        Ok(Self { signer, sender })
    }

    /// Creates an identity and answers its id.
    pub(crate) async fn create(&mut self, custom_id: Option<&str>) -> anyhow::Result<Reply<String>> {
        let body = custom_id.map_or_else(|| json!({}), |custom_id| json!({ "customId": custom_id }));
        self.ask("POST", "/identities", Some(body), (201, |answer| text(answer, "/identity/id"))).await
    }

    /// Issues a token and answers the identity's epoch in it.
    pub(crate) async fn issue(&mut self, id: &str) -> anyhow::Result<Reply<u64>> {
        let path = format!("/identities/{id}/:issueAccessToken");
        let body = json!({ "scopes": ["chat"] });
        self.ask("POST", &path, Some(body), (200, |answer| epoch_in(&text(answer, "/token")?))).await
    }

    pub(crate) async fn revoke(&mut self, id: &str) -> anyhow::Result<Reply<()>> {
        self.ask("POST", &format!("/identities/{id}/:revokeAccessTokens"), None, (204, |_| Ok(()))).await
    }

    pub(crate) async fn delete(&mut self, id: &str) -> anyhow::Result<Reply<()>> {
        self.ask("DELETE", &format!("/identities/{id}"), None, (204, |_| Ok(()))).await
    }

    /// Shows an identity and answers its custom id.
    pub(crate) async fn show(&mut self, id: &str) -> anyhow::Result<Reply<Option<String>>> {
        let read = |answer: &Value| Ok(answer.get("customId").and_then(Value::as_str).map(str::to_owned));
        self.ask("GET", &format!("/identities/{id}"), None, (200, read)).await
    }

    /// Sends one request; `success` is the status that means done, and how its body is read.
    async fn ask<T>(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        success: (u16, impl FnOnce(&Value) -> anyhow::Result<T>),
    ) -> anyhow::Result<Reply<T>> {
        let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
        let target = format!("{path}?api-version={API_VERSION}");
        let request = signing::signed(self.signer, method, &target, body)?;
        let exchange = async {
            let response = self.sender.send_request(request).await?;
            let status = response.status().as_u16();
            Ok::<_, hyper::Error>((status, response.into_body().collect().await?.to_bytes()))
        };
        let (status, body) = match tokio::time::timeout(ANSWER_WITHIN, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return Ok(Reply::Disconnected),
            Err(_) => {
                bail!("the server is alive and did not answer {method} {path} within {ANSWER_WITHIN:?}")
            }
        };
        match status {
            done if done == success.0 => {
                let answer = serde_json::from_slice(&body).unwrap_or(Value::Null);
                Ok(Reply::Done((success.1)(&answer)?))
            }
            404 => Ok(Reply::NotFound),
            429 => Ok(Reply::Refused),
            503 => Ok(Reply::InDoubt),
            other => bail!("{method} {path} was answered {other}: {}", String::from_utf8_lossy(&body)),
        }
    }
}

fn text(answer: &Value, pointer: &str) -> anyhow::Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    Ok(found.with_context(|| format!("an answer has no text at `{pointer}`"))?.to_owned())
}

/// The identity's epoch in a token: the first part of its claim `rev`, `<identity>.<resource>.<slot and generation>`.
fn epoch_in(token: &str) -> anyhow::Result<u64> {
    let payload = token.split('.').nth(1).context("an issued token is not of three parts")?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    let rev = text(&claims, "/rev").context("an issued token has no claim `rev`")?;
    let (identity, _) = rev.split_once('.').context("the claim `rev` is not of three parts")?;
    identity.parse().context("the claim `rev` does not start with a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &Value) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn the_epoch_is_the_first_part_of_rev() {
        assert_eq!(epoch_in(&token(&json!({ "rev": "31.0.17" }))).unwrap(), 31);
    }

    #[test]
    fn a_token_without_a_readable_epoch_is_a_fault() {
        for claims in [json!({}), json!({ "rev": 3 }), json!({ "rev": "3" }), json!({ "rev": "x.0.11" })] {
            assert!(epoch_in(&token(&claims)).is_err(), "{claims}");
        }
        assert!(epoch_in("only one part").is_err());
    }
}
