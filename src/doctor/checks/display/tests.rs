use super::super::api::tests::verdict;
use super::*;
use crate::config::parse;
use crate::core::types::{Mode, MonitorSeen, PictureSeen, Rect, WindowSeen};
use crate::doctor::facts::display::{Graphics, GraphicsAnswer, Viewer};
use crate::doctor::{Exhibit, Verdict};

/// A curtain that hangs.
fn late(exhibit: &str) -> (String, Fact<Vec<String>>) {
    (exhibit.to_owned(), Err(Told::text("late")))
}

const UNKNOWN: Option<Verdict> = Some(Verdict::Unknown);
const WELL: Option<Verdict> = Some(Verdict::Well);
const ADVICE: Option<Verdict> = Some(Verdict::Advice);
const WARNING: Option<Verdict> = Some(Verdict::Warning);
const ILL: Option<Verdict> = Some(Verdict::Ill);

type Spoil = fn(&mut Site, &mut Exhibit);

fn found(site: &mut Site) -> &mut Server {
    site.display.server.as_mut().unwrap()
}

fn lost(site: &mut Site, trouble: Option<Trouble>) {
    site.display.server = Err(told!("it was not asked for"));
    site.display.trouble = trouble;
}

/// The configuration, with this besides.
fn configured(site: &mut Site, besides: &str) {
    let text = format!(
        "[[exhibit]]\nname = \"eden-garden\"\nvm = \"eden-garden-vm\"\nscreens = [\"HDMI-1\"]\n{besides}"
    );
    site.settings = Ok(parse(&text, "vitrine.toml").unwrap());
}

/// Another monitor, right of the first one, which shows this.
fn second(site: &mut Site, picture: PictureSeen) {
    let server = found(site);
    let mut output = server.outputs[0].clone();
    let mut seen = server.monitors[0].clone();
    output.connector = "DP-2".to_owned();
    seen.monitor.connector = "DP-2".to_owned();
    seen.monitor.rect.x = 1920;
    if let Some((_, _, rect)) = &mut output.shows {
        rect.x = 1920;
    }
    seen.picture = Ok(picture);
    server.outputs.push(output);
    server.monitors.push(seen);
}

fn of_one_colour(site: &mut Site, colour: [u8; 3]) {
    found(site).monitors[0].picture = Ok(PictureSeen { pixels: vec![colour], only: Some(colour) });
}

fn other() -> WindowSeen {
    let rect = Rect { x: 100, y: 100, width: 300, height: 200 };
    let (title, class) = ("Software Updater".to_owned(), "Update-manager".to_owned());
    WindowSeen { rect, title, class, pids: vec![950], hidden: false, ours: false }
}

fn graphics(exhibit: &mut Exhibit) -> &mut Graphics {
    exhibit.display.door.as_mut().unwrap().as_mut().unwrap()
}

fn viewers(exhibit: &mut Exhibit) -> &mut Vec<Viewer> {
    exhibit.display.viewers.as_mut().unwrap()
}

fn hold(rows: &[(&str, Spoil, Option<Verdict>)]) {
    for (place, (code, spoil, expected)) in rows.iter().enumerate() {
        let (mut site, mut exhibit) = (Site::well(), Exhibit::well());
        spoil(&mut site, &mut exhibit);
        assert_eq!(verdict(code, &site, &exhibit), *expected, "row {place}, {code}");
    }
}

#[test]
fn each_fault_of_the_x_server_has_its_verdict() {
    hold(&[
        ("display.server", |_, _| {}, WELL),
        ("display.server", |site, _| lost(site, None), UNKNOWN),
        ("display.server", |site, _| lost(site, Some(Trouble::NoSession)), ILL),
        ("display.server", |site, _| lost(site, Some(Trouble::Silent(SLOW))), ILL),
        ("display.server", |site, _| lost(site, Some(Trouble::Lacking)), ILL),
        (
            "display.server",
            |site, _| {
                lost(site, Some(Trouble::NoSession));
                site.display.expected = false;
            },
            UNKNOWN,
        ),
        ("display.answer-time", |_, _| {}, WELL),
        ("display.answer-time", |site, _| found(site).answer = SLOW * 2, WARNING),
        ("display.wayland", |_, _| {}, WELL),
        ("display.wayland", |site, _| found(site).is_on_wayland = true, ILL),
        ("display.window-manager", |_, _| {}, WELL),
        ("display.window-manager", |site, _| found(site).window_manager = Some("i3".to_owned()), ADVICE),
        ("display.window-manager", |site, _| found(site).window_manager = None, WARNING),
        ("display.compositor", |_, _| {}, WELL),
        ("display.compositor", |site, _| found(site).composited = true, ADVICE),
        ("display.blanking", |_, _| {}, WELL),
        ("display.blanking", |site, _| found(site).saver = 600, WARNING),
        ("display.blanking", |site, _| found(site).sleep_after = 600, WARNING),
        ("display.blanking", |site, _| found(site).asleep = true, ILL),
        ("display.driver", |_, _| {}, WELL),
        (
            "display.driver",
            |site, _| site.display.log.as_mut().unwrap().drivers = vec!["VESA".to_owned()],
            ADVICE,
        ),
        ("display.driver", |site, _| site.display.log.as_mut().unwrap().drivers.clear(), None),
        ("display.log", |_, _| {}, WELL),
        ("display.log", |site, _| site.display.log.as_mut().unwrap().errors.push("no".to_owned()), ADVICE),
        ("display.fonts", |_, _| {}, WELL),
        ("display.fonts", |site, _| site.display.fonts = Ok(0), ADVICE),
        (
            "display.fonts",
            |site, _| {
                site.display.fonts = Ok(0);
                configured(site, "curtain = { text = \"soon\" }\n");
            },
            WARNING,
        ),
        ("display.curtains", |_, _| {}, None),
        ("display.curtains", |site, _| configured(site, "curtain = { text = \"soon\" }\n"), WELL),
        (
            "display.curtains",
            |site, _| site.display.curtain_flaws = Ok(vec![("a".to_owned(), Ok(vec!["no file".to_owned()]))]),
            WARNING,
        ),
        ("display.curtains", |site, _| site.display.curtain_flaws = Ok(vec![late("a")]), UNKNOWN),
        (
            "display.curtains",
            |site, _| {
                let flawed = ("b".to_owned(), Ok(vec!["no file".to_owned()]));
                site.display.curtain_flaws = Ok(vec![late("a"), flawed]);
            },
            WARNING,
        ),
        ("display.viewer-program", |_, _| {}, WELL),
        ("display.viewer-program", |site, _| site.display.viewer_version = Ok(None), ILL),
        ("display.viewer-program", |site, _| site.display.viewer_version = Ok(Some((5, 0))), ILL),
        ("display.viewer-program", |site, _| site.display.viewer_version = Ok(Some((7, 0))), ADVICE),
        ("display.viewer-options", |_, _| {}, WELL),
        ("display.viewer-options", |site, _| site.display.viewer_lacks = Ok(vec!["--kiosk".to_owned()]), ILL),
        ("display.viewer-folder", |_, _| {}, WELL),
        (
            "display.viewer-folder",
            |site, _| site.display.foreign_folders = Ok(vec!["/run/x".to_owned()]),
            ILL,
        ),
    ]);
}

#[test]
fn each_fault_of_the_screens_has_its_verdict() {
    hold(&[
        ("display.screens", |_, _| {}, WELL),
        ("display.screens", |_, exhibit| exhibit.settings.screens.clear(), None),
        ("display.screens", |site, _| found(site).outputs.clear(), ILL),
        ("display.screens", |site, _| found(site).outputs[0].shows = None, ILL),
        (
            "display.screens",
            |site, _| {
                found(site).outputs[0].shows = None;
                found(site).outputs[0].connected = false;
            },
            ILL,
        ),
        ("display.layout", |_, _| {}, None),
        (
            "display.layout",
            |site, _| configured(site, "[[screen]]\nname = \"HDMI-1\"\nmode = \"1920x1080\"\n"),
            WELL,
        ),
        (
            "display.layout",
            |site, _| configured(site, "[[screen]]\nname = \"HDMI-1\"\nmode = \"1280x720\"\n"),
            WARNING,
        ),
        (
            "display.layout",
            |site, _| configured(site, "[[screen]]\nname = \"HDMI-1\"\nrotation = \"left\"\n"),
            WARNING,
        ),
        (
            "display.layout",
            |site, _| configured(site, "[[screen]]\nname = \"HDMI-1\"\nposition = [1, 0]\n"),
            WARNING,
        ),
        ("display.overlap", |_, _| {}, WELL),
        ("display.overlap", |site, _| found(site).monitors.clear(), None),
        (
            "display.overlap",
            |site, _| {
                let twin: MonitorSeen = found(site).monitors[0].clone();
                found(site).monitors.push(twin);
            },
            WARNING,
        ),
        ("display.ambiguous", |_, _| {}, WELL),
        ("display.ambiguous", |site, _| site.display.ambiguous = Ok(vec!["two of them".to_owned()]), WARNING),
        ("display.unused", |_, _| {}, WELL),
        ("display.unused", |site, _| second(site, PictureSeen { pixels: Vec::new(), only: None }), ADVICE),
    ]);
}

#[test]
fn each_fault_of_a_vms_display_has_its_verdict() {
    hold(&[
        ("display.door", |_, _| {}, WELL),
        ("display.door", |_, exhibit| exhibit.display.door = Ok(None), None),
        ("display.door", |_, exhibit| graphics(exhibit).kind.clear(), ILL),
        ("display.door", |_, exhibit| graphics(exhibit).address = None, None),
        ("display.door", |_, exhibit| graphics(exhibit).answer = GraphicsAnswer::Refuses, ILL),
        ("display.door", |_, exhibit| graphics(exhibit).answer = GraphicsAnswer::Silent, ILL),
        ("display.door", |_, exhibit| graphics(exhibit).answer = GraphicsAnswer::Other, ILL),
        ("display.door", |_, exhibit| graphics(exhibit).answer = GraphicsAnswer::NotTried, None),
        ("display.door-owner", |_, _| {}, WELL),
        ("display.door-owner", |_, exhibit| graphics(exhibit).owner = Some(("python3".to_owned(), 7)), ILL),
        ("display.door-owner", |_, exhibit| graphics(exhibit).owner = None, None),
        ("display.other-client", |_, _| {}, WELL),
        (
            "display.other-client",
            |_, exhibit| graphics(exhibit).others = vec!["virt-manager (7)".to_owned()],
            WARNING,
        ),
        ("display.other-client", |_, exhibit| graphics(exhibit).unseen = true, UNKNOWN),
        ("display.other-client", |_, exhibit| exhibit.settings.screens.clear(), None),
    ]);
}

#[test]
fn each_fault_of_what_is_seen_has_its_verdict() {
    hold(&[
        ("display.viewer", |_, _| {}, WELL),
        ("display.viewer", |_, exhibit| viewers(exhibit).clear(), UNKNOWN),
        (
            "display.viewer",
            |_, exhibit| {
                viewers(exhibit).clear();
                exhibit.display.told.as_mut().unwrap().viewer = "pausing".to_owned();
            },
            ILL,
        ),
        (
            "display.viewer",
            |_, exhibit| {
                viewers(exhibit).clear();
                exhibit.display.told.as_mut().unwrap().phase = "recovering".to_owned();
            },
            None,
        ),
        ("display.viewer", |_, exhibit| viewers(exhibit)[0].by_vitrine = false, WARNING),
        (
            "display.viewer",
            |_, exhibit| {
                let twin = viewers(exhibit)[0].clone();
                viewers(exhibit).push(twin);
            },
            WARNING,
        ),
        ("display.viewer-kiosk", |_, _| {}, WELL),
        ("display.viewer-kiosk", |_, exhibit| viewers(exhibit)[0].kiosk = false, WARNING),
        ("display.viewer-kiosk", |_, exhibit| viewers(exhibit).clear(), None),
        ("display.window", |_, _| {}, WELL),
        ("display.window", |site, _| found(site).windows[0].rect.width = 1900, ILL),
        ("display.window", |site, _| found(site).windows[0].hidden = true, ILL),
        (
            "display.window",
            |_, exhibit| exhibit.display.told.as_mut().unwrap().viewer = "launching".to_owned(),
            None,
        ),
        ("display.covered", |_, _| {}, WELL),
        ("display.covered", |site, _| found(site).windows.push(other()), ILL),
        ("display.covered", |site, _| found(site).windows.insert(0, other()), WELL),
        ("display.covered", |site, _| found(site).windows.push(WindowSeen { ours: true, ..other() }), WELL),
        ("display.covered", |site, _| found(site).windows.push(WindowSeen { hidden: true, ..other() }), WELL),
        ("display.picture", |_, _| {}, WELL),
        ("display.picture", |site, _| of_one_colour(site, [0, 0, 0]), WARNING),
        ("display.picture", |site, _| of_one_colour(site, [46, 52, 54]), WARNING),
        ("display.picture", |site, _| of_one_colour(site, [0, 120, 215]), WARNING),
        (
            "display.picture",
            |site, exhibit| {
                of_one_colour(site, [0, 0, 0]);
                exhibit.display.told.as_mut().unwrap().vm_state = "paused".to_owned();
            },
            None,
        ),
        ("display.same-picture", |_, _| {}, None),
        (
            "display.same-picture",
            |site, _| second(site, PictureSeen { pixels: vec![[9, 9, 9], [8, 8, 8]], only: None }),
            WELL,
        ),
        (
            "display.same-picture",
            |site, _| {
                let picture = found(site).monitors[0].picture.clone().unwrap();
                second(site, picture);
            },
            ADVICE,
        ),
    ]);
}

#[test]
fn modes_that_a_monitor_has_are_no_fault() {
    let mut site = Site::well();
    found(&mut site).outputs[0].modes.push(Mode { width: 800, height: 600, rate: None });
    assert_eq!(verdict("display.screens", &site, &Exhibit::well()), WELL);
}

/// Monitors that slept and are lit sleep again, once that is taken back.
#[test]
fn what_was_switched_off_is_switched_on_again() {
    type Row = (fn(&mut Site), &'static str, &'static str);
    let rows: [Row; 3] = [
        (|site| found(site).saver = 300, "xset s off", "xset s 300"),
        (|site| found(site).sleep_after = 600, "xset -dpms", "xset +dpms"),
        (|site| found(site).asleep = true, "xset -dpms", "xset +dpms; xset dpms force off"),
    ];
    for (spoil, commands, undo) in rows {
        let mut site = Site::well();
        spoil(&mut site);
        let Ok(Judged::Not { remedy, .. }) = super::blanking(&site) else { panic!("it is not well") };
        let said = |all: &[Command]| {
            let after = |command: &Command| command.to_string().split_once("xset").unwrap().1.to_owned();
            all.iter().map(|command| format!("xset{}", after(command))).collect::<Vec<_>>().join("; ")
        };
        assert_eq!((said(&remedy.commands), said(&remedy.undo)), (commands.to_owned(), undo.to_owned()));
    }
}
