//! Raw ids: every kind that the official libraries know, and that each reads back.

use callsign_client::{
    CloudEnvironment, CommunicationIdentifier, CommunicationUserIdentifier, TeamsExtensionUserIdentifier,
};
use proptest::prelude::*;

fn kind(raw_id: &str) -> String {
    match CommunicationIdentifier::from_raw_id(raw_id) {
        CommunicationIdentifier::CommunicationUser(user) => format!("user {}", user.id()),
        CommunicationIdentifier::PhoneNumber(phone) => {
            format!("phone {} {} {:?}", phone.phone_number(), phone.is_anonymous(), phone.asserted_id())
        }
        CommunicationIdentifier::MicrosoftTeamsUser(user) => {
            format!("teams user {} {:?} {}", user.user_id(), user.cloud(), user.is_anonymous())
        }
        CommunicationIdentifier::MicrosoftTeamsApp(app) => {
            format!("teams app {} {:?}", app.app_id(), app.cloud())
        }
        CommunicationIdentifier::TeamsExtensionUser(user) => {
            format!(
                "extension {} {} {} {:?}",
                user.resource_id(),
                user.tenant_id(),
                user.user_id(),
                user.cloud()
            )
        }
        CommunicationIdentifier::Unknown(raw_id) => format!("unknown {raw_id}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_is_told_by_its_prefix() {
    // `clients.md` A.9, with the newer libraries where two rows differ.
    for (raw_id, expected) in [
        ("4:+14255550123", "phone +14255550123 false None"),
        ("4:anonymous", "phone anonymous true None"),
        ("4:+14255550123_abc", "phone +14255550123_abc false Some(\"abc\")"),
        ("4:+14255550123_", "phone +14255550123_ false None"),
        ("4:a:b", "phone a:b false None"),
        ("8:acs:a_b", "user 8:acs:a_b"),
        ("8:acs:a", "user 8:acs:a"),
        ("8:spool:x", "user 8:spool:x"),
        ("8:spool:a_b_c", "user 8:spool:a_b_c"),
        ("8:dod-acs:x", "user 8:dod-acs:x"),
        ("8:gcch-acs:x", "user 8:gcch-acs:x"),
        ("8:acs:a_b_c", "extension a b c Public"),
        ("8:dod-acs:a_b_c", "extension a b c Dod"),
        ("8:gcch-acs:a_b_c", "extension a b c Gcch"),
        ("8:acs:a_wf_b_c", "user 8:acs:a_wf_b_c"),
        ("8:acs:a:b", "unknown 8:acs:a:b"),
        ("8:orgid:x", "teams user x Public false"),
        ("8:dod:x", "teams user x Dod false"),
        ("8:gcch:x", "teams user x Gcch false"),
        ("8:teamsvisitor:x", "teams user x Public true"),
        ("28:orgid:x", "teams app x Public"),
        ("28:dod:x", "teams app x Dod"),
        ("28:gcch:x", "teams app x Gcch"),
        ("28:x", "unknown 28:x"),
        ("48:x", "unknown 48:x"),
        ("8:ACS:a_b", "unknown 8:ACS:a_b"),
        ("foo", "unknown foo"),
        ("", "unknown "),
    ] {
        assert_eq!(kind(raw_id), expected);
        assert_eq!(CommunicationIdentifier::from_raw_id(raw_id).raw_id(), raw_id);
    }
}

#[test]
fn a_user_of_the_directory_is_a_participant() {
    let user = CommunicationUserIdentifier::new("8:acs:a_b");
    let participant = CommunicationIdentifier::from(user.clone());
    assert_eq!((participant.to_string(), "8:acs:a_b".parse()), (user.to_string(), Ok(participant)));
}

/// Raw ids that are likely to be read as something.
fn raw_ids() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["4", "8", "28", "48", ""]);
    let families = ["acs", "dod-acs", "gcch-acs", "spool", "orgid", "dod", "gcch", "teamsvisitor", "", "x"];
    (kind, prop::sample::select(families.to_vec()), "[a-z0-9_:+-]{0,12}")
        .prop_map(|(kind, family, rest)| format!("{kind}:{family}:{rest}"))
}

proptest! {
    #[test]
    fn every_raw_id_reads_back(raw_id in prop_oneof![raw_ids(), ".*"]) {
        let read = CommunicationIdentifier::from_raw_id(&raw_id);
        prop_assert_eq!(read.raw_id(), raw_id.as_str());
        prop_assert_eq!(CommunicationIdentifier::from_raw_id(&read.raw_id()), read);
    }

    #[test]
    fn a_teams_extension_user_reads_back(resource in "[^_:]{0,20}", tenant in "[^_:]{0,20}", user in "[^_:]{0,20}") {
        for cloud in [CloudEnvironment::Public, CloudEnvironment::Dod, CloudEnvironment::Gcch] {
            let made = TeamsExtensionUserIdentifier::new(&resource, &tenant, &user, cloud).unwrap();
            let read = CommunicationIdentifier::from_raw_id(&made.raw_id());
            prop_assert_eq!(read, CommunicationIdentifier::TeamsExtensionUser(made));
        }
    }
}
