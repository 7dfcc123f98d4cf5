//! How a viewer is launched: its command line, its environment, its configuration folder, and the pipe that it writes to.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio::net::unix::pipe;
use tracing::debug;

use super::process::Process;
use super::spots::{self, DRAWN_SIZE_VARIABLE, SPOTS_VARIABLE, VM_VARIABLE};
use crate::core::effect::{ViewerOptions, ViewerPlan};
use crate::core::types::Size;
use crate::host;

/// `O_NONBLOCK`, as `open` takes it.
const O_NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// What a viewer is given of Vitrine's environment: what it needs to reach the display, libvirt (also by
/// SSH) and the sound server.
const PASSED_VARIABLES: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_CACHE_HOME",
    "SSH_AUTH_SOCK",
    "PULSE_SERVER",
    "PULSE_SINK",
    "PULSE_COOKIE",
    "PIPEWIRE_REMOTE",
    "PIPEWIRE_RUNTIME_DIR",
];

/// Blank windows, "connecting" texts and the bars beside a picture of other proportions are all black.
const BLACK_STYLE: &str =
    "* { background: #000; color: #000; border-color: #000; box-shadow: none; text-shadow: none; }\n";

/// How viewers are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The libvirt connection URI.
    pub uri: String,
    /// Where the viewers' own folders are put, best in `$XDG_RUNTIME_DIR`.
    pub runtime_dir: PathBuf,
    /// The program: a name to be looked up in `PATH`, or a path.
    pub program: PathBuf,
    /// The X display; `None` means that of the environment.
    pub display: Option<String>,
}

/// Launches a viewer. What it says comes out of the pipe. Why it could not be launched is for people.
pub(super) fn start(
    settings: &Settings,
    plan: &ViewerPlan,
) -> Result<(Process, Option<pipe::Receiver>), String> {
    let folder = settings.runtime_dir.join("viewer").join(&plan.name);
    prepare(&folder, plan)
        .map_err(|e| format!("the viewer's settings in {} cannot be written: {e}", folder.display()))?;
    let mut command = command(settings, plan, &folder);
    let system = |error: io::Error| format!("the system refuses a pipe or a descriptor: {error}");
    let (reader, writer) = unbreakable_pipe().map_err(system)?;
    let said = pipe::Receiver::from_owned_fd(reader).map_err(system)?;
    let stdout = writer.try_clone().map_err(system)?;
    let child = command.stdout(stdout).stderr(writer).spawn().map_err(|error| {
        let program = settings.program.display();
        if error.kind() == io::ErrorKind::NotFound {
            format!("there is no program {program}; install the package virt-viewer")
        } else {
            format!("{program} cannot be run: {error}")
        }
    })?;
    Ok((Process::hold_child(child).map_err(system)?, Some(said)))
}

/// The program with its arguments and environment.
fn command(settings: &Settings, plan: &ViewerPlan, folder: &Path) -> Command {
    let mut command = Command::new(&settings.program);
    command.args(arguments(settings, &plan.uuid, plan.options)).env_clear();
    command.envs(PASSED_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(display) = &settings.display {
        command.env("DISPLAY", display);
    }
    command
        .env("XDG_CONFIG_HOME", folder)
        .env(SPOTS_VARIABLE, spots::write(&plan.spots()))
        .env(VM_VARIABLE, &plan.vm)
        .env(DRAWN_SIZE_VARIABLE, spots::write_size(plan.options.drawn_size))
        // Titles are told apart by their English form, and staff read the messages in the log.
        .env("LC_ALL", "C.UTF-8")
        .env("GDK_BACKEND", "x11")
        // Neither the desktop's settings nor the accessibility bus are waited for.
        .env("GSETTINGS_BACKEND", "memory")
        .env("GTK_USE_PORTAL", "0")
        .env("NO_AT_BRIDGE", "1")
        // A Ctrl-C in Vitrine's terminal is not the viewers' affair.
        .process_group(0)
        .stdin(Stdio::null());
    command
}

/// A pipe whose writing end is a reading end, too: who has it can write even if nobody listens. What does not find
/// room then is lost.
fn unbreakable_pipe() -> io::Result<(OwnedFd, File)> {
    let (reader, writer) = io::pipe()?;
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let both = OpenOptions::new().read(true).write(true).custom_flags(O_NONBLOCK).open(path)?;
    Ok((reader.into(), both))
}

/// The command line of virt-viewer 11. With `--wait` a domain that is off is waited for in silence; without
/// it a chooser is opened. With `--verbose` it tells each step of its way to the display, in a handful of lines; the
/// text of a box that it ends in is nowhere to be read.
pub(super) fn arguments(settings: &Settings, uuid: &str, options: ViewerOptions) -> Vec<OsString> {
    let ViewerOptions { resize_guest, usb, attach, drawn_size: _ } = options;
    let mut arguments: Vec<OsString> = vec!["--connect".into(), settings.uri.clone().into()];
    arguments.extend(["--kiosk", "--kiosk-quit=on-disconnect", "--wait", "--verbose"].map(Into::into));
    arguments.push(if resize_guest { "--auto-resize=always" } else { "--auto-resize=never" }.into());
    if !usb {
        arguments.push("--spice-disable-usbredir".into());
    }
    if attach {
        arguments.push("--attach".into());
    }
    arguments.extend(["--uuid".into(), uuid.into()]);
    arguments
}

/// Writes the viewer's configuration folder. Nothing in it is worth keeping over a power cut.
fn prepare(folder: &Path, plan: &ViewerPlan) -> io::Result<()> {
    // In one step, so that a viewer that is just starting never reads half of a file.
    host::replace(&folder.join("virt-viewer/settings"), &mapping(plan))?;
    host::replace(&folder.join("gtk-3.0/gtk.css"), &style(plan))?;
    // libvirt's aliases and credentials and the sound server's cookie are looked up in the same place.
    let home = host::config_home();
    for name in ["libvirt", "pulse"] {
        if let Some(home) = &home {
            match std::os::unix::fs::symlink(home.join(name), folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The style sheet. The viewer's picture fills what the padding leaves, which has the picture's proportions, so that it
/// has the drawn size to the pixel.
fn style(plan: &ViewerPlan) -> String {
    let mut text = BLACK_STYLE.to_owned();
    let screen = plan.heads.first().map(|head| head.monitor.rect.size());
    if let (Some(drawn), Some(screen)) = (plan.options.drawn_size, screen) {
        let Size { width, height } = screen;
        let (across, down) = (width.saturating_sub(drawn.width), height.saturating_sub(drawn.height));
        let (left, top) = (across / 2, down / 2);
        let (right, bottom) = (across - left, down - top);
        let _ = writeln!(text, "notebook > stack {{ padding: {top}px {right}px {bottom}px {left}px; }}");
    }
    text
}

/// virt-viewer's settings: monitors from 1 in RandR's order; it ignores a line that names one too many.
fn mapping(plan: &ViewerPlan) -> String {
    let mut text = format!("[{}]\nmonitor-mapping=", plan.uuid);
    for head in &plan.heads {
        let _ = write!(text, "{}:{};", head.display, head.monitor.index);
    }
    text.truncate(text.trim_end_matches(';').len());
    text.push('\n');
    text
}

/// What an earlier Vitrine's viewer says is heard from now on.
pub(super) fn take_over(process: Process) -> (Process, Option<pipe::Receiver>) {
    let path = format!("/proc/{}/fd/2", process.pid().as_raw_pid());
    let pipe = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path);
    let stderr = pipe.and_then(pipe::Receiver::from_file);
    if let Err(error) = &stderr {
        debug!(pid = process.pid().as_raw_pid(), "what the viewer says is not heard: {error}");
    }
    (process, stderr.ok())
}
