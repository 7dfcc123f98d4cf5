//! Reads the INI file. Whatever stands in it, there are settings afterwards: what is wrong is told, by line, and is as
//! if it was not there.

use crate::settings::{Ask, Close, OnFault, Pixel, Press, Settings};
use crate::text::{file_name, number, split_at, trim, Text};

/// What lies beyond this is not read, in bytes.
pub const MAX_FILE: usize = 16 * 1024;

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no file, or it cannot be read.
    NoFile,
    /// Nothing is set in it.
    Empty,
    /// It is longer than [`MAX_FILE`].
    TooLong,
    /// It has zeros in it, and is no text.
    NoText,
    /// `[section` without its end.
    OpenSection,
    /// No such section.
    Section,
    /// Something is set before the first section.
    NoSection,
    /// Neither a section nor something that is set.
    NoEquals,
    /// No such key in this section.
    Key,
    /// It was set before, and that stays.
    Twice,
    /// It is longer than there is room for.
    NoRoom,
    /// No number, or no span of time.
    NoNumber,
    /// Out of bounds.
    Bounds,
    /// No IPv4 address.
    Address,
    /// None of the words that can stand here.
    Word,
    /// No key of the keyboard, or no place on the screen.
    Press,
    /// Not of the form `X Y RRGGBB` or `X Y RRGGBB TOLERANCE`.
    Pixel,
    /// A name with other characters than letters, digits, `-`, `_` and `.`.
    Name,
    /// Every window may stay, so that none is closed.
    AllAllowed,
    /// Windows would be closed, but nothing says which is the artwork's.
    NoArtwork,
    /// The button has nothing to press.
    NothingToPress,
}

impl Wrong {
    /// The same in words.
    #[must_use]
    pub fn words(self) -> &'static [u8] {
        match self {
            Self::NoFile => b"there is no INI file, or it cannot be read",
            Self::Empty => b"nothing is set in the INI file",
            Self::TooLong => b"the INI file has more than 16 KB; the rest is not read",
            Self::NoText => b"this is no text",
            Self::OpenSection => b"a ] is missing",
            Self::Section => b"there is no such section",
            Self::NoSection => b"this stands before the first [section]",
            Self::NoEquals => b"a = is missing",
            Self::Key => b"there is no such key in this section",
            Self::Twice => b"this was set before, and stays as it was",
            Self::NoRoom => b"this is too long",
            Self::NoNumber => b"this is no number, or not of the form 5 s, 2 min, 1 h, 500 ms",
            Self::Bounds => b"this is too small or too large",
            Self::Address => b"this is no address of the form 192.168.122.1",
            Self::Word => b"this is none of the words that can stand here",
            Self::Press => b"this is not of the form: key F5, or: click 100 200",
            Self::Pixel => b"this is not of the form: 100 200 FF8000, or: 100 200 FF8000 10",
            Self::Name => b"this is no name",
            Self::AllAllowed => b"this allows every window, so that none is closed",
            Self::NoArtwork => b"windows are not closed, since nothing says which one is the artwork's",
            Self::NothingToPress => b"the button has nothing to press",
        }
    }
}

/// What is wrong, and in which line; 0 is the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Counted from 1.
    pub line: u16,
    /// What.
    pub wrong: Wrong,
}

/// The first complaints about a file.
#[derive(Clone, Debug)]
pub struct Complaints {
    list: [Complaint; MAX_COMPLAINTS],
    len: usize,
}

const MAX_COMPLAINTS: usize = 12;

impl Complaints {
    /// None yet.
    pub const NONE: Self =
        Self { list: [Complaint { line: 0, wrong: Wrong::Empty }; MAX_COMPLAINTS], len: 0 };

    /// Adds one, where there is room.
    pub fn add(&mut self, line: u16, wrong: Wrong) {
        if let Some(place) = self.list.get_mut(self.len) {
            *place = Complaint { line, wrong };
            self.len += 1;
        }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Complaint] {
        self.list.get(..self.len).unwrap_or(&[])
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    None,
    Unknown,
    Known(u8),
}

/// In the order of [`Key`]'s groups.
const SECTIONS: &[u8] = b"host|artwork|windows|idle|clock|button|log|kit";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Address,
    Port,
    Exhibit,
    Beat,
    Start,
    Folder,
    Program,
    Window,
    Trouble,
    StartWithin,
    Grace,
    HungAfter,
    Front,
    OnFault,
    Restarts,
    Close,
    Allow,
    IdleAfter,
    SetClock,
    Ask,
    Every,
    Press,
    Pixel,
    LogLimit,
    OldCalls,
}

/// Every key, with the place of its section in [`SECTIONS`].
static KEYS: [(u8, Key, &[u8]); 25] = [
    (0, Key::Address, b"address"),
    (0, Key::Port, b"port"),
    (0, Key::Exhibit, b"exhibit"),
    (0, Key::Beat, b"beat"),
    (1, Key::Start, b"start"),
    (1, Key::Folder, b"folder"),
    (1, Key::Program, b"program"),
    (1, Key::Window, b"window"),
    (1, Key::Trouble, b"trouble"),
    (1, Key::StartWithin, b"start_within"),
    (1, Key::Grace, b"grace"),
    (1, Key::HungAfter, b"hung_after"),
    (1, Key::Front, b"front"),
    (1, Key::OnFault, b"on_fault"),
    (1, Key::Restarts, b"restarts"),
    (2, Key::Close, b"close"),
    (2, Key::Allow, b"allow"),
    (3, Key::IdleAfter, b"after"),
    (4, Key::SetClock, b"set"),
    (5, Key::Ask, b"ask"),
    (5, Key::Every, b"every"),
    (5, Key::Press, b"press"),
    (5, Key::Pixel, b"pixel"),
    (6, Key::LogLimit, b"limit"),
    (7, Key::OldCalls, b"old_calls"),
];

/// Reads a file. `bytes` is worked on in place.
pub fn read(bytes: &mut [u8], settings: &mut Settings, complaints: &mut Complaints) {
    settings.reset();
    if bytes.len() > MAX_FILE {
        complaints.add(0, Wrong::TooLong);
    }
    let len = bytes.len().min(MAX_FILE);
    let text = plain(bytes.get_mut(..len).unwrap_or(&mut []));
    let mut reader =
        Reader { settings, complaints, section: Section::None, set: 0, line: 0, anything: false };
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        reader.line = reader.line.saturating_add(1);
        reader.read(trim(line));
        // A line ends with CR LF, LF, or CR alone.
        rest = match after {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => after,
        };
    }
    reader.judge();
}

/// The same text with one byte for each character, as titles have them: of UTF-16 and UTF-8 the characters of Latin-1,
/// and a question mark, which fits any character of a title, for the others.
fn plain(bytes: &mut [u8]) -> &[u8] {
    let len = match bytes {
        [0xff, 0xfe, ..] => from_utf16(bytes, 0),
        [0xfe, 0xff, ..] => from_utf16(bytes, 1),
        _ => from_utf8(bytes),
    };
    bytes.get(..len).unwrap_or(&[])
}

#[inline(never)]
fn from_utf16(bytes: &mut [u8], high_first: usize) -> usize {
    let mut len = 0;
    let mut place = 2;
    while let Some(&[first, second]) = bytes.get(place..place + 2) {
        let (low, high) = if high_first == 1 { (second, first) } else { (first, second) };
        put(bytes, len, if high == 0 { low } else { b'?' });
        len += 1;
        place += 2;
    }
    len
}

#[inline(never)]
fn from_utf8(bytes: &mut [u8]) -> usize {
    if !is_utf8(bytes) {
        return bytes.len();
    }
    let start = if let [0xef, 0xbb, 0xbf, ..] = bytes { 3 } else { 0 };
    let mut len = 0;
    for place in start..bytes.len() {
        let byte = bytes.get(place).copied().unwrap_or(0);
        let next = bytes.get(place + 1).copied().unwrap_or(0);
        let character = match byte {
            // The second and further bytes of a character.
            0x80..=0xbf => continue,
            0xc2 | 0xc3 => (byte & 3) << 6 | next & 0x3f,
            0xc4..=0xff => b'?',
            _ => byte,
        };
        put(bytes, len, character);
        len += 1;
    }
    len
}

/// Whether each first byte of a character has as many behind it as it says. That is less than all of UTF-8's rules,
/// and enough to tell it from a code page.
#[inline(never)]
fn is_utf8(bytes: &[u8]) -> bool {
    let mut missing = 0_u8;
    for byte in bytes {
        missing = match (byte, missing) {
            (0..=0x7f, 0) => 0,
            (0xc2..=0xdf, 0) => 1,
            (0xe0..=0xef, 0) => 2,
            (0xf0..=0xf4, 0) => 3,
            (0x80..=0xbf, 1..=3) => missing - 1,
            _ => return false,
        };
    }
    missing == 0
}

fn put(bytes: &mut [u8], place: usize, byte: u8) {
    if let Some(there) = bytes.get_mut(place) {
        *there = byte;
    }
}

struct Reader<'a> {
    settings: &'a mut Settings,
    complaints: &'a mut Complaints,
    section: Section,
    /// The keys that were set, by their places.
    set: u32,
    line: u16,
    anything: bool,
}

impl Reader<'_> {
    #[inline(never)]
    fn read(&mut self, line: &[u8]) {
        let done = match line {
            [] | [b';' | b'#', ..] => Ok(()),
            _ if line.contains(&0) => Err(Wrong::NoText),
            [b'[', name @ ..] => self.enter(name),
            _ => self.set(line),
        };
        if let Err(wrong) = done {
            self.complaints.add(self.line, wrong);
        }
    }

    #[inline(never)]
    fn enter(&mut self, name: &[u8]) -> Result<(), Wrong> {
        self.section = Section::Unknown;
        let name = name.strip_suffix(b"]").ok_or(Wrong::OpenSection)?;
        let place = among(SECTIONS, trim(name)).ok_or(Wrong::Section)?;
        self.section = Section::Known(place as u8);
        Ok(())
    }

    #[inline(never)]
    fn set(&mut self, line: &[u8]) -> Result<(), Wrong> {
        let (key, value) = split_at(line, b'=').ok_or(Wrong::NoEquals)?;
        let (key, value) = (trim(key), unquoted(trim(value)));
        let section = match self.section {
            Section::None => return Err(Wrong::NoSection),
            // Told already, once for the section.
            Section::Unknown => return Ok(()),
            Section::Known(section) => section,
        };
        let known = KEYS.iter().find(|(of, _, name)| *of == section && name.eq_ignore_ascii_case(key));
        let key = known.ok_or(Wrong::Key)?.1;
        // An empty value is none, as in a form that nobody has filled in.
        if value.is_empty() {
            return Ok(());
        }
        // Lists grow; all else is set once.
        if key != Key::Trouble && key != Key::Allow {
            let bit = 1 << key as u32;
            if self.set & bit != 0 {
                return Err(Wrong::Twice);
            }
            self.set |= bit;
        }
        self.take(key, value)?;
        self.anything = true;
        Ok(())
    }

    #[inline(never)]
    fn take(&mut self, key: Key, value: &[u8]) -> Result<(), Wrong> {
        let Settings { host, artwork, windows, button, .. } = &mut *self.settings;
        match key {
            Key::Address => host.address = address(value)?,
            Key::Port => host.port = bounded(number(value), 1, 65_535)? as u16,
            Key::Exhibit => name(&mut host.exhibit, value)?,
            Key::Beat => host.beat_interval = span(value, 200, 60_000)?,
            Key::Start => text(&mut artwork.start, value)?,
            Key::Folder => text(&mut artwork.folder, value)?,
            // Many would write the whole path, and mean the program.
            Key::Program => text(&mut artwork.program, file_name(value))?,
            Key::Window => text(&mut artwork.window, value)?,
            Key::Trouble => line(&mut artwork.trouble, value)?,
            Key::StartWithin => artwork.start_within = span(value, 1_000, HOUR)?,
            Key::Grace => artwork.grace = span(value, 500, 10 * MINUTE)?,
            Key::HungAfter => artwork.hung_after = span(value, 1_000, HOUR)?,
            Key::Front => artwork.front = yes(value)?,
            Key::OnFault => {
                artwork.on_fault = match among(b"restart|revert|tell", value) {
                    Some(0) => OnFault::Restart,
                    Some(1) => OnFault::Revert,
                    Some(_) => OnFault::Tell,
                    None => return Err(Wrong::Word),
                };
            }
            Key::Restarts => artwork.restarts = bounded(number(value), 0, 100)?,
            Key::Close => {
                windows.close = if value.eq_ignore_ascii_case(b"log") {
                    Close::Log
                } else if yes(value)? {
                    Close::Yes
                } else {
                    Close::No
                };
            }
            Key::Allow => {
                if value.iter().all(|byte| *byte == b'*') {
                    return Err(Wrong::AllAllowed);
                }
                line(&mut windows.allow, value)?;
            }
            Key::IdleAfter => {
                let never = number(value) == Some(0);
                self.settings.idle_after = if never { 0 } else { span(value, 10_000, DAY)? };
            }
            Key::SetClock => self.settings.set_clock = yes(value)?,
            Key::Ask => button.ask = ask(value)?,
            Key::Every => button.interval = span(value, 100, MINUTE)?,
            Key::Press => button.press = press(value).ok_or(Wrong::Press)?,
            Key::Pixel => button.pixel = Some(pixel(value).ok_or(Wrong::Pixel)?),
            Key::LogLimit => self.settings.log_limit = bounded(number(value), 8, 65_536)?,
            Key::OldCalls => self.settings.old_calls = yes(value)?,
        }
        Ok(())
    }

    /// What is wrong with all of it together.
    #[inline(never)]
    fn judge(&mut self) {
        if !self.anything && self.complaints.all().is_empty() {
            self.complaints.add(0, Wrong::Empty);
        }
        let settings = &mut *self.settings;
        if settings.artwork.program.is_empty() && !settings.artwork.start.is_empty() {
            settings.artwork.program = Text::of(program_of(settings.artwork.start.bytes()));
        }
        if settings.windows.close != Close::No && !settings.artwork.is_watched() {
            settings.windows.close = Close::No;
            self.complaints.add(0, Wrong::NoArtwork);
        }
        if settings.button.ask != Ask::No && settings.button.press == Press::Nothing {
            self.complaints.add(0, Wrong::NothingToPress);
        }
    }
}

const MINUTE: u32 = 60_000;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// The program's file name in a command line: up to the closing quote, or else up to the blank after `.exe` and the
/// like, or up to the first blank.
#[must_use]
pub fn program_of(command: &[u8]) -> &[u8] {
    file_name(program_path(command))
}

/// The program's path in a command line, found as [`program_of`] says.
#[must_use]
pub fn program_path(command: &[u8]) -> &[u8] {
    if let [b'"', rest @ ..] = command {
        return split_at(rest, b'"').map_or(rest, |(path, _)| path);
    }
    for end in 0..command.len() {
        if command.get(end + 1..).map_or(true, |rest| rest.is_empty() || rest.first() == Some(&b' ')) {
            let path = command.get(..=end).unwrap_or(command);
            let ending = path.get(path.len().saturating_sub(4)..).unwrap_or(&[]);
            let endings: [&[u8]; 4] = [b".exe", b".com", b".bat", b".scr"];
            if endings.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
                return path;
            }
        }
    }
    split_at(command, b' ').map_or(command, |(path, _)| path)
}

/// Which of the words this is; they have bars between them.
#[inline(never)]
fn among(words: &[u8], word: &[u8]) -> Option<usize> {
    words.split(|byte| *byte == b'|').position(|known| known.eq_ignore_ascii_case(word))
}

/// Without the quotes around it: of a path or a title, and not those of a command line, which has something after them.
#[inline(never)]
fn unquoted(value: &[u8]) -> &[u8] {
    match value {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'"') => trim(inner),
        _ => value,
    }
}

fn text<const N: usize>(place: &mut Text<N>, value: &[u8]) -> Result<(), Wrong> {
    // A path that is cut is another path. One byte stays free, for the zero that Windows wants.
    if value.len() >= N {
        return Err(Wrong::NoRoom);
    }
    place.clear();
    place.push(value);
    Ok(())
}

fn line<const N: usize>(list: &mut Text<N>, value: &[u8]) -> Result<(), Wrong> {
    if list.bytes().len() + value.len() + 1 > N {
        return Err(Wrong::NoRoom);
    }
    list.push(value);
    list.push(b"\n");
    Ok(())
}

fn name<const N: usize>(place: &mut Text<N>, value: &[u8]) -> Result<(), Wrong> {
    let fine = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if value.iter().all(fine) {
        text(place, value)
    } else {
        Err(Wrong::Name)
    }
}

#[inline(never)]
fn address(value: &[u8]) -> Result<[u8; 4], Wrong> {
    let mut address = [0; 4];
    let mut parts = value.split(|byte| *byte == b'.');
    for place in &mut address {
        let part = number(parts.next().ok_or(Wrong::Address)?).ok_or(Wrong::Address)?;
        *place = u8::try_from(part).map_err(|_| Wrong::Address)?;
    }
    // Neither any address nor all of them.
    if parts.next().is_some() || address == [0; 4] || address == [255; 4] {
        return Err(Wrong::Address);
    }
    Ok(address)
}

fn bounded(number: Option<u32>, least: u32, most: u32) -> Result<u32, Wrong> {
    match number {
        None => Err(Wrong::NoNumber),
        Some(number) if number < least || number > most => Err(Wrong::Bounds),
        Some(number) => Ok(number),
    }
}

/// A span in milliseconds. A number alone is seconds.
#[inline(never)]
fn span(value: &[u8], least: u32, most: u32) -> Result<u32, Wrong> {
    let end = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at(end);
    let unit = match among(b"|s|ms|min|h", trim(unit)) {
        Some(0 | 1) => 1_000,
        Some(2) => 1,
        Some(3) => MINUTE,
        Some(_) => HOUR,
        None => return Err(Wrong::NoNumber),
    };
    let digits = number(digits).ok_or(Wrong::NoNumber)?;
    bounded(Some(digits.checked_mul(unit).ok_or(Wrong::Bounds)?), least, most)
}

fn yes(value: &[u8]) -> Result<bool, Wrong> {
    let place = among(b"no|yes|off|on|false|true|0|1", value).ok_or(Wrong::Word)?;
    Ok(place % 2 == 1)
}

#[inline(never)]
fn ask(value: &[u8]) -> Result<Ask, Wrong> {
    match among(b"no|button", value) {
        Some(0) => return Ok(Ask::No),
        Some(_) => return Ok(Ask::Button),
        None => {}
    }
    match split_at(value, b' ') {
        Some((word, resource)) if word.eq_ignore_ascii_case(b"poll") => {
            let mut place = Text::EMPTY;
            name(&mut place, trim(resource))?;
            Ok(Ask::Poll(place))
        }
        _ => Err(Wrong::Word),
    }
}

#[inline(never)]
fn press(value: &[u8]) -> Option<Press> {
    let (word, what) = split_at(value, b' ')?;
    let what = trim(what);
    if word.eq_ignore_ascii_case(b"key") {
        return key_code(what).map(Press::Key);
    }
    let (x, y) = split_at(what, b' ')?;
    word.eq_ignore_ascii_case(b"click").then_some(())?;
    Some(Press::Click(coordinate(x)?, coordinate(trim(y))?))
}

fn coordinate(value: &[u8]) -> Option<u16> {
    number(value).filter(|place| *place < 32_768).map(|place| place as u16)
}

/// Windows' code of a key: a letter, a digit, F1 to F12, or one of a few names.
#[inline(never)]
fn key_code(name: &[u8]) -> Option<u8> {
    match name {
        [letter] if letter.is_ascii_alphanumeric() => Some(letter.to_ascii_uppercase()),
        [b'f' | b'F', digits @ ..] if !digits.is_empty() => {
            number(digits).filter(|key| (1..=12).contains(key)).map(|key| 0x6f + key as u8)
        }
        _ => {
            let place = among(b"space|enter|escape|tab|left|up|right|down|pageup|pagedown", name)?;
            b" \r\x1b\t\x25\x26\x27\x28\x21\x22".get(place).copied()
        }
    }
}

#[inline(never)]
fn pixel(value: &[u8]) -> Option<Pixel> {
    let mut words = value.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (x, y) = (coordinate(words.next()?)?, coordinate(words.next()?)?);
    let colour = match words.next()? {
        [b'#', digits @ ..] => digits,
        digits => digits,
    };
    let tolerance = match words.next() {
        Some(word) => u8::try_from(number(word)?).ok()?,
        None => 0,
    };
    if words.next().is_some() || colour.len() != 6 {
        return None;
    }
    let mut parts = [0; 3];
    for (part, digits) in parts.iter_mut().zip(colour.chunks(2)) {
        for digit in digits {
            *part = *part << 4 | (*digit as char).to_digit(16)? as u8;
        }
    }
    Some(Pixel { x, y, colour: parts, tolerance })
}

#[cfg(test)]
mod tests;
