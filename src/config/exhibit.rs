//! One `[[exhibit]]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use super::claims::Claims;
use super::duration::{format_duration, guess, parse_duration};
use super::error::{cut, quote};
use super::keys;
use super::reader::{Item, Reader, Table};
use super::screen;
use crate::core::types::{
    AgentSettings, CurtainPicture, CurtainSettings, ExhibitSettings, HeartbeatSettings, IdleSettings,
    PictureSettings, QemuSettings, RebootSettings, RecoverySettings, Scale, Scaling, ScreenName, SerialPort,
    ViewerSettings, bad_snapshot_name,
};
use crate::words::{self, tr};

/// Bounds of times that a visitor waits through.
const SHORT_RANGE: RangeInclusive<Duration> = secs(1, 3600);
/// Bounds of times that may fill a day.
const LONG_RANGE: RangeInclusive<Duration> = secs(1, 24 * 3600);
/// Bounds of one revert or start; a shorter deadline would call every healthy one hung.
const DEADLINE_RANGE: RangeInclusive<Duration> = secs(5, 3600);
/// Bounds of the time without a picture; a shorter one would blame a VM for a viewer that is only launched again.
const SHOWN_RANGE: RangeInclusive<Duration> = secs(10, 3600);
/// The longest name of an exhibit, in characters, which all are of one byte: it stands in paths, commands and messages.
const MAX_NAME: usize = 64;

const fn secs(least: u64, most: u64) -> RangeInclusive<Duration> {
    Duration::from_secs(least)..=Duration::from_secs(most)
}

/// Reads an exhibit. It is valid only if the reader has noted no error.
pub(super) fn read(reader: &mut Reader<'_>, claims: &mut Claims, item: &Item<'_>) -> ExhibitSettings {
    let mut settings = ExhibitSettings {
        name: String::new(),
        vm: String::new(),
        snapshot: "ready".to_owned(),
        screens: Vec::new(),
        curtain: DEFAULT_CURTAIN,
        hide_pointer: false,
        viewer: ViewerSettings::default(),
        heartbeat: Some(DEFAULT_HEARTBEAT),
        serial: None,
        agent: None,
        picture: None,
        qemu: Some(DEFAULT_QEMU),
        shown: Some(DEFAULT_SHOWN),
        reboot: RebootSettings::Revert,
        idle: IdleSettings::Trust,
        auto_revert: true,
        set_time: true,
        recovery: DEFAULT_RECOVERY,
    };
    let mut item = item.clone();
    if let DeValue::Table(entries) = item.value
        && let Some(DeValue::String(name)) = entries.get("name").map(|name| name.get_ref())
    {
        item.path = format!("{} {}", item.path, quote(name));
    }
    let hint = tr!("Write a heading [[exhibit]] for each exhibit, with its keys below.");
    let Some(table) = reader.table(&item, &keys::EXHIBIT, &hint) else { return settings };
    read_names(reader, claims, &table, &mut settings);
    if let Some(item) = table.get("screens") {
        settings.screens = read_screens(reader, claims, &item);
    }
    if let Some(item) = table.get("curtain") {
        settings.curtain = read_curtain(reader, &item);
    }
    if let Some(hide) = table.get("hide_pointer").and_then(|item| reader.switch(&item)) {
        settings.hide_pointer = hide;
    }
    read_viewer(reader, &table, &mut settings.viewer);
    if let Some(item) = table.get("heartbeat") {
        settings.heartbeat = read_heartbeat(reader, &item, &mut settings.serial);
    }
    if let Some(item) = table.get("agent") {
        settings.agent = read_agent(reader, &item);
    }
    if let Some(item) = table.get("picture") {
        settings.picture = read_picture(reader, &item);
    }
    if let Some(item) = table.get("qemu") {
        settings.qemu = read_qemu(reader, &item);
    }
    if let Some(item) = table.get("shown") {
        settings.shown = read_shown(reader, &item);
    }
    if let Some(reboot) = table.get("reboot").and_then(|item| read_reboot(reader, &item)) {
        settings.reboot = reboot;
    }
    if let Some(idle) = table.get("idle").and_then(|item| read_idle(reader, &item)) {
        settings.idle = idle;
    }
    if let Some(on) = table.get("auto_revert").and_then(|item| reader.switch(&item)) {
        settings.auto_revert = on;
    }
    if let Some(on) = table.get("set_time").and_then(|item| reader.switch(&item)) {
        settings.set_time = on;
    }
    if let Some(item) = table.get("recovery") {
        settings.recovery = read_recovery(reader, &item);
    }
    settings
}

fn read_names(
    reader: &mut Reader<'_>,
    claims: &mut Claims,
    table: &Table<'_>,
    settings: &mut ExhibitSettings,
) {
    if let Some(item) = table.require(reader, "name", "name = \"eden-garden\"")
        && let Some(name) = reader.text(&item, "\"eden-garden\"")
    {
        if let Some((problem, remedy)) = bad_name(name) {
            reader.error(&item.span, &item.path, problem, remedy);
        } else if let Some(line) = claims.claim(reader, "name", name, &item.span) {
            let problem = tr!(
                "The exhibit named in line {line} is called {name} too.",
                line = line,
                name = quote(name)
            );
            reader.error(&item.span, &item.path, problem, tr!("Give one of the two another name."));
        }
        settings.name = name.to_owned();
    }
    if let Some(item) = table.require(reader, "vm", "vm = \"eden-garden-vm\"")
        && let Some(vm) = reader.text(&item, "\"eden-garden-vm\"")
    {
        if let Some(problem) = bad_libvirt_name(vm) {
            let remedy = tr!("Write the VM's name exactly as `virsh list --all` shows it.");
            reader.error(&item.span, &item.path, problem, remedy);
        } else if let Some(line) = claims.claim(reader, "vm", vm, &item.span) {
            let problem = tr!(
                "The VM {vm} belongs to the exhibit of line {line} already.",
                vm = quote(vm),
                line = line
            );
            let remedy =
                tr!("Name another VM; for one artwork on several screens list them all in one `screens`.");
            reader.error(&item.span, &item.path, problem, remedy);
        }
        settings.vm = vm.to_owned();
    }
    if let Some(item) = table.get("snapshot")
        && let Some(snapshot) = reader.text(&item, "\"ready\"")
    {
        if let Some(problem) = bad_snapshot_name(snapshot) {
            let remedy = if snapshot.chars().all(|c| c.is_ascii_digit()) {
                tr!(
                    "Make one with another name, such as \"ready\", and name that: with the artwork running as it \
                     should, `virsh snapshot-create-as VM ready`."
                )
            } else {
                tr!("Write a name that `virsh snapshot-list` shows for the VM, such as \"ready\".")
            };
            let problem = format!("{}: {}.", quote(snapshot), words::say(&problem.told()));
            reader.error(&item.span, &item.path, problem, remedy);
        }
        settings.snapshot = snapshot.to_owned();
    }
}

/// What is wrong with an exhibit's name, and a better one.
fn bad_name(name: &str) -> Option<(String, String)> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let problem = if let Some(odd) = name.chars().find(|c| !fits(*c)) {
        if odd.is_whitespace() {
            tr!("A name cannot have a blank in it.")
        } else {
            tr!("A name cannot have {odd} in it.", odd = quote(&odd.to_string()))
        }
    } else if name.starts_with('-') {
        tr!("A name cannot begin with a hyphen: commands would take it for an option.")
    } else if name == "." || name == ".." {
        tr!("{name} is the name of a folder on every machine.", name = quote(name))
    } else if name.len() > MAX_NAME {
        tr!(
            "A name has at most {most} characters; this one has {count}.",
            most = MAX_NAME,
            count = name.len()
        )
    } else {
        return None;
    };
    let better: String = name.trim().chars().map(|c| if fits(c) { c } else { '-' }).collect();
    let better: String = better.trim_matches(['-', '.']).chars().take(MAX_BETTER_NAME).collect();
    let better = if better.is_empty() { "eden-garden" } else { &better };
    Some((problem, tr!("Use letters, digits, - _ and . only, such as {better}.", better = quote(better))))
}

/// The longest name that is offered in place of a bad one, in characters, so that it is quoted whole.
const MAX_BETTER_NAME: usize = 40;

/// Names that libvirt itself refuses for a domain or a snapshot, or that are slips of the keyboard.
fn bad_libvirt_name(name: &str) -> Option<String> {
    if name.contains('/') {
        Some(tr!("libvirt takes no name with a / in it."))
    } else if name.chars().any(char::is_control) {
        Some(tr!("This name has a control character in it."))
    } else if name.trim() != name {
        Some(tr!("This name begins or ends with a blank."))
    } else {
        None
    }
}

fn read_screens(reader: &mut Reader<'_>, claims: &mut Claims, item: &Item<'_>) -> Vec<ScreenName> {
    let example = if let DeValue::String(name) = item.value {
        tr!("Write it in brackets: screens = [{name}].", name = quote(name))
    } else {
        tr!("Write a list, such as screens = [\"HDMI-1\"].")
    };
    let mut screens = Vec::new();
    for item in reader.list(item, &example).unwrap_or_default() {
        let Some(text) = reader.text(&item, "\"HDMI-1\"") else { continue };
        let screen = match screen::name(text) {
            Ok(screen) => screen,
            Err((problem, remedy)) => {
                reader.error(&item.span, &item.path, problem, remedy);
                continue;
            }
        };
        if let Some(line) = claims.claim(reader, "screen", &screen.to_string(), &item.span) {
            let problem = tr!(
                "The screen {screen} is claimed in line {line} already.",
                screen = quote(text),
                line = line
            );
            let remedy =
                tr!("Each screen shows one exhibit; keep it in one list only. `vitrine screens` lists all.");
            reader.error(&item.span, &item.path, problem, remedy);
        }
        screens.push(screen);
    }
    screens
}

fn read_viewer(reader: &mut Reader<'_>, table: &Table<'_>, settings: &mut ViewerSettings) {
    let scaling = table.get("scaling");
    if let Some(scaling) = scaling.as_ref().and_then(|item| read_scaling(reader, item)) {
        settings.scaling = scaling;
    }
    if let Some(resize) = table.get("resize_guest").and_then(|item| reader.switch(&item)) {
        settings.resize_guest = resize;
    }
    if let Some(usb) = table.get("usb").and_then(|item| reader.switch(&item)) {
        settings.usb = usb;
    }
    if let Some(item) = scaling.filter(|_| settings.resize_guest && settings.scaling != Scaling::Fit) {
        let problem =
            tr!("A guest that takes the screen's resolution (resize_guest) leaves nothing to be scaled.");
        reader.error(&item.span, &item.path, problem, tr!("Remove `scaling` or `resize_guest`."));
    }
}

fn read_scaling(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Scaling> {
    match reader.text(item, "\"whole\"")? {
        "fit" => Some(Scaling::Fit),
        "whole" => Some(Scaling::Whole),
        "none" => Some(Scaling::Unscaled),
        other => {
            let problem = tr!("{text} is no way to scale an artwork.", text = quote(other));
            let remedy = tr!(
                "Write \"fit\" (as large as the screen), \"whole\" (two, three … times as large, as it fits) or \"none\" \
                 (pixel by pixel)."
            );
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
    }
}

fn read_curtain(reader: &mut Reader<'_>, item: &Item<'_>) -> CurtainSettings {
    let remedy = tr!(
        "Write curtain = \"last\", curtain = \"black\", or curtain = {{ poster = \"/srv/vitrine/poster.png\" }}."
    );
    let mut settings = DEFAULT_CURTAIN;
    if let DeValue::String(_) = item.value {
        settings.picture = read_curtain_picture(reader, item).unwrap_or(settings.picture);
        return settings;
    }
    let Some(table) = reader.table(item, &keys::CURTAIN, &remedy) else { return settings };
    if let Some(picture) = table.get("picture").and_then(|item| read_curtain_picture(reader, &item)) {
        settings.picture = picture;
    }
    if let Some(text) = table.get("text") {
        settings.text = read_curtain_text(reader, &text);
    }
    let scale = table.get("scale");
    if let Some(poster) = table.get("poster") {
        if let Some(picture) = table.get("picture") {
            let problem =
                tr!("A curtain has one picture: either a poster, or one of \"last\" and \"black\".");
            reader.error(&picture.span, &picture.path, problem, tr!("Remove `picture` or `poster`."));
        }
        let scale = scale.map_or(Some(Scale::Fill), |item| read_scale(reader, &item));
        let file = reader.absolute_path(&poster, "\"/srv/vitrine/poster.png\"");
        if let (Some(file), Some(scale)) = (file, scale) {
            settings.picture = CurtainPicture::Poster { file, scale };
        }
    } else if let Some(scale) = scale {
        let problem = tr!("Only a poster is scaled.");
        reader.error(&scale.span, &scale.path, problem, tr!("Remove `scale`, or name a `poster`."));
    }
    settings
}

fn read_curtain_picture(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<CurtainPicture> {
    match reader.text(item, "\"last\"")? {
        "last" => Some(CurtainPicture::Last),
        "black" => Some(CurtainPicture::Black),
        other => {
            let problem = tr!("{text} is no picture of a curtain.", text = quote(other));
            let remedy = tr!(
                "Write \"last\" (the artwork as it was last seen well) or \"black\"; a file is named by curtain = {{ \
                 poster = \"/srv/vitrine/poster.png\" }}."
            );
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
    }
}

fn read_curtain_text(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<String> {
    let text = reader.text(item, &tr!("\"Back in a moment\""))?;
    if text.chars().any(char::is_control) || text.chars().count() > MAX_CURTAIN_TEXT {
        let problem = tr!("A curtain has one line of at most {most} characters.", most = MAX_CURTAIN_TEXT);
        reader.error(&item.span, &item.path, problem, tr!("Write a shorter text, without line breaks."));
        return None;
    }
    Some(text.to_owned())
}

fn read_scale(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Scale> {
    match reader.text(item, "\"fill\"")? {
        "fill" => Some(Scale::Fill),
        "fit" => Some(Scale::Fit),
        other => {
            let problem = tr!("{text} is no way to scale a poster.", text = quote(other));
            let remedy = tr!(
                "Write \"fill\" (nothing of the screen stays black) or \"fit\" (all of the poster is seen)."
            );
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
    }
}

/// The curtain where the file says nothing.
const DEFAULT_CURTAIN: CurtainSettings = CurtainSettings { picture: CurtainPicture::Last, text: None };
/// The longest text of a curtain, in characters: more does not fit on one line of a screen.
const MAX_CURTAIN_TEXT: usize = 120;

/// The rule for heartbeats where the file says nothing.
const DEFAULT_HEARTBEAT: HeartbeatSettings = HeartbeatSettings {
    timeout: Duration::from_secs(15),
    first: Duration::from_secs(60),
    boot: Duration::from_secs(300),
};

fn read_heartbeat(
    reader: &mut Reader<'_>,
    item: &Item<'_>,
    serial: &mut Option<SerialPort>,
) -> Option<HeartbeatSettings> {
    if let DeValue::Boolean(on) = item.value {
        return on.then_some(DEFAULT_HEARTBEAT);
    }
    let mut settings = DEFAULT_HEARTBEAT;
    let remedy = tr!(
        "Write {line}, or heartbeat = false where the guest sends none.",
        line = as_table(item, "heartbeat", "timeout", "15s")
    );
    if let Some(table) = reader.table(item, &keys::HEARTBEAT, &remedy) {
        set(reader, &table, "timeout", &SHORT_RANGE, &mut settings.timeout);
        set(reader, &table, "first", &SHORT_RANGE, &mut settings.first);
        set(reader, &table, "boot", &LONG_RANGE, &mut settings.boot);
        *serial = table.get("serial").and_then(|item| read_serial(reader, &item));
    }
    Some(settings)
}

fn read_serial(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<SerialPort> {
    let remedy =
        tr!("Write serial = true for the VM's first serial port, or the name of its channel, such as \
         serial = \"org.vitrine.heartbeat.0\".");
    match item.value {
        DeValue::Boolean(first) => first.then_some(SerialPort::First),
        DeValue::String(name) => match bad_libvirt_name(name).filter(|_| !name.is_empty()) {
            None if name.is_empty() => {
                reader.error(&item.span, &item.path, tr!("A channel's name cannot be empty."), remedy);
                None
            }
            None => Some(SerialPort::Named(name.to_string())),
            Some(problem) => {
                reader.error(&item.span, &item.path, problem, remedy);
                None
            }
        },
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            reader.error(&item.span, &item.path, tr!("This is neither true nor a name."), remedy);
            None
        }
    }
}

/// The rule of `agent = true`.
const DEFAULT_AGENT: AgentSettings =
    AgentSettings { interval: Duration::from_secs(5), timeout: Duration::from_secs(5), misses: 3 };

fn read_agent(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<AgentSettings> {
    if let DeValue::Boolean(on) = item.value {
        return on.then_some(DEFAULT_AGENT);
    }
    let mut settings = DEFAULT_AGENT;
    let remedy = tr!(
        "Write agent = true, agent = false, or {line}.",
        line = as_table(item, "agent", "interval", "5s")
    );
    let table = reader.table(item, &keys::AGENT, &remedy)?;
    set(reader, &table, "interval", &SHORT_RANGE, &mut settings.interval);
    set(reader, &table, "timeout", &SHORT_RANGE, &mut settings.timeout);
    if let Some(misses) = table.get("misses").and_then(|item| reader.whole(&item, 1..=100)) {
        settings.misses = misses;
    }
    Some(settings)
}

/// The rule of `picture = true`.
const DEFAULT_PICTURE: PictureSettings =
    PictureSettings { frozen: Duration::from_secs(30), interval: Duration::from_secs(2) };

fn read_picture(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<PictureSettings> {
    if let DeValue::Boolean(on) = item.value {
        return on.then_some(DEFAULT_PICTURE);
    }
    let mut settings = DEFAULT_PICTURE;
    let remedy = tr!(
        "Write picture = true, picture = false, or {line}.",
        line = as_table(item, "picture", "frozen", "30s")
    );
    let table = reader.table(item, &keys::PICTURE, &remedy)?;
    let frozen = set(reader, &table, "frozen", &SHORT_RANGE, &mut settings.frozen);
    let interval = set(reader, &table, "interval", &SHORT_RANGE, &mut settings.interval);
    if settings.frozen < settings.interval
        && let Some(at) = interval.or(frozen)
    {
        let [interval, frozen] = [settings.interval, settings.frozen].map(format_duration);
        let problem = tr!(
            "A look is taken every {interval} only, and the picture may stand still for {frozen}.",
            interval = interval,
            frozen = frozen
        );
        let remedy = tr!("Write interval = \"{frozen}\" or shorter, or a longer frozen.", frozen = frozen);
        reader.error(&at.span, &at.path, problem, remedy);
    }
    Some(settings)
}

/// The rule of QEMU's answers where the file says nothing: a stall of seconds, as of a slow disk, is no illness.
const DEFAULT_QEMU: QemuSettings =
    QemuSettings { interval: Duration::from_secs(10), timeout: Duration::from_secs(10), misses: 2 };

fn read_qemu(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<QemuSettings> {
    if let DeValue::Boolean(on) = item.value {
        return on.then_some(DEFAULT_QEMU);
    }
    let mut settings = DEFAULT_QEMU;
    let remedy =
        tr!("Write qemu = true, qemu = false, or {line}.", line = as_table(item, "qemu", "interval", "10s"));
    if let Some(table) = reader.table(item, &keys::QEMU, &remedy) {
        set(reader, &table, "interval", &SHORT_RANGE, &mut settings.interval);
        set(reader, &table, "timeout", &SHORT_RANGE, &mut settings.timeout);
        if let Some(misses) = table.get("misses").and_then(|item| reader.whole(&item, 1..=100)) {
            settings.misses = misses;
        }
    }
    Some(settings)
}

/// How long an artwork may be out of sight where the file says nothing, before its VM is put back.
const DEFAULT_SHOWN: Duration = Duration::from_secs(120);

fn read_shown(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Duration> {
    match item.value {
        DeValue::Boolean(on) => on.then_some(DEFAULT_SHOWN),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => reader.duration(item, &SHOWN_RANGE).or(Some(DEFAULT_SHOWN)),
    }
}

fn read_reboot(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<RebootSettings> {
    match reader.text(item, "\"ignore\"")? {
        "revert" => Some(RebootSettings::Revert),
        "ignore" => Some(RebootSettings::Ignore),
        other => {
            let problem = tr!("{rule} is no rule for reboots.", rule = quote(other));
            let remedy = tr!(
                "Write reboot = \"revert\" (it is put back at once) or \"ignore\" (the artwork reboots by itself)."
            );
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
    }
}

fn read_idle(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<IdleSettings> {
    let after = as_table(item, "idle", "after", "5m");
    let remedy = tr!("Write idle = \"trust\", idle = \"ignore\" or {line}.", line = after);
    match item.value {
        DeValue::String(word) if word == "trust" => Some(IdleSettings::Trust),
        DeValue::String(word) if word == "ignore" => Some(IdleSettings::Ignore),
        DeValue::String(word) => {
            let problem = tr!("{text} is no rule for idleness.", text = quote(word));
            reader.error(&item.span, &item.path, problem, remedy);
            None
        }
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            let table = reader.table(item, &keys::IDLE, &remedy)?;
            let after = table.require(reader, "after", "after = \"5m\"")?;
            reader.duration(&after, &LONG_RANGE).map(IdleSettings::After)
        }
    }
}

/// Budgets and pauses where the file says nothing.
const DEFAULT_RECOVERY: RecoverySettings = RecoverySettings {
    attempts: 3,
    window: Duration::from_secs(600),
    first_pause: Duration::from_secs(30),
    longest_pause: Duration::from_secs(3600),
    reset_after: Duration::from_secs(120),
    deadline: Duration::from_secs(60),
    in_place: Some(DEFAULT_IN_PLACE),
    cold_start: false,
};
/// How long an in-place revert may take where the file says nothing: some ten times what 2 GB take.
const DEFAULT_IN_PLACE: Duration = Duration::from_secs(10);

fn read_recovery(reader: &mut Reader<'_>, item: &Item<'_>) -> RecoverySettings {
    let mut settings = DEFAULT_RECOVERY;
    let remedy = tr!(
        "Write recovery = {{ attempts = 3, window = \"10m\" }}; to leave the exhibit alone write auto_revert = false."
    );
    let Some(table) = reader.table(item, &keys::RECOVERY, &remedy) else { return settings };
    if let Some(attempts) = table.get("attempts").and_then(|item| reader.whole(&item, 1..=100)) {
        settings.attempts = attempts;
    }
    set(reader, &table, "window", &LONG_RANGE, &mut settings.window);
    let first = set(reader, &table, "first_pause", &LONG_RANGE, &mut settings.first_pause);
    let longest = set(reader, &table, "longest_pause", &LONG_RANGE, &mut settings.longest_pause);
    set(reader, &table, "reset_after", &LONG_RANGE, &mut settings.reset_after);
    set(reader, &table, "deadline", &DEADLINE_RANGE, &mut settings.deadline);
    if let Some(item) = table.get("in_place") {
        settings.in_place = read_in_place(reader, &item);
    }
    if let Some(on) = table.get("cold_start").and_then(|item| reader.switch(&item)) {
        settings.cold_start = on;
    }
    if settings.longest_pause < settings.first_pause
        && let Some(at) = longest.or(first)
    {
        let [shorter, longer] = [settings.longest_pause, settings.first_pause].map(format_duration);
        let problem = tr!(
            "The longest pause ({shorter}) is shorter than the first one ({longer}).",
            shorter = shorter,
            longer = longer
        );
        let remedy =
            tr!("Write longest_pause = \"{longer}\" or longer, or a shorter first_pause.", longer = longer);
        reader.error(&at.span, &at.path, problem, remedy);
    }
    settings
}

fn read_in_place(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Duration> {
    if let DeValue::Boolean(on) = item.value {
        return on.then_some(DEFAULT_IN_PLACE);
    }
    let mut deadline = DEFAULT_IN_PLACE;
    let remedy = tr!(
        "Write in_place = true, in_place = false, or {line}.",
        line = as_table(item, "in_place", "deadline", "10s")
    );
    if let Some(table) = reader.table(item, &keys::IN_PLACE, &remedy) {
        set(reader, &table, "deadline", &SHORT_RANGE, &mut deadline);
    }
    Some(deadline)
}

/// Reads a time into its place; answers where it was read from.
fn set<'a>(
    reader: &mut Reader<'_>,
    table: &Table<'a>,
    key: &str,
    range: &RangeInclusive<Duration>,
    place: &mut Duration,
) -> Option<Item<'a>> {
    let item = table.get(key)?;
    *place = reader.duration(&item, range)?;
    Some(item)
}

/// A table with one time, taken from what was written in its place if that looks like a time.
fn as_table(item: &Item<'_>, key: &str, inner: &str, example: &str) -> String {
    let time = match item.value {
        DeValue::String(text) => parse_duration(text).or_else(|| guess(text)),
        DeValue::Integer(number) => guess(number.as_str()),
        DeValue::Float(number) => guess(number.as_str()),
        DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    };
    let time = time.map_or_else(|| example.to_owned(), format_duration);
    format!("{key} = {{ {inner} = \"{}\" }}", cut(&time))
}
