//! A computer of a test's own, as far as processes, network, users and the system's files go: what is spoiled and mended
//! in there is gone with it. It has a kiosk's user with a session, libvirt's system instance with two networks and a
//! storage pool, and VMs without a guest.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use super::common::xserver::XServer;

/// Where programs are.
const PATH: &str = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Says in there which test it is that goes on.
const INSIDE: &str = "VITRINE_INSIDE";

/// The rest of the test that is to go on in there, if this is such a process.
pub(super) fn inside() -> Option<String> {
    std::env::var(INSIDE).ok()
}

/// Runs this test in a computer of its own; how that ended.
pub(super) fn enter(test: &str) -> ExitStatus {
    let folder = tempfile::Builder::new().prefix("vitrine").tempdir_in("/tmp").expect("a folder");
    Command::new("unshare")
        .args(["--net", "--uts", "--mount", "--propagation", "private"])
        .args(["--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-euc", COMPUTER, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().expect("this program"))
        .env(INSIDE, test)
        .env_remove("DISPLAY")
        .env("PATH", PATH)
        .stdin(Stdio::null())
        .status()
        .expect("unshare: install util-linux")
}

/// What is laid over this computer, before anything runs in it.
const COMPUTER: &str = r#"
work=$1
shift
hostname kiosk
mount -t tmpfs -o mode=755 tmpfs "$work"
for name in etc home usr var; do
    mkdir "$work/$name" "$work/$name.work"
    mount -t overlay overlay -o "lowerdir=/$name,upperdir=$work/$name,workdir=$work/$name.work" "/$name"
done
mount -t tmpfs -o mode=755 tmpfs /run
# Devices, of which KVM's is given away and given back.
mkdir "$work/dev"
mount -t tmpfs -o mode=755 tmpfs "$work/dev"
cp -a -x /dev/. "$work/dev/"
mount --rbind /dev/pts "$work/dev/pts"
mount --move "$work/dev" /dev
[ -e /dev/kvm ] || mknod /dev/kvm c 10 232
# The kernel is everybody's.
mount --bind /proc/sys/kernel /proc/sys/kernel
mount -o remount,bind,ro /proc/sys/kernel
# Of the network's own devices.
mount -t sysfs sysfs /sys
ip link set lo up
ip link add uplink type veth peer name world
ip link set world up
ip address add 192.0.2.2/24 dev uplink
ip link set uplink up
ip route add default via 192.0.2.1
echo '127.0.1.1 kiosk' >>/etc/hosts
# Nobody is there to be asked for names, nor waited for.
rm -f /etc/resolv.conf

for group in libvirt kvm video render audio input; do
    getent group $group >/dev/null || groupadd --system $group
done
chown root:kvm /dev/kvm
chmod 660 /dev/kvm
id libvirt-qemu >/dev/null 2>&1 || useradd --system --gid kvm --home-dir /var/lib/libvirt libvirt-qemu
usermod --append --groups kvm libvirt-qemu
if id kiosk >/dev/null 2>&1; then userdel --force kiosk; fi
rm -rf /home/kiosk /etc/default/vitrine-kiosk /etc/vitrine
useradd --create-home --shell /bin/bash --groups libvirt,kvm,video,render,audio,input kiosk
chmod 700 /home/kiosk
as_kiosk() { setpriv --reuid kiosk --regid kiosk --init-groups "$@"; }
as_kiosk mkdir -p -m 700 /home/kiosk/.local /home/kiosk/.local/state /home/kiosk/.local/state/vitrine
mkdir -p /run/user/"$(id -u kiosk)"
chown kiosk: /run/user/"$(id -u kiosk)"
chmod 700 /run/user/"$(id -u kiosk)"
mkdir -p /etc/vitrine/openbox /var/log/journal /home/artist/garden /home/artist/orbit /home/artist/pool
cp openbox/rc.xml openbox/autostart /etc/vitrine/openbox/
chmod 644 /etc/vitrine/openbox/rc.xml
chmod 755 /etc/vitrine/openbox/autostart
cat >/etc/vitrine/vitrine.toml <<'TOML'
[api]
listen = ["192.168.122.1:8000"]
[[exhibit]]
name = "garden"
vm = "garden"
screens = ["DUMMY0"]
heartbeat = { timeout = "10s" }
[[exhibit]]
name = "orbit"
vm = "orbit"
screens = ["DUMMY1"]
heartbeat = false
TOML

rm -rf /etc/libvirt/qemu /etc/libvirt/storage /var/lib/libvirt
mkdir -p /etc/libvirt /var/lib/libvirt
cat >/etc/libvirt/qemu.conf <<'CONF'
user = "libvirt-qemu"
group = "kvm"
security_driver = "none"
stdio_handler = "file"
max_core = 0
cgroup_controllers = []
namespaces = []
CONF
cat >/etc/libvirt/libvirtd.conf <<'CONF'
auth_unix_rw = "none"
unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
CONF

# What is pasted with it is root's already.
rm -f /usr/bin/sudo
printf '#!/bin/sh\nexec "$@"\n' >/usr/local/bin/sudo
chmod 755 /usr/local/bin/sudo
# The shell stays, for what is left behind has to be waited for by somebody: libvirt takes a dead QEMU for a living one.
"$@" || exit $?
"#;

/// libvirt's networks, the pool and the VMs. `garden` runs; `orbit` is off, and has an image of its own and one in the pool.
const MACHINES: &str = r#"
cd /run
network() {
    cat >network.xml <<XML
<network><name>$1</name><forward mode='nat'/><bridge name='$2' stp='on' delay='0'/>
<ip address='192.168.$3.1' netmask='255.255.255.0'><dhcp><range start='192.168.$3.2' end='192.168.$3.200'/></dhcp></ip>
</network>
XML
    virsh -q net-define network.xml
    virsh -q net-autostart "$1"
    virsh -q net-start "$1"
}
network default virbr0 122
network second virbr1 123
virsh -q pool-define-as pool dir --target /home/artist/pool
virsh -q pool-autostart pool
virsh -q pool-start pool
machine() {
    cat >"$1.xml" <<XML
<domain type='qemu'><name>$1</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/home/artist/$1/$1.qcow2'/>
<target dev='vda' bus='virtio'/></disk>$4
<interface type='network'><mac address='52:54:00:aa:00:0$3'/><source network='$2'/></interface>
</devices></domain>
XML
    qemu-img create -q -f qcow2 "/home/artist/$1/$1.qcow2" 16M
    virsh -q define "$1.xml"
}
qemu-img create -q -f qcow2 /home/artist/pool/second.qcow2 16M
virsh -q pool-refresh pool
machine garden default 1 ''
machine orbit second 2 "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/>
<source pool='pool' volume='second.qcow2'/><target dev='vdb' bus='virtio'/></disk>"
virsh -q start garden
"#;

/// What runs in it; all of it ends with the process.
pub(super) struct Computer {
    x: XServer,
    _libvirtd: Child,
    _openbox: Child,
}

impl Computer {
    /// Starts it. Only in there.
    pub(super) fn start() -> Self {
        let log = fs::File::create("/run/libvirtd.log").expect("a log");
        let libvirtd = Command::new("libvirtd").stdout(Stdio::null()).stderr(log).spawn();
        let libvirtd = libvirtd.expect("libvirtd: install libvirt-daemon");
        let x = XServer::start(2, false);
        let first = |words: &str| {
            let status = Command::new("sh").args(["-ec", words]).env("DISPLAY", &x.display).status();
            assert!(status.is_ok_and(|status| status.success()), "{words}");
        };
        // The X server of a kiosk is set up so; and its user's programs are let in.
        first("xset s off; xhost +local: >&2");
        let openbox = Command::new("setpriv")
            .args(["--reuid", "kiosk", "--regid", "kiosk", "--init-groups"])
            .args(["openbox", "--sm-disable", "--config-file", "/etc/vitrine/openbox/rc.xml"])
            .env("DISPLAY", &x.display)
            .env("HOME", "/home/kiosk")
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox");
        let this = Self { x, _libvirtd: libvirtd, _openbox: openbox };
        // Where its user finds it.
        let program = std::env::var_os("VITRINE_BIN").unwrap_or(env!("CARGO_BIN_EXE_vitrine").into());
        this.shell(&format!(
            "touch /usr/local/bin/vitrine; mount --bind '{}' /usr/local/bin/vitrine",
            Path::new(&program).display()
        ));
        this.until("libvirt answers", "virsh -q list");
        this.shell(MACHINES);
        this.until("Openbox manages the windows", "xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 0x");
        this
    }

    /// A script that must end well; what it writes.
    pub(super) fn shell(&self, script: &str) -> String {
        let said = self.try_shell(script);
        assert!(said.status.success(), "{script}\n{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    /// A script, by root.
    pub(super) fn try_shell(&self, script: &str) -> Output {
        let mut command = Command::new("sh");
        command.args(["-euc", script]).env("DISPLAY", &self.x.display).stdin(Stdio::null());
        command.output().expect("sh")
    }

    /// Waits until a script ends well.
    pub(super) fn until(&self, what: &str, script: &str) {
        let begun = std::time::Instant::now();
        while !self.try_shell(script).status.success() {
            let log = || fs::read_to_string("/run/libvirtd.log").unwrap_or_default();
            assert!(begun.elapsed() < super::common::eye::PATIENCE, "never came: {what}\n{}", log());
            // Only how often it is asked, not how long is waited.
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// A command of `vitrine`, by root who has come from elsewhere.
    pub(super) fn vitrine(arguments: &[&str]) -> Command {
        let mut command = Self::command("vitrine");
        command.args(arguments);
        command
    }

    /// A command in an environment such as a log-in gives.
    pub(super) fn command(program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", PATH).env("HOME", "/root").stdin(Stdio::null());
        command
    }
}
