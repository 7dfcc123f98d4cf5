extern crate std;
use super::*;
use crate::watch::{Process, Window};
use proptest::prelude::*;
use std::string::{String, ToString};
use std::vec::Vec;

const WELL: Look = Look {
    process: Process::There,
    window: Some(Window { visible: true, minimised: false, hung: false }),
    trouble: false,
    behind: false,
};

const INI: &[u8] = b"[host]\nexhibit = tide\n[artwork]\nstart = art.exe\n[idle]\nafter = 1 min\n[button]\nask = poll door\npress = key F5\n";

fn kit() -> Kit {
    let mut kit = Kit::new(0);
    kit.configure(Some(&mut INI.to_vec()));
    kit
}

fn request(kit: &mut Kit, now: Millis, call: Call) -> String {
    let mut request = Text::EMPTY;
    kit.begin(now, call, b"boot", b"kit", &mut request);
    let text = std::str::from_utf8(request.bytes()).unwrap();
    text.lines().next().unwrap().to_string()
}

fn beaten(host: f64) -> Vec<u8> {
    std::format!("{{\"message\":\"Heartbeat received\",\"details\":{{}},\"host_time\":{host:.3}}}")
        .into_bytes()
}

fn ok(body: &[u8]) -> Answer<'_> {
    Answer { status: 200, body }
}

fn notes(kit: &mut Kit) -> Vec<String> {
    let notes = String::from_utf8(kit.notes.bytes().to_vec()).unwrap();
    kit.notes.clear();
    notes.lines().map(ToString::to_string).collect()
}

#[test]
fn calls_as_the_api_has_them() {
    let mut kit = kit();
    assert_eq!(
        request(&mut kit, 0, Call::Beat),
        "POST /api/v1/exhibits/tide/heartbeat?status=starting HTTP/1.0"
    );
    let _ = kit.look(0, &WELL, b"");
    let _ = kit.look(500, &WELL, b"");
    assert_eq!(request(&mut kit, 0, Call::Beat), "POST /api/v1/exhibits/tide/heartbeat?status=ok HTTP/1.0");
    let _ = kit.look(1_000, &Look { trouble: true, ..WELL }, b"R\xe4tsel & error");
    assert_eq!(
        request(&mut kit, 0, Call::Beat),
        "POST /api/v1/exhibits/tide/heartbeat?status=ill&message=the+artwork+shows+an+error%3A+R%3Ftsel+%26+error HTTP/1.0"
    );
    assert_eq!(
        request(&mut kit, 0, Call::Revert),
        "POST /api/v1/exhibits/tide/revert/request?severity=high&reason=the+artwork+shows+an+error%3A+R%3Ftsel+%26+error HTTP/1.0"
    );
    assert_eq!(
        request(&mut kit, 61_000, Call::Idle),
        "POST /api/v1/exhibits/tide/idle/reset?idle_duration=61 HTTP/1.0"
    );
    assert_eq!(request(&mut kit, 0, Call::Button), "GET /api/v1/exhibits/tide/poll/door HTTP/1.0");
    assert_eq!(
        request(&mut kit, 0, Call::Boot),
        "POST /api/v1/exhibits/tide/signal/boot?value=boot HTTP/1.0"
    );
    kit.settings.button.ask = Ask::Button;
    assert_eq!(request(&mut kit, 0, Call::Button), "POST /api/v1/exhibits/tide/button-status HTTP/1.0");
}

#[test]
fn the_clock_follows_the_host() {
    let mut kit = kit();
    let body = beaten(1_795_412_711.338);
    assert_eq!(kit.answered(100, Call::Beat, ok(&body), 1_795_412_710), None, "near enough");
    assert_eq!(kit.answered(200, Call::Beat, ok(&body), 1_795_412_000), Some(1_795_412_711));
    kit.clock_set(200, false);
    assert_eq!(kit.answered(300, Call::Beat, ok(&body), 1_795_412_000), None, "it may not be set");
    assert_eq!(kit.answered(CLOCK_RETRY + 200, Call::Beat, ok(&body), 1_795_412_000), Some(1_795_412_711));
    kit.settings.set_clock = false;
    assert_eq!(kit.answered(2 * CLOCK_RETRY, Call::Beat, ok(&body), 1_795_412_000), None);
    for odd in [&b""[..], b"[]", b"{\"host_time\":null}", b"Heartbeat received"] {
        assert_eq!(kit.answered(3 * CLOCK_RETRY, Call::Beat, ok(odd), 0), None);
    }
}

#[test]
fn an_empty_museum_after_a_restored_snapshot() {
    let mut kit = kit();
    // Staff have clicked before the snapshot was taken.
    kit.idle.input(500);
    kit.answered(1_000, Call::Beat, ok(&beaten(1_000_001.0)), 1_000_001);
    kit.answered(1_000, Call::Boot, ok(b""), 0);
    kit.calls.begun(1_000_000_000, Call::Beat, 0);
    kit.calls.begun(1_000_000_000, Call::Button, 0);
    assert_eq!(kit.next_call(70_000), Some(Call::Idle));
    // The snapshot of this moment, an hour later.
    kit.answered(71_000, Call::Beat, ok(&beaten(1_003_671.0)), 1_003_671);
    assert!(notes(&mut kit).contains(&"a snapshot was restored".to_string()));
    assert_eq!(kit.next_call(1_000_000), None);
    kit.idle.input(1_000_000);
    assert_eq!(kit.next_call(1_060_000), Some(Call::Idle));
    let _ = request(&mut kit, 1_060_000, Call::Idle);
    kit.unheard(1_062_000, Call::Idle);
    assert_eq!(kit.next_call(1_065_000), Some(Call::Idle), "the host was away");
    kit.answered(1_065_100, Call::Idle, ok(b"{\"status\":\"ignored\",\"message\":\"on hold\"}"), 0);
    assert_eq!(kit.next_call(9_000_000), None, "whatever was answered");
    assert_eq!(notes(&mut kit), ["the host was told that nobody uses the artwork: 200 on hold"]);
}

#[test]
fn a_press_is_a_change() {
    let mut kit = kit();
    for (word, pressed) in [("1", false), ("0", false), ("1", true), ("1", true), ("0", true)] {
        kit.answered(0, Call::Button, ok(word.as_bytes()), 0);
        assert_eq!(kit.pending.is_any(), pressed);
    }
    kit.pending = Pending::NONE;
    kit.settings.button.ask = Ask::Button;
    kit.answered(0, Call::Button, ok(b"{\"pressed\": false}"), 0);
    assert!(!kit.pending.is_any());
    kit.answered(0, Call::Button, ok(b"{\"pressed\":true}"), 0);
    assert!(kit.pending.is_any());
}

#[test]
fn the_log_is_told_of_changes_only() {
    let mut kit = kit();
    assert_eq!(notes(&mut kit), ["the INI file was read"]);
    for now in (0..20_000).step_by(500) {
        let _ = kit.look(now, &WELL, b"");
        kit.unheard(now, Call::Beat);
    }
    assert_eq!(notes(&mut kit), ["the artwork is well", "the host does not answer"]);
    for now in (20_000..30_000).step_by(500) {
        let _ = kit.look(now, &Look { window: None, ..WELL }, b"");
        kit.answered(now, Call::Beat, Answer { status: 409, body: b"{}" }, 0);
    }
    let expected = [
        "something is wrong: the artwork has no window",
        "the host refuses heartbeats: 409",
        "the artwork is starting: the artwork has no window",
        "the artwork is told to close",
        "the artwork is ended by force",
    ];
    assert_eq!(notes(&mut kit), expected);
}

#[test]
fn what_changes_in_the_file() {
    let mut kit = kit();
    kit.configure(Some(&mut b"[host]\nport = 70000\n[artwork]\nprogram = other.exe\n".to_vec()));
    assert_eq!(kit.artwork().0, State::Starting);
    let _ = kit.look(0, &WELL, b"");
    let _ = kit.look(500, &WELL, b"");
    assert_eq!(kit.artwork().0, State::Well);
    kit.configure(None);
    assert_eq!(
        kit.settings.artwork.program.bytes(),
        b"other.exe",
        "a file that cannot be read just now changes nothing"
    );
    assert_eq!(kit.artwork().0, State::Well);
    let expected = [
        "the INI file was read",
        "the INI file was read",
        "INI file, line 2: this is too small or too large",
        "the artwork is well",
        "the INI file was read",
        "there is no INI file, or it cannot be read",
    ];
    assert_eq!(notes(&mut kit), expected);
}

/// A day in a museum: visitors come in spells, and the host puts everything back when it is told that nobody is there.
/// The snapshot has staff's clicks in it.
fn idle_reverts(spells: &[(u64, u64)]) -> usize {
    let mut kit = kit();
    let (mut ticks, mut host, mut reverts) = (10_000_u64, 1_795_412_711_000_u64, 0);
    kit.idle.input(9_000);
    kit.answered(ticks, Call::Beat, ok(&beaten(host as f64 / 1000.0)), 0);
    let snapshot = (ticks, kit.idle, kit.restores);
    for (quiet, busy) in spells {
        for second in 0..quiet + busy {
            ticks += 1_000;
            host += 1_000;
            if second >= *quiet {
                kit.idle.input(ticks);
            }
            kit.answered(ticks, Call::Beat, ok(&beaten(host as f64 / 1000.0)), 0);
            if kit.idle.is_due(ticks, 60_000) {
                reverts += 1;
                (ticks, kit.idle, kit.restores) = snapshot;
                host += 2_000;
            }
        }
    }
    reverts
}

#[test]
fn nights_and_days() {
    assert_eq!(idle_reverts(&[(12 * 3600, 0)]), 1, "staff have prepared it, and have left");
    assert_eq!(idle_reverts(&[(600, 300), (600, 5), (30, 10), (600, 0)]), 3, "that, and one for each spell");
}

proptest! {
    #[test]
    fn no_answer_is_too_odd(body: Vec<u8>, status: u16) {
        let mut kit = kit();
        for call in [Call::Beat, Call::Revert, Call::Idle, Call::Button, Call::Boot, Call::Shutdown] {
            let _ = kit.answered(0, call, Answer { status, body: &body }, 0);
        }
    }

    #[test]
    fn reverts_are_never_more_than_spells(spells in prop::collection::vec((0_u64..200, 1_u64..100), 0..12)) {
        prop_assert!(idle_reverts(&spells) <= spells.len() + 1);
    }
}
