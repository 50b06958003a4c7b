//! Messages of other systems as access rows: FHIR `AuditEvent` (R4 and R5, JSON and XML, one, many, a Bundle, lines, or in
//! syslog frames) and
//! DICOM/ATNA audit messages (bare XML or in syslog frames). Pure: bytes in, [`Row`]s and [`Reject`]s out, in constant
//! memory, one message of at most 4 MiB at a time.
//!
//! - [`recognise`] says what the beginning of a file is, with a sentence for people when it cannot be taken.
//! - [`open`] reads a file of one [`MessageKind`] through [`Rows`]; what is not such a file is a [`Refusal`].
//! - [`syslog::Decoder`] takes frames out of a connection; a file of what it gave is opened like any other.
//!
//! `Row.line` and `Reject.line` are the message's ordinal in the file, from 1: in NDJSON the line, blank ones not counted.
//! A message about several patients is several rows of one ordinal. `source_event_id` is the event's id and version; for
//! acts that carry an X-Request-Id `request:…`, the same from client and server for one user; otherwise `sha256:…` of what it says, so
//! that a message that is sent again is known. Together with patient and record it identifies a row.
//!
//! A patient's id is the identifier's value, as `oid|id` when the message names the assigning authority in HL7's way. Free
//! text and encoded queries are never kept; words kept beside ours are codes.

use std::collections::VecDeque;
use std::io;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::canonical::{Reject, Row};
use super::reader::Metered;
use super::rows::{Input, Next, Rows};
use super::words::{Field, Reason};
use crate::config::Keys;

mod codes;
mod dicom;
mod event;
mod fhir;
mod network;
mod pairs;
mod people;
mod recognise;
mod split;
pub mod syslog;
mod time;
mod xml;

pub use fhir::Release;
pub use recognise::{Recognised, recognise};

use split::{Documents, Frames, Item, Lines, Split, Values, Window};

/// How much of a file is looked at to recognise it.
pub const HEAD_BYTES: usize = 64 * 1024;

/// What a source's files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKind {
    /// FHIR `AuditEvent`.
    Fhir,
    /// DICOM PS3.15 / RFC 3881 audit messages.
    DicomAudit,
}

/// What a message does not say about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whose wall clock a time without a zone is.
    pub zone: Tz,
    /// Whose accounts the source logs unless a message says otherwise: one of `words::ACTOR_KINDS`.
    pub actor_kind: String,
}

/// A file that is not what its source sends; displays as the sentence for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.sentence())]
pub struct Refusal(pub Recognised);

/// Begins to read a file. Blocks.
///
/// # Errors
/// What the source says when it cannot be read; inside, what the file is instead.
pub fn open(
    input: Input,
    kind: MessageKind,
    settings: Settings,
    keys: &Keys,
) -> io::Result<Result<Box<dyn Rows>, Refusal>> {
    let mut window = Window::new(Metered::new(input));
    window.want(HEAD_BYTES)?;
    // however much came at once: what a file is does not depend on how its bytes come in
    let head = window.rest();
    let head = &head[..head.len().min(HEAD_BYTES)];
    let recognised = recognise(head);
    if !recognised.fits(kind) {
        return Ok(Err(Refusal(recognised)));
    }
    let mark = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let lines = Lines::fit(&head[mark..]);
    let (split, syntax): (Box<dyn Split>, _) = match recognised {
        Recognised::SyslogFrames | Recognised::FhirFrames => (Box::new(Frames::new(window, kind)), Syntax::of(kind)),
        Recognised::DicomAuditXml => (Box::new(Documents::new(skipping(window, mark))), Syntax::Dicom),
        Recognised::FhirXml(_) => (Box::new(Documents::new(skipping(window, mark))), Syntax::FhirXml),
        _ if lines => (Box::new(Lines::new(skipping(window, mark))), Syntax::FhirJson),
        _ => (Box::new(Values::new(skipping(window, mark))), Syntax::FhirJson),
    };
    Ok(Ok(Box::new(Messages::new(split, syntax, settings, keys))))
}

/// Reads syslog frames whose texts are of that kind, whatever the first one looks like.
#[must_use]
pub fn open_frames(input: Input, kind: MessageKind, settings: Settings, keys: &Keys) -> Box<dyn Rows> {
    let split = Box::new(Frames::new(Window::new(Metered::new(input)), kind));
    Box::new(Messages::new(split, Syntax::of(kind), settings, keys))
}

fn skipping(mut window: Window, length: usize) -> Window {
    window.consume(length);
    window
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    FhirJson,
    FhirXml,
    /// One or the other, as each message begins.
    FhirEither,
    Dicom,
}

impl Syntax {
    /// Of texts in frames.
    const fn of(kind: MessageKind) -> Self {
        match kind {
            MessageKind::Fhir => Self::FhirEither,
            MessageKind::DicomAudit => Self::Dicom,
        }
    }

    fn is_xml(self, item: &Item) -> bool {
        let begins = |text: &Vec<u8>| text.trim_ascii_start().starts_with(b"<");
        self == Self::FhirXml || self == Self::FhirEither && item.text.as_ref().is_ok_and(begins)
    }
}

/// The messages of one file.
struct Messages {
    split: Box<dyn Split>,
    syntax: Syntax,
    reader: fhir::Reader,
    ordinal: u64,
    waiting: VecDeque<Next>,
}

impl Messages {
    fn new(split: Box<dyn Split>, syntax: Syntax, settings: Settings, keys: &Keys) -> Self {
        let reader = fhir::Reader { settings, keys: keys.clone(), pairs: pairs::Pairs::default() };
        Self { split, syntax, reader, ordinal: 0, waiting: VecDeque::new() }
    }

    fn read(&mut self, item: &Item, now: DateTime<Utc>) {
        if self.syntax == Syntax::Dicom {
            self.ordinal += 1;
            let rows = dicom::rows(item, &self.reader.settings, &self.reader.keys, self.ordinal, now);
            self.take(rows, item);
            return;
        }
        match fhir::events(item, self.syntax.is_xml(item)) {
            Err(reason) => {
                self.ordinal += 1;
                self.take(Err((None, reason)), item);
            }
            Ok(events) => {
                for event in events {
                    self.ordinal += 1;
                    let rows = self.reader.rows(&event, self.ordinal, now);
                    self.take(rows, item);
                }
            }
        }
    }

    fn take(&mut self, rows: Result<Vec<Row>, (Option<Field>, Reason)>, item: &Item) {
        match rows {
            Ok(rows) => self.waiting.extend(rows.into_iter().map(Next::Row)),
            Err((field, reason)) => {
                let reject = Reject { line: self.ordinal, field, reason, sha256: item.sha256 };
                self.waiting.push_back(Next::Reject(reject));
            }
        }
    }
}

impl Rows for Messages {
    fn next(&mut self, now: DateTime<Utc>) -> io::Result<Next> {
        loop {
            if let Some(next) = self.waiting.pop_front() {
                return Ok(next);
            }
            let Some(item) = self.split.next()? else { return Ok(Next::End) };
            self.read(&item, now);
        }
    }

    fn bytes(&self) -> u64 {
        self.split.source().bytes()
    }

    fn sha256(&self) -> [u8; 32] {
        self.split.source().sha256()
    }
}
