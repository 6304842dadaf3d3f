//! `--query`: what a JMESPath expression finds in a value.

use anyhow::Context as _;
use serde_json::Value;

/// Takes an expression that can be understood.
///
/// # Errors
/// A sentence that says where it cannot.
pub(crate) fn checked(expression: &str) -> Result<String, String> {
    match jmespath::compile(expression) {
        Ok(_) => Ok(expression.to_owned()),
        Err(error) => Err(format!(
            "this is no JMESPath expression, see character {}: {}",
            error.offset + 1,
            reason(&error.reason)
        )),
    }
}

fn reason(reason: &jmespath::ErrorReason) -> String {
    match reason {
        jmespath::ErrorReason::Parse(text) => text.clone(),
        jmespath::ErrorReason::Runtime(error) => error.to_string(),
    }
}

/// What the expression finds in the value.
pub(super) fn search(expression: &str, value: &Value) -> anyhow::Result<Value> {
    let compiled = checked(expression).map_err(anyhow::Error::msg)?;
    let found =
        jmespath::compile(&compiled).and_then(|expression| expression.search(value)).map_err(|error| {
            anyhow::anyhow!("--query {expression:?} cannot be answered: {}", reason(&error.reason))
        })?;
    serde_json::to_value(&*found).context("what --query found has no JSON form")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_finds_what_it_names() {
        let value = json!([{"user_id": "a", "token": "t"}, {"user_id": "b", "token": "u"}]);
        for (expression, expected) in [
            ("[].user_id", json!(["a", "b"])),
            ("[0].token", json!("t")),
            ("length(@)", json!(2)),
            ("[?user_id=='b'] | [0]", json!({"user_id": "b", "token": "u"})),
            ("[9].token", Value::Null),
        ] {
            assert_eq!(search(expression, &value).unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_understood_or_answered_is_said() {
        let said = checked("[].").unwrap_err();
        assert!(said.contains("character 4"), "{said}");
        let said = search("length(@)", &json!(1)).unwrap_err().to_string();
        assert!(said.contains("--query") && said.contains("length"), "{said}");
    }
}
