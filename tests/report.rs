//! `vitrine report`, as people call it: with secrets wherever one can stand, none of which may be in the archive; with no
//! daemon, and with nothing at all.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::world::World;

/// What is planted; in no file of this repository but this one.
const SECRET: &str = "Xk7-planted-Secret-93";
/// A hash of the same kind as `vitrine passwd` makes.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXRoaW5nIHNhbHR5$Yl4XrZ1C4a0m0k6u1iS1o0rY7Wf2a7c8Zt0yq1iJm9U";
/// The SHA-256 of a token.
const SHA: &str = "21a4466009b7bbad4a8d598ef1c21d54d1c4a649061987f99f2b15bec35df1ca";

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        for program in ["journalctl", "systemctl", "xrandr"] {
            home.program(program, "exit 1");
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text.replace('§', SECRET)).unwrap();
        path
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn report(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command.arg("report").args(arguments).current_dir(self.folder.path()).env_clear();
        command
            .env("HOME", self.folder.path())
            // Root without an X server looks for one of a session's; there is none at this display.
            .env("DISPLAY", ":9996")
            .env("SOME_TOKEN", format!("{SECRET}-of-the-environment"))
            .env("PATH", format!("{}:/usr/sbin:/usr/bin:/bin", self.path("bin").display()));
        command
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every file of the archive, by its name below the archive's folder.
fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(fs::File::open(path).unwrap()));
    let entries = tar.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        let name = entry.path().unwrap().components().skip(1).collect::<PathBuf>();
        (name.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
    });
    entries.collect()
}

#[test]
fn a_secret_in_every_place_that_can_hold_one_is_in_no_file() {
    let home = Home::new();
    let node = home.write(
        "node.xml",
        "<node><domain type='test'><name>eden-vm</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e1934</uuid>\
         <description>the password is §</description><memory>1024</memory><os><type>hvm</type></os><devices>\
         <graphics type='vnc' port='5999' passwd='§'/></devices></domain></node>",
    );
    home.write("journal.db", "");
    home.write(
        ".config/vitrine/vitrine.toml",
        &format!(
            "# the password is §\n[libvirt]\nuri = \"test://{}\"\n[journal]\npath = \"{}\"\n[api]\nlisten = [\"127.0.0.1:18999\"]\n\
             [[account]]\nname = \"anna\"\nrole = \"view\"\npassword = \"{HASH}\"\n[[token]]\nname = \"bell\"\nrole = \"view\"\n\
             sha256 = \"{SHA}\"   # §\n[[exhibit]]\nname = \"eden\"\nvm = \"eden-vm\"\n",
            node.display(),
            home.path("nowhere/journal.db").display()
        ),
    );
    home.program(
        "journalctl",
        "cat <<'END'\n2026-11-30T10:00:02 kiosk vitrine[1]: hook /h/signal/door run: signal eden --token § failed\n\
         2026-11-30T10:00:02 kiosk vitrine[1]: GET http://anna:§@10.0.0.1/api/v1/signal/door?value=§ HTTP/1.1\n\
         2026-11-30T10:00:02 kiosk vitrine[1]: Authorization: Bearer §\n\
         2026-11-30T10:00:02 kiosk vitrine[1]: {\"Cookie\": \"vitrine=§\", \"code\": 401}\n\
         2026-11-30T10:00:01 kiosk sudo[1]: COMMAND=/usr/bin/env DOOR_PASSWORD=§ /usr/bin/true\n\
         2026-11-30T10:00:01 kiosk libvirtd[1]: -object {\"qom-type\":\"secret\",\"id\":\"a\",\"data\":\"§\"} \\\n    -spice password=§\n    DOOR=§ \\\n\
         2026-11-30T10:00:00 kiosk x[1]: -----BEGIN PRIVATE KEY-----\n    §\n    -----END PRIVATE KEY-----\nEND",
    );
    home.program(
        "systemctl",
        "printf 'Id=vitrine.service\\nEnvironment=LANG=C PLAIN=§ \"OTHER=a §\"\\nActiveState=active\\n'",
    );
    home.program("xrandr", "echo 'Screen 0: token=§'");
    home.write(".local/share/xorg/Xorg.0.log", "(II) auth: §\n(EE) https://kiosk:§@host/\n");

    let output = home.report(&["--output", "report.tar.gz"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let file = home.path("report.tar.gz");
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let files = unpacked(&file);
    for (name, text) in &files {
        for planted in [SECRET, HASH, SHA, "c29tZXRoaW5nIHNhbHR5"] {
            assert!(!text.contains(planted) && !name.contains(planted), "{name}:\n{text}");
        }
    }
    // All of them were there to be found.
    for (name, kept) in [
        ("configuration.toml", "name = \"anna\""),
        ("libvirt/eden-vm/definition.xml", "<description>the password is [removed]"),
        ("logs/vitrine.log", "signal eden --token [removed]"),
        ("logs/session.log", "-spice password=[removed]"),
        ("units/user.txt", "Environment=LANG=C PLAIN=[removed] \"OTHER=[removed]\""),
        ("layout/xrandr.txt", "token=[removed]"),
        ("versions.txt", "vitrine: "),
        ("README.txt", "status.json: "),
    ] {
        let text = files.get(name).unwrap_or_else(|| panic!("{name} is not in {:?}", files.keys()));
        assert!(text.contains(kept), "{name}:\n{text}");
    }
    assert!(!files["configuration.toml"].contains("role = \"view\"   #"), "{}", files["configuration.toml"]);
    let doctor: serde_json::Value = serde_json::from_str(&files["doctor.json"]).unwrap();
    assert!(doctor["findings"].as_array().unwrap().len() > 20);
    // The newest entry is the last.
    let log = &files["logs/vitrine.log"];
    assert!(log.find("10:00:00").unwrap() < log.find("10:00:02").unwrap(), "{log}");
    for (name, text) in &files {
        assert!(out(&output).contains(name.as_str()) || name == "README.txt", "{name} {text}");
    }

    let again = home.report(&["--output", "report.tar.gz"]);
    assert_eq!(again.status.code(), Some(1), "what is there is not written over");
}

#[test]
fn what_is_missing_says_why() {
    // No configuration, no daemon, no libvirt, no X server, no journal, and systemd does not answer.
    let home = Home::new();
    let output = home.report(&["--list"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = out(&output);
    for text in [
        "versions.txt",
        "doctor.json",
        "configuration.toml: there is no configuration",
        "status.json: no daemon runs",
        "incidents.txt: ",
        "layout/screens.json: ",
        "pictures: they were not asked for (--pictures)",
        "logs/vitrine.log: 'journalctl' does not tell",
        "units/user.txt: 'systemctl' does not tell",
        "layout/xrandr.txt: 'xrandr' does not tell",
    ] {
        assert!(said.contains(text), "{text}:\n{said}");
    }
    let written = fs::read_dir(home.folder.path()).unwrap().flatten().map(|entry| entry.file_name());
    assert_eq!(written.filter(|name| name.to_string_lossy().contains("report")).count(), 0);

    // A configuration that is wrong is packed all the same, without what is secret in it.
    home.write(".config/vitrine/vitrine.toml", "[[account]]\npassword = \"§\nnonsense\n");
    let output = home.report(&["--output", "wrong.tar.gz"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let files = unpacked(&home.path("wrong.tar.gz"));
    assert!(files["configuration.toml"].contains("nonsense"), "{}", files["configuration.toml"]);
    assert!(files.values().all(|text| !text.contains(SECRET)));
}

#[test]
fn what_a_running_daemon_says_is_in_it() {
    let home = Home::new();
    let world = World::new(&["eden", "orbit"]);
    let output =
        home.command(&["--output", "r.tar.gz"]).env("VITRINE_SOCKET", &world.socket).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let files = unpacked(&home.path("r.tar.gz"));
    let site: serde_json::Value = serde_json::from_str(&files["status.json"]).unwrap();
    assert_eq!(site["exhibits"][1]["name"], "orbit");
}
