//! Keyed hashes of names and addresses. A patient's and an employee's are made here and nowhere else, so that the same
//! person on both sides gives the same hash.

use std::collections::HashMap;

use super::text::{FIELD_CHARS, normalise};
use crate::config::Keys;

/// Names and addresses whose hash is remembered during one file.
const REMEMBERED: usize = 20_000;

/// Makes the hashes of one file.
pub struct Hasher {
    keys: Keys,
    remembered: HashMap<(&'static str, String), [u8; 32]>,
}

impl Hasher {
    pub fn new(keys: &Keys) -> Self {
        Self { keys: keys.clone(), remembered: HashMap::new() }
    }

    /// Of a last name; none where there is none.
    pub fn surname(&mut self, last: &[&str]) -> Option<[u8; 32]> {
        self.hash("surname", &last.join(" "))
    }

    /// Of first and last name together; one of them alone is none.
    pub fn name(&mut self, first: &[&str], last: &[&str]) -> Option<[u8; 32]> {
        let (first, last) = (first.join(" "), last.join(" "));
        if first.trim().is_empty() || last.trim().is_empty() {
            return None;
        }
        self.hash("name", &format!("{first} {last}"))
    }

    /// Of all parts of an address.
    pub fn address(&mut self, parts: &[&str]) -> Option<[u8; 32]> {
        self.hash("address", &parts.join(" "))
    }

    fn hash(&mut self, purpose: &'static str, text: &str) -> Option<[u8; 32]> {
        let normal = normalise(text);
        if normal.is_empty() || normal.len() > 4 * FIELD_CHARS {
            return None;
        }
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        let keys = &self.keys;
        let made = self.remembered.entry((purpose, normal));
        Some(*made.or_insert_with_key(|(purpose, normal)| keys.hash(purpose, normal.as_bytes())))
    }
}
