//! What is known of libvirt's daemons.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::Fact;
use crate::core::types::{Told, VmState};

/// What is known of libvirt's daemons.
#[derive(Clone, Debug)]
pub struct Libvirt {
    /// The URI that is asked.
    pub uri: Fact<String>,
    /// Whether libvirt answers there.
    pub reach: Fact<Reach>,
    /// The VMs of exhibits that libvirt does not have there and has at another URI of this computer.
    pub elsewhere: Fact<Option<Elsewhere>>,
    /// The names of all VMs that libvirt has.
    pub names: Fact<Vec<String>>,
    /// The version of the installed library: 1,000,000 × major + 1,000 × minor + release.
    pub library: Fact<u32>,
    /// The version of the running daemon, counted likewise.
    pub daemon: Fact<u32>,
    /// The version of QEMU, counted likewise.
    pub qemu: Fact<u32>,
    /// libvirt's units that systemd knows, by name.
    pub units: Fact<BTreeMap<String, Unit>>,
    /// libvirt's daemons and QEMUs that run.
    pub processes: Fact<Vec<Process>>,
    /// What qemu.conf says; empty where there is none.
    pub qemu_conf: Fact<Conf>,
    /// What libvirtd.conf (or virtqemud.conf) says.
    pub daemon_conf: Fact<Conf>,
    /// What libvirt-guests is told to do.
    pub guests: Fact<GuestsService>,
    /// Whether virtlogd's socket is there.
    pub log_socket: Fact<bool>,
    /// The hooks that libvirt runs, in the order of their names.
    pub hooks: Fact<Vec<String>>,
    /// Whether the system's D-Bus can be connected to.
    pub bus: Fact<bool>,
    /// Whether polkit is there to be started by the bus.
    pub polkit: Fact<bool>,
    /// Certificates that a connection with TLS needs; none for other connections.
    pub certificates: Fact<Vec<Certificate>>,
    /// The VMs of exhibits, as far as libvirt has them.
    pub vms: Fact<Vec<Vm>>,
}

/// Whether libvirt answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Answers,
    /// It does not.
    Refuses {
        /// Why, as far as is understood.
        why: Refusal,
        /// In libvirt's words.
        words: Told,
    },
}

/// Why libvirt does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No daemon of it is installed.
    NotInstalled,
    /// Its daemon does not run.
    NotRunning,
    /// The user may not.
    NotAllowed,
    /// Its daemon runs, and says nothing.
    NoAnswer,
    /// It has no driver for this URI.
    NoDriver,
    /// Something else.
    Other,
}

/// VMs that are at another URI than the one that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// That other URI.
    pub uri: String,
    /// The VMs.
    pub vms: Vec<String>,
}

/// A unit as systemd has it (`systemctl show`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// There is such a unit (`LoadState` is not `not-found`).
    pub exists: bool,
    /// `ActiveState`, such as `active`.
    pub active: String,
    /// `UnitFileState`, such as `enabled`; empty where it has none.
    pub enabled: String,
}

/// A process that concerns libvirt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// The name of its program, without folders.
    pub name: String,
    /// The user that it runs as.
    pub uid: u32,
    /// The VM that it runs, where it is a QEMU that libvirt has started.
    pub vm: Option<String>,
    /// It is stopped by a signal (state `T` in `/proc/PID/stat`).
    pub stopped: bool,
    /// The hard limit of its core files in bytes (`/proc/PID/limits`); `None` for none, or where it is not known.
    pub core_limit: Option<u64>,
    /// It may raise its limits (CAP_SYS_RESOURCE).
    pub may_raise: bool,
}

/// A configuration file of libvirt's, key by key; a list is its members with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    /// The file.
    pub file: String,
    /// What it sets.
    pub values: BTreeMap<String, String>,
}

/// What libvirt-guests does (libvirt-guests(8)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestsService {
    /// It is enabled or active.
    pub on: bool,
    /// `ON_BOOT`: `start` or `ignore`.
    pub on_boot: String,
    /// `ON_SHUTDOWN`: `suspend` or `shutdown`.
    pub on_shutdown: String,
    /// `SHUTDOWN_TIMEOUT`, in seconds; 0 for without end.
    pub timeout: u64,
    /// The file that says so.
    pub file: String,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its file.
    pub file: String,
    /// Until when it holds.
    pub state: CertificateState,
}

/// Until when a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateState {
    /// For longer than a month.
    Holds,
    /// Not for another month.
    EndsSoon,
    /// No more.
    Ended,
}

/// A VM of an exhibit.
#[derive(Clone, Debug)]
pub struct Vm {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: Fact<VmState>,
    /// libvirt starts it by itself.
    pub autostart: Fact<bool>,
    /// Whether its QEMU answers; `None` where it does not run.
    pub answer: Fact<Option<Answer>>,
    /// Whether the guest's agent answers; `None` where it is not asked, since no rule asks for it or nothing runs.
    pub agent: Fact<Option<bool>>,
    /// The kinds of its displays: `spice`, `vnc`.
    pub displays: Fact<Vec<String>>,
    /// How the last start ended by the log that libvirt keeps of its QEMU; `None` where it runs.
    pub last_run: Fact<Option<LastRun>>,
}

/// How a QEMU takes a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answers.
    Answers,
    /// It has been silent for so long.
    Silent(Duration),
    /// libvirt has been at a job with it for so long.
    AtWork(Duration),
    /// libvirt cannot speak to it any more.
    Broken,
}

/// How a VM's last run ended (`/var/log/libvirt/qemu/VM.log`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRun {
    /// libvirt's reason: `shutdown`, `destroyed`, `failed`, `crashed`, …; empty where it says none.
    pub reason: String,
    /// The last line before it that QEMU wrote.
    pub last_words: String,
}

impl Libvirt {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            uri: Err(why.clone()),
            reach: Err(why.clone()),
            elsewhere: Err(why.clone()),
            names: Err(why.clone()),
            library: Err(why.clone()),
            daemon: Err(why.clone()),
            qemu: Err(why.clone()),
            units: Err(why.clone()),
            processes: Err(why.clone()),
            qemu_conf: Err(why.clone()),
            daemon_conf: Err(why.clone()),
            guests: Err(why.clone()),
            log_socket: Err(why.clone()),
            hooks: Err(why.clone()),
            bus: Err(why.clone()),
            polkit: Err(why.clone()),
            certificates: Err(why.clone()),
            vms: Err(why.clone()),
        }
    }

    /// A VM that libvirt has; `None` where it does not.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn vm(&self, name: &str) -> Fact<Option<&Vm>> {
        let vms = self.vms.as_ref().map_err(Told::clone)?;
        Ok(vms.iter().find(|vm| vm.name == name))
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let unit = |active: &str, enabled: &str| Unit {
            exists: true,
            active: active.to_owned(),
            enabled: enabled.to_owned(),
        };
        let units = [
            ("libvirtd.service", unit("active", "enabled")),
            ("libvirtd.socket", unit("active", "enabled")),
            ("virtlogd.service", unit("active", "indirect")),
            ("virtlogd.socket", unit("active", "enabled")),
            ("libvirt-guests.service", unit("active", "enabled")),
        ];
        let process = |pid, name: &str, vm: Option<&str>| Process {
            pid,
            name: name.to_owned(),
            vm: vm.map(str::to_owned),
            may_raise: true,
            ..Process::default()
        };
        Self {
            uri: Ok("qemu:///system".to_owned()),
            reach: Ok(Reach::Answers),
            elsewhere: Ok(None),
            names: Ok(vec!["eden-garden-vm".to_owned()]),
            library: Ok(11_003_000),
            daemon: Ok(11_003_000),
            qemu: Ok(10_000_002),
            units: Ok(units.into_iter().map(|(name, unit)| (name.to_owned(), unit)).collect()),
            processes: Ok(vec![
                process(700, "libvirtd", None),
                process(701, "virtlogd", None),
                process(900, "qemu-system-x86_64", Some("eden-garden-vm")),
            ]),
            qemu_conf: Ok(Conf { file: "/etc/libvirt/qemu.conf".to_owned(), values: BTreeMap::new() }),
            daemon_conf: Ok(Conf { file: "/etc/libvirt/libvirtd.conf".to_owned(), values: BTreeMap::new() }),
            guests: Ok(GuestsService {
                on: true,
                on_boot: "ignore".to_owned(),
                on_shutdown: "shutdown".to_owned(),
                timeout: 300,
                file: "/etc/default/libvirt-guests".to_owned(),
            }),
            log_socket: Ok(true),
            hooks: Ok(Vec::new()),
            bus: Ok(true),
            polkit: Ok(true),
            certificates: Ok(Vec::new()),
            vms: Ok(vec![Vm {
                name: "eden-garden-vm".to_owned(),
                state: Ok(VmState::Running),
                autostart: Ok(false),
                answer: Ok(Some(Answer::Answers)),
                agent: Ok(None),
                displays: Ok(vec!["spice".to_owned()]),
                last_run: Ok(None),
            }]),
        }
    }
}
