//! Signs of life of one VM, for who runs no adapter: whether its QEMU and its guest's agent answer, and what libvirt is at
//! with it.

use std::thread;
use std::time::Duration;

use virt::connect::Connect;
use virt::domain::Domain;

use super::question::{Unanswered, ask, ask_of, ask_read_only, words};
use super::{ffi, measure};
use crate::core::types::Told;
use crate::words::told;

/// What a VM's QEMU says, and libvirt of it.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// Whether QEMU answers.
    pub qemu: Result<QemuAnswer, Told>,
    /// Whether the guest's agent answers; not asked where QEMU does not.
    pub agent: Result<bool, Told>,
}

/// How a QEMU takes a question that it answers within milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QemuAnswer {
    /// It answers.
    Answers,
    /// libvirt waits for an answer of it, for so long already.
    Silent(Duration),
    /// A job of libvirt's, begun so long ago, comes first.
    AtWork(Duration),
    /// libvirt cannot speak to it any more.
    Broken,
}

/// Asks a VM that runs. Each of the two questions may take this long.
///
/// # Errors
/// Why libvirt could not be asked at all, for people.
pub fn vitals(uri: &str, vm: &str, agent: bool, within: Duration) -> Result<Vitals, Told> {
    let asked = ask_of(uri, vm, within, |domain| {
        domain.qemu_monitor_command(r#"{"execute":"query-status"}"#, 0).map(drop).map_err(words)
    });
    let qemu = match asked {
        Ok(()) => Ok(QemuAnswer::Answers),
        Err(Unanswered::Refused(why)) => Err(why),
        // What libvirt says of its monitor never hangs.
        Err(Unanswered::Late(_)) => ask_of(uri, vm, within, control).map_err(Told::from),
    };
    let agent = match qemu {
        Ok(QemuAnswer::Answers) if agent => ping(uri, vm, within),
        Ok(_) | Err(_) => Err(told!("it was not asked for")),
    };
    Ok(Vitals { qemu, agent })
}

fn control(domain: &Domain) -> Result<QemuAnswer, Told> {
    Ok(match ffi::monitor(domain).map_err(|error| Told::text(error.to_string()))? {
        ffi::Monitor::Free => QemuAnswer::Answers,
        ffi::Monitor::AtWork(lasts) => QemuAnswer::AtWork(lasts),
        ffi::Monitor::Occupied(lasts) => QemuAnswer::Silent(lasts),
        ffi::Monitor::Broken => QemuAnswer::Broken,
    })
}

/// Whether two looks at the picture on a VM's first display, so far apart, see different ones.
///
/// # Errors
/// Why it could not be looked at within this time, for people.
pub fn moves(uri: &str, vm: &str, apart: Duration, within: Duration) -> Result<bool, Told> {
    let vm = vm.to_owned();
    let asked = ask(uri, within, move |conn| {
        let domain = conn.lookup_domain_by_name(&vm).map_err(words)?;
        let first = measure::picture(conn, &domain).map_err(words)?;
        thread::sleep(apart);
        Ok(first != measure::picture(conn, &domain).map_err(words)?)
    });
    asked.map_err(Told::from)
}

/// libvirt gives up by itself, so nothing hangs where the agent does.
fn ping(uri: &str, vm: &str, within: Duration) -> Result<bool, Told> {
    let seconds = i32::try_from(within.as_secs().max(1)).unwrap_or(1);
    let grace = Duration::from_secs(1);
    let asked = ask_of(uri, vm, within + grace, move |domain| {
        Ok(domain.qemu_agent_command(r#"{"execute":"guest-ping"}"#, seconds, 0).is_ok())
    });
    match asked {
        Ok(answers) => Ok(answers),
        Err(Unanswered::Late(_)) => Ok(false),
        Err(Unanswered::Refused(why)) => Err(why),
    }
}

/// Whether a VM of this name is known at another URI, which is only read.
///
/// # Errors
/// Why it could not be asked, for people.
pub fn has_vms(uri: &str, vms: &[String], within: Duration) -> Result<Vec<String>, Told> {
    let vms = vms.to_vec();
    let asked = ask_read_only(uri, within, |conn| {
        Ok(vms.into_iter().filter(|vm| conn.lookup_domain_by_name(vm).is_ok()).collect())
    });
    asked.map_err(Told::from)
}

/// The version of the library that this program uses: 1,000,000 × major + 1,000 × minor + release.
///
/// # Errors
/// libvirt's words.
pub fn library_version() -> Result<u32, Told> {
    Connect::version().map_err(|error| Told::text(error.message()))
}
