//! What the doctor says of who may do what.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("{file} can be read", "{file} ist lesbar"),
    (
        "the kiosk's user cannot read {file}: {place} keeps it out",
        "der Kiosk-Benutzer kann {file} nicht lesen: {place} lässt ihn nicht durch",
    ),
    ("let all read it", "alle lesen lassen"),
    ("let all pass through the folder", "alle durch den Ordner lassen"),
    ("{folder} belongs to {owner}, and not to {user}", "{folder} gehört {owner} und nicht {user}"),
    ("give it to its user", "ihn seinem Benutzer geben"),
    (
        "{user} may not use its own folder {folder}: its mode is {mode}",
        "{user} darf den eigenen Ordner {folder} nicht benutzen: sein Modus ist {mode}",
    ),
    ("let its owner use it", "ihn den Eigentümer benutzen lassen"),
    (
        "others may look into {folder}, where pictures of what visitors saw lie: mode {mode}",
        "andere dürfen in {folder} sehen, wo Bilder dessen liegen, was Besucher sahen: Modus {mode}",
    ),
    ("let only its owner", "nur den Eigentümer lassen"),
    ("{folder} is its user's alone", "{folder} gehört allein seinem Benutzer"),
    (
        "the journal and all beside it belong to the kiosk's user",
        "das Journal und alles daneben gehört dem Kiosk-Benutzer",
    ),
    (
        "{file} belongs to another user: Vitrine cannot write it",
        "{file} gehört einem anderen Benutzer: Vitrine kann es nicht schreiben",
    ),
    (
        "give all of them to the kiosk's user; Vitrine is never to be run as root in its place",
        "alle dem Kiosk-Benutzer geben; Vitrine nie an seiner Stelle als root laufen lassen",
    ),
    ("the session's folder {folder} is there", "der Ordner der Sitzung {folder} ist da"),
    (
        "{user} has no home: its session does not begin",
        "{user} hat kein Heimatverzeichnis: die Sitzung beginnt nicht",
    ),
    ("make it", "es anlegen"),
    ("everybody may write to {folder}: mode {mode}", "jeder darf in {folder} schreiben: Modus {mode}"),
    ("let only its owner write", "nur den Eigentümer schreiben lassen"),
    ("the home {folder} is its user's", "das Heimatverzeichnis {folder} gehört seinem Benutzer"),
    (
        "what the session needs in the home belongs to {user}",
        "was die Sitzung im Heimatverzeichnis braucht, gehört {user}",
    ),
    (
        "{file} belongs to another user than {user}: the session cannot write it",
        "{file} gehört nicht {user}: die Sitzung kann es nicht schreiben",
    ),
    ("give it back", "zurückgeben"),
    (
        "Openbox cannot use {file}: Vitrine is not started by it",
        "Openbox kann {file} nicht benutzen: Vitrine wird damit nicht gestartet",
    ),
    ("let all read it, and run what is a program", "alle lesen lassen, und ausführen, was ein Programm ist"),
    ("Openbox can read what the kiosk has for it", "Openbox kann lesen, was der Kiosk für es hat"),
    (
        "AppArmor has refused {count} things to libvirt or a VM, such as {what}",
        "AppArmor hat libvirt oder einer VM {count}-mal etwas verweigert, etwa {what}",
    ),
    (
        "allow the path in /etc/apparmor.d/local/abstractions/libvirt-qemu, or lay the image into /var/lib/libvirt/images",
        "den Pfad in /etc/apparmor.d/local/abstractions/libvirt-qemu erlauben oder das Image nach /var/lib/libvirt/images legen",
    ),
    (
        "AppArmor has refused nothing to libvirt and its VMs since the start",
        "AppArmor hat libvirt und seinen VMs seit dem Start nichts verweigert",
    ),
    (
        "SELinux is enforcing: an image in an unusual folder may be kept from QEMU",
        "SELinux greift durch: ein Image in einem ungewöhnlichen Ordner bleibt QEMU womöglich verwehrt",
    ),
    ("give images their label", "Images ihre Kennung geben"),
    ("SELinux refuses nothing here", "SELinux verweigert hier nichts"),
    (
        "/proc hides the processes of others (hidepid): Vitrine cannot see whether a QEMU is stopped",
        "/proc verbirgt die Prozesse anderer (hidepid): Vitrine sieht nicht, ob ein QEMU angehalten ist",
    ),
    (
        "take 'hidepid' from the options of /proc in /etc/fstab",
        "'hidepid' aus den Optionen von /proc in /etc/fstab nehmen",
    ),
    ("the processes of others can be seen", "die Prozesse anderer sind zu sehen"),
    ("the kiosk's user {user} does not exist", "den Kiosk-Benutzer {user} gibt es nicht"),
    ("have the installer make it", "ihn vom Installer anlegen lassen"),
    (
        "the account of {user} has expired: it is not logged in any more",
        "das Konto von {user} ist abgelaufen: es wird nicht mehr angemeldet",
    ),
    ("let it last", "es dauern lassen"),
    (
        "{user} has the shell {shell}, with which no session begins",
        "{user} hat die Shell {shell}, mit der keine Sitzung beginnt",
    ),
    ("give it a shell", "ihm eine Shell geben"),
    (
        "the session is root's: what shows the artworks may do everything",
        "die Sitzung gehört root: was die Werke zeigt, darf alles",
    ),
    (
        "have a user of its own for the kiosk; the installer makes one",
        "dem Kiosk einen eigenen Benutzer geben; der Installer legt einen an",
    ),
    ("the kiosk's user is {user}", "der Kiosk-Benutzer ist {user}"),
    ("{user} is in the group libvirt", "{user} ist in der Gruppe libvirt"),
    (
        "libvirt answers {user}, who is not in the group libvirt",
        "libvirt antwortet {user}, obwohl nicht in der Gruppe libvirt",
    ),
    (
        "there is no group libvirt, and whom libvirt answers is not known",
        "es gibt keine Gruppe libvirt, und wem libvirt antwortet, ist nicht bekannt",
    ),
    (
        "{user} is not in the group libvirt: libvirt refuses it",
        "{user} ist nicht in der Gruppe libvirt: libvirt lehnt ab",
    ),
    (
        "make it a member, then log it out and in, or restart",
        "zum Mitglied machen, dann ab- und anmelden oder neu starten",
    ),
    ("{user} is in every group that a kiosk needs", "{user} ist in allen Gruppen, die ein Kiosk braucht"),
    ("{user} is not in the groups {groups}", "{user} ist nicht in den Gruppen {groups}"),
    (
        "the running session of {user} has all its groups",
        "die laufende Sitzung von {user} hat alle ihre Gruppen",
    ),
    (
        "the running session of {user} does not have these groups yet: {groups}",
        "die laufende Sitzung von {user} hat diese Gruppen noch nicht: {groups}",
    ),
    (
        "log the user out and in, or restart: a session keeps the groups that it began with",
        "den Benutzer ab- und anmelden oder neu starten: eine Sitzung behält die Gruppen, mit denen sie begann",
    ),
    ("{user} may use {socket}", "{user} darf {socket} benutzen"),
    (
        "{user} may not use {socket}: it is of group {group}, mode {mode}",
        "{user} darf {socket} nicht benutzen: Gruppe {group}, Modus {mode}",
    ),
    (
        "see to unix_sock_group and unix_sock_rw_perms in /etc/libvirt, or to SocketGroup= and SocketMode= of the socket's unit",
        "unix_sock_group und unix_sock_rw_perms in /etc/libvirt prüfen, oder SocketGroup= und SocketMode= der Unit des Sockets",
    ),
    ("{user} may open /dev/kvm", "{user} darf /dev/kvm öffnen"),
    (
        "{user} may not open /dev/kvm: it is not in the group {group}",
        "{user} darf /dev/kvm nicht öffnen: nicht in der Gruppe {group}",
    ),
    (
        "make it a member; a VM has it from its next start on",
        "zum Mitglied machen; eine VM hat es ab ihrem nächsten Start",
    ),
    (
        "{user} may not open /dev/kvm: it is of group {group}, mode {mode}",
        "{user} darf /dev/kvm nicht öffnen: Gruppe {group}, Modus {mode}",
    ),
    (
        "give it back to its group; udev does so at each start, unless a rule of somebody's says otherwise",
        "es seiner Gruppe zurückgeben; udev tut das bei jedem Start, wenn keine Regel etwas anderes sagt",
    ),
    ("QEMU runs as {user}", "QEMU läuft als {user}"),
    (
        "QEMU is to run as {user}, and there is no such user",
        "QEMU soll als {user} laufen, und diesen Benutzer gibt es nicht",
    ),
    (
        "correct 'user' in /etc/libvirt/qemu.conf, or install libvirt again, which makes its user",
        "'user' in /etc/libvirt/qemu.conf berichtigen oder libvirt neu installieren, das seinen Benutzer anlegt",
    ),
    ("have the installer write polkit's rule", "den Installer die Regel für polkit schreiben lassen"),
    (
        "{user} may restart libvirt's units, by polkit's rule",
        "{user} darf nach der Regel von polkit die Units von libvirt neu starten",
    ),
    (
        "polkit's rule is for {other}, and the kiosk's user is {user}",
        "die Regel von polkit gilt für {other}, der Kiosk-Benutzer ist aber {user}",
    ),
    (
        "there is no rule of polkit's for {user}: Vitrine cannot restart libvirt",
        "es gibt keine Regel von polkit für {user}: Vitrine kann libvirt nicht neu starten",
    ),
    (
        "the kiosk's user {user} is in the group {group}: a visitor who gets out may become root",
        "der Kiosk-Benutzer {user} ist in der Gruppe {group}: wer aus dem Kiosk herauskommt, kann root werden",
    ),
    (
        "take it out, once another user can become root",
        "ihn herausnehmen, sobald ein anderer Benutzer root werden kann",
    ),
    ("{user} is no administrator", "{user} ist kein Verwalter"),
    (
        "as whom QEMU runs is not known: libvirt is not wholly installed",
        "als wer QEMU läuft, ist nicht bekannt: libvirt ist nicht vollständig installiert",
    ),
    ("QEMU runs as user number {number}", "QEMU läuft als Benutzer Nummer {number}"),
    ("no configuration was found", "es fand sich keine Konfiguration"),
];
