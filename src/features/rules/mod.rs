//! Rules as an engine: each has a code, a version, a kind, a severity, parameters, and one set-based statement over a
//! batch that writes typed facts. Signals put a case in the queue; context only colours one that is there.
//!
//! [`after_batch`] runs whenever an import is complete: it refreshes what is usual, raises flags, gathers cases.

mod queries;

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::audit::{AuditedTx, Job, Worker};
use crate::error::AppError;
use crate::policy::Action;
use crate::words::RuleCode;

/// Runs every enabled rule over a batch and gathers its cases, step by step, each under its own events: a read's ticket
/// lives for a minute, and a step that was cut off is done again. Idempotent: a batch may be run again.
#[must_use]
pub fn after_batch(worker: &Worker, batch: Uuid, request_id: Uuid) -> LocalBoxFuture<'_, Result<(), AppError>> {
    Box::pin(async move {
        let pass = Pass { worker, batch, request_id };
        pass.step(async |tx| queries::refresh_usual(tx, batch).await).await?;
        let rules = pass.step(async |tx| queries::enabled(tx).await).await?;
        let mut flags = 0;
        for rule in rules {
            flags += pass.step(async |tx| raise(tx, batch, &rule).await).await?;
        }
        let cases = pass.step(async |tx| queries::open_cases(tx, batch).await).await?;
        pass.step(async |tx| queries::add_rows(tx, batch).await).await?;
        pass.step(async |tx| queries::add_flags(tx, batch).await).await?;
        pass.step(async |tx| {
            queries::note_growth(tx, batch).await?;
            queries::weigh(tx, batch).await
        })
        .await?;
        pass.step(async |tx| {
            queries::note_opening(tx, batch).await?;
            queries::count(tx, batch, flags, cases).await
        })
        .await
    })
}

/// Runs every enabled rule again over what a late fact touches. How the job ends: `done` or `failed`.
#[allow(clippy::unused_async, reason = "the rules follow")]
pub async fn rerun(_worker: &Worker, job: &Job) -> &'static str {
    tracing::error!(job = %job.id, "rules do not run again yet");
    "failed"
}

/// One pass of the rules over a batch.
struct Pass<'a> {
    worker: &'a Worker,
    batch: Uuid,
    request_id: Uuid,
}

impl Pass<'_> {
    async fn step<T>(&self, block: impl AsyncFnOnce(&mut AuditedTx<'_>) -> Result<T, AppError>) -> Result<T, AppError> {
        let (reads, writes) = (Some(Action::RuleBatchRead), Action::RuleBatchRun);
        self.worker.change(reads, writes, self.batch, self.request_id, None, block).await
    }
}

/// One version of a rule, as it runs.
struct Rule {
    code: RuleCode,
    version: i32,
    parameters: serde_json::Value,
}

impl Rule {
    fn whole(&self, name: &str, otherwise: i32) -> i32 {
        self.parameters
            .get(name)
            .and_then(serde_json::Value::as_i64)
            .and_then(|n| i32::try_from(n).ok())
            .unwrap_or(otherwise)
    }
}

/// Adding a rule breaks the build here until someone says what it looks for.
async fn raise(tx: &mut AuditedTx<'_>, batch: Uuid, rule: &Rule) -> Result<u64, AppError> {
    match rule.code {
        RuleCode::TerminatedUser => queries::raise_terminated_user(tx, batch, rule).await,
        RuleCode::BreakGlassNoReason => queries::raise_break_glass_no_reason(tx, batch, rule).await,
        RuleCode::VolumeSpike => queries::raise_volume_spike(tx, batch, rule).await,
        RuleCode::AfterHours => queries::raise_after_hours(tx, batch, rule).await,
    }
}
