//! Files and folders, and who is kept out of them.

use super::{Command, Fact, Judged, Remedy, Site, common_user};
use crate::core::types::Told;
use crate::doctor::facts::permissions::{Access, Node};
use crate::words::told;

pub(super) fn configuration(site: &Site) -> Fact<Judged> {
    let (file, access) = site.permissions.configuration.as_ref().map_err(Told::clone)?;
    Ok(match access {
        Access::Yes => Judged::Well(told!("{file} can be read", file = file)),
        Access::No(by) => Judged::ill(
            told!("the kiosk's user cannot read {file}: {place} keeps it out", file = file, place = by),
            if by == file {
                Remedy::type_in(told!("let all read it"), [Command::root(["chmod", "a+r", file])])
            } else {
                Remedy::type_in(
                    told!("let all pass through the folder"),
                    [Command::root(["chmod", "a+x", by])],
                )
            },
        ),
    })
}

/// What a folder of the user's own is like, where it should be private.
fn own_folder(user: &str, node: &Node) -> Option<Judged> {
    let path = &node.path;
    if node.owner != user {
        let all = format!("{user}:");
        return Some(Judged::ill(
            told!(
                "{folder} belongs to {owner}, and not to {user}",
                folder = path,
                owner = node.owner,
                user = user
            ),
            Remedy::type_in(told!("give it to its user"), [Command::root(["chown", "-R", &all, path])]),
        ));
    }
    if node.mode & 0o700 != 0o700 {
        return Some(Judged::ill(
            told!(
                "{user} may not use its own folder {folder}: its mode is {mode}",
                user = user,
                folder = path,
                mode = format!("{:o}", node.mode)
            ),
            Remedy::fix(
                told!("let its owner use it"),
                [Command::root(["chmod", "u+rwx", path])],
                [Command::root(["chmod", &format!("{:o}", node.mode), path])],
            ),
        ));
    }
    None
}

pub(super) fn state(site: &Site) -> Fact<Judged> {
    let Some(node) = site.permissions.state.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    let user = &site.permissions.user.as_ref().map_err(Told::clone)?.name;
    if let Some(judged) = own_folder(user, node) {
        return Ok(judged);
    }
    Ok(if node.mode & 0o077 != 0 {
        let mode = format!("{:o}", node.mode);
        Judged::warning(
            told!(
                "others may look into {folder}, where pictures of what visitors saw lie: mode {mode}",
                folder = node.path,
                mode = mode
            ),
            Remedy::fix(
                told!("let only its owner"),
                [Command::root(["chmod", "700", &node.path])],
                [Command::root(["chmod", &mode, &node.path])],
            ),
        )
    } else {
        Judged::Well(told!("{folder} is its user's alone", folder = node.path))
    })
}

/// What root has made there, a user cannot write to.
pub(super) fn foreign_state(site: &Site) -> Fact<Judged> {
    let found = site.permissions.foreign_state.as_ref().map_err(Told::clone)?;
    let Some(first) = found.first() else {
        return Ok(Judged::Well(told!("the journal and all beside it belong to the kiosk's user")));
    };
    let all = format!("{}:", site.permissions.user.as_ref().map_err(Told::clone)?.name);
    Ok(Judged::ill(
        told!("{file} belongs to another user: Vitrine cannot write it", file = first),
        Remedy::type_in(
            told!("give all of them to the kiosk's user; Vitrine is never to be run as root in its place"),
            [Command::root(["chown", &all, first])],
        ),
    ))
}

pub(super) fn runtime(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    // Nobody is logged in.
    let Some(node) = site.permissions.runtime.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    Ok(own_folder(&user.name, node)
        .unwrap_or_else(|| Judged::Well(told!("the session's folder {folder} is there", folder = node.path))))
}

pub(super) fn home(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let Some(node) = site.permissions.home.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::ill(
            told!("{user} has no home: its session does not begin", user = user.name),
            Remedy::type_in(told!("make it"), [Command::root(["mkhomedir_helper", &user.name])]),
        ));
    };
    if let Some(judged) = own_folder(&user.name, node) {
        return Ok(judged);
    }
    Ok(if node.mode & 0o002 != 0 {
        let mode = format!("{:o}", node.mode);
        Judged::warning(
            told!("everybody may write to {folder}: mode {mode}", folder = node.path, mode = mode),
            Remedy::fix(
                told!("let only its owner write"),
                [Command::root(["chmod", "o-w", &node.path])],
                [Command::root(["chmod", &mode, &node.path])],
            ),
        )
    } else {
        Judged::Well(told!("the home {folder} is its user's", folder = node.path))
    })
}

pub(super) fn foreign(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let found = site.permissions.foreign.as_ref().map_err(Told::clone)?;
    let Some(first) = found.first() else {
        return Ok(Judged::Well(told!(
            "what the session needs in the home belongs to {user}",
            user = user.name
        )));
    };
    let all = format!("{}:", user.name);
    Ok(Judged::ill(
        told!(
            "{file} belongs to another user than {user}: the session cannot write it",
            file = first,
            user = user.name
        ),
        Remedy::type_in(told!("give it back"), [Command::root(["chown", "-R", &all, first])]),
    ))
}

pub(super) fn openbox(site: &Site) -> Fact<Judged> {
    let Some(closed) = site.permissions.openbox.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    Ok(match closed.first() {
        Some(file) => {
            let (path, wanted) = (&file.path, if file.path.ends_with("autostart") { "755" } else { "644" });
            Judged::ill(
                told!("Openbox cannot use {file}: Vitrine is not started by it", file = path),
                Remedy::fix(
                    told!("let all read it, and run what is a program"),
                    [Command::root(["chmod", wanted, path])],
                    [Command::root(["chmod", &format!("{:o}", file.mode), path])],
                ),
            )
        }
        None => Judged::Well(told!("Openbox can read what the kiosk has for it")),
    })
}

pub(super) fn apparmor(site: &Site) -> Fact<Judged> {
    // A container reads its host's log, of its host's VMs.
    if *site.host.container.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    let refused = site.permissions.refused.as_ref().map_err(Told::clone)?;
    Ok(match refused.last() {
        Some(what) => Judged::warning(
            told!(
                "AppArmor has refused {count} things to libvirt or a VM, such as {what}",
                count = refused.len(),
                what = what
            ),
            Remedy::type_in(
                told!(
                    "allow the path in /etc/apparmor.d/local/abstractions/libvirt-qemu, or lay the image into /var/lib/libvirt/images"
                ),
                [Command::root(["journalctl", "-k", "-b", "-g", "DENIED"])],
            ),
        ),
        None => Judged::Well(told!("AppArmor has refused nothing to libvirt and its VMs since the start")),
    })
}

pub(super) fn selinux(site: &Site) -> Fact<Judged> {
    Ok(match *site.permissions.selinux.as_ref().map_err(Told::clone)? {
        Some(true) => Judged::advice(
            told!("SELinux is enforcing: an image in an unusual folder may be kept from QEMU"),
            Remedy::type_in(
                told!("give images their label"),
                [Command::root(["restorecon", "-Rv", "/var/lib/libvirt/images"])],
            ),
        ),
        Some(false) => Judged::Well(told!("SELinux refuses nothing here")),
        None => Judged::Beside,
    })
}

pub(super) fn processes(site: &Site) -> Fact<Judged> {
    Ok(if *site.permissions.hidden_processes.as_ref().map_err(Told::clone)? {
        Judged::advice(
            told!(
                "/proc hides the processes of others (hidepid): Vitrine cannot see whether a QEMU is stopped"
            ),
            Remedy::say(told!("take 'hidepid' from the options of /proc in /etc/fstab")),
        )
    } else {
        Judged::Well(told!("the processes of others can be seen"))
    })
}
