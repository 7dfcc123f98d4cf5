//! Viewers: one `virt-viewer --kiosk` process for each exhibit that is shown.
//!
//! Every viewer has a configuration folder of its own, `RUNTIME_DIR/viewer/EXHIBIT`, with the mapping of
//! guest displays to monitors and a style sheet that paints everything of the viewer's own black. It is told
//! to quit when it loses its connection, and is then launched anew: that is faster than its `--reconnect`,
//! and never leaves a "Waiting for guest domain" behind.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use super::Events;
use crate::core::effect::ViewerPlan;
use crate::core::event::Event;
use crate::core::types::{ExhibitId, LaunchId};

/// How long a viewer may take to end by itself when it is asked to.
const GRACE: Duration = Duration::from_secs(1);

/// What a viewer said last is read for so long after its end; something else may hold the other end open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// A line of a viewer's complaints that is longer is cut.
const LINE: usize = 300;

/// What a viewer is given of Vitrine's environment: what it needs to reach the display, libvirt (also by
/// SSH) and the sound server.
const PASSED: &[&str] = &[
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

/// Blank windows, "connecting" texts and the bars beside a picture of another shape are all black.
const STYLE: &str =
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

enum Order {
    Launch(ViewerPlan),
    End(ExhibitId, LaunchId),
    EndAll(oneshot::Sender<()>),
}

/// Speaks to the viewers.
#[derive(Clone, Debug)]
pub struct Handle(mpsc::UnboundedSender<Order>);

impl Handle {
    /// Launches a viewer; the exhibit's former one is ended first, if it still lives. `Event::ViewerStarted`
    /// follows, and `Event::ViewerExited` in any case.
    pub fn launch(&self, plan: ViewerPlan) {
        let _ = self.0.send(Order::Launch(plan));
    }

    /// Ends a viewer: politely, and after a second by force. `Event::ViewerExited` follows.
    pub fn end(&self, exhibit: ExhibitId, launch: LaunchId) {
        let _ = self.0.send(Order::End(exhibit, launch));
    }

    /// Ends all viewers; returns when the last of them is gone.
    pub async fn end_all(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.send(Order::EndAll(done)).is_ok() {
            let _ = wait.await;
        }
    }
}

/// Starts the adapter within the present tokio runtime. Viewers live on when all handles are dropped; end
/// them first.
pub fn spawn(settings: Settings, events: Events) -> Handle {
    let (sender, orders) = mpsc::unbounded_channel();
    tokio::spawn(serve(settings, events, orders));
    Handle(sender)
}

/// A viewer that was launched and may have ended meanwhile.
struct Running {
    launch: LaunchId,
    stop: mpsc::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn stop(&self) {
        // A full channel has been told already, a closed one has ended.
        let _ = self.stop.try_send(());
    }
}

async fn serve(settings: Settings, events: Events, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut running: HashMap<ExhibitId, Running> = HashMap::new();
    while let Some(order) = orders.recv().await {
        match order {
            Order::Launch(plan) => {
                let former = running.remove(&plan.exhibit);
                if let Some(former) = &former {
                    former.stop();
                }
                let (stop, stopped) = mpsc::channel(1);
                let (exhibit, launch) = (plan.exhibit, plan.launch);
                let task = tokio::spawn(attend(settings.clone(), plan, events.clone(), former, stopped));
                running.insert(exhibit, Running { launch, stop, task });
            }
            Order::End(exhibit, launch) => {
                if let Some(viewer) = running.get(&exhibit).filter(|viewer| viewer.launch == launch) {
                    viewer.stop();
                }
            }
            Order::EndAll(done) => {
                running.values().for_each(Running::stop);
                for (_, viewer) in running.drain() {
                    let _ = viewer.task.await;
                }
                let _ = done.send(());
            }
        }
    }
}

/// One viewer from its launch to its end.
async fn attend(
    settings: Settings,
    plan: ViewerPlan,
    events: Events,
    former: Option<Running>,
    mut stopped: mpsc::Receiver<()>,
) {
    if let Some(former) = former {
        let _ = former.task.await;
    }
    let (exhibit, launch) = (plan.exhibit, plan.launch);
    let reason = match start(&settings, &plan) {
        Ok(mut child) => {
            if let Some(pid) = child.id() {
                debug!(exhibit = plan.name, pid, "viewer started");
                events.send(Event::ViewerStarted { exhibit, launch, pid });
            }
            watch(&mut child, &plan.name, &mut stopped).await
        }
        Err(reason) => reason,
    };
    debug!(exhibit = plan.name, reason, "viewer ended");
    events.send(Event::ViewerExited { exhibit, launch, reason });
}

fn start(settings: &Settings, plan: &ViewerPlan) -> Result<Child, String> {
    let folder = settings.runtime_dir.join("viewer").join(&plan.name);
    prepare(&folder, plan)
        .map_err(|e| format!("the viewer's settings in {} cannot be written: {e}", folder.display()))?;
    let mut command = Command::new(&settings.program);
    command.args(arguments(settings, plan)).env_clear();
    command.envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(display) = &settings.display {
        command.env("DISPLAY", display);
    }
    command
        .env("XDG_CONFIG_HOME", &folder)
        // Titles are told apart by their English form, and staff read the messages in the log.
        .env("LC_ALL", "C.UTF-8")
        .env("GDK_BACKEND", "x11")
        // Neither the desktop's settings nor the accessibility bus are waited for.
        .env("GSETTINGS_BACKEND", "memory")
        .env("GTK_USE_PORTAL", "0")
        .env("NO_AT_BRIDGE", "1")
        // A Ctrl-C in Vitrine's terminal is not the viewers' affair.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().map_err(|error| {
        let program = settings.program.display();
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!("there is no program {program}; install the package virt-viewer")
            }
            _ => format!("{program} cannot be run: {error}"),
        }
    })
}

/// The command line of virt-viewer 11. With `--wait` a domain that is off is waited for in silence; without
/// it a chooser is opened.
fn arguments(settings: &Settings, plan: &ViewerPlan) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--connect".into(), settings.uri.clone().into()];
    arguments.extend(["--kiosk", "--kiosk-quit=on-disconnect", "--wait", "--uuid"].map(Into::into));
    arguments.push(plan.uuid.clone().into());
    arguments
}

/// Writes the viewer's configuration folder. Nothing in it is worth keeping over a power cut.
fn prepare(folder: &Path, plan: &ViewerPlan) -> io::Result<()> {
    std::fs::create_dir_all(folder.join("virt-viewer"))?;
    std::fs::create_dir_all(folder.join("gtk-3.0"))?;
    replace(&folder.join("virt-viewer/settings"), &mapping(plan))?;
    replace(&folder.join("gtk-3.0/gtk.css"), STYLE)?;
    // libvirt's aliases and credentials and the sound server's cookie are looked up in the same place.
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
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

/// Writes a file in one step, so that a viewer that is just starting never reads half of it.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, text)?;
    std::fs::rename(&new, path)
}

/// Waits for a viewer's end, and brings it about when told to. Returns how it ended, for people.
async fn watch(child: &mut Child, name: &str, stopped: &mut mpsc::Receiver<()>) -> String {
    let listener = child.stderr.take().map(|stderr| tokio::spawn(listen(stderr, name.to_owned())));
    let mut told = false;
    let status = tokio::select! {
        status = child.wait() => status,
        // A closed channel is the adapter's end, which leaves viewers alone.
        Some(()) = stopped.recv() => {
            told = true;
            signal(child, Signal::TERM);
            // One that was stopped heeds nothing until it goes on.
            signal(child, Signal::CONT);
            match tokio::time::timeout(GRACE, child.wait()).await {
                Ok(status) => status,
                Err(_) => {
                    debug!(exhibit = name, "the viewer does not end by itself; it is killed");
                    signal(child, Signal::KILL);
                    child.wait().await
                }
            }
        }
    };
    let complaint = match listener {
        Some(mut listener) => match tokio::time::timeout(LAST_WORDS, &mut listener).await {
            Ok(last) => last.ok().flatten(),
            Err(_) => {
                listener.abort();
                None
            }
        },
        None => None,
    };
    match status {
        _ if told => "it was ended by Vitrine".into(),
        Ok(status) => describe(status, complaint.as_deref()),
        Err(error) => {
            warn!("{name}: the viewer's end cannot be waited for: {error}");
            format!("its end is not known: {error}")
        }
    }
}

/// To the whole group, so that a wrapper's children end too.
fn signal(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    if let Some(pid) = pid
        && let Err(error) = rustix::process::kill_process_group(pid, signal)
    {
        debug!("the viewer {pid:?} cannot be signalled: {error}");
    }
}

/// Writes a viewer's complaints to the log; returns the last one.
async fn listen(stderr: ChildStderr, name: String) -> Option<String> {
    let mut lines = BufReader::new(stderr).split(b'\n');
    let mut last = None;
    while let Ok(Some(line)) = lines.next_segment().await {
        let line: String = String::from_utf8_lossy(&line).trim().chars().take(LINE).collect();
        if !line.is_empty() {
            debug!(exhibit = name, "viewer: {line}");
            last = Some(line);
        }
    }
    last
}

fn describe(status: ExitStatus, complaint: Option<&str>) -> String {
    let mut text = match (status.code(), status.signal()) {
        (Some(0), _) => "it quit by itself, as it does when the VM's display goes away".to_owned(),
        (Some(code), _) => format!("it failed with exit code {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => "it ended in an unknown way".to_owned(),
    };
    if let Some(complaint) = complaint.filter(|_| !status.success()) {
        let _ = write!(text, "; it said last: {complaint}");
    }
    text
}
