//! Who may import whom: every path in `src` is read and held against the rules of `docs/developing.md`; and what people
//! read, in `sentences`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use rust::{Token, paths, test_modules, tokens, without_tests};

#[path = "architecture/rust.rs"]
mod rust;
#[path = "architecture/sentences.rs"]
mod sentences;

/// What the modules below a place may name. What is not listed is forbidden.
struct Rule {
    /// The place within the crate, such as `adapter::x11`.
    place: &'static str,
    /// Places within the crate, besides itself.
    within: &'static [&'static str],
    /// Other crates, besides `std`.
    crates: &'static [&'static str],
}

/// The longest place that fits a file counts.
const RULES: &[Rule] = &[
    Rule { place: "core", within: &[], crates: &[] },
    // Inside the core every arrow goes down: site, exhibit, probe, types.
    Rule { place: "core::site", within: &["core"], crates: &[] },
    Rule { place: "core::scene", within: &["core::effect", "core::exhibit", "core::types"], crates: &[] },
    Rule {
        place: "core::exhibit",
        within: &[
            "core::decisions",
            "core::effect",
            "core::event",
            "core::incident",
            "core::probe",
            "core::silence",
            "core::status",
            "core::types",
        ],
        crates: &[],
    },
    Rule {
        place: "core::probe",
        within: &["core::effect", "core::event", "core::status", "core::types"],
        crates: &[],
    },
    Rule {
        place: "core::unit",
        within: &["core::effect", "core::incident", "core::status", "core::types"],
        crates: &[],
    },
    Rule {
        place: "core::x_server",
        within: &["core::effect", "core::incident", "core::status", "core::types"],
        crates: &[],
    },
    Rule {
        place: "core::last_resort",
        within: &["core::effect", "core::incident", "core::status", "core::types"],
        crates: &[],
    },
    Rule { place: "core::silence", within: &["core::types"], crates: &[] },
    Rule { place: "core::decisions", within: &["core::status", "core::types"], crates: &[] },
    Rule { place: "core::effect", within: &["core::incident", "core::types"], crates: &[] },
    Rule { place: "core::status", within: &["core::event", "core::types"], crates: &[] },
    Rule { place: "core::event", within: &["core::types"], crates: &[] },
    Rule { place: "core::incident", within: &["core::types"], crates: &[] },
    Rule { place: "core::types", within: &[], crates: &[] },
    Rule { place: "core::text", within: &[], crates: &[] },
    Rule { place: "host", within: &["core::types"], crates: &["argon2", "rustix", "sha2", "tracing"] },
    Rule { place: "certificate", within: &["words"], crates: &["jiff", "rcgen", "sha2", "tokio_rustls"] },
    Rule { place: "life", within: &[], crates: &["tokio", "tracing"] },
    Rule { place: "config", within: &["core::text", "core::types", "words"], crates: &["argon2", "toml"] },
    Rule { place: "adapter", within: &["core::event", "core::types"], crates: &["tokio"] },
    Rule {
        place: "adapter::libvirt",
        // `vm` is a leaf that reads what libvirt writes, and who asks libvirt may read its answer.
        within: &[
            "adapter::Events",
            "core::effect",
            "core::event",
            "core::text",
            "core::types",
            "host",
            "life",
            "vm",
            "words",
        ],
        crates: &[
            "form_urlencoded",
            "image",
            "roxmltree",
            "rustix",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "virt",
            "virt_sys",
        ],
    },
    Rule {
        place: "adapter::viewer",
        within: &[
            "adapter::Events",
            "adapter::Report",
            "core::effect",
            "core::event",
            "core::types",
            "host",
            "life",
            "words",
        ],
        crates: &["rustix", "thiserror", "tokio", "tracing"],
    },
    Rule {
        place: "adapter::x11",
        within: &[
            "adapter::Events",
            "adapter::Report",
            "core::effect",
            "core::event",
            "core::types",
            "host",
            "life",
            "words",
        ],
        crates: &["cosmic_text", "image", "rustix", "thiserror", "tokio", "tracing", "x11rb"],
    },
    Rule { place: "adapter::bus", within: &["core::types", "words"], crates: &["tokio", "zbus"] },
    Rule {
        place: "adapter::units",
        within: &["adapter::Events", "adapter::bus", "core::event", "core::types", "life", "words"],
        crates: &["futures_util", "tokio", "zbus"],
    },
    Rule {
        place: "adapter::logind",
        within: &["adapter::bus", "core::types", "host", "life", "words"],
        crates: &["futures_util", "tokio", "tracing", "zbus"],
    },
    Rule { place: "adapter::notify", within: &["host", "life"], crates: &["sd_notify", "tracing"] },
    Rule { place: "adapter::signals", within: &[], crates: &["signal_hook", "tokio"] },
    Rule {
        place: "journal",
        within: &["core::incident", "core::text", "core::types", "host", "life", "words"],
        crates: &["rusqlite", "thiserror", "tracing"],
    },
    Rule {
        place: "images",
        within: &["core::text", "words"],
        crates: &["roxmltree", "rustix", "sd_notify", "serde", "serde_json"],
    },
    Rule {
        place: "web::panel",
        within: &["core::status", "core::types", "host", "journal", "web", "words"],
        crates: &["axum", "futures_util", "hyper", "jiff", "maud", "serde", "serde_json", "tokio", "tracing"],
    },
    Rule {
        place: "web::telling",
        within: &["core::types", "journal", "web::dto", "words"],
        crates: &["jiff"],
    },
    Rule {
        place: "web",
        within: &[
            "certificate",
            "core::event",
            "core::status",
            "core::text",
            "core::types",
            "host",
            "life",
            "words",
        ],
        crates: &[
            "axum",
            "form_urlencoded",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jiff",
            "maud",
            "rustix",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio_rustls",
            "tracing",
            "utoipa",
            "vitrine_guest_protocol",
        ],
    },
    Rule {
        place: "daemon",
        within: &["adapter", "config", "core", "host", "journal", "life", "web", "words"],
        crates: &["rustix", "serde_json", "thiserror", "tokio", "tracing"],
    },
    // Facts in, findings out: pure.
    Rule { place: "doctor", within: &["config", "core::types", "vm", "words"], crates: &[] },
    Rule { place: "vm", within: &[], crates: &["roxmltree", "thiserror"] },
    Rule {
        place: "ground",
        within: &[
            "adapter::libvirt",
            "adapter::x11",
            "certificate",
            "config",
            "core::types",
            "doctor",
            "host",
            "vm",
            "words",
        ],
        crates: &["roxmltree", "rustix", "serde_json", "tracing"],
    },
    Rule {
        place: "cli",
        // The daemon is run by one command, and the monitors are listed by another where no daemon runs.
        within: &[
            "adapter::libvirt",
            "adapter::x11",
            "certificate",
            "config",
            "core::text",
            "core::types",
            "daemon",
            "doctor",
            "ground",
            "host",
            "images",
            "journal",
            "life",
            "vm",
            "web::control",
            "web::dto",
            "web::telling",
            "words",
        ],
        crates: &[
            "clap",
            "flate2",
            "http_body_util",
            "hyper",
            "hyper_util",
            "jiff",
            "qrcode",
            "rustix",
            "saphyr_parser",
            "serde",
            "serde_json",
            "tar",
            "tokio",
            "toml_edit",
            "tracing",
            "tracing_subscriber",
        ],
    },
    Rule { place: "words", within: &["core::types"], crates: &["jiff", "serde_json"] },
    Rule { place: "sim", within: &["core"], crates: &[] },
    Rule { place: "main", within: &[], crates: &["vitrine"] },
    Rule { place: "lib", within: &[], crates: &[] },
];

/// What of `std` reaches the world outside, and so is not for the core.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::random",
    "std::thread",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::collections::hash_map::RandomState",
];
/// Clocks, read by whatever name they were imported under.
const CLOCKS: &[&str] = &["Instant::now", "SystemTime::now"];
/// Macros that print.
const PRINTING: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
/// The files that may have `unsafe`: libvirt's events, and calls that the `virt` crate does not have.
const UNSAFE: [&str; 2] = ["adapter/libvirt/events.rs", "adapter/libvirt/ffi.rs"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The module of a file below `src`, such as `["adapter", "x11", "windows"]`.
fn module(file: &str) -> Vec<String> {
    let name = file.trim_end_matches(".rs");
    let name = name.strip_suffix("/mod").unwrap_or(name);
    name.split('/').map(str::to_owned).collect()
}

fn below(path: &str, place: &str) -> bool {
    path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Everything in a file that breaks a rule. `crates` are the package's dependencies.
fn breaches(file: &str, text: &str, crates: &[String]) -> Vec<String> {
    let all = tokens(text);
    let mut found = Vec::new();
    if !UNSAFE.contains(&file) {
        let dangerous = |token: &&Token| ["unsafe", "unsafe_code"].contains(&token.text.as_str());
        found.extend(all.iter().filter(dangerous).map(|token| {
            format!("src/{file}:{}: `{}` is for {} alone", token.line, token.text, UNSAFE.join(" and "))
        }));
    }
    let module = module(file);
    let own = module.join("::");
    let rule = RULES.iter().filter(|rule| below(&own, rule.place)).max_by_key(|rule| rule.place.len());
    let Some(rule) = rule else {
        found.push(format!("src/{file}: there is no rule for this place; add one to RULES in {}", file!()));
        return found;
    };
    // The simulated museum is test code as a whole, and still has only the core to know.
    let code = if rule.place == "sim" { all } else { without_tests(all) };
    let core = below(&own, "core");
    for path in paths(&code) {
        let full = resolve(&path.segments, &module);
        let objection = match full.split_once("::").unwrap_or((&full, "")) {
            ("crate", rest) => {
                let allowed = below(rest, rule.place) || rule.within.iter().any(|place| below(rest, place));
                !allowed
            }
            ("std" | "alloc", _) => core && OUTSIDE.iter().any(|place| below(&full, place)),
            (first, _) if crates.iter().any(|name| name == first) => !rule.crates.contains(&first),
            _ => core && CLOCKS.iter().any(|clock| full == *clock),
        };
        let clock = core && CLOCKS.iter().any(|clock| full.ends_with(&format!("::{clock}")));
        if objection || clock {
            found.push(format!("src/{file}:{}: {} may not use {full}", path.line, rule.place));
        }
    }
    if core {
        found.extend(code.windows(2).filter_map(|pair| {
            let prints = PRINTING.contains(&pair[0].text.as_str()) && pair[1].text == "!";
            prints.then(|| format!("src/{file}:{}: the core may not print", pair[0].line))
        }));
    }
    found
}

/// The path from the crate's root or from another crate's, whatever `self` and `super` stand for.
fn resolve(segments: &[String], module: &[String]) -> String {
    let ups = segments.iter().take_while(|segment| *segment == "super").count();
    let (base, rest) = match segments.first().map(String::as_str) {
        Some("super") => (module.get(..module.len().saturating_sub(ups)), &segments[ups..]),
        Some("self") => (Some(module), &segments[1..]),
        _ => return segments.join("::"),
    };
    let base = base.unwrap_or_default().iter().map(String::as_str);
    std::iter::once("crate").chain(base).chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join("::")
}

/// The names of the dependencies in `Cargo.toml`, as code writes them, and the package's own.
fn crates() -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut names = vec!["vitrine".to_owned()];
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies]");
        } else if let (true, Some((name, _))) = (inside, line.split_once('=')) {
            names.push(name.trim().split('.').next().unwrap_or_default().replace('-', "_"));
        }
    }
    assert!(names.iter().any(|name| name == "tokio"), "no dependencies found: {names:?}");
    names
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nobody_imports_what_is_not_theirs() {
    let src = root().join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 20, "where is the source?");
    files.sort();
    let crates = crates();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    let of_tests = |file: &str| {
        let path = module(file);
        // What lies within a module of tests is of tests, too.
        (2..=path.len()).any(|depth| {
            let (last, parent) = path[..depth].split_last().unwrap();
            let declares = |(name, text): &(String, String)| {
                module(name) == parent && test_modules(&tokens(text)).contains(last)
            };
            texts.iter().any(declares)
        })
    };
    let found: Vec<String> = texts
        .iter()
        .filter(|(name, _)| name.starts_with("sim/") || !of_tests(name))
        .flat_map(|(name, text)| breaches(name, text, &crates))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn forbidden_lines_are_found() {
    let crates = crates();
    #[rustfmt::skip]
    let bad = [
        ("core/site.rs", "use tokio::sync::mpsc;"),
        ("core/site.rs", "use std::{collections::BTreeSet, fs};"),
        ("core/site.rs", "use std::time::{Duration, SystemTime};"),
        ("core/site.rs", "fn f() -> u64 { std::thread::sleep(x); 1 }"),
        ("core/site.rs", "use std::time::Instant;\nfn f() { let now = Instant::now(); }"),
        ("core/site.rs", "fn f() { let now = std::time::Instant::now(); }"),
        ("core/site.rs", "use crate::config::Settings;"),
        ("core/site.rs", "use super::super::web::dto;"),
        ("core/site.rs", "fn f() { println!(\"x\"); }"),
        ("core/site.rs", "#[derive(serde::Serialize)]\nstruct S;"),
        ("core/new.rs", "fn f(c: char) -> bool { c == '\"' || tracing::enabled!() }"),
        ("config/mod.rs", "use crate::core::site::Site;"),
        ("config/mod.rs", "use crate::core;"),
        ("config/load.rs", "use serde::Deserialize;"),
        ("adapter/x11/windows.rs", "use crate::adapter::{Events, viewer};"),
        ("adapter/x11/windows.rs", "use super::super::libvirt;"),
        ("adapter/viewer/mod.rs", "use x11rb::connection::Connection;"),
        ("adapter/viewer/mod.rs", "use crate::core::{event::Event, site::Site};"),
        ("adapter/mod.rs", "use virt::connect::Connect;"),
        ("web/mod.rs", "use crate::core::site::Site;"),
        ("web/mod.rs", "use crate::daemon::Options;"),
        ("daemon.rs", "use crate::cli::Outcome;"),
        ("daemon/log.rs", "use axum::Router;"),
        ("cli/act.rs", "use crate::web::operator;"),
        ("cli/act.rs", "fn f(x: &crate::core::site::Site) {}"),
        ("sim/museum.rs", "use crate::web::dto::Site;"),
        ("main.rs", "use tokio::main;"),
        ("cellar/wine.rs", ""),
        ("adapter/viewer/mod.rs", "fn f() { unsafe { g() } }"),
        ("adapter/viewer/mod.rs", "#![allow(unsafe_code)]"),
        ("web/mod.rs", "#[cfg(test)]\nmod tests { use virt::x; }\nuse virt::x;"),
    ];
    for (file, text) in bad {
        assert_eq!(breaches(file, text, &crates).len(), 1, "{file}: {text}");
    }
}

#[test]
fn lines_that_are_allowed_pass() {
    let crates = crates();
    #[rustfmt::skip]
    let good = [
        ("core/site.rs", "use std::time::{Duration, Instant};\nuse super::types::{Now, OpId};"),
        ("core/site.rs", "// use tokio::sync;\n/* std::fs::read /* nested */ std::net::x */"),
        ("core/site.rs", "const A: &str = \"std::fs::read\"; const B: &str = r#\"\"tokio::x\"#;"),
        ("core/site.rs", "fn f<'a>(x: &'a str) { g('\\'', b'\"', \"a\\\"tokio::b\") }"),
        ("core/site.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() { Instant::now(); }\n}"),
        ("core/site.rs", "#[cfg(test)]\n#[allow(dead_code)]\nuse std::fs;\nstruct S;"),
        ("config/mod.rs", "use crate::core::types::ExhibitSettings;\nuse toml::de::DeTable;"),
        ("adapter/x11/windows.rs", "use super::{Display, Error};\nuse crate::adapter::Events;"),
        ("adapter/libvirt/events.rs", "#![allow(unsafe_code)]\nfn f() { unsafe { g() } }"),
        ("daemon.rs", "use crate::adapter::{Events, libvirt, viewer, x11};\nuse crate::core::site::Site;"),
        ("cli/act.rs", "use crate::web::dto::{Site, Snapshots};\nuse super::layout::stopwatch;"),
        ("sim/museum.rs", "use crate::core::site::Site;\nuse std::thread;"),
        ("main.rs", "fn main() { vitrine::cli::main() }"),
    ];
    for (file, text) in good {
        assert_eq!(breaches(file, text, &crates), Vec::<String>::new(), "{file}: {text}");
    }
}
