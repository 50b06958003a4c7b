//! Runs of the rules whose process died as often as a job is begun. Nobody takes them up any more, so they end as failed:
//! the rules' page says so, and they can be asked for again from there.

use super::queries;
use crate::audit::Worker;
use crate::error::AppError;
use crate::policy::Action;
use crate::words::JobKind;

/// Ends them, and their jobs.
///
/// # Errors
/// What the database answers.
pub async fn tidy(worker: &Worker) -> Result<(), AppError> {
    let (reads, writes) = (Some(Action::RuleRerunRead), Action::RuleRerunRun);
    for job in worker.lost_jobs(JobKind::RuleRerun).await? {
        worker
            .change(reads, writes, job.target_id, job.request_id, None, async |tx| {
                queries::reruns::give_up(tx, job.target_id).await
            })
            .await?;
        worker.end_job(job.id, "failed").await?;
    }
    let (reads, writes) = (Some(Action::RuleShadowRead), Action::RuleShadowRun);
    for job in worker.lost_jobs(JobKind::ShadowRun).await? {
        worker
            .change(reads, writes, job.target_id, job.request_id, None, async |tx| {
                queries::shadow::failed(tx, job.target_id).await
            })
            .await?;
        worker.end_job(job.id, "failed").await?;
    }
    Ok(())
}
