//! The tables, how they came to be, and how a file is known to be ours.

use rusqlite::{Connection, Result, TransactionBehavior};

use super::failure::{Failure, at};

/// `CSGN`, in the header of every file of ours (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x4353_474E;

/// Migration n takes a file from schema n to schema n + 1. One that was released is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_first.sql"),
    include_str!("schema/0002_revocations.sql"),
    include_str!("schema/0003_entra.sql"),
];

/// The schema that this release reads and writes.
pub(super) const KNOWN: usize = MIGRATIONS.len();

/// Whose a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody's: it is empty.
    Nobody,
    /// Ours, with a schema that this release knows.
    Callsign,
    /// That of a later release of ours.
    NewerCallsign {
        /// The schema it has.
        schema: i64,
    },
    /// Another program's.
    Another,
}

/// Finds out whose the file is. It only reads.
pub(super) fn owner(connection: &Connection) -> Result<Owner> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let schema = number("PRAGMA user_version")?;
    Ok(match number("PRAGMA application_id")? {
        0 if tables == 0 && schema == 0 => Owner::Nobody,
        application_id if application_id != i64::from(APPLICATION_ID) => Owner::Another,
        _ if usize::try_from(schema).is_ok_and(|schema| schema <= KNOWN) => Owner::Callsign,
        _ => Owner::NewerCallsign { schema },
    })
}

/// Takes the file to the schema of this release, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let present: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let missing = MIGRATIONS.iter().skip(usize::try_from(present).unwrap_or(KNOWN));
    if missing.len() == 0 {
        return Ok(());
    }
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", KNOWN as i64)?;
    transaction.commit()
}

pub(super) fn limit_pages(connection: &Connection, pages_max: u32) -> Result<(), Failure> {
    let limit = format!("PRAGMA max_page_count = {pages_max}");
    connection.execute_batch(&limit).map_err(at("the whole file", &pages_max))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use callsign_core::directory::audit::{Action, Actor, Deed};
    use callsign_core::store::contract::sample;
    use callsign_core::store::{
        Assignments, Identities, Identity, IdentityFilter, IdentityPage, Keys, Listing, Resources,
        Revocations, StoredResource,
    };
    use callsign_protocol::algorithm::Algorithm;
    use callsign_protocol::assignment::PrincipalType;
    use callsign_protocol::revocation::{Entry, Position};
    use futures_executor::block_on;

    use super::super::SqliteStore;
    use super::*;

    /// A file as the first schema has it, with the sample's resources 1 and 2, an identity and a signing key.
    fn make_first_schema(path: &Path) {
        let file = Connection::open(path).unwrap();
        file.execute_batch(include_str!("schema/0001_first.sql")).unwrap();
        file.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
        file.pragma_update(None, "user_version", 1).unwrap();
        for (number, epoch) in [(1, 3_i64), (2, (7 << 24) + 1)] {
            let resource = sample::resource(number);
            let created_ms = resource.created_at.unix_milliseconds();
            let values = (resource.id.into_bytes(), resource.name.as_str(), created_ms, epoch);
            file.execute("INSERT INTO resource VALUES (NULL, ?1, ?2, 'Europe', ?3, ?4, NULL, '[]')", values)
                .unwrap();
            let key = file.last_insert_rowid();
            for (slot, access_key) in (1..).zip(&resource.keys) {
                let values = (key, slot, &access_key.wrapped.0);
                file.execute("INSERT INTO access_key VALUES (?1, ?2, 0, ?3)", values).unwrap();
            }
        }
        let ann = sample::named_identity(1, 1, "ann");
        let values = (ann.id.local().into_bytes(), ann.created_at.unix_milliseconds());
        file.execute("INSERT INTO identity VALUES (1, ?1, ?2, 0, NULL, 'ann')", values).unwrap();
        let key = sample::signing_key("key", 5);
        let (created_ms, activates_ms) =
            (key.created_at.unix_milliseconds(), key.activates_at.unix_milliseconds());
        let values = (key.key_id, created_ms, activates_ms, key.wrapped.0);
        file.execute("INSERT INTO signing_key VALUES (?1, ?2, ?3, ?4)", values).unwrap();
    }

    #[test]
    fn a_database_of_the_first_schema_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        make_first_schema(&path);
        let store = SqliteStore::open(&path, 1, Box::new(|_| {})).unwrap();
        let mut resources = [1, 2].map(sample::resource);
        (resources[0].epoch, resources[1].epoch) = (3, (7 << 24) + 1);
        assert!(resources.iter().all(|resource| resource.signing_algorithm == Algorithm::Rs256));
        let ann = sample::named_identity(1, 1, "ann");
        block_on(async {
            assert_eq!(store.resources().await, Ok(resources.to_vec()));
            assert_eq!(store.signing_keys().await, Ok(vec![sample::signing_key("key", 5)]));
            let standing = sample::standing_in(&resources[0], &ann);
            assert_eq!(store.standing(ann.id).await, Ok(Some(standing)));
            assert_eq!(sample::whole_chain(&store).await, []);
            for (resource, incarnation) in resources.iter().zip([0, 7]) {
                assert_eq!(sample::whole_feed(&store, resource).await, []);
                let position = Position::start(incarnation);
                assert_eq!(store.feed_position(resource.id).await, Ok(Some(position)));
            }
            let deed = Deed::new(sample::at(1), Actor::Server, Action::RevokeAccessTokens);
            assert_eq!(store.raise_identity_epochs(&[ann.id], &deed).await, Ok(vec![Some(1)]));
            let told = Entry::Identity { local: ann.id.local(), epoch: 1 };
            assert_eq!(sample::whole_feed(&store, &resources[0]).await, [told]);
            let records = sample::whole_chain(&store).await;
            assert_eq!(records.iter().map(|record| record.number).collect::<Vec<_>>(), [1]);
        });
    }

    /// Whoever is there already is made here; users of Entra come, go and come again.
    #[test]
    fn a_database_of_the_first_schema_takes_users_of_entra_and_assignments() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        make_first_schema(&path);
        let store = SqliteStore::open(&path, 1, Box::new(|_| {})).unwrap();
        let resource = StoredResource { epoch: 3, ..sample::resource(1) };
        let (ann, [holder, ..]) = (sample::named_identity(1, 1, "ann"), sample::entra_holders(2));
        let bob = sample::entra_identity(1, holder);
        let wanted = sample::assignment(sample::entra_key(2), PrincipalType::User);
        let deed = Deed::new(sample::at(1), Actor::Server, Action::ChangeAssignment);
        block_on(async {
            sample::stored_identity(&store, &resource, &bob).await;
            let all = IdentityPage { identities: vec![ann.clone(), bob.clone()], next: None };
            let filter = IdentityFilter::default();
            let listing = Listing { filter, after: None, page_max: 9, examined_max: 9 };
            assert_eq!(store.list_identities(resource.id, &listing).await, Ok(all));
            let changes = [(wanted.key, Some(wanted.clone()))];
            let put = store.change_assignments(resource.id, &changes, &deed).await;
            assert_eq!(put, Ok(Some(vec![false])));
            assert_eq!(store.list_entra_assignments(resource.id, None, 9).await, Ok(vec![wanted.clone()]));
            let removed = store.change_assignments(resource.id, &[(wanted.key, None)], &deed).await;
            assert_eq!(removed, Ok(Some(vec![true])));
            assert_eq!(sample::deleted(&store, bob.id).await, Ok(true));
            let again = Identity { epoch: 2, ..bob.clone() };
            let standing = sample::standing_in(&resource, &again);
            assert_eq!(store.create_identity(&bob, &deed).await, Ok(Some(standing)));
            let told = [1, 2].map(|epoch| sample::told(bob.id, epoch));
            assert_eq!(sample::whole_feed(&store, &resource).await, told);
            assert_eq!(sample::deleted(&store, ann.id).await, Ok(true));
        });
    }

    /// The file of a new store and of a migrated one are the same.
    #[test]
    fn a_migrated_database_has_the_tables_of_a_new_one() {
        let tables = |connection: &Connection| -> Vec<(String, String)> {
            let sql = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.try_into()).unwrap().map(Result::unwrap).collect()
        };
        let mut new = Connection::open_in_memory().unwrap();
        migrate(&mut new).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        make_first_schema(&path);
        let mut migrated = Connection::open(&path).unwrap();
        migrate(&mut migrated).unwrap();
        assert_eq!(tables(&migrated), tables(&new));
        assert_eq!(owner(&migrated).unwrap(), Owner::Callsign);
    }
}
