//! What the job loop asks of imports: take an upload from the spool and import it, and tidy what a killed process left.

use std::time::Duration;

use uuid::Uuid;

use super::queries;
use super::run::{AfterBatch, Batch, RunError, fail, run};
use super::spool::{self, SpoolReader};
use crate::audit::{Job, Worker};
use crate::config::Config;
use crate::error::AppError;
use crate::ingest::words::Failure;
use crate::ingest::{Opened, Spec};
use crate::policy::Action;

/// How old a spooled file that no batch waits for must be to be swept away.
const ORPHAN: Duration = Duration::from_hours(1);

/// Imports one upload. How the job ends: `done`, or `failed`; the batch says why.
pub async fn perform(worker: &Worker, config: &Config, job: &Job, after: AfterBatch) -> &'static str {
    let read = worker
        .read(Action::ImportBatchRead, job.target_id, job.request_id, async |tx| {
            queries::waiting(tx, job.target_id).await
        })
        .await;
    let waiting = match read {
        Ok(waiting) => waiting,
        Err(error) => {
            tracing::error!(job = %job.id, %error, "a job's batch cannot be read");
            // nothing stands against the upload; it goes on when the database answers, however long that takes
            let passes = matches!(error, AppError::Database(_) | AppError::Unrecorded(_));
            return if passes { "again" } else { "failed" };
        }
    };
    let batch = Batch {
        id: job.target_id,
        request_id: job.request_id,
        source_id: waiting.source_id,
        keys: &config.keys,
        dir: &config.spool_dir,
    };
    match waiting.state.as_str() {
        "waiting" | "running" => {}
        // only the job's end was not written; its file may be what somebody takes it up again from, and the sweep knows
        "failed" => return "failed",
        // its rows are in
        _ => {
            spool::remove(&config.spool_dir, batch.id);
            return "done";
        }
    }
    let ended = match open(config, batch.id, waiting.spec).await {
        Ok(file) => run(worker, &batch, file, after, |_| ()).await.map(|_| ()),
        Err(mut error) => {
            fail(worker, &batch, &mut error).await;
            Err(error)
        }
    };
    match ended {
        // not even that could be written: the batch stands as running, and its file is all that there is
        Err(RunError { recorded: false, .. }) => return "again",
        // what was in the way may pass: the file waits for whoever takes the import up again from its page
        Err(error) if error.failure.may_pass() => return "failed",
        _ => spool::remove(&config.spool_dir, batch.id),
    }
    if ended.is_ok() { "done" } else { "failed" }
}

async fn open(config: &Config, batch: Uuid, spec: serde_json::Value) -> Result<Opened, RunError> {
    let failed = |failure| RunError { failure, cause: None, recorded: false };
    let spec = Spec::parse(spec).map_err(|_| failed(Failure::MappingRefused))?;
    let (dir, keys) = (config.spool_dir.clone(), config.keys.clone());
    let opened = tokio::task::spawn_blocking(move || {
        SpoolReader::open(&dir, &keys, batch).and_then(|file| Opened::new(Box::new(file), &spec, &keys))
    })
    .await
    .map_err(|_| RunError::of(Failure::InputUnreadable, AppError::Internal("opening an upload panicked")))?;
    match opened {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(_)) => Err(failed(Failure::HeaderRefused)),
        Err(error) => Err(failed(match error.kind() {
            std::io::ErrorKind::NotFound => Failure::FileMissing,
            std::io::ErrorKind::InvalidData => Failure::FileAltered,
            _ => Failure::InputUnreadable,
        })),
    }
}

/// What a killed process left behind: batches that stand as waiting or running, and uploads that no batch waits for.
///
/// # Errors
/// What the database answers.
pub async fn tidy(worker: &Worker, config: &Config) -> Result<(), AppError> {
    let request = Uuid::now_v7();
    let (abandoned, needed, stuck) = worker
        .read(Action::ImportBatchRead, Uuid::nil(), request, async |tx| {
            Ok((queries::abandoned(tx).await?, queries::unfinished(tx).await?, queries::withdraw::stuck(tx).await?))
        })
        .await?;
    for id in abandoned {
        worker
            .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, id, request, None, async |tx| {
                queries::end(tx, id, Some(Failure::Interrupted)).await
            })
            .await?;
    }
    for id in stuck {
        worker
            .change(Some(Action::WithdrawalRead), Action::WithdrawalRun, id, request, None, async |tx| {
                queries::withdraw::take_up(tx, id).await
            })
            .await?;
    }
    let (dir, needed) = (config.spool_dir.clone(), needed.into_iter().collect::<std::collections::HashSet<_>>());
    tokio::task::spawn_blocking(move || spool::sweep(&dir, &needed, ORPHAN))
        .await
        .map_err(|_| AppError::Internal("sweeping the spool panicked"))
}
