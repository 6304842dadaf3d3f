//! Connection strings: `endpoint=https://host/;accesskey=<base64>`.

use zeroize::Zeroizing;

use crate::access_key::AccessKey;

/// The one form that all four official parsers accept: endpoint first with a trailing slash, no blank, no third part
/// (`clients.md` A.5). `endpoint` is written without its trailing slash.
#[must_use]
pub fn expose_connection_string(endpoint: &str, key: &AccessKey) -> Zeroizing<String> {
    let endpoint = endpoint.trim_end_matches('/');
    Zeroizing::new(format!(
        "endpoint={endpoint}/;accesskey={}",
        key.expose_base64().as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_every_parser_accepts() {
        let key = "AAECAw==".parse().unwrap();
        for endpoint in ["https://localhost:8443", "https://localhost:8443/"] {
            let text = expose_connection_string(endpoint, &key);
            assert_eq!(
                text.as_str(),
                "endpoint=https://localhost:8443/;accesskey=AAECAw=="
            );
        }
    }
}
