//! The libvirt adapter against libvirt's test driver, and against a private libvirtd with real QEMU.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::libvirtd::Libvirtd;
use common::rig::{A, B, Rig};
use rustix::process::Signal;
use virt::connect::Connect;
use virt::domain::Domain;
use vitrine::adapter::Report;
use vitrine::adapter::libvirt::Settings;
use vitrine::core::event::{Event, ProbeAnswer};
use vitrine::core::types::{ExhibitId, Failure, OpId, PauseReason, VmAction, VmInfo, VmState};
use vitrine::words::{Language, sentence};

impl Rig {
    /// Replaces a snapshot, in all its steps.
    async fn replace(&mut self, exhibit: ExhibitId, snapshot: &str, in_place: bool) {
        for action in replacement(snapshot, in_place) {
            let result = self.act_and_wait(exhibit, action.clone()).await;
            assert_eq!(result, Ok(()), "{action:?}");
        }
    }
}

fn revert(snapshot: &str) -> VmAction {
    VmAction::Revert { snapshot: snapshot.to_owned() }
}

fn create(snapshot: &str) -> VmAction {
    VmAction::CreateSnapshot { snapshot: snapshot.to_owned(), replaces: false }
}

/// The steps of a replacement, as the core asks for them.
fn replacement(snapshot: &str, in_place: bool) -> [VmAction; 5] {
    let name = || snapshot.to_owned();
    let load = || VmAction::LoadSnapshot { snapshot: name(), in_place };
    [
        VmAction::CreateSnapshot { snapshot: name(), replaces: true },
        load(),
        VmAction::AdoptSnapshot { snapshot: name(), in_place },
        load(),
        VmAction::TidySnapshots { snapshot: name() },
    ]
}

fn abandon(snapshot: &str, replaces: bool, back_to: &str) -> VmAction {
    VmAction::AbandonSnapshot { snapshot: snapshot.to_owned(), replaces, back_to: back_to.to_owned() }
}

fn delete(snapshot: &str) -> VmAction {
    VmAction::DeleteSnapshot { snapshot: snapshot.to_owned(), keeps: None }
}

/// A second way into the test driver's default world, which is shared within a process; keeps it alive, too.
/// Nothing could be shared before libvirt's event loop runs, so the adapter must have connected first.
fn test_world() -> Connect {
    Connect::open(Some("test:///default")).unwrap()
}

fn define_test_vm(conn: &Connect, name: &str) -> Domain {
    let xml = format!(
        "<domain type='test'><name>{name}</name><memory>8192</memory><os><type>hvm</type></os><devices>
        <interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default'/></interface>
        </devices></domain>"
    );
    conn.define_domain_xml(&xml).unwrap()
}

fn snapshot_by_hand(domain: &Domain, name: &str) {
    let xml = format!("<domainsnapshot><name>{name}</name></domainsnapshot>");
    domain.create_snapshot_xml(&xml, 0).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vm_comes_runs_and_goes() {
    let mut rig = Rig::new("test:///default", Settings::CALL_DEADLINE);
    rig.watch(&[(A, "story")]);
    rig.up().await;
    let (info, _) = rig.seen(A, VmState::Missing).await;
    assert_eq!(info, VmInfo { state: VmState::Missing, ..VmInfo::unknown() });
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Err(Failure::VmMissing));

    let world = test_world();
    let domain = define_test_vm(&world, "story");
    let (info, event_at) = rig.seen(A, VmState::ShutOff).await;
    assert!(event_at.is_some(), "an event led to it");
    assert_eq!(info.uuid, domain.uuid_string().ok());
    rig.wait("the MAC address", |event| match event {
        Event::VmSeen { info, .. } if info.macs == ["52:54:00:aa:00:01"] => Some(()),
        _ => None,
    })
    .await;

    assert_eq!(rig.act_and_wait(A, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running, "it is seen before the end is told");
    assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()));
    assert_eq!(rig.info(A).snapshots.names(), ["ready"]);

    // Somebody else suspends it, then ends it.
    domain.suspend().unwrap();
    rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
    domain.destroy().unwrap();
    let (info, event_at) = rig.seen(A, VmState::ShutOff).await;
    assert!(event_at.is_some());
    assert_eq!(info.snapshots.names(), ["ready"], "what was known of the snapshots is kept");

    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()), "off already is well");
    assert_eq!(rig.info(A).state, VmState::ShutOff);

    assert_eq!(rig.act_and_wait(A, revert("never")).await, Err(Failure::SnapshotMissing));
    assert_eq!(rig.act_and_wait(A, delete("never")).await, Err(Failure::SnapshotMissing));
    assert_eq!(rig.act_and_wait(A, delete("ready")).await, Ok(()));
    assert_eq!(rig.info(A).snapshots.names(), Vec::<String>::new());

    domain.undefine().unwrap();
    let (info, _) = rig.seen(A, VmState::Missing).await;
    assert_eq!(info.uuid, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_replacement_leaves_a_snapshot_to_revert_to() {
    let mut rig = Rig::new("test:///default", Settings::CALL_DEADLINE);
    rig.up().await;
    let world = test_world();
    let domain = define_test_vm(&world, "replaced");
    domain.create().unwrap();
    // The power went after `ready` was deleted and before the new one was made.
    snapshot_by_hand(&domain, "ready.new");
    rig.watch(&[(A, "replaced")]);
    let (info, _) = rig.seen(A, VmState::Running).await;
    assert_eq!(info.snapshots.names(), ["ready.new"], "none that is not there");
    assert!(info.can_revert_to("ready"));
    domain.destroy().unwrap();
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);

    rig.replace(A, "ready", false).await;
    assert_eq!(rig.info(A).snapshots.names(), ["ready"], "complete again, and nothing is left over");
    rig.replace(A, "ready", false).await;
    assert_eq!(rig.info(A).snapshots.names(), ["ready"]);
    let refused = rig.act_and_wait(A, create("ready")).await.unwrap_err();
    assert!(matches!(&refused, Failure::Refused(text) if text.to_string().contains("just now")), "{refused}");

    // Left over beside a complete one: nothing goes but what was named.
    snapshot_by_hand(&domain, "ready.new");
    assert_eq!(rig.act_and_wait(A, delete("ready")).await, Ok(()));
    assert_eq!(rig.info(A).snapshots.names(), ["ready.new"]);
    assert_eq!(rig.act_and_wait(A, delete("ready")).await, Err(Failure::SnapshotMissing));
    assert_eq!(rig.act_and_wait(A, delete("ready.new")).await, Ok(()));

    let refused = rig.act_and_wait(A, create("ready.new")).await.unwrap_err();
    assert!(
        matches!(&refused, Failure::Refused(text) if text.to_string().contains("another name")),
        "{refused}"
    );
    assert_eq!(
        sentence(&refused.told(), Language::German),
        "Anlegen des Snapshots 'ready.new' der VM 'replaced' misslungen: Vitrine behält solche Namen den Kopien vor, die beim \
         Ersetzen eines Snapshots entstehen; bitte einen anderen Namen wählen"
    );
}

/// What a replacement leaves when it is cut off after any of its calls, and what the VM is then put back to.
#[tokio::test(flavor = "multi_thread")]
async fn wherever_a_replacement_is_cut_off_the_proven_one_is_reverted_to() {
    let mut rig = Rig::new("test:///default", Settings::CALL_DEADLINE);
    rig.up().await;
    let world = test_world();
    let domain = define_test_vm(&world, "cut");
    rig.watch(&[(A, "cut")]);
    rig.seen(A, VmState::ShutOff).await;
    assert_eq!(rig.act_and_wait(A, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()));
    let [new, load, adopt, _, tidy] = replacement("ready", false);
    let by_hand = |name: &str| {
        Domain::lookup_snapshot_by_name(&domain, name, 0).unwrap().delete(0).unwrap();
        snapshot_by_hand(&domain, name);
    };
    // After which call; what is there; which one is the proven one.
    let rows: [(&[&VmAction], &[&str], &str); 7] = [
        (&[&new], &["ready", "ready.new"], "ready"),
        (&[&load], &["ready", "ready.new"], "ready"),
        (&[&new, &load, &adopt], &["ready", "ready.new2"], "ready.new2"),
        // It is begun again after the cut, and cut off again.
        (&[&new], &["ready", "ready.new2", "ready.new3"], "ready.new2"),
        (&[&load, &adopt], &["ready", "ready.new3"], "ready.new3"),
        (&[&load, &tidy], &["ready"], "ready"),
        (&[&new], &["ready", "ready.new"], "ready"),
    ];
    for (actions, there, proven) in rows {
        for action in actions {
            assert_eq!(rig.act_and_wait(A, (*action).clone()).await, Ok(()), "{action:?}");
        }
        assert_eq!(rig.info(A).snapshots.names(), there);
        let current = domain.current_snapshot(0).unwrap().name().unwrap();
        assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
        assert_eq!(domain.current_snapshot(0).unwrap().name().unwrap(), proven, "{actions:?}");
        // An in-place revert leaves libvirt's current one as it was.
        let current = Domain::lookup_snapshot_by_name(&domain, &current, 0).unwrap();
        current.revert(0).unwrap();
    }
    // What staff make by hand is what they want, whatever is left over beside it.
    by_hand("ready");
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(domain.current_snapshot(0).unwrap().name().unwrap(), "ready");

    // What has not proven itself goes, and all that is older stays.
    assert_eq!(rig.act_and_wait(A, new.clone()).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, abandon("ready", true, "ready")).await, Ok(()));
    assert_eq!(
        (rig.info(A).state, rig.info(A).snapshots.names()),
        (VmState::Running, vec!["ready".to_owned()])
    );
    assert_eq!(rig.act_and_wait(A, create("first")).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, abandon("first", false, "ready")).await, Ok(()));
    assert_eq!(
        (rig.info(A).state, rig.info(A).snapshots.names()),
        (VmState::Running, vec!["ready".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_vms_of_a_custom_world_are_seen_as_they_are() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let vm = |name: &str, state: &str| {
        format!(
            "<domain type='test'><name>{name}</name><memory>8192</memory><os><type>hvm</type></os>
            <test:runstate xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>{state}</test:runstate>
            </domain>"
        )
    };
    // Numbers of virDomainState: 1 running, 3 paused, 5 shut off, 6 crashed.
    let vms =
        [("one", "1"), ("two", "3"), ("three", "5"), ("four", "6")].map(|(name, state)| vm(name, state));
    write!(file, "<node>{}</node>", vms.concat()).unwrap();
    let mut rig = Rig::new(&format!("test://{}", file.path().display()), Settings::CALL_DEADLINE);
    let ids = [ExhibitId(1), ExhibitId(2), ExhibitId(3), ExhibitId(4), ExhibitId(5)];
    rig.watch(&[(ids[0], "one"), (ids[1], "two"), (ids[2], "three"), (ids[3], "four"), (ids[4], "five")]);
    for exhibit in ids {
        rig.handle.observe(exhibit);
    }
    let mut states = BTreeMap::new();
    while states.len() < ids.len() {
        let seen = rig
            .wait("all five", |event| match event {
                Event::VmSeen { exhibit, info, .. } => Some((*exhibit, info.state)),
                _ => None,
            })
            .await;
        states.insert(seen.0, seen.1);
    }
    let states: Vec<_> = states.into_values().collect();
    let suspended = VmState::Paused(PauseReason::Suspended);
    assert_eq!(states, [VmState::Running, suspended, VmState::ShutOff, VmState::Crashed, VmState::Missing]);
    for exhibit in &ids[..4] {
        assert_eq!(rig.act_and_wait(*exhibit, VmAction::ColdStart { disks_of: None }).await, Ok(()));
        assert_eq!(rig.info(*exhibit).state, VmState::Running);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_poll_finds_what_no_event_told_of() {
    let poll = Duration::from_millis(20);
    let settings =
        Settings { uri: "test:///default".to_owned(), poll, call_deadline: Settings::CALL_DEADLINE };
    let mut rig = Rig::with(settings);
    rig.up().await;
    let world = test_world();
    let domain = define_test_vm(&world, "polled");
    rig.watch(&[(A, "polled")]);
    rig.seen(A, VmState::ShutOff).await;
    // libvirt reports no event for a snapshot of a VM that is off.
    snapshot_by_hand(&domain, "ready");
    rig.wait("the snapshot", |event| match event {
        Event::VmSeen { info, event_at: None, .. } if info.snapshots.names() == ["ready"] => Some(()),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_close_nothing_is_said() {
    let mut rig = Rig::new("test:///default", Settings::CALL_DEADLINE);
    rig.up().await;
    rig.handle.close();
    while rig.inbox.recv().await.is_some() {}
    rig.handle.observe(A);
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn libvirtd_may_be_absent_be_killed_hang_and_return() {
    let mut libvirtd = Libvirtd::prepare();
    let mut rig = Rig::new(&libvirtd.uri(), Duration::from_secs(2));
    rig.watch(&[(A, "a")]);
    let reason = rig.down().await;
    assert!(reason.contains("libvirt-sock"), "{reason}");
    let refused = rig.act_and_wait(A, VmAction::Destroy).await;
    assert!(matches!(refused, Err(Failure::Unreachable(_))), "{refused:?}");

    libvirtd.launch();
    rig.up().await;
    rig.seen(A, VmState::Missing).await;

    libvirtd.kill();
    rig.down().await;
    libvirtd.launch();
    rig.up().await;
    rig.seen(A, VmState::Missing).await;

    // The events of the new connection arrive.
    libvirtd.define_vm(&libvirtd.connect(), "a", "52:54:00:00:00:0a");
    let (_, event_at) = rig.seen(A, VmState::ShutOff).await;
    assert!(event_at.is_some());

    // It hangs in the middle of an action.
    libvirtd.signal(Signal::STOP);
    let hung = rig.act(A, VmAction::ColdStart { disks_of: None });
    let second = rig.act_and_wait(A, VmAction::Destroy).await;
    assert_eq!(second, Err(Failure::Busy));
    rig.handle.observe(A);
    let reason = rig.down().await;
    assert!(reason.contains("answer"), "{reason}");
    libvirtd.signal(Signal::CONT);
    rig.up().await;
    assert_eq!(rig.done(hung).await, Ok(()), "the hung call came to its end");

    // It is told of each change once, and never twice the same.
    let turns: Vec<_> = rig
        .heard
        .iter()
        .filter_map(|event| match event {
            Event::HypervisorUp => Some(true),
            Event::HypervisorDown { .. } => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(turns, [false, true, false, true, false, true]);

    // The VM outlives its libvirtd and is found again.
    libvirtd.kill();
    rig.down().await;
    libvirtd.launch();
    rig.up().await;
    rig.seen(A, VmState::Running).await;
}

/// Listens at `path` for clients of libvirtd. Those that are `deaf`, by their number, are told of nothing
/// that happens; all else goes through.
fn listen_for_deaf_ones(path: &Path, daemon: PathBuf, deaf: fn(usize) -> bool) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
            let server = UnixStream::connect(&daemon).unwrap();
            let (mut asks, mut asked) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut asks, &mut asked);
                let _ = asked.shutdown(Shutdown::Write);
            });
            std::thread::spawn(move || {
                let _ = pass_on(server, &client, deaf(number));
                let _ = client.shutdown(Shutdown::Both);
            });
        }
    });
}

/// Passes libvirtd's messages on, without those that answer nothing, where the client is to be deaf.
fn pass_on(mut from: UnixStream, mut to: &UnixStream, deaf: bool) -> std::io::Result<()> {
    // By src/rpc/virnetprotocol.x of libvirt: the length of all, then program, version, procedure, and type, each of
    // four bytes; type 2 is a message. Signs of life are one, too, of a program of their own.
    const MESSAGE: u32 = 2;
    const KEEP_ALIVE: u32 = 0x6b65_6570;
    loop {
        let mut length = [0; 4];
        from.read_exact(&mut length)?;
        let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
        from.read_exact(&mut rest)?;
        let word = |n: usize| u32::from_be_bytes(rest[4 * n..4 * n + 4].try_into().unwrap());
        if !(deaf && word(3) == MESSAGE && word(0) != KEEP_ALIVE) {
            to.write_all(&length)?;
            to.write_all(&rest)?;
        }
    }
}

/// VM "a" runs, and libvirt, which told nothing of its start, has been connected to anew.
async fn connected_anew(libvirtd: &Libvirtd, deaf: fn(usize) -> bool) -> (Connect, Rig) {
    let conn = libvirtd.connect();
    libvirtd.define_vm(&conn, "a", "52:54:00:00:00:0a");
    let socket = libvirtd.path("deaf");
    listen_for_deaf_ones(&socket, libvirtd.path("run/libvirt/libvirt-sock"), deaf);
    let mut rig =
        Rig::new(&format!("qemu+unix:///session?socket={}", socket.display()), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a")]);
    rig.seen(A, VmState::ShutOff).await;
    assert_eq!(rig.act_and_wait(A, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    let reason = rig.down().await;
    assert!(reason.contains("tells"), "{reason}");
    rig.up().await;
    rig.seen(A, VmState::Running).await;
    (conn, rig)
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn a_libvirt_that_tells_of_nothing_is_connected_to_anew() {
    let libvirtd = Libvirtd::start();
    let (conn, mut rig) = connected_anew(&libvirtd, |number| number == 0).await;

    // Now it is told, and nothing is doubted any more.
    conn.lookup_domain_by_name("a").unwrap().suspend().unwrap();
    let (_, event_at) = rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
    assert!(event_at.is_some());
    assert_eq!(rig.act_and_wait(A, VmAction::Resume).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    let downs = rig.heard.iter().filter(|event| matches!(event, Event::HypervisorDown { .. })).count();
    assert_eq!(downs, 1);
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn where_libvirt_tells_of_nothing_by_any_connection_vms_are_looked_at_often() {
    let libvirtd = Libvirtd::start();
    let (conn, mut rig) = connected_anew(&libvirtd, |_| true).await;
    for _ in 0..3 {
        conn.lookup_domain_by_name("a").unwrap().suspend().unwrap();
        let (_, event_at) = rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
        assert_eq!(event_at, None);
        conn.lookup_domain_by_name("a").unwrap().resume().unwrap();
        rig.seen(A, VmState::Running).await;
    }
    let downs = rig.heard.iter().filter(|event| matches!(event, Event::HypervisorDown { .. })).count();
    assert_eq!(downs, 1, "it is not connected to anew all the time");
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn real_vms_are_reverted_side_by_side() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    libvirtd.define_vm(&conn, "a", "52:54:00:00:00:0a");
    libvirtd.define_vm(&conn, "b", "52:54:00:00:00:0b");
    let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a"), (B, "b")]);
    rig.seen(A, VmState::ShutOff).await;
    for exhibit in [A, B] {
        assert_eq!(rig.act_and_wait(exhibit, VmAction::ColdStart { disks_of: None }).await, Ok(()));
        assert_eq!(rig.act_and_wait(exhibit, create("ready")).await, Ok(()));
        assert_eq!(rig.info(exhibit).snapshots.names(), ["ready"]);
    }
    let began = Instant::now();
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    println!("one revert: {:?}", began.elapsed());

    // B is observed while A is reverted: the answer comes before A's end.
    let began = Instant::now();
    let op = rig.act(A, revert("ready"));
    rig.handle.observe(B);
    let mut times = Vec::new();
    let result = loop {
        let report = rig.inbox.recv().await.expect("the adapter is there");
        match report {
            Report::Core(Event::VmSeen { exhibit: B, .. }) => {
                times.push(began.elapsed());
                if times.len() < 20 {
                    rig.handle.observe(B);
                }
            }
            Report::Core(Event::Done { op: ended, result, .. }) if ended == op => break result,
            _ => {}
        }
    };
    assert_eq!(result, Ok(()));
    assert!(!times.is_empty(), "B was observed during A's revert");
    println!("observed B at {times:?} during a revert of A of {:?}", began.elapsed());

    let began = Instant::now();
    let (first, second) = (rig.act(A, revert("ready")), rig.act(B, revert("ready")));
    let mut ended = Vec::new();
    while ended.len() < 2 {
        let op = rig
            .wait("both reverts", |event| match event {
                Event::Done { op, result: Ok(()), .. } => Some(*op),
                _ => None,
            })
            .await;
        ended.push((op, began.elapsed()));
    }
    println!("two at a time ({first:?}, {second:?}): {ended:?}");

    // The process of a VM is killed.
    let pid = libvirtd.qemu_pid("a").expect("a runs");
    let killed = Instant::now();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    let (_, event_at) = rig.seen(A, VmState::ShutOff).await;
    let event_at = event_at.expect("an event led to it");
    println!("killed; event after {:?}, told {:?} after the event", event_at - killed, event_at.elapsed());
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn real_snapshots_survive_what_a_power_cut_leaves() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    libvirtd.define_vm(&conn, "a", "52:54:00:00:00:0a");
    let domain = conn.lookup_domain_by_name("a").unwrap();
    domain.create().unwrap();
    let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a")]);
    rig.seen(A, VmState::Running).await;
    assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()));
    let began = Instant::now();
    rig.replace(A, "ready", true).await;
    println!("replaced in {:?}", began.elapsed());
    assert_eq!(rig.info(A).snapshots.names(), ["ready"]);
    assert_eq!(rig.info(A).state, VmState::Running);

    // Cut while the old one was deleted: libvirt knows it, its data are gone, the copy is complete.
    snapshot_by_hand(&domain, "ready.new");
    domain.qemu_monitor_command("delvm ready", 1).unwrap();
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
    rig.replace(A, "ready", true).await;
    assert_eq!(rig.info(A).snapshots.names(), ["ready"]);
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));

    // Cut while the new one was made out of its copy, and once more while it was tried: the copy is the proven one.
    let [new, load, adopt, again, tidy] = replacement("ready", true);
    for action in [new, load, adopt] {
        assert_eq!(rig.act_and_wait(A, action).await, Ok(()));
    }
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(domain.current_snapshot(0).unwrap().name().unwrap(), "ready.new");
    assert_eq!(rig.act_and_wait(A, in_place("ready")).await, Ok(()));
    for action in [again, tidy] {
        assert_eq!(rig.act_and_wait(A, action).await, Ok(()));
    }
    assert_eq!(rig.info(A).snapshots.names(), ["ready"]);

    // What QEMU does not have cannot prove itself.
    let [new, load, ..] = replacement("ready", true);
    assert_eq!(rig.act_and_wait(A, new).await, Ok(()));
    domain.qemu_monitor_command("delvm ready.new", 1).unwrap();
    let refused = rig.act_and_wait(A, load).await.unwrap_err();
    assert!(refused.to_string().contains("these have: none"), "{refused}");
    assert_eq!(rig.act_and_wait(A, abandon("ready", true, "ready")).await, Ok(()));
    assert_eq!(
        (rig.info(A).state, rig.info(A).snapshots.names()),
        (VmState::Running, vec!["ready".to_owned()])
    );

    // Cut while one was made: its data are there, and libvirt does not know them.
    for name in ["ready", "ready.new"] {
        if name == "ready.new" {
            snapshot_by_hand(&domain, name);
        }
        let snapshot = Domain::lookup_snapshot_by_name(&domain, name, 0).unwrap();
        snapshot.delete(virt_sys::VIR_DOMAIN_SNAPSHOT_DELETE_METADATA_ONLY).unwrap();
        if name == "ready" {
            assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()), "over an orphan {name}");
        }
        rig.replace(A, "ready", true).await;
        assert_eq!(rig.info(A).snapshots.names(), ["ready"], "over an orphan {name}");
    }

    // A saved state does not come back in a cold start.
    domain.managed_save(0).unwrap();
    rig.seen(A, VmState::ShutOff).await;
    assert_eq!(rig.act_and_wait(A, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    assert!(!domain.has_managed_save(0).unwrap());

    // Nor does it outlive a revert, after which it fits the disk no more.
    domain.managed_save(0).unwrap();
    rig.seen(A, VmState::ShutOff).await;
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
    assert!(!domain.has_managed_save(0).unwrap());

    // Snapshots of a VM that is off, and of a paused one, run after a revert.
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, create("off")).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, revert("off")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
    domain.suspend().unwrap();
    assert_eq!(rig.act_and_wait(A, create("paused")).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, revert("paused")).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);

    // There is no agent in the guest.
    rig.handle.ping(A, OpId(1000), Duration::from_millis(100));
    let answered = rig
        .wait("the pong", |event| match event {
            Event::Probed { op: OpId(1000), answer: ProbeAnswer::Agent { answered }, .. } => Some(*answered),
            _ => None,
        })
        .await;
    assert!(!answered);
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_refused_with_a_reason_and_nothing_is_touched() {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    libvirtd.define_vm(&conn, "a", "52:54:00:00:00:0a");
    let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a")]);
    rig.seen(A, VmState::ShutOff).await;
    let xml = conn.lookup_domain_by_name("a").unwrap().xml_desc(0).unwrap();
    // A VM that is off: libvirt takes any size and any format without looking.
    let memory = |xml: &str| {
        let (head, rest) = xml.split_once("<memory").unwrap();
        let (_, tail) = rest.split_once("</currentMemory>").unwrap();
        format!("{head}<memory unit='TiB'>64</memory>{tail}")
    };
    let rows = [(memory(&xml), "MB free"), (xml.replace("type='qcow2'", "type='raw'"), "qemu-img convert")];
    for (xml, words) in rows {
        conn.define_domain_xml(&xml).unwrap();
        let refused = rig.act_and_wait(A, create("ready")).await.unwrap_err();
        assert!(matches!(&refused, Failure::Refused(text) if text.to_string().contains(words)), "{refused}");
        assert_eq!(rig.info(A).snapshots.names(), [""; 0]);
    }
    conn.define_domain_xml(&xml).unwrap();
    assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()));
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn a_hung_qemu_hides_neither_itself_nor_its_neighbour() {
    let (libvirtd, mut rig, pid) = with_a_hung_qemu().await;
    let hung = rig.act(A, create("ready"));
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Err(Failure::Busy));
    // A job holds A from here on. Its state can be read all the same, and B can be acted on.
    for exhibit in [A, B] {
        rig.handle.observe(exhibit);
        rig.seen(exhibit, VmState::Running).await;
    }
    assert_eq!(rig.act_and_wait(B, create("ready")).await, Ok(()));
    assert_eq!(rig.act_and_wait(B, revert("ready")).await, Ok(()));
    rustix::process::kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(rig.done(hung).await, Ok(()));
    assert!(!rig.heard.iter().any(|event| matches!(event, Event::HypervisorDown { .. })));
    drop(libvirtd);
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute, which is libvirt's patience"]
async fn a_job_that_never_ends_does_not_stop_a_revert() {
    let (libvirtd, mut rig, pid) = with_a_hung_qemu().await;
    rustix::process::kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(rig.act_and_wait(A, create("ready")).await, Ok(()));
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    let began = Instant::now();
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    println!("reverted a hung QEMU in {:?}", began.elapsed());

    let pid = libvirtd.qemu_pid("a").expect("a runs");
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    let other = libvirtd.connect();
    let domain = other.lookup_domain_by_name("a").unwrap();
    let holder = std::thread::spawn(move || domain.create_snapshot_xml("<domainsnapshot/>", 0).map(drop));
    // Once a description can no longer be had, the job is held; asking takes no lock itself.
    let domain = other.lookup_domain_by_name("a").unwrap();
    while domain.job_info().is_ok_and(|job| job.r#type == virt_sys::VIR_DOMAIN_JOB_NONE.cast_signed()) {
        tokio::task::yield_now().await;
    }
    let began = Instant::now();
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    println!("reverted past a job that never ends in {:?}", began.elapsed());
    assert!(holder.join().unwrap().is_err());
}

/// Two running VMs; the QEMU of the first one is stopped.
async fn with_a_hung_qemu() -> (Libvirtd, Rig, rustix::process::Pid) {
    let libvirtd = Libvirtd::start();
    let conn = libvirtd.connect();
    let mut rig = Rig::new(&libvirtd.uri(), Duration::from_secs(5));
    rig.watch(&[(A, "a"), (B, "b")]);
    for (exhibit, name) in [(A, "a"), (B, "b")] {
        libvirtd.define_vm(&conn, name, "52:54:00:00:00:0a");
        rig.seen(exhibit, VmState::ShutOff).await;
        assert_eq!(rig.act_and_wait(exhibit, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    }
    let pid = libvirtd.qemu_pid("a").expect("a runs");
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    (libvirtd, rig, pid)
}

fn in_place(snapshot: &str) -> VmAction {
    VmAction::RevertInPlace { snapshot: snapshot.to_owned() }
}

fn destroy_and_revert(snapshot: &str) -> VmAction {
    VmAction::DestroyRevert { snapshot: snapshot.to_owned() }
}

/// A demo guest that plays, and a second way to its domain.
async fn with_an_artwork() -> (Libvirtd, Rig, Domain) {
    let libvirtd = Libvirtd::start();
    let domain = libvirtd.connect();
    // Port 9 discards: nothing depends on heartbeats here.
    libvirtd.make_demo_vms(&[("a", "garden", 1, "spice")], 9);
    let domain = domain.lookup_domain_by_name("a").unwrap();
    let mut rig = Rig::new(&libvirtd.uri(), Settings::CALL_DEADLINE);
    rig.watch(&[(A, "a")]);
    rig.seen(A, VmState::ShutOff).await;
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    (libvirtd, rig, domain)
}

fn press(domain: &Domain, key: u32) {
    let mut keys = [key];
    domain.send_key(virt_sys::VIR_KEYCODE_SET_LINUX, 50, keys.as_mut_ptr(), 1, 0).unwrap();
}

/// Linux's numbers of the keys (input-event-codes.h).
const KEY_P: u32 = 25;
const KEY_F: u32 = 33;

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_guest_is_put_back_in_place_whatever_it_suffers_from() {
    let (libvirtd, mut rig, domain) = with_an_artwork().await;
    let pid = libvirtd.qemu_pid("a").expect("a runs");
    for illness in ["none", "suspended", "panicked", "frozen"] {
        match illness {
            "suspended" => {
                domain.suspend().unwrap();
                rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
            }
            "panicked" => {
                press(&domain, KEY_P);
                rig.seen(A, VmState::Crashed).await;
            }
            "frozen" => {
                press(&domain, KEY_F);
                rig.agent(false).await;
            }
            _ => {}
        }
        let began = Instant::now();
        assert_eq!(rig.act_and_wait(A, in_place("ready")).await, Ok(()), "{illness}");
        println!("in place, guest {illness}: {:?}", began.elapsed());
        assert_eq!(rig.info(A).state, VmState::Running, "{illness}");
        rig.agent(true).await;
        assert_eq!(libvirtd.qemu_pid("a"), Some(pid), "{illness}: the process is another one");
    }

    // Its clock is the snapshot's, until it is told the time.
    let guest_time = || -> u128 {
        let answer = domain.qemu_agent_command(r#"{"execute":"guest-get-time"}"#, 5, 0).unwrap();
        answer.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let host_time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    assert!(guest_time() < host_time);
    rig.handle.set_time(A);
    while guest_time() < host_time {
        rig.agent(true).await;
    }

    domain.suspend().unwrap();
    rig.seen(A, VmState::Paused(PauseReason::Suspended)).await;
    assert_eq!(rig.act_and_wait(A, VmAction::Resume).await, Ok(()));
    assert_eq!(rig.info(A).state, VmState::Running);
    assert_eq!(rig.act_and_wait(A, VmAction::Resume).await, Ok(()), "it runs already");

    // What cannot be done is refused, and nothing is touched.
    assert_eq!(rig.act_and_wait(A, in_place("never")).await, Err(Failure::SnapshotMissing));
    assert_eq!((rig.info(A).state, libvirtd.qemu_pid("a")), (VmState::Running, Some(pid)));
    let refused = |result: Result<(), Failure>, word: &str| {
        assert!(
            matches!(&result, Err(Failure::Refused(text) | Failure::NotInPlace(text)) if text.to_string().contains(word)),
            "{result:?}"
        );
    };
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    refused(rig.act_and_wait(A, in_place("ready")).await, "off");
    assert_eq!(rig.info(A).state, VmState::ShutOff);
    snapshot_by_hand(&domain, "off");
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    refused(rig.act_and_wait(A, in_place("off")).await, "memory");

    // A machine with other hardware than the snapshot's cannot take it in; a full revert brings that hardware back.
    let inactive = domain.xml_desc(virt_sys::VIR_DOMAIN_XML_INACTIVE).unwrap();
    let memory = inactive.split_once("<memory unit='KiB'>").unwrap().1.split_once('<').unwrap().0;
    let twice = (2 * memory.parse::<u64>().unwrap()).to_string();
    let other = inactive.replace(&format!(">{memory}</"), &format!(">{twice}</"));
    domain.connect().unwrap().define_domain_xml(&other).unwrap();
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    assert_eq!(rig.act_and_wait(A, VmAction::ColdStart { disks_of: None }).await, Ok(()));
    refused(rig.act_and_wait(A, in_place("ready")).await, "QEMU says");
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Ok(()));
    rig.agent(true).await;
    assert_eq!(rig.act_and_wait(A, in_place("ready")).await, Ok(()));

    // The snapshot's data are gone, and only QEMU knows: a full revert is refused as well.
    domain.qemu_monitor_command("delvm ready", virt_sys::VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP).unwrap();
    refused(rig.act_and_wait(A, in_place("ready")).await, "these have: none");
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn a_hung_qemu_is_ended_and_what_hung_on_it_as_well() {
    let (libvirtd, mut rig, domain) = with_an_artwork().await;
    let stop = || {
        let pid = libvirtd.qemu_pid("a").expect("a runs");
        rustix::process::kill_process(pid, Signal::STOP).unwrap();
        pid
    };
    let pid = stop();
    let hung = rig.act(A, in_place("ready"));
    assert_eq!(rig.act_and_wait(A, revert("ready")).await, Err(Failure::Busy), "this would wait as well");
    let began = Instant::now();
    let taken_over = rig.act(A, destroy_and_revert("ready"));
    assert_eq!(rig.act_and_wait(A, destroy_and_revert("ready")).await, Err(Failure::Busy), "one is enough");
    assert_eq!(rig.done(taken_over).await, Ok(()));
    println!("past a hung in-place revert in {:?}", began.elapsed());
    let ended = rig.done(hung).await;
    assert!(matches!(&ended, Err(Failure::Refused(_))), "{ended:?}");
    assert_eq!(rig.info(A).state, VmState::Running);
    assert_ne!(libvirtd.qemu_pid("a"), Some(pid));
    rig.agent(true).await;

    // A snapshot is not begun where QEMU does not answer.
    stop();
    let [new, ..] = replacement("ready", true);
    let refused = rig.act_and_wait(A, new).await.unwrap_err();
    assert!(refused.to_string().contains("has not answered"), "{refused}");
    assert_eq!(rig.act_and_wait(A, destroy_and_revert("ready")).await, Ok(()));

    // Where one hangs all the same, it gives way.
    stop();
    let other = domain.clone();
    let holder = std::thread::spawn(move || other.create_snapshot_xml("<domainsnapshot/>", 0).map(drop));
    while domain.job_info().is_ok_and(|job| job.r#type == virt_sys::VIR_DOMAIN_JOB_NONE.cast_signed()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.act_and_wait(A, destroy_and_revert("ready")).await, Ok(()));
    assert!(holder.join().unwrap().is_err());
    assert_eq!(rig.info(A).state, VmState::Running);
    rig.agent(true).await;
    // Nothing is left behind.
    rig.replace(A, "ready", true).await;
}

/// How long QEMU has for an answer where none will come.
const SOON: Duration = Duration::from_secs(2);
/// The same where one will come, at last.
const IN_TIME: Duration = Duration::from_secs(60);

/// How many threads of this test wait for the answer of a QEMU.
fn waiting_for_qemu() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "qemu-answers").count()
}

/// What libvirt says of its monitor, as `virsh domcontrol` has it.
fn control(libvirtd: &Libvirtd) -> String {
    let said = std::process::Command::new("virsh")
        .args(["-c", &libvirtd.uri(), "domcontrol", "a"])
        .output()
        .unwrap();
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
async fn a_qemu_that_stands_still_is_told_from_one_that_is_only_busy() {
    let (mut libvirtd, mut rig, domain) = with_an_artwork().await;
    let signal = |libvirtd: &Libvirtd, signal| {
        rustix::process::kill_process(libvirtd.qemu_pid("a").expect("a runs"), signal).unwrap();
    };
    assert_eq!(rig.qemu_answers(IN_TIME).await, Some(true));
    domain.suspend().unwrap();
    assert_eq!(rig.qemu_answers(IN_TIME).await, Some(true), "paused by staff");
    domain.resume().unwrap();

    // A stall that ends in time.
    signal(&libvirtd, Signal::STOP);
    let op = rig.ask_qemu(IN_TIME);
    while !control(&libvirtd).starts_with("occupied") {
        tokio::task::yield_now().await;
    }
    signal(&libvirtd, Signal::CONT);
    assert_eq!(rig.qemu_answer(op).await, Some(true));

    // libvirt's own work comes first: nothing is known meanwhile.
    signal(&libvirtd, Signal::STOP);
    let other = domain.clone();
    let holder = std::thread::spawn(move || other.create_snapshot_xml("<domainsnapshot/>", 0).map(drop));
    while !control(&libvirtd).contains("job") {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.qemu_answers(SOON).await, None, "a job of libvirt's");
    assert_eq!(rig.qemu_answers(SOON).await, None, "a job of libvirt's");
    signal(&libvirtd, Signal::CONT);
    holder.join().unwrap().unwrap();
    while rig.qemu_answers(IN_TIME).await != Some(true) {
        tokio::task::yield_now().await;
    }

    // A libvirtd that stands still or comes anew is not QEMU's fault.
    libvirtd.signal(Signal::STOP);
    assert_eq!(rig.qemu_answers(SOON).await, None, "a libvirtd that stands still");
    libvirtd.signal(Signal::CONT);
    while rig.qemu_answers(IN_TIME).await != Some(true) {
        tokio::task::yield_now().await;
    }
    libvirtd.kill();
    assert_eq!(rig.qemu_answers(SOON).await, None, "no libvirtd");
    libvirtd.launch();
    loop {
        match rig.qemu_answers(SOON).await {
            Some(true) => break,
            answers => assert_eq!(answers, None, "a new libvirtd"),
        }
    }

    // One that stands still for good, however often it is asked, and whatever was said of it: one thread waits.
    signal(&libvirtd, Signal::STOP);
    for _ in 0..5 {
        assert_eq!(rig.qemu_answers(SOON).await, Some(false));
        assert_eq!(waiting_for_qemu(), 1);
    }
    assert_eq!(rig.act_and_wait(A, destroy_and_revert("ready")).await, Ok(()), "it is in nobody's way");
    assert_eq!(rig.qemu_answers(IN_TIME).await, Some(true));
    while waiting_for_qemu() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.act_and_wait(A, VmAction::Destroy).await, Ok(()));
    assert_eq!(rig.qemu_answers(SOON).await, None, "there is none");
}

/// Needs the packages named in tests/common/libvirtd.rs.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute, which others' commands are given"]
async fn a_qemu_that_stood_still_before_libvirtd_came_is_found_as_well() {
    let (mut libvirtd, mut rig, _) = with_an_artwork().await;
    rustix::process::kill_process(libvirtd.qemu_pid("a").expect("a runs"), Signal::STOP).unwrap();
    libvirtd.kill();
    rig.down().await;
    libvirtd.launch();
    rig.up().await;
    while rig.qemu_answers(SOON).await != Some(false) {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.act_and_wait(A, destroy_and_revert("ready")).await, Ok(()));
    assert_eq!(rig.qemu_answers(IN_TIME).await, Some(true));
}

/// Figures of an idle adapter with 12 VMs; for people: `cargo test --test libvirt idle -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute and asserts nothing"]
async fn idle_costs() {
    let uri = "test:///default".to_owned();
    let poll = Duration::from_secs(5);
    let mut rig = Rig::with(Settings { uri, poll, call_deadline: Settings::CALL_DEADLINE });
    rig.up().await;
    let world = test_world();
    let names: Vec<_> = (0..12).map(|number| format!("idle{number}")).collect();
    let vms: Vec<_> = (0..).map(ExhibitId).zip(names.iter().map(String::as_str)).collect();
    for name in &names {
        define_test_vm(&world, name);
    }
    rig.watch(&vms);
    let ticks = || -> u64 {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    let before = ticks();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let memory = status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("Rss"));
    println!("CPU: {} ticks of 10 ms in 60 s; {:?}", ticks() - before, memory.collect::<Vec<_>>());
}
