//! Resources in memory: how a request finds its resource, and the keys that may have signed it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use callsign_protocol::access_key::{ACCESS_KEY_BYTES, AccessKey, KeySlot};
use callsign_protocol::algorithm::Algorithm;
use callsign_protocol::lifetime::Lifetime;
use callsign_protocol::resource::{DataLocation, ResourceName};
use callsign_protocol::signature::RequestKey;
use uuid::Uuid;

use crate::directory::audit::{Action, Actor, Deed};
use crate::entropy::{self, Entropy};
use crate::error::{Error, LoadError};
use crate::service::Service;
use crate::store::{Store, StoreError, StoredKey, StoredResource};
use crate::wrapping::KeyEncryptionKey;

/// A resource with its keys unwrapped.
#[derive(Debug, Clone)]
pub struct Resource {
    /// What the store says of it.
    pub stored: StoredResource,
    /// The two access keys, primary first.
    pub keys: [ActiveKey; 2],
}

/// An access key in force.
#[derive(Debug, Clone)]
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

    /// Puts a key in the place of the one before it when the store cannot tell.
    fn put_key(&self, resource: Uuid, key: &ActiveKey) {
        let renewed = |known: &Arc<Resource>| {
            if known.stored.id != resource {
                return Arc::clone(known);
            }
            let mut renewed = Resource::clone(known);
            for present in renewed.keys.iter_mut().filter(|present| present.slot == key.slot) {
                *present = key.clone();
            }
            Arc::new(renewed)
        };
        self.current.rcu(|resources| resources.iter().map(renewed).collect::<Vec<_>>());
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
    let [primary, secondary] = &stored.keys;
    let keys = [
        unwrap_key((stored.id, KeySlot::Primary), primary, under)?,
        unwrap_key((stored.id, KeySlot::Secondary), secondary, under)?,
    ];
    Ok(Resource { stored, keys })
}

fn unwrap_key(
    (resource, slot): (Uuid, KeySlot),
    key: &StoredKey,
    under: &KeyEncryptionKey,
) -> Result<ActiveKey, LoadError> {
    let what = wrapped_as(resource, slot, key.generation);
    let bytes = under.unwrap(&what, &key.wrapped)?.expose().clone();
    let key_bytes = AccessKey::from_bytes(bytes).map_err(|error| StoreError::Corrupt {
        table: "access_key",
        key: what,
        reason: error.to_string(),
    })?;
    let request_key = RequestKey::new(&key_bytes);
    Ok(ActiveKey { slot, generation: key.generation, key: key_bytes, request_key })
}

/// What an access key is wrapped as.
pub(crate) fn wrapped_as(resource: Uuid, slot: KeySlot, generation: u64) -> String {
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
    /// What its tokens are signed by.
    pub signing_algorithm: Algorithm,
}

/// Makes a resource with a fresh guid and two fresh keys; `false` when its name or port is taken.
///
/// # Errors
/// [`Error`] of the store, of randomness or of wrapping.
pub async fn create(
    store: &dyn Store,
    under: &KeyEncryptionKey,
    entropy: &dyn Entropy,
    (new, deed): (NewResource, &Deed),
) -> Result<bool, Error> {
    let id = uuid::Builder::from_random_bytes(entropy::bytes(entropy)?).into_uuid();
    let stored = StoredResource {
        id,
        name: new.name,
        data_location: new.data_location,
        signing_algorithm: new.signing_algorithm,
        created_at: deed.at.whole_milliseconds(),
        epoch: 0,
        port: new.port,
        hosts: new.hosts,
        keys: [
            fresh_key((id, KeySlot::Primary, 0), under, entropy)?,
            fresh_key((id, KeySlot::Secondary, 0), under, entropy)?,
        ],
    };
    Ok(store.create_resource(&stored, deed).await?)
}

impl Service {
    /// Makes a resource and loads it; `false` when its name or port is taken. A key that signs as it wishes is there before it.
    ///
    /// # Errors
    /// [`Error`] of the store, of randomness, of wrapping or of making keys.
    pub async fn create_resource(&self, new: NewResource, actor: Actor) -> Result<bool, Error> {
        let _turn = self.key_changes.lock().await;
        self.keep_keys_for(Some(new.signing_algorithm)).await?;
        let deed = Deed::new(self.clock.now(), actor, Action::CreateResource);
        let under = self.key_encryption_key.load_full();
        let created = create(self.store.as_ref(), &under, self.entropy.as_ref(), (new, &deed)).await?;
        self.reload_resources().await?;
        Ok(created)
    }

    /// Has the resource's tokens signed by that algorithm from now on; those that it has stay as good as they are. A key that
    /// signs so is there before. `false` when there is no such resource.
    ///
    /// # Errors
    /// [`Error`] of the store or of making keys.
    pub async fn set_signing_algorithm(
        &self,
        resource: Uuid,
        algorithm: Algorithm,
        actor: Actor,
    ) -> Result<bool, Error> {
        let _turn = self.key_changes.lock().await;
        self.keep_keys_for(Some(algorithm)).await?;
        let deed = Deed::new(self.clock.now(), actor, Action::SetSigningAlgorithm);
        let set = self.store.set_signing_algorithm(resource, algorithm, &deed).await?;
        self.reload_resources().await?;
        Ok(set)
    }

    /// How many identities of the resource got a token in the last 24 hours: at most so many can have one that is alive.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for now.
    pub async fn identities_with_live_tokens(&self, resource: Uuid) -> Result<u64, Error> {
        // What was noted since the last flush would be missing.
        self.last_issued.flush(self.store.as_ref()).await?;
        let since = self.clock.now().plus_minutes(-Lifetime::MINUTES_MAX);
        Ok(self.store.count_issued_since(resource, since).await?)
    }

    /// Replaces an access key of a resource by a fresh one and loads it. What the old one minted is revoked by it
    /// (`design/tokens.md` §2). `false` when there is no such resource.
    ///
    /// # Errors
    /// [`Error`] of the store, of randomness or of wrapping. When only loading it failed, the old key opens nothing all the
    /// same.
    pub async fn regenerate_access_key(
        &self,
        resource: &Resource,
        slot: KeySlot,
        actor: Actor,
    ) -> Result<bool, Error> {
        let _turn = self.key_changes.lock().await;
        let generation =
            resource.keys.iter().find(|key| key.slot == slot).map_or(0, |key| key.generation) + 1;
        let place = (resource.stored.id, slot, generation);
        let under = self.key_encryption_key.load();
        let key = fresh_key(place, &under, self.entropy.as_ref())?;
        let fresh = unwrap_key((resource.stored.id, slot), &key, &under)?;
        let deed = Deed::new(self.clock.now(), actor, Action::RegenerateAccessKey);
        let replaced = self.store.replace_access_key(resource.stored.id, (slot, &key), &deed).await?;
        self.feeds.changed();
        if let Err(error) = self.reload_resources().await {
            self.resources.put_key(resource.stored.id, &fresh);
            return Err(error);
        }
        Ok(replaced.is_some())
    }

    /// Loads resources again after a change.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]; what was loaded before stays in force.
    pub async fn reload_resources(&self) -> Result<(), Error> {
        let under = self.key_encryption_key.load_full();
        Ok(self.resources.reload(self.store.as_ref(), &under).await?)
    }

    /// Revokes every token that the resource has so far. `false` when there is no such resource.
    ///
    /// # Errors
    /// [`Error::Unavailable`] for now.
    pub async fn revoke_resource(&self, resource: Uuid, actor: Actor) -> Result<bool, Error> {
        let deed = Deed::new(self.clock.now(), actor, Action::RevokeResource);
        let raised = self.store.raise_resource_epoch(resource, &deed).await?;
        self.feeds.changed();
        Ok(raised.is_some())
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::service::sample::{key_encryption_key, service};

    /// What cannot be loaded here was wrapped by a node with another key-encryption key.
    #[test]
    fn an_access_key_that_was_replaced_opens_nothing_even_if_keys_cannot_be_loaded_again() {
        let (service, _) = service();
        let under = key_encryption_key(2);
        let new = NewResource {
            name: "blue".parse().unwrap(),
            data_location: DataLocation::Europe,
            port: None,
            hosts: Vec::new(),
            signing_algorithm: Algorithm::Rs256,
        };
        let deed = Deed::new(service.clock.now(), Actor::Server, Action::CreateResource);
        let made = create(service.store.as_ref(), &under, service.entropy.as_ref(), (new, &deed));
        assert!(block_on(made).unwrap());
        let before = service.resources.default_one().unwrap();
        let regenerate = |resource: &Resource| {
            block_on(service.regenerate_access_key(resource, KeySlot::Primary, Actor::Server))
        };
        assert!(regenerate(&before).is_err());
        let after = service.resources.default_one().unwrap();
        assert_eq!(after.keys.each_ref().map(|key| key.generation), [1, 0]);
        assert!(after.keys.iter().all(|key| key.key != before.keys[0].key));
        assert_eq!(after.keys[1].key, before.keys[1].key);
        // What was put in place is what the store has.
        block_on(service.store.delete_resource(blue(&service), &deed)).unwrap();
        block_on(service.reload_resources()).unwrap();
        assert_eq!(service.resources.default_one().unwrap().keys[0].key, after.keys[0].key);
    }

    fn blue(service: &Service) -> Uuid {
        let stored = block_on(service.store.resources()).unwrap();
        stored.iter().find(|resource| resource.name.as_str() == "blue").unwrap().id
    }
}
