//! What comes out of a stream.

use super::Header;
use super::scan::{ends_audit_message, ends_resource};
use crate::ingest::formats::MessageKind;
use crate::ingest::words::Reason;

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
    /// A header, and a text that begins as none of its kind does.
    OtherText,
    /// Longer than the limit.
    TooLong,
    /// The stream ended before LENGTH bytes.
    Cut,
}

/// What stands behind the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// A DICOM or RFC 3881 audit message: XML.
    Audit,
    /// A FHIR resource: JSON, or XML.
    Fhir,
}

impl From<MessageKind> for Text {
    fn from(kind: MessageKind) -> Self {
        match kind {
            MessageKind::DicomAudit => Self::Audit,
            MessageKind::Fhir => Self::Fhir,
        }
    }
}

impl Text {
    /// Whether a text begins like one.
    pub(super) fn begins(self, text: &[u8]) -> bool {
        match text.trim_ascii_start().first() {
            Some(b'<') => true,
            Some(b'{') => self == Self::Fhir,
            _ => false,
        }
    }

    /// Whether a line closes a message.
    pub(super) fn ends(self) -> fn(&[u8]) -> bool {
        match self {
            Self::Audit => ends_audit_message,
            Self::Fhir => |message| ends_audit_message(message) || ends_resource(message),
        }
    }
}

impl Fault {
    /// What people read of it in an import's report.
    #[must_use]
    pub const fn reason(self, kind: MessageKind) -> Reason {
        match (self, kind) {
            (Self::NoHeader, _) => Reason::NoSyslogHeader,
            (Self::BadHeader, _) => Reason::BadSyslogHeader,
            (Self::OtherText, MessageKind::DicomAudit) => Reason::NotXml,
            (Self::OtherText, MessageKind::Fhir) => Reason::NotAnAuditEvent,
            (Self::TooLong, _) => Reason::TooLong,
            (Self::Cut, _) => Reason::CutShort,
        }
    }
}
