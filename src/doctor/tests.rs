use std::collections::BTreeSet;

use super::*;
use crate::words::told;

fn everywhere() -> BTreeSet<Area> {
    Area::ALL.into()
}

#[test]
fn a_site_where_all_is_well_is_called_well() {
    let facts = Facts { site: Site::well(), exhibits: vec![Exhibit::well()] };
    for finding in examine(&facts, &everywhere()) {
        assert_eq!(finding.verdict, Verdict::Well, "{}: {:?}", finding.check.code, finding.evidence);
    }
}

#[test]
fn what_is_not_known_is_never_called_well_nor_ill() {
    let why = told!("it was not asked for");
    let settings = facts::well_settings().exhibits.remove(0);
    let facts = Facts { site: Site::unknown(&why), exhibits: vec![Exhibit::unknown(settings, &why)] };
    for finding in examine(&facts, &everywhere()) {
        assert_eq!(finding.verdict, Verdict::Unknown, "{}: {:?}", finding.check.code, finding.evidence);
    }
}

#[test]
fn each_check_has_a_code_of_its_own_in_its_area() {
    let mut codes = BTreeSet::new();
    let mut areas: Vec<Area> = Vec::new();
    for check in checks() {
        assert!(codes.insert(check.code), "{} stands twice", check.code);
        let (area, subject) = check.code.split_once('.').unwrap();
        assert_eq!(area, check.area.code(), "{}", check.code);
        assert!(subject.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", check.code);
        areas.push(check.area);
    }
    assert!(areas.is_sorted(), "the table goes from the ground up");
}

#[test]
fn commands_are_written_as_a_shell_takes_them() {
    for (command, text) in [
        (Command::new(["virsh", "-c", "qemu:///system", "list"]), "virsh -c qemu:///system list"),
        (Command::root(["rm", "a b", "it's", ""]), r"sudo rm 'a b' 'it'\''s' ''"),
        (Command::new(["~", "$x"]), "'~' '$x'"),
    ] {
        assert_eq!(command.to_string(), text);
    }
}

#[test]
fn root_gives_commands_for_the_kiosks_user() {
    for (words, expected) in [
        (
            &["systemctl", "--user", "unmask", "vitrine.service"] as &[&str],
            "systemctl --user --machine=kiosk@.host unmask vitrine.service",
        ),
        (
            &["journalctl", "--user", "-u", "vitrine.service", "-n", "50"],
            "journalctl _SYSTEMD_USER_UNIT=vitrine.service -n 50",
        ),
        (&["systemctl", "restart", "libvirtd.service"], "systemctl restart libvirtd.service"),
    ] {
        let command =
            Command { words: words.iter().map(|word| (*word).to_owned()).collect(), as_root: false };
        assert_eq!(command.given_by_root("kiosk").to_string(), expected);
    }
}
