//! The exhibits' disk images after a power cut, for the unit `vitrine-images.service`.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{Outcome, fail, local, say};
use crate::config;
use crate::images::{self, Limits, Places, Vm, Weight};
use crate::words::tr;

/// The libvirt whose definitions root has.
const SYSTEM: &str = "qemu:///system";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The computer was started: check the exhibits' images if it had stopped without an end
    Begin,
    /// The computer is switched off in order
    End,
    /// Put back what was changed in an image when it was mended
    PutBack {
        /// The copy, which the log names
        copy: PathBuf,
        /// Into this file, in place of the image that it was
        #[arg(long, value_name = "FILE")]
        image: Option<PathBuf>,
        /// Also where the image was used since; what was written meanwhile is lost, and more may be
        #[arg(long)]
        force: bool,
    },
}

pub(super) fn command(command: Command, config: Option<&Path>) -> Outcome {
    match command {
        Command::Begin => {
            images::begin(&Places::default(), Limits::default(), vms(config), &mut tell);
            Outcome::Well
        }
        Command::End => {
            images::end(&Places::default());
            Outcome::Well
        }
        Command::PutBack { copy, image, force } => match images::put_back(&copy, image.as_deref(), force) {
            Ok(image) => say(&tr!("{image}: as it was before it was mended", image = image.display())),
            Err(error) => fail(&error.to_string(), Outcome::NotWell),
        },
    }
}

/// The exhibits' VMs, and the snapshots that they are put back to.
fn vms(config: Option<&Path>) -> Result<Vec<Vm>, String> {
    let (_, config::Loaded { settings, .. }) =
        config::load_within(config, local::CONFIG_TIMEOUT).map_err(|error| error.to_string())?;
    if settings.libvirt.uri != SYSTEM {
        tell(
            Weight::Information,
            &format!(
                "the artworks' VMs are those of {}; only images of {SYSTEM} are checked",
                settings.libvirt.uri
            ),
        );
        return Ok(Vec::new());
    }
    let vm = |exhibit: &crate::core::types::ExhibitSettings| Vm {
        name: exhibit.vm.to_string(),
        snapshot: exhibit.snapshot.to_string(),
    };
    Ok(settings.exhibits.iter().map(vm).collect())
}

/// systemd's journal takes the weight of a line from its beginning (sd-daemon(3)).
fn tell(weight: Weight, text: &str) {
    let weight = match weight {
        Weight::Information => "<6>",
        Weight::Warning => "<4>",
    };
    let to_journal = std::env::var_os("JOURNAL_STREAM").is_some();
    say(&format!("{}{text}", if to_journal { weight } else { "" }));
}
