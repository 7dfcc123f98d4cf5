//! `deploy/install` and `deploy/packages`, on this computer's files with a layer of the test's own over them, so that
//! nothing of it is changed. What would reach further than files (systemd, libvirt, GRUB, apt) is played by scripts.
//!
//! Needs root; a user's run leaves these tests out.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The folders that the installer writes to, with a layer over each; they are gone with the process that waits.
const LAYERS: &str = r#"set -e
mount -t tmpfs tmpfs "$1/disk"
for name in etc home usr var; do
    mkdir "$1/disk/$name" "$1/disk/$name.work"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$1/disk/$name,workdir=$1/disk/$name.work" "/$name"
done
rm -rf /var/lib/vitrine /etc/vitrine /etc/default/vitrine-kiosk /var/lib/apt/lists /etc/lightdm \
    /etc/X11/default-display-manager /etc/systemd/system/display-manager.service /etc/polkit-1/rules.d/50-vitrine.rules
rm -f /usr/bin/cargo-1.[0-9]* /usr/sbin/sshd
# Users of this computer whose names the tests take.
for name in kiosk museum other visitor; do
    ! id "$name" || userdel --force "$name"
    case $2 in "/home/$name"/*) ;; *) rm -rf "/home/$name" ;; esac
done >/dev/null 2>&1
mkdir -p /var/lib/apt/lists
touch /var/lib/apt/lists/here_Packages
echo ready
exec cat
"#;

/// Programs of this computer that are played; `$PLAY` is the test's folder. A package is there unless it is named in
/// `missing`; what apt has to offer are the lines `NAME VERSION` of `offered`.
const PROGRAMS: &[(&str, &str)] = &[
    ("apt-get", "exit 1"),
    (
        "apt-cache",
        r#"case $1 in
pkgnames) grep -o "^$2[^ ]*" "$PLAY/offered" ;;
policy) echo "$2:"; echo "  Installed: (none)"
    echo "  Candidate: $(sed -n "s/^$2 //p" "$PLAY/offered" | grep . || echo '(none)')" ;;
esac"#,
    ),
    (
        "dpkg-query",
        r#"for last; do :; done
case $last in vitrine-kiosk) exit 1 ;; esac
if grep -qx -- "$last" "$PLAY/missing"; then exit 1; fi
echo installed"#,
    ),
    (
        "systemctl",
        r#"case " $* " in *" get-default "*) echo graphical.target ;; *" is-active "*) exit 3 ;; esac"#,
    ),
    ("loginctl", "exit 0"),
    ("virsh", "exit 1"),
    ("update-grub", "exit 0"),
    ("xinit", "exit 0"),
    ("needrestart", "exit 0"),
    ("pkaction", r#"cat "$PLAY/polkit""#),
    ("cargo", r#"cat "$PLAY/rust""#),
    ("rustc", r#"cat "$PLAY/rust""#),
    ("vitrine", "exit 0"),
];

/// What the steps `panic` and `watchdog` install.
const PANIC: &str = "/etc/sysctl.d/50-vitrine.conf";
const WATCHDOG: &str = "/etc/systemd/system.conf.d/50-vitrine.conf";

struct Computer {
    folder: TempDir,
    layers: Child,
}

impl Computer {
    /// None where the test may not mount anything.
    fn new() -> Option<Self> {
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            eprintln!("left out: this needs root");
            return None;
        }
        let folder = TempDir::new_in("/tmp").unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["bin", "disk", "home"] {
            fs::create_dir(path(name)).unwrap();
        }
        for (name, text) in PROGRAMS {
            let file = path("bin").join(name);
            fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for (name, text) in [
            ("offered", ""),
            ("missing", ""),
            ("polkit", "pkaction version 122\n"),
            ("rust", "cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n"),
        ] {
            fs::write(path(name), text).unwrap();
        }
        let mut layers = Command::new("unshare")
            // With processes of its own, since a user's programs are ended by the user's number.
            .args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"])
            .args(["sh", "-c", LAYERS, "sh"])
            .arg(folder.path())
            .arg(ROOT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(layers.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Some(Self { folder, layers })
    }

    fn play(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Runs a program there; its exit code and all that it says.
    fn run(&self, program: &Path, words: &[&str]) -> (i32, String) {
        let folder = self.folder.path().display();
        let output = Command::new("nsenter")
            .arg(format!("--mount=/proc/{}/ns/mnt", self.layers.id()))
            .arg(format!("--pid=/proc/{}/ns/pid_for_children", self.layers.id()))
            .args(["--", "env", "-i", &format!("PLAY={folder}"), &format!("HOME={folder}/home")])
            .arg(format!("PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
            .arg(program)
            .args(words)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// In place of a program, this script; what was there before.
    fn replace(&self, name: &str, script: &str) -> Option<String> {
        let file = self.folder.path().join("bin").join(name);
        let before = fs::read_to_string(&file).ok();
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        before
    }

    fn packages(&self, words: &[&str]) -> (i32, String) {
        self.run(&deploy("packages"), words)
    }

    fn install(&self, words: &[&str]) -> String {
        let (code, said) = self.run(&deploy("install"), words);
        assert_eq!(code, 0, "{words:?}\n{said}");
        said
    }

    /// With a program that was built elsewhere.
    fn install_by_hand(&self, words: &[&str]) -> String {
        let binary = self.folder.path().join("bin/vitrine");
        self.install(&[&["--binary", binary.to_str().unwrap()], words].concat())
    }

    /// What a file has; none where there is no such file.
    fn file(&self, path: &str) -> Option<String> {
        let (code, text) = self.run("cat".as_ref(), &[path]);
        (code == 0).then_some(text)
    }

    fn has(&self, path: &str) -> bool {
        self.run("test".as_ref(), &["-e", path]).0 == 0
    }

    fn write(&self, path: &str, text: &str) {
        assert_eq!(self.run("sh".as_ref(), &["-c", "printf %s \"$2\" >\"$1\"", "sh", path, text]).0, 0);
    }

    /// Does it in a shell there.
    fn sh(&self, script: &str) -> String {
        let (code, said) = self.run("sh".as_ref(), &["-euc", script]);
        assert_eq!(code, 0, "{script}\n{said}");
        said
    }

    fn has_user(&self, name: &str) -> bool {
        self.file("/etc/passwd").unwrap().lines().any(|line| line.starts_with(&format!("{name}:")))
    }

    /// Who is logged in by itself.
    fn logged_in(&self) -> String {
        let unit = self.file("/etc/systemd/system/vitrine-x.service").unwrap();
        unit.lines().find_map(|line| line.strip_prefix("User=")).unwrap().to_owned()
    }
}

impl Drop for Computer {
    fn drop(&mut self) {
        drop(self.layers.stdin.take());
        let _ = self.layers.wait();
    }
}

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn deploy(name: &str) -> PathBuf {
    Path::new(ROOT).join("deploy").join(name)
}

#[test]
fn the_newest_rust_of_its_own_name_is_taken() {
    let Some(computer) = Computer::new() else { return };
    assert_eq!(computer.packages(&["--list", "build"]), (0, "nothing is missing\n".to_owned()));
    // Ubuntu's plain Rust is an old one.
    computer.play("rust", "cargo 1.75.0\n");
    computer.play(
        "missing",
        "cargo-1.91\nrustc-1.91\ncargo-1.100\nrustc-1.100\ncargo-1.91-doc\nrustc-1.91-doc\n",
    );
    let offered = "cargo-1.9 1.9.0\nrustc-1.9 1.9.0\ncargo-1.91 1.91.1+dfsg-0ubuntu1\nrustc-1.91 1.91.1+dfsg-0ubuntu1\n\
                   cargo-1.91-doc 1.91.1+dfsg-0ubuntu1\ncargo-1.99 (none)\n";
    computer.play("offered", offered);
    assert_eq!(computer.packages(&["--list", "build"]), (0, "cargo-1.91 rustc-1.91\n".to_owned()));
    let newer = format!("{offered}cargo-1.100 1.100.0-1\nrustc-1.100 1.100.0-1\n");
    computer.play("offered", &newer);
    assert_eq!(computer.packages(&["--list", "build"]), (0, "cargo-1.100 rustc-1.100\n".to_owned()));
    // Debian's, also where an older one is installed.
    computer.play(
        "offered",
        &format!("{newer}rustc-web 1.96.0+dfsg1-1~deb12u2\ncargo-web 1.96.0+dfsg1-1~deb12u2\n"),
    );
    assert_eq!(computer.packages(&["--list", "build"]), (0, "rustc-web cargo-web\n".to_owned()));
}

#[test]
fn the_emulator_of_a_vm_that_is_configured_is_wanted() {
    let Some(computer) = Computer::new() else { return };
    let vms = [
        ("mac os 9", "ppc"),
        ("eden", "x86_64"),
        ("tablet", "aarch64"),
        ("loom", "m68k"),
        ("other", "sparc"),
    ];
    computer.sh("rm -rf /etc/libvirt/qemu; mkdir -p /etc/libvirt/qemu /etc/vitrine");
    for (vm, arch) in vms {
        computer.write(
            &format!("/etc/libvirt/qemu/{vm}.xml"),
            &format!("<domain type='qemu'>\n  <os>\n    <type arch='{arch}' machine='m'>hvm</type>\n  </os>\n</domain>\n"),
        );
    }
    let wanted = || computer.packages(&["--list", "run"]);
    let emulators =
        ["ppc", "arm", "misc", "sparc", "s390x"].map(|name| format!("qemu-system-{name}\n")).concat();
    computer.play("missing", &emulators);
    computer.play("offered", &emulators.replace('\n', " 1:10.0.2\n"));
    assert_eq!(wanted(), (0, "nothing is missing\n".to_owned()), "no VM is configured");
    let exhibit = |vm: &str| format!("[[exhibit]]\nname = \"a\"\n  vm = \"{vm}\" # its VM\n");
    for (vm, expected) in [
        ("eden", "nothing is missing"),
        ("mac os 9", "qemu-system-ppc"),
        ("tablet", "qemu-system-arm"),
        ("loom", "qemu-system-misc"),
        ("not-defined", "nothing is missing"),
    ] {
        computer.write("/etc/vitrine/vitrine.toml", &exhibit(vm));
        assert_eq!(wanted(), (0, format!("{expected}\n")), "{vm}");
    }
    let both = [exhibit("mac os 9"), exhibit("eden"), exhibit("loom"), exhibit("mac os 9")].concat();
    computer.write("/etc/vitrine/vitrine.toml", &both);
    assert_eq!(wanted(), (0, "qemu-system-ppc qemu-system-misc\n".to_owned()));
    // A release that has it within another package.
    computer.play("offered", "qemu-system-misc 1:7.2\n");
    computer.write("/etc/vitrine/vitrine.toml", &exhibit("tablet"));
    assert_eq!(wanted(), (0, "qemu-system-misc\n".to_owned()));
}

#[test]
fn where_every_rust_is_too_old_it_is_said_what_will_do() {
    let Some(computer) = Computer::new() else { return };
    computer.play("rust", "cargo 1.75.0\n");
    for offered in [
        "",
        "cargo-1.89 1.89.0-1\nrustc-1.89 1.89.0-1\n",
        "rustc-web 1.85.0+dfsg3-1~deb12u1\ncargo-web 1.85.0+dfsg3-1~deb12u1\n",
    ] {
        computer.play("offered", offered);
        let (code, said) = computer.packages(&["--list", "build"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("--binary FILE") && said.contains("rustup"), "{said}");
        let (code, said) = computer.run(&deploy("install"), &["--dry-run"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("--binary FILE"), "{said}");
    }
}

#[test]
fn what_was_chosen_is_remembered() {
    let Some(computer) = Computer::new() else { return };
    let notes = "/var/lib/vitrine/install";
    computer.install_by_hand(&["--user", "museum", "--without", "panic", "--without", "watchdog"]);
    let again = computer.install_by_hand(&[]);
    assert!(again.contains("nothing was changed"), "{again}");
    assert!(again.contains("--user museum --without panic --without watchdog"), "{again}");
    assert!(computer.has_user("museum") && !computer.has_user("kiosk"));
    assert_eq!(computer.logged_in(), "museum");
    assert!(!computer.has(PANIC) && !computer.has(WATCHDOG));

    // A dry run goes by it, and by what is said now, and remembers nothing.
    let noted = computer.file(notes);
    let dry = computer.install_by_hand(&["--dry-run", "--with", "panic", "--without", "polkit"]);
    assert!(dry.contains("--user museum --without watchdog --without polkit"), "{dry}");
    assert!(dry.contains(&format!("would: {PANIC}")) && dry.contains("these would be 1 changes"), "{dry}");
    assert_eq!(computer.file(notes), noted);

    let said = computer.install_by_hand(&["--with", "panic"]);
    assert!(computer.has(PANIC) && !computer.has(WATCHDOG), "{said}");
    computer.install_by_hand(&["--user", "other"]);
    computer.install_by_hand(&[]);
    assert_eq!(computer.logged_in(), "other");
    assert!(!computer.has_user("kiosk") && !computer.has(WATCHDOG));
    // As everybody has it.
    computer.install_by_hand(&["--user", "kiosk", "--with", "watchdog"]);
    assert!(computer.has(WATCHDOG));
    let text = computer.file(notes).unwrap();
    assert!(!text.contains("option"), "{text}");

    // Undone, it is forgotten, though something may be kept.
    computer.install_by_hand(&["--without", "panic"]);
    computer.write("/etc/vitrine/vitrine.toml", "# mine\n");
    computer.install(&["--uninstall", "--dry-run"]);
    assert!(computer.file(notes).unwrap().contains("option --without panic"));
    let said = computer.install(&["--uninstall"]);
    assert!(!said.contains("option"), "{said}");
    assert!(!computer.file(notes).unwrap().contains("option"));
    computer.install(&["--uninstall", "--purge"]);
    assert!(!computer.has("/var/lib/vitrine"));
}

#[test]
fn with_the_package_its_file_says_what_is_chosen() {
    let Some(computer) = Computer::new() else { return };
    let defaults = "/etc/default/vitrine-kiosk";
    // A kiosk that deploy/install hands over.
    computer.install_by_hand(&["--user", "museum", "--without", "panic"]);
    let dry = computer.install(&["--packaged", "--dry-run"]);
    assert!(dry.contains(&format!("would: {defaults}")), "{dry}");
    assert!(!computer.has(defaults));
    computer.install(&["--packaged"]);
    let text = computer.file(defaults).unwrap();
    assert!(text.ends_with("\nOPTIONS=\"--user museum --without panic\"\n"), "{text}");
    let again = computer.install(&["--packaged"]);
    assert!(again.contains("nothing was changed"), "{again}");
    assert_eq!(computer.logged_in(), "museum");
    assert!(!computer.has_user("kiosk") && !computer.has(PANIC));

    // It is what counts from then on, whoever runs the installer.
    computer.write(defaults, "dry_run=yes\nOPTIONS='--user museum --without watchdog'\n");
    computer.install(&["--packaged"]);
    assert!(computer.has(PANIC) && computer.has(WATCHDOG));
    assert_eq!(computer.logged_in(), "museum");
    let (code, said) = computer.run(&deploy("install"), &["--packaged", "--without", "panic"]);
    assert_eq!(code, 2);
    assert!(said.contains(&format!("{defaults} says that: OPTIONS=\"--without panic\"")), "{said}");
    computer.write(defaults, "OPTIONS='--without nothing'\n");
    let (code, said) = computer.run(&deploy("install"), &["--packaged"]);
    assert_eq!(code, 2);
    assert!(said.contains(&format!("{defaults}: --without takes one of")), "{said}");
    // What is wrong in it does not keep the package.
    computer.install(&["--packaged", "--uninstall"]);
    assert!(!computer.has(PANIC) && !computer.has_user("museum"));
}

#[test]
fn a_user_with_sudo_who_may_not_look_into_polkits_folder_changes_nothing_by_a_second_run() {
    let Some(computer) = Computer::new() else { return };
    let rules = "/etc/polkit-1/rules.d";
    // A sudo that asks for nothing.
    let make = format!(
        "set -e; cp /usr/bin/setpriv /usr/bin/as-root; chmod 4755 /usr/bin/as-root
         printf '#!/bin/sh\nexec /usr/bin/as-root --reuid 0 --regid 0 --clear-groups \"$@\"\n' >/usr/bin/sudo
         chmod 755 /usr/bin/sudo; useradd --create-home visitor; mkdir -p {rules}; chmod 700 {rules}
         chmod a+rx \"$PLAY\" \"$PLAY/bin\"; chmod 777 \"$PLAY/home\"
         mkdir \"$PLAY/checkout\"; cd \"$1\"; cp -R deploy docs openbox session \"$PLAY/checkout\"
         chmod -R a+rX \"$PLAY/checkout\""
    );
    // The checkout that is tested may lie where nobody else may look, as in a home of mode 0700.
    let (code, said) = computer.run("sh".as_ref(), &["-c", &make, "sh", ROOT]);
    assert_eq!(code, 0, "{said}");
    let install = computer.folder.path().join("checkout/deploy/install");
    let binary = computer.folder.path().join("bin/vitrine");
    let as_visitor = |words: &[&str]| {
        let mut all = vec!["--reuid", "visitor", "--regid", "visitor", "--init-groups"];
        all.extend(["sh", install.to_str().unwrap(), "--binary", binary.to_str().unwrap()]);
        all.extend(words);
        let (code, said) = computer.run("setpriv".as_ref(), &all);
        assert_eq!(code, 0, "{words:?}\n{said}");
        said
    };
    let rule = format!("{rules}/50-vitrine.rules");
    as_visitor(&[]);
    assert!(computer.has(&rule));
    let again = as_visitor(&[]);
    assert!(again.contains("nothing was changed") && !again.contains("removed"), "{again}");
}

#[test]
fn a_rule_that_polkit_does_not_read_is_not_installed() {
    let Some(computer) = Computer::new() else { return };
    let rule = "/etc/polkit-1/rules.d/50-vitrine.rules";
    for version in ["0.105", "0.99"] {
        computer.play("polkit", &format!("pkaction version {version}\n"));
        let said = computer.install_by_hand(&[]);
        assert!(!computer.has(rule) && !said.contains(rule), "{said}");
        assert!(said.contains(&format!("polkit {version} does not read it")), "{said}");
        assert!(said.contains("\"restart = true\"") && said.contains("\"restart_libvirt\""), "{said}");
    }
    let said = computer.install_by_hand(&["--without", "polkit"]);
    assert!(!said.contains("polkit 0"), "{said}");
    for version in ["0.106", "0.120", "122"] {
        computer.play("polkit", &format!("pkaction version {version}\n"));
        let said = computer.install_by_hand(&["--dry-run", "--with", "polkit"]);
        assert!(said.contains(&format!("would: {rule}")), "{said}");
    }
    computer.install_by_hand(&["--with", "polkit"]);
    assert!(computer.file(rule).unwrap().contains("subject.user !== \"kiosk\""));
}

#[test]
fn a_watchdog_that_is_not_there_is_told() {
    let Some(computer) = Computer::new() else { return };
    let tells = |said: &str| said.contains("no watchdog device is there");
    let missing = !Path::new("/dev/watchdog0").exists();
    let dry = computer.install_by_hand(&["--dry-run"]);
    assert!(tells(&dry) == missing && dry.contains(&format!("would: {WATCHDOG}")), "{dry}");
    let said = computer.install_by_hand(&[]);
    assert_eq!(tells(&said), missing, "{said}");
    assert!(computer.has(WATCHDOG));
    let said = computer.install_by_hand(&["--without", "watchdog"]);
    assert!(!tells(&said), "{said}");
}

/// Which of these units needrestart would restart by itself, by the rules that the installer brings and no others.
const WOULD_RESTART: &str = r#"our %nrconf = (override_rc => {});
my $rules = shift;
defined(do $rules) or die $@ || $!;
UNIT: for my $unit (@ARGV) {
    for my $rule (keys %{$nrconf{override_rc}}) { next UNIT if $unit =~ /$rule/ && !$nrconf{override_rc}{$rule} }
    print "$unit\n";
}"#;

#[test]
fn updates_do_not_restart_the_session() {
    let Some(computer) = Computer::new() else { return };
    let rules = "/etc/needrestart/conf.d/50-vitrine.conf";
    computer.install_by_hand(&["--without", "updates"]);
    assert!(!computer.has(rules));
    computer.install_by_hand(&["--with", "updates"]);
    let mut words = vec!["-e", WOULD_RESTART, rules];
    words.extend(["vitrine-x.service", "vitrine-images.service", "virtqemud.service", "virtlogd.service"]);
    words.extend(["virtlockd-admin.socket", "libvirtd.service", "libvirt-guests.service"]);
    words.extend(["ssh.service", "virtualbox.service", "cron.service"]);
    let (code, said) = computer.run("perl".as_ref(), &words);
    assert_eq!((code, said.as_str()), (0, "ssh.service\nvirtualbox.service\ncron.service\n"));
    computer.install(&["--uninstall"]);
    assert!(!computer.has(rules));

    let program = computer.folder.path().join("bin/needrestart");
    fs::remove_file(program).unwrap();
    if computer.run("sh".as_ref(), &["-c", "command -v needrestart"]).0 != 0 {
        let said = computer.install_by_hand(&[]);
        assert!(!computer.has(rules) && !said.contains("needrestart"), "{said}");
    }
}

#[test]
fn who_would_be_locked_out_is_told() {
    let Some(computer) = Computer::new() else { return };
    let tells = |said: &str| said.contains("No ssh server is here");
    assert!(!tells(&computer.install_by_hand(&["--without", "xorg"])));
    assert!(tells(&computer.install_by_hand(&["--with", "xorg"])));
    assert!(tells(&computer.install_by_hand(&[])), "as long as it is so");
    computer.write("/usr/sbin/sshd", "#!/bin/sh\n");
    assert_eq!(computer.run("chmod".as_ref(), &["755", "/usr/sbin/sshd"]).0, 0);
    assert!(!tells(&computer.install_by_hand(&[])));
}

/// A program of the kiosk's user that runs on in there, and is ended by nothing but `SIGKILL`.
const STUBBORN: &str = "setpriv --reuid kiosk --regid kiosk --clear-groups \
    sh -c 'trap : TERM HUP; while :; do sleep 1000 & wait $!; done' >/dev/null 2>&1 </dev/null &
    until pgrep -U kiosk sleep >/dev/null; do :; done";

/// A systemd that has none of the units yet.
const SYSTEMCTL: &str = r#"case " $* " in *" get-default "*) echo graphical.target ;; *" is-enabled "* | *" is-active "*) exit 3 ;; esac"#;

#[test]
fn what_logs_the_user_in_ends_before_its_programs_and_those_before_all_else() {
    let Some(computer) = Computer::new() else { return };
    computer.replace("systemctl", SYSTEMCTL);
    computer.install_by_hand(&[]);
    computer.sh(STUBBORN);
    let said = computer.install(&["--uninstall"]);
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(at("vitrine-x.service stopped") < at("the programs of the user kiosk ended"), "{said}");
    assert!(at("the programs of the user kiosk ended") < at("kiosk leaves the group"), "{said}");
    assert!(!computer.has_user("kiosk") && !computer.has("/etc/systemd/system/vitrine-x.service"), "{said}");
    assert_eq!(computer.sh("ps -eo stat=,args= | grep '^[^Z].*sleep 1000$' || true"), "");
    assert!(
        computer.has("/home/kiosk") && said.contains("/home/kiosk, and the journal in it; kept"),
        "{said}"
    );

    // lightdm would log in again as well.
    computer.sh("mkdir -p /etc/lightdm/lightdm.conf.d; printf lightdm >/etc/X11/default-display-manager");
    computer.install_by_hand(&[]);
    let said = computer.install(&["--uninstall"]);
    let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}: {said}"));
    assert!(at("50-vitrine.conf removed") < at("the programs of the user kiosk ended"), "{said}");
}

#[test]
fn a_step_that_cannot_be_undone_keeps_no_other_from_it() {
    let Some(computer) = Computer::new() else { return };
    let notes = "/var/lib/vitrine/install";
    computer.replace("systemctl", SYSTEMCTL);
    // What is called fails, and is well again; what it was to do is then done.
    let rounds: [&[(&str, &str, &str)]; 3] = [
        &[("userdel", "echo 'no userdel' >&2; exit 1", "the user kiosk removed: no userdel")],
        &[("pkill", "exit 1", "the programs of the user kiosk ended: still at work: s")],
        &[
            ("gpasswd", "exit 1", "kiosk leaves the group video: "),
            (
                "systemctl",
                r#"case " $* " in *" get-default "*) echo graphical.target ;; *" is-enabled "*) exit 1 ;; esac"#,
                "vitrine-x.service stopped, and no longer started: it could not be stopped",
            ),
            ("rmdir", "echo 'no rmdir' >&2; exit 1", "/etc/vitrine removed: no rmdir"),
            (
                "rm",
                r#"case $* in *sysctl.d*) echo 'no rm' >&2; exit 1 ;; esac; exec /bin/rm "$@""#,
                "/etc/sysctl.d/50-vitrine.conf removed: no rm",
            ),
        ],
    ];
    for failing in rounds {
        computer.install_by_hand(&[]);
        let all = computer.file(notes).unwrap();
        let before: Vec<_> = failing.iter().map(|(name, script, _)| computer.replace(name, script)).collect();
        if failing[0].0 == "pkill" {
            computer.sh(STUBBORN);
        }
        let (code, said) = computer.run(&deploy("install"), &["--uninstall"]);
        assert_eq!(code, 1, "{said}");
        let summary = said.split("but this is not:").nth(1).unwrap_or_default();
        for (_, _, told) in failing {
            assert!(summary.contains(told) && said.contains(&format!("FAILED: {told}")), "{told}: {said}");
        }
        // All else is undone: what is left in the notes is what failed, what that needs, and what was kept.
        let left = computer.file(notes).unwrap();
        assert!(left.lines().count() * 2 < all.lines().count(), "{left}\n{said}");
        for ((name, ..), before) in failing.iter().zip(before) {
            let program = computer.folder.path().join("bin").join(name);
            before.map_or_else(|| fs::remove_file(&program), |text| fs::write(&program, text)).unwrap();
        }
        let said = computer.install(&["--uninstall", "--purge"]);
        assert!(said.contains("Vitrine is gone") && !computer.has_user("kiosk"), "{said}");
        assert!(!computer.has("/var/lib/vitrine") && !computer.has("/home/kiosk"), "{said}");
    }
}

#[test]
fn no_image_of_a_vm_is_removed() {
    let Some(computer) = Computer::new() else { return };
    let cases = [
        // By its name, by its first bytes, by its size, as libvirt names it, and what only libvirt's session knows.
        ("by name", "mkdir -p /home/kiosk/vms; : >'/home/kiosk/vms/a b.qcow2'", "/home/kiosk/vms/a b.qcow2"),
        ("by bytes", "{ printf 'QFI\\373'; head -c 70000 /dev/zero; } >/home/kiosk/disk", "/home/kiosk/disk"),
        ("by size", "truncate -s 300M /home/kiosk/large", "/home/kiosk/large"),
        (
            "by libvirt",
            "mkdir -p /etc/libvirt/qemu; : >'/home/kiosk/a & b'
             echo \"<source file='/home/kiosk/a &amp; b'/>\" >/etc/libvirt/qemu/eden.xml",
            "/home/kiosk/a & b",
        ),
        (
            "by pool",
            "mkdir -p /etc/libvirt/storage /home/kiosk/pool; echo '<path>/home/kiosk/pool</path>' >/etc/libvirt/storage/p.xml",
            "/home/kiosk/pool",
        ),
        (
            "by session",
            "mkdir -p /home/kiosk/.config/libvirt/qemu; : >/home/kiosk/.config/libvirt/qemu/eden.xml",
            "/home/kiosk/.config/libvirt/qemu/eden.xml",
        ),
    ];
    let all = |said: &str| {
        for (name, _, image) in cases {
            assert!(computer.has(image) && said.contains(image), "{name}: {said}");
        }
    };
    computer.install_by_hand(&[]);
    computer.sh(&cases.map(|(_, make, _)| make).join("\n"));
    let dry = computer.install(&["--uninstall", "--purge", "--dry-run"]);
    assert!(!dry.contains("would: /home/kiosk removed"), "{dry}");
    all(&dry);
    // At once, and again; and after it was kept in a kiosk without them.
    for _ in 0..2 {
        let said = computer.install(&["--uninstall", "--purge"]);
        assert!(!computer.has_user("kiosk") && said.contains("rm -r '/home/kiosk'"), "{said}");
        all(&said);
    }
    computer.install_by_hand(&[]);
    computer.install(&["--uninstall"]);
    all(&computer.install(&["--uninstall", "--purge"]));
    computer.sh("rm -rf /home/kiosk /etc/libvirt/qemu/eden.xml /etc/libvirt/storage/p.xml");
    computer.install(&["--uninstall", "--purge"]);
    assert!(!computer.has("/var/lib/vitrine"));
}

#[test]
fn what_is_not_vitrines_in_its_folders_stays() {
    let Some(computer) = Computer::new() else { return };
    let copy = "/var/lib/vitrine/images/eden.qcow2-1.before";
    computer.install_by_hand(&[]);
    computer.sh("mkdir -p /var/lib/vitrine/images /var/lib/vitrine/vms; : >/var/lib/vitrine/vms/a; : >/etc/vitrine/poster.png");
    computer.write(copy, "");
    computer.write("/var/lib/vitrine/running", "");
    let said = computer.install(&["--uninstall"]);
    assert!(computer.has(copy) && said.contains("/var/lib/vitrine/images"), "{said}");
    computer.install(&["--uninstall", "--purge"]);
    assert!(!computer.has(copy) && !computer.has("/var/lib/vitrine/running"));
    assert!(computer.has("/var/lib/vitrine/vms/a") && computer.has("/etc/vitrine/poster.png"));
}

#[test]
fn what_is_kept_for_a_purge_works_without_anything_else_of_the_package() {
    let Some(computer) = Computer::new() else { return };
    let package = "/usr/share/vitrine";
    let (code, said) = computer.run(
        "sh".as_ref(),
        &[
            "-euc",
            "mkdir -p \"$2\"; cd \"$1\"; cp -R deploy docs openbox session \"$2\"",
            "sh",
            ROOT,
            package,
        ],
    );
    assert_eq!(code, 0, "{said}");
    let script = |name: &str, word: &str| {
        let (code, said) = computer.run("sh".as_ref(), &[deploy(name).to_str().unwrap(), word]);
        assert_eq!(code, 0, "{name} {word}\n{said}");
        said
    };
    script("debian/postinst", "configure");
    computer.write("/etc/vitrine/vitrine.toml", "# mine\n");
    script("debian/prerm", "remove");
    assert!(!computer.has_user("kiosk") && computer.has("/etc/vitrine/vitrine.toml"));
    computer.sh(&format!("rm -r {package}"));
    let said = script("debian/postrm", "purge");
    assert!(said.contains("Vitrine is gone"), "{said}");
    assert!(
        !computer.has("/var/lib/vitrine") && !computer.has("/etc/vitrine") && !computer.has("/home/kiosk")
    );
}

/// The words of a list in the installer.
fn listed(name: &str) -> Vec<String> {
    let text = fs::read_to_string(deploy("install")).unwrap();
    let line =
        text.lines().find_map(|line| line.strip_prefix(&format!("{name}='"))?.strip_suffix('\'')).unwrap();
    let mut words: Vec<_> = line.split(' ').map(str::to_owned).collect();
    words.sort();
    words
}

#[test]
fn every_step_is_taken_and_whoever_may_leave_it_out_is_told_of_it() {
    let mut files: Vec<_> = fs::read_dir(deploy("steps"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(listed("order"), files);
    files.retain(|name| {
        let text = fs::read_to_string(deploy("steps").join(name)).unwrap();
        text.contains(&format!("\n{}_about() {{", name.replace('-', "_")))
    });
    assert_eq!(listed("steps"), files);
}
