//! The id of an access row, made from what the source says: the same file twice, or two overlapping exports, give the same
//! ids, and the database keeps one row of each. 48 bits of milliseconds, version 8, 10 bits of microseconds, 64 bits of
//! hash. The hash is keyed: an id stands in URLs, and whoever sees one must not be able to try patient numbers against it.

use std::io;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::repeats::Repeats;
use crate::config::Keys;
use crate::ingest::Row;

/// Makes the ids of one file's rows.
pub struct Ids {
    mac: Hmac<Sha256>,
    repeats: Repeats,
}

impl Ids {
    /// For one source; `dir` holds what does not fit into memory.
    #[must_use]
    pub fn new(keys: &Keys, source: Uuid, dir: &Path) -> Self {
        let mut mac = Hmac::new_from_slice(&keys.derive("access row id")).expect("HMAC takes a key of any length");
        mac.update(source.as_bytes());
        Self { mac, repeats: Repeats::new(dir) }
    }

    /// The row's id. With an event id of the source: of that event, patient and record. Without: of everything mapped, and
    /// of how many identical rows stood before it in the file. Names and addresses are no part of it: they change.
    ///
    /// # Errors
    /// When counting identical rows needs the disk and cannot have it.
    pub fn id(&mut self, row: &Row) -> io::Result<Uuid> {
        let digest = self.digest(row);
        let ordinal = if row.source_event_id.is_some() { 0 } else { self.repeats.count(first_eight(&digest))? };
        let mut hash = Sha256::new();
        hash.update(digest);
        hash.update(ordinal.to_be_bytes());
        Ok(assemble(row.micros, first_eight(&hash.finalize())))
    }

    fn digest(&self, row: &Row) -> [u8; 32] {
        let mut mac = self.mac.clone();
        let mut add = |text: Option<&str>| {
            // the length stands before the text, so that no two rows run together
            mac.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
            mac.update(text.unwrap_or_default().as_bytes());
        };
        add(row.source_event_id.as_deref());
        add(row.patient.as_deref());
        add(Some(&row.resource_type));
        add(row.resource_word.as_deref());
        add(row.resource_id.as_deref());
        if row.source_event_id.is_none() {
            add(Some(&row.login));
            add(row.place.as_deref());
            add(Some(&row.access_type));
            add(row.access_word.as_deref());
            add(Some(&row.access_reason));
            add(Some(&row.outcome));
            add(row.source_ip.map(|ip| ip.to_string()).as_deref());
            add(row.device_label.as_deref());
            add(row.on_behalf_of.as_deref());
        }
        mac.update(&row.micros.to_be_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn first_eight(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Puts time and hash together; RFC 9562 version 8 with its variant bits.
fn assemble(micros: i64, hash: u64) -> Uuid {
    let millis = u128::from(micros.div_euclid(1000).cast_unsigned() & 0xFFFF_FFFF_FFFF);
    let within = u128::from(micros.rem_euclid(1000).cast_unsigned());
    let hash = u128::from(hash);
    Uuid::from_u128(millis << 80 | 8 << 76 | within << 66 | (hash >> 62) << 64 | 2 << 62 | hash & 0x3FFF_FFFF_FFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::{Ids, assemble};
    use crate::config::Keys;
    use crate::ingest::canonical::{Row, sample_row};
    use uuid::Uuid;

    fn ids(secret: char, source: u128) -> Ids {
        let keys = Keys::new(&secret.to_string().repeat(32)).expect("long enough");
        Ids::new(&keys, Uuid::from_u128(source), &std::env::temp_dir())
    }

    fn all(ids: &mut Ids, rows: &[&Row]) -> Vec<Uuid> {
        rows.iter().map(|row| ids.id(row).expect("memory")).collect()
    }

    #[test]
    fn an_id_sorts_by_time_and_is_a_proper_uuid() {
        let early = assemble(1_790_000_000_123_456, u64::MAX);
        let late = assemble(1_790_000_000_123_457, 0);
        assert!(early < late);
        assert_eq!((early.get_version_num(), early.get_variant()), (8, uuid::Variant::RFC4122));
        assert_eq!((late.get_version_num(), late.get_variant()), (8, uuid::Variant::RFC4122));
        assert_eq!(early.as_u128() >> 80, 1_790_000_000_123);
    }

    #[test]
    fn the_same_file_twice_gives_the_same_ids_and_identical_rows_are_counted() {
        let (row, other) = (sample_row(), Row { login: "other".to_owned(), ..sample_row() });
        let once = all(&mut ids('a', 1), &[&row, &other, &row, &row]);
        let again = all(&mut ids('a', 1), &[&row, &row, &other, &row]);
        assert_eq!([once[0], once[2], once[3], once[1]], [again[0], again[1], again[3], again[2]]);
        assert_eq!(once.iter().collect::<std::collections::HashSet<_>>().len(), 4);
    }

    #[test]
    fn an_overlapping_export_recognises_the_rows_they_share() {
        let later = Row { micros: sample_row().micros + 1_000_000, ..sample_row() };
        let first_week = all(&mut ids('a', 1), &[&sample_row(), &later]);
        let second_week = all(&mut ids('a', 1), &[&later]);
        assert_eq!(first_week[1], second_week[0]);
    }

    #[test]
    fn an_event_id_of_the_source_identifies_its_event_whatever_else_was_corrected() {
        let event = Row { source_event_id: Some("E1".to_owned()), ..sample_row() };
        let corrected = Row { outcome: "unknown".to_owned(), ..event.clone() };
        let other_patient = Row { patient: Some("M2".to_owned()), ..event.clone() };
        let made = all(&mut ids('a', 1), &[&event, &corrected, &other_patient]);
        assert_eq!(made[0], made[1]);
        assert_ne!(made[0], made[2], "one event that names two patients is two rows");
    }

    #[test]
    fn names_do_not_change_an_id_but_source_and_secret_do() {
        let moved = Row { address_hash: Some([7; 32]), surname_hash: None, ..sample_row() };
        assert_eq!(all(&mut ids('a', 1), &[&sample_row()]), all(&mut ids('a', 1), &[&moved]));
        assert_ne!(all(&mut ids('a', 1), &[&sample_row()]), all(&mut ids('a', 2), &[&sample_row()]));
        assert_ne!(all(&mut ids('a', 1), &[&sample_row()]), all(&mut ids('b', 1), &[&sample_row()]));
    }
}
