//! What several areas and exhibits need to know of the computer: found out once a run, by whoever needs it first. Whoever
//! needs it meanwhile waits for that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::User;
use super::access::Who;
use super::api::sockets;
use super::definition::Devices;
use super::disk_image::AllImages;
use super::host::kernel_log;
use super::mounts::Mounts;
use super::session::processes::{self, Process};
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::host::Trouble;
use crate::host::Socket;

/// What is known by now.
#[derive(Debug, Default)]
pub(super) struct Once {
    processes: OnceLock<Vec<Process>>,
    sockets: OnceLock<Fact<Sockets>>,
    trouble: OnceLock<Fact<Vec<Trouble>>>,
    mounts: OnceLock<Mounts>,
    who: OnceLock<Fact<Who>>,
    images: OnceLock<AllImages>,
    devices: OnceLock<Devices>,
}

/// The TCP sockets of one moment.
#[derive(Debug)]
pub(super) struct Sockets {
    /// All of them.
    pub(super) all: Vec<Socket>,
    /// The processes that have them, by the sockets' inodes: name and number.
    pub(super) owners: BTreeMap<u64, (String, u32)>,
}

impl Once {
    /// All processes.
    pub(super) fn processes(&self) -> &[Process] {
        self.processes.get_or_init(processes::all)
    }

    /// The TCP sockets that listen or are connected.
    pub(super) fn sockets(&self) -> Fact<&Sockets> {
        let find = || {
            let all = sockets::all()?;
            let inodes: BTreeSet<_> =
                all.iter().map(|socket| socket.inode).filter(|inode| *inode > 0).collect();
            Ok(Sockets { owners: sockets::owners(&inodes), all })
        };
        self.sockets.get_or_init(find).as_ref().map_err(Told::clone)
    }

    /// The user whose session the artworks are shown in, which is that of each call of a run.
    pub(super) fn who(&self, user: &User) -> Fact<&Who> {
        self.who.get_or_init(|| Who::of(user.uid)).as_ref().map_err(Told::clone)
    }

    /// What is mounted.
    pub(super) fn mounts(&self) -> &Mounts {
        self.mounts.get_or_init(Mounts::read)
    }

    /// The images of all VMs, as this finds them.
    pub(super) fn images(&self, find: impl FnOnce() -> AllImages) -> &AllImages {
        self.images.get_or_init(find)
    }

    /// What there is here for VMs to use.
    pub(super) fn devices(&self) -> &Devices {
        self.devices.get_or_init(Devices::find)
    }

    /// What the kernel has complained about since it was started.
    pub(super) fn trouble(&self) -> Fact<&[Trouble]> {
        self.trouble.get_or_init(kernel_log::read).as_deref().map_err(Told::clone)
    }
}

#[cfg(test)]
impl Once {
    /// With these processes.
    pub(super) fn with_processes(processes: Vec<Process>) -> Self {
        Self { processes: processes.into(), ..Self::default() }
    }

    /// With these complaints of the kernel's.
    pub(super) fn with_trouble(trouble: Vec<Trouble>) -> Self {
        Self { trouble: Ok(trouble).into(), ..Self::default() }
    }
}
