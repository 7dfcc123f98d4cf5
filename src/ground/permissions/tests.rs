use super::*;
use crate::ground::mounts::{mount_of, mounts_of};

#[test]
fn hidden_processes_are_noticed() {
    for (mounts, expected) in [
        ("21 1 0:19 / /proc rw,relatime - proc proc rw\n", false),
        ("21 1 0:19 / /proc rw,relatime - proc proc rw,hidepid=invisible\n", true),
        (
            "21 1 0:19 / /proc rw - proc proc rw,hidepid=0\n22 1 0:19 / /x rw - proc proc rw,hidepid=2\n",
            false,
        ),
    ] {
        let mounts = mounts_of(mounts);
        assert_eq!(hides(mount_of(&mounts, Path::new("/proc")).unwrap()), expected, "{mounts:?}");
    }
}
