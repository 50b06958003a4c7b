//! What comes out of a stream.

use super::Header;

/// What comes out of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A message with a header.
    Message(Message),
    /// Bytes that are none; they are not kept.
    Garbage(Garbage),
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What stands before its text.
    pub header: Header,
    /// Header and text as they came, without LENGTH and without the line end.
    pub raw: Vec<u8>,
    /// Where in `raw` the text begins.
    pub text_at: usize,
    /// Of `raw`: a message that is sent again has the same.
    pub sha256: [u8; 32],
    /// Of the first byte of `raw` in the stream.
    pub offset: u64,
}

impl Message {
    /// The text, without a byte order mark.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.raw.get(self.text_at..).unwrap_or_default()
    }
}

/// Bytes that are no message: why, where, and their hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Garbage {
    /// Why.
    pub fault: Fault,
    /// Of these bytes.
    pub sha256: [u8; 32],
    /// Of the first byte in the stream.
    pub offset: u64,
    /// How many.
    pub length: u64,
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing that begins like a message.
    NoHeader,
    /// It begins like one, and then does not go on like one.
    BadHeader,
    /// A header without a text that begins like XML.
    NotXml,
    /// Longer than the limit.
    TooLong,
    /// The stream ended before LENGTH bytes.
    Cut,
}
