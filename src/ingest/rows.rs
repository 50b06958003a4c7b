//! One file of access rows, whatever its format: the import asks for the next row and knows nothing of separators, JSON or
//! XML. A format is recognised and refused here, before its first row.

use std::io::{self, Read};

use chrono::{DateTime, Utc};

use super::canonical::{Plan, Reject, Row};
use super::encoding::Decoded;
use super::formats::{self, Recognised};
use super::header::{Header, HeaderProblem};
use super::mapping::Spec;
use super::reader::{self, Metered, Record, Records};
use crate::config::Keys;

/// Anything that can be read once from its beginning.
pub type Input = Box<dyn Read + Send>;

/// What comes next out of a file.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time, passed on at once")]
pub enum Next {
    /// An access.
    Row(Row),
    /// Something that is not accepted, and why.
    Reject(Reject),
    /// Nothing more.
    End,
}

/// A file that is being read, in constant memory.
pub trait Rows: Send {
    /// The next row or reject. Blocks.
    ///
    /// # Errors
    /// What the source says when it breaks off.
    fn next(&mut self, now: DateTime<Utc>) -> io::Result<Next>;

    /// Bytes read so far.
    fn bytes(&self) -> u64;

    /// SHA-256 of what was read so far.
    fn sha256(&self) -> [u8; 32];
}

/// A file that fits its mapping.
pub struct Opened(Box<dyn Rows>);

impl Opened {
    /// Reads as far as it takes to know that the file fits its mapping. Blocks.
    ///
    /// # Errors
    /// What the source says when it cannot be read; inside, what is wrong with the header.
    pub fn new(input: Input, spec: &Spec, keys: &Keys) -> io::Result<Result<Self, HeaderProblem>> {
        if let Some(kind) = spec.kind.messages() {
            let opened = formats::open(input, kind, spec.of_messages(), keys)?;
            return Ok(opened.map(Self).map_err(|refusal| HeaderProblem::OtherKind(refusal.0.sentence())));
        }
        let input = match text(input)? {
            Ok(input) => input,
            Err(problem) => return Ok(Err(problem)),
        };
        let mut records = records(input, spec);
        let header = Header::read(&mut records)?;
        Ok(header
            .and_then(|header| Plan::new(&header, spec, keys))
            .map(|plan| Self(Box::new(Delimited { records, plan, record: Record::default() }))))
    }

    /// Rows that another format reads.
    #[must_use]
    pub fn of(rows: Box<dyn Rows>) -> Self {
        Self(rows)
    }

    /// The rows.
    #[must_use]
    pub fn into_rows(self) -> Box<dyn Rows> {
        self.0
    }
}

/// A file that is no workbook, archive or document; whether it has the right columns is another question.
///
/// # Errors
/// What the source says when it cannot be read; inside, what the file is instead.
pub fn text(mut input: Input) -> io::Result<Result<Input, HeaderProblem>> {
    let mut head = Vec::new();
    (&mut input).take(formats::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(match formats::recognise(&head) {
        other @ (Recognised::Workbook
        | Recognised::OfficeDocument
        | Recognised::Zip
        | Recognised::Compressed
        | Recognised::Pdf
        | Recognised::WebPage
        | Recognised::FhirJson(_)
        | Recognised::FhirXml(_)
        | Recognised::OtherFhir
        | Recognised::DicomAuditXml
        | Recognised::SyslogFrames
        | Recognised::FhirFrames
        | Recognised::Xapi
        | Recognised::Hl7v2) => Err(HeaderProblem::OtherKind(other.sentence())),
        _ => Ok(Box::new(io::Cursor::new(head).chain(input))),
    })
}

/// The records of a delimited file, decoded, counted and hashed as it stands on disk.
pub type FileRecords = Records<Decoded<Metered<Input>>>;

/// Opens delimited text as a mapping says.
#[must_use]
pub fn records(input: Input, spec: &Spec) -> FileRecords {
    Records::new(Decoded::new(Metered::new(input), spec.encoding), spec.separator.byte())
}

/// Delimited text under a mapping.
struct Delimited {
    records: FileRecords,
    plan: Plan,
    record: Record,
}

impl Rows for Delimited {
    fn next(&mut self, now: DateTime<Utc>) -> io::Result<Next> {
        Ok(match self.records.next(&mut self.record)? {
            reader::Next::End => Next::End,
            reader::Next::Broken(broken) => {
                Next::Reject(Reject { line: broken.line, field: None, reason: broken.reason, sha256: broken.sha256 })
            }
            reader::Next::Record => match self.plan.row(&self.record, now) {
                Ok(row) => Next::Row(row),
                Err((field, reason)) => {
                    Next::Reject(Reject { line: self.record.line(), field, reason, sha256: self.record.sha256() })
                }
            },
        })
    }

    fn bytes(&self) -> u64 {
        self.records.source().inner().bytes()
    }

    fn sha256(&self) -> [u8; 32] {
        self.records.source().inner().sha256()
    }
}
