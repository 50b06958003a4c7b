//! The header of an RFC 5424 message. Only what says where a message comes from is kept; structured data is passed over.

use chrono::{DateTime, FixedOffset};

/// The longest word of a header, as RFC 5424 has it for host names.
const WORD_BYTES: usize = 255;

/// What stands before the message itself. `-` is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// 10 for security messages.
    pub facility: u8,
    /// 5 for a notice.
    pub severity: u8,
    /// When it was sent: not when the access happened, which the message says.
    pub sent: Option<DateTime<FixedOffset>>,
    /// The machine.
    pub host: Option<String>,
    /// The program.
    pub app: Option<String>,
    /// Its process.
    pub procid: Option<String>,
    /// The kind of message, such as `IHE+RFC-3881`.
    pub msgid: Option<String>,
}

/// Whether bytes begin with `<PRI>1 `; none when too few are there to tell.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    match priority(bytes) {
        Some(Ok((_, length))) => {
            let rest = &bytes[length..];
            if rest.len() < 2 && b"1 ".starts_with(rest) { None } else { Some(rest.starts_with(b"1 ")) }
        }
        Some(Err(())) => Some(false),
        None => None,
    }
}

/// `<PRI>`: its number and how long it is.
fn priority(bytes: &[u8]) -> Option<Result<(u8, usize), ()>> {
    let (first, rest) = bytes.split_first()?;
    if *first != b'<' {
        return Some(Err(()));
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 3 || (digits == 0 && !rest.is_empty()) {
        return Some(Err(()));
    }
    match rest.get(digits) {
        None => None,
        Some(b'>') => {
            let number = rest[..digits].iter().fold(0_u16, |number, byte| number * 10 + u16::from(byte - b'0'));
            Some(u8::try_from(number).ok().filter(|number| *number <= 191).map(|number| (number, digits + 2)).ok_or(()))
        }
        Some(_) => Some(Err(())),
    }
}

impl Header {
    /// The header of a message and where its text begins; a byte order mark before the text is passed over.
    pub(super) fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let (priority, mut at) = priority(bytes)?.ok()?;
        if !bytes[at..].starts_with(b"1 ") {
            return None;
        }
        at += 2;
        let mut word = || {
            let length = bytes[at..].iter().position(|&byte| byte == b' ')?;
            let text = &bytes[at..at + length];
            if length == 0 || length > WORD_BYTES || !text.iter().all(u8::is_ascii_graphic) {
                return None;
            }
            at += length + 1;
            Some((text != b"-").then(|| String::from_utf8_lossy(text).into_owned()))
        };
        let (sent, host, app, procid, msgid) = (word()?, word()?, word()?, word()?, word()?);
        at += structured_data(&bytes[at..])?;
        if bytes.get(at) == Some(&b' ') {
            at += 1;
        } else if at < bytes.len() {
            return None;
        }
        if bytes[at..].starts_with(b"\xEF\xBB\xBF") {
            at += 3;
        }
        let sent = sent.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        Some((Self { facility: priority >> 3, severity: priority & 7, sent, host, app, procid, msgid }, at))
    }
}

/// How long the structured data is: `-`, or `[…]` with `\]` in quoted values.
fn structured_data(bytes: &[u8]) -> Option<usize> {
    if bytes.first() == Some(&b'-') {
        return Some(1);
    }
    let mut at = 0;
    while bytes.get(at) == Some(&b'[') {
        let mut quoted = false;
        loop {
            at += 1;
            match *bytes.get(at)? {
                b'\\' if quoted => at += 1,
                b'"' => quoted = !quoted,
                b']' if !quoted => break,
                _ => {}
            }
        }
        at += 1;
    }
    (at > 0).then_some(at)
}
