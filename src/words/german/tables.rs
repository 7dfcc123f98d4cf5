//! What is wrong in the tables of a configuration, each of its own.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("{rule} is no rule for reboots.", "{rule} ist keine Regel für Neustarts."),
    (
        "Write reboot = \"revert\" (it is put back at once) or \"ignore\" (the artwork reboots by itself).",
        "Bitte reboot = \"revert\" schreiben (es wird sofort zurückgesetzt) oder \"ignore\" (das Werk startet von selbst neu).",
    ),
    // Exhibits
    ("There is no exhibit.", "Es gibt kein Exponat."),
    (
        "Add one at the end of the file, with the name of its VM as `virsh list --all` shows it:\n    {lines}",
        "Bitte am Ende der Datei eines ergänzen, mit dem Namen seiner VM, wie `virsh list --all` ihn zeigt:\n    {lines}",
    ),
    (
        "An exhibit's heading has double brackets, since there may be several.",
        "Die Überschrift eines Exponats hat doppelte Klammern, denn es kann mehrere geben.",
    ),
    ("Write [[exhibit]].", "Bitte [[exhibit]] schreiben."),
    (
        "Write a heading [[exhibit]] for each exhibit, with its keys below.",
        "Bitte für jedes Exponat eine Überschrift [[exhibit]] schreiben, mit seinen Schlüsseln darunter.",
    ),
    (
        "The exhibit named in line {line} is called {name} too.",
        "Auch das Exponat in Zeile {line} heißt {name}.",
    ),
    ("Give one of the two another name.", "Bitte einem der beiden einen anderen Namen geben."),
    (
        "Write the VM's name exactly as `virsh list --all` shows it.",
        "Bitte den Namen der VM genau so schreiben, wie `virsh list --all` ihn zeigt.",
    ),
    (
        "The VM {vm} belongs to the exhibit of line {line} already.",
        "Die VM {vm} gehört schon zum Exponat in Zeile {line}.",
    ),
    (
        "Name another VM; for one artwork on several screens list them all in one `screens`.",
        "Bitte eine andere VM nennen; für ein Werk auf mehreren Bildschirmen alle in einem `screens` aufzählen.",
    ),
    (
        "Make one with another name, such as \"ready\", and name that: with the artwork running as it should, `virsh \
         snapshot-create-as VM ready`.",
        "Bitte einen mit anderem Namen anlegen, etwa \"ready\", und diesen nennen: wenn das Werk läuft, wie es soll, \
         `virsh snapshot-create-as VM ready`.",
    ),
    (
        "Write a name that `virsh snapshot-list` shows for the VM, such as \"ready\".",
        "Bitte einen Namen schreiben, den `virsh snapshot-list` für die VM zeigt, etwa \"ready\".",
    ),
    ("A name cannot have a blank in it.", "Ein Name kann kein Leerzeichen enthalten."),
    ("A name cannot have {odd} in it.", "Ein Name kann {odd} nicht enthalten."),
    (
        "A name cannot begin with a hyphen: commands would take it for an option.",
        "Ein Name kann nicht mit einem Bindestrich beginnen: Befehle hielten ihn für eine Option.",
    ),
    ("{name} is the name of a folder on every machine.", "{name} heißt auf jedem Rechner ein Ordner."),
    (
        "A name has at most {most} characters; this one has {count}.",
        "Ein Name hat höchstens {most} Zeichen; dieser hat {count}.",
    ),
    (
        "Use letters, digits, - _ and . only, such as {better}.",
        "Bitte nur Buchstaben ohne Umlaute, Ziffern, - _ und . verwenden, etwa {better}.",
    ),
    ("libvirt takes no name with a / in it.", "libvirt nimmt keinen Namen mit einem / darin."),
    ("This name has a control character in it.", "Dieser Name enthält ein Steuerzeichen."),
    ("This name begins or ends with a blank.", "Dieser Name beginnt oder endet mit einem Leerzeichen."),
    ("Write it in brackets: screens = [{name}].", "Bitte in Klammern schreiben: screens = [{name}]."),
    (
        "Write a list, such as screens = [\"HDMI-1\"].",
        "Bitte eine Liste schreiben, etwa screens = [\"HDMI-1\"].",
    ),
    (
        "The screen {screen} is claimed in line {line} already.",
        "Der Bildschirm {screen} ist schon in Zeile {line} vergeben.",
    ),
    (
        "Each screen shows one exhibit; keep it in one list only. `vitrine screens` lists all.",
        "Jeder Bildschirm zeigt ein Exponat; bitte nur in einer Liste behalten. `vitrine screens` zeigt alle.",
    ),
    (
        "Write curtain = \"last\", curtain = \"black\", or curtain = {{ poster = \"/srv/vitrine/poster.png\" }}.",
        "Bitte curtain = \"last\", curtain = \"black\" oder curtain = {{ poster = \"/srv/vitrine/poster.png\" }} \
         schreiben.",
    ),
    (
        "A curtain has one picture: either a poster, or one of \"last\" and \"black\".",
        "Ein Vorhang hat ein Bild: entweder ein Plakat oder eines von \"last\" und \"black\".",
    ),
    ("Remove `picture` or `poster`.", "Bitte `picture` oder `poster` entfernen."),
    ("Only a poster is scaled.", "Nur ein Plakat hat eine Skalierung."),
    ("Remove `scale`, or name a `poster`.", "Bitte `scale` entfernen oder einen `poster` nennen."),
    ("{text} is no picture of a curtain.", "{text} ist kein Bild für einen Vorhang."),
    (
        "Write \"last\" (the artwork as it was last seen well) or \"black\"; a file is named by curtain = {{ poster = \
         \"/srv/vitrine/poster.png\" }}.",
        "Bitte \"last\" (das Werk, wie es zuletzt gut zu sehen war) oder \"black\" schreiben; eine Datei nennt \
         curtain = {{ poster = \"/srv/vitrine/poster.png\" }}.",
    ),
    ("\"Back in a moment\"", "\"Gleich wieder da\""),
    (
        "A curtain has one line of at most {most} characters.",
        "Ein Vorhang hat eine Zeile mit höchstens {most} Zeichen.",
    ),
    (
        "Write a shorter text, without line breaks.",
        "Bitte einen kürzeren Text ohne Zeilenumbrüche schreiben.",
    ),
    ("{text} is no way to scale a poster.", "{text} ist keine Skalierung für ein Plakat."),
    (
        "Write \"fill\" (nothing of the screen stays black) or \"fit\" (all of the poster is seen).",
        "Bitte \"fill\" (nichts vom Bildschirm bleibt schwarz) oder \"fit\" (das ganze Plakat ist zu sehen) schreiben.",
    ),
    (
        "Write {line}, or heartbeat = false where the guest sends none.",
        "Bitte {line} schreiben, oder heartbeat = false, wenn der Gast keine Lebenszeichen schickt.",
    ),
    (
        "Write agent = true, agent = false, or {line}.",
        "Bitte agent = true, agent = false oder {line} schreiben.",
    ),
    (
        "Write picture = true, picture = false, or {line}.",
        "Bitte picture = true, picture = false oder {line} schreiben.",
    ),
    (
        "A look is taken every {interval} only, and the picture may stand still for {frozen}.",
        "Nachgesehen wird nur alle {interval}, und das Bild darf {frozen} stehen.",
    ),
    (
        "Write interval = \"{frozen}\" or shorter, or a longer frozen.",
        "Bitte interval = \"{frozen}\" oder kürzer schreiben, oder ein längeres frozen.",
    ),
    (
        "Write idle = \"trust\", idle = \"ignore\" or {line}.",
        "Bitte idle = \"trust\", idle = \"ignore\" oder {line} schreiben.",
    ),
    ("{text} is no rule for idleness.", "{text} ist keine Regel für fehlende Besucher."),
    (
        "Write recovery = {{ attempts = 3, window = \"10m\" }}; to leave the exhibit alone write auto_revert = false.",
        "Bitte recovery = {{ attempts = 3, window = \"10m\" }} schreiben; soll das Exponat in Ruhe bleiben, \
         auto_revert = false.",
    ),
    (
        "The longest pause ({shorter}) is shorter than the first one ({longer}).",
        "Die längste Pause ({shorter}) ist kürzer als die erste ({longer}).",
    ),
    (
        "Write longest_pause = \"{longer}\" or longer, or a shorter first_pause.",
        "Bitte longest_pause = \"{longer}\" oder länger schreiben, oder ein kürzeres first_pause.",
    ),
    (
        "Write in_place = true, in_place = false, or {line}.",
        "Bitte in_place = true, in_place = false oder {line} schreiben.",
    ),
    (
        "A guest that takes the screen's resolution (resize_guest) leaves nothing to be scaled.",
        "Bei einem Gast, der die Auflösung des Bildschirms annimmt (resize_guest), gibt es nichts zu skalieren.",
    ),
    ("Remove `scaling` or `resize_guest`.", "Bitte `scaling` oder `resize_guest` entfernen."),
    ("{text} is no way to scale an artwork.", "{text} ist keine Skalierung für ein Werk."),
    (
        "Write \"fit\" (as large as the screen), \"whole\" (two, three … times as large, as it fits) or \"none\" (pixel \
         by pixel).",
        "Bitte \"fit\" (so groß wie der Bildschirm), \"whole\" (zwei-, dreimal … so groß, wie es passt) oder \"none\" \
         (Pixel für Pixel) schreiben.",
    ),
    ("Write qemu = true, qemu = false, or {line}.", "Bitte qemu = true, qemu = false oder {line} schreiben."),
    // Screens
    (
        "{text} has blanks around it or control characters in it.",
        "{text} hat Leerzeichen am Rand oder enthält Steuerzeichen.",
    ),
    ("Write {text}.", "Bitte {text} schreiben."),
    (
        "{text} is no connector: their names have no blanks.",
        "{text} ist kein Anschluss: Deren Namen haben keine Leerzeichen.",
    ),
    ("Write it as `xrandr` does, such as \"HDMI-1\".", "Bitte wie bei `xrandr` schreiben, etwa \"HDMI-1\"."),
    ("Write it as `vitrine screens` prints it.", "Bitte so schreiben, wie `vitrine screens` es ausgibt."),
    (
        "Write a heading [[screen]] for each screen, with its keys below.",
        "Bitte für jeden Bildschirm eine Überschrift [[screen]] schreiben, mit seinen Schlüsseln darunter.",
    ),
    (
        "A screen's heading has double brackets, since there may be several.",
        "Die Überschrift eines Bildschirms hat doppelte Klammern, denn es kann mehrere geben.",
    ),
    ("Write [[screen]].", "Bitte [[screen]] schreiben."),
    (
        "The screen of line {line} is the primary one already.",
        "Der Bildschirm in Zeile {line} ist schon der primäre.",
    ),
    ("Leave `primary` to one of them.", "Bitte `primary` nur bei einem von ihnen lassen."),
    (
        "The screen {screen} has a [[screen]] in line {line} already.",
        "Der Bildschirm {screen} hat schon ein [[screen]] in Zeile {line}.",
    ),
    (
        "Write all of its keys below one heading.",
        "Bitte alle seine Schlüssel unter eine Überschrift schreiben.",
    ),
    ("Remove this key, or `off`.", "Bitte diesen Schlüssel entfernen oder `off`."),
    ("{text} is no mode.", "{text} ist kein Modus."),
    (
        "Write width and height, such as \"1920x1080\", and the rate if need be: \"1920x1080@50\". `xrandr` lists \
         what each monitor can do.",
        "Bitte Breite und Höhe schreiben, etwa \"1920x1080\", und wenn nötig die Frequenz: \"1920x1080@50\". `xrandr` \
         zeigt, was jeder Monitor kann.",
    ),
    (
        "Write the place of its upper left corner in pixels, such as position = [1920, 0].",
        "Bitte den Ort der linken oberen Ecke in Pixeln schreiben, etwa position = [1920, 0].",
    ),
    (
        "This must be two whole numbers from 0 to {most}.",
        "Hier müssen zwei ganze Zahlen von 0 bis {most} stehen.",
    ),
    ("{text} is no rotation.", "{text} ist keine Drehung."),
    (
        "Write \"normal\", \"left\", \"right\" or \"inverted\", as `xrandr` has it.",
        "Bitte \"normal\", \"left\", \"right\" oder \"inverted\" schreiben, wie bei `xrandr`.",
    ),
    (
        "The screen {screen} is to be off, but {exhibit} is to be shown on it.",
        "Der Bildschirm {screen} soll aus sein, aber {exhibit} soll darauf zu sehen sein.",
    ),
    (
        "Remove `off`, or name another screen for the exhibit.",
        "Bitte `off` entfernen oder für das Exponat einen anderen Bildschirm nennen.",
    ),
    (
        "{text} is not of the form edid:MAKER-MODEL-SERIAL or edid:MAKER-MODEL-SERIAL@CONNECTOR.",
        "{text} hat nicht die Form edid:HERSTELLER-MODELL-SERIENNUMMER oder \
         edid:HERSTELLER-MODELL-SERIENNUMMER@ANSCHLUSS.",
    ),
    (
        "A screen that is off has neither mode, position nor rotation, and is neither primary nor connected.",
        "Ein Bildschirm, der aus ist, hat weder mode noch position noch rotation und ist weder primär noch \
         angeschlossen.",
    ),
    (
        "There is a `mode` as well, and a screen has one of them.",
        "Es gibt auch ein `mode`, und ein Bildschirm hat nur eines davon.",
    ),
    ("There is no mode that could be computed.", "Es gibt keinen Modus, der sich berechnen ließe."),
    (
        "Write the mode, too, such as mode = \"1024x768@60\".",
        "Bitte auch den Modus schreiben, etwa mode = \"1024x768@60\".",
    ),
    (
        "What says that nothing is connected does not say either what modes there are.",
        "Was sagt, dass nichts angeschlossen ist, sagt auch nicht, welche Modi es gibt.",
    ),
    (
        "Write the mode, too, such as mode = \"1920x1080@60\".",
        "Bitte auch den Modus schreiben, etwa mode = \"1920x1080@60\".",
    ),
    (
        "What says that nothing is connected has no EDID.",
        "Was sagt, dass nichts angeschlossen ist, hat keine EDID.",
    ),
    (
        "Name the screen by its connector, such as \"HDMI-1\".",
        "Bitte den Bildschirm mit seinem Anschluss nennen, etwa \"HDMI-1\".",
    ),
    (
        "CVT has no such mode: widths are multiples of {step}, and rates within what cables carry.",
        "CVT kennt keinen solchen Modus: Breiten sind Vielfache von {step}, und Frequenzen nicht höher, als Kabel sie \
         übertragen.",
    ),
    (
        "Correct it, or write a `modeline` in its place.",
        "Bitte berichtigen oder stattdessen eine `modeline` schreiben.",
    ),
    ("This must be true, false or \"reduced\".", "Hier muss true, false oder \"reduced\" stehen."),
    (
        "Write cvt = true, or cvt = \"reduced\" for a flat screen that needs no long pauses.",
        "Bitte cvt = true schreiben, oder cvt = \"reduced\" für einen Flachbildschirm, der keine langen Pausen \
         braucht.",
    ),
    (
        "This is no modeline: the clock in MHz, four numbers that rise for a row, four for the rows, then +hsync or \
         -hsync, +vsync or -vsync, interlace, doublescan.",
        "Das ist keine Modeline: der Takt in MHz, vier steigende Zahlen für eine Zeile, vier für die Zeilen, dann \
         +hsync oder -hsync, +vsync oder -vsync, interlace, doublescan.",
    ),
    (
        "Write it as `cvt 1024 768` prints it, such as {line}.",
        "Bitte schreiben, wie `cvt 1024 768` es ausgibt, etwa {line}.",
    ),
    // The API
    ("{text} is not an IP address with a port.", "{text} ist keine IP-Adresse mit einem Port."),
    ("{text} is no name of a computer.", "{text} ist kein Name eines Rechners."),
    (
        "Leave it out: the API is served under each of its addresses.",
        "Bitte weglassen: Die API ist unter jeder ihrer Adressen zu erreichen.",
    ),
    (
        "Write it without anything around it: \"{name}\".",
        "Bitte ohne etwas darum herum schreiben: \"{name}\".",
    ),
    (
        "Write each name in full, such as \"vitrine.museum.example\"; there are no wildcards.",
        "Bitte jeden Namen ganz ausschreiben, etwa \"vitrine.museum.example\"; Platzhalter gibt es nicht.",
    ),
    (
        "Port 0 lets the system choose a port, and no guest would know which.",
        "Bei Port 0 wählt das System einen Port, und kein Gast wüsste, welchen.",
    ),
    ("Write a port, such as \"{address}\".", "Bitte einen Port schreiben, etwa \"{address}\"."),
    (
        "{ip} is the address of many machines; nobody can listen on it.",
        "{ip} ist die Adresse vieler Rechner; auf ihr kann niemand lauschen.",
    ),
    (
        "Write an address of this machine, such as \"127.0.0.1:8000\".",
        "Bitte eine Adresse dieses Rechners schreiben, etwa \"127.0.0.1:8000\".",
    ),
    ("{address} is listed twice.", "{address} steht zweimal da."),
    ("Remove one of the two.", "Bitte eine der beiden entfernen."),
    (
        "{address} and {other} cannot both be had, since one covers the other.",
        "{address} und {other} gehen nicht zusammen, denn die eine schließt die andere ein.",
    ),
    (
        "Keep one of the two; 0.0.0.0 and [::] mean every address of this machine.",
        "Bitte nur eine von beiden behalten; 0.0.0.0 und [::] stehen für jede Adresse dieses Rechners.",
    ),
    (
        "Write the address in numbers, such as \"127.0.0.1:8000\"; names are not looked up.",
        "Bitte die Adresse in Zahlen schreiben, etwa \"127.0.0.1:8000\"; Namen werden nicht nachgeschlagen.",
    ),
    (
        "Write one such as \"127.0.0.1:8000\" or \"[::1]:8000\".",
        "Bitte eine wie \"127.0.0.1:8000\" oder \"[::1]:8000\" schreiben.",
    ),
    ("Write \"{meant}\" if that is meant.", "Bitte \"{meant}\" schreiben, wenn das gemeint ist."),
    (
        "No address is listened on, but {exhibit} expects heartbeats.",
        "Es wird auf keiner Adresse gelauscht, aber {exhibit} erwartet Lebenszeichen.",
    ),
    (
        "List an address, such as \"127.0.0.1:8000\", or give each exhibit `heartbeat = false`.",
        "Bitte eine Adresse aufzählen, etwa \"127.0.0.1:8000\", oder jedem Exponat `heartbeat = false` geben.",
    ),
    (
        "Write a heading [api] with its keys below.",
        "Bitte eine Überschrift [api] schreiben, mit ihren Schlüsseln darunter.",
    ),
    ("Write a table:\n    {line}", "Bitte eine Tabelle schreiben:\n    {line}"),
    (
        "Write a list, such as listen = [\"0.0.0.0:8443\"].",
        "Bitte eine Liste schreiben, etwa listen = [\"0.0.0.0:8443\"].",
    ),
    ("No address is listened on over TLS.", "Über TLS wird auf keiner Adresse gelauscht."),
    (
        "List one, such as \"0.0.0.0:8443\", or remove `tls`.",
        "Bitte eine nennen, etwa \"0.0.0.0:8443\", oder `tls` weglassen.",
    ),
    (
        "Write a list, such as listen = [\"127.0.0.1:8000\"].",
        "Bitte eine Liste schreiben, etwa listen = [\"127.0.0.1:8000\"].",
    ),
    (
        "Write a list, such as names = [\"vitrine.museum.example\"].",
        "Bitte eine Liste schreiben, etwa names = [\"vitrine.museum.example\"].",
    ),
    (
        "This path is longer than the {most} bytes that Linux allows for a socket.",
        "Dieser Pfad ist länger als die {most} Bytes, die Linux für einen Socket erlaubt.",
    ),
    // The rest of the site
    (
        "Write a heading [shutdown] with its keys below.",
        "Bitte eine Überschrift [shutdown] schreiben, mit ihren Schlüsseln darunter.",
    ),
    ("{text} is not known here.", "{text} ist hier nicht bekannt."),
    (
        "Write \"end\" to have the VMs ended at once, or \"leave\" to leave them to the system.",
        "Bitte \"end\" schreiben, damit die VMs sofort beendet werden, oder \"leave\", um sie dem System zu \
         überlassen.",
    ),
    (
        "Write a heading [last_resort] with its keys below.",
        "Bitte eine Überschrift [last_resort] schreiben, mit ihren Schlüsseln darunter.",
    ),
    (
        "The libvirt at {uri} is no unit of this computer.",
        "Das libvirt unter {uri} ist keine Unit dieses Rechners.",
    ),
    (
        "Remove this line, or use \"qemu:///system\".",
        "Bitte diese Zeile entfernen oder \"qemu:///system\" verwenden.",
    ),
    (
        "Write a heading [libvirt] with its keys below.",
        "Bitte eine Überschrift [libvirt] schreiben, mit ihren Schlüsseln darunter.",
    ),
    ("{text} is not a libvirt connection URI.", "{text} ist keine URI für eine Verbindung zu libvirt."),
    (
        "Write \"qemu:///system\", or what `virsh uri` prints where the VMs are listed.",
        "Bitte \"qemu:///system\" schreiben, oder was `virsh uri` dort ausgibt, wo die VMs zu sehen sind.",
    ),
    (
        "Write a heading [journal] with its keys below.",
        "Bitte eine Überschrift [journal] schreiben, mit ihren Schlüsseln darunter.",
    ),
    ("{text} is no size.", "{text} ist keine Größe."),
    (
        "Write a whole number of megabytes or gigabytes from \"1MB\" to \"100GB\".",
        "Bitte eine ganze Zahl von Megabytes oder Gigabytes schreiben, von \"1MB\" bis \"100GB\".",
    ),
    (
        "A unit's heading has double brackets, since there may be several.",
        "Die Überschrift einer Unit hat doppelte Klammern, denn es kann mehrere geben.",
    ),
    ("Write [[unit]].", "Bitte [[unit]] schreiben."),
    (
        "Write a heading [[unit]] for each unit, with its keys below.",
        "Bitte für jede Unit eine Überschrift [[unit]] schreiben, mit ihren Schlüsseln darunter.",
    ),
    ("There is no bus {bus}.", "Einen Bus {bus} gibt es nicht."),
    (
        "Write \"system\" for a unit of the machine, or \"user\" for one of the kiosk's user.",
        "Bitte \"system\" für eine Unit des Rechners schreiben, oder \"user\" für eine des Kiosk-Benutzers.",
    ),
    ("The unit {unit} stands in line {line} already.", "Die Unit {unit} steht schon in Zeile {line}."),
    ("A unit's name cannot have {odd} in it.", "Der Name einer Unit kann {odd} nicht enthalten."),
    ("{name} does not say what kind of unit it is.", "{name} sagt nicht, welche Art von Unit es ist."),
    ("Write {name} if that is meant.", "Bitte {name} schreiben, wenn das gemeint ist."),
    ("{name} is not the name of one unit.", "{name} ist nicht der Name einer einzelnen Unit."),
    (
        "A unit's name has at most {most} characters; this one has {count}.",
        "Der Name einer Unit hat höchstens {most} Zeichen; dieser hat {count}.",
    ),
    (
        "Write the name as `systemctl list-units` shows it, such as \"libvirtd.service\".",
        "Bitte den Namen so schreiben, wie `systemctl list-units` ihn zeigt, etwa \"libvirtd.service\".",
    ),
];
