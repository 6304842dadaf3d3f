//! `callsign serve`: its flags, and the setting that each one is.

use clap::Args;

/// Start the server
///
/// It needs no configuration: it makes its data folder, a resource, its keys and a certificate when it first starts.
/// The values of all flags can stand in the environment or in a file, too: see `callsign config example`.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  callsign serve
  callsign serve --https 0.0.0.0:443 --public-url https://id.example.com
  callsign serve --https 127.0.0.1:0 --http off --data-dir /tmp/callsign
  callsign serve --dev-entra")]
pub(crate) struct Serve {
    /// Where https is served: an IP address with a port (0 for any free one), or off
    #[arg(long, value_name = "ADDR:PORT")]
    https: Option<String>,
    /// Where plain http is served: an IP address with a port (0 for any free one), or off
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<String>,
    /// Let plain http be served beyond this machine
    #[arg(long)]
    allow_remote_http: bool,
    /// Where metrics and health are served for Prometheus: an IP address with a port (0 for any free one), or off
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<String>,
    /// The address that clients know the server by, which stands in every token
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Be an Entra authority too, for development on this machine: see docs/guide/entra.md
    #[arg(long)]
    dev_entra: bool,
    /// Answer a connector of Power Platform: see docs/guide/connector.md
    #[arg(long)]
    connector: bool,
    /// Give users of trusted issuers tokens of their own: see docs/guide/trusted-tokens.md
    #[arg(long)]
    trusted_tokens: bool,
    /// A host name that leads to the default resource; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// A PEM file with a certificate chain, instead of the server's own certificate
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// The PEM file with the private key of --tls-certificate
    #[arg(long, value_name = "FILE")]
    tls_private_key: Option<String>,
    /// Rate limits: none or azure
    #[arg(long, value_name = "PROFILE")]
    limits: Option<String>,
    /// How far the date of a signed request may be from the clock, in minutes
    #[arg(long, value_name = "MINUTES")]
    date_window_minutes: Option<String>,
    /// How log lines are written: text or json
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// The least important log lines that are written: error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

impl Serve {
    /// Key of the setting, value and flag, as configuration takes them.
    pub(crate) fn settings(self) -> Vec<(&'static str, String, &'static str)> {
        let allowed = self.allow_remote_http.then(|| "true".to_owned());
        let develops = self.dev_entra.then(|| "true".to_owned());
        let connects = self.connector.then(|| "true".to_owned());
        let trusts = self.trusted_tokens.then(|| "true".to_owned());
        let single = [
            ("listen.https", self.https, "--https"),
            ("listen.http", self.http, "--http"),
            ("listen.allow_remote_http", allowed, "--allow-remote-http"),
            ("listen.metrics", self.metrics, "--metrics"),
            ("dev_entra.enabled", develops, "--dev-entra"),
            ("connector.enabled", connects, "--connector"),
            ("trusted_tokens.enabled", trusts, "--trusted-tokens"),
            ("public_url", self.public_url, "--public-url"),
            ("tls.certificate", self.tls_certificate, "--tls-certificate"),
            ("tls.private_key", self.tls_private_key, "--tls-private-key"),
            ("limits.profile", self.limits, "--limits"),
            ("authentication.date_window_minutes", self.date_window_minutes, "--date-window-minutes"),
            ("log.format", self.log_format, "--log-format"),
            ("log.level", self.log_level, "--log-level"),
        ];
        let single = single.into_iter().filter_map(|(key, value, flag)| Some((key, value?, flag)));
        let hosts = self.hosts.into_iter().map(|value| ("hosts", value, "--host"));
        single.chain(hosts).collect()
    }
}

#[cfg(test)]
mod tests {
    use callsign_server::config::Setting;
    use clap::Parser as _;

    use crate::args::{Arguments, Command};

    fn settings(line: &str) -> Vec<(&'static str, String, &'static str)> {
        let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
        match arguments.command {
            Command::Serve(serve) => serve.settings(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_flag_is_a_setting_and_may_be_left_out() {
        assert_eq!(settings("callsign serve"), []);
        let all = "callsign serve --https a --http b --allow-remote-http --metrics k --dev-entra --connector --trusted-tokens --public-url c --host d --host e --tls-certificate f \
                   --tls-private-key g --limits h --date-window-minutes 5 --log-format i --log-level j";
        let given = settings(all);
        assert_eq!(given.len(), 16);
        for (key, value, flag) in given {
            assert!(Setting::find(key).is_some(), "{key}");
            let as_written = format!("{flag} {value}");
            let is_switch =
                ["--allow-remote-http", "--dev-entra", "--connector", "--trusted-tokens"].contains(&flag);
            assert!(all.contains(&as_written) || is_switch, "{as_written}");
        }
    }
}
