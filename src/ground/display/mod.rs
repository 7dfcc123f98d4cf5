//! Finds out about X server and monitors, and about how exhibits are shown.

mod door;
mod log;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::at_once::at_once;
use super::session::processes::{self, Process, XSession};
use super::{Ground, User, api, guest, lost, program, session};
use crate::adapter::x11::{self, DisplayAddress, Error, Inspected};
use crate::config::Settings;
use crate::core::types::{ExhibitSettings, Monitor, ScreenName, Told, WindowSeen};
use crate::doctor::Fact;
use crate::doctor::facts::display::{Display, Graphics, OfExhibit, Server, Trouble, Viewer};
use crate::words::told;

/// How long an X server may take for all that it is asked; one that works answers in a fraction of it.
const SERVER_TIME: Duration = Duration::from_secs(3);
/// How long a program may take to tell of itself.
const PROGRAM_TIME: Duration = Duration::from_secs(3);
/// How long a curtain may take to be drawn, which has a file of its own.
const CURTAIN_TIME: Duration = Duration::from_secs(5);
/// The options that Vitrine gives a viewer.
const VIEWER_OPTIONS: &[&str] = &[
    "--connect",
    "--kiosk",
    "--kiosk-quit",
    "--wait",
    "--verbose",
    "--auto-resize",
    "--attach",
    "--uuid",
    "--spice-disable-usbredir",
];

pub(super) fn gather(ground: &Ground) -> Display {
    let asked = &ground.asked;
    let processes = ground.once.processes();
    let session = processes::x_session(&asked.user, processes);
    let address = address(&asked.user, session.as_ref());
    let settings = asked.settings.as_ref().map_err(Told::clone);
    thread::scope(|scope| {
        let curtains = scope.spawn(|| settings.clone().map(|settings| curtain_flaws(settings, CURTAIN_TIME)));
        let fonts = scope.spawn(fonts);
        let program = scope.spawn(viewer_program);
        let (server, trouble) = server(address.as_ref(), processes);
        let log = match &address {
            Some(address) => log::read(&address.display, &asked.user),
            None => Err(no_session(&asked.user)),
        };
        let (viewer_version, viewer_lacks) = program.join().unwrap_or_else(|_| (Err(lost()), Err(lost())));
        Display {
            expected: session::is_expected(&asked.user, false, processes),
            ambiguous: ambiguous(settings.clone(), &server),
            server: server.map_err(|error| error.unwrap_or_else(|| no_session(&asked.user))),
            trouble,
            session: session.as_ref().map(|session| session.display.clone()),
            curtain_flaws: curtains.join().unwrap_or_else(|_| Err(lost())),
            fonts: fonts.join().unwrap_or_else(|_| Err(lost())),
            viewer_version,
            viewer_lacks,
            foreign_folders: foreign_folders(&asked.user),
            log,
        }
    })
}

fn no_session(user: &User) -> Told {
    told!("no X session of '{user}' is to be found", user = user.name)
}

/// The X server to ask: the session's, else the computer's first one, as root or who else is let in.
fn address(user: &User, session: Option<&XSession>) -> Option<DisplayAddress> {
    if let Some(session) = session {
        return Some(DisplayAddress {
            display: session.display.clone(),
            authority: session.authority.clone(),
        });
    }
    if !Path::new("/tmp/.X11-unix/X0").exists() {
        return None;
    }
    let places = ["/run/lightdm/root/:0".into(), user.home.join(".Xauthority")];
    let authority = places.into_iter().find(|file| file.exists());
    Some(DisplayAddress { display: ":0".to_owned(), authority })
}

/// What the X server shows. An error without words is that there is none.
fn server(
    address: Option<&DisplayAddress>,
    processes: &[Process],
) -> (Result<Server, Option<Told>>, Option<Trouble>) {
    let Some(address) = address else { return (Err(None), Some(Trouble::NoSession)) };
    match x11::inspect(address, SERVER_TIME) {
        Ok(found) => (Ok(of(address, found, processes)), None),
        Err(error) => {
            let trouble = match &error {
                Error::System(_, source) if source.kind() == std::io::ErrorKind::TimedOut => {
                    Some(Trouble::Silent(SERVER_TIME))
                }
                Error::Lacking(_) => Some(Trouble::Lacking),
                // A socket that nobody listens at is what a dead X server leaves behind.
                Error::Connect { source, .. } if refused(&source.to_string()) => Some(Trouble::NoSession),
                _ => None,
            };
            (Err(Some(Told::text(error.to_string()))), trouble)
        }
    }
}

fn refused(text: &str) -> bool {
    text.contains("Connection refused") || text.contains("No such file")
}

fn of(address: &DisplayAddress, found: Inspected, processes: &[Process]) -> Server {
    let x = found.release;
    // Since 21.1 Xorg counts 1.21.1.
    let version = match (x / 10_000_000, x / 100_000 % 100, x / 1000 % 100) {
        (1, minor, patch) if minor >= 21 => format!("{minor}.{patch}.{}", x % 1000),
        (major, minor, patch) => format!("{major}.{minor}.{patch}"),
    };
    let blanking = found.blanking;
    Server {
        display: address.display.clone(),
        authority: address.authority.as_ref().map(|file| file.display().to_string()),
        version: format!("{} {version}", found.vendor),
        answer: found.answer,
        randr: found.randr,
        is_on_wayland: found.is_on_wayland,
        window_manager: found.window_manager,
        composited: found.composited,
        saver: blanking.saver.into(),
        sleep_after: if blanking.dpms { blanking.dpms_after.into() } else { 0 },
        asleep: blanking.asleep,
        outputs: found.outputs,
        monitors: found.monitors,
        windows: found.windows.into_iter().map(|found| window(found, processes)).collect(),
    }
}

/// A window, with what its process descends from.
fn window(found: WindowSeen, processes: &[Process]) -> WindowSeen {
    let pids = found.pids.first().map(|pid| processes::line_of(processes, *pid)).unwrap_or_default();
    WindowSeen { pids, ..found }
}

fn ambiguous(settings: Fact<&Settings>, server: &Result<Server, Option<Told>>) -> Fact<Vec<String>> {
    let layout = settings?.layout();
    let server =
        server.as_ref().map_err(|why| why.clone().unwrap_or_else(|| told!("no X server is asked")))?;
    let names: Vec<&ScreenName> = layout.iter().map(|screen| &screen.name).collect();
    let monitors: Vec<Monitor> = server.monitors.iter().map(|seen| seen.monitor.clone()).collect();
    Ok(x11::ambiguous_names(&names, &monitors))
}

/// What is wrong with each curtain: one whose poster lies on a share that does not answer is unknown, and no other.
fn curtain_flaws(settings: &Settings, within: Duration) -> Vec<(String, Fact<Vec<String>>)> {
    let curtains: Vec<_> = settings.exhibits.iter().map(|exhibit| exhibit.curtain.clone()).collect();
    let drawn = at_once(curtains, within, |curtain| x11::curtain_flaws(&curtain));
    let of = |(exhibit, flaws): (&ExhibitSettings, Option<Vec<String>>)| {
        let late = || {
            let why = told!("it was not found out within {waited}", waited = within);
            told!("the curtain of '{exhibit}': {flaw}", exhibit = exhibit.name, flaw = why)
        };
        (exhibit.name.clone(), flaws.ok_or_else(late))
    };
    settings.exhibits.iter().zip(drawn).map(of).collect()
}

fn fonts() -> Fact<usize> {
    let ended = program::run(&["fc-list", "--format", "%{file}\\n"], PROGRAM_TIME)?;
    Ok(ended.output.lines().filter(|line| !line.is_empty()).count())
}

/// virt-viewer's version; `None` where it is not installed.
type ViewerVersion = Fact<Option<(u32, u32)>>;

/// virt-viewer's version, and what it does not know of what it is told. It needs no display for either.
fn viewer_program() -> (ViewerVersion, Fact<Vec<String>>) {
    if !program::is_there("virt-viewer") {
        return (Ok(None), Err(told!("the program '{program}' is not installed", program = "virt-viewer")));
    }
    thread::scope(|scope| {
        let help = scope.spawn(|| program::run(&["virt-viewer", "--help-all"], PROGRAM_TIME));
        let version = program::run(&["virt-viewer", "--version"], PROGRAM_TIME).and_then(|ended| {
            let found = version_in(&ended.output);
            found.map(Some).ok_or_else(|| told!("what virt-viewer says of its version is not understood"))
        });
        let help = help.join().unwrap_or_else(|_| Err(lost()));
        (version, help.map(|ended| missing_options(&ended.output)))
    })
}

fn version_in(text: &str) -> Option<(u32, u32)> {
    let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = word.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let major = parts.next()?.ok()?;
    Some((major, parts.next().and_then(Result::ok).unwrap_or(0)))
}

fn missing_options(help: &str) -> Vec<String> {
    // Selecting by UUID is written in the same form in every version, but not listed by all.
    let known = |option: &str| {
        help.split(|c: char| c.is_whitespace() || c == ',' || c == '=' || c == '[').any(|word| word == option)
    };
    VIEWER_OPTIONS.iter().filter(|option| !known(option)).map(ToString::to_string).collect()
}

/// Folders on the way to the viewers' settings that are there and another user's.
fn foreign_folders(user: &User) -> Fact<Vec<String>> {
    let runtime = format!("/run/user/{}", user.uid);
    let own = rustix::process::geteuid().as_raw() == user.uid;
    let runtime = if own { std::env::var("XDG_RUNTIME_DIR").unwrap_or(runtime) } else { runtime };
    let mut foreign = Vec::new();
    for end in ["vitrine", "vitrine/viewer"] {
        let folder = Path::new(&runtime).join(end);
        match fs::metadata(&folder) {
            Ok(found) if found.uid() != user.uid => foreign.push(folder.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Err(told!(
                    "only its user and root may look at {path}",
                    path = folder.display().to_string()
                ));
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(foreign)
}

pub(super) fn of_exhibit(ground: &Ground, exhibit: &ExhibitSettings) -> OfExhibit {
    let processes = ground.once.processes();
    let uuid = guest::running(ground, exhibit).map(|xml| xml.and_then(uuid_of));
    let viewers = viewers(processes, &exhibit.vm, uuid.as_ref().ok().and_then(Option::as_deref));
    let pids: Vec<u32> = viewers.iter().map(|viewer| viewer.pid).collect();
    // Most name the VM by its UUID, which libvirt alone knows.
    let viewers = match uuid {
        Err(why) if viewers.is_empty() => Err(why),
        Ok(_) | Err(_) => Ok(viewers),
    };
    let door = |xml: &str| -> Fact<Graphics> { door::try_out(xml, processes, ground.once.sockets()?, &pids) };
    OfExhibit {
        told: api::told_of(ground, exhibit),
        door: guest::running(ground, exhibit).and_then(|xml| xml.map(door).transpose()),
        sounds: guest::running(ground, exhibit).map(|xml| xml.is_some_and(door::sounds)),
        viewers,
    }
}

fn uuid_of(xml: &str) -> Option<String> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let uuid = document.root_element().children().find(|node| node.has_tag_name("uuid"))?;
    uuid.text().map(str::to_owned)
}

/// The viewers of a VM, which name it by its UUID or its name.
fn viewers(processes: &[Process], vm: &str, uuid: Option<&str>) -> Vec<Viewer> {
    let is_viewer = |process: &&Process| {
        let program = process.line.iter().take(2).any(|word| {
            processes::is_called(word, "virt-viewer") || processes::is_called(word, "remote-viewer")
        });
        program && process.line.iter().skip(1).any(|word| word == vm || Some(word.as_str()) == uuid)
    };
    let found = processes.iter().filter(is_viewer);
    let viewers: Vec<&Process> = found.collect();
    // A wrapper and its child are one.
    let outer = viewers.iter().filter(|viewer| !viewers.iter().any(|other| other.pid == viewer.parent));
    let viewer = |process: &&Process| Viewer {
        pid: process.pid,
        by_vitrine: by_vitrine(process),
        kiosk: process.line.iter().any(|word| word == "--kiosk" || word == "-k"),
    };
    outer.map(viewer).collect()
}

/// Vitrine tells its viewers in their environment what they show. Where that may not be read, its options tell.
fn by_vitrine(process: &Process) -> bool {
    match processes::environment(process.pid) {
        Some(environment) => environment.contains_key("VITRINE_SPOTS"),
        None => process.line.iter().any(|word| word == "--kiosk-quit=on-disconnect"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_virt_viewer_says_of_itself_is_read() {
        for (text, expected) in [
            ("virt-viewer version 11.0\n", Some((11, 0))),
            ("virt-viewer version 7.0-2\n", Some((7, 0))),
            ("virt-viewer, version 10\n", Some((10, 0))),
            ("nothing", None),
        ] {
            assert_eq!(version_in(text), expected, "{text}");
        }
        let all = "  -k, --kiosk  Enable\n --kiosk-quit=<never|on-disconnect>\n -w, --wait\n -v, --verbose\n \
                   --auto-resize=<never|always> Auto\n -a, --attach\n -c, --connect=URI\n --uuid\n \
                   --spice-disable-usbredir  Disable\n";
        assert!(missing_options(all).is_empty());
        assert_eq!(missing_options(&all.replace("--auto-resize=", "--other=")), ["--auto-resize"]);
    }

    #[test]
    fn viewers_are_told_by_the_vm_that_they_name() {
        let process = |pid, parent, line: &[&str]| Process {
            pid,
            parent,
            uid: 1000,
            name: String::new(),
            line: line.iter().map(ToString::to_string).collect(),
        };
        let processes = [
            process(10, 1, &["virt-viewer", "--kiosk", "--kiosk-quit=on-disconnect", "--uuid", "u-1"]),
            process(11, 1, &["/usr/bin/virt-viewer", "-c", "qemu:///system", "garden"]),
            process(12, 1, &["sh", "/opt/wrapper/virt-viewer", "--uuid", "u-2"]),
            process(13, 12, &["virt-viewer", "--uuid", "u-2"]),
            process(14, 1, &["vim", "garden"]),
        ];
        let pids = |vm: &str, uuid: Option<&str>| -> Vec<u32> {
            viewers(&processes, vm, uuid).iter().map(|viewer| viewer.pid).collect()
        };
        assert_eq!(pids("garden", Some("u-1")), [10, 11]);
        assert_eq!(pids("other", Some("u-2")), [12]);
        assert!(pids("third", None).is_empty());
    }
}
