//! Bytes as UTF-8, whatever the file is written in, in constant memory. A byte order mark, or the zeros that UTF-16 puts
//! between Latin letters, say it themselves; only where they do not does the mapping's word count.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};
use serde::{Deserialize, Serialize};

/// How much of a file is looked at.
const HEAD: usize = 1024;
/// How much is decoded at a time.
const PIECE: usize = 16 * 1024;
/// What stands for bytes that are no character: never valid in UTF-8, so the field that holds it is refused as no text.
const NO_CHARACTER: u8 = 0xFF;

/// What a file is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Encoding {
    #[default]
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Utf16Le => "utf16_le",
            Self::Utf16Be => "utf16_be",
            Self::Windows1252 => "windows1252",
        }
    }

    /// For people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little-endian, as SQL Server writes it)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252 (Western, as older Excel writes it)",
        }
    }

    /// What a file says of itself, by its byte order mark or its zeros.
    #[must_use]
    pub fn said_by(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\xEF\xBB\xBF") {
            return Some(Self::Utf8);
        }
        if head.starts_with(b"\xFF\xFE") {
            return Some(Self::Utf16Le);
        }
        if head.starts_with(b"\xFE\xFF") {
            return Some(Self::Utf16Be);
        }
        let head = &head[..head.len().min(HEAD)];
        let zeros = |parity| head.iter().enumerate().filter(|&(at, &byte)| byte == 0 && at % 2 == parity).count();
        let (even, odd) = (zeros(0), zeros(1));
        // a stray zero is no sign; in UTF-16 they stand beside every Latin letter
        if (even + odd) * 4 < head.len() || head.is_empty() {
            return None;
        }
        Some(if odd >= even { Self::Utf16Le } else { Self::Utf16Be })
    }

    /// The likely encoding of a file that begins so.
    #[must_use]
    pub fn guess(head: &[u8]) -> Self {
        Self::said_by(head).unwrap_or_else(|| match std::str::from_utf8(head) {
            Err(error) if error.error_len().is_some() => Self::Windows1252,
            _ => Self::Utf8,
        })
    }

    fn decoder(self) -> Option<Decoder> {
        let encoding = match self {
            Self::Utf8 => return None,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        };
        Some(encoding.new_decoder_with_bom_removal())
    }
}

/// Reads a file as UTF-8. UTF-8 itself passes unchanged, so that a broken character costs its own field alone.
pub struct Decoded<R> {
    inner: R,
    declared: Encoding,
    found: Option<Encoding>,
    decoder: Option<Decoder>,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Around a source that stands at its beginning.
    pub const fn new(inner: R, declared: Encoding) -> Self {
        Self { inner, declared, found: None, decoder: None, out: Vec::new(), at: 0, ended: false }
    }

    /// The source.
    pub const fn inner(&self) -> &R {
        &self.inner
    }

    fn fill(&mut self) -> io::Result<()> {
        let wanted = if self.found.is_none() { HEAD } else { PIECE };
        let mut raw = Vec::with_capacity(wanted);
        (&mut self.inner).take(wanted as u64).read_to_end(&mut raw)?;
        self.ended = raw.len() < wanted;
        if self.found.is_none() {
            let found = Encoding::said_by(&raw).unwrap_or(self.declared);
            self.found = Some(found);
            self.decoder = found.decoder();
        }
        self.at = 0;
        let Some(decoder) = &mut self.decoder else {
            self.out = raw;
            return Ok(());
        };
        self.out.clear();
        self.out.resize(raw.len() * 3 + 16, 0);
        let (mut read, mut written) = (0, 0);
        loop {
            let (result, taken, given) =
                decoder.decode_to_utf8_without_replacement(&raw[read..], &mut self.out[written..], self.ended);
            read += taken;
            written += given;
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                DecoderResult::Malformed(..) => {
                    if written == self.out.len() {
                        self.out.push(0);
                    }
                    self.out[written] = NO_CHARACTER;
                    written += 1;
                }
            }
        }
        self.out.truncate(written);
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let length = buffer.len().min(self.out.len() - self.at);
        buffer[..length].copy_from_slice(&self.out[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::{Decoded, Encoding, PIECE};
    use std::io::Read as _;

    fn read(bytes: &[u8], declared: Encoding) -> Vec<u8> {
        let mut out = Vec::new();
        Decoded::new(bytes, declared).read_to_end(&mut out).expect("memory");
        out
    }

    fn utf16(text: &str, mark: bool, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(to).collect()
    }

    #[test]
    fn a_mark_or_the_zeros_between_letters_beat_what_was_declared() {
        let text = "Zoë,Ωμέγα,😀\n".repeat(PIECE / 8);
        for declared in Encoding::ALL {
            assert_eq!(read(&utf16(&text, true, u16::to_le_bytes), declared), text.as_bytes(), "{declared:?}");
            assert_eq!(read(&utf16(&text, true, u16::to_be_bytes), declared), text.as_bytes(), "{declared:?}");
        }
        let plain = "id,time\n1,2026\n";
        assert_eq!(read(&utf16(plain, false, u16::to_le_bytes), Encoding::Utf8), plain.as_bytes());
        assert_eq!(read(&utf16(plain, false, u16::to_be_bytes), Encoding::Utf8), plain.as_bytes());
        assert_eq!(read("Ωμέγα".as_bytes(), Encoding::Utf8), "Ωμέγα".as_bytes());
    }

    #[test]
    fn a_declared_encoding_counts_where_the_file_says_nothing() {
        assert_eq!(read(b"Jos\xE9 \x93x\x94", Encoding::Windows1252), "José “x”".as_bytes());
        let greek = "Ωμέγα".repeat(10);
        assert_eq!(read(&utf16(&greek, false, u16::to_be_bytes), Encoding::Utf16Be), greek.as_bytes());
        assert_eq!(Encoding::guess(b"Jos\xE9,"), Encoding::Windows1252);
        assert_eq!(Encoding::guess("Jos\u{e9}".as_bytes()), Encoding::Utf8);
        assert_eq!(Encoding::guess(&"é".as_bytes()[..1]), Encoding::Utf8, "a character cut in two is no sign");
    }

    #[test]
    fn what_is_no_character_stays_no_text() {
        let mut half = utf16("a\n", true, u16::to_le_bytes);
        half.extend(0xD800_u16.to_le_bytes());
        half.extend(utf16("b", false, u16::to_le_bytes));
        assert_eq!(read(&half, Encoding::Utf8), b"a\n\xFFb");
    }
}
