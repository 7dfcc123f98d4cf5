use super::*;
use crate::doctor::facts::host::{Starts, TroubleKind};

#[test]
fn a_release_and_a_clock_are_read() {
    let found =
        system::release("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\nVERSION_ID=\"12\"\n");
    assert_eq!((found.id.as_str(), found.version.as_str()), ("debian", "12"));
    let time =
        system::time_of("Timezone=Europe/Berlin\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=no\n");
    assert!(time.can_be_kept && time.kept && !time.synchronised && !time.rtc_is_local);
    assert_eq!(time.zone, "Europe/Berlin");
    let keys =
        system::keys_of("s \"poweroff\"\ns \"ignore\"\ns \"hibernate\"\ns \"suspend\"\ns \"ignore\"\n")
            .unwrap();
    assert_eq!((keys.power.as_str(), keys.lid.as_str()), ("poweroff", "suspend"));
    assert_eq!(system::keys_of("s \"poweroff\"\n"), None);
}

#[test]
fn what_the_installer_tells_grub_is_read() {
    let text = format!(
        "GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n{}{}",
        include_str!("../../../deploy/system/grub.cfg"),
        include_str!("../../../deploy/system/grub-fsck.cfg")
    );
    let grub = system::grub_of(&text);
    assert_eq!((grub.wait, grub.wait_after_failure), (Some(5), Some(3)));
    assert_eq!(grub.kernel.split_whitespace().collect::<Vec<_>>(), ["quiet", "fsck.repair=yes"]);
    assert_eq!(system::grub_of("#GRUB_TIMEOUT=1\nGRUB_TIMEOUT='-1'\n").wait, Some(-1));
}

#[test]
fn starts_are_counted_by_their_days() {
    // 2026-11-29 is day 20,786 since 1970.
    let text = "IDX BOOT ID FIRST ENTRY LAST ENTRY\n\
                -2 0123456789abcdef0123456789abcdef Sun 2026-11-22 10:00:00 UTC Sun 2026-11-22 11:00:00 UTC\n\
                -1 0123456789abcdef0123456789abcdef Mon 2026-11-23 10:00:00 UTC—Sun 2026-11-29 11:00:00 UTC\n \
                0 0123456789abcdef0123456789abcdef Sun 2026-11-29 12:00:00 UTC—Sun 2026-11-29 13:00:00 UTC\n";
    assert_eq!(system::starts_of(text, 20_786), Starts { today: 1, week: 2 });
    assert_eq!(system::starts_of("1 x Thu 1970-01-01 1970-01-01\n", 0), Starts { today: 1, week: 1 });
}

#[test]
fn spans_of_systemd_are_read() {
    for (text, expected) in
        [("30s", Some(30)), ("1min 30s", Some(90)), ("0", None), ("infinity", None), ("", None)]
    {
        assert_eq!(system::span(text), expected.map(Duration::from_secs), "{text}");
    }
}

#[test]
fn a_name_is_found_in_files_or_by_the_resolver() {
    for (hosts, switch, expected) in [
        ("127.0.1.1 kiosk.museum kiosk\n", "hosts: files dns\n", true),
        ("127.0.0.1 localhost\n", "hosts: files dns\n", false),
        ("127.0.0.1 localhost # kiosk\n", "hosts: files myhostname\n", true),
    ] {
        assert_eq!(system::knows(hosts, switch, "kiosk"), expected, "{hosts}{switch}");
    }
}

#[test]
fn the_kernels_complaints_are_told_apart() {
    use TroubleKind::{
        Crash, Disk, FileSystem, Graphics, Hardware, Heat, Kernel, KvmOff, Memory, PowerCut, Refused, Sleep,
    };
    let rows: &[(&str, Option<(TroubleKind, &str)>)] = &[
        ("blk_update_request: I/O error, dev sda, sector 12345 op 0x0:(READ)", Some((Disk, "sda"))),
        ("I/O error, dev sr0, sector 0 op 0x0:(READ) flags 0x0", None),
        ("nvme nvme0: I/O timeout, aborting", Some((Disk, "nvme"))),
        ("EXT4-fs error (device sda2): ext4_find_entry:1455: inode #2: comm ls", Some((FileSystem, "sda2"))),
        ("EXT4-fs (sda2): Remounting filesystem read-only", Some((FileSystem, "sda2"))),
        ("EXT4-fs (sda2): recovery complete", Some((PowerCut, "sda2"))),
        ("EXT4-fs (sda2): mounted filesystem with ordered data mode", None),
        ("Out of memory: Killed process 99 (firefox) total-vm:1kB", Some((Memory, "firefox"))),
        (
            "mce: CPU0: Core temperature above threshold, cpu clock throttled (total events = 1)",
            Some((Heat, "")),
        ),
        ("mce: CPU0: Core temperature/speed normal", None),
        ("mce: [Hardware Error]: Machine check events logged", Some((Hardware, ""))),
        ("EDAC MC0: 1 CE memory read error on CPU_SrcID#0", Some((Hardware, ""))),
        ("qemu-system-x86[123]: segfault at 0 ip 0 sp 0 error 4", Some((Crash, "qemu-system-x86"))),
        ("thumbnailer[123]: segfault at 0 ip 0 sp 0 error 4", None),
        ("traps: Xorg[44] general protection fault ip:0", Some((Crash, "Xorg"))),
        ("i915 0000:00:02.0: [drm] GPU HANG: ecode 9:1:85dffffb", Some((Graphics, ""))),
        ("INFO: task jbd2/sda2-8:321 blocked for more than 120 seconds.", Some((Kernel, ""))),
        ("PM: suspend entry (deep)", Some((Sleep, ""))),
        ("kvm: disabled by bios", Some((KvmOff, ""))),
        ("kvm_intel: VMX (outside TXT) disabled by BIOS", Some((KvmOff, ""))),
        (
            "audit: type=1400 apparmor=\"DENIED\" operation=\"open\" profile=\"libvirt-1\" name=\"/srv/a.qcow2\" pid=1",
            Some((Refused, "/srv/a.qcow2 (libvirt-1)")),
        ),
        ("audit: type=1400 apparmor=\"DENIED\" operation=\"open\" profile=\"cupsd\" name=\"/a\" pid=1", None),
        ("usb 1-1: new high-speed USB device number 2", None),
    ];
    for (line, expected) in rows {
        let found = kernel_log::of(line);
        let found = found.first().map(|one| (one.kind, one.about.as_str()));
        match (found, expected) {
            (Some((kind, about)), Some((expected, name))) => {
                assert_eq!(kind, *expected, "{line}");
                assert!(about.starts_with(name), "{line}: {about}");
            }
            (found, expected) => assert_eq!(found, *expected, "{line}"),
        }
    }
}

#[test]
fn a_vm_that_was_killed_for_memory_is_named() {
    let text = "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=emulator,mems_allowed=0,global_oom,\
                task_memcg=/machine.slice/machine-qemu\\x2d3\\x2deden\\x2dgarden.scope/libvirt/emulator,\
                task=qemu-system-x86,pid=9,uid=64055\n\
                Out of memory: Killed process 9 (qemu-system-x86) total-vm:4kB, anon-rss:3kB\n";
    let found = kernel_log::of(&format!("{text}{text}"));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].about.as_str(), found[0].count), ("qemu-system-x86 (VM eden-garden)", 2));
    assert_eq!(kernel_log::vm_of("/user.slice/user-1000.slice"), None);
}

#[test]
fn what_keeps_the_next_start_and_what_has_crashed_is_found() {
    let fstab = "# a comment\nUUID=1 / ext4 errors=remount-ro 0 1\nUUID=2 /data ext4 defaults 0 2\n\
                 UUID=3 /usb ext4 nofail 0 2\n/dev/sdc1 /film ext4\nLABEL=a\\040b /x ext4\nUUID=4 none swap sw 0 0\n\
                 server:/x /net nfs defaults 0 0\n";
    let missing =
        files::missing_of(&crate::ground::mounts::entries_of(fstab), |path| path == "/dev/disk/by-uuid/1");
    assert_eq!(missing, ["/data (UUID=2)", "/film (/dev/sdc1)"]);
    assert_eq!(files::crashed("core.qemu-system-x86.64055.abc.1.2.zst").as_deref(), Some("qemu-system-x86"));
    assert_eq!(files::crashed("_usr_bin_virt-viewer.1000.crash").as_deref(), Some("virt-viewer"));
    assert_eq!(files::crashed("lock"), None);
}

#[test]
fn what_disks_say_of_themselves_is_read() {
    let of = |text: &str| disks::disk_of("/dev/sda", &serde_json::from_str(text).unwrap());
    let disk =
        of(r#"{"device":{"name":"/dev/sda"},"smart_status":{"passed":true},"ata_smart_attributes":{"table":[
        {"id":5,"raw":{"value":8}},{"id":197,"raw":{"value":2}},{"id":198,"raw":{"value":1}}]}}"#)
        .unwrap();
    assert_eq!((disk.passed, disk.replaced, disk.unreadable, disk.used), (Some(true), 8, 3, None));
    let disk = of(r#"{"device":{"name":"x"},"smart_status":{"passed":false},
        "nvme_smart_health_information_log":{"percentage_used":93,"media_errors":4}}"#)
    .unwrap();
    assert_eq!((disk.passed, disk.unreadable, disk.used), (Some(false), 4, Some(93)));
    assert_eq!(of("{}"), None);
}

#[test]
fn what_is_done_without_anybody_is_read() {
    let text = "APT::Periodic::Unattended-Upgrade \"1\";\nUnattended-Upgrade::Automatic-Reboot \"true\";\n\
                Unattended-Upgrade::Automatic-Reboot-Time \"02:00\";\n";
    let found = updates::updates_of(text);
    assert!(found.unattended);
    assert_eq!(found.restart.as_deref(), Some("02:00"));
    let found = updates::updates_of("APT::Periodic::Unattended-Upgrade \"0\";\n");
    assert!(!found.unattended && found.restart.is_none());
    let ours = include_str!("../../../deploy/system/needrestart.conf");
    for (text, ubuntu, expected) in [
        ("", false, (false, false)),
        ("", true, (true, false)),
        ("#$nrconf{restart} = 'i';\n$nrconf{restart} = 'a';\n", false, (true, false)),
        ("$nrconf{restart} = 'l';\n", true, (false, false)),
        (ours, true, (true, true)),
    ] {
        assert_eq!(updates::needrestart(text, ubuntu), expected, "{text}");
    }
}

#[test]
fn packages_are_read() {
    let found = updates::packages_of(
        "ii \tqemu\tqemu-system-x86\t1:7.2+dfsg-7+b1\nii \tqemu\tqemu-utils\t1:7.2+dfsg-7\niU \tbash\tbash\t5\n\
         rc \told\told\t1\nii \tlibvirt\tlibvirt0\t11.3.0-2~bpo12+1\nii \tlibvirt-python\tpython3-libvirt\t9\n",
    );
    assert_eq!(found.broken, ["bash"]);
    let version = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(
        found.versions,
        [
            version("qemu-system-x86", "1:7.2+dfsg-7"),
            version("qemu-utils", "1:7.2+dfsg-7"),
            version("libvirt0", "11.3.0-2~bpo12+1")
        ]
    );
}

/// On whatever computer this is: it comes to an end, and the areas that are found out about here do so soon.
#[test]
fn facts_of_this_computer_are_gathered() {
    use crate::doctor::{Area, Verdict};
    let areas = [Area::Host, Area::Kvm, Area::Permissions, Area::Performance];
    let asked = crate::ground::Asked {
        settings: Err(told!("it was not asked for")),
        file: None,
        uri: "test:///default".to_owned(),
        exhibits: Vec::new(),
        user: crate::ground::User { name: "root".to_owned(), uid: 0, home: "/root".into() },
        status: Err(told!("it was not asked for")),
        areas: areas.into(),
    };
    let mut heard = Vec::new();
    let facts = crate::ground::gather(asked, |area| heard.push(area));
    assert_eq!(heard.len(), areas.len());
    for finding in crate::doctor::examine(&facts, &areas.into()) {
        if finding.verdict != Verdict::Well {
            // Seen with --nocapture.
            eprintln!("{:8} {:28} {}", finding.verdict.code(), finding.check.code, finding.evidence);
        }
    }
}
