//! The trace that a request belongs to, as its caller says (W3C Trace Context, `traceparent`).

use http::{HeaderMap, HeaderName};

use crate::http::single_header;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Length of version 00; later ones may go on after a hyphen (W3C Trace Context §4.3).
const VERSION_00_BYTES: usize = 55;

/// A trace, and the span in it that made the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceContext {
    /// The trace.
    pub(crate) trace_id: u128,
    /// The caller's span; 0 where it is not known.
    pub(crate) parent_id: u64,
    /// Whether the caller keeps the trace.
    pub(crate) is_sampled: bool,
}

impl TraceContext {
    /// `None` when there is none, or none that is well formed.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        parse(single_header(headers, &TRACEPARENT)?)
    }
}

fn parse(text: &str) -> Option<TraceContext> {
    let mut parts = text.splitn(5, '-');
    let (version, trace_id) = (hex(parts.next()?, 2)?, hex(parts.next()?, 32)?);
    let (parent_id, flags) = (hex(parts.next()?, 16)?, hex(parts.next()?, 2)?);
    let is_version = version != 0xff && (version != 0 || text.len() == VERSION_00_BYTES);
    let parent_id = u64::try_from(parent_id).ok()?;
    (is_version && trace_id != 0 && parent_id != 0).then_some(TraceContext {
        trace_id,
        parent_id,
        is_sampled: flags & 1 == 1,
    })
}

/// So many lower-case digits.
pub(super) fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_the_recommendation_says() {
        // The examples of W3C Trace Context §3.2.
        let sampled = parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let expected = TraceContext {
            trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            parent_id: 0x00f0_67aa_0ba9_02b7,
            is_sampled: true,
        };
        assert_eq!(sampled, expected);
        let unsampled = parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap();
        assert!(!unsampled.is_sampled);
        assert_eq!(
            parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes"),
            Some(expected)
        );
        for text in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
