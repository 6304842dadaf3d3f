//! Wrapping anew over the model of a store.

use std::sync::Arc;

use callsign_protocol::algorithm::Algorithm;
use futures_executor::block_on;

use super::*;
use crate::service::sample::{key_encryption_key, make_resource, service};

fn opens(service: &Service, seed: u64) -> bool {
    block_on(check_opens(service.store.as_ref(), &key_encryption_key(seed))).is_ok()
}

#[test]
fn everything_opens_under_the_new_key_and_nothing_under_the_old() {
    let (service, _) = service();
    make_resource(&service, "blue", Algorithm::Es256);
    let before = service.resources.by_name("blue").unwrap();
    assert!(opens(&service, 1) && !opens(&service, 2));
    let rewrapped = block_on(service.rewrap_keys(key_encryption_key(2), Actor::Server)).unwrap();
    assert_eq!(rewrapped, RewrappedKeys { access_keys: 4, signing_keys: 4 });
    assert!(opens(&service, 2));
    let one_by_one = block_on(each_key(service.store.as_ref(), &key_encryption_key(2), |what, secret| {
        let present = key_encryption_key(2).wrap(what, secret.expose())?;
        assert!(key_encryption_key(1).unwrap(what, &present).is_err());
        Ok(present)
    }));
    assert_eq!(one_by_one.unwrap().signing_keys.len(), 4);
    assert!(!opens(&service, 1));
    block_on(service.reload_resources()).unwrap();
    assert_eq!(service.resources.by_name("blue").unwrap().keys[0].key, before.keys[0].key);
    block_on(service.keep_signing_keys()).unwrap();
    make_resource(&service, "red", Algorithm::Rs256);
    assert!(opens(&service, 2));
}

#[test]
fn a_key_that_opens_nothing_changes_nothing() {
    let (service, _) = service();
    let (wrong, next) = (key_encryption_key(3), key_encryption_key(2));
    let deed = Deed::new(service.clock.now(), Actor::Server, Action::RewrapKeys);
    let refused = block_on(rewrap(service.store.as_ref(), (&wrong, &next), &deed));
    assert!(matches!(refused, Err(LoadError::Wrapping(WrappingError::DoesNotOpen { .. }))));
    assert!(opens(&service, 1));
}

#[test]
fn keys_that_are_replaced_while_all_are_wrapped_anew_open_afterwards() {
    let (service, _) = service();
    let service = Arc::new(service);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for seed in 2..40 {
                block_on(service.rewrap_keys(key_encryption_key(seed), Actor::Server)).unwrap();
            }
        });
        for _ in 0..40 {
            let resource = service.resources.default_one().unwrap();
            let replaced = service.regenerate_access_key(&resource, KeySlot::Secondary, Actor::Server);
            assert!(block_on(replaced).unwrap());
        }
    });
    assert!(opens(&service, 39));
    assert_eq!(service.resources.default_one().unwrap().keys[1].generation, 40);
}
