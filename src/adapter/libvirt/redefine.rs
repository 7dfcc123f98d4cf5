//! Telling libvirt a snapshot's description anew: its name, and what it descends from. Everything in here blocks.

use roxmltree::{Document, Node};
use virt::domain::Domain;
use virt::domain_snapshot::DomainSnapshot;
use virt_sys as sys;

use super::job::Job;
use super::names;
use crate::core::types::Failure;
use crate::words::told;

impl Job<'_> {
    /// libvirt takes what was current for the parent, but the new snapshot needs nothing of it.
    pub(super) fn make_independent(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        self.redefine(domain, name, |description| with_parent(description, None)).map(drop)
    }

    /// Gives the name of an external snapshot free, and keeps it, with all that depends on it, under another one.
    pub(super) fn set_aside(&self, domain: &Domain, name: &str) -> Result<(), Failure> {
        let snapshots = self.snapshots(domain)?;
        let Some(aside) = names::aside(name).find(|aside| snapshots.get(aside).is_none()) else {
            return Err(self.refused(told!("there is no free name for the former one")));
        };
        let former = self.redefine(domain, name, |description| with_name(description, &aside))?;
        for child in former.list_all_children(0).map_err(|error| self.failed(&error))? {
            let child = child.name().map_err(|error| self.failed(&error))?;
            self.redefine(domain, &child, |description| with_parent(description, Some(&aside)))?;
        }
        // What libvirt knows of it by the former name, and nothing else.
        former.delete(sys::VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY).map_err(|error| self.failed(&error))?;
        tracing::info!(
            "the external snapshot '{name}' of VM '{}' is kept as '{aside}', with all its files",
            self.vm
        );
        Ok(())
    }

    /// Tells libvirt a snapshot's description anew, and gives back the snapshot that was described so far.
    fn redefine(
        &self,
        domain: &Domain,
        name: &str,
        change: impl Fn(&str) -> Option<String>,
    ) -> Result<DomainSnapshot, Failure> {
        let snapshot = self.find(domain, name)?.ok_or(Failure::SnapshotMissing)?;
        let description =
            snapshot.xml_desc(sys::VIR_DOMAIN_SNAPSHOT_XML_SECURE).map_err(|error| self.failed(&error))?;
        let changed = change(&description).ok_or_else(|| {
            self.refused(told!("libvirt's description of the snapshot '{name}' cannot be read", name = name))
        })?;
        let mut flags = sys::VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE;
        if snapshot.is_current(0).map_err(|error| self.failed(&error))? {
            flags |= sys::VIR_DOMAIN_SNAPSHOT_CREATE_CURRENT;
        }
        domain.create_snapshot_xml(&changed, flags).map_err(|error| self.failed(&error))?;
        Ok(snapshot)
    }
}

/// The description of a snapshot by another name.
fn with_name(description: &str, name: &str) -> Option<String> {
    let document = Document::parse(description).ok()?;
    let range = child(document.root_element(), "name")?.range();
    Some(replace(description, range, &format!("<name>{}</name>", escape(name))))
}

/// The description of a snapshot with another parent, or with none.
fn with_parent(description: &str, parent: Option<&str>) -> Option<String> {
    let document = Document::parse(description).ok()?;
    let element =
        parent.map_or(String::new(), |name| format!("<parent><name>{}</name></parent>", escape(name)));
    match child(document.root_element(), "parent") {
        Some(former) => Some(replace(description, former.range(), &element)),
        None => {
            let name = child(document.root_element(), "name")?.range();
            Some(replace(description, name.end..name.end, &element))
        }
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, tag: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|child| child.has_tag_name(tag))
}

fn replace(text: &str, range: std::ops::Range<usize>, by: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(range, by);
    text
}

/// A text within XML, also within quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\'', "&apos;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::description::EXTERNAL;
    use super::*;

    #[test]
    fn a_description_is_changed_in_one_place() {
        let aside = with_name(EXTERNAL, "ready.external").unwrap();
        assert_eq!(aside, EXTERNAL.replace("<name>ready<", "<name>ready.external<"));
        let orphan = with_parent(EXTERNAL, None).unwrap();
        assert!(!orphan.contains("inner") && orphan.contains("<domain><name>g</name>"), "{orphan}");
        let adopted = with_parent(&orphan, Some("a & b")).unwrap();
        assert!(adopted.contains("<name>ready</name><parent><name>a &amp; b</name></parent>"), "{adopted}");
        assert!(with_parent(EXTERNAL, Some("x")).unwrap().contains("<parent><name>x</name></parent>"));
        assert_eq!(with_name("<domainsnapshot", "x"), None);
    }
}
