//! Finds out about hardware virtualisation.

mod guest;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::thread;

use super::{Ground, lost, program};
use crate::adapter::libvirt::Vm;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::host::TroubleKind;
use crate::doctor::facts::kvm::{Guest, Kvm, Modules, Processor, Tried};
use crate::vm::Definition;
use crate::words::told;

const DEVICE: &str = "/dev/kvm";

pub(super) fn gather(ground: &Ground) -> Kvm {
    let guests = guests(ground);
    let wanted = guests.as_ref().is_ok_and(|guests| guests.iter().any(|guest| guest.by_kvm));
    let not_wanted = || told!("no VM of an exhibit is run by KVM");
    // Both may wait for other programs.
    let (off_in_firmware, tried) = thread::scope(|scope| {
        let tried = scope.spawn(|| if wanted { tried() } else { Err(not_wanted()) });
        // Old logs are long, and no VM may care.
        let trouble = if wanted { ground.once.trouble() } else { Err(not_wanted()) };
        let off = trouble.map(|all| all.iter().any(|one| one.kind == TroubleKind::KvmOff));
        (off, tried.join().unwrap_or_else(|_| Err(lost())))
    });
    Kvm {
        processor: processor(),
        modules: modules(),
        off_in_firmware,
        device: Ok(Path::new(DEVICE).exists()),
        tried,
        others: Ok(["vboxdrv", "vmmon"]
            .into_iter()
            .filter(|name| is_loaded(name))
            .map(str::to_owned)
            .collect()),
        guests,
    }
}

/// The exhibits' VMs.
fn guests(ground: &Ground) -> Fact<Vec<Guest>> {
    // Without libvirt's word nothing is known of any.
    ground.libvirt.as_ref().map_err(Told::clone)?;
    let exhibits = ground.asked.exhibits.iter();
    Ok(exhibits.filter_map(|exhibit| ground.vm(exhibit).ok()).filter_map(guest_of).collect())
}

/// What a VM's definition says: as the next start takes it, or else as it runs.
fn guest_of(vm: &Vm) -> Option<Guest> {
    let texts = [&vm.persistent, &vm.running];
    let text = texts.into_iter().find_map(|text| text.as_ref().ok()?.as_ref())?;
    let definition = Definition::read(text).ok()?;
    if !["kvm", "qemu"].contains(&definition.kind.as_str()) {
        return None;
    }
    let emulator = emulator(text).unwrap_or_else(|| format!("qemu-system-{}", definition.arch));
    Some(Guest {
        vm: vm.name.clone(),
        by_kvm: definition.kind == "kvm",
        arch: definition.arch,
        has_emulator: if emulator.starts_with('/') {
            Path::new(&emulator).exists()
        } else {
            program::is_there(&emulator)
        },
    })
}

/// The emulator that a definition names (<https://libvirt.org/formatdomain.html#devices>).
fn emulator(text: &str) -> Option<String> {
    let document = roxmltree::Document::parse(text).ok()?;
    let devices = document.root_element().children().find(|node| node.has_tag_name("devices"))?;
    let emulator = devices.children().find(|node| node.has_tag_name("emulator"))?;
    emulator.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn processor() -> Fact<Processor> {
    Ok(processor_of(&super::host::read("/proc/cpuinfo")?, std::env::consts::ARCH))
}

/// What `/proc/cpuinfo` says, of the first processor.
fn processor_of(text: &str, arch: &str) -> Processor {
    let value = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
        line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    };
    let has = |flag: &str| value("flags").split(' ').any(|one| one == flag);
    let maker = match value("vendor_id") {
        "GenuineIntel" => "intel",
        "AuthenticAMD" | "HygonGenuine" => "amd",
        other => other,
    };
    Processor {
        maker: maker.to_owned(),
        virtualises: has("vmx") || has("svm"),
        is_virtual: has("hypervisor"),
        // As QEMU names it.
        arch: if arch == "x86" { "i386".to_owned() } else { arch.to_owned() },
    }
}

fn modules() -> Fact<Modules> {
    let of_makers = ["kvm_intel", "kvm_amd"];
    Ok(Modules {
        general: is_loaded("kvm"),
        of_maker: of_makers.into_iter().find(|name| is_loaded(name)).map(str::to_owned),
        forbidden_by: forbidden_by(),
    })
}

/// Whether a module is loaded, or built in and has parameters.
fn is_loaded(name: &str) -> bool {
    Path::new("/sys/module").join(name).is_dir()
}

/// The file that keeps KVM from being loaded (modprobe.d(5)).
fn forbidden_by() -> Option<String> {
    let folders = ["/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d"];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    files
        .map(|file| file.path())
        .filter(|file| file.extension().is_some_and(|end| end == "conf"))
        .find(|file| fs::read_to_string(file).is_ok_and(|text| forbids(&text)))
        .map(|file| file.display().to_string())
}

fn forbids(text: &str) -> bool {
    text.lines().any(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["blacklist", name] => ["kvm", "kvm_intel", "kvm_amd", "kvm-intel", "kvm-amd"].contains(name),
            ["install", name, program, ..] => {
                name.starts_with("kvm")
                    && ["/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false"].contains(program)
            }
            _ => false,
        }
    })
}

/// Runs a guest.
fn tried() -> Fact<Tried> {
    if let Err(error) = OpenOptions::new().read(true).write(true).open(DEVICE) {
        return Err(match error.kind() {
            io::ErrorKind::PermissionDenied => {
                told!("this user may not open {device}, so no guest was run", device = DEVICE)
            }
            _ => told!("{file} cannot be opened: {why}", file = DEVICE, why = error.to_string()),
        });
    }
    match std::env::consts::ARCH {
        "x86_64" => guest::run("qemu-system-x86_64"),
        other => Err(told!("there is no guest to try for {arch}", arch = other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processors_word_is_read() {
        let text = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx ept\n\nprocessor\t: 1\n";
        let processor = |maker: &str, virtualises, is_virtual| Processor {
            maker: maker.to_owned(),
            virtualises,
            is_virtual,
            arch: "x86_64".to_owned(),
        };
        assert_eq!(processor_of(text, "x86_64"), processor("intel", true, false));
        let text = "vendor_id : AuthenticAMD\nflags : fpu hypervisor svmx\n";
        assert_eq!(processor_of(text, "x86_64"), processor("amd", false, true));
    }

    #[test]
    fn what_keeps_modules_away_is_known() {
        for (text, expected) in [
            ("# blacklist kvm\n", false),
            ("blacklist kvm_intel\n", true),
            ("install kvm /bin/false\n", true),
            ("options kvm_intel nested=1\nblacklist pcspkr\n", false),
        ] {
            assert_eq!(forbids(text), expected, "{text}");
        }
    }

    /// What comes out depends on the computer; it ends in any case.
    #[test]
    #[ignore = "it takes three seconds where KVM is only half there"]
    fn a_guest_is_tried_on_this_computer() {
        let began = std::time::Instant::now();
        // Seen with --nocapture.
        eprintln!("{:?} after {:?}", tried(), began.elapsed());
        assert!(began.elapsed() < std::time::Duration::from_secs(8));
    }

    #[test]
    fn an_emulator_is_that_of_the_definition() {
        let text = "<domain><devices><emulator>/usr/bin/qemu-system-ppc</emulator></devices></domain>";
        assert_eq!(emulator(text).as_deref(), Some("/usr/bin/qemu-system-ppc"));
        assert_eq!(emulator("<domain><devices/></domain>"), None);
    }
}
