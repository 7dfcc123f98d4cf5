//! What the doctor says of the disk images of an exhibit's VM.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("{file} is not there", "{file} ist nicht da"),
    ("{file} is a link to {to}, which is not there", "{file} ist ein Link auf {to}, und das ist nicht da"),
    (
        "Mount {at}: the file belongs there, and nothing is mounted",
        "{at} einhängen: Dort gehört die Datei hin, und es ist nichts eingehängt",
    ),
    (
        "Install the firmware that the VM's definition names again, or take it out of the definition",
        "Die Firmware, die die Definition der VM nennt, wieder installieren oder aus der Definition nehmen",
    ),
    (
        "Take the medium out of the VM's drive, or put the file back",
        "Das Medium aus dem Laufwerk der VM nehmen oder die Datei zurücklegen",
    ),
    (
        "Put the image back from a copy, or name the right one in the VM's definition",
        "Das Image aus einer Kopie zurücklegen oder in der Definition der VM das richtige nennen",
    ),
    ("all files are there: {count}", "alle Dateien sind da: {count}"),
    ("{file} is a folder, no image", "{file} ist ein Ordner und kein Image"),
    ("{file} is neither a file nor a disk", "{file} ist weder Datei noch Festplatte"),
    ("Name the image itself in the VM's definition", "In der Definition der VM das Image selbst nennen"),
    ("all are files or disks: {count}", "alle sind Dateien oder Festplatten: {count}"),
    (
        "QEMU's user {user} does not get through {folder} (mode {mode}) to {file}",
        "QEMUs Benutzer {user} kommt nicht durch {folder} (Rechte {mode}) zu {file}",
    ),
    ("QEMU's user {user} gets to all of them: {count}", "QEMUs Benutzer {user} kommt zu allen: {count}"),
    (
        "Move the image to /var/lib/libvirt/images, and name it there in the VM's definition",
        "Das Image nach /var/lib/libvirt/images verschieben und es in der Definition der VM dort nennen",
    ),
    (
        "Let {user} pass through {folder}, without seeing what is in it",
        "{user} durch {folder} hindurchlassen, ohne den Inhalt zu zeigen",
    ),
    (
        "QEMU's user {user} may not use {file} (owner {owner}, mode {mode})",
        "QEMUs Benutzer {user} darf {file} nicht benutzen (Eigentümer {owner}, Rechte {mode})",
    ),
    (
        "Give the image to QEMU's user: libvirt does not do it here (dynamic_ownership)",
        "Das Image QEMUs Benutzer geben: libvirt tut es hier nicht (dynamic_ownership)",
    ),
    (
        "QEMU's user {user} may use all of them, or is given them: {count}",
        "QEMUs Benutzer {user} darf alle benutzen oder bekommt sie: {count}",
    ),
    (
        "libvirt has no storage pool '{pool}', which {volume} is in",
        "libvirt hat keinen Speicherpool '{pool}', in dem {volume} liegt",
    ),
    (
        "Define the pool again, or name the image by its file",
        "Den Pool wieder definieren oder das Image mit seiner Datei nennen",
    ),
    (
        "the storage pool '{pool}' is off, and {volume} is in it",
        "der Speicherpool '{pool}' ist aus, und {volume} liegt darin",
    ),
    ("Start the storage pool", "Den Speicherpool starten"),
    (
        "Start the storage pool, and have libvirt start it by itself",
        "Den Speicherpool starten und libvirt ihn von selbst starten lassen",
    ),
    (
        "the storage pool '{pool}' is off after the next start of the computer",
        "der Speicherpool '{pool}' ist nach dem nächsten Start des Rechners aus",
    ),
    ("Have libvirt start the storage pool by itself", "libvirt den Speicherpool von selbst starten lassen"),
    ("all its storage pools are on: {count}", "alle Speicherpools sind an: {count}"),
    ("its own QEMU holds them", "sein eigenes QEMU hält sie"),
    (
        "another program holds {file}, so no QEMU can write to it",
        "ein anderes Programm hält {file}, so dass kein QEMU darauf schreiben kann",
    ),
    (
        "{program} holds {file}, so no QEMU can write to it",
        "{program} hält {file}, so dass kein QEMU darauf schreiben kann",
    ),
    (
        "Wait until that program is done, or end it: another VM, a copy that is being made",
        "Warten, bis das Programm fertig ist, oder es beenden: eine andere VM, eine Kopie, die gerade entsteht",
    ),
    ("no other program holds them", "kein anderes Programm hält sie"),
    (
        "Give each VM an image of its own: what one writes damages the other's",
        "Jeder VM ein eigenes Image geben: Was die eine schreibt, beschädigt das der anderen",
    ),
    ("{file} is in use by the VM '{vm}', which runs", "{file} benutzt die VM '{vm}', die gerade läuft"),
    ("the VM '{vm}' has {file} as well", "auch die VM '{vm}' hat {file}"),
    ("no other VM has them", "keine andere VM hat sie"),
    (
        "what the VM's firmware remembers is gone: {file} is not there",
        "was sich die Firmware der VM merkt, ist weg: {file} ist nicht da",
    ),
    (
        "Put the file back from a copy. Without it libvirt makes a new one: the firmware then starts what it finds first, and the snapshot's part of it is lost",
        "Die Datei aus einer Kopie zurücklegen. Ohne sie legt libvirt eine neue an: Die Firmware startet dann, was sie zuerst findet, und der Anteil des Snapshots daran ist verloren",
    ),
    ("what its firmware remembers is there", "was sich seine Firmware merkt, ist da"),
    (
        "{file} is said to be {format}, and does not begin as such an image does",
        "{file} soll {format} sein und beginnt nicht wie ein solches Image",
    ),
    (
        "Say the image's true format in the VM's definition, or put the image back from a copy",
        "In der Definition der VM das wahre Format des Images nennen oder das Image aus einer Kopie zurücklegen",
    ),
    (
        "{file} is said to be {format}, and begins like {found}: the guest would see no disk that it knows",
        "{file} soll {format} sein und beginnt wie {found}: Der Gast sähe keine Festplatte, die er kennt",
    ),
    (
        "Say the image's true format in the VM's definition, unless its guest itself has written that there",
        "In der Definition der VM das wahre Format des Images nennen, es sei denn, ihr Gast hat das selbst dorthin geschrieben",
    ),
    ("all are of the format that is said: {count}", "alle haben das angegebene Format: {count}"),
    ("{file} is not there, and {above} is based on it", "{file} ist nicht da, und {above} beruht darauf"),
    (
        "Put the file back where it was. Where it was moved, 'qemu-img rebase -u' names its new place in the image above; without it that image is worthless",
        "Die Datei dorthin zurücklegen, wo sie war. Wurde sie verschoben, trägt 'qemu-img rebase -u' den neuen Ort in das Image darüber ein; ohne sie ist jenes wertlos",
    ),
    ("all that they are based on is there: {count}", "alles, worauf sie beruhen, ist da: {count}"),
    (
        "{above} does not say of which format {file} is, on which it is based",
        "{above} sagt nicht, welches Format {file} hat, worauf es beruht",
    ),
    (
        "With the VM off, write the format into the image above",
        "Bei ausgeschalteter VM das Format in das Image darüber eintragen",
    ),
    ("each says the format of what it is based on", "jedes nennt das Format dessen, worauf es beruht"),
    ("{file} is the uppermost of {count} images", "{file} ist das oberste von {count} Images"),
    (
        "Bring them together into one: 'virsh blockpull', on hold",
        "Sie zu einem zusammenführen: 'virsh blockpull', während der Wartung",
    ),
    ("few images lie upon each other", "nur wenige Images liegen übereinander"),
    (
        "{file} is marked as damaged: no QEMU writes to it",
        "{file} ist als beschädigt gekennzeichnet: Kein QEMU schreibt darauf",
    ),
    (
        "With the VM off, copy the image, then have it mended; what cannot be mended comes from a backup",
        "Bei ausgeschalteter VM das Image kopieren und dann reparieren lassen; was sich nicht reparieren lässt, kommt aus einer Sicherung",
    ),
    ("none is marked as damaged", "keines ist als beschädigt gekennzeichnet"),
    (
        "{file} was not closed: QEMU mends it at the next start, which takes a while",
        "{file} wurde nicht geschlossen: QEMU repariert es beim nächsten Start, was eine Weile dauert",
    ),
    ("Have it mended while nobody waits for it", "Es reparieren lassen, solange niemand darauf wartet"),
    ("all were closed", "alle wurden geschlossen"),
    (
        "{file} is a qcow2 image of the kind before 2013 (compat 0.10)",
        "{file} ist ein qcow2-Image von der Art vor 2013 (compat 0.10)",
    ),
    (
        "With the VM off, bring it up to date: it then knows when it is damaged, and frees room faster",
        "Es bei ausgeschalteter VM auf den neuen Stand bringen: Es weiß dann, wenn es beschädigt ist, und gibt Platz schneller frei",
    ),
    ("none is of an old kind", "keines ist von alter Art"),
    (
        "{mount}, where {file} lies, has {free} free of {total}",
        "{mount}, wo {file} liegt, hat {free} von {total} frei",
    ),
    (
        "Make room: images, snapshots and logs that nobody needs are the first to look for",
        "Platz schaffen: zuerst nach Images, Snapshots und Protokollen suchen, die niemand braucht",
    ),
    ("there is room where they lie", "wo sie liegen, ist Platz"),
    (
        "{mount}, where {file} lies, takes {free} more files of {total}",
        "{mount}, wo {file} liegt, nimmt noch {free} Dateien von {total} auf",
    ),
    ("Delete what makes so many small files", "Löschen, was so viele kleine Dateien anlegt"),
    ("their file system takes more files", "ihr Dateisystem nimmt weitere Dateien auf"),
    (
        "{count} images on {mount} may grow by {growth}, and {free} are free",
        "{count} Images auf {mount} können um {growth} wachsen, und {free} sind frei",
    ),
    (
        "Make room or make the guests' disks smaller: a guest that finds no room is paused by QEMU",
        "Platz schaffen oder die Festplatten der Gäste verkleinern: Findet ein Gast keinen Platz, hält QEMU ihn an",
    ),
    (
        "there is room for all that their guests can write",
        "für alles, was ihre Gäste schreiben können, ist Platz",
    ),
    ("no image lies beside them that no VM has", "neben ihnen liegt kein Image, das keine VM hat"),
    (
        "{count} images that no VM has lie beside its own, such as {file}: {size} in all",
        "{count} Images, die keine VM hat, liegen neben den eigenen, etwa {file}: zusammen {size}",
    ),
    (
        "Keep what is a backup elsewhere, and delete what nobody needs",
        "Sicherungen anderswo aufbewahren und löschen, was niemand braucht",
    ),
    ("{file} is on {mount}, which is read-only", "{file} liegt auf {mount}, das schreibgeschützt ist"),
    (
        "Look into the system's log: a file system becomes read-only when its disk fails",
        "In das Systemprotokoll sehen: Ein Dateisystem wird schreibgeschützt, wenn seine Festplatte versagt",
    ),
    ("their file system can be written to", "auf ihr Dateisystem lässt sich schreiben"),
    (
        "{file} is on a network share ({kind}): the artwork stands still whenever the network does",
        "{file} liegt auf einer Netzfreigabe ({kind}): Das Werk steht still, wann immer das Netz es tut",
    ),
    ("they lie on this computer", "sie liegen auf diesem Rechner"),
    (
        "With the VM off, move the image to a disk of this computer, such as /var/lib/libvirt/images, name it there in the VM's definition, and make the snapshot anew",
        "Das Image bei ausgeschalteter VM auf eine Festplatte dieses Rechners verschieben, etwa nach /var/lib/libvirt/images, es in der Definition der VM dort nennen und den Snapshot neu machen",
    ),
    (
        "{file} is in memory alone ({kind} on {mount}), and gone once the computer is off",
        "{file} liegt nur im Arbeitsspeicher ({kind} auf {mount}) und ist weg, sobald der Rechner aus ist",
    ),
    ("none is in memory alone", "keines liegt nur im Arbeitsspeicher"),
    (
        "{file} is on a FAT file system ({mount}), where no file grows beyond 4 GiB",
        "{file} liegt auf einem FAT-Dateisystem ({mount}), auf dem keine Datei über 4 GiB wächst",
    ),
    ("their file system lets them grow", "ihr Dateisystem lässt sie wachsen"),
    (
        "{file} is on {mount}, which nothing mounts when the computer starts",
        "{file} liegt auf {mount}, das beim Start des Rechners nicht eingehängt wird",
    ),
    (
        "Have it mounted at the start: an entry in /etc/fstab without 'noauto', or move the image",
        "Es beim Start einhängen lassen: ein Eintrag in /etc/fstab ohne 'noauto'; oder das Image verschieben",
    ),
    (
        "what they lie on is mounted when the computer starts",
        "worauf sie liegen, wird beim Start des Rechners eingehängt",
    ),
    (
        "{file} is in a folder that the system cleans up",
        "{file} liegt in einem Ordner, den das System aufräumt",
    ),
    (
        "{file} is in a person's home, and goes with it",
        "{file} liegt im Home-Verzeichnis eines Benutzers und verschwindet mit ihm",
    ),
    ("their folders are made to stay", "ihre Ordner sind zum Bleiben gemacht"),
    (
        "{file} is on btrfs, which copies it piece by piece, and makes it slow",
        "{file} liegt auf btrfs, das es Stück für Stück kopiert und langsam macht",
    ),
    (
        "With the VM off, set 'chattr +C' on an empty folder, and copy the image into it",
        "Bei ausgeschalteter VM einem leeren Ordner 'chattr +C' geben und das Image hineinkopieren",
    ),
    ("btrfs does not copy them piece by piece", "btrfs kopiert sie nicht Stück für Stück"),
    ("{file} cannot be looked at: {why}", "{file} lässt sich nicht ansehen: {why}"),
    ("its rights do not let this user read it", "seine Rechte lassen diesen Benutzer nicht lesen"),
    ("libvirt does not say which user QEMU runs as", "libvirt sagt nicht, unter welchem Benutzer QEMU läuft"),
    (
        "libvirt describes it in a way that cannot be read: {why}",
        "libvirts Beschreibung ist nicht zu lesen: {why}",
    ),
    ("the file system of {file} is not known: {why}", "das Dateisystem von {file} ist nicht bekannt: {why}"),
    (
        "the disk of {mount} is not known to this system",
        "die Festplatte von {mount} kennt dieses System nicht",
    ),
];
