//! The sample file of a draft: encrypted on disk, read again for every preview, gone once the mapping is saved or a day old.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use uuid::Uuid;

use crate::clock;
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::header::Header;
use crate::ingest::mapping::Kind;
use crate::ingest::preview::{self, Preview};
use crate::ingest::{HeaderProblem, Input, Spec, rows};
use crate::spool::{self, SpoolReader};

/// The largest sample.
pub const SAMPLE_LIMIT: u64 = 64 * 1024 * 1024;
/// How long a sample waits.
const KEPT: Duration = Duration::from_hours(24);

/// Where samples wait, apart from the uploads that are to be imported.
pub fn folder(config: &Config) -> PathBuf {
    config.spool_dir.join("samples")
}

/// Deletes samples that are a day old.
pub fn sweep(config: &Config) {
    spool::sweep(&folder(config), &HashSet::new(), KEPT);
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
