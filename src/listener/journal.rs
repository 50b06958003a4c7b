//! What is taken over waits here, encrypted, until it is imported. A segment is a file of groups; a group is one fsync,
//! sealed on its own with ChaCha20-Poly1305 under a nonce of the segment and its place, so that a kill costs at most the
//! group that nobody was told is safe. Layout: 4 bytes of magic, 8 of nonce, then groups: 4 bytes of length, sealed bytes.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use tokio::sync::{mpsc::UnboundedSender, oneshot};
use uuid::Uuid;

use super::settings::Segment;
use crate::config::Keys;
use crate::ingest::formats::syslog::Fault;

const MAGIC: &[u8; 4] = b"HAJ1";
const NONCE: usize = 8;
/// No group is larger: what one read brings, several connections at once.
const GROUP: usize = 64 * 1024 * 1024;
/// How often a segment's age is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One thing that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A message, header and text as they came.
    Message(Vec<u8>),
    /// Bytes that are none: why, and their hash.
    Garbage(Fault, [u8; 32]),
}

/// A segment that waits to be imported; its id is its batch's.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The batch.
    pub id: Uuid,
    /// The file.
    pub path: PathBuf,
}

type Group = (Vec<Entry>, oneshot::Sender<bool>);

/// The journal; closed with [`Journal::close`].
pub struct Journal {
    groups: Sender<Group>,
    stop: Arc<AtomicBool>,
    writer: std::thread::JoinHandle<()>,
}

/// What a connection keeps its messages with.
#[derive(Clone)]
pub struct Handle(Sender<Group>);

impl Handle {
    /// Returns once the disk has them.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn keep(&self, entries: Vec<Entry>) -> io::Result<()> {
        let (done, kept) = oneshot::channel();
        let refused = || io::Error::other("the journal cannot be written");
        self.0.send((entries, done)).map_err(|_| refused())?;
        if kept.await.unwrap_or(false) { Ok(()) } else { Err(refused()) }
    }
}

impl Journal {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn start(dir: PathBuf, keys: &Keys, segment: Segment, closed: UnboundedSender<Waiting>) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let (groups, taken) = channel();
        let cipher = cipher(keys);
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let writer = std::thread::spawn(move || write(&dir, &cipher, segment, &taken, &closed, &told));
        Ok(Self { groups, stop, writer })
    }

    /// For a connection.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(self.groups.clone())
    }

    /// Closes the last segment. What a connection says from now on is not taken over.
    pub async fn close(self) {
        self.stop.store(true, Ordering::Relaxed);
        while !self.writer.is_finished() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&keys.derive("listener journal").into())
}

/// Every segment that an earlier run left, oldest first.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn left_behind(dir: &Path) -> io::Result<Vec<Waiting>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".segment"));
        if let Some(id) = name.and_then(|id| Uuid::try_parse(id).ok()) {
            found.push(Waiting { id, path });
        }
    }
    found.sort_by_key(|waiting| waiting.id);
    Ok(found)
}

fn write(
    dir: &Path,
    cipher: &ChaCha20Poly1305,
    limits: Segment,
    groups: &Receiver<Group>,
    closed: &UnboundedSender<Waiting>,
    stop: &AtomicBool,
) {
    let mut open: Option<Open> = None;
    loop {
        match groups.recv_timeout(LOOK) {
            Ok(first) => {
                // whoever waits meanwhile shares the same fsync
                let mut together = vec![first];
                while together.len() < 256
                    && let Ok(next) = groups.try_recv()
                {
                    together.push(next);
                }
                let kept = append(&mut open, dir, cipher, &together);
                if let Err(error) = &kept {
                    tracing::error!(kind = %error.kind(), "the listener's journal cannot be written");
                    // what stands in it is whole up to here; a new segment begins
                    close(&mut open, closed);
                }
                for (_, done) in together {
                    let _ = done.send(kept.is_ok());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                close(&mut open, closed);
                return;
            }
        }
        if stop.load(Ordering::Relaxed) {
            close(&mut open, closed);
            return;
        }
        if open.as_ref().is_some_and(|open| open.begun.elapsed() >= limits.age || open.bytes >= limits.bytes) {
            close(&mut open, closed);
        }
    }
}

fn close(open: &mut Option<Open>, closed: &UnboundedSender<Waiting>) {
    if let Some(open) = open.take() {
        let _ = closed.send(open.waiting);
    }
}

fn append(open: &mut Option<Open>, dir: &Path, cipher: &ChaCha20Poly1305, groups: &[Group]) -> io::Result<()> {
    let segment = match open {
        Some(segment) => segment,
        None => open.insert(Open::create(dir)?),
    };
    let mut plain = Vec::new();
    for (entries, _) in groups {
        for entry in entries {
            encode(entry, &mut plain);
        }
    }
    segment.append(cipher, &plain)
}

/// The segment that is written to.
struct Open {
    file: File,
    waiting: Waiting,
    nonce: [u8; NONCE],
    groups: u32,
    bytes: u64,
    begun: Instant,
}

impl Open {
    fn create(dir: &Path) -> io::Result<Self> {
        let id = Uuid::now_v7();
        let path = dir.join(format!("{id}.segment"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let nonce: [u8; NONCE] = rand::random();
        file.write_all(MAGIC)?;
        file.write_all(&nonce)?;
        // the file's name is on disk, too
        File::open(dir)?.sync_all()?;
        Ok(Self { file, waiting: Waiting { id, path }, nonce, groups: 0, bytes: 0, begun: Instant::now() })
    }

    fn append(&mut self, cipher: &ChaCha20Poly1305, plain: &[u8]) -> io::Result<()> {
        let sealed = cipher
            .encrypt(&nonce_of(self.nonce, self.groups).into(), plain)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        let length = u32::try_from(sealed.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let mut bytes = length.to_be_bytes().to_vec();
        bytes.extend_from_slice(&sealed);
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.groups += 1;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}

fn nonce_of(segment: [u8; NONCE], group: u32) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..NONCE].copy_from_slice(&segment);
    nonce[NONCE..].copy_from_slice(&group.to_be_bytes());
    nonce
}

const FAULTS: [Fault; 5] = [Fault::NoHeader, Fault::BadHeader, Fault::NotXml, Fault::TooLong, Fault::Cut];

fn fault_byte(fault: Fault) -> u8 {
    FAULTS.iter().zip(1..).find(|(known, _)| **known == fault).map_or(1, |(_, byte)| byte)
}

fn fault_of(byte: u8) -> Option<Fault> {
    FAULTS.get(usize::from(byte.checked_sub(1)?)).copied()
}

fn encode(entry: &Entry, out: &mut Vec<u8>) {
    let (kind, bytes) = match entry {
        Entry::Message(raw) => (0, raw.as_slice()),
        Entry::Garbage(fault, hash) => (fault_byte(*fault), hash.as_slice()),
    };
    out.push(kind);
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
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

/// Everything that a segment holds whole. A group at its end that is cut was never called received; one that was changed
/// ends the segment, and is told.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path, keys: &Keys) -> io::Result<Vec<Entry>> {
    let bytes = fs::read(path)?;
    let cipher = cipher(keys);
    let mut entries = Vec::new();
    let Some((head, mut rest)) = bytes.split_at_checked(MAGIC.len() + NONCE) else { return Ok(entries) };
    if !head.starts_with(MAGIC) {
        return Ok(entries);
    }
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&head[MAGIC.len()..]);
    let mut group = 0;
    while let Some((length, after)) = rest.split_at_checked(4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let Some((sealed, after)) = after.split_at_checked(length).filter(|_| length <= GROUP) else { break };
        let opened = cipher.decrypt(&nonce_of(nonce, group).into(), sealed);
        let Some(()) = opened.ok().and_then(|plain| decode(&plain, &mut entries)) else { break };
        rest = after;
        group += 1;
    }
    if !rest.is_empty() {
        tracing::warn!(
            bytes = rest.len(),
            "a segment of the listener's journal ends in bytes that were never acknowledged"
        );
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Journal, left_behind, read};
    use crate::config::Keys;
    use crate::ingest::formats::syslog::Fault;
    use crate::listener::settings::Segment;
    use std::time::Duration;

    #[actix_web::test]
    async fn what_was_kept_is_read_back_encrypted_and_a_cut_end_costs_only_itself() {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = Keys::new(&"k".repeat(32)).expect("long enough");
        let (closed, mut waiting) = tokio::sync::mpsc::unbounded_channel();
        let limits = Segment { age: Duration::from_mins(1), bytes: 1 << 20 };
        let journal = Journal::start(dir.path().to_owned(), &keys, limits, closed).expect("it starts");
        let handle = journal.handle();
        for n in 0..3_u8 {
            let entries = vec![
                Entry::Message(format!("<85>1 Hollingberry {n}").into_bytes()),
                Entry::Garbage(Fault::TooLong, [n; 32]),
            ];
            handle.keep(entries).await.expect("on disk");
        }
        let left = left_behind(dir.path()).expect("readable");
        assert_eq!(left.len(), 1, "on disk before anything is closed");
        let bytes = std::fs::read(&left[0].path).expect("a file");
        assert!(!bytes.windows(12).any(|window| window == b"Hollingberry"), "encrypted");
        assert_eq!(read(&left[0].path, &keys).expect("readable").len(), 6);
        assert_eq!(read(&left[0].path, &Keys::new(&"x".repeat(32)).expect("long")).expect("readable").len(), 0);

        // killed in the middle of the third group
        std::fs::write(&left[0].path, &bytes[..bytes.len() - 5]).expect("cut");
        let kept = read(&left[0].path, &keys).expect("readable");
        assert_eq!(kept.len(), 4);
        assert_eq!(kept[1], Entry::Garbage(Fault::TooLong, [0; 32]));
        // changed in the middle
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&left[0].path, &changed).expect("changed");
        assert!(read(&left[0].path, &keys).expect("readable").len() < 6);

        journal.close().await;
        assert!(
            handle.keep(vec![Entry::Garbage(Fault::Cut, [0; 32])]).await.is_err(),
            "nothing is taken over any more"
        );
        assert_eq!(waiting.recv().await.expect("it is closed").id, left[0].id);
    }
}
