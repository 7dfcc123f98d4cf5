//! What of this computer must be there for a VM to start, by path.

use std::collections::BTreeSet;
use std::path::Path;

use super::definition::Definition;
use super::disk::Source;

impl Definition {
    /// The media in its drives that a start, or a revert, is refused without.
    pub fn media(&self, for_a_revert: bool) -> impl Iterator<Item = (&str, &str)> {
        self.disks.iter().filter(|disk| disk.is_drive()).filter_map(move |disk| {
            let without = match disk.startup_policy.as_str() {
                "optional" => true,
                "requisite" => for_a_revert,
                _ => false,
            };
            disk.file().filter(|_| !without).map(|file| (disk.target.as_str(), file))
        })
    }

    /// What of this computer it takes for itself: devices, sockets, scripts.
    pub fn device_files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = Vec::new();
        files.extend(self.disks.iter().filter_map(|disk| match &disk.source {
            Some(Source::Block(file)) if !disk.is_drive() => Some(file.as_str()),
            _ => None,
        }));
        files.extend(self.ports.iter().filter_map(|port| match port.kind.as_str() {
            // Of a console that is a serial port under another name libvirt says the same again.
            "dev" | "pipe" => Some(port.path.as_str()),
            "unix" if port.connects() => Some(port.path.as_str()),
            _ => None,
        }));
        files.extend(self.rngs.iter().map(|rng| rng.device.as_str()));
        files.extend(self.tpms.iter().map(|tpm| tpm.device.as_str()));
        files.extend(self.inputs.iter().map(|input| input.device.as_str()));
        files.extend(self.interfaces.iter().flat_map(|card| [card.rom.as_str(), card.script.as_str()]));
        if self.vsock {
            files.push("/dev/vhost-vsock");
        }
        if self.graphics.iter().any(|graphics| graphics.gl) {
            files.push("/dev/dri");
        }
        files.retain(|file| file.starts_with('/'));
        files
    }

    /// The folders that it writes to or shares.
    pub fn folders(&self) -> Vec<String> {
        let written = self.ports.iter().filter(|port| port.kind == "file");
        let above = written.filter_map(|port| Path::new(&port.path).parent()?.to_str());
        let shared = self.filesystems.iter().map(|filesystem| filesystem.source.as_str());
        above.chain(shared).filter(|folder| folder.starts_with('/')).map(str::to_owned).collect()
    }

    /// All of them.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::from([self.emulator.clone()]);
        paths.extend(self.firmware.files().map(str::to_owned));
        if let Some(nvram) = &self.firmware.nvram {
            paths.extend([nvram.file.clone(), nvram.template.clone()]);
        }
        paths.extend(self.media(false).map(|(_, file)| file.to_owned()));
        paths.extend(self.device_files().into_iter().map(str::to_owned));
        paths.extend(self.folders());
        paths.retain(|path| path.starts_with('/'));
        paths
    }
}
