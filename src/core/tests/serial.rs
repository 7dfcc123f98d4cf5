//! Guests that beat through a serial port.

use super::*;
use crate::core::types::SerialPort;

fn serial() -> ExhibitSettings {
    ExhibitSettings { serial: Some(SerialPort::First), ..settings() }
}

fn line(bench: &mut Bench, is_open: bool) {
    bench.tell(Event::SerialLine { exhibit: EXHIBIT, is_open });
}

/// Its VM runs, and nothing has been heard.
fn started() -> Bench {
    let mut bench = Bench::with(serial());
    bench.tell(Event::HypervisorUp);
    bench.state(VmState::ShutOff);
    bench.elapsed += Duration::from_secs(2);
    bench.done(Ok(()));
    bench.state(VmState::Running);
    bench
}

/// Well, with an open line.
fn healthy() -> Bench {
    let mut bench = started();
    line(&mut bench, true);
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
    bench
}

fn is_unheard(bench: &Bench) -> bool {
    bench.site.status(bench.now()).exhibits[0].unheard
}

#[test]
fn it_is_watched_as_over_a_network_is() {
    let mut bench = healthy();
    assert!(!is_unheard(&bench));
    bench.wait(14.9);
    assert_eq!(bench.phase(), "healthy");
    bench.wait(0.2);
    assert_eq!(bench.phase(), "recovering: heartbeat lost");
}

#[test]
fn silence_of_a_line_that_is_closed_is_not_the_guests() {
    let mut bench = healthy();
    line(&mut bench, false);
    bench.wait(24.0 * 3600.0);
    assert_eq!((bench.phase().as_str(), is_unheard(&bench)), ("healthy", true));
    // From then on it has as long as ever.
    line(&mut bench, true);
    bench.wait(14.9);
    assert_eq!((bench.phase().as_str(), is_unheard(&bench)), ("healthy", false));
    bench.wait(0.2);
    assert_eq!(bench.phase(), "recovering: heartbeat lost");
}

#[test]
fn a_line_that_never_opens_covers_no_artwork() {
    let mut bench = started();
    bench.wait(3600.0);
    assert_eq!((bench.phase().as_str(), is_unheard(&bench)), ("healthy", true));
}

#[test]
fn a_line_that_opens_late_after_a_revert_leaves_the_guest_its_time() {
    let mut bench = healthy();
    bench.wait(15.1);
    let op = bench.op();
    bench.elapsed += Duration::from_secs(2);
    line(&mut bench, false);
    bench.tell(Event::Done { exhibit: EXHIBIT, op, result: Ok(()) });
    bench.state(VmState::Running);
    // In place it has little time.
    bench.wait(0.5);
    line(&mut bench, true);
    bench.wait(14.4);
    assert!(!bench.phase().contains("recovering"), "{}", bench.phase());
    bench.beat();
    assert_eq!(bench.phase(), "healthy");
}

#[test]
fn another_port_is_another_line() {
    let mut bench = healthy();
    bench.effects.clear();
    bench.reload([ExhibitSettings { serial: Some(SerialPort::Named("org.a.0".into())), ..serial() }]);
    let watches = |effect: &Effect| matches!(effect, Effect::Watch(vms) if vms[0].serial.is_some());
    assert!(bench.effects.iter().any(watches));
    assert!(is_unheard(&bench), "until it is open");
    // Over the network again.
    bench.reload([settings()]);
    assert!(!is_unheard(&bench));
}
