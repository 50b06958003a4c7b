//! Second factors: time-based codes (RFC 6238), the picture an authenticator reads, and recovery codes. The shared secret
//! is sealed with a key of this deployment before it reaches the database, bound to the person it is for.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use qrcode::{Color, EcLevel, QrCode};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use crate::clock;
use crate::config::Keys;
use crate::error::AppError;

/// How many recovery codes a person gets.
const RECOVERY_CODES: usize = 10;
/// Letters and digits that nobody takes for one another: 32 of them, so that a byte's five bits choose one.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";

/// A person's shared secret, in the clear: for the page that sets it up, and for checking a code.
pub struct SharedSecret([u8; 20]);

/// What the page that sets a second factor up shows.
pub struct Enrolment {
    /// The secret as text, in groups of four.
    pub text: String,
    /// The picture's side, in modules, with its quiet zone.
    pub side: usize,
    /// The picture's dark modules, as the path of an SVG.
    pub path: String,
}

impl SharedSecret {
    /// 160 random bits.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Sealed for one person.
    ///
    /// # Errors
    /// When sealing fails, which it does not.
    pub fn seal(&self, keys: &Keys, person: Uuid) -> Result<Vec<u8>, AppError> {
        let nonce: [u8; 12] = rand::random();
        let payload = Payload { msg: &self.0, aad: person.as_bytes() };
        let body = cipher(keys)
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| AppError::Internal("a second factor cannot be sealed"))?;
        Ok([nonce.as_slice(), &body].concat())
    }

    /// Opens a sealed secret; `None` when it is another person's, or was sealed under another key.
    #[must_use]
    pub fn open(keys: &Keys, person: Uuid, sealed: &[u8]) -> Option<Self> {
        let (nonce, body) = sealed.split_at_checked(12)?;
        let nonce: [u8; 12] = nonce.try_into().ok()?;
        let payload = Payload { msg: body, aad: person.as_bytes() };
        cipher(keys).decrypt(&Nonce::from(nonce), payload).ok()?.try_into().ok().map(Self)
    }

    /// The time step of a code that is right now, or was or will be within half a minute.
    #[must_use]
    pub fn step_of(&self, code: &str) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(clock::now().timestamp()).ok()?;
        self.totp()?.check(&code, now).and_then(|step| i64::try_from(step).ok())
    }

    /// The code of an instant, for tests that stand in for a phone.
    #[must_use]
    pub fn code_at(&self, seconds: u64) -> String {
        self.totp().map(|totp| totp.generate(seconds).to_string()).unwrap_or_default()
    }

    /// The secret of a text as the page shows it, for the same tests.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let mut bytes = Vec::new();
        let (mut buffer, mut bits) = (0_u32, 0);
        for letter in compact.bytes() {
            let value = match letter {
                b'A'..=b'Z' => letter - b'A',
                b'2'..=b'7' => letter - b'2' + 26,
                _ => return None,
            };
            buffer = buffer << 5 | u32::from(value);
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
            }
        }
        bytes.try_into().ok().map(Self)
    }

    /// Text and picture for an authenticator.
    ///
    /// # Errors
    /// When the picture cannot be made, which means an overlong name.
    pub fn enrolment(&self, organisation: &str, username: &str) -> Result<Enrolment, AppError> {
        let compact = base32(&self.0);
        let uri = format!(
            "otpauth://totp/{}:{}?secret={compact}&issuer={}",
            percent(organisation),
            percent(username),
            percent(organisation)
        );
        let code = QrCode::with_error_correction_level(uri, EcLevel::M)
            .map_err(|_| AppError::Internal("no picture of a second factor"))?;
        let text = compact.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned());
        Ok(Enrolment { text: text.collect::<Vec<_>>().join(" "), side: code.width() + 8, path: path_of(&code) })
    }

    fn totp(&self) -> Option<Totp> {
        Builder::new().with_secret(self.0).with_skew(1).build().ok()
    }
}

fn cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(keys.derive("second factor")))
}

/// Twenty bytes as thirty-two letters of RFC 4648, what authenticators take.
fn base32(bytes: &[u8; 20]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    bytes
        .chunks(5)
        .flat_map(|five| {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |at| char::from(ALPHABET[usize::try_from(bits >> (5 * at) & 31).unwrap_or(0)]))
        })
        .collect()
}

/// One run of dark modules is one rectangle, drawn four modules in from the edge.
fn path_of(code: &QrCode) -> String {
    use std::fmt::Write as _;
    let (width, colors) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|color| **color == Color::Dark).count();
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + 4, y + 4);
            }
            x += run.max(1);
        }
    }
    path
}

fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// Fresh recovery codes as the person writes them down: `k7m2-9fxq`.
#[must_use]
pub fn recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let bytes: [u8; 12] = rand::random();
            let letters: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
            format!("{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..])
        })
        .collect()
}

/// What the database keeps of a recovery code: 60 random bits under a keyed hash need no slow one.
#[must_use]
pub fn recovery_hash(keys: &Keys, person: Uuid, code: &str) -> Vec<u8> {
    let compact: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let input = [person.as_bytes().as_slice(), compact.to_ascii_lowercase().as_bytes()].concat();
    keys.hash("recovery code", &input).to_vec()
}

#[cfg(test)]
mod tests {
    use super::{SharedSecret, recovery_codes, recovery_hash};
    use crate::clock;
    use crate::config::Keys;
    use uuid::Uuid;

    fn keys() -> Keys {
        Keys::new(&"k".repeat(32)).expect("long enough")
    }

    #[test]
    fn a_code_counts_for_its_secret_around_its_time_only() {
        let secret = SharedSecret::random();
        let now = u64::try_from(clock::now().timestamp()).expect("after 1970");
        let code = secret.code_at(now);
        assert_eq!(code.len(), 6);
        assert!(secret.step_of(&format!(" {} {}", &code[..3], &code[3..])).is_some());
        assert_eq!(secret.step_of(&secret.code_at(now + 300)), None);
        assert_eq!(secret.step_of("12345"), None);
        assert_eq!(secret.step_of(""), None);
    }

    #[test]
    fn a_code_is_that_of_the_standard() {
        // RFC 6238, appendix B, SHA-1, the last six of its eight digits
        let secret = SharedSecret(*b"12345678901234567890");
        assert_eq!(secret.code_at(59), "287082");
        assert_eq!(secret.code_at(1_111_111_109), "081804");
    }

    #[test]
    fn a_sealed_secret_opens_for_its_person_under_its_key_only() {
        let (secret, person) = (SharedSecret::random(), Uuid::now_v7());
        let sealed = secret.seal(&keys(), person).expect("seals");
        assert_eq!(SharedSecret::open(&keys(), person, &sealed).expect("opens").0, secret.0);
        assert!(SharedSecret::open(&keys(), Uuid::now_v7(), &sealed).is_none());
        assert!(SharedSecret::open(&Keys::new(&"x".repeat(32)).expect("long enough"), person, &sealed).is_none());
    }

    #[test]
    fn the_text_of_the_page_is_the_secret() {
        let secret = SharedSecret::random();
        let shown = secret.enrolment("Cedar Hill & Sons", "ada").expect("a picture");
        assert_eq!(SharedSecret::of_text(&shown.text).expect("reads").0, secret.0);
        assert!(shown.side > 30 && shown.path.starts_with('M'));
    }

    #[test]
    fn recovery_codes_differ_and_are_read_as_people_type_them() {
        let codes = recovery_codes();
        assert_eq!(codes.iter().collect::<std::collections::HashSet<_>>().len(), 10);
        let person = Uuid::now_v7();
        let typed = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
        assert_eq!(recovery_hash(&keys(), person, &typed), recovery_hash(&keys(), person, &codes[0]));
        assert_ne!(recovery_hash(&keys(), Uuid::now_v7(), &codes[0]), recovery_hash(&keys(), person, &codes[0]));
    }
}
