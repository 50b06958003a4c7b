//! JSON texts one after the other: an object is one, an array's elements are one each, and so are the entries of a Bundle,
//! which is known by its member `entry`. Only brackets and strings are looked at; whether one is JSON its reader says.

use std::io;

use super::{Item, Metered, Split, Taken, Window};
use crate::ingest::rows::Input;
use crate::ingest::words::Reason;

/// The messages of a JSON file.
pub struct Values {
    window: Window,
    /// Arrays and Bundles whose elements are given one by one.
    level: Level,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Array,
    Entries,
    /// After the entries of a Bundle, to its end.
    AfterEntries,
}

/// Where a scan stands within one value.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The last string at depth 1, as far as `entry` goes, and whether a colon came after it.
    word: Vec<u8>,
    named: bool,
}

enum Step {
    On,
    /// The value ends with this byte.
    End,
    /// This byte opens the entries of a Bundle.
    Entries,
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            let closes = byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.in_string = !closes;
            if !closes && self.depth == 1 && self.word.len() < 8 {
                self.word.push(byte);
            }
            return Step::On;
        }
        let named = self.named;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return Step::On,
            b'"' => {
                self.in_string = true;
                self.word.clear();
            }
            b'[' if self.depth == 1 && named && self.word == b"entry" => return Step::Entries,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Step::End;
                }
            }
            _ => {}
        }
        self.named = byte == b':' && self.depth == 1;
        Step::On
    }
}

impl Values {
    pub fn new(window: Window) -> Self {
        Self { window, level: Level::Top }
    }

    /// The first byte of the next value, after what stands between values.
    fn seek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let rest = self.window.rest();
            let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',')).count();
            let found = rest.get(blank).copied();
            self.window.consume(blank);
            if found.is_some() || !self.window.more()? {
                return Ok(found);
            }
        }
    }

    /// An object or an array of an array: none when it turned out to be a Bundle.
    fn nested(&mut self) -> io::Result<Option<Item>> {
        let (mut scan, mut taken) = (Scan::default(), Taken::default());
        loop {
            let mut length = 0;
            let mut step = Step::On;
            for &byte in self.window.rest() {
                length += 1;
                step = scan.step(byte);
                if matches!(step, Step::Entries) && self.level != Level::Top {
                    // a Bundle inside an array is one message
                    scan.depth += 1;
                    step = Step::On;
                }
                if !matches!(step, Step::On) {
                    break;
                }
            }
            taken.add(&self.window.rest()[..length]);
            self.window.consume(length);
            match step {
                Step::End => return Ok(Some(taken.item())),
                Step::Entries => {
                    self.level = Level::Entries;
                    return Ok(None);
                }
                Step::On if !self.window.more()? => return Ok(Some(taken.refused(Reason::CutShort))),
                Step::On => {}
            }
        }
    }

    /// Something that is neither object nor array, up to what could end it.
    fn scalar(&mut self) -> io::Result<Item> {
        let mut taken = Taken::default();
        loop {
            // a bracket that closes nothing is a part of what stands there, not one more thing
            let in_list = self.level != Level::Top;
            let stop = |byte: &u8| matches!(byte, b',' | b'\n' | b'{' | b'[') || *byte == b']' && in_list;
            let skip = usize::from(taken.is_empty());
            let rest = self.window.rest();
            let found = rest.iter().skip(skip).position(stop).map(|at| at + skip);
            let length = found.unwrap_or(rest.len());
            taken.add(&rest[..length]);
            self.window.consume(length);
            if found.is_some() || !self.window.more()? {
                return Ok(taken.refused(Reason::NotJson));
            }
        }
    }

    /// Passes over the members of a Bundle after its entries.
    fn leave(&mut self) -> io::Result<bool> {
        let mut scan = Scan { depth: 1, ..Scan::default() };
        loop {
            let mut length = 0;
            let mut step = Step::On;
            for &byte in self.window.rest() {
                length += 1;
                step = scan.step(byte);
                if !matches!(step, Step::On) {
                    break;
                }
            }
            self.window.consume(length);
            match step {
                Step::End => return Ok(true),
                // a second list of entries is read like the first
                Step::Entries => {
                    self.level = Level::Entries;
                    return Ok(false);
                }
                Step::On if !self.window.more()? => return Ok(true),
                Step::On => {}
            }
        }
    }
}

impl Split for Values {
    fn next(&mut self) -> io::Result<Option<Item>> {
        loop {
            if self.level == Level::AfterEntries && self.leave()? {
                self.level = Level::Top;
            }
            let Some(byte) = self.seek()? else {
                // the list never closed: something is missing
                let cut = std::mem::replace(&mut self.level, Level::Top) != Level::Top;
                return Ok(cut.then(|| Taken::default().refused(Reason::CutShort)));
            };
            match (byte, self.level) {
                (b'[', Level::Top) => {
                    self.window.consume(1);
                    self.level = Level::Array;
                }
                (b']', Level::Array) => {
                    self.window.consume(1);
                    self.level = Level::Top;
                }
                (b']', Level::Entries) => {
                    self.window.consume(1);
                    self.level = Level::AfterEntries;
                }
                (b'{' | b'[', _) => {
                    if let Some(item) = self.nested()? {
                        return Ok(Some(item));
                    }
                }
                _ => return self.scalar().map(Some),
            }
        }
    }

    fn source(&self) -> &Metered<Input> {
        self.window.source()
    }
}
