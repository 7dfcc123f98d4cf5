//! The old session's script: what of it Vitrine does, and what becomes of the rest.

use super::draft::{Draft, Line, quote};
use super::keys::{Fate, Row};
use super::old::{Source, config_option, of_variables};
use super::shell::{self, Command};
use crate::words::tr;

/// What the script starts, as far as the new configuration needs it.
#[derive(Debug, Default)]
pub(super) struct Script {
    commands: Vec<Command>,
    file: String,
}

/// What a line of virt-viewer's says (virt-viewer(1)).
#[derive(Debug, Default, PartialEq, Eq)]
struct Viewer {
    uri: Option<String>,
    vm: Option<String>,
    by_number: bool,
}

/// Options of virt-viewer's that have a value.
const WITH_VALUE: &[&str] = &[
    "-c",
    "--connect",
    "-z",
    "--zoom",
    "-H",
    "--hotkeys",
    "-K",
    "--kiosk-quit",
    "--cursor",
    "--display",
    "--auto-resize",
    "-p",
    "--spice-preferred-compression",
];

fn viewer(words: &[String]) -> Viewer {
    let mut viewer = Viewer::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        if ["--id", "--uuid"].contains(&name) {
            viewer.by_number = true;
        } else if WITH_VALUE.contains(&name) {
            let value = attached.or_else(|| words.next().cloned());
            if ["-c", "--connect"].contains(&name) {
                viewer.uri = value;
            }
        } else if !word.starts_with('-') {
            viewer.vm = Some(word.clone());
        }
    }
    viewer
}

/// Whether a command line starts the old controller: by its module, or by the names that its package gives it.
fn starts_controller(program: &str, words: &[String]) -> bool {
    ["vm-controller", "vmctl"].contains(&program)
        || words.iter().any(|word| {
            word.contains("vm_controller.api") || ["vm-controller", "vmctl"].contains(&word.as_str())
        })
}

impl Script {
    pub(super) fn read(text: &str, file: String) -> Self {
        Self { commands: shell::commands(text), file }
    }

    /// Whether it is a script of the old session at all.
    pub(super) fn is_of_old_session(&self) -> bool {
        self.commands.iter().filter_map(Command::program).any(|(program, words)| {
            ["virt-viewer", "remote-viewer"].contains(&program) || starts_controller(program, words)
        })
    }

    /// What it says to the controller by variables.
    pub(super) fn variables(&self) -> Source {
        let said =
            self.commands.iter().flat_map(|command| of_variables(&command.variables, &self.place(command)));
        said.collect()
    }

    /// The lines that start the controller, which have to go.
    pub(super) fn controllers(&self) -> Vec<String> {
        let starts = |command: &&Command| {
            command.program().is_some_and(|(program, words)| starts_controller(program, words))
        };
        self.commands.iter().filter(starts).map(|command| self.place(command)).collect()
    }

    fn place(&self, command: &Command) -> String {
        tr!("{file}, line {line}", file = self.file, line = command.line)
    }

    /// Takes over what it says of screens and viewers, and tells what became of each line.
    pub(super) fn carry(&self, draft: &mut Draft) -> Vec<Row> {
        let row = |command: &Command| {
            let (program, words) = command.program()?;
            let fate = fate(program, words, draft)?;
            Some(Row { what: command.words.join(" "), place: self.place(command), fate })
        };
        self.commands.iter().filter_map(row).collect()
    }
}

/// `None` for what is nobody's business, such as `cd`.
fn fate(program: &str, words: &[String], draft: &mut Draft) -> Option<Fate> {
    Some(match program {
        "cd" | "echo" | "true" | "if" | "then" | "fi" | "for" | "while" | "do" | "done" | "else" | "set"
        | "[" | "test" | "wait" | "xsetroot" => return None,
        "sleep" => Fate::NotNeeded(tr!("Vitrine waits for what it needs")),
        "xset" => Fate::NotNeeded(tr!("Vitrine keeps the screens from going dark")),
        "unclutter" | "unclutter-xfixes" => pointer(draft),
        "xrandr" => screens(words, draft),
        "virt-viewer" => view(words, draft),
        "remote-viewer" => {
            Fate::Instead(tr!("Vitrine shows VMs of libvirt by virt-viewer, and nothing by an address"))
        }
        _ if starts_controller(program, words) => match config_option(words) {
            Some(file) => {
                Fate::NotNeeded(tr!("Vitrine does what the controller did; it read {file}", file = file))
            }
            None => Fate::NotNeeded(tr!("Vitrine does what the controller did")),
        },
        _ => Fate::Instead(tr!(
            "Vitrine's session does not run this script; whatever is still wanted goes into /etc/vitrine/openbox/autostart"
        )),
    })
}

fn pointer(draft: &mut Draft) -> Fate {
    let hidden = draft.change(|draft| {
        for exhibit in &mut draft.exhibits {
            if exhibit.lines.iter().all(|(key, _)| *key != "hide_pointer") {
                exhibit.lines.push(("hide_pointer", "true".to_owned()));
            }
        }
    });
    match hidden {
        Ok(()) => Fate::Taken(tr!("as `hide_pointer = true`; Vitrine hides it all the time")),
        Err(why) => Fate::Refused(why),
    }
}

fn view(words: &[String], draft: &mut Draft) -> Fate {
    let viewer = viewer(words);
    if let Some(uri) = viewer.uri
        && let Err(why) = draft.change(|draft| draft.uri = Some(uri))
    {
        return Fate::Refused(why);
    }
    match viewer.vm {
        Some(_) if viewer.by_number => Fate::NotNeeded(tr!(
            "Vitrine starts the viewers itself; whether this is the VM above was not looked for"
        )),
        Some(vm) if draft.exhibits.iter().any(|exhibit| exhibit.vm == vm) => {
            Fate::NotNeeded(tr!("Vitrine starts the viewer of each exhibit itself, on its screens"))
        }
        Some(vm) => Fate::Instead(tr!(
            "the controller watched another VM than {vm}; to have it shown too, add an [[exhibit]] with this `vm`",
            vm = quote(&vm)
        )),
        None => Fate::NotNeeded(tr!("Vitrine starts the viewer of each exhibit itself, on its screens")),
    }
}

/// What a line of xrandr(1) says of outputs.
fn screens(words: &[String], draft: &mut Draft) -> Fate {
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    let mut left_out: Vec<String> = Vec::new();
    let mut rate: Option<String> = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().unwrap_or_default();
        let line: Line = match word.as_str() {
            "--output" => {
                add_rate(&mut blocks, rate.take());
                blocks.push(vec![("name", quote(&value()))]);
                continue;
            }
            "--mode" => ("mode", quote(&value())),
            "--rate" | "-r" | "--refresh" => {
                rate = Some(value());
                continue;
            }
            "--pos" => {
                let position = value();
                let (x, y) = position.split_once('x').unwrap_or((&position, ""));
                ("position", format!("[{x}, {y}]"))
            }
            "--rotate" => ("rotation", quote(&value())),
            "--primary" => ("primary", "true".to_owned()),
            "--off" => ("off", "true".to_owned()),
            // What Vitrine does without being told.
            "--auto" | "--preferred" => continue,
            other => {
                left_out.push(other.to_owned());
                continue;
            }
        };
        match blocks.last_mut() {
            Some(block) => block.push(line),
            None => left_out.push(word.clone()),
        }
    }
    add_rate(&mut blocks, rate);
    // An output alone says nothing.
    blocks.retain(|block| block.len() > 1);
    if blocks.is_empty() {
        return Fate::Instead(tr!("nothing in it that a [[screen]] can say; see docs/screens.md"));
    }
    match draft.change(|draft| draft.screens.extend(blocks)) {
        Ok(()) if left_out.is_empty() => Fate::Taken(tr!("as [[screen]]")),
        Ok(()) => Fate::Taken(tr!(
            "as [[screen]], without {left_out}: a screen without `position` is put to the right of the others",
            left_out = left_out.join(" ")
        )),
        Err(why) => Fate::Refused(why),
    }
}

fn add_rate(blocks: &mut [Vec<Line>], rate: Option<String>) {
    let Some(rate) = rate else { return };
    let mode = blocks.last_mut().and_then(|block| block.iter_mut().find(|(key, _)| *key == "mode"));
    if let Some((_, mode)) = mode {
        *mode = format!("{}@{rate}\"", mode.trim_end_matches('"'));
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::Exhibit;
    use super::*;
    use crate::config;

    fn draft() -> Draft {
        let exhibit =
            |name: &str| Exhibit { name: name.to_owned(), vm: name.to_owned(), ..Exhibit::default() };
        Draft { exhibits: vec![exhibit("eden"), exhibit("orbit")], ..Draft::default() }
    }

    fn carried(text: &str) -> (Draft, Vec<Row>) {
        let mut draft = draft();
        let script = Script::read(text, "autostart".to_owned());
        let rows = script.carry(&mut draft);
        config::parse(&draft.text(&[]), "vitrine.toml").unwrap();
        (draft, rows)
    }

    #[test]
    fn each_line_becomes_something() {
        for (line, kind) in [
            ("xset s off", "NotNeeded"),
            ("sleep 5", "NotNeeded"),
            ("unclutter -idle 1 -root &", "Taken"),
            ("virt-viewer --kiosk --full-screen --reconnect --wait \"eden\" &", "NotNeeded"),
            ("virt-viewer -c qemu:///session orbit", "NotNeeded"),
            ("virt-viewer --connect=nonsense orbit", "Refused"),
            ("virt-viewer --kiosk tide &", "Instead"),
            ("virt-viewer --id 3", "NotNeeded"),
            ("remote-viewer vnc://127.0.0.1:5900", "Instead"),
            ("poetry run python -m vm_controller.api &", "NotNeeded"),
            ("~/venv/bin/python -m vm_controller.api --config a.yaml", "NotNeeded"),
            ("xterm -e bash &", "Instead"),
            ("xrandr --output HDMI-1 --mode 1920x1080 --rate 50 --pos 0x0 --primary", "Taken"),
            ("xrandr --output HDMI-1 --off --output DP-1 --rotate left", "Taken"),
            ("xrandr --output HDMI-2 --mode 1920x1080 --right-of HDMI-1", "Taken"),
            ("xrandr --output HDMI-2 --auto", "Instead"),
            ("xrandr --output HDMI-1 --mode large", "Refused"),
        ] {
            let (_, rows) = carried(line);
            assert!(format!("{:?}", rows[0].fate).starts_with(kind), "{line}: {rows:?}");
            assert_eq!(rows[0].place, "autostart, line 1");
        }
        for line in ["cd /opt", "VM_NAME=\"x\"", "# virt-viewer x", ""] {
            assert_eq!(carried(line).1, [], "{line}");
        }
    }

    #[test]
    fn screens_and_addresses_are_taken_over() {
        let (draft, _) = carried(
            "xrandr --output HDMI-1 --mode 1920x1080 --rate 50 --pos 0x0 --primary --output DP-1 --off\n\
             unclutter &\nunclutter &\nvirt-viewer -c qemu:///session eden\n",
        );
        let expected = "[libvirt]\nuri = \"qemu:///session\"\n\n[[screen]]\nname = \"HDMI-1\"\nmode = \"1920x1080@50\"\n\
                        position = [0, 0]\nprimary = true\n\n[[screen]]\nname = \"DP-1\"\noff = true\n\n[[exhibit]]\n\
                        name = \"eden\"\nvm = \"eden\"\nhide_pointer = true\n\n[[exhibit]]\nname = \"orbit\"\n\
                        vm = \"orbit\"\nhide_pointer = true\n";
        assert_eq!(draft.text(&[]), expected);
    }

    #[test]
    fn what_concerns_the_controller_is_found() {
        let script = Script::read("export VMCTL_VM_NAME=a\ncd x\n\nvmctl &\nsleep 1", "f".to_owned());
        assert_eq!(script.controllers(), ["f, line 4"]);
        assert_eq!(script.variables()[0].key, "vm_name");
        assert!(script.is_of_old_session());
        assert!(!Script::read("xset s off\nvitrine-session start &", "f".to_owned()).is_of_old_session());
    }
}
