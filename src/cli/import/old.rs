//! What the old controller was told, and by whom: its file, its service, its session's script, its environment.
//!
//! Which word counts is what version 1.3 does (`vm_controller/config.py`: what `from_yaml` hands over goes before the
//! environment, and that before `.env`, as pydantic-settings has it), although its documents say that the environment wins.

use super::shell;
use super::yaml::{Entry, Value};
use crate::words::tr;

/// What the names of its variables begin with, in any case.
const PREFIX: &str = "vmctl_";

/// One thing that it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// The key as the file has it, in small letters where a variable says it.
    pub(super) key: String,
    pub(super) value: Value,
    /// Where, in words.
    pub(super) place: String,
}

/// What one place tells, in its order.
pub(super) type Source = Vec<Said>;

/// What the keys of a YAML file say.
pub(super) fn of_file(entries: Vec<Entry>) -> Source {
    let said = |entry: Entry| {
        let place = tr!("line {line}", line = entry.line);
        Said { key: entry.key, value: entry.value, place }
    };
    entries.into_iter().map(said).collect()
}

/// What variables say; those that are not the controller's are left out.
pub(super) fn of_variables<'a>(
    variables: impl IntoIterator<Item = &'a (String, String)>,
    place: &str,
) -> Source {
    let said = |(name, value): &(String, String)| {
        let name = name.to_lowercase();
        let key = name.strip_prefix(PREFIX)?.to_owned();
        Some(Said { key, value: Value::Text(value.clone()), place: place.to_owned() })
    };
    variables.into_iter().filter_map(said).collect()
}

/// The variables of an environment file, as systemd.exec(5) and python-dotenv read them, and shells.
pub(super) fn variables(text: &str) -> Vec<(String, String)> {
    shell::commands(text)
        .into_iter()
        .filter(|command| command.words.is_empty())
        .flat_map(|command| command.variables)
        .collect()
}

/// All that one controller was told: the first source that names a key counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Old {
    pub(super) counts: Vec<Said>,
    /// What another place says as well, with the place that counts.
    pub(super) unused: Vec<(Said, String)>,
}

impl Old {
    pub(super) fn of(sources: &[Source]) -> Self {
        let mut old = Self::default();
        for source in sources {
            // Within a file, YAML's reader and the environment take what stands last.
            let mut of_this: Vec<&Said> = Vec::new();
            for said in source.iter().rev() {
                let former =
                    old.counts.iter().chain(of_this.iter().copied()).find(|known| known.key == said.key);
                match former.map(|former| former.place.clone()) {
                    Some(place) => old.unused.push((said.clone(), place)),
                    None => of_this.push(said),
                }
            }
            of_this.reverse();
            let of_this: Vec<_> = of_this.into_iter().cloned().collect();
            old.counts.extend(of_this);
        }
        old
    }

    pub(super) fn get(&self, key: &str) -> Option<&Said> {
        self.counts.iter().find(|said| said.key == key)
    }

    /// The text of a key that is set to one.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match &self.get(key)?.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Nothing | Value::Nested => None,
        }
    }

    /// A key's number, or what the controller takes without it; `None` where it is no number above nought, which
    /// the controller refuses.
    pub(super) fn number(&self, key: &str, default: f64) -> Option<f64> {
        match self.get(key) {
            None => Some(default),
            Some(_) => {
                self.text(key)?.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
            }
        }
    }

    /// A key's switch, or what the controller takes without it; `None` where it is none.
    pub(super) fn switch(&self, key: &str, default: bool) -> Option<bool> {
        match self.get(key) {
            None => Some(default),
            // As YAML 1.1 and pydantic read them.
            Some(_) => match self.text(key)?.trim().to_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "on" | "1" => Some(true),
                "false" | "f" | "no" | "n" | "off" | "0" => Some(false),
                _ => None,
            },
        }
    }
}

/// A unit of systemd's, as far as it concerns the controller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Service {
    /// Its full name.
    pub(super) name: String,
    /// Whether it is the system's, or the user's.
    pub(super) of_user: bool,
    /// Whether it runs, where that is known.
    pub(super) runs: Option<bool>,
    /// Whether it is started with the computer, where that is known.
    pub(super) enabled: Option<bool>,
    pub(super) variables: Vec<(String, String)>,
    /// Files of further variables.
    pub(super) files: Vec<String>,
    pub(super) folder: Option<String>,
    /// The file that its command line names by `--config`.
    pub(super) config: Option<String>,
}

impl Service {
    /// Reads the file of a unit, with its drop-ins after it (`systemctl cat`); see systemd.unit(5) and systemd.exec(5).
    pub(super) fn read(name: &str, text: &str) -> Self {
        let mut service = Self { name: name.to_owned(), ..Self::default() };
        let instance = name.split_once('@').map(|(_, rest)| rest.split('.').next().unwrap_or_default());
        let text = text.replace("\\\n", " ");
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if let Some(heading) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = heading;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';'])) else {
                continue;
            };
            let (key, value) = (key.trim(), value.trim());
            let value = value.replace("%i", instance.unwrap_or_default()).replace("%%", "%");
            match (section, key) {
                ("Service", "Environment") if value.is_empty() => service.variables.clear(),
                ("Service", "Environment") => {
                    // Words with quotes around them, no shell's variables.
                    let words =
                        shell::commands(&value.replace('$', "\\$")).into_iter().next().unwrap_or_default();
                    service.variables.extend(words.variables);
                }
                ("Service", "EnvironmentFile") if value.is_empty() => service.files.clear(),
                ("Service", "EnvironmentFile") => {
                    service.files.push(value.trim_start_matches('-').to_owned())
                }
                ("Service", "WorkingDirectory") => {
                    service.folder = Some(value.trim_start_matches('-').to_owned())
                }
                ("Service", "ExecStart") => {
                    let line = value.trim_start_matches(['-', '@', ':', '+', '!']);
                    let command = shell::commands(line).into_iter().next().unwrap_or_default();
                    service.config = config_option(&command.words).or(service.config.take());
                }
                _ => {}
            }
        }
        service
    }

    /// The commands that end it and keep it from being started, and that take it back.
    pub(super) fn commands(&self) -> (String, String) {
        let systemctl = if self.of_user { ["systemctl", "--user"] } else { ["sudo", "systemctl"] }.join(" ");
        let line = |verb: &str| format!("{systemctl} {verb} --now {}", self.name);
        (line("disable"), line("enable"))
    }
}

/// What a command line of the controller's names by `--config`.
pub(super) fn config_option(words: &[String]) -> Option<String> {
    words.iter().enumerate().find_map(|(index, word)| {
        let attached = word.strip_prefix("--config=").map(str::to_owned);
        attached.or_else(|| words.get(index + 1).filter(|_| word == "--config").cloned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(key: &str, value: &str, place: &str) -> Said {
        Said { key: key.to_owned(), value: Value::Text(value.to_owned()), place: place.to_owned() }
    }

    #[test]
    fn the_file_counts_before_the_environment() {
        let file = vec![said("a", "1", "f"), said("a", "2", "f2")];
        let variables =
            [("VMCTL_A".into(), "3".into()), ("vmctl_B".into(), "4".into()), ("PATH".into(), "5".into())];
        let old = Old::of(&[file, of_variables(&variables, "e")]);
        assert_eq!(old.counts, [said("a", "2", "f2"), said("b", "4", "e")]);
        assert_eq!(
            old.unused,
            [(said("a", "1", "f"), "f2".to_owned()), (said("a", "3", "e"), "f2".to_owned())]
        );
    }

    #[test]
    fn numbers_and_switches_as_the_controller_reads_them() {
        for (text, number) in [
            ("15", Some(15.0)),
            (" 0.5 ", Some(0.5)),
            ("1e1", Some(10.0)),
            ("0", None),
            ("-1", None),
            ("nan", None),
            (".inf", None),
            ("inf", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(Old::of(&[vec![said("a", text, "")]]).number("a", 3.0), number, "{text}");
        }
        assert_eq!(Old::default().number("a", 3.0), Some(3.0));
        for (text, on) in
            [("true", Some(true)), ("Yes", Some(true)), ("off", Some(false)), ("0", Some(false)), ("2", None)]
        {
            assert_eq!(Old::of(&[vec![said("a", text, "")]]).switch("a", true), on, "{text}");
        }
    }

    #[test]
    fn units_are_read() {
        let text = "# a\n[Unit]\nEnvironment=VMCTL_A=no\n[Service]\nUser=kiosk\nWorkingDirectory=/opt/x\n\
                    ExecStart=-/usr/bin/python -m vm_controller.api \\\n  --config /etc/%i.yaml\n\
                    Environment=\"VMCTL_VM_NAME=the garden\" VMCTL_API_PORT=8001\n;Environment=VMCTL_B=1\n\
                    EnvironmentFile=-/opt/x/.env\n\n# /etc/drop.conf\n[Service]\nEnvironment=VMCTL_LOG_LEVEL=INFO\n";
        let service = Service::read("exhibition-vm-controller@garden.service", text);
        let pairs =
            [("VMCTL_VM_NAME", "the garden"), ("VMCTL_API_PORT", "8001"), ("VMCTL_LOG_LEVEL", "INFO")];
        assert_eq!(service.variables, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(service.config.as_deref(), Some("/etc/garden.yaml"));
        assert_eq!(service.folder.as_deref(), Some("/opt/x"));
        assert_eq!(service.files, ["/opt/x/.env"]);
        let reset = Service::read("a.service", "[Service]\nEnvironment=VMCTL_A=1\nEnvironment=\n");
        assert!(reset.variables.is_empty());
    }

    #[test]
    fn environment_files_are_read() {
        let found = variables("# a\nVMCTL_A=1\nexport VMCTL_B=\"two words\"\n\nC='x'\nls\n");
        let pairs = [("VMCTL_A", "1"), ("VMCTL_B", "two words"), ("C", "x")];
        assert_eq!(found, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
