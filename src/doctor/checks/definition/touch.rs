//! What visitors touch and hear, and what a viewer hands over.

use super::whose::{EACH, edit, worst};
use crate::doctor::{Exhibit, Fact, Judged, Remedy, Site};
use crate::words::told;

pub(super) fn pointer(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let shown = vm.graphics.iter().find(|graphics| graphics.is_shown());
        if let Some(server) = shown.filter(|graphics| graphics.server_mouse) {
            let evidence = told!(
                "{kind} hands '{vm}' the pointer's movements only (<mouse mode='server'/> {which}): one click takes the pointer prisoner",
                kind = server.kind.to_uppercase(),
                vm = vm.name,
                which = whose.told()
            );
            let remedy = told!(
                "take <mouse mode='server'/> out of <graphics>, start the VM anew, and make a new snapshot"
            );
            return Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))));
        }
        let places = |kind: &str| ["tablet", "passthrough", "evdev"].contains(&kind);
        if let Some(found) = vm.inputs.iter().find(|input| places(&input.kind)) {
            return Ok(Judged::Well(told!(
                "'{vm}' has a {kind}, which leaves the pointer free",
                vm = vm.name,
                kind = found.kind
            )));
        }
        let evidence = told!(
            "'{vm}' has a mouse and no tablet ({which}): one click takes the pointer prisoner, and no other artwork can be reached with it",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "add <input type='tablet' bus='usb'/>, start the VM anew, and make a new snapshot; a guest that knows no tablet (Mac OS 9, DOS) stays as it is"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn sound(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        if vm.sounds.is_empty() {
            return Ok(Judged::Beside);
        }
        let remedy = |words| Remedy::type_in(words, edit(site, exhibit));
        if !vm.graphics.iter().any(|graphics| graphics.kind == "spice") {
            let evidence = told!(
                "'{vm}' has a sound card, and its display is not SPICE, which alone brings sound to the viewer ({which})",
                vm = vm.name,
                which = whose.told()
            );
            return Ok(Judged::warning(
                evidence,
                remedy(told!(
                    "let the VM be shown by SPICE, start it anew, and make a new snapshot; or take the sound card out"
                )),
            ));
        }
        let heard_by = |id: Option<u32>| match id {
            Some(id) => vm.audios.iter().find(|audio| audio.id == id),
            None => vm.audios.first(),
        };
        // Without any, SPICE has the sound.
        let deaf =
            vm.sounds.iter().find_map(|sound| heard_by(sound.audio).filter(|audio| audio.kind != "spice"));
        let Some(audio) = deaf else {
            return Ok(Judged::Well(told!("the sound of '{vm}' goes to its viewer", vm = vm.name)));
        };
        let evidence = told!(
            "the sound of '{vm}' goes to '{kind}' (<audio id='{id}'> {which}), and not to its viewer: nothing is heard",
            vm = vm.name,
            kind = audio.kind,
            id = audio.id,
            which = whose.told()
        );
        Ok(Judged::warning(
            evidence,
            remedy(told!(
                "set <audio id='1' type='spice'/>, start the VM anew, and make a new snapshot; or take the sound card out"
            )),
        ))
    })
}

pub(super) fn usb(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.viewer.usb || exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let spice = vm.graphics.iter().any(|graphics| graphics.kind == "spice");
        if spice && vm.redirections > 0 {
            return Ok(Judged::Well(told!(
                "'{vm}' takes {count} USB devices from its viewer",
                vm = vm.name,
                count = vm.redirections
            )));
        }
        let evidence = told!(
            "USB devices are to be handed to '{vm}', and it has no place for them ({which})",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "add <redirdev bus='usb' type='spicevmc'/> and SPICE, start the VM anew, and make a new snapshot; or set usb = false in the configuration"
        );
        Ok(Judged::warning(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}

pub(super) fn resize(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    if !exhibit.settings.viewer.resize_guest || exhibit.settings.screens.is_empty() {
        return Ok(Judged::Beside);
    }
    worst(exhibit, EACH, |whose, vm| {
        let channel = vm.ports.iter().any(|port| port.role == "channel" && port.name == "com.redhat.spice.0");
        let old = |model: &str| ["cirrus", "vmvga"].contains(&model);
        if channel && !vm.videos.iter().any(|video| old(&video.model)) {
            return Ok(Judged::Well(told!(
                "the guest of '{vm}' can be asked for another resolution",
                vm = vm.name
            )));
        }
        let evidence = told!(
            "the guest of '{vm}' is to take the screen's resolution, and cannot be asked for it: that takes SPICE's channel and a newer graphics card ({which})",
            vm = vm.name,
            which = whose.told()
        );
        let remedy = told!(
            "add <channel type='spicevmc'> with the target com.redhat.spice.0 and choose qxl or virtio for <video>; or set resize_guest = false in the configuration"
        );
        Ok(Judged::advice(evidence, Remedy::type_in(remedy, edit(site, exhibit))))
    })
}
