//! `--check`: what the kit sees, for whoever writes the INI. The same is in a file beside it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vitrine_guest_protocol::calls::Call;
use vitrine_guest_protocol::http::{self, Method};
use vitrine_guest_protocol::kit::push_complaint;
use vitrine_guest_protocol::settings::Close;
use vitrine_guest_protocol::text::Text;
use vitrine_guest_protocol::watch::{Fault, is_windowless};

use crate::eyes::Order;
use crate::files::wide;
use crate::net::Step;
use crate::view::{Scene, Window};
use crate::{App, install, programs, single};

/// How long the screen is waited for.
const SCREEN_WITHIN: Duration = Duration::from_secs(3);
/// How long windows have to say whether they answer.
const ANSWERS_WITHIN: Duration = Duration::from_millis(2_600);

pub(crate) fn show(app: &mut App) -> ExitCode {
    app.read_ini();
    wait_for_screen(app);
    app.programs = programs::list();
    let mut report = String::new();
    let (is_well, words) = (report_on(app, &mut report).is_ok(), &report);
    // Whoever reads it may have read enough.
    let _ = std::io::stdout().write_all(words.as_bytes());
    let path = app.folder.join("vitrine.txt");
    if let Err(error) = std::fs::write(&path, words) {
        eprintln!("vitrine-guest: {} cannot be written: {error}", path.display());
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Until windows were looked at twice, so that those that do not answer are known.
fn wait_for_screen(app: &mut App) {
    let begun = Instant::now();
    while begun.elapsed() < SCREEN_WITHIN {
        app.take_seen();
        let can_be_asked = app.seen.view.windows.iter().any(|window| window.hung.is_some());
        if app.seen.at.is_some() && (!can_be_asked || begun.elapsed() > ANSWERS_WITHIN) {
            break;
        }
        if app.seen.session.is_none() && !app.seen.trouble.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    if let Some(pixel) = app.kit.settings.button.pixel {
        app.eyes.tell(Order::Sample(pixel.x, pixel.y));
        std::thread::sleep(Duration::from_millis(200));
        app.take_seen();
    }
}

fn report_on(app: &mut App, report: &mut String) -> std::fmt::Result {
    writeln!(report, "{}", app.agent)?;
    writeln!(report, "starts with the system: {}", yes(install::is_installed("/")))?;
    writeln!(report, "the kit runs: {}", yes(single::runs(&app.folder)))?;
    writeln!(report, "INI file: {}", app.folder.join("vitrine.ini").display())?;
    for index in 0..app.kit.complaints.all().len() {
        let mut text = Text::<160>::EMPTY;
        push_complaint(&mut text, &app.kit.complaints, index);
        writeln!(report, "  {}", wide(text.bytes()))?;
    }
    writeln!(report, "host: {}", about_host(app))?;
    about_screen(app, report)?;
    about_artwork(app, report)?;
    writeln!(report, "\nWindows, from the front (title | class | program):")?;
    let scene = app.scene();
    for window in &app.seen.view.windows {
        about_window(&scene, window, report)?;
    }
    writeln!(report, "\nPrograms:")?;
    let mut names: Vec<String> = app.programs.iter().map(|program| wide(program.name())).collect();
    names.sort_unstable();
    names.dedup();
    names.iter().try_for_each(|name| writeln!(report, "  {name}"))
}

/// Asks how the heartbeat is, which is none.
fn about_host(app: &mut App) -> String {
    let host = app.kit.settings.host;
    let mut address = Text::<32>::EMPTY;
    http::push_address(&mut address, host.address);
    let address = format!("{}:{}", wide(address.bytes()), host.port);
    http::write(&mut app.exchange.request, Method::Get, &host, b"/heartbeat/status", app.agent.as_bytes());
    app.exchange.begin(app.now(), Call::Beat, &host);
    loop {
        let now = app.now();
        match app.exchange.step(now) {
            Step::Busy => std::thread::sleep(Duration::from_millis(10)),
            Step::Answered(answer) => {
                return format!(
                    "{address} answers {} {}",
                    answer.status,
                    String::from_utf8_lossy(answer.body)
                );
            }
            Step::None | Step::Failed => return format!("{address} does not answer"),
        }
    }
}

fn about_screen(app: &App, report: &mut String) -> std::fmt::Result {
    let Some(session) = &app.seen.session else {
        writeln!(report, "screen: none ({})", app.seen.trouble)?;
        if !is_windowless(&app.kit.settings.artwork) {
            writeln!(report, "  An artwork without X11 needs `window = none` in [artwork].")?;
        }
        return writeln!(report, "last input: nobody can say without X11");
    };
    let whose = session.owner_name().map_or(String::new(), |name| format!(", the session of {name}"));
    let manager = if app.seen.view.is_managed { "" } else { ", without a window manager that listens" };
    writeln!(report, "screen: display {}{whose}{manager}", session.display.to_string_lossy())?;
    let how = if app.seen.input_is_told { "" } else { " (by pointer and keys, since the kit was started)" };
    match app.seen.input {
        Some(input) => writeln!(report, "last input: {} s ago{how}", input.elapsed().as_secs()),
        None => writeln!(report, "last input: none{how}"),
    }
}

fn about_artwork(app: &App, report: &mut String) -> std::fmt::Result {
    let settings = &app.kit.settings;
    if !settings.artwork.is_watched() {
        return writeln!(report, "artwork: nothing is watched");
    }
    let scene = app.scene();
    let (look, trouble) = scene.look();
    let fault = look.fault(&settings.artwork).map_or(&b"the artwork is well"[..], Fault::words);
    let between = if trouble.is_empty() { "" } else { ": " };
    writeln!(report, "artwork: {}{between}{}", wide(fault), wide(trouble))?;
    writeln!(report, "program: {}", wide(settings.artwork.program.bytes()))?;
    if scene.artwork().is_some_and(|window| window.hung.is_none()) {
        writeln!(
            report,
            "  Its window cannot be asked whether it answers: a program that hangs is not noticed."
        )?;
    }
    if let Some(pixel) = settings.button.pixel {
        let colour = app.seen.colour.map(|(_, colour)| colour);
        writeln!(report, "pixel: as it should be: {}", yes(colour.is_some_and(|colour| pixel.fits(colour))))?;
    }
    Ok(())
}

fn about_window(scene: &Scene<'_>, window: &Window, report: &mut String) -> std::fmt::Result {
    let mark = if scene.is_trouble(window) {
        "trouble"
    } else if scene.settings.artwork.is_watched() && scene.is_artwork(window) {
        "artwork"
    } else if scene.settings.windows.close != Close::No && scene.is_stranger(window) {
        "to close"
    } else if window.visible {
        ""
    } else {
        "(hidden)"
    };
    let minimised = if window.minimised { " (minimised)" } else { "" };
    let hung = if window.hung == Some(true) { " (does not answer)" } else { "" };
    let [title, class, program] = [&window.title[..], &window.class, scene.program_of(window)].map(wide);
    writeln!(report, "  {mark:<10}{title} | {class} | {program}{minimised}{hung}")
}

fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}
