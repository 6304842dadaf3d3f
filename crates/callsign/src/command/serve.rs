//! `callsign serve`: starts the server and says where it is.

use std::io::IsTerminal as _;

use callsign_server::Ready;
use callsign_server::config::Origin;

use super::configuration;
use super::env::quoted_for_sh;
use crate::args::Place;
use crate::args::serve::Serve;
use crate::printer;

pub(super) fn run(place: &Place, serve: Serve) -> anyhow::Result<()> {
    let mut flags = place.flags();
    flags.settings.extend(serve.settings());
    let resolved = configuration(&flags)?;
    // In a shell that was told otherwise, the same command has to be told the same.
    let told = matches!(resolved.origin("data_dir"), Origin::Flag { .. });
    callsign_server::run(&resolved.config, |server| {
        let ready = server.ready();
        // Where stderr is kept, a link would be kept with it.
        let link = if std::io::stderr().is_terminal() { server.portal_link() } else { None };
        printer::tell_notes(&ready.notes);
        printer::tell(&banner(ready, link.as_ref().map(|link| link.url.expose()), told));
    })?;
    Ok(())
}

fn banner(ready: &Ready, portal_link: Option<&str>, data_dir_was_told: bool) -> String {
    let data_dir = ready.data_dir.display().to_string();
    let option =
        if data_dir_was_told { format!(" --data-dir {}", quoted_for_sh(&data_dir)) } else { String::new() };
    let address = |address: &String| format!("{}/", address.trim_end_matches('/'));
    let rows = [
        ("https", ready.https.as_ref().map(address)),
        ("http", ready.http.as_ref().map(address)),
        ("metrics", ready.metrics.clone()),
        ("data", Some(data_dir)),
        ("portal", portal_link.map(|link| format!("{link} (signs in once, within five minutes)"))),
    ];
    let mut text = format!("Callsign {} is ready.\n", env!("CARGO_PKG_VERSION"));
    for (name, value) in rows {
        if let Some(value) = value {
            text.push_str(&format!("  {name:<8} {value}\n"));
        }
    }
    text.push_str(&format!(
        "Next:     eval \"$(callsign env{option})\" in the shell of your program, then run it unchanged.\n"
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_says_where_it_is_where_data_lies_and_what_is_next() {
        let mut ready = Ready {
            https: Some("https://localhost:8443".to_owned()),
            http: Some("http://127.0.0.1:8080".to_owned()),
            metrics: Some("http://127.0.0.1:9464/metrics".to_owned()),
            data_dir: "/a b/callsign".into(),
            resource: "default".to_owned(),
            notes: Vec::new(),
        };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            banner(&ready, None, false),
            format!(
                "Callsign {version} is ready.\n  https    https://localhost:8443/\n  http     http://127.0.0.1:8080/\n  \
                 metrics  http://127.0.0.1:9464/metrics\n  data     /a b/callsign\n\
                 Next:     eval \"$(callsign env)\" in the shell of your program, then run it unchanged.\n"
            )
        );
        (ready.https, ready.metrics) = (None, None);
        let link = "http://127.0.0.1:8080/portal/sign-in?ticket=x";
        let text = banner(&ready, Some(link), true);
        assert!(text.contains(&format!("\n  portal   {link} (signs in once")), "{text}");
        assert!(!text.contains("https:") && !text.contains("metrics"), "{text}");
        assert!(text.contains(r#"eval "$(callsign env --data-dir '/a b/callsign')""#), "{text}");
    }
}
