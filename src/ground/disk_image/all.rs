//! The images of all VMs: each is looked at once a run, however many exhibits, areas and VMs ask for it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::looking::{Asking, look_at};
use super::{ask_others, files, gives, names_of, qemu_user, runs};
use crate::adapter::libvirt::Looked;
use crate::core::types::Told;
use crate::doctor::Fact;
use crate::doctor::facts::disk_image::{Image, QemuUser};
use crate::ground::Ground;
use crate::ground::access::Who;
use crate::ground::at_once::at_once;

/// How long libvirt and QEMU may take to tell of the images that this user may not read, with what they then lead to.
const OTHERS_TIME: Duration = Duration::from_secs(4);

/// What is known of the images of all VMs.
#[derive(Debug)]
pub(in crate::ground) struct AllImages {
    /// The user that QEMU runs as.
    pub(super) user: Fact<QemuUser>,
    /// By the VMs' names.
    pub(super) vms: BTreeMap<String, OfVm>,
}

/// What is known of a VM's.
#[derive(Debug)]
pub(super) struct OfVm {
    /// Whether the VM runs.
    pub(super) runs: Fact<bool>,
    /// Everything that its definitions name, and what that is based on.
    pub(super) images: Fact<Vec<Image>>,
}

impl AllImages {
    /// Looks at the images of all VMs at once. Those of exhibits are asked for further where this user may not read them.
    pub(super) fn look(ground: &Ground, looked: &Looked) -> Self {
        let who = qemu_user(ground, looked);
        let mounts = ground.once.mounts();
        let vms = looked.vms.as_deref().unwrap_or_default();
        let named: Vec<_> = vms.iter().map(names_of).collect();
        let wanted = vms.iter().zip(&named).map(|(vm, names)| {
            let is_off = runs(vm) == Ok(false);
            let asking = Asking { who: who.clone(), is_off, mounts: mounts.clone() };
            (asking, files(looked, names.clone().unwrap_or_default()))
        });
        let wanted: Vec<_> = wanted.collect();
        let askings: Vec<_> = wanted.iter().map(|(asking, _)| asking.clone()).collect();
        let found = look_at(wanted);
        let is_shown = |vm: &str| ground.asked.exhibits.iter().any(|exhibit| exhibit.vm == vm);
        let shown: Vec<_> = (0..vms.len()).filter(|index| is_shown(&vms[*index].name)).collect();
        let asked: Vec<_> = shown
            .iter()
            .map(|index| {
                (vms[*index].name.clone(), askings[*index].clone(), runs(&vms[*index]), found[*index].clone())
            })
            .collect();
        let uri = looked.uri.clone();
        let asked = at_once(asked, OTHERS_TIME, move |(vm, asking, runs, images)| {
            ask_others(&uri, &vm, &runs, &asking, images)
        });
        let mut found = found;
        for (index, images) in shown.into_iter().zip(asked) {
            if let Some(images) = images {
                found[index] = images;
            }
        }
        let of = |((vm, names), images): ((&_, Fact<Vec<_>>), Vec<Image>)| {
            let vm: &crate::adapter::libvirt::Vm = vm;
            (vm.name.clone(), OfVm { runs: runs(vm), images: names.map(|_| images) })
        };
        Self {
            user: who.map(|Who { name, uid, .. }| QemuUser { name, uid, is_given: gives(looked) }),
            vms: vms.iter().zip(named).zip(found).map(of).collect(),
        }
    }

    /// The images of a VM.
    pub(super) fn of(&self, vm: &str) -> Fact<&[Image]> {
        self.vms.get(vm).map_or(Ok(&[]), |of| of.images.as_deref().map_err(Told::clone))
    }
}
