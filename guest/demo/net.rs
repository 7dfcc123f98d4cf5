//! The network: an address by DHCP, and the heartbeats. Everything here may hang or fail and never holds up the picture.

use crate::clock;
use crate::sys;
use crate::{Settings, State};
use std::fs;
use std::io::{self, Error, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::Mutex;
use std::time::{Duration, Instant};

#[derive(Clone)]
pub struct Lease {
    pub interface: String,
    pub address: [u8; 4],
    pub netmask: [u8; 4],
    pub gateway: Option<[u8; 4]>,
    seconds: u32,
}

static LEASE: Mutex<Option<Lease>> = Mutex::new(None);

pub fn lease() -> Option<Lease> {
    LEASE.lock().ok()?.clone()
}

pub fn interfaces() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/sys/class/net") else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with("eth") || name.starts_with("en")).collect()
}

/// Gets an address, and gets it anew at half time, for as long as the guest lives.
pub fn keep_address() {
    loop {
        let pause = match interfaces().first().map(|name| obtain(name)) {
            Some(Ok(lease)) => {
                let seconds = lease.seconds.clamp(60, 86400) / 2;
                if let Ok(mut slot) = LEASE.lock() {
                    *slot = Some(lease);
                }
                Duration::from_secs(seconds.into())
            }
            _ => Duration::from_millis(500),
        };
        // After a revert the lease is an old one: the host should hear of this guest again.
        clock::sleep_unless_reverted(pause, Duration::from_secs(1));
    }
}

fn obtain(name: &str) -> io::Result<Lease> {
    sys::interface_up(name)?;
    let hardware = hardware_address(name)?;
    let socket = UdpSocket::bind("0.0.0.0:68")?;
    sys::bind_to_interface(&socket, name)?;
    socket.set_broadcast(true)?;
    // Differs between guests by the hardware address, between attempts by the time.
    let id = u32::from_be_bytes([hardware[2], hardware[3], hardware[4], hardware[5]]) ^ uptime_hash();

    let offer = exchange(&socket, &request(id, &hardware, 1, &[]), id, 2)?;
    let server = offer.option(54).ok_or_else(|| Error::other("an offer without a server"))?;
    let options = [[50, 4].as_slice(), &offer.address, &[54, 4], &server].concat();
    let granted = exchange(&socket, &request(id, &hardware, 3, &options), id, 5)?;

    let lease = Lease {
        interface: name.to_owned(),
        address: granted.address,
        netmask: granted.option(1).unwrap_or([255, 255, 255, 0]),
        gateway: granted.option(3),
        seconds: granted.option(51).map_or(3600, u32::from_be_bytes),
    };
    if self::lease().is_none_or(|old| old.address != lease.address || old.netmask != lease.netmask) {
        sys::set_address(name, lease.address, lease.netmask)?;
    }
    if let Some(gateway) = lease.gateway {
        sys::set_default_route(gateway)?;
    }
    Ok(lease)
}

fn uptime_hash() -> u32 {
    let uptime = fs::read_to_string("/proc/uptime").unwrap_or_default();
    uptime.bytes().fold(7, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
}

fn hardware_address(name: &str) -> io::Result<[u8; 6]> {
    let text = fs::read_to_string(format!("/sys/class/net/{name}/address"))?;
    let mut bytes = [0; 6];
    for (byte, digits) in bytes.iter_mut().zip(text.trim().split(':')) {
        *byte = u8::from_str_radix(digits, 16).map_err(Error::other)?;
    }
    Ok(bytes)
}

fn request(id: u32, hardware: &[u8; 6], kind: u8, options: &[u8]) -> Vec<u8> {
    let mut packet = vec![0; 240];
    packet[..4].copy_from_slice(&[1, 1, 6, 0]);
    packet[4..8].copy_from_slice(&id.to_be_bytes());
    packet[10] = 0x80; // answer by broadcast: there is no address yet
    packet[28..34].copy_from_slice(hardware);
    packet[236..240].copy_from_slice(&[99, 130, 83, 99]);
    packet.extend([53, 1, kind, 55, 3, 1, 3, 51]);
    packet.extend([61, 7, 1]);
    packet.extend(hardware);
    packet.extend(options);
    packet.push(255);
    packet.resize(packet.len().max(300), 0);
    packet
}

struct Reply {
    address: [u8; 4],
    options: Vec<(u8, Vec<u8>)>,
}

impl Reply {
    fn option(&self, code: u8) -> Option<[u8; 4]> {
        let (_, value) = self.options.iter().find(|(found, _)| *found == code)?;
        value.get(..4)?.try_into().ok()
    }
}

fn exchange(socket: &UdpSocket, packet: &[u8], id: u32, wanted: u8) -> io::Result<Reply> {
    for wait in [400, 800, 1600, 3200] {
        socket.send_to(packet, "255.255.255.255:67")?;
        let deadline = Instant::now() + Duration::from_millis(wait);
        let mut buffer = [0; 2048];
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            socket.set_read_timeout(Some(left))?;
            let Ok((count, _)) = socket.recv_from(&mut buffer) else { continue };
            match understand(&buffer[..count], id) {
                Some((kind, reply)) if kind == wanted => return Ok(reply),
                Some((6, _)) => return Err(Error::other("the server refused")),
                _ => {}
            }
        }
    }
    Err(Error::other("no DHCP server answered"))
}

fn understand(packet: &[u8], id: u32) -> Option<(u8, Reply)> {
    if packet.len() < 240 || packet[0] != 2 || packet[4..8] != id.to_be_bytes() {
        return None;
    }
    let mut options = Vec::new();
    let mut rest = &packet[240..];
    while let [code, tail @ ..] = rest {
        match code {
            0 => rest = tail,
            255 => break,
            code => {
                let length = usize::from(*tail.first()?);
                options.push((*code, tail.get(1..1 + length)?.to_vec()));
                rest = &tail[1 + length..];
            }
        }
    }
    let kind = *options.iter().find(|(code, _)| *code == 53)?.1.first()?;
    Some((kind, Reply { address: packet[16..20].try_into().ok()?, options }))
}

/// A heartbeat each `beat`. Every one has a connection of its own and is given up after a short while,
/// so that what a revert leaves behind (dead connections) costs half a second at most.
pub fn beat(settings: &Settings, state: &State) {
    const GIVE_UP: Duration = Duration::from_millis(500);
    const TRY_AGAIN: Duration = Duration::from_millis(250);
    loop {
        let started = Instant::now();
        let mut pause = settings.beat;
        if !state.silent.load(Relaxed) {
            match target(settings).and_then(|target| send_beat(target, settings, started + GIVE_UP)) {
                Ok(taken) => state.beat_taken(taken),
                Err(_) => pause = pause.min(TRY_AGAIN),
            }
        }
        let left = pause.saturating_sub(started.elapsed()).max(Duration::from_millis(20));
        clock::sleep_unless_reverted(left, Duration::from_millis(100));
    }
}

fn target(settings: &Settings) -> io::Result<SocketAddr> {
    let lease = lease().ok_or_else(|| Error::other("no address yet"))?;
    let (host, port) = settings.host.rsplit_once(':').unwrap_or((&settings.host, "8000"));
    if host == "gateway" {
        let gateway = lease.gateway.ok_or_else(|| Error::other("no gateway"))?;
        let port = port.parse().map_err(Error::other)?;
        return Ok(SocketAddr::from((Ipv4Addr::from(gateway), port)));
    }
    Ok(SocketAddr::new(host.parse().map_err(Error::other)?, port.parse().map_err(Error::other)?))
}

/// Whether the host took the beat; an error when it did not answer at all.
fn send_beat(target: SocketAddr, settings: &Settings, deadline: Instant) -> io::Result<bool> {
    let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    let path = match &settings.exhibit {
        Some(name) => format!("/api/v1/exhibits/{name}/heartbeat"),
        None => "/api/v1/heartbeat".to_owned(),
    };
    let mut stream = TcpStream::connect_timeout(&target, left())?;
    stream.set_write_timeout(Some(left()))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {target}\r\nUser-Agent: vitrine-demo\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut reply = Vec::new();
    let mut buffer = [0; 512];
    while reply.len() < 12 {
        stream.set_read_timeout(Some(left()))?;
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        reply.extend_from_slice(&buffer[..count]);
    }
    Ok(matches!(reply.get(8..10), Some(b" 2")))
}
