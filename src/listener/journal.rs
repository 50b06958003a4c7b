//! What is taken over waits here, encrypted, until it is imported. A segment is a file of groups; a group is sealed on its
//! own, and an fsync says that it is safe, so that a kill costs at most the group that nobody was told is safe. One source's
//! journal is one folder, and one process at a time holds it. What waits has a limit: beyond it nothing more is read.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use chacha20poly1305::ChaCha20Poly1305;
use tokio::sync::{mpsc::UnboundedSender, oneshot};
use uuid::Uuid;

use super::segment::{self, GROUP, Open, cipher};
pub use super::segment::{Contents, Waiting, read};
use super::settings::Segment;
use crate::config::Keys;
use crate::ingest::formats::syslog::Fault;

/// How often a segment's age, and whether there is room again, is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One thing that was taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A message, header and text as they came.
    Message(Vec<u8>),
    /// Bytes that are none: why, and their hash.
    Garbage(Fault, [u8; 32]),
}

type Group = (Vec<Entry>, oneshot::Sender<bool>);

/// How many bytes wait to be imported.
#[derive(Debug, Clone, Default)]
pub struct Backlog(Arc<AtomicU64>);

impl Backlog {
    /// Bytes that wait now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// These wait no more.
    pub fn less(&self, bytes: u64) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_sub(bytes)));
    }
}

/// One source's folder, held by this process until it is dropped or the process ends; and the mapping under which this
/// process takes messages over, which every segment keeps, since the source's newest may be another when it is imported.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    mapping: Uuid,
    _lock: File,
}

impl Folder {
    /// Takes the folder; `None` where another process holds it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn take(dir: PathBuf, mapping: Uuid) -> io::Result<Option<Self>> {
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(dir.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { dir, mapping, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.dir
    }
}

/// The journal; closed with [`Journal::close`].
pub struct Journal {
    handle: Handle,
    writer: std::thread::JoinHandle<()>,
}

/// What a connection keeps its messages with.
#[derive(Clone)]
pub struct Handle {
    groups: Sender<Group>,
    stop: Arc<AtomicBool>,
    backlog: Backlog,
    room: u64,
}

impl Handle {
    /// Returns once the disk has them. Waits while too much waits already: whoever sends is not read meanwhile.
    ///
    /// # Errors
    /// When the journal cannot be written, or one of them is too large for it.
    pub async fn keep(&self, entries: Vec<Entry>) -> io::Result<()> {
        let (done, kept) = oneshot::channel();
        let refused = || io::Error::other("the journal cannot be written");
        if entries.iter().any(|entry| segment::size(entry) > GROUP) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        while self.backlog.bytes() >= self.room {
            if self.stop.load(Ordering::Relaxed) {
                return Err(refused());
            }
            tokio::time::sleep(LOOK).await;
        }
        self.groups.send((entries, done)).map_err(|_| refused())?;
        if kept.await.unwrap_or(false) { Ok(()) } else { Err(refused()) }
    }
}

impl Journal {
    /// Starts the thread that writes; what waits in the folder already counts towards the limit.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn start(folder: Folder, keys: &Keys, segment: Segment, closed: UnboundedSender<Waiting>) -> io::Result<Self> {
        let (groups, taken) = channel();
        let cipher = cipher(keys);
        let handle = Handle { groups, stop: Arc::default(), backlog: Backlog::default(), room: segment.backlog.max(1) };
        for waiting in left_behind(folder.path())? {
            handle.backlog.add(fs::metadata(&waiting.path)?.len());
        }
        let (told, backlog) = (Arc::clone(&handle.stop), handle.backlog.clone());
        let writer = std::thread::spawn(move || write(&folder, &cipher, segment, &taken, &closed, &told, &backlog));
        Ok(Self { handle, writer })
    }

    /// For a connection.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What waits; whoever imports it says so.
    #[must_use]
    pub fn backlog(&self) -> Backlog {
        self.handle.backlog.clone()
    }

    /// Closes the last segment. What a connection says from now on is not taken over.
    pub async fn close(self) {
        self.handle.stop.store(true, Ordering::Relaxed);
        while !self.writer.is_finished() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Every segment that an earlier run left, oldest first; also those that it set aside because they could not be imported.
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
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_suffix(".segment").or_else(|| name.strip_suffix(".failed")));
        if let Some(id) = name.and_then(|id| Uuid::try_parse(id).ok()) {
            found.push(Waiting { id, path });
        }
    }
    found.sort_by_key(|waiting| waiting.id);
    Ok(found)
}

fn write(
    folder: &Folder,
    cipher: &ChaCha20Poly1305,
    limits: Segment,
    groups: &Receiver<Group>,
    closed: &UnboundedSender<Waiting>,
    stop: &AtomicBool,
    backlog: &Backlog,
) {
    let mut open: Option<Open> = None;
    loop {
        match groups.recv_timeout(LOOK) {
            Ok(first) => {
                // whoever waits meanwhile shares the same fsync, as long as it is not much
                let mut bytes = weight(&first);
                let mut together = VecDeque::from([first]);
                while together.len() < 256
                    && bytes < GROUP
                    && let Ok(next) = groups.try_recv()
                {
                    bytes += weight(&next);
                    together.push_back(next);
                }
                let kept = append(&mut open, folder, cipher, &together, backlog);
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

fn weight(group: &Group) -> usize {
    group.0.iter().map(segment::size).sum()
}

fn close(open: &mut Option<Open>, closed: &UnboundedSender<Waiting>) {
    if let Some(open) = open.take() {
        let _ = closed.send(open.waiting);
    }
}

fn append(
    open: &mut Option<Open>,
    folder: &Folder,
    cipher: &ChaCha20Poly1305,
    taken: &VecDeque<Group>,
    backlog: &Backlog,
) -> io::Result<()> {
    let groups = segment::groups(taken.iter().flat_map(|(entries, _)| entries), GROUP)?;
    let segment = if let Some(segment) = open {
        segment
    } else {
        let segment = open.insert(Open::create(folder.path(), folder.mapping)?);
        backlog.add(segment::HEAD);
        segment
    };
    let before = segment.bytes;
    let kept = segment.append(cipher, &groups);
    backlog.add(segment.bytes - before);
    kept
}

#[cfg(test)]
mod tests {
    use super::{Entry, Folder, Journal, left_behind, read};
    use crate::config::Keys;
    use crate::ingest::formats::syslog::Fault;
    use crate::listener::settings::Segment;
    use std::path::Path;
    use std::time::Duration;
    use uuid::Uuid;

    const LIMITS: Segment = Segment { age: Duration::from_mins(1), bytes: 1 << 30, backlog: 1 << 30 };

    fn keys() -> Keys {
        Keys::new(&"k".repeat(32)).expect("long enough")
    }

    fn folder(dir: &Path) -> Folder {
        Folder::take(dir.to_owned(), Uuid::nil()).expect("it can be made").expect("nobody else holds it")
    }

    #[actix_web::test]
    async fn what_was_kept_is_on_disk_and_read_back_before_anything_is_closed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (closed, mut waiting) = tokio::sync::mpsc::unbounded_channel();
        let journal = Journal::start(folder(dir.path()), &keys(), LIMITS, closed).expect("it starts");
        let handle = journal.handle();
        for n in 0..3_u8 {
            let entries = vec![Entry::Message(vec![n; 50]), Entry::Garbage(Fault::TooLong, [n; 32])];
            handle.keep(entries).await.expect("on disk");
        }
        let left = left_behind(dir.path()).expect("readable");
        assert_eq!(left.len(), 1);
        let kept = read(&left[0], &keys()).expect("whole").entries;
        assert_eq!((kept.len(), &kept[1]), (6, &Entry::Garbage(Fault::TooLong, [0; 32])));
        assert_eq!(journal.backlog().bytes(), std::fs::metadata(&left[0].path).expect("there").len());
        journal.close().await;
        assert!(
            handle.keep(vec![Entry::Garbage(Fault::Cut, [0; 32])]).await.is_err(),
            "nothing is taken over any more"
        );
        assert_eq!(waiting.recv().await.expect("it is closed").id, left[0].id);
    }

    #[actix_web::test]
    async fn much_at_once_is_read_back_whole_and_what_cannot_be_is_refused_when_it_is_written() {
        let dir = tempfile::tempdir().expect("a folder");
        let (closed, _waiting) = tokio::sync::mpsc::unbounded_channel();
        let journal = Journal::start(folder(dir.path()), &keys(), LIMITS, closed).expect("it starts");
        let handle = journal.handle();
        let all = (0..40).map(|n| Entry::Message(vec![n; 1 << 16])).collect();
        handle.keep(all).await.expect("on disk");
        let large = handle.keep(vec![Entry::Message(vec![0; super::GROUP])]).await;
        assert_eq!(large.expect_err("too large").kind(), std::io::ErrorKind::FileTooLarge);
        let left = left_behind(dir.path()).expect("readable");
        assert_eq!(read(&left[0], &keys()).expect("whole").entries.len(), 40);
        journal.close().await;
    }

    #[actix_web::test]
    async fn a_folder_is_held_by_one_process_and_free_again_after_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let held = folder(dir.path());
        assert!(Folder::take(dir.path().to_owned(), Uuid::nil()).expect("readable").is_none());
        drop(held);
        assert!(Folder::take(dir.path().to_owned(), Uuid::nil()).expect("readable").is_some());
    }

    #[actix_web::test]
    async fn beyond_the_limit_nothing_is_taken_until_something_was_imported() {
        let dir = tempfile::tempdir().expect("a folder");
        let (closed, _waiting) = tokio::sync::mpsc::unbounded_channel();
        let limits = Segment { backlog: 1000, ..LIMITS };
        let journal = Journal::start(folder(dir.path()), &keys(), limits, closed).expect("it starts");
        let (handle, message) = (journal.handle(), || vec![Entry::Message(vec![1; 2000])]);
        handle.keep(message()).await.expect("there is room");
        let soon = Duration::from_millis(400);
        assert!(tokio::time::timeout(soon, handle.keep(message())).await.is_err(), "it waits");
        journal.backlog().less(journal.backlog().bytes());
        handle.keep(message()).await.expect("there is room again");
        journal.close().await;
    }
}
