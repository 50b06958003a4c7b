//! XML documents one after the other, bare or wrapped in something else: what counts is where an audit message begins and
//! ends. Comments, CDATA, instructions and DOCTYPE are passed over, not read.

use std::io;

use super::{ITEM_BYTES, Item, Metered, Split, Taken, Window};
use crate::ingest::rows::Input;
use crate::ingest::words::Reason;

/// The messages of an XML file.
pub struct Documents {
    window: Window,
    /// Inside a message: the local name of its element.
    open: Option<Vec<u8>>,
    item: Taken,
    /// What stands outside of messages.
    stray: Taken,
    /// Whether that is more than blanks and wrappers.
    strange: bool,
    wrapped: Wrapped,
    /// The last XML declaration, which may name an encoding.
    declared: Vec<u8>,
}

#[derive(Default)]
struct Wrapped {
    depth: usize,
    /// At what depth a FHIR Bundle's `resource` is open.
    resource: Option<usize>,
    /// Whether the wrapper held a message.
    held: bool,
}

/// One piece of markup.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Text,
    Open {
        name: &'a [u8],
        empty: bool,
    },
    Close {
        name: &'a [u8],
    },
    Declaration,
    /// A comment, CDATA, an instruction, DOCTYPE.
    Passed,
}

impl Documents {
    pub fn new(window: Window) -> Self {
        let (item, stray) = (Taken::default(), Taken::default());
        Self { window, open: None, item, stray, strange: false, wrapped: Wrapped::default(), declared: Vec::new() }
    }

    /// What stood outside of messages, if that was something.
    fn take_stray(&mut self) -> Option<Item> {
        let stray = std::mem::take(&mut self.stray);
        std::mem::take(&mut self.strange).then(|| stray.refused(Reason::NotAnAuditMessage))
    }

    fn take_item(&mut self) -> Item {
        self.open = None;
        let mut item = std::mem::take(&mut self.item).item();
        if let Ok(text) = &mut item.text
            && std::str::from_utf8(text).is_err()
        {
            text.splice(..0, self.declared.iter().copied());
        }
        item
    }

    /// One token further inside a message: its text once it ends.
    fn inside(&mut self, name: &[u8], event: &Event, length: usize) -> Option<Item> {
        let again = matches!(event, Event::Open { target: true, .. } | Event::Declaration);
        if again {
            // the message never closed: the next one begins here
            return Some(self.take_item());
        }
        self.item.add(&self.window.rest()[..length]);
        self.window.consume(length);
        matches!(event, Event::Close(closed) if closed == name).then(|| self.take_item())
    }

    /// One token further outside of messages.
    fn outside(&mut self, event: Event, length: usize) -> Option<Item> {
        let wrapped = &mut self.wrapped;
        let within_resource = wrapped.resource.is_some_and(|depth| depth == wrapped.depth);
        match event {
            Event::Open { target, name, empty } if target || within_resource => {
                if let Some(stray) = self.take_stray() {
                    return Some(stray);
                }
                self.wrapped.held = true;
                self.item.add(&self.window.rest()[..length]);
                self.window.consume(length);
                if empty {
                    return Some(self.take_item());
                }
                self.open = Some(name);
                return None;
            }
            Event::Open { name, empty: false, .. } => {
                if wrapped.depth == 0 {
                    wrapped.held = false;
                }
                wrapped.depth += 1;
                if name == b"resource" && wrapped.resource.is_none() {
                    wrapped.resource = Some(wrapped.depth);
                }
            }
            Event::Open { .. } => self.strange |= wrapped.depth == 0,
            Event::Close(_) => {
                if wrapped.resource == Some(wrapped.depth) {
                    wrapped.resource = None;
                }
                wrapped.depth = wrapped.depth.saturating_sub(1);
                self.strange |= wrapped.depth == 0 && !wrapped.held;
            }
            Event::Text => self.strange |= wrapped.depth == 0,
            Event::Declaration => self.declared = self.window.rest()[..length.min(200)].to_vec(),
            Event::Blank | Event::Passed => {}
        }
        self.stray.add(&self.window.rest()[..length]);
        self.window.consume(length);
        None
    }
}

/// A token, free of the text it was found in.
enum Event {
    Blank,
    Text,
    Open { name: Vec<u8>, target: bool, empty: bool },
    Close(Vec<u8>),
    Declaration,
    Passed,
}

impl Split for Documents {
    fn next(&mut self) -> io::Result<Option<Item>> {
        loop {
            let rest = self.window.rest();
            let found = token(rest, self.window.ended() || rest.len() > ITEM_BYTES);
            let Some((token, length)) = found else {
                if !self.window.more()? && self.window.rest().is_empty() {
                    if self.open.take().is_some() {
                        return Ok(Some(std::mem::take(&mut self.item).refused(Reason::CutShort)));
                    }
                    let unfinished = std::mem::take(&mut self.wrapped);
                    self.strange |= unfinished.depth > 0 && !unfinished.held;
                    return Ok(self.take_stray());
                }
                continue;
            };
            let event = match token {
                Token::Text if rest[..length].trim_ascii().is_empty() => Event::Blank,
                Token::Text => Event::Text,
                Token::Open { name, empty } => {
                    Event::Open { name: name.to_vec(), target: matches!(name, b"AuditMessage" | b"AuditEvent"), empty }
                }
                Token::Close { name } => Event::Close(name.to_vec()),
                Token::Declaration => Event::Declaration,
                Token::Passed => Event::Passed,
            };
            let item = match self.open.take() {
                Some(name) => {
                    let item = self.inside(&name, &event, length);
                    if item.is_none() {
                        self.open = Some(name);
                    }
                    item
                }
                None => self.outside(event, length),
            };
            if item.is_some() {
                return Ok(item);
            }
        }
    }

    fn source(&self) -> &Metered<Input> {
        self.window.source()
    }
}

/// The first token and its length; none when more bytes must be seen. At the `last`, whatever never ends is text.
fn token(bytes: &[u8], last: bool) -> Option<(Token<'_>, usize)> {
    let first = *bytes.first()?;
    if first != b'<' {
        let length = bytes.iter().position(|&byte| byte == b'<').unwrap_or(bytes.len());
        return Some((Token::Text, length));
    }
    let until = |start: usize, end: &[u8], token| {
        let found = bytes.get(start..)?.windows(end.len()).position(|window| window == end)?;
        Some((token, start + found + end.len()))
    };
    let found = if bytes.len() < 9 && !bytes.contains(&b'>') && !last {
        None
    } else if bytes.starts_with(b"<!--") {
        until(4, b"-->", Token::Passed)
    } else if bytes.starts_with(b"<![CDATA[") {
        until(9, b"]]>", Token::Passed)
    } else if bytes.starts_with(b"<?xml") && bytes.get(5).is_some_and(u8::is_ascii_whitespace) {
        until(5, b"?>", Token::Declaration)
    } else if bytes.starts_with(b"<?") {
        until(2, b"?>", Token::Passed)
    } else if bytes.starts_with(b"<!") {
        doctype(bytes).map(|length| (Token::Passed, length))
    } else {
        tag(bytes)
    };
    found.or_else(|| last.then(|| (Token::Text, next_angle(bytes))))
}

/// Up to the next `<` after the first byte.
fn next_angle(bytes: &[u8]) -> usize {
    bytes.iter().skip(1).position(|&byte| byte == b'<').map_or(bytes.len(), |at| at + 1)
}

/// A DOCTYPE with what it declares, none of which is read.
fn doctype(bytes: &[u8]) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, &byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => depth += 1,
            (None, b']') => depth = depth.saturating_sub(1),
            (None, b'>') if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn tag(bytes: &[u8]) -> Option<(Token<'_>, usize)> {
    let closing = bytes.get(1) == Some(&b'/');
    let start = if closing { 2 } else { 1 };
    let length =
        bytes[start..].iter().position(|&byte| matches!(byte, b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n' | b'<'))?;
    let name = &bytes[start..start + length];
    if !name.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80) {
        return Some((Token::Text, next_angle(bytes)));
    }
    let name = name.iter().rposition(|&byte| byte == b':').map_or(name, |colon| &name[colon + 1..]);
    let mut quote = None;
    for (at, &byte) in bytes.iter().enumerate().skip(start + length) {
        match (quote, byte) {
            // no attribute holds a tag: this one never closed
            (_, b'<') => return Some((Token::Text, at)),
            (Some(open), byte) if byte == open => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'>') if closing => return Some((Token::Close { name }, at + 1)),
            (None, b'>') => return Some((Token::Open { name, empty: bytes[at - 1] == b'/' }, at + 1)),
            _ => {}
        }
    }
    None
}
