//! The multipart body of an upload. The file goes straight to the spool, encrypted, on a thread of its own; what it begins
//! with is kept so that its header can be checked. An upload that breaks off, or is refused, leaves nothing on disk.

use std::io;
use std::path::PathBuf;

use actix_multipart::{Field, Multipart};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::spool::{self, SpoolWriter, Spooled, UPLOAD_LIMIT};
use crate::config::{Config, Keys};
use crate::error::AppError;

/// How much of a file's beginning is kept for its header.
const HEAD: usize = 64 * 1024;

/// What a form posted.
#[derive(Default)]
pub(super) struct Upload {
    pub source: Option<Uuid>,
    pub form_key: Option<Uuid>,
    pub file: Option<Received>,
}

/// A file in the spool; it is deleted with this value unless it is kept.
pub(super) struct Received {
    pub spooled: Spooled,
    pub head: Vec<u8>,
    dir: PathBuf,
    batch: Uuid,
    kept: bool,
}

impl Received {
    /// Leaves the file for the job that will import it.
    pub fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        if !self.kept {
            spool::remove(&self.dir, self.batch);
        }
    }
}

impl Upload {
    /// Takes the whole body.
    ///
    /// # Errors
    /// [`AppError::TooLarge`] past the limit; [`AppError::Invalid`] when the body is no such form.
    pub async fn receive(mut body: Multipart, config: &Config, batch: Uuid) -> Result<Self, AppError> {
        let mut upload = Self::default();
        while let Some(field) = body.next().await {
            let mut field = field.map_err(|_| unreadable())?;
            match field.name().unwrap_or_default() {
                "source" => upload.source = short(&mut field).await?,
                "form_key" => upload.form_key = short(&mut field).await?,
                "file" if upload.file.is_none() => {
                    let named = field
                        .content_disposition()
                        .and_then(|about| about.get_filename())
                        .is_some_and(|name| !name.is_empty());
                    let file = spool_file(field, config, batch).await?;
                    // a browser sends a part without name and content when no file was chosen
                    upload.file = (named || file.spooled.bytes > 0).then_some(file);
                }
                _ => return Err(unreadable()),
            }
        }
        Ok(upload)
    }
}

fn unreadable() -> AppError {
    AppError::Invalid("The upload cannot be read. Go back, choose the file again, and send it once more.".to_owned())
}

/// An id; anything else is none.
async fn short(field: &mut Field) -> Result<Option<Uuid>, AppError> {
    let bytes = field.bytes(64).await.map_err(|_| unreadable())?.map_err(|_| unreadable())?;
    Ok(std::str::from_utf8(&bytes).ok().and_then(|text| Uuid::try_parse(text.trim()).ok()))
}

async fn spool_file(mut field: Field, config: &Config, batch: Uuid) -> Result<Received, AppError> {
    let (sender, parts) = mpsc::channel(8);
    let (dir, keys) = (config.spool_dir.clone(), config.keys.clone());
    let writer = tokio::task::spawn_blocking(move || write(dir, &keys, batch, parts));
    let mut total = 0;
    while let Some(part) = field.next().await {
        let part = part.map_err(|_| unreadable())?;
        total += part.len() as u64;
        if total > UPLOAD_LIMIT {
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

fn write(dir: PathBuf, keys: &Keys, batch: Uuid, mut parts: mpsc::Receiver<Option<Bytes>>) -> io::Result<Received> {
    let mut file = SpoolWriter::create(&dir, keys, batch)?;
    let mut head = Vec::new();
    while let Some(part) = parts.blocking_recv() {
        let Some(part) = part else {
            return Ok(Received { spooled: file.finish()?, head, dir, batch, kept: false });
        };
        head.extend_from_slice(&part[..part.len().min(HEAD - head.len())]);
        file.add(&part)?;
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
