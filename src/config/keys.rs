//! Which keys there are, and what somebody may have meant by another one.

use crate::words::tr;

/// The longest unknown key that is compared with the known ones, in bytes: only short words can be close to one, and the
/// comparison takes time by the square of the length.
const MAX_GUESSED_KEY: usize = 40;

/// A table of the configuration.
pub(super) struct TableSchema {
    /// How an English message speaks of it.
    place: &'static str,
    /// The keys that it knows.
    pub(super) keys: &'static [&'static str],
    /// Other names that people use for something here: the name, the key, and the line to write.
    also: &'static [(&'static str, &'static str, &'static str)],
}

impl TableSchema {
    /// A reader looks for this key. In a build with debug assertions, so that no test passes without it, the key must
    /// be a known one.
    pub(super) fn is_asked_for(&self, key: &str) {
        debug_assert!(self.keys.contains(&key), "`{key}` is read {}, and is no key there", self.place);
        #[cfg(test)]
        tests::ASKED_FOR.with_borrow_mut(|asked| asked.insert((self.place, key.to_owned())));
    }
}

pub(super) const TOP: TableSchema = TableSchema {
    place: "at the top of the file",
    keys: &[
        "libvirt",
        "api",
        "account",
        "token",
        "journal",
        "shutdown",
        "last_resort",
        "screen",
        "exhibit",
        "unit",
    ],
    also: &[],
};
pub(super) const LIBVIRT: TableSchema =
    TableSchema { place: "in [libvirt]", keys: &["uri", "poll"], also: &[] };
pub(super) const API: TableSchema = TableSchema {
    place: "in [api]",
    keys: &[
        "listen",
        "socket",
        "names",
        "proxy",
        "tls",
        "loopback",
        "remote",
        "guest_may",
        "user_mode_beats",
    ],
    also: &[
        ("name", "names", "names = [\"vitrine.museum.example\"]"),
        ("hostname", "names", "names = [\"vitrine.museum.example\"]"),
        ("hostnames", "names", "names = [\"vitrine.museum.example\"]"),
        ("allowed_hosts", "names", "names = [\"vitrine.museum.example\"]"),
        ("host", "listen", "listen = [\"127.0.0.1:8000\"]"),
        ("port", "listen", "listen = [\"127.0.0.1:8000\"]"),
        ("api_host", "listen", "listen = [\"127.0.0.1:8000\"]"),
        ("api_port", "listen", "listen = [\"127.0.0.1:8000\"]"),
        ("address", "listen", "listen = [\"127.0.0.1:8000\"]"),
        ("https", "tls", TLS_LINE),
        ("ssl", "tls", TLS_LINE),
    ],
};
/// How TLS is switched on.
pub(super) const TLS_LINE: &str = "tls = { listen = [\"0.0.0.0:8443\"], certificate = \"/etc/vitrine/certificate.pem\", key = \"/etc/vitrine/key.pem\" }";
pub(super) const TLS: TableSchema = TableSchema {
    place: "in tls",
    keys: &["listen", "certificate", "key"],
    also: &[
        ("cert", "certificate", "certificate = \"/etc/vitrine/certificate.pem\""),
        ("chain", "certificate", "certificate = \"/etc/vitrine/certificate.pem\""),
        ("fullchain", "certificate", "certificate = \"/etc/vitrine/certificate.pem\""),
        ("private_key", "key", "key = \"/etc/vitrine/key.pem\""),
        ("privkey", "key", "key = \"/etc/vitrine/key.pem\""),
        ("port", "listen", "listen = [\"0.0.0.0:8443\"]"),
        ("address", "listen", "listen = [\"0.0.0.0:8443\"]"),
    ],
};
pub(super) const ACCOUNT: TableSchema = TableSchema {
    place: "in [[account]]",
    keys: &["name", "role", "password"],
    also: &[
        ("user", "name", "name = \"anna\""),
        ("username", "name", "name = \"anna\""),
        ("hash", "password", "password = \"$argon2id$…\""),
    ],
};
pub(super) const PASSWORD: TableSchema =
    TableSchema { place: "in password", keys: &["credential"], also: &[] };
pub(super) const TOKEN: TableSchema = TableSchema {
    place: "in [[token]]",
    keys: &["name", "role", "sha256"],
    also: &[("hash", "sha256", "sha256 = \"…\""), ("token", "sha256", "sha256 = \"…\"")],
};
pub(super) const SCREEN: TableSchema = TableSchema {
    place: "in [[screen]]",
    keys: &["name", "mode", "cvt", "modeline", "connected", "position", "rotation", "primary", "off"],
    also: &[
        ("connector", "name", "name = \"HDMI-1\""),
        ("output", "name", "name = \"HDMI-1\""),
        ("resolution", "mode", "mode = \"1920x1080\""),
        ("rate", "mode", "mode = \"1920x1080@50\""),
        ("rotate", "rotation", "rotation = \"left\""),
    ],
};
pub(super) const JOURNAL: TableSchema = TableSchema {
    place: "in [journal]",
    keys: &["path", "limit", "retention"],
    also: &[
        ("file", "path", "path = \"/var/lib/vitrine/journal.db\""),
        ("size", "limit", "limit = \"100MB\""),
        ("max_size", "limit", "limit = \"100MB\""),
        ("keep", "retention", "retention = \"2160h\""),
    ],
};
pub(super) const EXHIBIT: TableSchema = TableSchema {
    place: "in [[exhibit]]",
    keys: &[
        "name",
        "vm",
        "snapshot",
        "screens",
        "curtain",
        "hide_pointer",
        "scaling",
        "resize_guest",
        "usb",
        "heartbeat",
        "agent",
        "picture",
        "qemu",
        "shown",
        "reboot",
        "idle",
        "auto_revert",
        "set_time",
        "recovery",
    ],
    also: &[
        ("vm_name", "vm", "vm = \"eden-garden-vm\""),
        ("domain", "vm", "vm = \"eden-garden-vm\""),
        ("title", "name", "name = \"eden-garden\""),
        ("snapshot_name", "snapshot", "snapshot = \"ready\""),
        ("monitor", "screens", "screens = [\"HDMI-1\"]"),
        ("monitors", "screens", "screens = [\"HDMI-1\"]"),
        ("poster", "curtain", "curtain = { poster = \"/srv/vitrine/poster.png\" }"),
        ("cursor", "hide_pointer", "hide_pointer = true"),
        ("pointer", "hide_pointer", "hide_pointer = true"),
        ("scale", "scaling", "scaling = \"whole\""),
        ("zoom", "scaling", "scaling = \"whole\""),
        ("auto_resize", "resize_guest", "resize_guest = true"),
        ("usb_redirection", "usb", "usb = true"),
        ("heartbeat_timeout", "heartbeat", "heartbeat = { timeout = \"15s\" }"),
        ("check_qemu_agent", "agent", "agent = true"),
        ("qemu_agent_timeout", "agent", "agent = { timeout = \"5s\" }"),
        ("idle_timeout", "idle", "idle = { after = \"5m\" }"),
        ("auto_revert_enabled", "auto_revert", "auto_revert = true"),
    ],
};
pub(super) const CURTAIN: TableSchema =
    TableSchema { place: "in curtain", keys: &["picture", "poster", "scale", "text"], also: &[] };
pub(super) const SHUTDOWN: TableSchema = TableSchema { place: "in [shutdown]", keys: &["vms"], also: &[] };
pub(super) const LAST_RESORT: TableSchema = TableSchema {
    place: "in [last_resort]",
    keys: &["restart_libvirt", "restart_x_server", "reboot"],
    also: &[],
};
pub(super) const UNIT: TableSchema = TableSchema {
    place: "in [[unit]]",
    keys: &["name", "restart", "bus"],
    also: &[
        ("unit", "name", "name = \"libvirtd.service\""),
        ("service", "name", "name = \"libvirtd.service\""),
    ],
};
pub(super) const HEARTBEAT: TableSchema =
    TableSchema { place: "in heartbeat", keys: &["timeout", "first", "boot", "serial"], also: &[] };
pub(super) const AGENT: TableSchema = TableSchema {
    place: "in agent",
    keys: &["interval", "timeout", "misses"],
    also: &[("every", "interval", "interval = \"5s\"")],
};
pub(super) const PICTURE: TableSchema = TableSchema {
    place: "in picture",
    keys: &["frozen", "interval"],
    also: &[("every", "interval", "interval = \"2s\"")],
};
pub(super) const QEMU: TableSchema = TableSchema {
    place: "in qemu",
    keys: &["interval", "timeout", "misses"],
    also: &[("every", "interval", "interval = \"10s\"")],
};
pub(super) const IDLE: TableSchema = TableSchema { place: "in idle", keys: &["after"], also: &[] };
pub(super) const RECOVERY: TableSchema = TableSchema {
    place: "in recovery",
    keys: &[
        "attempts",
        "window",
        "first_pause",
        "longest_pause",
        "reset_after",
        "deadline",
        "in_place",
        "cold_start",
    ],
    also: &[("within", "window", "window = \"10m\""), ("lasting", "reset_after", "reset_after = \"2m\"")],
};
pub(super) const IN_PLACE: TableSchema = TableSchema { place: "in in_place", keys: &["deadline"], also: &[] };

/// Every table that there is.
const ALL: &[&TableSchema] = &[
    &TOP,
    &LIBVIRT,
    &API,
    &TLS,
    &ACCOUNT,
    &PASSWORD,
    &TOKEN,
    &JOURNAL,
    &SCREEN,
    &SHUTDOWN,
    &LAST_RESORT,
    &EXHIBIT,
    &UNIT,
    &CURTAIN,
    &HEARTBEAT,
    &AGENT,
    &PICTURE,
    &QEMU,
    &IDLE,
    &RECOVERY,
    &IN_PLACE,
];

impl TableSchema {
    /// How a message speaks of it, in the language that this process speaks.
    pub(super) fn place(&self) -> String {
        match self.place.strip_prefix("in ") {
            Some(table) => tr!("in {table}", table = table),
            None => tr!("at the top of the file"),
        }
    }
}

/// What may have been meant by an unknown key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Suggestion {
    /// A key of the same table, spelt otherwise.
    Key(&'static str),
    /// A key of the same table that takes its value in another form: the key and an example.
    Otherwise(&'static str, &'static str),
    /// A key of other tables, as messages speak of them.
    Elsewhere(Vec<String>),
    /// Nobody knows.
    Nothing,
}

/// Guesses what an unknown key of a table means.
pub(super) fn suggest(schema: &TableSchema, unknown: &str) -> Suggestion {
    if unknown.len() > MAX_GUESSED_KEY {
        return Suggestion::Nothing;
    }
    let plain = unknown.to_lowercase().replace('-', "_");
    if let Some((_, key, line)) = schema.also.iter().find(|(name, _, _)| *name == plain) {
        return Suggestion::Otherwise(key, line);
    }
    let places: Vec<_> =
        ALL.iter().filter(|other| other.keys.contains(&plain.as_str())).map(|other| other.place()).collect();
    if !places.is_empty() && !schema.keys.contains(&plain.as_str()) {
        return Suggestion::Elsewhere(places);
    }
    let closest = schema.keys.iter().map(|key| (distance(&plain, key), *key)).min();
    match closest {
        Some((far, key)) if far <= (key.len() / 3).max(1) => Suggestion::Key(key),
        _ => Suggestion::Nothing,
    }
}

/// How many letters must be changed, added, removed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    thread_local! {
        /// The tables and keys that this thread's readers have looked for.
        pub(super) static ASKED_FOR: RefCell<BTreeSet<(&'static str, String)>> = RefCell::default();
    }

    #[test]
    fn every_key_is_looked_for_by_a_reader() {
        // Every table, with nothing in it; what is missing there does not matter.
        let text = "[libvirt]\n[api]\ntls = {}\n[journal]\n[shutdown]\n[last_resort]\n[[screen]]\nname = \"DP-1\"\n[[unit]]\n\
                    [[exhibit]]\ncurtain = {}\nheartbeat = {}\nagent = {}\nqemu = {}\npicture = {}\nidle = {}\n\
                    recovery = { in_place = {} }\n[[account]]\nname = \"a\"\nrole = \"view\"\npassword = {}\n\
                    [[token]]\nname = \"a\"\nrole = \"view\"\n";
        ASKED_FOR.take();
        let _ = crate::config::parse(text, "test.toml");
        let asked_for = ASKED_FOR.take();
        let known =
            ALL.iter().flat_map(|schema| schema.keys.iter().map(|key| (schema.place, (*key).to_owned())));
        assert_eq!(asked_for, known.collect());
    }

    #[test]
    fn the_guide_has_every_key() {
        let text = include_str!("../../docs/configuration.md");
        for schema in ALL {
            for key in schema.keys {
                // A row, a heading, or a table within a line.
                let forms = [format!("`{key}`"), format!("[{key}]"), format!("{{ {key} = ")];
                assert!(forms.iter().any(|form| text.contains(form)), "{key} {}", schema.place);
            }
        }
    }

    #[test]
    fn distances() {
        for (from, to, far) in [
            ("", "vm", 2),
            ("vm", "vm", 0),
            ("mv", "vm", 1),
            ("snapshto", "snapshot", 1),
            ("scren", "screens", 2),
        ] {
            assert_eq!(distance(from, to), far, "{from} {to}");
        }
    }

    #[test]
    fn guesses() {
        assert_eq!(suggest(&EXHIBIT, "heart_beat"), Suggestion::Key("heartbeat"));
        assert_eq!(suggest(&EXHIBIT, "Auto-Revert"), Suggestion::Key("auto_revert"));
        assert_eq!(suggest(&TOP, "exhibits"), Suggestion::Key("exhibit"));
        assert_eq!(
            suggest(&EXHIBIT, "listen"),
            Suggestion::Elsewhere(vec!["in [api]".to_owned(), "in tls".to_owned()])
        );
        assert_eq!(
            suggest(&EXHIBIT, "timeout"),
            Suggestion::Elsewhere(["in heartbeat", "in agent", "in qemu"].map(str::to_owned).to_vec())
        );
        assert!(matches!(suggest(&EXHIBIT, "vm_name"), Suggestion::Otherwise("vm", _)));
        assert_eq!(suggest(&EXHIBIT, "colour"), Suggestion::Nothing);
        assert_eq!(suggest(&EXHIBIT, &"x".repeat(100_000)), Suggestion::Nothing);
    }

    #[test]
    fn the_full_example_has_every_key() {
        let text = include_str!("../../config/full.toml");
        for key in ALL.iter().flat_map(|schema| schema.keys) {
            assert!(text.contains(key), "{key}");
        }
    }

    #[test]
    fn other_names_lead_to_keys_that_there_are() {
        for schema in ALL {
            for (other, key, line) in schema.also {
                assert!(schema.keys.contains(key) && !schema.keys.contains(other), "{other} {key}");
                assert!(line.starts_with(&format!("{key} = ")), "{line}");
            }
        }
    }
}
