//! Openbox' files: what it runs at its start, and what its rules let visitors do.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};

use super::processes::{self, Process};
use crate::doctor::Fact;
use crate::doctor::facts::session::Autostart;
use crate::ground::User;
use crate::words::told;

/// What would let a visitor close, move or start something (<http://openbox.org/wiki/Help:Actions>).
const WAYS: &[&str] = &[
    "Close",
    "Kill",
    "Exit",
    "SessionLogout",
    "Restart",
    "Iconify",
    "Lower",
    "Move",
    "Resize",
    "Unfullscreen",
    "ToggleFullscreen",
    "ToggleMaximize",
    "Maximize",
    "Unmaximize",
    "ToggleDecorations",
    "Undecorate",
    "Shade",
    "ToggleShade",
    "ShowMenu",
    "ShowDesktop",
    "ToggleShowDesktop",
    "NextWindow",
    "PreviousWindow",
    "GoToDesktop",
    "Desktop",
    "DesktopNext",
    "DesktopPrevious",
    "SendToDesktop",
    "DirectionalCycleWindows",
];

/// Where the running Openbox has its files, as its command line says; else where Vitrine's session has them, else the
/// user's.
pub(super) struct Files {
    autostart: Option<PathBuf>,
    rules: Option<PathBuf>,
}

impl Files {
    pub(super) fn find(user: &User, processes: &[Process]) -> Self {
        let is_openbox = |process: &&Process| process.uid == user.uid && process.name == "openbox";
        let line = processes.iter().find(is_openbox).map(|process| process.line.as_slice());
        let after = |option: &str| {
            let line = line?;
            let place = line.iter().position(|word| word == option)?;
            line.get(place + 1).cloned()
        };
        let there = |places: [PathBuf; 3]| places.into_iter().find(|file| file.exists());
        let usual = |name: &str| {
            there([
                Path::new("/etc/vitrine/openbox").join(name),
                user.home.join(".config/openbox").join(name),
                Path::new("/etc/xdg/openbox").join(name),
            ])
        };
        // An Openbox of which no options are seen has the user's files.
        let own = |name: &str| {
            there([
                user.home.join(".config/openbox").join(name),
                Path::new("/etc/xdg/openbox").join(name),
                PathBuf::new(),
            ])
        };
        let startup = after("--startup").and_then(|command| {
            // `sh FILE`, or `FILE`.
            command.split_whitespace().next_back().map(PathBuf::from)
        });
        let or = |name: &str| if line.is_some() { own(name) } else { usual(name) };
        Self {
            // The distribution's own starts nothing, and belongs to nobody's session in particular.
            autostart: startup.or_else(|| or("autostart")).filter(|file| !file.starts_with("/etc/xdg")),
            rules: after("--config-file").map(PathBuf::from).or_else(|| or("rc.xml")),
        }
    }

    pub(super) fn autostart(&self) -> Fact<Option<Autostart>> {
        let Some(file) = &self.autostart else { return Ok(None) };
        Ok(read(file)?.map(|text| autostart(&file.display().to_string(), &text)))
    }

    pub(super) fn ways_out(&self) -> Fact<Option<Vec<String>>> {
        let Some(file) = &self.rules else { return Ok(None) };
        let Some(text) = read(file)? else { return Ok(None) };
        ways_out(&text).map(Some).ok_or_else(|| {
            told!("{file} is no XML that Openbox would read", file = file.display().to_string())
        })
    }
}

fn read(file: &Path) -> Fact<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told!(
            "{file} cannot be read: {why}",
            file = file.display().to_string(),
            why = error.to_string()
        )),
    }
}

fn autostart(path: &str, text: &str) -> Autostart {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let has = |line: &str, names: &[&str]| {
        let mut words = line.split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c));
        words.any(|word| names.iter().any(|name| processes::is_called(word, name)))
    };
    let starts = |line: &str| {
        has(line, &["vitrine-session"])
            || has(line, &["vitrine"])
            || line.contains("vitrine-session.target")
            || line.contains("vitrine.service")
    };
    let viewers = lines().filter(|line| has(line, &["virt-viewer", "remote-viewer"]));
    Autostart {
        path: path.to_owned(),
        starts_vitrine: lines().any(starts),
        viewers: viewers.map(str::to_owned).collect(),
    }
}

/// The keys and buttons that do one of [`WAYS`], or start a program that is not Vitrine's; `None` for what is no XML.
fn ways_out(text: &str) -> Option<Vec<String>> {
    let document = Document::parse(text).ok()?;
    let section =
        |tag: &'static str| document.root_element().children().find(move |node| node.has_tag_name(tag));
    let mut ways = Vec::new();
    // Without these sections Openbox has keys and buttons of its own.
    if section("keyboard").is_none() {
        ways.push("keyboard".to_owned());
    }
    if section("mouse").is_none() {
        ways.push("mouse".to_owned());
    }
    for bind in
        document.descendants().filter(|node| node.has_tag_name("keybind") || node.has_tag_name("mousebind"))
    {
        let actions = bind.descendants().filter(|node| node.has_tag_name("action"));
        let way = actions.filter_map(|action| way(action)).next();
        if let Some(way) = way {
            let by = bind.attribute("key").or_else(|| bind.attribute("button")).unwrap_or("?");
            ways.push(format!("{by} ({way})"));
        }
    }
    Some(ways)
}

fn way(action: Node<'_, '_>) -> Option<String> {
    let name = action.attribute("name")?;
    let is_way = WAYS.iter().any(|way| way.eq_ignore_ascii_case(name));
    let starts = name.eq_ignore_ascii_case("Execute") && {
        let command =
            action.descendants().find(|node| node.has_tag_name("command") || node.has_tag_name("execute"));
        !command.and_then(|command| command.text()).unwrap_or_default().trim().starts_with("vitrine")
    };
    (is_way || starts).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vitrines_own_files_are_well() {
        let found = autostart("a", include_str!("../../../openbox/autostart"));
        assert!(found.starts_vitrine && found.viewers.is_empty());
        assert_eq!(ways_out(include_str!("../../../openbox/rc.xml")), Some(Vec::new()));
    }

    #[test]
    fn old_lines_are_found() {
        let old = "# virt-viewer\nvirt-viewer --full-screen --kiosk --wait garden &\nxset s off\n";
        let found = autostart("a", old);
        assert!(!found.starts_vitrine);
        assert_eq!(found.viewers, ["virt-viewer --full-screen --kiosk --wait garden &"]);
        for (line, starts) in [
            ("vitrine-session start &", true),
            ("(/usr/local/bin/vitrine run; true) &", true),
            ("systemctl --user start vitrine.service", true),
            ("# vitrine-session start", false),
            ("xset -dpms", false),
        ] {
            assert_eq!(autostart("a", line).starts_vitrine, starts, "{line}");
        }
    }

    #[test]
    fn ways_out_are_found() {
        let rules = |inner: &str| {
            format!("<openbox_config xmlns='http://openbox.org/3.4/rc'>{inner}</openbox_config>")
        };
        for (text, expected) in [
            (rules("<keyboard/><mouse/>"), Some(vec![])),
            (rules("<keyboard/>"), Some(vec!["mouse"])),
            (
                rules("<keyboard><keybind key='A-F4'><action name='Close'/></keybind></keyboard><mouse/>"),
                Some(vec!["A-F4 (Close)"]),
            ),
            (
                rules(
                    "<keyboard/><mouse><context name='Root'><mousebind button='Right' action='Press'><action name='ShowMenu'/></mousebind></context></mouse>",
                ),
                Some(vec!["Right (ShowMenu)"]),
            ),
            (
                rules(
                    "<keyboard><keybind key='W-t'><action name='Execute'><command>xterm</command></action></keybind></keyboard><mouse/>",
                ),
                Some(vec!["W-t (Execute)"]),
            ),
            ("no XML".to_owned(), None),
        ] {
            let expected =
                expected.map(|ways: Vec<&str>| ways.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(ways_out(&text), expected, "{text}");
        }
    }
}
