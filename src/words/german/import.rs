//! What `vitrine import` says.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    ("it says where the configuration is", "es sagt, wo die Konfiguration ist"),
    ("{file}, line {line}", "{file}, Zeile {line}"),
    ("line {line}", "Zeile {line}"),
    ("Vitrine waits for what it needs", "Vitrine wartet auf das, was es braucht"),
    (
        "Vitrine keeps the screens from going dark",
        "Vitrine sorgt dafür, dass die Bildschirme nicht dunkel werden",
    ),
    (
        "Vitrine shows VMs of libvirt by virt-viewer, and nothing by an address",
        "Vitrine zeigt VMs von libvirt mit virt-viewer und nichts über eine Adresse",
    ),
    (
        "Vitrine does what the controller did; it read {file}",
        "Vitrine tut, was der Controller tat; er las {file}",
    ),
    ("Vitrine does what the controller did", "Vitrine tut, was der Controller tat"),
    (
        "Vitrine's session does not run this script; whatever is still wanted goes into /etc/vitrine/openbox/autostart",
        "Vitrines Sitzung führt dieses Skript nicht aus; was noch gebraucht wird, gehört in /etc/vitrine/openbox/autostart",
    ),
    (
        "as `hide_pointer = true`; Vitrine hides it all the time",
        "als `hide_pointer = true`; Vitrine verbirgt ihn die ganze Zeit",
    ),
    (
        "Vitrine starts the viewers itself; whether this is the VM above was not looked for",
        "Vitrine startet die Anzeigen selbst; ob dies die VM von oben ist, wurde nicht nachgesehen",
    ),
    (
        "Vitrine starts the viewer of each exhibit itself, on its screens",
        "Vitrine startet die Anzeige jedes Exponats selbst, auf dessen Bildschirmen",
    ),
    (
        "the controller watched another VM than {vm}; to have it shown too, add an [[exhibit]] with this `vm`",
        "der Controller überwachte eine andere VM als {vm}; damit auch sie gezeigt wird, bitte ein [[exhibit]] mit diesem `vm` hinzufügen",
    ),
    (
        "nothing in it that a [[screen]] can say; see docs/screens.md",
        "nichts darin, was ein [[screen]] sagen kann; siehe docs/screens.md",
    ),
    ("as [[screen]]", "als [[screen]]"),
    (
        "as [[screen]], without {left_out}: a screen without `position` is put to the right of the others",
        "als [[screen]], ohne {left_out}: Ein Bildschirm ohne `position` kommt rechts neben die anderen",
    ),
    (
        "remote = \"operate\"   # everybody on the network may do everything, as before",
        "remote = \"operate\"   # jeder im Netz darf alles, wie bisher",
    ),
    ("taken over: {what}", "übernommen: {what}"),
    ("not needed: {why}", "nicht nötig: {why}"),
    ("no counterpart: {what}", "ohne Gegenstück: {what}"),
    ("REFUSED: {why}", "ABGELEHNT: {why}"),
    ("UNKNOWN: {what}", "UNBEKANNT: {what}"),
    ("not used: {why}", "nicht benutzt: {why}"),
    ("its VM was refused", "seine VM wurde abgelehnt"),
    ("as `vm` of the exhibit {name}", "als `vm` des Exponats {name}"),
    ("it has no value", "es hat keinen Wert"),
    ("where nothing is said", "wo nichts gesagt ist"),
    ("the old controller takes what {place} says", "der alte Controller nimmt, was hier steht: {place}"),
    (
        "screens = [\"HDMI-1\"]   # its monitor, as `vitrine screens` lists it",
        "screens = [\"HDMI-1\"]   # sein Monitor, wie ihn `vitrine screens` aufzählt",
    ),
    (
        "{value} is no number above 0; the default is left",
        "{value} ist keine Zahl über 0; es bleibt bei der Vorgabe",
    ),
    (
        "{value} is neither true nor false; the default is left",
        "{value} ist weder wahr noch falsch; es bleibt bei der Vorgabe",
    ),
    ("this is no name", "das ist kein Name"),
    (
        "it counts together with heartbeat_timeout, which is wrong",
        "es zählt zusammen mit heartbeat_timeout, das falsch ist",
    ),
    (
        "Vitrine acts at the moment at which a heartbeat is overdue",
        "Vitrine handelt in dem Augenblick, in dem ein Lebenszeichen überfällig ist",
    ),
    (
        "Vitrine tries at once, and pauses only after `attempts` remedies within `window`; see `recovery` in docs/configuration.md",
        "Vitrine versucht es sofort und macht erst nach `attempts` Mitteln in `window` eine Pause; siehe `recovery` in docs/configuration.md",
    ),
    (
        "agent = {{ timeout = {time} }}   # only if the guest agent answers: it is asked again and again",
        "agent = {{ timeout = {time} }}   # nur wenn der Guest Agent antwortet: Er wird immer wieder gefragt",
    ),
    (
        "To have the guest agent of {vm} watched, take the `#` from the line `agent`, once this answers: virsh -c qemu:///system qemu-agent-command {vm} '{{\"execute\":\"guest-ping\"}}'",
        "Damit der Guest Agent von {vm} überwacht wird, bitte das `#` vor der Zeile `agent` entfernen, sobald dies antwortet: virsh -c qemu:///system qemu-agent-command {vm} '{{\"execute\":\"guest-ping\"}}'",
    ),
    (
        "the old controller asked the agent only while it waited for a start. Vitrine waits for the first heartbeat; `agent`, which is commented out, would have it asked all the time",
        "der alte Controller fragte den Agent nur, während er auf einen Start wartete. Vitrine wartet auf das erste Lebenszeichen; mit `agent`, das auskommentiert ist, würde er die ganze Zeit gefragt",
    ),
    (
        "Vitrine asks no agent unless `agent` is set",
        "Vitrine fragt keinen Agent, solange `agent` nicht gesetzt ist",
    ),
    (
        "it is in the line `agent`, if that is wanted; see check_qemu_agent",
        "es steht in der Zeile `agent`, falls die gewünscht ist; siehe check_qemu_agent",
    ),
    ("it was for whoever changes the program", "es war für die, die am Programm arbeiten"),
    (
        "Vitrine's log goes to systemd's journal, which has the time and the rest",
        "Vitrines Log geht in das Journal von systemd, das die Zeit und alles Weitere hat",
    ),
    (
        "set VITRINE_LOG=debug in the environment of vitrine.service, for as long as it is needed",
        "VITRINE_LOG=debug in der Umgebung von vitrine.service setzen, solange es gebraucht wird",
    ),
    (
        "Vitrine logs what staff want to read; VITRINE_LOG has it say more",
        "Vitrine schreibt ins Log, was das Personal lesen will; mit VITRINE_LOG sagt es mehr",
    ),
    (
        "Vitrine runs no Python; what a plugin answers or hears, a hook does (docs/api.md)",
        "Vitrine führt kein Python aus; was ein Plugin beantwortet oder hört, tut ein Hook (docs/api.md)",
    ),
    (
        "a proxy gets a listener of its own, `proxy` in [api]; see docs/panel.md for nginx",
        "ein Proxy bekommt eine eigene Adresse, `proxy` in [api]; für nginx siehe docs/panel.md",
    ),
    (
        "Vitrine knows each guest by its VM; what guests may do besides, `guest_may` in [api] lists",
        "Vitrine kennt jeden Gast an seiner VM; was Gäste außerdem dürfen, zählt `guest_may` in [api] auf",
    ),
    (
        "the old controller 1.3 has no such key; is it spelt right?",
        "der alte Controller 1.3 hat keinen solchen Schlüssel; ist er richtig geschrieben?",
    ),
    (
        "without check_qemu_agent the old controller did not wait",
        "ohne check_qemu_agent wartete der alte Controller nicht",
    ),
    (
        "of the numbers that tell how long a start may take, one is wrong",
        "von den Zahlen, die sagen, wie lange ein Start dauern darf, ist eine falsch",
    ),
    ("in `heartbeat.boot` as well", "ebenfalls in `heartbeat.boot`"),
    ("as `{line}`", "als `{line}`"),
    ("as {address} under `listen` in [api]", "als {address} unter `listen` in [api]"),
    ("{host} is no IP address; {default} is taken", "{host} ist keine IP-Adresse; es bleibt bei {default}"),
    ("{port} is no port; {default} is taken", "{port} ist kein Port; es bleibt bei {default}"),
    (
        "Port {port} is for root alone, and Vitrine is run by the kiosk's user. Allow it, also after the next start: echo net.ipv4.ip_unprivileged_port_start={port} | sudo tee /etc/sysctl.d/50-vitrine.conf && sudo sysctl --system",
        "Port {port} ist root vorbehalten, und Vitrine läuft als Benutzer des Kiosks. Erlauben, auch für die nächsten Starts: echo net.ipv4.ip_unprivileged_port_start={port} | sudo tee /etc/sysctl.d/50-vitrine.conf && sudo sysctl --system",
    ),
    (
        "{address} is only reached from this computer and from guests with user-mode networking. Guests of a network need its address of this computer under `listen` as well, such as \"192.168.122.1:8000\", where no proxy hands their heartbeats on.",
        "{address} ist nur von diesem Rechner und von Gästen mit User-Mode-Netz zu erreichen. Gäste eines Netzes brauchen unter `listen` auch die Adresse, die dieser Rechner darin hat, etwa \"192.168.122.1:8000\", wo kein Proxy ihre Lebenszeichen weiterreicht.",
    ),
    (
        "a TOML file is Vitrine's own configuration; what is imported is the old controller's YAML",
        "eine TOML-Datei ist Vitrines eigene Konfiguration; übernommen wird das YAML des alten Controllers",
    ),
    ("the files cannot be read: {error}", "die Dateien lassen sich nicht lesen: {error}"),
    (
        "{file} is written; `vitrine check {file}` looks at it.",
        "{file} ist geschrieben; `vitrine check {file}` sieht sie sich an.",
    ),
    (
        "{file} is there already, and is left as it is; name another one",
        "{file} gibt es schon, sie bleibt, wie sie ist; bitte eine andere nennen",
    ),
    ("{file} cannot be written: {error}", "{file} lässt sich nicht schreiben: {error}"),
    ("What is left for you:", "Was Ihnen bleibt:"),
    ("{file} cannot be read: {error}", "{file} lässt sich nicht lesen: {error}"),
    ("{file} is larger than any such file", "{file} ist größer als jede solche Datei"),
    (
        "{file}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8 in your editor",
        "{file}:{line}:{column}: das ist kein UTF-8-Text; bitte die Datei im Editor als UTF-8 speichern",
    ),
    ("The environment", "Die Umgebung"),
    (
        "{name}: no `vm_name`, so there is nothing to take over: neither the file nor the environment of the old controller says which VM it watched",
        "{name}: kein `vm_name`, also gibt es nichts zu übernehmen: Weder die Datei noch die Umgebung des alten Controllers sagt, welche VM er überwachte",
    ),
    ("{name}: vm_name {vm}: {why}", "{name}: vm_name {vm}: {why}"),
    ("The old session's script", "Das Skript der alten Sitzung"),
    (
        "Made by `vitrine import` from the configuration of the Exhibition VM Controller. All keys are in docs/configuration.md.",
        "Von `vitrine import` aus der Konfiguration des Exhibition VM Controllers gemacht. Alle Schlüssel stehen in docs/configuration.md.",
    ),
    ("the environment of this command", "die Umgebung dieses Befehls"),
    ("beside the configuration", "neben der Konfiguration"),
    (
        "copy it to hooks/poll/{name} beside vitrine.toml; it prints the state as before",
        "nach hooks/poll/{name} neben vitrine.toml kopieren; es gibt den Zustand aus wie bisher",
    ),
    (
        "copy it to hooks/signal/{name} beside vitrine.toml, and have it take the value from \"$3\" in place of \"$1\", before which come `signal` and the exhibit's name",
        "nach hooks/signal/{name} neben vitrine.toml kopieren und den Wert aus \"$3\" statt aus \"$1\" nehmen lassen, davor kommen `signal` und der Name des Exponats",
    ),
    (
        "Write `screens` for {names}: until then it is watched, and not shown. `vitrine screens` lists the monitors.",
        "`screens` eintragen für {names}: Bis dahin wird überwacht und nicht gezeigt. `vitrine screens` zählt die Monitore auf.",
    ),
    (
        "Other computers no longer do everything: guests do what is theirs, this computer does everything, and all others need an account or a token (`vitrine passwd`, `vitrine token`), or `remote = \"operate\"`.",
        "Andere Rechner dürfen nicht mehr alles: Gäste tun, was ihre Sache ist, dieser Rechner alles, alle anderen brauchen ein Konto oder ein Token (`vitrine passwd`, `vitrine token`) oder `remote = \"operate\"`.",
    ),
    (
        "Save the TOML as ~/.config/vitrine/vitrine.toml of the kiosk's user or as /etc/vitrine/vitrine.toml, and let `vitrine check` look at it.",
        "Das TOML als ~/.config/vitrine/vitrine.toml des Kiosk-Benutzers oder als /etc/vitrine/vitrine.toml speichern und von `vitrine check` ansehen lassen.",
    ),
    (
        "Stop the old controller, which would put back the same VM and holds its port: {off} (back again: {on})",
        "Den alten Controller anhalten, der dieselbe VM zurücksetzen würde und seinen Port belegt: {off} (zurück: {on})",
    ),
    (
        "The old session starts the old controller ({place}): put a `#` before that line, or let Vitrine's session take its place (docs/moving-over.md)",
        "Die alte Sitzung startet den alten Controller ({place}): ein `#` vor diese Zeile setzen, oder Vitrines Sitzung an ihre Stelle treten lassen (docs/moving-over.md)",
    ),
    (
        "No unit and no line that starts the old controller was found. If it is started otherwise, stop it before Vitrine is started: both would put back the same VM.",
        "Es fand sich keine Unit und keine Zeile, die den alten Controller startet. Wird er anders gestartet, bitte anhalten, bevor Vitrine gestartet wird: Beide würden dieselbe VM zurücksetzen.",
    ),
    ("This is no YAML: {why}.", "Das ist kein YAML: {why}."),
    (
        "Put the line right; the old controller cannot read it either.",
        "Bitte die Zeile richtigstellen; auch der alte Controller kann sie nicht lesen.",
    ),
    ("A second document begins here.", "Hier beginnt ein zweites Dokument."),
    (
        "The old controller reads files with one only; give each a file of its own.",
        "Der alte Controller liest nur Dateien mit einem; bitte jedem eine eigene Datei geben.",
    ),
    ("This key is no plain word.", "Dieser Schlüssel ist kein einfaches Wort."),
    (
        "Write `key: value`, as the old controller's example has it.",
        "Bitte `key: value` schreiben wie im Beispiel des alten Controllers.",
    ),
    ("The file has no keys at its top.", "Die Datei hat oben keine Schlüssel."),
    (
        "A configuration of the old controller has lines such as `vm_name: \"eden-garden-vm\"`.",
        "Eine Konfiguration des alten Controllers hat Zeilen wie `vm_name: \"eden-garden-vm\"`.",
    ),
];
