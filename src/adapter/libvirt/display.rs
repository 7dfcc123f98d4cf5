//! Whether a VM's display takes a connection, as its viewer would make one. Everything in here blocks.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use roxmltree::Document;
use virt::connect::Connect;

use crate::vm::Uri;

/// A client's first word to a SPICE server, for its main channel: `SpiceLinkHeader` and `SpiceLinkMess` of protocol 2.2,
/// without capabilities. The server answers before it asks who is there, and nobody is thrown out.
const SPICE_HELLO: [u8; 34] = [
    b'R', b'E', b'D', b'Q', 2, 0, 0, 0, 2, 0, 0, 0, 18, 0, 0, 0, // magic, version, size of what follows
    0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 18, 0, 0,
    0, // no connection yet, main channel, no capabilities
];

/// How a display speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Spice,
    Vnc,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

/// Where a VM's display is to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    protocol: Protocol,
    place: Place,
}

/// Where the display of a VM is that runs; `None` where that cannot be tried from here: on another computer, over TLS
/// only, or where libvirt alone opens the connection.
pub(super) fn address(conn: &Connect, uri: &str, vm: &str) -> Option<Address> {
    if !Uri::read(uri).is_here() {
        return None;
    }
    let found = || conn.lookup_domain_by_name(vm)?.xml_desc(0);
    match found() {
        Ok(xml) => read(&xml),
        Err(error) => {
            tracing::debug!("the display of VM '{vm}' is not known: {}", error.message());
            None
        }
    }
}

/// What a VM's description says of its first display, which is the one that a viewer shows.
fn read(xml: &str) -> Option<Address> {
    let document = Document::parse(xml).ok()?;
    let graphics = document.descendants().find(|node| node.has_tag_name("graphics"))?;
    let protocol = match graphics.attribute("type")? {
        "spice" => Protocol::Spice,
        "vnc" => Protocol::Vnc,
        _ => return None,
    };
    let listen = graphics.children().find(|node| node.has_tag_name("listen"));
    let socket = listen.and_then(|listen| listen.attribute("socket")).or(graphics.attribute("socket"));
    if let Some(socket) = socket {
        return Some(Address { protocol, place: Place::Unix(socket.into()) });
    }
    let port = graphics.attribute("port")?.parse().ok().filter(|port| *port > 0)?;
    let host = listen.and_then(|listen| listen.attribute("address")).or(graphics.attribute("listen"));
    let host = match host {
        None | Some("" | "0.0.0.0") => "127.0.0.1",
        Some("::") => "::1",
        Some(host) => host,
    };
    Some(Address { protocol, place: Place::Tcp { host: host.to_owned(), port } })
}

impl Address {
    /// Whether a server is there that answers like one. Waits for each step of that for no longer than this.
    pub(super) fn answers(&self, timeout: Duration) -> bool {
        let spoken = match &self.place {
            Place::Tcp { host, port } => connect(host, *port, timeout).and_then(|stream| {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                self.speak(stream)
            }),
            Place::Unix(path) => UnixStream::connect(path).and_then(|stream| {
                stream.set_read_timeout(Some(timeout))?;
                stream.set_write_timeout(Some(timeout))?;
                self.speak(stream)
            }),
        };
        spoken.unwrap_or_else(|error| {
            tracing::debug!("a VM's display cannot be reached at {:?}: {error}", self.place);
            false
        })
    }

    fn speak(&self, mut stream: impl Read + Write) -> io::Result<bool> {
        let mut word = [0; 4];
        match self.protocol {
            // The server speaks first.
            Protocol::Vnc => {
                stream.read_exact(&mut word)?;
                Ok(&word == b"RFB ")
            }
            Protocol::Spice => {
                stream.write_all(&SPICE_HELLO)?;
                stream.read_exact(&mut word)?;
                Ok(&word == b"REDQ")
            }
        }
    }
}

fn connect(host: &str, port: u16, timeout: Duration) -> io::Result<TcpStream> {
    let mut addresses = (host, port).to_socket_addrs()?;
    let first: SocketAddr = addresses.next().ok_or(io::ErrorKind::NotFound)?;
    TcpStream::connect_timeout(&first, timeout)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);

    #[test]
    fn a_description_says_where_the_display_is() {
        let tcp = |protocol, host: &str, port| {
            Some(Address { protocol, place: Place::Tcp { host: host.to_owned(), port } })
        };
        let unix = |protocol, path: &str| Some(Address { protocol, place: Place::Unix(PathBuf::from(path)) });
        let rows = [
            (
                "<graphics type='spice' port='5900' listen='127.0.0.1'/>",
                tcp(Protocol::Spice, "127.0.0.1", 5900),
            ),
            (
                "<graphics type='vnc' port='5901'><listen type='address' address='192.168.1.2'/></graphics>",
                tcp(Protocol::Vnc, "192.168.1.2", 5901),
            ),
            ("<graphics type='vnc' port='5901' listen='0.0.0.0'/>", tcp(Protocol::Vnc, "127.0.0.1", 5901)),
            ("<graphics type='vnc' port='5901' listen='::'/>", tcp(Protocol::Vnc, "::1", 5901)),
            (
                "<graphics type='spice'><listen type='socket' socket='/run/a'/></graphics>",
                unix(Protocol::Spice, "/run/a"),
            ),
            ("<graphics type='vnc' socket='/run/b'/>", unix(Protocol::Vnc, "/run/b")),
            // The first one is shown.
            (
                "<graphics type='vnc' port='5901'/><graphics type='spice' port='5900'/>",
                tcp(Protocol::Vnc, "127.0.0.1", 5901),
            ),
            // Nothing that could be tried.
            ("<graphics type='spice'><listen type='none'/></graphics>", None),
            ("<graphics type='spice' tlsPort='5900'/>", None),
            ("<graphics type='spice' port='-1' tlsPort='5900'/>", None),
            ("<graphics type='sdl'/>", None),
            ("", None),
        ];
        for (graphics, expected) in rows {
            let xml = format!("<domain><devices>{graphics}</devices></domain>");
            assert_eq!(read(&xml), expected, "{graphics}");
        }
        assert_eq!(read("<domain"), None);
    }

    /// Whether a server that says this to whoever comes counts as a display.
    fn answers(protocol: Protocol, says: &'static [u8], stays: bool) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            client.write_all(says).unwrap();
            // Until the other end has gone.
            while stays && client.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        });
        let address = Address { protocol, place: Place::Tcp { host: "127.0.0.1".into(), port } };
        let answers = address.answers(SOON);
        server.join().unwrap();
        answers
    }

    #[test]
    fn only_a_server_that_speaks_like_one_is_a_display() {
        assert!(answers(Protocol::Vnc, b"RFB 003.008\n", true));
        assert!(answers(Protocol::Spice, b"REDQ", true));
        assert!(!answers(Protocol::Vnc, b"HTTP/1.1 400", true));
        assert!(!answers(Protocol::Vnc, b"", true), "it takes the connection and says nothing");
        assert!(!answers(Protocol::Spice, b"", false), "it closes the connection");
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nobody =
            Address { protocol: Protocol::Vnc, place: Place::Tcp { host: "127.0.0.1".into(), port: free } };
        assert!(!nobody.answers(SOON));
        let nowhere = Address { protocol: Protocol::Vnc, place: Place::Unix("/nonexistent".into()) };
        assert!(!nowhere.answers(SOON));
    }
}
