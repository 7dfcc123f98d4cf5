use super::*;
use crate::core::types::{SnapshotKind, Snapshots as Family};
use crate::doctor::facts::disk_image::{Header, Inner, Place};
use crate::doctor::facts::snapshot::{Kept, Machine, Snapshots};
use crate::doctor::{Judged, Look, Site, Verdict};

/// What a check says where this is wrong.
fn said(code: &str, spoil: impl Fn(&mut Exhibit)) -> Fact<Judged> {
    let mut exhibit = Exhibit::well();
    spoil(&mut exhibit);
    let check = CHECKS.iter().find(|check| check.code == code).unwrap();
    let Look::Exhibit(look) = check.look else { panic!("{code} is an exhibit's") };
    look(&Site::well(), &exhibit)
}

fn family(snapshots: &mut Snapshots) -> &mut Family {
    snapshots.family.as_mut().unwrap()
}

fn ready(exhibit: &mut Exhibit) -> &mut Known {
    &mut exhibit.snapshot.known.as_mut().unwrap()[0]
}

fn disk(exhibit: &mut Exhibit) -> &mut Part {
    &mut exhibit.snapshot.images.as_mut().unwrap()[0]
}

fn inner(exhibit: &mut Exhibit) -> &mut Vec<Inner> {
    &mut disk(exhibit).header.as_mut().unwrap().snapshots
}

fn place(exhibit: &mut Exhibit) -> &mut Place {
    disk(exhibit).place.as_mut().unwrap()
}

fn now(exhibit: &mut Exhibit) -> &mut Machine {
    exhibit.snapshot.now.as_mut().unwrap().as_mut().unwrap()
}

/// Another disk, or the firmware's memory where it has no target.
fn add(exhibit: &mut Exhibit, target: &str, change: impl Fn(&mut Part)) {
    let mut part = Part { target: target.into(), path: "/srv/other".into(), ..disk(exhibit).clone() };
    change(&mut part);
    exhibit.snapshot.images.as_mut().unwrap().push(part);
}

fn is_now(exhibit: &mut Exhibit, kind: SnapshotKind) {
    let changed = Snapshot { kind, ..Snapshot::made_by_vitrine("ready") };
    family(&mut exhibit.snapshot).insert(changed);
}

/// The snapshot has another name, for libvirt and in the images.
fn rename(exhibit: &mut Exhibit, name: &str) {
    *family(&mut exhibit.snapshot) = Family::from_iter([Snapshot::made_by_vitrine(name)]);
    ready(exhibit).name = name.into();
    inner(exhibit)[0].name = name.into();
}

type Spoil = fn(&mut Exhibit);

#[test]
fn each_check_sees_what_is_wrong() {
    use Verdict::{Advice, Ill, Warning};
    let rows: &[(&str, Spoil, Verdict, &[Means])] = &[
        ("snapshot.exists", |exhibit| *family(&mut exhibit.snapshot) = Family::default(), Ill, NO_REVERT),
        ("snapshot.exists", |exhibit| exhibit.settings.snapshot = "first".into(), Ill, NO_REVERT),
        ("snapshot.name", |exhibit| exhibit.settings.snapshot = "12".into(), Warning, &[]),
        ("snapshot.name", |exhibit| exhibit.settings.snapshot = "1".into(), Ill, NO_REVERT),
        ("snapshot.name", |exhibit| exhibit.settings.snapshot = "a/b".into(), Warning, &[]),
        ("snapshot.name", |exhibit| exhibit.settings.snapshot = "a.new".into(), Warning, &[]),
        ("snapshot.whole", |exhibit| inner(exhibit).clear(), Ill, NO_REVERT),
        ("snapshot.whole", |exhibit| inner(exhibit)[0].state_size = 0, Ill, NO_REVERT),
        (
            "snapshot.whole",
            |exhibit| {
                ready(exhibit).disks.push(Kept { target: "vdb".into(), internal: true });
                add(exhibit, "vdb", |part| {
                    part.header = Ok(Header { snapshots: Vec::new(), ..Header::well() })
                });
            },
            Ill,
            NO_REVERT,
        ),
        (
            "snapshot.firmware",
            |exhibit| {
                add(exhibit, "", |part| part.header = Ok(Header { snapshots: Vec::new(), ..Header::well() }))
            },
            Ill,
            NO_REVERT,
        ),
        (
            "snapshot.unknown-to-libvirt",
            |exhibit| *family(&mut exhibit.snapshot) = Family::default(),
            Warning,
            &[],
        ),
        (
            "snapshot.unknown-to-libvirt",
            |exhibit| inner(exhibit).push(Inner { name: "old".into(), ..Inner::default() }),
            Advice,
            &[],
        ),
        (
            "snapshot.external",
            |exhibit| {
                is_now(exhibit, SnapshotKind::External);
                exhibit.snapshot.version = Ok(11_003_000);
            },
            Warning,
            &[Means::RevertInPlace, Means::Snapshot],
        ),
        (
            "snapshot.external",
            |exhibit| is_now(exhibit, SnapshotKind::External),
            Ill,
            &[Means::Revert, Means::RevertInPlace, Means::Snapshot],
        ),
        (
            "snapshot.external",
            |exhibit| {
                let kind = SnapshotKind::External;
                let above =
                    Snapshot { kind, parent: Some("ready".into()), ..Snapshot::made_by_vitrine("above") };
                family(&mut exhibit.snapshot).insert(above);
            },
            Warning,
            &[Means::Snapshot],
        ),
        ("snapshot.spared", |exhibit| ready(exhibit).disks[0].internal = false, Ill, &[]),
        ("snapshot.files", |exhibit| ready(exhibit).missing = Ok(vec!["/mem".into()]), Ill, &[Means::Revert]),
        ("snapshot.copy", |exhibit| rename(exhibit, "ready.new"), Warning, &[]),
        (
            "snapshot.left",
            |exhibit| family(&mut exhibit.snapshot).insert(Snapshot::made_by_vitrine("ready.new")),
            Advice,
            &[],
        ),
        ("snapshot.memory", |exhibit| is_now(exhibit, SnapshotKind::DisksOnly), Warning, NOT_IN_PLACE),
        (
            "snapshot.memory",
            |exhibit| {
                is_now(exhibit, SnapshotKind::External);
                ready(exhibit).state = "shutoff".into();
            },
            Warning,
            NOT_IN_PLACE,
        ),
        ("snapshot.state", |exhibit| ready(exhibit).state = "paused".into(), Advice, &[]),
        ("snapshot.disks", |exhibit| disk(exhibit).path = "/moved".into(), Warning, &[]),
        (
            "snapshot.disks",
            |exhibit| {
                ready(exhibit).missing = Ok(vec![disk(exhibit).path.clone()]);
                disk(exhibit).path = "/moved".into();
            },
            Ill,
            &[Means::Revert],
        ),
        ("snapshot.disks", |exhibit| add(exhibit, "vdb", |_| {}), Warning, NOT_IN_PLACE),
        (
            "snapshot.disks",
            |exhibit| ready(exhibit).disks.push(Kept { target: "vdb".into(), internal: true }),
            Warning,
            NOT_IN_PLACE,
        ),
        ("snapshot.changed", |exhibit| now(exhibit).memory = 1 << 30, Warning, NOT_IN_PLACE),
        ("snapshot.changed", |exhibit| now(exhibit).kind = "pc-q35-10.0".into(), Warning, NOT_IN_PLACE),
        (
            "snapshot.changed",
            |exhibit| exhibit.snapshot.next.as_mut().unwrap().as_mut().unwrap().vcpus = 4,
            Warning,
            &[],
        ),
        ("snapshot.machine", |exhibit| ready(exhibit).machine.kind = "pc-q35-11.0".into(), Ill, NO_REVERT),
        ("snapshot.processor", |exhibit| ready(exhibit).machine.vendor = Some("AMD".into()), Ill, NO_REVERT),
        ("snapshot.age", |exhibit| ready(exhibit).made = exhibit.snapshot.clock + 2 * 86_400, Warning, &[]),
        (
            "snapshot.age",
            |exhibit| {
                ready(exhibit).made = 1_600_000_000;
                exhibit.settings.set_time = false;
            },
            Advice,
            &[],
        ),
        (
            "snapshot.current",
            |exhibit| {
                ready(exhibit).current = false;
                let other = Known { name: "other".into(), current: true, ..ready(exhibit).clone() };
                exhibit.snapshot.known.as_mut().unwrap().push(other);
            },
            Advice,
            &[],
        ),
        (
            "snapshot.possible",
            |exhibit| disk(exhibit).said = "raw".into(),
            Warning,
            &[Means::Snapshot, Means::RevertInPlace],
        ),
        (
            "snapshot.possible",
            |exhibit| {
                add(exhibit, "", |part| part.said = "raw".into());
                *family(&mut exhibit.snapshot) = Family::default();
            },
            Ill,
            &[Means::Snapshot, Means::RevertInPlace],
        ),
        ("snapshot.room", |exhibit| place(exhibit).free = 1 << 30, Warning, &[]),
        ("snapshot.room", |exhibit| place(exhibit).free = 1 << 20, Warning, &[Means::Snapshot]),
        ("snapshot.time", |exhibit| inner(exhibit)[0].state_size = 8 << 30, Advice, &[]),
        (
            "snapshot.time",
            |exhibit| {
                inner(exhibit)[0].state_size = 1 << 30;
                place(exhibit).turns = Ok(true);
            },
            Advice,
            &[],
        ),
        (
            "snapshot.time",
            |exhibit| {
                inner(exhibit)[0].state_size = 8 << 30;
                disk(exhibit).cache = "none".into();
            },
            Advice,
            &[],
        ),
        (
            "snapshot.count",
            |exhibit| {
                for number in 0..11 {
                    family(&mut exhibit.snapshot).insert(Snapshot::made_by_vitrine(&format!("s{number}")));
                }
            },
            Advice,
            &[],
        ),
    ];
    for (code, spoil, expected, means) in rows {
        match said(code, spoil).unwrap() {
            Judged::Not { verdict, rules_out, .. } => {
                assert_eq!((verdict, rules_out), (*expected, *means), "{code}");
            }
            other => panic!("{code}: {other:?}"),
        }
    }
    let missing: Vec<_> =
        CHECKS.iter().map(|check| check.code).filter(|code| !rows.iter().any(|row| row.0 == *code)).collect();
    assert!(missing.is_empty(), "no row: {missing:?}");
}

#[test]
fn what_is_as_it_should_be_is_well() {
    let rows: &[(&str, Spoil)] = &[
        ("snapshot.firmware", |exhibit| add(exhibit, "", |_| {})),
        // The memory may lie in the firmware's image.
        ("snapshot.whole", |exhibit| {
            add(exhibit, "", |_| {});
            inner(exhibit)[0].state_size = 0;
        }),
        ("snapshot.processor", |exhibit| ready(exhibit).machine.vendor = Some("Intel".into())),
        ("snapshot.age", |exhibit| {
            ready(exhibit).made = 1_600_000_000;
            exhibit.settings.set_time = true;
        }),
        // The VM is off, and is as it was.
        ("snapshot.changed", |exhibit| exhibit.snapshot.now = Ok(None)),
        // What snapshots leave out may be raw.
        ("snapshot.possible", |exhibit| {
            add(exhibit, "vdb", |part| {
                part.said = "raw".into();
                part.kept = false;
            });
        }),
    ];
    assert_eq!(said("snapshot.spared", |_| {}), Ok(Judged::Beside));
    let over = said("snapshot.spared", |exhibit| {
        ready(exhibit).disks[0].internal = false;
        disk(exhibit).path = "/over".into();
    });
    assert!(matches!(over, Ok(Judged::Well(_))), "{over:?}");
    // An external one above it has the VM go on in another image.
    assert_eq!(said("snapshot.whole", |exhibit| disk(exhibit).path = "/above".into()), Ok(Judged::Beside));
    for (code, spoil) in rows {
        assert!(matches!(said(code, spoil), Ok(Judged::Well(_))), "{code}: {:?}", said(code, spoil));
    }
}

#[test]
fn what_the_images_say_must_be_known() {
    let why = || told!("it was not asked for");
    for code in ["snapshot.whole", "snapshot.unknown-to-libvirt", "snapshot.time"] {
        assert_eq!(said(code, |exhibit| disk(exhibit).header = Err(why())), Err(why()), "{code}");
    }
    assert_eq!(said("snapshot.room", |exhibit| disk(exhibit).place = Err(why())), Err(why()));
}
