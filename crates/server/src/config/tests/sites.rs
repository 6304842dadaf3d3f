//! What stands beside the route table, as configured.

use super::*;

#[test]
fn the_connector_is_off_and_needs_https_with_a_public_address_of_it() {
    assert!(!Machine::new().resolve().unwrap().config.connector.enabled);
    let on = || Machine::new().with_variable("CALLSIGN_CONNECTOR_ENABLED", "true");
    assert!(on().resolve().unwrap().config.connector.enabled);
    let start = "environment CALLSIGN_CONNECTOR_ENABLED: connector.enabled: the connector is called by https alone, and";
    let without_https = on().with_flag("listen.https", "off", "--https");
    assert_faults(&without_https, &[&format!("{start} https is off (flag --https)")]);
    let public = "http://id.example.com";
    let by_http = on().with_flag("public_url", public, "--public-url");
    assert_faults(&by_http, &[&format!("{start} public_url is {public}")]);
}
