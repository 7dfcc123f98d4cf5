//! The slow things that are done to a VM. Everything in here blocks.

use virt::connect::Connect;

use super::job::Job;
use super::operations::Turn;
use crate::core::types::{Failure, VmAction};
use crate::words::told;

/// Carries an action out, from its beginning to its end or that of its turn, and tells how that went.
pub(super) fn run(conn: &Connect, vm: &str, action: &VmAction, turn: Turn) -> Result<(), Failure> {
    let operation = match action {
        VmAction::Resume => told!("resuming VM '{vm}'", vm = vm),
        VmAction::RevertInPlace { snapshot } => {
            told!("reverting VM '{vm}' in place to snapshot '{snapshot}'", vm = vm, snapshot = snapshot)
        }
        VmAction::Revert { snapshot } | VmAction::DestroyRevert { snapshot } => {
            told!("reverting VM '{vm}' to snapshot '{snapshot}'", vm = vm, snapshot = snapshot)
        }
        VmAction::ColdStart { .. } => told!("starting VM '{vm}'", vm = vm),
        VmAction::Destroy => told!("stopping VM '{vm}'", vm = vm),
        VmAction::CreateSnapshot { snapshot, .. } => {
            told!("creating snapshot '{snapshot}' of VM '{vm}'", snapshot = snapshot, vm = vm)
        }
        VmAction::ConvertSnapshot { snapshot, .. } => {
            told!("converting snapshot '{snapshot}' of VM '{vm}'", snapshot = snapshot, vm = vm)
        }
        VmAction::LoadSnapshot { snapshot, .. } => {
            told!("putting VM '{vm}' to the new snapshot '{snapshot}'", vm = vm, snapshot = snapshot)
        }
        VmAction::AdoptSnapshot { snapshot, .. } => {
            told!("replacing snapshot '{snapshot}' of VM '{vm}'", snapshot = snapshot, vm = vm)
        }
        VmAction::TidySnapshots { snapshot } => {
            told!(
                "tidying up after the replacement of snapshot '{snapshot}' of VM '{vm}'",
                snapshot = snapshot,
                vm = vm
            )
        }
        VmAction::AbandonSnapshot { snapshot, .. } => {
            told!("putting VM '{vm}' back from its new snapshot '{snapshot}'", vm = vm, snapshot = snapshot)
        }
        VmAction::DeleteSnapshot { snapshot, .. } => {
            told!("deleting snapshot '{snapshot}' of VM '{vm}'", snapshot = snapshot, vm = vm)
        }
        VmAction::Inspect => told!("reading the state of VM '{vm}'", vm = vm),
    };
    let job = Job { conn, vm, operation, turn };
    let domain = conn.lookup_domain_by_name(vm).map_err(|error| job.failed(&error))?;
    match action {
        VmAction::Resume => job.resume(&domain),
        VmAction::RevertInPlace { snapshot } => job.revert_in_place(&domain, snapshot),
        VmAction::Revert { snapshot } => job.revert(&domain, snapshot),
        VmAction::DestroyRevert { snapshot } => {
            job.destroy(&domain).and_then(|()| job.revert(&domain, snapshot))
        }
        VmAction::ColdStart { disks_of } => job.cold_start(&domain, disks_of.as_deref()),
        VmAction::Destroy => job.destroy(&domain),
        VmAction::CreateSnapshot { snapshot, replaces } => job.create_snapshot(&domain, snapshot, *replaces),
        VmAction::ConvertSnapshot { snapshot, present } => job.convert(&domain, snapshot, *present),
        VmAction::LoadSnapshot { snapshot, in_place } => job.load_newest(&domain, snapshot, *in_place),
        VmAction::AdoptSnapshot { snapshot, in_place } => job.adopt(&domain, snapshot, *in_place),
        VmAction::TidySnapshots { snapshot } => job.tidy(&domain, snapshot),
        VmAction::AbandonSnapshot { snapshot, replaces, back_to } => {
            job.abandon(&domain, snapshot, *replaces, back_to)
        }
        VmAction::DeleteSnapshot { snapshot, keeps } => {
            job.delete_snapshot(&domain, snapshot, keeps.as_deref())
        }
        VmAction::Inspect => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use virt::connect::Connect;

    use super::run;
    use crate::adapter::libvirt::operations::Turn;
    use crate::core::types::{Failure, VmAction};

    #[test]
    fn what_another_action_has_taken_over_from_touches_nothing() {
        let conn = Connect::open(Some("test:///default")).unwrap();
        let snapshot = || "ready".to_owned();
        let actions = [
            VmAction::Resume,
            VmAction::RevertInPlace { snapshot: snapshot() },
            VmAction::Revert { snapshot: snapshot() },
            VmAction::DestroyRevert { snapshot: snapshot() },
            VmAction::ColdStart { disks_of: None },
            VmAction::ColdStart { disks_of: Some(snapshot()) },
            VmAction::Destroy,
            VmAction::CreateSnapshot { snapshot: snapshot(), replaces: true },
            VmAction::LoadSnapshot { snapshot: snapshot(), in_place: false },
            VmAction::DeleteSnapshot { snapshot: snapshot(), keeps: None },
        ];
        for action in actions {
            let turn = Turn::default();
            turn.end();
            let done = run(&conn, "test", &action, turn);
            assert!(
                matches!(&done, Err(Failure::Refused(why)) if why.to_string().contains("taken over")),
                "{action:?}: {done:?}"
            );
            assert!(conn.lookup_domain_by_name("test").unwrap().is_active().unwrap(), "{action:?}");
        }
    }
}
