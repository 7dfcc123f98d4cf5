//! What is seen, heard and touched.

use roxmltree::Node;

use super::xml::{all, attribute, child, number, part, switch};

/// A display server (<https://libvirt.org/formatdomain.html#graphical-framebuffers>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graphics {
    /// `spice`, `vnc`, `egl-headless`, `sdl`, `dbus`, `rdp`.
    pub kind: String,
    /// Its port; `None` where libvirt chooses one.
    pub port: Option<u16>,
    /// Its port for encrypted connections.
    pub tls_port: Option<u16>,
    /// libvirt chooses the ports at each start.
    pub autoport: bool,
    /// Where it listens.
    pub listens: Vec<Listen>,
    /// It asks for a password.
    pub password: bool,
    /// `secure` where each connection must be encrypted.
    pub default_mode: String,
    /// The guest's pictures are drawn by this computer's graphics card.
    pub gl: bool,
    /// The viewer may not be handed the pointer's place, only its movements.
    pub server_mouse: bool,
}

/// Where a display server listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listen {
    /// `address`, `network`, `socket`, `none`.
    pub kind: String,
    /// The address; empty for libvirt's own choice, which is this computer alone.
    pub address: String,
    /// The socket's file; empty for libvirt's own choice.
    pub socket: String,
}

impl Graphics {
    pub(super) fn of(graphics: Node<'_, '_>) -> Self {
        let port = |name| number::<u16>(graphics, name).filter(|port| *port > 0);
        let listen = |node| Listen {
            kind: attribute(node, "type"),
            address: attribute(node, "address"),
            socket: attribute(node, "socket"),
        };
        let mut listens: Vec<_> = all(graphics, "listen").map(listen).collect();
        if listens.is_empty() {
            let (address, socket) = (attribute(graphics, "listen"), attribute(graphics, "socket"));
            let kind = if socket.is_empty() { "address" } else { "socket" };
            listens.push(Listen { kind: kind.to_owned(), address, socket });
        }
        Self {
            kind: attribute(graphics, "type"),
            port: port("port"),
            tls_port: port("tlsPort"),
            autoport: switch(graphics, "autoport").unwrap_or(false),
            listens,
            password: graphics.has_attribute("passwd"),
            default_mode: attribute(graphics, "defaultMode"),
            gl: child(graphics, "gl").and_then(|gl| switch(gl, "enable")).unwrap_or(false),
            server_mouse: part(graphics, "mouse", "mode") == "server",
        }
    }

    /// Whether a viewer can show it.
    pub fn is_shown(&self) -> bool {
        ["spice", "vnc"].contains(&self.kind.as_str())
    }

    /// The ports that somebody has chosen, which no other VM may have.
    pub fn fixed_ports(&self) -> Vec<u16> {
        if self.autoport { Vec::new() } else { self.ports() }
    }

    /// The ports that it has, chosen by somebody, or by libvirt while it runs.
    pub fn ports(&self) -> Vec<u16> {
        let listens = self.listens.iter().any(|listen| ["address", "network"].contains(&&*listen.kind));
        self.port.into_iter().chain(self.tls_port).filter(|_| listens).collect()
    }
}

/// A graphics card (<https://libvirt.org/formatdomain.html#video-devices>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Video {
    /// Such as `qxl` or `virtio`; `none` for none at all.
    pub model: String,
    /// How many displays it may light.
    pub heads: u32,
    /// QXL's main memory, in bytes.
    pub ram: u64,
    /// Its memory, in bytes.
    pub vram: u64,
    /// QXL's memory for what is shown, in bytes.
    pub vgamem: u64,
    /// It draws three-dimensional pictures with this computer's graphics card.
    pub accelerated: bool,
}

impl Video {
    pub(super) fn of(video: Node<'_, '_>) -> Self {
        let Some(model) = child(video, "model") else { return Self::default() };
        // These are in KiB (<https://libvirt.org/formatdomain.html#video-devices>).
        let memory = |name| number::<u64>(model, name).unwrap_or(0).saturating_mul(1024);
        Self {
            model: attribute(model, "type"),
            heads: number(model, "heads").unwrap_or(1),
            ram: memory("ram"),
            vram: memory("vram"),
            vgamem: memory("vgamem"),
            accelerated: child(model, "acceleration").and_then(|is| switch(is, "accel3d")).unwrap_or(false),
        }
    }
}

/// Something to point or type with (<https://libvirt.org/formatdomain.html#input-devices>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// `tablet`, `mouse`, `keyboard`, `passthrough`, `evdev`.
    pub kind: String,
    /// `ps2`, `usb`, `virtio`, `xen`.
    pub bus: String,
    /// The device of this computer that it is; empty for none.
    pub device: String,
}

impl Input {
    pub(super) fn of(input: Node<'_, '_>) -> Self {
        let source = |name| part(input, "source", name);
        let device = source("evdev");
        Self {
            kind: attribute(input, "type"),
            bus: attribute(input, "bus"),
            device: if device.is_empty() { source("dev") } else { device },
        }
    }
}

/// A sound card (<https://libvirt.org/formatdomain.html#sound-devices>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sound {
    /// Such as `ich9`.
    pub model: String,
    /// Which [`Audio`] it is heard by; `None` for the first.
    pub audio: Option<u32>,
}

impl Sound {
    pub(super) fn of(sound: Node<'_, '_>) -> Self {
        Self {
            model: attribute(sound, "model"),
            audio: child(sound, "audio").and_then(|audio| number(audio, "id")),
        }
    }
}

/// Where sound cards are heard (<https://libvirt.org/formatdomain.html#audio-backends>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audio {
    /// Its number.
    pub id: u32,
    /// `spice` for the viewer, `none` for nowhere, or a sound system of this computer.
    pub kind: String,
}

impl Audio {
    pub(super) fn of(audio: Node<'_, '_>) -> Self {
        Self { id: number(audio, "id").unwrap_or(1), kind: attribute(audio, "type") }
    }
}
