use super::*;

#[test]
fn what_the_kernel_counts_is_read() {
    assert_eq!(load_of("0.20 1.50 12.07 2/345 6789\n").unwrap(), (150, 1207));
    assert!(load_of("nothing").is_err());
    let text =
        "some avg10=3.64 avg60=9.75 avg300=2.54 total=275\nfull avg10=0.00 avg60=1.00 avg300=0.00 total=0\n";
    assert_eq!(
        (waited_of(text, "some"), waited_of(text, "full"), waited_of("", "some")),
        (Some(9), Some(1), None)
    );
    let text =
        "MemTotal: 2000 kB\nMemFree: 1 kB\nMemAvailable: 1000 kB\nSwapTotal: 500 kB\nSwapFree: 400 kB\n";
    let memory = memory_of(&MemInfo::of(text), 7).unwrap();
    let kib = |count: u64| count * 1024;
    assert_eq!((memory.total, memory.available, memory.swap_used), (kib(2000), kib(1000), kib(100)));
    assert!(memory_of(&MemInfo::of("MemTotal: 1 kB"), 0).is_err());
}

#[test]
fn what_happened_between_two_looks_is_counted() {
    let before = Counters::of(
        "cpu  100 0 0 800 0 0 0 0 0 0\ncpu0 1 2 3\n",
        " 8 0 sda 10 0 0 100 10 0 0 100 0 0 0\n 8 1 sda1 10 0 0 100 10 0 0 100 0 0 0\n",
        "pswpin 10\npswpout 10\n",
    );
    let after = Counters::of(
        "cpu  120 0 0 850 10 0 0 20 0 0\n",
        " 8 0 sda 15 0 0 300 15 0 0 300 0 0 0\n 259 0 nvme0n1 1 0 0 1 1 0 0 1 0 0 0\n",
        "pswpin 20\npswpout 100\n",
    );
    let processors = after.processors_since(&before);
    assert_eq!((processors.busy, processors.waited, processors.stolen), (20, 10, 20));
    let disks = after.disks_since(&before);
    assert_eq!(disks.len(), 1, "what has come meanwhile has nothing to be held against");
    assert_eq!(
        (disks[0].name.as_str(), disks[0].requests, disks[0].each),
        ("sda", 10, Duration::from_millis(40))
    );
    assert_eq!(Counters::swapped(&before, &after, Duration::from_millis(500)), 200 * 4096);
}

#[test]
fn processes_are_told_apart() {
    let stat = |id: u32, name: &str, state: char, parent: u32, time: u64| {
        format!("{id} ({name}) {state} {parent} 1 1 0 -1 0 0 0 0 0 {time} 0 0 0 20 5 1 0 1")
    };
    let moment = |time| {
        let all = [
            stat(10, "qemu-system-x86", 'S', 1, time),
            stat(11, "a) b", 'S', 1, time),
            stat(12, "dead", 'Z', 1, 0),
            stat(13, "kworker/0:1", 'R', 2, time),
            stat(14, "snapd", 'S', 1, time),
            stat(15, "dpkg", 'S', 1, 0),
            stat(16, "packagekitd", 'S', 1, 0),
        ];
        Processes::of(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let (before, after) = (moment(100), moment(150));
    let used = after.used_since(&before, Duration::from_secs(1));
    assert_eq!(used.get(&10), Some(&50));
    assert_eq!(after.busy(&used), [("a) b".to_owned(), 50), ("snapd".to_owned(), 50)]);
    assert_eq!(after.maintenance(&used), ["dpkg", "snapd"]);
    assert_eq!(after.zombies(), 1);
}

#[test]
fn a_qemu_is_known_by_its_guests_name() {
    let words = "/usr/bin/qemu-system-x86_64\0-name\0guest=eden,debug-threads=on\0-S\0";
    for (vm, expected) in
        [("eden", true), ("ede", false), ("eden-garden", false), ("eden,debug-threads=on", false)]
    {
        assert_eq!(processes::names_guest(words, vm), expected, "{vm}");
    }
}

#[test]
fn what_a_vm_takes_stands_in_its_definition() {
    let vm = vm_of(
        "<domain type='kvm'><name>eden</name><memory unit='GiB'>2</memory><vcpu>2</vcpu><cpu mode='host-model'/>\
         <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='unsafe'/>\
         <source file='/a'/><target dev='vda'/></disk><disk type='file' device='cdrom'><target dev='sda'/>\
         <readonly/></disk></devices></domain>",
    )
    .unwrap();
    assert_eq!((vm.name.as_str(), vm.by_kvm, vm.processors, vm.memory), ("eden", true, 2, 2 << 30));
    assert_eq!(vm.processor_mode, "host-model");
    assert_eq!(vm.caches, [("vda".to_owned(), "unsafe".to_owned())]);
}
