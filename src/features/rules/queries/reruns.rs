//! What is written down about running the rules again.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// A rerun that waits.
pub struct Waiting {
    pub login_ids: Vec<Uuid>,
    pub from_at: DateTime<Utc>,
    pub until_at: DateTime<Utc>,
}

/// What to run again, marked as under way; none where it is done already.
pub async fn begin(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Option<Waiting>, AppError> {
    let waiting = tx
        .optional(sqlx::query_as!(
            Waiting,
            "SELECT login_ids, from_at, until_at FROM portal.rule_reruns WHERE id = $1 AND state IN ('waiting', 'running')",
            id
        ))
        .await?;
    tx.run(sqlx::query!(
        "UPDATE portal.rule_reruns SET state = 'running', updated_at = now() WHERE id = $1 AND state = 'waiting'",
        id
    ))
    .await?;
    Ok(waiting)
}

/// How it ended, and what came of it.
pub async fn end(tx: &mut AuditedTx<'_>, id: Uuid, state: &str, flags: i64, cases: i64) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.rule_reruns SET state = $2, flags_raised = flags_raised + $3, cases_opened = cases_opened + $4, finished_at = now(),
                updated_at = now() WHERE id = $1",
        id,
        state,
        flags,
        cases
    ))
    .await
    .map(|_| ())
}
