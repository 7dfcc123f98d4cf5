//! What the doctor says of what a guest tells of itself.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "the guest kit in its guest is {version}, and this computer has {current}",
        "das Gast-Programm in seinem Gast ist {version}, und dieser Computer hat {current}",
    ),
    (
        "When the artwork is worked on next, copy the newer kit over it, and make a new snapshot",
        "Wenn das nächste Mal am Werk gearbeitet wird, das neuere Programm darüber kopieren und einen neuen Snapshot machen",
    ),
    (
        "its heartbeats arrive, and its picture never stood still for {time}",
        "seine Lebenszeichen kommen an, und sein Bild stand nie {time} still",
    ),
    (
        "its heartbeats arrive, and something moves in its picture",
        "seine Lebenszeichen kommen an, und in seinem Bild bewegt sich etwas",
    ),
    (
        "its heartbeats arrive, and nothing moved in its picture just now: whether that is the artwork, or stands, only who knows it can say (picture = true has Vitrine watch one in which something always moves)",
        "seine Lebenszeichen kommen an, und in seinem Bild hat sich eben nichts bewegt: ob das Kunstwerk so ist oder steht, kann nur sagen, wer es kennt (mit picture = true beobachtet Vitrine eines, in dem sich immer etwas bewegt)",
    ),
    (
        "its picture stood still {time} ago while its heartbeats arrived: the program that beats does not notice when the artwork stops",
        "sein Bild stand vor {time} still, während seine Lebenszeichen ankamen: das Programm, das sie gibt, merkt nicht, wenn das Kunstwerk steht",
    ),
    (
        "what visitors see has stood still for {time}, while something moves on the VM's own screen: its viewer or the X server stands",
        "was das Publikum sieht, steht seit {time} still, während sich auf dem Bildschirm der VM selbst etwas bewegt: sein Viewer oder der X-Server steht",
    ),
    (
        "See what is said of its viewer and of the X server; ended, the viewer is launched anew",
        "Nachsehen, was über seinen Viewer und den X-Server gesagt wird; beendet, wird der Viewer neu gestartet",
    ),
    (
        "its heartbeats arrive, and its picture has stood still for {time}: the guest lives, and the artwork does not",
        "seine Lebenszeichen kommen an, und sein Bild steht seit {time} still: der Gast lebt, das Kunstwerk nicht",
    ),
    (
        "Have the program in the guest beat only while the artwork's process and window are there and answer, or have it ask to be put back; then make the snapshot anew",
        "Das Programm im Gast nur Lebenszeichen geben lassen, solange Prozess und Fenster des Kunstwerks da sind und antworten, oder es um das Zurücksetzen bitten lassen; dann den Snapshot neu anlegen",
    ),
    (
        "nothing in its guest is watched: neither heartbeat nor agent nor picture; only the VM's own end is noticed",
        "in seinem Gast wird nichts beobachtet: weder Lebenszeichen noch Agent noch Bild; nur das Ende der VM selbst fällt auf",
    ),
    (
        "Set heartbeat, agent = true or picture for it; docs/configuration.md says which suits an artwork",
        "heartbeat, agent = true oder picture dafür setzen; docs/configuration.md sagt, was zu einem Werk passt",
    ),
    ("its guest is watched by: {means}", "sein Gast wird beobachtet durch: {means}"),
    (
        "In the guest, open http://ADDRESS:8000/api/v1/heartbeat with the address of [api] listen: an answer means that the network is well, and the program in the guest is not",
        "Im Gast http://ADDRESS:8000/api/v1/heartbeat öffnen, mit der Adresse aus [api] listen: eine Antwort heißt, dass das Netz in Ordnung ist und das Programm im Gast nicht",
    ),
    (
        "no heartbeat has come since its last start or revert",
        "seit dem letzten Start oder Zurücksetzen kam kein Lebenszeichen",
    ),
    (
        "its last heartbeat came {age} ago; {timeout} are allowed",
        "sein letztes Lebenszeichen kam vor {age}; {timeout} sind erlaubt",
    ),
    (
        "its program beats since the last start or revert, by itself",
        "sein Programm gibt seit dem letzten Start oder Zurücksetzen von selbst Lebenszeichen",
    ),
    (
        "its guest is up, for its agent answers, and the program that beats was not started",
        "sein Gast läuft, denn sein Agent antwortet, und das Programm für die Lebenszeichen wurde nicht gestartet",
    ),
    (
        "Put the program into the guest's autostart, try by a restart of the guest, and make the snapshot anew while it beats",
        "Das Programm in den Autostart des Gastes nehmen, durch einen Neustart des Gastes erproben, und den Snapshot neu machen, während es Lebenszeichen gibt",
    ),
    (
        "at most {gap} lay between two heartbeats; {timeout} are allowed",
        "höchstens {gap} lagen zwischen zwei Lebenszeichen; {timeout} sind erlaubt",
    ),
    (
        "up to {gap} lay between two heartbeats, and {timeout} are allowed: the next busy moment puts it back",
        "bis zu {gap} lagen zwischen zwei Lebenszeichen, und {timeout} sind erlaubt: der nächste volle Moment setzt es zurück",
    ),
    (
        "Have the guest beat more often, or set {setting}",
        "Den Gast öfter Lebenszeichen geben lassen, oder {setting} setzen",
    ),
    (
        "it was put back or started {count} times in {time}",
        "es wurde in {time} {count}-mal zurückgesetzt oder gestartet",
    ),
    (
        "See what for; mostly one cause comes again and again",
        "Nachsehen, wofür; meist kehrt eine Ursache wieder",
    ),
    ("the guest's agent is connected", "der Agent des Gastes ist verbunden"),
    (
        "the VM has a channel for a guest agent, and no agent in the guest has opened it",
        "die VM hat einen Kanal für einen Agenten, und kein Agent im Gast hat ihn geöffnet",
    ),
    (
        "Install qemu-guest-agent in the guest, see that it starts by itself, and make the snapshot anew",
        "qemu-guest-agent im Gast installieren, auf seinen selbsttätigen Start achten, und den Snapshot neu machen",
    ),
    (
        "the VM has no channel for a guest agent: nothing sets its clock after a revert",
        "die VM hat keinen Kanal für einen Agenten: nichts stellt ihre Uhr nach dem Zurücksetzen",
    ),
    (
        "Add the channel org.qemu.guest_agent.0, and install the agent in the guest",
        "Den Kanal org.qemu.guest_agent.0 hinzufügen und den Agenten im Gast installieren",
    ),
    ("its clock is right within {time}", "seine Uhr geht auf {time} genau"),
    ("its clock is {time} behind this computer's", "seine Uhr geht {time} nach"),
    ("its clock is {time} ahead of this computer's", "seine Uhr geht {time} vor"),
    (
        "Set it now; set_time = true has Vitrine do so after each revert",
        "Sie jetzt stellen; mit set_time = true tut Vitrine es nach jedem Zurücksetzen",
    ),
    ("its guest says: {status}", "sein Gast sagt: {status}"),
    ("its guest says with its heartbeat: {text}", "sein Gast sagt mit seinem Lebenszeichen: {text}"),
    (
        "Look at the artwork; the guest's program decides what it reports",
        "Das Werk ansehen; das Programm des Gastes entscheidet, was es meldet",
    ),
    (
        "its guest asked {time} ago to be put back: {reason}",
        "sein Gast bat vor {time} darum, zurückgesetzt zu werden: {reason}",
    ),
    ("See how often it does", "Nachsehen, wie oft er es tut"),
    (
        "the guest's agent has not answered within {waited}",
        "der Agent des Gastes hat in {waited} nicht geantwortet",
    ),
];
