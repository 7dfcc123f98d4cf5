//! Checks of X server and monitors, and of what is seen there.

mod artwork;
mod door;
mod monitors;

use super::super::facts::display::{Server, Trouble};
use super::super::{Area, Check, Command, Fact, Judged, Remedy, Site};
use crate::core::types::{CurtainPicture, Told};
use crate::words::told;

pub(super) const CHECKS: &[Check] = &[
    Check::site(Area::Display, "display.server", "no-screen-shows-anything", server),
    Check::site(Area::Display, "display.answer-time", "the-screens-stand-still", answer_time),
    Check::site(Area::Display, "display.wayland", "the-session-is-a-wayland-one", wayland),
    Check::site(Area::Display, "display.window-manager", "windows-are-not-where-they-belong", window_manager),
    Check::site(Area::Display, "display.compositor", "windows-are-not-where-they-belong", compositor),
    Check::site(Area::Display, "display.blanking", "a-screen-goes-dark-after-a-while", blanking).fixing(),
    Check::site(Area::Display, "display.layout", "a-screen-has-the-wrong-mode-or-place", monitors::layout),
    Check::site(Area::Display, "display.overlap", "two-screens-show-the-same", monitors::overlap),
    Check::site(Area::Display, "display.ambiguous", "an-artwork-is-on-the-wrong-screen", monitors::ambiguous),
    Check::site(Area::Display, "display.unused", "a-screen-is-not-used", monitors::unused),
    Check::site(Area::Display, "display.driver", "the-graphics-card-has-no-driver-of-its-own", driver),
    Check::site(Area::Display, "display.log", "the-graphics-card-has-no-driver-of-its-own", log),
    Check::site(Area::Display, "display.fonts", "the-curtain-is-black-or-without-its-text", fonts),
    Check::site(Area::Display, "display.curtains", "the-curtain-is-black-or-without-its-text", curtains),
    Check::site(Area::Display, "display.viewer-program", "the-viewer-does-not-start", viewer_program),
    Check::site(Area::Display, "display.viewer-options", "the-viewer-does-not-start", viewer_options),
    Check::site(Area::Display, "display.viewer-folder", "the-viewer-does-not-start", viewer_folder),
    Check::exhibit(Area::Display, "display.screens", "a-screen-is-missing-or-dark", monitors::screens),
    Check::exhibit(Area::Display, "display.door", "the-vms-display-cannot-be-reached", door::door),
    Check::exhibit(Area::Display, "display.door-owner", "the-vms-display-cannot-be-reached", door::owner),
    Check::exhibit(
        Area::Display,
        "display.other-client",
        "somebody-else-looks-at-the-vm",
        door::other_client,
    ),
    Check::exhibit(Area::Display, "display.viewer", "the-viewer-does-not-start", artwork::viewer),
    Check::exhibit(Area::Display, "display.viewer-kiosk", "the-artwork-has-borders-or-menus", artwork::kiosk),
    Check::exhibit(Area::Display, "display.window", "windows-are-not-where-they-belong", artwork::window),
    Check::exhibit(Area::Display, "display.covered", "something-lies-over-the-artwork", artwork::covered),
    Check::exhibit(Area::Display, "display.picture", "the-screen-is-black-or-grey", artwork::picture),
    Check::exhibit(Area::Display, "display.same-picture", "two-screens-show-the-same", artwork::same_picture),
];

/// An X server that takes longer for nothing stands still for the eye.
const SLOW: std::time::Duration = std::time::Duration::from_millis(500);
/// The first virt-viewer that has been tried with Vitrine.
const TRIED_VIEWER: (u32, u32) = (11, 0);
/// The first virt-viewer with `--kiosk` and all other options that Vitrine gives it.
const FIRST_VIEWER: (u32, u32) = (7, 0);

/// What the X server shows.
fn server_of(site: &Site) -> Fact<&Server> {
    site.display.server.as_ref().map_err(Told::clone)
}

/// Whether anything is to be shown at all.
fn shows(site: &Site) -> bool {
    site.settings.as_ref().is_ok_and(crate::config::Settings::shows)
}

/// A command that speaks to the X server, by whoever gives it.
fn x_command<const N: usize>(server: &Server, words: [&str; N]) -> Command {
    let mut command = Command::new(words);
    let mut environment = vec!["env".to_owned(), format!("DISPLAY={}", server.display)];
    environment.extend(server.authority.iter().map(|file| format!("XAUTHORITY={file}")));
    command.words.splice(0..0, environment);
    command
}

fn server(site: &Site) -> Fact<Judged> {
    let found = match &site.display.server {
        Ok(found) => found,
        Err(why) => return no_server(site, why),
    };
    Ok(Judged::Well(told!("{display} answers: {version}", display = found.display, version = found.version)))
}

fn no_server(site: &Site, why: &Told) -> Fact<Judged> {
    let restart = || {
        let unit = match site.session.login.as_ref().map(|login| login.manager.as_str()) {
            Ok("vitrine-x") => "vitrine-x.service",
            Ok(_) | Err(_) => "display-manager.service",
        };
        [Command::root(["systemctl", "restart", unit])]
    };
    match &site.display.trouble {
        Some(Trouble::Silent(waited)) => Ok(Judged::ill(
            told!("the X server is there and has not answered within {waited}", waited = *waited),
            Remedy::type_in(told!("End it; the session begins anew, and the artworks with it"), restart()),
        )),
        Some(Trouble::Lacking) => Ok(Judged::ill(
            why.clone(),
            Remedy::say(told!("Use an Xorg of 2016 or later, with a driver that knows RandR")),
        )),
        Some(Trouble::NoSession) if site.display.expected => Ok(Judged::ill(
            why.clone(),
            Remedy::type_in(
                told!("Begin the kiosk's session; the log says why there is none"),
                [
                    Command::root([
                        "journalctl",
                        "-b",
                        "-u",
                        "display-manager.service",
                        "-u",
                        "vitrine-x.service",
                        "-n",
                        "50",
                    ]),
                    restart()[0].clone(),
                ],
            ),
        )),
        Some(Trouble::NoSession) | None => Err(why.clone()),
    }
}

fn answer_time(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    if server.answer > SLOW {
        return Ok(Judged::warning(
            told!("the X server took {time} for a question that costs nothing", time = server.answer),
            Remedy::type_in(
                told!("See what keeps the processor or the graphics card busy"),
                [Command::new(["top", "-b", "-n", "1"])],
            ),
        ));
    }
    let time = format!("{:.1}", server.answer.as_secs_f64() * 1000.0);
    Ok(Judged::Well(told!("it answers within {time} ms", time = time)))
}

fn wayland(site: &Site) -> Fact<Judged> {
    if server_of(site)?.is_on_wayland {
        return Ok(Judged::ill(
            told!(
                "the X server only passes windows on to a Wayland compositor, which lets nobody place them"
            ),
            Remedy::say(told!("Have the log-in begin the session \"Vitrine\", which is one of Xorg")),
        ));
    }
    Ok(Judged::Well(told!("it is an X server of its own")))
}

fn window_manager(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    if !shows(site) {
        return Ok(Judged::Beside);
    }
    match server.window_manager.as_deref() {
        Some("Openbox") => Ok(Judged::Well(told!("Openbox manages the windows"))),
        Some(other) => Ok(Judged::advice(
            told!("'{name}' manages the windows; Vitrine is tried with Openbox", name = other),
            Remedy::say(told!("Have the log-in begin the session \"Vitrine\"")),
        )),
        None => Ok(Judged::warning(
            told!("no window manager runs: a viewer's window may stay where it opens, and gets no keys"),
            Remedy::type_in(
                told!("Have the log-in begin the session \"Vitrine\", or start Openbox now"),
                [x_command(
                    server,
                    ["openbox", "--sm-disable", "--config-file", "/etc/vitrine/openbox/rc.xml"],
                )],
            ),
        )),
    }
}

fn compositor(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    if !server.composited {
        return Ok(Judged::Well(told!("no compositing manager stands between")));
    }
    Ok(Judged::advice(
        told!(
            "a compositing manager draws the screens: fades and shadows may be seen, and pictures come later"
        ),
        Remedy::say(told!("Take picom, compton or xcompmgr out of what the session starts")),
    ))
}

fn blanking(site: &Site) -> Fact<Judged> {
    let server = server_of(site)?;
    let display = format!("DISPLAY={}", server.display);
    let evidence = match (server.asleep, server.sleep_after, server.saver) {
        (true, ..) => told!("the monitors sleep now"),
        (false, 0, 0) => {
            return Ok(Judged::Well(told!(
                "nothing switches the screens dark ({display})",
                display = display
            )));
        }
        (false, 0, seconds) => told!("the screen saver begins after {seconds} s", seconds = seconds),
        (false, seconds, _) => told!("the monitors are put to sleep after {seconds} s", seconds = seconds),
    };
    let (mut commands, mut undo) = (Vec::new(), Vec::new());
    if server.saver > 0 {
        commands.push(x_command(server, ["xset", "s", "off"]));
        undo.push(x_command(server, ["xset", "s", &server.saver.to_string()]));
    }
    if server.sleep_after > 0 || server.asleep {
        commands.push(x_command(server, ["xset", "-dpms"]));
        undo.push(x_command(server, ["xset", "+dpms"]));
    }
    // With `-dpms` they are lit (xset(1) and the DPMS extension's DPMSDisable).
    if server.asleep {
        undo.push(x_command(server, ["xset", "dpms", "force", "off"]));
    }
    let remedy = Remedy::fix(
        told!(
            "Switch it off for this session; the installer's step 'xorg' has it off for good, and so has Vitrine as long as it runs"
        ),
        commands,
        undo,
    );
    Ok(if server.asleep { Judged::ill(evidence, remedy) } else { Judged::warning(evidence, remedy) })
}

fn driver(site: &Site) -> Fact<Judged> {
    let drivers = &site.display.log.as_ref().map_err(Told::clone)?.drivers;
    let names = drivers.join(", ");
    if drivers.is_empty() {
        return Ok(Judged::Beside);
    }
    if drivers.iter().any(|name| ["VESA", "FBDEV"].contains(&name.to_uppercase().as_str())) {
        return Ok(Judged::advice(
            told!("the X server draws by '{driver}': one screen, no other modes, and slowly", driver = names),
            Remedy::type_in(
                told!("Install the firmware and the driver of this graphics card"),
                [Command::new(["lspci", "-nnk", "-d", "::0300"])],
            ),
        ));
    }
    Ok(Judged::Well(told!("the X server draws by '{driver}'", driver = names)))
}

fn log(site: &Site) -> Fact<Judged> {
    let errors = &site.display.log.as_ref().map_err(Told::clone)?.errors;
    let Some(last) = errors.last() else {
        return Ok(Judged::Well(told!("its log has no errors of note")));
    };
    Ok(Judged::advice(
        told!("its log has {count} errors, the last one: {line}", count = errors.len(), line = last),
        Remedy::type_in(
            told!("Read them with what stands before"),
            [Command::new([
                "sh",
                "-c",
                "grep -B3 '(EE)' /var/log/Xorg.0.log ~/.local/share/xorg/Xorg.0.log",
            ])],
        ),
    ))
}

fn fonts(site: &Site) -> Fact<Judged> {
    let count = *site.display.fonts.as_ref().map_err(Told::clone)?;
    if count > 0 {
        return Ok(Judged::Well(told!("{count} fonts are there", count = count)));
    }
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let texts = settings.exhibits.iter().any(|exhibit| exhibit.curtain.text.is_some());
    let remedy =
        Remedy::type_in(told!("Install some"), [Command::root(["apt-get", "install", "fonts-dejavu-core"])]);
    let evidence =
        told!("there are no fonts: neither curtains nor `vitrine screens --identify` can show a text");
    Ok(if texts { Judged::warning(evidence, remedy) } else { Judged::advice(evidence, remedy) })
}

fn curtains(site: &Site) -> Fact<Judged> {
    let looked = site.display.curtain_flaws.as_ref().map_err(Told::clone)?;
    let known = looked.iter().filter_map(|(exhibit, flaws)| Some((exhibit, flaws.as_ref().ok()?.first()?)));
    if let Some((exhibit, flaw)) = known.into_iter().next() {
        return Ok(Judged::warning(
            told!("the curtain of '{exhibit}': {flaw}", exhibit = exhibit, flaw = flaw),
            Remedy::say(told!(
                "Name a PNG or JPEG that is there and whole, and letters that a font here has"
            )),
        ));
    }
    if let Some(why) = looked.iter().find_map(|(_, flaws)| flaws.as_ref().err()) {
        return Err(why.clone());
    }
    let settings = site.settings.as_ref().map_err(Told::clone)?;
    let drawn = settings.exhibits.iter().filter(|exhibit| {
        exhibit.curtain.text.is_some() || matches!(exhibit.curtain.picture, CurtainPicture::Poster { .. })
    });
    match drawn.count() {
        0 => Ok(Judged::Beside),
        count => {
            Ok(Judged::Well(told!("{count} curtains with a poster or a text can be drawn", count = count)))
        }
    }
}

fn viewer_program(site: &Site) -> Fact<Judged> {
    let version = *site.display.viewer_version.as_ref().map_err(Told::clone)?;
    if !shows(site) {
        return Ok(Judged::Beside);
    }
    let install =
        || Remedy::type_in(told!("Install it"), [Command::root(["apt-get", "install", "virt-viewer"])]);
    let Some((major, minor)) = version else {
        return Ok(Judged::ill(told!("virt-viewer is not installed: no artwork can be shown"), install()));
    };
    let text = format!("{major}.{minor}");
    if (major, minor) < FIRST_VIEWER {
        return Ok(Judged::ill(
            told!("virt-viewer {version} lacks what Vitrine needs", version = text),
            install(),
        ));
    }
    if (major, minor) < TRIED_VIEWER {
        return Ok(Judged::advice(
            told!("virt-viewer is version {version}; Vitrine is tried with 11", version = text),
            Remedy::say(told!("Upgrade the distribution when that is due anyway")),
        ));
    }
    Ok(Judged::Well(told!("virt-viewer {version} is there", version = text)))
}

fn viewer_options(site: &Site) -> Fact<Judged> {
    let lacks = site.display.viewer_lacks.as_ref().map_err(Told::clone)?;
    if !shows(site) {
        return Ok(Judged::Beside);
    }
    if lacks.is_empty() {
        return Ok(Judged::Well(told!("it knows all options that it is given")));
    }
    Ok(Judged::ill(
        told!("virt-viewer does not know {options}, which Vitrine gives it", options = lacks.join(", ")),
        Remedy::type_in(
            told!("Install the distribution's own virt-viewer, in place of what is called so here"),
            [Command::root(["apt-get", "install", "--reinstall", "virt-viewer"])],
        ),
    ))
}

fn viewer_folder(site: &Site) -> Fact<Judged> {
    let foreign = site.display.foreign_folders.as_ref().map_err(Told::clone)?;
    match foreign.first() {
        None => Ok(Judged::Well(told!("the folders for the viewers' settings are the kiosk user's"))),
        Some(folder) => Ok(Judged::ill(
            told!(
                "{folder} is not the kiosk user's own: the viewers' settings cannot be written there",
                folder = folder
            ),
            Remedy::type_in(
                told!("Give it to the kiosk's user"),
                [Command::root(["chown", "-R", &format!("{}:", site.session.user), folder])],
            ),
        )),
    }
}

#[cfg(test)]
mod tests;
