//! Runs one batch: waiting → running → complete or failed. Each chunk is one commit under its own event; partitions are
//! made for the months it needs. A batch that is run again counts from the start, and its ids make the rest harmless.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::chunks::{COPY, Chunk, NAMED, produce};
use super::ids::Ids;
use super::queries::{self, Stored};
use super::withdraw;
use crate::audit::{StagedChunk, Worker};
use crate::clock;
use crate::config::Keys;
use crate::error::AppError;
use crate::ingest::Opened;
use crate::ingest::words::Failure;
use crate::policy::Action;

/// What runs once a batch's rows are stored: the rules. Worker, batch, request.
pub type AfterBatch = for<'a> fn(&'a Worker, Uuid, Uuid) -> LocalBoxFuture<'a, Result<(), AppError>>;

/// How often a chunk is sent again when the database refuses it, such as for a deadlock or a lost connection.
const ATTEMPTS: u32 = 4;
/// How often a batch that runs says so.
const BETWEEN_SIGNS: Duration = Duration::from_secs(30);

/// What a run needs besides the file.
pub struct Batch<'a> {
    /// The batch.
    pub id: Uuid,
    /// The request that its events carry.
    pub request_id: Uuid,
    /// The source, which is part of every row's id.
    pub source_id: Uuid,
    /// For the rows' ids.
    pub keys: &'a Keys,
    /// Takes what counting identical rows of a very large file does not keep in memory.
    pub dir: &'a Path,
}

/// What a run has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the file.
    pub bytes_read: u64,
    /// Rows, accepted or not.
    pub read: i64,
    /// New rows.
    pub stored: i64,
    /// Rows that were there before.
    pub known: i64,
    /// Rows whose login nobody is known to have held at that time.
    pub unmatched: i64,
    /// Rows that were not accepted.
    pub rejected: i64,
    /// Rows whose local time the clocks said twice.
    pub repeated: i64,
    /// The first of their lines.
    pub repeated_lines: Vec<i64>,
    /// The whole file's hash, once it is read.
    pub sha256: Option<[u8; 32]>,
}

/// Why a run ended early: kept with the batch, and the cause for the server's log.
#[derive(Debug, thiserror::Error)]
#[error("{}", .failure.as_str())]
pub struct RunError {
    /// What the batch's page says.
    pub failure: Failure,
    /// What the program met.
    #[source]
    pub cause: Option<AppError>,
    /// Whether the batch says so; if not it is taken up again by itself.
    pub recorded: bool,
}

impl RunError {
    pub(super) const fn of(failure: Failure, cause: AppError) -> Self {
        Self { failure, cause: Some(cause), recorded: false }
    }
}

/// Stores a file's rows, runs `after`, and completes the batch; on failure the batch says why.
///
/// # Errors
/// Why it ended early.
pub async fn run(
    worker: &Worker,
    batch: &Batch<'_>,
    file: Opened,
    after: AfterBatch,
    mut tell: impl FnMut(&Progress),
) -> Result<Progress, RunError> {
    let ended = tokio::select! {
        ended = store_and_check(worker, batch, file, after, &mut tell) => ended,
        never = say_that_it_lives(worker, batch) => match never {},
    };
    match ended {
        Ok(progress) => Ok(progress),
        Err(mut error) => {
            fail(worker, batch, &mut error).await;
            Err(error)
        }
    }
}

/// A slow source, rules over many days, the wait for one's turn: whatever takes long, nobody calls the batch abandoned.
async fn say_that_it_lives(worker: &Worker, batch: &Batch<'_>) -> Infallible {
    let (reads, writes) = (Some(Action::ImportBatchRead), Action::ImportBatchRun);
    loop {
        tokio::time::sleep(BETWEEN_SIGNS).await;
        let said = worker
            .change(reads, writes, batch.id, batch.request_id, None, async |tx| queries::touch(tx, batch.id).await)
            .await;
        if let Err(error) = said {
            tracing::warn!(batch = %batch.id, %error, "an import that runs cannot say so");
        }
    }
}

/// Leaves a batch as failed; when not even that can be written it stays running and is taken up again later.
pub(super) async fn fail(worker: &Worker, batch: &Batch<'_>, error: &mut RunError) {
    tracing::error!(batch = %batch.id, failure = error.failure.as_str(), cause = error.cause.as_ref().map(tracing::field::display), "import failed");
    let written = worker
        .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, batch.id, batch.request_id, None, async |tx| {
            queries::end(tx, batch.id, Some(error.failure)).await
        })
        .await;
    match written {
        Ok(()) => error.recorded = true,
        Err(cause) => tracing::error!(batch = %batch.id, %cause, "the import's failure is not recorded"),
    }
}

async fn store_and_check(
    worker: &Worker,
    batch: &Batch<'_>,
    file: Opened,
    after: AfterBatch,
    tell: &mut impl FnMut(&Progress),
) -> Result<Progress, RunError> {
    let database = |cause| RunError::of(Failure::DatabaseError, cause);
    worker
        .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, batch.id, batch.request_id, None, async |tx| {
            queries::begin(tx, batch.id).await
        })
        .await
        .map_err(database)?;
    let (sender, mut chunks) = mpsc::channel(2);
    let ids = Ids::new(batch.keys, batch.source_id, batch.dir);
    let (id, now) = (batch.id, clock::now());
    let producer = tokio::task::spawn_blocking(move || produce(file, ids, id, now, &sender));
    let mut progress = Progress::default();
    let mut months = BTreeSet::new();
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        for &month in &chunk.months {
            if months.insert(month) {
                worker.make_partitions(month, batch.request_id).await.map_err(database)?;
            }
        }
        progress = store(worker, batch, &chunk, &progress).await.map_err(database)?;
        tell(&progress);
    }
    producer
        .await
        .map_err(|_| RunError::of(Failure::InputUnreadable, AppError::Internal("the reader of an import panicked")))?;
    // also when an earlier attempt brought them back and was cut off
    if progress.known > 0 {
        withdraw::bring_back(worker, batch.id, batch.request_id).await.map_err(database)?;
    }
    after(worker, batch.id, batch.request_id).await.map_err(|cause| RunError::of(Failure::RulesFailed, cause))?;
    worker
        .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, batch.id, batch.request_id, None, async |tx| {
            queries::end(tx, batch.id, None).await
        })
        .await
        .map_err(database)?;
    Ok(progress)
}

/// Commits one chunk, again if the database refuses it.
async fn store(worker: &Worker, batch: &Batch<'_>, chunk: &Chunk, before: &Progress) -> Result<Progress, AppError> {
    let mut attempt = 1;
    loop {
        match store_once(worker, batch, chunk, before).await {
            Err(error @ (AppError::Database(_) | AppError::Unrecorded(_))) if attempt < ATTEMPTS => {
                tracing::warn!(batch = %batch.id, attempt, %error, "a chunk is sent again");
                tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

async fn store_once(
    worker: &Worker,
    batch: &Batch<'_>,
    chunk: &Chunk,
    before: &Progress,
) -> Result<Progress, AppError> {
    let staged = (chunk.rows > 0).then_some(StagedChunk { copy: COPY, bytes: &chunk.copy });
    let any = staged.is_some();
    worker
        .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, batch.id, batch.request_id, staged, async |tx| {
            let stored = if any { queries::store(tx, batch.id).await? } else { Stored::default() };
            queries::reject(tx, batch.id, &chunk.rejects).await?;
            let counted = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
            let rejected = counted(chunk.rejects.len());
            let progress = Progress {
                bytes_read: chunk.bytes_read,
                // what the file had, not what became of it: the database holds the two against each other
                read: before.read + counted(chunk.rows) + rejected,
                stored: before.stored + stored.new,
                known: before.known + stored.known,
                unmatched: before.unmatched + stored.unmatched,
                rejected: before.rejected + rejected,
                repeated: before.repeated + chunk.repeated,
                repeated_lines: before
                    .repeated_lines
                    .iter()
                    .chain(&chunk.repeated_lines)
                    .copied()
                    .take(NAMED)
                    .collect(),
                sha256: chunk.sha256,
            };
            queries::advance(tx, batch.id, &progress, &stored).await?;
            Ok(progress)
        })
        .await
}

/// A spooled file that was tampered with, or a source that broke off.
fn unreadable(error: &std::io::Error) -> RunError {
    let failure =
        if error.kind() == std::io::ErrorKind::InvalidData { Failure::FileAltered } else { Failure::InputUnreadable };
    RunError { failure, cause: None, recorded: false }
}
