//! Whose process is at the other end of a connection within this computer.
//!
//! A guest with user-mode networking (QEMU's slirp, passt) reaches Vitrine through a socket of its VM's process on this
//! computer, and is not to pass for staff there.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock;
use super::sock_diag::{self, Socket};
use crate::host::sockets_in;

/// Processes that are looked at first, since they had a socket last: guests beat every second, and to look at all
/// processes costs milliseconds.
const MAX_RECENT: usize = 16;
/// How often all processes are looked at for a socket that one of them must have.
const MAX_SEARCHES: usize = 3;
/// How long it is held for true whose the sockets of a control group are whose processes are closed to us.
const GROUP_LASTS: Duration = Duration::from_secs(2);
/// Control groups that are remembered.
const MAX_GROUPS: usize = 64;
/// Programs that hand on what somebody else asks, as the kernel cuts off their names (proc_pid_comm(5)).
const PROXIES: [&str; 18] = [
    "apache2",
    "caddy",
    "cloudflared",
    "docker-proxy",
    "envoy",
    "h2o",
    "haproxy",
    "httpd",
    "lighttpd",
    "nginx",
    "pound",
    "rinetd",
    "socat",
    "squid",
    "systemd-socket-",
    "tinyproxy",
    "traefik",
    "varnishd",
];

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// A VM's process: a guest with user-mode networking. Its VM's name, where it can be told.
    Guest(Option<String>),
    /// A process that hands on what others ask.
    Proxy,
    /// Some other process.
    Process,
    /// It cannot be told: it has closed its end already, after which the kernel does not tell any more and no answer is
    /// wanted, or whose it is may not be seen.
    Unknown,
}

/// The sockets and processes of this computer, as `/proc` has them.
pub(super) struct Owners {
    proc: PathBuf,
    /// How a socket is found, by its own address and the other one.
    find: fn(&Path, SocketAddr, SocketAddr) -> Option<Socket>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Where a socket was found last, the last one first. The next one of a guest's is likely to have the number that its
    /// last one had.
    recent: VecDeque<Place>,
    /// Of control groups whose processes cannot be looked into: whose their sockets are, and when that was found out.
    groups: HashMap<(u32, u64), (Instant, Owner)>,
}

/// Where a process has a socket.
#[derive(Clone, Copy)]
struct Place {
    pid: u32,
    descriptor: u32,
}

/// Whether a process has a socket.
#[derive(Clone, Copy)]
enum Search {
    Found(Place),
    Absent,
    /// That may not be seen.
    Closed,
}

impl Owners {
    pub(super) fn new() -> Self {
        Self { proc: "/proc".into(), find, known: Mutex::default() }
    }

    /// Who has the other end of a connection from `peer` to our address `own`. Takes milliseconds where it is a process
    /// that was not seen before.
    pub(super) fn of(&self, peer: SocketAddr, own: SocketAddr, now: Instant) -> Owner {
        let Some(socket) = (self.find)(&self.proc, peer, own) else { return Owner::Unknown };
        if let Some(place) = self.find_again(socket.inode) {
            self.remember(place);
            // It may have become another program since.
            return self.program(place.pid).unwrap_or(Owner::Unknown);
        }
        // The processes of this very user are open to us, and to root all are.
        let us = rustix::process::geteuid();
        let group = socket
            .cgroup
            .filter(|_| !us.is_root() && us.as_raw() != socket.uid)
            .map(|cgroup| (socket.uid, cgroup));
        if let Some((at, owner)) = group.and_then(|group| lock(&self.known).groups.get(&group).cloned())
            && now.saturating_duration_since(at) < GROUP_LASTS
        {
            return owner;
        }
        let owner = self.search(&socket, group.is_none());
        if let (Some(group), Owner::Guest(_)) = (group, &owner) {
            let groups = &mut lock(&self.known).groups;
            if groups.len() >= MAX_GROUPS {
                groups.clear();
            }
            groups.insert(group, (now, owner.clone()));
        }
        owner
    }

    /// Looks where sockets were found last, and then at all that those processes have.
    fn find_again(&self, inode: u64) -> Option<Place> {
        let recent: Vec<Place> = lock(&self.known).recent.iter().copied().collect();
        let as_before = recent.iter().copied().find(|place| self.is_at(*place, inode));
        as_before.or_else(|| {
            recent.iter().find_map(|place| match self.socket_of(place.pid, inode) {
                Search::Found(place) => Some(place),
                Search::Absent | Search::Closed => None,
            })
        })
    }

    /// Looks at all processes of the socket's user, more than once where all are open to us: what moves from one number to
    /// another while a folder is read may be missed.
    fn search(&self, socket: &Socket, all_are_open: bool) -> Owner {
        let tries = if all_are_open { MAX_SEARCHES } else { 1 };
        (0..tries)
            .map(|_| self.search_once(socket))
            .find(|owner| *owner != Owner::Unknown)
            .unwrap_or(Owner::Unknown)
    }

    fn search_once(&self, socket: &Socket) -> Owner {
        let entries = fs::read_dir(&self.proc).into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| {
            let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
            (entry.metadata().ok()?.uid() == socket.uid).then_some(pid)
        });
        let mut closed = Vec::new();
        for pid in pids {
            match self.socket_of(pid, socket.inode) {
                Search::Found(place) => {
                    self.remember(place);
                    return self.program(pid).unwrap_or(Owner::Unknown);
                }
                Search::Absent => {}
                Search::Closed => closed.push((pid, self.program(pid))),
            }
        }
        // It is some process's that is closed to us, or not even to be seen (hidepid, proc_pid(5)).
        if closed.is_empty() || closed.iter().any(|(_, program)| program.is_none()) {
            return Owner::Unknown;
        }
        // Sockets are born in their process's control group, and libvirt and systemd give each VM and service one of its
        // own.
        let may_be_its = |pid: u32| match (socket.cgroup, cgroup_of(&self.proc.join(pid.to_string()))) {
            (Some(born_in), Some(lives_in)) => born_in == lives_in,
            (None, _) | (_, None) => true,
        };
        let suspects: Vec<_> = closed
            .into_iter()
            .filter_map(|(pid, program)| {
                program.filter(|program| *program != Owner::Process && may_be_its(pid))
            })
            .collect();
        match suspects.as_slice() {
            [] => Owner::Process,
            [only] => only.clone(),
            [_, _, ..] if suspects.contains(&Owner::Proxy) => Owner::Proxy,
            [_, _, ..] => Owner::Guest(None),
        }
    }

    fn remember(&self, place: Place) {
        let recent = &mut lock(&self.known).recent;
        recent.retain(|other| other.pid != place.pid);
        recent.push_front(place);
        recent.truncate(MAX_RECENT);
    }

    /// What program a process runs; `None` where that may not be seen.
    fn program(&self, pid: u32) -> Option<Owner> {
        let process = self.proc.join(pid.to_string());
        let name = fs::read_to_string(process.join("comm")).ok()?;
        let name = name.trim_end();
        if PROXIES.contains(&name) {
            return Some(Owner::Proxy);
        }
        let vm = vm_in(&fs::read(process.join("cmdline")).unwrap_or_default());
        Some(if vm.is_some() || speaks_for_guests(name) { Owner::Guest(vm) } else { Owner::Process })
    }

    fn socket_of(&self, pid: u32, inode: u64) -> Search {
        let wanted = name_of(inode);
        let entries = match fs::read_dir(self.proc.join(pid.to_string()).join("fd")) {
            Ok(entries) => entries,
            // It has ended.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Search::Absent,
            Err(_) => return Search::Closed,
        };
        let mut outcome = Search::Absent;
        for entry in entries.flatten() {
            match fs::read_link(entry.path()) {
                Ok(target) if target.as_os_str() == wanted.as_str() => {
                    let descriptor = entry.file_name().to_str().and_then(|name| name.parse().ok());
                    return Search::Found(Place { pid, descriptor: descriptor.unwrap_or_default() });
                }
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => outcome = Search::Closed,
                Ok(_) | Err(_) => {}
            }
        }
        outcome
    }

    fn is_at(&self, place: Place, inode: u64) -> bool {
        let link = self.proc.join(format!("{}/fd/{}", place.pid, place.descriptor));
        fs::read_link(link).is_ok_and(|target| target.as_os_str() == name_of(inode).as_str())
    }
}

/// What a socket's link is called in a process's folder `fd` (proc_pid_fd(5)).
fn name_of(inode: u64) -> String {
    format!("socket:[{inode}]")
}

/// The number of a process's control group of version 2: that of the group's folder (cgroups(7)).
pub(super) fn cgroup_of(process: &Path) -> Option<u64> {
    let groups = fs::read_to_string(process.join("cgroup")).ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    // The second is where systemd keeps it beside those of version 1.
    let folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
    let of_version_2 = folders.iter().find(|folder| Path::new(folder).join("cgroup.controllers").exists())?;
    Some(fs::metadata(Path::new(of_version_2).join(path)).ok()?.ino())
}

/// Whether a program of this name, as the kernel cuts it off (proc_pid_comm(5)), speaks for a guest.
fn speaks_for_guests(name: &str) -> bool {
    // libvirt may name QEMU's process qemu:VM; threads of the kernel are called kvm-pit and the like.
    ["qemu", "passt", "pasta"].iter().any(|speaker| name.starts_with(speaker))
        || matches!(name, "kvm" | "slirp4netns" | "slirp-helper")
}

/// The VM's name in the command line that libvirt gives QEMU: `-name guest=NAME,…`, in which a comma is doubled
/// (`virQEMUBuildBufferEscapeComma`).
fn vm_in(words: &[u8]) -> Option<String> {
    let words: Vec<_> = words.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    let at = words.iter().position(|word| word == "-name")?;
    let value = words.get(at + 1)?.replace(",,", "\0");
    let guest = value.split(',').find_map(|part| part.strip_prefix("guest="))?;
    Some(guest.replace('\0', ","))
}

/// By the kernel's word about the one socket; where it has none, which it says also where it knows no such questions, by
/// its tables.
fn find(proc: &Path, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
    let told = sock_diag::find(local, remote).unwrap_or_else(|error| {
        tracing::debug!("the kernel does not tell of one socket: {error}");
        None
    });
    told.or_else(|| find_in_tables(proc, local, remote))
}

/// The same by the kernel's tables, which come out of its memory; that is never a slow read.
fn find_in_tables(proc: &Path, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
    let table = |name: &str| fs::read_to_string(proc.join("net").join(name)).unwrap_or_default();
    ["tcp", "tcp6"].iter().find_map(|name| socket_in(&table(name), local, remote))
}

/// Looks a socket up in the text of `/proc/net/tcp` or `tcp6`. One that its process has closed has no inode, and no owner.
fn socket_in(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
    let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    let wanted = (canonical(local), canonical(remote));
    let found =
        sockets_in(table).find(|socket| (socket.local, socket.remote) == wanted && socket.inode != 0)?;
    Some(Socket { uid: found.uid, inode: found.inode, cgroup: None })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const HEAD: &str =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    /// A line as the kernel of a computer with small-endian words writes it.
    fn line(from: &str, to: &str, uid: u32, inode: u64) -> String {
        format!(
            "   0: {from} {to} 01 00000000:00000000 00:00000000 00000000  {uid}        0 {inode} 1 0 20 4 30 10 -1\n"
        )
    }

    fn at(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn sockets_are_read_as_the_kernel_writes_them() {
        let (client, own) = (at("127.0.0.1:40000"), at("127.0.0.1:8000"));
        let ours = line("0100007F:1F40", "0100007F:9C40", 1000, 7);
        let theirs = line("0100007F:9C40", "0100007F:1F40", 64055, 8);
        let found = Some(Socket { uid: 64055, inode: 8, cgroup: None });
        assert_eq!(socket_in(&format!("{HEAD}{ours}{theirs}"), client, own), found);
        assert_eq!(socket_in(&format!("{HEAD}{ours}"), client, own), None);
        let closed = line("0100007F:9C40", "0100007F:1F40", 0, 0);
        assert_eq!(socket_in(&format!("{HEAD}{closed}"), client, own), None);
        let mapped =
            line("0000000000000000FFFF00000100007F:9C40", "0000000000000000FFFF00000100007F:1F40", 64055, 8);
        assert_eq!(socket_in(&format!("{HEAD}{mapped}"), client, own), found);
        let six =
            line("00000000000000000000000001000000:9C40", "00000000000000000000000001000000:1F40", 64055, 8);
        assert_eq!(socket_in(&format!("{HEAD}{six}"), at("[::1]:40000"), at("[::1]:8000")), found);
        for nonsense in ["", "x", HEAD, "\n\n", "a b c d e f g h i j k l\na:b c:d e f g h i j k l"] {
            assert_eq!(socket_in(nonsense, client, own), None, "{nonsense}");
        }
    }

    #[test]
    fn a_vm_is_known_by_its_command_line() {
        let rows: [(&[u8], Option<&str>); 6] = [
            (b"/usr/bin/qemu-system-x86_64\0-name\0guest=eden,debug-threads=on\0-S\0", Some("eden")),
            (b"qemu\0-name\0guest=a,,b,debug-threads=on\0", Some("a,b")),
            (b"qemu\0-name\0eden\0", None),
            (b"qemu\0-name", None),
            (b"passt\0-f\0", None),
            (b"", None),
        ];
        for (words, expected) in rows {
            assert_eq!(vm_in(words).as_deref(), expected, "{words:?}");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn who_has_the_other_end_is_known() {
        let proc = tempfile::tempdir().unwrap();
        let uid = fs::metadata(proc.path()).unwrap().uid();
        let process = |pid: &str, name: &str, words: &str, socket: Option<u64>| {
            let folder = proc.path().join(pid);
            fs::create_dir_all(folder.join("fd")).unwrap();
            fs::write(folder.join("comm"), format!("{name}\n")).unwrap();
            fs::write(folder.join("cmdline"), words.replace(' ', "\0")).unwrap();
            if let Some(inode) = socket {
                symlink(format!("socket:[{inode}]"), folder.join("fd/3")).unwrap();
            }
        };
        fs::create_dir(proc.path().join("net")).unwrap();
        let lines =
            [(40000, uid, 8), (40001, uid, 9), (40002, uid + 1, 10), (40003, uid, 11), (40004, uid, 12)]
                .map(|(port, uid, inode)| line(&format!("0100007F:{port:04X}"), "0100007F:1F40", uid, inode));
        fs::write(proc.path().join("net/tcp"), format!("{HEAD}{}", lines.concat())).unwrap();
        process("70", "qemu-system-x86", "qemu -name guest=orbit,debug-threads=on", None);
        process("71", "qemu-system-x86", "qemu -name guest=eden,debug-threads=on", Some(8));
        process("72", "curl", "curl http://127.0.0.1:8000/", Some(9));
        process("73", "nginx", "nginx: worker process", Some(11));
        // Under whatever name: a wrapper's.
        process("74", "wrapper", "qemu -name guest=tide,debug-threads=on", Some(12));
        let proc_path = proc.path().to_owned();
        let owners = Owners { proc: proc_path, find: find_in_tables, known: Mutex::default() };
        let of = |port: u16| {
            owners.of(SocketAddr::from(([127, 0, 0, 1], port)), at("127.0.0.1:8000"), Instant::now())
        };
        for _ in 0..2 {
            assert_eq!(of(40000), Owner::Guest(Some("eden".to_owned())));
        }
        // It has it under another number, where it had none before, and has another socket where this one was.
        fs::rename(proc.path().join("71/fd/3"), proc.path().join("71/fd/9")).unwrap();
        symlink("socket:[77]", proc.path().join("71/fd/3")).unwrap();
        assert_eq!(of(40000), Owner::Guest(Some("eden".to_owned())));
        // The same process has become another program.
        fs::write(proc.path().join("71/comm"), "curl\n").unwrap();
        fs::write(proc.path().join("71/cmdline"), "curl\0").unwrap();
        assert_eq!(of(40000), Owner::Process);
        assert_eq!(of(40001), Owner::Process);
        assert_eq!(of(40002), Owner::Unknown, "a user none of whose processes is to be seen");
        assert_eq!(of(40003), Owner::Proxy);
        assert_eq!(of(40004), Owner::Guest(Some("tide".to_owned())));
        assert_eq!(of(40005), Owner::Unknown);
    }

    /// A control group of this computer.
    fn some_group_below_the_top() -> Option<String> {
        let folders = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
        let top = folders.iter().find(|folder| Path::new(folder).join("cgroup.controllers").exists())?;
        let entries = fs::read_dir(top).ok()?.flatten();
        let mut groups = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        groups.next()?.file_name().into_string().ok()
    }

    #[test]
    fn of_processes_that_are_closed_to_us_the_control_group_tells() {
        /// A socket of this user's, born in the topmost group.
        fn in_the_top_group(proc: &Path, _: SocketAddr, _: SocketAddr) -> Option<Socket> {
            let uid = fs::metadata(proc).ok()?.uid();
            Some(Socket { uid, inode: 8, cgroup: cgroup_of(&proc.join("70")) })
        }
        fn in_no_group(proc: &Path, local: SocketAddr, remote: SocketAddr) -> Option<Socket> {
            Some(Socket { cgroup: None, ..in_the_top_group(proc, local, remote)? })
        }
        let proc = tempfile::tempdir().unwrap();
        let process = |pid: &str, name: &str, vm: &str, group: &str| {
            let folder = proc.path().join(pid);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("comm"), name).unwrap();
            let words = if vm.is_empty() { String::new() } else { format!("qemu\0-name\0guest={vm}\0") };
            fs::write(folder.join("cmdline"), words).unwrap();
            fs::write(folder.join("cgroup"), format!("1:name=systemd:/\n0::/{group}\n")).unwrap();
            // It cannot be read as a folder.
            fs::write(folder.join("fd"), "").unwrap();
        };
        let of = |find: fn(&Path, SocketAddr, SocketAddr) -> Option<Socket>| {
            let owners = Owners { proc: proc.path().to_owned(), find, known: Mutex::default() };
            let ask = || owners.of(at("127.0.0.1:40000"), at("127.0.0.1:8000"), Instant::now());
            let first = ask();
            assert_eq!(ask(), first, "as it is remembered");
            first
        };
        let qemu = "qemu-system-x86\n";
        process("69", "bash\n", "", "user.slice");
        assert_eq!(of(in_no_group), Owner::Process, "a user who has no VMs");
        process("70", qemu, "eden", "");
        assert_eq!(of(in_no_group), Owner::Guest(Some("eden".to_owned())), "the only VM of this user");
        let group = some_group_below_the_top();
        process("71", qemu, "orbit", group.as_deref().unwrap_or_default());
        assert_eq!(of(in_no_group), Owner::Guest(None));
        if group.is_some() {
            assert_eq!(of(in_the_top_group), Owner::Guest(Some("eden".to_owned())));
        }
        process("72", qemu, "tide", "");
        assert_eq!(of(in_the_top_group), Owner::Guest(None), "two in the same group");
        // Neither a proxy's nor a process's that is not to be seen is staff's.
        process("73", "nginx\n", "", "");
        assert_eq!(of(in_no_group), Owner::Proxy);
        process("74", "bash\n", "", "");
        fs::remove_file(proc.path().join("74/comm")).unwrap();
        assert_eq!(of(in_no_group), Owner::Unknown);
    }

    #[test]
    fn this_very_process_is_no_guest() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(own).unwrap();
        let owners = Owners::new();
        let peer = client.local_addr().unwrap();
        assert_eq!(owners.of(peer, own, Instant::now()), Owner::Process);
        drop((client, listener));
        assert_eq!(owners.of(peer, own, Instant::now()), Owner::Unknown);
    }
}
