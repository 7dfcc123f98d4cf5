//! The system itself: its release, kernel, clock, keys, starts, units.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{number, read, said, since_epoch, systemd_said};
use crate::doctor::Fact;
use crate::doctor::facts::host::{Clock, Grub, Kernel, Keys, Starts, System, Time};
use crate::words::told;

/// Lines such as `NAME=value` or `NAME="value"`; the last of a name counts.
pub(super) fn assignments(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| {
            let value = value.trim();
            let plain = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            (name.trim().to_owned(), plain.unwrap_or(value).to_owned())
        })
        .collect()
}

/// What os-release(5) says.
pub(super) fn release(text: &str) -> System {
    let mut values = assignments(text);
    let mut take = |name: &str| values.remove(name).unwrap_or_default();
    System { id: take("ID"), version: take("VERSION_ID"), name: take("PRETTY_NAME") }
}

/// The kernel that runs, and those in `/boot`.
pub(super) fn kernel() -> Fact<Kernel> {
    let release = read("/proc/sys/kernel/osrelease")?.trim().to_owned();
    let files = fs::read_dir("/boot").into_iter().flatten().flatten();
    let installed =
        files.filter_map(|file| Some(file.file_name().to_str()?.strip_prefix("vmlinuz-")?.to_owned()));
    Ok(Kernel {
        has_modules: Path::new("/lib/modules").join(&release).is_dir(),
        restart_wanted: Path::new("/run/reboot-required").exists(),
        installed: installed.collect(),
        release,
    })
}

/// What timedatectl(1) says of the clock.
pub(super) fn time() -> Fact<Time> {
    let mut time = time_of(&systemd_said(&["timedatectl", "show"])?);
    if time.kept && !time.synchronised {
        let unit = "systemd-timesyncd.service";
        let began = systemd_said(&["systemctl", "show", "-P", "ActiveEnterTimestampMonotonic", unit]);
        // Since the start of the computer, in microseconds; 0 where it does not run.
        let began = began.ok().and_then(|text| text.trim().parse::<u64>().ok()).filter(|micros| *micros > 0);
        time.kept_for = began
            .zip(super::uptime().ok())
            .map(|(micros, uptime)| uptime.saturating_sub(Duration::from_micros(micros)));
    }
    Ok(time)
}

pub(super) fn time_of(text: &str) -> Time {
    let values = assignments(text);
    let yes = |name: &str| values.get(name).is_some_and(|value| value == "yes");
    Time {
        can_be_kept: yes("CanNTP"),
        kept: yes("NTP"),
        synchronised: yes("NTPSynchronized"),
        zone: values.get("Timezone").cloned().unwrap_or_default(),
        rtc_is_local: yes("LocalRTC"),
        kept_for: None,
    }
}

/// The clocks, and files that the system itself has written some time ago.
pub(super) fn clock() -> Fact<Clock> {
    let files =
        ["/var/lib/dpkg/status", "/var/lib/systemd/timesync/clock", "/etc/ld.so.cache", "/etc/passwd"];
    let newest = files.iter().filter_map(|file| fs::metadata(file).ok()?.modified().ok()).max();
    let hardware = read("/sys/class/rtc/rtc0/since_epoch").and_then(|text| number(text.trim()));
    Ok(Clock {
        now: since_epoch(SystemTime::now()),
        newest_file: newest.map_or(0, since_epoch),
        hardware: hardware.ok(),
    })
}

/// What logind does with keys.
pub(super) fn keys() -> Fact<Keys> {
    // In the order of the fields; busctl(1) writes a line for each.
    let text = systemd_said(&[
        "busctl",
        "--system",
        "--timeout=2",
        "get-property",
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "HandlePowerKey",
        "HandleSuspendKey",
        "HandleHibernateKey",
        "HandleLidSwitch",
        "IdleAction",
    ])?;
    keys_of(&text).ok_or_else(|| told!("logind says something else: {text}", text = text.trim()))
}

pub(super) fn keys_of(text: &str) -> Option<Keys> {
    let mut values =
        text.lines().map(|line| line.trim().trim_start_matches("s ").trim_matches('"').to_owned());
    Some(Keys {
        power: values.next()?,
        suspend: values.next()?,
        hibernate: values.next()?,
        lid: values.next()?,
        idle: values.next()?,
    })
}

/// What GRUB's menu is written from.
pub(super) fn grub() -> Fact<Option<Grub>> {
    let main = Path::new("/etc/default/grub");
    if !main.exists() {
        return Ok(None);
    }
    let mut text = read(main)?;
    let mut more: Vec<_> = fs::read_dir("/etc/default/grub.d")
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path())
        .filter(|file| file.extension().is_some_and(|end| end == "cfg"))
        .collect();
    more.sort();
    for file in more {
        text.push('\n');
        text.push_str(&read(file)?);
    }
    Ok(Some(grub_of(&text)))
}

/// The files are a shell's; what names a variable of before is put together as that does.
pub(super) fn grub_of(text: &str) -> Grub {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for line in text.lines() {
        for (name, value) in assignments(line) {
            let name = name.trim_start_matches("export ").to_owned();
            let before = values.get(&name).cloned().unwrap_or_default();
            let value = value.replace(&format!("${{{name}}}"), &before).replace(&format!("${name}"), &before);
            values.insert(name, value);
        }
    }
    let seconds = |name: &str| values.get(name)?.trim().parse().ok();
    let part = |name: &str| values.get(name).map_or("", String::as_str);
    Grub {
        wait: seconds("GRUB_TIMEOUT"),
        wait_after_failure: seconds("GRUB_RECORDFAIL_TIMEOUT"),
        kernel: format!("{} {}", part("GRUB_CMDLINE_LINUX"), part("GRUB_CMDLINE_LINUX_DEFAULT")),
    }
}

/// The starts that the system's journal knows of.
pub(super) fn starts() -> Fact<Starts> {
    let text = said(&["journalctl", "-q", "--utc", "--no-pager", "--list-boots"])?;
    let days = since_epoch(SystemTime::now()) / 86_400;
    let starts = starts_of(&text, days);
    if starts.week == 0 && text.trim().is_empty() {
        return Err(told!("there is no journal of the system's that this user may read"));
    }
    Ok(starts)
}

/// Each line has the days of its start and of its end; the first is the start's. Days are counted since 1970.
pub(super) fn starts_of(text: &str, today: u64) -> Starts {
    let day = |line: &str| {
        line.split(|c: char| c.is_whitespace() || c == '—').find_map(|word| {
            let mut parts = word.splitn(3, '-');
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            // The long number of a start has no hyphens.
            if year.len() != 4 {
                return None;
            }
            Some(days(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
        })
    };
    let mut starts = Starts::default();
    for ago in text.lines().filter_map(day).map(|day| today.saturating_sub(day)) {
        starts.today += u64::from(ago == 0);
        starts.week += u64::from(ago < 7);
    }
    starts
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March, so that a leap day is the last.
    let year = year - u64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.saturating_sub(1);
    (year * 365 + year / 4 - year / 100 + year / 400 + of_year).saturating_sub(719_468)
}

/// Units of the system that have failed.
pub(super) fn failed_units() -> Fact<Vec<String>> {
    let text = systemd_said(&["systemctl", "list-units", "--failed", "--plain", "--no-legend", "--full"])?;
    // Older ones put a mark before the name even so.
    let name = |line: &str| line.split_whitespace().find(|word| word.contains('.')).map(str::to_owned);
    Ok(text.lines().filter_map(name).collect())
}

/// How systemd uses the watchdog, and whether there is one.
pub(super) fn watchdog() -> Fact<(Option<Duration>, bool)> {
    let text = systemd_said(&["systemctl", "show", "-P", "RuntimeWatchdogUSec"])?;
    Ok((span(text.trim()), Path::new("/dev/watchdog0").exists()))
}

/// A span as systemd writes it, such as `1min 30s`; nothing for none (systemd.time(7)).
pub(super) fn span(text: &str) -> Option<Duration> {
    let mut all = Duration::ZERO;
    for word in text.split_whitespace() {
        let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
        let count: u64 = word.get(..end)?.parse().ok()?;
        all += match word.get(end..)? {
            "us" => Duration::from_micros(count),
            "ms" => Duration::from_millis(count),
            "s" => Duration::from_secs(count),
            "min" => Duration::from_secs(count.checked_mul(60)?),
            "h" => Duration::from_secs(count.checked_mul(3600)?),
            _ => return None,
        };
    }
    (!all.is_zero()).then_some(all)
}

/// The computer's name, and whether it is in `/etc/hosts` or systemd's resolver knows it (nss-myhostname(8)).
pub(super) fn name() -> Fact<(String, bool)> {
    let name = read("/proc/sys/kernel/hostname")?.trim().to_owned();
    let hosts = read("/etc/hosts").unwrap_or_default();
    let switch = read("/etc/nsswitch.conf").unwrap_or_default();
    let found = knows(&hosts, &switch, &name);
    Ok((name, found))
}

pub(super) fn knows(hosts: &str, switch: &str, name: &str) -> bool {
    let plain = |line: &str| line.split('#').next().unwrap_or_default().to_owned();
    let listed = hosts.lines().any(|line| plain(line).split_whitespace().skip(1).any(|word| word == name));
    let resolver = ["myhostname", "resolve"];
    listed
        || switch
            .lines()
            .filter(|line| line.starts_with("hosts:"))
            .any(|line| plain(line).split_whitespace().any(|word| resolver.contains(&word)))
}
