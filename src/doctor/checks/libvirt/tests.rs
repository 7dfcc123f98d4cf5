use std::time::Duration;

use super::CHECKS;
use crate::core::types::{AgentSettings, PauseReason, Told, VmState};
use crate::doctor::check::{Look, Verdict};
use crate::doctor::facts::libvirt::{
    Answer, Certificate, CertificateState, Elsewhere, LastRun, Process, Reach, Refusal, Unit, Vm,
};
use crate::doctor::{Exhibit, Finding, Site};

/// What one check says of a site and an exhibit that were spoilt.
fn finding(code: &str, spoil: fn(&mut Site, &mut Exhibit)) -> Option<Finding> {
    let (mut site, mut exhibit) = (Site::well(), Exhibit::well());
    spoil(&mut site, &mut exhibit);
    let check = CHECKS.iter().find(|check| check.code == code).unwrap();
    let judged = match check.look {
        Look::Site(look) => look(&site),
        Look::Exhibit(look) => look(&site, &exhibit),
    };
    check.finding(None, judged)
}

fn vm(site: &mut Site) -> &mut Vm {
    &mut site.libvirt.vms.as_mut().unwrap()[0]
}

fn refuse(site: &mut Site, why: Refusal) {
    site.libvirt.reach = Ok(Reach::Refuses { why, words: Told::text("no") });
}

fn unit(site: &mut Site, name: &str, active: &str, enabled: &str) {
    let unit = Unit { exists: true, active: active.to_owned(), enabled: enabled.to_owned() };
    site.libvirt.units.as_mut().unwrap().insert(name.to_owned(), unit);
}

fn modular(site: &mut Site) {
    for name in ["libvirtd.service", "libvirtd.socket"] {
        unit(site, name, "inactive", "disabled");
    }
    unit(site, "virtqemud.socket", "active", "enabled");
}

fn set(site: &mut Site, key: &str, value: &str) {
    site.libvirt.qemu_conf.as_mut().unwrap().values.insert(key.to_owned(), value.to_owned());
}

fn set_daemon(site: &mut Site, key: &str, value: &str) {
    site.libvirt.daemon_conf.as_mut().unwrap().values.insert(key.to_owned(), value.to_owned());
}

fn process(site: &mut Site, process: Process) {
    site.libvirt.processes.as_mut().unwrap().push(process);
}

type Spoil = fn(&mut Site, &mut Exhibit);
type Row = (&'static str, Spoil, Option<Verdict>);

#[test]
fn each_check_says_what_the_facts_are() {
    use Verdict::{Advice, Ill, Unknown, Warning, Well};
    let rows: &[Row] = &[
        ("libvirt.reach", |_, _| {}, Some(Well)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::NotInstalled), Some(Ill)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::NotRunning), Some(Ill)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::NotAllowed), Some(Ill)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::NoAnswer), Some(Ill)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::NoDriver), Some(Ill)),
        ("libvirt.reach", |site, _| refuse(site, Refusal::Other), Some(Ill)),
        ("libvirt.instance", |_, _| {}, None),
        (
            "libvirt.instance",
            |site, _| {
                let vms = vec!["eden-garden-vm".to_owned()];
                site.libvirt.elsewhere = Ok(Some(Elsewhere { uri: "qemu:///session".to_owned(), vms }));
            },
            Some(Ill),
        ),
        ("libvirt.remote", |_, _| {}, None),
        ("libvirt.remote", |site, _| site.libvirt.uri = Ok("qemu+ssh://a@b/system".into()), Some(Advice)),
        ("libvirt.remote", |site, _| site.libvirt.uri = Ok("qemu+unix:///system?socket=/x".into()), None),
        ("libvirt.certificate", |_, _| {}, None),
        ("libvirt.certificate", |site, _| certificate(site, CertificateState::Holds), Some(Well)),
        ("libvirt.certificate", |site, _| certificate(site, CertificateState::EndsSoon), Some(Warning)),
        ("libvirt.certificate", |site, _| certificate(site, CertificateState::Ended), Some(Ill)),
        ("libvirt.version", |_, _| {}, Some(Well)),
        ("libvirt.version", |site, _| site.libvirt.daemon = Ok(7_000_000), Some(Warning)),
        ("libvirt.qemu-version", |_, _| {}, Some(Well)),
        ("libvirt.qemu-version", |site, _| site.libvirt.qemu = Ok(5_002_000), Some(Advice)),
        ("libvirt.half-updated", |_, _| {}, Some(Well)),
        ("libvirt.half-updated", |site, _| site.libvirt.library = Ok(11_003_001), Some(Well)),
        ("libvirt.half-updated", |site, _| site.libvirt.library = Ok(11_004_000), Some(Advice)),
        ("libvirt.both-kinds", |_, _| {}, Some(Well)),
        ("libvirt.both-kinds", |site, _| modular(site), Some(Well)),
        ("libvirt.both-kinds", |site, _| unit(site, "virtqemud.socket", "active", "enabled"), Some(Warning)),
        ("libvirt.both-kinds", |site, _| site.libvirt.uri = Ok("qemu:///session".into()), None),
        ("libvirt.two-daemons", |_, _| {}, Some(Well)),
        ("libvirt.two-daemons", |site, _| process(site, daemon(true)), Some(Warning)),
        ("libvirt.two-daemons", |site, _| process(site, Process { uid: 1000, ..daemon(true) }), Some(Well)),
        ("libvirt.at-boot", |_, _| {}, Some(Well)),
        (
            "libvirt.at-boot",
            |site, _| {
                unit(site, "libvirtd.service", "active", "disabled");
                unit(site, "libvirtd.socket", "active", "disabled");
            },
            Some(Warning),
        ),
        ("libvirt.modular-parts", |_, _| {}, None),
        ("libvirt.modular-parts", |site, _| modular(site), Some(Warning)),
        (
            "libvirt.modular-parts",
            |site, _| {
                modular(site);
                unit(site, "virtnetworkd.socket", "active", "enabled");
                unit(site, "virtstoraged.socket", "active", "enabled");
            },
            Some(Well),
        ),
        ("libvirt.log-daemon", |_, _| {}, Some(Well)),
        ("libvirt.log-daemon", |site, _| site.libvirt.log_socket = Ok(false), Some(Ill)),
        ("libvirt.log-daemon", |site, _| set(site, "stdio_handler", "file"), Some(Advice)),
        ("libvirt.core-limit", |_, _| {}, None),
        ("libvirt.core-limit", |site, _| site.libvirt.processes = Ok(vec![daemon(false)]), Some(Ill)),
        (
            "libvirt.core-limit",
            |site, _| {
                site.libvirt.processes = Ok(vec![daemon(false)]);
                set(site, "max_core", "0");
            },
            Some(Well),
        ),
        ("libvirt.bus", |_, _| {}, Some(Well)),
        ("libvirt.bus", |site, _| site.libvirt.bus = Ok(false), Some(Warning)),
        ("libvirt.polkit", |_, _| {}, Some(Well)),
        ("libvirt.polkit", |site, _| site.libvirt.polkit = Ok(false), Some(Ill)),
        ("libvirt.polkit", |site, _| set_daemon(site, "auth_unix_rw", "none"), None),
        ("libvirt.guests-service", |_, _| {}, Some(Well)),
        ("libvirt.guests-service", |site, _| site.libvirt.guests.as_mut().unwrap().on = false, None),
        (
            "libvirt.guests-service",
            |site, _| site.libvirt.guests.as_mut().unwrap().on_boot = "start".into(),
            Some(Advice),
        ),
        (
            "libvirt.guests-service",
            |site, _| {
                site.settings.as_mut().unwrap().shutdown.end_vms = false;
                site.libvirt.guests.as_mut().unwrap().on_shutdown = "suspend".into();
            },
            Some(Advice),
        ),
        (
            "libvirt.guests-service",
            |site, _| site.settings.as_mut().unwrap().shutdown.end_vms = false,
            Some(Advice),
        ),
        ("libvirt.hooks", |_, _| {}, Some(Well)),
        (
            "libvirt.hooks",
            |site, _| site.libvirt.hooks = Ok(vec!["/etc/libvirt/hooks/qemu".into()]),
            Some(Advice),
        ),
        ("libvirt.qemu-user", |_, _| {}, Some(Well)),
        ("libvirt.qemu-user", |site, _| set(site, "user", "libvirt-qemu"), Some(Well)),
        ("libvirt.qemu-user", |site, _| set(site, "user", "+0"), Some(Advice)),
        ("libvirt.security-driver", |_, _| {}, Some(Well)),
        ("libvirt.security-driver", |site, _| set(site, "security_driver", "apparmor"), Some(Well)),
        ("libvirt.security-driver", |site, _| set(site, "security_driver", "none"), Some(Advice)),
        ("libvirt.namespaces", |_, _| {}, Some(Well)),
        ("libvirt.namespaces", |site, _| set(site, "namespaces", ""), Some(Advice)),
        ("libvirt.keepalive", |_, _| {}, Some(Well)),
        ("libvirt.keepalive", |site, _| set_daemon(site, "max_clients", "5"), Some(Advice)),
        ("libvirt.graphics-password", |_, _| {}, Some(Well)),
        ("libvirt.graphics-password", |site, _| set(site, "spice_password", "x"), Some(Ill)),
        ("libvirt.graphics-password", |site, _| set(site, "vnc_password", "x"), Some(Well)),
        (
            "libvirt.graphics-password",
            |site, exhibit| {
                set(site, "spice_password", "x");
                exhibit.settings.screens.clear();
            },
            Some(Well),
        ),
        ("libvirt.graphics-tls", |_, _| {}, Some(Well)),
        ("libvirt.graphics-tls", |site, _| set(site, "spice_tls", "0"), Some(Well)),
        ("libvirt.graphics-tls", |site, _| set(site, "spice_tls", "1"), Some(Warning)),
        ("libvirt.vm-autostart", |_, _| {}, Some(Well)),
        ("libvirt.vm-autostart", |site, _| vm(site).autostart = Ok(true), Some(Advice)),
        ("libvirt.vm-autostart", |site, _| vm(site).name = "other".into(), None),
        ("libvirt.vm-state", |_, _| {}, Some(Well)),
        ("libvirt.vm-state", |site, _| vm(site).state = Ok(VmState::ShutOff), Some(Well)),
        ("libvirt.vm-state", |site, _| paused(site, PauseReason::AtWork), Some(Well)),
        ("libvirt.vm-state", |site, _| paused(site, PauseReason::Suspended), Some(Warning)),
        ("libvirt.vm-state", |site, _| paused(site, PauseReason::IoError), Some(Ill)),
        ("libvirt.vm-state", |site, _| paused(site, PauseReason::Panicked), Some(Ill)),
        ("libvirt.vm-state", |site, _| vm(site).state = Ok(VmState::Crashed), Some(Ill)),
        ("libvirt.vm-state", |site, _| vm(site).state = Ok(VmState::Asleep), Some(Ill)),
        ("libvirt.vm-state", |site, _| vm(site).state = Ok(VmState::Unknown), Some(Unknown)),
        ("libvirt.vm-frozen", |_, _| {}, Some(Well)),
        ("libvirt.vm-frozen", |site, _| vm(site).answer = Ok(None), None),
        ("libvirt.vm-frozen", |site, _| answer(site, Answer::Silent(Duration::from_secs(2))), Some(Ill)),
        ("libvirt.vm-frozen", |site, _| answer(site, Answer::AtWork(Duration::from_secs(9))), Some(Well)),
        ("libvirt.vm-frozen", |site, _| answer(site, Answer::AtWork(Duration::from_secs(900))), Some(Ill)),
        ("libvirt.vm-frozen", |site, _| answer(site, Answer::Broken), Some(Ill)),
        (
            "libvirt.vm-frozen",
            |site, _| site.libvirt.processes.as_mut().unwrap()[2].stopped = true,
            Some(Ill),
        ),
        ("libvirt.leftover", |_, _| {}, Some(Well)),
        ("libvirt.leftover", |site, _| vm(site).state = Ok(VmState::ShutOff), Some(Ill)),
        (
            "libvirt.leftover",
            |site, _| {
                let second = site.libvirt.processes.as_ref().unwrap()[2].clone();
                process(site, Process { pid: 901, ..second });
            },
            Some(Ill),
        ),
        ("libvirt.vm-log", |_, _| {}, None),
        ("libvirt.vm-log", |site, _| ended(site, "destroyed"), Some(Well)),
        ("libvirt.vm-log", |site, _| ended(site, "failed"), Some(Warning)),
        ("libvirt.agent", |_, _| {}, None),
        ("libvirt.agent", |site, exhibit| agent(site, exhibit, None), None),
        ("libvirt.agent", |site, exhibit| agent(site, exhibit, Some(true)), Some(Well)),
        ("libvirt.agent", |site, exhibit| agent(site, exhibit, Some(false)), Some(Ill)),
    ];
    for (number, (code, spoil, expected)) in rows.iter().enumerate() {
        let found = finding(code, *spoil);
        assert_eq!(found.as_ref().map(|found| found.verdict), *expected, "row {number}, {code}: {found:?}");
    }
    for check in CHECKS {
        assert!(rows.iter().any(|(code, _, _)| *code == check.code), "{} is not tried", check.code);
    }
}

fn certificate(site: &mut Site, state: CertificateState) {
    site.libvirt.certificates = Ok(vec![Certificate { file: "/etc/pki/x.pem".to_owned(), state }]);
}

fn daemon(may_raise: bool) -> Process {
    Process { pid: 17, name: "libvirtd".to_owned(), core_limit: Some(0), may_raise, ..Process::default() }
}

fn paused(site: &mut Site, reason: PauseReason) {
    vm(site).state = Ok(VmState::Paused(reason));
}

fn answer(site: &mut Site, answer: Answer) {
    vm(site).answer = Ok(Some(answer));
}

fn ended(site: &mut Site, reason: &str) {
    vm(site).last_run = Ok(Some(LastRun { reason: reason.to_owned(), last_words: "no".to_owned() }));
}

fn agent(site: &mut Site, exhibit: &mut Exhibit, answers: Option<bool>) {
    exhibit.settings.agent =
        Some(AgentSettings { timeout: Duration::from_secs(9), interval: Duration::from_secs(9), misses: 3 });
    vm(site).agent = Ok(answers);
}

#[test]
fn a_daemon_is_started_by_the_units_that_there_are() {
    let commands = |spoil: fn(&mut Site, &mut Exhibit)| {
        let remedy = finding("libvirt.reach", spoil).unwrap().remedy.unwrap();
        let written: Vec<_> = remedy.commands.iter().map(ToString::to_string).collect();
        (written.join("; "), remedy.is_safe())
    };
    fn stop(site: &mut Site) {
        refuse(site, Refusal::NotRunning);
        site.libvirt.processes = Ok(Vec::new());
    }
    let rows: [(Spoil, &str, bool); 5] = [
        (|site, _| stop(site), "sudo systemctl start libvirtd.socket", true),
        (
            |site, _| {
                stop(site);
                modular(site);
            },
            "sudo systemctl start virtqemud.socket",
            true,
        ),
        (
            |site, _| {
                stop(site);
                unit(site, "libvirtd.socket", "inactive", "masked");
            },
            "sudo systemctl unmask libvirtd.socket; sudo systemctl start libvirtd.socket",
            false,
        ),
        (|site, _| refuse(site, Refusal::NotRunning), "sudo systemctl restart libvirtd.service", false),
        (
            |site, _| {
                refuse(site, Refusal::NotRunning);
                site.libvirt.processes.as_mut().unwrap().iter_mut().for_each(|one| one.uid = 1000);
            },
            "sudo systemctl start libvirtd.socket",
            true,
        ),
    ];
    for (spoil, expected, safe) in rows {
        assert_eq!(commands(spoil), (expected.to_owned(), safe));
    }
    let remedy = finding("libvirt.reach", |site, _| stop(site)).unwrap().remedy.unwrap();
    assert_eq!(remedy.undo[0].to_string(), "sudo systemctl stop libvirtd.socket libvirtd.service");
}

#[test]
fn what_is_masked_is_unmasked_by_a_person() {
    let remedy = finding("libvirt.log-daemon", |site, _| {
        site.libvirt.log_socket = Ok(false);
        unit(site, "virtlogd.socket", "inactive", "masked-runtime");
    });
    let remedy = remedy.unwrap().remedy.unwrap();
    assert!(!remedy.is_safe());
    assert_eq!(remedy.commands[0].to_string(), "sudo systemctl unmask virtlogd.socket");
}
