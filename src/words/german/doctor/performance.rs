//! What the doctor says of whether there is enough of everything.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "see what takes the processors; end what is not needed, or move a VM to another computer",
        "nachsehen, was die Prozessoren braucht; Unnötiges beenden oder eine VM auf einen anderen Rechner legen",
    ),
    (
        "{load} processes want a processor at once, and there are {cores}",
        "{load} Prozesse wollen zugleich einen Prozessor, und es gibt {cores}",
    ),
    (
        "for {percent} % of the last minute something waited for a processor",
        "{percent} % der letzten Minute wartete etwas auf einen Prozessor",
    ),
    (
        "{percent} % of the processors went to other computers of the same host",
        "{percent} % der Prozessoren gingen an andere Rechner desselben Wirts",
    ),
    (
        "this computer is a VM, and its host has too many: move it, or give it processors of its own",
        "dieser Rechner ist eine VM, und sein Wirt hat zu viele: ihn umziehen oder ihm eigene Prozessoren geben",
    ),
    ("{free} of {all} memory can be had", "{free} von {all} Arbeitsspeicher sind zu haben"),
    (
        "end what is not needed, give the VMs less, or the computer more",
        "Unnötiges beenden, den VMs weniger geben oder dem Rechner mehr",
    ),
    (
        "for {percent} % of the last minute everything waited for memory",
        "{percent} % der letzten Minute wartete alles auf Arbeitsspeicher",
    ),
    (
        "give the VMs less memory, or the computer more",
        "den VMs weniger Arbeitsspeicher geben oder dem Rechner mehr",
    ),
    (
        "{size} are swapped in and out each second: artworks stutter",
        "{size} werden je Sekunde ein- und ausgelagert: Werke stocken",
    ),
    (
        "{used} of {all} swap space are used: when it is full, something is killed",
        "{used} von {all} Auslagerungsspeicher sind belegt: ist er voll, wird etwas beendet",
    ),
    ("{used} of the swap space are used", "{used} des Auslagerungsspeichers sind belegt"),
    ("the disks have little to do", "die Platten haben wenig zu tun"),
    ("{disk} takes {millis} ms for each request", "{disk} braucht {millis} ms je Anfrage"),
    (
        "see what reads or writes so much; an SSD of its own for the VMs' images helps most",
        "nachsehen, was so viel liest oder schreibt; am meisten hilft eine eigene SSD für die Images der VMs",
    ),
    (
        "for {percent} % of the last minute everything waited for disks",
        "{percent} % der letzten Minute wartete alles auf Platten",
    ),
    (
        "see what reads or writes so much, and whether the disk is well; an SSD helps most",
        "nachsehen, was so viel liest oder schreibt und ob die Platte heil ist; am meisten hilft eine SSD",
    ),
    (
        "{disk} turns, and there is no SSD: starts and reverts take long",
        "{disk} dreht sich, und es gibt keine SSD: Starten und Zurücksetzen dauern lang",
    ),
    ("lay the VMs' images onto an SSD", "die Images der VMs auf eine SSD legen"),
    ("there is an SSD", "es gibt eine SSD"),
    ("no other program takes much of a processor", "kein anderes Programm braucht viel Rechenzeit"),
    (
        "{program} takes {percent} % of a processor, and is no artwork's",
        "{program} braucht {percent} % eines Prozessors und gehört zu keinem Werk",
    ),
    (
        "see whether it is needed, and switch its service off where it is not",
        "nachsehen, ob es gebraucht wird, und sonst seinen Dienst abschalten",
    ),
    (
        "nothing installs packages or searches the disks now",
        "gerade installiert nichts Pakete oder durchsucht die Platten",
    ),
    (
        "this is at work now, and takes time of disks and processors: {programs}",
        "das arbeitet gerade und braucht Platten und Prozessoren: {programs}",
    ),
    (
        "have it done out of opening hours, by the timer of its unit",
        "es über den Timer seiner Unit außerhalb der Öffnungszeiten tun lassen",
    ),
    ("{count} processes have ended and are not buried", "{count} Prozesse sind beendet und nicht abgeholt"),
    ("see whose they are, and restart that", "nachsehen, wem sie gehören, und das neu starten"),
    (
        "the processors are kept at their lowest speed: {governor} of {driver}",
        "die Prozessoren laufen nur mit kleinstem Takt: {governor} von {driver}",
    ),
    (
        "let them choose, until the next start; a file in /etc/tmpfiles.d makes it last",
        "sie bis zum nächsten Start selbst wählen lassen; dauerhaft macht es eine Datei in /etc/tmpfiles.d",
    ),
    (
        "the processors may only run at {percent} % of their speed",
        "die Prozessoren dürfen nur mit {percent} % ihres Takts laufen",
    ),
    (
        "see what holds them back: a power profile, the firmware, or the power supply of a laptop",
        "nachsehen, was sie bremst: ein Energieprofil, die Firmware oder das Netzteil eines Laptops",
    ),
    (
        "the processors' speed is chosen by {governor} of {driver}",
        "den Takt der Prozessoren wählt {governor} von {driver}",
    ),
    (
        "processors were slowed down for their heat {count} times since the start",
        "Prozessoren wurden seit dem Start {count}-mal wegen Hitze gebremst",
    ),
    ("clean the fans, and give the computer air", "die Lüfter reinigen und dem Rechner Luft geben"),
    (
        "processors were hardly ever slowed down for their heat: {count} times",
        "Prozessoren wurden kaum je wegen Hitze gebremst: {count}-mal",
    ),
    ("the graphics hardware has a driver", "die Grafikhardware hat einen Treiber"),
    (
        "no graphics hardware has a driver (/dev/dri is missing): pictures are drawn by the processor",
        "keine Grafikhardware hat einen Treiber (/dev/dri fehlt): Bilder zeichnet der Prozessor",
    ),
    (
        "install the firmware of the graphics hardware, and take 'nomodeset' from the kernel's line",
        "die Firmware der Grafikhardware installieren und 'nomodeset' aus der Kernelzeile nehmen",
    ),
    (
        "{count} VMs have {vcpus} virtual processors, and the computer has {cores}",
        "{count} VMs haben {vcpus} virtuelle Prozessoren, der Rechner hat {cores}",
    ),
    (
        "give the VMs fewer virtual processors, or move one to another computer",
        "den VMs weniger virtuelle Prozessoren geben oder eine auf einen anderen Rechner legen",
    ),
    (
        "{count} VMs take up to {wanted} of {all} memory",
        "{count} VMs brauchen bis zu {wanted} von {all} Arbeitsspeicher",
    ),
    (
        "give the VMs less memory ('virsh edit', <memory> and <currentMemory>; their snapshots are to be made anew), or the computer more",
        "den VMs weniger Arbeitsspeicher geben ('virsh edit', <memory> und <currentMemory>; danach neue Snapshots machen) oder dem Rechner mehr",
    ),
    (
        "VM {vm} has {vcpus} virtual processors, and the computer has {cores}",
        "VM {vm} hat {vcpus} virtuelle Prozessoren, der Rechner hat {cores}",
    ),
    (
        "write no more than the computer has into <vcpu>; the snapshot is to be made anew after that",
        "in <vcpu> nicht mehr schreiben, als der Rechner hat; danach den Snapshot neu machen",
    ),
    (
        "disk {disk} of VM {vm} is cached without any care (cache='unsafe'): a power cut damages its image",
        "Platte {disk} der VM {vm} wird ohne jede Vorsicht gepuffert (cache='unsafe'): ein Stromausfall beschädigt ihr Image",
    ),
    (
        "take cache='unsafe' from the disk's <driver>, at the VM's next start",
        "cache='unsafe' aus dem <driver> der Platte nehmen, zum nächsten Start der VM",
    ),
    (
        "disk {disk} of VM {vm} waits for each write (cache='{mode}'): reverts take long",
        "Platte {disk} der VM {vm} wartet auf jedes Schreiben (cache='{mode}'): Zurücksetzen dauert lang",
    ),
    (
        "cache='writeback' is as safe for a guest of our days, and faster",
        "cache='writeback' ist für heutige Gäste ebenso sicher und schneller",
    ),
    (
        "the disks of VM {vm} are cached as they should be",
        "die Platten der VM {vm} werden gepuffert, wie es sein soll",
    ),
    (
        "VM {vm} has a processor like the computer's ({mode})",
        "VM {vm} hat einen Prozessor wie der Rechner ({mode})",
    ),
    (
        "VM {vm} has a processor of QEMU's choice, which lacks what makes the computer's fast",
        "VM {vm} hat einen Prozessor nach Wahl von QEMU, dem fehlt, was den des Rechners schnell macht",
    ),
    (
        "<cpu mode='host-passthrough'/> is the fastest; old systems may want their model, and the snapshot is to be made anew",
        "am schnellsten ist <cpu mode='host-passthrough'/>; alte Systeme wollen vielleicht ihr Modell, und der Snapshot ist neu zu machen",
    ),
    (
        "VM {vm} takes {percent} % of a processor, and has {vcpus} virtual ones",
        "VM {vm} braucht {percent} % eines Prozessors und hat {vcpus} virtuelle",
    ),
    (
        "the guest works as hard as it can: look into it, or give it another virtual processor",
        "der Gast arbeitet, so viel er kann: in ihm nachsehen oder ihm einen weiteren virtuellen Prozessor geben",
    ),
    (
        "an emulated guest works as hard as it can: use KVM where the computer has it, or a faster computer",
        "ein emulierter Gast arbeitet, so viel er kann: KVM nutzen, wo der Rechner es hat, oder einen schnelleren Rechner",
    ),
    (
        "QEMU of VM {vm} steps back behind other programs: nice {nice}",
        "QEMU der VM {vm} tritt hinter andere Programme zurück: nice {nice}",
    ),
    ("start libvirt without Nice= in its unit", "libvirt ohne Nice= in seiner Unit starten"),
    (
        "QEMU of VM {vm} does not step back behind other programs",
        "QEMU der VM {vm} tritt nicht hinter andere Programme zurück",
    ),
    ("the processors cannot be counted: {why}", "die Prozessoren lassen sich nicht zählen: {why}"),
    ("the kernel does not say how much is waited for", "der Kernel sagt nicht, wie viel gewartet wird"),
    (
        "the kernel does not say how much memory there is",
        "der Kernel sagt nicht, wie viel Arbeitsspeicher da ist",
    ),
];
