//! What libvirt and its QEMU can do for one kind of machine (<https://libvirt.org/formatdomaincaps.html>).

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::definition::ReadError;
use super::xml::{all, at, attribute, child, own_text};

/// What libvirt and its QEMU can do for one kind of machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainCapabilities {
    /// The display servers that QEMU has, such as `spice`; empty where libvirt does not say.
    pub graphics: BTreeSet<String>,
    /// The graphics cards that it has.
    pub videos: BTreeSet<String>,
    /// The processors that cannot be had here, with the features that are missing, where libvirt says which.
    pub unusable: BTreeMap<String, Vec<String>>,
    /// The ways to name a processor that can be had, such as `host-passthrough`.
    pub cpu_modes: BTreeSet<String>,
}

impl DomainCapabilities {
    /// Reads a `<domainCapabilities>`.
    ///
    /// # Errors
    /// It is none.
    pub fn read(xml: &str) -> Result<Self, ReadError> {
        let document = Document::parse(xml).map_err(|error| ReadError::Syntax(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "domainCapabilities" {
            return Err(ReadError::Other(root.tag_name().name().to_owned()));
        }
        let listed = |path: &[&'static str], name: &str| {
            let values = at(root, path).into_iter().flat_map(|node| all(node, "enum"));
            let values = values
                .filter(|node| node.attribute("name") == Some(name))
                .flat_map(|node| all(node, "value"));
            values.map(own_text).collect()
        };
        let modes = || child(root, "cpu").into_iter().flat_map(|cpu| all(cpu, "mode"));
        let custom = || modes().filter(|mode| mode.attribute("name") == Some("custom"));
        let blockers = |model: &str| {
            let of = |node: &Node<'_, '_>| node.attribute("model") == Some(model);
            let features = custom().flat_map(|mode| all(mode, "blockers")).filter(of);
            features.flat_map(|node| all(node, "feature")).map(|node| attribute(node, "name")).collect()
        };
        let models = custom().flat_map(|mode| all(mode, "model"));
        let unusable = models.filter(|model| model.attribute("usable") == Some("no")).map(own_text);
        Ok(Self {
            graphics: listed(&["devices", "graphics"], "type"),
            videos: listed(&["devices", "video"], "modelType"),
            unusable: unusable.map(|model| (model.clone(), blockers(&model))).collect(),
            cpu_modes: modes()
                .filter(|mode| mode.attribute("supported") == Some("yes"))
                .map(|mode| attribute(mode, "name"))
                .collect(),
        })
    }
}
