//! Vitrine dies, and the next one takes over what it left: the pictures never change.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::common::cases::Case;
use super::common::museum::{EDEN, Museum, ORBIT, RULES, Work, exhibit};
use super::common::systemd::Systemd;
use super::common::threads::Stopped;
use super::{a_viewer_that_is_killed, is_hurt, kill, seconds};

pub(super) const CASES: &[Case] = &[
    ("a_killed_daemon_is_followed_unseen", a_killed_daemon_is_followed_unseen),
    ("a_hold_is_followed_unseen", a_hold_is_followed_unseen),
    ("what_happens_while_no_daemon_runs_is_mended", what_happens_while_no_daemon_runs_is_mended),
    ("a_daemon_that_is_killed_in_a_recovery", a_daemon_that_is_killed_in_a_recovery),
    ("viewers_that_no_longer_suit_are_ended", viewers_that_no_longer_suit_are_ended),
    ("systemd_restarts_a_killed_daemon_unseen", systemd_restarts_a_killed_daemon_unseen),
];

const BOTH: [Work; 2] = [EDEN, ORBIT];

/// Who shows the artworks, and who plays them.
fn processes(museum: &Museum) -> [(Vec<Pid>, Pid); 2] {
    let both = BOTH.map(|work| (museum.viewers(work), museum.qemu(work)));
    assert!(both.iter().all(|(viewers, _)| viewers.len() == 1), "one viewer each: {both:?}");
    both
}

fn is_shown(museum: &Museum, work: Work) -> bool {
    museum.status().is_some_and(|site| {
        let exhibit = exhibit(&site, work.name);
        exhibit["viewer"] == "shown" && exhibit["phase"] != "waiting"
    })
}

/// Waits until the daemon that was just started watches and shows both.
fn taken_over(museum: &Museum, begun: Instant) {
    for work in BOTH {
        museum.wait(&format!("{} is taken over", work.name), || is_shown(museum, work));
    }
    println!("    both are watched and shown by the next one after {}", seconds(begun.elapsed()));
    museum.well_again(&BOTH, begun);
}

/// Nothing but the artworks was to be seen since then, and who shows and plays them is the same.
fn unseen(museum: &Museum, since: Instant, before: &[(Vec<Pid>, Pid); 2], usual: [Duration; 2]) {
    for (work, usual) in BOTH.into_iter().zip(usual) {
        let seen = museum.eye.on(work.screen);
        println!(
            "    {}: stood still for {} at a time, usually {}",
            work.name,
            seconds(seen.longest_gap(work.look, since)),
            seconds(usual),
        );
        assert_eq!(seen.away(work.look, since), Duration::ZERO, "{}: {}", work.name, seen.story(since));
    }
    assert_eq!(processes(museum), *before);
}

/// For how long the artworks stand still at a time when nothing happens.
fn usual(museum: &Museum) -> [Duration; 2] {
    let begun = Instant::now();
    museum.wait_picture(&BOTH, begun);
    BOTH.map(|work| museum.eye.on(work.screen).longest_gap(work.look, begun))
}

fn a_killed_daemon_is_followed_unseen(museum: &mut Museum) {
    museum.welcome();
    let museum_config = museum.usual();
    let (before, usual) = (processes(museum), usual(museum));
    let killed = Instant::now();
    museum.end(Signal::KILL);
    // It goes on without anybody.
    museum.wait_picture(&BOTH, Instant::now());
    let begun = Instant::now();
    museum.run(&museum.usual());
    taken_over(museum, begun);
    unseen(museum, killed, &before, usual);
    // And once more, by one that took it over itself.
    museum.end(Signal::KILL);
    museum.run(&museum.usual());
    taken_over(museum, Instant::now());
    unseen(museum, killed, &before, usual);

    // Under another name it is the same artwork: at a restart, and when the configuration is read again.
    // The guest names its exhibit in its heartbeats, so that the others would miss them.
    let renamed = |name: &str| {
        let quiet = museum_config.replace("heartbeat = { timeout = \"5s\" }", "heartbeat = false");
        quiet.replace(&format!("name = \"{}\"", EDEN.name), &format!("name = \"{name}\""))
    };
    let is_shown_as = |museum: &Museum, name: &str| {
        museum.wait_status(&format!("the garden is shown as {name}"), |site| {
            site["exhibits"].as_array().is_some_and(|all| {
                all.iter().any(|one| one["name"] == name && one["well"] == true && one["viewer"] == "shown")
            })
        });
        museum.wait_picture(&BOTH, Instant::now());
    };
    museum.end(Signal::KILL);
    museum.run(&renamed("paradise"));
    is_shown_as(museum, "paradise");
    museum.reload(&renamed("arcadia"));
    is_shown_as(museum, "arcadia");
    museum.end(Signal::KILL);
    museum.run(&museum_config);
    is_shown_as(museum, EDEN.name);
    unseen(museum, killed, &before, usual);

    a_viewer_that_is_killed(museum);
    is_hurt(museum, "vm_stopped", |m| drop(m.virsh(&["destroy", EDEN.name])));
}

fn a_hold_is_followed_unseen(museum: &mut Museum) {
    museum.welcome();
    assert!(museum.vitrine(&["hold", EDEN.name]).status().unwrap().success());
    let (before, usual) = (processes(museum), usual(museum));
    let killed = Instant::now();
    museum.end(Signal::KILL);
    let begun = Instant::now();
    museum.run(&museum.usual());
    for work in BOTH {
        museum.wait(&format!("{} is taken over", work.name), || is_shown(museum, work));
    }
    println!("    both are watched and shown by the next one after {}", seconds(begun.elapsed()));
    museum.wait_status("still on hold", |site| exhibit(site, EDEN.name)["phase"] == "held");
    museum.wait_picture(&BOTH, Instant::now());
    unseen(museum, killed, &before, usual);
    assert!(museum.vitrine(&["resume", EDEN.name]).status().unwrap().success());
    museum.well_again(&BOTH, Instant::now());
    assert_eq!(processes(museum), before);
}

fn what_happens_while_no_daemon_runs_is_mended(museum: &mut Museum) {
    museum.welcome();
    museum.end(Signal::KILL);
    museum.viewers(ORBIT).into_iter().for_each(kill);
    museum.virsh(&["destroy", EDEN.name]);
    museum.wait("no viewer is left", || BOTH.iter().all(|work| museum.viewers(*work).is_empty()));
    museum.run(&museum.usual());
    museum.well_again(&BOTH, Instant::now());
    processes(museum);
}

fn a_daemon_that_is_killed_in_a_recovery(museum: &mut Museum) {
    museum.welcome();
    let rules = museum.usual().replace("recovery = { ", "recovery = { in_place = false, ");
    museum.reload(&rules);
    museum.wait_log("configuration read again: 0 new, 0 gone, 2 changed");
    museum.well_again(&BOTH, Instant::now());
    museum.type_key(EDEN, "f");
    museum.wait_log("heartbeat lost: full revert");
    let orbit = (museum.viewers(ORBIT), museum.qemu(ORBIT));
    let killed = Instant::now();
    museum.end(Signal::KILL);
    let begun = Instant::now();
    museum.run(&museum.usual());
    museum.well_again(&BOTH, begun);
    println!("    the garden is well again after {}", seconds(begun.elapsed()));
    processes(museum);
    assert_eq!((museum.viewers(ORBIT), museum.qemu(ORBIT)), orbit);
    super::undisturbed(museum, ORBIT, killed);
}

fn viewers_that_no_longer_suit_are_ended(museum: &mut Museum) {
    museum.welcome();
    museum.end(Signal::KILL);
    let qemu = BOTH.map(|work| museum.qemu(work));
    let swapped = [Work { screen: ORBIT.screen, ..EDEN }, Work { screen: EDEN.screen, ..ORBIT }];
    museum.run(&museum.config(&swapped.map(|work| work.block(RULES))));
    museum.well_again(&swapped, Instant::now());
    assert_eq!(BOTH.map(|work| museum.qemu(work)), qemu, "a VM was touched");
    processes(museum);

    museum.end(Signal::KILL);
    museum.run(&museum.config(&[EDEN.block(RULES)]));
    museum.well_again(&[EDEN], Instant::now());
    museum.wait("the viewer of what is no longer configured ends", || museum.viewers(ORBIT).is_empty());
}

/// The user's unit as it is, but for where the programs are.
fn unit(museum: &Museum) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let unit = fs::read_to_string(root.join("session/vitrine.service")).unwrap();
    let bin = museum.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let run = museum.vitrine(&["run"]);
    let _ = symlink(run.get_program(), bin.join("vitrine"));
    let variables = run.get_envs().filter_map(|(name, value)| Some((name.to_str()?, value?.to_str()?)));
    let variables: String = variables
        .map(|(name, value)| {
            let first = if name == "PATH" { format!("{}:", bin.display()) } else { String::new() };
            format!("Environment=\"{name}={first}{value}\"\n")
        })
        .collect();
    format!(
        "{unit}\n[Service]\nExecStartPre=\nExecStartPre={}/session/vitrine-session await\n\
         ExecStart=\nExecStart={} run\nWatchdogSec=6\nStandardError=append:{}\n{variables}",
        root.display(),
        bin.join("vitrine").display(),
        museum.path("unit.log").display(),
    )
}

fn systemd_restarts_a_killed_daemon_unseen(museum: &mut Museum) {
    const UNIT: &str = "vitrine.service";
    museum.welcome();
    museum.end(Signal::TERM);
    let systemd = Systemd::start(&[(UNIT, &unit(museum))]);
    assert!(systemd.systemctl(&["start", UNIT]), "{}", systemd.show(UNIT, "Result"));
    museum.well_again(&BOTH, Instant::now());
    let (before, usual) = (processes(museum), usual(museum));
    let main_pid = || systemd.show(UNIT, "MainPID").parse().ok().and_then(Pid::from_raw);
    let former = main_pid().expect("it runs");
    let killed = Instant::now();
    kill(former);
    museum.wait("systemd starts it again", || main_pid().is_some_and(|pid| pid != former));
    println!("    systemd has started it again after {}", seconds(killed.elapsed()));
    taken_over(museum, killed);
    unseen(museum, killed, &before, usual);

    // One of its threads stands still.
    let former = main_pid().expect("it runs");
    let hung = Instant::now();
    let stopped = Stopped::stop(former.as_raw_pid(), "x11");
    museum.wait("systemd misses a sign of life, and starts it again", || {
        stopped.bury();
        main_pid().is_some_and(|pid| pid != former)
    });
    println!("    systemd has started a hung one again after {}", seconds(hung.elapsed()));
    taken_over(museum, hung);
    unseen(museum, hung, &before, usual);

    let viewer = museum.viewers(EDEN);
    viewer.iter().copied().for_each(kill);
    museum.wait("another viewer", || museum.viewers(EDEN).len() == 1 && museum.viewers(EDEN) != viewer);
    museum.well_again(&BOTH, Instant::now());

    // Told to end, it leaves none.
    assert!(systemd.systemctl(&["stop", UNIT]));
    for work in BOTH {
        assert_eq!(museum.viewers(work), []);
    }
}
