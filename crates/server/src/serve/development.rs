//! The development authority's key, which outlives the process: clients keep their tokens for an hour.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use callsign_core::service::Service;
use callsign_core::store::StoredSigningKey;
use callsign_core::token::signing_key::SigningKey;
use callsign_core::wrapping::Wrapped;
use callsign_protocol::algorithm::Algorithm;

use crate::admin::DataFolder;
use crate::compose::StartError;
use crate::config::Config;
use crate::dev_entra::Authority;

/// Holds the key's id and the wrapped key.
const KEY_FILE: &str = "dev-entra.key";
const PRIVATE_MODE: u32 = 0o600;

/// The authority, when it is on. A key that cannot be read any more is replaced: all that is lost is tokens for development.
pub(super) fn authority(
    config: &Config,
    service: &Service,
    folder: &DataFolder,
) -> Result<Option<Arc<Authority>>, StartError> {
    if !config.dev_entra.enabled {
        return Ok(None);
    }
    let path = folder.path().join(KEY_FILE);
    let key = match read(&path, service) {
        Some(key) => key,
        None => make(&path, service)?,
    };
    let (clock, entropy) = (Arc::clone(&service.clock), Arc::clone(&service.entropy));
    Ok(Some(Arc::new(Authority::new(&config.dev_entra, key, clock, entropy))))
}

fn read(path: &Path, service: &Service) -> Option<SigningKey> {
    let text = fs::read_to_string(path).ok()?;
    let (key_id, wrapped) = text.trim().split_once(' ')?;
    let now = service.clock.now();
    let stored = StoredSigningKey {
        key_id: key_id.to_owned(),
        algorithm: Algorithm::Rs256,
        created_at: now,
        activates_at: now,
        wrapped: Wrapped(STANDARD.decode(wrapped).ok()?),
    };
    SigningKey::load(&stored, &service.key_encryption_key.load()).ok()
}

fn make(path: &Path, service: &Service) -> Result<SigningKey, StartError> {
    let fault = |error: &dyn std::fmt::Display| StartError::Store(format!("{}: {error}", path.display()));
    let now = service.clock.now();
    let key = SigningKey::generate(Algorithm::Rs256).map_err(|error| fault(&error))?;
    let stored = key.wrap(&service.key_encryption_key.load(), (now, now)).map_err(|error| fault(&error))?;
    let text = format!("{} {}\n", stored.key_id, STANDARD.encode(&stored.wrapped.0));
    let write = || {
        let mut file = fs::OpenOptions::new();
        file.write(true).create(true).truncate(true).mode(PRIVATE_MODE);
        file.open(path)?.write_all(text.as_bytes())
    };
    write().map_err(|error: std::io::Error| fault(&error))?;
    Ok(key)
}
