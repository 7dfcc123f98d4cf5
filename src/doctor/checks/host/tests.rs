use std::time::Duration;

use super::*;
use crate::doctor::Look;
use crate::doctor::Verdict;
use crate::doctor::Verdict::{Advice, Ill, Unknown, Warning, Well};
use crate::doctor::facts::host::*;
use crate::words::told;

type Row = (&'static str, fn(&mut Host), Option<Verdict>);

const GB: u64 = 1_000_000_000;

fn file_system(host: &mut Host, change: impl Fn(&mut FileSystem)) {
    change(&mut host.file_systems.as_mut().unwrap()[0]);
}

fn disk(host: &mut Host, change: impl Fn(&mut Disk)) {
    change(&mut host.disks.as_mut().unwrap()[0]);
}

fn complain(host: &mut Host, kind: TroubleKind, about: &str) {
    host.trouble = Ok(vec![Trouble { kind, about: about.into(), count: 2, line: "a line".into() }]);
}

fn versions(host: &mut Host, versions: &[(&str, &str)]) {
    host.packages.as_mut().unwrap().versions =
        versions.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect();
}

const ROWS: &[Row] = &[
    ("host.system", |host| host.system.as_mut().unwrap().version = "11".into(), Some(Advice)),
    ("host.system", |host| host.system.as_mut().unwrap().version = "13".into(), Some(Well)),
    (
        "host.system",
        |host| host.system = Ok(System { id: "ubuntu".into(), version: "24.04".into(), name: "U".into() }),
        Some(Well),
    ),
    ("host.system", |host| host.system.as_mut().unwrap().id = "arch".into(), Some(Advice)),
    ("host.packages", |host| host.packages.as_mut().unwrap().broken = vec!["bash".into()], Some(Warning)),
    ("host.programs", |host| host.programs.as_mut().unwrap()[0].1 = false, Some(Ill)),
    ("host.programs", |host| host.programs.as_mut().unwrap()[1].1 = false, Some(Warning)),
    ("host.versions", |host| versions(host, &[("qemu-utils", "1"), ("qemu-system-x86", "2")]), Some(Warning)),
    ("host.versions", |host| versions(host, &[("qemu-utils", "1"), ("libvirt0", "2")]), Some(Well)),
    ("host.versions", |host| versions(host, &[]), None),
    ("host.spice-module", |host| versions(host, &[("qemu-system-x86", "1:10.0.2+ds")]), Some(Warning)),
    (
        "host.spice-module",
        |host| versions(host, &[("qemu-system-x86", "1:8.1"), ("qemu-system-modules-spice", "1:8.1")]),
        Some(Well),
    ),
    ("host.spice-module", |host| versions(host, &[]), None),
    ("host.restart", |host| host.kernel.as_mut().unwrap().restart_wanted = true, Some(Advice)),
    ("host.restart", |host| host.kernel.as_mut().unwrap().has_modules = false, Some(Warning)),
    ("host.restart", |host| host.kernel = Ok(Kernel::default()), Some(Well)),
    ("host.restart", |host| host.container = Ok(true), None),
    (
        "host.time-sync",
        |host| (host.time.as_mut().unwrap().synchronised, host.time.as_mut().unwrap().kept) = (false, false),
        Some(Warning),
    ),
    ("host.time-sync", |host| host.time = Ok(Time::default()), Some(Warning)),
    ("host.time-sync", |host| host.time.as_mut().unwrap().synchronised = false, Some(Advice)),
    (
        "host.time-sync",
        |host| {
            host.time.as_mut().unwrap().synchronised = false;
            host.uptime = Ok(Duration::from_secs(60));
        },
        Some(Well),
    ),
    (
        "host.time-sync",
        |host| {
            let time = host.time.as_mut().unwrap();
            (time.synchronised, time.kept_for) = (false, Some(Duration::from_secs(2)));
        },
        Some(Well),
    ),
    ("host.clock", |host| host.clock.as_mut().unwrap().now = 10, Some(Warning)),
    ("host.clock", |host| host.clock.as_mut().unwrap().hardware = Some(10), Some(Advice)),
    (
        "host.clock",
        |host| {
            host.clock.as_mut().unwrap().hardware = Some(10);
            host.time.as_mut().unwrap().rtc_is_local = true;
        },
        Some(Well),
    ),
    ("host.clock", |host| host.clock.as_mut().unwrap().hardware = None, Some(Well)),
    ("host.time-zone", |host| host.time.as_mut().unwrap().zone = "Etc/UTC".into(), Some(Advice)),
    ("host.name", |host| host.name.as_mut().unwrap().1 = false, Some(Advice)),
    ("host.failed-units", |host| host.failed_units = Ok(vec!["cups.service".into()]), Some(Advice)),
    (
        "host.failed-units",
        |host| host.failed_units = Ok(vec!["cups.service".into(), "libvirtd.service".into()]),
        Some(Warning),
    ),
    ("host.room", |host| file_system(host, |one| one.free = 0), Some(Ill)),
    ("host.room", |host| file_system(host, |one| one.free = GB), Some(Warning)),
    (
        "host.room",
        |host| file_system(host, |one| (one.size, one.free) = (500_000_000, 100_000_000)),
        Some(Well),
    ),
    (
        "host.room",
        |host| file_system(host, |one| (one.size, one.free) = (500_000_000, 20_000_000)),
        Some(Warning),
    ),
    ("host.inodes", |host| file_system(host, |one| one.free_files = 0), Some(Ill)),
    ("host.inodes", |host| file_system(host, |one| one.free_files = 10_000), Some(Warning)),
    ("host.inodes", |host| file_system(host, |one| one.files = 0), None),
    ("host.logs", |host| host.logs.as_mut().unwrap().0 = 20 * GB, Some(Warning)),
    ("host.core-dumps", |host| host.core_dumps = Ok((20 * GB, Vec::new())), Some(Warning)),
    ("host.core-dumps", |host| host.core_dumps = Ok((GB, vec!["qemu-system-x86".into()])), Some(Advice)),
    ("host.read-only", |host| file_system(host, |one| one.read_only = true), Some(Ill)),
    ("host.disk-health", |host| disk(host, |disk| disk.passed = Some(false)), Some(Warning)),
    ("host.disk-health", |host| disk(host, |disk| disk.unreadable = 1), Some(Warning)),
    ("host.disk-health", |host| disk(host, |disk| disk.replaced = 1), Some(Advice)),
    ("host.disk-health", |host| disk(host, |disk| disk.replaced = 500), Some(Warning)),
    ("host.disk-health", |host| disk(host, |disk| disk.passed = None), Some(Unknown)),
    ("host.disk-health", |host| host.disks = Ok(Vec::new()), None),
    ("host.disk-wear", |host| disk(host, |disk| disk.used = Some(95)), Some(Warning)),
    ("host.disk-wear", |host| disk(host, |disk| disk.used = None), None),
    ("host.mounts", |host| host.missing_mounts = Ok(vec!["/data".into()]), Some(Ill)),
    ("host.mounts", |host| host.container = Ok(true), None),
    ("host.log-kept", |host| host.log = Ok(Log::NoFolder), Some(Advice)),
    ("host.log-kept", |host| host.log = Ok(Log::NotWanted), Some(Advice)),
    ("host.disk-errors", |host| complain(host, TroubleKind::Disk, "sda"), Some(Warning)),
    ("host.disk-errors", |host| host.container = Ok(true), None),
    ("host.file-system", |host| complain(host, TroubleKind::FileSystem, "sda"), Some(Warning)),
    ("host.killed-for-memory", |host| host.container = Ok(true), None),
    (
        "host.killed-for-memory",
        |host| {
            complain(host, TroubleKind::Memory, "qemu (VM eden-garden-vm)");
            host.container = Ok(true);
        },
        Some(Warning),
    ),
    (
        "host.killed-for-memory",
        |host| complain(host, TroubleKind::Memory, "qemu-system-x86 (VM eden)"),
        Some(Warning),
    ),
    ("host.killed-for-memory", |host| complain(host, TroubleKind::Memory, "firefox"), Some(Advice)),
    ("host.heat", |host| complain(host, TroubleKind::Heat, ""), Some(Warning)),
    ("host.temperature", |host| host.temperatures.as_mut().unwrap()[0].now = 99, Some(Warning)),
    ("host.temperature", |host| host.temperatures = Ok(Vec::new()), None),
    ("host.hardware-errors", |host| complain(host, TroubleKind::Hardware, ""), Some(Warning)),
    ("host.graphics-hang", |host| complain(host, TroubleKind::Graphics, ""), Some(Warning)),
    ("host.kernel-faults", |host| complain(host, TroubleKind::Kernel, ""), Some(Warning)),
    ("host.crashes", |host| complain(host, TroubleKind::Crash, "Xorg"), Some(Warning)),
    ("host.slept", |host| complain(host, TroubleKind::Sleep, ""), Some(Warning)),
    ("host.idle-action", |host| host.keys.as_mut().unwrap().idle = "suspend".into(), Some(Warning)),
    ("host.lid", |host| host.lid = Ok(true), Some(Well)),
    (
        "host.lid",
        |host| {
            host.lid = Ok(true);
            host.keys.as_mut().unwrap().lid = "suspend".into();
        },
        Some(Warning),
    ),
    ("host.lid", |_| (), None),
    ("host.keys", |host| host.keys.as_mut().unwrap().power = "suspend".into(), Some(Warning)),
    ("host.keys", |host| host.keys.as_mut().unwrap().suspend = "suspend".into(), Some(Advice)),
    ("host.mains", |_| (), None),
    ("host.mains", |host| host.mains = Ok(Some(true)), Some(Well)),
    ("host.mains", |host| host.mains = Ok(Some(false)), Some(Warning)),
    (
        "host.boot-menu",
        |host| host.grub = Ok(Some(Grub { wait: Some(-1), ..Grub::default() })),
        Some(Warning),
    ),
    (
        "host.boot-menu",
        |host| host.grub = Ok(Some(Grub { wait_after_failure: Some(-1), ..Grub::default() })),
        Some(Warning),
    ),
    ("host.boot-menu", |host| host.grub = Ok(Some(Grub { wait: Some(90), ..Grub::default() })), Some(Advice)),
    ("host.boot-menu", |host| host.grub = Ok(Some(Grub::default())), Some(Well)),
    ("host.boot-menu", |host| host.grub = Ok(None), None),
    ("host.fsck", |host| (host.grub, host.command_line) = (Ok(None), Ok("quiet".into())), Some(Advice)),
    ("host.fsck", |host| host.command_line = Ok("fsck.mode=skip".into()), Some(Warning)),
    ("host.fsck", |host| host.container = Ok(true), None),
    ("host.starts", |host| host.starts = Ok(Starts { today: 7, week: 14 }), Some(Advice)),
    ("host.starts", |host| host.starts = Ok(Starts { today: 40, week: 60 }), Some(Warning)),
    ("host.power-cut", |host| complain(host, TroubleKind::PowerCut, "sda2"), Some(Advice)),
    ("host.watchdog", |host| host.watchdog = Ok((None, true)), Some(Advice)),
    ("host.watchdog", |host| host.watchdog = Ok((Some(Duration::from_secs(30)), false)), Some(Advice)),
    ("host.panic", |host| host.panic = Ok(0), Some(Advice)),
    (
        "host.update-restart",
        |host| {
            host.updates = Ok(Updates { unattended: true, restart: Some("now".into()), ..Updates::default() })
        },
        Some(Warning),
    ),
    (
        "host.update-restart",
        |host| {
            host.updates =
                Ok(Updates { unattended: true, restart: Some("02:00".into()), ..Updates::default() })
        },
        Some(Well),
    ),
    ("host.updates", |host| host.updates.as_mut().unwrap().unattended = true, Some(Advice)),
    ("host.service-restarts", |host| host.updates.as_mut().unwrap().services_restart = true, Some(Warning)),
    (
        "host.service-restarts",
        |host| host.updates = Ok(Updates { services_restart: true, spared: true, ..Updates::default() }),
        Some(Well),
    ),
    ("host.snaps", |host| host.snap_timer = Ok(Some("00:00~24:00/4".into())), Some(Advice)),
    ("host.snaps", |host| host.snap_timer = Ok(Some("4:00-6:00".into())), Some(Well)),
];

#[test]
fn each_fault_of_the_computer_is_named() {
    for (code, spoil, expected) in ROWS {
        let check = CHECKS.iter().find(|check| check.code == *code).unwrap();
        let Look::Site(look) = check.look else { panic!("{code}") };
        let mut site = Site::well();
        spoil(&mut site.host);
        assert_eq!(verdict(look(&site)), *expected, "{code}");
    }
}

#[test]
fn each_check_of_the_computer_has_a_row() {
    for check in CHECKS {
        assert!(ROWS.iter().any(|(code, ..)| *code == check.code), "{}", check.code);
        let Look::Site(look) = check.look else { panic!("{}", check.code) };
        let mut site = Site::well();
        assert!([None, Some(Well)].contains(&verdict(look(&site))), "{}", check.code);
        site.host = Host::unknown(&told!("it was not asked for"));
        assert_eq!(verdict(look(&site)), Some(Unknown), "{}", check.code);
    }
}
