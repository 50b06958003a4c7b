//! The SQL of withdrawing a batch, and of bringing rows back.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::{JobKind, WithdrawalReason};

/// What became of one part.
pub(in super::super) struct Part {
    pub last_id: Option<Uuid>,
    pub checked: i64,
    pub withdrawn: i64,
    pub login_ids: Vec<Uuid>,
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
}

/// Whether a batch is out already.
pub(in super::super) async fn is_out(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<bool, AppError> {
    let out = sqlx::query!(r#"SELECT state = 'withdrawn' AS "out!" FROM portal.import_batches WHERE id = $1"#, batch);
    tx.one(out.map(|row| row.out)).await
}

/// Takes the next rows of a batch out, unless another batch holds them.
pub(in super::super) async fn take_out(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    after: Uuid,
    limit: i32,
) -> Result<Part, AppError> {
    tx.one(sqlx::query_as!(
        Part,
        r#"SELECT last_id, checked AS "checked!", withdrawn AS "withdrawn!", login_ids AS "login_ids!", first_at, last_at
             FROM portal.withdraw_rows($1, $2, $3)"#,
        batch,
        after,
        limit
    ))
    .await
}

/// How far it is; absolute numbers, so that a job that begins anew does not count twice.
pub(in super::super) async fn advance(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    checked: i64,
    withdrawn: i64,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.import_batches SET rows_checked = $2, rows_withdrawn = $3, updated_at = clock_timestamp() WHERE id = $1",
        batch,
        checked,
        withdrawn
    ))
    .await?;
    Ok(())
}

pub(in super::super) async fn finish(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.import_batches SET state = 'withdrawn', updated_at = clock_timestamp() WHERE id = $1 AND state = 'withdrawing'",
        batch
    ))
    .await?;
    Ok(())
}

/// Batches whose withdrawal nobody works on any more.
pub(in super::super) async fn stuck(tx: &mut AuditedTx<'_>) -> Result<Vec<Uuid>, AppError> {
    let rows = sqlx::query!(
        "SELECT b.id FROM portal.import_batches b
          WHERE b.state = 'withdrawing'
            AND NOT EXISTS (SELECT 1 FROM portal.jobs j WHERE j.target_id = b.id AND j.kind = 'batch_withdrawal'
                              AND (j.state = 'waiting'
                                   OR j.state = 'running' AND (j.attempts < 5 OR j.locked_at > now() - interval '2 minutes')))"
    );
    tx.all(rows.map(|row| row.id)).await
}

/// Its job waits again.
pub(in super::super) async fn take_up(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "UPDATE portal.jobs SET state = 'waiting', attempts = 0, run_at = clock_timestamp(), updated_at = clock_timestamp()
          WHERE id = (SELECT j.id FROM portal.jobs j WHERE j.target_id = $1 AND j.kind = 'batch_withdrawal' ORDER BY j.id DESC LIMIT 1)",
        batch
    ))
    .await?;
    Ok(())
}

/// Cases whose every row is out leave the queue; their history says so.
pub(in super::super) async fn close_cases(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "WITH empty AS MATERIALIZED (
           SELECT c.id FROM portal.review_cases c
            WHERE c.withdrawn_at IS NULL
              AND c.id IN (SELECT r.case_id FROM portal.case_rows r JOIN portal.withdrawn_rows w ON w.access_id = r.access_id
                            WHERE w.batch_id = $1)
              AND NOT EXISTS (SELECT 1 FROM portal.case_rows r WHERE r.case_id = c.id
                                AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = r.access_id))),
         out AS (
           UPDATE portal.review_cases c SET withdrawn_at = now(), version = c.version + 1, updated_at = now()
             FROM empty e WHERE c.id = e.id RETURNING c.id, c.version, c.state)
         INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT o.id, o.version, 'withdrawn', o.state, o.state FROM out o",
        batch
    ))
    .await?;
    Ok(())
}

/// Cases that have a row again are in the queue again; their history says so.
pub(in super::super) async fn reopen_cases(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "WITH alive AS MATERIALIZED (
           SELECT c.id FROM portal.review_cases c
            WHERE c.withdrawn_at IS NOT NULL
              -- rows that the rules have parted it from meanwhile count too: the rules will bring them back
              AND EXISTS (SELECT 1 FROM (SELECT r.access_id FROM portal.case_rows r WHERE r.case_id = c.id
                                         UNION ALL SELECT p.access_id FROM portal.past_case_rows p WHERE p.case_id = c.id) r
                            JOIN portal.batch_known_rows k ON k.access_id = r.access_id AND k.batch_id = $1
                           WHERE NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = r.access_id))),
         back AS (
           UPDATE portal.review_cases c SET withdrawn_at = NULL, version = c.version + 1, updated_at = now()
             FROM alive a WHERE c.id = a.id RETURNING c.id, c.version, c.state)
         INSERT INTO portal.review_events (case_id, seq, kind, from_state, to_state)
         SELECT b.id, b.version, 'restored', b.state, b.state FROM back b",
        batch
    ))
    .await?;
    Ok(())
}

/// Whose rows an import brought back, and in which time.
pub(in super::super) struct Restored {
    pub rows: i64,
    pub login_ids: Vec<Uuid>,
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
}

pub(in super::super) async fn restored(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<Restored, AppError> {
    tx.one(sqlx::query_as!(
        Restored,
        r#"SELECT rows AS "rows!", login_ids AS "login_ids!", first_at, last_at FROM portal.restored_by($1)"#,
        batch
    ))
    .await
}

pub(in super::super) async fn note_restored(tx: &mut AuditedTx<'_>, batch: Uuid, rows: i64) -> Result<(), AppError> {
    tx.run(sqlx::query!("UPDATE portal.import_batches SET rows_restored = $2 WHERE id = $1", batch, rows)).await?;
    Ok(())
}

/// A batch as the form of its withdrawal shows it.
pub(in super::super) struct Withdrawable {
    pub id: Uuid,
    pub source: String,
    pub state: String,
    pub rows_stored: i64,
    pub rows_known: i64,
    pub created_at: DateTime<Utc>,
}

/// The batch, if this person may withdraw it: one they imported, or any for whoever sees everything.
pub(in super::super) async fn withdrawable(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    me: Uuid,
) -> Result<Withdrawable, AppError> {
    tx.one(sqlx::query_as!(
        Withdrawable,
        "SELECT b.id, s.name AS source, b.state, b.rows_stored, b.rows_known, b.created_at
           FROM portal.import_batches b JOIN portal.sources s ON s.id = b.source_id
          WHERE b.id = $1 AND ((SELECT audit.sees_all('import_batch/r')) OR b.started_by = $2)",
        batch,
        me
    ))
    .await
}

/// Marks a batch and leaves the job that takes its rows out. Only an import that has ended can be withdrawn.
pub(in super::super) async fn begin(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    me: Uuid,
    reason: WithdrawalReason,
    request: Uuid,
) -> Result<(), AppError> {
    let marked = tx
        .run(sqlx::query!(
            "UPDATE portal.import_batches SET state = 'withdrawing', withdrawal_reason = $2, withdrawn_by = $3,
                    withdrawn_at = clock_timestamp(), updated_at = clock_timestamp()
              WHERE id = $1 AND state IN ('complete', 'failed')",
            batch,
            reason.as_str(),
            me
        ))
        .await?;
    if marked != 1 {
        return Err(AppError::Conflict);
    }
    tx.enqueue(JobKind::BatchWithdrawal, batch, request).await
}
