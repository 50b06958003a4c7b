//! Work that outlives a request: one loop inside `serve` takes jobs and hands each to the feature that knows its kind.
//! Several processes may run it; a job whose process died is taken up by another after two minutes.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use uuid::Uuid;

use crate::audit::{Job, Worker};
use crate::config::Config;
use crate::features::imports::{self, AfterBatch};
use crate::features::{questions, review_cases, rules};
use crate::words::JobKind;

/// How often the jobs table is asked, and how often a running job says that it lives.
const POLL: Duration = Duration::from_secs(1);
const TOUCH: Duration = Duration::from_secs(30);
/// How often what nobody needs any more is deleted.
const TIDY: Duration = Duration::from_hours(1);

/// Runs jobs until `stop` says so; `after` is what follows an import. A job that is under way then is given back and begins anew at the next start.
/// The future is not `Send`: spawn it with `actix_web::rt::spawn`.
pub async fn run(worker: Worker, config: Config, after: AfterBatch, mut stop: watch::Receiver<bool>) {
    let mut tidied: Option<Instant> = None;
    while !*stop.borrow() {
        if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
            tidied = Some(Instant::now());
            for tidied in [imports::tidy(&worker, &config).await, rules::tidy(&worker).await] {
                if let Err(error) = tidied {
                    tracing::warn!(%error, "what earlier runs left behind is not tidied");
                }
            }
            if let Err(error) = questions::mark_overdue(&worker).await {
                tracing::warn!(%error, "overdue answers are not marked");
            }
            if let Err(error) = review_cases::tidy(&worker).await {
                tracing::warn!(%error, "old selections of cases are not deleted");
            }
        }
        match worker.claim_job().await {
            Ok(Some(job)) => {
                let state = tokio::select! {
                    state = with_touches(&worker, job.id, perform(&worker, &config, &job, after)) => state,
                    _ = stop.wait_for(|&stopped| stopped) => "waiting",
                };
                let ended = match state {
                    "again" => worker.put_job_off(job.id).await,
                    "waiting" => worker.give_job_back(job.id).await,
                    _ => worker.end_job(job.id, state).await,
                };
                if let Err(error) = ended {
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

/// How the job ends: `done`, or `failed`; its target says why. Or `again`: what was in the way may pass.
async fn perform(worker: &Worker, config: &Config, job: &Job, after: AfterBatch) -> &'static str {
    match JobKind::parse(&job.kind) {
        Some(JobKind::ImportBatch) => imports::perform(worker, config, job, after).await,
        Some(JobKind::BatchWithdrawal) => imports::perform_withdrawal(worker, job).await,
        Some(JobKind::RuleRerun) => rules::rerun(worker, job).await,
        Some(JobKind::ShadowRun) => rules::shadow(worker, job).await,
        None => "failed",
    }
}
