//! Every sentence that people read, English and German, from the codes and values that the rest of Vitrine tells.
//!
//! English is the language of log, API and journal; commands speak that of their locale. A sentence has its English in
//! `sentences` or `codes` (where it belongs to a code) or where it is said (by [`tr!`] and [`told!`]), and its German
//! beside that English in `german`. Gaps are names in braces. What this Vitrine does not know, of a newer journal or
//! daemon, is shown as it is.

mod codes;
mod display;
mod german;
pub mod json;
mod sentences;
pub mod time;

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::OnceLock;
use std::time::Duration;

use crate::core::types::{Told, Value};

pub use codes::{kind, outcome, remedy, step, symptom};

/// A code or an English sentence, and what it is in words.
type Row = (&'static str, &'static str);

/// A language that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, and what any language is that Vitrine does not speak.
    #[default]
    English,
    /// German.
    German,
}

impl Language {
    /// The language of a locale such as `de_AT.UTF-8`.
    fn of_locale(locale: &str) -> Self {
        match locale.split(['_', '.', '@']).next() {
            Some("de") => Self::German,
            Some(_) | None => Self::English,
        }
    }

    /// The language that a browser wishes for by its header `Accept-Language` (RFC 9110, 12.5.4): of those that Vitrine
    /// speaks, the one with the greatest weight, and of several such the first.
    pub fn of_wish(wish: &str) -> Self {
        let weighed = wish.split(',').filter_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let language = match parts.next()?.split('-').next()? {
                "de" => Self::German,
                "en" => Self::English,
                _ => return None,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            Some((language, weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok())?))
        });
        let mut best = (Self::English, 0.0);
        for (language, weight) in weighed {
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    /// The language of the process's locale for messages, by the variables and in the order of POSIX ("Environment
    /// Variables", 8.2): the first that is set and not empty counts.
    fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
        locale.map_or(Self::English, |locale| Self::of_locale(&locale))
    }
}

/// The language of the process's locale.
pub fn locales_language() -> Language {
    Language::of_environment(|name| std::env::var(name).ok())
}

static LANGUAGE: OnceLock<Language> = OnceLock::new();

/// From now on [`tr!`] speaks the language of the locale. For commands; the daemon's log is English.
pub fn speak_the_locales_language() {
    // That it was set before changes nothing: the locale is the same.
    let _ = LANGUAGE.set(locales_language());
}

thread_local! {
    /// The language of those to whom this thread speaks just now.
    static SPOKEN: Cell<Option<Language>> = const { Cell::new(None) };
}

/// Says something in this language, whatever else the process speaks.
pub fn speaking<T>(language: Language, say: impl FnOnce() -> T) -> T {
    /// Puts the former language back, however it ends.
    struct Former(Option<Language>);
    impl Drop for Former {
        fn drop(&mut self) {
            SPOKEN.set(self.0);
        }
    }
    let _former = Former(SPOKEN.replace(Some(language)));
    say()
}

/// The language that is spoken to people here: that of [`speaking`], or else the process's.
pub fn language() -> Language {
    SPOKEN.get().or_else(|| LANGUAGE.get().copied()).unwrap_or_default()
}

/// An English sentence with its gaps, in this language; itself where that has no words for it.
fn in_language(english: &str, language: Language) -> &str {
    match language {
        Language::English => english,
        Language::German => german::of(english).unwrap_or(english),
    }
}

/// A text without gaps in another language than English, where that has words for it.
pub fn translation(english: &str, language: Language) -> Option<&'static str> {
    match language {
        Language::English => None,
        Language::German => german::of(english),
    }
}

/// A sentence that is told as data, in this language.
pub fn sentence(told: &Told, language: Language) -> String {
    let english = sentences::of(&told.code).unwrap_or(&told.code);
    fill(in_language(english, language), |name| {
        let (_, value) = told.values.iter().find(|(known, _)| known == name)?;
        Some(match value {
            Value::Text(text) => Cow::Borrowed(text.as_str()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Span(span) => Cow::Owned(seconds(*span, language)),
            Value::Told(told) => Cow::Owned(sentence(told, language)),
        })
    })
}

/// A sentence that is told as data, in the language that this process speaks.
pub fn say(told: &Told) -> String {
    sentence(told, language())
}

/// A template with its gaps filled; a gap for which there is nothing stays. `{{` and `}}` are braces.
fn fill<'a>(template: &str, mut value: impl FnMut(&str) -> Option<Cow<'a, str>>) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, gap) = rest.split_at(at);
        filled.push_str(before);
        if let Some(after) = gap.strip_prefix("{{").or_else(|| gap.strip_prefix("}}")) {
            filled.push_str(&gap[..1]);
            rest = after;
            continue;
        }
        let end = gap.find('}').map_or(gap.len(), |end| end + 1);
        let (gap, after) = gap.split_at(end);
        match value(gap.trim_matches(['{', '}'])) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(gap),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A sentence that begins with a capital letter.
pub fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// A size in bytes as gigabytes.
#[allow(clippy::cast_precision_loss, reason = "tenths of it are told")]
pub fn gigabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}

/// A number with tenths, in the language that this process speaks.
pub fn with_tenths(number: f64) -> String {
    let english = format!("{number:.1}");
    match language() {
        Language::English => english,
        Language::German => english.replace('.', ","),
    }
}

/// A span in seconds, with tenths where they are not naught.
fn seconds(span: Duration, language: Language) -> String {
    let tenths = (span + Duration::from_millis(50)).as_millis() / 100;
    match (tenths % 10, language) {
        (0, _) => format!("{} s", tenths / 10),
        (tenth, Language::English) => format!("{}.{tenth} s", tenths / 10),
        (tenth, Language::German) => format!("{},{tenth} s", tenths / 10),
    }
}

/// What [`tr!`] says: the German of an English sentence where this process speaks German and knows it.
#[doc(hidden)]
pub fn translated(english: &str, values: &[(&str, &dyn std::fmt::Display)]) -> Option<String> {
    let german = match language() {
        Language::English => return None,
        Language::German => german::of(english)?,
    };
    Some(fill(german, |name| {
        let (_, value) = values.iter().find(|(known, _)| *known == name)?;
        Some(Cow::Owned(value.to_string()))
    }))
}

/// A sentence for a person, in the language that this process speaks: its English, with names in braces, and what they
/// stand for.
///
/// ```ignore
/// tr!("there is no exhibit '{name}'", name = name)
/// ```
macro_rules! tr {
    ($english:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $crate::words::translated($english, &[$((stringify!($name), &$value)),*])
            .unwrap_or_else(|| format!($english $(, $name = $value)*))
    }};
}
pub(crate) use tr;

/// A sentence as data, by its English, for what is told to people elsewhere: its English, with names in braces, and
/// what they stand for.
macro_rules! told {
    ($english:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        // The compiler holds the names against the gaps.
        let _ = || format!($english $(, $name = stringify!($name))*);
        $crate::core::types::Told::new(
            $english,
            vec![$((stringify!($name), $crate::core::types::Nameable::value(&$value))),*],
        )
    }};
}
pub(crate) use told;

#[cfg(test)]
mod tests;
