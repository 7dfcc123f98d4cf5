//! What the doctor says of what an exhibit's VM is made of.

mod confined;
mod seen;

pub(super) use confined::CONFINED;
pub(super) use seen::SEEN;

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("heartbeats of '{vm}' come through its {port}", "Lebenszeichen von '{vm}' kommen durch: {port}"),
    (
        "heartbeats of '{vm}' are to come through its {port} of type '{kind}', which libvirt does not open ({which})",
        "Lebenszeichen von '{vm}' sollen durch {port} vom Typ '{kind}' kommen, was libvirt nicht öffnet ({which})",
    ),
    (
        "heartbeats of '{vm}' are to come through its serial port, and it has none ({which})",
        "Lebenszeichen von '{vm}' sollen durch ihre serielle Schnittstelle kommen, und sie hat keine ({which})",
    ),
    (
        "heartbeats of '{vm}' are to come through '{port}', and it has neither a channel nor a port of that name ({which})",
        "Lebenszeichen von '{vm}' sollen durch '{port}' kommen, und sie hat weder einen Kanal noch eine Schnittstelle dieses Namens ({which})",
    ),
    (
        "put {xml} among its devices in place of what is there for it, switch the VM off and on, and make a new snapshot; or take `serial` out of the configuration where the guest beats over a network",
        "{xml} bei ihren Geräten eintragen statt dessen, was dafür dort steht, die VM aus- und einschalten und einen neuen Snapshot anlegen; oder `serial` aus der Konfiguration nehmen, wo der Gast sich über ein Netz meldet",
    ),
    ("channel '{name}'", "Kanal '{name}'"),
    ("serial port", "serielle Schnittstelle"),
    ("'{vm}' runs as it is defined", "'{vm}' läuft, wie sie definiert ist"),
    (
        "the definition of '{vm}' has been changed while it runs ({elements}): the change comes with its next cold start, and not by a revert",
        "die Definition von '{vm}' ist geändert worden, während sie läuft ({elements}): die Änderung kommt mit ihrem nächsten kalten Start und nicht durch ein Zurücksetzen",
    ),
    (
        "hold the exhibit, shut the VM down and start it, prepare the artwork, and make a new snapshot",
        "das Exponat in Wartung nehmen, die VM herunterfahren und starten, das Werk einrichten und einen neuen Snapshot machen",
    ),
    (
        "snapshot '{snapshot}' holds '{vm}' as it is defined",
        "Snapshot '{snapshot}' enthält '{vm}', wie sie definiert ist",
    ),
    (
        "snapshot '{snapshot}' holds other hardware than '{vm}' is defined with ({elements}): each revert brings the old back, and takes the definition with it",
        "Snapshot '{snapshot}' enthält andere Hardware, als für '{vm}' definiert ist ({elements}): jedes Zurücksetzen bringt die alte wieder und setzt die Definition mit zurück",
    ),
    (
        "where the change is wanted, shut the VM down and start it, prepare the artwork, and make a new snapshot; else take the change back",
        "ist die Änderung gewollt, die VM herunterfahren und starten, das Werk einrichten und einen neuen Snapshot machen; sonst die Änderung zurücknehmen",
    ),
    ("the firmware of '{vm}' is there", "die Firmware von '{vm}' ist da"),
    (
        "{file}, which '{vm}' boots by, is not there ({which})",
        "{file}, womit '{vm}' startet, ist nicht da ({which})",
    ),
    (
        "put the file back; UEFI's own come with a package",
        "die Datei zurücklegen; die von UEFI kommen mit einem Paket",
    ),
    (
        "{file}, which the UEFI variables of '{vm}' are made from, is not there ({which})",
        "{file}, woraus die UEFI-Variablen von '{vm}' gemacht werden, ist nicht da ({which})",
    ),
    (
        "the UEFI variables of '{vm}' are to be of the format '{format}', and libvirt does not make such from {template} ({which})",
        "die UEFI-Variablen von '{vm}' sollen im Format '{format}' sein, und solche macht libvirt nicht aus {template} ({which})",
    ),
    ("make them by hand", "sie von Hand machen"),
    (
        "what the UEFI variables of '{vm}' are made from is there",
        "woraus die UEFI-Variablen von '{vm}' gemacht werden, das ist da",
    ),
    (
        "'{vm}' boots by UEFI, and libvirt here ({version}) makes no snapshots of such machines, only later ones do (from 10.10)",
        "'{vm}' startet mit UEFI, und libvirt ({version}) macht hier von solchen Maschinen keine Snapshots; das tun erst spätere (ab 10.10)",
    ),
    (
        "install a newer libvirt (Debian's backports have one), or let the VM boot by BIOS, if its system can",
        "ein neueres libvirt installieren (die Backports von Debian haben eines), oder die VM mit BIOS starten lassen, wenn ihr System das kann",
    ),
    (
        "the UEFI variables of '{vm}' lie where a snapshot holds them",
        "die UEFI-Variablen von '{vm}' liegen, wo ein Snapshot sie festhält",
    ),
    (
        "'{vm}' keeps its UEFI variables in a file of the format '{format}' ({which}): libvirt makes no snapshot of it, and cannot put it back in place",
        "'{vm}' hält ihre UEFI-Variablen in einer Datei des Formats '{format}' ({which}): libvirt macht von ihr keinen Snapshot und kann sie nicht im laufenden QEMU zurücksetzen",
    ),
    (
        "with the VM off, convert the variables to qcow2, and write <nvram format='qcow2'>NEW FILE</nvram> in place of the <nvram> that is there",
        "bei ausgeschalteter VM die Variablen in qcow2 umwandeln und <nvram format='qcow2'>NEUE DATEI</nvram> statt des vorhandenen <nvram> schreiben",
    ),
    ("swtpm is there for the TPM of '{vm}'", "swtpm ist da für das TPM von '{vm}'"),
    (
        "'{vm}' has a TPM ({which}), and swtpm, which emulates it, is not installed: the VM does not start",
        "'{vm}' hat ein TPM ({which}), und swtpm, das es nachbildet, ist nicht installiert: die VM startet nicht",
    ),
    ("install swtpm", "swtpm installieren"),
    ("what '{vm}' takes of this computer is there", "was '{vm}' von diesem Rechner nimmt, ist da"),
    (
        "this computer has no {file}, which '{vm}' is to have ({which}): the VM does not start",
        "dieser Rechner hat kein {file}, das '{vm}' haben soll ({which}): die VM startet nicht",
    ),
    (
        "plug in or load what it belongs to, or take it out of the definition, start the VM anew, and make a new snapshot",
        "einstecken oder laden, wozu es gehört, oder es aus der Definition nehmen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "the folders that '{vm}' writes to or shares are there",
        "die Ordner, in die '{vm}' schreibt oder die sie teilt, sind da",
    ),
    (
        "the folder {folder}, which '{vm}' writes to or shares, is not there ({which}): the VM does not start",
        "der Ordner {folder}, in den '{vm}' schreibt oder den sie teilt, ist nicht da ({which}): die VM startet nicht",
    ),
    ("make it, or mount what it is on", "ihn anlegen, oder einhängen, worauf er liegt"),
    (
        "a {role} port of '{vm}' connects to {peer} at each start ({which}): where nobody listens there, the VM does not start",
        "ein Anschluss ({role}) von '{vm}' verbindet sich bei jedem Start mit {peer} ({which}): lauscht dort niemand, startet die VM nicht",
    ),
    (
        "let the VM wait for the other side instead (<source mode='bind'>), or see that the other side is always there first",
        "die VM stattdessen auf die andere Seite warten lassen (<source mode='bind'>), oder dafür sorgen, dass die andere Seite immer zuerst da ist",
    ),
    (
        "'{vm}' shares {folder} by virtiofs ({which}), and virtiofsd is not installed: the VM does not start",
        "'{vm}' teilt {folder} über virtiofs ({which}), und virtiofsd ist nicht installiert: die VM startet nicht",
    ),
    ("install virtiofsd", "virtiofsd installieren"),
    (
        "'{vm}' shares the folder {folder} with this computer ({which}): mounted, it keeps snapshots from being made, and it is dead after a revert",
        "'{vm}' teilt den Ordner {folder} mit diesem Rechner ({which}): eingehängt verhindert er Snapshots, und nach einem Zurücksetzen ist er tot",
    ),
    (
        "copy what the artwork needs into the guest, or have the guest mount it after each revert and never within a snapshot; a network share (SMB, NFS) survives better",
        "was das Werk braucht, in den Gast kopieren, oder den Ordner vom Gast nach jedem Zurücksetzen und nie in einem Snapshot einhängen lassen; eine Netzfreigabe (SMB, NFS) übersteht es besser",
    ),
    (
        "the {kind} device {name}, which is handed to '{vm}', is not plugged in ({which}): the VM does not start",
        "das {kind}-Gerät {name}, das '{vm}' bekommt, ist nicht eingesteckt ({which}): die VM startet nicht",
    ),
    (
        "plug it in, or add startupPolicy='optional' to its <source> so that the VM does without it",
        "es einstecken, oder startupPolicy='optional' bei <source> setzen, so dass die VM ohne es auskommt",
    ),
    ("what is handed to '{vm}' is plugged in ({name})", "was '{vm}' bekommt, ist eingesteckt ({name})"),
    ("its {kind} device {name} is this computer's own", "ihr {kind}-Gerät {name} ist das dieses Rechners"),
    (
        "its memory '{name}' is shared with other programs (<shmem>)",
        "ihr Speicher '{name}' wird mit anderen Programmen geteilt (<shmem>)",
    ),
    (
        "its memory is encrypted (<launchSecurity type='{kind}'>)",
        "ihr Speicher ist verschlüsselt (<launchSecurity type='{kind}'>)",
    ),
    ("it has a <crypto> device", "sie hat ein Gerät <crypto>"),
    ("its TPM is this computer's own", "ihr TPM ist das dieses Rechners"),
    ("its smart card reader is this computer's own", "ihr Kartenleser ist der dieses Rechners"),
    ("its network card {mac} is this computer's own", "ihre Netzwerkkarte {mac} ist die dieses Rechners"),
    (
        "'{vm}' has no device whose state cannot be saved",
        "'{vm}' hat kein Gerät, dessen Zustand sich nicht sichern lässt",
    ),
    (
        "no snapshot can be made of '{vm}' while it runs: {why} ({which})",
        "von '{vm}' lässt sich kein Snapshot machen, während sie läuft: {why} ({which})",
    ),
    (
        "take it out of the definition and start the VM anew; an artwork that cannot do without it can only be started cold each time",
        "es aus der Definition nehmen und die VM neu starten; ein Werk, das nicht ohne auskommt, lässt sich nur jedes Mal kalt starten",
    ),
    (
        "the USB device {name} is handed to '{vm}' ({which}): after a revert it has not the state that the guest remembers, and may be silent until it is plugged in anew",
        "das USB-Gerät {name} gehört '{vm}' ({which}): nach einem Zurücksetzen ist es nicht in dem Zustand, an den sich der Gast erinnert, und womöglich stumm, bis es neu eingesteckt wird",
    ),
    (
        "try it: revert the exhibit, and use the device",
        "ausprobieren: das Exponat zurücksetzen und das Gerät benutzen",
    ),
    ("the security modules that '{vm}' names are there", "die Sicherheitsmodule, die '{vm}' nennt, sind da"),
    (
        "'{vm}' names the security module '{module}' ({which}), which libvirt does not use on this computer: the VM does not start",
        "'{vm}' nennt das Sicherheitsmodul '{module}' ({which}), das libvirt auf diesem Rechner nicht benutzt: die VM startet nicht",
    ),
    (
        "take that <seclabel> out of the definition: libvirt chooses its own",
        "dieses <seclabel> aus der Definition nehmen: libvirt wählt selbst",
    ),
    ("processor", "Prozessor"),
    ("memory node", "Speicherknoten"),
    (
        "'{vm}' is bound to processors that this computer has",
        "'{vm}' ist an Prozessoren gebunden, die dieser Rechner hat",
    ),
    (
        "'{vm}' is bound to {kind} {number} ({which}), and this computer has {count} processors and no such: the VM does not start",
        "'{vm}' ist an {kind} {number} gebunden ({which}), und dieser Rechner hat {count} Prozessoren und keinen solchen: die VM startet nicht",
    ),
    (
        "take <cputune> and <numatune> out of the definition, or name what there is (counted from 0)",
        "<cputune> und <numatune> aus der Definition nehmen, oder nennen, was es gibt (von 0 an gezählt)",
    ),
    ("there are large pages enough for '{vm}'", "für '{vm}' gibt es genug große Speicherseiten"),
    (
        "'{vm}' takes {memory} MiB in large pages ({which}), and {free} MiB of such are free: the VM does not start",
        "'{vm}' nimmt {memory} MiB in großen Speicherseiten ({which}), und davon sind {free} MiB frei: die VM startet nicht",
    ),
    (
        "take <hugepages/> out of <memoryBacking>, or set more large pages apart (vm.nr_hugepages in /etc/sysctl.d)",
        "<hugepages/> aus <memoryBacking> herausnehmen, oder mehr große Speicherseiten zurücklegen (vm.nr_hugepages in /etc/sysctl.d)",
    ),
    (
        "the limit on the memory of '{vm}' leaves QEMU its part",
        "die Grenze für den Speicher von '{vm}' lässt QEMU seinen Teil",
    ),
    (
        "'{vm}' is killed once QEMU uses {limit} MiB (<hard_limit> {which}), and the guest alone has {memory} MiB",
        "'{vm}' wird beendet, sobald QEMU {limit} MiB braucht (<hard_limit>, {which}), und der Gast allein hat {memory} MiB",
    ),
    (
        "take <hard_limit> out of <memtune>, start the VM anew, and make a new snapshot",
        "<hard_limit> aus <memtune> herausnehmen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("'{vm}' has all of its memory from the start", "'{vm}' hat ihren ganzen Speicher von Anfang an"),
    (
        "'{vm}' is given {memory} MiB and has {missing} MiB of them taken away again (<currentMemory> {which}): the artwork has less",
        "'{vm}' bekommt {memory} MiB, und {missing} MiB davon werden ihr wieder genommen (<currentMemory>, {which}): das Werk hat weniger",
    ),
    (
        "set <currentMemory> to what <memory> says, start the VM anew, and make a new snapshot",
        "<currentMemory> auf das setzen, was <memory> sagt, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("the VM '{vm}' is defined", "die VM '{vm}' ist definiert"),
    (
        "see what libvirt's VMs are called, and name this one in the configuration, or define it",
        "nachsehen, wie die VMs von libvirt heißen, und diese in der Konfiguration nennen, oder sie definieren",
    ),
    (
        "libvirt has no VM '{vm}', which the exhibit is to show",
        "libvirt hat keine VM '{vm}', die das Exponat zeigen soll",
    ),
    ("libvirt keeps the definition of '{vm}'", "libvirt behält die Definition von '{vm}'"),
    (
        "'{vm}' is transient: with its next stop it is gone, and its snapshots with it",
        "'{vm}' ist flüchtig: mit ihrem nächsten Halt ist sie weg, und ihre Snapshots mit ihr",
    ),
    (
        "have libvirt keep its definition, while it still runs",
        "libvirt ihre Definition behalten lassen, solange sie noch läuft",
    ),
    (
        "no saved state waits for the next start of '{vm}'",
        "kein gesicherter Zustand wartet auf den nächsten Start von '{vm}'",
    ),
    (
        "a saved state of '{vm}' waits: its next start resumes that old memory, over a disk that has changed since",
        "ein gesicherter Zustand von '{vm}' wartet: ihr nächster Start setzt diesen alten Speicher fort, auf einem Datenträger, der sich seither geändert hat",
    ),
    (
        "throw the saved state away; nobody has put it there for the artwork (libvirt-guests makes such at a shutdown, where it is set to)",
        "den gesicherten Zustand wegwerfen; für das Werk hat ihn niemand angelegt (libvirt-guests macht solche beim Herunterfahren, wo es so eingestellt ist)",
    ),
    ("'{vm}' starts again when its guest reboots", "'{vm}' startet wieder, wenn ihr Gast neu startet"),
    (
        "'{vm}' stays off when its guest reboots (on_reboot is '{action}' {which})",
        "'{vm}' bleibt aus, wenn ihr Gast neu startet (on_reboot ist '{action}', {which})",
    ),
    (
        "set <on_reboot>restart</on_reboot>, start the VM anew, and make a new snapshot",
        "<on_reboot>restart</on_reboot> setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("'{vm}' is off once its guest has shut down", "'{vm}' ist aus, sobald ihr Gast heruntergefahren ist"),
    (
        "'{vm}' boots anew when its guest shuts down (on_poweroff is '{action}' {which}): visitors see the boot, and the VM cannot be shut down in the evening",
        "'{vm}' startet neu, wenn ihr Gast herunterfährt (on_poweroff ist '{action}', {which}): Besucher sehen den Start, und am Abend geht die VM nicht aus",
    ),
    (
        "set <on_poweroff>destroy</on_poweroff>, start the VM anew, and make a new snapshot",
        "<on_poweroff>destroy</on_poweroff> setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("a crash of '{vm}' fills no disk", "ein Absturz von '{vm}' füllt keine Platte"),
    (
        "each crash of '{vm}' writes all of its memory to this computer's disk (on_crash is '{action}' {which})",
        "jeder Absturz von '{vm}' schreibt ihren ganzen Speicher auf die Platte dieses Rechners (on_crash ist '{action}', {which})",
    ),
    (
        "set <on_crash>destroy</on_crash>, start the VM anew, and make a new snapshot",
        "<on_crash>destroy</on_crash> setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("'{vm}' is not told that it may sleep", "'{vm}' ist nicht gesagt, dass sie schlafen darf"),
    (
        "the guest of '{vm}' may go to sleep, and then the screen is dark (<pm> {which})",
        "der Gast von '{vm}' darf einschlafen, und dann ist der Bildschirm dunkel (<pm>, {which})",
    ),
    (
        "set suspend-to-mem and suspend-to-disk to enabled='no' within <pm>, start the VM anew, and make a new snapshot",
        "suspend-to-mem und suspend-to-disk in <pm> auf enabled='no' setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "the watchdog '{model}' of '{vm}' does '{action}' when the guest hangs, and leaves the artwork standing ({which})",
        "der Watchdog '{model}' von '{vm}' tut '{action}', wenn der Gast hängt, und lässt das Werk stehen ({which})",
    ),
    (
        "set action='reset' at <watchdog>, start the VM anew, and make a new snapshot",
        "action='reset' bei <watchdog> setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("{program} is there for '{vm}'", "{program} ist da für '{vm}'"),
    (
        "libvirt can run no guest with the processor {arch}, which '{vm}' has ({which})",
        "libvirt kann keinen Gast mit dem Prozessor {arch} laufen lassen, den '{vm}' hat ({which})",
    ),
    (
        "{program}, which emulates the {arch} of '{vm}', is not installed ({which})",
        "{program}, das den Prozessor {arch} von '{vm}' nachbildet, ist nicht installiert ({which})",
    ),
    ("install QEMU's program for it", "das Programm von QEMU dafür installieren"),
    ("libvirt can run '{vm}' as '{kind}'", "libvirt kann '{vm}' als '{kind}' laufen lassen"),
    (
        "'{vm}' is to run with '{kind}', and libvirt has it not on this computer ({which})",
        "'{vm}' soll mit '{kind}' laufen, und das hat libvirt auf diesem Rechner nicht ({which})",
    ),
    (
        "see what is wrong with KVM (virtualisation in the firmware, /dev/kvm), then restart libvirt",
        "nachsehen, was mit KVM nicht stimmt (Virtualisierung in der Firmware, /dev/kvm), dann libvirt neu starten",
    ),
    (
        "'{vm}' has the processor {arch} and is to run with '{kind}', which can only be had for this computer's own, {own} ({which})",
        "'{vm}' hat den Prozessor {arch} und soll mit '{kind}' laufen, was es nur für den eigenen dieses Rechners gibt, {own} ({which})",
    ),
    (
        "set <domain type='qemu'>, by which it is emulated, start the VM anew, and make a new snapshot",
        "<domain type='qemu'> setzen, womit er nachgebildet wird, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "QEMU here knows the machine '{machine}' of '{vm}'",
        "QEMU kennt hier die Maschine '{machine}' von '{vm}'",
    ),
    (
        "QEMU here does not know the machine '{machine}' of '{vm}' ({which}): it is not started",
        "QEMU kennt hier die Maschine '{machine}' von '{vm}' nicht ({which}): sie wird nicht gestartet",
    ),
    (
        "keep the computer's former QEMU, or start the VM cold with a machine that is known, prepare the artwork anew, and make a new snapshot",
        "das frühere QEMU des Rechners behalten, oder die VM mit einer bekannten Maschine kalt starten, das Werk neu einrichten und einen neuen Snapshot machen",
    ),
    (
        "choose a machine of the same family (pc-i440fx or pc-q35) that QEMU knows, or keep the computer's former QEMU",
        "eine Maschine derselben Familie (pc-i440fx oder pc-q35) wählen, die QEMU kennt, oder das frühere QEMU des Rechners behalten",
    ),
    (
        "QEMU is about to give up the machine '{machine}' of '{vm}' ({which}): after the distribution's next upgrade neither a start nor a revert may work",
        "QEMU gibt die Maschine '{machine}' von '{vm}' bald auf ({which}): nach dem nächsten Upgrade der Distribution geht womöglich weder ein Start noch ein Zurücksetzen",
    ),
    (
        "before the next upgrade choose a newer machine of its family, try the artwork with it, and make a new snapshot",
        "vor dem nächsten Upgrade eine neuere Maschine ihrer Familie wählen, das Werk damit ausprobieren und einen neuen Snapshot machen",
    ),
    (
        "'{vm}' has whatever machine is the newest ('{machine}', now {canonical}): an upgrade of QEMU changes the hardware that its system sees",
        "'{vm}' hat die Maschine, die gerade die neueste ist ('{machine}', jetzt {canonical}): ein Upgrade von QEMU ändert die Hardware, die ihr System sieht",
    ),
    ("write {canonical} into its definition", "{canonical} in ihre Definition schreiben"),
    (
        "the machine '{machine}' of '{vm}' is one that QEMU keeps",
        "die Maschine '{machine}' von '{vm}' ist eine, die QEMU behält",
    ),
    (
        "the snapshot of '{vm}' can be loaded by another computer of this kind",
        "den Snapshot von '{vm}' kann ein anderer Rechner dieser Art laden",
    ),
    (
        "the processor of '{vm}' is this computer's own ({mode}): its snapshot may not load on a spare computer",
        "der Prozessor von '{vm}' ist der eigene dieses Rechners ({mode}): auf einem Ersatzrechner lädt ihr Snapshot womöglich nicht",
    ),
    (
        "where a spare computer has another processor, set <cpu mode='host-model'/> or name one that both have, start the VM anew, and make a new snapshot",
        "hat ein Ersatzrechner einen anderen Prozessor, <cpu mode='host-model'/> setzen oder einen nennen, den beide haben, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "this computer can be the processor '{model}' of '{vm}'",
        "dieser Rechner kann der Prozessor '{model}' von '{vm}' sein",
    ),
    (
        "this computer cannot be the processor '{model}' of '{vm}' ({which}); it lacks {features}",
        "dieser Rechner kann nicht der Prozessor '{model}' von '{vm}' sein ({which}); ihm fehlt {features}",
    ),
    (
        "choose a processor that it can be (host-model finds one), start the VM anew, and make a new snapshot",
        "einen Prozessor wählen, der er sein kann (host-model findet einen), die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "libvirt knows no disk of '{vm}': it is handed to QEMU past it (<qemu:commandline> {which}), so that libvirt can make no snapshot and put nothing back",
        "libvirt kennt keinen Datenträger von '{vm}': er wird QEMU an ihm vorbei gegeben (<qemu:commandline>, {which}), so dass libvirt keinen Snapshot machen und nichts zurücksetzen kann",
    ),
    (
        "give the VM its disk as a <disk>: where the machine refuses IDE (PowerPC), on bus='scsi' or 'usb', if its system knows such; otherwise the artwork can only be started cold, and its image be kept as it is by -snapshot among the arguments",
        "der VM ihren Datenträger als <disk> geben: wo die Maschine IDE verweigert (PowerPC), an bus='scsi' oder 'usb', wenn ihr System das kennt; sonst lässt sich das Werk nur kalt starten, und sein Datenträger mit -snapshot unter den Argumenten erhalten",
    ),
    (
        "'{vm}' has a disk past libvirt (<qemu:commandline> {which}): no snapshot holds it, and what the guest has written to it stays after a revert, and its memory knows nothing of it",
        "'{vm}' hat einen Datenträger an libvirt vorbei (<qemu:commandline>, {which}): kein Snapshot enthält ihn, und was der Gast darauf geschrieben hat, bleibt nach einem Zurücksetzen, und sein Speicher weiß nichts davon",
    ),
    (
        "make a <disk> of it, start the VM anew, and make a new snapshot; or let the guest only read it (readonly=on)",
        "ein <disk> daraus machen, die VM neu starten und einen neuen Snapshot machen; oder den Gast nur davon lesen lassen (readonly=on)",
    ),
    (
        "'{vm}' hands QEMU arguments past libvirt ({arguments} {which}): an upgrade of QEMU may refuse them",
        "'{vm}' gibt QEMU Argumente an libvirt vorbei ({arguments}, {which}): ein Upgrade von QEMU kann sie verweigern",
    ),
    (
        "see whether libvirt has an element for it by now, and try the artwork after each upgrade",
        "nachsehen, ob libvirt inzwischen ein Element dafür hat, und das Werk nach jedem Upgrade ausprobieren",
    ),
    (
        "the Macintosh '{vm}' has no disk ({which}): libvirt refuses IDE on '{machine}', and has nothing else that Mac OS 9 boots from",
        "der Macintosh '{vm}' hat keinen Datenträger ({which}): libvirt verweigert IDE auf '{machine}' und hat sonst nichts, wovon Mac OS 9 startet",
    ),
    (
        "put the disk on bus='scsi' or 'usb' for a system that knows such (Linux, Mac OS X), or hand it to QEMU past libvirt (<qemu:commandline>: -drive file=…,if=ide), and start the artwork cold each time",
        "den Datenträger an bus='scsi' oder 'usb' hängen, für ein System, das solches kennt (Linux, Mac OS X), oder ihn QEMU an libvirt vorbei geben (<qemu:commandline>: -drive file=…,if=ide) und das Werk jedes Mal kalt starten",
    ),
    (
        "the PowerPC '{vm}' has its disks where libvirt can make snapshots of them",
        "der PowerPC '{vm}' hat seine Datenträger, wo libvirt Snapshots von ihnen machen kann",
    ),
    (
        "'{vm}' has no disk that its guest writes to ({which}): a snapshot has its memory on such, and none can be made",
        "'{vm}' hat keinen Datenträger, auf den ihr Gast schreibt ({which}): auf einem solchen liegt der Speicher eines Snapshots, und so lässt sich keiner machen",
    ),
    (
        "add a small qcow2 disk, which the guest need not use, start the VM anew, and make a new snapshot",
        "einen kleinen qcow2-Datenträger hinzufügen, den der Gast nicht benutzen muss, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("each disk of '{vm}' is of the format qcow2", "jeder Datenträger von '{vm}' hat das Format qcow2"),
    (
        "the {device} {target} of '{vm}' is of the format '{format}' ({which}), which cannot hold a snapshot: none can be made of the whole VM",
        "{device} {target} von '{vm}' hat das Format '{format}' ({which}), das keinen Snapshot enthalten kann: von der ganzen VM lässt sich keiner machen",
    ),
    (
        "take the floppy out, or add <readonly/> to it, and make a new snapshot",
        "die Diskette herausnehmen, oder sie mit <readonly/> versehen, und einen neuen Snapshot machen",
    ),
    (
        "with the VM off, convert it to qcow2 and name the new file with type='qcow2' in the definition; or add <readonly/> where the guest need not write",
        "bei ausgeschalteter VM in qcow2 umwandeln und die neue Datei mit type='qcow2' in der Definition nennen; oder <readonly/> hinzufügen, wo der Gast nicht schreiben muss",
    ),
    (
        "no disk of '{vm}' is left out of its snapshots",
        "kein Datenträger von '{vm}' bleibt bei ihren Snapshots außen vor",
    ),
    (
        "the disk {target} of '{vm}' is <transient/> ({which}): libvirt makes no snapshot of such a VM while it runs",
        "der Datenträger {target} von '{vm}' ist <transient/> ({which}): von einer solchen VM macht libvirt keinen Snapshot, während sie läuft",
    ),
    (
        "the disk {target} of '{vm}' is left out of snapshots (snapshot='{word}' {which}): libvirt makes none of the whole VM then",
        "der Datenträger {target} von '{vm}' bleibt bei Snapshots außen vor (snapshot='{word}', {which}): von der ganzen VM macht libvirt dann keinen",
    ),
    (
        "take that out of the disk; what visitors change is put back by the snapshot anyway",
        "das aus dem Datenträger herausnehmen; was Besucher ändern, setzt der Snapshot ohnehin zurück",
    ),
    ("no other VM writes to the disks of '{vm}'", "keine andere VM schreibt auf die Datenträger von '{vm}'"),
    (
        "'{vm}' and '{other}' write to the same image {file} ({which}): only one of them starts, and a snapshot of the one spoils the other's",
        "'{vm}' und '{other}' schreiben auf denselben Datenträger {file} ({which}): nur eine von ihnen startet, und ein Snapshot der einen verdirbt den der anderen",
    ),
    (
        "give one of them a copy of its own, or delete the definition of the one that nobody needs",
        "einer von ihnen eine eigene Kopie geben, oder die Definition derjenigen löschen, die niemand braucht",
    ),
    (
        "the {device} {target} of '{vm}' lies on another computer ({which}): the artwork stands whenever that or the network does",
        "{device} {target} von '{vm}' liegt auf einem anderen Rechner ({which}): das Werk steht, sobald dieser oder das Netz steht",
    ),
    (
        "copy it to this computer's own disk, start the VM anew, and make a new snapshot",
        "auf die eigene Platte dieses Rechners kopieren, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("what is in the drives of '{vm}' is there", "was in den Laufwerken von '{vm}' liegt, ist da"),
    (
        "{file}, which is in the drive {drive} of '{vm}', is not there ({which}): libvirt refuses",
        "{file}, im Laufwerk {drive} von '{vm}', ist nicht da ({which}): libvirt weigert sich",
    ),
    (
        "put the file back (an empty file of that name will do where the artwork does not read it), revert, take the medium out, and make a new snapshot",
        "die Datei zurücklegen (eine leere dieses Namens genügt, wo das Werk sie nicht liest), zurücksetzen, das Medium herausnehmen und einen neuen Snapshot machen",
    ),
    (
        "take the medium out of the drive, or put the file back",
        "das Medium aus dem Laufwerk nehmen, oder die Datei zurücklegen",
    ),
    (
        "'{vm}' looks for a system on the network first: each cold start waits for that, or boots something else",
        "'{vm}' sucht zuerst im Netz nach einem System: jeder kalte Start wartet darauf oder startet etwas anderes",
    ),
    (
        "let it boot from its disk first (<boot dev='hd'/>)",
        "sie zuerst vom Datenträger starten lassen (<boot dev='hd'/>)",
    ),
    (
        "'{vm}' boots from the medium in {drive} first: a cold start begins the installation instead of the artwork",
        "'{vm}' startet zuerst vom Medium in {drive}: ein kalter Start beginnt die Installation statt des Werks",
    ),
    (
        "take the medium out, or let it boot from its disk first (<boot dev='hd'/>)",
        "das Medium herausnehmen, oder sie zuerst vom Datenträger starten lassen (<boot dev='hd'/>)",
    ),
    ("'{vm}' boots from its disk", "'{vm}' startet von ihrem Datenträger"),
    (
        "failed writes to the disk {target} of '{vm}' are passed over (error_policy='ignore' {which}): the guest goes on with a disk that is not what it wrote",
        "misslungenes Schreiben auf den Datenträger {target} von '{vm}' wird übergangen (error_policy='ignore', {which}): der Gast macht mit einem Datenträger weiter, der nicht ist, was er geschrieben hat",
    ),
    (
        "take error_policy out of the disk, start the VM anew, and make a new snapshot",
        "error_policy aus dem Datenträger herausnehmen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("as it is defined", "wie sie definiert ist"),
    ("as it runs", "wie sie läuft"),
    ("as its snapshot holds it", "wie ihr Snapshot sie enthält"),
    ("libvirt has no such VM", "libvirt hat keine solche VM"),
    ("libvirt runs on another computer ({uri})", "libvirt läuft auf einem anderen Rechner ({uri})"),
    ("what libvirt says of it cannot be read: {why}", "was libvirt davon sagt, ist nicht zu lesen: {why}"),
    ("whether {file} is there cannot be seen: {why}", "ob {file} da ist, lässt sich nicht sehen: {why}"),
];
