//! What a virtual network's definition says of who can be reached through it.

use roxmltree::Document;

use super::xml::{at, attribute, child};

/// Whether a `<network>` leads past this computer to the network beyond, so that its guests do not reach this computer
/// itself: one by macvtap or SR-IOV, which has no bridge here
/// (<https://libvirt.org/formatnetwork.html#using-a-macvtap-direct-connection>).
pub fn leads_past_host(xml: &str) -> bool {
    let Ok(document) = Document::parse(xml) else { return false };
    let network = document.root_element();
    let mode = child(network, "forward").map(|forward| attribute(forward, "mode")).unwrap_or_default();
    ["bridge", "private", "vepa", "passthrough", "hostdev"].contains(&mode.as_str())
        && at(network, &["bridge"]).is_none()
}
