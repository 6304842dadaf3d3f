//! The whole room, seen by a client that trusts nothing but the authority's file.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConnection,
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    time_provider::TimeProvider,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{Change, ServerTls, TlsError, WantedNames, resolver};

const NOW: OffsetDateTime = datetime!(2026-07-01 12:00 UTC);
const SWAPPED: Change = Change { swapped: true, warning: None };

#[derive(Debug)]
struct Frozen(OffsetDateTime);

impl TimeProvider for Frozen {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = self.0.unix_timestamp().try_into().unwrap();
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds)))
    }
}

fn names(resources: &[&str]) -> WantedNames {
    WantedNames::new(resources.iter().copied(), ["id.example", "*.id.example", "10.1.2.3"]).unwrap()
}

fn own(folder: &TempDir, resources: &[&str]) -> ServerTls {
    own_at(folder, resources, NOW).unwrap()
}

fn own_at(folder: &TempDir, resources: &[&str], now: OffsetDateTime) -> Result<ServerTls, TlsError> {
    ServerTls::own(&folder.path().join("tls"), &names(resources), now)
}

fn authority_of(tls: &ServerTls) -> Vec<u8> {
    fs::read(&tls.trust_paths().unwrap().authority).unwrap()
}

/// The certificate that a client sees, or why it hangs up. No protocol of the client is the server's first choice.
fn connect(
    tls: &ServerTls,
    trusted_pem: &[u8],
    name: &str,
    now: OffsetDateTime,
) -> Result<CertificateDer<'static>, String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted_pem).unwrap()).unwrap();
    let mut config =
        ClientConfig::builder_with_details(Arc::new(resolver::provider()), Arc::new(Frozen(now)))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"h2".to_vec()];
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut server = ServerConnection::new(tls.server_config()).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut flight = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut flight).unwrap();
        }
        let mut unread = flight.as_slice();
        while !unread.is_empty() {
            server.read_tls(&mut unread).unwrap();
            server.process_new_packets().map_err(|error| error.to_string())?;
        }
        let mut flight = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut flight).unwrap();
        }
        let mut unread = flight.as_slice();
        while !unread.is_empty() {
            client.read_tls(&mut unread).unwrap();
            client.process_new_packets().map_err(|error| error.to_string())?;
        }
    }
    assert_eq!(client.alpn_protocol(), Some(b"h2".as_slice()));
    Ok(client.peer_certificates().unwrap()[0].clone().into_owned())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_client_that_trusts_the_authority_accepts_every_name() {
    let folder = tempfile::tempdir().unwrap();
    let tls = own(&folder, &["default", "blue"]);
    let ca = authority_of(&tls);
    for name in [
        "localhost",
        "127.0.0.1",
        "::1",
        "default.localhost",
        "blue.localhost",
        "id.example",
        "blue.id.example",
        "10.1.2.3",
    ] {
        connect(&tls, &ca, name, NOW).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let error = connect(&tls, &ca, "green.localhost", NOW).unwrap_err();
    assert!(error.contains("green.localhost"), "{error}");
    assert!(!tls.is_given());
    assert_eq!(format!("{tls:?}"), "ServerTls { is_given: false, .. }");
}

#[test]
fn a_client_of_another_authority_refuses_the_certificate() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tls = own(&folder, &[]);
    let error = connect(&tls, &authority_of(&own(&other, &[])), "localhost", NOW).unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");
}

#[test]
fn a_second_start_serves_the_same_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let first = own(&folder, &["default"]);
    let ca = authority_of(&first);
    let certificate = connect(&first, &ca, "localhost", NOW).unwrap();
    let second = own(&folder, &["default"]);
    assert_eq!(authority_of(&second), ca);
    assert_eq!(connect(&second, &ca, "localhost", NOW).unwrap(), certificate);
}

#[test]
fn a_start_with_fewer_names_issues_a_certificate_without_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority_of(&own(&folder, &["default", "blue"]));
    let second = own(&folder, &["default"]);
    assert_eq!(authority_of(&second), ca);
    assert!(connect(&second, &ca, "default.localhost", NOW).is_ok());
    assert!(connect(&second, &ca, "blue.localhost", NOW).is_err());
}

#[test]
fn a_new_name_is_served_at_once_under_the_same_authority() {
    let folder = tempfile::tempdir().unwrap();
    let tls = own(&folder, &["default"]);
    let ca = authority_of(&tls);
    let before = connect(&tls, &ca, "localhost", NOW).unwrap();
    assert!(connect(&tls, &ca, "green.localhost", NOW).is_err());
    assert_eq!(tls.rename(&names(&["default", "green"]), NOW).unwrap(), SWAPPED);
    assert!(connect(&tls, &ca, "green.localhost", NOW).is_ok());
    assert_ne!(connect(&tls, &ca, "localhost", NOW).unwrap(), before);
    assert_eq!(tls.rename(&names(&["green", "default"]), NOW).unwrap(), Change::default());
    assert_eq!(authority_of(&tls), ca);
}

#[test]
fn keys_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let leftover = folder.path().join("tls").join("ca.key.new");
    fs::create_dir(folder.path().join("tls")).unwrap();
    fs::write(&leftover, "left behind by a crash").unwrap();
    fs::set_permissions(&leftover, fs::Permissions::from_mode(0o666)).unwrap();
    let tls = own(&folder, &[]);
    tls.rename(&names(&["default"]), NOW).unwrap();
    for name in ["ca.key", "leaf.key"] {
        assert_eq!(mode(&folder.path().join("tls").join(name)), 0o600, "{name}");
    }
    assert!(!leftover.exists());

    let fresh = tempfile::tempdir().unwrap();
    own(&fresh, &[]);
    assert_eq!(mode(&fresh.path().join("tls")), 0o700);
}

#[test]
fn a_key_that_others_can_read_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    own(&folder, &[]);
    let key = folder.path().join("tls").join("ca.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let warnings = own(&folder, &[]).warnings().join("\n");
    assert!(warnings.contains("chmod 600"), "{warnings}");
}

#[test]
fn a_certificate_near_its_end_is_renewed_while_serving_and_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let tls = own(&folder, &[]);
    let ca = authority_of(&tls);
    let later = NOW + Duration::days(370);
    assert_eq!(tls.refresh(NOW + Duration::days(300)).unwrap(), Change::default());
    assert_eq!(tls.refresh(later).unwrap(), SWAPPED);
    assert_eq!(tls.refresh(later).unwrap(), Change::default());
    assert!(connect(&tls, &ca, "localhost", NOW + Duration::days(500)).is_ok());

    let much_later = NOW + Duration::days(1500);
    let tls = own_at(&folder, &[], much_later).unwrap();
    assert!(connect(&tls, &ca, "localhost", much_later).is_ok());
}

#[test]
fn an_authority_near_its_end_is_reported_and_one_past_it_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority_of(&own(&folder, &[]));
    let last_days = NOW + Duration::days(3640);
    let tls = own_at(&folder, &[], last_days).unwrap();
    assert!(tls.warnings()[0].contains("expires on 2036-06-27"), "{:?}", tls.warnings());
    assert!(connect(&tls, &ca, "localhost", last_days).is_ok());
    assert_eq!(tls.refresh(last_days).unwrap(), Change::default(), "nothing longer can be issued");

    let past = NOW + Duration::days(3651);
    let error = own_at(&folder, &[], past).unwrap_err().to_string();
    assert!(error.contains("expired on 2036-06-27. Remove that folder"), "{error}");
    let error = tls.refresh(past).unwrap_err().to_string();
    assert!(error.contains("expired on 2036-06-27"), "{error}");
    assert_eq!(tls.refresh(past).unwrap(), Change::default(), "said once");
    assert!(tls.rename(&names(&["blue"]), past).is_err());
    let error = own_at(&folder, &[], NOW - Duration::days(30)).unwrap_err().to_string();
    assert!(error.contains("this machine's clock says 2026-06-01"), "{error}");
}

#[test]
fn a_damaged_authority_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    own(&folder, &[]);
    let file = |name: &str| folder.path().join("tls").join(name);
    let (ca, ca_key) = (fs::read(file("ca.pem")).unwrap(), fs::read(file("ca.key")).unwrap());
    let fault = || own_at(&folder, &[], NOW).unwrap_err().to_string();
    let foreign = foreign_authority(&ca_key);

    for (name, contents, expected) in [
        ("ca.pem", b"nonsense".as_slice(), "ca.pem is not a certificate"),
        ("ca.pem", &ca[..ca.len() / 2], "ca.pem is not a certificate"),
        ("ca.pem", pair("other").0.as_bytes(), "ca.key does not belong to ca.pem"),
        ("ca.pem", foreign.as_bytes(), "ca.pem was not made by this server"),
        ("ca.key", b"", "ca.key is not a P-256 private key"),
        ("ca.key", pair("other").1.as_bytes(), "ca.key does not belong to ca.pem"),
    ] {
        fs::write(file(name), contents).unwrap();
        let _ = fs::remove_file(file("leaf.pem"));
        let error = fault();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("remove that folder and start again"), "{error}");
        fs::write(file("ca.pem"), &ca).unwrap();
        fs::write(file("ca.key"), &ca_key).unwrap();
    }
    fs::remove_file(file("ca.key")).unwrap();
    assert!(fault().contains("its key ca.key is missing"));
}

/// A certificate of the authority's key under another name.
fn foreign_authority(key_pem: &[u8]) -> String {
    let key = KeyPair::from_pem(std::str::from_utf8(key_pem).unwrap()).unwrap();
    CertificateParams::new(["foreign".to_owned()]).unwrap().self_signed(&key).unwrap().pem()
}

#[test]
fn a_first_start_that_ended_before_the_certificate_was_written_is_made_good() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority_of(&own(&folder, &[]));
    fs::remove_file(folder.path().join("tls").join("ca.pem")).unwrap();
    let tls = own(&folder, &[]);
    assert!(connect(&tls, &ca, "localhost", NOW).is_ok(), "a client with the earlier copy still trusts it");
}

#[test]
fn a_damaged_certificate_below_a_sound_authority_is_issued_anew() {
    let folder = tempfile::tempdir().unwrap();
    let ca = authority_of(&own(&folder, &[]));
    for name in ["leaf.pem", "leaf.key"] {
        fs::write(folder.path().join("tls").join(name), "nonsense").unwrap();
        assert!(connect(&own(&folder, &[]), &ca, "localhost", NOW).is_ok());
    }
}

#[test]
fn the_bundle_holds_the_authority_once_after_two_starts() {
    let folder = tempfile::tempdir().unwrap();
    let ca = CertificateDer::from_pem_slice(&authority_of(&own(&folder, &[]))).unwrap();
    let tls = own(&folder, &["default"]);
    let bundle = CertificateDer::pem_file_iter(&tls.trust_paths().unwrap().bundle).unwrap();
    assert_eq!(bundle.filter(|root| root.as_ref().unwrap() == &ca).count(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tls"), "a file").unwrap();
    let error = own_at(&folder, &[], NOW).unwrap_err().to_string();
    assert!(error.contains("cannot be made") && error.contains("Give the user"), "{error}");
}

/// A certificate, its own issuer, and its key, in PEM form.
fn pair(name: &str) -> (String, String) {
    pair_until(name, NOW + Duration::days(90))
}

fn pair_until(name: &str, not_after: OffsetDateTime) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = NOW - Duration::days(100);
    params.not_after = not_after;
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn first_half(pem: &str) -> &str {
    pem.split_at(pem.len() / 2).0
}

struct GivenFiles {
    folder: TempDir,
    certificate: PathBuf,
    private_key: PathBuf,
}

impl GivenFiles {
    fn new(certificate: &str, private_key: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        let files = Self { certificate: path("given.pem"), private_key: path("given.key"), folder };
        files.put(&files.certificate, certificate);
        files.put(&files.private_key, private_key);
        files
    }

    /// Renames a new file into place, as certificate tools do, so that no clock is needed to see the change.
    fn put(&self, path: &Path, contents: &str) {
        let draft = self.folder.path().join("draft");
        fs::write(&draft, contents).unwrap();
        fs::rename(&draft, path).unwrap();
    }

    fn open(&self) -> Result<ServerTls, TlsError> {
        ServerTls::given(&self.certificate, &self.private_key, NOW)
    }
}

#[test]
fn given_files_are_served_and_a_new_pair_is_taken_up() {
    let (certificate, key) = pair("one.example");
    let files = GivenFiles::new(&certificate, &key);
    let tls = files.open().unwrap();
    assert!(tls.is_given() && tls.trust_paths().is_none() && tls.warnings().is_empty());
    assert!(connect(&tls, certificate.as_bytes(), "one.example", NOW).is_ok());
    assert_eq!(tls.refresh(NOW).unwrap(), Change::default());
    assert_eq!(tls.rename(&names(&["blue"]), NOW).unwrap(), Change::default());

    let (certificate, key) = pair("two.example");
    files.put(&files.certificate, &certificate);
    files.put(&files.private_key, &key);
    assert_eq!(tls.refresh(NOW).unwrap(), SWAPPED);
    assert_eq!(tls.refresh(NOW).unwrap(), Change::default());
    assert!(connect(&tls, certificate.as_bytes(), "two.example", NOW).is_ok());
}

#[test]
fn a_bad_new_file_is_reported_once_and_the_old_pair_stays() {
    let (old, key) = pair("one.example");
    let files = GivenFiles::new(&old, &key);
    let tls = files.open().unwrap();
    let (new, new_key) = pair("two.example");
    for (contents, expected) in [
        (new.as_str(), "is not the key of the first certificate"),
        ("nonsense", "holds no certificate in PEM form"),
        (first_half(&new), "is damaged"),
    ] {
        files.put(&files.certificate, contents);
        let error = tls.refresh(NOW).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(tls.refresh(NOW).unwrap(), Change::default());
        assert!(connect(&tls, old.as_bytes(), "one.example", NOW).is_ok());
    }
    files.put(&files.certificate, &old);
    fs::remove_file(&files.private_key).unwrap();
    let error = tls.refresh(NOW).unwrap_err().to_string();
    assert!(error.contains("given.key cannot be read") && error.ends_with("Check the path."), "{error}");
    assert!(connect(&tls, old.as_bytes(), "one.example", NOW).is_ok());

    files.put(&files.certificate, &new);
    files.put(&files.private_key, &new_key);
    assert_eq!(tls.refresh(NOW).unwrap(), SWAPPED);
}

#[test]
fn given_files_that_cannot_be_used_stop_the_start_with_a_sentence() {
    let (certificate, key) = pair("one.example");
    let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let damaged_key = first_half(&key);
    for (certificate, key, expected) in [
        ("", key.as_str(), "given.pem cannot be used: it holds no certificate in PEM form"),
        (key.as_str(), key.as_str(), "given.pem cannot be used: it holds no certificate in PEM form"),
        (&certificate, &certificate, "given.key cannot be used: it holds no private key in PEM form"),
        (&certificate, damaged_key, "given.key cannot be used: its private key is damaged"),
        (&certificate, &encrypted, "given.key cannot be used: its private key is encrypted"),
        (
            &certificate,
            &pair("two").1,
            "given.key cannot be used: it is not the key of the first certificate",
        ),
    ] {
        let error = GivenFiles::new(certificate, key).open().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let missing = Path::new("no-such-folder").join("given.pem");
    let error = ServerTls::given(&missing, &missing, NOW).unwrap_err().to_string();
    assert!(error.contains("given.pem cannot be read: No such file"), "{error}");
}

#[test]
fn a_given_certificate_that_has_expired_is_served_with_a_warning() {
    let (certificate, key) = pair_until("one.example", NOW - Duration::days(1));
    let files = GivenFiles::new(&certificate, &key);
    let tls = files.open().unwrap();
    assert!(tls.warnings()[0].contains("expired on 2026-06-30"), "{:?}", tls.warnings());
    let error = connect(&tls, certificate.as_bytes(), "one.example", NOW).unwrap_err();
    assert!(error.contains("expired"), "{error}");
}
