//! The guest kit's INI for one exhibit.

use std::net::SocketAddrV4;

use crate::words::tr;

/// What there is where nobody has written one yet. In ASCII: the oldest Windows reads it.
fn template() -> String {
    let more = tr!("The guest kit of Vitrine. What else can stand here is in docs/guest-windows.md.");
    let start = tr!("What starts the artwork, and the file name of its program:");
    let lines = [
        &format!("; {more}"),
        "[host]",
        "[artwork]",
        &format!("; {start}"),
        "; start = \"C:\\Artwork\\Garden.exe\"",
        "; program = Garden.exe",
        "",
    ];
    lines.join("\n")
}

/// The INI with the host's address and the exhibit's name in it, in place of what it said of them; all else stays. Lines
/// end as Windows and DOS want them.
pub(super) fn filled(written: Option<&str>, host: SocketAddrV4, exhibit: &str) -> String {
    let said = [
        ("address", host.ip().to_string()),
        ("port", host.port().to_string()),
        ("exhibit", exhibit.to_owned()),
    ];
    let mut lines = Vec::new();
    let (mut within, mut found) = (false, false);
    let written = written.map_or_else(template, unix_lines);
    for line in written.lines() {
        let text = line.trim();
        if text.starts_with('[') {
            within = text.eq_ignore_ascii_case("[host]");
        }
        let key = text.split('=').next().unwrap_or_default().trim();
        if within && said.iter().any(|(name, _)| key.eq_ignore_ascii_case(name)) {
            continue;
        }
        lines.push(line.to_owned());
        if within && text.starts_with('[') && !found {
            found = true;
            lines.extend(said.iter().map(|(name, value)| format!("{name} = {value}")));
        }
    }
    if !found {
        lines.insert(0, "[host]".to_owned());
        lines.splice(1..1, said.iter().map(|(name, value)| format!("{name} = {value}")));
    }
    let mut all = lines.join("\r\n");
    all.push_str("\r\n");
    all
}

/// Lines that may end as those of any system do.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// The script for Mac OS 9 with the same in its properties.
pub(super) fn script(written: &str, host: SocketAddrV4, exhibit: &str) -> String {
    let said = [
        ("hostAddress", host.ip().to_string()),
        ("hostPort", host.port().to_string()),
        ("hostExhibit", exhibit.to_owned()),
    ];
    let line = |line: &str| {
        let property = |(name, value)| {
            let begins = format!("property {name} :");
            line.trim_start().starts_with(&begins).then(|| format!("{begins} \"{value}\""))
        };
        said.iter().find_map(|(name, value)| property((name, value))).unwrap_or_else(|| line.to_owned())
    };
    unix_lines(written).lines().map(|text| line(text) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use vitrine_guest_protocol::ini::{Complaints, read};
    use vitrine_guest_protocol::settings::Settings;

    use super::*;

    fn host() -> SocketAddrV4 {
        "192.168.122.1:8000".parse().unwrap()
    }

    #[test]
    fn the_kit_reads_what_is_filled_in() {
        let written = "; mine\r\n[artwork]\r\nstart = \"C:\\A.exe\"\r\n[HOST]\r\nAddress=10.0.0.1\r\nport = 1\r\nbeat = 500 ms\r\n\
                       [idle]\r\nafter = 5 min\r\n";
        for written in [None, Some(""), Some(written), Some("[artwork]\nprogram = a.exe\n")] {
            let text = filled(written, host(), "eden-garden");
            let (mut settings, mut complaints) = (Settings::defaults(), Complaints::NONE);
            read(&mut text.clone().into_bytes(), &mut settings, &mut complaints);
            assert_eq!(complaints.all(), [], "{text}");
            assert_eq!((settings.host.address, settings.host.port), ([192, 168, 122, 1], 8000), "{text}");
            assert_eq!(settings.host.exhibit.bytes(), b"eden-garden", "{text}");
            assert!(text.lines().count() == text.matches("\r\n").count(), "{text:?}");
        }
        let text = filled(Some(written), host(), "eden-garden");
        assert!(
            text.contains("; mine") && text.contains("beat = 500 ms") && text.contains("C:\\A.exe"),
            "{text}"
        );
        assert!(!text.contains("10.0.0.1"), "{text}");
        // Filled in once more it is the same.
        assert_eq!(filled(Some(&text), host(), "eden-garden"), text);
    }

    #[test]
    fn the_script_for_the_mac_has_it_in_its_properties() {
        let script = super::script(
            include_str!("../../../guest/macos-classic/vitrine.applescript"),
            host(),
            "eden-garden",
        );
        for line in
            ["hostAddress : \"192.168.122.1\"", "hostPort : \"8000\"", "hostExhibit : \"eden-garden\""]
        {
            assert!(script.contains(&format!("property {line}\n")), "{line}");
        }
    }
}
