use super::*;

#[test]
fn hidden_processes_are_noticed() {
    for (mounts, expected) in [
        ("proc /proc proc rw,relatime 0 0\n", false),
        ("proc /proc proc rw,hidepid=invisible 0 0\n", true),
        ("proc /proc proc rw,hidepid=0 0 0\nproc /x proc rw,hidepid=2 0 0\n", false),
    ] {
        assert_eq!(hides(mounts), expected, "{mounts}");
    }
}
