//! The connector for Power Platform: the documents that it is imported from, and the paths that it calls.
//!
//! It shows an access key in a header instead of signing, so its paths are its own: `authenticate/shown_key.rs` looks at such headers
//! on these alone.

mod address;

use bytes::Bytes;

pub use address::{Address, InvalidAddress};

/// What every path of the connector begins with.
pub(crate) const ROOT: &str = "/connector";

/// A document that the connector is imported from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// What it can do: Swagger 2.0, which is what Power Platform reads.
    Definition,
    /// What it asks who connects for, and its colour.
    Properties,
    /// Its picture.
    Icon,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Definition, Self::Properties, Self::Icon];

    /// The name of its file, by which `paconn` and the certified connectors know it.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Definition => "apiDefinition.swagger.json",
            Self::Properties => "apiProperties.json",
            Self::Icon => "icon.png",
        }
    }

    /// Where it is served.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Definition => "/connector/apiDefinition.swagger.json",
            Self::Properties => "/connector/apiProperties.json",
            Self::Icon => "/connector/icon.png",
        }
    }

    /// The name of reading it, for logs and metrics.
    pub(crate) const fn operation(self) -> &'static str {
        match self {
            Self::Definition => "GetConnectorDefinition",
            Self::Properties => "GetConnectorProperties",
            Self::Icon => "GetConnectorIcon",
        }
    }

    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Definition | Self::Properties => "application/json",
            Self::Icon => "image/png",
        }
    }

    /// The document of a connector that calls that address.
    #[must_use]
    pub fn bytes(self, address: &Address) -> Bytes {
        match self {
            Self::Definition => {
                let text = include_str!("connector/apiDefinition.swagger.json");
                let text = text.replace("{host}", address.host());
                Bytes::from(text.replace("{base_path}", &address.base_path()))
            }
            Self::Properties => Bytes::from_static(include_bytes!("connector/apiProperties.json")),
            Self::Icon => Bytes::from_static(include_bytes!("connector/icon.png")),
        }
    }
}

/// The path of the route table that a path of the connector stands for. Only what the definition describes is there.
pub(crate) fn routed(path: &str) -> Option<&str> {
    let routed = path.strip_prefix(ROOT)?;
    let rest = routed.strip_prefix("/identities")?;
    (rest.is_empty() || rest.starts_with('/')).then_some(routed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_identities_is_called_through_the_connector() {
        for (path, expected) in [
            ("/connector/identities", Some("/identities")),
            (
                "/connector/identities/8:acs:x/:issueAccessToken",
                Some("/identities/8:acs:x/:issueAccessToken"),
            ),
            ("/connector", None),
            ("/connector/", None),
            ("/connector/identitiesx", None),
            ("/connector/callsign/v1/identities", None),
            ("/connector/access/entra/assignments", None),
            ("/connector/apiProperties.json", None),
            ("/connector//identities", None),
            ("/connectors/identities", None),
            ("/identities", None),
        ] {
            assert_eq!(routed(path), expected, "{path}");
        }
    }

    #[test]
    fn each_document_is_where_its_file_name_says() {
        for document in Document::ALL {
            assert_eq!(document.path(), format!("{ROOT}/{}", document.file_name()));
        }
    }
}
