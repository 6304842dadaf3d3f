//! Tokens: generated, issued again, decoded.

use super::browser::{Browser, value_of};
use crate::harness::{House, audited, claims};

const SCRIPT: &str = "<script>alert('x')</script>\"&";

#[test]
fn a_token_is_generated_with_the_scopes_and_the_lifetime_that_were_chosen() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let fields = [("scope", "chat.join"), ("scope", "voip.join"), ("lifetime", "60")];
    let reply = browser.post("/portal/tokens", &fields);
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    let page = reply.text();
    let (id, token) = (value_of(&page, "identity"), value_of(&page, "token"));
    let claims = claims(&token);
    assert_eq!(
        (claims["sub"].as_str(), claims["acsScope"].as_str()),
        (Some(id.as_str()), Some("chat.join,voip.join"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);
    assert_eq!(house.introspect(&token)["active"], true);
    assert!(page.contains("data-seconds-left"));
    let records = audited(&house, "create_identity");
    assert!(records[0].actor.starts_with("portal:administrator:") && records[0].subject == id);

    let again =
        browser.post("/portal/tokens", &[("id", &id), ("scope", "chat"), ("lifetime", "1440")]).text();
    assert_eq!(value_of(&again, "identity"), id);
    assert_eq!(crate::harness::claims(&value_of(&again, "token"))["acsScope"], "chat");
    assert_eq!(audited(&house, "create_identity").len(), 1);
}

#[test]
fn an_identity_is_found_by_its_custom_id_and_gets_another_token() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let mut generate = |custom_id: &str| {
        let page = browser
            .post("/portal/tokens", &[("custom_id", custom_id), ("scope", "chat"), ("lifetime", "60")]);
        value_of(&page.text(), "identity")
    };
    let [first, again, other] = ["alice", "alice", SCRIPT].map(&mut generate);
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn what_cannot_be_a_token_is_told_beside_the_form_and_nothing_is_made() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let foreign = crate::harness::FOREIGN;
    let long = "x".repeat(10_000);
    for (fields, status, words) in [
        (vec![("lifetime", "60")], 400, "No scope is chosen"),
        (vec![("scope", "pstn"), ("lifetime", "60")], 400, "is not a scope"),
        (vec![("scope", "chat"), ("lifetime", "59")], 400, "from 60 to 1440"),
        (vec![("scope", "chat"), ("lifetime", "1441")], 400, "from 60 to 1440"),
        (vec![("scope", "chat"), ("lifetime", "60.5")], 400, "from 60 to 1440"),
        (vec![("scope", "chat"), ("lifetime", SCRIPT)], 400, "from 60 to 1440"),
        (vec![("scope", "chat"), ("lifetime", "99999999999999999999")], 400, "from 60 to 1440"),
        (vec![("scope", "chat"), ("id", "8:acs:x")], 400, "no identity id"),
        (vec![("scope", "chat"), ("id", SCRIPT)], 400, "no identity id"),
        (vec![("scope", "chat"), ("id", foreign)], 404, "belong to the resource"),
        (vec![("scope", SCRIPT), ("custom_id", SCRIPT)], 400, "is not a scope"),
        (vec![("scope", "chat"), ("custom_id", &long)], 400, "1 to 256 characters"),
    ] {
        let reply = browser.post("/portal/tokens", &fields);
        let page = reply.text();
        assert_eq!(reply.status, status, "{fields:?}");
        assert!(page.contains(words) && page.contains("role=\"alert\""), "{words}: {page}");
        assert!(page.contains(">Generate</button>") && !page.contains("<script>alert"), "{page}");
    }
    assert!(audited(&house, "create_identity").is_empty());
}

#[test]
fn a_token_is_explained_and_judged() {
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let id = house.create();
    let token = house.token(&id);
    let good = browser.post("/portal/decoder", &[("token", &format!("Bearer {token}\n"))]).text();
    for words in [
        "This token is good",
        &id,
        "acsScope",
        "What the bearer may do: chat",
        "RS256",
        "the primary access key of generation 0",
    ] {
        assert!(good.contains(words), "{words}: {good}");
    }
    house.revoke(&id);
    let revoked = browser.post("/portal/decoder", &[("token", &token)]).text();
    assert!(
        revoked.contains("This token is not good") && revoked.contains("The token was revoked"),
        "{revoked}"
    );
    let mut changed = token.clone();
    changed.truncate(token.len() - 4);
    let changed = browser.post("/portal/decoder", &[("token", &format!("{changed}AAAA"))]).text();
    assert!(
        changed.contains("This token is not good") && changed.contains("signature is wrong"),
        "{changed}"
    );
    let blue = house.resource_named("blue", &[]).stored.id;
    assert_ne!(blue.to_string(), house.resource_id());
    let of_another = browser.post("/portal/decoder", &[("token", &token), ("resource", "blue")]).text();
    assert!(of_another.contains("for another resource") && of_another.contains(&id), "{of_another}");
}

#[test]
fn whatever_is_pasted_into_the_decoder_is_shown_as_text() {
    use base64::Engine as _;
    let house = House::new();
    let mut browser = Browser::signed_in(&house);
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    let hostile = r#"{"<script>alert(1)</script>":"<script>alert(2)</script>","skypeid":"<img src=x onerror=alert(3)>"}"#;
    let token = format!("{}.{}.c2ln", encode(hostile), encode(hostile));
    let long = "A".repeat(16_000);
    for (text, words) in [
        (token.as_str(), "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (SCRIPT, "1 part between dots"),
        ("a.b.c", "Its header is no base64"),
        (&long, "longer than 8192 bytes"),
    ] {
        let page = browser.post("/portal/decoder", &[("token", text)]).text();
        assert!(page.contains("This token is not good") && page.contains(words), "{words}");
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
    }
    let nothing = browser.post("/portal/decoder", &[("token", " ")]);
    assert!(nothing.status == 400 && nothing.text().contains("There is no token"));
}
