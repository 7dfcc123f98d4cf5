//! Viewers that an earlier Vitrine launched and that live still.
//!
//! They are found among the processes: what is known of one stands in its own environment and command line, as it was
//! launched with them. So there is no list of them that could be damaged, lost or out of date.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::Pid;
use tracing::debug;

use super::launch::{Settings, arguments};
use super::process::Process;
use super::spots::{self, DRAWN_SIZE_VARIABLE, SPOTS_VARIABLE, VM_VARIABLE};
use crate::core::effect::{OrphanViewer, ViewerOptions, ViewerPlan};

/// A viewer that an earlier Vitrine launched.
pub(super) struct Orphan {
    /// The exhibit's name at its launch.
    pub(super) name: String,
    /// The domain's UUID.
    pub(super) uuid: String,
    /// What it shows where; `None` where it was launched in another way than this Vitrine would, so that it can only
    /// be ended.
    pub(super) viewer: Option<OrphanViewer>,
    pub(super) process: Process,
}

impl Orphan {
    /// Whether it is as planned. The exhibit may be called otherwise now.
    pub(super) fn shows(&self, plan: &ViewerPlan) -> bool {
        let same = |viewer: &OrphanViewer| {
            viewer.uuid == plan.uuid && viewer.spots == plan.spots() && viewer.options == plan.options
        };
        self.viewer.as_ref().is_some_and(same)
    }

    /// Whether it must be gone before what is planned is launched: it shows the same VM, or something on one of the same
    /// monitors.
    pub(super) fn is_in_the_way(&self, plan: &ViewerPlan) -> bool {
        let meets = |viewer: &OrphanViewer| {
            let connectors = plan.heads.iter().map(|head| &head.monitor.connector);
            connectors.into_iter().any(|name| viewer.spots.iter().any(|spot| spot.connector == *name))
        };
        self.uuid == plan.uuid || self.viewer.as_ref().map_or(self.name == plan.name, meets)
    }
}

/// All viewers that live and whose settings are in this Vitrine's folder.
pub(super) fn find(settings: &Settings) -> Vec<Orphan> {
    let processes = match fs::read_dir("/proc") {
        Ok(processes) => processes,
        Err(error) => {
            debug!("viewers of an earlier Vitrine cannot be looked for: {error}");
            return Vec::new();
        }
    };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw).filter_map(|pid| examine(settings, pid)).collect()
}

/// What a process is, where it is such a viewer.
fn examine(settings: &Settings, pid: Pid) -> Option<Orphan> {
    let folder = PathBuf::from(format!("/proc/{}", pid.as_raw_pid()));
    let own = rustix::process::geteuid().as_raw();
    let (parent, group) = parent_and_group(&folder)?;
    if fs::metadata(&folder).ok()?.uid() != own || group != pid.as_raw_pid() {
        return None;
    }
    // Held before it is looked at: what is read is then of the process that is held, as long as that lives.
    let process = Process::hold(pid).ok()?;
    let environment = words(fs::read(folder.join("environ")).ok()?);
    let value = |name: &str| {
        let of = |word: &OsString| {
            Some(word.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_owned())
        };
        environment.iter().find_map(of).map(OsString::from_vec)
    };
    let settings_of = PathBuf::from(value("XDG_CONFIG_HOME")?);
    let name = settings_of.strip_prefix(settings.runtime_dir.join("viewer")).ok()?.to_str()?.to_owned();
    let line = words(fs::read(folder.join("cmdline")).ok()?);
    // What a viewer itself has launched, such as a bus, has inherited the environment.
    let [.., option, uuid] = line.as_slice() else { return None };
    if option != "--uuid" || is_vitrine(parent) {
        return None;
    }
    let uuid = uuid.to_str().unwrap_or_default().to_owned();
    let spots = value(SPOTS_VARIABLE).and_then(|text| spots::read(text.to_str()?));
    let display = settings.display.clone().map(OsString::from).or_else(|| std::env::var_os("DISPLAY"));
    let vm = value(VM_VARIABLE).and_then(|vm| vm.into_string().ok()).filter(|_| value("DISPLAY") == display);
    let drawn_size = value(DRAWN_SIZE_VARIABLE).and_then(|text| spots::read_size(text.to_str()?));
    let options = drawn_size.and_then(|drawn_size| {
        let possible = possible_options().map(|options| ViewerOptions { drawn_size, ..options });
        possible.into_iter().find(|options| line.ends_with(&arguments(settings, &uuid, *options)))
    });
    let viewer = vm.zip(spots).zip(options);
    let viewer = viewer.map(|((vm, spots), options)| OrphanViewer { vm, uuid: uuid.clone(), spots, options });
    process.lives().then_some(Orphan { name, uuid, viewer, process })
}

/// All that a command line can say.
fn possible_options() -> [ViewerOptions; 8] {
    std::array::from_fn(|n| ViewerOptions {
        resize_guest: n & 1 != 0,
        usb: n & 2 != 0,
        attach: n & 4 != 0,
        drawn_size: None,
    })
}

/// A process's parent and group: the second and the third field after the command's name in brackets
/// (proc_pid_stat(5)).
fn parent_and_group(folder: &Path) -> Option<(i32, i32)> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Whether a process is a Vitrine that lives: its viewers are its own, whatever folder it has.
fn is_vitrine(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim_end() == "vitrine")
}

/// The words of an environment or a command line: each ends with a zero byte.
fn words(bytes: Vec<u8>) -> Vec<OsString> {
    let text = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    text.split(|byte| *byte == 0).map(|word| OsStr::from_bytes(word).to_owned()).collect()
}
