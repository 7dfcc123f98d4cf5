//! What is known of the computer and its system.

use std::time::Duration;

use super::super::Fact;
use crate::core::types::Told;

/// What is known of the computer and its system.
#[derive(Clone, Debug)]
pub struct Host {
    /// The system is in a container, whose kernel, clock, disks and start are its host's.
    pub container: Fact<bool>,
    /// How long ago the computer was started (`/proc/uptime`).
    pub uptime: Fact<Duration>,
    /// Which system it is.
    pub system: Fact<System>,
    /// The kernel that runs, and those that are installed.
    pub kernel: Fact<Kernel>,
    /// How the clock is kept.
    pub time: Fact<Time>,
    /// What the clock says, in seconds since 1970.
    pub clock: Fact<Clock>,
    /// The file systems that the system, its logs and the kiosk's user write to.
    pub file_systems: Fact<Vec<FileSystem>>,
    /// Entries of `/etc/fstab` whose device is not there, and that the next start would wait for.
    pub missing_mounts: Fact<Vec<String>>,
    /// Whether the journal is kept over a restart.
    pub log: Fact<Log>,
    /// The size of all that lies in `/var/log`, in bytes, and the largest file there with its size.
    pub logs: Fact<(u64, String, u64)>,
    /// The size of all core dumps in bytes, and the programs of those of the last week.
    pub core_dumps: Fact<(u64, Vec<String>)>,
    /// The disks, as their own electronics see them (smartctl(8)).
    pub disks: Fact<Vec<Disk>>,
    /// What the kernel has complained about since it was started.
    pub trouble: Fact<Vec<Trouble>>,
    /// What logind does at the press of a key, at a closed lid, and when nobody does anything (logind.conf(5)).
    pub keys: Fact<Keys>,
    /// It has a lid.
    pub lid: Fact<bool>,
    /// It is fed by its power supply, and not by a battery; nothing where it has no battery.
    pub mains: Fact<Option<bool>>,
    /// What GRUB was told (`/etc/default/grub`); nothing where there is no GRUB.
    pub grub: Fact<Option<Grub>>,
    /// The kernel's command line (`/proc/cmdline`).
    pub command_line: Fact<String>,
    /// How many times the computer was started today, and whether its last end was one in order.
    pub starts: Fact<Starts>,
    /// What is done without anybody.
    pub updates: Fact<Updates>,
    /// When snapd renews its programs, as it says; nothing where there is no snapd.
    pub snap_timer: Fact<Option<String>>,
    /// Units of the system that have failed.
    pub failed_units: Fact<Vec<String>>,
    /// How often systemd feeds the watchdog, nothing for not at all; and whether there is one.
    pub watchdog: Fact<(Option<Duration>, bool)>,
    /// After how many seconds a kernel that has panicked restarts; 0 for never, less for at once.
    pub panic: Fact<i64>,
    /// The computer's name, and whether the computer itself can find it.
    pub name: Fact<(String, bool)>,
    /// Sensors, each with its temperature and the one at which it becomes dangerous, in degrees Celsius.
    pub temperatures: Fact<Vec<Temperature>>,
    /// Programs that Vitrine or its session need, each with whether it is there.
    pub programs: Fact<Vec<(String, bool)>>,
    /// Packages of libvirt's, QEMU's and the kiosk's, and all that are not wholly installed.
    pub packages: Fact<Packages>,
}

/// Which system it is (os-release(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `VERSION_ID`, such as `12`; empty where it has none.
    pub version: String,
    /// `PRETTY_NAME`.
    pub name: String,
}

/// The kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kernel {
    /// The release that runs, as `uname -r` says it.
    pub release: String,
    /// Releases that lie in `/boot`.
    pub installed: Vec<String>,
    /// The running one's modules are still there.
    pub has_modules: bool,
    /// `/run/reboot-required` is there.
    pub restart_wanted: bool,
}

/// How the clock is kept (timedatectl(1)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// A service that sets it is installed.
    pub can_be_kept: bool,
    /// It is switched on.
    pub kept: bool,
    /// The kernel holds the clock for right.
    pub synchronised: bool,
    /// The time zone.
    pub zone: String,
    /// The hardware's clock runs in local time.
    pub rtc_is_local: bool,
    /// For how long the service that sets it runs, where that is known.
    pub kept_for: Option<Duration>,
}

/// What clocks say, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// The system's.
    pub now: u64,
    /// The newest of some files that the system writes: it cannot be earlier than that.
    pub newest_file: u64,
    /// The hardware's, where there is one.
    pub hardware: Option<u64>,
}

/// Whether the system's journal is kept over a restart (`Storage=` in journald.conf(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// It is.
    Kept,
    /// It would be, were there a folder for it.
    NoFolder,
    /// Its configuration has it so.
    NotWanted,
}

/// A file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSystem {
    /// A folder that is in it.
    pub folder: String,
    /// Its size, in bytes.
    pub size: u64,
    /// What users may still write, in bytes.
    pub free: u64,
    /// How many files it can hold; 0 where it has no such bound.
    pub files: u64,
    /// How many more it can hold.
    pub free_files: u64,
    /// It cannot be written to, and was not meant to be so.
    pub read_only: bool,
}

/// A disk, as its own electronics see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Such as `/dev/sda`.
    pub device: String,
    /// It says of itself that it is well; nothing where it says nothing.
    pub passed: Option<bool>,
    /// Sectors that it has replaced.
    pub replaced: u64,
    /// Sectors that it could not read, or errors that it could not correct.
    pub unreadable: u64,
    /// How much of its life is used, in percent.
    pub used: Option<u64>,
}

/// Something that the kernel has complained about, with the last line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What it is.
    pub kind: TroubleKind,
    /// What it is about: a device, a program, a VM; may be empty.
    pub about: String,
    /// How many lines say so.
    pub count: u64,
    /// The last of them.
    pub line: String,
}

/// Kinds of complaints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TroubleKind {
    /// A disk could not be read or written.
    Disk,
    /// A file system is damaged.
    FileSystem,
    /// The memory was full, and a program was killed for it.
    Memory,
    /// A processor was slowed down for its heat.
    Heat,
    /// The hardware has reported an error of its own.
    Hardware,
    /// A program of the artworks' has crashed.
    Crash,
    /// The graphics hardware hangs.
    Graphics,
    /// The kernel itself has stumbled.
    Kernel,
    /// The computer was put to sleep.
    Sleep,
    /// KVM is switched off in the firmware.
    KvmOff,
    /// AppArmor has refused something to libvirt or a VM.
    Refused,
    /// A file system was left by a power cut.
    PowerCut,
}

/// What logind does: `ignore`, `poweroff`, `suspend` and so on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// `HandlePowerKey`.
    pub power: String,
    /// `HandleSuspendKey`.
    pub suspend: String,
    /// `HandleHibernateKey`.
    pub hibernate: String,
    /// `HandleLidSwitch`.
    pub lid: String,
    /// `IdleAction`.
    pub idle: String,
}

/// What GRUB was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grub {
    /// For how many seconds its menu waits; less than 0 for ever.
    pub wait: Option<i64>,
    /// The same after a start that was cut short.
    pub wait_after_failure: Option<i64>,
    /// What it gives to the kernel, of both variables.
    pub kernel: String,
}

/// How the computer was started and ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Starts {
    /// How many times it was started today.
    pub today: u64,
    /// How many times in the last seven days.
    pub week: u64,
}

/// What is done without anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updates {
    /// Updates are installed by themselves (`APT::Periodic::Unattended-Upgrade`).
    pub unattended: bool,
    /// They restart the computer where they need to, at this time of day, or `now`.
    pub restart: Option<String>,
    /// needrestart is installed, and restarts what updates concern.
    pub services_restart: bool,
    /// It was told to spare libvirt and the session.
    pub spared: bool,
}

/// What a sensor says, in degrees Celsius.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Temperature {
    /// Its name.
    pub sensor: String,
    /// What it says.
    pub now: i64,
    /// At what it becomes dangerous, where it says that.
    pub critical: Option<i64>,
}

/// What packages there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    /// Those that are not wholly installed.
    pub broken: Vec<String>,
    /// QEMU's and libvirt's, each with its version.
    pub versions: Vec<(String, String)>,
}

impl Host {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            container: Err(why.clone()),
            uptime: Err(why.clone()),
            system: Err(why.clone()),
            kernel: Err(why.clone()),
            time: Err(why.clone()),
            clock: Err(why.clone()),
            file_systems: Err(why.clone()),
            missing_mounts: Err(why.clone()),
            log: Err(why.clone()),
            logs: Err(why.clone()),
            core_dumps: Err(why.clone()),
            disks: Err(why.clone()),
            trouble: Err(why.clone()),
            keys: Err(why.clone()),
            lid: Err(why.clone()),
            mains: Err(why.clone()),
            grub: Err(why.clone()),
            command_line: Err(why.clone()),
            starts: Err(why.clone()),
            updates: Err(why.clone()),
            snap_timer: Err(why.clone()),
            failed_units: Err(why.clone()),
            watchdog: Err(why.clone()),
            panic: Err(why.clone()),
            name: Err(why.clone()),
            temperatures: Err(why.clone()),
            programs: Err(why.clone()),
            packages: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let (ignore, now) = (|| "ignore".to_owned(), 1_790_000_000);
        Self {
            container: Ok(false),
            uptime: Ok(Duration::from_secs(86_400)),
            system: Ok(System {
                id: "debian".into(),
                version: "12".into(),
                name: "Debian GNU/Linux 12 (bookworm)".into(),
            }),
            kernel: Ok(Kernel {
                release: "6.1.0-40-amd64".into(),
                installed: vec!["6.1.0-38-amd64".into(), "6.1.0-40-amd64".into()],
                has_modules: true,
                restart_wanted: false,
            }),
            time: Ok(Time {
                can_be_kept: true,
                kept: true,
                synchronised: true,
                zone: "Europe/Berlin".into(),
                rtc_is_local: false,
                kept_for: None,
            }),
            clock: Ok(Clock { now, newest_file: now - 3600, hardware: Some(now - 1) }),
            file_systems: Ok(vec![FileSystem {
                folder: "/".into(),
                size: 250 << 30,
                free: 200 << 30,
                files: 16_000_000,
                free_files: 15_000_000,
                read_only: false,
            }]),
            missing_mounts: Ok(Vec::new()),
            log: Ok(Log::Kept),
            logs: Ok((200 << 20, "/var/log/journal/x/system.journal".into(), 64 << 20)),
            core_dumps: Ok((0, Vec::new())),
            disks: Ok(vec![Disk {
                device: "/dev/nvme0".into(),
                passed: Some(true),
                used: Some(3),
                ..Disk::default()
            }]),
            trouble: Ok(Vec::new()),
            keys: Ok(Keys {
                power: "poweroff".into(),
                suspend: ignore(),
                hibernate: ignore(),
                lid: ignore(),
                idle: ignore(),
            }),
            lid: Ok(false),
            mains: Ok(None),
            grub: Ok(Some(Grub {
                wait: Some(5),
                wait_after_failure: Some(3),
                kernel: "quiet fsck.repair=yes".into(),
            })),
            command_line: Ok("root=UUID=1 ro quiet fsck.repair=yes".into()),
            starts: Ok(Starts { today: 1, week: 7 }),
            updates: Ok(Updates::default()),
            snap_timer: Ok(None),
            failed_units: Ok(Vec::new()),
            watchdog: Ok((Some(Duration::from_secs(30)), true)),
            panic: Ok(10),
            name: Ok(("kiosk".into(), true)),
            temperatures: Ok(vec![Temperature {
                sensor: "x86_pkg_temp".into(),
                now: 52,
                critical: Some(100),
            }]),
            programs: Ok(vec![("virt-viewer".into(), true), ("qemu-img".into(), true)]),
            packages: Ok(Packages {
                broken: Vec::new(),
                versions: vec![("qemu-system-x86".into(), "1:7.2+dfsg-7+deb12u7".into())],
            }),
        }
    }
}
