//! What the syslog listener asks of imports: the source its messages belong to, and each segment of its journal as a batch
//! under the segment's own id, so that a segment that is imported again after a kill is the same batch.

use uuid::Uuid;

use super::queries;
use super::run::{AfterBatch, Batch, RunError, run};
use crate::audit::Worker;
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::{Opened, Rows};
use crate::policy::Action;

/// The source of a stream.
#[derive(Debug, Clone)]
pub struct StreamSource {
    /// The source.
    pub id: Uuid,
    /// Its newest mapping: the version that a batch names.
    pub mapping_id: Uuid,
    /// Whose wall clock a time without a zone is.
    pub time_zone: String,
}

/// Why a segment is not in yet.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The batch cannot be made or read.
    #[error(transparent)]
    App(#[from] AppError),
    /// The import ended early.
    #[error("{source}{}", .source.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default())]
    Run {
        /// Why.
        #[from]
        source: RunError,
    },
}

/// The source of this name, if it has a mapping.
///
/// # Errors
/// What the database answers.
pub async fn stream_source(worker: &Worker, name: &str) -> Result<Option<StreamSource>, AppError> {
    worker
        .read(Action::ImportBatchRead, Uuid::nil(), Uuid::now_v7(), async |tx| queries::stream_source(tx, name).await)
        .await
}

/// Imports a segment; one that is in already is left as it is, even when it was withdrawn since.
///
/// # Errors
/// Why it is not in; it may be tried again.
pub async fn import_stream(
    worker: &Worker,
    config: &Config,
    source: &StreamSource,
    id: Uuid,
    rows: Box<dyn Rows>,
    bytes: u64,
    after: AfterBatch,
) -> Result<(), StreamError> {
    let request_id = Uuid::now_v7();
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let (reads, writes) = (Some(Action::ImportBatchRead), Action::ImportBatchRun);
    let state = worker
        .change(reads, writes, id, request_id, None, async |tx| {
            queries::add_stream(tx, id, source.id, source.mapping_id, bytes).await?;
            Ok(queries::waiting(tx, id).await?.state)
        })
        .await?;
    if matches!(state.as_str(), "waiting" | "running" | "failed") {
        let batch = Batch { id, request_id, source_id: source.id, keys: &config.keys, dir: &config.spool_dir };
        run(worker, &batch, Opened::of(rows), after, |_| ()).await?;
    }
    Ok(())
}
