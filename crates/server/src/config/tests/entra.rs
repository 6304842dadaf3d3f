//! Whom a configuration trusts, and with what.

use super::*;

const TENANT: &str = "c70d068c-2f32-484d-9455-73070cd5aadd";
const OTHER: &str = "07474a86-625a-452f-977b-db4e13f21260";

fn entra(lines: &str) -> Machine {
    Machine::new().with_file(format!("[entra]\n{lines}\n"))
}

#[test]
fn nobody_is_trusted_unless_named() {
    let config = Machine::new().resolve().unwrap().config;
    assert!(config.trusted_issuers().is_empty() && config.entra.roles.is_empty());
    assert!(!config.dev_entra.enabled && config.cors_origins.is_empty());
    assert!(config.authentication.disable_local_auth.is_empty());
}

#[test]
fn the_development_authority_stays_on_this_machine() {
    let start = "flag --dev-entra: dev_entra.enabled: the development authority makes everybody who reaches";
    for (listener, flag, address) in [
        ("listen.https", "--https", "0.0.0.0:8443"),
        ("listen.https", "--https", "[::]:8443"),
        ("listen.https", "--https", "192.0.2.1:8443"),
        ("listen.http", "--http", "192.0.2.1:8080"),
    ] {
        let machine = Machine::new()
            .with_variable("CALLSIGN_LISTEN_ALLOW_REMOTE_HTTP", "true")
            .with_flag(listener, address, flag);
        assert!(machine.resolve().is_ok(), "{address}");
        assert_faults(&machine.with_flag("dev_entra.enabled", "true", "--dev-entra"), &[start]);
    }
    let machine = Machine::new().with_flag("dev_entra.enabled", "true", "--dev-entra");
    assert!(machine.resolve().is_ok());
    assert!(machine.with_flag("listen.https", "[::1]:8443", "--https").resolve().is_ok());
}

#[test]
fn a_role_is_of_somebody_who_is_trusted() {
    let role = |of: &str| format!("roles = [\"reader on * for application web{of}\"]");
    let tenant = format!("tenants = [\"{TENANT}\"]\n");
    let two = format!("tenants = [\"{TENANT}\"]\nissuers = [\"https://id.example.com\"]\n");
    assert_faults(
        &entra(&role("")),
        &["callsign.toml:2: entra.roles: \"reader on * for application web\" trusts nobody who could vouch"],
    );
    assert!(entra(&(tenant + &role(""))).resolve().is_ok());
    assert_faults(
        &entra(&(two.clone() + &role(""))),
        &[
            "callsign.toml:4: entra.roles: \"reader on * for application web\" does not say which of the trusted",
        ],
    );
    for of in [format!(" of {TENANT}"), " of https://id.example.com/".to_owned()] {
        assert!(entra(&(two.clone() + &role(&of))).resolve().is_ok(), "{of}");
    }
    for of in [format!(" of {OTHER}"), " of https://other.example.com".to_owned()] {
        let faults = entra(&(two.clone() + &role(&of))).faults();
        assert!(faults[0].contains("is of somebody who is not trusted"), "{faults:#?}");
    }
}

#[test]
fn what_names_nobody_is_a_fault_with_a_remedy() {
    for (line, problem) in [
        ("tenants = [\"contoso\"]", "\"contoso\" is no guid. Write it like"),
        ("tenants = [\"common\"]", "\"common\" is no guid"),
        (
            "issuers = [\"http://id.example.com\"]",
            "\"http://id.example.com/.well-known/openid-configuration\" is not https",
        ),
        ("issuers = [\"id.example.com\"]", "is no address of an OpenID provider"),
        ("issuers = [\"https://u@id.example.com\"]", "has a user, a query or a fragment"),
        ("issuers = [\"https://id.example.com tenant=x\"]", "\"x\" is no guid"),
        ("issuers = [\"https://id.example.com kid=x\"]", "\"kid=x\" follows the address of a provider"),
        ("issuers = [\"https://id.example.com keys=http://id.example.com/k\"]", "is not https"),
        ("audiences = [\"two words\"]", "is no audience"),
        (
            "roles = [\"owner on * for application web\"]",
            "\"owner\" is no role. Write reader, issuer or contributor",
        ),
        ("roles = [\"reader for application web\"]", "does not say who has which role. Write it like"),
        ("roles = [\"reader on No_Name for application web\"]", "No_Name"),
    ] {
        let faults = entra(line).faults();
        assert_eq!(faults.len(), 1, "{line}: {faults:#?}");
        assert!(
            faults[0].starts_with("callsign.toml:2: entra.") && faults[0].contains(problem),
            "{faults:#?}"
        );
    }
}

#[test]
fn origins_of_web_pages_are_scheme_host_and_port() {
    let origins = |text: &str| Machine::new().with_variable("CALLSIGN_CORS_ORIGINS", text);
    let config = origins("https://App.example.com/, http://localhost:3000").resolve().unwrap().config;
    assert_eq!(config.cors_origins, ["https://app.example.com", "http://localhost:3000"]);
    for text in ["*", "null", "app.example.com", "https://app.example.com/chat", "file:///x"] {
        let faults = origins(text).faults();
        assert!(faults[0].contains("is no origin of a web page"), "{text}: {faults:#?}");
    }
}
