//! What libvirt can run here (<https://libvirt.org/formatcaps.html>).

use roxmltree::{Document, Node};

use super::definition::ReadError;
use super::xml::{all, at, attribute, child, number, own_text, text};

/// What libvirt can run here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// This computer's processors, such as `x86_64`.
    pub arch: String,
    /// The processors' numbers.
    pub cpus: Vec<u32>,
    /// The numbers of the nodes that its memory is in.
    pub nodes: Vec<u32>,
    /// The security modules that VMs are bounded by, such as `apparmor` and `dac`.
    pub security: Vec<String>,
    /// What can be run.
    pub guests: Vec<GuestKind>,
}

/// A processor that a guest may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestKind {
    /// Such as `x86_64` or `ppc`.
    pub arch: String,
    /// How it can be run.
    pub domains: Vec<DomainKind>,
}

/// A way to run it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainKind {
    /// `kvm` or `qemu`.
    pub kind: String,
    /// QEMU's program for it.
    pub emulator: String,
    /// The machines that it knows.
    pub machines: Vec<Machine>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Such as `pc-q35-10.0` or `q35`.
    pub name: String,
    /// What it stands for, where it is the name of whatever is newest; else empty.
    pub canonical: String,
    /// A later QEMU will not have it.
    pub deprecated: bool,
}

impl Capabilities {
    /// Reads a `<capabilities>`.
    ///
    /// # Errors
    /// It is none.
    pub fn read(xml: &str) -> Result<Self, ReadError> {
        let document = Document::parse(xml).map_err(|error| ReadError::Syntax(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "capabilities" {
            return Err(ReadError::Other(root.tag_name().name().to_owned()));
        }
        let host = child(root, "host");
        let cells = || {
            let cells = host.and_then(|host| at(host, &["topology", "cells"]));
            cells.into_iter().flat_map(|cells| all(cells, "cell"))
        };
        let ids = |node: Node<'_, '_>| number(node, "id");
        Ok(Self {
            arch: host.and_then(|host| child(host, "cpu")).map(|cpu| text(cpu, "arch")).unwrap_or_default(),
            cpus: cells()
                .filter_map(|cell| child(cell, "cpus"))
                .flat_map(|cpus| all(cpus, "cpu"))
                .filter_map(ids)
                .collect(),
            nodes: cells().filter_map(ids).collect(),
            security: host
                .into_iter()
                .flat_map(|host| all(host, "secmodel"))
                .map(|module| text(module, "model"))
                .collect(),
            guests: all(root, "guest").filter_map(|guest| child(guest, "arch")).map(GuestKind::of).collect(),
        })
    }

    /// What a guest with this processor can be run by.
    pub fn guest(&self, arch: &str) -> Option<&GuestKind> {
        self.guests.iter().find(|guest| guest.arch == arch)
    }
}

impl GuestKind {
    fn of(arch: Node<'_, '_>) -> Self {
        let (emulator, machines) = (text(arch, "emulator"), Machine::all(arch));
        let domain = |node: Node<'_, '_>| {
            // What a kind says of itself goes before what is said of all.
            let (own, listed) = (text(node, "emulator"), Machine::all(node));
            DomainKind {
                kind: attribute(node, "type"),
                emulator: if own.is_empty() { emulator.clone() } else { own },
                machines: if listed.is_empty() { machines.clone() } else { listed },
            }
        };
        Self { arch: attribute(arch, "name"), domains: all(arch, "domain").map(domain).collect() }
    }

    /// The machine of this name, in any way to run it.
    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.domains.iter().flat_map(|domain| &domain.machines).find(|machine| machine.name == name)
    }
}

impl Machine {
    fn all(node: Node<'_, '_>) -> Vec<Self> {
        let machine = |node: Node<'_, '_>| Self {
            name: own_text(node),
            canonical: attribute(node, "canonical"),
            deprecated: node.attribute("deprecated") == Some("yes"),
        };
        all(node, "machine").map(machine).collect()
    }
}
