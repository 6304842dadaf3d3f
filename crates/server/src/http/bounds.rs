//! Bounds on what a request may weigh (`design/reliability.md` row 16).

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http_body::Body;
use http_body_util::BodyExt as _;

use super::arrival::single_header;
use super::error::Refusal;

/// Longest path and query, in bytes.
pub(crate) const URI_BYTES_MAX: usize = 2 * 1024;
/// Largest header block, in bytes: names, values and four bytes for each line.
pub(crate) const HEADERS_BYTES_MAX: usize = 16 * 1024;
/// Largest body of a request that names no thousand ids, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;
/// Of a body that is too large, so many bytes are read and dropped, so that the client can read the refusal.
const DRAINED_BYTES_MAX: usize = 1024 * 1024;
/// Longest time that a refusal waits for the rest of a body.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time that a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Refuses a URI or header block that is too large, and a body that is framed in two ways.
pub(crate) fn check_head(parts: &Parts) -> Result<(), Refusal> {
    if parts.uri.path_and_query().map_or(0, |target| target.as_str().len()) > URI_BYTES_MAX {
        return Err(Refusal::UriTooLong);
    }
    let weight: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if weight > HEADERS_BYTES_MAX {
        return Err(Refusal::HeadersTooLarge);
    }
    // Two readings of where the body ends are how requests are smuggled past a proxy (RFC 9112 §6.1).
    if parts.headers.contains_key(TRANSFER_ENCODING) {
        let chunked = single_header(&parts.headers, &TRANSFER_ENCODING)
            .is_some_and(|te| te.eq_ignore_ascii_case("chunked"));
        if !chunked || parts.headers.contains_key(CONTENT_LENGTH) {
            return Err(Refusal::BodyUnreadable);
        }
    }
    Ok(())
}

/// Reads the whole body, or refuses one that has more than `bytes_max`.
pub(crate) async fn read_body<B>(body: B, bytes_max: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    match tokio::time::timeout(BODY_TIMEOUT, collect(body, bytes_max)).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::BodyTooSlow),
    }
}

/// Reads and drops the body of a request that is refused. A client may not read the refusal before it has sent all of it: over
/// HTTP/1.1 few do, and over HTTP/2 curl 7.88 is one that does not. Who expects `100 Continue` has sent nothing yet.
pub(crate) async fn discard_body<B>(parts: &Parts, mut body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    if parts.headers.contains_key(EXPECT) {
        return;
    }
    let discard = async {
        let mut length = 0_usize;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > DRAINED_BYTES_MAX {
                break;
            }
        }
    };
    // What has not arrived by then is not waited for: the connection ends with the answer.
    let _ = tokio::time::timeout(DISCARD_TIMEOUT, discard).await;
}

async fn collect<B>(mut body: B, bytes_max: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::BodyUnreadable)?.into_data() else {
            continue;
        };
        length += data.len();
        if length > DRAINED_BYTES_MAX {
            break;
        }
        if length > bytes_max {
            continue;
        }
        // Nearly every body is one frame: it is kept without a copy.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
    }
    match length {
        too_long if too_long > bytes_max => Err(Refusal::BodyTooLarge { bytes_max }),
        _ if rest.is_empty() => Ok(first),
        _ => Ok(rest.freeze()),
    }
}
