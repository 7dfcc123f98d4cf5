//! What the doctor says of X server and monitors.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "a viewer that Vitrine has not launched shows this VM too (process {pid}): they throw each other out",
        "ein Viewer, den Vitrine nicht gestartet hat, zeigt diese VM auch (Prozess {pid}): sie werfen einander hinaus",
    ),
    (
        "End it, and take it out of the session's autostart",
        "Ihn beenden und aus dem Autostart der Sitzung nehmen",
    ),
    ("its viewer runs (process {pid})", "ihr Viewer läuft (Prozess {pid})"),
    ("{count} viewers of this VM run", "{count} Viewer dieser VM laufen"),
    ("End one of them", "Einen davon beenden"),
    ("no viewer of this VM runs: {why}", "kein Viewer dieser VM läuft: {why}"),
    ("See what the log says of it", "Nachsehen, was das Protokoll dazu sagt"),
    ("its viewer runs in kiosk mode", "der Viewer läuft im Kiosk-Modus"),
    (
        "a viewer of this VM runs without --kiosk (process {pid}): it has borders, and visitors can close it",
        "ein Viewer dieser VM läuft ohne --kiosk (Prozess {pid}): er hat Ränder, und Besucher können ihn schließen",
    ),
    (
        "End it; Vitrine launches its own, in kiosk mode",
        "Ihn beenden; Vitrine startet den eigenen im Kiosk-Modus",
    ),
    ("no window of its viewer is on '{screen}'", "auf '{screen}' ist kein Fenster seines Viewers"),
    (
        "its window is {is}, and the screen '{screen}' is {want}",
        "das Fenster ist {is}, und der Bildschirm '{screen}' ist {want}",
    ),
    (
        "Have Vitrine place it anew by ending its viewer",
        "Seinen Viewer beenden, dann setzt Vitrine das Fenster neu",
    ),
    ("its window fills its screen", "das Fenster füllt den Bildschirm"),
    (
        "a window of another program lies over it on '{screen}': \"{title}\" (process {pid})",
        "ein Fenster eines anderen Programms liegt auf '{screen}' darüber: \"{title}\" (Prozess {pid})",
    ),
    (
        "End that program, and take it out of what the session starts",
        "Das Programm beenden und aus dem nehmen, was die Sitzung startet",
    ),
    ("nothing lies over it", "nichts liegt darüber"),
    (
        "See whether the VM itself shows that too; then look at the guest, otherwise at the viewer",
        "Nachsehen, ob die VM selbst das auch zeigt; dann den Gast ansehen, sonst den Viewer",
    ),
    (
        "the screen '{screen}' is all black, though the artwork should be seen",
        "der Bildschirm '{screen}' ist ganz schwarz, obwohl das Werk zu sehen sein sollte",
    ),
    (
        "the screen '{screen}' is all grey, as a viewer is without a picture",
        "der Bildschirm '{screen}' ist ganz grau, wie ein Viewer ohne Bild",
    ),
    (
        "the screen '{screen}' has one colour only: {colour}",
        "der Bildschirm '{screen}' hat nur eine Farbe: {colour}",
    ),
    ("there is a picture on its screens", "auf den Bildschirmen ist ein Bild"),
    ("'{screen}' and {other} show the same picture", "'{screen}' und {other} zeigen dasselbe Bild"),
    (
        "Where that is not meant: see that they lie beside each other, and which display of the guest is which",
        "Wo das nicht gewollt ist: nachsehen, ob sie nebeneinander liegen und welche Anzeige des Gastes welche ist",
    ),
    ("no other screen shows the same", "kein anderer Bildschirm zeigt dasselbe"),
    (
        "the VM has no display: nothing of it can be shown",
        "die VM hat keine Anzeige: nichts von ihr kann gezeigt werden",
    ),
    (
        "Add <graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics>",
        "<graphics type='spice' autoport='yes'><listen type='address' address='127.0.0.1'/></graphics> hinzufügen",
    ),
    (
        "its display ({kind}) takes connections at {address}",
        "ihre Anzeige ({kind}) nimmt unter {address} Verbindungen an",
    ),
    (
        "nobody listens at {address}, where the VM's display should be",
        "niemand hört unter {address}, wo die Anzeige der VM sein sollte",
    ),
    (
        "Put the exhibit back, which starts a QEMU anew",
        "Das Exponat zurücksetzen; damit startet ein neues QEMU",
    ),
    (
        "no answer comes from the VM's display at {address}: a firewall, or a QEMU that stands still",
        "von der Anzeige der VM unter {address} kommt keine Antwort: eine Firewall, oder ein QEMU, das stillsteht",
    ),
    (
        "Let this computer reach itself: look for rules about lo and this port",
        "Diesen Computer sich selbst erreichen lassen: nach Regeln zu lo und diesem Port suchen",
    ),
    (
        "what answers at {address} does not speak {kind}",
        "was unter {address} antwortet, spricht nicht {kind}",
    ),
    ("See which program that is, and end it", "Nachsehen, welches Programm das ist, und es beenden"),
    ("{program} (process {pid}) has {address}", "{program} (Prozess {pid}) hat {address}"),
    (
        "{program} (process {pid}) has {address}, which is the port of the VM's display",
        "{program} (Prozess {pid}) hat {address}, den Port der Anzeige der VM",
    ),
    (
        "End that program, or give the VM another port, best autoport='yes'",
        "Das Programm beenden oder der VM einen anderen Port geben, am besten autoport='yes'",
    ),
    (
        "nobody but its viewer is connected to its display",
        "niemand als der Viewer ist mit ihrer Anzeige verbunden",
    ),
    (
        "{who} is connected to the VM's display; SPICE lets in one, and the viewer is thrown out",
        "{who} ist mit der Anzeige der VM verbunden; SPICE lässt einen ein, und der Viewer fliegt hinaus",
    ),
    (
        "somebody is connected to its display, and only root may learn whether that is its viewer",
        "jemand ist mit ihrer Anzeige verbunden, und nur root erfährt, ob das ihr Viewer ist",
    ),
    (
        "Close virt-manager or whatever it is; put the exhibit on hold for such work",
        "virt-manager oder was es ist schließen; für solche Arbeit das Exponat in Wartung nehmen",
    ),
    ("{display} answers: {version}", "{display} antwortet: {version}"),
    (
        "the X server is there and has not answered within {waited}",
        "der X-Server ist da und hat in {waited} nicht geantwortet",
    ),
    (
        "End it; the session begins anew, and the artworks with it",
        "Ihn beenden; die Sitzung beginnt neu, und mit ihr die Werke",
    ),
    (
        "Use an Xorg of 2016 or later, with a driver that knows RandR",
        "Ein Xorg von 2016 oder später nehmen, mit einem Treiber, der RandR kennt",
    ),
    (
        "Begin the kiosk's session; the log says why there is none",
        "Die Sitzung des Kiosks beginnen; das Protokoll sagt, warum keine da ist",
    ),
    (
        "the X server took {time} for a question that costs nothing",
        "der X-Server brauchte {time} für eine Frage, die nichts kostet",
    ),
    (
        "See what keeps the processor or the graphics card busy",
        "Nachsehen, was den Prozessor oder die Grafikkarte beschäftigt",
    ),
    ("it answers within {time} ms", "er antwortet in {time} ms"),
    (
        "the X server only passes windows on to a Wayland compositor, which lets nobody place them",
        "der X-Server reicht Fenster nur an einen Wayland-Compositor weiter, der niemanden sie setzen lässt",
    ),
    (
        "Have the log-in begin the session \"Vitrine\", which is one of Xorg",
        "Die Anmeldung soll die Sitzung \"Vitrine\" beginnen, die eine von Xorg ist",
    ),
    ("it is an X server of its own", "er ist ein eigener X-Server"),
    ("Openbox manages the windows", "Openbox verwaltet die Fenster"),
    (
        "'{name}' manages the windows; Vitrine is tried with Openbox",
        "'{name}' verwaltet die Fenster; Vitrine ist mit Openbox erprobt",
    ),
    ("Have the log-in begin the session \"Vitrine\"", "Die Anmeldung soll die Sitzung \"Vitrine\" beginnen"),
    (
        "no window manager runs: a viewer's window may stay where it opens, and gets no keys",
        "kein Fenstermanager läuft: das Fenster eines Viewers bleibt vielleicht, wo es aufgeht, und bekommt keine Tasten",
    ),
    (
        "Have the log-in begin the session \"Vitrine\", or start Openbox now",
        "Die Anmeldung soll die Sitzung \"Vitrine\" beginnen; oder Openbox jetzt starten",
    ),
    ("no compositing manager stands between", "kein Compositor steht dazwischen"),
    (
        "a compositing manager draws the screens: fades and shadows may be seen, and pictures come later",
        "ein Compositor zeichnet die Bildschirme: Überblendungen und Schatten können zu sehen sein, und Bilder kommen später",
    ),
    (
        "Take picom, compton or xcompmgr out of what the session starts",
        "picom, compton oder xcompmgr aus dem nehmen, was die Sitzung startet",
    ),
    ("the monitors sleep now", "die Bildschirme schlafen gerade"),
    ("nothing switches the screens dark ({display})", "nichts schaltet die Bildschirme dunkel ({display})"),
    ("the screen saver begins after {seconds} s", "der Bildschirmschoner beginnt nach {seconds} s"),
    (
        "the monitors are put to sleep after {seconds} s",
        "die Bildschirme werden nach {seconds} s schlafen gelegt",
    ),
    (
        "Switch it off for this session; the installer's step 'xorg' has it off for good, and so has Vitrine as long as it runs",
        "Es für diese Sitzung abschalten; der Schritt 'xorg' des Installers hält es dauernd ab, und ebenso Vitrine, solange es läuft",
    ),
    (
        "the X server draws by '{driver}': one screen, no other modes, and slowly",
        "der X-Server zeichnet mit '{driver}': ein Bildschirm, keine anderen Modi, und langsam",
    ),
    (
        "Install the firmware and the driver of this graphics card",
        "Firmware und Treiber dieser Grafikkarte installieren",
    ),
    ("the X server draws by '{driver}'", "der X-Server zeichnet mit '{driver}'"),
    ("its log has no errors of note", "sein Protokoll hat keine nennenswerten Fehler"),
    (
        "its log has {count} errors, the last one: {line}",
        "sein Protokoll hat {count} Fehler, der letzte: {line}",
    ),
    ("Read them with what stands before", "Sie lesen, mit dem, was davor steht"),
    ("{count} fonts are there", "{count} Schriften sind da"),
    ("Install some", "Welche installieren"),
    (
        "there are no fonts: neither curtains nor `vitrine screens --identify` can show a text",
        "es gibt keine Schriften: weder Vorhänge noch `vitrine screens --identify` können einen Text zeigen",
    ),
    ("the curtain of '{exhibit}': {flaw}", "der Vorhang von '{exhibit}': {flaw}"),
    (
        "Name a PNG or JPEG that is there and whole, and letters that a font here has",
        "Ein PNG oder JPEG nennen, das da und heil ist, und Buchstaben, die eine Schrift hier hat",
    ),
    (
        "{count} curtains with a poster or a text can be drawn",
        "{count} Vorhänge mit Plakat oder Text lassen sich zeichnen",
    ),
    ("Install it", "Es installieren"),
    (
        "virt-viewer is not installed: no artwork can be shown",
        "virt-viewer ist nicht installiert: kein Werk kann gezeigt werden",
    ),
    ("virt-viewer {version} lacks what Vitrine needs", "virt-viewer {version} fehlt, was Vitrine braucht"),
    (
        "virt-viewer is version {version}; Vitrine is tried with 11",
        "virt-viewer hat Version {version}; Vitrine ist mit 11 erprobt",
    ),
    (
        "Upgrade the distribution when that is due anyway",
        "Die Distribution aktualisieren, wenn das ohnehin ansteht",
    ),
    ("virt-viewer {version} is there", "virt-viewer {version} ist da"),
    ("it knows all options that it is given", "er kennt alle Optionen, die ihm gegeben werden"),
    (
        "virt-viewer does not know {options}, which Vitrine gives it",
        "virt-viewer kennt {options} nicht, was Vitrine ihm gibt",
    ),
    (
        "Install the distribution's own virt-viewer, in place of what is called so here",
        "Den virt-viewer der Distribution installieren, anstelle dessen, was hier so heißt",
    ),
    (
        "the folders for the viewers' settings are the kiosk user's",
        "die Ordner für die Einstellungen der Viewer gehören dem Nutzer des Kiosks",
    ),
    (
        "{folder} is not the kiosk user's own: the viewers' settings cannot be written there",
        "{folder} gehört nicht dem Nutzer des Kiosks: die Einstellungen der Viewer lassen sich dort nicht schreiben",
    ),
    ("Give it to the kiosk's user", "Es dem Nutzer des Kiosks geben"),
    (
        "there is no screen '{screen}'; connected are: {others}",
        "es gibt keinen Bildschirm '{screen}'; angeschlossen sind: {others}",
    ),
    (
        "Plug it in and switch it on, or name one that is there in the configuration",
        "Ihn anschließen und einschalten, oder in der Konfiguration einen nennen, der da ist",
    ),
    ("the screen '{screen}' is connected and dark", "der Bildschirm '{screen}' ist angeschlossen und dunkel"),
    (
        "nothing is connected at '{screen}'; connected are: {others}",
        "an '{screen}' ist nichts angeschlossen; angeschlossen sind: {others}",
    ),
    (
        "Look at cable, extender and the monitor's own switch; then light it",
        "Kabel, Verlängerung und den Schalter des Monitors ansehen; dann ihn einschalten",
    ),
    ("its screens are lit: {screens}", "ihre Bildschirme leuchten: {screens}"),
    ("'{screen}': {key} is {is}, and should be {want}", "'{screen}': {key} ist {is} und sollte {want} sein"),
    (
        "See what the monitor can do, and what else sets it; Vitrine's log tells what it was refused",
        "Nachsehen, was der Monitor kann und wer ihn sonst einstellt; das Protokoll von Vitrine sagt, was ihr verweigert wurde",
    ),
    (
        "{count} screens are set up as the configuration says",
        "{count} Bildschirme sind eingestellt, wie es die Konfiguration sagt",
    ),
    (
        "{one} and {other} show the same part of the X screen",
        "{one} und {other} zeigen denselben Teil des X-Bildschirms",
    ),
    (
        "Put them beside each other: position in [[screen]], or now",
        "Sie nebeneinander legen: position in [[screen]], oder jetzt",
    ),
    (
        "{count} screens are lit, each with a part of its own",
        "{count} Bildschirme leuchten, jeder mit seinem eigenen Teil",
    ),
    ("each name of a screen means one monitor", "jeder Name eines Bildschirms meint einen Monitor"),
    (
        "Name the connector as well: edid:MAKER-MODEL-SERIAL@CONNECTOR",
        "Den Anschluss dazu nennen: edid:MAKER-MODEL-SERIAL@CONNECTOR",
    ),
    ("every connected screen is in use", "jeder angeschlossene Bildschirm ist in Gebrauch"),
    ("connected, and of no exhibit: {screens}", "angeschlossen und von keinem Exponat: {screens}"),
    (
        "Give it to an exhibit, or set off = true for it in a [[screen]]; as it is, it shows black",
        "Ihn einem Exponat geben, oder off = true für ihn in einem [[screen]] setzen; so zeigt er Schwarz",
    ),
    ("libvirt's definition of it cannot be read: {why}", "libvirts Definition davon ist nicht lesbar: {why}"),
    ("the X server's log {name} was not found", "das Protokoll {name} des X-Servers war nicht zu finden"),
    (
        "the X server's log {name} cannot be read: {why}",
        "das Protokoll {name} des X-Servers ist nicht lesbar: {why}",
    ),
    ("it was not found out", "es war nicht herauszufinden"),
    ("no X session of '{user}' is to be found", "keine X-Sitzung von '{user}' ist zu finden"),
    ("no X server is asked", "kein X-Server wird gefragt"),
    (
        "what virt-viewer says of its version is not understood",
        "was virt-viewer von seiner Version sagt, ist unverständlich",
    ),
    ("only its user and root may look at {path}", "nur sein Nutzer und root dürfen {path} ansehen"),
    (
        "the daemon says that it is shown, and no viewer of it is among the processes",
        "der Daemon sagt, dass es zu sehen ist, und kein Viewer davon ist unter den Prozessen",
    ),
];
