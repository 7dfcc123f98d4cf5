//! The check of the exhibits' disk images after a power cut, before libvirt starts, as root.
//!
//! Images are written by guests, so nothing in them is trusted. What a disk is, and where it lies, comes from libvirt's
//! own files, which are root's; the configuration, which the kiosk's user may write, only names VMs. `qemu-img` is told
//! the format, and opens no other file. A repair is made on a copy of the image's tables; only once that is sound, what
//! it changed is written down and then into the image. So an image is as it was or mended, whenever the
//! power goes, and a repair that takes long, hangs or fails has touched nothing.
//!
//! `definition` reads libvirt's files, `check` looks after one image and mends it, `tool` runs `qemu-img`, `qcow2` finds
//! an image's tables, and `copy` writes down what a repair changes. Here it is decided which images are looked at, and
//! for how long.

mod check;
mod copy;
mod definition;
mod qcow2;
mod tool;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use check::Job;
use copy::{Copy, words};
use definition::{Named, Place};
use tool::Progress;

use crate::core::text::visible;

pub use check::Weight;
pub use copy::PutBackError;

/// How many copies of what repairs have changed are kept, mostly of some 100 KB each; the oldest go.
const MAX_COPIES: usize = 20;
/// How much of a definition is read, in bytes: libvirt's are some KB, and more would only fill the memory.
const MAX_DEFINITION: u64 = 16 << 20;
/// Time between two looks at the work: nobody waits for less.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How long work that was told to end may take to do so; what a disk holds for longer is left to itself.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Where things lie.
#[derive(Clone, Debug)]
pub struct Places {
    /// There as long as the computer runs, and after a power cut.
    pub running: PathBuf,
    /// The folder for the copies.
    pub copies: PathBuf,
    /// libvirt's definitions of VMs.
    pub definitions: PathBuf,
    /// libvirt's folders of snapshots, one for each VM.
    pub snapshots: PathBuf,
    /// libvirt's definitions of storage pools.
    pub pools: PathBuf,
    /// The program `qemu-img`.
    pub qemu_img: PathBuf,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            running: "/var/lib/vitrine/running".into(),
            copies: "/var/lib/vitrine/images".into(),
            definitions: "/etc/libvirt/qemu".into(),
            snapshots: "/var/lib/libvirt/qemu/snapshot".into(),
            pools: "/etc/libvirt/storage".into(),
            qemu_img: "qemu-img".into(),
        }
    }
}

/// How long an image may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// After how long without anything read, written or computed it hangs, as a disk does that answers no more.
    pub stall: Duration,
    /// How long artworks wait for one image, whatever goes on with it.
    pub longest: Duration,
    /// Time between two words on how it goes.
    pub report: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stall: Duration::from_secs(60),
            longest: Duration::from_secs(3600),
            report: Duration::from_secs(30),
        }
    }
}

/// The VM of an exhibit, and the snapshot that it is put back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vm {
    /// libvirt's name of it.
    pub name: String,
    /// The snapshot that its exhibit is put back to.
    pub snapshot: String,
}

/// The computer was started. Where it had stopped without an end, the images of these VMs are checked; where it is not
/// known which VMs they are (and why), that is done after the next start.
pub fn begin(
    places: &Places,
    limits: Limits,
    vms: Result<Vec<Vm>, String>,
    tell: &mut dyn FnMut(Weight, &str),
) {
    let mut tell = |weight: Weight, text: &str| tell(weight, &visible(text));
    let unchecked = places.running.with_extension("unchecked");
    if places.running.exists() || unchecked.exists() {
        match vms {
            Ok(vms) => {
                tell(
                    Weight::Information,
                    "the computer stopped without an end; the exhibits' images are checked",
                );
                Run { places, limits, tell: &mut tell, seen: BTreeSet::new() }.all(&vms);
                let _ = fs::remove_file(&unchecked);
            }
            Err(why) => {
                tell(
                    Weight::Warning,
                    &format!(
                        "the computer stopped without an end, but no image is checked, since it is not known which are the exhibits': {why}"
                    ),
                );
                mark(&unchecked, &mut tell);
            }
        }
    }
    mark(&places.running, &mut tell);
}

/// The computer is switched off in order.
pub fn end(places: &Places) {
    let _ = fs::remove_file(&places.running);
}

/// Puts back what a repair has changed, from its copy: into the image that it was, or another file.
///
/// # Errors
/// It is not done.
pub fn put_back(copy: &Path, image: Option<&Path>, force: bool) -> Result<PathBuf, PutBackError> {
    let copy = Copy::open(copy)?;
    let image = image.unwrap_or(copy.image());
    copy.put_back(image, force)?;
    Ok(image.to_owned())
}

fn mark(path: &Path, tell: &mut dyn FnMut(Weight, &str)) {
    let make = || {
        let folder = path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        File::create(path)?.sync_all()?;
        File::open(folder)?.sync_all()
    };
    if let Err(error) = make() {
        tell(
            Weight::Warning,
            &format!("{} cannot be written ({error}): a power cut would go unnoticed", path.display()),
        );
    }
}

struct Run<'a> {
    places: &'a Places,
    limits: Limits,
    tell: &'a mut dyn FnMut(Weight, &str),
    /// Device and inode of what was looked at: two VMs may share an image.
    seen: BTreeSet<(u64, u64)>,
}

impl Run<'_> {
    fn all(&mut self, vms: &[Vm]) {
        if let Err(error) = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.places.copies) {
            let folder = self.places.copies.display().to_string();
            return self
                .warn(&format!("{folder} cannot be made ({error}), and no image is mended without a copy"));
        }
        self.take_back();
        copy::tidy(&self.places.copies, MAX_COPIES);
        for vm in vms {
            for named in self.images_of(vm) {
                let whose = format!("{} of the VM {}", named.part, vm.name);
                match self.locate(&named.place) {
                    Ok(path) => self.image(&path, &whose),
                    Err(why) => self.inform(&format!("{whose} is not checked: {why}")),
                }
            }
        }
    }

    fn inform(&mut self, text: &str) {
        (self.tell)(Weight::Information, text);
    }

    fn warn(&mut self, text: &str) {
        (self.tell)(Weight::Warning, text);
    }

    /// What a power cut has interrupted is taken back, and the image then looked at like any other.
    fn take_back(&mut self) {
        for path in copy::under_way(&self.places.copies) {
            let back = Copy::open(&path).and_then(|copy| {
                copy.put_back(copy.image(), false).map(|()| copy.image().display().to_string())
            });
            match back {
                Ok(image) => {
                    let _ = fs::remove_file(&path);
                    self.inform(&format!("mending {image} was cut short; it is as it was before"));
                }
                Err(error) => {
                    let _ = fs::rename(&path, path.with_extension("before"));
                    self.warn(&format!("mending was cut short, and could not be taken back: {error}"));
                }
            }
        }
    }

    /// What the VM's definition names, and the snapshot's, which it will be put back to.
    fn images_of(&mut self, vm: &Vm) -> Vec<Named> {
        if !is_name(&vm.name) || !is_name(&vm.snapshot) {
            self.warn(&format!("no VM or snapshot of libvirt can be named {} and {}", vm.name, vm.snapshot));
            return Vec::new();
        }
        let definition = self.places.definitions.join(format!("{}.xml", vm.name));
        let snapshot = self.places.snapshots.join(&vm.name).join(format!("{}.xml", vm.snapshot));
        let mut found = Vec::new();
        for (file, must) in [(definition, true), (snapshot, false)] {
            match read(&file).and_then(|xml| definition::images(&xml)) {
                Ok(images) => found
                    .extend(images.into_iter().filter(|image| !found.contains(image)).collect::<Vec<_>>()),
                Err(_) if !must && !file.exists() => {}
                Err(why) => {
                    self.warn(&format!(
                        "images of the VM {} are not checked: {}: {why}",
                        vm.name,
                        file.display()
                    ));
                }
            }
        }
        found
    }

    fn locate(&self, place: &Place) -> Result<PathBuf, String> {
        let path = match place {
            Place::Path(path) => PathBuf::from(path),
            Place::Unchecked(why) => return Err(why.clone()),
            Place::Volume { pool, volume } => {
                if !is_name(pool) || !is_name(volume) {
                    return Err(format!("no volume of libvirt can be named {volume} in {pool}"));
                }
                let xml = read(&self.places.pools.join(format!("{pool}.xml")));
                let folder = xml.and_then(|xml| definition::pool_folder(&xml));
                PathBuf::from(folder.map_err(|why| format!("it is in the storage pool {pool}: {why}"))?)
                    .join(volume)
            }
        };
        if path.is_absolute() { Ok(path) } else { Err(format!("{} is no full path", path.display())) }
    }

    fn image(&mut self, path: &Path, whose: &str) {
        let shown = path.display().to_string();
        let (file, device) = match open(path) {
            Ok(opened) => opened,
            Err(why) => return self.warn(&format!("{shown} ({whose}) is not checked: {why}")),
        };
        match file.metadata() {
            // Two files of a device may be one.
            Ok(known)
                if !self.seen.insert(if device { (0, known.rdev()) } else { (known.dev(), known.ino()) }) =>
            {
                return;
            }
            Ok(_) => {}
            Err(error) => return self.warn(&format!("{shown} ({whose}) is not checked: {error}")),
        }
        let job = Job {
            path: path.to_owned(),
            shown: shown.clone(),
            file,
            device,
            copies: self.places.copies.clone(),
            qemu_img: self.places.qemu_img.clone(),
        };
        let (weight, text) = self.attended(&shown, move |progress| job.check(progress));
        (self.tell)(weight, &format!("{shown} {text}"));
    }

    /// Has a thread do it, which a disk that answers no more may hold for ever; ends it where nothing goes on.
    fn attended(
        &mut self,
        shown: &str,
        work: impl FnOnce(&Progress) -> (Weight, String) + Send + 'static,
    ) -> (Weight, String) {
        let progress = Arc::new(Progress::default());
        let (done, result) = mpsc::channel();
        let at_work = Arc::clone(&progress);
        std::thread::spawn(move || done.send(work(&at_work)));
        let begun = Instant::now();
        let (mut steps, mut stepped, mut reported) = (0, begun, begun);
        loop {
            match result.recv_timeout(POLL_INTERVAL) {
                Ok(said) => return said,
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return (Weight::Warning, "could not be checked: this is a fault in Vitrine".to_owned());
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if progress.steps() != steps {
                (steps, stepped) = (progress.steps(), now);
                // As long as something goes on, systemd waits.
                let patience = (self.limits.stall + STOP_GRACE * 2).as_micros();
                let patience = NotifyState::ExtendTimeoutUsec(u32::try_from(patience).unwrap_or(u32::MAX));
                let _ = sd_notify::notify(&[patience]);
            }
            let stalled = now.duration_since(stepped) >= self.limits.stall;
            if stalled || now.duration_since(begun) >= self.limits.longest {
                progress.stop();
                let seconds = now.duration_since(begun).as_secs();
                let why = if stalled { "nothing went on any more" } else { "it took too long" };
                return match result.recv_timeout(STOP_GRACE) {
                    // It was ready just then.
                    Ok(said) if !said.1.contains(tool::ENDED) => said,
                    _ => (
                        Weight::Warning,
                        format!("was given up after {seconds} s, since {why}; it is used as it is"),
                    ),
                };
            }
            if now.duration_since(reported) >= self.limits.report {
                reported = now;
                self.inform(&format!(
                    "{shown} is still looked at, since {} s",
                    now.duration_since(begun).as_secs()
                ));
            }
        }
    }
}

/// libvirt makes files and folders of names, and so takes none with a slash.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains('/')
}

/// Reads one of libvirt's files.
fn read(path: &Path) -> Result<String, String> {
    let (file, _) = open(path)?;
    let mut text = String::new();
    io::Read::read_to_string(&mut io::Read::take(file, MAX_DEFINITION), &mut text).map_err(words)?;
    Ok(text)
}

/// Opens a file or a block device for reading, and waits for nobody; whether it is a device.
fn open(path: &Path) -> Result<(File, bool), String> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    let flags = i32::try_from(flags).unwrap_or_default();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(words)?;
    let kind = file.metadata().map_err(words)?.file_type();
    match (kind.is_file(), kind.is_block_device()) {
        (true, _) => Ok((file, false)),
        (_, true) => Ok((file, true)),
        _ => Err("it is neither a file nor a block device".to_owned()),
    }
}
