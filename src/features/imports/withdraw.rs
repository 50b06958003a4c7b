//! Withdrawing a batch: its rows stay, and count no more unless another batch holds them too. Runs as a job, part by part,
//! each a commit of its own; a job that was cut off begins anew and finds what is out already. What an import brings back
//! goes the other way. Cases follow their rows, and the rules look again at what is left.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::queries::withdraw as queries;
use crate::audit::{AuditedTx, Job, Worker};
use crate::error::AppError;
use crate::policy::Action;
use crate::words::RerunCause;

/// Rows of one commit.
const PART: i32 = 20_000;

/// Takes one batch out. How the job ends: `done`, or `again`.
pub async fn perform_withdrawal(worker: &Worker, job: &Job) -> &'static str {
    match withdraw(worker, job.target_id, job.request_id).await {
        Ok(()) => "done",
        Err(error) => {
            tracing::error!(job = %job.id, batch = %job.target_id, %error, "a withdrawal stopped part way");
            // half a withdrawal is no end: whatever the error was, it goes on later
            "again"
        }
    }
}

/// What the rules must look at again.
#[derive(Default)]
struct Touched {
    logins: BTreeSet<Uuid>,
    first_at: Option<DateTime<Utc>>,
    last_at: Option<DateTime<Utc>>,
}

impl Touched {
    fn add(&mut self, logins: Vec<Uuid>, first_at: Option<DateTime<Utc>>, last_at: Option<DateTime<Utc>>) {
        self.logins.extend(logins);
        self.first_at = self.first_at.into_iter().chain(first_at).min();
        self.last_at = self.last_at.into_iter().chain(last_at).max();
    }

    /// Asks for the rules to run again, if anything was touched.
    async fn rerun(&self, tx: &mut AuditedTx<'_>, request: Uuid) -> Result<(), AppError> {
        let (Some(first), Some(last)) = (self.first_at, self.last_at) else { return Ok(()) };
        let logins: Vec<_> = self.logins.iter().copied().collect();
        // a day on either side: what is usual is judged by whole local days
        let day = TimeDelta::days(1);
        tx.ask_for_rerun(RerunCause::BatchWithdrawn, &logins, first - day, last + day, request).await?;
        Ok(())
    }
}

async fn step<T>(
    worker: &Worker,
    batch: Uuid,
    request: Uuid,
    block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>,
) -> Result<T, AppError> {
    worker.change(Some(Action::WithdrawalRead), Action::WithdrawalRun, batch, request, None, block).await
}

async fn withdraw(worker: &Worker, batch: Uuid, request: Uuid) -> Result<(), AppError> {
    // only the job's end was not written
    let read = async |tx: &mut AuditedTx<'_>| queries::is_out(tx, batch).await;
    if worker.read(Action::WithdrawalRead, batch, request, read).await? {
        return Ok(());
    }
    let mut touched = Touched::default();
    let (mut after, mut checked, mut withdrawn) = (Uuid::nil(), 0, 0);
    loop {
        let part = step(worker, batch, request, async |tx| {
            let part = queries::take_out(tx, batch, after, PART).await?;
            queries::advance(tx, batch, checked + part.checked, withdrawn + part.withdrawn).await?;
            Ok(part)
        })
        .await?;
        let Some(last) = part.last_id else { break };
        after = last;
        checked += part.checked;
        withdrawn += part.withdrawn;
        touched.add(part.login_ids, part.first_at, part.last_at);
    }
    step(worker, batch, request, async |tx| {
        queries::close_cases(tx, batch).await?;
        touched.rerun(tx, request).await?;
        queries::finish(tx, batch).await
    })
    .await
}

/// After an import that brought rows of withdrawn batches back: their cases are in the queue again, and the rules run over
/// them once more.
pub(super) async fn bring_back(worker: &Worker, batch: Uuid, request: Uuid) -> Result<(), AppError> {
    step(worker, batch, request, async |tx| {
        let mut touched = Touched::default();
        let back = queries::restored(tx, batch).await?;
        if back.rows == 0 {
            return Ok(());
        }
        touched.add(back.login_ids, back.first_at, back.last_at);
        queries::note_restored(tx, batch, back.rows).await?;
        queries::reopen_cases(tx, batch).await?;
        touched.rerun(tx, request).await
    })
    .await
}
