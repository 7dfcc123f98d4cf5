//! How `--fix` asks, and what it says where it may not, or gets no further.

use std::process::Command;

use super::computer::Computer;

/// What it writes, to both of its outputs.
fn said(command: &mut Command) -> String {
    let output = command.output().expect("vitrine");
    [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
}

/// `vitrine doctor --fix`, by the kiosk's user.
fn by_kiosk(words: &[&str]) -> Command {
    let mut command = Computer::command("setpriv");
    command.args(["--reuid", "kiosk", "--regid", "kiosk", "--init-groups", "vitrine", "doctor", "--fix"]);
    command.args(words).env("HOME", "/home/kiosk");
    command
}

/// The same at a terminal, where these lines are typed.
fn at_a_terminal(lines: &str) -> Command {
    let mut command = Computer::command("sh");
    let kiosk = "setpriv --reuid kiosk --regid kiosk --init-groups vitrine doctor --fix";
    command.args(["-euc", &format!("printf '{lines}' | script -qec '{kiosk}' /dev/null")]);
    command.env("HOME", "/home/kiosk");
    command
}

/// A `sudo` of the test's own, which notes what it is asked for.
fn sudo(computer: &Computer, then: &str) {
    computer.shell(&format!(
        "printf '#!/bin/sh\\necho \"$*\" >>/run/asked\\n{then}\\n' >/usr/local/bin/sudo\n\
         chmod 755 /usr/local/bin/sudo; : >/run/asked; chmod 666 /run/asked"
    ));
}

/// Two things that only root may mend.
const SPOIL: &str = "chmod 666 /etc/vitrine/vitrine.toml; chmod 600 /etc/vitrine/openbox/rc.xml";
const HEAL: &str = "chmod 644 /etc/vitrine/vitrine.toml /etc/vitrine/openbox/rc.xml";
const IS_SPOILT: &str =
    "test \"$(stat -c %a /etc/vitrine/vitrine.toml /etc/vitrine/openbox/rc.xml | xargs)\" = '666 600'";

pub(super) fn who_does_not_wish_it_or_may_not_is_told(computer: &Computer) {
    let kept = "mv /usr/local/bin/sudo /run/sudo";
    computer.shell(&format!("{SPOIL}; {kept}"));

    let nobody = said(&mut by_kiosk(&[]));
    assert_eq!(nobody.matches("nobody is there to be asked").count(), 1, "{nobody}");
    assert!(nobody.contains("sudo chmod o-w /etc/vitrine/vitrine.toml"), "{nobody}");

    let no = said(&mut at_a_terminal("n\\n\\n"));
    assert!(no.matches("Do it? [y/N]").count() >= 2 && !no.contains("this takes it back"), "{no}");

    let without_sudo = said(&mut by_kiosk(&["--yes"]));
    let words = "this was not done: sudo chmod o-w /etc/vitrine/vitrine.toml: only root may do it, and there is no \
                 sudo here";
    assert!(without_sudo.contains(words), "{without_sudo}");

    sudo(computer, "exit 1");
    let refused = said(&mut by_kiosk(&["--yes"]));
    let words = "this was not done: sudo chmod o-w /etc/vitrine/vitrine.toml: ";
    assert!(refused.contains(words) && !refused.contains("this takes it back"), "{refused}");
    let asked = computer.shell("cat /run/asked");
    assert!(asked.contains("-n chmod o-w /etc/vitrine/vitrine.toml\n"), "sudo waits for nobody: {asked}");

    sudo(computer, "exit 0");
    let yes = said(&mut at_a_terminal("n\\ny\\n"));
    assert!(yes.contains("this takes it back"), "{yes}");
    let asked = computer.shell("cat /run/asked");
    assert_eq!(asked.lines().count(), 1, "only what was wished: {asked}");
    assert!(!asked.contains("-n"), "sudo may ask for a password: {asked}");

    computer.shell(&format!("{IS_SPOILT}; {HEAL}; mv /run/sudo /usr/local/bin/sudo"));
}

pub(super) fn what_was_done_by_half_is_told_and_taken_back(computer: &Computer) {
    computer.shell("virsh pool-destroy pool; virsh pool-autostart pool --disable");
    // The second command of two fails.
    computer.shell(
        "mkdir -p /run/fake; printf '#!/bin/sh\\ncase \"$*\" in *pool-autostart*) exit 1 ;; esac\\n\
         exec /usr/bin/virsh \"$@\"\\n' >/run/fake/virsh; chmod 755 /run/fake/virsh",
    );
    let mut command = Computer::vitrine(&["doctor", "--fix", "--yes"]);
    let said = said(command.env("PATH", "/run/fake:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    assert!(said.contains("this was not done: sudo virsh -c qemu:///system pool-autostart pool: "), "{said}");
    let (_, after) = said.split_once("only a part of it was done; this takes it back:\n").expect(&said);
    computer.shell("virsh pool-info pool | grep -q 'State: *running'");
    let undo: Vec<_> = after.lines().map_while(|line| line.strip_prefix("    ")).collect();
    assert!(!undo.is_empty(), "{said}");
    for line in &undo {
        computer.shell(line);
    }
    computer.shell("virsh pool-info pool | grep -q 'State: *inactive'");
    // It was looked at again: what is still wrong then is told.
    assert!(after.contains("the storage pool 'pool' is off after the next start of the computer"), "{said}");
    computer.shell("virsh pool-start pool; virsh pool-autostart pool");
}
