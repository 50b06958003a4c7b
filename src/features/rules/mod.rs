//! Rules as an engine: each has a code, a version, a kind, a severity, parameters, and one set-based statement over a
//! batch that writes typed facts. Signals put a case in the queue; context only colours one that is there.
//!
//! [`after_batch`] runs whenever an import is complete: it refreshes what is usual, raises flags, gathers cases.

mod queries;

use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use crate::audit::{AuditedTx, Worker};
use crate::error::AppError;
use crate::policy::Action;
use crate::words::RuleCode;

/// Runs every enabled rule over a batch and gathers its cases. Idempotent: a batch may be run again.
#[must_use]
pub fn after_batch(worker: &Worker, batch: Uuid, request_id: Uuid) -> LocalBoxFuture<'_, Result<(), AppError>> {
    Box::pin(async move {
        worker
            .change(Some(Action::RuleBatchRead), Action::RuleBatchRun, batch, request_id, None, async |tx| {
                queries::refresh_usual(tx, batch).await?;
                let mut flags = 0;
                for rule in queries::enabled(tx).await? {
                    flags += raise(tx, batch, &rule).await?;
                }
                let cases = gather(tx, batch).await?;
                queries::count(tx, batch, flags, cases).await
            })
            .await
    })
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

/// Rows gather into cases: one person, one patient, one local day. A volume spike is about the day as a whole.
async fn gather(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<u64, AppError> {
    let opened = queries::open_cases(tx, batch).await?;
    queries::add_rows(tx, batch).await?;
    queries::add_flags(tx, batch).await?;
    queries::weigh(tx, batch).await?;
    queries::note_opening(tx, batch).await?;
    Ok(opened)
}
