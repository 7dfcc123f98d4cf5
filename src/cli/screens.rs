//! `vitrine screens`: the monitors, and the lines that name them.

use std::path::Path;

use super::client::{ClientError, Daemon, converse};
use super::layout::span;
use super::{Outcome, fail, local, say, say_json, session};
use crate::web::dto::Screen;
use crate::words::tr;

/// What the daemon's parts wait for where that is the X server, as it names it.
const X_SERVER: &str = "the X server";

pub(super) fn command(daemon: &Daemon, json: bool) -> Outcome {
    converse(async {
        let (known, runs) = match daemon.site().await {
            Ok(site) if site.stale => {
                let text = tr!(
                    "the daemon stands still since {span} ago, and what it knows of the screens is as old; its log may tell \
                     why",
                    span = span(site.age)
                );
                return fail(&text, Outcome::NotWell);
            }
            Ok(site)
                if !site.x_server.answers
                    || site.silent.iter().any(|silence| silence.waits_for.as_deref() == Some(X_SERVER)) =>
            {
                let text = tr!(
                    "the X server does not answer, so which screens are there is not known; is it stopped? Its \
                     log is Xorg.0.log"
                );
                return fail(&text, Outcome::NotWell);
            }
            Ok(site) => (site.screens, true),
            Err(ClientError::NotRunning(_)) => (Vec::new(), false),
            Err(error) => return error.fail(),
        };
        // Before the first start there is no daemon to ask, and one that shows nothing yet does not look; that is when
        // this command is needed most.
        let screens = if known.is_empty() {
            session::enter();
            match local::monitors() {
                Ok(monitors) => monitors.into_iter().map(|monitor| Screen::new(&monitor, None)).collect(),
                Err(why) if runs => {
                    let text =
                        tr!("the daemon, which shows nothing, knows of no screens, and {why}", why = why);
                    return fail(&text, Outcome::NotWell);
                }
                Err(why) => {
                    let text = tr!("no daemon runs that could tell of the screens, and {why}", why = why);
                    return fail(&text, Outcome::NotWell);
                }
            }
        } else {
            known
        };
        if json { say_json(&screens) } else { say(&render(&screens)) }
    })
}

/// Writes on each monitor what it is called.
pub(super) fn identify(daemon: &Daemon) -> Outcome {
    session::enter();
    let monitors = match local::monitors() {
        Ok(monitors) => monitors,
        Err(why) => return fail(&why, Outcome::NotWell),
    };
    // Without a daemon, nobody knows what is to be shown where.
    let mut known = Vec::new();
    let _ = converse(async {
        known = daemon.site().await.map(|site| site.screens).unwrap_or_default();
        Outcome::Well
    });
    let texts: Vec<_> = monitors
        .iter()
        .map(|monitor| {
            let exhibit = known.iter().find(|screen| screen.connector == monitor.connector);
            let lines = [
                Some(monitor.connector.clone()),
                monitor.edid.as_ref().map(|edid| {
                    match is_alone(edid, monitors.iter().map(|monitor| &monitor.edid)) {
                        true => format!("edid:{edid}"),
                        false => format!("edid:{edid}@{}", monitor.connector),
                    }
                }),
                exhibit.and_then(|screen| screen.exhibit.clone()),
            ];
            (monitor.rect, lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
        })
        .collect();
    match local::identify(texts) {
        Ok(()) => Outcome::Well,
        Err(why) => fail(&why, Outcome::NotWell),
    }
}

/// Writes what visitors see on each monitor into a folder.
pub(super) fn shot(folder: &Path) -> Outcome {
    session::enter();
    let shots = local::monitors().and_then(|monitors| local::shoot(monitors, folder));
    match shots {
        Ok(files) => {
            let lines: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
            if lines.is_empty() { fail(&tr!("no monitor is lit"), Outcome::NotWell) } else { say(&lines) }
        }
        Err(why) => fail(&why, Outcome::NotWell),
    }
}

fn render(screens: &[Screen]) -> String {
    if screens.is_empty() {
        return tr!(
            "No monitor is lit. Is one connected and switched on? `xrandr` tells what the X server sees."
        );
    }
    let width = screens.iter().map(|screen| screen.connector.len()).max().unwrap_or(0);
    let mut out = String::new();
    for screen in screens {
        let size = tr!(
            "{width}x{height} at {x},{y}",
            width = screen.width,
            height = screen.height,
            x = screen.x,
            y = screen.y
        );
        let owner = match (&screen.exhibit, screen.display) {
            (Some(exhibit), Some(display)) => {
                tr!("{exhibit}, guest display {display}", exhibit = exhibit, display = display)
            }
            (Some(exhibit), None) => exhibit.clone(),
            (None, _) => tr!("no exhibit"),
        };
        let owner = if screen.primary { tr!("{owner}, primary", owner = owner) } else { owner };
        let connector = &screen.connector;
        out.push_str(&format!("{connector:width$}  {size:22}  {owner}\n"));
        let indent = " ".repeat(width + 2);
        out.push_str(&format!("{indent}screens = [{}]\n", quote(connector)));
        if let Some(edid) = &screen.edid {
            let line = |name: &str| format!("screens = [{}]", quote(name));
            let line = match is_alone(edid, screens.iter().map(|screen| &screen.edid)) {
                true => tr!("{line}   # stays with the monitor", line = line(&format!("edid:{edid}"))),
                false => tr!(
                    "{line}   # another monitor calls itself the same",
                    line = line(&format!("edid:{edid}@{connector}"))
                ),
            };
            out.push_str(&format!("{indent}{line}\n"));
        }
    }
    out
}

/// Whether one monitor only calls itself so.
fn is_alone<'a>(edid: &str, all: impl Iterator<Item = &'a Option<String>>) -> bool {
    all.filter(|said| said.as_deref() == Some(edid)).count() == 1
}

/// A TOML string. What a monitor says of itself may contain anything.
fn quote(text: &str) -> String {
    // The escapes of a JSON string are all escapes of a TOML string too.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_screen_has_lines_to_paste() {
        let screen = Screen {
            connector: "HDMI-1".to_owned(),
            edid: Some("DEL-U2720Q-\"7\"".to_owned()),
            index: 1,
            primary: true,
            x: 0,
            y: 0,
            width: 1920,
            height: 1080,
            exhibit: Some("eden-garden".to_owned()),
            display: Some(1),
        };
        let other = Screen {
            connector: "DP-1".to_owned(),
            edid: None,
            x: 1920,
            primary: false,
            exhibit: None,
            display: None,
            ..screen.clone()
        };
        let expected = r#"HDMI-1  1920x1080 at 0,0        eden-garden, guest display 1, primary
        screens = ["HDMI-1"]
        screens = ["edid:DEL-U2720Q-\"7\""]   # stays with the monitor
DP-1    1920x1080 at 1920,0     no exhibit
        screens = ["DP-1"]
"#;
        assert_eq!(render(&[screen.clone(), other]), expected);
        let twin = Screen { connector: "DP-1".to_owned(), ..screen.clone() };
        let said = render(&[screen, twin]);
        for connector in ["HDMI-1", "DP-1"] {
            let line = format!(r#"screens = ["edid:DEL-U2720Q-\"7\"@{connector}"]   # another monitor"#);
            assert!(said.contains(&line), "{said}");
        }
    }
}
