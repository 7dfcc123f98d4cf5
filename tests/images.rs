//! The check of the exhibits' images after a power cut, on real qcow2 images.
//!
//! Needs `qemu-img` and `qemu-io` (package qemu-utils). `VITRINE_DAMAGES` says how many images are damaged at random (8
//! unless set), `VITRINE_SEED` how (each time another way unless set). The test of a block device needs root and a loop device, and is left out elsewhere.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "common/dice.rs"]
#[allow(dead_code, unreachable_pub, reason = "others take more of it")]
mod dice;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dice::{Dice, number};
use tempfile::TempDir;
use vitrine::images::{Limits, Places, PutBackError, Vm, Weight, begin, end, put_back};

/// Where `qemu-img create` puts an empty image's block of reference counts: 16 bits for each cluster of 64 KiB.
const REFCOUNTS: u64 = 0x2_0000;
/// And its table of the disk's contents.
const L1: u64 = 0x3_0000;

struct Computer {
    folder: TempDir,
    places: Places,
    limits: Limits,
    vms: Vec<Vm>,
}

impl Computer {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["vms", "snapshots", "pools"] {
            fs::create_dir(path(name)).unwrap();
        }
        let places = Places {
            running: path("state/running"),
            copies: path("state/images"),
            definitions: path("vms"),
            snapshots: path("snapshots"),
            pools: path("pools"),
            qemu_img: "qemu-img".into(),
        };
        Self { folder, places, limits: Limits::default(), vms: Vec::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An exhibit with this VM.
    fn exhibit(&mut self, vm: &str, disks: &str) {
        self.vms.push(Vm { name: vm.into(), snapshot: "ready".into() });
        self.vm(vm, disks);
    }

    /// A VM that is no exhibit's.
    fn vm(&self, vm: &str, disks: &str) {
        let xml = format!("<domain type='kvm'><name>{vm}</name><devices>{disks}</devices></domain>\n");
        fs::write(self.places.definitions.join(format!("{vm}.xml")), xml).unwrap();
    }

    /// The computer is switched on; what the log is told.
    fn begin(&self) -> String {
        self.begin_with(Ok(self.vms.clone()))
    }

    fn begin_with(&self, vms: Result<Vec<Vm>, String>) -> String {
        let mut told = String::new();
        begin(&self.places, self.limits, vms, &mut |weight, text| {
            let weight = if weight == Weight::Warning { 'W' } else { 'I' };
            writeln!(told, "{weight} {text}").unwrap();
        });
        told
    }

    /// It is switched on after a power cut.
    fn cut(&self) -> String {
        self.begin();
        self.begin()
    }

    /// The copies of what was mended.
    fn copies(&self, extension: &str) -> Vec<PathBuf> {
        let mut found: Vec<_> =
            fs::read_dir(&self.places.copies).unwrap().map(|it| it.unwrap().path()).collect();
        found.retain(|path| path.extension().is_some_and(|it| it == extension));
        found.sort();
        found
    }

    /// In place of `qemu-img`, this script; `$REAL` is the real one.
    fn play(&mut self, script: &str) {
        let file = self.path("qemu-img");
        fs::write(&file, format!("#!/bin/sh\nREAL=qemu-img\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self.places.qemu_img = file;
    }
}

fn text(path: &Path) -> String {
    let plain = path.to_str().unwrap().replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;");
    plain.replace('\n', "&#10;")
}

fn qcow2(image: &Path) -> String {
    disk("file", "file", "qcow2", image)
}

fn disk(kind: &str, source: &str, format: &str, image: &Path) -> String {
    let driver =
        if format.is_empty() { String::new() } else { format!("<driver name='qemu' type='{format}'/>") };
    format!(
        "<disk type='{kind}' device='disk'>{driver}<source {source}='{}'/><target dev='vda'/></disk>\n",
        text(image)
    )
}

/// Files have too many bytes to be printed.
#[track_caller]
fn same(left: &Path, right: &[u8], context: &str) {
    let left = fs::read(left).unwrap();
    let at = left.iter().zip(right).position(|(left, right)| left != right);
    assert!(
        at.is_none() && left.len() == right.len(),
        "differs at {at:x?}, {} and {} bytes: {context}",
        left.len(),
        right.len()
    );
}

/// What the log has on a file.
fn lines<'a>(told: &'a str, name: &str) -> Vec<&'a str> {
    told.lines().filter(|line| line.contains(name)).collect()
}

fn qemu(program: &str, words: &[&str]) {
    let done = Command::new(program).args(words).output().unwrap();
    assert!(done.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn image(computer: &Computer, name: &str) -> PathBuf {
    let path = computer.path(name);
    qemu("qemu-img", &["create", "-q", "-f", "qcow2", path.to_str().unwrap(), "16M"]);
    path
}

/// An image with contents, snapshots of them and a bitmap of what was written.
fn full_image(computer: &Computer, name: &str) -> PathBuf {
    let path = computer.path(name);
    let file = path.to_str().unwrap();
    qemu("qemu-img", &["create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", file, "64M"]);
    qemu("qemu-img", &["bitmap", "--add", file, "changed"]);
    for (snapshot, pattern) in [("first", "0x11"), ("ready", "0x22"), ("later", "0x33")] {
        let write = |at: &str| format!("write -q -P {pattern} {at} 512k");
        qemu(
            "qemu-io",
            &["-f", "qcow2", "-c", &write("1M"), "-c", &write("40M"), "-c", "write -q -z 2M 64k", file],
        );
        qemu("qemu-img", &["snapshot", "-c", snapshot, file]);
    }
    qemu("qemu-io", &["-f", "qcow2", "-c", "write -q -P 0x44 1M 64k", "-c", "discard -q 40M 128k", file]);
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

/// The table of the disk's contents counts as free, and the next write would go over it.
fn tear(image: &Path) {
    count(image, L1 >> 16, 0);
}

/// What `qemu-img check` ends with: 0 sound, 2 damaged, 3 room that belongs to nobody.
fn verdict(image: &Path) -> i32 {
    let checked = Command::new("qemu-img").args(["check", "-q", "-f", "qcow2"]).arg(image).output().unwrap();
    checked.status.code().unwrap()
}

/// A program that has the image, as QEMU has it, until its standard input ends.
fn hold(image: &Path) -> Child {
    let mut holder = Command::new("qemu-io");
    holder.args(["-f", "qcow2"]).arg(image).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    // Its prompt: it has the image now.
    holder.stdout.as_mut().unwrap().read_exact(&mut [0; 7]).unwrap();
    holder
}

#[test]
fn images_are_mended_after_a_power_cut_and_only_then() {
    let mut computer = Computer::new();
    let (sound, leaking, torn) = (
        image(&computer, "sound.qcow2"),
        image(&computer, "leaking & 'old'.qcow2"),
        image(&computer, "torn.qcow2"),
    );
    let (raw, missing) = (computer.path("raw.img"), computer.path("missing.qcow2"));
    fs::write(&raw, [0; 4096]).unwrap();
    count(&leaking, 20, 1);
    tear(&torn);
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 3, 2]);
    let disks = [qcow2(&sound), qcow2(&leaking), qcow2(&missing), disk("file", "file", "raw", &raw)].concat();
    computer.exhibit("eden", &disks);
    // Another VM with one of its disks.
    computer.exhibit("orbit", &[qcow2(&torn), qcow2(&sound)].concat());

    assert_eq!(computer.begin(), "", "nothing is known of the time before the first start");
    end(&computer.places);
    assert_eq!(computer.begin(), "", "nothing to do after an orderly end");
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 3, 2]);

    let told = computer.begin();
    assert_eq!([verdict(&sound), verdict(&leaking), verdict(&torn)], [0, 0, 0], "{told}");
    let has = |name: &str, start: &str, words: &[&str]| {
        let [line] = lines(&told, name)[..] else { panic!("{name}: {told}") };
        assert!(line.starts_with(start) && words.iter().all(|word| line.contains(word)), "{line}");
    };
    has("sound.qcow2", "I ", &["is sound"]);
    has("leaking & 'old'.qcow2", "W ", &["lost room", "leaking____old_.qcow2-1.before; it is mended"]);
    has("torn.qcow2", "W ", &["was damaged", "torn.qcow2-1.before; it is mended"]);
    has("missing.qcow2", "W ", &["vda of the VM eden", "is not checked", "No such file"]);
    assert!(!told.contains("raw.img"), "{told}");
    // Nobody else may read what is in them.
    assert_eq!(fs::metadata(&computer.places.copies).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn where_it_is_not_known_which_vms_are_exhibits_the_next_start_does_it() {
    let mut computer = Computer::new();
    let torn = image(&computer, "torn.qcow2");
    tear(&torn);
    computer.exhibit("eden", &qcow2(&torn));
    computer.begin();
    let told = computer.begin_with(Err("vitrine.toml:3: this is wrong\nmuch".into()));
    assert!(
        told.starts_with("W ") && told.contains("no image is checked") && told.lines().count() == 1,
        "{told}"
    );
    assert_eq!(verdict(&torn), 2);
    end(&computer.places);
    computer.begin();
    assert_eq!(verdict(&torn), 0);
    end(&computer.places);
    assert_eq!(computer.begin(), "");
}

/// What a guest may write on its disk, and what only QEMU does: a header that names other files and addresses.
#[test]
fn nothing_that_an_image_names_is_opened() {
    let mut computer = Computer::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let address = format!("nbd://127.0.0.1:{port}/x");
    let json = format!(
        r#"json:{{"driver":"raw","file":{{"driver":"nbd","server":{{"type":"inet","host":"127.0.0.1","port":"{port}"}}}}}}"#
    );
    // Opened, it would hold whoever opens it.
    let pipe = computer.path("of-root");
    qemu("mkfifo", &[pipe.to_str().unwrap()]);
    let mut names = Vec::new();
    for (name, backing) in [("nbd", address.as_str()), ("json", &json), ("pipe", pipe.to_str().unwrap())] {
        let path = computer.path(&format!("{name}.img"));
        let file = path.to_str().unwrap();
        qemu("qemu-img", &["create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", "raw", file, "16M"]);
        tear(&path);
        names.push((path, fs::read(computer.path(&format!("{name}.img"))).unwrap()));
    }
    // As raw disks, whether their definition says so or says nothing.
    let raw: String = names.iter().map(|(path, _)| disk("file", "file", "raw", path)).collect();
    computer.exhibit("raw", &raw);
    computer.exhibit("unsaid", &raw.replace(" type='raw'", ""));
    let told = computer.cut();
    assert_eq!(told.lines().count(), 1, "{told}");
    for (path, bytes) in &names {
        same(path, bytes, &told);
    }

    // As layers of qcow2 they are mended, each by itself.
    computer.exhibit("qcow2", &raw.replace("'raw'", "'qcow2'"));
    let told = computer.begin();
    for (path, bytes) in &names {
        let [line] = lines(&told, path.to_str().unwrap())[..] else { panic!("{told}") };
        assert!(line.ends_with("it is mended"), "{line}");
        assert_ne!(fs::read(path).unwrap(), *bytes);
    }
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody connected");
}

#[test]
fn what_cannot_be_checked_by_itself_is_told_and_left() {
    let mut computer = Computer::new();
    let (external, data) = (computer.path("external.qcow2"), computer.path("data.raw"));
    let option = format!("data_file={}", data.display());
    qemu("qemu-img", &["create", "-q", "-f", "qcow2", "-o", &option, external.to_str().unwrap(), "16M"]);
    fs::remove_file(&data).unwrap();
    // By its header: making a real one measures the processor, and fails where that is busy.
    let encrypted = image(&computer, "encrypted.qcow2");
    File::options().write(true).open(&encrypted).unwrap().write_all_at(&2_u32.to_be_bytes(), 32).unwrap();
    let broken = computer.path("broken.qcow2");
    fs::write(
        &broken,
        b"QFI\xfb and then nothing that makes sense, though there is enough of it for a header of some kind",
    )
    .unwrap();
    let raw = computer.path("raw.qcow2");
    fs::write(&raw, [0; 4096]).unwrap();
    let short = computer.path("short.qcow2");
    fs::write(&short, b"QFI\xfb").unwrap();
    // A table that cannot be: QEMU does not open it.
    let wild = image(&computer, "wild.qcow2");
    File::options().write(true).open(&wild).unwrap().write_all_at(&[0xff; 4], 36).unwrap();
    let images = [&external, &encrypted, &broken, &raw, &short, &wild];
    let before = images.map(|image| fs::read(image).unwrap());
    let disks: String = images.iter().map(|image| qcow2(image)).collect();
    let network = "<disk type='network'><driver type='qcow2'/><source protocol='nbd' name='x'/></disk>";
    computer.exhibit("eden", &(disks + network));
    let told = computer.cut();
    for (name, why) in [
        ("external.qcow2", "its contents are in another file"),
        ("encrypted.qcow2", "it is encrypted"),
        ("broken.qcow2", "its header makes no sense"),
        ("raw.qcow2", "not the qcow2 image that its definition says"),
        ("short.qcow2", "not the qcow2 image that its definition says"),
        ("wild.qcow2", "could not be checked: "),
        ("\"network\"", "is not checked"),
    ] {
        assert!(matches!(lines(&told, name)[..], [line] if line.contains(why)), "{name}: {told}");
    }
    assert_eq!(images.map(|image| fs::read(image).unwrap()), before);
}

#[test]
fn only_what_libvirts_own_files_say_of_exhibits_is_touched() {
    let mut computer = Computer::new();
    let torn = |name: &str| {
        let path = image(&computer, name);
        tear(&path);
        path
    };
    let [other, evil, snapshots, volume, lost] =
        ["other.qcow2", "evil.qcow2", "before.qcow2", "in pool.qcow2", "lost.qcow2"].map(torn);
    computer.vm("other", &qcow2(&other));
    // The configuration is the kiosk's user's, and so may name anything.
    fs::write(computer.path("evil.xml"), format!("<domain><devices>{}</devices></domain>", qcow2(&evil)))
        .unwrap();
    for name in ["../evil", "", "..", "missing", "new\nline"] {
        computer.vms.push(Vm { name: name.into(), snapshot: "ready".into() });
    }
    computer.vms.push(Vm { name: "eden".into(), snapshot: "../../evil".into() });
    // The snapshot's definition counts, and the volumes of pools that are folders.
    let folder = computer.folder.path().display();
    let pool = |kind: &str| format!("<pool type='{kind}'><target><path>{folder}</path></target></pool>");
    fs::write(computer.places.pools.join("home.xml"), pool("dir")).unwrap();
    fs::write(computer.places.pools.join("far.xml"), pool("netfs")).unwrap();
    let in_pool = |pool: &str, volume: &str| {
        format!(
            "<disk type='volume'><driver type='qcow2'/><source pool='{pool}' volume='{volume}'/><target dev='vdb'/></disk>"
        )
    };
    let disks = [
        in_pool("home", "in pool.qcow2"),
        in_pool("far", "lost.qcow2"),
        in_pool("absent", "lost.qcow2"),
        in_pool("home", "../lost.qcow2"),
        in_pool("../pools/home", "lost.qcow2"),
    ];
    computer.exhibit("eden", &disks.concat());
    let of_eden = computer.places.snapshots.join("eden");
    fs::create_dir(&of_eden).unwrap();
    let xml =
        format!("<domainsnapshot><domain><devices>{}</devices></domain></domainsnapshot>", qcow2(&snapshots));
    fs::write(of_eden.join("ready.xml"), xml).unwrap();

    let told = computer.cut();
    let verdicts = [&other, &evil, &snapshots, &volume, &lost].map(|path| verdict(path));
    assert_eq!(verdicts, [2, 2, 0, 0, 2], "{told}");
    assert_eq!(lines(&told, "vdb of the VM eden is not checked").len(), 4, "{told}");
    for part in [
        "storage pool far: pools of the type \"netfs\"",
        "storage pool absent",
        "missing.xml: No such file",
        "named ../evil",
    ] {
        assert_eq!(lines(&told, part).len(), 1, "{part}: {told}");
    }
    assert!(told.lines().all(|line| line.starts_with("I ") || line.starts_with("W ")), "{told}");
}

#[test]
fn odd_files_hold_nobody() {
    let mut computer = Computer::new();
    let odd = image(&computer, "a\n<b> \"c\" 'd' é .qcow2");
    tear(&odd);
    let link = computer.path("link.qcow2");
    symlink(&odd, &link).unwrap();
    let (pipe, folder, taken) =
        (computer.path("pipe"), computer.path("folder"), image(&computer, "taken.qcow2"));
    qemu("mkfifo", &[pipe.to_str().unwrap()]);
    fs::create_dir(&folder).unwrap();
    tear(&taken);
    let mut holder = hold(&taken);
    let endless = Path::new("/dev/zero");
    let disks = [&odd, &link, &pipe, &folder, &taken].map(|path| qcow2(path)).concat() + &qcow2(endless);
    computer.exhibit("eden", &disks);
    let told = computer.cut();
    assert_eq!(verdict(&odd), 0, "{told}");
    assert!(lines(&told, "a\\n<b> \"c\" 'd' é .qcow2")[0].ends_with("it is mended"), "{told}");
    assert!(lines(&told, "link.qcow2").is_empty(), "twice the same image: {told}");
    for (name, why) in [
        ("/pipe ", "neither a file nor a block device"),
        ("/folder ", "neither a file nor a block device"),
        ("/dev/zero ", "neither a file nor a block device"),
        ("taken.qcow2", "could not be checked: "),
    ] {
        assert!(matches!(lines(&told, name)[..], [line] if line.contains(why)), "{name}: {told}");
    }
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(verdict(&taken), 2);
}

#[test]
fn a_repair_has_the_time_that_it_needs_and_none_that_hangs_holds_the_others() {
    let mut computer = Computer::new();
    let images = ["slow", "still", "endless", "last"].map(|name| {
        let path = image(&computer, &format!("{name}.qcow2"));
        tear(&path);
        path
    });
    let before = fs::read(&images[1]).unwrap();
    let disks: String = images.iter().map(|image| qcow2(image)).collect();
    computer.exhibit("eden", &disks);
    computer.limits = Limits {
        stall: Duration::from_secs(2),
        longest: Duration::from_secs(6),
        report: Duration::from_secs(1),
    };
    // The one works for longer than another may stand still; the third works for ever.
    computer.play(
        r#"case $* in
*slow*) for i in 1 2 3 4 5 6 7 8 9 10 11 12; do read -r now </proc/uptime; sleep 0.2; done ;;
*still*) exec sleep 1000 ;;
*endless*) while :; do read -r now </proc/uptime; done ;;
esac
exec "$REAL" "$@""#,
    );
    let told = computer.cut();
    let verdicts = images.each_ref().map(|path| verdict(path));
    assert_eq!(verdicts, [0, 2, 2, 0], "{told}");
    assert!(told.contains("slow.qcow2 is still looked at"), "{told}");
    let given_up = |name: &str, why: &str| {
        let line = lines(&told, name).pop().unwrap_or_default();
        assert!(line.contains("given up") && line.contains(why), "{name}: {told}");
    };
    given_up("still.qcow2", "nothing went on");
    given_up("endless.qcow2", "took too long");

    // The image is not what hangs, but its repair: it is as it was.
    computer.play(r#"case $* in *" -r "*) exec sleep 1000 ;; esac; exec "$REAL" "$@""#);
    computer.begin();
    same(&images[1], &before, &told);
    assert_eq!(fs::read_dir(&computer.places.copies).unwrap().count(), 2, "only what was mended is kept");
}

#[test]
fn what_qemu_img_says_may_be_anything() {
    let mut computer = Computer::new();
    let torn = image(&computer, "torn.qcow2");
    tear(&torn);
    computer.exhibit("eden", &qcow2(&torn));
    for (script, why) in [
        (
            "yes 'ERROR: a very long story' | head -c 30000000 >&2; echo the end >&2; exit 1",
            "qemu-img ends with 1: the end",
        ),
        ("yes | head -c 30000000; exit 2", "is not understood"),
        ("kill -9 $$", "ends with a signal: no word"),
        // It says that it was mended, and it was not.
        (r#"case $* in *" -r "*) exit 0 ;; esac; exec "$REAL" "$@""#, "not understood"),
        (
            r#"case $* in *" -r "*) echo '{}'; exit 0 ;; esac; exec "$REAL" "$@""#,
            "qemu-img cannot mend all of it",
        ),
        // It is another image that it has looked at.
        (
            r#"case $* in *.work*) "$REAL" "$@" | sed 's/offset": /&1/'; exit 2 ;; esac; exec "$REAL" "$@""#,
            "its tables are not where",
        ),
        ("exit 2", "not understood"),
    ] {
        computer.play(script);
        let told = computer.cut();
        assert!(
            matches!(lines(&told, "torn.qcow2")[..], [line] if line.contains(why) && line.len() < 600),
            "{script}: {told}"
        );
        assert_eq!(verdict(&torn), 2);
    }
    computer.places.qemu_img = computer.path("missing");
    assert!(computer.begin().contains("install qemu-utils"));
}

#[test]
fn a_repair_can_be_taken_back_byte_for_byte() {
    let mut computer = Computer::new();
    let path = full_image(&computer, "eden.qcow2");
    let raw = computer.path("raw");
    let contents = |path: &Path| {
        qemu(
            "qemu-img",
            &["convert", "-f", "qcow2", "-O", "raw", path.to_str().unwrap(), raw.to_str().unwrap()],
        );
        fs::read(&raw).unwrap()
    };
    let was = contents(&path);
    // All counts are gone: they are made anew, behind the end.
    let table = u64::from_be_bytes(fs::read(&path).unwrap()[48..56].try_into().unwrap());
    File::options().write(true).open(&path).unwrap().write_all_at(&[0; 8], table).unwrap();
    let damaged = fs::read(&path).unwrap();
    computer.exhibit("eden", &qcow2(&path));
    let told = computer.cut();
    assert_eq!(verdict(&path), 0, "{told}");
    assert_eq!(contents(&path), was);
    let mended = fs::read(&path).unwrap();
    let [copy] = &computer.copies("before")[..] else { panic!("{told}") };
    assert!(told.contains(copy.to_str().unwrap()), "{told}");
    let size = fs::metadata(copy).unwrap().len();
    assert!(size < 64 << 10, "{size} bytes");

    // Once it was used, the old tables do not fit; into a copy they may be put all the same.
    let aside = computer.path("aside.qcow2");
    fs::copy(&path, &aside).unwrap();
    qemu("qemu-io", &["-f", "qcow2", "-c", "write -q 20M 1M", path.to_str().unwrap()]);
    let used = fs::read(&path).unwrap();
    assert!(matches!(put_back(copy, None, false), Err(PutBackError::Used(_))));
    same(&path, &used, "");
    assert_eq!(put_back(copy, Some(&aside), false).unwrap(), aside);
    same(&aside, &damaged, "");
    put_back(copy, Some(&aside), false).unwrap();
    fs::write(&path, &mended).unwrap();
    put_back(copy, None, false).unwrap();
    same(&path, &damaged, "");
    fs::write(&path, &used).unwrap();
    let mut holder = hold(&path);
    assert!(matches!(put_back(copy, None, true), Err(PutBackError::InUse(_))));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    put_back(copy, None, true).unwrap();

    for (text, error) in [("", "no copy"), ("{}\n", "no copy"), ("{\"vitrine_image_copy\":2}\n", "no copy")] {
        fs::write(&aside, text).unwrap();
        assert!(put_back(&aside, Some(&path), false).unwrap_err().to_string().contains(error), "{text}");
    }
    let whole = fs::read(copy).unwrap();
    fs::write(&aside, &whole[..whole.len() - 1]).unwrap();
    assert!(put_back(&aside, Some(&path), true).unwrap_err().to_string().contains("not complete"));
}

#[test]
fn a_repair_that_was_cut_short_is_taken_back_first() {
    let mut computer = Computer::new();
    let path = full_image(&computer, "eden.qcow2");
    let table = u64::from_be_bytes(fs::read(&path).unwrap()[48..56].try_into().unwrap());
    File::options().write(true).open(&path).unwrap().write_all_at(&[0; 8], table).unwrap();
    let damaged = fs::read(&path).unwrap();
    computer.exhibit("eden", &qcow2(&path));
    computer.cut();
    let mended = fs::read(&path).unwrap();
    let copy = computer.copies("before").pop().unwrap();
    // Every second sector of the repair has reached the disk.
    let mut half = damaged.clone();
    half.resize(mended.len().max(damaged.len()), 0);
    for start in (0..mended.len()).step_by(1024) {
        let end = (start + 512).min(mended.len());
        half[start..end].copy_from_slice(&mended[start..end]);
    }
    assert!(half != damaged && half != mended);
    fs::write(&path, &half).unwrap();
    fs::rename(&copy, copy.with_extension("under-way")).unwrap();
    let told = computer.begin();
    assert!(told.contains("mending") && told.contains("cut short; it is as it was before"), "{told}");
    same(&path, &mended, &told);
    assert_eq!((computer.copies("under-way").len(), computer.copies("before").len()), (0, 1));

    // Where it was used meanwhile, it is told, once.
    qemu("qemu-io", &["-f", "qcow2", "-c", "write -q 20M 1M", path.to_str().unwrap()]);
    fs::rename(&copy, copy.with_extension("under-way")).unwrap();
    let told = computer.begin();
    assert!(told.contains("could not be taken back"), "{told}");
    assert_eq!(verdict(&path), 0);
    assert!(!computer.begin().contains("taken back"));
}

/// By whatever bytes an image is damaged, it is mended as `qemu-img check -r all` would have done it, or left.
#[test]
fn images_damaged_at_random_are_mended_as_qemu_img_would_have_done_it() {
    let (mut dice, seed) = Dice::seeded();
    let damages = number("VITRINE_DAMAGES", 8);
    println!("VITRINE_SEED={seed} VITRINE_DAMAGES={damages}");
    let mut outcomes = BTreeMap::new();
    for number in 0..damages {
        let mut computer = Computer::new();
        let path = full_image(&computer, "eden.qcow2");
        let tables: Vec<u64> = fs::read(&path)
            .unwrap()
            .chunks(4096)
            .enumerate()
            // Contents are of one byte all over.
            .filter(|(_, cluster)| cluster.iter().any(|byte| *byte != cluster[0]))
            .map(|(cluster, _)| cluster as u64 * 4096)
            .collect();
        let file = File::options().write(true).open(&path).unwrap();
        for _ in 0..=dice.roll(6) {
            let table = tables[dice.roll(tables.len())];
            let length = [1, 8, 64, 512][dice.roll(4)];
            let bytes: Vec<u8> = (0..length).map(|_| [0, 0xff, 1, 0x80][dice.roll(4)]).collect();
            // Not in the header's first half, which says what the file is.
            file.write_all_at(&bytes, (table + dice.roll(512) as u64 * 8).max(80)).unwrap();
        }
        let damaged = fs::read(&path).unwrap();
        let found = verdict(&path);
        let plain = computer.path("plain.qcow2");
        fs::write(&plain, &damaged).unwrap();
        let repair = if found == 3 { "leaks" } else { "all" };
        let done =
            Command::new("qemu-img").args(["check", "-q", "-f", "qcow2", "-r", repair]).arg(&plain).output();
        let _ = done.unwrap();
        let by_qemu = verdict(&plain);

        computer.exhibit("eden", &qcow2(&path));
        let told = computer.cut();
        let context = format!("seed {seed}, image {number}: {found}, by qemu-img {by_qemu}: {told}");
        let mended = told.contains("it is mended");
        *outcomes.entry((found, by_qemu, mended)).or_insert(0) += 1;
        if !mended {
            same(&path, &damaged, &context);
            // What it did not dare is at most what two runs of qemu-img would do.
            assert!(found == 0 || by_qemu != 0, "{context}");
            continue;
        }
        assert_eq!(verdict(&path), 0, "{context}");
        if by_qemu == 0 {
            let compared = Command::new("qemu-img").arg("compare").args([&path, &plain]).output().unwrap();
            let sound = compared.status.success() || compared.status.code() == Some(2);
            assert!(sound, "{context}{compared:?}");
            // By itself qemu-img empties room that belongs to nobody; here it stays as it is, as nobody knows whether it
            // was somebody's. And of a cluster that is taken anew and not filled, the rest is empty here.
            let (ours, theirs) = (fs::read(&path).unwrap(), fs::read(&plain).unwrap());
            let differs = |at: &usize| match (ours[*at], theirs[*at]) {
                (0, theirs) if theirs == damaged.get(*at).copied().unwrap_or(0) => false,
                (ours, 0) if ours == damaged.get(*at).copied().unwrap_or(0) => false,
                (ours, theirs) => ours != theirs,
            };
            let at = (0..ours.len()).find(differs);
            assert!(ours.len() == theirs.len() && at.is_none(), "differs at {at:x?}: {context}");
        }
        put_back(&computer.copies("before")[0], None, false).unwrap();
        same(&path, &damaged, &context);
    }
    println!("found, after qemu-img's own repair, mended: {outcomes:?}");
}

#[test]
fn block_devices_are_mended_too() {
    let mut computer = Computer::new();
    let file = image(&computer, "disk.qcow2");
    File::options().write(true).open(&file).unwrap().set_len(1 << 20).unwrap();
    tear(&file);
    let made = Command::new("losetup").args(["--find", "--show"]).arg(&file).output();
    let Some(made) = made.ok().filter(|made| made.status.success()) else {
        eprintln!("left out: this needs root and a loop device");
        return;
    };
    let device = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
    let before = fs::read(&device).unwrap();
    computer.exhibit("eden", &disk("block", "dev", "qcow2", &device));
    let told = computer.cut();
    let mended = verdict(&device);
    let back = computer.copies("before").pop().map(|copy| put_back(&copy, None, false));
    let after = fs::read(&device).unwrap();
    qemu("losetup", &["--detach", device.to_str().unwrap()]);
    assert_eq!(mended, 0, "{told}");
    assert!(matches!(back, Some(Ok(_))), "{back:?}");
    assert!(after == before);
}
