//! Where a browser may be sent with a code: to this machine, or to the server's own pages. Everything else is an open redirect.

use reqwest::Url;

use super::answer::{Fault, Refusal, cut};

/// Longest one, in bytes.
const BYTES_MAX: usize = 2048;

/// An address that a browser may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RedirectUri(Url);

impl RedirectUri {
    /// Reads one. `origin` is the server's own. It must be written as browsers write it, so that nobody reads it otherwise.
    pub(super) fn read(text: &str, origin: &str) -> Result<Self, Refusal> {
        let url = (text.len() <= BYTES_MAX).then(|| Url::parse(text).ok()).flatten();
        let url = url.filter(|url| url.as_str() == text || url.as_str().strip_suffix('/') == Some(text));
        let sentence = || {
            format!(
                "The redirect URI '{}' is not one of this machine. Send one like http://localhost:3000/callback or one of \
                 {origin}, as browsers write it, without a user name and without a fragment.",
                cut(text)
            )
        };
        url.filter(|url| is_here(url, origin))
            .map(Self)
            .ok_or_else(|| Refusal::new(Fault::RedirectUriWrong, sentence()))
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The address as it is.
    pub(super) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// With these behind what its query has already (RFC 6749 §4.1.2).
    pub(super) fn with_query(&self, parameters: &[(&str, String)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }

    /// With these in its fragment.
    pub(super) fn with_fragment(&self, parameters: &[(&str, String)]) -> String {
        let mut url = self.0.clone();
        let fragment = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        url.set_fragment(Some(&fragment));
        url.into()
    }
}

fn is_here(url: &Url, origin: &str) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
        && (loopback || url.origin().ascii_serialization() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://callsign.test:8443";

    #[test]
    fn a_browser_is_sent_to_this_machine_and_to_the_server_itself() {
        for (text, origin) in [
            ("http://localhost", "http://localhost"),
            ("http://localhost:3000/callback?a=b", "http://localhost:3000"),
            ("https://127.0.0.1:9/", "https://127.0.0.1:9"),
            ("http://127.8.0.1/x", "http://127.8.0.1"),
            ("http://[::1]:3000/", "http://[::1]:3000"),
            ("https://callsign.test:8443/portal/openid/callback", OWN),
        ] {
            let read = RedirectUri::read(text, OWN).unwrap();
            assert_eq!(read.origin(), origin, "{text}");
        }
    }

    #[test]
    fn nobody_else_is_and_no_spelling_hides_them() {
        for text in [
            "",
            "/callback",
            "//evil.example/",
            "https://evil.example/",
            "http://localhost.evil.example/",
            "http://localhost:80@evil.example/",
            "http://localhost@evil.example/",
            "http://evil.example@localhost/",
            "http://user:pass@localhost/",
            "http://localhost\\@evil.example/",
            "http:\\\\localhost/",
            "http:localhost/",
            "http:///localhost/",
            "http://localhost#@evil.example/",
            "http://localhost/#x",
            "http://localhost.",
            "http://LOCALHOST/",
            "http://127.1/",
            "http://2130706433/",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
            "http://127.0.0.1.evil.example/",
            "http://localhost/\r\nSet-Cookie: a=b",
            "http://local\thost/",
            " http://localhost/",
            "http://localhost/a/../b",
            "https://callsign.test/",
            "https://callsign.test:8443.evil.example/",
            "javascript:alert(1)//localhost",
            "data:text/html,localhost",
            "file://localhost/etc/passwd",
            "msal://localhost/",
            &format!("http://localhost/{}", "a".repeat(BYTES_MAX)),
        ] {
            let refusal = RedirectUri::read(text, OWN).unwrap_err();
            assert_eq!(refusal.fault, Fault::RedirectUriWrong, "{text}");
        }
    }

    #[test]
    fn parameters_go_behind_the_query_or_into_the_fragment() {
        let read = RedirectUri::read("http://localhost/?a=b", OWN).unwrap();
        let parameters = [("code", "x".to_owned()), ("state", "&#\u{e9}".to_owned())];
        assert_eq!(read.with_query(&parameters), "http://localhost/?a=b&code=x&state=%26%23%C3%A9");
        assert_eq!(read.with_fragment(&parameters), "http://localhost/?a=b#code=x&state=%26%23%C3%A9");
    }
}
