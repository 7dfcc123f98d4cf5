//! What `--fix` claims to fix: each fault is planted, named, fixed, well then, and back once the fix was taken back as the
//! doctor says.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::Value;

use super::asking;
use super::common::eye::PATIENCE;
use super::computer::{self, Computer};

/// A fault: its name, the check that names it, the exhibit that it is about, how it is planted, and how it is healed.
type Fault = (&'static str, &'static str, Option<&'static str>, &'static str, &'static str);

/// The network card of a VM on this computer's side.
const TAP: &str = "tap=$(virsh -q domiflist garden | awk '{print $1}');";
const GARDEN: Option<&str> = Some("garden");
const ORBIT: Option<&str> = Some("orbit");

/// In each round are faults that do not touch each other, and that may be planted together.
#[rustfmt::skip]
const ROUNDS: &[&[Fault]] = &[
    &[
        ("the journal's folder cannot be written", "permissions.state", None, "chmod 500 /home/kiosk/.local/state/vitrine", "chmod 700 /home/kiosk/.local/state/vitrine"),
        ("the session's folder cannot be written", "permissions.runtime", None, "chmod 500 /run/user/$(id -u kiosk)", "chmod 700 /run/user/$(id -u kiosk)"),
        ("everybody may write to the home", "permissions.home", None, "chmod 757 /home/kiosk", "chmod 700 /home/kiosk"),
        ("Openbox' rules cannot be read", "permissions.openbox", None, "chmod 600 /etc/vitrine/openbox/rc.xml", "chmod 644 /etc/vitrine/openbox/rc.xml"),
        ("the user is not in libvirt's group", "permissions.libvirt-group", None, "gpasswd -d kiosk libvirt", "usermod -a -G libvirt kiosk"),
        ("nor in others", "permissions.groups", None, "gpasswd -d kiosk video; gpasswd -d kiosk audio", "usermod -a -G video,audio kiosk"),
        ("everybody may write the configuration", "api.configuration-rights", None, "chmod 666 /etc/vitrine/vitrine.toml", "chmod 644 /etc/vitrine/vitrine.toml"),
        ("libvirt starts the VM", "libvirt.vm-autostart", GARDEN, "virsh autostart garden", "virsh autostart --disable garden"),
        ("a network is off", "network.active", ORBIT, "virsh net-destroy second", "virsh net-start second"),
        ("a network is off after the next start", "network.autostart", None, "virsh net-autostart --disable default", "virsh net-autostart default"),
        ("the VM is plugged in nowhere", "network.tap", GARDEN, "ip link set $tap nomaster", "ip link set $tap master virbr0"),
        ("the cable of a VM that is off", "network.cable", ORBIT, "virsh domif-setlink orbit 52:54:00:aa:00:02 down --config", "virsh domif-setlink orbit 52:54:00:aa:00:02 up --config"),
        ("nothing is passed on", "network.forwarding", None, "sysctl -w net.ipv4.ip_forward=0", "sysctl -w net.ipv4.ip_forward=1"),
        ("nftables stops heartbeats", "network.firewall", GARDEN, "nft add table inet museum; nft 'add chain inet museum heartbeats { type filter hook input priority 5; }'; nft add rule inet museum heartbeats iifname virbr0 tcp dport 8000 drop", "nft delete chain inet museum heartbeats"),
        ("nftables stops what asks for addresses", "network.firewall-dhcp", None, "nft add table inet museum; nft 'add chain inet museum dhcp { type filter hook input priority 6; }'; nft add rule inet museum dhcp iifname virbr0 udp dport 67 drop", "nft delete chain inet museum dhcp"),
        ("nftables stops what asks for names", "network.firewall-names", None, "nft add table inet museum; nft 'add chain inet museum names { type filter hook input priority 7; }'; nft add rule inet museum names iifname virbr0 udp dport 53 drop", "nft delete chain inet museum names"),
        ("iptables lets nobody out", "network.firewall-outside", None, "iptables-nft -I FORWARD -i virbr0 -j REJECT", "iptables-nft -D FORWARD -i virbr0 -j REJECT"),
        ("QEMU does not get to an image", "image.path", ORBIT, "chmod 700 /home/artist/orbit", "chmod 755 /home/artist/orbit"),
        ("a storage pool is off", "image.pool", ORBIT, "virsh pool-destroy pool", "virsh pool-start pool"),
        ("the screen saver comes", "display.blanking", None, "xset s 300", "xset s off"),
    ],
    &[
        ("others look into the journal's folder", "permissions.state", None, "chmod 755 /home/kiosk/.local/state/vitrine", "chmod 700 /home/kiosk/.local/state/vitrine"),
        ("the home cannot be written", "permissions.home", None, "chmod 500 /home/kiosk", "chmod 700 /home/kiosk"),
        ("Openbox' autostart cannot be run", "permissions.openbox", None, "chmod 644 /etc/vitrine/openbox/autostart", "chmod 755 /etc/vitrine/openbox/autostart"),
        ("the bridge is off", "network.bridge", ORBIT, "ip link set virbr1 down", "ip link set virbr1 up"),
        ("the bridge has no address", "network.bridge-address", GARDEN, "ip address delete 192.168.122.1/24 dev virbr0", "ip address add 192.168.122.1/24 brd + dev virbr0"),
        ("the VM's card is off", "network.tap", GARDEN, "ip link set $tap down", "ip link set $tap up"),
        ("the cable of a VM that runs", "network.cable", GARDEN, "virsh domif-setlink garden 52:54:00:aa:00:01 down", "virsh domif-setlink garden 52:54:00:aa:00:01 up"),
        ("iptables stops what asks for addresses", "network.firewall-dhcp", None, "for bridge in virbr0 virbr1; do iptables-nft -I INPUT -i $bridge -p udp --dport 67 -j DROP; done", "for bridge in virbr0 virbr1; do iptables-nft -D INPUT -i $bridge -p udp --dport 67 -j DROP; done"),
        ("iptables stops what asks for names", "network.firewall-names", None, "iptables-nft -I INPUT -i virbr1 -p udp --dport 53 -j DROP", "iptables-nft -D INPUT -i virbr1 -p udp --dport 53 -j DROP"),
        ("a pool is off after the next start", "image.pool", ORBIT, "virsh pool-autostart pool --disable", "virsh pool-autostart pool"),
    ],
    &[
        ("the VM is plugged into the wrong bridge", "network.tap", GARDEN, "ip link set $tap master virbr1", "ip link set $tap master virbr0"),
        ("a pool is off now and then", "image.pool", ORBIT, "virsh pool-destroy pool; virsh pool-autostart pool --disable", "virsh pool-start pool; virsh pool-autostart pool"),
        ("the cable of a VM that runs, and from its next start on", "network.cable", GARDEN, "virsh domif-setlink garden 52:54:00:aa:00:01 down; virsh domif-setlink garden 52:54:00:aa:00:01 down --config", "virsh domif-setlink garden 52:54:00:aa:00:01 up; virsh domif-setlink garden 52:54:00:aa:00:01 up --config"),
        ("iptables stops heartbeats", "network.firewall", GARDEN, "iptables-nft -I INPUT -i virbr0 -p tcp --dport 8000 -j DROP", "iptables-nft -D INPUT -i virbr0 -p tcp --dport 8000 -j DROP"),
    ],
    &[
        ("the cable of a VM that runs, from its next start on", "network.cable", ORBIT, "virsh start orbit; virsh domif-setlink orbit 52:54:00:aa:00:02 down --config", "virsh destroy orbit; virsh domif-setlink orbit 52:54:00:aa:00:02 up --config"),
    ],
    // libvirt looks anew at what QEMU can do with KVM then, which takes a while.
    &[
        ("KVM is another group's", "permissions.kvm", None, "chgrp render /dev/kvm; virsh dumpxml --inactive orbit >/run/before.xml; sed s/type=.qemu./type=\\'kvm\\'/ /run/before.xml >/run/kvm.xml; virsh define /run/kvm.xml", "chgrp kvm /dev/kvm; gpasswd -d libvirt-qemu render || true; virsh define /run/before.xml"),
    ],
    &[
        ("KVM is nobody's", "permissions.kvm", None, "chmod 600 /dev/kvm; virsh dumpxml --inactive orbit >/run/before.xml; sed s/type=.qemu./type=\\'kvm\\'/ /run/before.xml >/run/kvm.xml; virsh define /run/kvm.xml", "chmod 660 /dev/kvm; virsh define /run/before.xml"),
    ],
];

/// Those that take a computer with systemd, a log-in and a kernel of its own; `tests/kiosk` tries them in one.
const IN_A_KIOSK: &[&str] = &[
    "host.log-kept",
    "host.panic",
    "host.snaps",
    "host.time-sync",
    "kvm.modules",
    "libvirt.at-boot",
    "libvirt.log-daemon",
    "libvirt.modular-parts",
    "libvirt.reach",
    "session.default-target",
    "session.display-manager",
    "session.old-controller",
    "session.units",
];

pub(super) fn each_check_that_fixes_is_tried() {
    let planted: BTreeSet<_> = ROUNDS.iter().copied().flatten().map(|fault| fault.1).collect();
    let elsewhere: BTreeSet<_> = IN_A_KIOSK.iter().copied().collect();
    let fixing: BTreeSet<_> =
        vitrine::doctor::checks().filter(|check| check.fixes).map(|check| check.code).collect();
    let both: Vec<_> = planted.intersection(&elsewhere).collect();
    assert!(both.is_empty(), "in both lists: {both:?}");
    let tried: BTreeSet<_> = planted.union(&elsewhere).copied().collect();
    assert_eq!(tried, fixing, "what is tried, and what fixes");
}

/// A finding of `vitrine doctor --json`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    check: String,
    exhibit: Option<String>,
    verdict: String,
    evidence: String,
    undo: Vec<String>,
}

impl Found {
    fn is(&self, fault: &Fault) -> bool {
        self.check == fault.1 && self.exhibit.as_deref() == fault.2
    }
}

/// What the doctor finds, once libvirt answers: where KVM's device has changed, it asks QEMU anew what it can do, and
/// answers nobody meanwhile.
fn look() -> Vec<Found> {
    let begun = Instant::now();
    loop {
        let found = look_once();
        let waits = found.iter().any(|found| found.evidence.contains("has not answered within"));
        if !waits || begun.elapsed() > PATIENCE {
            return found;
        }
    }
}

fn look_once() -> Vec<Found> {
    let output = Computer::vitrine(&["doctor", "--json"]).output().expect("vitrine");
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let read = |finding: &Value| Found {
        check: text(&finding["check"]),
        exhibit: finding["exhibit"].as_str().map(str::to_owned),
        verdict: text(&finding["verdict"]),
        evidence: text(&finding["evidence"]["text"]),
        undo: finding["remedy"]["undo"].as_array().into_iter().flatten().map(text).collect(),
    };
    report["findings"].as_array().expect("findings").iter().map(read).collect()
}

/// What `--fix --yes` says.
fn fix() -> String {
    let output = Computer::vitrine(&["doctor", "--fix", "--yes"]).output().expect("vitrine");
    [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
}

const NOTHING_TO_FIX: &str = "There is nothing here that --fix does";

/// Plants these, has them fixed, takes that back, and heals them; what went otherwise.
fn try_out(computer: &Computer, faults: &[Fault]) -> Vec<String> {
    let mut wrong = Vec::new();
    let do_all = |which: fn(&Fault) -> &str| {
        for fault in faults {
            computer.shell(&format!("{TAP} {}", which(fault)));
        }
    };
    let find = |all: &[Found], fault: &Fault| all.iter().find(|found| found.is(fault)).cloned();
    do_all(|fault| fault.3);
    let planted = look();
    let named: Vec<_> = faults.iter().map(|fault| find(&planted, fault)).collect();
    for (fault, found) in faults.iter().zip(&named) {
        match found {
            Some(found) if found.verdict != "well" && !found.undo.is_empty() => {
                println!("    {}: {} ({}): {}", fault.0, found.check, found.verdict, found.evidence);
            }
            found => wrong.push(format!("{}: {} has no fix: {found:#?}", fault.0, fault.1)),
        }
    }
    let said = fix();
    let fixed = look();
    for fault in faults {
        let found = find(&fixed, fault);
        if found.as_ref().is_none_or(|found| found.verdict != "well") {
            wrong.push(format!("{}: fixed, and not well: {found:#?}\n{said}", fault.0));
        }
    }
    let again = fix();
    if !again.contains(NOTHING_TO_FIX) {
        wrong.push(format!("there was still something to fix: {again}"));
    }
    // As somebody would paste it.
    for command in named.iter().flatten().rev().flat_map(|found| &found.undo) {
        let said = computer.try_shell(command);
        if !said.status.success() {
            wrong.push(format!("{command}: {}", String::from_utf8_lossy(&said.stderr)));
        }
    }
    let back = look();
    for (fault, found) in faults.iter().zip(&named) {
        let now = find(&back, fault);
        if now != *found {
            wrong.push(format!("{}: taken back, and it is {now:#?} instead of {found:#?}", fault.0));
        }
    }
    for what in &wrong {
        println!("    WRONG: {what}");
    }
    do_all(|fault| fault.4);
    wrong
}

pub(super) fn fixes_fix_and_can_be_taken_back() {
    let ended = computer::enter("fixes");
    assert!(ended.success(), "{ended}");
}

/// The same, in there.
pub(super) fn inside() {
    let computer = Computer::start();
    let before = look();
    let mut wrong: Vec<_> =
        before.iter().filter(|found| !found.undo.is_empty()).map(|found| format!("{found:#?}")).collect();
    assert!(wrong.is_empty(), "before anything was planted: {wrong:#?}");
    if std::env::var_os("VITRINE_DOCTOR_ALL").is_some() {
        for fault in ROUNDS.iter().copied().flatten() {
            wrong.extend(try_out(&computer, std::slice::from_ref(fault)));
        }
    } else {
        let rounds = std::env::var("VITRINE_ROUNDS").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
        for faults in ROUNDS.iter().take(rounds) {
            wrong.extend(try_out(&computer, faults));
        }
    }
    // But for how busy the machine is that this runs on.
    let verdicts = |all: &[Found]| -> BTreeSet<_> {
        all.iter()
            .filter(|found| !found.check.starts_with("performance."))
            .map(|found| (found.check.clone(), found.exhibit.clone(), found.verdict.clone()))
            .collect()
    };
    let (before, after) = (verdicts(&before), verdicts(&look()));
    let differ: Vec<_> = before.symmetric_difference(&after).collect();
    if !differ.is_empty() {
        wrong.push(format!("healed, and not as before: {differ:#?}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    asking::who_does_not_wish_it_or_may_not_is_told(&computer);
    asking::what_was_done_by_half_is_told_and_taken_back(&computer);
}
