//! Surfaces: the protocol of ACS, and our own below `/callsign/v1`. A path belongs to exactly one of them.

/// What every path of our own surface begins with.
pub(crate) const OWN_ROOT: &str = "/callsign/v1";

/// A way to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// The protocol of ACS Identity: `api-version` in the query, its envelope of errors, its headers.
    Acs,
    /// Ours: the version stands in the path, errors are problems of RFC 9457.
    Own,
}

impl Surface {
    /// The surface of a canonical path.
    pub(crate) fn of(path: &str) -> Self {
        match path.strip_prefix(OWN_ROOT) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::Own,
            _ => Self::Acs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_below_the_root_is_ours() {
        for path in ["/callsign/v1", "/callsign/v1/", "/callsign/v1/identities"] {
            assert_eq!(Surface::of(path), Surface::Own, "{path}");
        }
        for path in ["/", "/callsign", "/callsign/v10", "/identities", "/x/callsign/v1"] {
            assert_eq!(Surface::of(path), Surface::Acs, "{path}");
        }
    }
}
