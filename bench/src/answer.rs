//! Where an answer of HTTP/1.1 ends, and what it says.

use std::borrow::Cow;

use anyhow::{Context as _, bail};
use httparse::Status;

const HEADERS_MAX: usize = 64;

/// An answer that is whole.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: Cow<'a, [u8]>,
}

/// The answer, once all of it is there.
pub(crate) fn whole(bytes: &[u8]) -> anyhow::Result<Option<Answer<'_>>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut headers);
    let Status::Complete(end) = head.parse(bytes)? else { return Ok(None) };
    let rest = bytes.get(end..).unwrap_or_default();
    let header = |name| head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
    let body = if let Some(length) = header("content-length") {
        let length: usize = std::str::from_utf8(length.value)?.trim().parse()?;
        rest.get(..length).map(Cow::Borrowed)
    } else if header("transfer-encoding").is_some_and(|coding| coding.value.eq_ignore_ascii_case(b"chunked"))
    {
        chunks(rest)?.map(Cow::Owned)
    } else {
        bail!("an answer neither tells its length nor is chunked");
    };
    let status = head.code.context("an answer has a status")?;
    Ok(body.map(|body| Answer { status, body }))
}

/// What the chunks say together, once the last one is there. Nobody here sends trailers.
fn chunks(mut rest: &[u8]) -> anyhow::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Ok(size) = httparse::parse_chunk_size(rest) else { bail!("a chunk has no size") };
        let Status::Complete((start, length)) = size else { return Ok(None) };
        let rest_of_chunk = rest.get(start..).unwrap_or_default();
        let Some((chunk, after)) = rest_of_chunk.split_at_checked(usize::try_from(length)?) else {
            return Ok(None);
        };
        let Some(after) = after.strip_prefix(b"\r\n") else { return Ok(None) };
        if length == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(chunk);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0\r\n\r";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n0\r\n\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    #[test]
    fn an_answer_ends_where_it_says_and_nowhere_before() {
        for (answer, status, body) in [(LONG, 200, &b"0\r\n\r"[..]), (CHUNKED, 503, b"0\r\n\r\nabc")] {
            for end in 0..answer.len() {
                assert!(whole(&answer[..end]).unwrap().is_none(), "{end}");
            }
            let answer = whole(answer).unwrap().unwrap();
            assert_eq!((answer.status, &*answer.body), (status, body));
        }
    }

    #[test]
    fn an_answer_without_an_end_is_a_fault() {
        assert!(whole(b"HTTP/1.1 200 OK\r\n\r\nabc").is_err());
        assert!(whole(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nno size\r\n").is_err());
    }
}
