//! `vitrine guest`: what is on the images, read by programs of others, and a real VM's drive.
//!
//! Needs the packages genisoimage, mtools and p7zip-full, and hfsutils where there is one.
#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::libvirtd::Libvirtd;
use common::rig::{A, Rig};
use vitrine::adapter::libvirt::Settings;
use vitrine::core::types::{VmAction, VmState};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// A folder with a kit, and a configuration.
    fn new(uri: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").unwrap();
        let desk = Self { folder };
        fs::create_dir_all(desk.path("kit/.tools")).unwrap();
        fs::write(desk.path("kit/vitrine.exe"), [0x4D, 0x5A, 0, 0xFF]).unwrap();
        fs::write(desk.path("kit/vitrine.ini"), "[artwork]\nprogram = garden.exe\n").unwrap();
        fs::copy("guest/macos-classic/vitrine.applescript", desk.path("kit/vitrine.applescript")).unwrap();
        let text = format!(
            "[libvirt]\nuri = \"{uri}\"\n[api]\nlisten = [\"127.0.0.1:8000\", \"192.168.122.1:8001\"]\n\
             [[exhibit]]\nname = \"eden-garden\"\nvm = \"a\"\n"
        );
        fs::write(desk.path("vitrine.toml"), text).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn vitrine(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_vitrine"))
            .arg("guest")
            .args(words)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("VITRINE_CONFIG", self.path("vitrine.toml"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn well(&self, words: &[&str]) -> String {
        let output = self.vitrine(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refused(&self, words: &[&str]) -> String {
        let output = self.vitrine(words);
        assert!(!output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }
}

/// What a program writes.
fn said(program: &str, words: &[&str], files: &[&Path], home: &Path) -> Vec<u8> {
    let output =
        Command::new(program).args(words).args(files).env("HOME", home).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

const INI: &str = "[host]\r\naddress = 192.168.122.1\r\nport = 8001\r\nexhibit = eden-garden\r\n[artwork]\r\nprogram = garden.exe\r\n";

#[test]
fn a_cd_is_read_by_others_with_both_its_kinds_of_names() {
    let desk = Desk::new("test:///default");
    let told = desk.well(&["iso", "eden-garden"]);
    assert!(told.contains("eden-garden-vitrine-kit.iso") && told.contains("192.168.122.1:8001"), "{told}");
    let image = desk.path("eden-garden-vitrine-kit.iso");
    let home = desk.folder.path();
    for names in ["-J", "-R"] {
        let ini = said("isoinfo", &[names, "-x", "/vitrine.ini", "-i"], &[&image], home);
        assert_eq!(String::from_utf8_lossy(&ini), INI, "{names}");
    }
    let list = String::from_utf8(said("7z", &["l", "-ba"], &[&image], home)).unwrap();
    assert!(
        list.contains("vitrine.exe") && list.contains("vitrine.ini") && !list.contains(".tools"),
        "{list}"
    );
    let program = said("7z", &["e", "-so", "-r"], &[&image, Path::new("vitrine.exe")], home);
    assert_eq!(program, [0x4D, 0x5A, 0, 0xFF]);
    // It is written again, and an earlier image is not on it.
    let again = desk.well(&["iso", "eden-garden", "--address", "10.0.2.2", "--folder", "kit"]);
    assert!(again.contains("10.0.2.2:8000"), "{again}");
    let again = desk.well(&["iso", "eden-garden", "--folder", "kit"]);
    assert!(!again.contains("iso,"), "{again}");
    assert_eq!(
        fs::read_to_string(desk.path("kit/vitrine.ini")).unwrap(),
        "[artwork]\nprogram = garden.exe\n"
    );
}

#[test]
fn floppies_are_read_by_others() {
    let desk = Desk::new("test:///default");
    let image = desk.path("eden-garden-vitrine-kit.img");
    desk.well(&["floppy", "eden-garden"]);
    assert_eq!(fs::metadata(&image).unwrap().len(), 1440 * 1024);
    let ini = Command::new("mtype").arg("-i").arg(&image).arg("::vitrine.ini").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ini.stdout), INI);

    // What does not fit is told, and no half of it is left.
    fs::remove_file(&image).unwrap();
    fs::write(desk.path("kit/film.avi"), vec![1; 2 << 20]).unwrap();
    let why = desk.refused(&["floppy", "eden-garden"]);
    assert!(why.contains("mcopy has failed"), "{why}");
    assert!(!image.exists());
}

#[test]
fn a_floppy_for_the_mac_is_read_by_others() {
    if Command::new("hformat").stdin(Stdio::null()).output().is_err() {
        eprintln!("left out: this needs hfsutils, which Debian 13 does not have");
        return;
    }
    let desk = Desk::new("test:///default");
    let home = desk.folder.path();
    let image = desk.path("eden-garden-vitrine-kit.img");
    desk.well(&["floppy", "eden-garden", "--mac"]);
    assert_eq!(fs::metadata(&image).unwrap().len(), 1440 * 1024);
    said("hmount", &[], &[&image], home);
    said("hcopy", &["-t", ":vitrine.txt"], &[&desk.path("copied")], home);
    let script = fs::read_to_string(desk.path("copied")).unwrap();
    assert!(script.contains("property hostAddress : \"192.168.122.1\""), "{script}");
    assert!(script.contains("property hostExhibit : \"eden-garden\""), "{script}");
    said("hcopy", &["-t", ":vitrine.ini"], &[&desk.path("copied")], home);
    assert_eq!(fs::read_to_string(desk.path("copied")).unwrap(), INI.replace("\r\n", "\n"));
}

#[test]
fn what_cannot_be_made_is_told() {
    let desk = Desk::new("test:///default");
    assert!(desk.refused(&["iso", "orbit"]).contains("there is eden-garden"));
    assert!(
        desk.refused(&["iso", "eden-garden", "--kit", "nowhere"]).contains("guest/windows/build nowhere")
    );
    assert!(desk.refused(&["iso", "eden-garden", "--address", "museum"]).contains("is no IPv4 address"));
    assert!(desk.refused(&["iso", "eden-garden", "--folder", "nowhere"]).contains("nowhere"));
    fs::create_dir(desk.path("empty")).unwrap();
    assert!(desk.refused(&["iso", "eden-garden", "--kit", "empty"]).contains("nothing of a guest kit"));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_snapshot_is_made_with_the_kit_in_a_drive() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    libvirtd.define_vm(&conn, "a", "52:54:00:aa:00:01");
    let domain = conn.lookup_domain_by_name("a").unwrap();
    let desk = Desk::new(&libvirtd.uri());
    let folder = libvirtd.path("media");
    fs::create_dir(&folder).unwrap();
    let insert = ["iso", "eden-garden", "--insert", "--folder", folder.to_str().unwrap()];
    let why = desk.refused(&insert);
    assert!(why.contains("has no CD drive"), "{why}");

    let drive = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk></devices>";
    let xml = domain.xml_desc(0).unwrap().replace("</devices>", drive);
    let domain = conn.define_domain_xml(&xml).unwrap();
    domain.create().unwrap();
    let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a")]);
    rig.seen(A, VmState::Running).await;

    let told = desk.well(&insert);
    assert!(told.contains("drive hdc of VM a"), "{told}");
    assert!(domain.xml_desc(0).unwrap().contains("eden-garden-vitrine-kit.iso"));
    // Once more in its place.
    desk.well(&insert);
    let create = VmAction::CreateSnapshot { snapshot: "ready".to_owned(), replaces: false };
    let refused = rig.act_and_wait(A, create.clone()).await.unwrap_err().to_string();
    assert!(refused.contains("vitrine guest eject"), "{refused}");

    let told = desk.well(&["eject", "eden-garden"]);
    assert!(told.contains("is no longer in VM a"), "{told}");
    assert!(desk.well(&["eject", "eden-garden"]).contains("there is no guest kit"));
    assert_eq!(rig.act_and_wait(A, create).await, Ok(()));

    // Somebody else's disc is left alone.
    let other = folder.join("windows.iso");
    fs::rename(folder.join("eden-garden-vitrine-kit.iso"), &other).unwrap();
    let change = format!(
        "<disk type='file' device='cdrom'><source file='{}'/><target dev='hdc' bus='ide'/><readonly/></disk>",
        other.display()
    );
    domain.update_device_flags(&change, 0).unwrap();
    let why = desk.refused(&insert);
    assert!(why.contains("windows.iso") && why.contains("take that out first"), "{why}");
}
