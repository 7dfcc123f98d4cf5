//! Finds out about libvirt's daemons: `conf` reads their settings, `processes` who runs, `log` how a VM ended.

mod conf;
mod log;
mod processes;
mod reach;
mod units;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Ground, program};
use crate::adapter::libvirt::{self as adapter, QemuAnswer};
use crate::core::types::{ExhibitSettings, PauseReason, Told, VmState};
use crate::doctor::Fact;
use crate::doctor::facts::libvirt::{
    Answer, Certificate, CertificateState, Elsewhere, GuestsService, Libvirt, Unit, Vm,
};
use crate::vm::Uri;
use crate::words::told;

/// How long a QEMU, and then its guest's agent, may take to answer. One that works does within milliseconds.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// How long a small program may take.
const PROGRAM_TIME: Duration = Duration::from_secs(3);

pub(super) fn gather(ground: &Ground) -> Libvirt {
    thread::scope(|scope| {
        let vms = scope.spawn(|| vms(ground));
        let elsewhere = scope.spawn(|| elsewhere(ground));
        let units = units::read();
        let found = Libvirt {
            uri: Ok(ground.asked.uri.clone()),
            reach: super::foreign(&ground.asked, rustix::process::geteuid().as_raw())
                .map_or_else(|| Ok(reach::of(ground.libvirt.as_ref().err())), Err),
            elsewhere: Ok(None),
            names: names(ground),
            library: adapter::library_version(),
            daemon: looked(ground, |looked| looked.version.clone()),
            qemu: looked(ground, |looked| looked.qemu_version.clone()),
            processes: processes::read(),
            qemu_conf: conf::read(&conf_file(ground, "qemu.conf")),
            daemon_conf: conf::read(&daemon_conf_file(ground)),
            guests: units.as_ref().map_err(Told::clone).and_then(guests_service),
            log_socket: fs::read_to_string("/proc/net/unix")
                .map(|sockets| listens(&sockets, "/run/libvirt/virtlogd-sock"))
                .map_err(|error| Told::text(error.to_string())),
            hooks: hooks(Path::new("/etc/libvirt/hooks")),
            bus: bus(),
            polkit: polkit(),
            certificates: certificates(&ground.asked.uri),
            vms: Ok(Vec::new()),
            units,
        };
        let panicked = || told!("the thread that looked at libvirt has ended");
        Libvirt {
            vms: vms.join().unwrap_or_else(|_| Err(panicked())),
            elsewhere: elsewhere.join().unwrap_or_else(|_| Err(panicked())),
            ..found
        }
    })
}

/// Whether somebody listens there, by `/proc/net/unix` (proc(5), <linux/net.h>): a socket's file may outlive its unit.
fn listens(sockets: &str, path: &str) -> bool {
    sockets.lines().any(|line| {
        let mut words = line.split_whitespace();
        // Num, RefCount, Protocol, Flags, Type, St, Inode, Path; __SO_ACCEPTCON is 1 << 16.
        words.nth(3) == Some("00010000") && words.nth(3) == Some(path)
    })
}

fn looked<T>(ground: &Ground, pick: impl FnOnce(&adapter::Looked) -> Fact<T>) -> Fact<T> {
    ground.libvirt.as_ref().map_err(Told::clone).and_then(pick)
}

fn names(ground: &Ground) -> Fact<Vec<String>> {
    looked(ground, |looked| {
        let vms = looked.vms.as_ref().map_err(Told::clone)?;
        Ok(vms.iter().map(|vm| vm.name.clone()).collect())
    })
}

fn is_session(ground: &Ground) -> bool {
    Uri::read(&ground.asked.uri).is_of_user()
}

/// Where libvirt's settings are, of the system or of the user (<https://libvirt.org/files.html>).
fn conf_file(ground: &Ground, name: &str) -> PathBuf {
    if is_session(ground) {
        ground.asked.user.home.join(".config/libvirt").join(name)
    } else {
        Path::new("/etc/libvirt").join(name)
    }
}

/// The settings of the daemon that speaks for QEMU: of the whole libvirt, where that is installed.
fn daemon_conf_file(ground: &Ground) -> PathBuf {
    let monolithic = conf_file(ground, "libvirtd.conf");
    let modular = conf_file(ground, "virtqemud.conf");
    if !monolithic.exists() && modular.exists() { modular } else { monolithic }
}

fn vms(ground: &Ground) -> Fact<Vec<Vm>> {
    let known = looked(ground, |looked| looked.vms.clone())?;
    let mine: Vec<_> = ground
        .asked
        .exhibits
        .iter()
        .filter_map(|exhibit| Some((exhibit, known.iter().find(|vm| vm.name == exhibit.vm)?)))
        .collect();
    // A QEMU that hangs costs its time once, not once for each VM.
    let all = thread::scope(|scope| {
        let each: Vec<_> =
            mine.into_iter().map(|(exhibit, vm)| scope.spawn(move || of_vm(ground, exhibit, vm))).collect();
        each.into_iter().map(|one| one.join().ok()).collect::<Option<Vec<_>>>()
    });
    all.ok_or_else(|| told!("the thread that looked at libvirt has ended"))
}

fn of_vm(ground: &Ground, exhibit: &ExhibitSettings, vm: &adapter::Vm) -> Vm {
    let runs = matches!(
        vm.state,
        Ok(VmState::Running
            | VmState::Paused(PauseReason::Suspended | PauseReason::IoError | PauseReason::Panicked))
    );
    let xml = match (&vm.running, &vm.persistent) {
        (Ok(Some(xml)), _) | (_, Ok(Some(xml))) => Ok(xml),
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        (Ok(None), Ok(None)) => Err(told!("libvirt has no definition of VM '{vm}'", vm = vm.name)),
    };
    let vitals = runs.then(|| {
        let ask_agent = exhibit.agent.is_some() && vm.state == Ok(VmState::Running);
        adapter::vitals(&ground.asked.uri, &vm.name, ask_agent, ANSWER_TIME)
    });
    let (answer, agent) = match vitals {
        None => (Ok(None), Ok(None)),
        Some(Err(why)) => (Err(why.clone()), Err(why)),
        Some(Ok(vitals)) => {
            let agent = if exhibit.agent.is_none() { Ok(None) } else { vitals.agent.map(Some) };
            (vitals.qemu.map(|said| Some(answer(said))), agent)
        }
    };
    Vm {
        name: vm.name.clone(),
        state: vm.state.clone(),
        autostart: vm.autostart.clone(),
        answer,
        agent,
        displays: xml.and_then(|xml| displays(xml)),
        last_run: match vm.state {
            Ok(VmState::ShutOff | VmState::Crashed) if !is_session(ground) => log::last_run(&vm.name),
            _ => Ok(None),
        },
    }
}

/// The kinds of a VM's displays (<https://libvirt.org/formatdomain.html#graphical-framebuffers>).
fn displays(xml: &str) -> Fact<Vec<String>> {
    let document = roxmltree::Document::parse(xml).map_err(|error| Told::text(error.to_string()))?;
    let all = document.descendants().filter(|node| node.has_tag_name("graphics"));
    Ok(all.filter_map(|node| node.attribute("type")).map(str::to_owned).collect())
}

fn answer(said: QemuAnswer) -> Answer {
    match said {
        QemuAnswer::Answers => Answer::Answers,
        QemuAnswer::Silent(lasts) => Answer::Silent(lasts),
        QemuAnswer::AtWork(lasts) => Answer::AtWork(lasts),
        QemuAnswer::Broken => Answer::Broken,
    }
}

/// VMs that are missing where they are looked for, and are at libvirt's other instance on this computer.
fn elsewhere(ground: &Ground) -> Fact<Option<Elsewhere>> {
    // Where libvirt does not answer at all, that is told; a VM may be elsewhere all the same.
    let known = names(ground).unwrap_or_default();
    let missing: Vec<_> = ground
        .asked
        .exhibits
        .iter()
        .map(|exhibit| exhibit.vm.clone())
        .filter(|vm| !known.contains(vm))
        .collect();
    if missing.is_empty() {
        return Ok(None);
    }
    let found =
        |uri: &str, vms: Vec<String>| (!vms.is_empty()).then(|| Elsewhere { uri: uri.to_owned(), vms });
    let uri = Uri::read(&ground.asked.uri);
    if uri.socket.is_some() {
        // It is no usual one, and neither is what stands beside it.
        Ok(None)
    } else if uri.is_of_system() {
        // Asking the session's libvirt would start it: its files say as much.
        let folder = ground.asked.user.home.join(".config/libvirt/qemu");
        let there = |vm: &String| folder.join(format!("{vm}.xml")).exists();
        Ok(found("qemu:///session", missing.into_iter().filter(there).collect()))
    } else if uri.is_of_user() {
        // Where the system's libvirt cannot be asked either, nothing speaks for it.
        let there = adapter::has_vms("qemu:///system", &missing, ANSWER_TIME).unwrap_or_default();
        Ok(found("qemu:///system", there))
    } else {
        Ok(None)
    }
}

fn guests_service(units: &std::collections::BTreeMap<String, Unit>) -> Fact<GuestsService> {
    let on = units
        .get("libvirt-guests.service")
        .is_some_and(|unit| unit.active == "active" || unit.enabled.starts_with("enabled"));
    // Debian's place, then that of Red Hat and its like.
    let files = ["/etc/default/libvirt-guests", "/etc/sysconfig/libvirt-guests"];
    let file = files.into_iter().find(|file| Path::new(file).exists()).unwrap_or(files[0]);
    let text = fs::read_to_string(file).unwrap_or_default();
    // The script has what the distribution takes where the file says nothing.
    let scripts = ["/usr/lib/libvirt/libvirt-guests.sh", "/usr/libexec/libvirt-guests.sh"];
    let script = scripts.iter().find_map(|script| fs::read_to_string(script).ok()).unwrap_or_default();
    Ok(conf::guests_service(on, file, &text, &script))
}

/// What libvirt runs at each start of a VM (<https://libvirt.org/hooks.html>).
fn hooks(folder: &Path) -> Fact<Vec<String>> {
    let runs = |path: &Path| {
        path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    let mut found = Vec::new();
    for name in ["daemon", "qemu", "network"] {
        let file = folder.join(name);
        if runs(&file) {
            found.push(file.display().to_string());
        }
        let Ok(more) = fs::read_dir(folder.join(format!("{name}.d"))) else { continue };
        found.extend(
            more.flatten()
                .map(|entry| entry.path())
                .filter(|path| runs(path))
                .map(|path| path.display().to_string()),
        );
    }
    found.sort();
    Ok(found)
}

fn bus() -> Fact<bool> {
    Ok(UnixStream::connect("/run/dbus/system_bus_socket").is_ok())
}

fn polkit() -> Fact<bool> {
    let folders = ["/usr/share/dbus-1/system-services", "/usr/local/share/dbus-1/system-services"];
    Ok(folders.iter().any(|folder| Path::new(folder).join("org.freedesktop.PolicyKit1.service").exists()))
}

/// The certificates of a client of libvirt's (<https://libvirt.org/kbase/tlscerts.html>).
fn certificates(uri: &str) -> Fact<Vec<Certificate>> {
    if Uri::read(uri).transport != Some("tls") {
        return Ok(Vec::new());
    }
    let files = ["/etc/pki/CA/cacert.pem", "/etc/pki/libvirt/clientcert.pem"];
    let there = files.into_iter().filter(|file| Path::new(file).exists());
    there.map(|file| Ok(Certificate { file: file.to_owned(), state: certificate(file)? })).collect()
}

fn certificate(file: &str) -> Fact<CertificateState> {
    // openssl-x509(1): exit code 0 where it still holds after so many seconds.
    let holds = |seconds: &str| {
        program::run(&["openssl", "x509", "-noout", "-in", file, "-checkend", seconds], PROGRAM_TIME)
            .map(|ended| ended.well())
    };
    Ok(match (holds("0")?, holds("2592000")?) {
        (false, _) => CertificateState::Ended,
        (true, false) => CertificateState::EndsSoon,
        (true, true) => CertificateState::Holds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_told_from_files_that_were_left_behind() {
        let sockets = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 90 /run/libvirt/virtlogd-sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 91 /run/libvirt/libvirt-sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 92\n";
        assert!(listens(sockets, "/run/libvirt/virtlogd-sock"));
        assert!(!listens(sockets, "/run/libvirt/libvirt-sock"));
        assert!(!listens(sockets, "/run/libvirt/virtlogd-admin-sock"));
    }
}
