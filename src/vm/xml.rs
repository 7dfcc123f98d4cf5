//! What reading libvirt's XML takes.

use roxmltree::Node;

/// All children of this name.
pub(super) fn all<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == tag)
}

/// The first child of this name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, tag: &'static str) -> Option<Node<'a, 'i>> {
    all(node, tag).next()
}

/// What is reached by these names, one within the other.
pub(super) fn at<'a, 'i>(node: Node<'a, 'i>, path: &[&'static str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, tag| child(node, tag))
}

/// A child's text.
pub(super) fn text(node: Node<'_, '_>, tag: &'static str) -> String {
    child(node, tag).map(own_text).unwrap_or_default()
}

/// A node's text.
pub(super) fn own_text(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

/// An attribute; empty where there is none.
pub(super) fn attribute(node: Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}

/// An attribute of a child; empty where there is none.
pub(super) fn part(node: Node<'_, '_>, tag: &'static str, name: &str) -> String {
    child(node, tag).map(|child| attribute(child, name)).unwrap_or_default()
}

/// An attribute that is a number; `None` where it is none, or less than nothing (libvirt's -1 for "by itself").
pub(super) fn number<T: std::str::FromStr>(node: Node<'_, '_>, name: &str) -> Option<T> {
    node.attribute(name)?.parse().ok()
}

/// An attribute that is `yes` or `no`, `on` or `off`.
pub(super) fn switch(node: Node<'_, '_>, name: &str) -> Option<bool> {
    match node.attribute(name)? {
        "yes" | "on" => Some(true),
        "no" | "off" => Some(false),
        _ => None,
    }
}

/// A size with its unit, in bytes (<https://libvirt.org/formatdomain.html#memory-allocation>).
pub(super) fn bytes(node: Node<'_, '_>) -> u64 {
    let count: u64 = own_text(node).parse().unwrap_or(0);
    let unit = match node.attribute("unit").unwrap_or("KiB") {
        "b" | "bytes" => 1,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        _ => 1 << 10,
    };
    count.saturating_mul(unit)
}

/// A list of CPUs or nodes such as `0-3,^2,7` (<https://libvirt.org/formatdomain.html#cpu-allocation>).
pub(super) fn cpu_list(text: &str) -> Vec<u32> {
    let mut listed = Vec::new();
    for part in text.split(',').map(str::trim) {
        let number = |text: &str| text.parse::<u32>().ok();
        if let Some(not) = part.strip_prefix('^') {
            listed.retain(|cpu| Some(*cpu) != number(not));
        } else if let Some((first, last)) = part.split_once('-') {
            // No computer has more, and a definition may say anything.
            let last = number(last).map(|last| last.min(8191));
            listed.extend(number(first).zip(last).into_iter().flat_map(|(first, last)| first..=last));
        } else {
            listed.extend(number(part));
        }
    }
    listed
}
