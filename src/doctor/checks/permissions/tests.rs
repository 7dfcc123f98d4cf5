use super::*;
use crate::doctor::Look;
use crate::doctor::Verdict::{self, Advice, Ill, Unknown, Warning, Well};
use crate::doctor::checks::host::verdict;
use crate::doctor::facts::permissions::*;
use crate::words::told;

type Row = (&'static str, fn(&mut Permissions), Option<Verdict>);

fn user(facts: &mut Permissions) -> &mut Account {
    facts.user.as_mut().unwrap()
}

fn node(fact: &mut Fact<Option<Node>>) -> &mut Node {
    fact.as_mut().unwrap().as_mut().unwrap()
}

fn leave(facts: &mut Permissions, group: &str) {
    user(facts).groups.retain(|one| one != group);
}

const ROWS: &[Row] = &[
    ("permissions.user", |facts| user(facts).exists = false, Some(Ill)),
    ("permissions.user", |facts| user(facts).expired = Some(true), Some(Ill)),
    ("permissions.user", |facts| user(facts).shell = "/usr/sbin/nologin".into(), Some(Ill)),
    ("permissions.user", |facts| user(facts).uid = 0, Some(Advice)),
    ("permissions.libvirt-group", |facts| leave(facts, "libvirt"), Some(Ill)),
    (
        "permissions.libvirt-group",
        |facts| {
            leave(facts, "libvirt");
            facts.libvirt_answers = Ok(true);
        },
        Some(Well),
    ),
    (
        "permissions.libvirt-group",
        |facts| {
            leave(facts, "libvirt");
            user(facts).all_groups.clear();
        },
        Some(Unknown),
    ),
    ("permissions.libvirt-group", |facts| facts.of_system = Ok(false), None),
    ("permissions.libvirt-group", |facts| user(facts).uid = 0, None),
    ("permissions.groups", |facts| leave(facts, "video"), Some(Advice)),
    ("permissions.session", |facts| facts.session_groups = Ok(None), None),
    ("permissions.session", |facts| facts.session_groups = Ok(Some(vec!["kvm".into()])), Some(Ill)),
    (
        "permissions.session",
        |facts| facts.session_groups.as_mut().unwrap().as_mut().unwrap().retain(|one| one != "video"),
        Some(Advice),
    ),
    ("permissions.socket", |facts| node(&mut facts.socket).mode = 0o600, Some(Ill)),
    ("permissions.socket", |facts| node(&mut facts.socket).mode = 0o666, Some(Well)),
    ("permissions.socket", |facts| node(&mut facts.socket).group = "root".into(), Some(Ill)),
    ("permissions.socket", |facts| facts.socket = Ok(None), None),
    ("permissions.kvm", |facts| facts.qemu.as_mut().unwrap().1.as_mut().unwrap().clear(), Some(Ill)),
    ("permissions.kvm", |facts| node(&mut facts.kvm).mode = 0o600, Some(Ill)),
    (
        "permissions.kvm",
        |facts| {
            facts.of_system = Ok(false);
            leave(facts, "kvm");
        },
        Some(Ill),
    ),
    ("permissions.kvm", |facts| facts.kvm_wanted = Ok(false), None),
    ("permissions.kvm", |facts| facts.kvm = Ok(None), None),
    ("permissions.qemu-user", |facts| facts.qemu = Ok(("nobody-here".into(), None)), Some(Ill)),
    ("permissions.qemu-user", |facts| facts.of_system = Ok(false), None),
    ("permissions.polkit", |facts| facts.polkit = Ok(Some("other".into())), Some(Warning)),
    ("permissions.polkit", |facts| facts.polkit = Ok(None), Some(Advice)),
    ("permissions.administrator", |facts| user(facts).groups.push("sudo".into()), Some(Advice)),
    (
        "permissions.configuration",
        |facts| facts.configuration = Ok(("/a/b".into(), Access::No("/a".into()))),
        Some(Ill),
    ),
    ("permissions.state", |facts| node(&mut facts.state).owner = "root".into(), Some(Ill)),
    ("permissions.state", |facts| node(&mut facts.state).mode = 0o500, Some(Ill)),
    ("permissions.state", |facts| node(&mut facts.state).mode = 0o755, Some(Warning)),
    ("permissions.state", |facts| facts.state = Ok(None), None),
    ("permissions.foreign-state", |facts| facts.foreign_state = Ok(vec!["/journal".into()]), Some(Ill)),
    ("permissions.runtime", |facts| node(&mut facts.runtime).owner = "root".into(), Some(Ill)),
    ("permissions.runtime", |facts| facts.runtime = Ok(None), None),
    ("permissions.home", |facts| facts.home = Ok(None), Some(Ill)),
    ("permissions.home", |facts| node(&mut facts.home).owner = "root".into(), Some(Ill)),
    ("permissions.home", |facts| node(&mut facts.home).mode = 0o777, Some(Warning)),
    (
        "permissions.foreign-files",
        |facts| facts.foreign = Ok(vec!["/home/kiosk/.Xauthority".into()]),
        Some(Ill),
    ),
    ("permissions.openbox", |facts| facts.openbox = Ok(Some(vec![Node::default()])), Some(Ill)),
    ("permissions.openbox", |facts| facts.openbox = Ok(None), None),
    ("permissions.apparmor", |facts| facts.refused = Ok(vec!["/srv/a (libvirt-1)".into()]), Some(Warning)),
    ("permissions.selinux", |facts| facts.selinux = Ok(Some(true)), Some(Advice)),
    ("permissions.selinux", |facts| facts.selinux = Ok(Some(false)), Some(Well)),
    ("permissions.processes", |facts| facts.hidden_processes = Ok(true), Some(Advice)),
];

#[test]
fn each_lack_of_a_right_is_named() {
    for (code, spoil, expected) in ROWS {
        let check = CHECKS.iter().find(|check| check.code == *code).unwrap();
        let Look::Site(look) = check.look else { panic!("{code}") };
        let mut site = Site::well();
        spoil(&mut site.permissions);
        assert_eq!(verdict(look(&site)), *expected, "{code}");
    }
}

#[test]
fn each_check_of_rights_has_a_row() {
    for check in CHECKS {
        assert!(ROWS.iter().any(|(code, ..)| *code == check.code), "{}", check.code);
        let Look::Site(look) = check.look else { panic!("{}", check.code) };
        let mut site = Site::well();
        assert!([None, Some(Well)].contains(&verdict(look(&site))), "{}", check.code);
        site.permissions = Permissions::unknown(&told!("it was not asked for"));
        assert_eq!(verdict(look(&site)), Some(Unknown), "{}", check.code);
    }
}

#[test]
fn who_joins_groups_leaves_them_when_it_is_taken_back() {
    let mut site = Site::well();
    leave(&mut site.permissions, "video");
    leave(&mut site.permissions, "audio");
    let Ok(Judged::Not { remedy, .. }) = groups::others(&site) else { panic!() };
    assert_eq!(remedy.commands, [Command::root(["usermod", "-a", "-G", "video,audio", "kiosk"])]);
    assert_eq!(
        remedy.undo,
        [
            Command::root(["gpasswd", "-d", "kiosk", "video"]),
            Command::root(["gpasswd", "-d", "kiosk", "audio"])
        ]
    );
}
