//! `vitrine import`: what the Exhibition VM Controller was told, as a configuration of Vitrine's, with an account of what
//! became of each word. Nothing of the old controller is changed.

mod autostart;
mod draft;
mod keys;
mod old;
mod shell;
mod yaml;

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::autostart::Script;
use self::draft::{Draft, quote};
use self::keys::{Fate, Row, Todo};
use self::old::{Old, Service, Source};
use super::layout::wrap;
use super::{Outcome, fail, local, say, session, tell};
use crate::config;
use crate::core::types::Monitor;
use crate::ground::program;
use crate::host;
use crate::words::tr;

/// The largest file that is read, in bytes: all of these are a few kilobytes.
const MAX_FILE: u64 = 1 << 20;
/// How long files may take that lie on something that does not answer.
const DISK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long systemd may take for one question.
const SYSTEMD_TIMEOUT: Duration = Duration::from_secs(5);
/// How wide the account is, in characters.
const WIDTH: usize = 100;
/// What the units of the old controller are called: one, or one for each artwork (`exhibition-vm-controller@NAME`).
const UNITS: &str = "exhibition-vm-controller*";

/// What is to be taken over.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// The old controller's configuration; several, if one ran for each artwork
    #[arg(value_name = "FILE", required_unless_present_any = ["unit", "env"])]
    files: Vec<PathBuf>,
    /// The file of its systemd unit [default: as systemd knows it]
    #[arg(long, value_name = "FILE")]
    unit: Option<PathBuf>,
    /// A file with its environment [default: that of its unit, and .env beside the configuration]
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// Openbox's autostart of the old session [default: ~/.config/openbox/autostart]
    #[arg(long, value_name = "FILE")]
    autostart: Option<PathBuf>,
    /// Write the TOML into this file, which must not exist yet, in place of the standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn command(wanted: Wanted) -> Outcome {
    if wanted.files.iter().any(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        return fail(
            &tr!("a TOML file is Vitrine's own configuration; what is imported is the old controller's YAML"),
            Outcome::Wrong,
        );
    }
    session::enter();
    let monitors = local::monitors().unwrap_or_default();
    let output = wanted.output.clone();
    let known = if wanted.unit.is_none() { services() } else { Vec::new() };
    let imported = match host::within(DISK_TIMEOUT, move || import(&wanted, &monitors, known)) {
        Ok(Ok(imported)) => imported,
        Ok(Err(why)) => return fail(&why, Outcome::Wrong),
        Err(error) => {
            let text = tr!("the files cannot be read: {error}", error = error);
            return fail(&text, Outcome::NotWell);
        }
    };
    let account = imported.account();
    match output {
        None => {
            tell(&account);
            say(&imported.toml);
        }
        Some(file) => {
            if let Err(why) = write_new(&file, &imported.toml) {
                return fail(&why, Outcome::NotWell);
            }
            say(&format!(
                "{account}\n{}",
                tr!("{file} is written; `vitrine check {file}` looks at it.", file = file.display())
            ));
        }
    }
    if imported.is_open() { Outcome::NotWell } else { Outcome::Well }
}

/// Writes a file that is not there yet, for its user alone to change.
fn write_new(path: &Path, text: &str) -> Result<(), String> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            tr!("{file} is there already, and is left as it is; name another one", file = path.display())
        } else {
            tr!("{file} cannot be written: {error}", file = path.display(), error = error)
        }
    })
}

/// What came of it.
struct Imported {
    toml: String,
    /// For each place, what became of what it says.
    parts: Vec<(String, Vec<Row>)>,
    todo: Todo,
}

impl Imported {
    fn is_open(&self) -> bool {
        self.parts.iter().flat_map(|(_, rows)| rows).any(|row| row.fate.is_open())
    }

    /// What became of each word, and what is left to do.
    fn account(&self) -> String {
        let mut text = String::new();
        for (name, rows) in &self.parts {
            text.push_str(&format!("{}\n", wrap(name, 0, WIDTH, 2)));
            for Row { what, place, fate } in rows {
                let place = format!("({place})");
                text.push_str(&format!("  {} {}\n", wrap(what, 2, WIDTH, 4), wrap(&place, 0, WIDTH, 4)));
                text.push_str(&format!("      {}\n", wrap(&fate.shown(), 6, WIDTH, 6)));
            }
            text.push('\n');
        }
        text.push_str(&tr!("What is left for you:"));
        text.push('\n');
        for (index, one) in self.todo.iter().enumerate() {
            let number = format!("{:>2}. ", index + 1);
            text.push_str(&format!("{number}{}\n", wrap(one, number.len(), WIDTH, number.len())));
        }
        text
    }
}

/// Reads a text file.
fn read(path: &Path) -> Result<String, String> {
    let cannot =
        |error: std::io::Error| tr!("{file} cannot be read: {error}", file = path.display(), error = error);
    let mut bytes = Vec::new();
    File::open(path).map_err(cannot)?.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(tr!("{file} is larger than any such file", file = path.display()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        tr!(
            "{file}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8 in your editor",
            file = path.display(),
            line = line,
            column = column
        )
    })
}

fn import(wanted: &Wanted, monitors: &[Monitor], known: Vec<Service>) -> Result<Imported, String> {
    let script = find_script(wanted)?;
    let services = match &wanted.unit {
        Some(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            vec![Service::read(&name, &read(file)?)]
        }
        None => known,
    };
    let given = match &wanted.env {
        Some(file) => old::of_variables(&old::variables(&read(file)?), &file.display().to_string()),
        None => Source::new(),
    };
    let mut draft = Draft::default();
    let mut todo = Todo::new();
    let mut parts = Vec::new();
    let mut names: Vec<Option<&PathBuf>> = wanted.files.iter().map(Some).collect();
    if names.is_empty() {
        names.push(None);
    }
    for file in names {
        let mut sources = Vec::new();
        if let Some(file) = file {
            let text = read(file)?;
            let entries =
                yaml::read(&text, &file.display().to_string()).map_err(|errors| errors.to_string())?;
            sources.push(old::of_file(entries));
        }
        sources.push(given.clone());
        sources.extend(services.iter().filter(|service| service.is_of(file)).flat_map(environment));
        sources.extend(script.as_ref().map(Script::variables));
        sources.push(own_environment());
        sources.extend(file.and_then(|file| beside(file)));
        let old = Old::of(&sources);
        let name = file.map_or_else(|| tr!("The environment"), |file| file.display().to_string());
        let Some(vm) = old.get("vm_name") else {
            return Err(tr!(
                "{name}: no `vm_name`, so there is nothing to take over: neither the file nor the environment of the old \
                 controller says which VM it watched",
                name = name
            ));
        };
        let shown = vm.value.shown();
        let mut rows = keys::carry(&old, &mut draft, &mut todo);
        if rows.iter().all(|row| row.fate.is_open() || matches!(row.fate, Fate::Unused(_))) {
            let why =
                rows.iter().find(|row| row.fate.is_open()).map(|row| row.fate.shown()).unwrap_or_default();
            return Err(tr!("{name}: vm_name {vm}: {why}", name = name, vm = quote(&shown), why = why));
        }
        rows.extend(file.map(|file| programs(file)).unwrap_or_default());
        parts.push((name, rows));
    }
    if let Some(script) = &script {
        parts.push((tr!("The old session's script"), script.carry(&mut draft)));
    }
    place(monitors, &mut draft);
    let remarks = [tr!(
        "Made by `vitrine import` from the configuration of the Exhibition VM Controller. All keys are in \
         docs/configuration.md."
    )];
    let toml = draft.text(&remarks);
    // What comes out was held against the parser with each word; the remarks must not change that.
    config::parse(&toml, "vitrine.toml").map_err(|errors| errors.to_string())?;
    let todo = leftovers(&draft, todo, &services, script.as_ref());
    Ok(Imported { toml, parts, todo })
}

/// The script of the old session: the one that is named, or Openbox's own where it is one.
fn find_script(wanted: &Wanted) -> Result<Option<Script>, String> {
    if let Some(file) = &wanted.autostart {
        return Ok(Some(Script::read(&read(file)?, file.display().to_string())));
    }
    let Some(file) = host::config_home().map(|home| home.join("openbox/autostart")) else { return Ok(None) };
    let script = read(&file).ok().map(|text| Script::read(&text, file.display().to_string()));
    Ok(script.filter(Script::is_of_old_session))
}

/// What a unit says by variables, the files before the lines, as systemd has it.
fn environment(service: &Service) -> Vec<Source> {
    let files = service.files.iter().rev().filter_map(|file| {
        let text = read(Path::new(file)).ok()?;
        Some(old::of_variables(&old::variables(&text), file))
    });
    files.chain([old::of_variables(&service.variables, &service.name)]).collect()
}

/// What this command's own environment says, in which somebody may have started the controller by hand.
fn own_environment() -> Source {
    let mut variables: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    variables.sort();
    old::of_variables(&variables, &tr!("the environment of this command"))
}

/// What `.env` says in the folder of the configuration, where the controller is started.
fn beside(file: &Path) -> Option<Source> {
    let path = file.parent()?.join(".env");
    Some(old::of_variables(&old::variables(&read(&path).ok()?), &path.display().to_string()))
}

/// Hooks and plugins that lie beside the configuration, where the controller looks for them.
fn programs(file: &Path) -> Vec<Row> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let list = |sub: &str, ending: &str| {
        let entries = std::fs::read_dir(folder.join(sub)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let wanted =
            |name: &String| name.ends_with(ending) && !name.contains(".example.") && !name.starts_with('_');
        let names: BTreeSet<_> = names.filter(wanted).collect();
        names
            .into_iter()
            .map(|name| {
                (folder.join(sub).join(&name).display().to_string(), name.trim_end_matches(ending).to_owned())
            })
            .collect::<Vec<_>>()
    };
    let row = |what: String, text: String| Row {
        what,
        place: tr!("beside the configuration"),
        fate: Fate::Instead(text),
    };
    let polls = list("hooks/polls", ".sh").into_iter().map(|(path, name)| {
        row(
            path,
            tr!(
                "copy it to hooks/poll/{name} beside vitrine.toml; it prints the state as before",
                name = name
            ),
        )
    });
    let signals = list("hooks/signals", ".sh").into_iter().map(|(path, name)| {
        row(
            path,
            tr!(
                "copy it to hooks/signal/{name} beside vitrine.toml, and have it take the value from \"$3\" in place of \
                 \"$1\", before which come `signal` and the exhibit's name",
                name = name
            ),
        )
    });
    let plugins = list("plugins", ".py").into_iter().map(|(path, _)| {
        row(path, tr!("Vitrine runs no Python; what a plugin answers or hears, a hook does (docs/api.md)"))
    });
    polls.chain(signals).chain(plugins).collect()
}

/// One artwork and one monitor belong together.
fn place(monitors: &[Monitor], draft: &mut Draft) {
    if let ([monitor], [_]) = (monitors, draft.exhibits.as_slice()) {
        let screens = format!("[{}]", quote(&monitor.connector));
        let placed = draft.change(|draft| draft.exhibits[0].lines.insert(0, ("screens", screens)));
        if placed.is_ok() {
            // The first wish is that for a screen.
            draft.exhibits[0].wishes.remove(0);
        }
    }
}

/// The old controller's units, as systemd knows them; none where it does not run or does not answer.
fn services() -> Vec<Service> {
    let ask = |of_user: bool, words: &[&str]| {
        let mut line = vec!["systemctl"];
        line.extend(of_user.then_some("--user"));
        line.extend(words);
        program::run(&line, SYSTEMD_TIMEOUT).ok().filter(|ended| ended.well()).map(|ended| ended.output)
    };
    let mut services = Vec::new();
    for of_user in [false, true] {
        let lists = [
            ask(of_user, &["list-unit-files", "--no-legend", "--no-pager", "--plain", UNITS]),
            ask(of_user, &["list-units", "--all", "--no-legend", "--no-pager", "--plain", UNITS]),
        ];
        let lists: Vec<String> = lists.into_iter().flatten().collect();
        let first =
            lists.iter().flat_map(|list| list.lines()).filter_map(|line| line.split_whitespace().next());
        let names: BTreeSet<&str> =
            first.filter(|name| name.ends_with(".service") && !name.ends_with("@.service")).collect();
        for name in names {
            let Some(text) = ask(of_user, &["cat", "--no-pager", name]) else { continue };
            let state = ask(of_user, &["show", "-p", "ActiveState,UnitFileState", name]).unwrap_or_default();
            let has = |line: &str| Some(state.lines().any(|one| one == line));
            let runs = if has("ActiveState=activating") == Some(true) {
                Some(true)
            } else {
                has("ActiveState=active")
            };
            let enabled = has("UnitFileState=enabled");
            services.push(Service { of_user, runs, enabled, ..Service::read(name, &text) });
        }
    }
    services
}

impl Service {
    /// Whether it runs by this file, as far as its command line says.
    fn is_of(&self, file: Option<&PathBuf>) -> bool {
        match (&self.config, file.and_then(|file| file.file_name())) {
            (Some(config), Some(name)) => Path::new(config).file_name() == Some(name),
            (Some(_), None) | (None, _) => true,
        }
    }
}

/// What remains for people, in the order in which it is done.
fn leftovers(draft: &Draft, found: Todo, services: &[Service], script: Option<&Script>) -> Todo {
    let mut todo = Todo::new();
    let dark: Vec<&str> = draft
        .exhibits
        .iter()
        .filter(|exhibit| exhibit.lines.iter().all(|(key, _)| *key != "screens"))
        .map(|exhibit| exhibit.name.as_str())
        .collect();
    if !dark.is_empty() {
        todo.push(tr!(
            "Write `screens` for {names}: until then it is watched, and not shown. `vitrine screens` lists the monitors.",
            names = dark.join(", ")
        ));
    }
    todo.extend(found);
    if draft.is_open() {
        todo.push(tr!(
            "Other computers no longer do everything: guests do what is theirs, this computer does everything, and all others \
             need an account or a token (`vitrine passwd`, `vitrine token`), or `remote = \"operate\"`."
        ));
    }
    todo.push(tr!(
        "Save the TOML as ~/.config/vitrine/vitrine.toml of the kiosk's user or as /etc/vitrine/vitrine.toml, and let \
         `vitrine check` look at it."
    ));
    for service in services {
        let (off, on) = service.commands();
        if service.runs == Some(false) && service.enabled == Some(false) {
            continue;
        }
        todo.push(tr!(
            "Stop the old controller, which would put back the same VM and holds its port: {off} (back again: {on})",
            off = off,
            on = on
        ));
    }
    for place in script.iter().flat_map(|script| script.controllers()) {
        todo.push(tr!(
            "The old session starts the old controller ({place}): put a `#` before that line, or let Vitrine's session take \
             its place (docs/moving-over.md)",
            place = place
        ));
    }
    if services.is_empty() && script.is_none_or(|script| script.controllers().is_empty()) {
        todo.push(tr!(
            "No unit and no line that starts the old controller was found. If it is started otherwise, stop it before \
             Vitrine is started: both would put back the same VM."
        ));
    }
    todo
}
