//! How many connections each address has, so that one sender does not take every seat.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The addresses that have connections now.
#[derive(Debug, Clone)]
pub struct Peers {
    most: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection's place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    peers: Peers,
    address: IpAddr,
}

impl Peers {
    /// So many connections of one address.
    pub fn new(most: usize) -> Self {
        Self { most, open: Arc::default() }
    }

    /// A place, unless the address has as many as it may.
    pub fn place(&self, address: IpAddr) -> Option<Place> {
        // the same machine over either protocol
        let address = address.to_canonical();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        (*count < self.most).then(|| {
            *count += 1;
            Place { peers: self.clone(), address }
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock().unwrap_or_else(PoisonError::into_inner);
        let left = open.get(&self.address).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            open.remove(&self.address);
        } else {
            open.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Peers;
    use std::net::IpAddr;

    #[test]
    fn one_address_does_not_take_every_seat_and_gets_back_what_it_gives_up() {
        let peers = Peers::new(2);
        let [one, same, other] =
            ["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2"].map(|text| text.parse::<IpAddr>().expect("an address"));
        let held = (peers.place(one).expect("first"), peers.place(same).expect("second"));
        assert!(peers.place(one).is_none());
        assert!(peers.place(other).is_some());
        drop(held.0);
        assert!(peers.place(same).is_some());
        drop(held.1);
        assert!(peers.open.lock().expect("whole").is_empty(), "nothing is remembered of who is gone");
    }
}
