//! Everything that goes wrong in a museum.

use super::museum::{DAY, Guest, HOUR, MINUTE, Ms, Museum, Needs, SECOND, WorldEvent, paused};
use crate::core::event::Event;
use crate::core::status::PhaseStatus;
use crate::core::types::{Action, PauseReason, Told, VmState};

impl Museum {
    /// Lets one random thing go wrong, and plans the next.
    pub(super) fn fault(&mut self) {
        if !self.faults_on {
            return;
        }
        let pause = self.rng.range(SECOND, 2 * HOUR / self.vms.len() as u64);
        self.after(pause, WorldEvent::Fault);
        let n = usize::try_from(self.rng.range(0, self.vms.len() as u64)).unwrap();
        let name = match self.rng.range(0, 30) {
            0..=2 => self.guest_freezes(n),
            3 => self.guest_reboots(n),
            4 | 5 => self.vm_changes(n, VmState::ShutOff, "VM destroyed"),
            6 => self.vm_changes(n, paused(PauseReason::Suspended), "VM suspended"),
            7 => self.vm_changes(n, paused(PauseReason::IoError), "I/O error"),
            8 => self.vm_changes(n, VmState::Crashed, "guest panicked"),
            9 => self.paused_for_a_moment(n),
            10 | 11 => self.viewer_crashes(n),
            12 => self.libvirt_goes(),
            13 => self.action_will_hang(n),
            14 => self.actions_will_fail(n),
            15 => self.network_deaf(n),
            16 => self.guest_asks(n),
            17 => self.monitor_unplugged(n),
            18 => self.maintenance(n),
            19 => self.snapshot_replaced(n),
            20 => self.clock_jumps(),
            21 => self.guest_powers_off(n),
            22 => self.qemu_hangs(n),
            23 => self.vitrine_dies(),
            24 => self.display_unreachable(n),
            25 => self.display_away_for_a_moment(n),
            26 => self.all_deaf(10 * MINUTE),
            27 => self.qemu_stalls(n),
            28 => self.x_server_stalls(),
            _ => self.plug_pulled(),
        };
        *self.faults.entry(name).or_default() += 1;
    }

    fn guest_freezes(&mut self, n: usize) -> &'static str {
        // Without a heartbeat or an agent nothing tells that a guest is frozen: such a fault is never noticed.
        if self.settings[n].heartbeat.is_none()
            && self.settings[n].agent.is_none()
            && self.settings[n].picture.is_none()
        {
            return "none";
        }
        if self.vms[n].guest == Guest::Well {
            self.excuse(n);
            self.set_guest(n, Guest::Frozen);
        }
        "guest freezes"
    }

    /// The QEMU process lives on, and takes no connection to its display any more.
    fn display_unreachable(&mut self, n: usize) -> &'static str {
        // Where nobody looks for that, somebody comes by in the end.
        let lasts = if self.settings[n].shown.is_some() { DAY } else { HOUR };
        if self.settings[n].shown.is_some() {
            self.excuse(n);
        }
        self.display_goes(n, lasts);
        "display unreachable"
    }

    /// Nothing is excused: a display that comes back is no reason to touch its VM.
    fn display_away_for_a_moment(&mut self, n: usize) -> &'static str {
        self.display_goes(n, 20 * SECOND);
        "display away for a moment"
    }

    fn display_goes(&mut self, n: usize, lasts: u64) {
        let vm = &mut self.vms[n];
        vm.display_down_until = vm.display_down_until.max(self.now + lasts);
        if let Some(launch) = vm.viewer {
            self.after(1, WorldEvent::ViewerEnds { vm: n, launch, asked: false });
        }
    }

    fn guest_reboots(&mut self, n: usize) -> &'static str {
        self.excuse(n);
        if self.vms[n].guest == Guest::Well {
            let up = self.now + self.rng.range(10 * SECOND, 3 * MINUTE);
            self.set_guest(n, Guest::Rebooting(up));
            self.guest_reboot_told(n);
        }
        "guest reboots"
    }

    fn vm_changes(&mut self, n: usize, state: VmState, name: &'static str) -> &'static str {
        self.excuse(n);
        let vm = &mut self.vms[n];
        // A QEMU that hangs does none of this, but its process can be killed.
        let possible = !vm.qemu_hangs || state == VmState::ShutOff;
        if vm.state == VmState::Running && vm.busy.is_none() && possible {
            vm.state = state;
            vm.qemu_hangs = false;
            if let (VmState::ShutOff, Some(launch)) = (state, vm.viewer) {
                self.after(60, WorldEvent::ViewerEnds { vm: n, launch, asked: false });
            }
            self.see(n, 2);
        }
        name
    }

    fn guest_powers_off(&mut self, n: usize) -> &'static str {
        self.vm_changes(n, VmState::ShuttingDown, "guest powers off");
        if self.vms[n].state == VmState::ShuttingDown {
            self.vms[n].state = VmState::ShutOff;
            self.see(n, SECOND);
        }
        "guest powers off"
    }

    /// A tool that copies the disk suspends the VM and resumes it: this must cost nothing.
    fn paused_for_a_moment(&mut self, n: usize) -> &'static str {
        let vm = &self.vms[n];
        if vm.state == VmState::Running && vm.busy.is_none() && !vm.qemu_hangs {
            self.vms[n].state = paused(PauseReason::Suspended);
            self.see(n, 2);
            self.vms[n].state = VmState::Running;
            self.see(n, SECOND);
        }
        "paused for a moment"
    }

    fn viewer_crashes(&mut self, n: usize) -> &'static str {
        if let Some(launch) = self.vms[n].viewer {
            self.after(1, WorldEvent::ViewerEnds { vm: n, launch, asked: false });
        }
        "viewer crashes"
    }

    fn libvirt_goes(&mut self) -> &'static str {
        if self.libvirt_up {
            self.libvirt_up = false;
            // Nothing is excused: the guests run on, and none of this may disturb them.
            self.tell(Event::HypervisorDown { reason: Told::text("libvirtd was restarted") });
            if self.rng.one_in(6) {
                let needs = if self.rng.one_in(2) { Needs::Restart } else { Needs::Reboot };
                self.libvirt_needs = needs;
                // At last somebody comes by.
                self.after(6 * HOUR, WorldEvent::LibvirtBack);
                return "libvirtd stuck";
            }
            let back = self.rng.range(SECOND, 10 * MINUTE);
            self.after(back, WorldEvent::LibvirtBack);
        }
        "libvirtd away"
    }

    fn action_will_hang(&mut self, n: usize) -> &'static str {
        self.excuse(n);
        self.vms[n].hang = self.rng.range(10 * SECOND, 5 * MINUTE);
        self.guest_freezes(n);
        "libvirt call hangs"
    }

    /// The QEMU process stands still, as on a disk that no longer answers.
    fn qemu_hangs(&mut self, n: usize) -> &'static str {
        if self.vms[n].state == VmState::Running && self.vms[n].busy.is_none() {
            self.excuse(n);
            self.vms[n].qemu_hangs = true;
            self.set_guest(n, Guest::Frozen);
        }
        "QEMU hangs"
    }

    /// As on a slow disk: this must cost nothing.
    fn qemu_stalls(&mut self, n: usize) -> &'static str {
        self.vms[n].stalls_until = self.now + self.rng.range(100, 2 * SECOND);
        "QEMU stalls"
    }

    fn actions_will_fail(&mut self, n: usize) -> &'static str {
        self.excuse(n);
        self.vms[n].failing = u32::try_from(self.rng.range(1, 8)).unwrap();
        self.guest_freezes(n);
        "reverts fail"
    }

    fn network_deaf(&mut self, n: usize) -> &'static str {
        self.excuse(n);
        self.vms[n].deaf_until = self.now + self.rng.range(5 * SECOND, 5 * MINUTE);
        "guests' network gone"
    }

    /// Nobody hears any guest for up to so long: a firewall, libvirt's network, the host's.
    pub(super) fn all_deaf(&mut self, longest: Ms) -> &'static str {
        let until = self.now + self.rng.range(5 * SECOND, longest);
        for n in 0..self.vms.len() {
            self.excuse(n);
            self.vms[n].deaf_until = until;
        }
        "no guest heard"
    }

    fn guest_asks(&mut self, n: usize) -> &'static str {
        self.excuse(n);
        let action = if self.rng.one_in(2) {
            Action::GuestRevert { reason: "the artwork's window is gone".into(), severity: None }
        } else {
            Action::Idle { lasted: std::time::Duration::from_secs(300) }
        };
        self.ask(n, action);
        "guest's request"
    }

    fn monitor_unplugged(&mut self, n: usize) -> &'static str {
        if self.monitors[n].1 {
            self.monitors[n].1 = false;
            self.plug();
            let back = self.rng.range(SECOND, HOUR);
            self.after(back, WorldEvent::MonitorBack { index: n });
        }
        "monitor unplugged"
    }

    fn maintenance(&mut self, n: usize) -> &'static str {
        let vm = &mut self.vms[n];
        if vm.held || vm.stopped {
            return "none";
        }
        self.excuse(n);
        let action = match self.rng.range(0, 3) {
            0 => Action::Hold { until: None, reason: None },
            1 => Action::Stop,
            _ => Action::Revert,
        };
        let (holds, stops) = (matches!(action, Action::Hold { .. }), action == Action::Stop);
        // Also what has not been started yet stays as it is.
        self.vms[n].started_once |= holds && self.status().exhibits[n].phase == PhaseStatus::Waiting;
        self.vms[n].held = holds;
        self.vms[n].stopped = stops;
        self.ask(n, action);
        if holds || stops {
            let back = self.rng.range(SECOND, HOUR);
            self.after(back, WorldEvent::EndMaintenance { vm: n });
        }
        "staff at work"
    }

    fn snapshot_replaced(&mut self, n: usize) -> &'static str {
        let action = if self.rng.one_in(3) {
            Action::ConvertSnapshot { present: self.rng.one_in(2) }
        } else {
            Action::CreateSnapshot(None)
        };
        self.ask(n, action);
        self.ask(n, Action::ListSnapshots);
        "snapshot replaced"
    }

    /// Most often it comes round before it is ended, so that nobody but the screens notices anything.
    fn x_server_stalls(&mut self) -> &'static str {
        if self.now < self.x_silent_until {
            return "none";
        }
        let since = self.stamp().mono;
        self.after(3 * SECOND, WorldEvent::Tell(Event::XServerSilent { since, elsewhere: false }));
        let longest = if self.rng.one_in(4) { 10 * MINUTE } else { 50 * SECOND };
        let lasts = self.rng.range(4 * SECOND, longest);
        self.x_silent_until = self.now + lasts;
        self.after(lasts, WorldEvent::Tell(Event::XServerAnswers));
        "X server stalls"
    }

    fn clock_jumps(&mut self) -> &'static str {
        let year = i64::try_from(365 * 24 * HOUR).unwrap();
        self.wall_offset = if self.rng.one_in(2) { year } else { -year };
        "clock jumps"
    }

    /// Nothing is excused: what was well goes on, and the next daemon may not disturb it.
    fn vitrine_dies(&mut self) -> &'static str {
        if self.daemon_dies() { "Vitrine dies" } else { "none" }
    }

    fn plug_pulled(&mut self) -> &'static str {
        if self.rng.one_in(4) {
            self.power_cut();
            let pause = self.rng.range(SECOND, HOUR);
            self.after(pause, WorldEvent::Fault);
        }
        "plug pulled"
    }
}
