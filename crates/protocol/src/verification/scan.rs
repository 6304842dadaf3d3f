//! A quick reader for the JSON that nearly every token is made of: one flat object of texts without escapes and of whole numbers,
//! with no blanks. It gives up at the first byte of anything else, which is then for the complete reader to read or refuse.

/// A member: its name, and its value as a text or a number.
pub(super) type Member<'a> = (&'a str, Scanned<'a>);

/// A value that is read without effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scanned<'a> {
    Text(&'a str),
    Whole(i64),
}

/// Hands each member to `take`, in order; `false` when the JSON is of any other form, and what was taken does not count.
pub(super) fn members<'a>(json: &'a str, mut take: impl FnMut(Member<'a>)) -> bool {
    if !is_plain(json) {
        return false;
    }
    let Some(mut rest) = json.strip_prefix('{') else { return false };
    loop {
        let Some((member, after)) = member(rest) else { return false };
        take(member);
        match after.split_at_checked(1) {
            Some((",", after)) => rest = after,
            Some(("}", "")) => return true,
            _ => return false,
        }
    }
}

fn member(json: &str) -> Option<(Member<'_>, &str)> {
    let (name, rest) = text(json)?;
    let rest = rest.strip_prefix(':')?;
    match text(rest) {
        Some((value, rest)) => Some(((name, Scanned::Text(value)), rest)),
        None => {
            let (value, rest) = whole(rest)?;
            Some(((name, Scanned::Whole(value)), rest))
        }
    }
}

/// Printable ASCII without escapes, so that a text ends at the next quote. All bytes are looked at, which is quicker than to stop
/// at the first one that is not plain.
fn is_plain(json: &str) -> bool {
    json.bytes().fold(true, |plain, byte| plain & (b' '..=b'~').contains(&byte) & (byte != b'\\'))
}

fn text(json: &str) -> Option<(&str, &str)> {
    let json = json.strip_prefix('"')?;
    let (text, rest) = json.split_at_checked(quote(json.as_bytes())?)?;
    Some((text, rest.strip_prefix('"')?))
}

/// Where the next quote is, looked for in eight bytes at a time: a loop over single bytes costs a wrong guess of the processor at
/// the end of each text, and texts are too short for the search of a library.
fn quote(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let (eights, rest) = bytes.as_chunks::<8>();
    for (count, eight) in eights.iter().enumerate() {
        // The lowest byte that became zero has its high bit set, and none below it has.
        let differ = u64::from_le_bytes(*eight) ^ (ONES * u64::from(b'"'));
        let zeros = differ.wrapping_sub(ONES) & !differ & (ONES << 7);
        if zeros != 0 {
            return Some(count * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|byte| *byte == b'"')?;
    Some(bytes.len() - rest.len() + place)
}

/// Digits without a leading zero, few enough to be a number of 64 bits; a fraction or an exponent behind them is not a member's
/// end, so it makes the scan give up.
fn whole(json: &str) -> Option<(i64, &str)> {
    let (digits, rest) = json.split_at_checked(json.bytes().take_while(u8::is_ascii_digit).count())?;
    let canonical = (1..=18).contains(&digits.len()) && (digits == "0" || !digits.starts_with('0'));
    canonical.then(|| digits.parse().ok())?.map(|number| (number, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn scanned(json: &str) -> Option<Vec<(String, Value)>> {
        let mut taken = Vec::new();
        let value = |value| match value {
            Scanned::Text(text) => Value::from(text),
            Scanned::Whole(number) => Value::from(number),
        };
        members(json, |(name, scanned)| taken.push((name.to_owned(), value(scanned)))).then_some(taken)
    }

    #[test]
    fn other_forms_are_left_to_the_complete_reader() {
        for json in [
            "",
            "{",
            "{}",
            "[1]",
            r#"{"a":1"#,
            r#"{"a":1},"#,
            r#"{"a":1}x"#,
            r#"{"a":01}"#,
            r#"{"a":-1}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":true}"#,
            r#"{"a":null}"#,
            r#"{"a":{}}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"é"}"#,
            r#"{"a": 1}"#,
            r#"{ "a":1}"#,
            r#"{"a":1,}"#,
            r#"{"a":1000000000000000000}"#,
            "{\"a\":\"\u{1}\"}",
            "\u{feff}{\"a\":1}",
        ] {
            assert_eq!(scanned(json), None, "{json}");
        }
        let read = vec![
            ("a".to_owned(), Value::from("b c")),
            ("d".to_owned(), Value::from(999_999_999_999_999_999_i64)),
        ];
        assert_eq!(scanned(r#"{"a":"b c","d":999999999999999999}"#), Some(read));
    }

    proptest! {
        #[test]
        fn the_first_quote_is_found_wherever_it_is(bytes: Vec<u8>, more in "[!-#]{0,24}") {
            for bytes in [&bytes, more.as_bytes()] {
                prop_assert_eq!(quote(bytes), bytes.iter().position(|byte| *byte == b'"'));
            }
        }

        /// Whatever it reads, the complete reader reads in the same way.
        #[test]
        fn both_readers_agree(json in r#"\{("[a-c\\"]{0,2}":("[ -~]{0,4}"|[0-9.e-]{0,4}|true),?){0,3}\}?"#) {
            if let Some(members) = scanned(&json) {
                let complete: Map<String, Value> = serde_json::from_str(&json).unwrap();
                // Of a repeated name the complete reader keeps the last.
                let kept: Map<String, Value> = members.into_iter().collect();
                prop_assert_eq!(complete, kept);
            }
        }
    }
}
