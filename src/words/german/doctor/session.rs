//! What the doctor says of log-in, window manager, units.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "Have the installer set up a log-in by itself",
        "Vom Installer eine selbsttätige Anmeldung einrichten lassen",
    ),
    ("{manager} logs '{user}' in by itself", "{manager} meldet '{user}' von selbst an"),
    (
        "{manager} logs '{other}' in by itself, not '{user}'",
        "{manager} meldet '{other}' von selbst an, nicht '{user}'",
    ),
    (
        "no log-in by itself was found, neither of a log-in manager nor of a unit or a console",
        "keine selbsttätige Anmeldung war zu finden, weder die eines Login-Managers noch einer Unit noch einer Konsole",
    ),
    (
        "{manager} asks who wants to log in: after a restart the screens show that",
        "{manager} fragt, wer sich anmelden will: nach einem Neustart zeigen das die Bildschirme",
    ),
    (
        "{manager} is the log-in manager here, and nothing is set up for a kiosk",
        "{manager} ist hier der Login-Manager, und für einen Kiosk ist nichts eingerichtet",
    ),
    ("it begins the session '{session}'", "sie beginnt die Sitzung '{session}'"),
    (
        "it begins the session '{session}', not 'vitrine'",
        "sie beginnt die Sitzung '{session}', nicht 'vitrine'",
    ),
    (
        "Set autologin-session=vitrine in /etc/lightdm/lightdm.conf.d/50-vitrine.conf",
        "autologin-session=vitrine in /etc/lightdm/lightdm.conf.d/50-vitrine.conf setzen",
    ),
    ("{unit} is started with the computer", "{unit} startet mit dem Computer"),
    ("{unit} is not started with the computer", "{unit} startet nicht mit dem Computer"),
    ("Have it started", "Sie starten lassen"),
    ("the computer starts to {target}", "der Computer startet bis {target}"),
    (
        "the computer starts to {target}, and to no screen",
        "der Computer startet bis {target}, und zu keinem Bildschirm",
    ),
    ("Have it start to graphical.target", "Ihn bis graphical.target starten lassen"),
    (
        "'{user}' is logged in at this computer's screens",
        "'{user}' ist an den Bildschirmen dieses Computers angemeldet",
    ),
    (
        "logind knows no session of '{user}', though there is one",
        "logind kennt keine Sitzung von '{user}', obwohl es eine gibt",
    ),
    (
        "the screens ask who wants to log in; '{user}' is not logged in",
        "die Bildschirme fragen, wer sich anmelden will; '{user}' ist nicht angemeldet",
    ),
    (
        "'{user}' is not logged in at this computer's screens",
        "'{user}' ist an den Bildschirmen dieses Computers nicht angemeldet",
    ),
    ("Begin the session anew", "Die Sitzung neu beginnen"),
    (
        "the session of '{user}' is not the one in front: the screens show another one",
        "die Sitzung von '{user}' ist nicht die vorderste: die Bildschirme zeigen eine andere",
    ),
    (
        "Bring it to the front, Ctrl+Alt+F7 at the keyboard",
        "Sie nach vorn holen, Strg+Alt+F7 an der Tastatur",
    ),
    (
        "the session is one of Wayland, where Vitrine cannot place windows",
        "die Sitzung ist eine von Wayland, wo Vitrine keine Fenster setzen kann",
    ),
    ("the session is one of X11", "die Sitzung ist eine von X11"),
    ("the session has its bus and its folder", "die Sitzung hat ihren Bus und ihren Ordner"),
    (
        "$XDG_RUNTIME_DIR of the session is not set, or no folder of the user's: there is no place for sockets",
        "$XDG_RUNTIME_DIR der Sitzung ist nicht gesetzt oder kein Ordner des Nutzers: für Sockets ist kein Platz",
    ),
    (
        "$DBUS_SESSION_BUS_ADDRESS of the session is not set: units and sound cannot be reached",
        "$DBUS_SESSION_BUS_ADDRESS der Sitzung ist nicht gesetzt: Units und Ton sind nicht zu erreichen",
    ),
    (
        "Install what gives each log-in both, and log in anew",
        "Installieren, was jeder Anmeldung beides gibt, und neu anmelden",
    ),
    ("{file} starts Vitrine", "{file} startet Vitrine"),
    ("{file} does not start Vitrine", "{file} startet Vitrine nicht"),
    ("Add the line: vitrine-session start &", "Die Zeile hinzufügen: vitrine-session start &"),
    ("{file} leaves the viewers to Vitrine", "{file} überlässt die Viewer Vitrine"),
    (
        "{file} starts a viewer by itself, beside Vitrine's: {line}",
        "{file} startet selbst einen Viewer, neben denen von Vitrine: {line}",
    ),
    (
        "Delete that line; Vitrine launches a viewer for each exhibit",
        "Die Zeile löschen; Vitrine startet für jedes Exponat einen Viewer",
    ),
    ("Openbox' rules let nobody out", "die Regeln von Openbox lassen niemanden hinaus"),
    (
        "Openbox' rules let visitors close, move or start things: {ways}",
        "die Regeln von Openbox lassen Besucher schließen, verschieben oder starten: {ways}",
    ),
    (
        "Take Vitrine's rules, or delete these from yours",
        "Die Regeln von Vitrine nehmen, oder diese aus den eigenen löschen",
    ),
    ("keys do not lead to a text console", "Tasten führen zu keiner Textkonsole"),
    (
        "Ctrl+Alt+F1 leads visitors with a keyboard to a text console",
        "Strg+Alt+F1 führt Besucher mit einer Tastatur zu einer Textkonsole",
    ),
    (
        "Have the installer set DontVTSwitch in /etc/X11/xorg.conf.d/90-vitrine.conf",
        "Vom Installer DontVTSwitch in /etc/X11/xorg.conf.d/90-vitrine.conf setzen lassen",
    ),
    ("Read why, and start it", "Lesen, warum, und sie starten"),
    (
        "{unit} is masked: the session cannot start Vitrine",
        "{unit} ist maskiert: die Sitzung kann Vitrine nicht starten",
    ),
    ("Let it be started", "Sie sich starten lassen"),
    ("{unit} has failed: {why}", "{unit} ist gescheitert: {why}"),
    (
        "{unit} was restarted {count} times since the session began",
        "{unit} wurde seit Beginn der Sitzung {count}-mal neu gestartet",
    ),
    ("{unit} runs, restarted {count} times", "{unit} läuft, {count}-mal neu gestartet"),
    ("{count} watched units are well", "{count} beobachtete Units sind wohlauf"),
    (
        "there is no unit {unit}, which the configuration has watched",
        "es gibt keine Unit {unit}, die die Konfiguration beobachten lässt",
    ),
    (
        "{unit} has failed; systemd restarted it {count} times",
        "{unit} ist gescheitert; systemd hat sie {count}-mal neu gestartet",
    ),
    (
        "See why; correct its name or mend it",
        "Nachsehen, warum; ihren Namen berichtigen oder sie in Ordnung bringen",
    ),
    ("{unit} is there and is switched off", "{unit} ist da und abgeschaltet"),
    (
        "{unit} runs beside Vitrine: both put the VM back, and both want port 8000",
        "{unit} läuft neben Vitrine: beide setzen die VM zurück, und beide wollen Port 8000",
    ),
    ("{unit} is started with the computer, beside Vitrine", "{unit} startet mit dem Computer, neben Vitrine"),
    ("Switch it off; Vitrine does all that it did", "Ihn abschalten; Vitrine tut alles, was er tat"),
    ("nothing runs that locks the screen", "nichts läuft, das den Bildschirm sperrt"),
    (
        "{program} runs (process {pid}), which locks the screens or draws over them",
        "{program} läuft (Prozess {pid}), was die Bildschirme sperrt oder darüber zeichnet",
    ),
    ("Remove its package, and end it", "Sein Paket entfernen und es beenden"),
    ("nothing runs that shows windows of its own accord", "nichts läuft, das von sich aus Fenster zeigt"),
    (
        "{program} runs (process {pid}), which may show windows over an artwork",
        "{program} läuft (Prozess {pid}), was Fenster über einem Werk zeigen kann",
    ),
    (
        "Take it out of what the session starts, or remove its package",
        "Es aus dem nehmen, was die Sitzung startet, oder sein Paket entfernen",
    ),
    (
        "Where it shall be heard, install a sound server and what the viewer plays by",
        "Wo er zu hören sein soll, einen Tonserver installieren, und womit der Viewer spielt",
    ),
    ("its sound goes to {server}", "ihr Ton geht an {server}"),
    (
        "its VM has a sound device, and no sound server runs in the session: it is mute",
        "ihre VM hat ein Tongerät, und in der Sitzung läuft kein Tonserver: sie ist stumm",
    ),
    (
        "the viewer has the plugins that it plays sound by",
        "der Viewer hat die Plugins, mit denen er Ton spielt",
    ),
    (
        "the viewer cannot play its sound: GStreamer lacks {plugins}",
        "der Viewer kann ihren Ton nicht spielen: GStreamer fehlt {plugins}",
    ),
    (
        "the sound server has no output: no sound card is found",
        "der Tonserver hat keinen Ausgang: keine Soundkarte ist zu finden",
    ),
    ("See which the system knows", "Nachsehen, welche das System kennt"),
    (
        "the sound server plays into nothing: no sound card is found",
        "der Tonserver spielt ins Leere: keine Soundkarte ist zu finden",
    ),
    ("the sound output {sink} is muted", "der Tonausgang {sink} ist stummgeschaltet"),
    ("Let it be heard", "Ihn hörbar machen"),
    ("the sound output {sink} is at {volume} of 100", "der Tonausgang {sink} steht auf {volume} von 100"),
    ("systemd does not run this computer", "systemd führt diesen Computer nicht"),
    ("'{program}' does not tell: {why}", "'{program}' sagt es nicht: {why}"),
    (
        "only '{user}' and root may ask for the units of '{user}'",
        "nur '{user}' und root dürfen nach den Units von '{user}' fragen",
    ),
    ("{file} is no XML that Openbox would read", "{file} ist kein XML, das Openbox lesen würde"),
    ("{file} cannot be read: {why}", "{file} ist nicht lesbar: {why}"),
    ("the libraries cannot be looked at: {why}", "die Bibliotheken lassen sich nicht ansehen: {why}"),
    ("the sound server does not tell: {why}", "der Tonserver sagt es nicht: {why}"),
];
