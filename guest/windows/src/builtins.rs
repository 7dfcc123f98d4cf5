//! What the compiler calls for copying and comparing memory. There is no C runtime that would have it.

#![feature(compiler_builtins, no_core, lang_items)]
#![compiler_builtins]
#![no_std]
#![allow(missing_docs, clippy::missing_safety_doc)]

use core::arch::{asm, global_asm};

#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // The compiler keeps ESI for itself.
    asm!("xchg esi, {from}", "rep movsb", "xchg esi, {from}", from = inout(reg) from => _,
        inout("ecx") len => _, inout("edi") to => _, options(nostack, preserves_flags));
    to
}

#[no_mangle]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= len {
        return memcpy(to, from, len);
    }
    asm!("xchg esi, {from}", "std", "rep movsb", "cld", "xchg esi, {from}",
        from = inout(reg) from.wrapping_add(len).wrapping_sub(1) => _,
        inout("ecx") len => _, inout("edi") to.wrapping_add(len).wrapping_sub(1) => _, options(nostack));
    to
}

#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    asm!("rep stosb", inout("ecx") len => _, inout("edi") to => _, in("al") byte as u8, options(nostack, preserves_flags));
    to
}

#[no_mangle]
pub unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, len: usize) -> i32 {
    let mut place = 0;
    while place < len {
        let (a, b) = (*one.add(place), *other.add(place));
        if a != b {
            return i32::from(a) - i32::from(b);
        }
        place += 1;
    }
    0
}

#[no_mangle]
pub unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, len: usize) -> i32 {
    memcmp(one, other, len)
}

#[no_mangle]
pub unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut len = 0;
    while *text.add(len) != 0 {
        len += 1;
    }
    len
}

// A function with more than a page of variables has its pages touched in order, so that Windows gives it each: EAX is
// how many bytes it takes, and the stack pointer goes down by that.
global_asm!(
    ".globl __alloca",
    ".globl ___chkstk_ms",
    "__alloca:",
    "push ecx",
    "lea ecx, [esp + 8]",
    "2: cmp eax, 4096",
    "jb 3f",
    "sub ecx, 4096",
    "or dword ptr [ecx], 0",
    "sub eax, 4096",
    "jmp 2b",
    "3: sub ecx, eax",
    "or dword ptr [ecx], 0",
    "mov eax, esp",
    "mov esp, ecx",
    "mov ecx, [eax]",
    "mov eax, [eax + 4]",
    "push eax",
    "ret",
    "___chkstk_ms:",
    "push ecx",
    "push eax",
    "lea ecx, [esp + 12]",
    "4: cmp eax, 4096",
    "jb 5f",
    "sub ecx, 4096",
    "or dword ptr [ecx], 0",
    "sub eax, 4096",
    "jmp 4b",
    "5: sub ecx, eax",
    "or dword ptr [ecx], 0",
    "pop eax",
    "pop ecx",
    "ret",
);
