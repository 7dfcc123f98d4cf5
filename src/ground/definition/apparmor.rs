//! What AppArmor lets a VM have. For each start libvirt's helper writes a profile of the VM's own from its definition; some
//! folders it gives to no VM (virt-aa-helper, libvirt's `src/security/virt-aa-helper.c`).

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use roxmltree::Document;

use crate::core::types::Told;
use crate::doctor::Fact;
use crate::vm::Definition;
use crate::words::told;

/// The folder of VMs' profiles, each in `libvirt-UUID`, with its files in `libvirt-UUID.files`.
const PROFILES: &str = "/etc/apparmor.d/libvirt";
/// What all VMs may have; somebody may have added to it.
const FOR_ALL: [&str; 3] = [
    "/etc/apparmor.d/abstractions/libvirt-qemu",
    "/etc/apparmor.d/local/abstractions/libvirt-qemu",
    "/etc/apparmor.d/abstractions/libvirt-qemu.d",
];
/// What paths begin with of which the helper gives nothing to a VM, and refuses the start. `/lib` has no end: nor does it
/// give what is in `/library`.
const REFUSED: [&str; 16] = [
    "/bin/",
    "/etc/",
    "/lib",
    "/lost+found/",
    "/proc/",
    "/sbin/",
    "/selinux/",
    "/sys/",
    "/usr/bin/",
    "/usr/lib",
    "/usr/sbin/",
    "/usr/share/",
    "/usr/local/bin/",
    "/usr/local/etc/",
    "/usr/local/lib",
    "/usr/local/sbin/",
];
/// What they begin with where it gives a VM reading alone.
const ONLY_READ: [&str; 3] = ["/boot/", "/vmlinuz", "/initrd"];

/// Where a path leads, as far as it is there: profiles name real paths.
fn real(path: &str) -> String {
    Path::new(path).canonicalize().map_or_else(|_| path.to_owned(), |real| real.display().to_string())
}

/// The files and folders of a definition that the helper gives to no VM. Firmware is left out: which is given depends on
/// libvirt's version, and what a distribution brings fits together.
pub(super) fn refused(vm: &Definition) -> Vec<String> {
    let disks = vm.disks.iter().filter_map(|disk| Some((disk.file()?, disk.is_written())));
    let variables = vm.firmware.nvram.iter().map(|nvram| (nvram.file.as_str(), true));
    let shared = vm.filesystems.iter().filter(|shared| !shared.virtiofs);
    let shared = shared.map(|shared| (shared.source.as_str(), !shared.readonly));
    let is_refused = |path: &str, written: bool| {
        let begins = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
        begins(&REFUSED) || (written && begins(&ONLY_READ)) || path.contains('"')
    };
    disks
        .chain(variables)
        .chain(shared)
        .filter(|(path, _)| path.starts_with('/'))
        .filter(|(path, written)| is_refused(&real(path), *written))
        .map(|(path, _)| path.to_owned())
        .collect()
}

/// The files and folders of a VM as it runs that its profile does not have.
pub(super) fn unlisted(xml: &str) -> Fact<Vec<String>> {
    let document = Document::parse(xml).map_err(|error| Told::text(error.to_string()))?;
    let uuid = document.descendants().find(|node| node.has_tag_name("uuid"));
    let uuid = uuid.and_then(|node| node.text()).unwrap_or_default().trim();
    let file = format!("{PROFILES}/libvirt-{uuid}.files");
    let mut patterns = patterns(&read(Path::new(&file))?);
    for place in FOR_ALL {
        let place = Path::new(place);
        let entries = fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
        for file in entries.chain(place.is_file().then(|| place.to_owned())) {
            patterns.extend(self::patterns(&read(&file)?));
        }
    }
    let allowed = |path: &String| patterns.iter().any(|pattern| matches(pattern, &real(path)));
    Ok(opened(&document).into_iter().filter(|path| !allowed(path)).collect())
}

/// What QEMU has open of a VM that runs: its disks and what these are based on, as libvirt has found them, and folders that
/// it shares itself.
fn opened(document: &Document<'_>) -> Vec<String> {
    let devices = document
        .descendants()
        .filter(|node| ["disk", "filesystem"].iter().any(|tag| node.has_tag_name(*tag)));
    let devices = devices.filter(|device| {
        let driver = device.children().find(|node| node.has_tag_name("driver"));
        driver.and_then(|driver| driver.attribute("type")) != Some("virtiofs")
    });
    let sources = devices.flat_map(|device| device.descendants().filter(|node| node.has_tag_name("source")));
    let paths = sources.filter_map(|source| source.attribute("file").or_else(|| source.attribute("dir")));
    paths.filter(|path| path.starts_with('/')).map(str::to_owned).collect()
}

fn read(file: &Path) -> Fact<String> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(told!("{file} is not there", file = file.display().to_string()))
        }
        Err(error) => Err(super::unreadable(file, &error)),
    }
}

/// The paths that rules allow something with (apparmor.d(5)). A file that only may be written is as good here as one that
/// may be read: it is named at all.
fn patterns(text: &str) -> Vec<String> {
    let pattern = |line: &str| {
        let line = line.trim().trim_start_matches("owner ").trim_start();
        let path = match line.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => line.split_whitespace().next()?,
        };
        let path = path.replace("@{HOME}/", "{/home/*,/root}/");
        path.starts_with(['/', '{']).then_some(path)
    };
    text.lines().filter_map(pattern).collect()
}

/// Whether a pattern of AppArmor's fits a path: `*` and `?` fit no slash, `**` everything, `{a,b}` one of these.
fn matches(pattern: &str, path: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => path.is_empty(),
        Some('*') if rest.as_str().starts_with('*') => {
            let after = rest.as_str().trim_start_matches('*');
            ends(path).any(|path| matches(after, path))
        }
        Some('*') => {
            let within = path.find('/').unwrap_or(path.len());
            ends(path)
                .take_while(|end| path.len() - end.len() <= within)
                .any(|path| matches(rest.as_str(), path))
        }
        Some('{') => {
            let Some((choices, after)) = braced(rest.as_str()) else { return false };
            choices.iter().any(|choice| matches(&format!("{choice}{after}"), path))
        }
        Some('[') => {
            let Some((class, after)) = rest.as_str().split_once(']') else { return false };
            let mut path = path.chars();
            path.next().is_some_and(|letter| in_class(class, letter) && matches(after, path.as_str()))
        }
        Some(letter) => {
            let literal = if letter == '\\' { rest.next() } else { Some(letter) };
            let mut path = path.chars();
            let fits = match path.next() {
                Some(found) if letter == '?' => found != '/',
                found => found == literal,
            };
            fits && matches(rest.as_str(), path.as_str())
        }
    }
}

/// All ends of a text, the whole first.
fn ends(text: &str) -> impl Iterator<Item = &str> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).filter_map(|at| text.get(at..))
}

/// What stands in braces, of which the first is open already, and what comes after them.
fn braced(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut depth, mut from, mut choices) = (0, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                choices.push(text.get(from..at)?);
                return Some((choices, text.get(at + 1..)?));
            }
            ',' if depth == 0 => {
                choices.push(text.get(from..at)?);
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

fn in_class(class: &str, letter: char) -> bool {
    let (negated, class) = class.strip_prefix('^').map_or((false, class), |class| (true, class));
    let letters: Vec<char> = class.chars().collect();
    let range = letters.windows(3).any(|part| part[1] == '-' && (part[0]..=part[2]).contains(&letter));
    (range || letters.contains(&letter)) != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_apparmors_do() {
        for (pattern, path, expected) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/b/c", false),
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", false),
            ("/a/**", "/a/b/c", true),
            ("/**.qcow{,2}", "/x/y/z.qcow2", true),
            ("/**.qcow{,2}", "/x/y/z.qcow", true),
            ("/**.qcow{,2}", "/x/y/z.raw", false),
            ("/{media,mnt,opt,srv}/**", "/srv/art/eden", true),
            ("/{media,mnt,opt,srv}/**", "/data/art/eden", false),
            ("{/home/*,/root}/**", "/home/ada/eden.img", true),
            ("{/home/*,/root}/**", "/root/eden.img", true),
            ("/dev/vd[a-z]", "/dev/vdb", true),
            ("/dev/vd[^a]", "/dev/vda", false),
            ("/a/?.img", "/a/b.img", true),
            ("/a?b", "/a/b", false),
            ("/a{b", "/ab", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn rules_are_read_as_the_helper_writes_them() {
        let text = "# DO NOT EDIT\n  \"/var/log/libvirt/**/eden.log\" w,\n  \"/srv/art/eden 1.qcow2\" rwk,\n  \
                    # don't audit writes to readonly files\n  deny \"/srv/art/cd.iso\" w,\n  owner @{HOME}/art/** r,\n  \
                    /dev/kvm rw,\n  capability net_admin,\n";
        let expected =
            ["/var/log/libvirt/**/eden.log", "/srv/art/eden 1.qcow2", "{/home/*,/root}/art/**", "/dev/kvm"];
        assert_eq!(patterns(text), expected);
    }

    #[test]
    fn what_a_vm_that_runs_has_open_is_read_with_what_it_is_based_on() {
        let xml = "<domain><devices><disk type='file'><source file='/a/over.qcow2'><seclabel model='dac'/></source>
            <backingStore type='file'><source file='/b/base.qcow2'/><backingStore/></backingStore></disk>
            <disk type='network'><source protocol='rbd' name='x'/></disk>
            <filesystem type='mount'><source dir='/c'/></filesystem>
            <filesystem type='mount'><driver type='virtiofs'/><source dir='/d'/></filesystem></devices></domain>";
        let document = Document::parse(xml).unwrap();
        assert_eq!(opened(&document), ["/a/over.qcow2", "/b/base.qcow2", "/c"]);
    }

    #[test]
    fn what_the_helper_gives_to_no_vm_is_known() {
        let vm = |source: &str, more: &str| {
            let xml = format!(
                "<domain type='kvm'><devices><disk type='file' device='disk'><source file='{source}'/><target \
                 dev='vda'/>{more}</disk></devices></domain>"
            );
            refused(&Definition::read(&xml).unwrap())
        };
        for (source, more, is) in [
            ("/nowhere/eden.qcow2", "", false),
            ("/usr/share/art/eden.qcow2", "", true),
            ("/library/eden.qcow2", "", true),
            ("/boot/eden.img", "", true),
            ("/boot/eden.img", "<readonly/>", false),
            ("/etc/eden.img", "<readonly/>", true),
        ] {
            assert_eq!(!vm(source, more).is_empty(), is, "{source}");
        }
    }
}
