//! What a look at a VM's definition, images and snapshot tells before it happens.

use super::illness::Remedy;
use super::told::{Told, codes};

codes! {
    /// What is done for an exhibit, and may be impossible.
    pub enum Means {
        /// Its VM is started.
        "start" => Start,
        /// It is put back to its snapshot by libvirt.
        "revert" => Revert,
        /// It is put back within the running QEMU.
        "revert_in_place" => RevertInPlace,
        /// A new snapshot is made.
        "snapshot" => Snapshot,
    }
}

impl Means {
    /// What a remedy takes; all of it must be possible.
    pub fn of(remedy: Remedy) -> &'static [Self] {
        match remedy {
            Remedy::Resume => &[],
            Remedy::InPlaceRevert => &[Self::RevertInPlace],
            Remedy::FullRevert | Remedy::DestroyRevert => &[Self::Revert, Self::Start],
            Remedy::ColdStart => &[Self::Start],
        }
    }
}

/// A finding about an exhibit's VM that staff should know before it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// The check that found it, such as `image.room`.
    pub check: String,
    /// It is broken, or will be at the next try; otherwise it will fail some day or in some case.
    pub ill: bool,
    /// How it is known.
    pub evidence: Told,
    /// What to do.
    pub remedy: Told,
    /// To be pasted into a shell, where it can be typed.
    pub commands: Vec<String>,
    /// Its heading in docs/troubleshooting.md.
    pub heading: String,
    /// What cannot be done as long as it is so.
    pub rules_out: Vec<Means>,
}
