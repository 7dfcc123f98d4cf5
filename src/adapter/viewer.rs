//! Viewers: one `virt-viewer --kiosk` process for each exhibit that is shown.
//!
//! Every viewer has a configuration folder of its own, `RUNTIME_DIR/viewer/EXHIBIT`, with the mapping of
//! guest displays to monitors and a style sheet that paints everything of the viewer's own black. It is told
//! to quit when it loses its connection, and is then launched anew: that is faster than its `--reconnect`,
//! and never leaves a "Waiting for guest domain" behind.
//!
//! Viewers outlive a Vitrine that dies, and the next one takes them over: what they write goes into a pipe of which
//! they hold both ends, so that it never breaks and never fills up on them.

mod left;
mod process;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use self::left::Left;
use self::process::Process;
use super::Events;
use crate::core::effect::{OrphanViewer, ViewerPlan};
use crate::core::event::Event;
use crate::core::types::{ExhibitId, LaunchId};
use crate::host;
use crate::life;

/// How long a viewer may take to end by itself when it is asked to.
const GRACE: Duration = Duration::from_secs(1);

/// What a viewer said last is read for so long after its end; something else may hold the other end open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// `O_NONBLOCK`, as `open` takes it.
const NONBLOCK: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

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
    EndLeft,
    EndAll(oneshot::Sender<()>),
}

/// Speaks to the viewers.
#[derive(Clone, Debug)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    left: Arc<[OrphanViewer]>,
}

impl Handle {
    /// The viewers of an earlier Vitrine that lived at the start and could be taken over.
    pub fn left(&self) -> &[OrphanViewer] {
        &self.left
    }

    /// Launches a viewer, or takes over one that an earlier Vitrine left, if that shows the same in the same place.
    /// Any other one of the exhibit is ended first, if it still lives. `Event::ViewerStarted` follows, and
    /// `Event::ViewerExited` in any case.
    pub fn launch(&self, plan: ViewerPlan) {
        let _ = self.orders.send(Order::Launch(plan));
    }

    /// Ends a viewer: politely, and after a second by force. `Event::ViewerExited` follows.
    pub fn end(&self, exhibit: ExhibitId, launch: LaunchId) {
        let _ = self.orders.send(Order::End(exhibit, launch));
    }

    /// Ends the viewers of an earlier Vitrine that have not been taken over.
    pub fn end_left(&self) {
        let _ = self.orders.send(Order::EndLeft);
    }

    /// Ends all viewers, also those of an earlier Vitrine; returns when the last of them is gone.
    pub async fn end_all(&self) {
        let (done, wait) = oneshot::channel();
        if self.orders.send(Order::EndAll(done)).is_ok() {
            let _ = wait.await;
        }
    }
}

/// Starts the adapter within the present tokio runtime. Viewers live on when all handles are dropped; end
/// them first.
pub fn spawn(settings: Settings, events: Events) -> Handle {
    let (sender, orders) = mpsc::unbounded_channel();
    let left = left::find(&settings);
    let handle =
        Handle { orders: sender, left: left.iter().filter_map(|left| left.viewer.clone()).collect() };
    let viewers = Viewers { settings, events, running: HashMap::new(), left, ending: Vec::new() };
    tokio::spawn(viewers.serve(orders));
    handle
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

struct Viewers {
    settings: Settings,
    events: Events,
    running: HashMap<ExhibitId, Running>,
    /// Those of an earlier Vitrine.
    left: Vec<Left>,
    /// Those of them that are on their way out.
    ending: Vec<(Arc<Left>, JoinHandle<()>)>,
}

impl Viewers {
    async fn serve(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        let life = life::begin("the viewers");
        loop {
            let order = tokio::select! {
                order = orders.recv() => order,
                () = life.round() => continue,
            };
            let Some(order) = order else { return };
            match order {
                Order::Launch(plan) => self.launch(plan),
                Order::End(exhibit, launch) => {
                    if let Some(viewer) = self.running.get(&exhibit).filter(|viewer| viewer.launch == launch)
                    {
                        viewer.stop();
                    }
                }
                Order::EndLeft => self.end_left(|_| true),
                Order::EndAll(done) => {
                    self.end_left(|_| true);
                    self.running.values().for_each(Running::stop);
                    let running = self.running.drain().map(|(_, viewer)| viewer.task);
                    for task in running.chain(self.ending.drain(..).map(|(_, task)| task)) {
                        let _ = life.during(task).await;
                    }
                    let _ = done.send(());
                }
            }
        }
    }

    fn launch(&mut self, plan: ViewerPlan) {
        let found = self.left.iter().position(|left| left.shows(&plan) && left.process.lives());
        let inherited = found.map(|place| self.left.swap_remove(place).process);
        self.end_left(|left| left.is_in_the_way(&plan));
        let in_the_way = self.ending.extract_if(.., |(left, _)| left.is_in_the_way(&plan));
        let mut former: Vec<_> = in_the_way.map(|(_, task)| task).collect();
        if let Some(viewer) = self.running.remove(&plan.exhibit) {
            viewer.stop();
            former.push(viewer.task);
        }
        let (stop, stopped) = mpsc::channel(1);
        let (exhibit, launch) = (plan.exhibit, plan.launch);
        let task = attend(self.settings.clone(), plan, self.events.clone(), (inherited, former), stopped);
        self.running.insert(exhibit, Running { launch, stop, task: tokio::spawn(task) });
    }

    fn end_left(&mut self, which: impl Fn(&Left) -> bool) {
        for left in self.left.extract_if(.., |left| which(left)) {
            debug!(exhibit = left.name, "a viewer of an earlier Vitrine is ended");
            let left = Arc::new(left);
            let ended = Arc::clone(&left);
            let task = tokio::spawn(async move {
                if let Err(error) = left.process.end(GRACE).await {
                    warn!("{}: the viewer's end cannot be waited for: {error}", left.name);
                }
            });
            self.ending.push((ended, task));
        }
    }
}

/// One viewer from its launch to its end. A former one ends first.
async fn attend(
    settings: Settings,
    plan: ViewerPlan,
    events: Events,
    (inherited, former): (Option<Process>, Vec<JoinHandle<()>>),
    mut stopped: mpsc::Receiver<()>,
) {
    let _guard = life::guard("a viewer's attendant");
    for former in former {
        let _ = former.await;
    }
    let (exhibit, launch) = (plan.exhibit, plan.launch);
    let taken_over = inherited.is_some();
    let viewer = match inherited {
        Some(process) => Ok(take_over(process)),
        None => start(&settings, &plan),
    };
    let reason = match viewer {
        Ok((process, words)) => {
            let pid = process.pid().as_raw_pid().unsigned_abs();
            debug!(exhibit = plan.name, pid, taken_over, "viewer started");
            events.send(Event::ViewerStarted { exhibit, launch, pid });
            watch(process, words, &plan.name, &mut stopped).await
        }
        Err(reason) => reason,
    };
    debug!(exhibit = plan.name, reason, "viewer ended");
    events.send(Event::ViewerExited { exhibit, launch, reason });
}

/// What an earlier Vitrine's viewer says is heard from now on.
fn take_over(process: Process) -> (Process, Option<pipe::Receiver>) {
    let path = format!("/proc/{}/fd/2", process.pid().as_raw_pid());
    let pipe = OpenOptions::new().read(true).custom_flags(NONBLOCK).open(path);
    let words = pipe.and_then(pipe::Receiver::from_file);
    if let Err(error) = &words {
        debug!(pid = process.pid().as_raw_pid(), "what the viewer says is not heard: {error}");
    }
    (process, words.ok())
}

fn start(settings: &Settings, plan: &ViewerPlan) -> Result<(Process, Option<pipe::Receiver>), String> {
    let folder = settings.runtime_dir.join("viewer").join(&plan.name);
    prepare(&folder, plan)
        .map_err(|e| format!("the viewer's settings in {} cannot be written: {e}", folder.display()))?;
    let mut command = Command::new(&settings.program);
    command.args(arguments(settings, &plan.uuid)).env_clear();
    command.envs(PASSED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    if let Some(display) = &settings.display {
        command.env("DISPLAY", display);
    }
    command
        .env("XDG_CONFIG_HOME", &folder)
        .env(left::SPOTS, left::write_spots(&plan.spots()))
        .env(left::VM, &plan.vm)
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
        .stdout(Stdio::null());
    let system = |error: io::Error| format!("the system refuses a pipe or a descriptor: {error}");
    let (reader, writer) = unbreakable_pipe().map_err(system)?;
    let words = pipe::Receiver::from_owned_fd(reader).map_err(system)?;
    let child = command.stderr(writer).spawn().map_err(|error| {
        let program = settings.program.display();
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!("there is no program {program}; install the package virt-viewer")
            }
            _ => format!("{program} cannot be run: {error}"),
        }
    })?;
    Ok((Process::hold_child(child).map_err(system)?, Some(words)))
}

/// A pipe whose writing end is a reading end, too: who has it can write even if nobody listens. What does not find
/// room then is lost.
fn unbreakable_pipe() -> io::Result<(OwnedFd, File)> {
    let (reader, writer) = io::pipe()?;
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let both = OpenOptions::new().read(true).write(true).custom_flags(NONBLOCK).open(path)?;
    Ok((reader.into(), both))
}

/// The command line of virt-viewer 11. With `--wait` a domain that is off is waited for in silence; without
/// it a chooser is opened.
fn arguments(settings: &Settings, uuid: &str) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--connect".into(), settings.uri.clone().into()];
    arguments.extend(["--kiosk", "--kiosk-quit=on-disconnect", "--wait", "--uuid"].map(Into::into));
    arguments.push(uuid.into());
    arguments
}

/// Writes the viewer's configuration folder. Nothing in it is worth keeping over a power cut.
fn prepare(folder: &Path, plan: &ViewerPlan) -> io::Result<()> {
    // In one step, so that a viewer that is just starting never reads half of a file.
    host::replace(&folder.join("virt-viewer/settings"), &mapping(plan))?;
    host::replace(&folder.join("gtk-3.0/gtk.css"), STYLE)?;
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

/// Waits for a viewer's end, and brings it about when told to. Returns how it ended, for people.
async fn watch(
    mut process: Process,
    words: Option<pipe::Receiver>,
    name: &str,
    stopped: &mut mpsc::Receiver<()>,
) -> String {
    let listener = words.map(|words| tokio::spawn(listen(words, name.to_owned())));
    let mut told = false;
    let ended = tokio::select! {
        ended = process.ended() => ended,
        // A closed channel is the adapter's end, which leaves viewers alone.
        Some(()) = stopped.recv() => {
            told = true;
            process.end(GRACE).await
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
    let status = process.status();
    match ended {
        _ if told => "it was ended by Vitrine".into(),
        Ok(()) => describe(status, complaint.as_deref()),
        Err(error) => {
            warn!("{name}: the viewer's end cannot be waited for: {error}");
            format!("its end is not known: {error}")
        }
    }
}

/// Writes a viewer's complaints to the log; returns the last one.
async fn listen(words: pipe::Receiver, name: String) -> Option<String> {
    let mut lines = BufReader::new(words).split(b'\n');
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

fn describe(status: Option<ExitStatus>, complaint: Option<&str>) -> String {
    let mut text = match status.map(|status| (status.code(), status.signal())) {
        Some((Some(0), _)) => "it quit by itself, as it does when the VM's display goes away".to_owned(),
        Some((Some(code), _)) => format!("it failed with exit code {code}"),
        Some((None, Some(signal))) => format!("it was killed by signal {signal}"),
        Some((None, None)) => "it ended in an unknown way".to_owned(),
        None => "it ended; how is not known, since it was launched before Vitrine was restarted".to_owned(),
    };
    if let Some(complaint) = complaint.filter(|_| status.is_none_or(|status| !status.success())) {
        let _ = write!(text, "; it said last: {complaint}");
    }
    text
}
