//! The same act logged by client and server: both carry the X-Request-Id. They get the same id and, when their clocks
//! differ by seconds, the time of whichever came first in the file, so that the second is recognised as known.

use std::collections::{HashMap, VecDeque};

use sha2::{Digest as _, Sha256};

use super::people::opaque;

/// How many requests are remembered, and how far two clocks may be apart.
const REMEMBERED: usize = 50_000;
const APART: u64 = 5_000_000;

/// The requests of one file.
#[derive(Default)]
pub(super) struct Pairs {
    seen: HashMap<[u8; 16], i64>,
    order: VecDeque<[u8; 16]>,
}

impl Pairs {
    /// The time and the id of an act.
    pub fn of(&mut self, request: &str, action: &str, micros: i64) -> (i64, String) {
        let hash = Sha256::new().chain_update(request).chain_update([0]).chain_update(action);
        let mut key = [0; 16];
        key.copy_from_slice(&hash.clone().finalize()[..16]);
        let first = match self.seen.get(&key) {
            Some(first) if first.abs_diff(micros) <= APART => *first,
            _ => micros,
        };
        if self.seen.insert(key, first).is_none() {
            self.order.push_back(key);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.seen.remove(&oldest);
            }
        }
        (first, opaque("request", &hash))
    }
}
