//! What is told, as JSON: for journal and API.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::core::types::{Told, Value};

/// The values that a sentence names. A span is `{"seconds": 1.5}`, a sentence within it as [`of`] has it.
pub fn values(told: &Told) -> Map<String, Json> {
    let json = |value: &Value| match value {
        Value::Text(text) => json!(text),
        Value::Number(number) => json!(number),
        Value::Span(span) => json!({ "seconds": span.as_secs_f64() }),
        Value::Told(told) => of(told),
    };
    told.values.iter().map(|(name, value)| (name.clone().into_owned(), json(value))).collect()
}

/// A sentence as `{"code": …, "values": …}`.
pub fn of(told: &Told) -> Json {
    json!({ "code": told.code, "values": values(told) })
}

/// The same as text, for a file or a database.
pub fn write(told: &Told) -> String {
    of(told).to_string()
}

/// The reverse of [`write`]; what is no sentence stands for itself.
pub fn parse(text: &str) -> Told {
    serde_json::from_str(text).ok().as_ref().and_then(read).unwrap_or_else(|| Told::text(text))
}

/// A sentence from its code and values; what is not understood of them is shown as JSON has it.
pub fn told(code: &str, values: &Map<String, Json>) -> Told {
    let values = values.iter().map(|(name, json)| (Cow::Owned(name.clone()), value(json))).collect();
    Told { code: Cow::Owned(code.to_owned()), values }
}

fn value(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) if number.is_u64() => Value::Number(number.as_u64().unwrap_or_default()),
        Json::Object(object) => {
            let span = object.get("seconds").and_then(Json::as_f64);
            if let Some(span) = span.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
                Value::Span(span)
            } else if let Some(told) = read(json) {
                Value::Told(told)
            } else {
                Value::Text(json.to_string())
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) => Value::Text(json.to_string()),
    }
}

/// The reverse of [`of`]; `None` for anything else.
pub fn read(json: &Json) -> Option<Told> {
    let code = json.get("code")?.as_str()?;
    let none = Map::new();
    Some(told(code, json.get("values").and_then(Json::as_object).unwrap_or(&none)))
}
