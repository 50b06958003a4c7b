//! One JSON text a line, as bulk exports are.

use std::io;

use super::{Item, Metered, Split, Taken, Window};
use crate::ingest::rows::Input;

/// The lines of a file that are not blank.
pub struct Lines(Window);

impl Lines {
    pub fn new(window: Window) -> Self {
        Self(window)
    }

    /// Whether the text is one of lines: a first line that opens and closes a JSON object, and a second that opens one.
    pub fn fit(head: &[u8]) -> bool {
        let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return false };
        let goes_on = matches!(first.last(), None | Some(b'{' | b'[' | b',' | b':'));
        first.starts_with(b"{") && !goes_on && second.starts_with(b"{")
    }
}

impl Split for Lines {
    fn next(&mut self) -> io::Result<Option<Item>> {
        let mut line = Taken::default();
        loop {
            let rest = self.0.rest();
            let found = rest.iter().position(|&byte| byte == b'\n');
            let length = found.unwrap_or(rest.len());
            let piece = &rest[..length];
            // blanks before and after a line are no part of it
            let piece = if line.is_empty() { piece.trim_ascii_start() } else { piece };
            line.add(if found.is_some() { piece.trim_ascii_end() } else { piece });
            self.0.consume(length + usize::from(found.is_some()));
            if found.is_some() && !line.is_empty() {
                return Ok(Some(line.item()));
            }
            if found.is_none() && !self.0.more()? {
                return Ok((!line.is_empty()).then(|| line.item()));
            }
        }
    }

    fn source(&self) -> &Metered<Input> {
        self.0.source()
    }
}
