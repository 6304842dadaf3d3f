//! The examples, run against a server; what the quickstart says is what the published one says.

#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/blocking.rs"]
mod blocking;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/custom_id.rs"]
mod custom_id;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/directory.rs"]
mod directory;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/many_users.rs"]
mod many_users;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/quickstart.rs"]
mod quickstart;
#[expect(dead_code, reason = "`main` is for the command line")]
#[path = "../../examples/token_refresh.rs"]
mod token_refresh;

use crate::house::House;

#[test]
fn the_examples_run_to_their_end() {
    House::during(async |house| {
        let connection_string = house.connection_string();
        quickstart::quickstart(&connection_string).await.unwrap();
        custom_id::custom_id(&connection_string).await.unwrap();
        token_refresh::token_refresh(&connection_string).await.unwrap();
        many_users::many_users(&connection_string, 40).await.unwrap();
        directory::directory(&connection_string).await.unwrap();
        tokio::task::spawn_blocking(move || blocking::blocking(&connection_string)).await.unwrap().unwrap();
    });
}

#[test]
fn the_quickstart_says_what_the_published_one_says() {
    // The texts of the published access-token quickstart for Python, in its order; the values stand where `{}` or a name does.
    let published = [
        "Azure Communication Services - Access Tokens Quickstart",
        "Created an identity with ID: ",
        "Issued an access token with 'voip' scope that expires at ",
        "Issued an access token with custom expiration that expires at ",
        "Created an identity with ID: ",
        "Issued an access token with 'voip' scope that expires at ",
        "Refreshed the access token, which expires at ",
        "Successfully revoked all access tokens for identity with ID: ",
        "Deleted the identity with ID: ",
    ];
    let mut rest = include_str!("../../examples/quickstart.rs");
    for text in published {
        let (_, after) =
            rest.split_once(text).unwrap_or_else(|| panic!("not said, or not in this order: {text}"));
        rest = after;
    }
}
