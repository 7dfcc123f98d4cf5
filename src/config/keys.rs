//! Which keys there are, and what somebody may have meant by another one.

/// A table of the configuration.
pub(super) struct Shape {
    /// How a message speaks of it.
    pub(super) place: &'static str,
    /// The keys that it knows.
    pub(super) keys: &'static [&'static str],
    /// Other names that people use for something here: the name, the key, and the line to write.
    also: &'static [(&'static str, &'static str, &'static str)],
}

pub(super) const TOP: Shape = Shape {
    place: "at the top of the file",
    keys: &["libvirt", "api", "journal", "shutdown", "last_resort", "screen", "exhibit", "unit"],
    also: &[],
};
pub(super) const LIBVIRT: Shape = Shape { place: "in [libvirt]", keys: &["uri", "poll"], also: &[] };
pub(super) const API: Shape = Shape {
    place: "in [api]",
    keys: &["listen", "socket", "names"],
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
    ],
};
pub(super) const SCREEN: Shape = Shape {
    place: "in [[screen]]",
    keys: &["name", "mode", "position", "rotation", "primary", "off"],
    also: &[
        ("connector", "name", "name = \"HDMI-1\""),
        ("output", "name", "name = \"HDMI-1\""),
        ("resolution", "mode", "mode = \"1920x1080\""),
        ("rate", "mode", "mode = \"1920x1080@50\""),
        ("rotate", "rotation", "rotation = \"left\""),
    ],
};
pub(super) const JOURNAL: Shape = Shape {
    place: "in [journal]",
    keys: &["path", "limit"],
    also: &[
        ("file", "path", "path = \"/var/lib/vitrine/journal.db\""),
        ("size", "limit", "limit = \"100MB\""),
        ("max_size", "limit", "limit = \"100MB\""),
    ],
};
pub(super) const EXHIBIT: Shape = Shape {
    place: "in [[exhibit]]",
    keys: &[
        "name",
        "vm",
        "snapshot",
        "screens",
        "curtain",
        "hide_pointer",
        "heartbeat",
        "agent",
        "picture",
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
        ("heartbeat_timeout", "heartbeat", "heartbeat = { timeout = \"15s\" }"),
        ("check_qemu_agent", "agent", "agent = true"),
        ("qemu_agent_timeout", "agent", "agent = { timeout = \"5s\" }"),
        ("idle_timeout", "idle", "idle = { after = \"5m\" }"),
        ("auto_revert_enabled", "auto_revert", "auto_revert = true"),
    ],
};
pub(super) const CURTAIN: Shape =
    Shape { place: "in curtain", keys: &["picture", "poster", "scale", "text"], also: &[] };
pub(super) const SHUTDOWN: Shape = Shape { place: "in [shutdown]", keys: &["vms"], also: &[] };
pub(super) const LAST_RESORT: Shape =
    Shape { place: "in [last_resort]", keys: &["restart_libvirt", "reboot"], also: &[] };
pub(super) const UNIT: Shape = Shape {
    place: "in [[unit]]",
    keys: &["name", "restart", "bus"],
    also: &[
        ("unit", "name", "name = \"libvirtd.service\""),
        ("service", "name", "name = \"libvirtd.service\""),
    ],
};
pub(super) const HEARTBEAT: Shape =
    Shape { place: "in heartbeat", keys: &["timeout", "first", "boot"], also: &[] };
pub(super) const AGENT: Shape = Shape {
    place: "in agent",
    keys: &["interval", "timeout", "misses"],
    also: &[("every", "interval", "interval = \"5s\"")],
};
pub(super) const PICTURE: Shape = Shape {
    place: "in picture",
    keys: &["frozen", "interval"],
    also: &[("every", "interval", "interval = \"2s\"")],
};
pub(super) const IDLE: Shape = Shape { place: "in idle", keys: &["after"], also: &[] };
pub(super) const RECOVERY: Shape = Shape {
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
pub(super) const IN_PLACE: Shape = Shape { place: "in in_place", keys: &["deadline"], also: &[] };

/// Every table that there is.
const ALL: [&Shape; 16] = [
    &TOP,
    &LIBVIRT,
    &API,
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
    &IDLE,
    &RECOVERY,
    &IN_PLACE,
];

/// What may have been meant by an unknown key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// A key of the same table, spelt otherwise.
    Key(&'static str),
    /// A key of the same table that takes its value in another form: the key and an example.
    Otherwise(&'static str, &'static str),
    /// A key of other tables, as messages speak of them.
    Elsewhere(Vec<&'static str>),
    /// Nobody knows.
    Nothing,
}

/// Guesses what an unknown key of a table means.
pub(super) fn meant(shape: &Shape, unknown: &str) -> Meant {
    // Only short words can be close to a key, and the comparison takes time by the square of the length.
    if unknown.len() > 40 {
        return Meant::Nothing;
    }
    let plain = unknown.to_lowercase().replace('-', "_");
    if let Some((_, key, line)) = shape.also.iter().find(|(name, _, _)| *name == plain) {
        return Meant::Otherwise(key, line);
    }
    let places: Vec<_> =
        ALL.iter().filter(|other| other.keys.contains(&plain.as_str())).map(|other| other.place).collect();
    if !places.is_empty() && !shape.keys.contains(&plain.as_str()) {
        return Meant::Elsewhere(places);
    }
    let closest = shape.keys.iter().map(|key| (distance(&plain, key), *key)).min();
    match closest {
        Some((far, key)) if far <= (key.len() / 3).max(1) => Meant::Key(key),
        _ => Meant::Nothing,
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
    use super::*;

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
        assert_eq!(meant(&EXHIBIT, "heart_beat"), Meant::Key("heartbeat"));
        assert_eq!(meant(&EXHIBIT, "Auto-Revert"), Meant::Key("auto_revert"));
        assert_eq!(meant(&TOP, "exhibits"), Meant::Key("exhibit"));
        assert_eq!(meant(&EXHIBIT, "listen"), Meant::Elsewhere(vec!["in [api]"]));
        assert_eq!(meant(&EXHIBIT, "timeout"), Meant::Elsewhere(vec!["in heartbeat", "in agent"]));
        assert!(matches!(meant(&EXHIBIT, "vm_name"), Meant::Otherwise("vm", _)));
        assert_eq!(meant(&EXHIBIT, "colour"), Meant::Nothing);
        assert_eq!(meant(&EXHIBIT, &"x".repeat(100_000)), Meant::Nothing);
    }

    #[test]
    fn the_full_example_has_every_key() {
        let text = include_str!("../../config/full.toml");
        for key in ALL.iter().flat_map(|shape| shape.keys) {
            assert!(text.contains(key), "{key}");
        }
    }

    #[test]
    fn other_names_lead_to_keys_that_there_are() {
        for shape in ALL {
            for (other, key, line) in shape.also {
                assert!(shape.keys.contains(key) && !shape.keys.contains(other), "{other} {key}");
                assert!(line.starts_with(&format!("{key} = ")), "{line}");
            }
        }
    }
}
