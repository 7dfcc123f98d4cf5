use super::super::api::tests::verdict;
use super::*;
use crate::doctor::facts::api::ToldUnit;
use crate::doctor::facts::session::{Autostart, Environment, Login, Sink, Unit};
use crate::doctor::{Exhibit, Verdict};

const UNKNOWN: Option<Verdict> = Some(Verdict::Unknown);
const WELL: Option<Verdict> = Some(Verdict::Well);
const ADVICE: Option<Verdict> = Some(Verdict::Advice);
const WARNING: Option<Verdict> = Some(Verdict::Warning);
const ILL: Option<Verdict> = Some(Verdict::Ill);

fn login_of(site: &mut Site) -> &mut Login {
    site.session.login.as_mut().unwrap()
}

fn beside_a_kiosk(site: &mut Site) {
    site.session.expected = false;
}

fn seats(site: &mut Site) -> &mut Vec<Seat> {
    site.session.sessions.as_mut().unwrap()
}

fn nobody(site: &mut Site) {
    seats(site).clear();
    site.display.session = None;
}

fn unit(site: &mut Site) -> &mut Unit {
    &mut site.session.units.as_mut().unwrap()[0]
}

fn starts(site: &mut Site) -> &mut Autostart {
    site.session.autostart.as_mut().unwrap().as_mut().unwrap()
}

fn watched(site: &mut Site) -> &mut ToldUnit {
    &mut site.api.site.as_mut().unwrap().units[0]
}

fn run(site: &mut Site, name: &str) {
    let line = vec![format!("/usr/bin/{name}")];
    let name = name.chars().take(15).collect();
    site.session.programs.as_mut().unwrap().push(Program { pid: 900, name, line });
}

fn sink(site: &mut Site) -> &mut Sink {
    site.session.sound.sink.as_mut().unwrap().as_mut().unwrap()
}

#[test]
fn each_fault_has_its_verdict() {
    type Spoil = fn(&mut Site);
    let rows: &[(&str, Spoil, Option<Verdict>)] = &[
        ("session.login", |_| {}, WELL),
        ("session.login", |site| login_of(site).user = Some("ada".to_owned()), WARNING),
        ("session.login", |site| login_of(site).user = None, WARNING),
        ("session.login", |site| (login_of(site).user = None, beside_a_kiosk(site)).1, UNKNOWN),
        ("session.login", |site| *login_of(site) = Login::default(), UNKNOWN),
        ("session.login-session", |_| {}, WELL),
        ("session.login-session", |site| login_of(site).session = "openbox".to_owned(), ADVICE),
        ("session.login-session", |site| login_of(site).manager = "vitrine-x".to_owned(), None),
        ("session.display-manager", |_| {}, WELL),
        ("session.display-manager", |site| login_of(site).enabled = false, WARNING),
        ("session.display-manager", beside_a_kiosk, None),
        ("session.default-target", |_| {}, WELL),
        (
            "session.default-target",
            |site| site.session.default_target = Ok("multi-user.target".to_owned()),
            WARNING,
        ),
        ("session.default-target", beside_a_kiosk, None),
        ("session.seat", |_| {}, WELL),
        ("session.seat", nobody, ILL),
        ("session.seat", |site| (nobody(site), beside_a_kiosk(site)).1, None),
        ("session.seat", |site| seats(site).clear(), UNKNOWN),
        (
            "session.seat",
            |site| (seats(site)[0].user, seats(site)[0].class) = ("lightdm".to_owned(), "greeter".to_owned()),
            ILL,
        ),
        ("session.seat", |site| seats(site)[0].active = false, ILL),
        ("session.kind", |_| {}, WELL),
        ("session.kind", |site| seats(site)[0].kind = "wayland".to_owned(), ILL),
        ("session.kind", |site| seats(site)[0].kind = "tty".to_owned(), None),
        ("session.kind", nobody, None),
        ("session.environment", |_| {}, WELL),
        (
            "session.environment",
            |site| site.session.environment = Ok(Environment { bus: false, runtime_dir: true }),
            ADVICE,
        ),
        (
            "session.environment",
            |site| site.session.environment = Ok(Environment { bus: true, runtime_dir: false }),
            WARNING,
        ),
        ("session.autostart", |_| {}, WELL),
        ("session.autostart", |site| site.session.autostart = Ok(None), None),
        ("session.autostart", |site| starts(site).starts_vitrine = false, WARNING),
        (
            "session.autostart",
            |site| (starts(site).starts_vitrine = false, site.api.daemons = Ok(Vec::new())).1,
            ILL,
        ),
        ("session.second-viewer", |_| {}, WELL),
        (
            "session.second-viewer",
            |site| starts(site).viewers.push("virt-viewer garden &".to_owned()),
            WARNING,
        ),
        ("session.second-viewer", |site| site.session.autostart = Ok(None), None),
        ("session.ways-out", |_| {}, WELL),
        ("session.ways-out", |site| site.session.ways_out = Ok(None), None),
        (
            "session.ways-out",
            |site| site.session.ways_out = Ok(Some(vec!["A-F4 (Close)".to_owned()])),
            WARNING,
        ),
        ("session.text-consoles", |_| {}, WELL),
        ("session.text-consoles", |site| site.session.no_vt_switch = Ok(false), ADVICE),
        (
            "session.text-consoles",
            |site| (site.session.no_vt_switch, site.session.expected) = (Ok(false), false),
            None,
        ),
        ("session.units", |_| {}, WELL),
        ("session.units", |site| unit(site).active = "failed".to_owned(), ILL),
        ("session.units", |site| unit(site).load = "masked".to_owned(), ILL),
        ("session.units", |site| unit(site).load = "not-found".to_owned(), None),
        ("session.units", |site| unit(site).active = "activating".to_owned(), None),
        ("session.units", |site| unit(site).restarts = 20, WARNING),
        ("session.watched-units", |_| {}, WELL),
        (
            "session.watched-units",
            |site| (watched(site).well, watched(site).state) = (false, "failed".to_owned()),
            WARNING,
        ),
        (
            "session.watched-units",
            |site| (watched(site).well, watched(site).state) = (false, "missing".to_owned()),
            WARNING,
        ),
        ("session.watched-units", |site| site.api.site.as_mut().unwrap().units.clear(), None),
        ("session.old-controller", |_| {}, None),
        ("session.old-controller", |site| site.session.old_controller = Ok(Some((true, true))), WARNING),
        ("session.old-controller", |site| site.session.old_controller = Ok(Some((false, true))), WARNING),
        ("session.old-controller", |site| site.session.old_controller = Ok(Some((false, false))), WELL),
        ("session.lockers", |_| {}, WELL),
        ("session.lockers", |site| run(site, "light-locker"), WARNING),
        ("session.lockers", |site| run(site, "xfce4-screensaver"), WARNING),
        ("session.popups", |_| {}, WELL),
        ("session.popups", |site| run(site, "update-notifier"), ADVICE),
        ("session.sound", |_| {}, WELL),
        ("session.sound", |site| site.session.sound.server = Ok(None), ADVICE),
        ("session.sound-plugins", |_| {}, WELL),
        (
            "session.sound-plugins",
            |site| site.session.sound.missing_plugins = Ok(vec!["libgstapp.so".to_owned()]),
            WARNING,
        ),
        (
            "session.sound-plugins",
            |site| {
                site.session.sound.missing_plugins = Ok(vec!["libgstapp.so".to_owned()]);
                site.session.sound.server = Ok(None);
            },
            ADVICE,
        ),
        ("session.sound-volume", |_| {}, WELL),
        ("session.sound-volume", |site| sink(site).muted = true, WARNING),
        ("session.sound-volume", |site| sink(site).volume = 0, WARNING),
        ("session.sound-volume", |site| sink(site).name = "auto_null".to_owned(), ADVICE),
        ("session.sound-volume", |site| site.session.sound.sink = Ok(None), ADVICE),
        ("session.sound-volume", |site| site.session.sound.server = Ok(None), None),
    ];
    for (place, (code, spoil, expected)) in rows.iter().enumerate() {
        let mut site = Site::well();
        spoil(&mut site);
        assert_eq!(verdict(code, &site, &Exhibit::well()), *expected, "row {place}, {code}");
    }
    let mut silent = Exhibit::well();
    silent.display.sounds = Ok(false);
    for code in ["session.sound", "session.sound-plugins", "session.sound-volume"] {
        assert_eq!(verdict(code, &Site::well(), &silent), None, "{code}");
    }
}
