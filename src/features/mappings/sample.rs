//! The sample file of a draft: encrypted on disk, read again for every preview, gone once the mapping is saved or a day old.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use actix_multipart::Multipart;
use futures_util::StreamExt as _;
use uuid::Uuid;

use crate::clock;
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::formats::{self, Recognised};
use crate::ingest::header::Header;
use crate::ingest::mapping::Kind;
use crate::ingest::preview::{self, Preview};
use crate::ingest::{HeaderProblem, Input, Spec, rows};
use crate::spool::{self, SpoolReader};
use crate::web::Errors;
use crate::web::upload::{Received, spool_file, unreadable};

use super::form::Posted;

pub use crate::spool::SAMPLE_LIMIT;

/// How long a sample waits.
const KEPT: Duration = Duration::from_hours(24);

/// Where samples wait, apart from the uploads that are to be imported.
pub fn folder(config: &Config) -> PathBuf {
    spool::samples(&config.spool_dir)
}

/// Deletes samples that are a day old.
pub fn sweep(config: &Config) {
    spool::sweep(&folder(config), &HashSet::new(), KEPT);
}

/// The most fields of an editor's form, and the most bytes of one.
const FIELDS: usize = 4000;
const FIELD_BYTES: usize = 16 * 1024;

/// Takes the editor's form with a file that can be used, which is gone again unless it is put in the sample's place. What is
/// wrong with it goes to `errors`.
///
/// # Errors
/// [`AppError::TooLarge`] past a limit; [`AppError::Invalid`] when the body is no such form.
pub async fn receive(
    mut body: Multipart,
    config: &Config,
    errors: &mut Errors,
) -> Result<(Posted, Option<Received>), AppError> {
    let (mut pairs, mut file) = (Vec::new(), None);
    while let Some(field) = body.next().await {
        let mut field = field.map_err(|_| unreadable())?;
        let name = field.name().unwrap_or_default().to_owned();
        if name == "sample" && file.is_none() {
            file = Some(spool_file(field, &folder(config), &config.keys, Uuid::now_v7(), SAMPLE_LIMIT).await?);
        } else {
            let bytes = field.bytes(FIELD_BYTES).await.map_err(|_| AppError::TooLarge)?.map_err(|_| unreadable())?;
            pairs.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
        if pairs.len() > FIELDS {
            return Err(AppError::TooLarge);
        }
    }
    let file = file.filter(|file| file.spooled.bytes > 0);
    match file.as_ref().map(|file| refused(&file.head)) {
        None => errors.add("sample", "Choose a sample file"),
        Some(Some(sentence)) => errors.add("sample", sentence),
        Some(None) => {}
    }
    Ok((Posted::new(pairs), file.filter(|_| errors.is_empty())))
}

/// What is said of a file that no mapping reads; whether it fits this one, the preview says.
fn refused(head: &[u8]) -> Option<&'static str> {
    let is = formats::recognise(head);
    (!is.may_be_log() && is != Recognised::PlainText).then(|| is.sentence())
}

/// What a mapping makes of a draft's sample.
pub struct Looked {
    /// The file's columns, if it has a header.
    pub header: Option<Header>,
    /// Its first rows, or what is wrong with its header.
    pub preview: Result<Preview, HeaderProblem>,
}

/// Reads a draft's sample; `None` when it is not there any more.
///
/// # Errors
/// Ours, when the disk refuses.
pub async fn look(config: &Config, draft: Uuid, spec: Spec) -> Result<Option<Looked>, AppError> {
    let (dir, keys) = (folder(config), config.keys.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let open = || SpoolReader::open(&dir, &keys, draft).map(|file| Box::new(file) as Input);
        let header = match spec.kind {
            Kind::Delimited => Header::read(&mut rows::records(open()?, &spec))?.ok(),
            _ => None,
        };
        Ok::<_, io::Error>(Looked { header, preview: preview::read(open()?, &spec, &keys, clock::now())? })
    })
    .await
    .map_err(|_| AppError::Internal("reading a sample panicked"))?;
    match looked {
        Ok(looked) => Ok(Some(looked)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            tracing::error!(kind = %error.kind(), "a sample cannot be read");
            Err(AppError::Internal("a sample cannot be read"))
        }
    }
}
