//! Choices that cannot be are refused when the verifier is made, and no secret is shown.

use std::time::Duration;

use callsign_verifier::{Connection, InvalidOption, Verifier};

use crate::server::{Server, soon};

const STRING: &str = "endpoint=https://localhost:8443/;accesskey=c2VjcmV0";

fn builder() -> callsign_verifier::Builder {
    Verifier::builder(STRING.parse().unwrap())
}

#[tokio::test]
async fn what_is_out_of_range_is_refused_with_the_range() {
    let seconds = Duration::from_secs;
    for (builder, words) in [
        (builder().max_staleness(seconds(4)), "max_staleness is 4 s; choose 5 to 3600 s"),
        (builder().max_staleness(seconds(3_601)), "max_staleness is 3601 s; choose 5 to 3600 s"),
        (builder().timeout(Duration::ZERO), "timeout is 0 s; choose 1 to 300 s"),
        (builder().key_cool_down(seconds(601)), "key_cool_down is 601 s; choose 1 to 600 s"),
        (builder().signature_cache(1_048_577), "signature_cache is 1048577; choose 1048576 at most"),
        (builder().issuer("https://a b"), "the issuer cannot be in a token"),
        (
            builder().root_certificates("no/such/file.pem"),
            "the root certificates in no/such/file.pem cannot be read",
        ),
    ] {
        let error = builder.connect().unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}");
    }
    assert!(builder().max_staleness(seconds(5)).signature_cache(1_048_576).connect().is_ok());
}

#[tokio::test]
async fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA"] {
        std::fs::write(&path, text).unwrap();
        let error = builder().root_certificates(&path).connect().unwrap_err();
        assert!(matches!(error, InvalidOption::RootCertificates { .. }), "{text}: {error}");
    }
}

#[test]
fn without_a_runtime_there_is_no_verifier() {
    assert!(matches!(builder().connect(), Err(InvalidOption::NoRuntime)));
}

#[tokio::test]
async fn neither_key_nor_token_is_ever_shown() {
    let server = Server::start().await;
    let builder = server.builder();
    let shown = format!("{builder:?}");
    let (verifier, _wire) = server.ready_with(builder).await;
    let verified = verifier.verify(&server.token()).await.unwrap();
    let shown =
        format!("{shown} {:?} {verifier:?} {:?} {verified:?}", server.connection(), verifier.health());
    for secret in [crate::server::RAW_KEY, "secret-key", &server.token()] {
        assert!(!shown.contains(secret));
    }
    for text in [
        "accesskey=c2VjcmV0",
        "endpoint=https://h/;accesskey=c2VjcmV0!",
        "endpoint=ftp://h/;accesskey=c2VjcmV0",
    ] {
        let error = Verifier::connect(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{error}");
    }
}

#[tokio::test]
async fn a_resource_in_the_path_of_the_endpoint_is_a_part_of_what_is_signed() {
    let server = Server::start().await;
    let endpoint = format!("{}/contoso/", server.origin());
    let connection = Connection::new(&endpoint, crate::server::RAW_KEY).unwrap();
    let _verifier = Verifier::builder(connection).connect().unwrap();
    let path = "/contoso/callsign/v1/revocations/snapshot";
    let asked = async {
        while server.script.count(path) == 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(asked).await;
    assert_eq!(server.script.count(crate::server::KEY_SET), 1, "keys are at the root of the host");
}
