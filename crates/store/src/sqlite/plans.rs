//! How SQLite goes about the engine's statements.

use rusqlite::types::Value;
use rusqlite::{Connection, Result, StatementStatus, params_from_iter};

use super::open::set_up_caches;
use super::schema::migrate;
use super::{assignments, audit, identities, keys, orphans, resources, revocations};

/// Each finds its rows by an index, in the order that it answers them in.
const BY_INDEX: &[&str] = &[
    assignments::LIST,
    assignments::ONE,
    assignments::OWNER,
    assignments::PUT,
    assignments::REMOVE,
    audit::APPEND,
    audit::HEAD,
    audit::LIST,
    audit::LIST_OF_SUBJECT,
    audit::SET_HEAD,
    identities::COUNT_ISSUED_SINCE,
    identities::CREATE,
    identities::CREATE_OF_ENTRA,
    identities::DELETE,
    identities::LIST,
    identities::LIST_BY_CUSTOM_ID,
    identities::MERGE_LAST_ISSUED,
    identities::RAISE_EPOCH,
    identities::RAISE_FLOOR,
    identities::STANDING,
    identities::STANDING_BY_CUSTOM_ID,
    keys::ACTIVATE,
    keys::ADD,
    keys::REMOVE,
    keys::REVOKE,
    keys::REWRAP,
    keys::REWRAP_ACCESS_KEY,
    orphans::ASSIGNMENTS.delete_chunk,
    orphans::FLOORS.delete_chunk,
    orphans::IDENTITIES.delete_chunk,
    orphans::REVOCATIONS.delete_chunk,
    resources::ALGORITHM,
    resources::CREATE,
    resources::CREATE_KEY,
    resources::DELETE,
    resources::DELETE_KEYS,
    resources::GENERATION,
    resources::RAISE_EPOCH,
    resources::REPLACE_KEY,
    resources::SET_ALGORITHM,
    resources::SET_EPOCH,
    revocations::ADVANCE,
    revocations::AFTER,
    revocations::APPEND,
    revocations::BEGIN,
    revocations::BEGIN_ANEW,
    revocations::END,
    revocations::ENTRIES,
    revocations::FORGET,
    revocations::IN_FORCE,
    revocations::FEED_COUNT,
    revocations::OLDEST,
    revocations::POSITION,
];

/// Each goes through a whole table or list, and why that is right.
const THROUGH_ALL: &[(&str, &str)] = &[
    (keys::ACCESS_KEYS, "all access keys are asked for"),
    (keys::IDS, "all signing keys are asked for"),
    (keys::LIST, "all signing keys are asked for"),
    (keys::LIST_REVOKED, "all revoked signing keys are asked for"),
    (keys::REMOVE_ALL, "all signing keys are removed"),
    (orphans::ASSIGNMENTS.first_deleted, "one step for each resource"),
    (orphans::FLOORS.first_deleted, "one step for each resource"),
    (orphans::IDENTITIES.first_deleted, "one step for each resource"),
    (orphans::REVOCATIONS.first_deleted, "one step for each resource"),
    (resources::EPOCHS, "all resources are asked for"),
    (resources::IDS, "all resources are asked for"),
    (resources::LIST, "all resources are asked for"),
    (revocations::FORGETTABLE, "one look at each feed"),
    (revocations::FORGET_ALL, "all entries are removed"),
    (revocations::REVOKED_KEYS, "all revoked signing keys are asked for"),
];

fn empty() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    set_up_caches(&connection, 1_024).unwrap();
    migrate(&mut connection).unwrap();
    connection
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    plan.raw_query().mapped(|row| row.get(3)).collect::<Result<_>>().unwrap()
}

/// A scan would make every request as slow as the table is long, and so would a sort.
#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let connection = empty();
    for sql in BY_INDEX {
        let steps = plan(&connection, sql);
        let whole = |step: &String| step.contains("SCAN") || step.contains("TEMP B-TREE");
        assert!(!steps.iter().any(whole), "{sql}\n{steps:?}");
    }
}

/// Those of `resource` and of its feed are few; tables that grow with the service are searched even here.
#[test]
fn no_scan_is_of_a_table_that_grows() {
    let connection = empty();
    for (sql, reason) in THROUGH_ALL {
        let steps = plan(&connection, sql);
        for table in ["identity", "identity_floor", "assignment", "revocation", "audit", "i", "o", "v"] {
            let scan = format!("SCAN {table}");
            let scanned = |step: &String| *step == scan || step.starts_with(&format!("{scan} "));
            assert!(!steps.iter().any(scanned), "{sql}\n{steps:?}, though {reason}");
        }
    }
}

/// Every value that comes, of any type, is served by the one plan.
#[test]
fn every_statement_is_planned_once() {
    let connection = empty();
    let all = || BY_INDEX.iter().chain(THROUGH_ALL.iter().map(|(sql, _)| sql));
    for round in 0..5_u8 {
        for sql in all() {
            let mut statement = connection.prepare_cached(sql).unwrap();
            let some =
                [Value::Integer(round.into()), Value::Blob(vec![round; 16]), Value::Text(round.to_string())];
            let values = some.into_iter().cycle().skip(usize::from(round)).take(statement.parameter_count());
            let mut rows = statement.query(params_from_iter(values)).unwrap();
            // What a table does not take is refused, which is a run as well.
            while rows.next().is_ok_and(|row| row.is_some()) {}
        }
    }
    for sql in all() {
        let statement = connection.prepare_cached(sql).unwrap();
        assert!(statement.get_status(StatementStatus::Run) > 1, "{sql}");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}

/// One that is forgotten here is one that nobody looked at.
#[test]
fn every_statement_is_looked_at() {
    let sources = [
        include_str!("assignments.rs"),
        include_str!("audit.rs"),
        include_str!("identities.rs"),
        include_str!("keys.rs"),
        include_str!("resources.rs"),
        include_str!("revocations.rs"),
    ];
    let written: usize = sources.iter().map(|source| source.matches("pub(super) const ").count()).sum();
    assert_eq!(BY_INDEX.len() + THROUGH_ALL.len(), written + 2 * orphans::TABLES.len());
}
