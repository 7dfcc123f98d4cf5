//! What becomes of each key of the old controller.
//!
//! Its keys and defaults are those of `host-controller/vm_controller/config.py` of version 1.3; `idle_timeout` is only in
//! its guide (`docs/getting-started.md`), and `heartbeat_recovery_backoff`, `plugins`, `trusted_proxies` and
//! `guest_guard_fail_open` are those of later states of the same file.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::draft::{Draft, Exhibit, quote};
use super::old::{Old, Said};
use super::yaml::Value;
use crate::config::format_duration;
use crate::words::tr;

/// What the controller takes where nobody says anything: `vm_controller/config.py`.
const HOST: &str = "0.0.0.0";
const PORT: &str = "8000";
const TIMEOUT: f64 = 15.0;
const DELAY: f64 = 10.0;
const WAIT: f64 = 10.0;
const ATTEMPTS: f64 = 30.0;
const AGENT_TIMEOUT: f64 = 5.0;
/// The longest name of an exhibit, in characters.
const MAX_NAME: usize = 64;
/// Below this, a port takes root (ip-sysctl, `ip_unprivileged_port_start`).
const FIRST_FREE_PORT: u16 = 1024;

/// What became of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in the new file: as what.
    Taken(String),
    /// Nobody needs it any more: why.
    NotNeeded(String),
    /// There is no such key: what to do instead.
    Instead(String),
    /// Vitrine does not take this value: why.
    Refused(String),
    /// The controller has no such key.
    Unknown(String),
    /// Another place counts.
    Unused(String),
}

impl Fate {
    /// Whether somebody has to look at it before all is as it was.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Unknown(_))
    }

    /// In words.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Taken(text) => tr!("taken over: {what}", what = text),
            Self::NotNeeded(text) => tr!("not needed: {why}", why = text),
            Self::Instead(text) => tr!("no counterpart: {what}", what = text),
            Self::Refused(text) => tr!("REFUSED: {why}", why = text),
            Self::Unknown(text) => tr!("UNKNOWN: {what}", what = text),
            Self::Unused(text) => tr!("not used: {why}", why = text),
        }
    }
}

/// One line of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) what: String,
    pub(super) place: String,
    pub(super) fate: Fate,
}

/// What is left for people, in the order in which they do it.
pub(super) type Todo = Vec<String>;

/// Takes one controller's settings into the draft, and tells what became of each.
pub(super) fn carry(old: &Old, draft: &mut Draft, todo: &mut Todo) -> Vec<Row> {
    let mut rows = Vec::new();
    let row = |said: &Said, fate: Fate| {
        let what = match &said.value {
            Value::Nothing => said.key.clone(),
            Value::Text(_) | Value::List(_) | Value::Nested => {
                format!("{} = {}", said.key, said.value.shown())
            }
        };
        Row { what, place: said.place.clone(), fate }
    };
    let exhibit = match old.text("vm_name").map(|vm| vm_name(vm, draft)) {
        Some(Ok(index)) => index,
        Some(Err(why)) => {
            // Without its VM, nothing else of it means anything.
            rows.extend(old.get("vm_name").map(|said| row(said, Fate::Refused(why))));
            let others = old.counts.iter().filter(|said| said.key != "vm_name");
            rows.extend(others.map(|said| row(said, Fate::Unused(tr!("its VM was refused")))));
            return rows;
        }
        None => return rows,
    };
    let listens = listen(old, draft, todo);
    for said in &old.counts {
        let fate = match (said.key.as_str(), &said.value) {
            ("vm_name", _) => {
                let name = &draft.exhibits[exhibit].name;
                Fate::Taken(tr!("as `vm` of the exhibit {name}", name = quote(name)))
            }
            ("api_host" | "api_port", _) => listens.fate(&said.key),
            (_, Value::Nothing) => Fate::NotNeeded(tr!("it has no value")),
            (key, _) => fate(key, said, old, draft, exhibit, todo),
        };
        rows.push(row(said, fate));
    }
    if old.get("api_host").is_none() && old.get("api_port").is_none() {
        let defaults = [("api_host", HOST), ("api_port", PORT)];
        let what = defaults.map(|(key, value)| format!("{key} = {value}")).join(", ");
        rows.push(Row { what, place: tr!("where nothing is said"), fate: listens.fate("api_host") });
    }
    for (said, place) in &old.unused {
        rows.push(row(said, Fate::Unused(tr!("the old controller takes what {place} says", place = place))));
    }
    rows
}

/// Begins an exhibit, and says where it is in the draft.
fn vm_name(vm: &str, draft: &mut Draft) -> Result<usize, String> {
    let index = draft.exhibits.len();
    let plain: String = vm
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .take(MAX_NAME)
        .collect();
    let plain = plain.trim_matches(['-', '.', '_']);
    let plain = if plain.is_empty() { "artwork" } else { plain };
    let is_free = |name: &String| draft.exhibits.iter().all(|other| other.name != *name);
    let names = std::iter::once(plain.to_owned()).chain((2..).map(|n| format!("{plain:.60}-{n}")));
    let name = names.take(100).find(is_free).unwrap_or_else(|| plain.to_owned());
    let wish = tr!("screens = [\"HDMI-1\"]   # its monitor, as `vitrine screens` lists it");
    let exhibit = Exhibit { name, vm: vm.to_owned(), wishes: vec![wish], ..Exhibit::default() };
    draft.change(|draft| draft.exhibits.push(exhibit)).map(|()| index)
}

/// A time in seconds, as the configuration writes it.
fn time(seconds: f64) -> String {
    // Longer ones are refused anyway.
    quote(&format_duration(Duration::from_millis((seconds.min(1e9) * 1000.0).round() as u64)))
}

fn fate(key: &str, said: &Said, old: &Old, draft: &mut Draft, exhibit: usize, todo: &mut Todo) -> Fate {
    let shown = said.value.shown();
    let no_number =
        || Fate::Refused(tr!("{value} is no number above 0; the default is left", value = quote(&shown)));
    let no_switch = || {
        Fate::Refused(tr!("{value} is neither true nor false; the default is left", value = quote(&shown)))
    };
    let vm = draft.exhibits[exhibit].vm.clone();
    match key {
        "snapshot_name" => match old.text(key) {
            Some(name) => set(draft, exhibit, "snapshot", quote(name)),
            None => Fate::Refused(tr!("this is no name")),
        },
        "heartbeat_timeout" => match old.number(key, TIMEOUT) {
            Some(seconds) => beat(draft, exhibit, "timeout", time(seconds)),
            None => no_number(),
        },
        "vm_startup_heartbeat_delay" => {
            match (old.number(key, DELAY), old.number("heartbeat_timeout", TIMEOUT)) {
                (Some(delay), Some(timeout)) => beat(draft, exhibit, "first", time(delay + timeout)),
                (None, _) => no_number(),
                (_, None) => Fate::Refused(tr!("it counts together with heartbeat_timeout, which is wrong")),
            }
        }
        "vm_startup_wait_interval" | "vm_startup_max_attempts" => startup(old, draft, exhibit),
        "heartbeat_check_interval" => {
            Fate::NotNeeded(tr!("Vitrine acts at the moment at which a heartbeat is overdue"))
        }
        "heartbeat_recovery_backoff" => Fate::Instead(tr!(
            "Vitrine tries at once, and pauses only after `attempts` remedies within `window`; see `recovery` in \
             docs/configuration.md"
        )),
        "auto_revert_enabled" => match old.switch(key, true) {
            Some(on) => set(draft, exhibit, "auto_revert", on.to_string()),
            None => no_switch(),
        },
        "idle_timeout" => match said_seconds(said) {
            Some(0.0) => set(draft, exhibit, "idle", quote("ignore")),
            Some(seconds) => set(draft, exhibit, "idle", format!("{{ after = {} }}", time(seconds))),
            None => no_number(),
        },
        "check_qemu_agent" => match old.switch(key, true) {
            Some(true) => {
                let seconds = old.number("qemu_agent_timeout", AGENT_TIMEOUT).unwrap_or(AGENT_TIMEOUT);
                let wish = tr!(
                    "agent = {{ timeout = {time} }}   # only if the guest agent answers: it is asked again and again",
                    time = time(seconds)
                );
                draft.exhibits[exhibit].wishes.push(wish);
                todo.push(tr!(
                    "To have the guest agent of {vm} watched, take the `#` from the line `agent`, once this answers: \
                     virsh -c qemu:///system qemu-agent-command {vm} '{{\"execute\":\"guest-ping\"}}'",
                    vm = quote(&vm)
                ));
                Fate::Instead(tr!(
                    "the old controller asked the agent only while it waited for a start. Vitrine waits for the first \
                     heartbeat; `agent`, which is commented out, would have it asked all the time"
                ))
            }
            Some(false) => Fate::NotNeeded(tr!("Vitrine asks no agent unless `agent` is set")),
            None => no_switch(),
        },
        "qemu_agent_timeout" => match old.number(key, AGENT_TIMEOUT) {
            Some(_) if old.switch("check_qemu_agent", true) == Some(true) => {
                Fate::Instead(tr!("it is in the line `agent`, if that is wanted; see check_qemu_agent"))
            }
            Some(_) => Fate::NotNeeded(tr!("Vitrine asks no agent unless `agent` is set")),
            None => no_number(),
        },
        // Of later states of the controller: `VMCTL_CONFIG`.
        "config" => Fate::NotNeeded(tr!("it says where the configuration is")),
        "api_reload" => Fate::NotNeeded(tr!("it was for whoever changes the program")),
        "log_format" => {
            Fate::NotNeeded(tr!("Vitrine's log goes to systemd's journal, which has the time and the rest"))
        }
        "log_level" => match shown.to_uppercase().as_str() {
            "DEBUG" => Fate::Instead(tr!(
                "set VITRINE_LOG=debug in the environment of vitrine.service, for as long as it is needed"
            )),
            _ => Fate::NotNeeded(tr!("Vitrine logs what staff want to read; VITRINE_LOG has it say more")),
        },
        "plugins" => Fate::Instead(tr!(
            "Vitrine runs no Python; what a plugin answers or hears, a hook does (docs/api.md)"
        )),
        "trusted_proxies" => Fate::Instead(tr!(
            "a proxy gets a listener of its own, `proxy` in [api]; see docs/panel.md for nginx"
        )),
        "guest_guard_fail_open" => Fate::NotNeeded(tr!(
            "Vitrine knows each guest by its VM; what guests may do besides, `guest_may` in [api] lists"
        )),
        _ => Fate::Unknown(tr!("the old controller 1.3 has no such key; is it spelt right?")),
    }
}

/// Seconds, of which nought means never.
fn said_seconds(said: &Said) -> Option<f64> {
    let Value::Text(text) = &said.value else { return None };
    text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)
}

/// How long a guest may take to boot: the old controller asked its agent so often, so many seconds apart, and then waited
/// for heartbeats.
fn startup(old: &Old, draft: &mut Draft, exhibit: usize) -> Fate {
    let numbers = [
        old.number("vm_startup_wait_interval", WAIT),
        old.number("vm_startup_max_attempts", ATTEMPTS),
        old.number("vm_startup_heartbeat_delay", DELAY),
        old.number("heartbeat_timeout", TIMEOUT),
    ];
    if old.switch("check_qemu_agent", true) == Some(false) {
        return Fate::NotNeeded(tr!("without check_qemu_agent the old controller did not wait"));
    }
    let [Some(wait), Some(attempts), Some(delay), Some(timeout)] = numbers else {
        return Fate::Refused(tr!("of the numbers that tell how long a start may take, one is wrong"));
    };
    let boot = time(wait * attempts + delay + timeout);
    // Both keys make one.
    if draft.exhibits[exhibit].heartbeat.iter().any(|(key, _)| *key == "boot") {
        return Fate::Taken(tr!("in `heartbeat.boot` as well"));
    }
    beat(draft, exhibit, "boot", boot)
}

fn set(draft: &mut Draft, exhibit: usize, key: &'static str, value: String) -> Fate {
    let line = format!("{key} = {value}");
    match draft.change(|draft| draft.exhibits[exhibit].lines.push((key, value))) {
        Ok(()) => Fate::Taken(tr!("as `{line}`", line = line)),
        Err(why) => Fate::Refused(why),
    }
}

fn beat(draft: &mut Draft, exhibit: usize, key: &'static str, value: String) -> Fate {
    let line = format!("heartbeat.{key} = {value}");
    match draft.change(|draft| draft.exhibits[exhibit].heartbeat.push((key, value))) {
        Ok(()) => Fate::Taken(tr!("as `{line}`", line = line)),
        Err(why) => Fate::Refused(why),
    }
}

/// What became of the address.
struct Listens {
    host: Result<(), String>,
    port: Result<(), String>,
    whole: Result<String, String>,
}

impl Listens {
    fn fate(&self, key: &str) -> Fate {
        let own = if key == "api_host" { &self.host } else { &self.port };
        match (own, &self.whole) {
            (Err(why), _) | (_, Err(why)) => Fate::Refused(why.clone()),
            (Ok(()), Ok(address)) => {
                Fate::Taken(tr!("as {address} under `listen` in [api]", address = quote(address)))
            }
        }
    }
}

fn listen(old: &Old, draft: &mut Draft, todo: &mut Todo) -> Listens {
    let host = old.get("api_host").map_or_else(|| HOST.to_owned(), |said| said.value.shown());
    let port = old.get("api_port").map_or_else(|| PORT.to_owned(), |said| said.value.shown());
    let ip = match host.trim() {
        "localhost" => Ok(IpAddr::from([127, 0, 0, 1])),
        text => text.trim_matches(['[', ']']).parse::<IpAddr>(),
    };
    let ip = ip
        .map_err(|_| tr!("{host} is no IP address; {default} is taken", host = quote(&host), default = HOST));
    let port = port
        .trim()
        .parse::<u16>()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| tr!("{port} is no port; {default} is taken", port = quote(&port), default = PORT));
    let usual: SocketAddr = ([0, 0, 0, 0], 8000).into();
    let address = SocketAddr::new(
        ip.as_ref().copied().unwrap_or(usual.ip()),
        port.as_ref().copied().unwrap_or(usual.port()),
    );
    let text = address.to_string();
    let whole = if draft.listen.contains(&text) {
        Ok(text.clone())
    } else {
        draft.change(|draft| draft.listen.push(text.clone())).map(|()| text.clone())
    };
    if whole.is_ok() && address.port() < FIRST_FREE_PORT {
        todo.push(tr!(
            "Port {port} is for root alone, and Vitrine is run by the kiosk's user. Allow it, also after the next start: \
             echo net.ipv4.ip_unprivileged_port_start={port} | sudo tee /etc/sysctl.d/50-vitrine.conf && sudo sysctl \
             --system",
            port = address.port()
        ));
    }
    if whole.is_ok() && address.ip().is_loopback() {
        todo.push(tr!(
            "{address} is only reached from this computer and from guests with user-mode networking. Guests of a network \
             need its address of this computer under `listen` as well, such as \"192.168.122.1:8000\", where no \
             proxy hands their heartbeats on.",
            address = text
        ));
    }
    Listens { host: ip.map(|_| ()), port: port.map(|_| ()), whole }
}

#[cfg(test)]
mod tests {
    use super::super::old::of_file;
    use super::super::yaml;
    use super::*;
    use crate::config;
    use crate::core::types::IdleSettings;

    /// The draft and the rows that a YAML file leads to.
    fn import(text: &str) -> (Draft, Vec<Row>) {
        let mut draft = Draft::default();
        let old = Old::of(&[of_file(yaml::read(text, "config.yaml").unwrap())]);
        let rows = carry(&old, &mut draft, &mut Todo::new());
        if !draft.exhibits.is_empty() {
            config::parse(&draft.text(&[]), "vitrine.toml").unwrap();
        }
        (draft, rows)
    }

    fn fate_of(key: &str, value: &str) -> Fate {
        let (_, rows) = import(&format!("vm_name: eden\n{key}: {value}\n"));
        rows.into_iter().find(|row| row.what.starts_with(key)).unwrap().fate
    }

    #[test]
    fn each_key_becomes_something() {
        for (key, value, expected) in [
            ("snapshot_name", "clean state", "as `snapshot = \"clean state\"`"),
            ("heartbeat_timeout", "20", "as `heartbeat.timeout = \"20s\"`"),
            ("heartbeat_timeout", "\"1.5\"", "as `heartbeat.timeout = \"1s500ms\"`"),
            ("vm_startup_heartbeat_delay", "10.0", "as `heartbeat.first = \"25s\"`"),
            ("vm_startup_wait_interval", "10.0", "as `heartbeat.boot = \"5m25s\"`"),
            ("vm_startup_max_attempts", "6", "as `heartbeat.boot = \"1m25s\"`"),
            ("auto_revert_enabled", "no", "as `auto_revert = false`"),
            ("idle_timeout", "720", "as `idle = { after = \"12m\" }`"),
            ("idle_timeout", "0", "as `idle = \"ignore\"`"),
            ("api_host", "192.168.122.1", "as \"192.168.122.1:8000\" under `listen` in [api]"),
            ("api_host", "localhost", "as \"127.0.0.1:8000\" under `listen` in [api]"),
            ("api_host", "\"::\"", "as \"[::]:8000\" under `listen` in [api]"),
            ("api_port", "80", "as \"0.0.0.0:80\" under `listen` in [api]"),
        ] {
            assert_eq!(fate_of(key, value), Fate::Taken(expected.to_owned()), "{key}: {value}");
        }
        for (key, value) in [
            ("heartbeat_check_interval", "0.5"),
            ("api_reload", "false"),
            ("log_format", "'%(asctime)s'"),
            ("log_level", "INFO"),
            ("check_qemu_agent", "false"),
            ("guest_guard_fail_open", "true"),
            ("config", "/etc/x.yaml"),
            ("snapshot_name", ""),
        ] {
            assert!(matches!(fate_of(key, value), Fate::NotNeeded(_)), "{key}: {value}");
        }
        for (key, value) in [
            ("check_qemu_agent", "true"),
            ("qemu_agent_timeout", "5"),
            ("log_level", "debug"),
            ("plugins", "[button]"),
            ("trusted_proxies", "[\"127.0.0.1\"]"),
            ("heartbeat_recovery_backoff", "30"),
        ] {
            assert!(matches!(fate_of(key, value), Fate::Instead(_)), "{key}: {value}");
        }
        for (key, value) in [
            ("heartbeat_timeout", "0.2"),
            ("heartbeat_timeout", "7200"),
            ("heartbeat_timeout", "soon"),
            ("heartbeat_timeout", "-3"),
            ("heartbeat_timeout", ".inf"),
            ("heartbeat_timeout", "1e300"),
            ("heartbeat_timeout", "[1]"),
            ("snapshot_name", "a/b"),
            ("snapshot_name", "{a: b}"),
            ("auto_revert_enabled", "perhaps"),
            ("idle_timeout", "0.5"),
            ("api_port", "0"),
            ("api_port", "70000"),
            ("api_host", "museum.example"),
            ("vm_startup_max_attempts", "0"),
            ("vm_startup_max_attempts", "1e9"),
            ("qemu_agent_timeout", "0"),
        ] {
            assert!(
                matches!(fate_of(key, value), Fate::Refused(_)),
                "{key}: {value} {:?}",
                fate_of(key, value)
            );
        }
        assert!(matches!(fate_of("heart_beat", "1"), Fate::Unknown(_)));
        assert!(matches!(fate_of("nested", "{a: b}"), Fate::Unknown(_)));
    }

    #[test]
    fn what_nobody_said_is_as_the_old_controller_has_it() {
        let (draft, rows) = import("vm_name: eden\n");
        let settings = config::parse(&draft.text(&[]), "vitrine.toml").unwrap();
        assert_eq!(settings.api.listen, ["0.0.0.0:8000".parse().unwrap()]);
        let exhibit = &settings.exhibits[0];
        assert_eq!((exhibit.snapshot.as_str(), exhibit.auto_revert), ("ready", true));
        assert_eq!(exhibit.heartbeat.unwrap().timeout, Duration::from_secs(15));
        assert_eq!(exhibit.idle, IdleSettings::Trust);
        assert_eq!(rows.len(), 2);
    }

    #[test]
    fn a_wrong_word_beside_others_takes_nothing_from_them() {
        let (draft, rows) = import(
            "vm_name: eden\nheartbeat_timeout: 0\nvm_startup_heartbeat_delay: 5\nsnapshot_name: clean\napi_port: x\n",
        );
        let refused = rows.iter().filter(|row| matches!(row.fate, Fate::Refused(_))).count();
        assert_eq!(refused, 3, "{rows:?}");
        assert!(draft.exhibits[0].heartbeat.is_empty());
        assert_eq!(draft.exhibits[0].lines, [("snapshot", "\"clean\"".to_owned())]);
        assert_eq!(draft.listen, ["0.0.0.0:8000"]);
    }

    #[test]
    fn names_of_vms_become_names_of_exhibits() {
        for (vm, name) in [
            ("winxp-example", "winxp-example"),
            ("Eden Garden (2001)", "Eden-Garden--2001"),
            ("…", "artwork"),
            ("日本語", "artwork"),
        ] {
            let (draft, _) = import(&format!("vm_name: \"{vm}\"\n"));
            assert_eq!((draft.exhibits[0].name.as_str(), draft.exhibits[0].vm.as_str()), (name, vm));
        }
        for vm in ["a/b", " a", "", "x\\u0007"] {
            let (draft, rows) = import(&format!("vm_name: \"{vm}\"\nsnapshot_name: a\n"));
            assert!(draft.exhibits.is_empty(), "{vm}");
            assert!(matches!(rows[0].fate, Fate::Refused(_)) && rows.len() == 2, "{rows:?}");
        }
        let mut draft = Draft::default();
        assert_eq!(vm_name("a b", &mut draft), Ok(0));
        assert_eq!(vm_name("a-b", &mut draft), Ok(1));
        assert_eq!(draft.exhibits[1].name, "a-b-2");
        assert!(vm_name("a b", &mut draft).is_err());
    }
}
