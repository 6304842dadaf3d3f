//! The certificate of a resource: whether this machine trusts it, and which authority it is of.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use webpki::EndEntityCert;

use super::Target;
use super::finding::Finding;

const WITHIN: Duration = Duration::from_secs(10);
/// The attributes of a distinguished name that name an authority, each as an object identifier in DER (RFC 5280 A.1).
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
const ORGANIZATION: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x0a];

/// What the server presented and what this machine thinks of it.
#[derive(Debug, Default)]
struct Presented {
    chain: Vec<CertificateDer<'static>>,
    verdict: Option<Error>,
}

/// Judges as any client of this machine does, notes it, and goes on in any case: nothing is sent after the handshake.
#[derive(Debug)]
struct Witness {
    judge: Arc<WebPkiServerVerifier>,
    presented: Mutex<Presented>,
}

pub(super) async fn look(target: &Target, authority: Option<&Path>) -> anyhow::Result<Finding> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let roots = roots(authority)?;
    if roots.is_empty() {
        let remedy = "Install ca-certificates, or let SSL_CERT_FILE name a file of certificates in PEM.";
        return Ok(Finding::bad("certificate", "this machine trusts no authority at all", remedy));
    }
    let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .context("the authorities of this machine cannot be used")?;
    let witness = Arc::new(Witness { judge, presented: Mutex::default() });
    let name = ServerName::try_from(target.host.clone())
        .context("the host of the endpoint cannot stand in a certificate")?;
    let shaken = timeout(WITHIN, shake(target, name, Arc::clone(&witness), provider)).await;
    let presented = std::mem::take(&mut *witness.presented.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(match shaken {
        Ok(Ok(())) => judged(&presented, &target.host),
        Ok(Err(error)) => {
            let remedy =
                "Does the port speak TLS? Plain http has another port, and an endpoint with http://.";
            Finding::bad("certificate", format!("there was no TLS handshake: {error}"), remedy)
        }
        Err(_) => Finding::bad(
            "certificate",
            format!("there was no TLS handshake within {} s", WITHIN.as_secs()),
            "Does the port speak TLS, or does something stand between that swallows it?",
        ),
    })
}

fn roots(authority: Option<&Path>) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = authority {
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("{} holds no certificates in PEM", file.display()))?;
        roots.add_parsable_certificates(certificates);
    }
    Ok(roots)
}

async fn shake(
    target: &Target,
    name: ServerName<'static>,
    witness: Arc<Witness>,
    provider: Arc<CryptoProvider>,
) -> anyhow::Result<()> {
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    let stream = TcpStream::connect((target.host.as_str(), target.port)).await?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    Ok(())
}

fn judged(presented: &Presented, host: &str) -> Finding {
    let authority = authority(&presented.chain);
    let Some(error) = &presented.verdict else {
        return Finding::good("certificate", format!("it is of {authority}, which this machine trusts"));
    };
    let Error::InvalidCertificate(reason) = error else {
        return Finding::bad(
            "certificate",
            format!("it is of {authority}: {error}"),
            "Ask the operator for another one.",
        );
    };
    match reason {
        CertificateError::UnknownIssuer => Finding::bad(
            "certificate",
            format!("it is of {authority}, which this machine does not trust"),
            "Let SSL_CERT_FILE name a file with that authority; for a Callsign of this machine: eval \"$(callsign env)\".",
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Finding::bad(
            "certificate",
            format!("it is of {authority} and has expired: {reason}"),
            "The operator has to renew it. Or is the clock of this machine wrong?",
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Finding::bad(
            "certificate",
            format!("it is of {authority} and not valid yet: {reason}"),
            "Is the clock of this machine wrong?",
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Finding::bad(
            "certificate",
            format!("it is of {authority}, but not for {host}"),
            "Use a host that the certificate names; for Callsign, start the server with --host or --public-url.",
        ),
        other => Finding::bad(
            "certificate",
            format!("it is of {authority} and cannot be accepted: {other}"),
            "Ask the operator for another one.",
        ),
    }
}

/// Who signed the last certificate that was presented.
fn authority(chain: &[CertificateDer<'_>]) -> String {
    let last = chain.last().and_then(|last| EndEntityCert::try_from(last).ok());
    let name = last.and_then(|last| {
        let issuer = last.issuer();
        [COMMON_NAME, ORGANIZATION].iter().find_map(|kind| text_of(issuer, kind))
    });
    name.map_or_else(|| "an authority without a name".to_owned(), |name| format!("{name:?}"))
}

/// The text of an attribute in a distinguished name in DER: its object identifier, then the kind of text, its length, itself.
fn text_of(name: &[u8], kind: &[u8]) -> Option<String> {
    let at = name.windows(kind.len()).position(|window| window == kind)?;
    let [_kind_of_text, length, rest @ ..] = name.get(at + kind.len()..)? else {
        return None;
    };
    // A name of 128 bytes and more has a length of another form, and is not needed whole.
    let text = rest.get(..usize::from(*length))?;
    Some(String::from_utf8_lossy(text).into_owned())
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let chain = std::iter::once(end_entity).chain(intermediates);
        *self.presented.lock().unwrap_or_else(PoisonError::into_inner) = Presented {
            chain: chain.map(|certificate| certificate.clone().into_owned()).collect(),
            verdict: verdict.err(),
        };
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}
