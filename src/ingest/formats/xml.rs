//! One XML message as a small tree. Nothing outside of it is ever fetched: an entity that a DOCTYPE declares is unknown
//! here, and a message that uses one is refused. Depth and size are capped.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sha2::{Digest as _, Sha256};

use crate::ingest::words::Reason;

/// How deep elements may nest, and how many there may be.
const DEPTH: usize = 64;
const ELEMENTS: usize = 100_000;

/// An element, by local names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub name: String,
    /// Without namespace declarations and schema locations.
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// An attribute that says something.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(str::trim).filter(|value| !value.is_empty())
    }

    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> + 'a {
        self.children.iter().filter(move |child| child.name == name)
    }

    pub fn child<'a>(&'a self, name: &'a str) -> Option<&'a Element> {
        self.children(name).next()
    }

    /// Into a hash that comments, blanks, prefixes and the order of attributes do not change.
    pub fn digest(&self, hash: &mut Sha256) {
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        add(&self.name);
        add(self.text.trim());
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort();
        for (name, value) in attributes {
            add(name);
            add(value);
        }
        hash.update((self.children.len() as u64).to_be_bytes());
        for child in &self.children {
            child.digest(hash);
        }
    }
}

/// The message's root.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, Reason> {
    let decoded = decode(bytes)?;
    let mut reader = Reader::from_str(&decoded);
    let mut open: Vec<Element> = Vec::new();
    let (mut root, mut count) = (None, 0);
    loop {
        let event = reader.read_event().map_err(|_| Reason::NotXml)?;
        let (start, empty) = match event {
            Event::Start(start) => (start, false),
            Event::Empty(start) => (start, true),
            Event::End(_) => {
                let closed = open.pop().ok_or(Reason::NotXml)?;
                settle(closed, &mut open, &mut root)?;
                continue;
            }
            Event::Eof => break,
            other => {
                append(&other, open.last_mut())?;
                continue;
            }
        };
        count += 1;
        if count > ELEMENTS || open.len() >= DEPTH {
            return Err(Reason::TooDeep);
        }
        let element = element_of(&start)?;
        if empty {
            settle(element, &mut open, &mut root)?;
        } else {
            open.push(element);
        }
    }
    if !open.is_empty() {
        return Err(Reason::CutShort);
    }
    root.ok_or(Reason::NotXml)
}

fn settle(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), Reason> {
    match (open.last_mut(), root.is_some()) {
        (Some(parent), _) => parent.children.push(element),
        (None, false) => *root = Some(element),
        (None, true) => return Err(Reason::NotXml),
    }
    Ok(())
}

/// Text inside an element; outside of all there may be blanks alone.
fn append(event: &Event<'_>, open: Option<&mut Element>) -> Result<(), Reason> {
    let character;
    let text = match event {
        Event::Text(text) => std::str::from_utf8(text).map_err(|_| Reason::NotUnicode)?,
        Event::CData(text) => std::str::from_utf8(text).map_err(|_| Reason::NotUnicode)?,
        Event::GeneralRef(name) => {
            character = match name.resolve_char_ref().map_err(|_| Reason::NotXml)? {
                Some(character) => character.to_string(),
                None => quick_xml::escape::resolve_predefined_entity(std::str::from_utf8(name).unwrap_or_default())
                    .ok_or(Reason::NotXml)?
                    .to_owned(),
            };
            &character
        }
        _ => return Ok(()),
    };
    match open {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(Reason::NotXml),
    }
    Ok(())
}

fn element_of(start: &BytesStart<'_>) -> Result<Element, Reason> {
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Reason::NotUnicode);
    let mut element = Element { name: text(start.local_name().as_ref())?, ..Element::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Reason::NotXml)?;
        let prefix = attribute.key.prefix();
        let namespace = attribute.key.as_ref() == b"xmlns"
            || prefix.is_some_and(|prefix| matches!(prefix.as_ref(), b"xmlns" | b"xsi"));
        if !namespace {
            let raw = std::str::from_utf8(&attribute.value).map_err(|_| Reason::NotUnicode)?;
            let value = quick_xml::escape::unescape(raw).map_err(|_| Reason::NotXml)?.into_owned();
            element.attributes.push((text(attribute.key.local_name().as_ref())?, value));
        }
    }
    Ok(element)
}

/// UTF-8, or what the declaration in front says it is.
fn decode(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, Reason> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.into());
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let label = head
        .strip_prefix("<?xml")
        .and_then(|head| head.split_once("?>"))
        .and_then(|(declaration, _)| declaration.split_once("encoding"))
        .map(|(_, rest)| rest.trim_start_matches([' ', '=', '"', '\'']))
        .map(|rest| rest.split(['"', '\'']).next().unwrap_or_default());
    let encoding = label.and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    encoding
        .filter(|encoding| *encoding != encoding_rs::UTF_8)
        .and_then(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes))
        .ok_or(Reason::NotUnicode)
}
