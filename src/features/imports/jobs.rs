//! The loop that runs inside `serve`: takes uploads from the spool, one after the other, and imports them. Several processes
//! may run it; a job whose process died is taken up by another after two minutes.

use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::chunks::Opened;
use super::mapping::Spec;
use super::queries;
use super::run::{AfterBatch, Batch, RunError, fail, run};
use super::spool::{self, SpoolReader};
use super::words::Failure;
use crate::audit::{Job, Worker};
use crate::config::Config;
use crate::error::AppError;
use crate::policy::Action;

/// How often the jobs table is asked, and how often a running job says that it lives.
const POLL: Duration = Duration::from_secs(1);
const TOUCH: Duration = Duration::from_secs(30);
/// How old a spooled file that no batch waits for must be to be swept away.
const ORPHAN: Duration = Duration::from_hours(1);

/// Runs import jobs until `stop` says so. A job that is under way then is given back and begins anew at the next start.
/// The future is not `Send`: spawn it with `actix_web::rt::spawn`.
pub async fn run_jobs(worker: Worker, config: Config, after: AfterBatch, mut stop: watch::Receiver<bool>) {
    if let Err(error) = tidy(&worker, &config).await {
        tracing::warn!(%error, "what earlier runs left behind is not tidied");
    }
    while !*stop.borrow() {
        match worker.claim_job().await {
            Ok(Some(job)) => {
                let state = tokio::select! {
                    state = with_touches(&worker, job.id, perform(&worker, &config, &job, after)) => state,
                    _ = stop.wait_for(|&stopped| stopped) => "waiting",
                };
                if let Err(error) = worker.end_job(job.id, state).await {
                    tracing::error!(job = %job.id, %error, "a job's end is not recorded");
                }
            }
            other => {
                if let Err(error) = other {
                    tracing::warn!(%error, "the jobs table does not answer");
                }
                let _ = tokio::time::timeout(POLL, stop.wait_for(|&stopped| stopped)).await;
            }
        }
    }
}

async fn with_touches(worker: &Worker, job: Uuid, work: impl Future<Output = &'static str>) -> &'static str {
    let touches = async {
        loop {
            tokio::time::sleep(TOUCH).await;
            if let Err(error) = worker.touch_job(job).await {
                tracing::warn!(%job, %error, "a running job cannot say so");
            }
        }
    };
    tokio::select! {
        state = work => state,
        () = touches => "failed",
    }
}

/// How the job ends: `done`, or `failed`; the batch says why.
async fn perform(worker: &Worker, config: &Config, job: &Job, after: AfterBatch) -> &'static str {
    if job.kind != "import_batch" {
        return "failed";
    }
    let read = worker
        .read(Action::ImportBatchRead, job.target_id, job.request_id, async |tx| {
            queries::waiting(tx, job.target_id).await
        })
        .await;
    let waiting = match read {
        Ok(waiting) => waiting,
        Err(error) => {
            tracing::error!(job = %job.id, %error, "a job's batch cannot be read");
            return "failed";
        }
    };
    let batch = Batch {
        id: job.target_id,
        request_id: job.request_id,
        source_id: waiting.source_id,
        keys: &config.keys,
        dir: &config.spool_dir,
    };
    if !matches!(waiting.state.as_str(), "waiting" | "running") {
        // its rows are in: only the job's end was not written
        spool::remove(&config.spool_dir, batch.id);
        return "done";
    }
    let ended = match open(config, batch.id, waiting.spec).await {
        Ok(file) => run(worker, &batch, file, after, |_| ()).await.map(|_| ()),
        Err(error) => {
            fail(worker, &batch, &error).await;
            Err(error)
        }
    };
    spool::remove(&config.spool_dir, batch.id);
    if ended.is_ok() { "done" } else { "failed" }
}

async fn open(config: &Config, batch: Uuid, spec: serde_json::Value) -> Result<Opened, RunError> {
    let failed = |failure| RunError { failure, cause: None };
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

/// What a killed process left behind: batches that stand as running, and uploads that no batch waits for.
async fn tidy(worker: &Worker, config: &Config) -> Result<(), AppError> {
    let request = Uuid::now_v7();
    let (abandoned, needed) = worker
        .read(Action::ImportBatchRead, Uuid::nil(), request, async |tx| {
            Ok((queries::abandoned(tx).await?, queries::unfinished(tx).await?))
        })
        .await?;
    for id in abandoned {
        worker
            .change(Some(Action::ImportBatchRead), Action::ImportBatchRun, id, request, None, async |tx| {
                queries::end(tx, id, Some(Failure::Interrupted)).await
            })
            .await?;
    }
    let (dir, needed) = (config.spool_dir.clone(), needed.into_iter().collect());
    tokio::task::spawn_blocking(move || spool::sweep(&dir, &needed, ORPHAN))
        .await
        .map_err(|_| AppError::Internal("sweeping the spool panicked"))
}
