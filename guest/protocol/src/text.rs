//! Texts of bounded length, without allocation.
//!
//! Bytes and not characters: titles and files of old systems come in whatever code page they have.

/// At most `N` bytes. What does not fit is left out.
#[derive(Clone, Copy)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// As much of `bytes` as fits.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = Self::EMPTY;
        text.push(bytes);
        text
    }

    /// Appends as much of `bytes` as fits; false where something was left out.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        let before = self.len;
        self.len = append(&mut self.bytes, before, bytes);
        self.len - before == bytes.len()
    }

    /// Appends a number in decimal.
    pub fn push_number(&mut self, number: u32) -> bool {
        self.push_padded(number, 1)
    }

    /// Appends a number in decimal, with zeros in front up to `width` digits (ten at most).
    pub fn push_padded(&mut self, number: u32, width: usize) -> bool {
        let before = self.len;
        self.len = append_number(&mut self.bytes, before, number, width);
        self.len > before || width == 0
    }

    /// Appends bytes for the query of an address: what is not a letter, a digit or one of `-._~` as `%XX`. A byte
    /// outside of ASCII becomes a question mark, since nobody knows its code page.
    pub fn push_escaped(&mut self, bytes: &[u8]) {
        self.len = append_escaped(&mut self.bytes, self.len, bytes);
    }

    /// What stands there.
    #[must_use]
    #[inline(never)]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }

    /// Whether nothing stands there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The whole room, for a system call that fills it. `filled` says afterwards how much it has filled.
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The first `len` bytes of the room are the text.
    pub fn filled(&mut self, len: usize) {
        self.len = len.min(N);
    }
}

impl<const N: usize> PartialEq for Text<N> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl<const N: usize> Eq for Text<N> {}

impl<const N: usize> core::fmt::Debug for Text<N> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for byte in self.bytes() {
            write!(formatter, "{}", core::ascii::escape_default(*byte))?;
        }
        Ok(())
    }
}

// What does the work is there once, and not once for each length of texts.

/// Appends to the first `len` of `room` as much as fits; how long it is then.
#[inline(never)]
fn append(room: &mut [u8], len: usize, bytes: &[u8]) -> usize {
    let rest = room.get_mut(len..).unwrap_or(&mut []);
    for (place, byte) in rest.iter_mut().zip(bytes) {
        *place = *byte;
    }
    len + rest.len().min(bytes.len())
}

#[inline(never)]
fn append_number(room: &mut [u8], len: usize, number: u32, width: usize) -> usize {
    let mut digits = [b'0'; 10];
    let mut rest = number;
    let mut written = 0;
    for digit in digits.iter_mut().rev() {
        if rest == 0 && written >= width {
            break;
        }
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
    }
    append(room, len, digits.get(10 - written..).unwrap_or(&[]))
}

#[inline(never)]
fn append_escaped(room: &mut [u8], mut len: usize, bytes: &[u8]) -> usize {
    for byte in bytes {
        let coded = [b'%', hex(byte >> 4), hex(byte & 15)];
        let escaped: &[u8] = match *byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                core::slice::from_ref(byte)
            }
            b' ' => b"+",
            0x80..=0xff => b"%3F",
            _ => &coded,
        };
        len = append(room, len, escaped);
    }
    len
}

fn hex(nibble: u8) -> u8 {
    if nibble < 10 {
        b'0' + nibble
    } else {
        b'A' + nibble - 10
    }
}

/// Without blanks, tabs and line ends at both ends.
#[must_use]
#[inline(never)]
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    while let Some((b' ' | b'\t' | b'\r' | b'\n', rest)) = bytes.split_first() {
        bytes = rest;
    }
    while let Some((b' ' | b'\t' | b'\r' | b'\n', rest)) = bytes.split_last() {
        bytes = rest;
    }
    bytes
}

/// What stands before the first `separator`, and after it.
#[must_use]
#[inline(never)]
pub fn split_at(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let place = bytes.iter().position(|byte| *byte == separator)?;
    Some((bytes.get(..place)?, bytes.get(place + 1..)?))
}

/// A decimal number with nothing else; `None` too where it is larger than a `u32`.
#[must_use]
#[inline(never)]
pub fn number(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() {
        return None;
    }
    let mut number = 0_u32;
    for byte in bytes {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
    }
    Some(number)
}

/// What stands behind the last `\`, `/` or `:`: the name of a file in a path.
#[must_use]
#[inline(never)]
pub fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| matches!(byte, b'\\' | b'/' | b':')).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn what_does_not_fit_is_left_out() {
        let mut text = Text::<4>::EMPTY;
        assert!(text.push(b"abc"));
        assert!(!text.push(b"de"));
        assert_eq!(text.bytes(), b"abcd");
        assert!(!text.push(b"f"));
        text.clear();
        assert!(text.is_empty());
    }

    #[test]
    fn addresses_are_escaped() {
        let mut text = Text::<64>::EMPTY;
        text.push_escaped(b"a b&c=\xe4/~");
        assert_eq!(text.bytes(), b"a+b%26c%3D%3F%2F~");
    }

    #[test]
    fn paths_have_names() {
        for (path, name) in [
            (&b"C:\\WORK\\ART.EXE"[..], &b"ART.EXE"[..]),
            (b"art.exe", b"art.exe"),
            (b"d:art.exe", b"art.exe"),
            (b"a/b", b"b"),
            (b"", b""),
        ] {
            assert_eq!(file_name(path), name);
        }
    }

    proptest! {
        #[test]
        fn numbers_go_there_and_back(value: u32, width in 0_usize..=10) {
            let mut text = Text::<10>::EMPTY;
            prop_assert!(text.push_padded(value, width));
            let plain = value.to_string();
            let expected = if value == 0 && width == 0 { std::string::String::new() } else { std::format!("{plain:0>width$}") };
            prop_assert_eq!(text.bytes(), expected.as_bytes());
            if !expected.is_empty() {
                prop_assert_eq!(number(text.bytes()), Some(value));
            }
        }

        #[test]
        fn numbers_are_those_of_std(bytes in prop::collection::vec(prop::sample::select(&b"0123456789 -+x"[..]), 0..14)) {
            let plain = std::str::from_utf8(&bytes).unwrap();
            let expected = if plain.starts_with('+') { None } else { plain.parse::<u32>().ok() };
            prop_assert_eq!(number(&bytes), expected);
        }

        #[test]
        fn nothing_odd_is_left_in_an_address(bytes: std::vec::Vec<u8>) {
            let mut text = Text::<512>::EMPTY;
            text.push_escaped(&bytes);
            prop_assert!(text.bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+%".contains(byte)));
        }
    }
}
