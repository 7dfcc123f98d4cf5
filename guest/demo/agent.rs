//! The QEMU guest agent protocol on the virtio channel `org.qemu.guest_agent.0`: just what libvirt and Vitrine ask.

use crate::clock;
use crate::json::{escape, Json};
use crate::ledger;
use crate::net;
use crate::sys::{self, Power};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CHANNEL: &str = "org.qemu.guest_agent.0";
const COMMANDS: [&str; 13] = [
    "guest-sync",
    "guest-sync-delimited",
    "guest-ping",
    "guest-info",
    "guest-get-time",
    "guest-set-time",
    "guest-get-host-name",
    "guest-network-get-interfaces",
    "guest-shutdown",
    "demo-mark",
    "demo-write",
    "demo-check",
    "demo-fill",
];

pub fn run() {
    let mut message = Vec::new();
    loop {
        let Some(mut port) = open_port() else {
            sleep(Duration::from_millis(200));
            continue;
        };
        message.clear();
        listen(&mut port, &mut message);
    }
}

fn open_port() -> Option<File> {
    let port = fs::read_dir("/sys/class/virtio-ports").ok()?.flatten().find(|entry| {
        fs::read_to_string(entry.path().join("name")).is_ok_and(|name| name.trim() == CHANNEL)
    })?;
    OpenOptions::new().read(true).write(true).open(format!("/dev/{}", port.file_name().to_str()?)).ok()
}

/// Returns when the port is broken and should be opened anew.
fn listen(port: &mut File, message: &mut Vec<u8>) {
    let mut buffer = [0; 4096];
    loop {
        let count = match port.read(&mut buffer) {
            // Nobody is connected on the host's side.
            Ok(0) => {
                message.clear();
                sleep(Duration::from_millis(50));
                continue;
            }
            Ok(count) => count,
            Err(_) => {
                sleep(Duration::from_millis(50));
                return;
            }
        };
        for &byte in &buffer[..count] {
            match byte {
                // The host starts afresh: what came before is the rest of an older conversation.
                0xff => message.clear(),
                b'\n' if message.iter().all(u8::is_ascii_whitespace) => message.clear(),
                b'\n' => {
                    let reply = answer(message);
                    message.clear();
                    if reply.is_some_and(|reply| port.write_all(&reply).is_err()) {
                        return;
                    }
                }
                _ if message.len() < 65536 => message.push(byte),
                _ => message.clear(),
            }
        }
        // A client that ends its request with the closing brace and no newline.
        if Json::parse(message).is_some() {
            let reply = answer(message);
            message.clear();
            if reply.is_some_and(|reply| port.write_all(&reply).is_err()) {
                return;
            }
        }
    }
}

/// `None` for commands that have no answer.
fn answer(message: &[u8]) -> Option<Vec<u8>> {
    let request = Json::parse(message);
    let command = request.as_ref().and_then(|request| request.get("execute")).and_then(Json::text);
    let argument = |name: &str| request.as_ref().and_then(|request| request.get("arguments")).and_then(|arguments| arguments.get(name));
    let number = |name: &str| argument(name).and_then(Json::int);
    let result = match command {
        None => Err(("GenericError", "this is not a request".to_owned())),
        Some("guest-sync") | Some("guest-sync-delimited") => match number("id") {
            Some(id) => Ok(id.to_string()),
            None => Err(("GenericError", "the argument id is missing".to_owned())),
        },
        Some("guest-ping") => Ok("{}".to_owned()),
        Some("guest-info") => Ok(info()),
        Some("guest-get-time") => Ok(now().to_string()),
        Some("guest-set-time") => match sys::set_clock(number("time").or_else(clock::hardware).unwrap_or_else(now)) {
            Ok(()) => Ok("{}".to_owned()),
            Err(error) => Err(("GenericError", error.to_string())),
        },
        Some("guest-get-host-name") => Ok(format!("{{\"host-name\":\"{}\"}}", escape(&host_name()))),
        Some("guest-network-get-interfaces") => Ok(interfaces()),
        Some("demo-mark") => match number("value") {
            Some(mark) => ledger::set_mark(mark).map(|()| "{}".to_owned()).map_err(generic),
            None => ledger::marks().map(|(memory, disks, tpm)| {
                let tpm = tpm.map_or("null".to_owned(), |register| format!("\"{register}\""));
                format!("{{\"memory\":{memory},\"disks\":{disks:?},\"tpm\":{tpm}}}")
            }).map_err(generic),
        },
        Some("demo-write") => {
            ledger::write(number("on") != Some(0));
            Ok("{}".to_owned())
        }
        Some("demo-check") => ledger::check()
            .map(|(last, wrong)| format!("{{\"last\":{last},\"wrong\":{wrong}}}"))
            .map_err(generic),
        Some("demo-fill") => {
            ledger::fill(number("megabytes").and_then(|number| usize::try_from(number).ok()).unwrap_or(0));
            Ok("{}".to_owned())
        }
        Some("guest-shutdown") => {
            sys::power(match argument("mode").and_then(Json::text) {
                Some("reboot") => Power::Reboot,
                Some("halt") => Power::Halt,
                _ => Power::Off,
            });
        }
        Some(other) => Err(("CommandNotFound", format!("the command {other} has not been found"))),
    };
    let mut reply = Vec::new();
    if command == Some("guest-sync-delimited") {
        reply.push(0xff);
    }
    let line = match result {
        Ok(value) => format!("{{\"return\":{value}}}\n"),
        Err((class, text)) => format!("{{\"error\":{{\"class\":\"{class}\",\"desc\":\"{}\"}}}}\n", escape(&text)),
    };
    reply.extend_from_slice(line.as_bytes());
    Some(reply)
}

fn generic(error: std::io::Error) -> (&'static str, String) {
    ("GenericError", error.to_string())
}

fn info() -> String {
    let commands: Vec<String> = COMMANDS
        .iter()
        .map(|name| format!("{{\"name\":\"{name}\",\"enabled\":true,\"success-response\":{}}}", *name != "guest-shutdown"))
        .collect();
    format!("{{\"version\":\"1.0.0\",\"supported_commands\":[{}]}}", commands.join(","))
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as i64)
}

fn host_name() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned()
}

fn interfaces() -> String {
    let list: Vec<String> = net::interfaces()
        .into_iter()
        .map(|name| {
            let hardware = fs::read_to_string(format!("/sys/class/net/{name}/address")).unwrap_or_default();
            let address = net::lease().filter(|lease| lease.interface == name).map_or(String::new(), |lease| {
                format!(
                    ",\"ip-addresses\":[{{\"ip-address-type\":\"ipv4\",\"ip-address\":\"{}\",\"prefix\":{}}}]",
                    std::net::Ipv4Addr::from(lease.address),
                    u32::from_be_bytes(lease.netmask).count_ones()
                )
            });
            format!("{{\"name\":\"{}\",\"hardware-address\":\"{}\"{address}}}", escape(&name), escape(hardware.trim()))
        })
        .collect();
    format!("[{}]", list.join(","))
}
