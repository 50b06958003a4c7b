//! RFC 5424 messages out of a stream of bytes, from a file or a connection, in bounded memory. Two framings, told apart
//! message by message: octet counting (RFC 5425), where LENGTH counts bytes, a byte order mark among them; and line ends,
//! where a message may have line breaks of its own, so that it ends with its last tag or brace, or before a line that
//! starts with `<PRI>1 `.
//! What comes out does not depend on the chunks that went in.
//!
//! ```
//! use hipaa_auditor::ingest::formats::syslog::{Decoder, Frame};
//!
//! let mut decoder = Decoder::default();
//! decoder.push(b"<85>1 2026-11-22T02:14:09Z pacs app 9293 IHE+RFC-3881 - <AuditMessage/>\n");
//! let Some(Frame::Message(message)) = decoder.next() else { panic!("a message") };
//! assert_eq!((message.header.host.as_deref(), message.body()), (Some("pacs"), b"<AuditMessage/>".as_slice()));
//! assert!(decoder.next().is_none() && decoder.finish().is_none());
//! ```

use sha2::{Digest as _, Sha256};

mod frame;
mod header;
mod scan;
#[cfg(test)]
#[path = "syslog/tests.rs"]
mod tests;

pub use frame::{Fault, Frame, Garbage, Message, Text};
pub use header::Header;

use scan::{Framed, LOOK, begins_framed, ends_audit_message, find_end, find_header};

use super::MessageKind;

/// The text of the message that a stream begins with, as far as it is there.
pub(super) fn first_text(stream: &[u8]) -> Option<&[u8]> {
    let message = &stream[begins_framed(stream)??.prefix..];
    Some(&message[Header::parse(message)?.1..])
}

/// The longest message unless said otherwise.
pub const MESSAGE_BYTES: usize = 1024 * 1024;

/// Takes bytes, gives frames. After a `push`, call `next` until it gives none: only then is memory bounded.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    text: Text,
    buffer: Vec<u8>,
    /// How much of the buffer is used up.
    used: usize,
    /// Of the first byte that is not used up.
    offset: u64,
    state: State,
    ended: bool,
}

#[derive(Debug)]
enum State {
    Between,
    /// A message of so many bytes.
    Counted(u64),
    /// A message that ends with a line; so much of it has been searched for its end.
    Lines(usize),
    /// Passing over bytes of which only the hash is kept.
    Passing(Box<Passing>),
}

#[derive(Debug)]
struct Passing {
    fault: Fault,
    hash: Sha256,
    offset: u64,
    length: u64,
    until: Until,
    searched: usize,
}

#[derive(Debug, Clone, Copy)]
enum Until {
    Bytes(u64),
    Line,
    AnyHeader,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(MESSAGE_BYTES)
    }
}

impl Decoder {
    /// With a limit on the bytes of one message.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        let limit = limit.max(LOOK);
        Self { limit, text: Text::Audit, buffer: Vec::new(), used: 0, offset: 0, state: State::Between, ended: false }
    }

    /// For messages whose text is of that kind.
    #[must_use]
    pub fn of(kind: MessageKind, limit: usize) -> Self {
        Self { text: kind.into(), ..Self::with_limit(limit) }
    }

    /// More bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, if all of it is there.
    #[allow(clippy::should_implement_trait, reason = "none means not yet, rather than never again")]
    pub fn next(&mut self) -> Option<Frame> {
        loop {
            let state = std::mem::replace(&mut self.state, State::Between);
            let (state, frame, stuck) = match state {
                State::Between => self.between(),
                State::Counted(length) => self.counted(length),
                State::Lines(searched) => self.lines(searched),
                State::Passing(passing) => self.pass(passing),
            };
            self.state = state;
            if frame.is_some() || stuck {
                return frame;
            }
        }
    }

    /// The next frame when no more bytes will come. Call until it gives none.
    pub fn finish(&mut self) -> Option<Frame> {
        self.ended = true;
        self.next()
    }

    /// Whether a message has begun and not ended.
    pub(super) const fn in_message(&self) -> bool {
        matches!(self.state, State::Counted(_) | State::Lines(_))
            || matches!(&self.state, State::Passing(passing) if !matches!(passing.until, Until::AnyHeader))
    }

    /// Whether bytes were pushed that no frame has come of yet.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.in_message() || matches!(self.state, State::Passing(_)) || !self.rest().is_empty()
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    fn consume(&mut self, length: usize) {
        self.used += length;
        self.offset += length as u64;
    }

    fn passing(&self, fault: Fault, until: Until) -> State {
        let hash = Sha256::new();
        State::Passing(Box::new(Passing { fault, hash, offset: self.offset, length: 0, until, searched: 0 }))
    }

    fn between(&mut self) -> (State, Option<Frame>, bool) {
        let blank = self.rest().iter().take_while(|byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | 0)).count();
        self.consume(blank);
        let rest = self.rest();
        let wait = (State::Between, None, true);
        if rest.is_empty() {
            return wait;
        }
        if self.offset == 0 && b"\xEF\xBB\xBF".starts_with(&rest[..rest.len().min(3)]) {
            if rest.len() >= 3 {
                self.consume(3);
                return (State::Between, None, false);
            }
            if !self.ended {
                return wait;
            }
        }
        match begins_framed(rest) {
            Some(Some(Framed { prefix, length: Some(length) })) => {
                self.consume(prefix);
                (State::Counted(length), None, false)
            }
            Some(Some(_)) => (State::Lines(0), None, false),
            None if !self.ended => wait,
            _ => (self.passing(Fault::NoHeader, Until::AnyHeader), None, false),
        }
    }

    fn counted(&mut self, length: u64) -> (State, Option<Frame>, bool) {
        let Some(bytes) = usize::try_from(length).ok().filter(|bytes| *bytes <= self.limit) else {
            return (self.passing(Fault::TooLong, Until::Bytes(length)), None, false);
        };
        if self.rest().len() >= bytes {
            return (State::Between, Some(self.frame(bytes)), false);
        }
        if self.ended {
            return (self.passing(Fault::Cut, Until::Bytes(length)), None, false);
        }
        (State::Counted(length), None, true)
    }

    fn lines(&mut self, mut searched: usize) -> (State, Option<Frame>, bool) {
        let end = find_end(self.rest(), self.text.ends(), &mut searched, self.ended);
        if end.unwrap_or(searched) > self.limit {
            return (self.passing(Fault::TooLong, Until::Line), None, false);
        }
        match end {
            Some(end) => (State::Between, Some(self.frame(end)), false),
            None => (State::Lines(searched), None, true),
        }
    }

    /// The message in the first `length` bytes.
    fn frame(&mut self, length: usize) -> Frame {
        let offset = self.offset;
        let mut raw = self.rest()[..length].to_vec();
        self.consume(length);
        while matches!(raw.last(), Some(b'\n' | b'\r' | 0)) {
            raw.pop();
        }
        let sha256 = Sha256::digest(&raw).into();
        let garbage = |fault| Frame::Garbage(Garbage { fault, sha256, offset, length: length as u64 });
        match Header::parse(&raw) {
            None => garbage(Fault::BadHeader),
            Some((_, at)) if !self.text.begins(&raw[at..]) => garbage(Fault::OtherText),
            Some((header, text_at)) => Frame::Message(Message { header, raw, text_at, sha256, offset }),
        }
    }

    fn pass(&mut self, mut passing: Box<Passing>) -> (State, Option<Frame>, bool) {
        let have = self.rest().len();
        let (take, done) = match passing.until {
            Until::Bytes(length) => {
                let left = usize::try_from(length - passing.length).unwrap_or(usize::MAX);
                (left.min(have), left <= have || self.ended)
            }
            Until::Line => match find_end(self.rest(), ends_audit_message, &mut passing.searched, self.ended) {
                Some(end) => (end, true),
                None => (have.saturating_sub(LOOK), false),
            },
            Until::AnyHeader => {
                // reported in pieces, so that a connection that never says anything else is seen
                let left = usize::try_from(self.limit as u64 - passing.length).unwrap_or(0);
                match find_header(self.rest(), &mut passing.searched, passing.length == 0, self.ended) {
                    Some(at) if at <= left => (at, true),
                    Some(_) => (left, true),
                    None if have.saturating_sub(LOOK) >= left => (left, true),
                    None => (have.saturating_sub(LOOK), false),
                }
            }
        };
        let (used, taken) = (self.used, take as u64);
        passing.hash.update(&self.buffer[used..used + take]);
        passing.length += taken;
        passing.searched = passing.searched.saturating_sub(take);
        self.consume(take);
        if !done {
            return (State::Passing(passing), None, true);
        }
        let Passing { fault, hash, offset, length, .. } = *passing;
        let sha256 = hash.finalize().into();
        (State::Between, Some(Frame::Garbage(Garbage { fault, sha256, offset, length })), false)
    }
}
