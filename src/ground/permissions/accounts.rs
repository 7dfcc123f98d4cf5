//! Users, groups, and the groups of processes.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, SystemTime};

use super::super::User;
use super::{Account, Fact, program, read, told};

/// How long who looks users up may take: it may be a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Processes that a session of a kiosk has, in this order.
const OF_SESSION: [&str; 4] = ["openbox", "virt-viewer", "vitrine-session", "vitrine"];

/// A user of `passwd`: its number, its own group, its shell.
fn passwd_of(text: &str, name: &str) -> Option<(u32, u32, String)> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    let parts: Vec<_> = line.split(':').collect();
    Some((parts.get(2)?.parse().ok()?, parts.get(3)?.parse().ok()?, parts.get(6)?.trim().to_owned()))
}

/// The groups: names by numbers, and the names of those that a user is a member of (group(5)).
fn groups_of(text: &str, user: &str) -> (BTreeMap<u32, String>, Vec<String>) {
    let mut names = BTreeMap::new();
    let mut of_user = Vec::new();
    for line in text.lines() {
        let parts: Vec<_> = line.split(':').collect();
        let [name, _, number, members] = parts.as_slice() else { continue };
        if let Ok(number) = number.parse() {
            names.insert(number, (*name).to_owned());
        }
        if members.split(',').any(|member| member.trim() == user) {
            of_user.push((*name).to_owned());
        }
    }
    (names, of_user)
}

/// Who is asked of whom the computer's own files do not tell.
fn looked_up(database: &str, key: &str) -> Option<String> {
    let ended = program::run(&["getent", database, key], PATIENCE).ok()?;
    ended.well().then_some(ended.output)
}

/// What is known of a user.
pub(super) fn account(user: &User) -> Fact<Account> {
    let (passwd, group) = (read("/etc/passwd")?, read("/etc/group")?);
    let found =
        passwd_of(&passwd, &user.name).or_else(|| passwd_of(&looked_up("passwd", &user.name)?, &user.name));
    let (names, mut groups) = groups_of(&group, &user.name);
    let Some((uid, own, shell)) = found else {
        return Ok(Account { name: user.name.clone(), uid: user.uid, ..Account::default() });
    };
    groups.extend(names.get(&own).cloned());
    Ok(Account {
        name: user.name.clone(),
        uid,
        exists: true,
        shell,
        groups,
        all_groups: names.into_values().collect(),
        expired: read("/etc/shadow").ok().map(|text| has_expired(&text, &user.name, days_since_epoch())),
    })
}

fn days_since_epoch() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400
}

/// Whether an account's last day is over (the eighth part of a line of shadow(5), in days since 1970).
fn has_expired(shadow: &str, name: &str, today: u64) -> bool {
    let line = shadow.lines().find(|line| line.split(':').next() == Some(name));
    let last = line.and_then(|line| line.split(':').nth(7)?.parse::<u64>().ok());
    last.is_some_and(|last| last > 0 && last <= today)
}

/// The groups that the user's session has: those of one of its processes.
pub(super) fn session_groups(account: &Account) -> Fact<Option<Vec<String>>> {
    let (names, _) = groups_of(&read("/etc/group")?, &account.name);
    let mut best: Option<(usize, Vec<String>)> = None;
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if !process.file_name().to_string_lossy().starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let Ok(status) = fs::read_to_string(process.path().join("status")) else { continue };
        let Some((name, uid, groups)) = status_of(&status) else { continue };
        let Some(rank) = OF_SESSION.iter().position(|one| *one == name) else { continue };
        // Whoever asks may have logged in later than the session.
        let is_self = *process.file_name() == *std::process::id().to_string();
        if uid == account.uid && !is_self && best.as_ref().is_none_or(|(other, _)| rank < *other) {
            let groups = groups.iter().filter_map(|number| names.get(number).cloned()).collect();
            best = Some((rank, groups));
        }
    }
    Ok(best.map(|(_, groups)| groups))
}

/// The name, the user and the groups of a process (proc_pid_status(5)).
fn status_of(status: &str) -> Option<(String, u32, Vec<u32>)> {
    let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let uid = value("Uid")?.split_whitespace().next()?.parse().ok()?;
    let own = value("Gid")?.split_whitespace().next()?.parse().ok()?;
    let mut groups: Vec<u32> =
        value("Groups")?.split_whitespace().filter_map(|one| one.parse().ok()).collect();
    groups.push(own);
    Some((value("Name")?.trim().to_owned(), uid, groups))
}

/// The user of QEMU's processes, as libvirt's configuration says, or as its package has it.
pub(super) fn qemu() -> Fact<(String, Option<Vec<String>>)> {
    let configured = match fs::metadata("/etc/libvirt/qemu.conf") {
        Ok(_) => user_of(&read("/etc/libvirt/qemu.conf")?),
        Err(_) => None,
    };
    let passwd = read("/etc/passwd")?;
    // Debian's and Ubuntu's name, and everybody else's.
    let usual = ["libvirt-qemu", "qemu"].into_iter().find(|name| passwd_of(&passwd, name).is_some());
    let name = match (configured, usual) {
        (Some(name), _) => name,
        (None, Some(usual)) => usual.to_owned(),
        (None, None) => return Err(told!("as whom QEMU runs is not known: libvirt is not wholly installed")),
    };
    // A number may stand there, and so may one after a plus sign.
    if name.trim_start_matches('+').parse::<u32>().is_ok() {
        return Err(told!("QEMU runs as user number {number}", number = name));
    }
    let Some((_, own, _)) = passwd_of(&passwd, &name) else { return Ok((name, None)) };
    let (names, mut groups) = groups_of(&read("/etc/group")?, &name);
    groups.extend(names.get(&own).cloned());
    Ok((name, Some(groups)))
}

/// What qemu.conf says of its user; the last word counts.
fn user_of(text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter_map(|line| line.strip_prefix("user"));
    let mut values = lines.filter_map(|rest| rest.trim_start().strip_prefix('='));
    values
        .next_back()
        .map(|value| value.trim().trim_matches('"').to_owned())
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_read() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\nkiosk:x:1000:1001:V:/home/kiosk:/usr/sbin/nologin\n";
        assert_eq!(passwd_of(passwd, "kiosk"), Some((1000, 1001, "/usr/sbin/nologin".to_owned())));
        assert_eq!(passwd_of(passwd, "kios"), None);
        let (names, of_user) =
            groups_of("kvm:x:993:\nlibvirt:x:106:staff,kiosk\nvideo:x:44:kiosks\n", "kiosk");
        assert_eq!(names.get(&993).map(String::as_str), Some("kvm"));
        assert_eq!(of_user, ["libvirt"]);
        let status =
            "Name:\topenbox\nUid:\t1000\t1000\t1000\t1000\nGid:\t1001\t1001\t1001\t1001\nGroups:\t44 106 \n";
        assert_eq!(status_of(status), Some(("openbox".to_owned(), 1000, vec![44, 106, 1001])));
    }

    #[test]
    fn accounts_expire_on_a_day() {
        for (line, today, expected) in [
            ("kiosk:!:19700:0:99999:7:::", 20_000, false),
            ("kiosk:!:19700:0:99999:7::19999:", 20_000, true),
            ("kiosk:!:19700:0:99999:7::20001:", 20_000, false),
            ("other:!:19700:0:99999:7::1:", 20_000, false),
        ] {
            assert_eq!(has_expired(line, "kiosk", today), expected, "{line}");
        }
    }

    #[test]
    fn the_user_of_qemu_is_read() {
        for (text, expected) in [
            ("#user = \"libvirt-qemu\"\n", None),
            ("user = \"root\"\ngroup = \"root\"\n", Some("root")),
            ("user_other = 1\n", None),
        ] {
            assert_eq!(user_of(text).as_deref(), expected, "{text}");
        }
    }
}
