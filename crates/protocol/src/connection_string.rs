//! Connection strings: `endpoint=https://host/;accesskey=<base64>`.

use std::str::FromStr;

use zeroize::Zeroizing;

use crate::access_key::{AccessKey, AccessKeyError};

/// The one form that all four official parsers accept: endpoint first with a trailing slash, no blank, no third part
/// (`clients.md` A.5). `endpoint` is written without its trailing slash.
#[must_use]
pub fn expose_connection_string(endpoint: &str, key: &AccessKey) -> Zeroizing<String> {
    let endpoint = endpoint.trim_end_matches('/');
    Zeroizing::new(format!("endpoint={endpoint}/;accesskey={}", key.expose_base64().as_str()))
}

/// What a connection string says.
///
/// Read by the union of what the four official parsers accept (`clients.md` A.5): names in any case and any order, blanks
/// around names and values, separators too many at either end, unknown names, and the last of two equal names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionString {
    endpoint: String,
    access_key: AccessKey,
}

impl ConnectionString {
    /// Where the resource is, as it was written, without slashes at its end. Whether it is a URL is the caller's to say.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The key that signs.
    #[must_use]
    pub const fn access_key(&self) -> &AccessKey {
        &self.access_key
    }
}

/// Why a text is no connection string. Nothing of the text is repeated: it holds a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConnectionString {
    /// There is no text.
    #[error("the connection string is empty; its form is endpoint=https://<host>/;accesskey=<key>")]
    Empty,
    /// One part is no `name=value`.
    #[error(
        "part {position} of the connection string has no '='; its form is endpoint=https://<host>/;accesskey=<key>, parts \
         parted by ';'"
    )]
    NotAPair {
        /// Which part, counted from 1.
        position: usize,
    },
    /// A name that has to be there is not, or has no value.
    #[error("the connection string has no {name}; its form is endpoint=https://<host>/;accesskey=<key>")]
    Missing {
        /// `endpoint` or `accesskey`.
        name: &'static str,
    },
    /// The key is no base64.
    #[error("the connection string holds no usable key: {0}")]
    AccessKey(#[from] AccessKeyError),
}

impl FromStr for ConnectionString {
    type Err = InvalidConnectionString;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(InvalidConnectionString::Empty);
        }
        let (mut endpoint, mut access_key) = (None, None);
        for (index, part) in text.split(';').enumerate() {
            if part.trim().is_empty() {
                continue;
            }
            let position = index + 1;
            let (name, value) = part.split_once('=').ok_or(InvalidConnectionString::NotAPair { position })?;
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("endpoint") {
                endpoint = Some(value.trim_end_matches('/'));
            } else if name.eq_ignore_ascii_case("accesskey") {
                access_key = Some(value);
            }
        }
        Ok(Self {
            endpoint: present("endpoint", endpoint)?.to_owned(),
            access_key: present("accesskey", access_key)?.parse()?,
        })
    }
}

fn present<'a>(name: &'static str, value: Option<&'a str>) -> Result<&'a str, InvalidConnectionString> {
    value.filter(|value| !value.is_empty()).ok_or(InvalidConnectionString::Missing { name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_form_is_the_one_that_every_parser_accepts() {
        let key = "AAECAw==".parse().unwrap();
        for endpoint in ["https://localhost:8443", "https://localhost:8443/"] {
            let text = expose_connection_string(endpoint, &key);
            assert_eq!(text.as_str(), "endpoint=https://localhost:8443/;accesskey=AAECAw==");
        }
    }

    #[test]
    fn what_one_official_parser_accepts_is_accepted() {
        // `clients.md` A.5, a row each: the plain form; case; order; blanks; separators at the ends; unknown names; names twice.
        for text in [
            "endpoint=https://localhost:8443/;accesskey=AAECAw==",
            "endpoint=https://localhost:8443;accesskey=AAECAw==",
            "endpoint=https://localhost:8443///;accesskey=AAECAw==",
            "Endpoint=https://localhost:8443/;AccessKey=AAECAw==",
            "accesskey=AAECAw==;endpoint=https://localhost:8443/",
            " endpoint = https://localhost:8443/ ; accesskey = AAECAw== \n",
            "endpoint=https://localhost:8443/;accesskey=AAECAw==;",
            ";endpoint=https://localhost:8443/;;accesskey=AAECAw==;;",
            "endpoint=https://localhost:8443/;accesskey=AAECAw==;foo=bar",
            "endpoint=https://localhost:8443/;foo=;accesskey=AAECAw==",
            "endpoint=https://elsewhere/;endpoint=https://localhost:8443/;accesskey=AAEC;accesskey=AAECAw==",
        ] {
            let read: ConnectionString = text.parse().unwrap();
            assert_eq!(read.endpoint(), "https://localhost:8443", "{text}");
            assert_eq!(read.access_key().expose_bytes(), [0, 1, 2, 3], "{text}");
        }
    }

    #[test]
    fn each_fault_has_its_own_words() {
        use InvalidConnectionString::{AccessKey, Empty, Missing, NotAPair};
        let [endpoint, key] = ["endpoint", "accesskey"].map(|name| Missing { name });
        for (text, expected) in [
            ("", Empty),
            (" \n", Empty),
            (";", endpoint),
            ("https://localhost:8443/", NotAPair { position: 1 }),
            ("endpoint=https://a/;AAECAw", NotAPair { position: 2 }),
            ("accesskey=AAECAw==", endpoint),
            ("endpoint=;accesskey=AAECAw==", endpoint),
            ("endpoint=/;accesskey=AAECAw==", endpoint),
            ("endpoint=https://a/", key),
            ("endpoint=https://a/;accesskey=", key),
            ("endpoint=https://a/;accesskey= ;", key),
            ("endpoint=https://a/;accesskey=AAECAw=", AccessKey(AccessKeyError)),
            ("endpoint=https://a/;accesskey=AAEC Aw==", AccessKey(AccessKeyError)),
            ("endpoint=https://a/ accesskey=AAECAw==", key),
        ] {
            assert_eq!(text.parse::<ConnectionString>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn neither_an_error_nor_a_debug_form_repeats_the_key() {
        for text in [
            "endpoint=https://a/;accesskey=c2VjcmV0!",
            "endpoint=https://a/;c2VjcmV0",
            "c2VjcmV0",
            "accesskey=c2VjcmV0",
        ] {
            let error = text.parse::<ConnectionString>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("c2VjcmV0"), "{error}");
        }
        let read: ConnectionString = "endpoint=https://a/;accesskey=c2VjcmV0".parse().unwrap();
        assert!(!format!("{read:?}").contains("c2VjcmV0"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(host in "[a-z]{1,20}(:[0-9]{1,5})?", bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
            let key = AccessKey::from_bytes(bytes).unwrap();
            let text = expose_connection_string(&format!("https://{host}"), &key);
            let read: ConnectionString = text.parse().unwrap();
            prop_assert_eq!(read.endpoint(), format!("https://{host}"));
            prop_assert_eq!(read.access_key(), &key);
        }

        #[test]
        fn no_text_makes_the_reader_fail_otherwise(text in ".*") {
            let _ = text.parse::<ConnectionString>();
        }
    }
}
