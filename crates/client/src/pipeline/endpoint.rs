//! Where a resource is: reading an endpoint, which schemes it may have, and paths below it.

use std::net::IpAddr;

use azure_core::http::Url;

use crate::error::InvalidArgument;

/// Reads an endpoint. Slashes at its end and a missing `https://` do no harm; a path stays (Callsign serves a resource at
/// `https://<host>/<name>`, too).
pub(crate) fn parse(endpoint: &str) -> Result<Url, InvalidArgument> {
    let invalid = |reason| InvalidArgument::Endpoint { reason };
    let text = endpoint.trim();
    if text.trim_end_matches('/').is_empty() {
        return Err(invalid("it is empty"));
    }
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| invalid("it cannot be read"))?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    if !matches!(url.scheme(), "https" | "http") {
        return Err(invalid("its scheme is neither https nor http"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("it holds a user name or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("it has a query or a fragment"));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(url),
        _ => Err(invalid("it names no host")),
    }
}

/// With a key, plain http may go to this machine only.
pub(crate) fn check_for_key(endpoint: &Url) -> Result<(), InvalidArgument> {
    if endpoint.scheme() == "https" || is_loopback(endpoint) {
        return Ok(());
    }
    Err(InvalidArgument::PlainHttp { host: authority(endpoint) })
}

/// A bearer token goes over https only; azure_core would refuse it as well, at the first call.
pub(crate) fn check_for_bearer(endpoint: &Url) -> Result<(), InvalidArgument> {
    if endpoint.scheme() == "https" { Ok(()) } else { Err(InvalidArgument::PlainHttpBearer) }
}

fn is_loopback(endpoint: &Url) -> bool {
    let Some(host) = endpoint.host_str() else {
        return false;
    };
    let host = host.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// `host` or `host:port`, as the `Host` header has it: the scheme's own port is left out.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether a text can stand in a path. The others vanish when a URL is put together, and the call would go to another path.
pub(crate) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// The address of a path below the endpoint. Each segment is encoded; a colon stays as it is, as in Java and in Python's
/// asynchronous client (`wire-contract.md` §6.1).
pub(crate) fn join(endpoint: &Url, path: &[&str]) -> Result<Url, InvalidArgument> {
    if !path.iter().all(|segment| is_segment(segment)) {
        return Err(InvalidArgument::UserId);
    }
    let mut url = endpoint.clone();
    match url.path_segments_mut() {
        Ok(mut segments) => {
            segments.pop_if_empty().extend(path);
        }
        Err(()) => {
            return Err(InvalidArgument::Endpoint { reason: "it has no path" });
        }
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_a_missing_scheme_do_no_harm() {
        for (text, expected) in [
            ("https://contoso.communication.azure.com", "https://contoso.communication.azure.com/"),
            ("https://contoso.communication.azure.com///", "https://contoso.communication.azure.com/"),
            (" HTTPS://Contoso.communication.azure.com/ ", "https://contoso.communication.azure.com/"),
            ("contoso.communication.azure.com/", "https://contoso.communication.azure.com/"),
            ("localhost:8443", "https://localhost:8443/"),
            ("https://h:443/", "https://h/"),
            ("http://127.0.0.1:8080/contoso/", "http://127.0.0.1:8080/contoso"),
        ] {
            assert_eq!(parse(text).unwrap().as_str(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_and_not_repeated() {
        for text in [
            "",
            "///",
            "https://",
            "ftp://h/",
            "https://u:s3cr3t@h/",
            "https://h/?s3cr3t",
            "https://h#s3cr3t",
            "a b",
        ] {
            let error = parse(text).unwrap_err();
            assert!(matches!(error, InvalidArgument::Endpoint { .. }), "{text}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cr3t"));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for text in [
            "https://contoso.communication.azure.com",
            "http://localhost:8080",
            "http://contoso.localhost:8080",
            "http://127.0.0.1",
            "http://127.1.2.3:1",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]:8080",
        ] {
            assert_eq!(check_for_key(&parse(text).unwrap()), Ok(()), "{text}");
        }
        for text in [
            "http://contoso.communication.azure.com",
            "http://10.0.0.1:80",
            "http://localhost.example",
            "http://[::2]",
        ] {
            assert!(
                matches!(check_for_key(&parse(text).unwrap()), Err(InvalidArgument::PlainHttp { .. })),
                "{text}"
            );
        }
        assert_eq!(
            check_for_bearer(&parse("http://localhost").unwrap()),
            Err(InvalidArgument::PlainHttpBearer)
        );
    }

    #[test]
    fn segments_are_encoded_and_cannot_leave_their_place() {
        let endpoint = parse("https://h/base/").unwrap();
        for (id, expected) in [
            ("8:acs:a_b", "https://h/base/identities/8:acs:a_b/:issueAccessToken"),
            ("a/b?c#d", "https://h/base/identities/a%2Fb%3Fc%23d/:issueAccessToken"),
            ("%2e%2e", "https://h/base/identities/%252e%252e/:issueAccessToken"),
        ] {
            let url = join(&endpoint, &["identities", id, ":issueAccessToken"]).unwrap();
            assert_eq!(url.as_str(), expected);
        }
        for id in ["", ".", ".."] {
            assert_eq!(join(&endpoint, &["identities", id]), Err(InvalidArgument::UserId), "{id}");
        }
    }
}
