//! A VM's snapshots: which of them stand for a name, and which hold what others need.

use super::told::sayings;

/// While a snapshot is replaced, the new one is called so with this behind it, until it has proven itself. One that
/// finds this name taken has a number behind it.
pub const REPLACEMENT_SUFFIX: &str = ".new";

/// How a snapshot is kept (<https://libvirt.org/formatsnapshot.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotKind {
    /// Memory and disks lie within the VM's own images.
    Internal,
    /// The same without memory, as it was made while the VM was off.
    DisksOnly,
    /// Some of it lies in files of its own, as does all that the VM has written since.
    External,
}

/// A snapshot, as libvirt describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// The name of the one that was current when it was made.
    pub parent: Option<String>,
    /// How it is kept.
    pub kind: SnapshotKind,
    /// Whether Vitrine made it.
    pub ours: bool,
    /// Whether the VM's state comes from it, so that it is the parent of the next one.
    pub current: bool,
}

impl Snapshot {
    /// One that QEMU itself keeps, of the VM as it is now.
    pub fn made_by_vitrine(name: &str) -> Self {
        Self { name: name.to_owned(), parent: None, kind: SnapshotKind::Internal, ours: true, current: true }
    }
}

/// What keeps a snapshot from serving as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotFlaw {
    /// It is external, or lies in the images of this external one: neither may be deleted or replaced, since the other's
    /// data would go with it.
    Tied {
        /// The external one.
        external: String,
    },
    /// This external one is laid upon the image that it lies in, and that each revert to it writes to: the other's data
    /// no longer fit then.
    Beneath {
        /// The external one.
        external: String,
    },
    /// It holds no memory, so that the guest boots after each revert.
    WithoutMemory,
    /// It is the copy of a replacement that was cut off.
    Copy {
        /// Its name.
        copy: String,
    },
}

/// The snapshots of a VM, sorted by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshots(Vec<Snapshot>);

impl FromIterator<Snapshot> for Snapshots {
    fn from_iter<I: IntoIterator<Item = Snapshot>>(snapshots: I) -> Self {
        let mut snapshots: Vec<_> = snapshots.into_iter().collect();
        snapshots.sort_by(|a, b| a.name.cmp(&b.name));
        snapshots.dedup_by(|a, b| a.name == b.name);
        Self(snapshots)
    }
}

impl Snapshots {
    /// Their names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|snapshot| snapshot.name.clone()).collect()
    }

    /// The snapshot of exactly this name.
    pub fn get(&self, name: &str) -> Option<&Snapshot> {
        self.0.iter().find(|snapshot| snapshot.name == name)
    }

    /// Takes one in, or its news.
    pub fn insert(&mut self, snapshot: Snapshot) {
        self.remove(&snapshot.name);
        let index = self.0.partition_point(|other| other.name < snapshot.name);
        self.0.insert(index, snapshot);
    }

    /// Forgets one.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|snapshot| snapshot.name != name);
    }

    /// Forgets all that stand for a name.
    pub fn remove_family(&mut self, name: &str) {
        self.0.retain(|snapshot| snapshot.name != name && copy_of(&snapshot.name) != Some(name));
    }

    /// The snapshot of this name and the copies that its replacement has made and not deleted yet. The first one is the
    /// proven one, which the artwork is put back to; the last one is the newest.
    pub fn family(&self, name: &str) -> Vec<&Snapshot> {
        let numbered =
            |snapshot: &&Snapshot| numbered(&snapshot.name).filter(|(of, _)| *of == name).is_some();
        let mut family: Vec<_> = self.0.iter().filter(numbered).collect();
        family.sort_by_key(|copy| copy_number(&copy.name));
        if let Some(snapshot) = self.get(name) {
            // One that staff made by hand is theirs, whatever was current then.
            let ancestors = if snapshot.ours { self.ancestors(snapshot) } else { Vec::new() };
            let last = family.iter().rposition(|copy| ancestors.contains(&copy.name.as_str()));
            family.insert(last.map_or(0, |index| index + 1), snapshot);
        }
        family
    }

    /// What an exhibit with this snapshot is put back to.
    pub fn proven(&self, name: &str) -> Option<&Snapshot> {
        self.family(name).into_iter().next()
    }

    /// A name for a copy that comes after all that are there.
    pub fn next_copy(&self, name: &str) -> String {
        match self.0.iter().filter_map(|copy| numbered(&copy.name)).filter(|(of, _)| *of == name).max() {
            None => format!("{name}{REPLACEMENT_SUFFIX}"),
            Some((_, number)) => format!("{name}{REPLACEMENT_SUFFIX}{}", number.saturating_add(1)),
        }
    }

    /// The external snapshot that this one is, or that its data depend on, or whose data depend on it: libvirt gives
    /// each its place in one chain of images, and deleting one merges or drops what belongs to others.
    pub fn tie(&self, name: &str) -> Option<&str> {
        let is_external = |name: &str| self.get(name).is_some_and(|it| it.kind == SnapshotKind::External);
        let snapshot = self.get(name)?;
        if snapshot.kind == SnapshotKind::External {
            return Some(&snapshot.name);
        }
        let above = self.ancestors(snapshot).into_iter().find(|ancestor| is_external(ancestor));
        above.or_else(|| {
            let mut externals = self.0.iter().filter(|other| other.kind == SnapshotKind::External);
            externals.find(|other| self.ancestors(other).contains(&name)).map(|other| other.name.as_str())
        })
    }

    /// The external snapshot that the VM's present images belong to: whatever is made now depends on it.
    pub fn present_tie(&self) -> Option<&str> {
        self.0.iter().find(|snapshot| snapshot.current).and_then(|current| self.tie(&current.name))
    }

    /// The external snapshot that the replacement of this one would harm, or that a first one of its name would depend
    /// on.
    pub fn tie_of_new(&self, name: &str) -> Option<&str> {
        let family = self.family(name);
        family.iter().find_map(|member| self.tie(&member.name)).or_else(|| self.present_tie())
    }

    /// What keeps the snapshot that an exhibit is put back to from serving as it should.
    pub fn flaw(&self, name: &str) -> Option<SnapshotFlaw> {
        let family = self.family(name);
        let proven = family.first()?;
        if let Some(external) = family.iter().find_map(|member| self.tie(&member.name)) {
            let is_above =
                |member: &&Snapshot| member.name == external || self.ancestors(member).contains(&external);
            let is_tied = family.iter().any(is_above);
            let external = external.to_owned();
            return Some(if is_tied {
                SnapshotFlaw::Tied { external }
            } else {
                SnapshotFlaw::Beneath { external }
            });
        }
        if proven.name != name {
            return Some(SnapshotFlaw::Copy { copy: proven.name.clone() });
        }
        (proven.kind == SnapshotKind::DisksOnly).then_some(SnapshotFlaw::WithoutMemory)
    }

    /// The names of those that it descends from, the nearest first.
    fn ancestors<'a>(&'a self, snapshot: &'a Snapshot) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        let mut next = snapshot.parent.as_deref();
        while let Some(name) = next {
            // A circle would be libvirt's fault, and must not be ours.
            if name == snapshot.name || names.contains(&name) {
                break;
            }
            names.push(name);
            next = self.get(name).and_then(|ancestor| ancestor.parent.as_deref());
        }
        names
    }
}

/// The snapshot that is replaced under this name, if the name is such a one: `ready` for `ready.new` and `ready.new2`.
pub fn copy_of(name: &str) -> Option<&str> {
    numbered(name).map(|(of, _)| of)
}

fn copy_number(name: &str) -> u32 {
    numbered(name).map_or(0, |(_, number)| number)
}

/// The same, with the copy's number.
fn numbered(name: &str) -> Option<(&str, u32)> {
    let (of, number) = name.rsplit_once(REPLACEMENT_SUFFIX)?;
    let number = match number {
        "" => 1,
        digits if digits.chars().all(|digit| digit.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    (!of.is_empty()).then_some((of, number))
}

sayings! {
    /// Why no snapshot can have a name.
    pub enum NameFlaw {
        /// It is empty.
        "empty" => Empty,
        /// QEMU would take it for a number.
        "digits" => Digits,
        /// It has a `/`.
        "slash" => Slash,
        /// It begins with a dot.
        "dot" => Dot,
        /// It has a control character.
        "control" => Control,
        /// It begins or ends with a blank.
        "blank" => Blank,
        /// It is kept for the copies of a replacement.
        "copy" => Copy,
    }
}

/// Why a snapshot must not be called so, for people.
pub fn bad_snapshot_name(name: &str) -> Option<NameFlaw> {
    if name.is_empty() {
        Some(NameFlaw::Empty)
    } else if name.chars().all(|c| c.is_ascii_digit()) {
        // qcow2 numbers its snapshots, and takes a number before a name (QEMU's find_snapshot_by_id_or_name).
        Some(NameFlaw::Digits)
    } else if name.contains('/') {
        Some(NameFlaw::Slash)
    } else if name.starts_with('.') {
        Some(NameFlaw::Dot)
    } else if name.chars().any(char::is_control) {
        Some(NameFlaw::Control)
    } else if name.trim() != name {
        Some(NameFlaw::Blank)
    } else if copy_of(name).is_some() {
        Some(NameFlaw::Copy)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name`, or `name < parent`; with `!` behind it external, with `~` without memory, with `*` made by
    /// Vitrine, with `@` the current one.
    fn snapshots(texts: &[&str]) -> Snapshots {
        let read = |text: &&str| {
            let (own, parent) =
                text.split_once(" < ").map_or((*text, None), |(own, parent)| (own, Some(parent)));
            let name = own.trim_end_matches(['!', '~', '*', '@']);
            let kind = match own {
                _ if own.contains('!') => SnapshotKind::External,
                _ if own.contains('~') => SnapshotKind::DisksOnly,
                _ => SnapshotKind::Internal,
            };
            let (ours, current) = (own.contains('*'), own.contains('@'));
            Snapshot { name: name.into(), parent: parent.map(Into::into), kind, ours, current }
        };
        texts.iter().map(read).collect()
    }

    #[test]
    fn the_first_of_a_family_is_the_proven_one_and_the_last_the_newest() {
        let rows: [(&[&str], &[&str]); 7] = [
            (&[], &[]),
            (&["ready"], &["ready"]),
            (&["ready", "ready.new* < ready"], &["ready", "ready.new"]),
            (&["ready* < ready.new", "ready.new*"], &["ready.new", "ready"]),
            (&["ready.new2", "ready.new10", "readier.new"], &["ready.new2", "ready.new10"]),
            // Staff's own, made while the copy was current.
            (&["ready < ready.new", "ready.new*"], &["ready", "ready.new"]),
            (
                &["ready* < x", "x < ready.new2", "ready.new2*", "ready.new*"],
                &["ready.new", "ready.new2", "ready"],
            ),
        ];
        for (there, expected) in rows {
            let there = snapshots(there);
            let family: Vec<_> = there.family("ready").iter().map(|member| member.name.as_str()).collect();
            assert_eq!(family, expected, "{there:?}");
        }
    }

    #[test]
    fn what_belongs_to_an_external_one_is_tied_to_it() {
        let rows: [(&[&str], Option<&str>); 8] = [
            (&["ready"], None),
            (&["ready!"], Some("ready")),
            (&["old!", "ready < old"], Some("old")),
            (&["old!", "x < old", "ready < x"], Some("old")),
            // Its data lie in the image that the external one's overlay is laid upon.
            (&["ready", "after! < ready"], Some("after")),
            (&["old", "ready < old", "aside! < old"], None),
            (&["ready < gone"], None),
            (&["ready < x", "x < ready"], None),
        ];
        for (there, expected) in rows {
            assert_eq!(snapshots(there).tie("ready"), expected, "{there:?}");
        }
        assert_eq!(snapshots(&["a!"]).tie("ready"), None);
    }

    #[test]
    fn a_new_one_depends_on_what_its_images_depend_on() {
        let rows: [(&[&str], Option<&str>); 6] = [
            (&[], None),
            (&["a!@"], Some("a")),
            (&["a!", "b@ < a"], Some("a")),
            // What was converted lies in images of its own, and what it came from is still there.
            (&["ready.external!", "ready@* < ready.new", "ready.new*"], None),
            (&["ready!", "other@"], Some("ready")),
            (&["a!", "ready@"], None),
        ];
        for (there, expected) in rows {
            assert_eq!(snapshots(there).tie_of_new("ready"), expected, "{there:?}");
        }
    }

    #[test]
    fn flaws_are_those_of_what_the_artwork_is_put_back_to() {
        let tied = |external: &str| Some(SnapshotFlaw::Tied { external: external.into() });
        let beneath = |external: &str| Some(SnapshotFlaw::Beneath { external: external.into() });
        let rows: [(&[&str], Option<SnapshotFlaw>); 9] = [
            (&[], None),
            (&["ready", "later! < ready"], beneath("later")),
            (&["ready", "x < ready", "later! < x"], beneath("later")),
            (&["ready", "other!"], None),
            (&["ready!"], tied("ready")),
            (&["old!", "ready < old"], tied("old")),
            (&["ready~"], Some(SnapshotFlaw::WithoutMemory)),
            (&["ready.new*"], Some(SnapshotFlaw::Copy { copy: "ready.new".into() })),
            (&["ready.new", "ready"], None),
        ];
        for (there, expected) in rows {
            assert_eq!(snapshots(there).flaw("ready"), expected, "{there:?}");
        }
    }

    #[test]
    fn the_next_copy_comes_after_all_that_are_left_over() {
        assert_eq!(snapshots(&["a"]).next_copy("a"), "a.new");
        assert_eq!(snapshots(&["a", "a.new"]).next_copy("a"), "a.new2");
        assert_eq!(snapshots(&["a.new2", "a", "b.new7"]).next_copy("a"), "a.new3");
        assert_eq!(snapshots(&["a.new9", "a.new10"]).next_copy("a"), "a.new11");
    }

    #[test]
    fn names_that_mean_something_else_are_not_to_be_had() {
        for name in ["ready", "a b", "1a", "v1", "1.5", "ready.newer", "ü"] {
            assert_eq!(bad_snapshot_name(name), None, "{name:?}");
        }
        for name in ["", "1", "007", "a/b", ".hidden", "a\nb", " a", "a ", "ready.new", "ready.new2"] {
            assert!(bad_snapshot_name(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn copies_are_known_by_name() {
        assert_eq!(copy_of("ready.new"), Some("ready"));
        assert_eq!(copy_of("ready.new2"), Some("ready"));
        assert_eq!(copy_of("ready"), None);
        assert_eq!(copy_of("ready.newer"), None);
        assert_eq!(copy_of(".new"), None);
    }
}
