//! The tables of the configuration, read into settings.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::claims::Claims;
use super::error::quote;
use super::reader::{Item, Reader, Table};
use super::{
    ApiSettings, JournalSettings, LibvirtSettings, Settings, ShutdownSettings, TlsSettings, access, exhibit,
    keys, listen, screen, unit,
};
use crate::core::types::{ExhibitSettings, LastResortSettings, UnitSettings};
use crate::words::tr;

/// Time between two polls of every VM: more often would only load libvirtd, and after an hour nobody would call it
/// watched.
const POLL_RANGE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);
/// The longest path of a Unix socket, in bytes (`sun_path` in unix(7), without its NUL).
const MAX_SOCKET_PATH: usize = 107;
/// After how long without libvirt its unit may be restarted: a slow start of libvirtd must not count as a failure.
const RESTART_LIBVIRT_RANGE: RangeInclusive<Duration> =
    Duration::from_secs(30)..=Duration::from_secs(24 * 3600);
/// The same for the X server: plugging a monitor in keeps some for several seconds.
const RESTART_X_SERVER_RANGE: RangeInclusive<Duration> =
    Duration::from_secs(10)..=Duration::from_secs(24 * 3600);
/// The same for the computer, which people must have time to log in to.
const REBOOT_RANGE: RangeInclusive<Duration> = Duration::from_secs(300)..=Duration::from_secs(24 * 3600);
/// How large the journal may be allowed to become, in bytes.
const JOURNAL_LIMIT_RANGE: RangeInclusive<u64> = 1 << 20..=100 << 30;
/// How long pictures may be kept. An incident of a night is looked at in the morning.
const RETENTION_RANGE: RangeInclusive<Duration> =
    Duration::from_secs(12 * 3600)..=Duration::from_secs(3650 * 24 * 3600);
/// The least that an exhibit needs.
pub(super) const FIRST_EXHIBIT: &str =
    "[[exhibit]]\n    name = \"eden-garden\"\n    vm = \"eden-garden-vm\"\n    screens = [\"HDMI-1\"]";

/// What to add where there is no exhibit.
fn first_exhibit() -> String {
    tr!(
        "Add one at the end of the file, with the name of its VM as `virsh list --all` shows it:\n    {lines}",
        lines = FIRST_EXHIBIT
    )
}

/// Reads the whole tree. The settings are valid only if the reader has noted no error.
pub(super) fn read(reader: &mut Reader<'_>, tree: &DeTable<'_>) -> Settings {
    let top = reader.open(tree, 0..0, String::new(), &keys::TOP);
    let libvirt = read_libvirt(reader, top.get("libvirt"));
    let mut api = ApiSettings::default();
    let mut listen_at = None;
    if let Some(item) = top.get("api") {
        (api, listen_at) = read_api(reader, &item);
    }
    let (accounts, tokens) = (access::read_accounts(reader, &top), access::read_tokens(reader, &top));
    let shutdown = read_shutdown(reader, top.get("shutdown"));
    let last_resort =
        top.get("last_resort").map(|item| read_last_resort(reader, &item, &libvirt.uri)).unwrap_or_default();
    let journal = top.get("journal").map(|item| read_journal(reader, &item)).unwrap_or_default();
    let mut claims = Claims::default();
    let exhibits = read_exhibits(reader, &mut claims, &top);
    let screens = screen::read_all(reader, &mut claims, &top);
    for (exhibit, screen) in exhibits.iter().flat_map(|e| e.screens.iter().map(move |screen| (e, screen))) {
        if screens.iter().any(|settings| settings.off && settings.name == *screen) {
            let problem = tr!(
                "The screen {screen} is to be off, but {exhibit} is to be shown on it.",
                screen = screen,
                exhibit = quote(&exhibit.name)
            );
            let at = top.get("screen").map_or(0..0, |item| item.span);
            reader.error(
                &at,
                "screen",
                problem,
                tr!("Remove `off`, or name another screen for the exhibit."),
            );
        }
    }
    if let (true, Some(at)) = (api.listen.is_empty(), listen_at)
        && let Some(deaf) = exhibits.iter().find(|exhibit| exhibit.beats_over_network())
    {
        reader.error(
            &at.span,
            &at.path,
            tr!("No address is listened on, but {exhibit} expects heartbeats.", exhibit = quote(&deaf.name)),
            tr!("List an address, such as \"127.0.0.1:8000\", or give each exhibit `heartbeat = false`."),
        );
    }
    let units = unit::with_libvirts(read_units(reader, &top), &libvirt.uri);
    Settings { libvirt, api, accounts, tokens, journal, last_resort, shutdown, screens, exhibits, units }
}

fn read_shutdown(reader: &mut Reader<'_>, item: Option<Item<'_>>) -> ShutdownSettings {
    let mut settings = ShutdownSettings::default();
    let hint = tr!("Write a heading [shutdown] with its keys below.");
    let Some(table) = item.and_then(|item| reader.table(&item, &keys::SHUTDOWN, &hint)) else {
        return settings;
    };
    if let Some(item) = table.get("vms")
        && let Some(word) = reader.text(&item, "\"end\"")
    {
        match word {
            "end" => settings.end_vms = true,
            "leave" => settings.end_vms = false,
            other => reader.error(
                &item.span,
                &item.path,
                tr!("{text} is not known here.", text = quote(other)),
                tr!("Write \"end\" to have the VMs ended at once, or \"leave\" to leave them to the system."),
            ),
        }
    }
    settings
}

fn read_last_resort(reader: &mut Reader<'_>, item: &Item<'_>, uri: &str) -> LastResortSettings {
    let mut settings = LastResortSettings::default();
    let Some(table) =
        reader.table(item, &keys::LAST_RESORT, &tr!("Write a heading [last_resort] with its keys below."))
    else {
        return settings;
    };
    if let Some(item) = table.get("restart_libvirt") {
        settings.restart_libvirt = read_wait(reader, &item, &RESTART_LIBVIRT_RANGE);
        if settings.restart_libvirt.is_some() && !unit::is_own(uri) {
            let problem = tr!("The libvirt at {uri} is no unit of this computer.", uri = quote(uri));
            let remedy = tr!("Remove this line, or use \"qemu:///system\".");
            reader.error(&item.span, &item.path, problem, remedy);
        }
    }
    if let Some(item) = table.get("restart_x_server") {
        settings.restart_x_server = read_wait(reader, &item, &RESTART_X_SERVER_RANGE);
    }
    if let Some(item) = table.get("reboot") {
        settings.reboot = read_wait(reader, &item, &REBOOT_RANGE);
    }
    settings
}

/// A time, or `false` for never.
fn read_wait(reader: &mut Reader<'_>, item: &Item<'_>, range: &RangeInclusive<Duration>) -> Option<Duration> {
    if let DeValue::Boolean(false) = item.value { None } else { reader.duration(item, range) }
}

fn read_libvirt(reader: &mut Reader<'_>, item: Option<Item<'_>>) -> LibvirtSettings {
    let mut settings = LibvirtSettings::default();
    let Some(item) = item else { return settings };
    let Some(table) =
        reader.table(&item, &keys::LIBVIRT, &tr!("Write a heading [libvirt] with its keys below."))
    else {
        return settings;
    };
    if let Some(item) = table.get("uri")
        && let Some(uri) = reader.text(&item, "\"qemu:///system\"")
    {
        if is_uri(uri) {
            settings.uri = uri.to_owned();
        } else {
            let problem = tr!("{text} is not a libvirt connection URI.", text = quote(uri));
            let remedy =
                tr!("Write \"qemu:///system\", or what `virsh uri` prints where the VMs are listed.");
            reader.error(&item.span, &item.path, problem, remedy);
        }
    }
    if let Some(poll) = table.get("poll").and_then(|item| reader.duration(&item, &POLL_RANGE)) {
        settings.poll = poll;
    }
    settings
}

/// `driver[+transport]://…`, as <https://libvirt.org/uri.html> has it.
fn is_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once("://") else { return false };
    scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c))
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Reads `[api]`; the second part says where `listen` is an empty list.
fn read_api<'a>(reader: &mut Reader<'_>, item: &Item<'a>) -> (ApiSettings, Option<Item<'a>>) {
    let mut settings = ApiSettings::default();
    let mut empty = None;
    let Some(table) = reader.table(item, &keys::API, &tr!("Write a heading [api] with its keys below."))
    else {
        return (settings, None);
    };
    if let Some(item) = table.get("listen")
        && let Some(entries) =
            reader.list(&item, &tr!("Write a list, such as listen = [\"127.0.0.1:8000\"]."))
    {
        empty = entries.is_empty().then_some(item);
        settings.listen = listen::read(reader, &entries);
    }
    if let Some(item) = table.get("socket") {
        settings.socket = read_socket(reader, &item);
    }
    if let Some(item) = table.get("names")
        && let Some(entries) =
            reader.list(&item, &tr!("Write a list, such as names = [\"vitrine.museum.example\"]."))
    {
        settings.names = listen::read_names(reader, &entries);
    }
    if let Some(item) = table.get("proxy")
        && let Some(entries) = reader.list(&item, &tr!("Write a list, such as proxy = [\"127.0.0.1:8001\"]."))
    {
        settings.proxy = listen::read_besides(reader, &entries, &settings.listen);
    }
    if let Some(item) = table.get("tls") {
        let others = [settings.listen.as_slice(), &settings.proxy].concat();
        settings.tls = read_tls(reader, &item, &others);
    }
    if let Some(access) = table.get("loopback").and_then(|item| access::read_access(reader, &item)) {
        settings.loopback = access;
    }
    if let Some(access) = table.get("remote").and_then(|item| access::read_access(reader, &item)) {
        settings.remote = access;
    }
    if let Some(item) = table.get("guest_may") {
        settings.guest_may = access::read_guest_may(reader, &item);
    }
    if let Some(allowed) = table.get("user_mode_beats").and_then(|item| reader.switch(&item)) {
        settings.user_mode_beats = allowed;
    }
    (settings, empty)
}

/// Reads `tls`, whose addresses are listened on besides these others.
fn read_tls(reader: &mut Reader<'_>, item: &Item<'_>, others: &[SocketAddr]) -> Option<TlsSettings> {
    let hint = tr!("Write a table:\n    {line}", line = keys::TLS_LINE);
    let table = reader.table(item, &keys::TLS, &hint)?;
    let listen = table.require(reader, "listen", "listen = [\"0.0.0.0:8443\"]").and_then(|item| {
        let hint = tr!("Write a list, such as listen = [\"0.0.0.0:8443\"].");
        let entries = reader.list(&item, &hint)?;
        if entries.is_empty() {
            let problem = tr!("No address is listened on over TLS.");
            reader.error(
                &item.span,
                &item.path,
                problem,
                tr!("List one, such as \"0.0.0.0:8443\", or remove `tls`."),
            );
        }
        Some(listen::read_besides(reader, &entries, others))
    });
    let mut path = |key, line, example| {
        let item = table.require(reader, key, line)?;
        reader.absolute_path(&item, example)
    };
    let certificate = path(
        "certificate",
        "certificate = \"/etc/vitrine/certificate.pem\"",
        "\"/etc/vitrine/certificate.pem\"",
    );
    let key = path("key", "key = \"/etc/vitrine/key.pem\"", "\"/etc/vitrine/key.pem\"");
    Some(TlsSettings { listen: listen?, certificate: certificate?, key: key? })
}

fn read_journal(reader: &mut Reader<'_>, item: &Item<'_>) -> JournalSettings {
    let mut settings = JournalSettings::default();
    let Some(table) =
        reader.table(item, &keys::JOURNAL, &tr!("Write a heading [journal] with its keys below."))
    else {
        return settings;
    };
    if let Some(item) = table.get("path") {
        settings.path = reader.absolute_path(&item, "\"/var/lib/vitrine/journal.db\"");
    }
    if let Some(item) = table.get("limit")
        && let Some(text) = reader.text(&item, "\"100MB\"")
    {
        match parse_size(text) {
            Some(limit) if JOURNAL_LIMIT_RANGE.contains(&limit) => settings.limit = limit,
            found => {
                let problem = match found {
                    Some(_) => tr!("{value} is out of bounds.", value = quote(text)),
                    None => tr!("{text} is no size.", text = quote(text)),
                };
                let remedy = tr!("Write a whole number of megabytes or gigabytes from \"1MB\" to \"100GB\".");
                reader.error(&item.span, &item.path, problem, remedy);
            }
        }
    }
    if let Some(retention) = table.get("retention").and_then(|item| reader.duration(&item, &RETENTION_RANGE))
    {
        settings.retention = retention;
    }
    settings
}

/// A whole number with its unit, in bytes.
fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let unit: u64 = match unit.trim_start() {
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

fn read_socket(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<PathBuf> {
    let example = "\"/run/user/1000/vitrine.sock\"";
    let path = reader.absolute_path(item, example)?;
    if path.as_os_str().len() > MAX_SOCKET_PATH {
        let problem = tr!(
            "This path is longer than the {most} bytes that Linux allows for a socket.",
            most = MAX_SOCKET_PATH
        );
        let remedy = tr!("Write the full path of a file, such as {example}.", example = example);
        reader.error(&item.span, &item.path, problem, remedy);
        return None;
    }
    Some(path)
}

fn read_exhibits(reader: &mut Reader<'_>, claims: &mut Claims, top: &Table<'_>) -> Vec<ExhibitSettings> {
    let Some(item) = top.get("exhibit") else {
        if !top.misspells("exhibit") {
            let end = reader.source().text().trim_end().len();
            reader.missing(&(end..end), "exhibit", tr!("There is no exhibit."), first_exhibit());
        }
        return Vec::new();
    };
    let entries = match item.value {
        DeValue::Array(list) if list.is_empty() => {
            reader.missing(&item.span, "exhibit", tr!("There is no exhibit."), first_exhibit());
            Vec::new()
        }
        DeValue::Table(_) => {
            reader.error(
                &item.span,
                "exhibit",
                tr!("An exhibit's heading has double brackets, since there may be several."),
                tr!("Write [[exhibit]]."),
            );
            vec![Item { path: "exhibit[1]".to_owned(), ..item }]
        }
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => reader
            .list(&item, &tr!("Write a heading [[exhibit]] for each exhibit, with its keys below."))
            .unwrap_or_default(),
    };
    entries.iter().map(|item| exhibit::read(reader, claims, item)).collect()
}

fn read_units(reader: &mut Reader<'_>, top: &Table<'_>) -> Vec<UnitSettings> {
    let Some(item) = top.get("unit") else { return Vec::new() };
    let entries = if let DeValue::Table(_) = item.value {
        let problem = tr!("A unit's heading has double brackets, since there may be several.");
        reader.error(&item.span, "unit", problem, tr!("Write [[unit]]."));
        vec![Item { path: "unit[1]".to_owned(), ..item }]
    } else {
        let hint = tr!("Write a heading [[unit]] for each unit, with its keys below.");
        reader.list(&item, &hint).unwrap_or_default()
    };
    let mut claims = Claims::default();
    entries.iter().map(|item| unit::read(reader, &mut claims, item)).collect()
}
