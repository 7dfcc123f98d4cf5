//! The help of the commands.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    // Headings
    ("Usage", "Aufruf"),
    ("Commands", "Befehle"),
    ("Arguments", "Argumente"),
    ("Options", "Optionen"),
    // What clap adds
    ("Print help", "Diese Hilfe zeigen"),
    ("Print help (see more with '--help')", "Hilfe zeigen (mehr mit '--help')"),
    ("Print help (see a summary with '-h')", "Hilfe zeigen (kürzer mit '-h')"),
    ("Print version", "Version zeigen"),
    (
        "Print this message or the help of the given subcommand(s)",
        "Diese Hilfe oder die eines Befehls zeigen",
    ),
    // The whole
    (
        "Keeps digital artworks in virtual machines on display",
        "Hält digitale Werke in virtuellen Maschinen am Laufen",
    ),
    (
        "Keeps digital artworks in virtual machines on display.\n\n`vitrine run` is the daemon of the kiosk session: \
         it shows every artwork on its monitor, notices when one has stopped working, and puts it back to its \
         snapshot. The other commands are for people; most of them speak to the running daemon.",
        "Hält digitale Werke in virtuellen Maschinen am Laufen.\n\n`vitrine run` ist der Dienst der Kiosk-Sitzung: Er \
         zeigt jedes Werk auf seinem Monitor, bemerkt, wenn eines nicht mehr geht, und setzt es auf seinen Snapshot \
         zurück. Die anderen Befehle sind für Menschen; die meisten sprechen mit dem laufenden Dienst.",
    ),
    (
        "\
Examples:
  vitrine check                           is the configuration right?
  vitrine screens                         which monitors are there, under what names?
  vitrine status                          is everything on display?
  vitrine doctor                          what is wrong, and what is to be done?
  vitrine hold eden-garden                leave it alone while somebody works on it
  vitrine snapshot create eden-garden     this is how it shall always come back
  vitrine resume eden-garden              watch over it again
  vitrine revert --all                    put every exhibit back to its snapshot
  vitrine incidents --since 7d            what went wrong in the last week?

Exit codes: 0 well, 1 not well, 2 wrong usage or configuration; of `vitrine run` also 3: the X server has gone.",
        "\
Beispiele:
  vitrine check                           stimmt die Konfiguration?
  vitrine screens                         welche Monitore gibt es, unter welchen Namen?
  vitrine status                          ist alles zu sehen?
  vitrine doctor                          was fehlt, und was ist zu tun?
  vitrine hold eden-garden                in Ruhe lassen, während jemand daran arbeitet
  vitrine snapshot create eden-garden     so soll es immer wiederkommen
  vitrine resume eden-garden              wieder darüber wachen
  vitrine revert --all                    jedes Exponat auf seinen Snapshot zurücksetzen
  vitrine incidents --since 7d            was misslang in der letzten Woche?

Exit-Codes: 0 in Ordnung, 1 nicht in Ordnung, 2 falscher Aufruf oder falsche Konfiguration; bei `vitrine run` auch 3: der X-Server ist weg.",
    ),
    (
        "The configuration [default: $VITRINE_CONFIG, $XDG_CONFIG_HOME/vitrine/vitrine.toml, \
         /etc/vitrine/vitrine.toml]",
        "Die Konfiguration [Vorgabe: $VITRINE_CONFIG, $XDG_CONFIG_HOME/vitrine/vitrine.toml, \
         /etc/vitrine/vitrine.toml]",
    ),
    (
        "The running daemon's socket [default: $VITRINE_SOCKET, the configuration's, \
         $XDG_RUNTIME_DIR/vitrine/control.sock]",
        "Der Socket des laufenden Dienstes [Vorgabe: $VITRINE_SOCKET, der aus der Konfiguration, \
         $XDG_RUNTIME_DIR/vitrine/control.sock]",
    ),
    ("Print JSON", "JSON ausgeben"),
    // Commands
    (
        "Run the daemon: show the exhibits and watch over them until told to end",
        "Den Dienst laufen lassen: die Exponate zeigen und über sie wachen, bis er enden soll",
    ),
    (
        "Check the configuration, and report everything that is wrong with it",
        "Die Konfiguration prüfen und alles melden, was daran falsch ist",
    ),
    ("The file to check, in place of the usual one", "Die Datei, statt der üblichen"),
    (
        "List the monitors, and the lines that name them in the configuration",
        "Die Monitore zeigen, und die Zeilen, mit denen die Konfiguration sie nennt",
    ),
    (
        "\
Examples:
  vitrine screens
  vitrine screens --identify
  DISPLAY=:0 vitrine screens --shot /tmp   from another terminal or by SSH",
        "\
Beispiele:
  vitrine screens
  vitrine screens --identify
  DISPLAY=:0 vitrine screens --shot /tmp   aus einem anderen Terminal oder per SSH",
    ),
    (
        "Write on each monitor what it is called, for ten seconds",
        "Auf jeden Monitor zehn Sekunden lang schreiben, wie er heißt",
    ),
    (
        "Write a picture of what visitors see on each monitor into this folder, as CONNECTOR.png",
        "Von jedem Monitor ein Bild dessen, was Besucher sehen, in diesen Ordner schreiben, als ANSCHLUSS.png",
    ),
    (
        "Tell whether everything is on display (exit code 1 when it is not)",
        "Sagen, ob alles zu sehen ist (Exit-Code 1, wenn nicht)",
    ),
    ("Only this exhibit", "Nur dieses Exponat"),
    (
        "List what went wrong, when, and what was done about it",
        "Zeigen, was wann misslang und was dagegen geschah",
    ),
    (
        "\
Examples:
  vitrine incidents --since 7d
  vitrine incidents 42
  vitrine incidents 42 --picture seen.jpg
  vitrine incidents --summary --month 2026-11

The journal is read whether or not the daemon runs.",
        "\
Beispiele:
  vitrine incidents --since 7d
  vitrine incidents 42
  vitrine incidents 42 --picture gesehen.jpg
  vitrine incidents --summary --month 2026-11

Das Journal wird gelesen, ob der Dienst läuft oder nicht.",
    ),
    ("Only this entry, in full", "Nur dieser Eintrag, vollständig"),
    ("Only this exhibit's", "Nur die dieses Exponats"),
    (
        "Only what was going on since then: 7d, 12h, 2026-11-01, \"2026-11-01 18:00\"",
        "Nur was seitdem war: 7d, 12h, 2026-11-01, \"2026-11-01 18:00\"",
    ),
    ("Only this month, such as 2026-11", "Nur dieser Monat, etwa 2026-11"),
    ("For how long each artwork was not seen", "Wie lange jedes Werk nicht zu sehen war"),
    (
        "Write its picture into this file, as JPEG: what visitors saw when it was noticed",
        "Das Bild dazu als JPEG in diese Datei schreiben: was Besucher sahen, als es bemerkt wurde",
    ),
    (
        "The journal [default: the configuration's, $XDG_STATE_HOME/vitrine/journal.db]",
        "Das Journal [Vorgabe: das aus der Konfiguration, $XDG_STATE_HOME/vitrine/journal.db]",
    ),
    (
        "Start an exhibit from its snapshot; ends a stop",
        "Ein Exponat von seinem Snapshot starten; beendet einen Stopp",
    ),
    ("Example: vitrine start eden-garden", "Beispiel: vitrine start eden-garden"),
    (
        "Stop an exhibit, and leave it so until it is started",
        "Ein Exponat stoppen, bis es wieder gestartet wird",
    ),
    ("Example: vitrine stop eden-garden", "Beispiel: vitrine stop eden-garden"),
    (
        "Put an exhibit back to its snapshot, and wait until it is",
        "Ein Exponat auf seinen Snapshot zurücksetzen und warten, bis es so weit ist",
    ),
    ("Example: vitrine revert eden-garden", "Beispiel: vitrine revert eden-garden"),
    (
        "Leave an exhibit alone: watched and shown, but not touched",
        "Ein Exponat in Wartung nehmen: überwacht und gezeigt, aber nicht angefasst",
    ),
    (
        "\
Examples:
  vitrine hold eden-garden
  vitrine hold eden-garden --for 2h
  vitrine hold eden-garden --until 18:00 --reason \"the floor is cleaned\"

It lasts until `vitrine resume eden-garden`, or until the end that is given.",
        "\
Beispiele:
  vitrine hold eden-garden
  vitrine hold eden-garden --for 2h
  vitrine hold eden-garden --until 18:00 --reason \"der Boden wird gereinigt\"

Die Wartung dauert bis `vitrine resume eden-garden`, oder bis zum angegebenen Ende.",
    ),
    (
        "It ends by itself after this time, such as 2h or 30m",
        "Sie endet von selbst nach dieser Zeit, etwa 2h oder 30m",
    ),
    (
        "It ends by itself then, such as 18:00 or \"2026-11-30 10:00\"",
        "Sie endet dann von selbst, etwa 18:00 oder \"2026-11-30 10:00\"",
    ),
    ("Why, for whoever finds it held", "Warum, für alle, die es in Wartung finden"),
    ("End the hold of an exhibit", "Die Wartung eines Exponats beenden"),
    ("Example: vitrine resume eden-garden", "Beispiel: vitrine resume eden-garden"),
    ("The exhibit's name, or several", "Der Name des Exponats, oder mehrere"),
    ("All exhibits", "Alle Exponate"),
    (
        "List, create and delete the snapshots of an exhibit",
        "Die Snapshots eines Exponats zeigen, anlegen und löschen",
    ),
    // Snapshots
    ("List the names of the snapshots", "Die Namen der Snapshots zeigen"),
    ("The exhibit's name", "Der Name des Exponats"),
    (
        "Make a snapshot of the artwork as it is now, or replace one",
        "Vom Werk, wie es jetzt ist, einen Snapshot anlegen oder einen ersetzen",
    ),
    (
        "\
Examples:
  vitrine snapshot create eden-garden
  vitrine snapshot create eden-garden before-update

The former snapshot is there until the artwork was put to the new one and gave a sign of life.",
        "\
Beispiele:
  vitrine snapshot create eden-garden
  vitrine snapshot create eden-garden before-update

Der bisherige Snapshot bleibt, bis das Werk auf den neuen gesetzt wurde und ein Lebenszeichen gab.",
    ),
    (
        "The snapshot's name [default: the configured one, which the exhibit is put back to]",
        "Der Name des Snapshots [Vorgabe: der konfigurierte, auf den das Exponat zurückgesetzt wird]",
    ),
    (
        "Make an internal snapshot of an external one, as virt-manager makes them",
        "Aus einem externen Snapshot, wie virt-manager sie anlegt, einen internen machen",
    ),
    (
        "\
Examples:
  vitrine snapshot convert eden-garden
  vitrine snapshot convert eden-garden --present

The artwork is put to its snapshot, its disks are copied to new files, and the new snapshot must prove itself there. The former files and the former snapshot stay.",
        "\
Beispiele:
  vitrine snapshot convert eden-garden
  vitrine snapshot convert eden-garden --present

Das Werk wird auf seinen Snapshot gesetzt, seine Platten werden in neue Dateien kopiert, und der neue Snapshot muss sich dort bewähren. Die bisherigen Dateien und der bisherige Snapshot bleiben.",
    ),
    (
        "Keep the artwork as it is now, in place of the state of the former snapshot",
        "Das Werk behalten, wie es jetzt ist, statt im Zustand des bisherigen Snapshots",
    ),
    ("Delete a snapshot", "Einen Snapshot löschen"),
    ("The snapshot's name", "Der Name des Snapshots"),
    // Images
    (
        "What `vitrine run` runs: look at the VMs of the configuration on the standard input, and print what will fail",
        "Was `vitrine run` ausführt: die VMs der Konfiguration auf der Standardeingabe ansehen und ausgeben, was scheitern wird",
    ),
    ("The libvirt to ask", "Das libvirt, das gefragt wird"),
    (
        "What the unit vitrine-images.service does, and how to take it back",
        "Was die Unit vitrine-images.service tut, und wie es sich zurücknehmen lässt",
    ),
    (
        "The computer was started: check the exhibits' images if it had stopped without an end",
        "Der Rechner startet: die Abbilder der Exponate prüfen, wenn er ohne Ende ausgegangen war",
    ),
    ("The computer is switched off in order", "Der Rechner wird ordentlich ausgeschaltet"),
    (
        "Put back what was changed in an image when it was mended",
        "Zurücknehmen, was beim Reparieren an einem Abbild geändert wurde",
    ),
    ("The copy, which the log names", "Die Kopie, die das Log nennt"),
    (
        "Into this file, in place of the image that it was",
        "In diese Datei, statt in das Abbild, von dem sie stammt",
    ),
    (
        "Also where the image was used since; what was written meanwhile is lost, and more may be",
        "Auch wenn das Abbild seitdem benutzt wurde; was inzwischen geschrieben wurde, geht verloren, und vielleicht \
         mehr",
    ),
    (
        "Find out what is wrong with this computer and its artworks, how that is known, and what to do",
        "Herausfinden, was diesem Rechner und seinen Werken fehlt, woran man es sieht und was zu tun ist",
    ),
    (
        "Examples:\n  vitrine doctor\n  vitrine doctor eden-garden\n  \
         vitrine doctor --fix                     asks before each thing that it does\n\n\
         It works whether or not the daemon runs, changes nothing without --fix, and disturbs no \
         artwork. As root it finds out more. Exit code 1 where something is ill.",
        "Beispiele:\n  vitrine doctor\n  vitrine doctor eden-garden\n  \
         vitrine doctor --fix                     fragt, bevor es etwas tut\n\n\
         Es geht, ob der Dienst läuft oder nicht, ändert nichts ohne --fix und stört kein \
         Werk. Als root findet es mehr heraus. Exit-Code 1, wo etwas gestört ist.",
    ),
    ("Only this exhibit, and what it stands on", "Nur dieses Exponat, und worauf es steht"),
    (
        "Do what is safe and can be taken back, after showing it; the rest is left to you",
        "Tun, was sicher ist und sich zurücknehmen lässt, nachdem es gezeigt wurde; der Rest bleibt Ihnen überlassen",
    ),
    ("With --fix: do not ask before each", "Mit --fix: nicht vor jedem Schritt fragen"),
    ("Tell of what is well, too", "Auch nennen, was gut ist"),
    (
        "Read the file, and look at nothing else: no curtains, no monitors, no VMs",
        "Die Datei lesen und sonst nichts ansehen: keine Vorhänge, keine Monitore, keine VMs",
    ),
    (
        "Ask for a password, and print the lines of the configuration that let its owner log in",
        "Nach einem Passwort fragen und die Zeilen der Konfiguration ausgeben, mit denen man sich damit anmelden kann",
    ),
    (
        "Examples:\n  vitrine passwd anna\n  vitrine passwd --role view guide\n\nWhere the standard input is no terminal, the password is its first line.",
        "Beispiele:\n  vitrine passwd anna\n  vitrine passwd --role view guide\n\nWo die Standardeingabe kein Terminal ist, ist das Passwort ihre erste Zeile.",
    ),
    ("The name, as the journal will show it", "Der Name, wie ihn das Journal zeigen wird"),
    ("What may be done with it", "Was damit getan werden darf"),
    (
        "Make a secret for a program, and print it with the lines of the configuration that make it known",
        "Ein Geheimnis für ein Programm erzeugen und es mit den Zeilen der Konfiguration ausgeben, die es bekannt machen",
    ),
    ("Example: vitrine token --role operate door-bell", "Beispiel: vitrine token --role operate door-bell"),
    ("Let staff use the panel from other computers, or end that", "Das Personal die Bedienseite von anderen Rechnern aus benutzen lassen oder das beenden"),
    (
        "Let staff use the panel from other computers, over TLS and with a log-in",
        "Das Personal die Bedienseite von anderen Rechnern aus benutzen lassen, über TLS und mit Anmeldung",
    ),
    (
        "Examples:\n  vitrine panel enable 192.168.1.20\n  vitrine panel enable kiosk.museum.example\n\nIt makes a certificate, has the API listen for HTTPS, and asks for the name and the password of the first account. Where the standard input is no terminal, these are its first two lines. Done twice, it changes nothing, and shows the address again.",
        "Beispiele:\n  vitrine panel enable 192.168.1.20\n  vitrine panel enable kiosk.museum.example\n\nEs macht ein Zertifikat, lässt die API auf HTTPS lauschen und fragt nach Name und Passwort des ersten Kontos. Wo die Standardeingabe kein Terminal ist, sind das ihre ersten zwei Zeilen. Zweimal getan ändert es nichts und zeigt die Adresse noch einmal.",
    ),
    ("Take back what `vitrine panel enable` did; accounts stay", "Zurücknehmen, was `vitrine panel enable` tat; Konten bleiben"),
    ("Example: vitrine panel disable", "Beispiel: vitrine panel disable"),
    ("Do not ask", "Nicht fragen"),
    (
        "The IP address or the name by which other computers reach this one",
        "Die IP-Adresse oder der Name, unter dem andere Rechner diesen erreichen",
    ),
    ("The port [default: 8443]", "Der Port [Vorgabe: 8443]"),
    ("Do not ask whether to do it", "Nicht fragen, ob es getan werden soll"),
    (
        "Turn the configuration of the Exhibition VM Controller into one of Vitrine's, and tell what became of each key",
        "Aus der Konfiguration des Exhibition VM Controllers eine für Vitrine machen und sagen, was aus jedem Schlüssel wurde",
    ),
    (
        "Examples:\n  vitrine import config.yaml\n  vitrine import config.yaml --output vitrine.toml\n  \
         vitrine import configs/eden.yaml configs/orbit.yaml\n\nThe account goes to the standard error output where the \
         TOML goes to the standard output. Nothing of the old controller is changed. Exit code 1 where a value was refused \
         or a key is unknown.",
        "Beispiele:\n  vitrine import config.yaml\n  vitrine import config.yaml --output vitrine.toml\n  \
         vitrine import configs/eden.yaml configs/orbit.yaml\n\nDer Bericht geht auf die Standardfehlerausgabe, wo das \
         TOML auf die Standardausgabe geht. Am alten Controller wird nichts geändert. Exit-Code 1, wo ein Wert abgelehnt \
         wurde oder ein Schlüssel unbekannt ist.",
    ),
    (
        "The old controller's configuration; several, if one ran for each artwork",
        "Die Konfiguration des alten Controllers; mehrere, wenn für jedes Werk einer lief",
    ),
    (
        "The file of its systemd unit [default: as systemd knows it]",
        "Die Datei seiner systemd-Unit [Vorgabe: wie systemd sie kennt]",
    ),
    (
        "A file with its environment [default: that of its unit, and .env beside the configuration]",
        "Eine Datei mit seiner Umgebung [Vorgabe: die seiner Unit, und .env neben der Konfiguration]",
    ),
    (
        "Openbox's autostart of the old session [default: ~/.config/openbox/autostart]",
        "Openbox' Autostart der alten Sitzung [Vorgabe: ~/.config/openbox/autostart]",
    ),
    (
        "Write the TOML into this file, which must not exist yet, in place of the standard output",
        "Das TOML in diese Datei schreiben, die es noch nicht geben darf, statt auf die Standardausgabe",
    ),
    (
        "Pack what a developer would ask for into one file, without secrets",
        "Was Entwickler wissen wollen, in eine Datei packen, ohne Geheimnisse",
    ),
    (
        "Examples:\n  vitrine report --list\n  vitrine report\n  sudo vitrine report --pictures\n\nIt works whether or \
         not the daemon runs, and sends nothing. As root it has more. Look through the file before you hand it on.",
        "Beispiele:\n  vitrine report --list\n  vitrine report\n  sudo vitrine report --pictures\n\nEs geht, ob der Dienst \
         läuft oder nicht, und verschickt nichts. Als root hat es mehr. Bitte die Datei durchsehen, bevor sie \
         weitergegeben wird.",
    ),
    (
        "Only list what would be in it, and what is missing and why",
        "Nur aufzählen, was darin wäre, und was fehlt und warum",
    ),
    (
        "Pictures of what visitors see on each monitor just now, too",
        "Auch Bilder von dem, was Besucher gerade auf jedem Monitor sehen",
    ),
    ("How far back its logs go, in days [default: 7]", "Wie weit die Logs zurückreichen, in Tagen [Vorgabe: 7]"),
    (
        "The file, which must not exist yet [default: vitrine-report-DATE.tar.gz in this folder]",
        "Die Datei, die es noch nicht geben darf [Vorgabe: vitrine-report-DATUM.tar.gz in diesem Ordner]",
    ),
];
