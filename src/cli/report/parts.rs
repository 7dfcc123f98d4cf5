//! What a report has in it. Each part has its time and stands alone: one that is missing says why.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::adapter::libvirt::{self as adapter, Vm};
use crate::cli::{doctor, local};
use crate::config::{PasswordHash, Settings};
use crate::core::types::{Told, WallTime};
use crate::ground::{Asked, User, program};
use crate::vm::version_text;
use crate::web::dto::Screen;
use crate::web::telling;
use crate::words::{self, Language, told, tr};
use crate::{host, journal};

/// How long a small program may take.
const PROGRAM_TIME: Duration = Duration::from_secs(5);
/// How long systemd's journal may take: it reads a lot from a disk.
const LOG_TIME: Duration = Duration::from_secs(15);
/// How long libvirt may take for all that it is asked.
const LIBVIRT_TIME: Duration = Duration::from_secs(8);
/// How long a part may take that has several of these.
const PART_TIME: Duration = Duration::from_secs(40);
/// The end of a log that is read, in bytes.
const TAIL: u64 = 512 * 1024;
/// So many entries of the journal.
const MAX_INCIDENTS: usize = 3000;
/// So many VMs, where no configuration says which are meant.
const MAX_VMS: usize = 20;
/// So many snapshots of a VM.
const MAX_SNAPSHOTS: usize = 20;

/// Debian's packages whose versions matter.
const PACKAGES: [&str; 11] = [
    "libvirt-daemon",
    "libvirt-daemon-driver-qemu",
    "qemu-system-x86",
    "qemu-utils",
    "virt-viewer",
    "xserver-xorg-core",
    "openbox",
    "vitrine-kiosk",
    "libspice-client-gtk-3.0-5",
    "libgtk-vnc-2.0-0",
    "systemd",
];

/// What of a unit matters (systemctl(1), org.freedesktop.systemd1(5)).
const PROPERTIES: &str = "Id,LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,UnitFileState,FragmentPath,\
                          DropInPaths,Environment,ActiveEnterTimestamp";

/// What is known before.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) asked: Asked,
    /// Where the journal is, if anywhere.
    pub(super) journal: Option<PathBuf>,
    /// How far back logs go, in days.
    pub(super) days: u32,
    /// Whether pictures of the screens are wanted.
    pub(super) pictures: bool,
    /// The moment of the report.
    pub(super) now: WallTime,
}

/// A piece of the report, or why there is none.
#[derive(Debug)]
pub(super) enum Found {
    Text(String, String),
    Picture(String, Vec<u8>),
    Missing(String, Told),
}

type Gather = fn(&Context) -> Vec<Found>;

/// Each part by what it is called where it is missing as a whole.
const PARTS: &[(&str, Gather)] = &[
    ("versions.txt", versions),
    ("configuration.toml", configuration),
    ("doctor.json", examined),
    ("status.json", status),
    ("layout", layout),
    ("libvirt", libvirt),
    ("qemu-logs", qemu_logs),
    ("logs", logs),
    ("xorg.log", xorg_log),
    ("units.txt", units),
    ("incidents.txt", incidents),
    ("pictures", pictures),
];

/// Finds everything out, all parts at once; `done` hears of each part as it is taken in. Blocks for no longer than the
/// longest part may take.
pub(super) fn gather(context: &Arc<Context>, done: impl FnMut(&str)) -> Vec<Found> {
    gather_of(PARTS, PART_TIME, context, done)
}

fn gather_of(
    parts: &'static [(&str, Gather)],
    time: Duration,
    context: &Arc<Context>,
    mut done: impl FnMut(&str),
) -> Vec<Found> {
    let running = parts.iter().map(|(name, part)| {
        let context = Arc::clone(context);
        let work = move || {
            // Who reads it may be anywhere.
            host::within(time, move || words::speaking(Language::English, || part(&context)))
        };
        (*name, thread::Builder::new().name("report".to_owned()).spawn(work))
    });
    // All are begun before the first is waited for.
    let running: Vec<_> = running.collect();
    let mut all = Vec::new();
    for (name, thread) in running {
        done(name);
        let missing = |why: Told| vec![Found::Missing(name.to_owned(), why)];
        all.extend(match thread.map(thread::JoinHandle::join) {
            Ok(Ok(Ok(found))) => found,
            Ok(Ok(Err(error))) | Err(error) => missing(Told::text(error.to_string())),
            Ok(Err(_)) => missing(panicked()),
        });
    }
    all
}

fn say(told: &Told) -> String {
    words::sentence(told, Language::English)
}

fn panicked() -> Told {
    told!("its thread has panicked")
}

fn missing(name: impl Into<String>, why: Told) -> Found {
    Found::Missing(name.into(), why)
}

/// A file that cannot be read.
fn unread(path: &Path, error: &io::Error) -> Told {
    Told::text(format!("{}: {error}", path.display()))
}

fn text_or(name: impl Into<String>, text: Result<String, Told>) -> Found {
    let name = name.into();
    match text {
        Ok(text) => Found::Text(name, text),
        Err(why) => Found::Missing(name, why),
    }
}

/// What a program prints, with what it complains of; where it only complains, that is why there is nothing.
fn output(line: &[&str], time: Duration) -> Result<String, Told> {
    let ended = program::run(line, time)?;
    let complains = ended.errors.trim();
    if !ended.well() && ended.output.trim().is_empty() {
        let name = line.first().copied().unwrap_or_default();
        let why = complains.lines().next().unwrap_or_default();
        return Err(told!("'{program}' does not tell: {why}", program = name, why = why));
    }
    Ok(if complains.is_empty() { ended.output } else { format!("{}\n{}", ended.output, ended.errors) })
}

fn versions(context: &Context) -> Vec<Found> {
    let mut text = String::new();
    let mut line = |name: &str, value: Result<String, Told>| {
        let value = value.unwrap_or_else(|why| format!("? ({})", say(&why)));
        text.push_str(&format!("{name}: {}\n", value.trim()));
    };
    let of_file = |path: &str, key: &str| {
        let text = fs::read_to_string(path).map_err(|error| unread(Path::new(path), &error))?;
        let value = text.lines().find_map(|line| line.strip_prefix(key));
        value
            .map(|value| value.trim_matches(['"', ' ', '\t', ':']).to_owned())
            .ok_or_else(|| told!("{file} does not say", file = path))
    };
    line("vitrine", Ok(env!("CARGO_PKG_VERSION").to_owned()));
    line("distribution", of_file("/etc/os-release", "PRETTY_NAME="));
    let uname = rustix::system::uname();
    let kernel = [uname.release(), uname.version(), uname.machine()];
    line("kernel", Ok(kernel.map(|part| part.to_string_lossy().into_owned()).join(" ")));
    line("processor", of_file("/proc/cpuinfo", "model name"));
    line("memory", of_file("/proc/meminfo", "MemTotal"));
    line("uptime_seconds", of_file("/proc/uptime", ""));
    line("libvirt_library", adapter::library_version().map(version_text));
    for (name, words) in [
        ("virsh", ["virsh", "--version"]),
        ("qemu", ["qemu-system-x86_64", "--version"]),
        ("virt-viewer", ["virt-viewer", "--version"]),
        ("xorg", ["Xorg", "-version"]),
        ("openbox", ["openbox", "--version"]),
        ("systemd", ["systemctl", "--version"]),
    ] {
        let said = output(&words, PROGRAM_TIME);
        let first =
            |said: String| said.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned);
        line(name, said.map(|said| first(said).unwrap_or_default()));
    }
    let mut packages = vec!["dpkg-query", "-W", "-f", "${Package}=${Version}\\n"];
    packages.extend(PACKAGES);
    // It complains of packages that are not there, which is an answer, too.
    line("packages", program::run(&packages, PROGRAM_TIME).map(|ended| format!("\n{}", ended.output)));
    let User { name, uid, .. } = &context.asked.user;
    line("kiosk_user", Ok(format!("{name} ({uid})")));
    vec![Found::Text("versions.txt".to_owned(), text)]
}

/// The configuration without what people write to themselves in it.
fn configuration(context: &Context) -> Vec<Found> {
    let name = "configuration.toml";
    let wrong = context.asked.settings.as_ref().err();
    let Some(file) = &context.asked.file else {
        return vec![missing(name, wrong.cloned().unwrap_or_else(|| told!("there is no configuration")))];
    };
    let state = wrong.map(|why| format!(": {}", say(why))).unwrap_or_default();
    let text = tail(file).map(|text| format!("# {}{state}\n{}", file.display(), without_comments(&text)));
    vec![text_or(name, text.map_err(|error| unread(file, &error)))]
}

/// TOML without its comments, also where it is none in the end.
pub(super) fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // What ends the text that is open, and whether a backslash escapes in it.
    let mut open: Option<(&str, bool)> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match open {
            Some((_, true)) if c == '\\' => {
                length += rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            Some((end, _)) if rest.starts_with(end) => {
                length = end.len();
                open = None;
            }
            // A line's end ends a text that should have ended before it.
            Some((end, _)) if c == '\n' && end.len() == 1 => open = None,
            Some(_) => {}
            None if c == '#' => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            None => {
                let marks = [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)];
                open = marks.into_iter().find(|(mark, _)| rest.starts_with(mark));
                length = open.map_or(length, |(mark, _)| mark.len());
            }
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn examined(context: &Context) -> Vec<Found> {
    vec![text_or("doctor.json", doctor::as_json(&context.asked).map_err(Told::text))]
}

fn status(context: &Context) -> Vec<Found> {
    let text = context.asked.status.clone().and_then(|site| json(&site));
    vec![text_or("status.json", text)]
}

fn json(value: &impl serde::Serialize) -> Result<String, Told> {
    serde_json::to_string_pretty(value).map_err(|error| Told::text(error.to_string()))
}

fn layout(_: &Context) -> Vec<Found> {
    let monitors = local::monitors().map_err(Told::text).and_then(|monitors| {
        json(&monitors.iter().map(|monitor| Screen::new(monitor, None)).collect::<Vec<_>>())
    });
    let xrandr = if std::env::var_os("DISPLAY").is_some() {
        output(&["xrandr", "--query"], PROGRAM_TIME)
    } else {
        Err(told!("there is no X session to ask ($DISPLAY is not set)"))
    };
    vec![text_or("layout/screens.json", monitors), text_or("layout/xrandr.txt", xrandr)]
}

fn vms(settings: &Result<Settings, Told>) -> Vec<String> {
    let exhibits = settings.as_ref().map(|settings| settings.exhibits.as_slice()).unwrap_or_default();
    exhibits.iter().map(|exhibit| exhibit.vm.clone()).collect()
}

/// What libvirt says of its VMs, without their passwords, which it is not asked for.
fn libvirt(context: &Context) -> Vec<Found> {
    let Asked { uri, user, settings, .. } = &context.asked;
    if uri.ends_with(":///session") && rustix::process::geteuid().as_raw() != user.uid {
        let why = told!("the VMs are those of {user}: only that user may ask for them", user = user.name);
        return vec![missing("libvirt", why)];
    }
    let wanted = vms(settings);
    let looked = match adapter::look(uri, &wanted, LIBVIRT_TIME) {
        Ok(looked) => looked,
        Err(why) => return vec![missing("libvirt", why)],
    };
    let or_why =
        |number: &Result<u32, Told>| number.as_ref().map_or_else(say, |number| version_text(*number));
    let lines =
        [("uri", uri.clone()), ("libvirt", or_why(&looked.version)), ("qemu", or_why(&looked.qemu_version))];
    let about: String = lines.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let mut found = vec![Found::Text("libvirt/versions.txt".to_owned(), about)];
    match &looked.vms {
        Ok(all) => {
            let is_wanted = |vm: &&Vm| wanted.is_empty() || wanted.contains(&vm.name);
            for vm in all.iter().filter(is_wanted).take(MAX_VMS) {
                found.extend(of_vm(vm));
            }
            let absent = wanted.iter().filter(|name| all.iter().all(|vm| vm.name != **name));
            found.extend(absent.map(|name| {
                missing(format!("libvirt/{name}"), told!("libvirt has no VM '{vm}'", vm = name))
            }));
        }
        Err(why) => found.push(missing("libvirt/VMs", why.clone())),
    }
    let networks = looked.networks.map(|networks| {
        let one =
            |network: &adapter::Object| format!("<!-- active={} -->\n{}\n", network.active, network.xml);
        networks.iter().map(one).collect::<String>()
    });
    found.push(text_or("libvirt/networks.xml", networks));
    found
}

fn of_vm(vm: &Vm) -> Vec<Found> {
    let place = |name: &str| format!("libvirt/{}/{name}", vm.name.replace('/', "_"));
    let mut found = Vec::new();
    for (name, xml) in [("definition.xml", &vm.persistent), ("running.xml", &vm.running)] {
        found.push(match xml {
            Ok(Some(xml)) => Found::Text(place(name), xml.clone()),
            Ok(None) if name == "running.xml" => missing(place(name), told!("the VM does not run")),
            Ok(None) => missing(place(name), told!("the VM has no definition and is gone once it stops")),
            Err(why) => missing(place(name), why.clone()),
        });
    }
    match &vm.snapshots {
        Ok(snapshots) if snapshots.is_empty() => {
            found.push(missing(place("snapshots"), told!("the VM has none")));
        }
        Ok(snapshots) => found.extend(snapshots.iter().take(MAX_SNAPSHOTS).map(|snapshot| {
            let file = format!("snapshots/{}.xml", snapshot.name.replace('/', "_"));
            Found::Text(place(&file), format!("<!-- current={} -->\n{}", snapshot.current, snapshot.xml))
        })),
        Err(why) => found.push(missing(place("snapshots"), why.clone())),
    }
    found
}

/// The end of a file.
fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // A line that was cut could hide the name of what it tells.
    let whole = if size > TAIL { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    Ok(whole.to_owned())
}

/// QEMU's logs, where libvirt keeps them (<https://libvirt.org/logging.html>).
fn qemu_logs(context: &Context) -> Vec<Found> {
    let folder = if context.asked.uri.ends_with(":///session") {
        context.asked.user.home.join(".cache/libvirt/qemu/log")
    } else {
        PathBuf::from("/var/log/libvirt/qemu")
    };
    let names = vms(&context.asked.settings);
    if names.is_empty() {
        return vec![missing("qemu-logs", told!("no configuration says which VMs are meant"))];
    }
    let log = |vm: &String| {
        let file = folder.join(format!("{}.log", vm.replace('/', "_")));
        text_or(format!("logs/qemu/{vm}.log"), tail(&file).map_err(|error| unread(&file, &error)))
    };
    names.iter().map(log).collect()
}

/// systemd's journal: of Vitrine, of the kiosk's user, of libvirt, of the kernel.
fn logs(context: &Context) -> Vec<Found> {
    let since = format!("--since=-{}d", context.days);
    let user = format!("_UID={}", context.asked.user.uid);
    let wanted: [(&str, &[&str]); 4] = [
        ("vitrine", &["-t", "vitrine", "-t", "vitrine-session", "-t", "vitrine-images", "-n", "8000"]),
        ("session", &[&user, "-n", "3000"]),
        (
            "libvirt",
            &["-u", "libvirtd.service", "-u", "virtqemud.service", "-u", "virtlogd.service", "-n", "1500"],
        ),
        ("kernel", &["-k", "-p", "warning", "-n", "1500"]),
    ];
    thread::scope(|scope| {
        let each: Vec<_> = wanted
            .iter()
            .map(|(name, words)| {
                let since = &since;
                (name, scope.spawn(move || words::speaking(Language::English, || journal_of(words, since))))
            })
            .collect();
        let lost = || Err(panicked());
        each.into_iter()
            .map(|(name, text)| text_or(format!("logs/{name}.log"), text.join().unwrap_or_else(|_| lost())))
            .collect()
    })
}

/// What systemd's journal has of something, the newest last. It is asked for the newest first, since what is too much is
/// left out at the end.
fn journal_of(words: &[&str], since: &str) -> Result<String, Told> {
    let mut line = vec!["journalctl", "--no-pager", "--quiet", "--reverse", "-o", "short-iso", since];
    line.extend(words);
    let text = output(&line, LOG_TIME)?;
    if text.trim().is_empty() {
        return Err(told!("systemd's journal has nothing of it that this user may read"));
    }
    Ok(upside_down(&text))
}

/// Entries of the journal from the last to the first; further lines of one are indented.
fn upside_down(text: &str) -> String {
    let mut entries: Vec<String> = Vec::new();
    for line in text.lines() {
        match entries.last_mut() {
            Some(entry) if line.starts_with([' ', '\t']) => entry.extend([line, "\n"]),
            Some(_) | None => entries.push(format!("{line}\n")),
        }
    }
    entries.reverse();
    entries.concat()
}

/// The X server's log: of the session's user, or the system's (Xorg(1)).
fn xorg_log(context: &Context) -> Vec<Found> {
    let places = [
        context.asked.user.home.join(".local/share/xorg/Xorg.0.log"),
        context.asked.user.home.join(".local/share/xorg/Xorg.1.log"),
        PathBuf::from("/var/log/Xorg.0.log"),
    ];
    let written = |path: &PathBuf| fs::metadata(path).and_then(|found| found.modified()).ok();
    let newest = places.iter().filter_map(|path| Some((written(path)?, path))).max();
    let text = match newest {
        Some((_, path)) => tail(path)
            .map(|text| format!("# {}\n{text}", path.display()))
            .map_err(|error| unread(path, &error)),
        None => Err(told!("there is none in the usual places")),
    };
    vec![text_or("logs/xorg.log", text)]
}

/// What systemd says of the units that matter.
fn units(context: &Context) -> Vec<Found> {
    let ask = |manager: &[&str], names: &[&str]| {
        let mut line = vec!["systemctl"];
        line.extend(manager);
        line.extend(["show", "--no-pager"]);
        line.extend(["-p", PROPERTIES]);
        line.extend(names);
        output(&line, PROGRAM_TIME)
    };
    let User { name, uid, .. } = &context.asked.user;
    let machine = format!("--machine={name}@.host");
    let foreign = rustix::process::geteuid().as_raw() != *uid;
    let manager: Vec<&str> = if foreign { vec!["--user", &machine] } else { vec!["--user"] };
    let watched = context.asked.settings.as_ref().map(|settings| settings.units.clone()).unwrap_or_default();
    let mut system: Vec<&str> = vec![
        "lightdm.service",
        "vitrine-x.service",
        "vitrine-images.service",
        "exhibition-vm-controller.service",
    ];
    system.extend(watched.iter().map(|unit| unit.name.as_str()));
    vec![
        text_or("units/system.txt", ask(&[], &system)),
        text_or("units/user.txt", ask(&manager, &["vitrine.service", "vitrine-session.target"])),
    ]
}

/// The journal as lines, each with all that it tells: broken into shorter ones, a secret would be parted from its name.
fn incidents(context: &Context) -> Vec<Found> {
    let name = "incidents.txt";
    let Some(path) = &context.journal else {
        return vec![missing(name, told!("neither $XDG_STATE_HOME nor $HOME says where the journal is"))];
    };
    let entries = match journal::read(path, &journal::Filter::default(), context.now) {
        Ok(entries) => entries,
        Err(error) => return vec![missing(name, Told::text(error.to_string()))],
    };
    let left_out = entries.len().saturating_sub(MAX_INCIDENTS);
    let all = entries.len();
    let file = path.display();
    let mut text = tr!(
        "# {file}: {all} entries, of which the {left_out} oldest are left out",
        file = file,
        all = all,
        left_out = left_out
    );
    text.push('\n');
    let moment = |at: WallTime| {
        jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
    };
    for entry in &entries[left_out..] {
        let exhibit = entry.exhibit.as_deref().unwrap_or("site");
        text.push_str(&format!(
            "{}  {}  {exhibit}  {}\n",
            entry.id,
            moment(entry.began),
            telling::entry(entry)
        ));
        for remedy in &entry.remedies {
            let failure =
                remedy.failure.as_ref().map(|failure| format!(": {}", say(failure))).unwrap_or_default();
            text.push_str(&format!("    {}  {}{failure}\n", moment(remedy.began), remedy.remedy));
        }
    }
    vec![Found::Text(name.to_owned(), text)]
}

/// What visitors see just now, where that was asked for.
fn pictures(context: &Context) -> Vec<Found> {
    if !context.pictures {
        return vec![missing("pictures", told!("they were not asked for (--pictures)"))];
    }
    match local::monitors().and_then(local::pictures) {
        Ok(shots) if shots.is_empty() => vec![missing("pictures", told!("no monitor is lit"))],
        Ok(shots) => {
            let picture = |(connector, png)| Found::Picture(format!("pictures/{connector}.png"), png);
            shots.into_iter().map(picture).collect()
        }
        Err(why) => vec![missing("pictures", Told::text(why))],
    }
}

/// What the configuration has that is secret, to be looked for in everything.
pub(super) fn known_secrets(settings: &Settings) -> Vec<String> {
    let passwords = settings.accounts.iter().filter_map(|account| match &account.password {
        PasswordHash::Hash(hash) => Some(hash.clone()),
        PasswordHash::Credential(_) => None,
    });
    passwords.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_texts_stay() {
        for (text, expected) in [
            ("a = 1 # b\n", "a = 1\n"),
            ("a = \"#1\" # b", "a = \"#1\"\n"),
            ("a = '#\\' # b", "a = '#\\'\n"),
            ("a = \"\\\"#\" # b", "a = \"\\\"#\"\n"),
            ("a = \"\"\"\n# in\n\"\"\" # out", "a = \"\"\"\n# in\n\"\"\"\n"),
            ("a = '''#''' # b", "a = '''#'''\n"),
            ("a = \"open\n# b", "a = \"open\n"),
            ("# ü\n[a] # é", "\n[a]\n"),
            ("a = \"\\", "a = \"\\\n"),
            ("", ""),
        ] {
            assert_eq!(without_comments(text), expected, "{text}");
        }
    }

    #[test]
    fn a_part_that_hangs_or_panics_is_missing_and_the_others_are_there() {
        const PARTS: &[(&str, Gather)] = &[
            ("hangs", |_| {
                loop {
                    thread::park();
                }
            }),
            ("panics", |_| panic!("on purpose")),
            ("well", |_| vec![Found::Text("a".to_owned(), tr!("no monitor is lit"))]),
        ];
        let why = told!("no daemon runs");
        let context = Context {
            asked: Asked {
                settings: Err(why.clone()),
                file: None,
                uri: String::new(),
                exhibits: Vec::new(),
                user: User::own(),
                status: Err(why),
                areas: std::collections::BTreeSet::new(),
            },
            journal: None,
            days: 1,
            pictures: false,
            now: WallTime(0),
        };
        let mut heard = Vec::new();
        let found = gather_of(PARTS, Duration::from_millis(50), &Arc::new(context), |part| {
            heard.push(part.to_owned())
        });
        assert_eq!(heard, ["hangs", "panics", "well"]);
        let missing = |found: &Found, part: &str| matches!(found, Found::Missing(name, _) if name == part);
        assert!(missing(&found[0], "hangs") && missing(&found[1], "panics"), "{found:?}");
        assert!(matches!(&found[2], Found::Text(name, text) if name == "a" && text == "no monitor is lit"));
    }

    #[test]
    fn entries_of_the_log_keep_their_lines() {
        assert_eq!(upside_down("3 c\n2 b\n    more\n1 a\n"), "1 a\n2 b\n    more\n3 c\n");
        assert_eq!(upside_down(""), "");
    }

    #[test]
    fn the_end_of_a_file_begins_with_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "password=\u{fffd}0123456789\n".repeat(40_000)).unwrap();
        let text = tail(&path).unwrap();
        assert!(text.starts_with("password=") && text.len() <= TAIL as usize);
        assert!(tail(folder.path()).is_err());
    }
}
