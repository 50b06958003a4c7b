//! Delimited text in UTF-8 as records, in constant memory: byte order mark, CRLF, quoted line breaks, blank lines and
//! trailing separators are tolerated. It splits by itself rather than with the csv crate for one reason: a quotation mark
//! that never closes costs one row and not the rest of the file, and no record can grow without bound.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use sha2::{Digest as _, Sha256};

use super::words::Reason;

/// The longest record, and how many lines a quoted field may span.
const RECORD_BYTES: usize = 256 * 1024;
const RECORD_LINES: usize = 32;

/// One record: its line in the file, its bytes, its fields.
#[derive(Debug, Default)]
pub struct Record {
    line: u64,
    raw: Vec<u8>,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// What comes next in the file.
#[derive(Debug)]
pub enum Next {
    /// A record, in the buffer that was handed in.
    Record,
    /// Bytes that are no record.
    Broken(Broken),
    /// Nothing: the file is at its end.
    End,
}

/// Bytes that are no record: where, why, and their hash.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line, counted from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
    /// Of the bytes without their line end.
    pub sha256: [u8; 32],
}

impl Record {
    /// The line it begins on, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// How many fields it has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// A field's bytes; empty where the record has no such field.
    #[must_use]
    pub fn field(&self, index: usize) -> &[u8] {
        let from = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(index).map_or(&[], |&to| &self.text[from..to])
    }

    /// SHA-256 of the record as it stood in the file.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.raw).into()
    }

    fn split(&mut self, separator: u8) -> bool {
        self.text.clear();
        self.ends.clear();
        let raw = &self.raw;
        let mut at = 0;
        loop {
            let start = at + raw[at..].iter().take_while(|&&byte| byte == b' ').count();
            if raw.get(start) == Some(&b'"') {
                at = start + 1;
                loop {
                    match raw.get(at) {
                        None => return false,
                        Some(b'"') if raw.get(at + 1) == Some(&b'"') => {
                            self.text.push(b'"');
                            at += 2;
                        }
                        Some(b'"') => break,
                        Some(&byte) => {
                            self.text.push(byte);
                            at += 1;
                        }
                    }
                }
                at += 1;
            }
            let stop = raw[at..].iter().position(|&byte| byte == separator).map_or(raw.len(), |found| at + found);
            self.text.extend_from_slice(&raw[at..stop]);
            self.ends.push(self.text.len());
            if stop == raw.len() {
                return true;
            }
            at = stop + 1;
        }
    }
}

/// Reads records one after the other.
pub struct Records<R> {
    input: BufReader<R>,
    separator: u8,
    read: u64,
    pending: VecDeque<Line>,
    /// A line that is too long, met while a quote was open: it comes after what is pending.
    too_long: Option<Broken>,
}

struct Line {
    number: u64,
    bytes: Vec<u8>,
}

impl<R: Read> Records<R> {
    /// From a source that stands at its beginning.
    pub fn new(input: R, separator: u8) -> Self {
        Self {
            input: BufReader::with_capacity(64 * 1024, input),
            separator,
            read: 0,
            pending: VecDeque::new(),
            too_long: None,
        }
    }

    /// The source.
    pub fn source(&self) -> &R {
        self.input.get_ref()
    }

    /// The next record, into `record`. Blank lines, and lines of separators alone, are no records.
    ///
    /// # Errors
    /// What the source says when it cannot be read.
    pub fn next(&mut self, record: &mut Record) -> io::Result<Next> {
        let first = loop {
            match self.line()? {
                None => return Ok(Next::End),
                Some(Err(broken)) => return Ok(Next::Broken(broken)),
                Some(Ok(line)) if line.bytes.iter().all(|&byte| byte == b' ' || byte == self.separator) => {}
                Some(Ok(line)) => break line,
            }
        };
        record.line = first.number;
        record.raw.clear();
        record.raw.extend_from_slice(&first.bytes);
        let mut taken = VecDeque::new();
        while !record.split(self.separator) {
            let next =
                if taken.len() + 1 < RECORD_LINES && record.raw.len() < RECORD_BYTES { self.line()? } else { None };
            let line = match next {
                Some(Ok(line)) => line,
                other => {
                    self.too_long = other.and_then(Result::err);
                    return Ok(self.give_up(&first, taken));
                }
            };
            record.raw.push(b'\n');
            record.raw.extend_from_slice(&line.bytes);
            taken.push_back(line);
        }
        Ok(Next::Record)
    }

    /// Only the first line is given up; what followed it is read again as lines of their own.
    fn give_up(&mut self, first: &Line, mut taken: VecDeque<Line>) -> Next {
        taken.append(&mut self.pending);
        self.pending = taken;
        Next::Broken(broken(first.number, Reason::UnclosedQuote, Sha256::digest(&first.bytes).into()))
    }

    fn line(&mut self) -> io::Result<Option<Result<Line, Broken>>> {
        if let Some(line) = self.pending.pop_front() {
            return Ok(Some(Ok(line)));
        }
        if let Some(broken) = self.too_long.take() {
            return Ok(Some(Err(broken)));
        }
        let mut bytes = Vec::with_capacity(512);
        let limit = RECORD_BYTES as u64 + 2;
        if (&mut self.input).take(limit).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        self.read += 1;
        let number = self.read;
        if number == 1 && bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        } else if bytes.len() as u64 == limit {
            return Ok(Some(Err(broken(number, Reason::TooLong, self.skip_line(&bytes)?))));
        }
        Ok(Some(Ok(Line { number, bytes })))
    }

    /// Passes over the rest of a line that is too long, and hashes all of it.
    fn skip_line(&mut self, begun: &[u8]) -> io::Result<[u8; 32]> {
        let mut hash = Sha256::new();
        hash.update(begun);
        loop {
            let buffer = self.input.fill_buf()?;
            let found = buffer.iter().position(|&byte| byte == b'\n');
            let length = found.unwrap_or(buffer.len());
            hash.update(&buffer[..length]);
            let done = found.is_some() || buffer.is_empty();
            self.input.consume(length + usize::from(found.is_some()));
            if done {
                return Ok(hash.finalize().into());
            }
        }
    }
}

const fn broken(line: u64, reason: Reason, sha256: [u8; 32]) -> Broken {
    Broken { line, reason, sha256 }
}

/// Counts and hashes what passes: progress, and the file's own SHA-256 at its end.
pub struct Metered<R> {
    inner: R,
    bytes: u64,
    hash: Sha256,
}

impl<R> Metered<R> {
    /// Around a source that stands at its beginning.
    pub fn new(inner: R) -> Self {
        Self { inner, bytes: 0, hash: Sha256::new() }
    }

    /// How many bytes have passed.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of what has passed.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.hash.clone().finalize().into()
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.bytes += length as u64;
        self.hash.update(&buffer[..length]);
        Ok(length)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
