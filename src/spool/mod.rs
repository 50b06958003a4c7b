//! Uploads wait on disk encrypted until they are imported: STREAM (BE32) over ChaCha20-Poly1305 in pieces of 64 KiB, each
//! bound to its place, the last one marked, under a key of that file alone. A file that was cut, reordered or changed is an error and never half a file.
//! Layout: 4 bytes of magic, 7 of nonce, then the pieces, each 16 bytes longer than what it holds.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aead_stream::{DecryptorBE32, EncryptorBE32, KeyInit as _};
use chacha20poly1305::ChaCha20Poly1305;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::Keys;

/// The largest upload; larger files go through the command line.
pub const UPLOAD_LIMIT: u64 = 512 * 1024 * 1024;

/// The largest sample of a mapping.
pub const SAMPLE_LIMIT: u64 = 64 * 1024 * 1024;

const MAGIC: &[u8; 4] = b"HAS2";
/// Of an earlier release: sealed under one key for every file. Such uploads may still wait.
const EARLIER: &[u8; 4] = b"HAS1";
/// What a copy is called until it is whole.
const PART: &str = "part";
const NONCE: usize = 7;
const PIECE: usize = 64 * 1024;
const TAG: usize = 16;

/// What is known of a file once it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spooled {
    /// Its size.
    pub bytes: u64,
    /// Of the file itself, not of what is on disk.
    pub sha256: [u8; 32],
}

/// Where a batch's file waits.
#[must_use]
pub fn path(dir: &Path, batch: Uuid) -> PathBuf {
    dir.join(format!("{batch}.upload"))
}

/// Where samples wait, apart from the uploads that are to be imported.
#[must_use]
pub fn samples(dir: &Path) -> PathBuf {
    dir.join("samples")
}

/// The name under which a refused upload waits as a sample, for the person who sent it alone.
#[must_use]
pub fn offered(keys: &Keys, person: Uuid, upload: Uuid) -> Uuid {
    let hash = keys.hash("offered sample", format!("{person} {upload}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Copies a waiting file, at most so many bytes of it, under another name and its key; what it begins with comes back. Only
/// a copy that is whole takes the place of what waited there, and of several at once the last one stays.
///
/// # Errors
/// When the first is missing or altered, or the disk refuses.
pub fn copy(
    keys: &Keys,
    from: (&Path, Uuid),
    to: (&Path, Uuid),
    limit: u64,
    head: usize,
) -> io::Result<(Spooled, Vec<u8>)> {
    let mut reader = SpoolReader::open(from.0, keys, from.1)?.take(limit);
    let part = to.0.join(format!("{}.{}.{PART}", to.1, Uuid::now_v7()));
    let mut writer = SpoolWriter::at(part.clone(), keys, to.1)?;
    let (mut begin, mut buffer) = (Vec::new(), vec![0; PIECE]);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            let spooled = writer.finish()?;
            fs::rename(&part, path(to.0, to.1)).inspect_err(|_| drop(fs::remove_file(&part)))?;
            File::open(to.0)?.sync_all()?;
            return Ok((spooled, begin));
        }
        begin.extend_from_slice(&buffer[..read.min(head.saturating_sub(begin.len()))]);
        writer.add(&buffer[..read])?;
    }
}

/// Each file has a key of its own, so that one in another's place opens as nothing.
fn cipher(keys: &Keys, batch: Uuid) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&keys.derive(&format!("upload spool {batch}")).into())
}

fn earlier_cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&keys.derive("upload spool").into())
}

/// Writes one file; without [`SpoolWriter::finish`] nothing of it stays.
pub struct SpoolWriter {
    path: PathBuf,
    file: BufWriter<File>,
    cipher: Option<EncryptorBE32<ChaCha20Poly1305>>,
    piece: Vec<u8>,
    bytes: u64,
    hash: Sha256,
}

impl SpoolWriter {
    /// Begins the file of a batch.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn create(dir: &Path, keys: &Keys, batch: Uuid) -> io::Result<Self> {
        Self::at(path(dir, batch), keys, batch)
    }

    /// Begins a file of this name, sealed as that of a batch.
    fn at(path: PathBuf, keys: &Keys, batch: Uuid) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let mut file = BufWriter::new(OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?);
        let nonce: [u8; NONCE] = rand::random();
        file.write_all(MAGIC)?;
        file.write_all(&nonce)?;
        let cipher = Some(EncryptorBE32::from_aead(cipher(keys, batch), &nonce.into()));
        Ok(Self { path, file, cipher, piece: Vec::with_capacity(PIECE), bytes: 0, hash: Sha256::new() })
    }

    /// Adds the next bytes of the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
        while !bytes.is_empty() {
            // a full piece waits for a byte after it: only then is it known not to be the last
            if self.piece.len() == PIECE {
                let cipher = self.cipher.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
                let sealed = cipher.encrypt_next(self.piece.as_slice()).map_err(|_| io::ErrorKind::FileTooLarge)?;
                self.file.write_all(&sealed)?;
                self.piece.clear();
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Seals the last piece and makes the file durable.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(mut self) -> io::Result<Spooled> {
        let cipher = self.cipher.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let sealed = cipher.encrypt_last(self.piece.as_slice()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.file.write_all(&sealed)?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        self.path = PathBuf::new();
        Ok(Spooled { bytes: self.bytes, sha256: self.hash.clone().finalize().into() })
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Reads a waiting file as it was.
pub struct SpoolReader {
    file: BufReader<File>,
    cipher: Option<DecryptorBE32<ChaCha20Poly1305>>,
    plain: Vec<u8>,
    at: usize,
}

impl SpoolReader {
    /// Opens the file of a batch.
    ///
    /// # Errors
    /// When it is missing, or begins as no file of ours does.
    pub fn open(dir: &Path, keys: &Keys, batch: Uuid) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(PIECE + TAG, File::open(path(dir, batch))?);
        let (mut magic, mut nonce) = ([0; MAGIC.len()], [0; NONCE]);
        file.read_exact(&mut magic).and_then(|()| file.read_exact(&mut nonce)).map_err(|_| altered())?;
        let cipher = match &magic {
            MAGIC => cipher(keys, batch),
            EARLIER => earlier_cipher(keys),
            _ => return Err(altered()),
        };
        Ok(Self { file, cipher: Some(DecryptorBE32::from_aead(cipher, &nonce.into())), plain: Vec::new(), at: 0 })
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let mut sealed = Vec::with_capacity(PIECE + TAG);
        (&mut self.file).take((PIECE + TAG) as u64).read_to_end(&mut sealed)?;
        let last = io::BufRead::fill_buf(&mut self.file)?.is_empty();
        let plain = match (last, self.cipher.take()) {
            (_, None) => Ok(Vec::new()),
            (true, Some(cipher)) => cipher.decrypt_last(sealed.as_slice()),
            (false, Some(mut cipher)) => {
                let plain = cipher.decrypt_next(sealed.as_slice());
                self.cipher = Some(cipher);
                plain
            }
        };
        self.plain = plain.map_err(|_| altered())?;
        self.at = 0;
        Ok(())
    }
}

impl Read for SpoolReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.plain.len() && self.cipher.is_some() {
            self.next_piece()?;
        }
        let length = buffer.len().min(self.plain.len() - self.at);
        buffer[..length].copy_from_slice(&self.plain[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

fn altered() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the spooled file was cut or changed")
}

/// Deletes a batch's file; one that is gone already is fine.
pub fn remove(dir: &Path, batch: Uuid) {
    if let Err(error) = fs::remove_file(path(dir, batch))
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::error!(%batch, kind = %error.kind(), "a spooled upload cannot be deleted");
    }
}

/// Deletes what no waiting batch needs: files, and parts of copies, that a killed process left behind. Young ones may still
/// be arriving.
pub fn sweep<S: std::hash::BuildHasher>(dir: &Path, needed: &HashSet<Uuid, S>, older_than: Duration) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        let batch = name.strip_suffix(".upload").and_then(|id| Uuid::try_parse(id).ok());
        let part = name.strip_suffix(PART).is_some_and(|name| name.ends_with('.'));
        let age = entry
            .metadata()
            .and_then(|data| data.modified())
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        if age.is_none_or(|age| age < older_than) {
            continue;
        }
        if part {
            let _ = fs::remove_file(entry.path());
        } else if let Some(batch) = batch.filter(|batch| !needed.contains(batch)) {
            remove(dir, batch);
        }
    }
}

#[cfg(test)]
mod tests;
