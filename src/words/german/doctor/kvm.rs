//! What the doctor says of hardware virtualisation.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("the processor has hardware virtualisation", "der Prozessor kann Hardware-Virtualisierung"),
    (
        "this computer is a VM itself: have its host pass hardware virtualisation on (nested virtualisation)",
        "dieser Rechner ist selbst eine VM: sein Wirt muss Hardware-Virtualisierung weiterreichen (verschachtelte Virtualisierung)",
    ),
    (
        "switch on VT-x or AMD-V (SVM) in the firmware; where it has no such entry, the processor cannot do it",
        "VT-x oder AMD-V (SVM) in der Firmware einschalten; fehlt der Eintrag, kann es der Prozessor nicht",
    ),
    (
        "the processor has no hardware virtualisation: neither vmx nor svm is among its flags",
        "der Prozessor kann keine Hardware-Virtualisierung: weder vmx noch svm ist unter seinen Flags",
    ),
    (
        "the kernel says that hardware virtualisation is switched off in the firmware",
        "der Kernel sagt, dass Hardware-Virtualisierung in der Firmware ausgeschaltet ist",
    ),
    (
        "switch on VT-x or AMD-V (SVM) in the firmware (BIOS set-up), then cut the power for a moment",
        "VT-x oder AMD-V (SVM) in der Firmware (BIOS) einschalten, dann den Rechner kurz vom Strom trennen",
    ),
    (
        "the kernel does not say that the firmware has switched it off",
        "der Kernel sagt nicht, dass die Firmware sie ausgeschaltet hat",
    ),
    ("the kernel's module {module} is loaded", "das Kernelmodul {module} ist geladen"),
    ("/dev/kvm is there", "/dev/kvm ist da"),
    ("the kernel's module {module} is not loaded", "das Kernelmodul {module} ist nicht geladen"),
    ("see to what keeps it from being loaded, then load it", "beheben, was es am Laden hindert, dann laden"),
    (
        "load it; a line '{module}' in /etc/modules-load.d/kvm.conf has that done at each start",
        "es laden; eine Zeile '{module}' in /etc/modules-load.d/kvm.conf sorgt bei jedem Start dafür",
    ),
    (
        "{file} keeps KVM's modules from being loaded at the next start",
        "{file} verhindert, dass beim nächsten Start die Module von KVM geladen werden",
    ),
    (
        "take its line with 'kvm' away, out of opening hours",
        "die Zeile mit 'kvm' daraus entfernen, außerhalb der Öffnungszeiten",
    ),
    ("nothing keeps KVM's modules from being loaded", "nichts hindert die Module von KVM am Laden"),
    (
        "/dev/kvm is not there: a VM of type 'kvm' cannot start",
        "/dev/kvm ist nicht da: eine VM vom Typ 'kvm' kann nicht starten",
    ),
    (
        "load KVM's modules; in a container, have its host pass the device on",
        "die Module von KVM laden; in einem Container muss der Wirt das Gerät weiterreichen",
    ),
    (
        "a small guest was run by KVM, and ended by itself",
        "ein kleiner Gast lief mit KVM und endete von selbst",
    ),
    (
        "/dev/kvm is there, and a guest does not run by it, though it does without: {why}",
        "/dev/kvm ist da, doch ein Gast läuft damit nicht, ohne aber schon: {why}",
    ),
    (
        "end other hypervisors, see to nested virtualisation and the firmware; until then, type='qemu' in the VM's definition shows the artwork, slowly",
        "andere Hypervisoren beenden, verschachtelte Virtualisierung und Firmware prüfen; bis dahin zeigt type='qemu' in der Definition der VM das Werk, langsam",
    ),
    ("QEMU does not run a guest in any way: {why}", "QEMU lässt auf keine Weise einen Gast laufen: {why}"),
    ("install QEMU again, out of opening hours", "QEMU neu installieren, außerhalb der Öffnungszeiten"),
    (
        "this computer is a VM itself, and runs its VMs within it: that is slower, and some guests do not run",
        "dieser Rechner ist selbst eine VM und lässt seine VMs darin laufen: das ist langsamer, und manche Gäste laufen nicht",
    ),
    ("take a computer of its own for artworks", "für Werke einen eigenen Rechner nehmen"),
    ("this computer is no VM itself", "dieser Rechner ist selbst keine VM"),
    ("no other hypervisor has modules in the kernel", "kein anderer Hypervisor hat Module im Kernel"),
    (
        "another hypervisor has modules in the kernel: {modules}",
        "ein anderer Hypervisor hat Module im Kernel: {modules}",
    ),
    (
        "end its VMs, and remove it: two hypervisors do not share a processor",
        "seine VMs beenden und ihn entfernen: zwei Hypervisoren teilen sich keinen Prozessor",
    ),
    ("the emulator for {arch} is there", "der Emulator für {arch} ist da"),
    (
        "the emulator of VM {vm} is not there: it is for {arch}",
        "der Emulator der VM {vm} fehlt: sie ist für {arch}",
    ),
    ("install it", "es installieren"),
    ("VM {vm} is run by KVM", "VM {vm} läuft mit KVM"),
    (
        "VM {vm} is emulated, though KVM could run it many times faster",
        "VM {vm} wird emuliert, obwohl sie mit KVM vielfach schneller liefe",
    ),
    (
        "write type='kvm' in place of type='qemu' into its first line; some old systems want the emulation",
        "in ihrer ersten Zeile type='kvm' statt type='qemu' schreiben; manche alten Systeme brauchen die Emulation",
    ),
    ("VM {vm} is emulated, as it has to be", "VM {vm} wird emuliert, wie es sein muss"),
    ("the guest cannot be written: {why}", "der Gast lässt sich nicht schreiben: {why}"),
    ("no VM of an exhibit is run by KVM", "keine VM eines Exponats läuft mit KVM"),
    (
        "this user may not open {device}, so no guest was run",
        "dieser Benutzer darf {device} nicht öffnen, darum lief kein Gast",
    ),
    ("{file} cannot be opened: {why}", "{file} lässt sich nicht öffnen: {why}"),
    ("there is no guest to try for {arch}", "für {arch} gibt es keinen Gast zum Probieren"),
];
