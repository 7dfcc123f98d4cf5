//! What the doctor says of libvirt's daemons.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("libvirt answers at {uri}", "libvirt antwortet unter {uri}"),
    ("install libvirt's daemon", "den Dienst von libvirt installieren"),
    (
        "log in as the kiosk's user; its libvirt starts by itself when it is asked",
        "als Nutzer des Kiosks anmelden; dessen libvirt startet von selbst, sobald es gefragt wird",
    ),
    (
        "put the kiosk's user into the group libvirt, and log it in anew",
        "den Nutzer des Kiosks in die Gruppe libvirt aufnehmen und neu anmelden",
    ),
    (
        "restart libvirt's daemon; VMs that run are not touched by that",
        "den Dienst von libvirt neu starten; laufende VMs berührt das nicht",
    ),
    (
        "install libvirt's driver for QEMU (package libvirt-daemon-driver-qemu), or mend 'uri' in [libvirt]",
        "den QEMU-Treiber von libvirt installieren (Paket libvirt-daemon-driver-qemu) oder 'uri' in [libvirt] berichtigen",
    ),
    (
        "see what libvirt's daemon writes to the log",
        "nachsehen, was der Dienst von libvirt ins Protokoll schreibt",
    ),
    ("libvirt does not answer at {uri}: {words}", "libvirt antwortet unter {uri} nicht: {words}"),
    ("start libvirt's daemon ({unit})", "den Dienst von libvirt starten ({unit})"),
    (
        "{unit} is masked, so that nothing can start it; unmask it",
        "{unit} ist maskiert, nichts kann es starten; die Maskierung aufheben",
    ),
    (
        "the VM '{vm}' is not at {uri}, where Vitrine looks, but at {other}",
        "die VM '{vm}' ist nicht unter {uri}, wo Vitrine sucht, sondern unter {other}",
    ),
    (
        "write uri = \"{other}\" below [libvirt] in vitrine.toml, or define the VM anew at {uri} (virsh dumpxml, virsh define)",
        "in vitrine.toml unter [libvirt] uri = \"{other}\" schreiben, oder die VM unter {uri} neu anlegen (virsh dumpxml, virsh define)",
    ),
    ("the VMs run on another computer ({host})", "die VMs laufen auf einem anderen Rechner ({host})"),
    (
        "run Vitrine on the computer that has the VMs: images, firewalls and networks are looked at on this one only, and a cable between the two can fail",
        "Vitrine auf dem Rechner mit den VMs betreiben: Abbilder, Firewalls und Netze werden nur auf diesem hier geprüft, und ein Kabel dazwischen kann ausfallen",
    ),
    ("have a new one made, and put it in its place", "ein neues ausstellen lassen und an seine Stelle legen"),
    ("the certificate {file} holds no more", "das Zertifikat {file} gilt nicht mehr"),
    ("the certificate {file} ends within a month", "das Zertifikat {file} läuft innerhalb eines Monats ab"),
    (
        "the certificate {file} holds for another month and more",
        "das Zertifikat {file} gilt noch länger als einen Monat",
    ),
    ("libvirt is {version}", "libvirt ist {version}"),
    (
        "libvirt is {version}; Vitrine is tried with {oldest} and later",
        "libvirt ist {version}; erprobt ist Vitrine mit {oldest} und neuer",
    ),
    (
        "bring the computer to a newer release of its distribution",
        "auf dem Rechner eine neuere Ausgabe der Distribution einspielen",
    ),
    ("QEMU is {version}", "QEMU ist {version}"),
    (
        "QEMU is {version}; from {oldest} on artworks can be put back without being started anew",
        "QEMU ist {version}; ab {oldest} lassen sich Werke zurücksetzen, ohne neu zu starten",
    ),
    (
        "libvirt's daemon and library are both {version}",
        "Dienst und Bibliothek von libvirt sind beide {version}",
    ),
    (
        "libvirt's daemon that runs is {daemon}, the library is {library}",
        "der laufende Dienst von libvirt ist {daemon}, die Bibliothek {library}",
    ),
    (
        "libvirtd and virtqemud are both on; each takes the VMs for its own",
        "libvirtd und virtqemud sind beide eingeschaltet; jeder hält die VMs für die seinen",
    ),
    (
        "switch one of them off, with its sockets; here libvirtd",
        "einen davon samt seinen Sockets abschalten; hier libvirtd",
    ),
    ("one daemon of libvirt is on: {name}", "ein Dienst von libvirt ist eingeschaltet: {name}"),
    ("one daemon of libvirt runs (process {pid})", "ein Dienst von libvirt läuft (Prozess {pid})"),
    (
        "{count} daemons of libvirt run as root (processes {pids})",
        "{count} Dienste von libvirt laufen als root (Prozesse {pids})",
    ),
    (
        "end the one that systemd has not started; systemctl status names the process of the other",
        "den beenden, den nicht systemd gestartet hat; systemctl status nennt den Prozess des anderen",
    ),
    (
        "libvirt is there after a start of the computer ({unit})",
        "libvirt ist nach einem Start des Rechners da ({unit})",
    ),
    (
        "no unit of libvirt is enabled: after the next start of the computer nothing answers",
        "keine Unit von libvirt ist aktiviert: nach dem nächsten Start des Rechners antwortet nichts",
    ),
    ("enable {unit}", "{unit} aktivieren"),
    ("virtqemud has its helpers beside it", "virtqemud hat seine Helfer bei sich"),
    ("virtqemud is on, and {units} is not", "virtqemud ist eingeschaltet, {units} aber nicht"),
    (
        "QEMU writes its log itself (stdio_handler = \"file\"): nothing keeps it from filling the disk",
        "QEMU schreibt sein Protokoll selbst (stdio_handler = \"file\"): nichts hält es davon ab, die Platte zu füllen",
    ),
    (
        "leave stdio_handler in /etc/libvirt/qemu.conf to libvirt, which has virtlogd write it",
        "stdio_handler in /etc/libvirt/qemu.conf libvirt überlassen, das virtlogd schreiben lässt",
    ),
    ("virtlogd is there to write the VMs' logs", "virtlogd ist da und schreibt die Protokolle der VMs"),
    (
        "virtlogd is not there (no socket /run/libvirt/virtlogd-sock): no VM can be started",
        "virtlogd ist nicht da (kein Socket /run/libvirt/virtlogd-sock): keine VM lässt sich starten",
    ),
    ("start virtlogd's socket", "den Socket von virtlogd starten"),
    (
        "max_core is within what libvirt's daemon may set",
        "max_core ist, was der Dienst von libvirt setzen darf",
    ),
    (
        "libvirt's daemon (process {pid}) may not raise its limit of core files of {limit} bytes, and max_core wants more",
        "der Dienst von libvirt (Prozess {pid}) darf seine Grenze für Speicherauszüge von {limit} Byte nicht anheben, und max_core will mehr",
    ),
    (
        "write max_core = {limit} into /etc/libvirt/qemu.conf and restart libvirt's daemon",
        "in /etc/libvirt/qemu.conf max_core = {limit} schreiben und den Dienst von libvirt neu starten",
    ),
    ("the system's D-Bus answers", "der D-Bus des Systems antwortet"),
    (
        "the system's D-Bus does not answer; libvirt asks polkit over it who may do what",
        "der D-Bus des Systems antwortet nicht; darüber fragt libvirt bei polkit, wer was darf",
    ),
    ("start the system's D-Bus", "den D-Bus des Systems starten"),
    (
        "polkit is there, which libvirt asks who may do what",
        "polkit ist da, bei dem libvirt fragt, wer was darf",
    ),
    (
        "polkit is not installed: libvirt refuses everybody but root",
        "polkit ist nicht installiert: libvirt weist alle außer root ab",
    ),
    ("install polkit", "polkit installieren"),
    (
        "libvirt-guests starts VMs at the computer's start (ON_BOOT=start), beside Vitrine",
        "libvirt-guests startet beim Start des Rechners VMs (ON_BOOT=start), neben Vitrine",
    ),
    (
        "write ON_BOOT=ignore into {file}: Vitrine starts what it shows",
        "in {file} ON_BOOT=ignore schreiben: Vitrine startet, was es zeigt",
    ),
    (
        "libvirt-guests saves the VMs when the computer is switched off (ON_SHUTDOWN=suspend): that takes long, and the next start takes the saved state",
        "libvirt-guests speichert die VMs beim Ausschalten des Rechners (ON_SHUTDOWN=suspend): das dauert, und der nächste Start nimmt den gespeicherten Zustand",
    ),
    (
        "leave end_vms in [shutdown] on, or write ON_SHUTDOWN=shutdown into {file}",
        "end_vms in [shutdown] eingeschaltet lassen oder in {file} ON_SHUTDOWN=shutdown schreiben",
    ),
    (
        "libvirt-guests waits up to {timeout} s (0: without end) for guests that do not switch off",
        "libvirt-guests wartet bis zu {timeout} s (0: ohne Ende) auf Gäste, die sich nicht ausschalten",
    ),
    (
        "leave end_vms in [shutdown] on, or write SHUTDOWN_TIMEOUT=60 into {file}",
        "end_vms in [shutdown] eingeschaltet lassen oder in {file} SHUTDOWN_TIMEOUT=60 schreiben",
    ),
    ("libvirt-guests starts no VM by itself", "libvirt-guests startet von sich aus keine VM"),
    ("libvirt runs no hooks", "libvirt führt keine Hooks aus"),
    (
        "libvirt runs hooks at each start and end of a VM: {files}",
        "libvirt führt bei jedem Start und Ende einer VM Hooks aus: {files}",
    ),
    (
        "see that they are quick and call nothing of libvirt's: a hook that hangs keeps the VM from starting",
        "darauf achten, dass sie schnell sind und libvirt nicht rufen: ein Hook, der hängt, hält die VM vom Start ab",
    ),
    (
        "QEMU runs as the user that libvirt was built for",
        "QEMU läuft als der Nutzer, für den libvirt gebaut wurde",
    ),
    ("QEMU runs as root (user in {file})", "QEMU läuft als root (user in {file})"),
    (
        "take 'user' and 'group' out of {file}: whoever breaks out of a guest would be root",
        "'user' und 'group' aus {file} nehmen: wer aus einem Gast ausbricht, wäre sonst root",
    ),
    ("QEMU runs as {user} ({file})", "QEMU läuft als {user} ({file})"),
    ("libvirt chooses its security driver itself", "libvirt wählt sein Sicherheitsmodul selbst"),
    (
        "QEMU is not confined (security_driver = \"none\" in {file})",
        "QEMU ist nicht eingesperrt (security_driver = \"none\" in {file})",
    ),
    (
        "take 'security_driver' out of {file} once the artworks run",
        "'security_driver' aus {file} nehmen, sobald die Werke laufen",
    ),
    ("QEMU is confined by {driver}", "QEMU ist durch {driver} eingesperrt"),
    (
        "each QEMU sees all devices of the computer (namespaces = [] in {file})",
        "jedes QEMU sieht alle Geräte des Rechners (namespaces = [] in {file})",
    ),
    (
        "take 'namespaces' out of {file}, unless libvirt runs in a container",
        "'namespaces' aus {file} nehmen, außer libvirt läuft in einem Container",
    ),
    ("each QEMU has devices of its own", "jedes QEMU hat seine eigenen Geräte"),
    (
        "libvirt's daemon takes as many connections as it usually does",
        "der Dienst von libvirt nimmt so viele Verbindungen an wie üblich",
    ),
    (
        "libvirt's daemon takes few at once: {key} = {value} in {file}",
        "der Dienst von libvirt nimmt nur wenige zugleich an: {key} = {value} in {file}",
    ),
    (
        "take '{key}' out of {file} and restart libvirt's daemon",
        "'{key}' aus {file} nehmen und den Dienst von libvirt neu starten",
    ),
    ("libvirt sets no password for displays", "libvirt setzt kein Passwort für Anzeigen"),
    (
        "'{key}' in qemu.conf has the display of VM '{vm}' ask for a password, which nobody types in a kiosk",
        "'{key}' in qemu.conf lässt die Anzeige der VM '{vm}' nach einem Passwort fragen, das im Kiosk niemand eintippt",
    ),
    (
        "take '{key}' out of /etc/libvirt/qemu.conf, restart libvirt's daemon, and start the VM anew",
        "'{key}' aus /etc/libvirt/qemu.conf nehmen, den Dienst von libvirt neu starten und dann die VM",
    ),
    ("libvirt asks for no TLS on displays", "libvirt verlangt für Anzeigen kein TLS"),
    (
        "'{key}' in qemu.conf is on: the VM starts only with certificates, and its viewer shows it only while they hold",
        "'{key}' in qemu.conf ist eingeschaltet: die VM startet nur mit Zertifikaten, und gezeigt wird sie nur, solange diese gelten",
    ),
    (
        "take '{key}' out of /etc/libvirt/qemu.conf: viewer and VM are on the same computer",
        "'{key}' aus /etc/libvirt/qemu.conf nehmen: Betrachter und VM sind auf demselben Rechner",
    ),
    (
        "libvirt has no VM '{vm}' at {uri}, but one called '{alike}'",
        "libvirt hat unter {uri} keine VM '{vm}', aber eine namens '{alike}'",
    ),
    (
        "libvirt has no VM '{vm}' at {uri}, and no other one",
        "libvirt hat unter {uri} keine VM '{vm}' und auch sonst keine",
    ),
    (
        "libvirt has no VM '{vm}' at {uri}; it has {names}",
        "libvirt hat unter {uri} keine VM '{vm}'; es hat {names}",
    ),
    ("libvirt leaves the start of VM '{vm}' to Vitrine", "libvirt überlässt den Start der VM '{vm}' Vitrine"),
    (
        "libvirt starts the VM '{vm}' by itself, from its disk, before Vitrine puts it back to its snapshot",
        "libvirt startet die VM '{vm}' von selbst von ihrer Platte, bevor Vitrine sie auf ihren Snapshot zurücksetzt",
    ),
    ("leave its start to Vitrine", "ihren Start Vitrine überlassen"),
    ("put the artwork back to its snapshot", "das Werk auf seinen Snapshot zurücksetzen"),
    ("the VM '{vm}' runs", "die VM '{vm}' läuft"),
    ("the VM '{vm}' is off", "die VM '{vm}' ist aus"),
    ("the VM '{vm}' is about to be off", "die VM '{vm}' ist gleich aus"),
    (
        "libvirt is at work on the VM '{vm}' and has paused it for that",
        "libvirt arbeitet an der VM '{vm}' und hat sie dafür angehalten",
    ),
    (
        "the VM '{vm}' is paused: a read or a write of its disk failed",
        "die VM '{vm}' ist angehalten: ein Lesen oder Schreiben ihrer Platte ist gescheitert",
    ),
    (
        "see that the disk has room and is sound; then let it go on",
        "dafür sorgen, dass die Platte Platz hat und heil ist; dann die VM weiterlaufen lassen",
    ),
    ("the guest of VM '{vm}' has crashed", "der Gast der VM '{vm}' ist abgestürzt"),
    ("the VM '{vm}' is paused: its picture stands still", "die VM '{vm}' ist angehalten: ihr Bild steht"),
    ("let the VM go on", "die VM weiterlaufen lassen"),
    ("the guest of VM '{vm}' has put itself to sleep", "der Gast der VM '{vm}' hat sich schlafen gelegt"),
    (
        "wake it, and switch energy saving off in the guest before the next snapshot is made",
        "ihn wecken und im Gast das Energiesparen abschalten, bevor der nächste Snapshot gemacht wird",
    ),
    ("libvirt does not say how the VM '{vm}' is", "libvirt sagt nicht, wie es um die VM '{vm}' steht"),
    (
        "QEMU of VM '{vm}' was stopped by a signal (process {pid})",
        "das QEMU der VM '{vm}' wurde durch ein Signal angehalten (Prozess {pid})",
    ),
    ("QEMU of VM '{vm}' answers", "das QEMU der VM '{vm}' antwortet"),
    (
        "libvirt has been at work on the VM '{vm}' for {lasts}",
        "libvirt arbeitet seit {lasts} an der VM '{vm}'",
    ),
    (
        "a job of libvirt's has had the VM '{vm}' locked for {lasts}",
        "ein Auftrag von libvirt hält die VM '{vm}' seit {lasts} gesperrt",
    ),
    (
        "see what it is at; if it does not move, end the VM: Vitrine starts it anew",
        "nachsehen, woran es arbeitet; kommt es nicht voran, die VM beenden: Vitrine startet sie neu",
    ),
    (
        "QEMU of VM '{vm}' has not answered libvirt for {lasts}",
        "das QEMU der VM '{vm}' antwortet libvirt seit {lasts} nicht",
    ),
    ("end the VM: Vitrine starts it anew", "die VM beenden: Vitrine startet sie neu"),
    (
        "libvirt can no longer speak to QEMU of VM '{vm}'",
        "libvirt kann nicht mehr mit dem QEMU der VM '{vm}' sprechen",
    ),
    ("no QEMU of VM '{vm}' is left over", "von der VM '{vm}' ist kein QEMU übrig geblieben"),
    (
        "a QEMU of VM '{vm}' runs that libvirt does not know (process {pid}); it holds the VM's disk",
        "ein QEMU der VM '{vm}' läuft, das libvirt nicht kennt (Prozess {pid}); es hält die Platte der VM fest",
    ),
    (
        "end that QEMU: what is not in the snapshot is lost",
        "dieses QEMU beenden: was nicht im Snapshot ist, geht verloren",
    ),
    ("the last run of VM '{vm}' ended in order", "der letzte Lauf der VM '{vm}' endete ordentlich"),
    (
        "the last run of VM '{vm}' ended badly ({reason}): {words}",
        "der letzte Lauf der VM '{vm}' endete schlecht ({reason}): {words}",
    ),
    ("see the end of the VM's log", "das Ende des Protokolls der VM ansehen"),
    ("the agent in the guest of VM '{vm}' answers", "der Agent im Gast der VM '{vm}' antwortet"),
    (
        "the agent in the guest of VM '{vm}' does not answer, and the exhibit's 'agent' wants it to",
        "der Agent im Gast der VM '{vm}' antwortet nicht, und 'agent' des Exponats verlangt es",
    ),
    (
        "see that qemu-guest-agent is installed in the guest and starts with it, and that the VM has the channel org.qemu.guest_agent.0; then make the snapshot anew",
        "dafür sorgen, dass qemu-guest-agent im Gast installiert ist und mit ihm startet, und dass die VM den Kanal org.qemu.guest_agent.0 hat; dann den Snapshot neu machen",
    ),
    (
        "libvirt's settings in {file} cannot be read: {why}",
        "die Einstellungen von libvirt in {file} lassen sich nicht lesen: {why}",
    ),
    (
        "the VM's log {file} cannot be read: {why}",
        "das Protokoll der VM {file} lässt sich nicht lesen: {why}",
    ),
    ("the thread that looked at libvirt has ended", "der Thread, der nach libvirt sah, ist zu Ende"),
    ("libvirt has no definition of VM '{vm}'", "libvirt hat keine Definition der VM '{vm}'"),
    (
        "systemd is not what runs this computer's services",
        "die Dienste dieses Rechners verwaltet nicht systemd",
    ),
];
