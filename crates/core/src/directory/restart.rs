//! A new life after a backup was put back. The backup knows nothing of what was revoked since it was made, so nothing that was
//! issued until now may count any more (`design/tokens.md` §2).

use crate::directory::audit::Deed;
use crate::error::Error;
use crate::store::Store;
use crate::token::rotation::{self, Policy, Watch};
use crate::token::upkeep::{make, wanted_algorithms};
use crate::wrapping::KeyEncryptionKey;

/// Begins the new life, in one transaction: every token from before is dead, and fresh keys sign those that follow.
/// `incarnation` is greater than any that was ever served from this directory; the unix time in seconds is.
///
/// # Errors
/// [`Error`] of the store or of making keys; the old life goes on then.
pub async fn restart(
    store: &dyn Store,
    under: &KeyEncryptionKey,
    (policy, incarnation): (Policy, u64),
    deed: &Deed,
) -> Result<(), Error> {
    let resources = store.resources().await?;
    let wanted = wanted_algorithms(&resources);
    let planned = rotation::upkeep(&[], &wanted, policy, &Watch::begin(deed.at));
    let keys = make(&planned.add, under, deed.at).await?;
    Ok(store.begin_incarnation(incarnation, &keys, deed).await?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use callsign_protocol::algorithm::Algorithm;
    use callsign_protocol::lifetime::Lifetime;
    use callsign_protocol::messages::request::CreateIdentity;
    use callsign_protocol::scope::{Scope, Scopes};
    use futures_executor::block_on;

    use super::*;
    use crate::directory::audit::{Action, Actor};
    use crate::operation::create_identity::create_identity;
    use crate::service::Service;
    use crate::service::sample::{caller, clock, key_encryption_key, make_resource, node};
    use crate::store::memory::MemoryStore;
    use crate::token::verify::verify;

    fn token(service: &Service, resource: &str) -> String {
        let scopes = Some(Scopes::new([Scope::Chat]).unwrap());
        let message = CreateIdentity { custom_id: None, scopes, lifetime: Lifetime::MAX };
        let caller = caller(service, resource);
        block_on(create_identity(service, &caller, message)).unwrap().token.unwrap().token
    }

    fn is_good(service: &Service, resource: &str, token: &str) -> bool {
        let resource = service.resources.by_name(resource).unwrap().stored.id;
        block_on(verify(service, resource, token)).unwrap().is_ok()
    }

    #[test]
    fn in_a_new_life_old_tokens_are_dead_new_ones_good_and_keys_unknown() {
        let (store, clock): (Arc<MemoryStore>, _) = (Arc::default(), clock());
        let service = node(&store, &clock, 1);
        let blue = make_resource(&service, "blue", Algorithm::Es256).stored.id;
        make_resource(&service, "red", Algorithm::Rs256);
        let old = [("blue", token(&service, "blue")), ("red", token(&service, "red"))];
        let old_keys = service.signing_keys.in_force().times();

        let deed = Deed::new(service.clock.now(), Actor::Server, Action::RestoreBackup);
        let (policy, incarnation) = (Policy { rotate_every_days: 90 }, 1_800_000_000);
        let under = key_encryption_key(1);
        block_on(restart(store.as_ref(), &under, (policy, incarnation), &deed)).unwrap();

        let again = node(&store, &clock, 2);
        for (resource, token) in &old {
            assert!(!is_good(&again, resource, token), "{resource}");
        }
        for resource in ["blue", "red"] {
            assert!(is_good(&again, resource, &token(&again, resource)), "{resource}");
        }
        assert_eq!(again.signing_keys.in_force().times().len(), 4);
        for key in old_keys {
            assert!(again.signing_keys.in_force().verifying(&key.key_id).is_none());
        }
        let position = block_on(again.store.feed_position(blue)).unwrap().unwrap();
        assert_eq!((position.incarnation, position.count), (incarnation, 0));
        let red = again.resources.by_name("red").unwrap();
        assert_eq!(callsign_protocol::revocation::incarnation(red.stored.epoch), incarnation);
    }
}
