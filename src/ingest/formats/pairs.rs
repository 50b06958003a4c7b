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
    seen: HashMap<[u8; 16], Seen>,
    order: VecDeque<[u8; 16]>,
}

/// One act: when it was first logged, and by whom under which id.
struct Seen {
    first: i64,
    copies: Vec<Logged>,
}

/// Hashes of the observer and of the event's own id.
type Logged = ([u8; 16], [u8; 16]);

/// What one event says of an act.
pub(super) struct Act<'a> {
    /// The request's id.
    pub request: &'a str,
    /// Our word for what was done.
    pub access_type: &'a str,
    /// By whom.
    pub login: &'a str,
    /// To which patients and records.
    pub about: &'a str,
    /// Who logged it.
    pub observer: &'a str,
    /// The event's own id.
    pub own: String,
}

impl Pairs {
    /// The time and the id of an act. Whoever sends a request chooses its id, so what was done, by whom and to what is a
    /// part of it: nothing can pass for something else. One observer logs an act once, so what it logs under another id is
    /// another act.
    pub fn of(&mut self, act: Act<'_>, micros: i64) -> (i64, String) {
        let mut hash = Sha256::new();
        for part in [act.request, act.access_type, act.login, act.about] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let key = short(&hash);
        let copy = (short(&Sha256::new().chain_update(act.observer)), short(&Sha256::new().chain_update(&act.own)));
        if let Some(seen) = self.seen.get_mut(&key)
            && seen.first.abs_diff(micros) <= APART
        {
            match seen.copies.iter().find(|(observer, _)| *observer == copy.0) {
                Some(known) if *known != copy => return (micros, act.own),
                Some(_) => {}
                None => seen.copies.push(copy),
            }
            return (seen.first, opaque("request", &hash));
        }
        if self.seen.insert(key, Seen { first: micros, copies: vec![copy] }).is_none() {
            self.order.push_back(key);
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.seen.remove(&oldest);
            }
        }
        (micros, opaque("request", &hash))
    }
}

fn short(hash: &Sha256) -> [u8; 16] {
    let mut key = [0; 16];
    key.copy_from_slice(&hash.clone().finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::{APART, Act, Pairs, REMEMBERED};

    fn logged(pairs: &mut Pairs, request: &str, observer: &str, micros: i64) -> i64 {
        let (access_type, login, about) = ("view", "dmarsh", "Patient/1");
        pairs.of(Act { request, access_type, login, about, observer, own: observer.to_owned() }, micros).0
    }

    #[test]
    fn a_request_is_remembered_for_so_many_others_and_then_forgotten() {
        let mut pairs = Pairs::default();
        logged(&mut pairs, "first", "client", 0);
        for n in 1..REMEMBERED {
            logged(&mut pairs, &n.to_string(), "client", 0);
        }
        assert_eq!(logged(&mut pairs, "first", "server", 1), 0, "the time of whoever came first");
        logged(&mut pairs, "one more", "client", 0);
        assert_eq!(logged(&mut pairs, "first", "archive", 2), 2, "nothing is known of it any more");
        assert_eq!((pairs.seen.len(), pairs.order.len()), (REMEMBERED, REMEMBERED));
    }

    #[test]
    fn a_request_that_comes_again_much_later_takes_one_place() {
        let mut pairs = Pairs::default();
        let later = i64::try_from(APART).expect("seconds") + 1;
        logged(&mut pairs, "same", "client", 0);
        assert_eq!(logged(&mut pairs, "same", "client", later), later, "another act");
        assert_eq!((pairs.seen.len(), pairs.order.len()), (1, 1));
    }
}
