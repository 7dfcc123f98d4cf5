use vitrine_guest_protocol::ini;
use vitrine_guest_protocol::watch::Fault;

use super::*;

const INI: &str = "[artwork]\nstart = /opt/eden/eden --full\n";

fn settings(ini: &str) -> Settings {
    let mut settings = Settings::defaults();
    let mut complaints = ini::Complaints::NONE;
    ini::read(&mut ini.as_bytes().to_vec(), &mut settings, &mut complaints);
    assert!(complaints.all().is_empty(), "{complaints:?}");
    settings
}

fn program(process: i32, name: &str) -> Program {
    Program { process, names: vec![name.as_bytes().to_vec()] }
}

/// A window in the middle of the screen, all well.
fn window(handle: Handle, process: i32, title: &str) -> Window {
    Window {
        handle,
        process,
        visible: true,
        hung: Some(false),
        closes: true,
        title: title.as_bytes().to_vec(),
        place: [0, 0, 800, 600],
        ..Window::default()
    }
}

fn eden() -> Window {
    window(1, 10, "Eden Garden")
}

fn other(title: &str) -> Window {
    window(2, 20, title)
}

/// What is wrong, with these windows from the front.
fn fault(ini: &str, windows: Vec<Window>) -> Option<Fault> {
    let settings = settings(ini);
    let programs = [program(10, "eden"), program(20, "updater")];
    let view = View { windows, active: 0, is_managed: true };
    let scene = Scene { view: &view, programs: &programs, settings: &settings };
    scene.look().0.fault(&settings.artwork)
}

#[test]
fn faults() {
    let dialogue = Window { kind: Kind::Dialogue, ..window(3, 10, "Error") };
    let small = Window { place: [0, 0, 1, 1], visible: false, ..window(4, 10, "eden") };
    let rows: Vec<(&str, Vec<Window>, Option<Fault>)> = vec![
        ("well", vec![eden()], None),
        ("with a toolkit's window that nobody sees", vec![small.clone(), eden()], None),
        ("with another one behind it", vec![eden(), other("Update")], None),
        ("none at all", vec![], Some(Fault::NoWindow)),
        ("another program's alone", vec![other("Eden Garden")], Some(Fault::NoWindow)),
        ("hidden", vec![Window { visible: false, ..eden() }], Some(Fault::Hidden)),
        ("minimised", vec![Window { minimised: true, ..eden() }], Some(Fault::Minimised)),
        ("hung", vec![Window { hung: Some(true), ..eden() }], Some(Fault::Hung)),
        ("cannot be asked", vec![Window { hung: None, ..eden() }], None),
        ("an error box", vec![dialogue.clone(), eden()], Some(Fault::Trouble)),
        ("an error box alone", vec![dialogue], Some(Fault::Trouble)),
        ("behind", vec![other("Update"), eden()], Some(Fault::Behind)),
        ("beside", vec![Window { place: [800, 0, 900, 600], ..other("Update") }, eden()], None),
        ("below a panel", vec![Window { kind: Kind::Shell, ..other("panel") }, eden()], None),
        ("below a tip", vec![Window { kind: Kind::Free, ..other("tip") }, eden()], None),
        ("fills the screen without a window manager", vec![Window { kind: Kind::Free, ..eden() }], None),
        ("below one that is hidden", vec![Window { visible: false, ..other("Update") }, eden()], None),
    ];
    for (what, windows, expected) in rows {
        assert_eq!(fault(INI, windows), expected, "{what}");
    }
}

#[test]
fn what_the_ini_says_of_windows() {
    let box_of_another = || vec![other("Fatal error"), eden()];
    let nameless = || vec![Window { process: 0, instance: b"eden".to_vec(), ..eden() }];
    let foreign = || vec![Window { process: 0, instance: b"x".to_vec(), ..eden() }];
    let rows: Vec<(&str, Vec<Window>, Option<Fault>)> = vec![
        ("trouble = *error", box_of_another(), Some(Fault::Trouble)),
        ("trouble = program:updater", box_of_another(), Some(Fault::Trouble)),
        ("front = no", box_of_another(), None),
        ("[windows]\nallow = Fatal*", box_of_another(), None),
        ("window = none", vec![], None),
        ("window = Eden*", vec![eden()], None),
        ("window = Orbit*", vec![eden()], Some(Fault::NoWindow)),
        ("program = orbit", vec![eden()], Some(Fault::NotRunning)),
        ("", nameless(), None),
        ("", foreign(), Some(Fault::NoWindow)),
        ("window = Eden*", foreign(), None),
    ];
    for (more, windows, expected) in rows {
        assert_eq!(fault(&format!("{INI}{more}\n"), windows), expected, "{more}");
    }
}

#[test]
fn the_one_that_has_the_keys_is_in_front() {
    let settings = settings(INI);
    let programs = [program(10, "eden"), program(20, "updater")];
    let aside = Window { place: [900, 0, 950, 10], ..other("Update") };
    let view = View { windows: vec![eden(), aside], active: 2, is_managed: true };
    let scene = Scene { view: &view, programs: &programs, settings: &settings };
    assert_eq!(scene.look().0.fault(&settings.artwork), Some(Fault::Behind));
}

#[test]
fn whom_a_remedy_ends() {
    let programs = [program(1, "eden"), program(10, "eden"), program(20, "updater")];
    let view = View { windows: vec![eden()], ..View::default() };
    for (ini, expected) in
        [(INI, vec![10]), ("[artwork]\nwindow = Eden*\n", vec![10]), ("[artwork]\nprogram = none\n", vec![])]
    {
        let settings = settings(ini);
        assert_eq!(
            Scene { view: &view, programs: &programs, settings: &settings }.processes(),
            expected,
            "{ini}"
        );
    }
}
