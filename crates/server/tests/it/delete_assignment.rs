//! `DELETE` of one assignment.

use crate::assignments::{OBJECT, TENANT, entra, extension, of_user, put};
use crate::harness::House;

#[test]
fn what_is_deleted_is_gone_and_deleting_it_again_is_no_error() {
    let house = House::new();
    for target in [entra(OBJECT), extension(TENANT, OBJECT)] {
        put(&house, &target, &of_user());
        for _ in 0..2 {
            let reply = house.send("DELETE", &target, "");
            assert_eq!((reply.status, reply.body.len()), (204, 0));
            assert_eq!(house.send("GET", &target, "").status, 404);
        }
    }
}

#[test]
fn one_kind_is_not_the_other() {
    let house = House::new();
    put(&house, &entra(OBJECT), &of_user());
    put(&house, &extension(TENANT, OBJECT), &of_user());
    house.send("DELETE", &entra(OBJECT), "");
    assert_eq!(house.send("GET", &extension(TENANT, OBJECT), "").status, 200);
}
