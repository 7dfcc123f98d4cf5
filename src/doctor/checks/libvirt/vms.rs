//! What libvirt knows of the exhibits' VMs.

use super::super::super::facts::libvirt::{Answer, Vm};
use super::super::super::{Command, Exhibit, Fact, Judged, Means, Remedy, Site};
use super::virsh;
use crate::core::types::{PauseReason, Told, VmState};
use crate::words::told;
use std::time::Duration;

/// A job of libvirt's, such as a snapshot on a slow disk, may take this long.
const MAX_JOB: Duration = Duration::from_secs(600);

/// That there is no VM of this name, with what may have been meant, where libvirt's VMs are known.
pub(in crate::doctor::checks) fn missing(site: &Site, vm: &str) -> Option<Told> {
    let (names, uri) = (site.libvirt.names.as_ref().ok()?, site.libvirt.uri.as_ref().ok()?);
    let alike = names.iter().find(|name| is_alike(name, vm));
    Some(match (alike, names.is_empty()) {
        (Some(alike), _) => {
            told!(
                "libvirt has no VM '{vm}' at {uri}, but one called '{alike}'",
                vm = vm,
                uri = uri,
                alike = alike
            )
        }
        (None, true) => told!("libvirt has no VM '{vm}' at {uri}, and no other one", vm = vm, uri = uri),
        (None, false) => told!(
            "libvirt has no VM '{vm}' at {uri}; it has {names}",
            vm = vm,
            uri = uri,
            names = names.join(", ")
        ),
    })
}

/// Names that are the same but for case, `-`, `_`, blanks and an ending.
fn is_alike(name: &str, wanted: &str) -> bool {
    let plain = |name: &str| {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let (name, wanted) = (plain(name), plain(wanted));
    let (short, long) = if name.len() < wanted.len() { (name, wanted) } else { (wanted, name) };
    !short.is_empty() && long.starts_with(&short)
}

/// The exhibit's VM, where libvirt has it.
fn vm<'a>(site: &'a Site, exhibit: &Exhibit) -> Fact<Option<&'a Vm>> {
    site.libvirt.vm(&exhibit.settings.vm)
}

pub(super) fn autostart(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let uri = site.libvirt.uri.as_ref().map_err(Told::clone)?;
    if !*vm.autostart.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Well(told!("libvirt leaves the start of VM '{vm}' to Vitrine", vm = vm.name)));
    }
    Ok(Judged::advice(
        told!(
            "libvirt starts the VM '{vm}' by itself, from its disk, before Vitrine puts it back to its snapshot",
            vm = vm.name
        ),
        Remedy::fix(
            told!("leave its start to Vitrine"),
            [virsh(uri, &["autostart", "--disable", &vm.name])],
            [virsh(uri, &["autostart", &vm.name])],
        ),
    ))
}

pub(super) fn state(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let uri = site.libvirt.uri.as_ref().map_err(Told::clone)?;
    let name = &vm.name;
    let revert = || {
        let words = told!("put the artwork back to its snapshot");
        Remedy::type_in(words, [Command::new(["vitrine", "revert", &exhibit.settings.name])])
    };
    Ok(match vm.state.as_ref().map_err(Told::clone)? {
        VmState::Running => Judged::Well(told!("the VM '{vm}' runs", vm = name)),
        VmState::ShutOff => Judged::Well(told!("the VM '{vm}' is off", vm = name)),
        VmState::ShuttingDown => Judged::Well(told!("the VM '{vm}' is about to be off", vm = name)),
        VmState::Paused(PauseReason::AtWork) => {
            Judged::Well(told!("libvirt is at work on the VM '{vm}' and has paused it for that", vm = name))
        }
        VmState::Paused(PauseReason::IoError) => Judged::ill(
            told!("the VM '{vm}' is paused: a read or a write of its disk failed", vm = name),
            Remedy::type_in(
                told!("see that the disk has room and is sound; then let it go on"),
                [virsh(uri, &["domblkerror", name]), virsh(uri, &["resume", name])],
            ),
        ),
        VmState::Paused(PauseReason::Panicked) | VmState::Crashed => {
            Judged::ill(told!("the guest of VM '{vm}' has crashed", vm = name), revert())
        }
        VmState::Paused(PauseReason::Suspended) => Judged::warning(
            told!("the VM '{vm}' is paused: its picture stands still", vm = name),
            Remedy::type_in(told!("let the VM go on"), [virsh(uri, &["resume", name])]),
        ),
        VmState::Asleep => Judged::ill(
            told!("the guest of VM '{vm}' has put itself to sleep", vm = name),
            Remedy::type_in(
                told!("wake it, and switch energy saving off in the guest before the next snapshot is made"),
                [virsh(uri, &["dompmwakeup", name])],
            ),
        ),
        VmState::Unknown | VmState::Missing => {
            return Err(told!("libvirt does not say how the VM '{vm}' is", vm = name));
        }
    })
}

pub(super) fn frozen(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let uri = site.libvirt.uri.as_ref().map_err(Told::clone)?;
    let name = &vm.name;
    let qemu = site
        .libvirt
        .processes
        .as_ref()
        .ok()
        .and_then(|all| all.iter().find(|process| process.vm.as_deref() == Some(name)));
    if let Some(stopped) = qemu.filter(|process| process.stopped) {
        let evidence =
            told!("QEMU of VM '{vm}' was stopped by a signal (process {pid})", vm = name, pid = stopped.pid);
        let pid = stopped.pid.to_string();
        let go_on = Remedy::type_in(told!("let the VM go on"), [Command::root(["kill", "-CONT", &pid])]);
        return Ok(Judged::ill(evidence, go_on).ruling_out(&[Means::RevertInPlace, Means::Snapshot]));
    }
    let end =
        |words| Remedy::type_in(words, [virsh(uri, &["domjobinfo", name]), virsh(uri, &["destroy", name])]);
    Ok(match vm.answer.as_ref().map_err(Told::clone)? {
        None => Judged::Beside,
        Some(Answer::Answers) => Judged::Well(told!("QEMU of VM '{vm}' answers", vm = name)),
        Some(Answer::AtWork(lasts)) if *lasts < MAX_JOB => Judged::Well(told!(
            "libvirt has been at work on the VM '{vm}' for {lasts}",
            vm = name,
            lasts = *lasts
        )),
        Some(Answer::AtWork(lasts)) => Judged::ill(
            told!("a job of libvirt's has had the VM '{vm}' locked for {lasts}", vm = name, lasts = *lasts),
            end(told!("see what it is at; if it does not move, end the VM: Vitrine starts it anew")),
        )
        .ruling_out(&[Means::RevertInPlace, Means::Snapshot]),
        Some(Answer::Silent(lasts)) => Judged::ill(
            told!("QEMU of VM '{vm}' has not answered libvirt for {lasts}", vm = name, lasts = *lasts),
            end(told!("end the VM: Vitrine starts it anew")),
        )
        .ruling_out(&[Means::RevertInPlace, Means::Snapshot]),
        Some(Answer::Broken) => Judged::ill(
            told!("libvirt can no longer speak to QEMU of VM '{vm}'", vm = name),
            end(told!("end the VM: Vitrine starts it anew")),
        )
        .ruling_out(&[Means::RevertInPlace, Means::Snapshot]),
    })
}

pub(super) fn leftover(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let libvirt = &site.libvirt;
    let name = &exhibit.settings.vm;
    let processes = libvirt.processes.as_ref().map_err(Told::clone)?;
    let mine: Vec<_> = processes.iter().filter(|one| one.vm.as_deref() == Some(name)).collect();
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let runs = match vm.state.as_ref().map_err(Told::clone)? {
        VmState::ShutOff | VmState::Crashed => false,
        VmState::Running
        | VmState::Paused(_)
        | VmState::ShuttingDown
        | VmState::Asleep
        | VmState::Unknown
        | VmState::Missing => true,
    };
    let extra = match (runs, mine.as_slice()) {
        (false, [one, ..]) | (true, [_, one, ..]) => one,
        (_, []) | (true, [_]) => {
            return Ok(Judged::Well(told!("no QEMU of VM '{vm}' is left over", vm = name)));
        }
    };
    let pid = extra.pid.to_string();
    let evidence = told!(
        "a QEMU of VM '{vm}' runs that libvirt does not know (process {pid}); it holds the VM's disk",
        vm = name,
        pid = &pid
    );
    let remedy = Remedy::type_in(
        told!("end that QEMU: what is not in the snapshot is lost"),
        [Command::root(["kill", &pid])],
    );
    Ok(Judged::ill(evidence, remedy).ruling_out(&[Means::Start, Means::Revert, Means::Snapshot]))
}

pub(super) fn log(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    let Some(last) = vm.last_run.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    if !matches!(last.reason.as_str(), "failed" | "crashed" | "unknown") {
        return Ok(Judged::Well(told!("the last run of VM '{vm}' ended in order", vm = vm.name)));
    }
    Ok(Judged::warning(
        told!(
            "the last run of VM '{vm}' ended badly ({reason}): {words}",
            vm = vm.name,
            reason = last.reason,
            words = last.last_words
        ),
        Remedy::type_in(
            told!("see the end of the VM's log"),
            [Command::root(["tail", "-n", "20", &format!("/var/log/libvirt/qemu/{}.log", vm.name)])],
        ),
    ))
}

pub(super) fn agent(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let Some(vm) = vm(site, exhibit)? else { return Ok(Judged::Beside) };
    if exhibit.settings.agent.is_none() {
        return Ok(Judged::Beside);
    }
    Ok(match vm.agent.as_ref().map_err(Told::clone)? {
        None => Judged::Beside,
        Some(true) => Judged::Well(told!("the agent in the guest of VM '{vm}' answers", vm = vm.name)),
        Some(false) => Judged::ill(
            told!(
                "the agent in the guest of VM '{vm}' does not answer, and the exhibit's 'agent' wants it to",
                vm = vm.name
            ),
            Remedy::say(told!(
                "see that qemu-guest-agent is installed in the guest and starts with it, and that the VM has the channel org.qemu.guest_agent.0; then make the snapshot anew"
            )),
        ),
    })
}
