//! The VMs' snapshots: which there are, whether a guest lives after it was put to one, and what must never happen to
//! them.

use super::museum::Vm;
use super::museum::{Guest, Museum, SECOND};
use crate::core::types::{REPLACEMENT_SUFFIX, Snapshot as Told, SnapshotKind, Snapshots, VmAction, VmState};

/// The name of all that is not a copy.
pub(super) const READY: &str = "ready";

#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub(super) name: String,
    /// A guest that is put to it lives.
    lives: bool,
    /// A guest that was put to it has given a sign of life.
    proven: bool,
    /// It lies in files of its own.
    external: bool,
}

impl Snapshot {
    /// One that was there before the museum opened.
    pub(super) fn sound(external: bool) -> Self {
        Self { name: READY.into(), lives: true, proven: true, external }
    }

    fn new(name: String, lives: bool) -> Self {
        Self { name, lives, proven: false, external: false }
    }
}

impl Vm {
    /// As libvirt describes them: each one was current when the next was made.
    pub(super) fn told_snapshots(&self) -> Snapshots {
        let mut parent = None;
        let told = self.snapshots.iter().map(|snapshot| {
            let kind = if snapshot.external { SnapshotKind::External } else { SnapshotKind::Internal };
            let (name, current) = (snapshot.name.clone(), self.came_from.as_ref() == Some(&snapshot.name));
            // What was copied out of an external one's images needs nothing of it.
            let parent = parent.replace((name.clone(), snapshot.external));
            let parent = parent.and_then(|(name, external)| (!external).then_some(name));
            Told { name, parent, kind, ours: true, current }
        });
        told.collect()
    }
}

impl Museum {
    /// Whether there is anything by which a dead guest is known from a living one.
    fn can_tell(&self, n: usize) -> bool {
        self.settings[n].heartbeat.is_some() || self.settings[n].agent.is_some()
    }

    /// The guest was heard.
    pub(super) fn sign_of_life(&mut self, n: usize) {
        let vm = &mut self.vms[n];
        for snapshot in
            vm.snapshots.iter_mut().filter(|snapshot| vm.came_from.as_ref() == Some(&snapshot.name))
        {
            snapshot.proven = true;
        }
    }

    /// The VM runs from this one, counted from the oldest.
    pub(super) fn put_to(&mut self, n: usize, index: usize) {
        let Snapshot { name, lives, .. } = self.vms[n].snapshots[index].clone();
        self.vms[n].state = VmState::Running;
        self.set_guest(n, if lives { Guest::Well } else { Guest::Frozen });
        // It is well from here on: nothing that happened before excuses another remedy, but what it does not mend.
        let vm = &mut self.vms[n];
        vm.excused = !lives || vm.deaf_until > self.now || vm.display_down_until > self.now;
        self.vms[n].came_from = Some(name);
        if !self.can_tell(n) {
            self.sign_of_life(n);
        }
    }

    pub(super) fn boot(&mut self, n: usize) {
        self.vms[n].state = VmState::Running;
        let up = self.now + self.vms[n].beat_every + 30 * SECOND;
        self.set_guest(n, Guest::Rebooting(up));
    }

    pub(super) fn load_newest(&mut self, n: usize) {
        let newest = self.vms[n].snapshots.len() - 1;
        self.put_to(n, newest);
    }

    /// What an action does to the snapshots, or so many steps of it.
    pub(super) fn change_snapshots(&mut self, n: usize, action: &VmAction, most: usize) {
        let mut steps = 0..most;
        match action {
            VmAction::CreateSnapshot { replaces, .. } => {
                let lives = !self.can_tell(n) || self.vms[n].guest == Guest::Well && !self.rng.one_in(6);
                let name = if *replaces { self.next_copy(n) } else { READY.into() };
                if steps.next().is_some() {
                    self.vms[n].snapshots.push(Snapshot::new(name, lives));
                }
            }
            VmAction::ConvertSnapshot { .. } => {
                let lives = !self.can_tell(n) || self.vms[n].guest == Guest::Well && !self.rng.one_in(6);
                if steps.next().is_some() {
                    let name = self.next_copy(n);
                    self.vms[n].snapshots.push(Snapshot::new(name, lives));
                }
            }
            VmAction::AdoptSnapshot { .. } => {
                let (seed, now) = (self.seed, self.now);
                let newest = self.vms[n].snapshots.last().unwrap().clone();
                assert!(newest.proven, "seed {seed}: exhibit {n} at {now} ms: {newest:?} is not proven");
                while self.vms[n].snapshots.len() > 1 && steps.next().is_some() {
                    let previous = self.vms[n].snapshots.len() - 2;
                    self.vms[n].snapshots.remove(previous);
                    self.check_snapshots(n);
                }
                if steps.next().is_some() {
                    // Now and then the new one comes to nothing after all.
                    let lives = newest.lives && !(self.can_tell(n) && self.rng.one_in(6));
                    self.vms[n].snapshots.push(Snapshot::new(READY.into(), lives));
                }
            }
            VmAction::TidySnapshots { .. } => {
                while self.vms[n].snapshots.len() > 1 && steps.next().is_some() {
                    self.vms[n].snapshots.remove(0);
                    self.check_snapshots(n);
                }
            }
            VmAction::AbandonSnapshot { replaces, .. } => {
                while self.vms[n].snapshots.len() > usize::from(*replaces) && steps.next().is_some() {
                    self.vms[n].snapshots.pop();
                    self.check_snapshots(n);
                }
            }
            VmAction::Inspect
            | VmAction::Resume
            | VmAction::RevertInPlace { .. }
            | VmAction::Revert { .. }
            | VmAction::DestroyRevert { .. }
            | VmAction::ColdStart { .. }
            | VmAction::Destroy
            | VmAction::LoadSnapshot { .. }
            | VmAction::DeleteSnapshot { .. } => {}
        }
    }

    fn next_copy(&self, n: usize) -> String {
        let last = self.vms[n].snapshots.iter().filter_map(|snapshot| {
            let number = snapshot.name.strip_prefix(READY)?.strip_prefix(REPLACEMENT_SUFFIX)?;
            Some(number.parse().unwrap_or(1))
        });
        match last.max() {
            None => format!("{READY}{REPLACEMENT_SUFFIX}"),
            Some(number) => format!("{READY}{REPLACEMENT_SUFFIX}{}", number + 1_u32),
        }
    }

    /// The power goes: what was being done to the snapshots has come as far as it has.
    pub(super) fn cut_off_snapshots(&mut self, n: usize) {
        if let Some(action) = self.vms[n].doing.take() {
            let most = usize::try_from(self.rng.range(0, 3)).unwrap();
            if !self.vms[n].snapshots.is_empty()
                || matches!(action, VmAction::CreateSnapshot { .. } | VmAction::ConvertSnapshot { .. })
            {
                self.change_snapshots(n, &action, most);
            }
        }
        self.vms[n].came_from = None;
        // The very first one has nothing to fall back to. Where it is not fit for anything, staff must delete it.
        if !self.vms[n].snapshots.iter().any(|snapshot| snapshot.proven) {
            self.vms[n].snapshots.retain(|snapshot| snapshot.lives);
        }
        self.check_snapshots(n);
    }

    /// Once a snapshot has proven itself there always is such a one, and it is the one that a revert finds first.
    pub(super) fn check_snapshots(&mut self, n: usize) {
        let (seed, now, vm) = (self.seed, self.now, &mut self.vms[n]);
        let proven = vm.snapshots.iter().any(|snapshot| snapshot.proven);
        let story = || format!("seed {seed}: exhibit {n} at {now} ms: {:?}", vm.snapshots);
        assert!(proven || !vm.had_proven, "{}: no proven snapshot is left", story());
        assert!(
            !proven || vm.snapshots[0].proven,
            "{}: one that is not proven goes before one that is",
            story()
        );
        vm.had_proven |= proven;
    }
}
