//! `vitrine import`, as people call it, on files as the Exhibition VM Controller has them.
//!
//! Its keys, defaults and files are those of its public repository, zkmkarlsruhe/exhibition-vm-controller on GitHub:
//! `host-controller/examples/config.example.yaml`, `host-controller/vm_controller/config.py`, `deployment/openbox/autostart`,
//! `deployment/systemd/`, `deployment/configs/example.yaml` and `docs/getting-started.md`. The fixtures in `tests/import/`
//! are written anew after them.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vitrine::config;

/// A home of the test's own, with a systemd that knows the units that it is told.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.systemctl("exit 1");
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn systemctl(&self, script: &str) {
        let path = self.write("bin/systemctl", format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
        command.arg("import").args(arguments).current_dir(self.folder.path()).env_clear();
        // Root without an X server looks for one of a session's; there is none at this display.
        command
            .env("HOME", self.folder.path())
            .env("DISPLAY", ":9997")
            .env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        command
    }

    fn import(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An account without its line breaks, since where a line ends does not matter.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(name)
}

/// What was printed, which Vitrine's own parser takes.
fn settings(output: &Output) -> config::Settings {
    config::parse(&out(output), "vitrine.toml").unwrap_or_else(|errors| panic!("{errors}\n{}", out(output)))
}

#[test]
fn the_old_controllers_own_example() {
    let home = Home::new();
    home.write("config.yaml", fs::read(fixture("config.yaml")).unwrap());
    let output = home.import(&["config.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let guide = include_str!("../docs/moving-over.md");
    let block = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(out(&output), block, "docs/moving-over.md shows what comes of the example");
    settings(&output);
    let told = flat(&err(&output));
    let keys = include_str!("import/config.yaml").lines().filter_map(|line| line.split_once(": "));
    let keys: Vec<_> = keys.map(|(key, _)| key).filter(|key| !key.starts_with('#')).collect();
    assert_eq!(keys.len(), 15);
    for key in keys {
        assert!(told.contains(&format!("{key} = ")), "{key}: {told}");
    }
    for text in [
        "vm_name = your-vm-name (line 2) taken over: as `vm` of the exhibit \"your-vm-name\"",
        "heartbeat_timeout = 15.0 (line 5) taken over: as `heartbeat.timeout = \"15s\"`",
        "heartbeat_check_interval = 0.5 (line 6) not needed:",
        "check_qemu_agent = true (line 21) no counterpart:",
        "1. Write `screens` for your-vm-name",
        "qemu-agent-command \"your-vm-name\" '{\"execute\":\"guest-ping\"}'",
        "No unit and no line that starts the old controller was found",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    for word in ["REFUSED", "UNKNOWN"] {
        assert!(!told.contains(word), "{told}");
    }
}

#[test]
fn what_is_written_passes_the_check_and_is_never_overwritten() {
    let home = Home::new();
    let file = home.write("config.yaml", "vm_name: eden\n");
    let output = home.import(&["config.yaml", "--output", "vitrine.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(flat(&out(&output)).contains("vitrine.toml is written"), "{}", out(&output));
    let written = fs::read_to_string(home.path("vitrine.toml")).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .args(["check", "--file-only"])
        .arg(home.path("vitrine.toml"))
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", err(&check));

    fs::write(&file, "vm_name: orbit\n").unwrap();
    let again = home.import(&["config.yaml", "--output", "vitrine.toml"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains("is there already"), "{}", err(&again));
    assert_eq!(fs::read_to_string(home.path("vitrine.toml")).unwrap(), written);
    std::os::unix::fs::symlink("elsewhere", home.path("link.toml")).unwrap();
    assert_eq!(home.import(&["config.yaml", "--output", "link.toml"]).status.code(), Some(1));
    assert!(!home.path("elsewhere").exists());
}

#[test]
fn what_cannot_be_read_has_its_place() {
    let home = Home::new();
    for (text, place, code) in [
        (&b"vm_name: \"eden\nother: x\n"[..], "config.yaml:", 2),
        (b"vm_name: eden\n\tapi_port: 1\n", "config.yaml:2:1", 2),
        (b"- eden\n", "config.yaml:1:1", 2),
        (b"vm_name: eden\n---\nvm_name: orbit\n", "config.yaml:2:1", 2),
        (b"vm_name: \xe4den\n", "config.yaml:1:10", 2),
        (b"snapshot_name: ready\n", "no `vm_name`", 2),
        (b"", "no `vm_name`", 2),
        (b"vm_name: a/b\n", "libvirt takes no name with a /", 2),
        (b"vm_name: [a]\n", "vm_name", 2),
    ] {
        home.write("config.yaml", text);
        let output = home.import(&["config.yaml"]);
        let told = err(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(place), "{place}: {told}");
        assert_eq!(out(&output), "");
    }
    let missing = home.import(&["nowhere.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("nowhere.yaml"), "{}", err(&missing));
    assert!(err(&home.import(&["vitrine.toml"])).contains("YAML"));
    assert_eq!(home.import(&[]).status.code(), Some(2));
}

#[test]
fn refused_and_unknown_words_are_told_and_the_rest_is_taken() {
    let home = Home::new();
    home.write(
        "config.yaml",
        "vm_name: eden\nheartbeat_timeout: 0.2\nheart_beat: 3\nVM_NAME: orbit\nsnapshot_name: clean\nsnapshot_name: later\n",
    );
    let output = home.import(&["config.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let settings = settings(&output);
    assert_eq!((settings.exhibits[0].vm.as_str(), settings.exhibits[0].snapshot.as_str()), ("eden", "later"));
    let told = flat(&err(&output));
    for text in [
        "heartbeat_timeout = 0.2 (line 2) REFUSED:",
        "heart_beat = 3 (line 3) UNKNOWN:",
        "VM_NAME = orbit (line 4) UNKNOWN:",
        "snapshot_name = clean (line 5) not used: the old controller takes what line 6 says",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
}

#[test]
fn environment_unit_and_script() {
    let home = Home::new();
    home.write(".config/openbox/autostart", fs::read(fixture("autostart")).unwrap());
    home.write("config.yaml", "vm_name: your-vm-name\n");
    home.write(".env", "VMCTL_HEARTBEAT_TIMEOUT=30\nVMCTL_LOG_LEVEL=DEBUG\n");
    home.systemctl(
        "[ \"$1\" != --user ] || exit 1\n\
         case $1 in\n\
         list-unit-files) echo 'exhibition-vm-controller.service enabled enabled' ;;\n\
         list-units) echo 'exhibition-vm-controller.service loaded active running old' ;;\n\
         cat) printf '[Service]\\nEnvironment=VMCTL_HEARTBEAT_TIMEOUT=20 VMCTL_VM_NAME=other\\n' ;;\n\
         show) printf 'ActiveState=active\\nUnitFileState=enabled\\n' ;;\n\
         esac",
    );
    let output = home.command(&["config.yaml"]).env("VMCTL_SNAPSHOT_NAME", "clean").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let found = settings(&output);
    let exhibit = &found.exhibits[0];
    assert_eq!(
        (exhibit.vm.as_str(), exhibit.snapshot.as_str(), exhibit.hide_pointer),
        ("your-vm-name", "clean", true)
    );
    assert_eq!(exhibit.heartbeat.unwrap().timeout.as_secs(), 20);
    let told = flat(&err(&output));
    for text in [
        "sudo systemctl disable --now exhibition-vm-controller.service",
        "back again: sudo systemctl enable --now exhibition-vm-controller.service",
        "vm_name = other (exhibition-vm-controller.service) not used: the old controller takes what line 1 says",
        "set VITRINE_LOG=debug",
        "autostart, line 8): put a `#` before that line",
        "virt-viewer --kiosk --full-screen --reconnect --wait your-vm-name",
    ] {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert!(home.path(".config/openbox/autostart").exists());

    // The same by files that are named, and no YAML at all.
    let unit = fixture("exhibition-vm-controller.service");
    let autostart = fixture("autostart");
    let home = Home::new();
    let output = home.import(&["--unit", unit.to_str().unwrap(), "--autostart", autostart.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(settings(&output).exhibits[0].vm, "eden-garden-vm");
    let told = flat(&err(&output));
    assert!(told.contains("the controller watched another VM than \"your-vm-name\""), "{told}");
    assert!(told.contains("disable --now exhibition-vm-controller.service"), "{told}");
}

#[test]
fn a_controller_for_each_artwork_becomes_an_exhibit_each() {
    let home = Home::new();
    for (file, vm, port) in [("one", "winxp-one", 8001), ("two", "winxp-two", 8002)] {
        home.write(
            &format!("configs/{file}.yaml"),
            format!("vm_name: {vm}\nheartbeat_timeout: 10.0\napi_host: \"192.168.122.1\"\napi_port: {port}\nplugins:\n  - a\n"),
        );
    }
    home.write("configs/hooks/polls/button.sh", "#!/bin/sh\n");
    home.write("configs/hooks/polls/button.example.sh", "#!/bin/sh\n");
    home.write("configs/hooks/signals/ui-state.sh", "#!/bin/sh\n");
    home.write("configs/plugins/lamp.py", "");
    let output = home.import(&["configs/one.yaml", "configs/two.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let found = settings(&output);
    assert_eq!(found.exhibits.len(), 2);
    assert_eq!(found.api.listen.len(), 2);
    let told = flat(&err(&output));
    for text in
        ["hooks/poll/button", "hooks/signal/ui-state", "plugins/lamp.py", "screens` for winxp-one, winxp-two"]
    {
        assert!(told.contains(text), "{text}: {told}");
    }
    assert!(!told.contains("button.example"), "{told}");
    // The same VM twice is none of Vitrine's: it is told, and nothing is printed.
    home.write("configs/two.yaml", "vm_name: winxp-one\n");
    let output = home.import(&["configs/one.yaml", "configs/two.yaml"]);
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(2), ""));
    assert!(err(&output).contains("winxp-one"), "{}", err(&output));
}

#[test]
fn it_speaks_german() {
    let home = Home::new();
    home.write("config.yaml", fs::read(fixture("config.yaml")).unwrap());
    let output = home.command(&["config.yaml"]).env("LANG", "de_DE.UTF-8").output().unwrap();
    settings(&output);
    let told = flat(&err(&output));
    assert!(
        told.contains("übernommen: als `heartbeat.timeout") && told.contains("Was Ihnen bleibt:"),
        "{told}"
    );
}
