//! What a client says that it is: `User-Agent`, or `x-ms-useragent` where a browser does not let a script set that.

use http::header::USER_AGENT;
use http::{HeaderMap, HeaderName};

use crate::http::single_header;

const X_MS_USER_AGENT: HeaderName = HeaderName::from_static("x-ms-useragent");
/// What the official clients begin the name of theirs with (`clients.md` A.5), after the name of an application if it has one.
const SDK_PREFIX: &str = "azsdk-";
/// A header that is longer is nobody's name.
const HEADER_BYTES_MAX: usize = 512;
const SDK_BYTES_MAX: usize = 64;
const PLATFORM_BYTES_MAX: usize = 128;

/// What made a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Agent {
    /// Name and version, such as `azsdk-python-communication-identity/1.5.0`.
    pub(crate) sdk: Option<Box<str>>,
    /// What it runs on, such as `Python/3.11.2 (Linux-6.1.0-x86_64)`.
    pub(crate) platform: Option<Box<str>>,
}

impl Agent {
    /// Reads the headers. What is too long or holds other characters than such names do is left out: it says nothing of a client, and
    /// might say more than a record should.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said = single_header(headers, &X_MS_USER_AGENT).or_else(|| single_header(headers, &USER_AGENT));
        let Some(said) = said.filter(|said| said.len() <= HEADER_BYTES_MAX) else {
            return Self::default();
        };
        let (sdk, platform) = split(said.trim());
        Self {
            sdk: known(sdk, SDK_BYTES_MAX, is_of_product),
            platform: known(platform, PLATFORM_BYTES_MAX, is_of_platform),
        }
    }
}

/// The client's own product, and what follows it.
fn split(said: &str) -> (&str, &str) {
    let start = match said.find(SDK_PREFIX) {
        Some(at) if at == 0 || said.get(..at).is_some_and(|before| before.ends_with(' ')) => at,
        _ => 0,
    };
    let rest = said.get(start..).unwrap_or_default();
    rest.split_once(' ').unwrap_or((rest, ""))
}

fn known(text: &str, bytes_max: usize, is_known: fn(u8) -> bool) -> Option<Box<str>> {
    let text = text.trim();
    let is_known = !text.is_empty() && text.len() <= bytes_max && text.bytes().all(is_known);
    is_known.then(|| text.into())
}

/// A product and its version (RFC 9110 §10.1.5), of those characters that such names are made of.
const fn is_of_product(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'+')
}

const fn is_of_platform(byte: u8) -> bool {
    is_of_product(byte) || matches!(byte, b' ' | b'(' | b')' | b';' | b',' | b':' | b'~' | b'#')
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn agent(name: HeaderName, said: &[u8]) -> Agent {
        Agent::of(&HeaderMap::from_iter([(name, HeaderValue::from_bytes(said).unwrap())]))
    }

    #[test]
    fn the_official_clients_are_told_apart() {
        for (said, sdk, platform) in [
            // `clients.md` A.5 and B.1.
            (
                "azsdk-python-communication-identity/1.5.0 Python/3.11.2 (Linux-6.1.0-x86_64-with-glibc2.36)",
                "azsdk-python-communication-identity/1.5.0",
                "Python/3.11.2 (Linux-6.1.0-x86_64-with-glibc2.36)",
            ),
            (
                "azsdk-js-communication-identity/1.3.1 core-rest-pipeline/1.24.0 Node/22.1.0 (x64; Linux; 6.1.0)",
                "azsdk-js-communication-identity/1.3.1",
                "core-rest-pipeline/1.24.0 Node/22.1.0 (x64; Linux; 6.1.0)",
            ),
            (
                "AzureCli/1.11.2 azsdk-python-communication-identity/1.5.0 Python/3.12.1",
                "azsdk-python-communication-identity/1.5.0",
                "Python/3.12.1",
            ),
            ("curl/8.5.0", "curl/8.5.0", ""),
        ] {
            for name in [USER_AGENT, X_MS_USER_AGENT] {
                let agent = agent(name, said.as_bytes());
                assert_eq!(agent.sdk.as_deref(), Some(sdk), "{said}");
                assert_eq!(agent.platform.as_deref().unwrap_or_default(), platform, "{said}");
            }
        }
    }

    #[test]
    fn what_no_client_is_called_is_left_out() {
        let nobody = Agent::default();
        for said in [
            b"".as_slice(),
            b"   ",
            b"\"},{\"evil\":\"",
            b"<script>alert(1)</script>",
            b"\xff\xfe",
            &[b'a'; 65],
            &[b' '; 600],
            // A key of base64 ends with what no product does.
            b"QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=",
        ] {
            assert_eq!(agent(USER_AGENT, said), nobody, "{said:?}");
        }
        let long = format!("tool/1 {}", "x".repeat(PLATFORM_BYTES_MAX + 1));
        assert_eq!(agent(USER_AGENT, long.as_bytes()), Agent { sdk: Some("tool/1".into()), platform: None });
    }
}
