use super::*;
use crate::doctor::facts::disk_image::{
    Barrier, Growth, Header, Images, Inner, Kind, Left, Place, PoolUse, QemuUser, Shared, Stat, There,
};
use crate::doctor::{Look, Means, Site};
use crate::words::told;

/// What a check says where this is wrong.
fn said(code: &str, spoil: impl Fn(&mut Images)) -> Fact<Judged> {
    let mut exhibit = Exhibit::well();
    spoil(&mut exhibit.image);
    let check = CHECKS.iter().find(|check| check.code == code).unwrap();
    let Look::Exhibit(look) = check.look else { panic!("{code} is an exhibit's") };
    look(&Site::well(), &exhibit)
}

fn first(images: &mut Images) -> &mut Image {
    &mut images.images.as_mut().unwrap()[0]
}

fn place(images: &mut Images) -> &mut Place {
    first(images).place.as_mut().unwrap()
}

fn header(images: &mut Images) -> &mut Header {
    first(images).header.as_mut().unwrap()
}

fn stat(images: &mut Images) -> &mut Stat {
    match &mut first(images).there {
        Ok(There::Something(stat)) => stat,
        _ => panic!("it is there"),
    }
}

fn add(images: &mut Images, part: Part, change: impl Fn(&mut Image)) {
    let mut image = Image { path: "/srv/other".into(), part, ..Image::well() };
    change(&mut image);
    images.images.as_mut().unwrap().push(image);
}

/// An image below the first one.
fn below(images: &mut Images, change: impl Fn(&mut Image)) {
    let above = first(images).path.clone();
    add(images, Part::Below(above), |image| {
        image.written = false;
        image.device = String::new();
        change(image);
    });
}

fn barrier(has_acl: bool, is_private: bool) -> Barrier {
    Barrier { folder: "/home/kiosk".into(), mode: 0o700, has_acl, can_be_set: true, is_private }
}

fn pool(state: Option<(bool, bool)>) -> PoolUse {
    PoolUse { pool: "vms".into(), volume: "eden.qcow2".into(), state }
}

const NEVER: &[Means] = &[Means::Start, Means::Revert];

type Spoil = fn(&mut Images);

#[test]
fn each_check_sees_what_is_wrong() {
    use Verdict::{Advice, Ill, Warning};
    let rows: &[(&str, Spoil, Verdict, &[Means])] = &[
        ("image.exists", |images| first(images).there = Ok(There::Nothing), Ill, NEVER),
        ("image.exists", |images| first(images).there = Ok(There::DeadLink("/x".into())), Ill, NEVER),
        (
            "image.exists",
            |images| {
                first(images).there = Ok(There::Nothing);
                first(images).unmounted = Ok(Some("/vms".into()));
            },
            Ill,
            NEVER,
        ),
        (
            "image.exists",
            |images| {
                first(images).there = Ok(There::Nothing);
                first(images).device = "cdrom".into();
            },
            Ill,
            NEVER,
        ),
        (
            "image.exists",
            |images| add(images, Part::Firmware, |image| image.there = Ok(There::Nothing)),
            Ill,
            NEVER,
        ),
        ("image.kind", |images| stat(images).kind = Kind::Folder, Ill, NEVER),
        ("image.kind", |images| stat(images).kind = Kind::Other, Ill, NEVER),
        ("image.path", |images| first(images).barrier = Ok(Some(barrier(false, true))), Ill, NEVER),
        (
            "image.path",
            |images| below(images, |image| image.barrier = Ok(Some(barrier(false, false)))),
            Ill,
            NEVER,
        ),
        (
            "image.rights",
            |images| {
                first(images).access = Ok((true, false));
                images.user.as_mut().unwrap().is_given = Ok(false);
            },
            Ill,
            NEVER,
        ),
        ("image.pool", |images| images.pools = Ok(vec![pool(None)]), Ill, NEVER),
        ("image.pool", |images| images.pools = Ok(vec![pool(Some((false, true)))]), Ill, NEVER),
        ("image.pool", |images| images.pools = Ok(vec![pool(Some((true, false)))]), Warning, &[]),
        (
            "image.locked",
            |images| {
                images.runs = Ok(false);
                first(images).held = Ok(Some("qemu-img (7)".into()));
            },
            Ill,
            NEVER,
        ),
        (
            "image.locked",
            |images| {
                images.runs = Ok(false);
                first(images).held = Ok(Some(String::new()));
            },
            Ill,
            NEVER,
        ),
        (
            "image.shared",
            |images| images.shared = Ok(vec![Shared { path: "/a".into(), vm: "other".into(), runs: false }]),
            Warning,
            &[],
        ),
        (
            "image.shared",
            |images| {
                images.runs = Ok(false);
                images.shared = Ok(vec![Shared { path: "/a".into(), vm: "other".into(), runs: true }]);
            },
            Ill,
            NEVER,
        ),
        (
            "image.nvram",
            |images| add(images, Part::Nvram, |image| image.there = Ok(There::Nothing)),
            Warning,
            &[],
        ),
        ("image.format", |images| header(images).format = "raw".into(), Ill, NEVER),
        ("image.format", |images| first(images).said = Some("raw".into()), Ill, &[]),
        ("image.format", |images| first(images).said = None, Ill, &[]),
        ("image.format", |images| below(images, |image| image.said = Some("raw".into())), Ill, &[]),
        ("image.backing", |images| below(images, |image| image.there = Ok(There::Nothing)), Ill, NEVER),
        ("image.backing-format", |images| below(images, |image| image.said = None), Advice, &[]),
        (
            "image.backing-format",
            |images| {
                below(images, |image| {
                    image.said = None;
                    image.header.as_mut().unwrap().backing = Some("base".into());
                });
            },
            Ill,
            NEVER,
        ),
        (
            "image.chain",
            |images| {
                let mut above = first(images).path.clone();
                for number in 0..6 {
                    let path = format!("/chain/{number}");
                    add(images, Part::Below(above.clone()), |image| image.path.clone_from(&path));
                    above = path;
                }
            },
            Advice,
            &[],
        ),
        ("image.corrupt", |images| header(images).corrupt = true, Ill, NEVER),
        (
            "image.closed",
            |images| {
                images.runs = Ok(false);
                header(images).dirty = true;
            },
            Advice,
            &[],
        ),
        ("image.version", |images| header(images).version = 2, Advice, &[]),
        ("image.room", |images| place(images).free = 0, Ill, &[Means::Snapshot]),
        ("image.room", |images| place(images).free = 1 << 29, Warning, &[]),
        ("image.room", |images| place(images).free = 9 << 30, Warning, &[]),
        ("image.inodes", |images| place(images).files_free = 0, Ill, &[]),
        ("image.inodes", |images| place(images).files_free = 9_000, Warning, &[]),
        ("image.overcommit", |images| growth(images).growth = 300 << 30, Advice, &[]),
        (
            "image.overcommit",
            |images| *growth(images) = Growth { free: 8 << 30, growth: 9 << 30, ..growth(images).clone() },
            Warning,
            &[],
        ),
        (
            "image.left",
            |images| images.left = Ok(vec![Left { path: "/old.qcow2".into(), allocated: 7 }]),
            Advice,
            &[],
        ),
        (
            "image.read-only",
            |images| place(images).read_only = true,
            Ill,
            &[Means::Start, Means::Revert, Means::RevertInPlace, Means::Snapshot],
        ),
        ("image.network-share", |images| place(images).kind = "nfs4".into(), Warning, &[]),
        ("image.memory-only", |images| place(images).kind = "tmpfs".into(), Warning, &[]),
        ("image.fat", |images| place(images).kind = "vfat".into(), Ill, &[Means::Snapshot]),
        (
            "image.fat",
            |images| {
                place(images).kind = "vfat".into();
                stat(images).size = 1 << 30;
            },
            Warning,
            &[],
        ),
        ("image.mount", |images| place(images).by_hand = true, Warning, &[]),
        ("image.folder", |images| first(images).path = "/tmp/a.qcow2".into(), Warning, &[]),
        ("image.folder", |images| first(images).path = "/home/kiosk/a.qcow2".into(), Advice, &[]),
        ("image.copy-on-write", |images| place(images).kind = "btrfs".into(), Advice, &[]),
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

fn growth(images: &mut Images) -> &mut Growth {
    &mut images.growth.as_mut().unwrap()[0]
}

#[test]
fn what_is_as_it_should_be_is_well() {
    let rows: &[(&str, Spoil)] = &[
        ("image.pool", |images| images.pools = Ok(vec![pool(Some((true, true)))])),
        ("image.nvram", |images| add(images, Part::Nvram, |_| {})),
        ("image.backing", |images| below(images, |_| {})),
        ("image.backing-format", |images| below(images, |_| {})),
        ("image.chain", |images| below(images, |_| {})),
        // libvirt gives it to QEMU.
        ("image.rights", |images| first(images).access = Ok((false, false))),
        // Its guest is at work.
        ("image.locked", |images| first(images).held = Ok(Some("qemu".into()))),
        ("image.closed", |images| images.runs = Ok(false)),
        ("image.locked", |images| images.runs = Ok(false)),
        // A large disk of which a twentieth is much.
        ("image.room", |images| {
            *place(images) = Place { total: 8 << 40, free: 30 << 30, ..place(images).clone() }
        }),
        // btrfs and others that set no bound.
        ("image.inodes", |images| (place(images).files, place(images).files_free) = (0, 0)),
        ("image.copy-on-write", |images| {
            place(images).kind = "btrfs".into();
            place(images).no_cow = true;
        }),
        // A CD-ROM may be anything.
        ("image.format", |images| {
            add(images, Part::Disk("sda".into()), |image| {
                image.device = "cdrom".into();
                image.said = Some("raw".into());
            });
        }),
        ("image.exists", |images| {
            add(images, Part::Disk("sda".into()), |image| {
                image.optional = true;
                image.there = Ok(There::Nothing);
            });
        }),
    ];
    for (code, spoil) in rows {
        assert!(matches!(said(code, spoil), Ok(Judged::Well(_))), "{code}: {:?}", said(code, spoil));
    }
    assert_eq!(said("image.copy-on-write", |_| {}), Ok(Judged::Beside));
    assert_eq!(said("image.closed", |_| {}), Ok(Judged::Beside));
}

#[test]
fn what_is_not_known_of_one_image_is_not_well() {
    let why = || told!("it was not asked for");
    assert_eq!(said("image.format", |images| first(images).header = Err(why())), Err(why()));
    assert_eq!(said("image.exists", |images| first(images).there = Err(why())), Err(why()));
    // Unless another is worse.
    let worse = said("image.format", |images| {
        add(images, Part::Nvram, |image| image.header = Err(why()));
        header(images).format = "raw".into();
    });
    assert!(matches!(worse, Ok(Judged::Not { .. })));
    // Nor who is given what.
    let unknown = said("image.rights", |images| {
        first(images).access = Ok((false, false));
        images.user = Ok(QemuUser { name: "x".into(), uid: 1, is_given: Err(why()) });
    });
    assert_eq!(unknown, Err(why()));
}

#[test]
fn a_folder_is_opened_only_where_that_can_be_taken_back() {
    for (has_acl, is_private, commands, is_safe) in
        [(false, true, 1, true), (true, true, 1, false), (false, false, 0, false)]
    {
        let said =
            said("image.path", |images| first(images).barrier = Ok(Some(barrier(has_acl, is_private))));
        let Ok(Judged::Not { remedy, .. }) = said else { panic!("it is ill") };
        assert_eq!((remedy.commands.len(), remedy.is_safe()), (commands, is_safe));
    }
}

#[test]
fn sizes_are_short() {
    for (bytes, text) in [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (20 << 30, "20 GiB"),
        (9 << 39, "4.5 TiB"),
        (10 << 20, "10 MiB"),
    ] {
        assert_eq!(size(bytes), text);
    }
    let _ = Inner::default();
}
