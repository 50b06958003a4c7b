//! A sample before it has a mapping: what it says of itself, and what stands in one of its columns.

use std::io;

use crate::ingest::encoding::{Decoded, Encoding};
use crate::ingest::header::{Header, HeaderProblem};
use crate::ingest::layout::Layout;
use crate::ingest::mapping::{Separator, Spec};
use crate::ingest::reader::{Next, Record};
use crate::ingest::rows::{self, Input};
use crate::ingest::text::FIELD_CHARS;
use crate::ingest::words::Field;

/// What a sample says of itself before any mapping: its header, its encoding and its separator.
///
/// # Errors
/// What the source says when it cannot be read; inside, that it has no header.
pub fn look(head: &[u8], spec: &mut Spec) -> io::Result<Result<Header, HeaderProblem>> {
    spec.encoding = Encoding::guess(head);
    let mut text = Vec::new();
    io::Read::read_to_end(&mut Decoded::new(head, spec.encoding), &mut text)?;
    let line = text.split(|&byte| byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    spec.separator = Separator::guess(&String::from_utf8_lossy(line));
    Header::read(&mut rows::records(Box::new(io::Cursor::new(head.to_vec())), spec))
}

/// The texts of one field in a sample's first rows, to find the notation that reads them all.
///
/// # Errors
/// What the source says when it cannot be read.
pub fn texts(input: Input, spec: &Spec, field: Field) -> io::Result<Vec<String>> {
    let mut records = rows::records(input, spec);
    let Ok(header) = Header::read(&mut records)? else { return Ok(Vec::new()) };
    let Ok(layout) = Layout::new(&header, spec) else { return Ok(Vec::new()) };
    let (mut record, mut texts) = (Record::default(), Vec::new());
    while texts.len() < 200 {
        match records.next(&mut record)? {
            Next::End => break,
            Next::Broken(_) => {}
            Next::Record => texts.extend(layout.text(&record, field, FIELD_CHARS).ok().flatten()),
        }
    }
    Ok(texts)
}
