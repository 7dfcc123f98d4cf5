extern crate std;
use super::*;
use proptest::prelude::*;
use std::vec::Vec;

fn read_all(bytes: &[u8]) -> (Settings, Vec<Complaint>) {
    let mut copy = bytes.to_vec();
    let mut settings = Settings::defaults();
    let mut complaints = Complaints::NONE;
    read(&mut copy, &mut settings, &mut complaints);
    (settings, complaints.all().to_vec())
}

fn utf16(text: &str, high_first: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

const WHOLE: &str = "; the kit\r\n[host]\r\naddress = 10.0.2.2\r\nport=8001\r\nexhibit = eden-garden\r\nbeat = 500 ms\r\n\
    \r\n[Artwork]\r\nSTART = \"C:\\Art works\\Garden.exe\" /full\r\nfolder = \"C:\\Art works\"\r\nwindow = Eden G\u{e4}rten*\r\n\
    trouble = *error*\r\ntrouble = program:dwwin.exe\r\nstart_within = 3 min\r\ngrace = 2\r\nhung_after = 30 s\r\nfront = no\r\n\
    on_fault = revert\r\nrestarts = 0\r\n[windows]\r\nclose = log\r\nallow = Clock\r\nallow = class:Tray\r\n\
    [idle]\r\nafter = 5 min\r\n[clock]\r\nset = off\r\n[button]\r\nask = poll big-button\r\nevery = 250 ms\r\n\
    press = click 100 200\r\npixel = 100 200 #FF8000 10\r\n[log]\r\nlimit = 64\r\n[kit]\r\nold_calls = yes\r\n";

fn whole() -> Settings {
    let mut settings = Settings::defaults();
    settings.host.address = [10, 0, 2, 2];
    settings.host.port = 8001;
    settings.host.exhibit = Text::of(b"eden-garden");
    settings.host.beat_interval = 500;
    settings.artwork.start = Text::of(b"\"C:\\Art works\\Garden.exe\" /full");
    settings.artwork.folder = Text::of(b"C:\\Art works");
    settings.artwork.program = Text::of(b"Garden.exe");
    settings.artwork.window = Text::of(b"Eden G\xe4rten*");
    settings.artwork.trouble = Text::of(b"*error*\nprogram:dwwin.exe\n");
    settings.artwork.start_within = 180_000;
    settings.artwork.grace = 2_000;
    settings.artwork.hung_after = 30_000;
    settings.artwork.front = false;
    settings.artwork.on_fault = OnFault::Revert;
    settings.artwork.restarts = 0;
    settings.windows.close = Close::Log;
    settings.windows.allow = Text::of(b"Clock\nclass:Tray\n");
    settings.idle_after = 300_000;
    settings.set_clock = false;
    settings.button.ask = Ask::Poll(Text::of(b"big-button"));
    settings.button.interval = 250;
    settings.button.press = Press::Click(100, 200);
    settings.button.pixel = Some(Pixel { x: 100, y: 200, colour: [255, 128, 0], tolerance: 10 });
    settings.log_limit = 64;
    settings.old_calls = true;
    settings
}

#[test]
fn a_whole_file_however_it_was_saved() {
    let latin: Vec<u8> = WHOLE.chars().map(|character| character as u8).collect();
    let with_mark: Vec<u8> = b"\xef\xbb\xbf".iter().copied().chain(WHOLE.bytes()).collect();
    let unix = WHOLE.replace("\r\n", "\n");
    let mac = WHOLE.replace("\r\n", "\r");
    for (way, bytes) in [
        ("Latin-1", latin),
        ("UTF-8", WHOLE.as_bytes().to_vec()),
        ("UTF-8 with a mark", with_mark),
        ("UTF-16", utf16(WHOLE, false)),
        ("UTF-16, high bytes first", utf16(WHOLE, true)),
        ("line ends of Unix", unix.into_bytes()),
        ("line ends of the Macintosh", mac.into_bytes()),
    ] {
        assert_eq!(read_all(&bytes), (whole(), Vec::new()), "{way}");
    }
}

#[test]
fn nonsense_is_told_and_changes_nothing() {
    let rows: &[(&str, u16, Wrong)] = &[
        ("", 0, Wrong::Empty),
        ("; nothing\n\n# at all\n", 0, Wrong::Empty),
        ("[host]\naddress =\n", 0, Wrong::Empty),
        ("\0\0\0\0", 1, Wrong::NoText),
        ("MZ\u{90}\0\u{3}\0[host]", 1, Wrong::NoText),
        ("[host\nport = 9\n", 1, Wrong::OpenSection),
        ("[hosts]\nport = 9\n", 1, Wrong::Section),
        ("[]\n", 1, Wrong::Section),
        ("port = 9\n", 1, Wrong::NoSection),
        ("[host]\nport 9\n", 2, Wrong::NoEquals),
        ("[host]\nprot = 9\n", 2, Wrong::Key),
        ("[host]\nset = yes\n", 2, Wrong::Key),
        ("[host]\nwhat a very long key this is = 9\n", 2, Wrong::Key),
        ("[host]\n= 9\n", 2, Wrong::Key),
        ("[host]\nport = 8000\nport = 9\n", 3, Wrong::Twice),
        ("[host]\nport = many\n", 2, Wrong::NoNumber),
        ("[host]\nport = -1\n", 2, Wrong::NoNumber),
        ("[host]\nport = 99999999999999999999\n", 2, Wrong::NoNumber),
        ("[host]\nport = 8000 ; a comment\n", 2, Wrong::NoNumber),
        ("[host]\nport = 0\n", 2, Wrong::Bounds),
        ("[host]\nport = 65536\n", 2, Wrong::Bounds),
        ("[host]\naddress = museum.example\n", 2, Wrong::Address),
        ("[host]\naddress = 192.168.122\n", 2, Wrong::Address),
        ("[host]\naddress = 192.168.122.1.1\n", 2, Wrong::Address),
        ("[host]\naddress = 192.168.122.256\n", 2, Wrong::Address),
        ("[host]\naddress = 0.0.0.0\n", 2, Wrong::Address),
        ("[host]\naddress = http://192.168.122.1\n", 2, Wrong::Address),
        ("[host]\nexhibit = eden garden\n", 2, Wrong::Name),
        ("[host]\nexhibit = ../../status\n", 2, Wrong::Name),
        ("[host]\nbeat = 1 day\n", 2, Wrong::NoNumber),
        ("[host]\nbeat = 1 ms\n", 2, Wrong::Bounds),
        ("[artwork]\nhung_after = 4294967295 h\n", 2, Wrong::Bounds),
        ("[artwork]\nfront = perhaps\n", 2, Wrong::Word),
        ("[artwork]\non_fault = panic\n", 2, Wrong::Word),
        ("[windows]\nallow = *\n", 2, Wrong::AllAllowed),
        ("[windows]\nclose = yes\n", 0, Wrong::NoArtwork),
        ("[windows]\nclose = all\n", 2, Wrong::Word),
        ("[idle]\nafter = 1 s\n", 2, Wrong::Bounds),
        ("[button]\nask = poll\n", 2, Wrong::Word),
        ("[button]\nask = poll a/b\n", 2, Wrong::Name),
        ("[button]\npress = F5\n", 2, Wrong::Press),
        ("[button]\npress = key F99\n", 2, Wrong::Press),
        ("[button]\npress = click 1\n", 2, Wrong::Press),
        ("[button]\npress = click 70000 1\n", 2, Wrong::Press),
        ("[button]\npixel = 1 2 red\n", 2, Wrong::Pixel),
        ("[button]\npixel = 1 2 FFFFFF 999\n", 2, Wrong::Pixel),
    ];
    for (text, line, wrong) in rows {
        let (settings, complaints) = read_all(text.as_bytes());
        assert_eq!(complaints, [Complaint { line: *line, wrong: *wrong }], "{text:?}");
        assert_eq!(settings, Settings::defaults(), "{text:?}");
        assert!(!wrong.words().is_empty());
    }
}

#[test]
fn what_is_right_beside_nonsense_is_taken() {
    let (settings, complaints) =
        read_all(b"[host]\nport = x\n[nowhere]\nport = 1\n[host]\nexhibit = tide\n[button]\nask = button\n");
    assert_eq!(settings.host.exhibit.bytes(), b"tide");
    assert_eq!(settings.host.port, 8000);
    assert_eq!(settings.button.ask, Ask::Button);
    let wrongs: Vec<Wrong> = complaints.iter().map(|complaint| complaint.wrong).collect();
    assert_eq!(wrongs, [Wrong::NoNumber, Wrong::Section, Wrong::NothingToPress]);
}

#[test]
fn long_things() {
    let path = std::format!("[artwork]\nstart = {}\n", "x".repeat(300));
    assert_eq!(read_all(path.as_bytes()).1, [Complaint { line: 2, wrong: Wrong::NoRoom }]);
    let list = std::format!("[windows]\n{}", "allow = a window with a long title\n".repeat(60));
    assert_eq!(read_all(list.as_bytes()).1[0].wrong, Wrong::NoRoom);
    let file = std::format!("[host]\nport = 9\n{}port = 10\n", ";\n".repeat(9_000));
    let (settings, complaints) = read_all(file.as_bytes());
    assert_eq!((settings.host.port, complaints[0].wrong, complaints.len()), (9, Wrong::TooLong, 1));
    let wrong = "nonsense\n".repeat(100);
    assert_eq!(read_all(wrong.as_bytes()).1.len(), MAX_COMPLAINTS);
}

#[test]
fn programs_of_command_lines() {
    for (command, program) in [
        ("C:\\Art\\garden.exe", "garden.exe"),
        ("C:\\Art works\\garden.exe /full", "garden.exe"),
        ("\"C:\\Art works\\garden.exe\" /full", "garden.exe"),
        ("\"C:\\unfinished\\garden.exe", "garden.exe"),
        ("garden /full", "garden"),
        ("C:\\ART\\START.BAT", "START.BAT"),
        ("garden", "garden"),
    ] {
        assert_eq!(program_of(command.as_bytes()), program.as_bytes(), "{command}");
    }
}

#[test]
fn keys_of_the_keyboard() {
    for (name, code) in [
        ("F1", Some(0x70)),
        ("f12", Some(0x7b)),
        ("F13", None),
        ("F", Some(b'F')),
        ("a", Some(b'A')),
        ("7", Some(b'7')),
        ("Space", Some(32)),
        ("Shift", None),
    ] {
        assert_eq!(key_code(name.as_bytes()), code, "{name}");
    }
}

proptest! {
    #[test]
    fn no_file_is_too_odd(bytes: Vec<u8>) {
        let _ = read_all(&bytes);
    }

    #[test]
    fn texts_in_utf8_are_seen_as_such(text: std::string::String, odd in 0x80_u8..) {
        prop_assert!(is_utf8(text.as_bytes()));
        let mut latin: Vec<u8> = text.bytes().filter(u8::is_ascii).collect();
        latin.push(odd);
        prop_assert!(!is_utf8(&latin));
    }

    /// Lines of the whole file, with some left out, doubled, cut and garbled: there are always settings within bounds.
    #[test]
    fn garbled_files(cuts in prop::collection::vec((0_usize..40, 0_usize..60, any::<u8>()), 0..60)) {
        let lines: Vec<&str> = WHOLE.split("\r\n").collect();
        let mut file = Vec::new();
        for (line, cut, odd) in cuts {
            let line = lines[line % lines.len()].as_bytes();
            file.extend_from_slice(&line[..cut.min(line.len())]);
            if odd < 40 { file.push(odd); }
            file.extend_from_slice(b"\r\n");
        }
        let settings = read_all(&file).0;
        prop_assert!((200..=60_000).contains(&settings.host.beat_interval));
        prop_assert!(settings.artwork.grace >= 500 && settings.host.port > 0);
        prop_assert!(settings.idle_after == 0 || settings.idle_after >= 10_000);
    }
}
