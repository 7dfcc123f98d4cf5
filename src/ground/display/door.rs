//! VMs' displays: where they listen, who does, and who is connected.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use roxmltree::{Document, Node};

use crate::doctor::Fact;
use crate::doctor::facts::display::{Graphics, GraphicsAnswer};
use crate::ground::api::sockets;
use crate::ground::once::Sockets;
use crate::ground::session::processes::{self, Process};
use crate::host::{Socket, SocketState};
use crate::words::told;

/// How long a display of this computer's own may take.
const TIME: Duration = Duration::from_millis(700);
/// How a VNC server greets (RFC 6143, 7.1.1).
const VNC_GREETING: &[u8] = b"RFB ";

/// What a definition says of a display.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    kind: String,
    address: Option<SocketAddr>,
}

/// The display of a VM that runs, tried out where nobody is connected to it: a connection is opened and closed, and says
/// nothing.
pub(super) fn try_out(
    xml: &str,
    processes: &[Process],
    sockets: &Sockets,
    viewers: &[u32],
) -> Fact<Graphics> {
    let document = Document::parse(xml).map_err(|error| {
        told!("libvirt's definition of it cannot be read: {why}", why = error.to_string())
    })?;
    let Told { kind, address } = told(&document);
    let Some(address) = address else {
        return Ok(Graphics {
            kind,
            address,
            answer: GraphicsAnswer::NotTried,
            owner: None,
            others: Vec::new(),
            unseen: false,
        });
    };
    let Sockets { all, owners } = sockets;
    let listener = all
        .iter()
        .find(|socket| socket.state == SocketState::Listens && sockets::serves(socket.local, address))
        .map(|socket| socket.inode);
    let is_client = |socket: &&Socket| socket.state == SocketState::Connected && socket.remote == address;
    let clients: BTreeSet<u64> = all.iter().filter(is_client).map(|socket| socket.inode).collect();
    // libvirt tells of each connection that ends, and Vitrine launches the viewer anew for one that may be its.
    // Somebody may have come since.
    let is_alone = clients.is_empty() && !sockets::all()?.iter().any(|socket| is_client(&socket));
    let answer = if is_alone { knock(address, kind == "vnc") } else { GraphicsAnswer::Takes };
    let own = |pid: u32| {
        pid == std::process::id()
            || processes::line_of(processes, pid).iter().any(|pid| viewers.contains(pid))
    };
    let known: Vec<&(String, u32)> = clients.iter().filter_map(|inode| owners.get(inode)).collect();
    let unseen = known.len() < clients.len();
    let here = known.into_iter().filter(|(_, pid)| !own(*pid)).map(|(name, pid)| format!("{name} ({pid})"));
    let others: BTreeSet<String> = here.chain(from_elsewhere(all, address)).collect();
    Ok(Graphics {
        kind,
        address: Some(address),
        answer,
        owner: listener.and_then(|inode| owners.get(&inode).cloned()),
        others: others.into_iter().collect(),
        unseen,
    })
}

/// The addresses of other computers from which somebody is connected: no socket here is the other end.
fn from_elsewhere(sockets: &[Socket], address: SocketAddr) -> impl Iterator<Item = String> {
    let connected = |socket: &&Socket| socket.state == SocketState::Connected;
    sockets
        .iter()
        .filter(connected)
        .filter(move |socket| socket.local.port() == address.port() && !socket.remote.ip().is_loopback())
        .filter(|socket| !sockets.iter().any(|other| other.local == socket.remote))
        .map(|socket| socket.remote.ip().to_string())
}

/// The first display that a viewer would take (<https://libvirt.org/formatdomain.html#graphical-framebuffers>).
fn told(document: &Document<'_>) -> Told {
    let all: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.has_tag_name("graphics")).collect();
    let of_kind = |kind: &str| all.iter().find(|node| node.attribute("type") == Some(kind));
    let Some(graphics) = of_kind("spice").or_else(|| of_kind("vnc")).or_else(|| all.first()) else {
        return Told { kind: String::new(), address: None };
    };
    let kind = graphics.attribute("type").unwrap_or_default().to_owned();
    let port = graphics.attribute("port").and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
    let listen = graphics.children().find(|node| node.has_tag_name("listen"));
    let by_address =
        listen.is_none_or(|listen| matches!(listen.attribute("type"), Some("address" | "network")));
    let ip = listen.and_then(|listen| listen.attribute("address")).or_else(|| graphics.attribute("listen"));
    let ip: IpAddr = match ip.map(str::parse::<IpAddr>) {
        // From here every one of them is reached by loopback.
        Some(Ok(ip)) if !ip.is_unspecified() => ip,
        Some(Ok(_) | Err(_)) | None => Ipv4Addr::LOCALHOST.into(),
    };
    Told { kind, address: port.filter(|_| by_address).map(|port| (ip, port).into()) }
}

fn knock(address: SocketAddr, greets: bool) -> GraphicsAnswer {
    let connected = TcpStream::connect_timeout(&address, TIME);
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => GraphicsAnswer::Silent,
        _ => GraphicsAnswer::Refuses,
    };
    let mut stream = match connected {
        Ok(stream) => stream,
        Err(error) => return failed(&error),
    };
    if !greets {
        // A SPICE server says nothing before it is spoken to. Who greets at once is none.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(30)));
        return match stream.read(&mut [0; 1]) {
            Ok(1..) => GraphicsAnswer::Other,
            Ok(0) | Err(_) => GraphicsAnswer::Takes,
        };
    }
    let _ = stream.set_read_timeout(Some(TIME));
    let mut greeting = [0; 4];
    match stream.read_exact(&mut greeting) {
        Ok(()) if greeting == VNC_GREETING => GraphicsAnswer::Takes,
        Ok(()) => GraphicsAnswer::Other,
        Err(error) => failed(&error),
    }
}

/// Whether a VM's sound is played by whoever shows it.
pub(super) fn sounds(xml: &str) -> bool {
    let Ok(document) = Document::parse(xml) else { return false };
    let has = |tag: &str| document.descendants().find(|node| node.has_tag_name(tag));
    // Without a word libvirt has sound go where the display goes.
    let by_display = has("audio").is_none_or(|audio| audio.attribute("type") == Some("spice"));
    let spice = document
        .descendants()
        .any(|node| node.has_tag_name("graphics") && node.attribute("type") == Some("spice"));
    has("sound").is_some() && by_display && spice
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn displays_are_read() {
        for (xml, kind, address) in [
            ("", "", None),
            (
                "<graphics type='spice' port='5900' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>",
                "spice",
                Some("127.0.0.1:5900"),
            ),
            ("<graphics type='vnc' port='5901' listen='0.0.0.0'/>", "vnc", Some("127.0.0.1:5901")),
            ("<graphics type='spice' port='-1'><listen type='none'/></graphics>", "spice", None),
            ("<graphics type='spice'><listen type='socket' socket='/run/s'/></graphics>", "spice", None),
            (
                "<graphics type='vnc' port='5901'/><graphics type='spice' port='5902'/>",
                "spice",
                Some("127.0.0.1:5902"),
            ),
        ] {
            let xml = format!("<domain><devices>{xml}</devices></domain>");
            let document = Document::parse(&xml).unwrap();
            let expected = Told { kind: kind.to_owned(), address: address.map(|text| text.parse().unwrap()) };
            assert_eq!(told(&document), expected, "{xml}");
        }
    }

    #[test]
    fn who_greets_is_told_apart() {
        for (greeting, greets, expected) in [
            (b"RFB 003.008\n".as_slice(), true, GraphicsAnswer::Takes),
            (b"HTTP/1.0", true, GraphicsAnswer::Other),
            (b"SSH-2.0", false, GraphicsAnswer::Other),
            (b"", false, GraphicsAnswer::Takes),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.write_all(greeting);
                let _ = stream.read(&mut [0; 1]);
            });
            assert_eq!(knock(address, greets), expected, "{greeting:?}");
            server.join().unwrap();
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(knock(free, false), GraphicsAnswer::Refuses);
    }

    #[test]
    fn sound_goes_where_the_display_goes() {
        for (xml, expected) in [
            ("<graphics type='spice'/><sound model='ich9'/>", true),
            ("<graphics type='spice'/><sound model='ich9'/><audio id='1' type='spice'/>", true),
            ("<graphics type='spice'/><sound model='ich9'/><audio id='1' type='none'/>", false),
            ("<graphics type='vnc'/><sound model='ich9'/>", false),
            ("<graphics type='spice'/>", false),
        ] {
            assert_eq!(sounds(&format!("<domain>{xml}</domain>")), expected, "{xml}");
        }
    }
}
