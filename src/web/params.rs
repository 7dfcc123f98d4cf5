//! What a caller sends along: in the query, as JSON or as a form.

use std::borrow::Cow;
use std::time::Duration;

use axum::extract::Query;
use hyper::http::request::Parts;
use serde_json::{Map, Value};

use super::reply::Problem;
use crate::core::text::{acts, visible_within};
use crate::core::types::{WallTime, bad_snapshot_name};

/// Characters of a free text that are kept, counted as it is shown: the log and the status repeat it.
const MAX_TEXT_CHARS: usize = 1000;
/// The longest name of a snapshot, in bytes; it becomes part of file names and of qcow2's tables.
pub(super) const MAX_SNAPSHOT_NAME_BYTES: usize = 128;

/// The parameters of a call, from its query and from its body; the query wins.
#[derive(Debug, Default)]
pub(super) struct Params {
    query: Vec<(String, String)>,
    body: Map<String, Value>,
}

impl Params {
    pub(super) fn read(parts: &Parts, body: &[u8]) -> Result<Self, Problem> {
        let query = match parts.uri.query() {
            None | Some("") => Vec::new(),
            Some(_) => {
                let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_err(|_| {
                    Problem::bad("The query cannot be read; it should look like ?name=value&name=value.")
                })?;
                query.0
            }
        };
        Ok(Self { query, body: body_params(body)? })
    }

    /// A text, fit to be shown; null, an empty one and blanks are none. Numbers and truth values are texts too.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.raw(name)?.map(|text| visible_within(&text, MAX_TEXT_CHARS)))
    }

    /// The same as it came.
    fn raw(&self, name: &str) -> Result<Option<Cow<'_, str>>, Problem> {
        let text = match self.query.iter().find(|(key, _)| key == name) {
            Some((_, value)) => Cow::Borrowed(value.trim()),
            None => match self.body.get(name) {
                None | Some(Value::Null) => return Ok(None),
                Some(Value::String(text)) => Cow::Borrowed(text.trim()),
                Some(value @ (Value::Number(_) | Value::Bool(_))) => Cow::Owned(value.to_string()),
                Some(Value::Array(_) | Value::Object(_)) => {
                    return Err(Problem::bad(format!("'{name}' should be a text, not a list or an object.")));
                }
            },
        };
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A text that has to be there, as it came: nobody shows it.
    pub(super) fn secret(&self, name: &str) -> Result<String, Problem> {
        let text = match self.body.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(_) | None => String::new(),
        };
        if text.is_empty() { Err(Problem::bad(format!("'{name}' is missing."))) } else { Ok(text) }
    }

    /// A text that has to be there.
    pub(super) fn required(&self, name: &str, such_as: &str) -> Result<String, Problem> {
        self.text(name)?.ok_or_else(|| {
            Problem::bad(format!(
                "'{name}' is missing: send it in the query (?{name}={such_as}) or in a JSON body."
            ))
        })
    }

    /// A span of time in seconds that has to be there.
    pub(super) fn seconds(&self, name: &str) -> Result<Duration, Problem> {
        let text = self.required(name, "300")?;
        let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        seconds.ok_or_else(|| {
            Problem::bad(format!("'{name}' should be a number of seconds such as 300 or 2.5, not '{text}'."))
        })
    }

    /// Yes or no; no where nothing is said.
    pub(super) fn switch(&self, name: &str) -> Result<bool, Problem> {
        match self.text(name)?.as_deref() {
            None | Some("false" | "0" | "no") => Ok(false),
            Some("true" | "1" | "yes") => Ok(true),
            Some(other) => Err(Problem::bad(format!("'{name}' should be true or false, not '{other}'."))),
        }
    }

    /// A moment in Unix seconds, where one is given.
    pub(super) fn moment(&self, name: &str) -> Result<Option<WallTime>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        // Up to the year 9999, which a float of milliseconds counts exactly.
        let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..2.5e11).contains(seconds));
        #[allow(clippy::cast_possible_truncation, reason = "within the bounds above")]
        let moment = seconds.map(|seconds| Some(WallTime((seconds * 1000.0).round() as i64)));
        moment
            .ok_or_else(|| Problem::bad(format!("'{name}' should be a time in Unix seconds, not '{text}'.")))
    }

    /// The name of a snapshot that is to be made, where one is given.
    pub(super) fn new_snapshot(&self) -> Result<Option<String>, Problem> {
        let name = self.raw("snapshot_name")?.map(|name| snapshot_name(&name)).transpose()?;
        match name.as_deref().and_then(bad_snapshot_name) {
            None => Ok(name),
            Some(why) => {
                let name = name.unwrap_or_default();
                Err(Problem::bad(format!(
                    "A snapshot cannot be called '{name}': {why}; choose another name, such as 'ready'."
                )))
            }
        }
    }
}

/// A body of any content type: a JSON object or a form gives parameters, nothing else means anything.
fn body_params(bytes: &[u8]) -> Result<Map<String, Value>, Problem> {
    let bytes = bytes.trim_ascii();
    match bytes.first() {
        Some(b'{' | b'[') => match serde_json::from_slice(bytes) {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Problem::bad("The body is JSON, but not an object such as {\"status\": \"ok\"}.")),
            Err(error) => Err(Problem::bad(format!("The body looks like JSON, but is none: {error}."))),
        },
        Some(_) if bytes.contains(&b'=') => {
            let pairs = form_urlencoded::parse(bytes);
            Ok(pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect())
        }
        Some(_) | None => Ok(Map::new()),
    }
}

/// A name that a snapshot may have.
pub(super) fn snapshot_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let fault = if name.is_empty() {
        "is empty"
    } else if name.len() > MAX_SNAPSHOT_NAME_BYTES {
        "has more than 128 bytes"
    } else if name.contains('/') || name.contains(acts) {
        "contains a slash, a control character or one that cannot be seen"
    } else {
        return Ok(name.to_owned());
    };
    Err(Problem::bad(format!("The snapshot's name {fault}; choose another one, such as 'ready'.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &[(&str, &str)], body: &str) -> Params {
        let query = query.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Params { query, body: body_params(body.as_bytes()).unwrap() }
    }

    #[test]
    fn texts_come_from_query_json_or_form() {
        type Row = (&'static [(&'static str, &'static str)], &'static str, Option<&'static str>);
        let rows: [Row; 12] = [
            (&[], "", None),
            (&[("status", "ok")], "", Some("ok")),
            (&[("status", "query")], r#"{"status": "body"}"#, Some("query")),
            (&[("other", "x")], r#" {"status": "body"} "#, Some("body")),
            (&[], r#"{"status": 3}"#, Some("3")),
            (&[], r#"{"status": true}"#, Some("true")),
            (&[], r#"{"status": null}"#, None),
            (&[("status", " ")], "", None),
            (&[], "status=all+well%21", Some("all well!")),
            (&[], "status= a b", Some("a b")),
            (&[], "hello", None),
            (&[], "\u{1}\u{2}=\u{3}", None),
        ];
        for (query, body, expected) in rows {
            assert_eq!(
                params(query, body).text("status").unwrap().as_deref(),
                expected,
                "{query:?} {body:?}"
            );
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = params(&[("status", &"ü".repeat(2000))], "").text("status").unwrap().unwrap();
        assert_eq!(text.chars().count(), MAX_TEXT_CHARS);
    }

    #[test]
    fn texts_hide_nothing() {
        let text = params(&[("status", "a\r\n<0>b\u{1b}[2J\u{202e}")], "").text("status").unwrap().unwrap();
        assert_eq!(text, r"a\r\n<0>b\u{1b}[2J\u{202e}");
    }

    #[test]
    fn unfit_values_are_told() {
        for body in ["{", "[1]", "{\"a\": }", "[", "{\"a\": 1} x"] {
            assert!(body_params(body.as_bytes()).is_err(), "{body}");
        }
        assert!(params(&[], r#"{"status": {}}"#).text("status").is_err());
        for (text, well) in [
            ("300", true),
            ("2.5", true),
            ("0", true),
            ("-1", false),
            ("nan", false),
            ("inf", false),
            ("1e99", false),
            ("soon", false),
            ("", false),
        ] {
            assert_eq!(params(&[("t", text)], "").seconds("t").is_ok(), well, "{text}");
        }
        for (text, expected) in [
            ("1763906600.5", Ok(Some(WallTime(1_763_906_600_500)))),
            ("", Ok(None)),
            ("soon", Err(())),
            ("-1", Err(())),
        ] {
            assert_eq!(params(&[("t", text)], "").moment("t").map_err(|_| ()), expected, "{text}");
        }
        for (name, well) in [
            ("ready", true),
            ("a b", true),
            ("../x", false),
            ("a\nb", false),
            ("a\u{202e}b", false),
            (" ", false),
        ] {
            assert_eq!(snapshot_name(name).is_ok(), well, "{name:?}");
        }
        assert!(snapshot_name(&"x".repeat(129)).is_err());
    }
}
