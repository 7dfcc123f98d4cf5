//! Speaking to the agent within a guest, through libvirt. Everything in here blocks.

use std::thread;
use std::time::Duration;

use virt::connect::Connect;
use virt::error::ErrorNumber;

use super::job::Job;
use crate::core::types::Failure;
use crate::host;
use crate::words::told;

/// How long an agent may take to set the clock, in whole seconds as libvirt wants it.
const SET_TIME_TIMEOUT: i32 = 5;
/// How often an agent is tried that does not answer: after a revert its channel may take a moment to be opened again.
const MAX_SET_TIME_ATTEMPTS: u32 = 5;
/// The pause between two such attempts.
const SET_TIME_INTERVAL: Duration = Duration::from_secs(1);

/// Asks the guest agent for a sign of life; `seconds` is how long it may take, as libvirt wants it.
pub(super) fn ping(conn: &Connect, vm: &str, seconds: i32) -> Result<bool, Failure> {
    let job = Job::new(conn, vm, told!("pinging the guest agent of VM '{vm}'", vm = vm));
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    match domain.qemu_agent_command(r#"{"execute":"guest-ping"}"#, seconds, 0) {
        Ok(_) => Ok(true),
        Err(error) => {
            tracing::debug!("the guest agent of VM '{vm}' did not answer: {}", error.message());
            Ok(false)
        }
    }
}

/// Tells a guest the time through its agent, where one answers. Nothing depends on it.
///
/// Not `virDomainSetTime`: that waits for the agent without end.
pub(super) fn set_time(conn: &Connect, vm: &str) -> Result<(), Failure> {
    let job = Job::new(conn, vm, told!("setting the clock of VM '{vm}'", vm = vm));
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    for _ in 0..MAX_SET_TIME_ATTEMPTS {
        let now = host::since_epoch().as_nanos();
        let command = format!(r#"{{"execute":"guest-set-time","arguments":{{"time":{now}}}}}"#);
        match domain.qemu_agent_command(&command, SET_TIME_TIMEOUT, 0) {
            Ok(_) => {
                tracing::debug!("the clock of VM '{vm}' was set");
                return Ok(());
            }
            Err(error) if error.code().is(ErrorNumber::AgentUnresponsive) => thread::sleep(SET_TIME_INTERVAL),
            Err(error) => return Err(job.failed(&error)),
        }
    }
    tracing::debug!("the agent of VM '{vm}' does not answer; its clock stays as it is");
    Ok(())
}
