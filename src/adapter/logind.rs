//! logind, over D-Bus: the computer waits for Vitrine when it is switched off, and never sleeps.
//!
//! The interface is that of org.freedesktop.login1(5). A delay inhibitor has logind say `PrepareForShutdown` and then
//! wait, by default for five seconds at most, until the inhibitor is released; block inhibitors refuse sleep and
//! idleness altogether. An inhibitor is a file descriptor, released by being closed.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{debug, warn};
use zbus::connection;
use zbus::zvariant::{OwnedFd, OwnedObjectPath};

use super::bus;
use crate::core::types::{Backoff, Told};
use crate::host::WarnOnce;
use crate::life;
use crate::words::told;

/// The pauses between tries to reach a logind that was lost: without it, a power-down does not wait for the VMs.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

/// How logind calls the session of the caller, or else the one that the caller's user has on a screen.
const ON_SCREEN: &str = "auto";
/// A wish that logind could not be told of within this time is no longer one: what it was for may be over.
const WISH_TIMEOUT: Duration = Duration::from_secs(10);

/// What logind tells of the computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogindEvent {
    /// The computer is about to be switched off or restarted.
    PoweringDown,
    /// It is not restarted.
    RebootRefused {
        /// Why not, for people.
        reason: Told,
    },
    /// The session is not ended.
    SessionEndRefused {
        /// Why not, for people.
        reason: Told,
    },
}

/// What logind is asked for.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Reboot,
    EndSession,
}

impl Wish {
    /// That it is not done.
    fn refused(self, reason: Told) -> LogindEvent {
        match self {
            Self::Reboot => LogindEvent::RebootRefused { reason },
            Self::EndSession => LogindEvent::SessionEndRefused { reason },
        }
    }
}

/// Holds the inhibitors, until it is released.
#[derive(Debug)]
pub struct Handle {
    /// Holds them: it ends with [`Handle::release`].
    task: JoinHandle<()>,
    wishes: mpsc::UnboundedSender<(Wish, Instant)>,
}

impl Handle {
    /// Has the computer restarted, as `systemctl reboot` does: programs are told, and may delay it a little. What
    /// comes back is [`LogindEvent::PoweringDown`] or [`LogindEvent::RebootRefused`].
    pub fn reboot(&self) {
        // The task lives as long as this handle.
        let _ = self.wishes.send((Wish::Reboot, Instant::now()));
    }

    /// Has the session ended that Vitrine belongs to, with all its programs. Where that cannot be had, what comes back is
    /// [`LogindEvent::SessionEndRefused`].
    pub fn end_session(&self) {
        let _ = self.wishes.send((Wish::EndSession, Instant::now()));
    }

    /// Releases the inhibitors: the computer may go on to switch itself off.
    pub async fn release(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1",
    gen_blocking = false
)]
trait Manager {
    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::Result<OwnedFd>;

    fn reboot(&self, interactive: bool) -> zbus::Result<()>;

    fn terminate_session(&self, session_id: &str) -> zbus::Result<()>;

    fn get_session(&self, session_id: &str) -> zbus::Result<OwnedObjectPath>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn preparing_for_shutdown(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn prepare_for_shutdown(&self, start: bool) -> zbus::Result<()>;
}

/// Takes the inhibitors from the logind of the machine's bus, or of the one at this address, and again whenever
/// logind has been away. `session` is the one that Vitrine was started in, by logind's name for it
/// (`$XDG_SESSION_ID`, pam_systemd(8)).
pub fn spawn(
    address: Option<String>,
    session: Option<String>,
) -> (Handle, mpsc::UnboundedReceiver<LogindEvent>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (wishes, mut asked) = mpsc::unbounded_channel::<(Wish, Instant)>();
    // Every call that it waits for has an end.
    let talk = async move {
        let (mut pause, mut unreachable) = (RETRY_PAUSES.first, WarnOnce::default());
        loop {
            let mut held = false;
            let Err(lost) =
                hold(address.as_deref(), session.as_deref(), &sender, &mut asked, &mut held).await;
            if held {
                pause = RETRY_PAUSES.first;
                unreachable.went_well();
            }
            unreachable.failed(|| {
                warn!(
                    "logind cannot be reached ({lost}): when the computer is switched off, it does not wait for the \
                     VMs. It is tried again"
                );
            });
            let mut rest = pin!(sleep(pause));
            loop {
                tokio::select! {
                    () = &mut rest => break,
                    Some((wish, _)) = asked.recv() => {
                        let reason = told!("logind cannot be reached: {why}", why = lost);
                        let _ = sender.send(wish.refused(reason));
                    }
                }
            }
            pause = RETRY_PAUSES.next(pause);
        }
    };
    let task = tokio::spawn(async move { life::begin("logind's adapter").during(talk).await });
    (Handle { task, wishes }, receiver)
}

/// Why something is not done: logind's own words, or that it could not be asked.
fn refusal(error: zbus::Error) -> Told {
    if matches!(error, zbus::Error::MethodError(..)) {
        return error.into();
    }
    told!("logind cannot be reached: {why}", why = Told::from(error))
}

/// Holds the inhibitors until logind is lost.
async fn hold(
    address: Option<&str>,
    own_session: Option<&str>,
    events: &mpsc::UnboundedSender<LogindEvent>,
    wishes: &mut mpsc::UnboundedReceiver<(Wish, Instant)>,
    held: &mut bool,
) -> Result<std::convert::Infallible, Told> {
    let builder = match address {
        Some(address) => connection::Builder::address(address)?,
        None => connection::Builder::system()?,
    };
    let conn = bus::connect(builder).await?;
    let manager = ManagerProxy::new(&conn).await?;
    let mut signals = manager.receive_prepare_for_shutdown().await?;
    let mut owners = manager.inner().receive_owner_changed().await?;
    let who = "Vitrine";
    let _delay = manager.inhibit("shutdown", who, "ends the artworks' virtual machines", "delay").await?;
    // A right of its own (polkit: inhibit-block-sleep), which somebody may have been refused.
    let _block = manager.inhibit("sleep:idle", who, "artworks are on display", "block").await;
    if let Err(error) = &_block {
        warn!(
            "logind does not let Vitrine forbid sleep ({error}); see that nothing sends this computer to sleep"
        );
    }
    *held = true;
    debug!("logind's inhibitors are held");
    if manager.preparing_for_shutdown().await? {
        let _ = events.send(LogindEvent::PoweringDown);
    }
    loop {
        tokio::select! {
            signal = signals.next() => {
                let signal = signal.ok_or_else(bus::gone)?;
                if *signal.args()?.start() {
                    let _ = events.send(LogindEvent::PoweringDown);
                }
            }
            Some((wish, at)) = wishes.recv() => {
                let done = match wish {
                    _ if at.elapsed() > WISH_TIMEOUT => {
                        let seconds = WISH_TIMEOUT.as_secs();
                        Err(told!("logind could not be reached within {seconds} s", seconds = seconds))
                    }
                    Wish::Reboot => manager.reboot(false).await.map_err(refusal),
                    Wish::EndSession => {
                        let session = session(&conn, &manager, own_session).await;
                        manager.terminate_session(&session).await.map_err(refusal)
                    }
                };
                if let Err(reason) = done {
                    let _ = events.send(wish.refused(reason));
                }
            }
            owner = owners.next() => match owner {
                // The first one tells who it is now.
                Some(Some(_)) => {}
                Some(None) | None => return Err(told!("logind has left the bus")),
            },
        }
    }
}

/// The session that Vitrine belongs to, by the name that logind knows it by. As a unit of the user's systemd Vitrine is
/// in none itself; then the one counts that `vitrine-session` has told, or else the one that logind holds for the
/// user's on a screen. What was told may be of a session before, which has ended meanwhile; and that of somebody who has
/// logged in from afar, and started Vitrine by hand, has no screen.
async fn session(conn: &zbus::Connection, manager: &ManagerProxy<'_>, own: Option<&str>) -> String {
    let Some(own) = own else { return ON_SCREEN.to_owned() };
    let has_screen = async {
        let session = SessionProxy::new(conn, manager.get_session(own).await?).await?;
        Ok::<_, zbus::Error>(!session.remote().await? && session.state().await? != "closing")
    };
    // Where it cannot be looked at, there is none of that name.
    if has_screen.await.unwrap_or(false) { own.to_owned() } else { ON_SCREEN.to_owned() }
}

#[zbus::proxy(
    interface = "org.freedesktop.login1.Session",
    default_service = "org.freedesktop.login1",
    gen_blocking = false
)]
trait Session {
    #[zbus(property(emits_changed_signal = "false"))]
    fn remote(&self) -> zbus::Result<bool>;

    #[zbus(property(emits_changed_signal = "false"))]
    fn state(&self) -> zbus::Result<String>;
}
