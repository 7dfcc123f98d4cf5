//! A VM that no daemon watches, whose definition, images and snapshots may be spoiled one after the other.

use std::fs;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::common::museum::Museum;

/// Its name, and its exhibit's.
pub(super) const SPARE: &str = "spare";

/// A VM as it should be, with the snapshot `ready`, that is off; and how it is brought back to that.
pub(super) struct Spare<'a> {
    pub(super) museum: &'a Museum,
    /// Its definition.
    pub(super) xml: String,
    /// The folder with its images.
    pub(super) folder: PathBuf,
    config: PathBuf,
}

impl<'a> Spare<'a> {
    /// Makes it. Nobody expects it to be shown.
    pub(super) fn make(museum: &'a Museum) -> Self {
        // Of a former case.
        museum.try_virsh(&["undefine", SPARE, "--snapshots-metadata"]);
        fs::remove_file(museum.libvirtd.path("guest/spare.qcow2")).ok();
        museum.libvirtd.make_vms(&[(SPARE, "--beat 0".to_owned())], museum.port);
        let xml = museum.try_virsh(&["dumpxml", "--inactive", SPARE]).expect("its definition");
        let folder = museum.libvirtd.path("guest");
        let this = Self { museum, xml, folder, config: museum.path("spare.toml") };
        this.configure("heartbeat = false\n");
        fs::copy(this.disk(), this.folder.join("spare.good")).expect("a copy");
        this.keep_snapshot();
        this
    }

    /// Its disk image.
    pub(super) fn disk(&self) -> PathBuf {
        self.folder.join("spare.qcow2")
    }

    /// Its exhibit, with these lines.
    pub(super) fn configure(&self, lines: &str) {
        let text = format!(
            "[libvirt]\nuri = \"{}\"\n[api]\nlisten = [\"127.0.0.1:{}\"]\n[[exhibit]]\nname = \"{SPARE}\"\nvm = \
             \"{SPARE}\"\nscreens = [\"DUMMY0\"]\n{lines}",
            self.museum.libvirtd.uri(),
            self.museum.port
        );
        fs::write(&self.config, text).expect("a configuration");
    }

    /// The configuration's file.
    pub(super) fn config(&self) -> &str {
        self.config.to_str().expect("a path")
    }

    /// Defines it with changes to its XML; each must be found in it.
    pub(super) fn change(&self, changes: &[(&str, &str)]) {
        let mut xml = self.xml.clone();
        for (from, to) in changes {
            assert!(xml.contains(from), "{from} is not in {xml}");
            xml = xml.replacen(from, to, 1);
        }
        self.define(&xml);
    }

    /// Puts something in place of the first element of a name, with all that is in it.
    pub(super) fn instead_of(&self, element: &str, new: &str) {
        self.define(&replaced(&self.xml, element, new));
    }

    /// Adds a device.
    pub(super) fn add(&self, device: &str) {
        self.change(&[("</devices>", &format!("{device}</devices>"))]);
    }

    pub(super) fn define(&self, xml: &str) {
        let file = self.museum.path("spare.xml");
        fs::write(&file, xml).expect("a definition");
        let said = self.museum.virsh(&["define", file.to_str().expect("a path")]);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }

    /// A program that must end well, as the user that libvirtd runs as.
    pub(super) fn run(&self, words: &[&str]) {
        let mut command = self.museum.libvirtd.command(words[0]);
        let said = command.args(&words[1..]).stdin(Stdio::null()).output().expect("a program");
        assert!(said.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said.stderr));
    }

    /// The same as root.
    pub(super) fn as_root(words: &[&str]) {
        let said = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output().expect("a program");
        assert!(said.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said.stderr));
    }

    pub(super) fn virsh(&self, words: &[&str]) {
        let said = self.museum.virsh(words);
        assert!(said.status.success(), "{words:?}: {}", String::from_utf8_lossy(&said.stderr));
    }

    /// Starts it, and waits for nothing.
    pub(super) fn start(&self) {
        self.virsh(&["start", SPARE]);
    }

    /// A file in its folder.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.join(name).to_str().expect("a path").to_owned()
    }

    /// Gives a folder to libvirtd's user.
    pub(super) fn give(&self, folder: &Path) {
        self.museum.libvirtd.give(folder);
    }

    /// Another VM's definition as it runs.
    pub(super) fn xml_of(&self, vm: &str) -> String {
        self.museum.try_virsh(&["dumpxml", vm]).expect("a definition")
    }

    pub(super) fn mac_of(&self, vm: &str) -> String {
        between(&self.xml_of(vm), "<mac address='", "'")
    }

    /// The port of another VM's display.
    pub(super) fn port_of(&self, vm: &str) -> String {
        between(&between(&self.xml_of(vm), "<graphics", ">"), " port='", "'")
    }

    /// Its disk is this file of its folder.
    pub(super) fn disk_is(&self, name: &str) {
        self.disk_lies_at(&self.folder.join(name));
    }

    /// Its disk is this file.
    pub(super) fn disk_lies_at(&self, file: &Path) {
        self.change(&[(self.disk().to_str().expect("a path"), file.to_str().expect("a path"))]);
    }

    /// Mounts an empty file system in memory.
    pub(super) fn mount(&self, name: &str, options: &str) -> PathBuf {
        let place = self.museum.path(name);
        fs::create_dir_all(&place).expect("a folder");
        Self::as_root(&["chmod", "755", self.museum.path("").to_str().expect("a path")]);
        Self::as_root(&["mount", "-t", "tmpfs", "-o", options, "tmpfs", place.to_str().expect("a path")]);
        self.give(&place);
        place
    }

    /// Writes bytes into its image.
    pub(super) fn poke(&self, at: u64, bytes: &[u8]) {
        let file = fs::File::options().write(true).open(self.disk()).expect("its image");
        file.write_all_at(bytes, at).expect("its image");
    }

    /// Another program that has its image open, and has its locks.
    pub(super) fn hold_image(&self) -> Child {
        let mut command = self.museum.libvirtd.command("qemu-io");
        command.args(["-c", "sleep 60000"]).arg(self.disk()).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("qemu-io");
        let image = format!(":{} ", fs::metadata(self.disk()).expect("its image").ino());
        self.museum.wait("the image is locked", || {
            fs::read_to_string("/proc/locks").expect("the locks").contains(&image)
        });
        child
    }

    /// Makes an external snapshot `ready`.
    pub(super) fn external(&self) {
        self.start();
        let memory = format!("{},snapshot=external", self.file("memory.save"));
        self.virsh(&[
            "snapshot-create-as",
            SPARE,
            "ready",
            "--memspec",
            &memory,
            "--diskspec",
            "vda,snapshot=external",
        ]);
    }

    /// Its snapshot is of another machine. libvirt takes that for a new one only.
    pub(super) fn snapshot_of_machine(&self, machine: &str) {
        let xml = fs::read_to_string(self.museum.path("ready.xml")).expect("its snapshot");
        let own = between(&xml, "machine='", "'");
        let file = self.museum.path("other.xml");
        fs::write(&file, xml.replace(&format!("machine='{own}'"), &format!("machine='{machine}'")))
            .expect("a file");
        self.virsh(&["snapshot-delete", SPARE, "ready", "--metadata"]);
        self.virsh(&["snapshot-create", SPARE, file.to_str().expect("a path"), "--redefine", "--current"]);
    }

    /// Brings it back to what it was made as.
    pub(super) fn heal(&self) {
        self.museum.try_virsh(&["destroy", SPARE]);
        self.museum.try_virsh(&["managedsave-remove", SPARE]);
        for snapshot in self.museum.try_virsh(&["snapshot-list", SPARE, "--name"]).unwrap_or_default().lines()
        {
            self.museum.try_virsh(&["snapshot-delete", SPARE, snapshot.trim(), "--metadata"]);
        }
        self.museum.try_virsh(&["undefine", SPARE, "--snapshots-metadata", "--nvram"]);
        self.museum.try_virsh(&["undefine", SPARE, "--snapshots-metadata"]);
        for left in ["spare.ready", "memory.save"] {
            fs::remove_file(self.folder.join(left)).ok();
        }
        fs::remove_file(self.disk()).or_else(|_| fs::remove_dir_all(self.disk())).ok();
        fs::copy(self.folder.join("spare.good"), self.disk()).expect("its image");
        self.museum.libvirtd.give(&self.disk());
        self.define(&self.xml);
        let redefined = self.museum.path("ready.xml");
        self.museum.virsh(&[
            "snapshot-create",
            SPARE,
            redefined.to_str().expect("a path"),
            "--redefine",
            "--current",
        ]);
        self.configure("heartbeat = false\n");
    }

    /// Keeps what libvirt says of its snapshot, for [`Self::heal`].
    fn keep_snapshot(&self) {
        let xml = self.museum.try_virsh(&["snapshot-dumpxml", SPARE, "ready"]).expect("its snapshot");
        fs::write(self.museum.path("ready.xml"), xml).expect("a file");
    }
}

/// A text with something in place of its first element of a name.
fn replaced(xml: &str, element: &str, new: &str) -> String {
    let at = xml.find(&format!("<{element}")).unwrap_or_else(|| panic!("there is no {element} in {xml}"));
    let head = at + xml[at..].find('>').expect("it ends");
    let name = element.split(' ').next().unwrap_or(element);
    let close = format!("</{name}>");
    let end = if xml[..head].ends_with('/') {
        head + 1
    } else {
        head + xml[head..].find(&close).expect("it ends") + close.len()
    };
    format!("{}{new}{}", &xml[..at], &xml[end..])
}

/// What stands behind one text and before another.
pub(super) fn between(text: &str, before: &str, after: &str) -> String {
    let from = text.find(before).unwrap_or_else(|| panic!("there is no {before}")) + before.len();
    let to = from + text[from..].find(after).expect("its end");
    text[from..to].to_owned()
}
