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

/// What came of a part of it.
pub async fn count(tx: &mut AuditedTx<'_>, id: Uuid, flags: i64, cases: i64) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.rule_reruns SET flags_raised = flags_raised + $2, cases_opened = cases_opened + $3, updated_at = now() WHERE id = $1",
        id,
        flags,
        cases
    ))
    .await
    .map(|_| ())
}

/// How it ended.
pub async fn end(tx: &mut AuditedTx<'_>, id: Uuid, state: &str) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.rule_reruns SET state = $2, finished_at = now(), updated_at = now() WHERE id = $1",
        id,
        state
    ))
    .await
    .map(|_| ())
}

/// That nobody goes on with it; one that is done already stays so.
pub async fn give_up(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.rule_reruns SET state = 'failed', finished_at = now(), updated_at = now()
          WHERE id = $1 AND state IN ('waiting', 'running')",
        id
    ))
    .await
    .map(|_| ())
}

/// A run over the past, in the list.
#[derive(Debug)]
pub struct Run {
    pub id: Uuid,
    pub cause: String,
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub from_at: DateTime<Utc>,
    pub until_at: DateTime<Utc>,
    pub logins: i32,
    pub flags_raised: i64,
    pub cases_opened: i64,
}

/// The latest runs, those that failed first.
pub async fn latest(tx: &mut AuditedTx<'_>) -> Result<Vec<Run>, AppError> {
    tx.all(sqlx::query_as!(
        Run,
        r#"SELECT r.id, r.cause, r.state, r.created_at, r.from_at, r.until_at, cardinality(r.login_ids) AS "logins!", r.flags_raised, r.cases_opened
             FROM portal.rule_reruns r ORDER BY (r.state = 'failed') DESC, r.created_at DESC, r.id DESC LIMIT 10"#
    ))
    .await
}

/// That there is such a run.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<(), AppError> {
    tx.one(sqlx::query!("SELECT id FROM portal.rule_reruns WHERE id = $1", id)).await.map(|_| ())
}

/// Asks for one that failed again.
pub async fn run_again(tx: &mut AuditedTx<'_>, id: Uuid, request_id: Uuid) -> Result<(), AppError> {
    let begun =
        tx.one(sqlx::query!(r#"SELECT portal.run_rules_again($1, $2) AS "begun!""#, id, request_id)).await?.begun;
    if begun { Ok(()) } else { Err(AppError::Conflict) }
}
