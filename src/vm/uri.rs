//! Which libvirt a connection URI means (<https://libvirt.org/uri.html>).

/// A connection URI, such as `qemu:///system` or `qemu+unix:///session?socket=/run/x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// How libvirt is reached, such as `ssh`; nothing where that is left to it.
    pub transport: Option<&'a str>,
    /// The computer that it runs on, with a user and a port where these are said; empty for this one.
    pub host: &'a str,
    /// `/system`, `/session`, or what another driver takes.
    path: &'a str,
    /// The socket at which it is reached in place of the usual one.
    pub socket: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart. What is none leads nowhere: no part of it is known.
    pub fn read(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        Self {
            transport: scheme.split_once('+').map(|(_, transport)| transport),
            host,
            path,
            socket: query.split('&').find_map(|part| part.strip_prefix("socket=")),
        }
    }

    /// It runs on this computer, so that its files are this computer's.
    pub fn is_here(&self) -> bool {
        self.host.is_empty() && self.path.starts_with('/') && matches!(self.transport, None | Some("unix"))
    }

    /// It is this computer's own, whose daemon runs as root.
    pub fn is_of_system(&self) -> bool {
        self.is_here() && self.path == "/system"
    }

    /// It is that of a user of this computer.
    pub fn is_of_user(&self) -> bool {
        self.is_here() && self.path == "/session"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_says_which_libvirt_is_meant() {
        for (text, (here, system, user), host, socket) in [
            ("qemu:///system", (true, true, false), "", None),
            ("qemu+unix:///system", (true, true, false), "", None),
            ("qemu:///session", (true, false, true), "", None),
            ("qemu:///session?socket=/run/x", (true, false, true), "", Some("/run/x")),
            ("qemu+unix:///session?mode=direct&socket=/run/x", (true, false, true), "", Some("/run/x")),
            ("test:///default", (true, false, false), "", None),
            ("qemu+ssh://root@depot/system", (false, false, false), "root@depot", None),
            ("qemu+ssh:///system", (false, false, false), "", None),
            ("qemu+tcp://depot:1/session?socket=/x", (false, false, false), "depot:1", Some("/x")),
            ("qemu://depot/system", (false, false, false), "depot", None),
            ("qemu://depot", (false, false, false), "depot", None),
            ("/system", (false, false, false), "", None),
            ("", (false, false, false), "", None),
        ] {
            let uri = Uri::read(text);
            assert_eq!((uri.is_here(), uri.is_of_system(), uri.is_of_user()), (here, system, user), "{text}");
            assert_eq!((uri.host, uri.socket), (host, socket), "{text}");
        }
    }
}
