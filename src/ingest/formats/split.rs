//! A file of messages, one message at a time and never more than one of them in memory: the elements of an array, the
//! entries of a Bundle, lines, XML documents one after the other, syslog frames. A message that is broken costs itself.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::MessageKind;
use super::syslog::{Decoder, Frame};
use crate::ingest::reader::Metered;
use crate::ingest::rows::Input;
use crate::ingest::words::Reason;

mod json;
mod lines;
mod xml;

pub(super) use json::Values;
pub(super) use lines::Lines;
pub(super) use xml::Documents;

/// The longest message.
pub(super) const ITEM_BYTES: usize = 4 * 1024 * 1024;
/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// One message, or what stands where one should.
#[derive(Debug)]
pub(super) struct Item {
    pub text: Result<Vec<u8>, Reason>,
    /// Of all its bytes, kept or not.
    pub sha256: [u8; 32],
}

/// What splits a file.
pub(super) trait Split: Send {
    /// The next message.
    fn next(&mut self) -> io::Result<Option<Item>>;

    /// What is read.
    fn source(&self) -> &Metered<Input>;
}

/// The part of a file that is looked at.
pub(super) struct Window {
    input: Metered<Input>,
    buffer: Vec<u8>,
    used: usize,
    ended: bool,
}

impl Window {
    pub fn new(input: Metered<Input>) -> Self {
        Self { input, buffer: Vec::new(), used: 0, ended: false }
    }

    pub fn source(&self) -> &Metered<Input> {
        &self.input
    }

    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    pub const fn ended(&self) -> bool {
        self.ended
    }

    pub fn consume(&mut self, length: usize) {
        self.used = (self.used + length).min(self.buffer.len());
    }

    /// Reads on; false at the end of the file.
    pub fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.used);
        self.used = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + PIECE, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
        self.ended = read? == 0;
        Ok(!self.ended)
    }

    /// Reads on until so much is there, or all.
    pub fn want(&mut self, length: usize) -> io::Result<()> {
        while self.rest().len() < length && self.more()? {}
        Ok(())
    }
}

/// Takes the bytes of one message; beyond the limit only their hash.
#[derive(Default)]
pub(super) struct Taken {
    bytes: Vec<u8>,
    hash: Sha256,
    length: usize,
}

impl Taken {
    pub fn add(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len());
        self.hash.update(bytes);
        if self.length <= ITEM_BYTES {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.bytes = Vec::new();
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn item(self) -> Item {
        let text = if self.length > ITEM_BYTES { Err(Reason::TooLong) } else { Ok(self.bytes) };
        Item { text, sha256: self.hash.finalize().into() }
    }

    pub fn refused(self, reason: Reason) -> Item {
        Item { text: Err(reason), sha256: self.hash.finalize().into() }
    }
}

/// Messages in syslog frames.
pub(super) struct Frames {
    window: Window,
    kind: MessageKind,
    decoder: Decoder,
}

impl Frames {
    pub fn new(window: Window, kind: MessageKind) -> Self {
        Self { window, kind, decoder: Decoder::of(kind, ITEM_BYTES) }
    }
}

impl Split for Frames {
    fn next(&mut self) -> io::Result<Option<Item>> {
        loop {
            let ended = self.window.rest().is_empty() && self.window.ended();
            let frame = if ended { self.decoder.finish() } else { self.decoder.next() };
            if let Some(frame) = frame {
                return Ok(Some(item_of(frame, self.kind)));
            }
            if ended {
                return Ok(None);
            }
            if self.window.rest().is_empty() {
                self.window.more()?;
            }
            let length = self.window.rest().len();
            self.decoder.push(self.window.rest());
            self.window.consume(length);
        }
    }

    fn source(&self) -> &Metered<Input> {
        self.window.source()
    }
}

fn item_of(frame: Frame, kind: MessageKind) -> Item {
    match frame {
        Frame::Message(mut message) => {
            let text = message.raw.split_off(message.text_at.min(message.raw.len()));
            Item { text: Ok(text), sha256: message.sha256 }
        }
        Frame::Garbage(garbage) => Item { text: Err(garbage.fault.reason(kind)), sha256: garbage.sha256 },
    }
}
