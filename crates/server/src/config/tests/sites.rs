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

#[test]
fn the_trusted_token_service_needs_to_know_whose_tokens_it_takes() {
    let start = "flag --trusted-tokens: trusted_tokens.enabled:";
    let on = || Machine::new().with_flag("trusted_tokens.enabled", "true", "--trusted-tokens");
    let tenant = ("CALLSIGN_ENTRA_TENANTS", "c70d068c-2f32-484d-9455-73070cd5aadd");
    let audience = ("CALLSIGN_TRUSTED_TOKENS_AUDIENCES", "api://07474a86-625a-452f-977b-db4e13f21260");
    assert_faults(&on(), &[&format!("{start} no token is for it")]);
    assert_faults(&on().with_variable(tenant.0, tenant.1), &[&format!("{start} no token is for it")]);
    let nobody = on().with_variable(audience.0, audience.1);
    assert_faults(&nobody, &[&format!("{start} it trusts nobody who could vouch")]);
    let config = nobody.with_variable(tenant.0, tenant.1).resolve().unwrap().config;
    assert_eq!(config.trusted_tokens.accepted_audiences(&config.dev_entra), [audience.1]);
    let develop = on().with_flag("dev_entra.enabled", "true", "--dev-entra").resolve().unwrap().config;
    assert_eq!(develop.trusted_tokens.accepted_audiences(&develop.dev_entra), ["api://callsign"]);
}

#[test]
fn the_trusted_token_services_settings_have_the_published_defaults() {
    let trusted = Machine::new().resolve().unwrap().config.trusted_tokens;
    assert_eq!(trusted.issued_scopes().unwrap().to_string(), "chat,voip");
    assert_eq!((trusted.permission.as_str(), trusted.lifetime.minutes()), ("access_as_user", 1440));
    assert_eq!((trusted.requests_per_minute, trusted.origins.len()), (60, 0));
    let file = "[trusted_tokens]\nscopes = [\"chat.join\", \"voip.join\"]\nlifetime_minutes = 60\n\
                origins = [\"https://App.example.com/\"]\n";
    let trusted = Machine::new().with_file(file).resolve().unwrap().config.trusted_tokens;
    assert_eq!(trusted.issued_scopes().unwrap().to_string(), "chat.join,voip.join");
    assert_eq!(trusted.lifetime.minutes(), 60);
    assert_eq!(trusted.origins, ["https://app.example.com"]);
    for (line, words) in [
        ("scopes = [\"everything\"]", "trusted_tokens.scopes"),
        ("lifetime_minutes = 59", "trusted_tokens.lifetime_minutes"),
        ("origins = [\"*\"]", "trusted_tokens.origins"),
        ("permission = \"\"", "trusted_tokens.permission"),
        ("requests_per_minute = 0", "trusted_tokens.requests_per_minute"),
    ] {
        let faults = Machine::new().with_file(format!("[trusted_tokens]\n{line}\n")).faults();
        assert!(faults.len() == 1 && faults[0].contains(words), "{faults:?}");
    }
}
