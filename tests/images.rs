//! `deploy/system/check-images`, which mends the VMs' images after a power cut, on real qcow2 images.
//!
//! Needs `qemu-img` (package qemu-utils).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// Where `qemu-img create` puts an empty image's block of reference counts: 16 bits for each cluster of 64 KiB.
const REFCOUNTS: u64 = 0x2_0000;

struct Computer {
    folder: TempDir,
}

impl Computer {
    /// With one VM, which has these files.
    fn new(files: &[&Path]) -> Self {
        let computer = Self { folder: TempDir::new().unwrap() };
        fs::create_dir(computer.vms()).unwrap();
        let disk = |file: &&Path| {
            let file = file.display().to_string().replace('&', "&amp;");
            format!("<disk type='file' device='disk'>\n  <source file='{file}'/>\n</disk>\n")
        };
        let xml: String = files.iter().map(disk).collect();
        fs::write(computer.vms().join("eden.xml"), format!("<domain>\n{xml}</domain>\n")).unwrap();
        computer
    }

    fn vms(&self) -> PathBuf {
        self.folder.path().join("vms")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state/running")
    }

    /// The computer is switched on; what the journal is told.
    fn begin(&self) -> String {
        self.run(&["begin".as_ref(), self.state().as_path(), self.vms().as_path()])
    }

    fn end(&self) {
        assert_eq!(self.run(&["end".as_ref(), self.state().as_path()]), "");
    }

    fn run(&self, words: &[&Path]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/system/check-images");
        let output = Command::new(script).args(words).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn image(folder: &TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let made = Command::new("qemu-img").args(["create", "-q", "-f", "qcow2"]).arg(&path).arg("16M").status();
    assert!(made.unwrap().success());
    path
}

/// Says that so many use this cluster of the image.
fn count(image: &Path, cluster: u64, users: u16) {
    let file = File::options().read(true).write(true).open(image).unwrap();
    file.write_all_at(&users.to_be_bytes(), REFCOUNTS + 2 * cluster).unwrap();
    // What lies behind the file's end would not be looked at.
    let end = (cluster + 1) * 0x1_0000;
    if file.metadata().unwrap().len() < end {
        file.set_len(end).unwrap();
    }
}

/// What `qemu-img check` ends with: 0 sound, 2 damaged, 3 room that belongs to nobody.
fn verdict(image: &Path) -> i32 {
    let checked = Command::new("qemu-img").args(["check", "-q", "-f", "qcow2"]).arg(image).output().unwrap();
    checked.status.code().unwrap()
}

#[test]
fn images_are_mended_after_a_power_cut_and_only_then() {
    let folder = TempDir::new().unwrap();
    let (sound, leaking, torn) =
        (image(&folder, "sound.qcow2"), image(&folder, "leaking & old.qcow2"), image(&folder, "torn.qcow2"));
    let cd = folder.path().join("cd.iso");
    fs::write(&cd, [0; 4096]).unwrap();
    let missing = folder.path().join("missing.qcow2");
    count(&leaking, 20, 1);
    // The table of the disk's contents counts as free, and the next write would go over it.
    count(&torn, 3, 0);
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 3, 2]);

    let computer = Computer::new(&[&sound, &leaking, &torn, &cd, &missing]);
    assert_eq!(computer.begin(), "", "nothing is known of the time before the first start");
    computer.end();
    assert_eq!(computer.begin(), "", "nothing to do after an orderly end");
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 3, 2]);

    let told = computer.begin();
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 0, 0], "{told}");
    let line =
        |image: &Path| told.lines().filter(|line| line.contains(image.to_str().unwrap())).collect::<Vec<_>>();
    assert!(
        matches!(line(&sound)[..], [line] if line.starts_with("<6>") && line.ends_with("is sound")),
        "{told}"
    );
    assert!(
        matches!(line(&leaking)[..], [line] if line.starts_with("<4>") && line.contains("mended")),
        "{told}"
    );
    assert!(
        matches!(line(&torn)[..], [line] if line.starts_with("<4>") && line.contains("was damaged")),
        "{told}"
    );
    assert!(line(&cd).is_empty() && line(&missing).is_empty(), "{told}");
}

#[test]
fn what_cannot_be_mended_is_told_and_left() {
    let folder = TempDir::new().unwrap();
    let broken = folder.path().join("broken.qcow2");
    fs::write(&broken, b"QFI\xfb and then nothing that makes sense").unwrap();
    let before = fs::read(&broken).unwrap();
    let computer = Computer::new(&[&broken]);
    computer.begin();
    let told = computer.begin();
    assert!(told.contains("broken.qcow2 could not be checked: "), "{told}");
    assert_eq!(fs::read(&broken).unwrap(), before);
}
