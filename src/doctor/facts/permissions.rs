//! What is known of who may do what.

use super::super::Fact;
use crate::core::types::Told;

/// What is known of who may do what.
#[derive(Clone, Debug)]
pub struct Permissions {
    /// The kiosk's user.
    pub user: Fact<Account>,
    /// The groups that the user's session really has, by their names; nothing where no session runs.
    pub session_groups: Fact<Option<Vec<String>>>,
    /// The artworks' VMs are those of the computer, and not of a user (`qemu:///system`).
    pub of_system: Fact<bool>,
    /// libvirt has answered this very user, who is the kiosk's.
    pub libvirt_answers: Fact<bool>,
    /// The device `/dev/kvm`; nothing where it is not there.
    pub kvm: Fact<Option<Node>>,
    /// A VM of an exhibit is run by KVM.
    pub kvm_wanted: Fact<bool>,
    /// libvirt's socket; nothing where it is not there.
    pub socket: Fact<Option<Node>>,
    /// The user of QEMU's processes, and its groups; nothing where there is no such user.
    pub qemu: Fact<(String, Option<Vec<String>>)>,
    /// The configuration's file, and whether the kiosk's user may read it.
    pub configuration: Fact<(String, Access)>,
    /// Vitrine's folder for what lasts, with the journal; nothing where it is not there yet.
    pub state: Fact<Option<Node>>,
    /// What lies in it and belongs to others.
    pub foreign_state: Fact<Vec<String>>,
    /// The session's folder, `/run/user/UID`; nothing where it is not there.
    pub runtime: Fact<Option<Node>>,
    /// The user's home.
    pub home: Fact<Option<Node>>,
    /// What lies in the home, is needed for the session, and belongs to others.
    pub foreign: Fact<Vec<String>>,
    /// Openbox' files of the kiosk that cannot be read, or run, by the user; nothing where there are none.
    pub openbox: Fact<Option<Vec<Node>>>,
    /// What polkit's rule of the installer's says: the user that it is for; nothing where there is none.
    pub polkit: Fact<Option<String>>,
    /// What AppArmor has refused to libvirt or a VM since the start.
    pub refused: Fact<Vec<String>>,
    /// SELinux' mode: it enforces; nothing where it is not there.
    pub selinux: Fact<Option<bool>>,
    /// `/proc` hides other users' processes (`hidepid`).
    pub hidden_processes: Fact<bool>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// It is there.
    pub exists: bool,
    /// Its shell.
    pub shell: String,
    /// The groups that it is in.
    pub groups: Vec<String>,
    /// All groups of the computer.
    pub all_groups: Vec<String>,
    /// It may not log in any more since some day; nothing where only root could tell.
    pub expired: Option<bool>,
}

/// A file, a folder, a device or a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Where it is.
    pub path: String,
    /// Its owner's name.
    pub owner: String,
    /// Its group's name.
    pub group: String,
    /// Who may do what, as in chmod(1).
    pub mode: u32,
}

/// What a user may do with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may read it.
    Yes,
    /// It is kept out, by this folder or by the file itself.
    No(String),
}

impl Permissions {
    /// Nothing is known.
    pub fn unknown(why: &Told) -> Self {
        Self {
            user: Err(why.clone()),
            session_groups: Err(why.clone()),
            of_system: Err(why.clone()),
            libvirt_answers: Err(why.clone()),
            kvm: Err(why.clone()),
            kvm_wanted: Err(why.clone()),
            socket: Err(why.clone()),
            qemu: Err(why.clone()),
            configuration: Err(why.clone()),
            state: Err(why.clone()),
            foreign_state: Err(why.clone()),
            runtime: Err(why.clone()),
            home: Err(why.clone()),
            foreign: Err(why.clone()),
            openbox: Err(why.clone()),
            polkit: Err(why.clone()),
            refused: Err(why.clone()),
            selinux: Err(why.clone()),
            hidden_processes: Err(why.clone()),
        }
    }

    /// As it should be, for tests to spoil.
    #[cfg(test)]
    pub(crate) fn well() -> Self {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let node = |path: &str, owner: &str, group: &str, mode| {
            Ok(Some(Node { path: path.into(), owner: owner.into(), group: group.into(), mode }))
        };
        Self {
            user: Ok(Account {
                name: "kiosk".into(),
                uid: 1000,
                exists: true,
                shell: "/bin/bash".into(),
                groups: names("kiosk libvirt kvm video render audio input"),
                all_groups: names("root kiosk libvirt kvm video render audio input sudo"),
                expired: Some(false),
            }),
            session_groups: Ok(Some(names("kiosk libvirt kvm video render audio input"))),
            of_system: Ok(true),
            libvirt_answers: Ok(false),
            kvm: node("/dev/kvm", "root", "kvm", 0o660),
            kvm_wanted: Ok(true),
            socket: node("/run/libvirt/libvirt-sock", "root", "libvirt", 0o660),
            qemu: Ok(("libvirt-qemu".into(), Some(names("libvirt-qemu kvm")))),
            configuration: Ok(("/etc/vitrine/vitrine.toml".into(), Access::Yes)),
            state: node("/home/kiosk/.local/state/vitrine", "kiosk", "kiosk", 0o700),
            foreign_state: Ok(Vec::new()),
            runtime: node("/run/user/1000", "kiosk", "kiosk", 0o700),
            home: node("/home/kiosk", "kiosk", "kiosk", 0o700),
            foreign: Ok(Vec::new()),
            openbox: Ok(Some(Vec::new())),
            polkit: Ok(Some("kiosk".into())),
            refused: Ok(Vec::new()),
            selinux: Ok(None),
            hidden_processes: Ok(false),
        }
    }
}
