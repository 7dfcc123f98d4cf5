//! What must not leave this computer, taken out of every text that a report has: the one place that knows of secrets.
//!
//! A secret is known by its name (`password = …`, `"token": "…"`, `--passwd …`, `<password>…`), by its form (a hash, a
//! private key, a long hexadecimal number, a log-in within an address), by its header (`Authorization:`, `Cookie:`), or
//! because the configuration has it. What is only said in a sentence cannot be known.

use std::ops::Range;

/// What stands in place of a secret.
pub(super) const REMOVED: &str = "[removed]";
/// Names that have this in them are those of secrets.
const WITHIN: &[&str] = &[
    "passw",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "cookie",
    "authorization",
    "psk",
    "privatekey",
    "private_key",
    "private-key",
    "sessionid",
    "session_id",
    "session-id",
    "argon2",
];
/// Names that are so, or end so after a `_`, `-` or `.`.
const WHOLE: &[&str] = &["pass", "pwd", "pw", "pin", "otp", "auth", "sha256"];
/// The same, but a whole name of this kind is none: a `key` alone is a key of a keyboard or a table.
const ENDINGS: &[&str] = &["key"];
/// Beginnings of hashes of passwords (crypt(5), and the PHC string format).
const HASHES: &[&str] =
    &["$argon2", "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$scrypt$", "$pbkdf2"];
/// Headers of HTTP whose whole line is secret.
const HEADERS: &[&str] = &["authorization", "proxy-authorization", "cookie", "set-cookie"];
/// So many hexadecimal digits in a row are a token, a hash or a magic cookie. A UUID has fewer between its dashes.
const HEX: usize = 32;
/// The longest address that is looked at, in bytes: a line of nothing else must not take for ever.
const MAX_ADDRESS: usize = 4096;
/// Texts shorter than this are no secret that is looked for wherever it stands: too much else would go with it.
const SHORTEST_KNOWN: usize = 6;

/// Takes secrets out of texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Redactor {
    known: Vec<String>,
}

impl Redactor {
    /// One that knows these to be secrets, wherever they stand.
    pub(super) fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<_> = known.into_iter().filter(|text| text.len() >= SHORTEST_KNOWN).collect();
        // Of two that overlap, the longer one.
        known.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { known }
    }

    /// The text without its secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut in_key = false;
        for line in text.split_inclusive('\n') {
            let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
            if line.contains("PRIVATE KEY-----") {
                // A whole key may stand in one line, with its line breaks written out.
                in_key = line.rfind("-----BEGIN ") > line.rfind("-----END ");
                let start = line.find("-----BEGIN ").unwrap_or(0);
                let rest = line
                    .rfind("-----END ")
                    .filter(|_| !in_key)
                    .map_or("", |at| line[at..].split_once("KEY-----").map_or("", |(_, rest)| rest));
                out.extend([&self.line(&line[..start]), REMOVED, &self.line(rest), end]);
            } else if !in_key {
                out.extend([&self.line(line), end]);
            }
        }
        out
    }

    fn line(&self, line: &str) -> String {
        let mut spans = Vec::new();
        for known in &self.known {
            spans.extend(line.match_indices(known.as_str()).map(|(at, found)| at..at + found.len()));
        }
        named(line, &mut spans);
        headers(line, &mut spans);
        addresses(line, &mut spans);
        queries(line, &mut spans);
        environment(line, &mut spans);
        forms(line, &mut spans);
        spans.sort_by_key(|span| span.start);
        let mut out = String::with_capacity(line.len());
        let mut done = 0;
        for span in spans.into_iter().filter(|span| !span.is_empty()) {
            if span.start >= done {
                out.extend([&line[done..span.start], REMOVED]);
            }
            done = done.max(span.end);
        }
        out.push_str(&line[done..]);
        out
    }
}

/// Whether something of this name is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    // What shells and sudo call the folder that they are in.
    if name == "PWD" {
        return false;
    }
    let name = name.to_ascii_lowercase();
    let ends = |word: &str| name.strip_suffix(word).is_some_and(|before| before.ends_with(['_', '-', '.']));
    WITHIN.iter().any(|word| name.contains(word))
        || WHOLE.iter().any(|word| name == *word || ends(word))
        || ENDINGS.iter().any(|word| ends(word))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)
}

/// The names in a line: what could stand before a value.
fn names(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !is_of_name(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_of_name(bytes[at]) {
            at += 1;
        }
        found.push(start..at);
    }
    found
}

/// What stands behind the name of a secret.
fn named(line: &str, spans: &mut Vec<Range<usize>>) {
    let names = names(line);
    let has = |word: &str| line.contains(word);
    // `-object secret,data=…`, `-fw_cfg string=…`; `{"name": "DOOR_TOKEN", "value": "…"}`, `<qemu:env name='…' value='…'/>`.
    let (of_secret, of_firmware, of_environment) =
        (has("secret"), has("fw_cfg") || has("name=opt/"), has(":env "));
    let value_of_secret = names.iter().any(|name| {
        line[name.clone()].eq_ignore_ascii_case("name")
            && value(line, name).is_some_and(|span| is_secret(&line[span]))
    });
    for name in &names {
        let word = line[name.clone()].trim_matches('-');
        let counts = is_secret(word)
            || of_secret && word == "data"
            || of_firmware && word == "string"
            || (value_of_secret || of_environment) && word.eq_ignore_ascii_case("value");
        if counts {
            spans.extend(value(line, name));
        }
    }
    // What libvirt gives to the guest's firmware (<https://libvirt.org/formatdomain.html#smbios-system-information>).
    let entry = line.split_once("<entry name=").and_then(|(_, rest)| rest.split_once('>'));
    if let Some((_, text)) = entry.filter(|(tag, _)| tag.contains("opt/")) {
        let start = line.len() - text.len();
        spans.push(start..start + until(text, |c| c == '<'));
    }
    // curl(1): `-u NAME:PASSWORD`.
    for option in ["-u ", "--user "] {
        for (at, _) in line.match_indices(option) {
            let start = at + option.len();
            let word = &line[start..start + until(&line[start..], |c| c.is_whitespace())];
            if (at == 0 || line[..at].ends_with(' ')) && word.contains(':') {
                spans.push(start..start + word.len());
            }
        }
    }
}

/// How long a text is up to such a character.
fn until(text: &str, ends: impl FnMut(char) -> bool) -> usize {
    text.find(ends).unwrap_or(text.len())
}

/// Words that only say whether there is a secret.
fn is_switch(text: &str) -> bool {
    ["", "on", "off", "true", "false", "yes", "no", "none", "null"].contains(&text)
}

/// Where the value of a name stands; `None` where nothing says that it has one.
fn value(line: &str, name: &Range<usize>) -> Option<Range<usize>> {
    let after = &line[name.end..];
    let quoted = after.trim_start_matches('\\').starts_with(['"', '\'']);
    let rest = after.trim_start_matches('\\');
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let bare = rest.trim_start_matches([' ', '\t']);
    let is_option = line[name.clone()].starts_with("--") && rest.starts_with([' ', '\t']);
    let (separator, value) = if let Some(value) = bare.strip_prefix("=>").or_else(|| bare.strip_prefix('=')) {
        ('=', value)
    } else if let Some(value) = bare.strip_prefix(':').filter(|value| !value.starts_with(':')) {
        (':', value)
    } else if line[..name.start].ends_with('<') && rest.starts_with('>') {
        ('>', &rest[1..])
    } else if is_option {
        (' ', bare)
    } else if let Some(value) = ["is ", "was "].iter().find_map(|word| bare.strip_prefix(word)) {
        (':', value)
    } else {
        return None;
    };
    let value = if separator == '>' { value } else { value.trim_start_matches([' ', '\t', '\\']) };
    let start = line.len() - value.len();
    let opened = value.chars().next().filter(|c| ['"', '\''].contains(c)).filter(|_| separator != '>');
    if let Some(quote) = opened {
        let inner = &value[1..];
        let mut escaped = false;
        // Where the quote that opens is escaped itself, the whole text is within another one.
        let is_within = line[..start].ends_with('\\');
        let end = inner.char_indices().find(|(_, c)| {
            let ends = *c == quote && (!escaped || is_within);
            escaped = *c == '\\' && !escaped;
            ends
        });
        let end = end.map_or(inner.len(), |(at, _)| at);
        let end = if is_within { inner[..end].trim_end_matches('\\').len() } else { end };
        return Some(start + 1..start + 1 + end).filter(|span| !is_switch(&line[span.clone()]));
    }
    let length = match separator {
        '>' => until(value, |c| c == '<'),
        ' ' => until(value, char::is_whitespace),
        // A table or a list of JSON's: what is in it has names of its own.
        _ if value.starts_with(['{', '[']) => return None,
        // A number or a word of JSON's.
        _ if quoted => until(value, |c| [',', '}', ']'].contains(&c)),
        ':' => end_of_sentence(value),
        _ => end_of_word(value),
    };
    Some(start..start + length).filter(|span| !is_switch(line[span.clone()].trim()))
}

/// To the end of the line, but for what closes a text of JSON's around it.
fn end_of_sentence(text: &str) -> usize {
    let closes = text.match_indices('"').find(|(at, _)| {
        let rest = text[at + 1..].trim_start();
        rest.is_empty() || rest.starts_with([',', '}', ']'])
    });
    closes.map_or(text.len(), |(at, _)| at)
}

/// To the end of a word. QEMU writes a comma within a value as two.
fn end_of_word(text: &str) -> usize {
    let mut at = 0;
    loop {
        at += until(&text[at..], |c| c.is_whitespace() || ",;&)}<>\"'".contains(c));
        match text[at..].strip_prefix(",,") {
            Some(_) => at += 2,
            None => return at,
        }
    }
}

/// The values of HTTP's headers, and what stands behind the name of a scheme.
fn headers(line: &str, spans: &mut Vec<Range<usize>>) {
    let lower = line.to_ascii_lowercase();
    for header in HEADERS {
        for (at, _) in lower.match_indices(header) {
            let rest = &line[at + header.len()..];
            let value = rest.trim_start_matches(['"', '\'', '\\', ' ']);
            let Some(value) = value.strip_prefix([':', '=']) else { continue };
            let value = value.trim_start_matches([' ', '\t', '\\']);
            let start = line.len() - value.len();
            match value.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let text = &value[1..];
                    let text = text[..until(text, |c| c == quote)].trim_end_matches('\\');
                    spans.push(start + 1..start + 1 + text.len());
                }
                // A number or a word of JSON's is no header.
                Some(_) if rest.starts_with(['"', '\'', '\\']) => {}
                Some(_) | None => spans.push(start..start + end_of_sentence(value)),
            }
        }
    }
    for scheme in ["bearer ", "basic ", "digest "] {
        for (at, _) in lower.match_indices(scheme) {
            let start = at + scheme.len();
            let length = until(&line[start..], |c| c.is_whitespace() || "\"',;)".contains(c));
            // Other words may stand behind it in a sentence; a token has more than letters in it, or is long.
            let word = &line[start..start + length];
            if length >= 20 || length >= 6 && word.bytes().any(|byte| !byte.is_ascii_lowercase()) {
                spans.push(start..start + length);
            }
        }
    }
}

/// The beginning of a text, of at most [`MAX_ADDRESS`] bytes.
fn beginning(text: &str) -> &str {
    let most = (0..=MAX_ADDRESS.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..most.unwrap_or(0)]
}

/// The log-in within an address: `scheme://NAME:PASSWORD@host`.
fn addresses(line: &str, spans: &mut Vec<Range<usize>>) {
    for (at, _) in line.match_indices("://") {
        let start = at + 3;
        let rest = beginning(&line[start..]);
        let authority = &rest[..until(rest, |c| c.is_whitespace() || "\"'<>".contains(c))];
        // A password may have what should be written otherwise in it, such as a slash.
        let host = until(authority, |c| "/?#".contains(c));
        let end = authority[..host].rfind('@').or_else(|| {
            let user = authority.split(['/', '@']).next().unwrap_or_default();
            let is_port =
                user.split_once(':').is_none_or(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
            authority.rfind('@').filter(|_| !is_port)
        });
        spans.extend(end.map(|end| start..start + end));
    }
}

/// The values of an address's query: what a guest tells by them is the museum's affair.
fn queries(line: &str, spans: &mut Vec<Range<usize>>) {
    let is_around = |c: char| c.is_whitespace() || "\"'<>#".contains(c);
    let mut word = 0;
    while word < line.len() {
        let length = until(&line[word..], is_around);
        let whole = &line[word..word + length];
        if let Some((path, query)) = whole.split_once('?').filter(|_| whole.contains('/')) {
            let mut place = word + path.len() + 1;
            for pair in query.split(['&', '?']) {
                if let Some((name, value)) = pair.split_once('=') {
                    let value_at = place + name.len() + 1;
                    spans.push(value_at..value_at + value.len());
                }
                place += pair.len() + 1;
            }
        }
        word += length;
        word += line[word..].chars().next().map_or(0, char::len_utf8);
    }
}

/// The variables that a unit is given, but for those that are the session's and Vitrine's: what somebody has set there may
/// be a secret under any name.
///
/// libvirt's log of a VM has QEMU's, each in a line of its own that goes on with the command.
fn environment(line: &str, spans: &mut Vec<Range<usize>>) {
    if let Some(entry) = line.trim_start().strip_suffix('\\')
        && let Some((name, value)) = entry.split_once('=')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !is_of_session(name)
    {
        let start = line.len() - 1 - value.len();
        spans.push(start..start + value.trim_end().len());
    }
    let Some(at) = line.find("Environment=") else { return };
    let start = at + "Environment=".len();
    let mut place = start;
    while place < line.len() {
        let rest = &line[place..];
        let quote = rest.chars().next().filter(|c| ['"', '\''].contains(c));
        let word = match quote {
            Some(quote) => 1 + until(&rest[1..], |c| c == quote),
            None => until(rest, char::is_whitespace),
        };
        let inner = usize::from(quote.is_some());
        if let Some((name, value)) = rest[inner..word.max(inner)].split_once('=')
            && !is_of_session(name)
        {
            let value_at = place + inner + name.len() + 1;
            spans.push(value_at..value_at + value.len());
        }
        place += word;
        place += line[place..].chars().next().map_or(0, char::len_utf8);
    }
}

fn is_of_session(name: &str) -> bool {
    let begins = ["VITRINE_", "XDG_", "LC_", "SPICE_"].iter().any(|start| name.starts_with(start));
    begins
        || ["LANG", "LANGUAGE", "DISPLAY", "QEMU_AUDIO_DRV", "XAUTHORITY", "PATH", "HOME", "USER", "SHELL"]
            .contains(&name)
}

/// Hashes, JSON Web Tokens (RFC 7519), and long hexadecimal numbers.
fn forms(line: &str, spans: &mut Vec<Range<usize>>) {
    for hash in HASHES {
        // The PHC string format has commas within.
        let ends = |c: char| c.is_whitespace() || "\"'<>)".contains(c);
        spans.extend(line.match_indices(hash).map(|(at, _)| at..at + until(&line[at..], ends)));
    }
    for (at, _) in line.match_indices("eyJ") {
        let length = until(&line[at..], |c| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
        if line[at..at + length].split('.').count() == 3 {
            spans.push(at..at + length);
        }
    }
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
            at += 1;
        }
        if at - start >= HEX && bytes[start..at].iter().all(u8::is_ascii_hexdigit) {
            spans.push(start..at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t-V4lue";

    fn redact(text: &str) -> String {
        Redactor::default().text(text)
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands() {
        for (line, expected) in [
            ("password = \"§\"", "password = \"¤\""),
            ("password = '§' # old", "password = '¤' # old"),
            ("db_password=§ user=anna", "db_password=¤ user=anna"),
            ("DOOR_TOKEN=§", "DOOR_TOKEN=¤"),
            ("Environment=A=1 API_KEY=§", "Environment=A=¤ API_KEY=¤"),
            (
                "Environment=LANG=C PLAIN=§ \"B=§ §\" DISPLAY=:0",
                "Environment=LANG=C PLAIN=¤ \"B=¤\" DISPLAY=:0",
            ),
            ("pin: §", "pin: ¤"),
            ("password: § with words", "password: ¤"),
            ("the password is §", "the password is ¤"),
            ("{\"password\":\"§\",\"user\":\"anna\"}", "{\"password\":\"¤\",\"user\":\"anna\"}"),
            ("{\\\"password\\\":\\\"§\\\",\\\"a\\\":1}", "{\\\"password\\\":\\\"¤\\\",\\\"a\\\":1}"),
            ("{\"name\": \"X_SECRET\", \"value\": \"§\"}", "{\"name\": \"X_SECRET\", \"value\": \"¤\"}"),
            ("<graphics type='vnc' passwd='§' port='-1'/>", "<graphics type='vnc' passwd='¤' port='-1'/>"),
            ("<graphics passwd=\"§\"/>", "<graphics passwd=\"¤\"/>"),
            ("<password>§</password>", "<password>¤</password>"),
            ("<qemu:env name='PLAIN' value='§'/>", "<qemu:env name='PLAIN' value='¤'/>"),
            ("-spice port=5900,password=§,seamless=on", "-spice port=5900,password=¤,seamless=on"),
            ("-spice password=§,,x,addr=::1", "-spice password=¤,addr=::1"),
            ("-object secret,id=a,data=§,format=raw", "-object secret,id=a,data=¤,format=raw"),
            (
                "-object {\"qom-type\":\"secret\",\"data\":\"§\"}",
                "-object {\"qom-type\":\"secret\",\"data\":\"¤\"}",
            ),
            ("-fw_cfg name=opt/x,string=§", "-fw_cfg name=opt/x,string=¤"),
            ("<qemu:arg value='name=opt/x,string=§'/>", "<qemu:arg value='name=opt/x,string=¤'/>"),
            ("<entry name='opt/x'>§</entry>", "<entry name='opt/x'>¤</entry>"),
            ("<entry>io.systemd.credential:x=§</entry>", "<entry>io.systemd.credential:¤"),
            ("DOOR=§ \\", "DOOR=¤ \\"),
            ("run --token § --loud", "run --token ¤ --loud"),
            ("run --passwd=§", "run --passwd=¤"),
            ("curl -u anna:§ http://x", "curl -u ¤ http://x"),
            ("curl --user anna:§", "curl --user ¤"),
            ("GET http://anna:§@host/path", "GET http://¤@host/path"),
            ("rtsp://anna:§/x@host/path", "rtsp://¤@host/path"),
            ("http://§@host", "http://¤@host"),
            ("Authorization: Bearer §", "Authorization: ¤"),
            ("authorization: Basic §", "authorization: ¤"),
            ("{\"Authorization\": \"Bearer §\"}", "{\"Authorization\": \"¤\"}"),
            ("Cookie: session=§; theme=dark", "Cookie: ¤"),
            ("set-cookie: vitrine=§; HttpOnly", "set-cookie: ¤"),
            ("asked with bearer §, refused", "asked with bearer ¤, refused"),
            (
                "GET /api/v1/signal/door?value=§&token=§ HTTP/1.1",
                "GET /api/v1/signal/door?value=¤&token=¤ HTTP/1.1",
            ),
            ("key $argon2id$v=19$m=1,t=2$§ end", "key ¤ end"),
            ("root:$6$salt$§:19000:", "root:¤"),
            ("{\\\"Cookie\\\": \\\"a=§\\\"}", "{\\\"Cookie\\\": \\\"¤\\\"}"),
            ("got eyJhbGciOi.eyJzdWIi.§-x", "got ¤"),
            ("a8f1c06f1c06f1c06f1c06f1c06f1c0aa8f1 b", "¤ b"),
        ] {
            assert_eq!(redact(&line.replace('§', SECRET)), expected.replace('¤', REMOVED), "{line}");
        }
    }

    #[test]
    fn what_is_around_it_stays() {
        for (line, expected) in [
            ("a password = \"hunter2hunter\" b", "a password = \"[removed]\" b"),
            ("x_token=abcdefgh,y=1", "x_token=[removed],y=1"),
            (
                "{\"password\":\"hunter2\",\"user\":\"anna\"}",
                "{\"password\":\"[removed]\",\"user\":\"anna\"}",
            ),
            ("{\"pin\": 4711, \"a\": 1}", "{\"pin\": [removed], \"a\": 1}"),
            ("\"text\": \"no password: set one\",", "\"text\": \"no password: [removed]\","),
            (
                "<graphics type='vnc' passwd='x y' port='-1'/>",
                "<graphics type='vnc' passwd='[removed]' port='-1'/>",
            ),
            ("GET /a?value=open&x=1 HTTP/1.1", "GET /a?value=[removed]&x=[removed] HTTP/1.1"),
            ("qemu+ssh://anna@host/system", "qemu+ssh://[removed]@host/system"),
        ] {
            assert_eq!(redact(line), expected, "{line}");
        }
        for line in [
            "what? a/b is no address",
            "listen = [\"127.0.0.1:8000\"]",
            "http://127.0.0.1:8000/ui/",
            "password=on",
            "\"tokens\": [",
            "\"password\": null,",
            "<uuid>6c1f0a9e-8a55-4d3b-9a8e-3f2f7a1b2c3d</uuid>",
            "key = \"/etc/vitrine/key.pem\"",
            "the token of a ring",
            "std::secret::path",
            "basic things",
            "mac address='52:54:00:12:34:56'",
            "deadbeef",
            "<entry name='serial'>4711</entry>",
            "LC_ALL=C \\",
            "-name guest=eden-vm,debug-threads=on \\",
            "PWD=/home/kiosk ; USER=root",
            "überall ein Paßwort",
            "",
        ] {
            assert_eq!(redact(line), line);
        }
    }

    #[test]
    fn keys_are_taken_out_with_all_their_lines() {
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\nabc=\n-----END EC PRIVATE KEY-----\n";
        let found = redact(&format!("before\n{key}after\n"));
        assert!(found.starts_with("before\n[removed]") && found.ends_with("after\n"), "{found}");
        assert!(!found.contains("MHcC") && !found.contains("abc="), "{found}");
        let one_line = key.replace('\n', "\\n");
        assert_eq!(redact(&format!("a {one_line} b")), "a [removed]\\n b");
        assert_eq!(redact("-----BEGIN PRIVATE KEY-----\nabc"), "[removed]\n");
    }

    #[test]
    fn what_is_known_is_found_in_any_text() {
        let redactor = Redactor::new(["the museum's word".to_owned(), "abc".to_owned()]);
        assert_eq!(redactor.text("x the museum's word y abc"), "x [removed] y abc");
    }

    #[test]
    fn any_text_is_taken() {
        for line in [
            "Environment=",
            "Environment=\"",
            "Environment='é=ü' é",
            "password",
            "password=",
            "password=\"",
            "password='\\",
            "://",
            "?",
            "/?=&",
            "-u ",
            "token: \"é",
            "Cookie:",
            "é=ü://ß@",
            "\\\"token\\\":\\\"",
        ] {
            let _ = redact(line);
            let _ = redact(&line.repeat(2000));
        }
    }
}
