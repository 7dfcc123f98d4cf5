//! Requests to the host and its answers: HTTP/1.0, a connection for each, so that nothing is chunked and the end is
//! the end.

use crate::settings::Host;
use crate::text::{number, split_at, trim, Text};

/// Room for a request.
pub const MAX_REQUEST: usize = 1024;

/// Room for an answer. What lies beyond is not read, and the host's answers to guests are shorter.
pub const MAX_ANSWER: usize = 4096;

/// How long connecting, sending and the answer may take together, in milliseconds. A restored snapshot leaves
/// connections behind that never end by themselves.
pub const TIMEOUT: u32 = 2_000;

/// How a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something: the host takes it from guests that it does not know by their address, too.
    Post,
}

/// Writes a request. `path` is what stands behind `/api/v1` or the exhibit's name, with its query; `agent` says who
/// asks, and on which system.
#[inline(never)]
pub fn write(request: &mut Text<MAX_REQUEST>, method: Method, host: &Host, path: &[u8], agent: &[u8]) {
    request.clear();
    request.push(if method == Method::Get { b"GET " } else { b"POST " });
    request.push(b"/api/v1");
    if !host.exhibit.is_empty() {
        request.push(b"/exhibits/");
        request.push(host.exhibit.bytes());
    }
    request.push(path);
    request.push(b" HTTP/1.0\r\nHost: ");
    push_address(request, host.address);
    request.push(b":");
    request.push_number(u32::from(host.port));
    request.push(b"\r\nUser-Agent: ");
    request.push(agent);
    if method == Method::Post {
        request.push(b"\r\nContent-Length: 0");
    }
    request.push(b"\r\nConnection: close\r\n\r\n");
}

/// Appends an address in its usual form.
pub fn push_address<const N: usize>(text: &mut Text<N>, address: [u8; 4]) {
    for (index, part) in address.iter().enumerate() {
        if index > 0 {
            text.push(b".");
        }
        text.push_number(u32::from(*part));
    }
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// 200 and the like.
    pub status: u16,
    /// What follows the head; cut off where there was no more room.
    pub body: &'a [u8],
}

/// What has come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Not all of it.
    Part,
    /// All of it.
    Whole(Answer<'a>),
    /// That is no HTTP, or ended in the middle of the head.
    Nonsense,
}

/// Reads what has come; `ended` says that nothing will follow, or that there is no more room.
#[must_use]
#[inline(never)]
pub fn read(received: &[u8], ended: bool) -> Progress<'_> {
    let begun = received.len().min(5);
    if received.get(..begun) != b"HTTP/".get(..begun) {
        return Progress::Nonsense;
    }
    let (head, body) = match head_and_body(received) {
        Some(parts) => parts,
        None if ended => return Progress::Nonsense,
        None => return Progress::Part,
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or(&[]);
    let status = split_at(first, b' ').and_then(|(_, rest)| number(rest.get(..3)?));
    let status = match status {
        Some(status) => status as u16,
        None => return Progress::Nonsense,
    };
    let length = lines.find_map(|line| {
        let (name, value) = split_at(line, b':')?;
        name.eq_ignore_ascii_case(b"content-length").then(|| number(trim(value)))?
    });
    match length {
        Some(length) if body.len() >= length as usize => {
            Progress::Whole(Answer { status, body: body.get(..length as usize).unwrap_or(body) })
        }
        _ if ended => Progress::Whole(Answer { status, body }),
        _ => Progress::Part,
    }
}

fn head_and_body(received: &[u8]) -> Option<(&[u8], &[u8])> {
    let place = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    Some((received.get(..place)?, received.get(place + 4..)?))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::settings::Settings;
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn requests() {
        let mut host = Settings::defaults().host;
        let mut request = Text::EMPTY;
        write(&mut request, Method::Post, &host, b"/heartbeat?status=ok", b"kit/1 (test)");
        let expected = "POST /api/v1/heartbeat?status=ok HTTP/1.0\r\nHost: 192.168.122.1:8000\r\nUser-Agent: kit/1 (test)\r\n\
            Content-Length: 0\r\nConnection: close\r\n\r\n";
        assert_eq!(request.bytes(), expected.as_bytes());
        host.exhibit = Text::of(b"eden-garden");
        host.address = [10, 0, 2, 2];
        host.port = 80;
        write(&mut request, Method::Get, &host, b"/poll/door", b"k");
        let expected =
            "GET /api/v1/exhibits/eden-garden/poll/door HTTP/1.0\r\nHost: 10.0.2.2:80\r\nUser-Agent: k\r\n\
            Connection: close\r\n\r\n";
        assert_eq!(request.bytes(), expected.as_bytes());
    }

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nCONTENT-LENGTH:  5 \r\n\r\nhello";

    #[test]
    fn answers() {
        let hello = Progress::Whole(Answer { status: 200, body: b"hello" });
        let rows: &[(&[u8], bool, Progress<'_>)] = &[
            (ANSWER, false, hello),
            (
                b"HTTP/1.0 404 Not Found\r\n\r\nhello",
                true,
                Progress::Whole(Answer { status: 404, body: b"hello" }),
            ),
            (b"HTTP/1.0 404 Not Found\r\n\r\nhello", false, Progress::Part),
            (
                b"HTTP/1.1 204\r\nContent-Length: 0\r\n\r\n",
                false,
                Progress::Whole(Answer { status: 204, body: b"" }),
            ),
            (b"", false, Progress::Part),
            (b"", true, Progress::Nonsense),
            (b"HT", false, Progress::Part),
            (b"HTTP/1.1 200 OK\r\nContent-Le", true, Progress::Nonsense),
            (b"SSH-2.0-x\r\n", false, Progress::Nonsense),
            (b"HTTP/1.1 abc\r\n\r\n", true, Progress::Nonsense),
            (b"HTTP/1.1\r\n\r\n", true, Progress::Nonsense),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", true, hello),
        ];
        for (received, ended, expected) in rows {
            assert_eq!(
                read(received, *ended),
                *expected,
                "{:?}",
                std::string::String::from_utf8_lossy(received)
            );
        }
    }

    proptest! {
        #[test]
        fn an_answer_in_pieces_is_whole_at_its_end_only(cut in 0_usize..ANSWER.len()) {
            prop_assert_eq!(read(&ANSWER[..cut], false), Progress::Part);
        }

        #[test]
        fn nothing_is_too_odd(bytes: Vec<u8>, ended: bool) {
            let _ = read(&bytes, ended);
            let mut framed = b"HTTP/1.1 200 OK\r\n".to_vec();
            framed.extend(bytes);
            let _ = read(&framed, ended);
        }
    }
}
