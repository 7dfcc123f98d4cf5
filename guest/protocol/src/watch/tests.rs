extern crate std;
use super::*;
use crate::settings::Settings;
use crate::text::Text;
use proptest::prelude::*;
use std::vec::Vec;

fn artwork() -> Artwork {
    let mut artwork = Settings::defaults().artwork;
    artwork.start = Text::of(b"art.exe");
    artwork.program = Text::of(b"art.exe");
    artwork
}

const WELL: Look = Look {
    process: Process::There,
    window: Some(Window { visible: true, minimised: false, hung: false }),
    trouble: false,
    behind: false,
};
const GONE: Look = Look { process: Process::Missing, window: None, trouble: false, behind: false };
const WINDOWLESS: Look = Look { window: None, ..WELL };

fn window(visible: bool, minimised: bool, hung: bool) -> Look {
    Look { window: Some(Window { visible, minimised, hung }), ..WELL }
}

/// Looks each half second from one moment up to another; what was done, and when.
fn look(
    watch: &mut Watch,
    from: Millis,
    until: Millis,
    look: &Look,
    artwork: &Artwork,
) -> Vec<(Millis, Act)> {
    let times = (from..until).step_by(500);
    times.filter_map(|now| watch.step(now, look, artwork).map(|act| (now, act))).collect()
}

fn well(artwork: &Artwork) -> Watch {
    let mut watch = Watch::NEW;
    let _ = look(&mut watch, 0, 1_000, &WELL, artwork);
    assert_eq!(watch.state(), State::Well);
    watch
}

#[test]
fn the_worst_is_told() {
    let artwork = artwork();
    for (look, fault) in [
        (WELL, None),
        (GONE, Some(Fault::NotRunning)),
        (WINDOWLESS, Some(Fault::NoWindow)),
        (Look { trouble: true, ..WINDOWLESS }, Some(Fault::Trouble)),
        (window(false, true, true), Some(Fault::Hung)),
        (window(false, true, false), Some(Fault::Hidden)),
        (window(true, true, false), Some(Fault::Minimised)),
        (Look { behind: true, ..WELL }, Some(Fault::Behind)),
        (Look { process: Process::Unknown, ..WELL }, None),
        (Look { process: Process::Unknown, ..WINDOWLESS }, Some(Fault::NoWindow)),
    ] {
        assert_eq!(look.fault(&artwork), fault, "{look:?}");
    }
    let back = Artwork { front: false, ..artwork };
    assert_eq!(Look { behind: true, ..WELL }.fault(&back), None);
    let windowless = Artwork { window: Text::of(b"None"), ..artwork };
    assert_eq!(WINDOWLESS.fault(&windowless), None);
    assert_eq!(GONE.fault(&windowless), Some(Fault::NotRunning));
    assert_eq!(GONE.fault(&Settings::defaults().artwork), None, "nothing is watched");
}

#[test]
fn it_is_started_and_waited_for() {
    let artwork = artwork();
    let mut watch = Watch::NEW;
    assert_eq!(look(&mut watch, 0, 500, &GONE, &artwork), [(0, Act::Start)]);
    assert_eq!(watch.state(), State::Starting);
    assert_eq!(look(&mut watch, 500, 5_000, &GONE, &artwork), [], "it takes a while to appear");
    assert_eq!(look(&mut watch, 5_000, 65_000, &WINDOWLESS, &artwork), [], "and a minute to load");
    assert!(watch.beats(65_000));
    assert_eq!(look(&mut watch, 65_000, 66_000, &WELL, &artwork), []);
    assert_eq!(watch.state(), State::Well);
}

#[test]
fn one_that_runs_already_is_not_started_again() {
    let artwork = artwork();
    let mut watch = Watch::NEW;
    assert_eq!(look(&mut watch, 0, 2_000, &WINDOWLESS, &artwork), []);
    assert_eq!(look(&mut watch, 2_000, 3_000, &WELL, &artwork), []);
    // And that it ends now is no part of starting.
    let mut watch = Watch::NEW;
    assert_eq!(look(&mut watch, 0, 500, &WINDOWLESS, &artwork), []);
    assert_eq!(look(&mut watch, 500, 3_000, &GONE, &artwork), [(1_500, Act::Start)]);
    let mut watch = Watch::NEW;
    assert_eq!(look(&mut watch, 0, 500, &WELL, &artwork), []);
    assert_eq!(watch.state(), State::Well);
}

#[test]
fn each_fault_and_what_is_done() {
    let artwork = artwork();
    let rows: &[(Look, &[(Millis, Act)])] = &[
        (GONE, &[(2_000, Act::Start)]),
        (Look { trouble: true, ..WELL }, &[(6_000, Act::Close), (9_000, Act::Kill), (12_000, Act::Kill)]),
        (WINDOWLESS, &[(6_000, Act::Close), (9_000, Act::Kill), (12_000, Act::Kill)]),
        (window(false, false, false), &[(6_000, Act::Close), (9_000, Act::Kill), (12_000, Act::Kill)]),
        (
            window(true, true, false),
            &[
                (1_000, Act::Restore),
                (3_000, Act::Restore),
                (5_000, Act::Restore),
                (7_000, Act::Restore),
                (9_000, Act::Restore),
                (10_000, Act::Close),
                (13_000, Act::Kill),
            ],
        ),
        (
            Look { behind: true, ..WELL },
            &[
                (1_000, Act::Front),
                (3_000, Act::Front),
                (5_000, Act::Front),
                (7_000, Act::Front),
                (9_000, Act::Front),
            ],
        ),
    ];
    for (seen, expected) in rows {
        let mut watch = well(&artwork);
        assert_eq!(look(&mut watch, 1_000, 15_000, seen, &artwork), *expected, "{seen:?}");
    }
    let mut watch = well(&artwork);
    assert_eq!(look(&mut watch, 1_000, 22_000, &window(true, false, true), &artwork), [(21_000, Act::Kill)]);
    assert_eq!(look(&mut watch, 22_000, 22_500, &GONE, &artwork), [(22_000, Act::Start)]);
}

#[test]
fn what_passes_is_let_be() {
    let artwork = artwork();
    let mut watch = well(&artwork);
    assert_eq!(look(&mut watch, 1_000, 5_500, &window(false, false, false), &artwork), []);
    assert_eq!(look(&mut watch, 5_500, 6_000, &WELL, &artwork), []);
    assert_eq!(look(&mut watch, 6_000, 10_500, &window(false, false, false), &artwork), []);
    assert_eq!(watch.state(), State::Ill);
}

#[test]
fn an_hour_behind_another_window_ends_nothing() {
    let artwork = artwork();
    let mut watch = well(&artwork);
    let done = look(&mut watch, 1_000, 3_600_000, &Look { behind: true, ..WELL }, &artwork);
    assert!(done.iter().all(|(_, act)| *act == Act::Front));
    assert!(done.len() < 70, "{}", done.len());
    // And what follows has its own time.
    assert_eq!(look(&mut watch, 3_600_000, 3_604_000, &window(false, false, false), &artwork), []);
}

#[test]
fn one_that_dies_again_and_again_is_the_hosts_in_the_end() {
    let artwork = artwork();
    let mut watch = Watch::NEW;
    let mut starts = 0;
    let mut now = 0;
    while watch.state() != State::Asking {
        // It is there for two seconds, and gone for two.
        let seen = if now / 2_000 % 2 == 1 { WELL } else { GONE };
        starts += usize::from(watch.step(now, &seen, &artwork) == Some(Act::Start));
        now += 500;
        assert!(now < 600_000);
    }
    assert_eq!(starts, 4, "once at the beginning, and three times anew");
    assert!(watch.beats(now));
    assert_eq!(look(&mut watch, now, now + 31_000, &GONE, &artwork), []);
    assert!(!watch.beats(now + 31_000), "a host that does not know the request misses the beats");
    assert_eq!(look(&mut watch, now + 31_000, now + 32_000, &WELL, &artwork), []);
    assert!(watch.beats(now + 32_000));
}

#[test]
fn one_that_exits_while_it_starts_is_not_waited_for() {
    let artwork = artwork();
    let mut watch = Watch::NEW;
    assert_eq!(look(&mut watch, 0, 500, &GONE, &artwork), [(0, Act::Start)]);
    assert_eq!(look(&mut watch, 500, 2_000, &WINDOWLESS, &artwork), []);
    assert_eq!(look(&mut watch, 2_000, 4_000, &GONE, &artwork), [(3_000, Act::Start)]);
}

#[test]
fn one_that_cannot_be_started() {
    let artwork = artwork();
    let mut watch = Watch::NEW;
    let mut starts = Vec::new();
    for now in (0..60_000).step_by(500) {
        if watch.step(now, &GONE, &artwork) == Some(Act::Start) {
            starts.push(now);
            watch.start_failed(now);
        }
    }
    assert_eq!(starts, [0, 10_000, 20_000, 30_000]);
    assert_eq!(watch.state(), State::Asking);
}

#[test]
fn reverts_and_tellings() {
    let revert = Artwork { on_fault: OnFault::Revert, ..artwork() };
    let mut watch = well(&revert);
    assert_eq!(look(&mut watch, 1_000, 3_000, &GONE, &revert), []);
    assert_eq!(watch.state(), State::Asking);
    let tell = Artwork { on_fault: OnFault::Tell, ..artwork() };
    let mut watch = well(&tell);
    assert_eq!(look(&mut watch, 1_000, 300_000, &GONE, &tell), []);
    assert_eq!(
        (watch.state(), watch.fault(), watch.beats(300_000)),
        (State::Ill, Some(Fault::NotRunning), true)
    );
    let foreign = Artwork { start: Text::EMPTY, ..artwork() };
    let mut watch = well(&foreign);
    assert_eq!(look(&mut watch, 1_000, 3_000, &GONE, &foreign), [], "nobody told how to start it");
    assert_eq!(watch.state(), State::Asking);
}

fn any_look() -> impl Strategy<Value = Look> {
    let process =
        prop::sample::select(std::vec![Process::Unknown, Process::Missing, Process::There, Process::There]);
    let window = prop::option::weighted(0.8, any::<(bool, bool, bool)>());
    (process, window, prop::bool::weighted(0.1), any::<bool>()).prop_map(
        |(process, window, trouble, behind)| Look {
            process,
            window: window.map(|(visible, minimised, hung)| Window { visible, minimised, hung }),
            trouble,
            behind,
        },
    )
}

proptest! {
    /// Whatever is seen: nothing is done to a healthy artwork, it is not started while it is there, and not more often
    /// than it may be.
    #[test]
    fn whatever_is_seen(looks in prop::collection::vec((any_look(), 1_u64..40), 0..120), restarts in 0_u32..5) {
        let artwork = Artwork { restarts, ..artwork() };
        let mut watch = Watch::NEW;
        let (mut now, mut starts) = (0, Vec::new());
        for (look, times) in looks {
            for _ in 0..times {
                let healthy = watch.state() == State::Well && look.fault(&artwork).is_none();
                let act = watch.step(now, &look, &artwork);
                if healthy {
                    prop_assert_eq!(act, None);
                }
                match act {
                    Some(Act::Start) => {
                        prop_assert!(look.process != Process::There);
                        starts.push(now);
                    }
                    Some(Act::Restore) => prop_assert!(look.window.map_or(false, |window| window.minimised)),
                    Some(Act::Front) => prop_assert!(look.behind),
                    Some(Act::Close | Act::Kill) => prop_assert!(!artwork.start.is_empty()),
                    None => {}
                }
                now += 500;
            }
        }
        for (index, start) in starts.iter().enumerate() {
            let within = starts[index..].iter().take_while(|later| *later - start <= RESTART_WINDOW).count();
            // The first start is none anew, and the count may begin anew in the middle.
            prop_assert!(within <= 2 * restarts as usize + 1, "{within} starts in ten minutes");
        }
    }

    /// Once it is well again and stays so, it is left alone.
    #[test]
    fn rest_follows(looks in prop::collection::vec((any_look(), 1_u64..40), 0..60)) {
        let artwork = artwork();
        let mut watch = Watch::NEW;
        let mut now = 0;
        for (look, times) in looks {
            for _ in 0..times {
                let _ = watch.step(now, &look, &artwork);
                now += 500;
            }
        }
        // What is being ended is ended first; then the new one comes.
        let gone = watch.step(now, &GONE, &artwork);
        let _ = gone;
        for _ in 0..4 {
            now += 500;
            let _ = watch.step(now, &WELL, &artwork);
        }
        prop_assert_eq!(watch.state(), State::Well);
        prop_assert!(watch.beats(now));
        prop_assert_eq!(watch.step(now + 500, &WELL, &artwork), None);
    }
}
