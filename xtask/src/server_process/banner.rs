//! Reads what the binary prints for people: the banner of `callsign serve` and the exports of `callsign env`.

/// Where a started server listens, line by line as its banner tells it.
#[derive(Default)]
pub(crate) struct Addresses {
    printed: Vec<String>,
    ready: bool,
    next: bool,
    https: Option<String>,
    http: Option<String>,
    metrics: Option<String>,
}

impl Addresses {
    pub(super) fn read(&mut self, line: &str) {
        if line.starts_with("Callsign ") && line.ends_with(" is ready.") {
            self.ready = true;
        }
        // The last line of the banner says what to do next.
        self.next = self.next || (self.ready && line.trim_start().starts_with("Next:"));
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("https"), Some(url)) if url.starts_with("https://") => self.https = Some(url.to_owned()),
            (Some("http"), Some(url)) if url.starts_with("http://") => self.http = Some(url.to_owned()),
            (Some("metrics"), Some(url)) if url.starts_with("http://") => self.metrics = Some(url.to_owned()),
            _ => {}
        }
        self.printed.push(line.to_owned());
    }

    pub(super) fn complete(&self) -> bool {
        self.ready && self.next && self.https.is_some() && self.http.is_some()
    }

    /// All lines from the start to the end of the banner.
    pub(crate) fn printed(&self) -> &[String] {
        &self.printed
    }

    /// `host:port` of the https listener.
    pub(crate) fn https_authority(&self) -> Option<&str> {
        authority(self.https.as_deref()?, "https://")
    }

    /// `host:port` of the plain listener.
    pub(crate) fn http_authority(&self) -> Option<&str> {
        authority(self.http.as_deref()?, "http://")
    }

    /// `host:port` of the listener for Prometheus.
    pub(crate) fn metrics_authority(&self) -> Option<&str> {
        authority(self.metrics.as_deref()?.strip_suffix("/metrics")?, "http://")
    }
}

fn authority<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    Some(url.strip_prefix(scheme)?.trim_end_matches('/'))
}

/// The variables that `callsign env` prints, in the order of its lines.
pub(super) fn exports(printed: &str) -> Vec<(String, String)> {
    printed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), unquoted(value)))
        .collect()
}

/// A word as a POSIX shell would read it, as far as single quotes and `\'` go.
fn unquoted(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut quoted = false;
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => quoted = !quoted,
            '\\' if !quoted => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_is_complete_with_both_addresses_and_its_last_line() {
        let mut addresses = Addresses::default();
        for line in [
            "note: https is fine",
            "Callsign 0.1.0 is ready.",
            "  https  https://localhost:4431/",
            "  http   http://127.0.0.1:4432/",
            "  metrics http://127.0.0.1:4433/metrics",
        ] {
            addresses.read(line);
            assert!(!addresses.complete(), "{line}");
        }
        addresses.read("Next: callsign env");
        assert!(addresses.complete());
        assert_eq!(addresses.printed().len(), 6);
        assert_eq!(addresses.https_authority(), Some("localhost:4431"));
        assert_eq!(addresses.http_authority(), Some("127.0.0.1:4432"));
        assert_eq!(addresses.metrics_authority(), Some("127.0.0.1:4433"));
    }

    #[test]
    fn exports_are_read_as_a_shell_reads_them() {
        let printed =
            "export A='endpoint=https://localhost:1/;accesskey=aa=='\nexport B='it'\\''s'\n# a remark\n";
        assert_eq!(
            exports(printed),
            [
                ("A".to_owned(), "endpoint=https://localhost:1/;accesskey=aa==".to_owned()),
                ("B".to_owned(), "it's".to_owned()),
            ]
        );
    }
}
