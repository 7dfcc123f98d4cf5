//! logind, over D-Bus: the computer waits for Vitrine when it is switched off, and never sleeps.
//!
//! The interface is that of org.freedesktop.login1(5). A delay inhibitor has logind say `PrepareForShutdown` and then
//! wait, by default for five seconds at most, until the inhibitor is released; block inhibitors refuse sleep and
//! idleness altogether. An inhibitor is a file descriptor, released by being closed.

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tracing::{debug, warn};
use zbus::connection;
use zbus::zvariant::OwnedFd;

use super::bus;
use crate::core::types::{Backoff, Told};
use crate::host::WarnOnce;
use crate::life;
use crate::words::told;

/// The pauses between tries to reach a logind that was lost: without it, a power-down does not wait for the VMs.
const RETRY_PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

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
}

/// Holds the inhibitors, until it is released.
#[derive(Debug)]
pub struct Handle {
    /// Holds them: it ends with [`Handle::release`].
    task: JoinHandle<()>,
    reboots: mpsc::UnboundedSender<()>,
}

impl Handle {
    /// Has the computer restarted, as `systemctl reboot` does: programs are told, and may delay it a little. What
    /// comes back is [`LogindEvent::PoweringDown`] or [`LogindEvent::RebootRefused`].
    pub fn reboot(&self) {
        // The task lives as long as this handle.
        let _ = self.reboots.send(());
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

    #[zbus(property(emits_changed_signal = "false"))]
    fn preparing_for_shutdown(&self) -> zbus::Result<bool>;

    #[zbus(signal)]
    fn prepare_for_shutdown(&self, start: bool) -> zbus::Result<()>;
}

/// Takes the inhibitors from the logind of the machine's bus, or of the one at this address, and again whenever
/// logind has been away.
pub fn spawn(address: Option<String>) -> (Handle, mpsc::UnboundedReceiver<LogindEvent>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (reboots, mut asked) = mpsc::unbounded_channel();
    // Every call that it waits for has an end.
    let talk = async move {
        let (mut pause, mut unreachable) = (RETRY_PAUSES.first, WarnOnce::default());
        loop {
            let mut held = false;
            let Err(lost) = hold(address.as_deref(), &sender, &mut asked, &mut held).await;
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
                    Some(()) = asked.recv() => {
                        let reason = told!("logind cannot be reached: {why}", why = lost);
                        let _ = sender.send(LogindEvent::RebootRefused { reason });
                    }
                }
            }
            pause = RETRY_PAUSES.next(pause);
        }
    };
    let task = tokio::spawn(async move { life::begin("logind's adapter").during(talk).await });
    (Handle { task, reboots }, receiver)
}

/// Why the computer is not restarted: logind's own words, or that it could not be asked.
fn refusal(error: zbus::Error) -> Told {
    if matches!(error, zbus::Error::MethodError(..)) {
        return error.into();
    }
    told!("logind cannot be reached: {why}", why = Told::from(error))
}

/// Holds the inhibitors until logind is lost.
async fn hold(
    address: Option<&str>,
    events: &mpsc::UnboundedSender<LogindEvent>,
    reboots: &mut mpsc::UnboundedReceiver<()>,
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
            Some(()) = reboots.recv() => {
                if let Err(error) = manager.reboot(false).await {
                    let _ = events.send(LogindEvent::RebootRefused { reason: refusal(error) });
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
