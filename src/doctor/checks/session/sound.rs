//! Checks of sound: from the viewer to the loudspeakers. A VM has a sound device by default, so that a computer without
//! any sound may be meant so.

use super::super::super::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::core::types::Told;
use crate::words::told;

/// Below so many of 100 nobody hears it in an exhibition.
const FAINT: u32 = 5;

/// Whether the VM's sound is played by a viewer here.
fn sounds(exhibit: &Exhibit) -> Fact<bool> {
    let has = *exhibit.display.sounds.as_ref().map_err(Told::clone)?;
    Ok(has && !exhibit.settings.screens.is_empty())
}

fn packages() -> Remedy {
    Remedy::type_in(
        told!("Where it shall be heard, install a sound server and what the viewer plays by"),
        [Command::root([
            "apt-get",
            "install",
            "pulseaudio",
            "gstreamer1.0-plugins-base",
            "gstreamer1.0-plugins-good",
        ])],
    )
}

pub(super) fn server(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !sounds(exhibit)? {
        return Ok(Judged::Beside);
    }
    match site.session.sound.server.as_ref().map_err(Told::clone)? {
        Some(server) => Ok(Judged::Well(told!("its sound goes to {server}", server = server))),
        None => Ok(Judged::advice(
            told!("its VM has a sound device, and no sound server runs in the session: it is mute"),
            packages(),
        )),
    }
}

pub(super) fn plugins(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !sounds(exhibit)? {
        return Ok(Judged::Beside);
    }
    let missing = site.session.sound.missing_plugins.as_ref().map_err(Told::clone)?;
    if missing.is_empty() {
        return Ok(Judged::Well(told!("the viewer has the plugins that it plays sound by")));
    }
    let evidence =
        told!("the viewer cannot play its sound: GStreamer lacks {plugins}", plugins = missing.join(", "));
    // Who has a sound server wants sound.
    let wanted = matches!(&site.session.sound.server, Ok(Some(_)));
    Ok(if wanted { Judged::warning(evidence, packages()) } else { Judged::advice(evidence, packages()) })
}

pub(super) fn volume(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !sounds(exhibit)? || matches!(&site.session.sound.server, Ok(None)) {
        return Ok(Judged::Beside);
    }
    let Some(sink) = site.session.sound.sink.as_ref().map_err(Told::clone)? else {
        return Ok(Judged::advice(
            told!("the sound server has no output: no sound card is found"),
            Remedy::type_in(
                told!("See which the system knows"),
                [Command::new(["cat", "/proc/asound/cards"])],
            ),
        ));
    };
    let name = sink.name.as_str();
    if name == "auto_null" {
        return Ok(Judged::advice(
            told!("the sound server plays into nothing: no sound card is found"),
            Remedy::type_in(
                told!("See which the system knows"),
                [Command::new(["cat", "/proc/asound/cards"])],
            ),
        ));
    }
    if sink.muted {
        return Ok(Judged::warning(
            told!("the sound output {sink} is muted", sink = name),
            Remedy::type_in(told!("Let it be heard"), [Command::new(["pactl", "set-sink-mute", name, "0"])]),
        ));
    }
    if sink.volume < FAINT {
        return Ok(Judged::warning(
            told!("the sound output {sink} is at {volume} of 100", sink = name, volume = sink.volume),
            Remedy::type_in(
                told!("Let it be heard"),
                [Command::new(["pactl", "set-sink-volume", name, "80%"])],
            ),
        ));
    }
    Ok(Judged::Well(told!(
        "the sound output {sink} is at {volume} of 100",
        sink = name,
        volume = sink.volume
    )))
}
