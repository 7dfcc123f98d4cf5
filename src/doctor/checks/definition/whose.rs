//! Whose definition a check looks at: a VM has up to three, and each is what something else goes by.

use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Means, Site, Verdict};
use crate::vm::Definition;
use crate::words::told;

/// One of a VM's definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// What the next start goes by.
    Next,
    /// What runs.
    Running,
    /// What a revert to the snapshot brings back.
    Snapshot,
}

impl Whose {
    /// In words, at the end of a sentence.
    pub(super) fn told(self) -> Told {
        match self {
            Self::Next => told!("as it is defined"),
            Self::Running => told!("as it runs"),
            Self::Snapshot => told!("as its snapshot holds it"),
        }
    }

    /// What cannot be done where QEMU does not start with it.
    pub(super) fn refused(self) -> &'static [Means] {
        match self {
            Self::Next => &[Means::Start],
            Self::Running => &[],
            Self::Snapshot => &[Means::Revert],
        }
    }
}

/// The definitions that are asked for, as far as there are such. VMs of libvirt's test driver are made of nothing.
fn all<'a>(exhibit: &'a Exhibit, whose: &[Whose]) -> Vec<Fact<(Whose, &'a Definition)>> {
    let found = &exhibit.definition;
    let mut all = Vec::new();
    for whose in whose.iter().copied() {
        let definition = match whose {
            Whose::Next => found.persistent.as_ref().map(Option::as_ref),
            Whose::Running => found.running.as_ref().map(Option::as_ref),
            Whose::Snapshot => found.held.as_ref().map(|held| held.as_ref().map(|held| &held.domain)),
        };
        match definition {
            Ok(Some(definition)) if definition.kind != "test" => all.push(Ok((whose, definition))),
            Ok(_) => {}
            Err(why) => all.push(Err(why.clone())),
        }
    }
    all
}

/// The worst that is to be said of any of these definitions, and all that is ruled out by any.
pub(super) fn worst(
    exhibit: &Exhibit,
    whose: &[Whose],
    look: impl Fn(Whose, &Definition) -> Fact<Judged>,
) -> Fact<Judged> {
    let mut worst: Fact<Judged> = Ok(Judged::Beside);
    let mut out: Vec<Means> = Vec::new();
    for definition in all(exhibit, whose) {
        let judged = definition.and_then(|(whose, definition)| look(whose, definition));
        if let Ok(Judged::Not { rules_out, .. }) = &judged {
            out.extend(*rules_out);
        }
        if rank(&judged) > rank(&worst) {
            worst = judged;
        }
    }
    Ok(worst?.ruling_out(together(&out)))
}

/// What is worse goes before what is better, and what is not known before what is well.
fn rank(judged: &Fact<Judged>) -> (u8, Verdict) {
    match judged {
        Ok(Judged::Beside) => (0, Verdict::Well),
        Ok(Judged::Well(_)) => (1, Verdict::Well),
        Ok(Judged::Not { verdict, .. }) => (1, *verdict),
        Err(_) => (1, Verdict::Unknown),
    }
}

/// All of these, as a table has them.
fn together(means: &[Means]) -> &'static [Means] {
    use Means::{Revert, RevertInPlace, Snapshot, Start};
    const SETS: [&[Means]; 16] = [
        &[],
        &[Start],
        &[Revert],
        &[Start, Revert],
        &[RevertInPlace],
        &[Start, RevertInPlace],
        &[Revert, RevertInPlace],
        &[Start, Revert, RevertInPlace],
        &[Snapshot],
        &[Start, Snapshot],
        &[Revert, Snapshot],
        &[Start, Revert, Snapshot],
        &[RevertInPlace, Snapshot],
        &[Start, RevertInPlace, Snapshot],
        &[Revert, RevertInPlace, Snapshot],
        &[Start, Revert, RevertInPlace, Snapshot],
    ];
    let is = |one| usize::from(means.contains(&one));
    let index = is(Start) + 2 * is(Revert) + 4 * is(RevertInPlace) + 8 * is(Snapshot);
    SETS.get(index).copied().unwrap_or_default()
}

/// What the picture, the sound and the pointer come from, now and later.
pub(super) const EACH: &[Whose] = &[Whose::Next, Whose::Running, Whose::Snapshot];
/// What a start or a revert goes by.
pub(super) const LATER: &[Whose] = &[Whose::Next, Whose::Snapshot];

/// What a new snapshot would be made of: what runs, or else what is defined.
pub(super) fn now(exhibit: &Exhibit) -> &'static [Whose] {
    match &exhibit.definition.running {
        Ok(None) => &[Whose::Next],
        Ok(Some(_)) | Err(_) => &[Whose::Running],
    }
}

/// Whether something that a definition names is there.
pub(super) fn is_there(exhibit: &Exhibit, path: &str) -> Fact<bool> {
    match exhibit.definition.paths.get(path) {
        Some(found) => found.clone(),
        None => Err(told!("it was not asked for")),
    }
}

/// The first of these that is not there.
pub(super) fn missing<'a>(
    exhibit: &Exhibit,
    paths: impl IntoIterator<Item = &'a str>,
) -> Fact<Option<&'a str>> {
    let mut unknown = None;
    for path in paths {
        match is_there(exhibit, path) {
            Ok(true) => {}
            Ok(false) => return Ok(Some(path)),
            Err(why) => unknown = Some(why),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// The libvirt that the VM is of.
fn uri(site: &Site) -> String {
    site.settings
        .as_ref()
        .map_or_else(|_| "qemu:///system".to_owned(), |settings| settings.libvirt.uri.clone())
}

/// One of `virsh`'s commands for the VM, which is named last.
pub(super) fn virsh<const N: usize>(site: &Site, words: [&str; N], vm: &str) -> Command {
    let mut all = vec!["virsh".to_owned(), "-c".to_owned(), uri(site)];
    all.extend(words.map(str::to_owned));
    all.push(vm.to_owned());
    Command { words: all, as_root: false }
}

/// Opens the VM's definition in an editor.
pub(super) fn edit(site: &Site, exhibit: &Exhibit) -> [Command; 1] {
    [virsh(site, ["edit"], &exhibit.settings.vm)]
}
