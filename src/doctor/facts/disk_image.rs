//! What is known of the disk images of an exhibit's VM, and of all else that its definition names as a file.

use std::path::PathBuf;

use super::super::Fact;
use crate::core::types::Told;

/// What is known of the disk images of an exhibit's VM.
#[derive(Clone, Debug)]
pub struct Images {
    /// Everything that its definitions name, and what that is based on.
    pub images: Fact<Vec<Image>>,
    /// The storage pools that it names.
    pub pools: Fact<Vec<PoolUse>>,
    /// The user that QEMU runs as.
    pub user: Fact<QemuUser>,
    /// Whether the VM runs.
    pub runs: Fact<bool>,
    /// Images of this VM that other VMs name as well.
    pub shared: Fact<Vec<Shared>>,
    /// The file systems that its images lie on, and by how much the images of all VMs on each may still grow.
    pub growth: Fact<Vec<Growth>>,
    /// Images beside its own that no VM names.
    pub left: Fact<Vec<Left>>,
}

/// What a file is to a VM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its disk, CD-ROM or floppy, as the guest sees it, such as `vda`.
    Disk(String),
    /// What its firmware remembers.
    Nvram,
    /// Its firmware, kernel or the like: only read.
    Firmware,
    /// What this image is based on.
    Below(String),
}

/// An image, and all that is known of it.
#[derive(Clone, Debug)]
pub struct Image {
    /// Where it is.
    pub path: String,
    /// Where that leads, if links are on the way; `path` itself where that is not known.
    pub real: PathBuf,
    /// What it is to the VM.
    pub part: Part,
    /// `disk`, `cdrom`, `floppy` or `lun` where it is a disk.
    pub device: String,
    /// The format that the definition, or the image above, says; `None` where it says none.
    pub said: Option<String>,
    /// The VM writes to it.
    pub written: bool,
    /// The definition says that others may use it too.
    pub shareable: bool,
    /// The VM starts without it as well (`startupPolicy`), or makes it anew.
    pub optional: bool,
    /// What there is at its path.
    pub there: Fact<There>,
    /// Who looks may not pass a folder above it.
    pub hidden: bool,
    /// What it says of itself.
    pub header: Fact<Header>,
    /// How large the guest sees it, in bytes, where libvirt was asked because this user may not look at the image.
    pub capacity: Option<u64>,
    /// The first folder on the way to it that QEMU's user cannot pass.
    pub barrier: Fact<Option<Barrier>>,
    /// What QEMU's user may do to it as it lies there, as (read, write).
    pub access: Fact<(bool, bool)>,
    /// Another program's hold on it that lets no QEMU write to it: its process, where that is known.
    pub held: Fact<Option<String>>,
    /// The file system that it is on.
    pub place: Fact<Place>,
    /// A mount point of `/etc/fstab` above it where nothing is mounted.
    pub unmounted: Fact<Option<String>>,
}

/// What there is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A link that leads nowhere, to this.
    DeadLink(String),
    /// Something.
    Something(Stat),
}

/// What the system knows of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes; 0 for a device.
    pub size: u64,
    /// What it takes on its file system, in bytes.
    pub allocated: u64,
    /// The number of its owner.
    pub uid: u32,
    /// Its permissions, as in `0o644`.
    pub mode: u32,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A block device.
    Block,
    /// A folder.
    Folder,
    /// Nothing that an image could be in: a pipe, a socket.
    Other,
}

/// What an image says of itself
/// (<https://www.qemu.org/docs/master/interop/qcow2.html>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Its format as its first bytes have it; `raw` where they are no header that is known.
    pub format: String,
    /// How large the guest sees it, in bytes.
    pub virtual_size: u64,
    /// The image that it is based on, as it is written there.
    pub backing: Option<String>,
    /// That one's format.
    pub backing_format: Option<String>,
    /// qcow2: 2 or 3; 0 for another format.
    pub version: u32,
    /// qcow2: it is marked as damaged.
    pub corrupt: bool,
    /// qcow2: it was not closed, or is in use.
    pub dirty: bool,
    /// It is encrypted.
    pub encrypted: bool,
    /// qcow2: bytes in a cluster.
    pub cluster_size: u64,
    /// The snapshots within.
    pub snapshots: Vec<Inner>,
}

/// A snapshot within an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inner {
    /// QEMU's number of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How much of the machine's state is in it, in bytes; 0 where that is elsewhere, or was not kept.
    pub state_size: u64,
    /// When it was made, in seconds since 1970.
    pub made: u64,
}

/// A folder that cannot be passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// The folder.
    pub folder: String,
    /// Its permissions, as in `0o755`.
    pub mode: u32,
    /// It has an access control list already.
    pub has_acl: bool,
    /// This system has a program for such lists, setfacl(1).
    pub can_be_set: bool,
    /// It belongs to a person's home, or to no package: its permissions may be changed.
    pub is_private: bool,
}

/// The user that QEMU runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QemuUser {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// libvirt gives it the images at each start (`dynamic_ownership`).
    pub is_given: Fact<bool>,
}

/// A file system (statvfs(3), proc_pid_mountinfo(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is mounted.
    pub mount: String,
    /// Such as `ext4`.
    pub kind: String,
    /// Nothing can be written to it.
    pub read_only: bool,
    /// Its size in bytes.
    pub total: u64,
    /// What is free there for users, in bytes.
    pub free: u64,
    /// How many files it can have; 0 where it sets no bound.
    pub files: u64,
    /// How many of these are free.
    pub files_free: u64,
    /// btrfs: the image is not copied at each write.
    pub no_cow: bool,
    /// Whether it is on a disk that turns.
    pub turns: Fact<bool>,
    /// It is mounted by somebody's session, or by hand alone (`noauto`).
    pub by_hand: bool,
}

/// A storage pool that a definition names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolUse {
    /// The pool.
    pub pool: String,
    /// The volume in it.
    pub volume: String,
    /// Whether it is active, and is started with libvirt; `None` where libvirt has none of this name.
    pub state: Option<(bool, bool)>,
}

/// An image that another VM names, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The image.
    pub path: String,
    /// The other VM.
    pub vm: String,
    /// It runs now.
    pub runs: bool,
}

/// A file system, and what may be written to it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Where it is mounted.
    pub mount: String,
    /// Its size in bytes.
    pub total: u64,
    /// What is free there, in bytes.
    pub free: u64,
    /// How many images of VMs lie there.
    pub images: usize,
    /// By how much these may grow, in bytes, until their guests' disks are full.
    pub growth: u64,
}

/// An image that no VM names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The image.
    pub path: String,
    /// What it takes, in bytes.
    pub allocated: u64,
}

impl Images {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            images: Err(why.clone()),
            pools: Err(why.clone()),
            user: Err(why.clone()),
            runs: Err(why.clone()),
            shared: Err(why.clone()),
            growth: Err(why.clone()),
            left: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let place = Place::well();
        Self {
            images: Ok(vec![Image::well()]),
            pools: Ok(Vec::new()),
            user: Ok(QemuUser { name: "libvirt-qemu".into(), uid: 64055, is_given: Ok(true) }),
            runs: Ok(true),
            shared: Ok(Vec::new()),
            growth: Ok(vec![Growth {
                mount: place.mount,
                total: place.total,
                free: place.free,
                images: 1,
                growth: 16 << 30,
            }]),
            left: Ok(Vec::new()),
        }
    }
}

impl Image {
    /// One of which no more is known than that a definition names it.
    pub fn unknown(path: String, part: Part, why: &Told) -> Self {
        Self {
            real: PathBuf::from(&path),
            path,
            part,
            device: String::new(),
            said: None,
            written: false,
            shareable: false,
            optional: false,
            there: Err(why.clone()),
            hidden: false,
            header: Err(why.clone()),
            capacity: None,
            barrier: Err(why.clone()),
            access: Err(why.clone()),
            held: Err(why.clone()),
            place: Err(why.clone()),
            unmounted: Err(why.clone()),
        }
    }

    /// Something lies there in which an image can be.
    pub fn stat(&self) -> Fact<Option<&Stat>> {
        match self.there.as_ref().map_err(Told::clone)? {
            There::Something(stat) => Ok(Some(stat)),
            There::Nothing | There::DeadLink(_) => Ok(None),
        }
    }

    /// A disk with 20 GiB, of which 4 are written, with a snapshot within.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        Self {
            path: "/var/lib/libvirt/images/eden.qcow2".into(),
            real: "/var/lib/libvirt/images/eden.qcow2".into(),
            part: Part::Disk("vda".into()),
            device: "disk".into(),
            said: Some("qcow2".into()),
            written: true,
            shareable: false,
            optional: false,
            there: Ok(There::Something(Stat {
                kind: Kind::File,
                size: 4 << 30,
                allocated: 4 << 30,
                uid: 64055,
                mode: 0o600,
            })),
            hidden: false,
            header: Ok(Header::well()),
            capacity: None,
            barrier: Ok(None),
            access: Ok((true, true)),
            held: Ok(None),
            place: Ok(Place::well()),
            unmounted: Ok(None),
        }
    }
}

#[cfg(test)]
impl Header {
    pub(crate) fn well() -> Self {
        let ready =
            Inner { id: "1".into(), name: "ready".into(), state_size: 600 << 20, made: 1_800_000_000 };
        Self {
            format: "qcow2".into(),
            virtual_size: 20 << 30,
            version: 3,
            cluster_size: 65536,
            snapshots: vec![ready],
            ..Self::default()
        }
    }
}

#[cfg(test)]
impl Place {
    pub(crate) fn well() -> Self {
        Self {
            mount: "/".into(),
            kind: "ext4".into(),
            read_only: false,
            total: 200 << 30,
            free: 100 << 30,
            files: 1_000_000,
            files_free: 900_000,
            no_cow: false,
            turns: Ok(false),
            by_hand: false,
        }
    }
}
