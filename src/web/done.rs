//! What is answered where something went well.

use crate::core::types::sayings;

sayings! {
    /// Something that was done, or taken up.
    pub enum Done {
        /// The exhibit is started.
        "started" => Started { exhibit: String },
        /// It is stopped, and stays so.
        "stopped_for_good" => Stopped { exhibit: String },
        /// It is back at its snapshot.
        "is_back" => Back { exhibit: String },
        /// It is on hold.
        "is_held" => Held { exhibit: String },
        /// It is watched over again.
        "is_resumed" => Resumed { exhibit: String },
        /// A snapshot is made.
        "has_snapshot" => HasSnapshot { exhibit: String },
        /// An external snapshot is converted.
        "has_flat_snapshot" => HasFlatSnapshot { exhibit: String },
        /// A snapshot is deleted.
        "snapshot_gone" => SnapshotGone { exhibit: String },
        /// A guest that asked for it is put back.
        "is_put_back" => PutBack { exhibit: String },
        /// A guest that nobody uses is put back.
        "is_put_back_unused" => PutBackUnused { exhibit: String },
        /// The button is pressed.
        "pressed" => Pressed { exhibit: String },
        /// A state that is polled is set.
        "state_set" => StateSet { exhibit: String, state: String },
        /// It is no longer set.
        "state_unset" => StateUnset { exhibit: String, state: String },
        /// This computer was told of something.
        "signalled" => Signalled { exhibit: String, event: String },
        /// It is taken up, and goes on by itself.
        "going_on" => GoingOn { done: Box<Done> },
        /// A guest without a snapshot is started anew.
        "is_started_anew" => StartedAnew { exhibit: String },
        /// It is done, by what was under way already.
        "joined" => Joined { done: Box<Done> },
        /// It is done, after what was under way had ended.
        "followed" => Followed { done: Box<Done> },
        /// It is done, but what staff decided is not on the disk.
        "unwritten" => Unwritten { done: Box<Done> },
    }
}
