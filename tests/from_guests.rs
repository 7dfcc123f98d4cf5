//! The doctor's question to the API from within a guests' network: what it plugs into their bridge is gone with it, also
//! where it is killed in the middle. In a network of the test's own. Needs root, and the packages iproute2, nftables and
//! util-linux.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const TEST: &str = "what_is_plugged_into_the_guests_bridge_goes_with_the_doctor";

/// A bridge such as libvirt makes, before which stands a firewall.
const NETWORK: &str = "
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add virbr0 address 52:54:00:aa:bb:cc type bridge
ip addr add 192.168.122.1/24 dev virbr0
ip link set virbr0 up
nft add table inet odd
nft add chain inet odd in '{ type filter hook input priority 0; }'
exec \"$@\"
";

/// libvirt's driver for tests, with a VM in a network (<https://libvirt.org/drvtest.html>).
const NODE: &str = "<node><network><name>default</name><uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
<forward mode='nat'/><bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>
<domain type='test'><name>eden-garden</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
<memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>
<interface type='network'><source network='default'/></interface></devices></domain></node>";

/// Runs the rest of the test in a computer of its own, as far as network and processes go. True in there.
fn inside() -> bool {
    if std::env::var_os("VITRINE_INSIDE").is_some() {
        return true;
    }
    let inner = Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["sh", "-euc", NETWORK, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env("VITRINE_INSIDE", "1")
        .output()
        .expect("unshare: install util-linux");
    let (out, err) = (String::from_utf8_lossy(&inner.stdout), String::from_utf8_lossy(&inner.stderr));
    assert!(
        inner.status.success() && out.contains("1 passed"),
        "this needs root and nftables:\n{out}\n{err}"
    );
    print!("{out}");
    false
}

/// Of these rules nobody can tell by reading them what becomes of a packet.
fn firewall(rule: &str) {
    let words =
        format!("flush chain inet odd in; add rule inet odd in tcp dport 8000 numgen random mod 2 {rule}");
    assert!(Command::new("nft").arg(words).status().unwrap().success());
}

fn doctor(config: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vitrine"))
        .args(["doctor", "--json", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What `network.from-guests` says.
fn said(config: &Path) -> (String, Value) {
    let output = doctor(config).wait_with_output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let found =
        report["findings"].as_array().unwrap().iter().find(|one| one["check"] == "network.from-guests");
    let found = found.unwrap_or_else(|| panic!("nothing was asked: {report:#}"));
    (found["verdict"].as_str().unwrap().to_owned(), found["evidence"].clone())
}

/// All network devices.
fn links() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir("/sys/class/net")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// How many processes run. Those that have ended stay as what nobody waits for here.
fn processes() -> usize {
    let runs = |entry: &fs::DirEntry| {
        entry.file_name().to_string_lossy().parse::<u32>().is_ok()
            && fs::read(entry.path().join("cmdline")).is_ok_and(|line| !line.is_empty())
    };
    fs::read_dir("/proc").unwrap().flatten().filter(runs).count()
}

fn wait(what: &str, so: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < give_up, "{what}: {:?}", links());
        // Only how often it is looked, not how long is waited.
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_plugged_into_the_guests_bridge_goes_with_the_doctor() {
    if !inside() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (node, config) = (folder.path().join("node.xml"), folder.path().join("vitrine.toml"));
    fs::write(&node, NODE).unwrap();
    let text = format!(
        "[libvirt]\nuri = \"test://{}\"\n[api]\nlisten = [\"192.168.122.1:8000\"]\n[[exhibit]]\nname = \"eden-garden\"\nvm = \
         \"eden-garden\"\nscreens = [\"HDMI-1\"]\n",
        node.display()
    );
    fs::write(&config, text).unwrap();
    let _api = TcpListener::bind("192.168.122.1:8000").unwrap();
    let (before, alone) = (links(), processes());

    firewall("> 1 drop");
    let (verdict, evidence) = said(&config);
    assert_eq!(verdict, "well", "{evidence}");
    assert_eq!(links(), before, "the doctor left something");

    firewall("<= 1 drop");
    let (verdict, evidence) = said(&config);
    assert_eq!(verdict, "ill", "{evidence}");
    assert_eq!(links(), before, "the doctor left something");

    let mut killed = doctor(&config);
    wait("nothing was plugged in", || links() != before);
    killed.kill().unwrap();
    killed.wait().unwrap();
    wait("what was plugged in is still there", || links() == before);
    wait("programs of the doctor's are still there", || processes() <= alone);
    assert!(!Path::new("/run/netns").exists(), "a namespace has got a name");
}
