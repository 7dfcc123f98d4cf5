//! The AutoIt script reads the same INI as the kit, and its blocks and functions fit. A parser of AutoIt reads it in
//! `guest/windows/autoit/check`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use vitrine_guest_protocol::ini::{self, Complaints, Wrong};
use vitrine_guest_protocol::settings::Settings;

const SCRIPT: &str = include_str!("../../windows/autoit/vitrine.au3");

/// Without comments and directives.
fn lines() -> impl Iterator<Item = (usize, &'static str)> {
    let numbered = SCRIPT.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with([';', '#']))
}

#[test]
fn the_same_ini() {
    let mut seen = 0;
    for (number, line) in lines().filter(|(_, line)| !line.starts_with("Func ")) {
        for call in ["Setting(\"", "Span(\""] {
            for rest in line.split(call).skip(1) {
                let mut words = rest.split('"');
                let (section, key) = (words.next().unwrap(), words.nth(1).unwrap());
                let mut file = format!("[{section}]\n{key} = ?\n").into_bytes();
                let (mut settings, mut complaints) = (Settings::defaults(), Complaints::NONE);
                ini::read(&mut file, &mut settings, &mut complaints);
                let unknown = |wrong| matches!(wrong, Wrong::Key | Wrong::Section);
                let known = !complaints.all().iter().any(|complaint| unknown(complaint.wrong));
                assert!(known, "line {number}: there is no [{section}] {key}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 19, "only {seen} keys found");
}

#[test]
fn blocks_end() {
    let mut open: Vec<(usize, &str)> = Vec::new();
    for (number, line) in lines() {
        let first = line.split([' ', '(']).next().unwrap();
        let ends = match first {
            "Func" | "While" | "For" | "Switch" => {
                open.push((number, first));
                continue;
            }
            // What follows on the same line is no block.
            "If" if line.ends_with(" Then") => {
                open.push((number, first));
                continue;
            }
            "EndFunc" => "Func",
            "WEnd" => "While",
            "Next" => "For",
            "EndSwitch" => "Switch",
            "EndIf" => "If",
            _ => continue,
        };
        let (begun, what) = open.pop().unwrap_or_else(|| panic!("line {number}: {first} ends nothing"));
        assert_eq!(what, ends, "line {number}: {first} ends the {what} of line {begun}");
    }
    assert_eq!(open, [], "not ended");
}

#[test]
fn own_functions_are_there_and_are_called() {
    let functions: BTreeSet<&str> =
        lines().filter_map(|(_, line)| line.strip_prefix("Func ")?.split('(').next()).collect();
    for function in &functions {
        let call = format!("{function}(");
        let called =
            lines().filter(|(_, line)| !line.starts_with("Func ")).any(|(_, line)| line.contains(&call));
        assert!(called, "nobody calls {function}");
    }
    // Whatever else is called is AutoIt's.
    let known = "If While And Or Not Then IsDue AutoItWinSetTitle AscW BitAND DllCall DllStructCreate DllStructGetData \
        DllStructGetPtr DllStructSetData FileGetSize FileGetTime FileMove FileWriteLine Hex IniRead Int MouseClick Number \
        Opt ProcessClose ProcessExists ProcessList Run Send Sleep StringInStr StringLeft StringLen StringLower StringMid \
        StringRegExp StringRegExpReplace StringReplace StringStripWS StringUpper TCPCloseSocket TCPConnect TCPRecv TCPSend \
        TCPStartup TimerDiff TimerInit WinActivate WinClose WinExists WinGetProcess WinGetState WinList WinSetState";
    let known: BTreeSet<&str> = known.split_whitespace().chain(functions).collect();
    for (number, line) in lines() {
        // Outside of texts.
        let code: String = line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
        for before in code.split('(').rev().skip(1) {
            let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap();
            assert!(
                name.is_empty() || name.starts_with('$') || known.contains(name),
                "line {number}: {name}("
            );
        }
    }
}
