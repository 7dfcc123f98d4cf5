//! Finds out about Vitrine's daemon, and how it is reached.

mod certificate;
pub(in crate::ground) mod sockets;
pub(in crate::ground) mod told;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::access::{self, READ, Who};
use super::once::Sockets;
use super::session::{self, processes};
use super::{Ground, User, program};
use crate::config::Settings;
use crate::core::types::{ExhibitSettings, Told};
use crate::doctor::Fact;
use crate::doctor::facts::api::{
    Api, Certificate, ConfigurationFile, DaemonProcess, Door, DoorAnswer, JournalFile, ToldExhibit,
};
use crate::host::{self, Socket, SocketState};
use crate::words::told;

/// How long an address of this computer's own may take to answer.
const DOOR_TIME: Duration = Duration::from_secs(1);
/// How long a file may take to be looked at, which may lie on a share that does not answer.
const FILE_TIME: Duration = Duration::from_secs(2);
/// How long the system's log may take.
const LOG_TIME: Duration = Duration::from_secs(3);
/// How a database of SQLite begins (<https://sqlite.org/fileformat2.html>, 1.3.1).
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What the daemon says of an exhibit.
pub(super) fn told_of(ground: &Ground, exhibit: &ExhibitSettings) -> Fact<ToldExhibit> {
    let json = ground.asked.status.as_ref().map_err(Told::clone)?;
    let found = told::site(json).exhibits.into_iter().find(|told| told.name == exhibit.name);
    found.ok_or_else(|| told!("the daemon does not know of '{exhibit}'", exhibit = exhibit.name))
}

pub(super) fn gather(ground: &Ground) -> Api {
    let asked = &ground.asked;
    let processes = ground.once.processes();
    let (doors, log_warnings) = thread::scope(|scope| {
        let log = scope.spawn(|| log_warnings(&asked.user));
        let settings = asked.settings.as_ref().map_err(Told::clone);
        let doors = settings.and_then(|settings| Ok(doors(settings, ground.once.sockets()?)));
        (doors, log.join().unwrap_or_else(|_| Err(told!("it was not found out"))))
    });
    Api {
        expected: session::is_expected(&asked.user, asked.settings.is_ok(), processes),
        file: asked.file.as_deref().and_then(|file| configuration_file(file, ground.once.who(&asked.user))),
        own_version: env!("CARGO_PKG_VERSION").to_owned(),
        daemons: Ok(processes::daemons(processes).map(daemon).collect()),
        site: asked.status.as_ref().map(told::site).map_err(Told::clone),
        doors,
        certificate: certificate_of(ground),
        journal: journal(asked.settings.as_ref().ok(), &asked.user),
        log_warnings,
        legacy: legacy(&asked.user),
    }
}

/// The certificate by which the panel is known; `None` where it is not served over TLS.
fn certificate_of(ground: &Ground) -> Fact<Option<Certificate>> {
    let api = &ground.asked.settings.as_ref().map_err(Told::clone)?.api;
    let Some(tls) = &api.tls else { return Ok(None) };
    certificate::find(tls, &api.names, &ground.once.who(&ground.asked.user)).map(Some)
}

fn daemon(process: &processes::Process) -> DaemonProcess {
    let program = fs::read_link(format!("/proc/{}/exe", process.pid));
    let own = rustix::process::geteuid();
    DaemonProcess {
        pid: process.pid,
        uid: process.uid,
        replaced: program.is_ok_and(|file| file.to_string_lossy().ends_with(" (deleted)")),
        reachable: own.is_root() || own.as_raw() == process.uid,
    }
}

/// What a file's permissions let this user do, and everybody; what stops it on the way there is told by itself.
fn configuration_file(file: &Path, who: Fact<&Who>) -> Option<ConfigurationFile> {
    let (file, who) = (file.to_owned(), who.cloned());
    host::within(FILE_TIME, move || look_at_file(&file, who.as_ref())).ok().flatten()
}

fn look_at_file(file: &Path, who: Result<&Who, &Told>) -> Option<ConfigurationFile> {
    let found = fs::metadata(file).ok()?;
    let mode = found.permissions().mode();
    let may_read = |who: &Who| who.uid == 0 || access::rights(file, who).is_ok_and(|may| may & READ != 0);
    Some(ConfigurationFile {
        path: file.display().to_string(),
        open: mode & 0o002 != 0,
        closed: who.is_ok_and(|who| !may_read(who)),
    })
}

fn doors(settings: &Settings, sockets: &Sockets) -> Vec<Door> {
    let listening = |address: SocketAddr| {
        let listens =
            |socket: &&Socket| socket.state == SocketState::Listens && sockets::serves(socket.local, address);
        sockets.all.iter().find(listens).map(|socket| socket.inode)
    };
    let addresses = &settings.api.listen;
    thread::scope(|scope| {
        let ask = |address: SocketAddr| {
            let owner = listening(address).and_then(|inode| sockets.owners.get(&inode).cloned());
            scope.spawn(move || {
                let is_here = is_here(address.ip());
                let answer = if is_here { ask_at(address) } else { DoorAnswer::Refused };
                Door { address, is_here, owner, answer }
            })
        };
        let asked: Vec<_> = addresses.iter().map(|address| ask(*address)).collect();
        asked.into_iter().filter_map(|asked| asked.join().ok()).collect()
    })
}

/// Whether this computer has an address: only then a socket can be bound to it.
fn is_here(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

/// Asks for what changes nothing.
fn ask_at(address: SocketAddr) -> DoorAnswer {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::from((ip, address.port()));
    match exchange(address) {
        Ok(answer) if is_vitrine(&answer) => DoorAnswer::Vitrine,
        Ok(_) => DoorAnswer::Other,
        Err(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => DoorAnswer::Refused,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => DoorAnswer::Silent,
            _ => DoorAnswer::Other,
        },
    }
}

fn exchange(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, DOOR_TIME)?;
    stream.set_read_timeout(Some(DOOR_TIME))?;
    stream.set_write_timeout(Some(DOOR_TIME))?;
    write!(stream, "GET /api/v1/site HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = Vec::new();
    // What is read at once tells whose it is.
    let mut part = [0; 4096];
    while answer.len() < 2048 {
        match stream.read(&mut part)? {
            0 => break,
            count => answer.extend(part.iter().take(count)),
        }
    }
    Ok(answer)
}

/// Every answer of the API is JSON that nobody is to store, also those that are errors.
fn is_vitrine(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    text.starts_with("http/1.")
        && text.contains("application/json")
        && text.contains("cache-control: no-store")
}

/// How many warnings and worse Vitrine has in the system's log of the last day.
fn log_warnings(user: &User) -> Fact<u64> {
    // It says nothing, and is content, where nothing is kept.
    if !["/run/log/journal", "/var/log/journal"].iter().any(|folder| Path::new(folder).exists()) {
        return Err(told!("this computer's system keeps no log (journald)"));
    }
    let uid = format!("_UID={}", user.uid);
    let words = [
        "journalctl",
        "--quiet",
        "--no-pager",
        "-o",
        "cat",
        "-t",
        "vitrine",
        "-p",
        "warning",
        "--since",
        "-1d",
    ];
    let ended = program::run(&[words.as_slice(), &[uid.as_str()]].concat(), LOG_TIME)?;
    let denied = ended.errors.contains("not seeing messages") || ended.errors.contains("No journal files");
    if !ended.well() || denied {
        let why = ended.errors.lines().next().unwrap_or_default().to_owned();
        return Err(told!("the system's log cannot be read: {why}", why = why));
    }
    Ok(u64::try_from(ended.output.lines().filter(|line| !line.is_empty()).count()).unwrap_or(u64::MAX))
}

fn journal(settings: Option<&Settings>, user: &User) -> Fact<JournalFile> {
    let configured = settings.map(|settings| settings.journal.clone()).unwrap_or_default();
    // In the kiosk's own session the environment may name another place; from outside nobody knows.
    let own = rustix::process::geteuid().as_raw() == user.uid;
    let usual = || {
        let folder = if own { host::state_folder() } else { None };
        folder.unwrap_or_else(|| host::state_folder_below(&user.home)).join("journal.db")
    };
    let path: PathBuf = configured.path.unwrap_or_else(usual);
    let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let text = path.display().to_string();
    let foreign = |found: &fs::Metadata| found.uid() != user.uid && user.uid != 0;
    let folder = path.parent().map(fs::metadata);
    let foreign_folder = matches!(&folder, Some(Ok(found)) if foreign(found));
    let found = match fs::metadata(&path) {
        Ok(found) => Some(found),
        Err(error) if denied(&error) => {
            return Err(told!("only its user and root may look at {path}", path = text));
        }
        Err(_) => None,
    };
    let beside = |end: &str| fs::metadata(format!("{text}{end}")).map_or(0, |found| found.len());
    let size = found.as_ref().map(|found| found.len() + beside("-wal") + beside("-shm"));
    let mut start = Vec::new();
    if found.is_some() {
        let file = fs::File::open(&path);
        match file.and_then(|file| file.take(16).read_to_end(&mut start)) {
            Err(error) if denied(&error) => {
                return Err(told!("only its user and root may look at {path}", path = text));
            }
            _ => {}
        }
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let entries = path.parent().and_then(|folder| fs::read_dir(folder).ok());
    let put_aside = entries.into_iter().flatten().flatten().map(|entry| entry.path().display().to_string());
    let is_aside = |other: &String| {
        let rest = other.rsplit('/').next().and_then(|other| other.strip_prefix(&name));
        rest.is_some_and(|rest| !["", "-wal", "-shm", "-journal"].contains(&rest))
    };
    Ok(JournalFile {
        size,
        limit: configured.limit,
        foreign: foreign_folder || found.as_ref().is_some_and(foreign),
        is_database: start.is_empty() || start == SQLITE,
        put_aside: put_aside.filter(is_aside).collect(),
        path: text,
    })
}

/// Configurations of the Exhibition VM Controller where its documents put them.
fn legacy(user: &User) -> Vec<String> {
    let home = &user.home;
    let places = [
        home.join("exhibition-vm-controller/host-controller/config.yaml"),
        home.join("host-controller/config.yaml"),
        PathBuf::from("/opt/exhibition-vm-controller/host-controller/config.yaml"),
        PathBuf::from("/opt/exhibition-vm-controller/config.yaml"),
        PathBuf::from("/etc/exhibition-vm-controller/config.yaml"),
        PathBuf::from("/etc/vitrine/config.yaml"),
    ];
    places.into_iter().filter(|file| file.is_file()).map(|file| file.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vitrines_answers_are_told_from_others() {
        for (answer, is) in [
            ("HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\r\n{}", true),
            (
                "HTTP/1.0 403 Forbidden\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\r\n{}",
                true,
            ),
            ("HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6\r\nContent-Type: text/html\r\n\r\n", false),
            ("RFB 003.008\n", false),
            ("", false),
        ] {
            assert_eq!(is_vitrine(answer.as_bytes()), is, "{answer}");
        }
    }

    #[test]
    fn an_address_is_asked_by_what_is_there() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let other = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"RFB 003.008\n").unwrap();
        });
        assert_eq!(ask_at(address), DoorAnswer::Other);
        other.join().unwrap();
        assert_eq!(ask_at(address), DoorAnswer::Refused);
        assert!(is_here(address.ip()));
        assert!(!is_here("192.0.2.1".parse().unwrap()));
    }
}
