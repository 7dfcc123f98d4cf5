//! Whether a VM's QEMU answers. Everything in here blocks.
//!
//! A QEMU that stands still answers nothing, and whoever asks it waits for ever; libvirt meanwhile says that the VM runs.
//! So it is asked something that it answers within milliseconds, on a thread that may hang, one for each VM. Where no
//! answer comes in time, libvirt is asked what its monitor of that QEMU is at: a job of libvirt's own, such as a snapshot,
//! comes first, and then nothing is known for a while. Only a monitor that has been kept waiting for too long is silent.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use virt::connect::Connect;
use virt::error::Error;

use super::ffi::{self, Monitor};
use super::link::Link;

/// A job of libvirt's own may keep QEMU from answering for so long: writing a guest's memory to a slow disk takes minutes.
const JOB_TIMEOUT: Duration = Duration::from_secs(600);
/// A command that is not Vitrine's, and no job of libvirt's, may take so long: a snapshot that is deleted by
/// `virsh qemu-monitor-command`, say.
const OTHERS_COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// A command that was begun no earlier than this before Vitrine's question is that question.
const SAME_COMMAND: Duration = Duration::from_secs(1);

/// The question to one VM's QEMU that has not come back: no other one is asked meanwhile.
#[derive(Clone, Debug, Default)]
pub(super) struct Question(Arc<Mutex<Option<Open>>>);

/// A question that is out. Its thread tells whether it was answered, and ends.
#[derive(Debug)]
struct Open {
    since: Instant,
    told: Receiver<bool>,
}

/// Whether a VM's QEMU answers within this time; `None` where that cannot be told.
pub(super) fn answers(link: &Arc<Link>, vm: &str, question: &Question, timeout: Duration) -> Option<bool> {
    let mut open = question.0.lock().unwrap_or_else(PoisonError::into_inner);
    // One that has come back late says nothing of now.
    let still_out = open.take().filter(|open| open.told.try_recv() == Err(TryRecvError::Empty));
    let asked = still_out.or_else(|| ask(Arc::clone(link), vm.to_owned()))?;
    match asked.told.recv_timeout(timeout.saturating_sub(asked.since.elapsed())) {
        Ok(answered) => answered.then_some(true),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            let open_for = asked.since.elapsed();
            *open = Some(asked);
            let of = |conn: &Connect| ffi::monitor(&conn.lookup_domain_by_name(vm).ok()?).ok();
            let monitor = link.apart(|conn| Ok(of(conn))).ok().flatten();
            tracing::debug!("QEMU of VM '{vm}' has not answered for {open_for:?}: {monitor:?}");
            monitor.is_some_and(|monitor| is_silent(monitor, open_for, timeout)).then_some(false)
        }
    }
}

/// Asks on a thread of its own, which hangs for as long as QEMU or libvirt does.
fn ask(link: Arc<Link>, vm: String) -> Option<Open> {
    let (tell, told) = mpsc::channel();
    let asking = move || {
        let answered = link.apart(|conn| Ok(query(conn, &vm)));
        drop(link);
        let answered = answered.is_ok_and(|said| {
            said.inspect_err(|error| {
                tracing::debug!("QEMU of VM '{vm}' was asked in vain: {}", error.message())
            })
            .is_ok()
        });
        let _ = tell.send(answered);
    };
    match thread::Builder::new().name("qemu-answers".to_owned()).spawn(asking) {
        Ok(_) => Some(Open { since: Instant::now(), told }),
        Err(error) => {
            tracing::warn!("no thread to ask a QEMU on: {error}");
            None
        }
    }
}

/// Any answer will do.
fn query(conn: &Connect, vm: &str) -> Result<(), Error> {
    conn.lookup_domain_by_name(vm)?.qemu_monitor_command(r#"{"execute":"query-status"}"#, 0).map(drop)
}

/// Whether a monitor at which a question has been open for so long is one that QEMU does not answer.
fn is_silent(monitor: Monitor, open_for: Duration, timeout: Duration) -> bool {
    match monitor {
        // Where libvirt has lost its way to QEMU, the artwork may go on all the same.
        Monitor::Free | Monitor::Broken => false,
        Monitor::AtWork(lasts) => lasts >= timeout.max(JOB_TIMEOUT),
        Monitor::Occupied(lasts) => {
            // libvirt tells this by a clock that may be set meanwhile, so Vitrine's own question decides with it.
            let is_ours = lasts <= open_for + SAME_COMMAND;
            let patience = if is_ours { timeout / 2 } else { timeout.max(OTHERS_COMMAND_TIMEOUT) };
            lasts >= patience
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_is_silent_where_a_command_is_left_unanswered_and_nothing_else_explains_it() {
        let seconds = Duration::from_secs;
        let rows = [
            (Monitor::Free, 3600, false),
            (Monitor::AtWork(seconds(599)), 10, false),
            (Monitor::AtWork(seconds(600)), 10, true),
            (Monitor::Broken, 3600, false),
            // It was another command's turn for most of the time.
            (Monitor::Occupied(seconds(3)), 10, false),
            (Monitor::Occupied(seconds(10)), 10, true),
            (Monitor::Occupied(seconds(11)), 10, true),
            // Somebody else's command, which may take its time.
            (Monitor::Occupied(seconds(12)), 10, false),
            (Monitor::Occupied(seconds(29)), 20, false),
            (Monitor::Occupied(seconds(30)), 20, true),
            (Monitor::Occupied(seconds(100)), 100, true),
        ];
        for (monitor, open_for, silent) in rows {
            assert_eq!(
                is_silent(monitor, seconds(open_for), seconds(10)),
                silent,
                "{monitor:?}, {open_for} s"
            );
        }
        assert!(!is_silent(Monitor::Occupied(seconds(50)), seconds(40), seconds(60)), "slower by choice");
    }
}
