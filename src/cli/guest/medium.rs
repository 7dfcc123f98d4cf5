//! CD and floppy images, made by the programs that others have long used for that.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::host::process::{self, RunError};
use crate::words::tr;

/// How long a program may take to make an image of a few megabytes.
const MAKE_TIMEOUT: Duration = Duration::from_secs(60);

/// What of a program's complaint is kept, in bytes: its last line is told.
const MAX_SAID: usize = 1 << 16;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// ISO 9660 with the longer names of Windows (Joliet) and of Unix (Rock Ridge).
    Iso,
    /// A floppy of 1.44 MB for DOS and Windows (FAT).
    Floppy,
    /// A floppy of 1.44 MB for Mac OS (HFS).
    MacFloppy,
}

impl Kind {
    /// The extension of its file.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Iso => "iso",
            Self::Floppy | Self::MacFloppy => "img",
        }
    }
}

/// A folder that is gone with its value.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("vitrine-kit-{}", std::process::id()));
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes an image of these files, all in one folder.
///
/// # Errors
/// A program is missing, or does not do it; for people.
pub(super) fn write(kind: Kind, files: &[PathBuf], image: &Path, scratch: &Scratch) -> Result<(), String> {
    match kind {
        Kind::Iso => {
            // All of them take the options of the first.
            let makers = ["genisoimage", "xorrisofs", "mkisofs"];
            let mut missing = None;
            for maker in makers {
                let mut command = Command::new(maker);
                command.args(["-quiet", "-J", "-R", "-V", "VITRINE", "-o"]).arg(image).args(files);
                match run(command, "genisoimage") {
                    Err(Failed::Missing(why)) => missing = Some(why),
                    done => return done.map_err(Failed::words),
                }
            }
            Err(missing.unwrap_or_default())
        }
        Kind::Floppy => {
            let mut format = Command::new("mformat");
            format.args(["-C", "-f", "1440", "-v", "VITRINE", "-i"]).arg(image).arg("::");
            let mut copy = Command::new("mcopy");
            copy.arg("-i").arg(image).args(files).arg("::");
            run(format, "mtools").and_then(|()| run(copy, "mtools")).map_err(Failed::words)
        }
        Kind::MacFloppy => {
            let blank = vec![0; 1440 * 1024];
            fs::write(image, blank).map_err(|error| format!("{}: {error}", image.display()))?;
            // They note in the home which volume is meant.
            let hfs = |program: &str| {
                let mut command = Command::new(program);
                command.env("HOME", &scratch.0);
                command
            };
            let mut format = hfs("hformat");
            format.args(["-l", "Vitrine"]).arg(image);
            run(format, "hfsutils").map_err(Failed::words)?;
            for file in files {
                // Without a name it would leave out what it takes for an extension.
                let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let mut copy = hfs("hcopy");
                copy.arg("-t").arg(file).arg(format!(":{name}"));
                run(copy, "hfsutils").map_err(Failed::words)?;
            }
            run(hfs("humount"), "hfsutils").map_err(Failed::words)
        }
    }
}

enum Failed {
    Missing(String),
    Refused(String),
}

impl Failed {
    fn words(self) -> String {
        match self {
            Self::Missing(why) | Self::Refused(why) => why,
        }
    }
}

fn run(mut command: Command, package: &str) -> Result<(), Failed> {
    let program = command.get_program().to_string_lossy().into_owned();
    match process::run(&mut command, MAKE_TIMEOUT, MAX_SAID) {
        Ok(ended) if ended.code == Some(0) => Ok(()),
        Ok(ended) => {
            let said = String::from_utf8_lossy(&ended.errors);
            let said = said.trim().lines().last().unwrap_or_default().to_owned();
            Err(Failed::Refused(tr!("{program} has failed: {why}", program = program, why = said)))
        }
        Err(RunError::Begin(error)) if error.kind() == ErrorKind::NotFound => Err(Failed::Missing(tr!(
            "{program} is not there; install it with `sudo apt install {package}`",
            program = program,
            package = package
        ))),
        Err(RunError::Begin(error)) => Err(Failed::Refused(tr!(
            "{program} has failed: {why}",
            program = program,
            why = error.to_string()
        ))),
        Err(RunError::Late) => {
            Err(Failed::Refused(tr!("{program} does not come to an end", program = program)))
        }
    }
}
