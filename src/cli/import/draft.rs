//! The new configuration as it grows: what Vitrine's own parser refuses is never in it.

use toml_edit::Value;

use crate::config;
use crate::words::tr;

/// A key and its value, as they stand in the file.
pub(super) type Line = (&'static str, String);

/// One artwork.
#[derive(Clone, Debug, Default)]
pub(super) struct Exhibit {
    pub(super) name: String,
    pub(super) vm: String,
    pub(super) lines: Vec<Line>,
    pub(super) heartbeat: Vec<Line>,
    /// Lines that somebody may want, commented out.
    pub(super) wishes: Vec<String>,
}

/// The whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub(super) uri: Option<String>,
    pub(super) listen: Vec<String>,
    pub(super) screens: Vec<Vec<Line>>,
    pub(super) exhibits: Vec<Exhibit>,
}

/// A text as TOML writes it.
pub(super) fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quote(text)).collect::<Vec<_>>().join(", "))
}

impl Draft {
    /// Changes it, unless Vitrine would refuse what comes out: then it stays as it was.
    ///
    /// # Errors
    /// What Vitrine says of it, in one line.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Self)) -> Result<(), String> {
        let mut changed = self.clone();
        change(&mut changed);
        match config::parse(&changed.text(&[]), "vitrine.toml") {
            Ok(_) => {
                *self = changed;
                Ok(())
            }
            Err(errors) => Err(errors.errors.first().map_or_else(String::new, |error| {
                let text = format!("{} {}", error.problem, error.remedy);
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            })),
        }
    }

    /// Whether anybody but this computer reaches it.
    pub(super) fn is_open(&self) -> bool {
        self.listen.iter().any(|address| !address.starts_with("127.") && !address.starts_with("[::1]"))
    }

    /// The file, with these remarks at its head.
    pub(super) fn text(&self, remarks: &[String]) -> String {
        let mut text = String::new();
        for line in remarks.iter().flat_map(|remark| remark.lines()) {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        let mut table = |heading: &str, lines: &[Line], wishes: &[String]| {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(heading);
            text.push('\n');
            text.extend(lines.iter().map(|(key, value)| format!("{key} = {value}\n")));
            text.extend(wishes.iter().map(|wish| format!("# {wish}\n")));
        };
        if let Some(uri) = &self.uri {
            table("[libvirt]", &[("uri", quote(uri))], &[]);
        }
        if !self.listen.is_empty() {
            let open = self.is_open();
            let wish = tr!("remote = \"operate\"   # everybody on the network may do everything, as before");
            table(
                "[api]",
                &[("listen", list(&self.listen))],
                if open { std::slice::from_ref(&wish) } else { &[] },
            );
        }
        for screen in &self.screens {
            table("[[screen]]", screen, &[]);
        }
        for exhibit in &self.exhibits {
            let mut lines = vec![("name", quote(&exhibit.name)), ("vm", quote(&exhibit.vm))];
            lines.extend(exhibit.lines.iter().cloned());
            if !exhibit.heartbeat.is_empty() {
                let entries: Vec<_> =
                    exhibit.heartbeat.iter().map(|(key, value)| format!("{key} = {value}")).collect();
                lines.push(("heartbeat", format!("{{ {} }}", entries.join(", "))));
            }
            table("[[exhibit]]", &lines, &exhibit.wishes);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exhibit(name: &str) -> Exhibit {
        Exhibit { name: name.to_owned(), vm: format!("{name}-vm"), ..Exhibit::default() }
    }

    #[test]
    fn what_is_refused_leaves_no_trace() {
        let mut draft = Draft::default();
        assert!(draft.change(|draft| draft.uri = Some("qemu:///system".to_owned())).is_err());
        draft.change(|draft| draft.exhibits.push(exhibit("eden"))).unwrap();
        let before = draft.text(&[]);
        type Refusal = (fn(&mut Draft), &'static str);
        let refusals: [Refusal; 5] = [
            (|draft| draft.exhibits.push(exhibit("eden")), "too"),
            (|draft| draft.exhibits[0].heartbeat.push(("timeout", "\"10ms\"".to_owned())), "1s"),
            (|draft| draft.listen.push("here:8000".to_owned()), "IP address"),
            (|draft| draft.exhibits[0].lines.push(("snapshot", "\"a/b\"".to_owned())), "/"),
            (|draft| draft.exhibits[0].lines.push(("no_such_key", "1".to_owned())), "no_such_key"),
        ];
        for (change, word) in refusals {
            let why = draft.change(change).unwrap_err();
            assert!(why.contains(word) && !why.contains('\n'), "{why}");
            assert_eq!(draft.text(&[]), before);
        }
    }

    #[test]
    fn whatever_a_text_has_in_it_stays_a_text() {
        for name in ["a \"b\" \\ c", "tab\there", "日本語", "#", "'''"] {
            let mut draft = Draft::default();
            draft.exhibits.push(Exhibit { vm: name.to_owned(), ..exhibit("eden") });
            let text = draft.text(&["one\ntwo".to_owned()]);
            assert!(text.starts_with("# one\n# two\n\n[[exhibit]]\n"), "{text}");
            match config::parse(&text, "vitrine.toml") {
                Ok(settings) => assert_eq!(settings.exhibits[0].vm, name),
                Err(errors) => assert!(name.contains('\t'), "{errors}"),
            }
        }
    }
}
