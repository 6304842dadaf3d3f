//! `DELETE /identities/{id}`.

use crate::harness::{FOREIGN, House, OLDEST};

#[test]
fn a_deleted_identity_gets_no_token_and_may_be_deleted_again() {
    let house = House::new();
    let id = house.create();
    let reply = house.delete(&id);
    assert_eq!((reply.status, reply.body.len()), (204, 0));
    assert_eq!((reply.header("content-type"), reply.header("content-length")), (None, None));
    let (status, code, target, _) = house.issue(&id, r#"{"scopes":["chat"]}"#).error();
    assert_eq!((status, code.as_str(), target), (404, "IdentityNotFound", None));
    assert_eq!(house.delete(&id).status, 204);
}

#[test]
fn the_id_may_be_written_with_encoded_colons() {
    let house = House::new();
    let id = house.create();
    assert_eq!(house.delete(&id.replace(':', "%3A")).status, 204);
    assert_eq!(house.get(&id).status, 404);
}

#[test]
fn a_foreign_id_is_not_deleted() {
    let house = House::new();
    assert_eq!(house.delete(FOREIGN).code(), (401, "IdentityNotOwned".to_owned()));
}

#[test]
fn the_oldest_version_deletes_too() {
    let house = House::new();
    let id = house.create();
    assert_eq!(house.send("DELETE", &format!("/identities/{id}?api-version={OLDEST}"), "").status, 204);
}
