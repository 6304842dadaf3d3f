//! Resources in memory: how a request finds its resource, and the keys that may have signed it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_protocol::access_key::{ACCESS_KEY_BYTES, AccessKey, KeySlot};
use callsign_protocol::date::Timestamp;
use callsign_protocol::resource::{DataLocation, ResourceName};
use callsign_protocol::signature::RequestKey;
use uuid::Uuid;

use crate::entropy::{self, Entropy};
use crate::error::{Error, LoadError};
use crate::service::Service;
use crate::store::{Store, StoreError, StoredKey, StoredResource};
use crate::wrapping::KeyEncryptionKey;

/// A resource with its keys unwrapped.
#[derive(Debug)]
pub struct Resource {
    /// What the store says of it.
    pub stored: StoredResource,
    /// The two access keys, primary first.
    pub keys: [ActiveKey; 2],
}

/// An access key in force.
#[derive(Debug)]
pub struct ActiveKey {
    /// Which of the two.
    pub slot: KeySlot,
    /// How often it was regenerated.
    pub generation: u64,
    /// The key itself.
    pub key: AccessKey,
    /// The key, prepared for checking.
    pub request_key: RequestKey,
}

/// All resources, replaced as a whole when one changes.
#[derive(Debug)]
pub struct Resources {
    current: ArcSwap<Vec<Arc<Resource>>>,
}

impl Resources {
    /// Loads all resources and unwraps their keys.
    ///
    /// # Errors
    /// [`LoadError`].
    pub async fn load(store: &dyn Store, under: &KeyEncryptionKey) -> Result<Self, LoadError> {
        Ok(Self { current: ArcSwap::from_pointee(unwrapped(store, under).await?) })
    }

    /// Loads them again after a change.
    ///
    /// # Errors
    /// [`LoadError`]; what was loaded before stays in force.
    pub async fn reload(&self, store: &dyn Store, under: &KeyEncryptionKey) -> Result<(), LoadError> {
        self.current.store(Arc::new(unwrapped(store, under).await?));
        Ok(())
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<Arc<Resource>>> {
        self.current.load_full()
    }

    /// The oldest one: it answers where nothing names another.
    #[must_use]
    pub fn default_one(&self) -> Option<Arc<Resource>> {
        self.current.load().first().cloned()
    }

    fn find(&self, wanted: impl Fn(&StoredResource) -> bool) -> Option<Arc<Resource>> {
        self.current.load().iter().find(|resource| wanted(&resource.stored)).cloned()
    }

    /// The one of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Arc<Resource>> {
        self.find(|resource| resource.name.as_str() == name)
    }

    /// The one that has the port for itself.
    #[must_use]
    pub fn by_port(&self, port: u16) -> Option<Arc<Resource>> {
        self.find(|resource| resource.port == Some(port))
    }

    /// The one that was given the host name (without port, lower case).
    #[must_use]
    pub fn by_given_host(&self, host: &str) -> Option<Arc<Resource>> {
        self.find(|resource| resource.hosts.iter().any(|other| other == host))
    }

    /// The one whose name is the first label of the host name (without port, lower case).
    #[must_use]
    pub fn by_first_label(&self, host: &str) -> Option<Arc<Resource>> {
        host.split_once('.').and_then(|(label, _)| self.by_name(label))
    }
}

async fn unwrapped(store: &dyn Store, under: &KeyEncryptionKey) -> Result<Vec<Arc<Resource>>, LoadError> {
    let resources = store.resources().await?;
    resources.into_iter().map(|stored| Ok(Arc::new(unwrap_keys(stored, under)?))).collect()
}

fn unwrap_keys(stored: StoredResource, under: &KeyEncryptionKey) -> Result<Resource, LoadError> {
    let active = |slot: KeySlot, key: &StoredKey| -> Result<ActiveKey, LoadError> {
        let what = wrapped_as(stored.id, slot, key.generation);
        let bytes = under.unwrap(&what, &key.wrapped)?.expose().clone();
        let key_bytes = AccessKey::from_bytes(bytes).map_err(|error| StoreError::Corrupt {
            table: "access_key",
            key: what,
            reason: error.to_string(),
        })?;
        let request_key = RequestKey::new(&key_bytes);
        Ok(ActiveKey { slot, generation: key.generation, key: key_bytes, request_key })
    };
    let [primary, secondary] = &stored.keys;
    let keys = [active(KeySlot::Primary, primary)?, active(KeySlot::Secondary, secondary)?];
    Ok(Resource { stored, keys })
}

fn wrapped_as(resource: Uuid, slot: KeySlot, generation: u64) -> String {
    format!("access key {} of {resource}, generation {generation}", slot.number())
}

fn fresh_key(
    (resource, slot, generation): (Uuid, KeySlot, u64),
    under: &KeyEncryptionKey,
    entropy: &dyn Entropy,
) -> Result<StoredKey, Error> {
    let bytes = zeroize::Zeroizing::new(entropy::bytes::<ACCESS_KEY_BYTES>(entropy)?);
    let wrapped = under
        .wrap(&wrapped_as(resource, slot, generation), bytes.as_slice())
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(StoredKey { generation, wrapped })
}

/// What a new resource shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewResource {
    /// Its name.
    pub name: ResourceName,
    /// Where its data lies.
    pub data_location: DataLocation,
    /// A port of its own, if it gets one.
    pub port: Option<u16>,
    /// Host names that lead to it.
    pub hosts: Vec<String>,
}

/// Makes a resource with a fresh guid and two fresh keys; `false` when its name or port is taken.
///
/// # Errors
/// [`Error`] of the store, of randomness or of wrapping.
pub async fn create(
    store: &dyn Store,
    under: &KeyEncryptionKey,
    entropy: &dyn Entropy,
    (new, now): (NewResource, Timestamp),
) -> Result<bool, Error> {
    let id = uuid::Builder::from_random_bytes(entropy::bytes(entropy)?).into_uuid();
    let stored = StoredResource {
        id,
        name: new.name,
        data_location: new.data_location,
        created_at: Timestamp::from_unix_milliseconds(now.unix_milliseconds()),
        epoch: 0,
        port: new.port,
        hosts: new.hosts,
        keys: [
            fresh_key((id, KeySlot::Primary, 0), under, entropy)?,
            fresh_key((id, KeySlot::Secondary, 0), under, entropy)?,
        ],
    };
    Ok(store.create_resource(&stored).await?)
}

impl Service {
    /// Replaces an access key of a resource by a fresh one and loads it. What the old one minted is revoked by it
    /// (`design/tokens.md` §2). `false` when there is no such resource.
    ///
    /// # Errors
    /// [`Error`] of the store, of randomness or of wrapping.
    pub async fn regenerate_access_key(&self, resource: &Resource, slot: KeySlot) -> Result<bool, Error> {
        let generation =
            resource.keys.iter().find(|key| key.slot == slot).map_or(0, |key| key.generation) + 1;
        let place = (resource.stored.id, slot, generation);
        let key = fresh_key(place, &self.key_encryption_key, self.entropy.as_ref())?;
        let replaced = self.store.replace_access_key(resource.stored.id, slot, &key).await?;
        self.reload_resources().await?;
        Ok(replaced.is_some())
    }

    /// Loads resources again after a change.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]; what was loaded before stays in force.
    pub async fn reload_resources(&self) -> Result<(), Error> {
        match self.resources.reload(self.store.as_ref(), &self.key_encryption_key).await {
            Ok(()) => Ok(()),
            Err(LoadError::Store(error)) => Err(error.into()),
            Err(LoadError::Wrapping(error)) => Err(Error::Internal(error.to_string())),
            Err(LoadError::Failed(error)) => Err(error),
        }
    }
}
