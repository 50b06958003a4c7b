//! A segment on disk: groups of entries, each sealed on its own with ChaCha20-Poly1305 under a nonce of the segment and its
//! place, and bound to the segment's id and to the mapping it was taken over under, so that a file that was renamed opens as
//! nothing. Layout: 4 bytes of magic, 8 of nonce, 16 of the mapping's id, then groups: 4 bytes of length, 4 that check
//! them, sealed bytes. Only a last group that ends before its length says was never called received; anything else that
//! does not open is damage, and an error. Segments of earlier releases (`HAJ1`: no check, no id; `HAJ2`: no mapping) are
//! still read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::journal::Entry;
use crate::config::Keys;
use crate::ingest::formats::syslog::Fault;

const MAGIC: &[u8; 4] = b"HAJ3";
const WITHOUT_MAPPING: &[u8; 4] = b"HAJ2";
const EARLIER: &[u8; 4] = b"HAJ1";
const NONCE: usize = 8;
/// What stands before the first group.
pub const HEAD: u64 = 28;
/// No group is larger before it is sealed: twice the longest message that can be set.
pub const GROUP: usize = 32 * 1024 * 1024;

/// A segment that waits to be imported; its id is its batch's.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The batch.
    pub id: Uuid,
    /// The file.
    pub path: PathBuf,
}

/// What a segment holds.
#[derive(Debug, Default)]
pub struct Contents {
    /// The mapping it was taken over under; earlier releases did not say.
    pub mapping: Option<Uuid>,
    /// What was taken over.
    pub entries: Vec<Entry>,
}

pub fn cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&keys.derive("listener journal").into())
}

/// The segment that is written to.
pub struct Open {
    file: File,
    nonce: [u8; NONCE],
    mapping: Uuid,
    groups: u32,
    /// Which one it is.
    pub waiting: Waiting,
    /// Its size so far.
    pub bytes: u64,
    /// When it was begun.
    pub begun: Instant,
}

impl Open {
    /// Begins one in a folder, of messages that are taken over under this mapping.
    pub fn create(dir: &Path, mapping: Uuid) -> io::Result<Self> {
        let id = Uuid::now_v7();
        let path = dir.join(format!("{id}.segment"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let nonce: [u8; NONCE] = rand::random();
        file.write_all(MAGIC)?;
        file.write_all(&nonce)?;
        file.write_all(mapping.as_bytes())?;
        // the file's name is on disk, too
        File::open(dir)?.sync_all()?;
        Ok(Self { file, nonce, mapping, groups: 0, waiting: Waiting { id, path }, bytes: 0, begun: Instant::now() })
    }

    /// Adds groups and waits until the disk has them.
    pub fn append(&mut self, cipher: &ChaCha20Poly1305, groups: &[Vec<u8>]) -> io::Result<()> {
        let aad = [self.waiting.id.into_bytes(), self.mapping.into_bytes()].concat();
        for plain in groups {
            let payload = Payload { msg: plain, aad: &aad };
            let sealed = cipher
                .encrypt(&nonce_of(self.nonce, self.groups).into(), payload)
                .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            let length = u32::try_from(sealed.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
            self.file.write_all(&length.to_be_bytes())?;
            self.file.write_all(&check(self.nonce, self.groups, length))?;
            self.file.write_all(&sealed)?;
            self.groups += 1;
            self.bytes += 8 + u64::from(length);
        }
        self.file.sync_data()
    }
}

fn nonce_of(segment: [u8; NONCE], group: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..NONCE].copy_from_slice(&segment);
    nonce[NONCE..].copy_from_slice(&group.to_be_bytes());
    nonce
}

/// Tells a length that was changed from a group that was cut off.
fn check(nonce: [u8; NONCE], group: u32, length: u32) -> [u8; 4] {
    let hash = Sha256::new().chain_update(nonce_of(nonce, group)).chain_update(length.to_be_bytes()).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

const FAULTS: [Fault; 5] = [Fault::NoHeader, Fault::BadHeader, Fault::OtherText, Fault::TooLong, Fault::Cut];

fn fault_byte(fault: Fault) -> u8 {
    FAULTS.iter().zip(1..).find(|(known, _)| **known == fault).map_or(1, |(_, byte)| byte)
}

fn fault_of(byte: u8) -> Option<Fault> {
    FAULTS.get(usize::from(byte.checked_sub(1)?)).copied()
}

fn parts(entry: &Entry) -> (u8, &[u8]) {
    match entry {
        Entry::Message(raw) => (0, raw),
        Entry::Garbage(fault, hash) => (fault_byte(*fault), hash),
    }
}

/// How many bytes of a group an entry takes.
pub fn size(entry: &Entry) -> usize {
    5 + parts(entry).1.len()
}

/// Entries as groups of at most `limit` bytes.
///
/// # Errors
/// When one entry alone is larger.
pub fn groups<'a>(entries: impl Iterator<Item = &'a Entry>, limit: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut groups = vec![Vec::new()];
    for entry in entries {
        let size = size(entry);
        if size > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if groups.last().is_none_or(|group| group.len() + size > limit) {
            groups.push(Vec::new());
        }
        let (kind, bytes) = parts(entry);
        let length = u32::try_from(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        if let Some(group) = groups.last_mut() {
            group.push(kind);
            group.extend_from_slice(&length.to_be_bytes());
            group.extend_from_slice(bytes);
        }
    }
    groups.retain(|group| !group.is_empty());
    Ok(groups)
}

fn decode(mut plain: &[u8], out: &mut Vec<Entry>) -> Option<()> {
    while !plain.is_empty() {
        let (&kind, rest) = plain.split_first()?;
        let (length, rest) = rest.split_at_checked(4)?;
        let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
        let (bytes, rest) = rest.split_at_checked(length)?;
        out.push(match kind {
            0 => Entry::Message(bytes.to_vec()),
            _ => Entry::Garbage(fault_of(kind)?, bytes.try_into().ok()?),
        });
        plain = rest;
    }
    Some(())
}

/// Everything that a segment holds. A last group that is cut off was never called received and is left out.
///
/// # Errors
/// When the file cannot be read; `InvalidData` when it is there and does not open: another secret, or changed bytes.
pub fn read(waiting: &Waiting, keys: &Keys) -> io::Result<Contents> {
    let bytes = fs::read(&waiting.path)?;
    let cipher = cipher(keys);
    let mut contents = Contents::default();
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a segment of the listener's journal does not open");
    let Some((head, mut rest)) = bytes.split_at_checked(MAGIC.len() + NONCE) else { return Ok(contents) };
    let (earlier, mut aad) = (head.starts_with(EARLIER), Vec::new());
    if !earlier {
        aad.extend_from_slice(waiting.id.as_bytes());
    }
    if head.starts_with(MAGIC) {
        let Some((mapping, after)) = rest.split_at_checked(size_of::<Uuid>()) else { return Ok(contents) };
        aad.extend_from_slice(mapping);
        contents.mapping = Uuid::from_slice(mapping).ok();
        rest = after;
    } else if !earlier && !head.starts_with(WITHOUT_MAPPING) {
        return Err(damaged());
    }
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&head[MAGIC.len()..]);
    let mut group = 0;
    while let Some((head, after)) = rest.split_at_checked(if earlier { 4 } else { 8 }) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        if !earlier && head[4..] != check(nonce, group, length) {
            return Err(damaged());
        }
        let Some((sealed, after)) = after.split_at_checked(length as usize) else { break };
        let opened = cipher.decrypt(&nonce_of(nonce, group).into(), Payload { msg: sealed, aad: &aad });
        opened.ok().and_then(|plain| decode(&plain, &mut contents.entries)).ok_or_else(damaged)?;
        rest = after;
        group += 1;
    }
    if !rest.is_empty() {
        tracing::warn!(
            bytes = rest.len(),
            "a segment of the listener's journal ends in bytes that were never acknowledged"
        );
    }
    Ok(contents)
}

#[cfg(test)]
#[path = "segment_tests.rs"]
mod tests;
