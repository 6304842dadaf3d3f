//! JSON for a terminal with colours: names and texts differ from what is neither.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

const NAME: &[u8] = b"\x1b[34;1m";
const TEXT: &[u8] = b"\x1b[32m";
const PLAIN: &[u8] = b"\x1b[0m";

/// The value as JSON with a line end.
pub(super) fn written(value: &Value) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    let formatter = Coloured { pretty: PrettyFormatter::new(), is_in_name: false };
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    bytes.push(b'\n');
    // serde_json writes UTF-8 only.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct Coloured<'a> {
    pretty: PrettyFormatter<'a>,
    is_in_name: bool,
}

impl Formatter for Coloured<'_> {
    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(if self.is_in_name { NAME } else { TEXT })?;
        CompactFormatter.begin_string(writer)
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        CompactFormatter.end_string(writer)?;
        writer.write_all(PLAIN)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_in_name = true;
        self.pretty.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.is_in_name = false;
        self.pretty.end_object_key(writer)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.pretty.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.pretty.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_texts_have_colours_and_without_them_it_is_the_same_json() {
        let value = json!({"a": ["b", 1], "c": {}});
        let text = written(&value).unwrap();
        assert!(
            text.contains("\x1b[34;1m\"a\"\x1b[0m: [") && text.contains("\x1b[32m\"b\"\x1b[0m"),
            "{text}"
        );
        let bare =
            ["\x1b[34;1m", "\x1b[32m", "\x1b[0m"].iter().fold(text, |text, code| text.replace(code, ""));
        assert_eq!(bare, format!("{}\n", serde_json::to_string_pretty(&value).unwrap()));
    }
}
