//! A posted file. It goes straight to the spool, encrypted, on a thread of its own; what it begins with is kept so that its
//! header can be checked. An upload that breaks off, or is refused, leaves nothing on disk.

use std::io;
use std::path::{Path, PathBuf};

use actix_multipart::Field;
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::audit::{Code, Db, Intent, Outcome};
use crate::config::Keys;
use crate::error::AppError;
use crate::spool::{self, SpoolWriter, Spooled};

/// How much of a file's beginning is kept for its header.
const HEAD: usize = 64 * 1024;

/// A file in the spool; it is deleted with this value unless it is kept.
pub struct Received {
    /// Its size and its hash.
    pub spooled: Spooled,
    /// What it begins with.
    pub head: Vec<u8>,
    dir: PathBuf,
    id: Uuid,
    kept: bool,
}

impl Received {
    /// A file that waits in the spool already, copied under another name; `None` where it is not there.
    ///
    /// # Errors
    /// Ours, when the disk refuses.
    pub async fn copy_of(dir: &Path, keys: &Keys, from: Uuid, id: Uuid, limit: u64) -> Result<Option<Self>, AppError> {
        let (dir, keys) = (dir.to_owned(), keys.clone());
        tokio::task::spawn_blocking(move || match spool::copy(&keys, (&dir, from), (&dir, id), limit, HEAD) {
            Ok((spooled, head)) => Ok(Some(Self { spooled, head, dir, id, kept: false })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                tracing::error!(kind = %error.kind(), "a spooled file cannot be copied");
                Err(AppError::Internal("the spool cannot be read"))
            }
        })
        .await
        .map_err(|_| AppError::Internal("copying a spooled file panicked"))?
    }

    /// Puts the file in another one's place.
    ///
    /// # Errors
    /// Ours, when the disk refuses.
    pub async fn replace(&self, keys: &Keys, other: Uuid, limit: u64) -> Result<(), AppError> {
        Self::put(&self.dir, self.id, &self.dir, other, keys, limit).await
    }

    /// Offers a refused file as a sample to whoever sent it; no more of it than a sample may have.
    ///
    /// # Errors
    /// Ours, when the disk refuses.
    pub async fn offer(&self, keys: &Keys, person: Uuid, limit: u64) -> Result<(), AppError> {
        let to = spool::offered(keys, person, self.id);
        Self::put(&self.dir, self.id, &spool::samples(&self.dir), to, keys, limit).await
    }

    async fn put(dir: &Path, id: Uuid, to: &Path, other: Uuid, keys: &Keys, limit: u64) -> Result<(), AppError> {
        let (dir, to, keys) = (dir.to_owned(), to.to_owned(), keys.clone());
        let copied = tokio::task::spawn_blocking(move || spool::copy(&keys, (&dir, id), (&to, other), limit, 0)).await;
        match copied {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                tracing::error!(kind = %error.kind(), "a spooled file cannot be copied");
                Err(AppError::Internal("the spool cannot be written"))
            }
            Err(_) => Err(AppError::Internal("copying a spooled file panicked")),
        }
    }

    /// Leaves the file for whoever reads it later.
    pub const fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.kept {
            spool::remove(&self.dir, self.id);
        }
    }
}

/// A body that is no such form.
#[must_use]
pub fn unreadable() -> AppError {
    AppError::Invalid("The upload cannot be read. Go back, choose the file again, and send it once more.".to_owned())
}

/// A form with a file that was read. One that cannot be taken is recorded under the act it was for.
///
/// # Errors
/// What the reading answered, or that it cannot be recorded.
pub async fn accepted<T>(db: &Db, writes: &Intent, read: Result<T, AppError>) -> Result<T, AppError> {
    if let Err(error) = &read {
        let (outcome, code) = match error {
            AppError::TooLarge => (Outcome::ValidateFail, Code::TooLarge),
            AppError::Invalid(_) => (Outcome::ValidateFail, Code::InvalidInput),
            _ => (Outcome::Error, Code::InternalError),
        };
        db.refuse(writes, outcome, code).await?;
    }
    read
}

/// Takes one part of a multipart body into the spool.
///
/// # Errors
/// [`AppError::TooLarge`] past the limit; [`AppError::Invalid`] when it breaks off; ours when the disk refuses.
pub async fn spool_file(mut field: Field, dir: &Path, keys: &Keys, id: Uuid, limit: u64) -> Result<Received, AppError> {
    let (sender, parts) = mpsc::channel(8);
    let (dir, keys) = (dir.to_owned(), keys.clone());
    let writer = tokio::task::spawn_blocking(move || write(dir, &keys, id, parts));
    let mut total = 0;
    while let Some(part) = field.next().await {
        let part = part.map_err(|_| unreadable())?;
        total += part.len() as u64;
        if total > limit {
            return Err(AppError::TooLarge);
        }
        if sender.send(Some(part)).await.is_err() {
            break;
        }
    }
    // only this says that the file is whole: a sender that is merely gone makes the writer delete it
    let _ = sender.send(None).await;
    writer.await.map_err(|_| AppError::Internal("the spool's writer panicked"))?.map_err(|error| {
        tracing::error!(kind = %error.kind(), "an upload cannot be spooled");
        AppError::Internal("the spool cannot be written")
    })
}

fn write(dir: PathBuf, keys: &Keys, id: Uuid, mut parts: mpsc::Receiver<Option<Bytes>>) -> io::Result<Received> {
    let mut file = SpoolWriter::create(&dir, keys, id)?;
    let mut head = Vec::new();
    while let Some(part) = parts.blocking_recv() {
        let Some(part) = part else {
            return Ok(Received { spooled: file.finish()?, head, dir, id, kept: false });
        };
        head.extend_from_slice(&part[..part.len().min(HEAD - head.len())]);
        file.add(&part)?;
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
