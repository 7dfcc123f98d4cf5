//! Where a VM's definitions say different things.

use super::whose::virsh;
use crate::core::types::Told;
use crate::doctor::{Command, Exhibit, Fact, Judged, Remedy, Site};
use crate::vm::{Definition, Source};
use crate::words::told;

/// What differs between two definitions, in libvirt's words: the names of its elements. What libvirt itself fills in
/// while a VM runs is no difference, nor is a medium that somebody has changed.
fn differences(one: &Definition, other: &Definition) -> Vec<&'static str> {
    let disks = |vm: &Definition| {
        let mut disks: Vec<_> = vm
            .disks
            .iter()
            .filter(|disk| !disk.is_drive())
            .map(|disk| (disk.target.clone(), disk.bus.clone(), disk.source.clone().map(base)))
            .collect();
        disks.sort_by(|a, b| a.0.cmp(&b.0));
        disks
    };
    let cards = |vm: &Definition| {
        let card = |card: &crate::vm::Interface| {
            (card.kind.clone(), card.mac.clone(), card.source.clone(), card.model.clone())
        };
        vm.interfaces.iter().map(card).collect::<Vec<_>>()
    };
    let displays =
        |vm: &Definition| vm.graphics.iter().map(|graphics| graphics.kind.clone()).collect::<Vec<_>>();
    let videos = |vm: &Definition| {
        vm.videos.iter().map(|video| (video.model.clone(), video.heads)).collect::<Vec<_>>()
    };
    let sounds = |vm: &Definition| vm.sounds.iter().map(|sound| sound.model.clone()).collect::<Vec<_>>();
    let mut inputs = [one, other]
        .map(|vm| vm.inputs.iter().map(|input| (input.kind.clone(), input.bus.clone())).collect::<Vec<_>>());
    inputs.iter_mut().for_each(|inputs| inputs.sort());
    let channels = |vm: &Definition| {
        vm.ports
            .iter()
            .filter(|port| port.role == "channel")
            .map(|port| port.name.clone())
            .collect::<Vec<_>>()
    };
    let shares =
        |vm: &Definition| vm.filesystems.iter().map(|share| share.source.clone()).collect::<Vec<_>>();
    let devices =
        |vm: &Definition| vm.host_devices.iter().map(|device| device.name.clone()).collect::<Vec<_>>();
    let pairs = [
        ("type", one.kind == other.kind && one.arch == other.arch),
        ("machine", one.machine == other.machine),
        ("memory", one.memory == other.memory),
        ("vcpu", one.vcpus == other.vcpus),
        ("loader", one.firmware.loader == other.firmware.loader),
        ("disk", disks(one) == disks(other)),
        ("interface", cards(one) == cards(other)),
        ("graphics", displays(one) == displays(other)),
        ("video", videos(one) == videos(other)),
        ("sound", sounds(one) == sounds(other)),
        ("input", inputs[0] == inputs[1]),
        ("channel", channels(one) == channels(other)),
        ("filesystem", shares(one) == shares(other)),
        ("hostdev", devices(one) == devices(other)),
        ("tpm", one.tpms.len() == other.tpms.len()),
        ("qemu:commandline", one.arguments == other.arguments),
    ];
    pairs.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

/// Where a disk lies, as far as a definition that runs says it like one that does not.
fn base(source: Source) -> Source {
    match source {
        Source::Volume { .. } => Source::Other("volume".to_owned()),
        source => source,
    }
}

pub(super) fn pending(_site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let found = &exhibit.definition;
    let next = found.persistent.as_ref().map_err(Told::clone)?;
    let running = found.running.as_ref().map_err(Told::clone)?;
    let Some((next, running)) = next.as_ref().zip(running.as_ref()).filter(|(next, _)| next.kind != "test")
    else {
        return Ok(Judged::Beside);
    };
    let differ = differences(next, running);
    if differ.is_empty() {
        return Ok(Judged::Well(told!("'{vm}' runs as it is defined", vm = next.name)));
    }
    let held = found.held.as_ref().map_err(Told::clone)?;
    // Where the snapshot has it as it runs, that is what the other check tells of.
    if held.as_ref().is_some_and(|held| {
        differences(&held.domain, running).is_empty() && !differences(next, &held.domain).is_empty()
    }) {
        return Ok(Judged::Beside);
    }
    let evidence = told!(
        "the definition of '{vm}' has been changed while it runs ({elements}): the change comes with its next cold start, and not by a revert",
        vm = next.name,
        elements = differ.join(", ")
    );
    let remedy = told!(
        "hold the exhibit, shut the VM down and start it, prepare the artwork, and make a new snapshot"
    );
    let commands = [
        Command::new(["vitrine", "hold", &exhibit.settings.name]),
        Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name]),
    ];
    Ok(Judged::advice(evidence, Remedy::type_in(remedy, commands)))
}

pub(super) fn snapshot(site: &Site, exhibit: &Exhibit) -> Fact<Judged> {
    let found = &exhibit.definition;
    let next = found.persistent.as_ref().map_err(Told::clone)?;
    let held = found.held.as_ref().map_err(Told::clone)?;
    let Some((next, held)) = next.as_ref().zip(held.as_ref()).filter(|(next, _)| next.kind != "test") else {
        return Ok(Judged::Beside);
    };
    let differ = differences(next, &held.domain);
    let name = &exhibit.settings.snapshot;
    if differ.is_empty() {
        return Ok(Judged::Well(told!(
            "snapshot '{snapshot}' holds '{vm}' as it is defined",
            snapshot = name,
            vm = next.name
        )));
    }
    let evidence = told!(
        "snapshot '{snapshot}' holds other hardware than '{vm}' is defined with ({elements}): each revert brings the old back, and takes the definition with it",
        snapshot = name,
        vm = next.name,
        elements = differ.join(", ")
    );
    let remedy = told!(
        "where the change is wanted, shut the VM down and start it, prepare the artwork, and make a new snapshot; else take the change back"
    );
    let commands = [
        virsh(site, ["snapshot-dumpxml", "--snapshotname", name], &next.name),
        Command::new(["vitrine", "snapshot", "create", &exhibit.settings.name]),
    ];
    let remedy = Remedy::type_in(remedy, commands);
    // A disk that the snapshot has not keeps what visitors write, or is taken away.
    Ok(if differ.contains(&"disk") {
        Judged::warning(evidence, remedy)
    } else {
        Judged::advice(evidence, remedy)
    })
}
