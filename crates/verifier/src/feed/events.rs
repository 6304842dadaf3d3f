//! Server-sent events, taken apart as they come, in bounded memory (WHATWG HTML §9.2.6).
//!
//! Lines end with LF or CRLF. A lone CR, which no server of this kind writes, is a part of its line.

use super::fault::LINE_BYTES_MAX;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// Its kind; empty for a plain message.
    pub(super) kind: String,
    /// Its `id` field, if it has one of its own.
    pub(super) id: Option<String>,
    /// Its lines of data.
    pub(super) text: String,
}

/// A line or an event is longer than any can be, or is no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    Oversized,
    NoText,
}

/// Puts events together from the pieces of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    event: Event,
}

impl Events {
    /// Takes the next piece, and hands over each event that it completes.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<Event>, Unreadable> {
        let mut complete = Vec::new();
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            if part.len() > LINE_BYTES_MAX.saturating_sub(self.line.len()) {
                return Err(Unreadable::Oversized);
            }
            self.line.extend_from_slice(part);
            if self.line.pop_if(|byte| *byte == b'\n').is_some() {
                self.line.pop_if(|byte| *byte == b'\r');
                let line = std::mem::take(&mut self.line);
                complete.extend(self.end_of_line(&line)?);
            }
        }
        Ok(complete)
    }

    /// An empty line ends an event; one without data is none.
    fn end_of_line(&mut self, line: &[u8]) -> Result<Option<Event>, Unreadable> {
        let line = std::str::from_utf8(line).map_err(|_| Unreadable::NoText)?;
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok((!event.text.is_empty()).then_some(event));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.kind),
            "id" => self.event.id = Some(value.to_owned()),
            "data" => {
                if self.event.text.len() + value.len() > LINE_BYTES_MAX {
                    return Err(Unreadable::Oversized);
                }
                if !self.event.text.is_empty() {
                    self.event.text.push('\n');
                }
                self.event.text.push_str(value);
            }
            // A comment, `retry`, or a field of a later version.
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn event(kind: &str, id: Option<&str>, text: &str) -> Event {
        Event { kind: kind.to_owned(), id: id.map(str::to_owned), text: text.to_owned() }
    }

    const STREAM: &str = ": hello\r\nretry: 100\n\nid: 1-2\ndata: r:1\n\nevent: heartbeat\r\ndata:abc\r\n\r\nid: 7\n\ndata: a\ndata:  b\n\nevent: x\ndata\n\n";

    fn expected() -> Vec<Event> {
        vec![event("", Some("1-2"), "r:1"), event("heartbeat", None, "abc"), event("", None, "a\n b")]
    }

    #[test]
    fn events_are_read_as_browsers_read_them() {
        assert_eq!(Events::default().push(STREAM.as_bytes()), Ok(expected()));
    }

    #[test]
    fn what_is_longer_than_any_event_is_refused_before_it_is_kept() {
        let long = "x".repeat(LINE_BYTES_MAX + 1);
        assert_eq!(Events::default().push(long.as_bytes()), Err(Unreadable::Oversized));
        let mut events = Events::default();
        let line = format!("data: {}\n", "x".repeat(LINE_BYTES_MAX / 2));
        assert_eq!(events.push(line.as_bytes()), Ok(Vec::new()));
        assert_eq!(events.push(line.as_bytes()), Ok(Vec::new()));
        assert_eq!(events.push(line.as_bytes()), Err(Unreadable::Oversized));
        assert_eq!(Events::default().push(b"data: \xff\n"), Err(Unreadable::NoText));
    }

    proptest! {
        #[test]
        fn pieces_may_end_anywhere(cuts in prop::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut events = Events::default();
            let mut read = Vec::new();
            for pair in cuts.windows(2) {
                read.extend(events.push(&STREAM.as_bytes()[pair[0]..pair[1]]).unwrap());
            }
            prop_assert_eq!(read, expected());
        }
    }
}
