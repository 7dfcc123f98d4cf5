//! What the doctor says of what keeps a VM from its own files.

use crate::words::Row;

pub(in super::super) const CONFINED: &[Row] = &[
    (
        "lay it into /var/lib/libvirt/images, and have the definition name it there",
        "sie nach /var/lib/libvirt/images legen und in der Definition dort nennen",
    ),
    (
        "{file} of '{vm}' lies where libvirt's helper for AppArmor gives nothing to a VM: it is not started",
        "{file} von '{vm}' liegt, wo libvirts Helfer für AppArmor keiner VM etwas gibt: sie wird nicht gestartet",
    ),
    (
        "all files of '{vm}' lie where AppArmor lets a VM have them",
        "alle Dateien von '{vm}' liegen, wo AppArmor sie einer VM lässt",
    ),
    (
        "AppArmor's profile of '{vm}' has all files that it has open",
        "AppArmors Profil von '{vm}' hat alle Dateien, die sie geöffnet hat",
    ),
    (
        "AppArmor's profile of the running '{vm}' does not have {file}: what opens that anew is refused",
        "AppArmors Profil der laufenden '{vm}' hat {file} nicht: was sie neu öffnet, wird verweigert",
    ),
    (
        "start the VM anew, by which libvirt writes its profile anew; what it does not find by itself (what an image is based on, or lies in another folder) allow in /etc/apparmor.d/local/abstractions/libvirt-qemu",
        "die VM neu starten, wobei libvirt ihr Profil neu schreibt; was es nicht selbst findet (worauf ein Abbild aufbaut, oder was in einem anderen Ordner liegt), in /etc/apparmor.d/local/abstractions/libvirt-qemu erlauben",
    ),
    (
        "{file} is encrypted, and the disk {target} of '{vm}' names no key for it ({which})",
        "{file} ist verschlüsselt, und die Festplatte {target} von '{vm}' nennt keinen Schlüssel dafür ({which})",
    ),
    (
        "name libvirt's secret in <encryption> of the disk's <source>",
        "libvirts Geheimnis in <encryption> unter <source> der Festplatte nennen",
    ),
    (
        "the secret {secret}, which '{vm}' needs for {part}, is not in this libvirt ({which})",
        "das Geheimnis {secret}, das '{vm}' für {part} braucht, gibt es in diesem libvirt nicht ({which})",
    ),
    (
        "define it anew with this number, and set its value (virsh secret-define, secret-set-value)",
        "es mit dieser Nummer neu definieren und seinen Wert setzen (virsh secret-define, secret-set-value)",
    ),
    (
        "the secret {secret}, which '{vm}' needs for {part}, has no value ({which})",
        "das Geheimnis {secret}, das '{vm}' für {part} braucht, hat keinen Wert ({which})",
    ),
    (
        "set it; the passphrase is typed without being seen",
        "ihn setzen; die Passphrase wird eingegeben, ohne dass sie zu sehen ist",
    ),
    (
        "the secret {secret}, which '{vm}' needs for {part}, is forgotten when libvirt or the computer is started anew",
        "das Geheimnis {secret}, das '{vm}' für {part} braucht, ist vergessen, wenn libvirt oder der Rechner neu startet",
    ),
    (
        "define it anew with ephemeral='no', and set its value; else nobody starts the artwork after a power cut",
        "es mit ephemeral='no' neu definieren und seinen Wert setzen; sonst startet nach einem Stromausfall niemand das Kunstwerk",
    ),
    (
        "libvirt has the secrets that '{vm}' needs, such as that of {part}",
        "libvirt hat die Geheimnisse, die '{vm}' braucht, etwa das für {part}",
    ),
];
