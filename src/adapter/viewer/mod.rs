//! Viewers: one `virt-viewer --kiosk` process for each exhibit that is shown.
//!
//! Every viewer has a configuration folder of its own, `RUNTIME_DIR/viewer/EXHIBIT`, with the mapping of
//! guest displays to monitors and a style sheet that paints everything of the viewer's own black. It is told
//! to quit when it loses its connection, and is then launched anew: that is faster than its `--reconnect`,
//! and never leaves a "Waiting for guest domain" behind.
//!
//! Viewers outlive a Vitrine that dies, and the next one takes them over: what they write goes into a pipe of which
//! they hold both ends, so that it never breaks and never fills up on them.
//!
//! One task has the list of all viewers and does what it is told (here). Each viewer has a task of its own (`attend`), which
//! launches it (`launch`) or takes it over (`orphans`), hears what it says (`voice`), and tells how it ended. What a later Vitrine
//! must know of a viewer stands in its environment (`spots`).

mod attend;
mod launch;
mod orphans;
mod process;
mod spots;
mod voice;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use self::attend::{SIGTERM_TIMEOUT, attend};
pub use self::launch::Settings;
use self::orphans::Orphan;
use super::Events;
use crate::core::effect::{OrphanViewer, ViewerPlan};
use crate::core::types::{ExhibitId, LaunchId};
use crate::life;

enum Command {
    Launch(ViewerPlan),
    End(ExhibitId, LaunchId),
    EndOrphans,
    EndAll(oneshot::Sender<()>),
}

/// Speaks to the viewers.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Command>,
    orphans: Arc<[OrphanViewer]>,
}

impl Handle {
    /// The viewers of an earlier Vitrine that lived at the start and could be taken over.
    pub fn left(&self) -> &[OrphanViewer] {
        &self.orphans
    }

    /// Launches a viewer, or takes over one that an earlier Vitrine left, if that shows the same in the same place.
    /// Any other one of the exhibit is ended first, if it still lives. `Report::ViewerStarted` follows, and
    /// `Event::ViewerExited` in any case.
    pub fn launch(&self, plan: ViewerPlan) {
        let _ = self.commands.send(Command::Launch(plan));
    }

    /// Ends a viewer: politely, and after a second by force. `Event::ViewerExited` follows.
    pub fn end(&self, exhibit: ExhibitId, launch: LaunchId) {
        let _ = self.commands.send(Command::End(exhibit, launch));
    }

    /// Ends the viewers of an earlier Vitrine that have not been taken over.
    pub fn end_left(&self) {
        let _ = self.commands.send(Command::EndOrphans);
    }

    /// Ends all viewers, also those of an earlier Vitrine; returns when the last of them is gone.
    pub async fn end_all(&self) {
        let (done, wait) = oneshot::channel();
        if self.commands.send(Command::EndAll(done)).is_ok() {
            let _ = wait.await;
        }
    }
}

/// Starts the adapter within the present tokio runtime. Viewers live on when all handles are dropped; end
/// them first.
pub fn spawn(settings: Settings, events: Events) -> Handle {
    let (sender, commands) = mpsc::unbounded_channel();
    let orphans = orphans::find(&settings);
    let usable = orphans.iter().filter_map(|orphan| orphan.viewer.clone()).collect();
    let handle = Handle { commands: sender, orphans: usable };
    let viewers = Viewers { settings, events, running: HashMap::new(), orphans, ending: Vec::new() };
    tokio::spawn(viewers.serve(commands));
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
    orphans: Vec<Orphan>,
    /// Those of them that are on their way out.
    ending: Vec<(Arc<Orphan>, JoinHandle<()>)>,
}

impl Viewers {
    async fn serve(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        let life = life::begin("the viewers");
        loop {
            let command = tokio::select! {
                command = commands.recv() => command,
                () = life.round() => continue,
            };
            let Some(command) = command else { return };
            match command {
                Command::Launch(plan) => self.launch(plan),
                Command::End(exhibit, launch) => {
                    if let Some(viewer) = self.running.get(&exhibit).filter(|viewer| viewer.launch == launch)
                    {
                        viewer.stop();
                    }
                }
                Command::EndOrphans => self.end_orphans(|_| true),
                Command::EndAll(done) => {
                    self.end_orphans(|_| true);
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
        let found = self.orphans.iter().position(|orphan| orphan.shows(&plan) && orphan.process.lives());
        let inherited = found.map(|index| self.orphans.swap_remove(index).process);
        self.end_orphans(|orphan| orphan.is_in_the_way(&plan));
        let in_the_way = self.ending.extract_if(.., |(orphan, _)| orphan.is_in_the_way(&plan));
        let mut previous: Vec<_> = in_the_way.map(|(_, task)| task).collect();
        if let Some(viewer) = self.running.remove(&plan.exhibit) {
            viewer.stop();
            previous.push(viewer.task);
        }
        let (stop, stopped) = mpsc::channel(1);
        let (exhibit, launch) = (plan.exhibit, plan.launch);
        let task = attend(self.settings.clone(), plan, self.events.clone(), (inherited, previous), stopped);
        self.running.insert(exhibit, Running { launch, stop, task: tokio::spawn(task) });
    }

    fn end_orphans(&mut self, which: impl Fn(&Orphan) -> bool) {
        for orphan in self.orphans.extract_if(.., |orphan| which(orphan)) {
            debug!(exhibit = orphan.name, "a viewer of an earlier Vitrine is ended");
            let orphan = Arc::new(orphan);
            let ended = Arc::clone(&orphan);
            let task = tokio::spawn(async move {
                if let Err(error) = orphan.process.end(SIGTERM_TIMEOUT).await {
                    warn!("{}: the viewer's end cannot be waited for: {error}", orphan.name);
                }
            });
            self.ending.push((ended, task));
        }
    }
}
