//! A value as YAML in block style. Every text that could be read as something else is quoted as in JSON, which YAML
//! reads, too (YAML 1.2.2 §1.3).

use serde_json::Value;

/// Words that a YAML reader may take for something other than a text; those of YAML 1.1 are among them.
const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];

/// The value with a line end.
pub(super) fn written(value: &Value) -> serde_json::Result<String> {
    let mut text = String::new();
    write(&mut text, value, 0)?;
    Ok(text)
}

fn write(text: &mut String, value: &Value, depth: usize) -> serde_json::Result<()> {
    let indent = "  ".repeat(depth);
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{indent}- "));
                // The first line of the item stands behind the dash, where its indent would be.
                let mut below = String::new();
                write(&mut below, item, depth + 1)?;
                text.push_str(below.trim_start_matches(' '));
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                text.push_str(&format!("{indent}{}:", scalar(name)?));
                let has_lines = match member {
                    Value::Array(items) => !items.is_empty(),
                    Value::Object(members) => !members.is_empty(),
                    _ => false,
                };
                text.push(if has_lines { '\n' } else { ' ' });
                write(text, member, if has_lines { depth + 1 } else { 0 })?;
            }
        }
        Value::String(string) => text.push_str(&format!("{}\n", scalar(string)?)),
        other => text.push_str(&format!("{other}\n")),
    }
    Ok(())
}

fn scalar(text: &str) -> serde_json::Result<String> {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-/".contains(letter))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { Ok(text.to_owned()) } else { serde_json::to_string(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_and_items_stand_below_each_other_and_doubtful_texts_are_quoted() {
        let value = json!({
            "list": [{"a": 1, "b": ["x", []]}, "no", null],
            "empty": {},
            "nested": {"id": "8:acs:1_2", "is": true},
            "text": "plain",
            "time": "2026-11-22T21:48:16+00:00",
        });
        let expected = "\
empty: {}
list:
  - a: 1
    b:
      - x
      - []
  - \"no\"
  - null
nested:
  id: \"8:acs:1_2\"
  is: true
text: plain
time: \"2026-11-22T21:48:16+00:00\"
";
        assert_eq!(written(&value).unwrap(), expected);
        assert_eq!(written(&json!("a: b")).unwrap(), "\"a: b\"\n");
        assert_eq!(written(&json!([])).unwrap(), "[]\n");
    }
}
