//! The policy that signs each try with the access key, as the last one before the transport.

use std::sync::Arc;

use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{AUTHORIZATION, HeaderName, MS_DATE};
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Body, Context, Request};
use callsign_protocol::signature::{Authorization, DateHeader, SignedParts, content_sha256};

use super::endpoint::authority;
use crate::credential::KeyCredential;

const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-ms-content-sha256");
const HOST: HeaderName = HeaderName::from_static("host");

/// Signs method, path, query, date, host and body (`wire-contract.md` §6.1). Every try is signed anew: its date is its own.
#[derive(Debug)]
pub(super) struct SignaturePolicy {
    credential: KeyCredential,
}

impl SignaturePolicy {
    pub(super) const fn new(credential: KeyCredential) -> Self {
        Self { credential }
    }

    fn sign(&self, request: &mut Request) -> azure_core::Result<()> {
        let Body::Bytes(body) = request.body() else {
            return Err(Error::with_message(
                ErrorKind::Other,
                "a policy made the body a stream, which cannot be signed; give bytes instead",
            ));
        };
        let (date, content_sha256) = (self.credential.date(), content_sha256(body));
        let host =
            request.headers().get_optional_str(&HOST).map_or_else(|| authority(request.url()), str::to_owned);
        let (method, target) = (request.method(), request.path_and_query());
        let parts = SignedParts {
            method: method.as_ref(),
            target: &target,
            date: &date,
            host: &host,
            content_sha256: &content_sha256,
        };
        let signature = self.credential.sign(&parts.string_to_sign());
        let authorization = Authorization { date_header: DateHeader::XMsDate, signature };
        request.insert_header(MS_DATE, date);
        request.insert_header(CONTENT_SHA256, content_sha256);
        request.insert_header(AUTHORIZATION, authorization.to_header_value());
        Ok(())
    }
}

#[async_trait::async_trait]
impl Policy for SignaturePolicy {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        self.sign(request)?;
        super::pass_on(context, request, next).await
    }
}
