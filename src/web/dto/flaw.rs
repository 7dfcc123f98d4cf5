//! What is wrong with a snapshot, and what to do.

use crate::core::types::{SnapshotFlaw, Told, sayings};

sayings! {
    /// What keeps the snapshot that an exhibit is put back to from serving as it should.
    pub enum FlawNotice {
        /// It is external.
        "snapshot_external" => External { exhibit: String, vm: String, snapshot: String },
        /// It lies in the images of an external one.
        "snapshot_tied" => Tied { exhibit: String, vm: String, snapshot: String, external: String },
        /// An external one is laid upon the image that it lies in.
        "snapshot_beneath" => Beneath { exhibit: String, vm: String, snapshot: String, external: String },
        /// It holds no memory.
        "snapshot_without_memory" => WithoutMemory { exhibit: String, vm: String, snapshot: String },
        /// It is the copy of a replacement that was cut off.
        "snapshot_left_copy" => Copy { exhibit: String, vm: String, snapshot: String, copy: String },
    }
}

/// The same of this exhibit, its VM and its snapshot.
pub fn flaw_told(exhibit: &str, vm: &str, snapshot: &str, flaw: &SnapshotFlaw) -> Told {
    let [exhibit, vm, snapshot] = [exhibit, vm, snapshot].map(str::to_owned);
    let notice = match flaw.clone() {
        SnapshotFlaw::Tied { external } if external == snapshot => {
            FlawNotice::External { exhibit, vm, snapshot }
        }
        SnapshotFlaw::Tied { external } => FlawNotice::Tied { exhibit, vm, snapshot, external },
        SnapshotFlaw::Beneath { external } => FlawNotice::Beneath { exhibit, vm, snapshot, external },
        SnapshotFlaw::WithoutMemory => FlawNotice::WithoutMemory { exhibit, vm, snapshot },
        SnapshotFlaw::Copy { copy } => FlawNotice::Copy { exhibit, vm, snapshot, copy },
    };
    notice.told()
}
