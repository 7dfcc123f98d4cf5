//! `vitrine guest`: the guest kit on a CD or a floppy, for one exhibit.

mod ini;
mod medium;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};

use self::medium::{Kind, Scratch};
use super::{Outcome, client, fail, local, say};
use crate::adapter::libvirt::{Drive, KIT_MARK, eject_kits, insert_kit};
use crate::config::{self, Settings};
use crate::core::types::ExhibitSettings;
use crate::words::{self, tr};

/// How long libvirt may take over a drive.
const DRIVE_TIMEOUT: Duration = Duration::from_secs(30);
/// What the kit has its settings in.
const INI: &str = "vitrine.ini";
/// The kit for Mac OS 9, as it is in the source, and as it is on a Mac.
const SCRIPTS: [&str; 2] = ["vitrine.applescript", "vitrine.txt"];
/// Where QEMU's user-mode network has this computer (<https://www.qemu.org/docs/master/system/devices/net.html>).
const USER_MODE_HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write a CD image with the guest kit, its INI filled in for the exhibit
    #[command(after_help = "Examples:\n  guest/windows/build kit\n  vitrine guest iso eden-garden\n  \
                            vitrine guest iso eden-garden --folder /var/lib/libvirt/images --insert\n\n\
                            All files of the folder `kit` are on it, and `vitrine.ini` with the address of this computer \
                            and the exhibit's name. One that lies there is filled in, and stays as it is.")]
    Iso(Wanted),
    /// The same on a floppy image, for guests without a CD drive
    #[command(after_help = "Examples:\n  guest/dos/build kit\n  vitrine guest floppy tide --insert\n  \
                            vitrine guest floppy mirror --mac")]
    Floppy {
        #[command(flatten)]
        wanted: Wanted,
        /// As Mac OS formats floppies (HFS), with the script for Mac OS 9
        #[arg(long)]
        mac: bool,
    },
    /// Take the guest kit out of the VM's drives
    #[command(after_help = "Example: vitrine guest eject eden-garden")]
    Eject {
        /// The exhibit's name
        exhibit: String,
    },
}

/// What is to be on it, and where it goes.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// The exhibit's name
    exhibit: String,
    /// The folder with what `guest/windows/build`, `guest/linux/build` or `guest/dos/build` has made [default: kit]
    #[arg(long, value_name = "DIR", default_value = "kit", hide_default_value = true)]
    kit: PathBuf,
    /// The folder that the image is written to, as EXHIBIT-vitrine-kit.iso or .img [default: this one]
    #[arg(long, value_name = "DIR", default_value = ".", hide_default_value = true)]
    folder: PathBuf,
    /// This computer as the guest sees it [default: by `listen` in the configuration]
    #[arg(long, value_name = "IP[:PORT]")]
    address: Option<String>,
    /// Put it into the VM's drive
    #[arg(long)]
    insert: bool,
}

pub(super) fn command(command: Command, config: Option<&Path>) -> Outcome {
    let done = match command {
        Command::Iso(wanted) => make(&wanted, Kind::Iso, config),
        Command::Floppy { wanted, mac } => {
            make(&wanted, if mac { Kind::MacFloppy } else { Kind::Floppy }, config)
        }
        Command::Eject { exhibit } => eject(&exhibit, config),
    };
    done.unwrap_or_else(|(why, outcome)| fail(&why, outcome))
}

type Failed = (String, Outcome);

fn make(wanted: &Wanted, kind: Kind, config: Option<&Path>) -> Result<Outcome, Failed> {
    let wrong = |why: String| (why, Outcome::Wrong);
    let failed = |why: String| (why, Outcome::NotWell);
    let settings = load(config)?;
    let exhibit = find(&settings, &wanted.exhibit)?;
    let host = match &wanted.address {
        Some(text) => address(text, &settings).map_err(wrong)?,
        None => listened(&settings.api.listen).map_err(wrong)?,
    };
    let name = format!("{}{KIT_MARK}.{}", exhibit.name, kind.extension());
    let scratch = Scratch::new().map_err(failed)?;
    let files = collect(wanted, kind, host, &exhibit.name, &scratch).map_err(failed)?;
    let made = scratch.path(&name);
    medium::write(kind, &files, &made, &scratch).map_err(failed)?;
    let folder = fs::canonicalize(&wanted.folder)
        .map_err(|error| failed(format!("{}: {error}", wanted.folder.display())))?;
    let image = folder.join(&name);
    let beside = folder.join(format!("{name}.new"));
    let put = fs::copy(&made, &beside).and_then(|_| fs::rename(&beside, &image));
    put.map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(format!("{}: {error}", image.display()))
    })?;
    let names: Vec<_> = files.iter().filter_map(|file| file.file_name()?.to_str()).collect();
    say(&tr!("{image}: {files}, for {host}", image = image.display(), files = names.join(", "), host = host));
    if wanted.insert {
        let drive = if kind == Kind::Iso { Drive::Cd } else { Drive::Floppy };
        let path = image.to_string_lossy();
        let target = insert_kit(&settings.libvirt.uri, &exhibit.vm, drive, &path, DRIVE_TIMEOUT);
        let target = target.map_err(|why| {
            failed(tr!(
                "the image is not in the drive: {why} (QEMU must be able to read the file; `--folder \
                 /var/lib/libvirt/images` is such a place)",
                why = words::say(&why)
            ))
        })?;
        say(&tr!(
            "it is in drive {target} of VM {vm}; before the next snapshot: vitrine guest eject {exhibit}",
            target = target,
            vm = exhibit.vm,
            exhibit = exhibit.name
        ));
    }
    Ok(Outcome::Well)
}

fn eject(name: &str, config: Option<&Path>) -> Result<Outcome, Failed> {
    let settings = load(config)?;
    let exhibit = find(&settings, name)?;
    let ejected = eject_kits(&settings.libvirt.uri, &exhibit.vm, DRIVE_TIMEOUT)
        .map_err(|why| (words::say(&why), Outcome::NotWell))?;
    if ejected.is_empty() {
        return Ok(say(&tr!("there is no guest kit in the drives of VM {vm}", vm = exhibit.vm)));
    }
    for file in ejected {
        say(&tr!("{file} is no longer in VM {vm}", file = file, vm = exhibit.vm));
    }
    Ok(Outcome::Well)
}

fn load(config: Option<&Path>) -> Result<Settings, Failed> {
    let (_, loaded) = config::load_within(config, local::CONFIG_TIMEOUT)
        .map_err(|error| (error.to_string(), Outcome::Wrong))?;
    Ok(loaded.settings)
}

fn find<'a>(settings: &'a Settings, name: &str) -> Result<&'a ExhibitSettings, Failed> {
    settings.exhibits.iter().find(|exhibit| exhibit.name == name).ok_or_else(|| {
        let all = settings.exhibits.iter().map(|exhibit| exhibit.name.as_str());
        (client::unknown(name, all), Outcome::Wrong)
    })
}

/// What is to be on the image, with what is filled in.
fn collect(
    wanted: &Wanted,
    kind: Kind,
    host: SocketAddrV4,
    exhibit: &str,
    scratch: &Scratch,
) -> Result<Vec<PathBuf>, String> {
    let kit = &wanted.kit;
    let in_kit = |error: std::io::Error| {
        tr!(
            "{kit}: {why}; `guest/windows/build {kit}` makes the kit for Windows, and so on",
            kit = kit.display(),
            why = error.to_string()
        )
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(kit).map_err(in_kit)? {
        let path = entry.map_err(in_kit)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        // The compilers' folders, what an editor left, and earlier images are none of it.
        let odd = name.starts_with('.') || name.ends_with('~') || name.contains(KIT_MARK);
        if !odd && path.is_file() && name != INI {
            files.push(path);
        }
    }
    files.sort();
    let is_script = |path: &PathBuf| SCRIPTS.iter().any(|name| path.ends_with(name));
    if kind == Kind::MacFloppy {
        files.retain(is_script);
    }
    if files.is_empty() {
        let what = if kind == Kind::MacFloppy {
            "guest/macos-classic/vitrine.applescript"
        } else {
            "guest/windows/build"
        };
        return Err(tr!(
            "there is nothing of a guest kit in {kit}; see {what}",
            kit = kit.display(),
            what = what
        ));
    }
    for file in &mut files {
        if is_script(file) {
            let text = fs::read_to_string(&*file).map_err(in_kit)?;
            *file = keep(scratch, SCRIPTS[1], &ini::script(&text, host, exhibit))?;
        }
    }
    let written = match fs::read_to_string(kit.join(INI)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(in_kit(error)),
    };
    let mut filled = ini::filled(written.as_deref(), host, exhibit);
    if kind == Kind::MacFloppy {
        // What copies it makes the Mac's ends of lines of these.
        filled = filled.replace("\r\n", "\n");
    }
    files.push(keep(scratch, INI, &filled)?);
    Ok(files)
}

fn keep(scratch: &Scratch, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = scratch.path(name);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// The address that was given, with the API's first port where it says none.
fn address(text: &str, settings: &Settings) -> Result<SocketAddrV4, String> {
    let port = settings.api.listen.first().map_or(8000, SocketAddr::port);
    let with_port = || text.parse::<Ipv4Addr>().map(|ip| SocketAddrV4::new(ip, port));
    text.parse::<SocketAddrV4>().or_else(|_| with_port()).map_err(|_| {
        tr!("{text} is no IPv4 address, such as 192.168.122.1 or 192.168.122.1:8000", text = text)
    })
}

/// This computer as guests see it, by where it listens.
fn listened(listen: &[SocketAddr]) -> Result<SocketAddrV4, String> {
    let fours = listen.iter().filter_map(|address| match address.ip() {
        IpAddr::V4(ip) => Some(SocketAddrV4::new(ip, address.port())),
        IpAddr::V6(_) => None,
    });
    let fours: Vec<_> = fours.collect();
    let open: Vec<_> = fours.iter().filter(|address| !address.ip().is_loopback()).collect();
    match (open.as_slice(), fours.first()) {
        ([one], _) if !one.ip().is_unspecified() => Ok(**one),
        // A guest with user-mode networking reaches what listens on this computer alone.
        ([], Some(own)) => Ok(SocketAddrV4::new(USER_MODE_HOST, own.port())),
        _ => {
            let all: Vec<_> = listen.iter().map(ToString::to_string).collect();
            Err(tr!(
                "the configuration does not say at which address the guest sees this computer (it listens on: {all}); give \
                 it with --address",
                all = all.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_see_this_computer_where_it_listens() {
        let of = |listen: &[&str]| {
            let listen: Vec<_> = listen.iter().map(|address| address.parse().unwrap()).collect();
            listened(&listen).ok().map(|address| address.to_string())
        };
        let rows: [(&[&str], Option<&str>); 7] = [
            (&["127.0.0.1:8000", "192.168.122.1:8000"], Some("192.168.122.1:8000")),
            (&["192.168.122.1:81"], Some("192.168.122.1:81")),
            (&["127.0.0.1:8001"], Some("10.0.2.2:8001")),
            (&["0.0.0.0:8000"], None),
            (&["192.168.122.1:8000", "10.0.0.5:8000"], None),
            (&["[::1]:8000"], None),
            (&[], None),
        ];
        for (listen, expected) in rows {
            assert_eq!(of(listen).as_deref(), expected, "{listen:?}");
        }
    }
}
