//! The names and texts by which Vitrine knows again what it has made: libvirt and QEMU keep them.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::host;

/// What libvirt keeps with each snapshot that Vitrine makes.
pub(super) const DESCRIPTION: &str = "made by Vitrine";

/// The names under which an external snapshot can be kept once its own is given to another, the best one first.
pub(super) fn aside(name: &str) -> impl Iterator<Item = String> {
    let free = |number: u32| if number == 1 { String::new() } else { number.to_string() };
    (1..).map(move |number| format!("{name}.external{}", free(number)))
}

/// The file for a copy of a disk, beside the image that it has now; `now` is in seconds since 1970.
pub(super) fn copy_of_disk(file: &str, vm: &str, target: &str, now: u64) -> String {
    let folder = Path::new(file).parent().unwrap_or(Path::new("/"));
    folder.join(format!("{vm}-{target}-{now}.qcow2")).to_string_lossy().into_owned()
}

/// For a job of QEMU's: a name that it has not had, not even from a Vitrine that has ended since.
pub(super) fn qemu_job() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = host::since_epoch().as_nanos();
    format!("vitrine-{now}-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_lies_beside_its_image_under_a_name_of_its_own() {
        let copy = |file| copy_of_disk(file, "eden-vm", "vda", 1_795_881_658);
        assert_eq!(copy("/images/eden.ready"), "/images/eden-vm-vda-1795881658.qcow2");
        assert_eq!(copy(""), "/eden-vm-vda-1795881658.qcow2");
    }

    #[test]
    fn what_is_set_aside_has_a_number_from_the_second_on() {
        let names: Vec<_> = aside("ready").take(3).collect();
        assert_eq!(names, ["ready.external", "ready.external2", "ready.external3"]);
    }
}
