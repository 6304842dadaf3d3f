//! A value as rows: the table for people and the lines of values parted by tabs.

use serde_json::Value;

use crate::printer::visible;

/// Rows below a head, in columns as wide as what is in them; what is nested is left out. `None` when no column is left.
pub(super) fn table(value: &Value) -> Option<String> {
    let rows: Vec<Vec<(String, String)>> = items(value).iter().map(cells).collect();
    let mut head: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !head.contains(&name.as_str()) {
            head.push(name);
        }
    }
    if head.is_empty() {
        return rows.is_empty().then(String::new);
    }
    let cell = |row: &Vec<(String, String)>, name: &str| {
        let found = row.iter().find(|(column, _)| column == name);
        found.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let body = rows.iter().map(|row| head.iter().map(|name| cell(row, name)).collect());
    let lines: Vec<Vec<String>> =
        std::iter::once(head.iter().map(|name| name.to_uppercase()).collect()).chain(body).collect();
    Some(crate::printer::columns(&lines))
}

/// The columns of an item and what is in them.
fn cells(item: &Value) -> Vec<(String, String)> {
    match item {
        Value::Object(members) => {
            let scalars = members.iter().filter(|(_, member)| is_scalar(member));
            scalars.map(|(name, member)| (visible(name), text(member))).collect()
        }
        Value::Array(values) => values
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("column{}", index + 1), text(value)))
            .collect(),
        other => vec![("result".to_owned(), text(other))],
    }
}

/// A line for each item; names are left out, and what is nested is empty.
pub(super) fn tsv(value: &Value) -> String {
    let mut lines = String::new();
    for item in items(value) {
        let values: Vec<String> = match item {
            Value::Object(members) => members.values().map(text).collect(),
            Value::Array(values) => values.iter().map(text).collect(),
            other => vec![text(other)],
        };
        lines.push_str(&values.join("\t"));
        lines.push('\n');
    }
    lines
}

/// The items of a list; anything else is the only one.
pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_) | Value::Null)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => visible(text),
        Value::Null | Value::Object(_) => String::new(),
        // As `az` prints a list in a row.
        Value::Array(items) => items.len().to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_the_columns_of_all_its_rows() {
        let value = json!([{"a": "x", "n": {"m": 1}}, {"a": "long", "b": 2}, {"b": null}]);
        assert_eq!(table(&value).unwrap(), "A     B\nx\nlong  2\n\n");
        assert_eq!(table(&json!(["x", "y"])).unwrap(), "RESULT\nx\ny\n");
        assert_eq!(table(&json!([["x", 1]])).unwrap(), "COLUMN1  COLUMN2\nx        1\n");
        assert_eq!(table(&json!({"n": {}})), None);
        assert_eq!(table(&json!([])).unwrap(), "");
    }

    #[test]
    fn tsv_is_a_line_an_item_in_the_order_of_names() {
        let value = json!([{"b": true, "a": "x\ty", "l": [1, 2], "o": {}}, ["p", null]]);
        assert_eq!(tsv(&value), "x\\ty\ttrue\t2\t\np\t\n");
        assert_eq!(tsv(&json!("8:acs:1")), "8:acs:1\n");
    }
}
