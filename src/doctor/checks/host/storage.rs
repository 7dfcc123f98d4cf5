//! Disks: their room, their health, what fills them.

use super::{Command, Fact, Judged, Remedy, Site, contained, size};
use crate::core::types::Told;
use crate::doctor::facts::host::{FileSystem, Log};
use crate::words::told;

const MB: u64 = 1_000_000;
const GB: u64 = 1000 * MB;
/// With less than this nothing can be relied on: neither libvirt's state files nor the journal.
const FULL: u64 = 50 * MB;
/// With less than this, and less than a twentieth, it will be full some day.
const NEARLY_FULL: u64 = 2 * GB;
/// Logs beyond this are of something that writes without end; journald alone takes 4 GB at most (journald.conf(5)).
const MANY_LOGS: u64 = 8 * GB;
/// A disk that has replaced so many sectors is near its end.
const MANY_REPLACED: u64 = 50;
/// How much of a disk's life may be used, in percent.
const WORN: u64 = 90;

pub(super) fn room(site: &Site) -> Fact<Judged> {
    let all = site.host.file_systems.as_ref().map_err(Told::clone)?;
    // A small one, such as that of a boot loader or of a runtime folder, is measured by its share.
    let is_full = |one: &&FileSystem| one.free < FULL.min(one.size / 50);
    let is_nearly_full = |one: &&FileSystem| one.free < NEARLY_FULL.min(one.size / 20);
    let evidence = |one: &FileSystem| {
        told!(
            "{folder} has {free} left of {size}",
            folder = one.folder,
            free = size(one.free),
            size = size(one.size)
        )
    };
    let remedy = |one: &FileSystem| {
        Remedy::type_in(
            told!("see what fills it, and make room: packages and old logs first"),
            [
                Command::root(["du", "-xh", "--max-depth=2", &one.folder]),
                Command::root(["apt-get", "clean"]),
                Command::root(["journalctl", "--vacuum-size=200M"]),
            ],
        )
    };
    Ok(if let Some(full) = all.iter().find(is_full) {
        Judged::ill(evidence(full), remedy(full))
    } else if let Some(nearly) = all.iter().find(is_nearly_full) {
        Judged::warning(evidence(nearly), remedy(nearly))
    } else {
        all.iter().min_by_key(|one| one.free).map_or(Judged::Beside, |least| Judged::Well(evidence(least)))
    })
}

pub(super) fn inodes(site: &Site) -> Fact<Judged> {
    let all = site.host.file_systems.as_ref().map_err(Told::clone)?;
    let least = all.iter().filter(|one| one.files > 0).min_by_key(|one| one.free_files * 1000 / one.files);
    let Some(least) = least else { return Ok(Judged::Beside) };
    let evidence = told!(
        "{folder} can hold {free} more files of {count}",
        folder = least.folder,
        free = least.free_files,
        count = least.files
    );
    let remedy = || {
        Remedy::type_in(
            told!("find the folder with so many files, and remove them"),
            [Command::root(["du", "-x", "--inodes", "--max-depth=3", &least.folder])],
        )
    };
    Ok(if least.free_files < 100 {
        Judged::ill(evidence, remedy())
    } else if least.free_files < least.files / 50 {
        Judged::warning(evidence, remedy())
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn logs(site: &Site) -> Fact<Judged> {
    let (all, largest, of_largest) = site.host.logs.as_ref().map_err(Told::clone)?;
    let evidence = told!(
        "/var/log has {size}, of which {largest} is {part}",
        size = size(*all),
        largest = largest,
        part = size(*of_largest)
    );
    Ok(if *all > MANY_LOGS {
        Judged::warning(
            evidence,
            Remedy::type_in(
                told!("see who writes so much, and bound the journal"),
                [Command::root(["journalctl", "--vacuum-size=500M"]), Command::root(["tail", largest])],
            ),
        )
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn core_dumps(site: &Site) -> Fact<Judged> {
    let (all, programs) = site.host.core_dumps.as_ref().map_err(Told::clone)?;
    let remedy = || {
        Remedy::type_in(
            told!("see what crashes; the files in /var/lib/systemd/coredump and /var/crash may be removed"),
            [Command::root(["coredumpctl", "list", "--reverse"])],
        )
    };
    Ok(if *all > 5 * GB {
        Judged::warning(told!("core dumps of crashed programs take {size}", size = size(*all)), remedy())
    } else if !programs.is_empty() {
        let evidence = told!("crashed in the last week: {programs}", programs = programs.join(", "));
        Judged::advice(evidence, remedy())
    } else {
        Judged::Well(told!("no core dump of the last week"))
    })
}

pub(super) fn read_only(site: &Site) -> Fact<Judged> {
    let all = site.host.file_systems.as_ref().map_err(Told::clone)?;
    Ok(match all.iter().find(|one| one.read_only) {
        Some(found) => Judged::ill(
            told!(
                "{folder} can only be read, though /etc/fstab does not say so: its disk has failed",
                folder = found.folder
            ),
            Remedy::type_in(
                told!("save what is on it, look at the kernel's log, restart, and have the disk replaced"),
                [Command::root(["journalctl", "-k", "-b", "-p", "err"])],
            ),
        ),
        None => Judged::Well(told!("what should be written to can be")),
    })
}

pub(super) fn health(site: &Site) -> Fact<Judged> {
    let disks = site.host.disks.as_ref().map_err(Told::clone)?;
    let Some(first) = disks.first() else { return Ok(Judged::Beside) };
    let replace = |device: &str| {
        Remedy::type_in(
            told!("copy the VMs' images to another disk soon, and have this one replaced"),
            [Command::root(["smartctl", "-a", device])],
        )
    };
    if let Some(bad) = disks.iter().find(|disk| disk.passed == Some(false)) {
        let evidence = told!("{disk} says of itself that it is failing", disk = bad.device);
        return Ok(Judged::warning(evidence, replace(&bad.device)));
    }
    if let Some(bad) = disks.iter().find(|disk| disk.unreadable > 0 || disk.replaced > 0) {
        let evidence = told!(
            "{disk} has {unreadable} errors that could not be corrected, and {replaced} sectors that were replaced",
            disk = bad.device,
            unreadable = bad.unreadable,
            replaced = bad.replaced
        );
        let grave = bad.unreadable > 0 || bad.replaced > MANY_REPLACED;
        let remedy = replace(&bad.device);
        return Ok(if grave { Judged::warning(evidence, remedy) } else { Judged::advice(evidence, remedy) });
    }
    if disks.iter().all(|disk| disk.passed.is_none()) {
        return Err(told!("{disk} says nothing of its health", disk = first.device));
    }
    Ok(Judged::Well(told!("{count} disks say of themselves that they are well", count = disks.len())))
}

pub(super) fn wear(site: &Site) -> Fact<Judged> {
    let disks = site.host.disks.as_ref().map_err(Told::clone)?;
    let most = disks.iter().filter_map(|disk| Some((disk, disk.used?))).max_by_key(|(_, used)| *used);
    let Some((disk, used)) = most else { return Ok(Judged::Beside) };
    let evidence = told!("{disk} has used {percent} % of its life", disk = disk.device, percent = used);
    Ok(if used >= WORN {
        let words = told!("plan for another disk");
        Judged::warning(evidence, Remedy::type_in(words, [Command::root(["smartctl", "-a", &disk.device])]))
    } else {
        Judged::Well(evidence)
    })
}

pub(super) fn mounts(site: &Site) -> Fact<Judged> {
    if contained(site)? {
        return Ok(Judged::Beside);
    }
    let missing = site.host.missing_mounts.as_ref().map_err(Told::clone)?;
    Ok(if missing.is_empty() {
        Judged::Well(told!("every device of /etc/fstab is there"))
    } else {
        Judged::ill(
            told!(
                "/etc/fstab names what is not there: {mounts}; the next start would end at a prompt",
                mounts = missing.join(", ")
            ),
            Remedy::say(told!(
                "plug the disk in again, or add 'nofail' to the options of its line, or remove the line"
            )),
        )
    })
}

pub(super) fn log_kept(site: &Site) -> Fact<Judged> {
    Ok(match site.host.log.as_ref().map_err(Told::clone)? {
        Log::Kept => Judged::Well(told!("the system's journal is kept over a restart")),
        Log::NoFolder => Judged::advice(
            told!("the system's journal is lost at each restart: /var/log/journal is missing"),
            Remedy::fix(
                told!("have it kept"),
                [
                    Command::root(["mkdir", "-p", "/var/log/journal"]),
                    Command::root(["journalctl", "--flush"]),
                ],
                [
                    Command::root(["journalctl", "--relinquish-var"]),
                    Command::root(["rm", "-r", "/var/log/journal"]),
                ],
            ),
        ),
        Log::NotWanted => Judged::advice(
            told!("the system's journal is lost at each restart: journald's configuration has it so"),
            Remedy::say(told!("write Storage=persistent into /etc/systemd/journald.conf")),
        ),
    })
}
