//! One JSON text a line, as bulk exports are.

use std::io;

use super::{ITEM_BYTES, Item, Metered, Split, Taken, Window};
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

/// One line as it comes in: blanks before and after it are no part of it, wherever the pieces of a file are cut.
#[derive(Default)]
struct Line {
    taken: Taken,
    /// Blanks that belong to the line if something follows them.
    blanks: Vec<u8>,
}

impl Line {
    fn add(&mut self, piece: &[u8]) {
        let piece = if self.taken.is_empty() { piece.trim_ascii_start() } else { piece };
        let said = piece.trim_ascii_end().len();
        if said > 0 {
            self.taken.add(&std::mem::take(&mut self.blanks));
            self.taken.add(&piece[..said]);
        }
        for &blank in &piece[said..] {
            // so many at once are no end of a line any more, and are not kept until one comes
            if self.blanks.len() < ITEM_BYTES {
                self.blanks.push(blank);
            } else {
                self.taken.add(&std::mem::take(&mut self.blanks));
                self.blanks.push(blank);
            }
        }
    }
}

impl Split for Lines {
    fn next(&mut self) -> io::Result<Option<Item>> {
        let mut line = Line::default();
        loop {
            let rest = self.0.rest();
            let found = rest.iter().position(|&byte| byte == b'\n');
            let length = found.unwrap_or(rest.len());
            line.add(&rest[..length]);
            self.0.consume(length + usize::from(found.is_some()));
            if found.is_some() && !line.taken.is_empty() {
                return Ok(Some(line.taken.item()));
            }
            if found.is_none() && !self.0.more()? {
                return Ok((!line.taken.is_empty()).then(|| line.taken.item()));
            }
        }
    }

    fn source(&self) -> &Metered<Input> {
        self.0.source()
    }
}
