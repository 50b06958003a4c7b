//! How often the same row came before, exactly, for files of any size in constant memory. Identical rows are legitimate;
//! their number among themselves is part of their id, and it must not depend on how a file is sorted. Up to a limit the
//! counts stand in memory; past it they move to a hash table in an unlinked file (12 bytes a row, read and written through
//! the system's page cache). What is kept is 64 bits of a keyed hash, nothing of a row.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Distinct rows counted in memory: about 20 MB.
const IN_MEMORY: usize = 900_000;
/// A bucket of the table: 42 entries of fingerprint (8 bytes) and count (4 bytes).
const BUCKET: usize = 512;
const ENTRY: usize = 12;
const ENTRIES: usize = BUCKET / ENTRY;

/// The counts of one file.
pub struct Repeats {
    memory: HashMap<u64, u32>,
    table: Option<Table>,
    dir: PathBuf,
    limit: usize,
}

impl Repeats {
    /// Nothing counted yet; `dir` takes the table if one is needed.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { memory: HashMap::new(), table: None, dir: dir.to_owned(), limit: IN_MEMORY }
    }

    /// How often this fingerprint came before; from now on once more.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub fn count(&mut self, fingerprint: u64) -> io::Result<u32> {
        if self.table.is_none() {
            if self.memory.len() < self.limit || self.memory.contains_key(&fingerprint) {
                let count = self.memory.entry(fingerprint).or_insert(0);
                *count = count.saturating_add(1);
                return Ok(*count - 1);
            }
            let mut table = Table::create(&self.dir, self.limit.max(ENTRIES))?;
            for (fingerprint, count) in std::mem::take(&mut self.memory) {
                table.add(fingerprint, count)?;
            }
            self.table = Some(table);
        }
        match &mut self.table {
            Some(table) => table.count(fingerprint, &self.dir),
            None => Ok(0),
        }
    }
}

/// Open addressing by bucket; a full bucket leads to the next.
struct Table {
    file: File,
    buckets: u64,
    used: u64,
}

impl Table {
    fn create(dir: &Path, rows: usize) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let path = dir.join(format!("repeats-{}", Uuid::now_v7()));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        let buckets = (rows as u64 * 4 / ENTRIES as u64).next_power_of_two();
        file.set_len(buckets * BUCKET as u64)?;
        Ok(Self { file, buckets, used: 0 })
    }

    fn count(&mut self, fingerprint: u64, dir: &Path) -> io::Result<u32> {
        if self.used * 10 > self.buckets * ENTRIES as u64 * 7 {
            self.grow(dir)?;
        }
        self.add(fingerprint, 1)
    }

    /// Adds to a count and returns what it was.
    fn add(&mut self, fingerprint: u64, by: u32) -> io::Result<u32> {
        // 0 marks a free entry
        let wanted = fingerprint.max(1);
        let mut bucket = wanted.rotate_left(17) & (self.buckets - 1);
        loop {
            let mut bytes = [0; BUCKET];
            self.file.read_exact_at(&mut bytes, bucket * BUCKET as u64)?;
            for (at, entry) in bytes.chunks_exact(ENTRY).enumerate() {
                let (found, count) = decode(entry);
                if found == wanted || found == 0 {
                    let offset = bucket * BUCKET as u64 + (at * ENTRY) as u64;
                    let mut entry = [0; ENTRY];
                    entry[..8].copy_from_slice(&wanted.to_le_bytes());
                    entry[8..].copy_from_slice(&count.saturating_add(by).to_le_bytes());
                    self.file.write_all_at(&entry, offset)?;
                    self.used += u64::from(found == 0);
                    return Ok(count);
                }
            }
            bucket = (bucket + 1) & (self.buckets - 1);
        }
    }

    fn grow(&mut self, dir: &Path) -> io::Result<()> {
        let rows = usize::try_from(self.buckets * 2).unwrap_or(usize::MAX / 64) * ENTRIES / 4;
        let mut larger = Self::create(dir, rows)?;
        for bucket in 0..self.buckets {
            let mut bytes = [0; BUCKET];
            self.file.read_exact_at(&mut bytes, bucket * BUCKET as u64)?;
            for entry in bytes.chunks_exact(ENTRY) {
                let (found, count) = decode(entry);
                if found != 0 {
                    larger.add(found, count)?;
                }
            }
        }
        *self = larger;
        Ok(())
    }
}

fn decode(entry: &[u8]) -> (u64, u32) {
    let mut fingerprint = [0; 8];
    let mut count = [0; 4];
    fingerprint.copy_from_slice(&entry[..8]);
    count.copy_from_slice(&entry[8..ENTRY]);
    (u64::from_le_bytes(fingerprint), u32::from_le_bytes(count))
}

#[cfg(test)]
mod tests {
    use super::Repeats;

    /// Deterministic noise.
    fn fingerprint(number: u64) -> u64 {
        (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }

    #[test]
    fn counts_stay_exact_when_they_move_to_disk_and_the_table_grows() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut repeats = Repeats { limit: 500, ..Repeats::new(dir.path()) };
        for round in 0..3 {
            for number in 0..20_000 {
                assert_eq!(repeats.count(fingerprint(number)).expect("disk"), round, "row {number}");
            }
        }
        assert_eq!(repeats.count(0).expect("disk"), 0);
        assert!(repeats.table.is_some() && repeats.memory.is_empty());
        assert_eq!(std::fs::read_dir(dir.path()).expect("readable").count(), 0, "nothing is left behind");
    }
}
