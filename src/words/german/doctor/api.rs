//! What the doctor says of Vitrine's daemon, and how it is reached.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("{time}", "{time}"),
    ("{minutes} min", "{minutes} min"),
    ("{hours} h", "{hours} h"),
    ("{days} days", "{days} Tage"),
    ("the daemon does not know of '{exhibit}'", "der Daemon kennt '{exhibit}' nicht"),
    ("{file} is valid: {count} exhibits", "{file} ist gültig: {count} Exponate"),
    ("it is valid: {count} exhibits", "sie ist gültig: {count} Exponate"),
    ("{file} cannot be used: {why}", "{file} ist nicht zu gebrauchen: {why}"),
    (
        "Correct it; this tells what is wrong, line by line",
        "Sie berichtigen; dies sagt Zeile für Zeile, was nicht stimmt",
    ),
    (
        "Write one to /etc/vitrine/vitrine.toml; docs/configuration.md and the examples in config/ show how",
        "Eine nach /etc/vitrine/vitrine.toml schreiben; docs/configuration.md und die Beispiele in config/ zeigen, wie",
    ),
    (
        "the kiosk's user '{user}' may not read {file}",
        "der Nutzer '{user}' des Kiosks darf {file} nicht lesen",
    ),
    ("Let it be read", "Sie lesen lassen"),
    (
        "everybody may write to {file}, which decides what this computer starts",
        "jeder darf {file} schreiben, und die entscheidet, was dieser Computer startet",
    ),
    ("Leave that to its owner", "Das ihrem Besitzer lassen"),
    (
        "{file} is readable, and only its owner's to change",
        "{file} ist lesbar, und nur ihr Besitzer kann sie ändern",
    ),
    ("Correct the file, and have it read again", "Die Datei berichtigen und neu lesen lassen"),
    (
        "the configuration was to be read again, and what it lies on does not answer",
        "die Konfiguration sollte neu gelesen werden, und worauf sie liegt, antwortet nicht",
    ),
    (
        "Bring the disk or share with the configuration back, and reload again",
        "Die Platte oder Freigabe mit der Konfiguration zurückbringen und neu laden",
    ),
    (
        "the configuration was read again and refused; the former one is in use",
        "die Konfiguration wurde neu gelesen und abgelehnt; die frühere gilt",
    ),
    (
        "the daemon uses the configuration as it is in the file",
        "der Daemon nutzt die Konfiguration, wie sie in der Datei steht",
    ),
    (
        "the file says something else than what the daemon uses: {what}",
        "die Datei sagt anderes, als der Daemon nutzt: {what}",
    ),
    ("exhibits {here} instead of {there}", "Exponate {here} statt {there}"),
    ("none", "keiner"),
    ("{key} {here} instead of {there}", "{key} {here} statt {there}"),
    (
        "a configuration of the Exhibition VM Controller lies at {files}; Vitrine does not read it",
        "eine Konfiguration des Exhibition VM Controllers liegt unter {files}; Vitrine liest sie nicht",
    ),
    (
        "Take over what is still wanted, and put the old file away",
        "Übernehmen, was noch gebraucht wird, und die alte Datei weglegen",
    ),
    ("it runs, and has for {time}", "er läuft, seit {time}"),
    ("it runs as process {pid}", "er läuft als Prozess {pid}"),
    (
        "no process 'vitrine run' is there: nothing is watched and nothing is put back",
        "kein Prozess 'vitrine run' ist da: nichts wird beobachtet und nichts zurückgesetzt",
    ),
    (
        "Start it in the kiosk's session, and look why it ended",
        "Ihn in der Sitzung des Kiosks starten, und nachsehen, warum er endete",
    ),
    ("there is one daemon", "es gibt einen Daemon"),
    (
        "{count} daemons run (processes {pids}); each puts the VMs back as it sees fit",
        "{count} Daemons laufen (Prozesse {pids}); jeder setzt die VMs zurück, wie er meint",
    ),
    ("End the one that the session has not started", "Den beenden, den die Sitzung nicht gestartet hat"),
    (
        "process {pid} runs and does not answer at its socket: {why}",
        "Prozess {pid} läuft und antwortet an seinem Socket nicht: {why}",
    ),
    (
        "Start it anew; the artworks stay on the screens meanwhile",
        "Ihn neu starten; die Werke bleiben derweil auf den Bildschirmen",
    ),
    (
        "what it knows is {age} old: its task stands still, and nothing is watched",
        "was er weiß, ist {age} alt: er steht still, und nichts wird beobachtet",
    ),
    ("parts of it do not go on: {parts}", "Teile von ihm gehen nicht weiter: {parts}"),
    ("it answers, and what it knows is {age} old", "er antwortet, und was er weiß, ist {age} alt"),
    (
        "the daemon is version {running}, this program is {own}",
        "der Daemon hat Version {running}, dieses Programm {own}",
    ),
    (
        "its program was replaced since it was started, and the former one still runs",
        "sein Programm wurde seit seinem Start ersetzt, und das frühere läuft noch",
    ),
    ("daemon and program are version {version}", "Daemon und Programm haben Version {version}"),
    ("the daemon reaches libvirt", "der Daemon erreicht libvirt"),
    ("the daemon does not reach libvirt: {why}", "der Daemon erreicht libvirt nicht: {why}"),
    ("Start libvirt's daemon", "Den Daemon von libvirt starten"),
    (
        "nothing helps, and the computer is restarted in {time}",
        "nichts hilft, und der Computer wird in {time} neu gestartet",
    ),
    (
        "nothing helps, and libvirt is restarted in {time}",
        "nichts hilft, und libvirt wird in {time} neu gestartet",
    ),
    (
        "Mend what is named as ill before that, or let it happen; [last_resort] in the configuration decides",
        "Vorher in Ordnung bringen, was hier krank heißt, oder es geschehen lassen; [last_resort] in der Konfiguration entscheidet",
    ),
    (
        "this computer has no address {address}; the guests that call there are not heard",
        "dieser Computer hat keine Adresse {address}; Gäste, die dort rufen, werden nicht gehört",
    ),
    (
        "Start the network that has it, or correct listen under [api]",
        "Das Netz starten, das sie hat, oder listen unter [api] berichtigen",
    ),
    (
        "another program has {address}: {program} (process {pid})",
        "ein anderes Programm hat {address}: {program} (Prozess {pid})",
    ),
    (
        "End that program, or give Vitrine another port",
        "Das Programm beenden, oder Vitrine einen anderen Port geben",
    ),
    (
        "nobody listens at {address}, though the daemon runs",
        "niemand hört unter {address}, obwohl der Daemon läuft",
    ),
    ("Look into its log, and start it anew", "In sein Protokoll sehen und ihn neu starten"),
    ("no answer comes from {address}", "von {address} kommt keine Antwort"),
    (
        "Look for a firewall that keeps this computer from itself",
        "Nach einer Firewall suchen, die diesen Computer von sich selbst fernhält",
    ),
    ("Vitrine answers at {addresses}", "Vitrine antwortet unter {addresses}"),
    (
        "{address} is open to every network of this computer: whoever reaches it may stop artworks",
        "{address} ist jedem Netz dieses Computers offen: wer sie erreicht, kann Werke anhalten",
    ),
    (
        "Have others log in (remote = \"login\" in [api]), or list 127.0.0.1 and the address of the guests' network under listen",
        "Andere sich anmelden lassen (remote = \"login\" in [api]), oder 127.0.0.1 und die Adresse des Netzes der Gäste unter listen nennen",
    ),
    ("nobody from elsewhere changes anything without a name", "niemand von anderswo ändert etwas ohne Namen"),
    ("it listens at chosen addresses only", "sie hört nur an gewählten Adressen"),
    (
        "{path}, or its folder, is not the kiosk user's own: no incident is kept",
        "{path} oder sein Ordner gehört nicht dem Nutzer des Kiosks: kein Vorfall wird aufbewahrt",
    ),
    (
        "{path} is no database of incidents, or a damaged one",
        "{path} ist keine Datenbank von Vorfällen, oder eine beschädigte",
    ),
    ("Put it aside; a new one is begun", "Sie beiseitelegen; eine neue wird begonnen"),
    ("damaged journals were put aside: {files}", "beschädigte Journale wurden beiseitegelegt: {files}"),
    (
        "Keep them for who looks into it, or delete them; look at the disk's health as well",
        "Sie für jemanden aufheben, der dem nachgeht, oder löschen; auch nach der Gesundheit der Platte sehen",
    ),
    (
        "{path} has {size} MB, more than the {limit} MB that it may have",
        "{path} hat {size} MB, mehr als die {limit} MB, die es haben darf",
    ),
    ("Look into the log why it is not cut", "Im Protokoll nachsehen, warum es nicht gekürzt wird"),
    ("{path} has {size} KB", "{path} hat {size} KB"),
    (
        "{count} warnings and errors of Vitrine's are in the log of the last day",
        "{count} Warnungen und Fehler von Vitrine stehen im Protokoll des letzten Tages",
    ),
    ("Read what they say", "Lesen, was sie sagen"),
    ("{count} warnings in the log of the last day", "{count} Warnungen im Protokoll des letzten Tages"),
    (
        "See what was tried, and mend what else is ill here",
        "Nachsehen, was versucht wurde, und in Ordnung bringen, was hier sonst krank heißt",
    ),
    (
        "nothing can be heard of its guest, which is this computer's fault, not the artwork's",
        "von seinem Gast ist nichts zu hören; das liegt an diesem Computer, nicht am Werk",
    ),
    (
        "Look at the network, the firewall and the addresses of the API",
        "Netz, Firewall und die Adressen der API ansehen",
    ),
    ("it is broken, and has been for {time}: {seen}", "es ist gestört, seit {time}: {seen}"),
    (
        "it was stopped {time} ago by {who}, and stays so",
        "es wurde vor {time} von {who} angehalten und bleibt so",
    ),
    ("Start it when it shall be seen again", "Es starten, wenn es wieder zu sehen sein soll"),
    ("it is healthy, and has been for {time}", "es ist gesund, seit {time}"),
    ("it has been in the state '{phase}' for {time}", "es ist seit {time} im Zustand '{phase}'"),
    ("it is in the state '{phase}' just now: {seen}", "es ist gerade im Zustand '{phase}': {seen}"),
    ("Ask again in a minute", "In einer Minute wieder fragen"),
    ("End the hold when the work is done", "Die Wartung beenden, wenn die Arbeit getan ist"),
    (
        "it is on hold, and its VM is not running: {state}",
        "es ist in Wartung, und seine VM läuft nicht: {state}",
    ),
    (
        "the configuration keeps it on hold (auto_revert = false): nothing is put back by itself",
        "die Konfiguration hält es in Wartung (auto_revert = false): nichts wird von selbst zurückgesetzt",
    ),
    (
        "Set auto_revert = true when Vitrine shall put it back by itself",
        "auto_revert = true setzen, wenn Vitrine es von selbst zurücksetzen soll",
    ),
    (
        "{who} has held it for {time}, and it is not put back as long as that lasts",
        "{who} hat es seit {time} in Wartung, und so lange wird es nicht zurückgesetzt",
    ),
    ("{who} has held it for {time}", "{who} hat es seit {time} in Wartung"),
    ("the system's log cannot be read: {why}", "das Protokoll des Systems ist nicht lesbar: {why}"),
    (
        "this computer's system keeps no log (journald)",
        "das System dieses Computers führt kein Protokoll (journald)",
    ),
    // The panel's certificate
    ("the panel cannot be served over TLS: {why}", "das Panel ist über TLS nicht anzubieten: {why}"),
    (
        "the certificate {file} holds no more: browsers refuse the panel",
        "das Zertifikat {file} gilt nicht mehr: Browser lehnen das Panel ab",
    ),
    (
        "the certificate {file} holds for {days} more days; then browsers refuse the panel",
        "das Zertifikat {file} gilt noch {days} Tage; danach lehnen Browser das Panel ab",
    ),
    (
        "when the certificate {file} ends cannot be told",
        "wann das Zertifikat {file} abläuft, lässt sich nicht sagen",
    ),
    (
        "the certificate {file} is for nothing that this computer is called ({names}): browsers warn of the panel",
        "das Zertifikat {file} ist für nichts, wie dieser Rechner heißt ({names}): Browser warnen vor dem Panel",
    ),
    (
        "the panel's certificate holds for {days} more days, for {names}",
        "das Zertifikat des Panels gilt noch {days} Tage, für {names}",
    ),
    (
        "Have a new one made, for the address that staff type; browsers ask about it once more",
        "Ein neues machen lassen, für die Adresse, die das Personal eingibt; Browser fragen dann noch einmal danach",
    ),
    (
        "Put a certificate there that holds, with its key, and have Vitrine read it",
        "Ein gültiges Zertifikat mit seinem Schlüssel dorthin legen und Vitrine es lesen lassen",
    ),
];
