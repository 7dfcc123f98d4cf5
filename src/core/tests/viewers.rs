//! How viewers are launched: what the settings and the VM's description want of them, and what is told of their end.

use super::*;
use crate::core::effect::ViewerOptions;

const VGA: Size = Size { width: 640, height: 480 };
const TEXT: Size = Size { width: 720, height: 400 };
const TWICE_VGA: Size = Size { width: 1280, height: 960 };

fn scaled(scaling: Scaling) -> ExhibitSettings {
    let viewer = ViewerSettings { scaling, ..ViewerSettings::default() };
    ExhibitSettings { viewer, ..settings() }
}

impl Bench {
    /// How the viewer was launched that was launched last, and its number.
    fn launched(&self) -> Option<(ViewerOptions, LaunchId)> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Launch(plan) => Some((plan.options, plan.launch)),
            _ => None,
        })
    }

    fn described(&mut self, display: DisplayAccess) {
        let mut info = self.site.status(self.now()).exhibits[0].info.clone();
        info.display = display;
        let read_at = self.base + self.elapsed;
        self.tell(Event::VmSeen { exhibit: EXHIBIT, info, read_at, event_at: None });
    }

    fn exited(&mut self, launch: LaunchId, reason: &str) {
        self.tell(Event::ViewerExited { exhibit: EXHIBIT, launch, reason: reason.into() });
    }

    fn measured(&mut self, size: Option<Size>) -> String {
        self.tell(Event::GuestSize { exhibit: EXHIBIT, size });
        self.wanted()
    }

    fn trouble(&self) -> Option<ViewerFault> {
        self.site.status(self.now()).exhibits[0].viewer_trouble.clone()
    }

    /// A VM that ran already, with a viewer that stands on its monitor.
    fn shown(settings: ExhibitSettings) -> Self {
        let mut bench = Self::with(settings);
        bench.tell(Event::HypervisorUp);
        bench.state(VmState::ShutOff);
        bench.elapsed += Duration::from_secs(2);
        bench.done(Ok(()));
        bench
    }
}

#[test]
fn a_viewer_is_allowed_what_the_settings_allow() {
    let rows = [(false, false), (true, false), (false, true), (true, true)];
    for (resize_guest, usb) in rows {
        let viewer = ViewerSettings { resize_guest, usb, ..ViewerSettings::default() };
        let mut bench = Bench::shown(ExhibitSettings { viewer, ..settings() });
        let wanted = ViewerOptions { resize_guest, usb, ..ViewerOptions::default() };
        let (options, launch) = bench.launched().expect("a viewer");
        assert_eq!(options, wanted);
        bench.tell(placed(launch));

        // Other settings need another viewer; the same ones leave it alone.
        let same = ExhibitSettings { viewer, ..settings() };
        bench.tell(Event::Settings(exhibits([same.clone()])));
        assert_eq!(bench.wanted(), "");
        let other = ViewerSettings { usb: !usb, ..viewer };
        bench.tell(Event::Settings(exhibits([ExhibitSettings { viewer: other, ..same }])));
        assert_eq!(bench.wanted(), "end viewer");
        bench.exited(launch, "it was ended by Vitrine");
        assert_eq!(bench.launched().map(|(options, _)| options.usb), Some(!usb));
    }
}

#[test]
fn libvirt_opens_a_display_that_has_no_address() {
    let mut bench = Bench::shown(settings());
    let (options, launch) = bench.launched().expect("a viewer");
    assert!(!options.attach);
    bench.tell(placed(launch));
    // What is not known for the moment changes nothing.
    bench.described(DisplayAccess::Unknown);
    assert_eq!(bench.wanted(), "");
    bench.described(DisplayAccess::Libvirt);
    assert_eq!(bench.wanted(), "end viewer");
    bench.exited(launch, "it was ended by Vitrine");
    let (options, launch) = bench.launched().expect("another viewer");
    assert!(options.attach);
    bench.tell(placed(launch));
    for display in [DisplayAccess::Libvirt, DisplayAccess::Unknown] {
        bench.described(display);
        assert_eq!(bench.wanted(), "", "{display:?}");
    }
}

#[test]
fn a_picture_is_drawn_by_the_size_that_the_guest_has() {
    let mut bench = Bench::shown(scaled(Scaling::Whole));
    assert_eq!(bench.wanted(), "launch, measure");
    let (options, first) = bench.launched().expect("a viewer");
    assert_eq!(options.drawn_size, None, "nothing is known yet");
    // The first size that is found counts at once.
    assert_eq!(bench.measured(Some(VGA)), "end viewer");
    bench.exited(first, "it was ended by Vitrine");
    let (options, second) = bench.launched().expect("another viewer");
    assert_eq!(options.drawn_size, Some(TWICE_VGA));
    bench.tell(placed(second));

    // It is looked at again and again, and another size counts when it was found twice.
    for (found, wanted) in [
        (Some(VGA), ""),
        (Some(TEXT), ""),
        (Some(VGA), ""),
        (Some(TEXT), ""),
        (None, ""),
        (Some(TEXT), ""),
        (Some(TEXT), "end viewer"),
    ] {
        bench.beat();
        bench.wait(5.0);
        assert_eq!(bench.wanted(), "measure", "{found:?}");
        bench.wait(9.0);
        assert_eq!(bench.wanted(), "", "one question at a time");
        assert_eq!(bench.measured(found), wanted, "{found:?}");
    }
    bench.exited(second, "it was ended by Vitrine");
    let twice_text = Size { width: 1440, height: 800 };
    assert_eq!(bench.launched().map(|(options, _)| options.drawn_size), Some(Some(twice_text)));
}

#[test]
fn nothing_is_measured_where_it_makes_no_difference() {
    let mut bench = Bench::shown(scaled(Scaling::Fit));
    assert_eq!(bench.wanted(), "launch");
    // What was measured before a change of the settings is no matter, either.
    let (_, launch) = bench.launched().expect("a viewer");
    bench.tell(placed(launch));
    assert_eq!(bench.measured(Some(VGA)), "");
    // A picture as large as the screen is as it should be.
    let mut bench = Bench::shown(scaled(Scaling::Whole));
    let (_, launch) = bench.launched().expect("a viewer");
    bench.tell(placed(launch));
    assert_eq!(bench.measured(Some(Size { width: 4096, height: 480 })), "");
}

/// Two screens of one viewer share its way to draw.
#[test]
fn screens_of_different_sizes_are_filled() {
    let screens: Vec<_> = ["DP-1", "DP-2"].map(|name| ScreenName::Connector(name.into())).into();
    for (width, drawn) in [(1920, Some(TWICE_VGA)), (1280, None)] {
        let mut bench = Bench::with(ExhibitSettings { screens: screens.clone(), ..scaled(Scaling::Whole) });
        let mut two = monitors();
        let rect = Rect { x: 1920, width, ..two[0].rect };
        two.push(Monitor { index: 2, connector: "DP-2".into(), edid: None, rect, primary: false });
        bench.tell(Event::Monitors(two));
        bench.tell(Event::HypervisorUp);
        bench.state(VmState::ShutOff);
        bench.elapsed += Duration::from_secs(2);
        bench.done(Ok(()));
        let (_, launch) = bench.launched().expect("a viewer");
        let wanted = if drawn.is_some() { "end viewer" } else { "" };
        assert_eq!(bench.measured(Some(VGA)), wanted);
        if drawn.is_some() {
            bench.exited(launch, "it was ended by Vitrine");
            assert_eq!(bench.launched().map(|(options, _)| options.drawn_size), Some(drawn));
        }
    }
}

#[test]
fn staff_read_what_a_viewer_wanted() {
    let reason = || "it failed".to_owned();
    let asked = |title: &str| ViewerFault::Asked { title: title.into(), reason: reason() };
    let rows = [
        ("Authentication required", DisplayAccess::Address, asked("Authentication required")),
        ("", DisplayAccess::Address, ViewerFault::AskedUntitled { reason: reason() }),
        ("a\n<0>b", DisplayAccess::Libvirt, asked("a\\n<0>b")),
        ("", DisplayAccess::Missing, ViewerFault::NoDisplay { reason: reason() }),
    ];
    for (title, display, fault) in rows {
        let mut bench = Bench::shown(settings());
        let (_, launch) = bench.launched().expect("a viewer");
        bench.described(display);
        if display == DisplayAccess::Libvirt {
            bench.exited(launch, "it was ended by Vitrine");
        }
        let launch = bench.launched().map_or(launch, |(_, launch)| launch);
        assert_eq!(bench.trouble(), None);
        // That of another launch is not this one's.
        let asks = |launch, title: &str| Event::ViewerAsks { exhibit: EXHIBIT, launch, title: title.into() };
        bench.tell(asks(LaunchId(99), "another"));
        bench.tell(asks(launch, title));
        bench.exited(launch, "it failed");
        let told = bench.effects.iter().find_map(|effect| match effect {
            Effect::Notice { notice: Notice::ViewerGone { reason }, .. } => Some(reason.clone()),
            _ => None,
        });
        assert_eq!(told.as_ref(), Some(&fault));
        assert_eq!(bench.trouble(), Some(fault));

        // The next one ends for another reason, and the one after it shows the artwork.
        let (_, next) = bench.launched().expect("another viewer");
        bench.exited(next, "it was killed\u{1b}[2J");
        let killed = ViewerFault::Exited { reason: "it was killed\\u{1b}[2J".into() };
        assert_eq!(bench.trouble(), Some(killed));
        bench.wait(1.0);
        let (_, next) = bench.launched().expect("a third viewer");
        bench.tell(placed(next));
        assert_eq!(bench.trouble(), None);
    }
}

#[test]
fn a_viewer_that_ends_while_the_x_server_is_silent_is_not_told_of_alone() {
    let mut bench = Bench::healthy();
    bench.tell(Event::XServerSilent { since: bench.now().mono, elsewhere: false });
    bench.exited(LaunchId(1), "it quit by itself");
    assert_eq!(bench.trouble(), Some(ViewerFault::WithoutXServer));
}

/// What was not read yet, or not measured, is as the earlier daemon knew it.
#[test]
fn a_viewer_that_was_launched_otherwise_is_taken_over() {
    use crate::core::effect::{OrphanViewer, Spot};
    let attached = ViewerOptions { attach: true, drawn_size: Some(TWICE_VGA), ..ViewerOptions::default() };
    let plain = ViewerOptions::default();
    let with_usb = ViewerOptions { usb: true, ..plain };
    let rows = [
        (Scaling::Whole, attached, true),
        (Scaling::Whole, plain, true),
        (Scaling::Fit, plain, true),
        (Scaling::Fit, attached, false),
        (Scaling::Fit, with_usb, false),
    ];
    for (scaling, options, is_taken_over) in rows {
        let mut bench = Bench::new();
        let adopt = [settings().vm].into();
        bench.site = Site::new(bench.now(), exhibits([scaled(scaling)]), &adopt, &mut Vec::new());
        let spots = vec![Spot { display: 1, connector: "DP-1".into(), rect: monitors()[0].rect }];
        bench.site.note_orphans(&[OrphanViewer { vm: settings().vm, uuid: "uuid".into(), spots, options }]);
        bench.tell(Event::Monitors(monitors()));
        assert_eq!(
            bench.launched().map(|(options, _)| options),
            is_taken_over.then_some(options),
            "{options:?}"
        );
    }
}
