//! Why nobody is let in. The caller sees one of three texts; the reason is for the log and for `doctor request`.

use callsign_protocol::signature::MalformedAuthorization;

/// The reason of a refused authentication. The display text is private.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denial {
    #[error("the request has no Authorization header; sign it with an access key")]
    NoCredentials,
    #[error("bearer tokens are not accepted by this server; sign with an access key")]
    BearerNotAccepted,
    #[error("{0}")]
    Malformed(#[from] MalformedAuthorization),
    #[error("the header {0} is missing, repeated or not text")]
    Header(&'static str),
    #[error("the date '{0}' is not of the form 'Thu, 01 Oct 2026 07:05:09 GMT'")]
    DateMalformed(String),
    #[error(
        "the date '{date}' is more than {minutes} minutes from the server's '{server_date}'; set the caller's clock"
    )]
    DateOutsideWindow { date: String, server_date: String, minutes: u16 },
    #[error(
        "x-ms-content-sha256 is '{sent}', the body's is '{computed}'; the body was changed after signing"
    )]
    ContentDiffers { sent: String, computed: String },
    #[error("the host '{0}' leads to no resource; name it with --host, or use <resource>.<any domain>")]
    HostUnknown(String),
    #[error("neither access key of resource '{resource}' made this signature")]
    SignatureDiffers { resource: String },
}

impl Denial {
    /// The text of every refusal that the live service does not explain (`live-behaviour.md` §1.2).
    pub(crate) const PUBLIC_TEXT: &str = "Denied by the resource provider.";

    /// What the caller reads: the texts that users have reported from the live service (`live-behaviour.md` §1.2).
    pub(crate) fn public_text(&self) -> String {
        match self {
            Self::ContentDiffers { .. } => {
                "Request 'x-ms-content-sha256' differs from generated content hash.".to_owned()
            }
            Self::DateOutsideWindow { date, server_date, minutes } => format!(
                "The request is dated '{date}', the server's time is '{server_date}'. The time difference between the \
                 originating client and the server is greater than the allowed margin of {minutes} minutes."
            ),
            _ => Self::PUBLIC_TEXT.to_owned(),
        }
    }
}
