//! The kit for Windows as a file: small, with imports that Windows 95 has, and for a processor that it ran on.
//! `guest/windows/test` builds it and runs this; the compiler's own tools read the file.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

/// In bytes.
const MAX_SIZE: u64 = 38 * 1024;

/// Every function that Windows is asked for by its name. All of them are in Windows 95 as it was first sold.
const IMPORTS: &str = "
    ADVAPI32.dll RegCloseKey RegCreateKeyA RegDeleteValueA RegQueryValueExA RegSetValueExA
    GDI32.dll GetPixel
    KERNEL32.dll CloseHandle CopyFileA CreateDirectoryA CreateFileA CreateMutexA CreateProcessA DeleteFileA ExitProcess
        FindClose FindFirstFileA GetCommandLineA GetCurrentProcess GetCurrentProcessId GetDriveTypeA GetFileSize
        GetLastError GetModuleFileNameA GetModuleHandleA GetProcAddress GetSystemTime GetTempPathA GetTickCount
        GetVersion GetWindowsDirectoryA LoadLibraryA MoveFileA OpenProcess ReadFile SetFileAttributesA SetFilePointer
        SetSystemTime TerminateProcess WaitForSingleObject WriteFile
    USER32.dll CreateWindowExA DefWindowProcA DispatchMessageA EnumWindows FindWindowA GetAsyncKeyState GetClassNameA
        GetCursorPos GetDC GetForegroundWindow GetMessageA GetWindowLongA GetWindowRect GetWindowTextA
        GetWindowThreadProcessId IsIconic IsWindow IsWindowVisible MapVirtualKeyA MessageBoxA
        MsgWaitForMultipleObjects PeekMessageA PostMessageA RegisterClassA ReleaseDC SendMessageTimeoutA SetCursorPos
        SetForegroundWindow SetWindowPos SetWindowTextA TranslateMessage keybd_event mouse_event
    WSOCK32.DLL WSAGetLastError WSAStartup closesocket connect ioctlsocket recv select send socket";

/// What a 486 can do, as far as the compiler uses it. A name that is missing here is to be looked up, and added if Intel's
/// manual has it for the 486 or older.
const INSTRUCTIONS: &str = "adc add and bswap bt call cdq cld cmp dec div idiv imul inc ja jae jb jbe je jecxz jg jge jl jle
    jmp jne jno jns jo jp js lea leave loop mov movs movsx movzx mul neg nop not or pop push rcr rep repz ret rol ror sar sbb
    scas seta setae setb setbe sete setg setge setl setle setne setns sets shl shld shr shrd std stos sub test ud2 xchg xor";

fn folder(name: &str) -> PathBuf {
    PathBuf::from(
        std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set; guest/windows/test sets it")),
    )
}

fn executable() -> PathBuf {
    folder("VITRINE_KIT").join("vitrine.exe")
}

/// What objdump says of the program.
fn dump(words: &[&str]) -> String {
    let root = folder("VITRINE_TOOLS").join("root/usr");
    let mut objdump = Command::new(root.join("bin/i686-w64-mingw32-objdump"));
    objdump.env("LD_LIBRARY_PATH", root.join("lib/x86_64-linux-gnu"));
    let output = objdump.args(words).arg(executable()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn windows_95_can_load_it() {
    let size = std::fs::metadata(executable()).unwrap().len();
    assert!(size <= MAX_SIZE, "{size} bytes");
    let text = dump(&["-p"]);
    for (field, value) in [
        ("MajorOSystemVersion", "4"),
        ("MinorOSystemVersion", "0"),
        ("MajorSubsystemVersion", "4"),
        ("MinorSubsystemVersion", "0"),
        ("Subsystem", "00000002"),
        // No feature that Windows 95 does not know, and not the time of the build.
        ("DllCharacteristics", "00000000"),
        ("Time/Date", "Thu"),
    ] {
        let line = text.lines().find(|line| line.starts_with(&format!("{field}\t"))).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some(value), "{line}");
    }
    let known: BTreeSet<&str> = IMPORTS.split_whitespace().collect();
    let mut used = BTreeSet::new();
    for line in text.split("The Import Tables").nth(1).unwrap().lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["DLL", "Name:", library] => used.insert(*library),
            [address, hint, name]
                if u32::from_str_radix(address, 16).is_ok() && hint.parse::<u32>().is_ok() =>
            {
                used.insert(*name)
            }
            _ => continue,
        };
    }
    assert_eq!(used, known);
}

#[test]
#[ignore = "guest/windows/test runs it"]
fn no_instruction_is_newer_than_a_486() {
    let known: BTreeSet<&str> = INSTRUCTIONS.split_whitespace().collect();
    let mut count = 0;
    for line in dump(&["-d", "-M", "intel", "--no-show-raw-insn"]).lines() {
        let Some((_, instruction)) = line.split_once(":\t") else { continue };
        let name = instruction.split_whitespace().next().unwrap();
        assert!(known.contains(name), "{line}");
        // The newer one of several bytes has a place in memory.
        assert!(name != "nop" || instruction.trim() == "nop", "{line}");
        count += 1;
    }
    assert!(count > 1_000, "only {count} instructions found");
}
