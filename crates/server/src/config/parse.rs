//! Reads the texts of settings: each function accepts one shape or says what is wrong and what to write instead.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use callsign_protocol::resource::{DataLocation, InvalidName, ResourceName};
use zeroize::Zeroizing;

use super::fault::Complaint;

/// The word that closes a listener.
pub(super) const OFF: &str = "off";
/// The levels of the log, from the most important to the least.
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
/// RFC 1035, section 2.3.4.
const HOST_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;
/// Enough of a wrong value to recognise it.
const QUOTED_CHARS_MAX: usize = 80;

type Parsed<T> = Result<T, Complaint>;

/// A wrong value as a fault cites it: in quotes, on one line, and not too long.
pub(super) fn quoted(text: &str) -> String {
    if text.chars().count() <= QUOTED_CHARS_MAX {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    format!("{start:?}…")
}

pub(super) fn listener(text: &str) -> Parsed<Option<SocketAddr>> {
    if text == OFF {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Complaint::new(
            format!("{} is not an IP address with a port", quoted(text)),
            "Write it like 127.0.0.1:8443, [::1]:8443 or 0.0.0.0:8443, with port 0 for any free port, or write off",
        )
    })
}

pub(super) fn boolean(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| {
        Complaint::new(format!("{} is neither true nor false", quoted(text)), "Write true or false")
    })
}

/// A whole number in decimal digits; `unit` follows "whole number" in the remedy.
pub(super) fn whole<N: FromStr + TryInto<u64> + Copy>(
    text: &str,
    range: RangeInclusive<u64>,
    unit: &str,
) -> Parsed<N> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<N>().ok().filter(|_| digits);
    match number {
        Some(number) if number.try_into().is_ok_and(|value| range.contains(&value)) => Ok(number),
        _ => Err(Complaint::new(
            format!("{} is not a whole number from {} to {}", quoted(text), range.start(), range.end()),
            format!("Give a number {unit} from {} to {}, in digits alone", range.start(), range.end()),
        )),
    }
}

/// One of a few words, each with the value that it stands for.
pub(super) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Parsed<T> {
    let found = choices.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let (last, before) = words.split_last().unwrap_or((&"", &[]));
        let list = format!("{} or {last}", before.join(", "));
        Complaint::new(format!("{} is not {list}", quoted(text)), format!("Write {list}"))
    })
}

pub(super) fn level(text: &str) -> Parsed<String> {
    choice(text, &LEVELS.map(|level| (level, level))).map(str::to_owned)
}

/// A path, made absolute so that it means the same after a change of folder.
pub(super) fn path(text: &str) -> Parsed<PathBuf> {
    if text.starts_with('~') {
        return Err(Complaint::new(
            format!("{} begins with ~, which is not replaced by your home folder here", quoted(text)),
            "Write the whole path",
        ));
    }
    std::path::absolute(Path::new(text)).map_err(|cause| {
        Complaint::new(
            format!("{} cannot be made a whole path: {cause}", quoted(text)),
            "Write the whole path, from the root on",
        )
    })
}

/// A host name or an IP address, in lower case, without port and brackets.
pub(super) fn host(text: &str) -> Parsed<String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = bare.or(Some(text)).and_then(|text| text.parse::<IpAddr>().ok())
        && (bare.is_none() || address.is_ipv6())
    {
        return Ok(address.to_string());
    }
    if text.len() <= HOST_BYTES_MAX && text.split('.').all(is_label) && !ends_in_number(text) {
        return Ok(text.to_ascii_lowercase());
    }
    let (problem, remedy) = if text.contains("://") {
        ("is a URL, not a host name", "Write the host name alone, such as identity.example.com")
    } else if text.contains(':') {
        ("is not a host name; a port does not belong to it", "Write the host name alone, without a port")
    } else {
        (
            "is neither a host name nor an IP address",
            "Write it like identity.example.com, 10.0.0.7 or 2001:db8::1",
        )
    };
    Err(Complaint::new(format!("{} {problem}", quoted(text)), remedy))
}

/// A name or an address for a certificate: a host, or `*.` and a host name.
pub(super) fn certificate_name(text: &str) -> Parsed<String> {
    let Some(parent) = text.strip_prefix("*.") else {
        return host(text);
    };
    if !parent.contains('.') {
        return Err(Complaint::new(
            format!("{} stands for every name below a single label, which TLS clients refuse", quoted(text)),
            "List each name by itself",
        ));
    }
    host(parent).map(|parent| format!("*.{parent}"))
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// `10.0.0` or `10.0.0.300`: meant as an address, and no host name ends in a number (RFC 1123, section 2.1).
fn ends_in_number(text: &str) -> bool {
    text.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(super) fn resource_name(text: &str) -> Parsed<String> {
    let name = text.parse::<ResourceName>();
    name.map(|name| name.to_string()).map_err(|cause| {
        let remedy = match cause {
            InvalidName::NotALabel => {
                "Give 1 to 63 lower-case letters, digits and hyphens, with no hyphen at the start or the end"
            }
            InvalidName::RouteWord => {
                "Choose another name: this one is the first word of a path of the service"
            }
        };
        Complaint::new(format!("{} cannot be the name of a resource", quoted(text)), remedy)
    })
}

pub(super) fn data_location(text: &str) -> Parsed<DataLocation> {
    text.parse().map_err(|_| {
        let names = DataLocation::ALL.map(DataLocation::as_str).join(", ");
        Complaint::new(format!("{} is not a data location", quoted(text)), format!("Write one of {names}"))
    })
}

/// A secret; never cited, and without the line end that files and shells add.
pub(super) fn secret(text: &str) -> Parsed<Zeroizing<String>> {
    let secret = text.trim();
    if secret.is_empty() {
        return Err(Complaint::new("the secret is empty", "Give it its value, or take it away to have none"));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

/// The address of a collector: scheme, host, port and path, nothing that could be a secret.
pub(super) fn collector(text: &str) -> Parsed<Option<String>> {
    if text == OFF {
        return Ok(None);
    }
    let url = reqwest::Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let address = url.map(|url| url.as_str().trim_end_matches('/').to_owned());
    address.map(Some).ok_or_else(|| {
        Complaint::new(
            "it is not the address of a collector",
            "Write it like http://127.0.0.1:4318, without credentials or a query, or write off; otlp.headers takes a key",
        )
    })
}

/// `name=value`, parted by commas; never cited.
pub(super) fn headers(text: &str) -> Parsed<Zeroizing<String>> {
    let headers = secret(text)?;
    let is_header = |pair: &str| {
        pair.split_once('=').is_some_and(|(name, value)| {
            name.trim().parse::<http::HeaderName>().is_ok()
                && http::HeaderValue::from_str(value.trim()).is_ok()
        })
    };
    if headers.split(',').all(is_header) {
        return Ok(headers);
    }
    Err(Complaint::new("it is no list of headers", "Write name=value, and a comma before the next one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_an_address_with_a_port_or_off() {
        assert_eq!(listener("off").unwrap(), None);
        assert_eq!(listener("127.0.0.1:0").unwrap(), Some("127.0.0.1:0".parse().unwrap()));
        assert_eq!(listener("[::]:8443").unwrap(), Some("[::]:8443".parse().unwrap()));
        for wrong in ["", "8443", ":8443", "localhost:8443", "127.0.0.1", "OFF", "127.0.0.1:99999"] {
            assert!(listener(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_digits_within_its_range() {
        assert_eq!(whole::<u16>("60", 1..=60, "of minutes").unwrap(), 60);
        for wrong in ["", "0", "61", "-1", "+5", " 5", "5.0", "1e1", "99999999999999999999"] {
            assert!(whole::<u16>(wrong, 1..=60, "of minutes").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_in_one_spelling() {
        for (given, kept) in [
            ("Identity.Example.com", "identity.example.com"),
            ("my_service", "my_service"),
            ("10.0.0.7", "10.0.0.7"),
            ("2001:DB8::1", "2001:db8::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(host(given).unwrap(), kept, "{given}");
        }
        let long = format!("{}.example", "a".repeat(64));
        for wrong in ["", ".", "a..b", "a.", "-a", "a-", "a b", "https://a", "a:8443", "10.0.0", "[a]", &long]
        {
            assert!(host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_certificate_may_name_all_hosts_below_a_domain_but_not_below_localhost() {
        assert_eq!(certificate_name("*.Example.com").unwrap(), "*.example.com");
        assert!(certificate_name("*.localhost").unwrap_err().remedy.contains("List each name"));
        assert!(certificate_name("a.*.com").is_err());
    }

    #[test]
    fn the_resource_is_one_that_the_protocol_accepts() {
        assert_eq!(resource_name("contoso-2").unwrap(), "contoso-2");
        assert!(resource_name("Contoso").unwrap_err().remedy.contains("lower-case"));
        assert!(resource_name("identities").unwrap_err().remedy.contains("another name"));
        assert_eq!(data_location("United States").unwrap(), DataLocation::UnitedStates);
        assert!(data_location("mars").unwrap_err().remedy.contains("unitedstates, europe,"));
    }

    #[test]
    fn a_tilde_is_refused_and_a_relative_path_made_whole() {
        assert!(path("~/data").is_err());
        assert!(path("").is_err());
        assert!(path("data").unwrap().is_absolute());
    }

    #[test]
    fn a_long_value_is_cited_in_part() {
        let cited = quoted(&"x".repeat(10_000));
        assert!(cited.chars().count() < 100);
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
    }
}
