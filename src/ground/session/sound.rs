//! The session's sound: server, plugins, output.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::processes::Process;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::session::{Sink, Sound};
use crate::ground::{User, program};
use crate::words::told;

/// How long the sound server may take.
const TIME: Duration = Duration::from_secs(2);
/// What virt-viewer plays by (spice-gtk's `spice-gstaudio.c`): a source, converters, and a sink for the sound server.
const PLUGINS: &[&str] = &[
    "libgstapp.so",
    "libgstaudioconvert.so",
    "libgstaudioresample.so",
    "libgstautodetect.so",
    "libgstpulseaudio.so",
];

pub(super) fn find(user: &User, processes: &[Process]) -> Sound {
    let names = ["pulseaudio", "pipewire-pulse"];
    let own = processes.iter().filter(|process| process.uid == user.uid);
    let server = own.filter_map(|process| names.iter().find(|name| process.name == **name)).next();
    let server = server.map(ToString::to_string);
    let sink = match &server {
        None => Ok(None),
        Some(_) => sink(user),
    };
    Sound { server: Ok(server), missing_plugins: plugins(Path::new("/usr/lib")), sink }
}

/// The plugins that are in none of the folders where distributions put them.
fn plugins(libraries: &Path) -> Fact<Vec<String>> {
    let below = fs::read_dir(libraries)
        .map_err(|error| told!("the libraries cannot be looked at: {why}", why = error.to_string()))?;
    let mut folders = vec![libraries.join("gstreamer-1.0")];
    folders.extend(below.flatten().map(|entry| entry.path().join("gstreamer-1.0")));
    let is_there = |name: &&&str| folders.iter().any(|folder| folder.join(name).exists());
    Ok(PLUGINS.iter().filter(|name| !is_there(name)).map(ToString::to_string).collect())
}

/// Asks the user's sound server, as that user.
fn sink(user: &User) -> Fact<Option<Sink>> {
    let ask = |words: &[&str]| {
        let runtime = format!("XDG_RUNTIME_DIR=/run/user/{}", user.uid);
        let mut line: Vec<&str> = Vec::new();
        if rustix::process::geteuid().as_raw() != user.uid {
            line.extend(["runuser", "-u", &user.name, "--", "env", &runtime]);
        }
        line.extend(words);
        let ended = program::run(&line, TIME)?;
        if ended.well() {
            Ok(ended.output)
        } else {
            let why = ended.errors.lines().next().unwrap_or_default().to_owned();
            Err(told!("the sound server does not tell: {why}", why = why))
        }
    };
    let name = ask(&["pactl", "get-default-sink"])?.trim().to_owned();
    if name.is_empty() || name == "@DEFAULT_SINK@" {
        return Ok(None);
    }
    let muted = ask(&["pactl", "get-sink-mute", &name])?;
    let volume = ask(&["pactl", "get-sink-volume", &name])?;
    let volume = loudest(&volume).ok_or_else(|| Told::text(volume.trim()))?;
    Ok(Some(Sink { name, muted: muted.contains("yes"), volume }))
}

/// The loudest of `Volume: front-left: 52428 /  80% / -5.81 dB, …`.
fn loudest(text: &str) -> Option<u32> {
    text.split_whitespace().filter_map(|word| word.strip_suffix('%')?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_are_looked_for_in_all_folders_of_libraries() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("x86_64-linux-gnu/gstreamer-1.0");
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(plugins(root.path()).unwrap().len(), PLUGINS.len());
        for name in PLUGINS {
            fs::write(folder.join(name), "").unwrap();
        }
        assert!(plugins(root.path()).unwrap().is_empty());
    }

    #[test]
    fn the_loudest_channel_counts() {
        let text = "Volume: front-left: 52428 /  80% / -5.81 dB,   front-right: 0 /   0% / -inf dB\n        balance -1.00";
        assert_eq!(loudest(text), Some(80));
        assert_eq!(loudest("nothing"), None);
    }
}
