//! Where messages begin and end in a run of bytes.

use super::header;

/// More than any beginning of a message that must be seen at once, or any end.
pub(super) const LOOK: usize = 64;
/// A message's first tag stands within so many bytes.
const HEAD: usize = 2048;
/// LENGTH has at most so many digits.
const LENGTH_DIGITS: usize = 9;

/// How a message begins.
pub(super) struct Framed {
    /// Bytes before `<PRI>`.
    pub prefix: usize,
    /// LENGTH.
    pub length: Option<u64>,
}

/// Whether bytes begin with a message, counted or not; none when too few are there to tell.
#[allow(clippy::option_option, reason = "not to tell yet, none, one")]
pub(super) fn begins_framed(bytes: &[u8]) -> Option<Option<Framed>> {
    let digits = bytes.iter().take(LENGTH_DIGITS + 1).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return header::begins(bytes).map(|yes| yes.then_some(Framed { prefix: 0, length: None }));
    }
    if digits > LENGTH_DIGITS || bytes[0] == b'0' {
        return Some(None);
    }
    match bytes.get(digits) {
        None => None,
        Some(b' ') => header::begins(&bytes[digits + 1..]).map(|yes| {
            let length = bytes[..digits].iter().fold(0_u64, |number, byte| number * 10 + u64::from(byte - b'0'));
            yes.then_some(Framed { prefix: digits + 1, length: Some(length) })
        }),
        Some(_) => Some(None),
    }
}

/// Where a message that ends with a line ends: before a line that begins another, after the end of its text, or where the
/// stream ends.
pub(super) fn find_end(bytes: &[u8], ends: fn(&[u8]) -> bool, searched: &mut usize, ended: bool) -> Option<usize> {
    while let Some(found) = bytes.get(*searched..)?.iter().position(|&byte| byte == b'\n') {
        let at = *searched + found;
        if ends(&bytes[..at]) {
            return Some(at);
        }
        match begins_framed(&bytes[at + 1..]) {
            Some(Some(_)) => return Some(at),
            None if !ended => {
                *searched = at;
                return None;
            }
            _ => *searched = at + 1,
        }
    }
    *searched = bytes.len();
    ended.then_some(bytes.len())
}

/// Whether a line closes an audit message; a few blanks may follow, no more than is kept of a message that is passed over.
pub(super) fn ends_audit_message(message: &[u8]) -> bool {
    let message = without_blanks(message);
    message.ends_with(b"</AuditMessage>") || message.ends_with(b"<AuditMessage/>")
}

/// Whether a line closes a FHIR resource: JSON on one line, or with its last brace in a line's first column; XML with the
/// tag of its root. To be asked of a message from its beginning.
pub(super) fn ends_resource(message: &[u8]) -> bool {
    let message = without_blanks(message);
    if message.ends_with(b"\n}") {
        return true;
    }
    if message.ends_with(b"}") {
        return !message.contains(&b'\n');
    }
    let bundle = || message[..message.len().min(HEAD)].windows(8).any(|tag| tag == b"<Bundle ");
    message.ends_with(b"</Bundle>") || message.ends_with(b"</AuditEvent>") && !bundle()
}

fn without_blanks(message: &[u8]) -> &[u8] {
    let blank = message.iter().rev().take(8).take_while(|byte| byte.is_ascii_whitespace()).count();
    &message[..message.len() - blank]
}

/// Where bytes that are no message end: before one that begins a line or is counted.
pub(super) fn find_header(bytes: &[u8], searched: &mut usize, at_start: bool, ended: bool) -> Option<usize> {
    while let Some(found) = bytes.get(*searched..)?.iter().position(|&byte| byte == b'<') {
        let at = *searched + found;
        match header::begins(&bytes[at..]) {
            Some(true) => {
                let before = &bytes[..at];
                let digits = before.strip_suffix(b" ").map_or(0, |before| {
                    before.iter().rev().take(LENGTH_DIGITS).take_while(|byte| byte.is_ascii_digit()).count()
                });
                let counted = digits > 0 && bytes[at - 1 - digits] != b'0';
                let line = matches!(before.last(), Some(b'\n' | b'\r' | 0));
                let start = if counted { at - 1 - digits } else { at };
                if (counted || line) && !(at_start && start == 0) {
                    return Some(start);
                }
                *searched = at + 1;
            }
            None if !ended => {
                *searched = at;
                return None;
            }
            _ => *searched = at + 1,
        }
    }
    *searched = bytes.len();
    ended.then_some(bytes.len())
}
