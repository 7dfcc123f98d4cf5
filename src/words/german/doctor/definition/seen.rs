//! What the doctor says of how an exhibit's VM is seen, heard, touched and reached.

use crate::words::Row;

pub(in super::super) const SEEN: &[Row] = &[
    ("'{vm}' is shown by {kind}", "'{vm}' wird mit {kind} gezeigt"),
    ("'{vm}' has no display at all ({which})", "'{vm}' hat gar keine Anzeige ({which})"),
    (
        "'{vm}' has no display that a viewer could show, only {kinds} ({which})",
        "'{vm}' hat keine Anzeige, die ein Viewer zeigen könnte, nur {kinds} ({which})",
    ),
    (
        "add <graphics type='spice' autoport='yes'/> and a <video>, start the VM anew, and make a new snapshot",
        "<graphics type='spice' autoport='yes'/> und ein <video> hinzufügen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("QEMU here can do {kind}", "QEMU kann hier {kind}"),
    (
        "'{vm}' is to be shown by {kind}, and the QEMU of this computer has none",
        "'{vm}' soll mit {kind} gezeigt werden, und das QEMU dieses Rechners hat es nicht",
    ),
    (
        "install QEMU's module for it, or let the VM be shown by the other of SPICE and VNC",
        "das Modul von QEMU dafür installieren, oder die VM mit dem anderen von SPICE und VNC zeigen",
    ),
    (
        "the display of '{vm}' can be reached from the whole network (it listens at {address} {which}): who connects takes the picture off the screen",
        "die Anzeige von '{vm}' ist aus dem ganzen Netz zu erreichen (sie lauscht an {address}, {which}): wer sich verbindet, nimmt das Bild vom Bildschirm",
    ),
    (
        "have it listen at 127.0.0.1, start the VM anew, and make a new snapshot",
        "an 127.0.0.1 lauschen lassen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "the display of '{vm}' listens nowhere; the viewer has libvirt open it",
        "die Anzeige von '{vm}' lauscht nirgends; der Viewer lässt sie von libvirt öffnen",
    ),
    (
        "the display of '{vm}' listens at a socket; the viewer has libvirt open it",
        "die Anzeige von '{vm}' lauscht an einem Socket; der Viewer lässt sie von libvirt öffnen",
    ),
    (
        "the display of '{vm}' listens where libvirt chooses, at 127.0.0.1",
        "die Anzeige von '{vm}' lauscht, wo libvirt es wählt, an 127.0.0.1",
    ),
    ("the display of '{vm}' listens at {address}", "die Anzeige von '{vm}' lauscht an {address}"),
    ("the display of '{vm}' asks for no password", "die Anzeige von '{vm}' verlangt kein Passwort"),
    (
        "the display of '{vm}' asks for a password: visitors see a box that asks for it, and no artwork",
        "die Anzeige von '{vm}' verlangt ein Passwort: Besucher sehen ein Fenster, das danach fragt, und kein Werk",
    ),
    (
        "take passwd='…' out of <graphics>, start the VM anew, and make a new snapshot; who may not see it is kept away by listening at 127.0.0.1",
        "passwd='…' aus <graphics> herausnehmen, die VM neu starten und einen neuen Snapshot machen; wer sie nicht sehen soll, wird durch das Lauschen an 127.0.0.1 ferngehalten",
    ),
    (
        "the display of '{vm}' takes connections that are not encrypted",
        "die Anzeige von '{vm}' nimmt unverschlüsselte Verbindungen an",
    ),
    (
        "the display of '{vm}' takes encrypted connections only ({which}): a viewer needs certificates for that, and shows nothing without",
        "die Anzeige von '{vm}' nimmt nur verschlüsselte Verbindungen an ({which}): ein Viewer braucht dafür Zertifikate und zeigt sonst nichts",
    ),
    (
        "take tlsPort and defaultMode out of <graphics> and set autoport='yes', start the VM anew, and make a new snapshot",
        "tlsPort und defaultMode aus <graphics> herausnehmen und autoport='yes' setzen, die VM neu starten und einen neuen Snapshot machen",
    ),
    ("libvirt chooses the port of the display of '{vm}'", "den Port der Anzeige von '{vm}' wählt libvirt"),
    (
        "no other VM has the port of the display of '{vm}'",
        "keine andere VM hat den Port der Anzeige von '{vm}'",
    ),
    (
        "'{vm}' and '{other}' want the same port {port} for their displays ({which}): the second of them does not start",
        "'{vm}' und '{other}' wollen denselben Port {port} für ihre Anzeigen ({which}): die zweite der beiden startet nicht",
    ),
    (
        "set autoport='yes' and take port='…' out of <graphics>, start the VM anew, and make a new snapshot",
        "autoport='yes' setzen und port='…' aus <graphics> herausnehmen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "the graphics card of '{vm}' draws with this computer's (accel3d {which}): QEMU can neither save nor load the state of such",
        "die Grafikkarte von '{vm}' zeichnet mit der dieses Rechners (accel3d, {which}): deren Zustand kann QEMU weder sichern noch laden",
    ),
    (
        "take <acceleration> out of <video> and <gl> out of <graphics>, and start the VM anew; or let it be started cold each time",
        "<acceleration> aus <video> und <gl> aus <graphics> herausnehmen und die VM neu starten; oder sie jedes Mal kalt starten lassen",
    ),
    ("'{vm}' has the graphics card '{model}'", "'{vm}' hat die Grafikkarte '{model}'"),
    (
        "'{vm}' has no graphics card ({which}): its display says so, in grey, and shows nothing else",
        "'{vm}' hat keine Grafikkarte ({which}): ihre Anzeige sagt das auf Grau und zeigt sonst nichts",
    ),
    (
        "add <video><model type='virtio'/></video> (qxl or vga for an old system), start the VM anew, and make a new snapshot",
        "<video><model type='virtio'/></video> hinzufügen (qxl oder vga für ein altes System), die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "the QEMU of this computer has the graphics card of '{vm}'",
        "das QEMU dieses Rechners hat die Grafikkarte von '{vm}'",
    ),
    (
        "the QEMU of this computer has no graphics card '{model}' for '{vm}' ({which}); it has {known}",
        "das QEMU dieses Rechners hat keine Grafikkarte '{model}' für '{vm}' ({which}); es hat {known}",
    ),
    (
        "choose one that it has, or install what it lacks (qemu-system-modules-spice has QXL)",
        "eine wählen, die es hat, oder installieren, was ihm fehlt (QXL ist in qemu-system-modules-spice)",
    ),
    (
        "the exhibit fills {screens} screens, and VNC shows the first display of '{vm}' only ({which})",
        "das Exponat füllt {screens} Bildschirme, und VNC zeigt nur die erste Anzeige von '{vm}' ({which})",
    ),
    (
        "let the VM be shown by SPICE, start it anew, and make a new snapshot",
        "die VM mit SPICE zeigen lassen, sie neu starten und einen neuen Snapshot machen",
    ),
    ("'{vm}' can light {heads} displays", "'{vm}' kann {heads} Anzeigen beleuchten"),
    (
        "the exhibit fills {screens} screens, and '{vm}' can light {heads} only ({which})",
        "das Exponat füllt {screens} Bildschirme, und '{vm}' kann nur {heads} beleuchten ({which})",
    ),
    (
        "set heads='{screens}' at the <model> of <video> (qxl, virtio), or add a second <video> for a Windows; start the VM anew, and make a new snapshot",
        "heads='{screens}' beim <model> von <video> setzen (qxl, virtio), oder für ein Windows ein zweites <video> hinzufügen; die VM neu starten und einen neuen Snapshot machen",
    ),
    ("QXL has memory enough for what '{vm}' shows", "QXL hat genug Speicher für das, was '{vm}' zeigt"),
    (
        "QXL has {memory} MiB for the {heads} displays of '{vm}' ({which}): large pictures cannot be chosen within the guest",
        "QXL hat {memory} MiB für die {heads} Anzeigen von '{vm}' ({which}): große Bilder sind im Gast nicht zu wählen",
    ),
    (
        "set vgamem to 16384 for each display (32768 for 4K), start the VM anew, and make a new snapshot",
        "vgamem auf 16384 je Anzeige setzen (32768 bei 4K), die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "'{vm}' is a newer Windows with the graphics card QXL ({which}), whose driver may show a broken picture after a revert in place",
        "'{vm}' ist ein neueres Windows mit der Grafikkarte QXL ({which}), dessen Treiber nach einem Zurücksetzen im laufenden QEMU ein kaputtes Bild zeigen kann",
    ),
    (
        "try it: revert the exhibit and look; where the picture is broken, set in_place = false in the configuration, or choose another <video>",
        "ausprobieren: das Exponat zurücksetzen und hinsehen; ist das Bild kaputt, in_place = false in der Konfiguration setzen oder ein anderes <video> wählen",
    ),
    (
        "'{vm}' has the channel by which its agent answers",
        "'{vm}' hat den Kanal, über den ihr Agent antwortet",
    ),
    (
        "the agent within '{vm}' is asked for a sign of life, and the VM has no channel for it ({which}): without an answer it is put back, again and again",
        "der Agent in '{vm}' wird nach einem Lebenszeichen gefragt, und die VM hat keinen Kanal dafür ({which}): ohne Antwort wird sie zurückgesetzt, wieder und wieder",
    ),
    (
        "add <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>, start the VM anew, and make a new snapshot; or take agent out of the configuration",
        "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel> hinzufügen, die VM neu starten und einen neuen Snapshot machen; oder agent aus der Konfiguration herausnehmen",
    ),
    ("the clock of '{vm}' is what a Windows expects", "die Uhr von '{vm}' ist, wie ein Windows sie erwartet"),
    (
        "'{vm}' is a Windows, which takes its clock for local time, and is given UTC: its time is hours off",
        "'{vm}' ist ein Windows, das seine Uhr für Ortszeit hält, und bekommt UTC: seine Zeit geht um Stunden falsch",
    ),
    (
        "set <clock offset='localtime'>, start the VM anew, and make a new snapshot; unless the guest has been told otherwise",
        "<clock offset='localtime'> setzen, die VM neu starten und einen neuen Snapshot machen; es sei denn, dem Gast ist anderes gesagt",
    ),
    (
        "'{vm}' is a Windows, and is told that it is virtual",
        "'{vm}' ist ein Windows und weiß, dass es virtuell ist",
    ),
    (
        "'{vm}' is a Windows that is not told that it is virtual (no <hyperv>): it uses more of the processor than it needs, even when idle",
        "'{vm}' ist ein Windows, das nicht weiß, dass es virtuell ist (kein <hyperv>): es braucht mehr vom Prozessor als nötig, auch im Leerlauf",
    ),
    (
        "add <hyperv><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/></hyperv> to <features>, start the VM anew, try the artwork, and make a new snapshot",
        "<hyperv><relaxed state='on'/><vapic state='on'/><spinlocks state='on' retries='8191'/></hyperv> zu <features> hinzufügen, die VM neu starten, das Werk ausprobieren und einen neuen Snapshot machen",
    ),
    ("'{vm}' can be asked to shut down", "'{vm}' kann gebeten werden, herunterzufahren"),
    (
        "'{vm}' has no ACPI, so that its system cannot be asked to shut down: in the evening it is cut off, like by pulling the plug",
        "'{vm}' hat kein ACPI, so dass ihr System nicht gebeten werden kann, herunterzufahren: am Abend wird sie abgeschaltet, als zöge man den Stecker",
    ),
    (
        "add <acpi/> to <features> where the system has been installed with it; an old one without stays as it is",
        "<acpi/> zu <features> hinzufügen, wo das System damit installiert worden ist; ein altes ohne bleibt, wie es ist",
    ),
    (
        "no other VM has the MAC address {mac} of '{vm}'",
        "keine andere VM hat die MAC-Adresse {mac} von '{vm}'",
    ),
    (
        "'{vm}' and '{other}' have the same MAC address {mac} ({which}): heartbeats of one count for the other, and neither network works",
        "'{vm}' und '{other}' haben dieselbe MAC-Adresse {mac} ({which}): Lebenszeichen der einen zählen für die andere, und beider Netz geht nicht",
    ),
    (
        "take the line <mac address='…'/> out of one of them, so that libvirt chooses another; start that VM anew, and make a new snapshot",
        "die Zeile <mac address='…'/> aus einer der beiden herausnehmen, so dass libvirt eine andere wählt; diese VM neu starten und einen neuen Snapshot machen",
    ),
    ("'{vm}' has a network card for its heartbeats", "'{vm}' hat eine Netzwerkkarte für ihre Lebenszeichen"),
    (
        "heartbeats of '{vm}' are waited for, and it has no network card ({which})",
        "auf Lebenszeichen von '{vm}' wird gewartet, und sie hat keine Netzwerkkarte ({which})",
    ),
    (
        "heartbeats of '{vm}' are waited for, and the cable of its network card is pulled out (<link state='down'/> {which})",
        "auf Lebenszeichen von '{vm}' wird gewartet, und das Kabel ihrer Netzwerkkarte ist gezogen (<link state='down'/>, {which})",
    ),
    (
        "give it an <interface> whose link is up, start the VM anew, and make a new snapshot; or set heartbeat = false in the configuration",
        "ihr ein <interface> geben, dessen Link steht, die VM neu starten und einen neuen Snapshot machen; oder heartbeat = false in der Konfiguration setzen",
    ),
    (
        "libvirt's network '{network}', which '{vm}' is in, is not started ({which})",
        "das Netz '{network}' von libvirt, in dem '{vm}' ist, ist nicht gestartet ({which})",
    ),
    ("start it, and have it started with the computer", "es starten, und mit dem Rechner starten lassen"),
    (
        "libvirt has no network '{network}', which '{vm}' is to be in ({which})",
        "libvirt hat kein Netz '{network}', in dem '{vm}' sein soll ({which})",
    ),
    (
        "see which there are, and choose one of them, or define it",
        "nachsehen, welche es gibt, und eines davon wählen, oder es definieren",
    ),
    (
        "this computer has no network device '{device}', which '{vm}' is to be connected to ({which})",
        "dieser Rechner hat kein Netzwerkgerät '{device}', mit dem '{vm}' verbunden sein soll ({which})",
    ),
    (
        "see which there are, and choose one of them, or set it up",
        "nachsehen, welche es gibt, und eines davon wählen, oder es einrichten",
    ),
    (
        "the script {file}, which connects '{vm}', is not there ({which})",
        "das Skript {file}, das '{vm}' verbindet, ist nicht da ({which})",
    ),
    (
        "put it back, or choose another kind of <interface>",
        "es zurücklegen, oder eine andere Art von <interface> wählen",
    ),
    ("what '{vm}' is connected to is there", "womit '{vm}' verbunden ist, das ist da"),
    (
        "'{vm}' reaches this computer at 10.0.2.2, which is 127.0.0.1 here",
        "'{vm}' erreicht diesen Rechner unter 10.0.2.2, hier 127.0.0.1",
    ),
    (
        "a network card of '{vm}' leads to this computer",
        "eine Netzwerkkarte von '{vm}' führt zu diesem Rechner",
    ),
    (
        "'{vm}' goes past this computer to its network (macvtap by '{device}' {which}): a guest cannot reach its own computer that way, so no heartbeat arrives",
        "'{vm}' geht an diesem Rechner vorbei in sein Netz (macvtap durch '{device}', {which}): so kann ein Gast seinen eigenen Rechner nicht erreichen, und kein Lebenszeichen kommt an",
    ),
    (
        "add a second <interface type='network'> in libvirt's network 'default' for heartbeats, start the VM anew, and make a new snapshot",
        "ein zweites <interface type='network'> im Netz 'default' von libvirt für Lebenszeichen hinzufügen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "{kind} hands '{vm}' the pointer's movements only (<mouse mode='server'/> {which}): one click takes the pointer prisoner",
        "{kind} gibt '{vm}' nur die Bewegungen des Zeigers (<mouse mode='server'/>, {which}): ein Klick nimmt den Zeiger gefangen",
    ),
    (
        "take <mouse mode='server'/> out of <graphics>, start the VM anew, and make a new snapshot",
        "<mouse mode='server'/> aus <graphics> herausnehmen, die VM neu starten und einen neuen Snapshot machen",
    ),
    (
        "'{vm}' has a {kind}, which leaves the pointer free",
        "'{vm}' hat ein Zeigegerät ({kind}), das den Zeiger frei lässt",
    ),
    (
        "'{vm}' has a mouse and no tablet ({which}): one click takes the pointer prisoner, and no other artwork can be reached with it",
        "'{vm}' hat eine Maus und kein Tablet ({which}): ein Klick nimmt den Zeiger gefangen, und kein anderes Werk ist damit zu erreichen",
    ),
    (
        "add <input type='tablet' bus='usb'/>, start the VM anew, and make a new snapshot; a guest that knows no tablet (Mac OS 9, DOS) stays as it is",
        "<input type='tablet' bus='usb'/> hinzufügen, die VM neu starten und einen neuen Snapshot machen; ein Gast, der kein Tablet kennt (Mac OS 9, DOS), bleibt, wie er ist",
    ),
    (
        "'{vm}' has a sound card, and its display is not SPICE, which alone brings sound to the viewer ({which})",
        "'{vm}' hat eine Soundkarte, und ihre Anzeige ist nicht SPICE, das allein Ton zum Viewer bringt ({which})",
    ),
    (
        "let the VM be shown by SPICE, start it anew, and make a new snapshot; or take the sound card out",
        "die VM mit SPICE zeigen lassen, sie neu starten und einen neuen Snapshot machen; oder die Soundkarte herausnehmen",
    ),
    ("the sound of '{vm}' goes to its viewer", "der Ton von '{vm}' geht zu ihrem Viewer"),
    (
        "the sound of '{vm}' goes to '{kind}' (<audio id='{id}'> {which}), and not to its viewer: nothing is heard",
        "der Ton von '{vm}' geht nach '{kind}' (<audio id='{id}'>, {which}) und nicht zu ihrem Viewer: nichts ist zu hören",
    ),
    (
        "set <audio id='1' type='spice'/>, start the VM anew, and make a new snapshot; or take the sound card out",
        "<audio id='1' type='spice'/> setzen, die VM neu starten und einen neuen Snapshot machen; oder die Soundkarte herausnehmen",
    ),
    ("'{vm}' takes {count} USB devices from its viewer", "'{vm}' nimmt {count} USB-Geräte von ihrem Viewer"),
    (
        "USB devices are to be handed to '{vm}', and it has no place for them ({which})",
        "USB-Geräte sollen an '{vm}' gehen, und sie hat keinen Platz dafür ({which})",
    ),
    (
        "add <redirdev bus='usb' type='spicevmc'/> and SPICE, start the VM anew, and make a new snapshot; or set usb = false in the configuration",
        "<redirdev bus='usb' type='spicevmc'/> und SPICE hinzufügen, die VM neu starten und einen neuen Snapshot machen; oder usb = false in der Konfiguration setzen",
    ),
    (
        "the guest of '{vm}' can be asked for another resolution",
        "der Gast von '{vm}' lässt sich um eine andere Auflösung bitten",
    ),
    (
        "the guest of '{vm}' is to take the screen's resolution, and cannot be asked for it: that takes SPICE's channel and a newer graphics card ({which})",
        "der Gast von '{vm}' soll die Auflösung des Bildschirms nehmen, und lässt sich nicht darum bitten: das verlangt den Kanal von SPICE und eine neuere Grafikkarte ({which})",
    ),
    (
        "add <channel type='spicevmc'> with the target com.redhat.spice.0 and choose qxl or virtio for <video>; or set resize_guest = false in the configuration",
        "<channel type='spicevmc'> mit dem Ziel com.redhat.spice.0 hinzufügen und qxl oder virtio für <video> wählen; oder resize_guest = false in der Konfiguration setzen",
    ),
];
