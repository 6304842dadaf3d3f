//! `POST /identities/{id}/:revokeAccessTokens`.

use crate::harness::{FOREIGN, House, OLDEST, claims};

fn epoch(house: &House, id: &str) -> String {
    let json = house.issue(id, r#"{"scopes":["chat"]}"#).json();
    claims(json["token"].as_str().unwrap())["rev"].as_str().unwrap().to_owned()
}

#[test]
fn each_revoke_raises_the_epoch_of_later_tokens() {
    let house = House::new();
    let id = house.create();
    assert_eq!(epoch(&house, &id), "0.0.10");
    let reply = house.revoke(&id);
    assert_eq!((reply.status, reply.body.len(), reply.header("content-type")), (204, 0, None));
    assert_eq!(epoch(&house, &id), "1.0.10");
    assert_eq!(house.revoke(&id).status, 204);
    assert_eq!(epoch(&house, &id), "2.0.10");
}

#[test]
fn the_oldest_version_revokes_by_patch_whatever_date_it_carries() {
    let house = House::new();
    let id = house.create();
    for body in ["{}", r#"{"tokensValidFrom":"2031-01-01T00:00:00Z"}"#, "not json"] {
        assert_eq!(house.send("PATCH", &format!("/identities/{id}?api-version={OLDEST}"), body).status, 204);
    }
    assert_eq!(epoch(&house, &id), "3.0.10");
}

#[test]
fn revoking_what_is_gone_is_done_already_and_what_is_foreign_is_refused() {
    let house = House::new();
    let id = house.create();
    house.delete(&id);
    assert_eq!(house.revoke(&id).status, 204);
    assert_eq!(house.revoke(FOREIGN).code(), (401, "IdentityNotOwned".to_owned()));
}
