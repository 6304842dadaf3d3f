//! Spans: one for each call, named after the operation, from the tracer that the caller gives.

use std::any::Any;
use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use azure_core::http::{Context, InstrumentationOptions, Request};
use azure_core::tracing::{
    AsAny, Attribute, AttributeValue, Span, SpanGuard, SpanKind, SpanStatus, Tracer, TracerProvider,
};
use callsign_client::mock::{MockReply, MockTransport};
use callsign_client::{CommunicationIdentityClient, CommunicationUserIdentifier, TokenScope};

type Names = Arc<Mutex<Vec<String>>>;

#[derive(Debug, Default, Clone)]
struct Book {
    names: Names,
    namespace: Option<&'static str>,
}

impl TracerProvider for Book {
    fn get_tracer(
        &self,
        namespace: Option<&'static str>,
        crate_name: &'static str,
        _: Option<&'static str>,
    ) -> Arc<dyn Tracer> {
        assert_eq!(crate_name, "callsign-client");
        Arc::new(Self { namespace, ..self.clone() })
    }
}

impl Tracer for Book {
    fn start_span(&self, name: Cow<'static, str>, _: SpanKind, _: Vec<Attribute>) -> Arc<dyn Span> {
        let namespace = self.namespace.unwrap_or("-");
        self.names.lock().unwrap().push(format!("{namespace} {name}"));
        Arc::new(Quiet)
    }

    fn start_span_with_parent(
        &self,
        name: Cow<'static, str>,
        kind: SpanKind,
        attributes: Vec<Attribute>,
        _: Arc<dyn Span>,
    ) -> Arc<dyn Span> {
        self.start_span(name, kind, attributes)
    }

    fn namespace(&self) -> Option<&'static str> {
        self.namespace
    }
}

struct Quiet;

impl AsAny for Quiet {
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl SpanGuard for Quiet {
    fn end(self) {}
}

impl Span for Quiet {
    fn is_recording(&self) -> bool {
        true
    }
    fn span_id(&self) -> [u8; 8] {
        [1; 8]
    }
    fn end(&self) {}
    fn set_status(&self, _: SpanStatus) {}
    fn set_attribute(&self, _: &'static str, _: AttributeValue) {}
    fn record_error(&self, _: &dyn std::error::Error) {}
    fn set_current(&self, _: &Context) -> Box<dyn SpanGuard> {
        Box::new(Self)
    }
    fn propagate_headers(&self, request: &mut Request) {
        request.insert_header("traceparent", "00-1-1-01");
    }
}

#[tokio::test]
async fn each_call_is_a_span_of_its_operation() {
    let (transport, book) = (MockTransport::new(), Book::default());
    let mut options = transport.client_options();
    options.client_options.instrumentation =
        InstrumentationOptions { tracer_provider: Some(Arc::new(book.clone())) };
    let text = "endpoint=https://contoso.communication.azure.com/;accesskey=a2V5";
    let client = CommunicationIdentityClient::from_connection_string(text, Some(options)).unwrap();
    let user = CommunicationUserIdentifier::new("8:acs:a_b");
    transport.push(MockReply::json(200, r#"{"token":"t","expiresOn":"2026-11-21T00:00:00+00:00"}"#));
    client.get_token(&user, &[TokenScope::Chat], None).await.unwrap();
    transport.push(MockReply::empty(204));
    client.delete_user(&user, None).await.unwrap();

    let names = book.names.lock().unwrap().clone();
    let calls: Vec<_> = names.iter().filter(|name| name.contains("Communication.Identity.")).collect();
    assert_eq!(
        calls,
        [
            "Microsoft.Communication Communication.Identity.issueAccessToken",
            "Microsoft.Communication Communication.Identity.deleteUser"
        ],
        "{names:?}"
    );
    assert_eq!(transport.requests()[0].header("traceparent"), Some("00-1-1-01"));
}
