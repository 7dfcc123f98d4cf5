//! What the doctor says of the computer and its system.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "{what}; take '--without {step}' out of /etc/default/vitrine-kiosk before",
        "{what}; zuvor '--without {step}' aus /etc/default/vitrine-kiosk herausnehmen",
    ),
    (
        "{what}; the package does it for the user that OPTIONS in /etc/default/vitrine-kiosk names, or 'kiosk'",
        "{what}; das Paket tut es für den Benutzer, den OPTIONS in /etc/default/vitrine-kiosk nennt, oder 'kiosk'",
    ),
    ("{what}, in the folder that Vitrine was built in", "{what}, in dem Ordner, in dem Vitrine gebaut wurde"),
    (
        "have the installer set what keys and lids do",
        "den Installer einstellen lassen, was Tasten und Deckel tun",
    ),
    (
        "nothing happens when nobody touches the computer",
        "es geschieht nichts, wenn niemand den Rechner berührt",
    ),
    (
        "logind does this when nobody touches the computer: {action}",
        "das tut logind, wenn niemand den Rechner berührt: {action}",
    ),
    ("nothing happens when the lid is closed", "es geschieht nichts, wenn der Deckel geschlossen wird"),
    (
        "logind does this when the lid is closed: {action}",
        "das tut logind, wenn der Deckel geschlossen wird: {action}",
    ),
    (
        "the power button puts the computer to sleep: {action}",
        "der Einschaltknopf legt den Rechner schlafen: {action}",
    ),
    (
        "a key of a keyboard, {key}, puts the computer to sleep: {action}",
        "eine Taste ({key}) legt den Rechner schlafen: {action}",
    ),
    (
        "no key puts the computer to sleep; the power button: {action}",
        "keine Taste legt den Rechner schlafen; Einschaltknopf: {action}",
    ),
    ("the computer is fed by its power supply", "der Rechner läuft am Netzteil"),
    ("the computer runs on its battery", "der Rechner läuft auf Akku"),
    ("see to its power supply, the plug and the socket", "Netzteil, Stecker und Steckdose prüfen"),
    (
        "have the installer write GRUB's menu; look for GRUB_TIMEOUT in /etc/default/grub",
        "den Installer das GRUB-Menü schreiben lassen; in /etc/default/grub nach GRUB_TIMEOUT sehen",
    ),
    (
        "GRUB's menu waits for a key at each start: GRUB_TIMEOUT is below 0",
        "das GRUB-Menü wartet bei jedem Start auf eine Taste: GRUB_TIMEOUT ist kleiner als 0",
    ),
    (
        "GRUB's menu waits for a key after a start that was cut short: GRUB_RECORDFAIL_TIMEOUT is below 0",
        "das GRUB-Menü wartet nach einem abgebrochenen Start auf eine Taste: GRUB_RECORDFAIL_TIMEOUT ist kleiner als 0",
    ),
    ("GRUB's menu waits {seconds} seconds", "das GRUB-Menü wartet {seconds} Sekunden"),
    ("GRUB's menu goes on after {seconds} seconds", "das GRUB-Menü geht nach {seconds} Sekunden weiter"),
    (
        "have the installer add fsck.repair=yes to what GRUB gives the kernel",
        "den Installer fsck.repair=yes in die Kernelzeile von GRUB setzen lassen",
    ),
    (
        "file systems are not checked at the start: fsck.mode=skip",
        "Dateisysteme werden beim Start nicht geprüft: fsck.mode=skip",
    ),
    (
        "what a power cut leaves in a file system is mended at the start",
        "was ein Stromausfall in einem Dateisystem hinterlässt, wird beim Start repariert",
    ),
    (
        "a file system that a power cut has damaged may stop the start with a question",
        "ein durch Stromausfall beschädigtes Dateisystem kann den Start mit einer Frage anhalten",
    ),
    (
        "the computer was started {today} times today, and {week} times in seven days",
        "der Rechner wurde heute {today}-mal gestartet und {week}-mal in sieben Tagen",
    ),
    (
        "see how the starts before ended; look at mains, power supply, heat and the hardware watchdog",
        "nachsehen, wie die Starts davor endeten; Stromnetz, Netzteil, Hitze und Hardware-Watchdog prüfen",
    ),
    (
        "the last end was a power cut: a file system had to be recovered ({about})",
        "zuletzt ging der Rechner durch Stromausfall aus: ein Dateisystem musste wiederhergestellt werden ({about})",
    ),
    (
        "switch off by the power button where that is possible; Vitrine bears the other, disks less so",
        "wenn möglich mit dem Einschaltknopf ausschalten; Vitrine verträgt das andere, Platten weniger",
    ),
    (
        "no file system had to be recovered at the start",
        "beim Start musste kein Dateisystem wiederhergestellt werden",
    ),
    (
        "there is no hardware watchdog: a computer that hangs stays so",
        "es gibt keinen Hardware-Watchdog: ein hängender Rechner bleibt hängen",
    ),
    (
        "switch it on in the firmware, or load its module, such as iTCO_wdt or sp5100_tco",
        "ihn in der Firmware einschalten oder sein Modul laden, etwa iTCO_wdt oder sp5100_tco",
    ),
    (
        "the hardware watchdog is not used: a computer that hangs stays so",
        "der Hardware-Watchdog wird nicht genutzt: ein hängender Rechner bleibt hängen",
    ),
    ("have the installer switch it on", "ihn vom Installer einschalten lassen"),
    (
        "a computer that hangs is reset by its watchdog after {time}",
        "ein hängender Rechner wird nach {time} von seinem Watchdog neu gestartet",
    ),
    (
        "a kernel that has panicked stands still for ever: kernel.panic is 0",
        "ein abgestürzter Kernel bleibt für immer stehen: kernel.panic ist 0",
    ),
    (
        "let it restart, until the next start; the installer's step 'panic' makes it last",
        "ihn neu starten lassen, bis zum nächsten Start; dauerhaft macht es der Schritt 'panic' des Installers",
    ),
    ("a kernel that has panicked restarts", "ein abgestürzter Kernel startet neu"),
    ("{folder} has {free} left of {size}", "in {folder} sind {free} von {size} frei"),
    (
        "see what fills it, and make room: packages and old logs first",
        "nachsehen, was Platz braucht, und Platz schaffen: zuerst Pakete und alte Protokolle",
    ),
    ("{folder} can hold {free} more files of {count}", "{folder} fasst noch {free} von {count} Dateien"),
    (
        "find the folder with so many files, and remove them",
        "den Ordner mit so vielen Dateien suchen und sie entfernen",
    ),
    ("/var/log has {size}, of which {largest} is {part}", "/var/log hat {size}, davon {largest} {part}"),
    (
        "see who writes so much, and bound the journal",
        "nachsehen, wer so viel schreibt, und das Journal begrenzen",
    ),
    (
        "see what crashes; the files in /var/lib/systemd/coredump and /var/crash may be removed",
        "nachsehen, was abstürzt; die Dateien in /var/lib/systemd/coredump und /var/crash dürfen weg",
    ),
    ("core dumps of crashed programs take {size}", "Speicherabzüge abgestürzter Programme belegen {size}"),
    ("crashed in the last week: {programs}", "in der letzten Woche abgestürzt: {programs}"),
    ("no core dump of the last week", "kein Speicherabzug aus der letzten Woche"),
    (
        "{folder} can only be read, though /etc/fstab does not say so: its disk has failed",
        "{folder} ist nur lesbar, obwohl /etc/fstab das nicht verlangt: die Platte hat versagt",
    ),
    (
        "save what is on it, look at the kernel's log, restart, and have the disk replaced",
        "sichern, was darauf ist, ins Kernelprotokoll sehen, neu starten und die Platte tauschen lassen",
    ),
    ("what should be written to can be", "was beschreibbar sein soll, ist es"),
    (
        "copy the VMs' images to another disk soon, and have this one replaced",
        "die Images der VMs bald auf eine andere Platte kopieren und diese tauschen lassen",
    ),
    ("{disk} says of itself that it is failing", "{disk} meldet selbst, dass sie ausfällt"),
    (
        "{disk} has {unreadable} errors that could not be corrected, and {replaced} sectors that were replaced",
        "{disk} hat {unreadable} nicht korrigierbare Fehler und {replaced} ersetzte Sektoren",
    ),
    ("{disk} says nothing of its health", "{disk} sagt nichts über ihren Zustand"),
    ("{count} disks say of themselves that they are well", "{count} Platten melden, dass es ihnen gut geht"),
    ("{disk} has used {percent} % of its life", "{disk} hat {percent} % ihrer Lebensdauer verbraucht"),
    ("plan for another disk", "eine neue Platte einplanen"),
    ("every device of /etc/fstab is there", "jedes Gerät aus /etc/fstab ist da"),
    (
        "/etc/fstab names what is not there: {mounts}; the next start would end at a prompt",
        "/etc/fstab nennt, was nicht da ist: {mounts}; der nächste Start endete an einer Eingabeaufforderung",
    ),
    (
        "plug the disk in again, or add 'nofail' to the options of its line, or remove the line",
        "die Platte wieder anschließen oder 'nofail' in die Optionen ihrer Zeile schreiben oder die Zeile entfernen",
    ),
    ("the system's journal is kept over a restart", "das Systemjournal bleibt über einen Neustart erhalten"),
    (
        "the system's journal is lost at each restart: /var/log/journal is missing",
        "das Systemjournal geht bei jedem Neustart verloren: /var/log/journal fehlt",
    ),
    ("have it kept", "es aufbewahren lassen"),
    (
        "the system's journal is lost at each restart: journald's configuration has it so",
        "das Systemjournal geht bei jedem Neustart verloren: journald ist so eingestellt",
    ),
    (
        "write Storage=persistent into /etc/systemd/journald.conf",
        "Storage=persistent in /etc/systemd/journald.conf schreiben",
    ),
    ("{system} is known", "{system} ist bekannt"),
    (
        "this is {system}, with which nobody has tried Vitrine",
        "das ist {system}, womit noch niemand Vitrine erprobt hat",
    ),
    (
        "Debian 12 or newer, or Ubuntu 22.04 or newer, is what Vitrine was tried with",
        "erprobt ist Vitrine mit Debian ab 12 und Ubuntu ab 22.04",
    ),
    ("every package is wholly installed", "alle Pakete sind vollständig installiert"),
    ("packages are only half installed: {packages}", "Pakete sind nur halb installiert: {packages}"),
    (
        "an installation was cut short; have it finished, out of opening hours",
        "eine Installation wurde abgebrochen; außerhalb der Öffnungszeiten zu Ende bringen",
    ),
    ("{count} programs that are needed are there", "{count} nötige Programme sind da"),
    ("programs are missing: {programs}", "es fehlen Programme: {programs}"),
    ("install what is missing", "installieren, was fehlt"),
    (
        "{package} is of version {version}, {other} of {others}",
        "{package} hat die Version {version}, {other} dagegen {others}",
    ),
    ("install all of them from one suite", "alle aus derselben Suite installieren"),
    (
        "the packages of QEMU and of libvirt fit together ({package} {version})",
        "die Pakete von QEMU und von libvirt passen zusammen ({package} {version})",
    ),
    ("QEMU has what SPICE takes", "QEMU hat, was SPICE braucht"),
    (
        "QEMU cannot show anything by SPICE: the package qemu-system-modules-spice is missing",
        "QEMU kann nichts über SPICE zeigen: das Paket qemu-system-modules-spice fehlt",
    ),
    (
        "install it; a VM has it from its next start on",
        "es installieren; eine VM hat es ab ihrem nächsten Start",
    ),
    ("restart the computer out of opening hours", "den Rechner außerhalb der Öffnungszeiten neu starten"),
    (
        "kernel {release} runs, and its modules are gone: what is not loaded yet cannot be",
        "Kernel {release} läuft, und seine Module sind weg: was noch nicht geladen ist, lässt sich nicht mehr laden",
    ),
    (
        "updates wait for a restart; kernel {release} runs",
        "Aktualisierungen warten auf einen Neustart; es läuft Kernel {release}",
    ),
    (
        "kernel {release} runs, and no update waits for a restart",
        "Kernel {release} läuft, und keine Aktualisierung wartet auf einen Neustart",
    ),
    ("the clock is synchronised", "die Uhr wird abgeglichen"),
    (
        "nothing sets the clock: time synchronisation is switched off",
        "niemand stellt die Uhr: der Zeitabgleich ist ausgeschaltet",
    ),
    ("switch it on", "ihn einschalten"),
    (
        "nothing sets the clock: no time service is installed",
        "niemand stellt die Uhr: kein Zeitdienst ist installiert",
    ),
    ("install one", "einen installieren"),
    (
        "the clock will be synchronised soon: its service was started just now",
        "die Uhr wird bald abgeglichen: ihr Dienst läuft erst seit Kurzem",
    ),
    (
        "no time server has answered: the clock goes wrong slowly",
        "kein Zeitserver hat geantwortet: die Uhr geht langsam falsch",
    ),
    (
        "let the computer reach a time server, or name the museum's own as NTP= in /etc/systemd/timesyncd.conf",
        "den Rechner einen Zeitserver erreichen lassen oder den des Hauses als NTP= in /etc/systemd/timesyncd.conf nennen",
    ),
    (
        "the clock is at least {days} days late: files of the system are newer",
        "die Uhr geht mindestens {days} Tage nach: Dateien des Systems sind neuer",
    ),
    (
        "set the clock; where it is wrong after each power cut, the battery on the mainboard is empty",
        "die Uhr stellen; geht sie nach jedem Stromausfall falsch, ist die Batterie auf der Hauptplatine leer",
    ),
    (
        "the hardware's clock is wrong by {minutes} minutes, and the next start begins with it",
        "die Hardware-Uhr geht um {minutes} Minuten falsch, und der nächste Start beginnt mit ihr",
    ),
    ("set it to the system's", "sie nach der des Systems stellen"),
    (
        "the clock is not behind the files of the system",
        "die Uhr ist nicht hinter den Dateien des Systems zurück",
    ),
    (
        "the time zone is UTC: times in logs and incidents are not those on the wall",
        "die Zeitzone ist UTC: Zeiten in Protokollen und Vorfällen sind nicht die der Wanduhr",
    ),
    ("set the museum's time zone, such as this", "die Zeitzone des Museums einstellen, etwa so"),
    ("the time zone is {zone}", "die Zeitzone ist {zone}"),
    ("the computer finds its own name, {name}", "der Rechner findet seinen eigenen Namen, {name}"),
    (
        "the computer's own name, {name}, is not in /etc/hosts: sudo and others wait for it",
        "der eigene Name des Rechners, {name}, steht nicht in /etc/hosts: sudo und andere warten darauf",
    ),
    (
        "write the line '127.0.1.1 {name}' into /etc/hosts",
        "die Zeile '127.0.1.1 {name}' in /etc/hosts schreiben",
    ),
    ("no service has failed", "kein Dienst ist ausgefallen"),
    ("these units have failed: {units}", "diese Units sind ausgefallen: {units}"),
    ("see why, and start it again", "nachsehen, warum, und neu starten"),
    (
        "no disk has failed to read or write since the start",
        "seit dem Start hat keine Platte beim Lesen oder Schreiben versagt",
    ),
    (
        "{disk} could not be read or written, {count} times: {line}",
        "{disk} ließ sich {count}-mal nicht lesen oder schreiben: {line}",
    ),
    (
        "copy the VMs' images to another disk; see to the cable, then have the disk replaced",
        "die Images der VMs auf eine andere Platte kopieren; das Kabel prüfen, dann die Platte tauschen lassen",
    ),
    (
        "no file system has shown damage since the start",
        "seit dem Start zeigte sich kein Dateisystem beschädigt",
    ),
    ("the file system on {disk} is damaged: {line}", "das Dateisystem auf {disk} ist beschädigt: {line}"),
    (
        "have it checked at the next start, out of opening hours, with fsck.mode=force on the kernel's line",
        "es beim nächsten Start prüfen lassen, außerhalb der Öffnungszeiten, mit fsck.mode=force in der Kernelzeile",
    ),
    (
        "nothing was killed for want of memory since the start",
        "seit dem Start wurde nichts aus Speichermangel beendet",
    ),
    ("killed for want of memory: {program}", "aus Speichermangel beendet: {program}"),
    (
        "give the VMs less memory, or the computer more, and see what else takes it",
        "den VMs weniger Arbeitsspeicher geben oder dem Rechner mehr, und nachsehen, was ihn sonst braucht",
    ),
    ("no processor was slowed down for its heat", "kein Prozessor wurde wegen Hitze gebremst"),
    (
        "the processor was slowed down for its heat, {count} times",
        "der Prozessor wurde {count}-mal wegen Hitze gebremst",
    ),
    (
        "clean fans and filters, and see that air reaches the computer in its housing",
        "Lüfter und Filter reinigen und dafür sorgen, dass der Rechner in seinem Gehäuse Luft bekommt",
    ),
    ("{sensor} says {degrees} °C", "{sensor} meldet {degrees} °C"),
    (
        "see that air reaches the computer, and that its fans turn",
        "dafür sorgen, dass der Rechner Luft bekommt und seine Lüfter sich drehen",
    ),
    (
        "the hardware has reported no error since the start",
        "die Hardware hat seit dem Start keinen Fehler gemeldet",
    ),
    ("the hardware has reported {count} errors: {line}", "die Hardware hat {count} Fehler gemeldet: {line}"),
    (
        "test the memory over a night, and have the part replaced",
        "den Arbeitsspeicher eine Nacht lang testen und das Teil tauschen lassen",
    ),
    (
        "the graphics hardware has not hung since the start",
        "die Grafikhardware hat seit dem Start nicht gehangen",
    ),
    (
        "the graphics hardware has hung {count} times: {line}",
        "die Grafikhardware hat {count}-mal gehangen: {line}",
    ),
    (
        "take a newer kernel, or firmware for the graphics (firmware-misc-nonfree)",
        "einen neueren Kernel nehmen oder Firmware für die Grafik (firmware-misc-nonfree)",
    ),
    ("the kernel has not stumbled since the start", "der Kernel ist seit dem Start nicht gestolpert"),
    ("the kernel has stumbled {count} times: {line}", "der Kernel ist {count}-mal gestolpert: {line}"),
    (
        "restart out of opening hours; where it comes again, take another kernel and test the memory",
        "außerhalb der Öffnungszeiten neu starten; kommt es wieder, einen anderen Kernel nehmen und den Arbeitsspeicher testen",
    ),
    (
        "no program of the artworks' has crashed since the start",
        "seit dem Start ist kein Programm der Werke abgestürzt",
    ),
    ("{program} has crashed {count} times", "{program} ist {count}-mal abgestürzt"),
    (
        "install the updates of this program out of opening hours; coredumpctl tells more",
        "Aktualisierungen dieses Programms außerhalb der Öffnungszeiten installieren; coredumpctl sagt mehr",
    ),
    ("the computer has not slept since the start", "der Rechner hat seit dem Start nicht geschlafen"),
    (
        "the computer was put to sleep {count} times since the start",
        "der Rechner wurde seit dem Start {count}-mal schlafen gelegt",
    ),
    ("let nothing put it to sleep", "ihn durch nichts schlafen legen lassen"),
    (
        "updates do not restart the computer by themselves",
        "Aktualisierungen starten den Rechner nicht von selbst neu",
    ),
    ("updates restart the computer at {time}", "Aktualisierungen starten den Rechner um {time} neu"),
    (
        "updates restart the computer by themselves, at this time: {time}",
        "Aktualisierungen starten den Rechner von selbst neu, zu dieser Zeit: {time}",
    ),
    (
        "in /etc/apt/apt.conf.d/50unattended-upgrades set Unattended-Upgrade::Automatic-Reboot-Time to an hour of the night",
        "in /etc/apt/apt.conf.d/50unattended-upgrades Unattended-Upgrade::Automatic-Reboot-Time auf eine Nachtstunde setzen",
    ),
    (
        "updates are installed by themselves, at a time that nobody has chosen",
        "Aktualisierungen werden von selbst installiert, zu einer Zeit, die niemand gewählt hat",
    ),
    (
        "choose an hour out of opening hours as OnCalendar= of this timer, with RandomizedDelaySec=0",
        "als OnCalendar= dieses Timers eine Stunde außerhalb der Öffnungszeiten wählen, mit RandomizedDelaySec=0",
    ),
    (
        "updates are installed when somebody does so",
        "Aktualisierungen werden installiert, wenn jemand es tut",
    ),
    (
        "needrestart restarts services after an update, libvirt's among them",
        "needrestart startet Dienste nach einer Aktualisierung neu, auch die von libvirt",
    ),
    (
        "have the installer spare the session and libvirt",
        "den Installer Sitzung und libvirt davon ausnehmen lassen",
    ),
    (
        "no update restarts libvirt or the session",
        "keine Aktualisierung startet libvirt oder die Sitzung neu",
    ),
    (
        "snapd renews its programs at any time of the day: {timer}",
        "snapd erneuert seine Programme zu jeder Tageszeit: {timer}",
    ),
    ("let it do so at night", "es nachts tun lassen"),
    ("snapd renews its programs at {timer}", "snapd erneuert seine Programme um {timer}"),
    (
        "smartctl is not installed (smartmontools): disks are not asked for their health",
        "smartctl ist nicht installiert (smartmontools): Platten werden nicht nach ihrem Zustand gefragt",
    ),
    ("only root may ask disks for their health", "nur root darf Platten nach ihrem Zustand fragen"),
    ("/dev/disk is not there: udev does not run", "/dev/disk ist nicht da: udev läuft nicht"),
    ("journald does not run here", "journald läuft hier nicht"),
    ("/var/log has too many files to be measured", "/var/log hat zu viele Dateien, um gemessen zu werden"),
    (
        "the kernel's log is empty: it is not this system's to read",
        "das Kernelprotokoll ist leer: dieses System darf es nicht lesen",
    ),
    ("looking for it has failed", "die Suche danach ist gescheitert"),
    ("{file} is not to be read: {why}", "{file} lässt sich nicht lesen: {why}"),
    ("'{text}' is no number", "'{text}' ist keine Zahl"),
    ("{program} says: {why}", "{program} sagt: {why}"),
    ("this system was not started by systemd", "dieses System wurde nicht von systemd gestartet"),
    ("logind says something else: {text}", "logind sagt etwas anderes: {text}"),
    (
        "there is no journal of the system's that this user may read",
        "es gibt kein Systemjournal, das dieser Benutzer lesen darf",
    ),
    (
        "this system has no apt, and what updates it is not known",
        "dieses System hat kein apt, und was es aktualisiert, ist nicht bekannt",
    ),
];
