//! What is wrong with a configuration as a file, as TOML, and in every table.

use crate::words::Row;

pub(super) const ROWS: &[Row] = &[
    (
        "Write serial = true for the VM's first serial port, or the name of its channel, such as serial = \"org.vitrine.heartbeat.0\".",
        "serial = true für die erste serielle Schnittstelle der VM schreiben, oder den Namen ihres Kanals, etwa serial = \"org.vitrine.heartbeat.0\".",
    ),
    ("A channel's name cannot be empty.", "Der Name eines Kanals kann nicht leer sein."),
    ("This is neither true nor a name.", "Das ist weder true noch ein Name."),
    ("line {place}", "Zeile {place}"),
    ("1 error in {file}", "1 Fehler in {file}"),
    ("{many} errors in {file}", "{many} Fehler in {file}"),
    // The file
    (
        "{path}: there is no such file; look at what --config names",
        "{path}: diese Datei gibt es nicht; bitte prüfen, was --config nennt",
    ),
    (
        "{path}: there is no such file; the variable VITRINE_CONFIG names it, so set it right or unset it",
        "{path}: diese Datei gibt es nicht; die Variable VITRINE_CONFIG nennt sie, also bitte berichtigen oder leeren",
    ),
    (
        "{path}: there is no such file; look at how its name is spelt",
        "{path}: diese Datei gibt es nicht; bitte die Schreibweise prüfen",
    ),
    (
        "{path}: this is a folder; name the file in it, such as {file}",
        "{path}: das ist ein Ordner; bitte die Datei darin nennen, etwa {file}",
    ),
    (
        "{path}: cannot be read ({why}); look at its owner and mode with `ls -l`",
        "{path}: nicht lesbar ({why}); bitte Besitzer und Rechte mit `ls -l` prüfen",
    ),
    (
        "{path}: more than {most} bytes are no configuration; name another file",
        "{path}: mehr als {most} Bytes sind keine Konfiguration; bitte eine andere Datei nennen",
    ),
    (
        "{path}:{line}:{column}: this is not UTF-8 text; save the file as UTF-8 in your editor",
        "{path}:{line}:{column}: das ist kein Text in UTF-8; bitte die Datei im Editor als UTF-8 speichern",
    ),
    ("not given", "nicht angegeben"),
    ("not set", "nicht gesetzt"),
    ("neither XDG_CONFIG_HOME nor HOME is set", "weder XDG_CONFIG_HOME noch HOME ist gesetzt"),
    ("not there", "nicht da"),
    (
        "there is no configuration\nlooked at:\n{places}write one of these files, or name one with --config FILE; it \
         needs no more than\n    {lines}",
        "es gibt keine Konfiguration\ngesucht unter:\n{places}bitte eine dieser Dateien schreiben oder eine mit \
         --config DATEI nennen; mehr als dies braucht sie nicht\n    {lines}",
    ),
    (
        "This is the YAML of the Exhibition VM Controller 1.3; Vitrine reads TOML.",
        "Das ist YAML des Exhibition VM Controller 1.3; Vitrine liest TOML.",
    ),
    (
        "`vitrine import FILE` turns such a file into TOML, and tells what became of each key. By hand, this is enough to \
         begin with:\n    {lines}",
        "`vitrine import DATEI` macht aus einer solchen Datei TOML und sagt, was aus jedem Schlüssel wurde. Von Hand genügt \
         für den Anfang:\n    {lines}",
    ),
    (
        "{what}: could not be read within {seconds} s; is it on a network share or a disk that does not answer, or a \
         pipe that nobody writes to?",
        "{what}: nicht innerhalb von {seconds} s lesbar; liegt sie auf einer Netzfreigabe oder Platte, die nicht \
         antwortet, oder ist sie eine Pipe, in die niemand schreibt?",
    ),
    (
        "the configuration cannot be read: the system gives no thread ({error})",
        "die Konfiguration ist nicht lesbar: Das System gibt keinen Thread her ({error})",
    ),
    ("it has panicked", "er ist abgestürzt"),
    // TOML
    ("This list has no end.", "Diese Liste hat kein Ende."),
    ("Write ] after its last entry.", "Bitte ] hinter den letzten Eintrag schreiben."),
    (
        "There are two keys here with nothing between them.",
        "Hier stehen zwei Schlüssel, und nichts dazwischen.",
    ),
    (
        "Write a comma in {{ }}, or else begin a new line.",
        "Bitte ein Komma setzen, wenn es in {{ }} steht, sonst eine neue Zeile beginnen.",
    ),
    ("`{key}` is here for the second time.", "`{key}` steht hier zum zweiten Mal."),
    (
        "Keep one of the two, or join them into one.",
        "Bitte nur einen davon behalten oder beide zusammenlegen.",
    ),
    ("TOML has no colons after keys.", "In TOML stehen hinter Schlüsseln keine Doppelpunkte."),
    (
        "Write `=` in place of `:`, and texts in double quotes.",
        "Bitte `=` statt `:` schreiben, und Texte in doppelten Anführungszeichen.",
    ),
    ("There is no `=` after this key.", "Hinter diesem Schlüssel fehlt das `=`."),
    ("Write the line as `key = value`.", "Bitte die Zeile als `key = value` schreiben."),
    ("This heading is not complete.", "Diese Überschrift ist nicht vollständig."),
    (
        "Write it as [[exhibit]], or with single brackets as [libvirt] or [api].",
        "Bitte als [[exhibit]] schreiben oder mit einfachen Klammern wie [libvirt] oder [api].",
    ),
    ("This table has no end.", "Diese Tabelle hat kein Ende."),
    ("Write }} after its last value.", "Bitte }} hinter den letzten Wert schreiben."),
    ("There is a comma missing here.", "Hier fehlt ein Komma."),
    ("Write a comma between two entries.", "Bitte zwischen zwei Einträge ein Komma schreiben."),
    ("There is a comma too many here.", "Hier ist ein Komma zu viel."),
    ("Remove one.", "Bitte eines entfernen."),
    ("This text has no end.", "Dieser Text hat kein Ende."),
    (
        "Write the same quotes after it as before it.",
        "Bitte dahinter dieselben Anführungszeichen schreiben wie davor.",
    ),
    (
        "A backslash in double quotes begins a special character.",
        "Ein Backslash in doppelten Anführungszeichen leitet ein Sonderzeichen ein.",
    ),
    (
        "Write \\\\ for a backslash, or take single quotes.",
        "Bitte \\\\ für einen Backslash schreiben oder einfache Anführungszeichen nehmen.",
    ),
    ("TOML knows true and false in small letters only.", "TOML kennt true und false nur in Kleinbuchstaben."),
    ("Write true or false.", "Bitte true oder false schreiben."),
    (
        "There is more on this line than one key and its value.",
        "In dieser Zeile steht mehr als ein Schlüssel und sein Wert.",
    ),
    (
        "Begin a new line, or put texts into quotes.",
        "Bitte eine neue Zeile beginnen oder Texte in Anführungszeichen setzen.",
    ),
    ("There is no valid key here.", "Hier steht kein gültiger Schlüssel."),
    (
        "Write the line as `key = value`; keys consist of letters and `_`.",
        "Bitte die Zeile als `key = value` schreiben; Schlüssel bestehen aus Buchstaben und `_`.",
    ),
    (
        "This key has a value already and cannot hold others.",
        "Dieser Schlüssel hat schon einen Wert und kann keine anderen enthalten.",
    ),
    ("Keep one of the two.", "Bitte nur einen davon behalten."),
    (
        "There are far too many tables or lists within each other.",
        "Hier stecken viel zu viele Tabellen oder Listen ineinander.",
    ),
    ("Remove them; two levels are the most.", "Bitte entfernen; mehr als zwei Ebenen gibt es nicht."),
    ("This is not a number.", "Das ist keine Zahl."),
    ("Write one as 3, and a time as \"15s\".", "Bitte als 3 schreiben, und eine Zeit als \"15s\"."),
    ("This is not TOML: {why}.", "Das ist kein TOML: {why}."),
    (
        "Compare it with one of the examples; one key and its value on each line.",
        "Bitte mit einem der Beispiele vergleichen; in jeder Zeile ein Schlüssel und sein Wert.",
    ),
    (
        "Write one, such as name = \"eden-garden\", or remove the line.",
        "Bitte einen schreiben, etwa name = \"eden-garden\", oder die Zeile entfernen.",
    ),
    ("There is no value after the `=`.", "Hinter dem `=` steht kein Wert."),
    (
        "Put it into straight double quotes: {text}.",
        "Bitte in gerade doppelte Anführungszeichen setzen: {text}.",
    ),
    ("`{text}` is neither a text nor a number.", "`{text}` ist weder ein Text noch eine Zahl."),
    // Keys, and values of every kind
    ("in {table}", "in {table}"),
    ("at the top of the file", "ganz oben in der Datei"),
    ("Did you mean `{key}`?", "Ist `{key}` gemeint?"),
    (
        "Did you mean `{key}`? It is written so:\n    {line}",
        "Ist `{key}` gemeint? Das schreibt sich so:\n    {line}",
    ),
    ("It belongs {places}; move it there.", "Sein Platz ist {places}; bitte dorthin setzen."),
    (" or ", " oder "),
    ("Remove it. The keys {place} are: {keys}.", "Bitte entfernen. Die Schlüssel {place} sind: {keys}."),
    ("There is no key `{key}` {place}.", "Einen Schlüssel `{key}` gibt es {place} nicht."),
    ("The key `{key}` is missing.", "Der Schlüssel `{key}` fehlt."),
    ("Add the line\n    {line}", "Bitte diese Zeile ergänzen:\n    {line}"),
    ("This must be {wanted}, but it is {found}.", "Hier muss {wanted} stehen, es ist aber {found}."),
    ("a table", "eine Tabelle"),
    ("a text", "ein Text"),
    ("true or false", "true oder false"),
    ("a whole number", "eine ganze Zahl"),
    ("a list", "eine Liste"),
    ("a date", "ein Datum"),
    ("the text {text}", "der Text {text}"),
    ("the number {number}", "die Zahl {number}"),
    (
        "Write it in double quotes, such as {example}.",
        "Bitte in doppelten Anführungszeichen schreiben, etwa {example}.",
    ),
    ("This text is empty.", "Dieser Text ist leer."),
    (
        "Write one, such as {example}, or remove the key where it has a default.",
        "Bitte einen schreiben, etwa {example}, oder den Schlüssel entfernen, wenn er eine Vorgabe hat.",
    ),
    ("This path has a control character.", "Dieser Pfad enthält ein Steuerzeichen."),
    (
        "This path does not begin with /; `~` and variables mean nothing here.",
        "Dieser Pfad beginnt nicht mit /; `~` und Variablen bedeuten hier nichts.",
    ),
    ("This path names a folder.", "Dieser Pfad nennt einen Ordner."),
    (
        "Write the full path of a file, such as {example}.",
        "Bitte den vollen Pfad einer Datei schreiben, etwa {example}.",
    ),
    ("Write true or false, without quotes.", "Bitte true oder false schreiben, ohne Anführungszeichen."),
    (
        "Write a whole number from {least} to {most}.",
        "Bitte eine ganze Zahl von {least} bis {most} schreiben.",
    ),
    ("{value} is out of bounds.", "{value} liegt außerhalb der Grenzen."),
    (
        "Write a time from \"{least}\" to \"{most}\".",
        "Bitte eine Zeit von \"{least}\" bis \"{most}\" schreiben.",
    ),
    ("{text} is not a time.", "{text} ist keine Zeit."),
    ("{number} says no unit.", "{number} hat keine Einheit."),
    ("This must be a time, but it is {found}.", "Hier muss eine Zeit stehen, es ist aber {found}."),
    (
        "Write \"{meant}\" if that is meant; a time from \"{least}\" to \"{most}\".",
        "Bitte \"{meant}\" schreiben, wenn das gemeint ist; eine Zeit von \"{least}\" bis \"{most}\".",
    ),
    (
        "Write a time from \"{least}\" to \"{most}\", such as \"15s\", \"1m30s\" or \"1h\".",
        "Bitte eine Zeit von \"{least}\" bis \"{most}\" schreiben, etwa \"15s\", \"1m30s\" oder \"1h\".",
    ),
    // Who may do what by the API
    (
        "Write \"login\" for those with a name alone, \"view\" for everybody to see, or \"operate\" for everybody to change.",
        "Bitte \"login\" schreiben, damit nur darf, wer einen Namen hat, \"view\", damit alle sehen, oder \"operate\", damit alle ändern dürfen.",
    ),
    (
        "Write a list, such as guest_may = [\"stop\", \"start\"].",
        "Bitte eine Liste schreiben, etwa guest_may = [\"stop\", \"start\"].",
    ),
    ("{text} is nothing that a guest could do.", "{text} ist nichts, was ein Gast tun könnte."),
    ("The words are: {words}.", "Die Wörter sind: {words}."),
    (
        "This is no SHA-256: it has 64 digits from 0 to f.",
        "Das ist kein SHA-256: es hat 64 Ziffern von 0 bis f.",
    ),
    ("`vitrine token` makes a token with its line.", "`vitrine token` erzeugt ein Token mit seiner Zeile."),
    ("This name is taken.", "Dieser Name ist vergeben."),
    (
        "Write a heading [[{key}]] for each, with its keys below.",
        "Bitte für jeden eine Überschrift [[{key}]] schreiben, darunter die Schlüssel.",
    ),
    (
        "This heading has double brackets, since there may be several.",
        "Diese Überschrift hat doppelte Klammern, da es mehrere geben kann.",
    ),
    ("Write [[{key}]].", "Bitte [[{key}]] schreiben."),
    (
        "This is no name: it has at most {most} characters, no blanks around it, and none that cannot be seen.",
        "Das ist kein Name: er hat höchstens {most} Zeichen, keine Leerzeichen außen herum und keine unsichtbaren.",
    ),
    ("Write a name, such as \"anna\".", "Bitte einen Namen schreiben, etwa \"anna\"."),
    ("{text} is no role.", "{text} ist keine Rolle."),
    (
        "Write \"view\" for who may see everything, or \"operate\" for who may change it.",
        "Bitte \"view\" schreiben für jemanden, der alles sehen darf, oder \"operate\" für jemanden, der es ändern darf.",
    ),
    (
        "Write the hash in quotes, or a table with the key `credential`.",
        "Bitte den Hash in Anführungszeichen schreiben oder eine Tabelle mit dem Schlüssel `credential`.",
    ),
    ("{text} is no name of a credential.", "{text} ist kein Name eines Credentials."),
    (
        "Write the name that LoadCredential= gives it.",
        "Bitte den Namen schreiben, den LoadCredential= ihm gibt.",
    ),
    ("This is no hash of a password.", "Das ist kein Hash eines Passworts."),
    (
        "`vitrine passwd` asks for the password and prints its line; never write a password itself.",
        "`vitrine passwd` fragt nach dem Passwort und gibt seine Zeile aus; nie das Passwort selbst hinschreiben.",
    ),
    (
        "Write a list, such as proxy = [\"127.0.0.1:8001\"].",
        "Bitte eine Liste schreiben, etwa proxy = [\"127.0.0.1:8001\"].",
    ),
];
