//! The kiosk's user, its groups, and what these open.

use super::super::installer;
use super::{Command, Fact, Judged, Remedy, Site, common_user};
use crate::core::types::Told;
use crate::words::told;

/// Groups that the session is of use with: for the graphics, the sound and what visitors touch.
const USEFUL: [&str; 5] = ["kvm", "video", "render", "audio", "input"];
/// Groups of who may become root.
const OF_ROOT: [&str; 4] = ["sudo", "admin", "wheel", "root"];

/// Makes the user a member, which is taken back as easily.
fn join(user: &str, group: &str, words: Told) -> Remedy {
    Remedy::fix(
        words,
        [Command::root(["usermod", "-a", "-G", group, user])],
        [Command::root(["gpasswd", "-d", user, group])],
    )
}

pub(super) fn user(site: &Site) -> Fact<Judged> {
    let user = site.permissions.user.as_ref().map_err(Told::clone)?;
    let name = &user.name;
    Ok(if !user.exists {
        Judged::ill(
            told!("the kiosk's user {user} does not exist", user = name),
            installer::for_user(site, name, told!("have the installer make it")),
        )
    } else if user.expired == Some(true) {
        Judged::ill(
            told!("the account of {user} has expired: it is not logged in any more", user = name),
            Remedy::type_in(told!("let it last"), [Command::root(["chage", "-E", "-1", "-M", "-1", name])]),
        )
    } else if ["nologin", "false"].iter().any(|shell| user.shell.ends_with(shell)) {
        Judged::ill(
            told!(
                "{user} has the shell {shell}, with which no session begins",
                user = name,
                shell = user.shell
            ),
            Remedy::type_in(told!("give it a shell"), [Command::root(["usermod", "-s", "/bin/bash", name])]),
        )
    } else if user.uid == 0 {
        Judged::advice(
            told!("the session is root's: what shows the artworks may do everything"),
            Remedy::say(told!("have a user of its own for the kiosk; the installer makes one")),
        )
    } else {
        Judged::Well(told!("the kiosk's user is {user}", user = name))
    })
}

pub(super) fn libvirt(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let groups = &site.permissions;
    if !*groups.of_system.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    Ok(if user.groups.iter().any(|group| group == "libvirt") {
        Judged::Well(told!("{user} is in the group libvirt", user = user.name))
    } else if *groups.libvirt_answers.as_ref().map_err(Told::clone)? {
        Judged::Well(told!("libvirt answers {user}, who is not in the group libvirt", user = user.name))
    } else if !user.all_groups.iter().any(|group| group == "libvirt") {
        // Systems where libvirt's doors are others.
        return Err(told!("there is no group libvirt, and whom libvirt answers is not known"));
    } else {
        Judged::ill(
            told!("{user} is not in the group libvirt: libvirt refuses it", user = user.name),
            join(&user.name, "libvirt", told!("make it a member, then log it out and in, or restart")),
        )
    })
}

pub(super) fn others(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let missing: Vec<_> = USEFUL
        .iter()
        .filter(|group| user.all_groups.iter().any(|one| one == *group))
        .filter(|group| !user.groups.iter().any(|one| one == *group))
        .copied()
        .collect();
    let Some(first) = missing.first() else {
        return Ok(Judged::Well(told!("{user} is in every group that a kiosk needs", user = user.name)));
    };
    let evidence =
        told!("{user} is not in the groups {groups}", user = user.name, groups = missing.join(", "));
    let words = told!("make it a member, then log it out and in, or restart");
    // One command may name several groups; taking back takes one for each.
    let mut remedy = join(&user.name, first, words);
    remedy.commands = vec![Command::root(["usermod", "-a", "-G", &missing.join(","), &user.name])];
    remedy.undo = missing.iter().map(|group| Command::root(["gpasswd", "-d", &user.name, group])).collect();
    Ok(Judged::advice(evidence, remedy))
}

/// A session has the groups of the moment when it began.
pub(super) fn session(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let Some(has) = site.permissions.session_groups.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    let missing: Vec<_> = user
        .groups
        .iter()
        .filter(|group| *group == "libvirt" || USEFUL.contains(&group.as_str()))
        .filter(|group| !has.contains(group))
        .map(String::as_str)
        .collect();
    if missing.is_empty() {
        return Ok(Judged::Well(told!("the running session of {user} has all its groups", user = user.name)));
    }
    let evidence = told!(
        "the running session of {user} does not have these groups yet: {groups}",
        user = user.name,
        groups = missing.join(", ")
    );
    let remedy = Remedy::type_in(
        told!("log the user out and in, or restart: a session keeps the groups that it began with"),
        [Command::root(["loginctl", "terminate-user", &user.name])],
    );
    let refused = missing.contains(&"libvirt")
        && *site.permissions.of_system.as_ref().map_err(Told::clone)?
        && site.permissions.libvirt_answers != Ok(true);
    Ok(if refused { Judged::ill(evidence, remedy) } else { Judged::advice(evidence, remedy) })
}

pub(super) fn socket(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    if !*site.permissions.of_system.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    // Whether libvirt runs at all is another finding's.
    let Some(socket) = site.permissions.socket.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::Beside);
    };
    let open = socket.mode & 0o006 == 0o006
        || (socket.mode & 0o060 == 0o060 && user.groups.contains(&socket.group))
        || (socket.mode & 0o600 == 0o600 && socket.owner == user.name);
    Ok(if open || site.permissions.libvirt_answers == Ok(true) {
        Judged::Well(told!("{user} may use {socket}", user = user.name, socket = socket.path))
    } else {
        Judged::ill(
            told!(
                "{user} may not use {socket}: it is of group {group}, mode {mode}",
                user = user.name,
                socket = socket.path,
                group = socket.group,
                mode = format!("{:o}", socket.mode)
            ),
            Remedy::type_in(
                told!(
                    "see to unix_sock_group and unix_sock_rw_perms in /etc/libvirt, or to SocketGroup= and SocketMode= of the socket's unit"
                ),
                [Command::root(["systemctl", "cat", "libvirtd.socket"])],
            ),
        )
    })
}

/// The device belongs to who runs QEMU: libvirt's user, and for VMs of its own the kiosk's.
pub(super) fn kvm(site: &Site) -> Fact<Judged> {
    let facts = &site.permissions;
    if !*facts.kvm_wanted.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    let Some(device) = facts.kvm.as_ref().map_err(Told::clone)? else { return Ok(Judged::Beside) };
    let (name, groups) = if *facts.of_system.as_ref().map_err(Told::clone)? {
        let (name, groups) = facts.qemu.as_ref().map_err(Told::clone)?;
        // That there is no such user is another finding's.
        let Some(groups) = groups else { return Ok(Judged::Beside) };
        (name, groups)
    } else {
        let user = facts.user.as_ref().map_err(Told::clone)?;
        (&user.name, &user.groups)
    };
    let by_group = device.mode & 0o060 == 0o060 && groups.contains(&device.group);
    let open = name == "root" || device.mode & 0o006 == 0o006 || by_group;
    let mode = format!("{:o}", device.mode);
    Ok(if open {
        Judged::Well(told!("{user} may open /dev/kvm", user = name))
    } else if device.mode & 0o060 == 0o060 && device.group != "root" {
        Judged::ill(
            told!(
                "{user} may not open /dev/kvm: it is not in the group {group}",
                user = name,
                group = device.group
            ),
            join(name, &device.group, told!("make it a member; a VM has it from its next start on")),
        )
    } else {
        Judged::ill(
            told!(
                "{user} may not open /dev/kvm: it is of group {group}, mode {mode}",
                user = name,
                group = device.group,
                mode = mode
            ),
            Remedy::fix(
                told!(
                    "give it back to its group; udev does so at each start, unless a rule of somebody's says otherwise"
                ),
                [Command::root(["chgrp", "kvm", "/dev/kvm"]), Command::root(["chmod", "660", "/dev/kvm"])],
                [
                    Command::root(["chgrp", &device.group, "/dev/kvm"]),
                    Command::root(["chmod", &mode, "/dev/kvm"]),
                ],
            ),
        )
    })
}

pub(super) fn qemu(site: &Site) -> Fact<Judged> {
    if !*site.permissions.of_system.as_ref().map_err(Told::clone)? {
        return Ok(Judged::Beside);
    }
    let (name, groups) = site.permissions.qemu.as_ref().map_err(Told::clone)?;
    Ok(if groups.is_some() {
        Judged::Well(told!("QEMU runs as {user}", user = name))
    } else {
        Judged::ill(
            told!("QEMU is to run as {user}, and there is no such user", user = name),
            Remedy::type_in(
                told!(
                    "correct 'user' in /etc/libvirt/qemu.conf, or install libvirt again, which makes its user"
                ),
                [Command::root(["apt-get", "install", "--reinstall", "libvirt-daemon-system"])],
            ),
        )
    })
}

pub(super) fn polkit(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    let rule = site.permissions.polkit.as_ref().map_err(Told::clone)?;
    let remedy = || installer::step(site, "polkit", told!("have the installer write polkit's rule"));
    Ok(match rule {
        Some(name) if *name == user.name => {
            Judged::Well(told!("{user} may restart libvirt's units, by polkit's rule", user = user.name))
        }
        Some(name) => Judged::warning(
            told!(
                "polkit's rule is for {other}, and the kiosk's user is {user}",
                other = name,
                user = user.name
            ),
            remedy(),
        ),
        None => Judged::advice(
            told!(
                "there is no rule of polkit's for {user}: Vitrine cannot restart libvirt",
                user = user.name
            ),
            remedy(),
        ),
    })
}

pub(super) fn administrator(site: &Site) -> Fact<Judged> {
    let Some(user) = common_user(site)? else { return Ok(Judged::Beside) };
    Ok(match user.groups.iter().find(|group| OF_ROOT.contains(&group.as_str())) {
        Some(group) => Judged::advice(
            told!(
                "the kiosk's user {user} is in the group {group}: a visitor who gets out may become root",
                user = user.name,
                group = group
            ),
            Remedy::type_in(
                told!("take it out, once another user can become root"),
                [Command::root(["gpasswd", "-d", &user.name, group])],
            ),
        ),
        None => Judged::Well(told!("{user} is no administrator", user = user.name)),
    })
}
