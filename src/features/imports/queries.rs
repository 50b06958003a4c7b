//! The SQL of imports: what the program does, and what a post writes. What the pages read is in `pages`.

pub(super) mod pages;
pub(super) mod withdraw;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::command::RejectLine;
use super::run::Progress;
use super::spool::Spooled;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::ingest::Reject;
use crate::ingest::words::Failure;
use crate::words::JobKind;

/// What became of one chunk.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub new: i64,
    pub known: i64,
    pub unmatched: i64,
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
}

/// A batch as the program takes it up.
pub(super) struct Waiting {
    pub source_id: Uuid,
    pub mapping_id: Uuid,
    pub state: String,
    pub spec: serde_json::Value,
}

pub(super) async fn waiting(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<Waiting, AppError> {
    tx.one(sqlx::query_as!(
        Waiting,
        "SELECT b.source_id, b.mapping_id, b.state, m.spec FROM portal.import_batches b JOIN portal.mappings m ON m.id = b.mapping_id WHERE b.id = $1",
        batch
    ))
    .await
}

/// Batches whose files are needed: those under way, and for a week those that somebody may take up again.
pub(super) async fn unfinished(tx: &mut AuditedTx<'_>) -> Result<Vec<Uuid>, AppError> {
    let rows = sqlx::query!(
        "SELECT id FROM portal.import_batches
          WHERE state IN ('waiting', 'running')
             OR state = 'failed' AND failure_code IN ('database_error', 'rules_failed', 'input_unreadable', 'interrupted')
                AND updated_at > now() - interval '7 days'"
    );
    tx.all(rows.map(|row| row.id)).await
}

/// Lets a batch that stopped go on.
///
/// # Errors
/// [`AppError::Conflict`] when it does not stand still any more.
pub(super) async fn take_up(tx: &mut AuditedTx<'_>, batch: Uuid, request: Uuid) -> Result<(), AppError> {
    let row = tx.one(sqlx::query!(r#"SELECT portal.take_up_batch($1, $2) AS "taken_up!""#, batch, request)).await?;
    if row.taken_up { Ok(()) } else { Err(AppError::Conflict) }
}

/// Batches that nobody works on any more: their process died, and no job is left that would take them up.
pub(super) async fn abandoned(tx: &mut AuditedTx<'_>) -> Result<Vec<Uuid>, AppError> {
    let rows = sqlx::query!(
        "SELECT b.id FROM portal.import_batches b
          WHERE b.state IN ('waiting', 'running') AND b.updated_at < now() - interval '1 hour'
            AND NOT EXISTS (SELECT 1 FROM portal.jobs j WHERE j.target_id = b.id AND (j.state = 'waiting'
                  OR j.state = 'running' AND (j.attempts < 5 OR j.locked_at > now() - interval '2 minutes')))"
    );
    tx.all(rows.map(|row| row.id)).await
}

/// Counts from the start; rejected rows of an earlier run stand at the same lines.
pub(super) async fn begin(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.import_batches SET state = 'running', bytes_read = 0, rows_read = 0, rows_stored = 0, rows_known = 0,
                rows_unmatched = 0, rows_rejected = 0, rows_restored = 0, rows_repeated = 0, repeated_lines = '{}', first_at = NULL, last_at = NULL, failure_code = NULL, finished_at = NULL,
                updated_at = now()
          WHERE id = $1 AND state IN ('waiting', 'running', 'failed')",
        batch
    );
    changed(tx.run(update).await?)
}

/// Moves the staged chunk behind the gate. Rows that an earlier attempt of this batch stored count as stored.
pub(super) async fn store(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<Stored, AppError> {
    // first, which of them another batch stored, and which come back from a withdrawn one
    tx.run(sqlx::query!("SELECT portal.note_staged_rows($1)", batch)).await?;
    tx.one(sqlx::query_as!(
        Stored,
        r#"SELECT stored AS "new!", known AS "known!", unmatched AS "unmatched!", first_at, last_at
             FROM portal.store_staged_rows($1)"#,
        batch
    ))
    .await
}

pub(super) async fn reject(tx: &mut AuditedTx<'_>, batch: Uuid, rejects: &[Reject]) -> Result<(), AppError> {
    if rejects.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = rejects.iter().map(|reject| i64::try_from(reject.line).unwrap_or(i64::MAX)).collect();
    let fields: Vec<_> = rejects.iter().map(|reject| reject.field.map(|field| field.as_str().to_owned())).collect();
    let reasons: Vec<_> = rejects.iter().map(|reject| reject.reason.as_str().to_owned()).collect();
    let hashes: Vec<_> = rejects.iter().map(|reject| reject.sha256.to_vec()).collect();
    tx.run(sqlx::query!(
        "INSERT INTO portal.import_rejects (batch_id, line, field, reason, row_sha256)
         SELECT $1, r.line, r.field, r.reason, r.hash
           FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[]) AS r(line, field, reason, hash)
         ON CONFLICT DO NOTHING",
        batch,
        &lines,
        &fields as &[Option<String>],
        &reasons,
        &hashes
    ))
    .await?;
    Ok(())
}

/// Absolute numbers, so that a chunk that is sent again does not count twice.
pub(super) async fn advance(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    progress: &Progress,
    chunk: &Stored,
) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.import_batches b SET bytes_read = $2, rows_read = $3, rows_stored = $4, rows_known = $5, rows_unmatched = $6,
                rows_rejected = $7, rows_repeated = $11, repeated_lines = $12,
                first_at = least(b.first_at, $8), last_at = greatest(b.last_at, $9),
                byte_count = CASE WHEN $10::bytea IS NULL THEN b.byte_count ELSE $2 END,
                file_sha256 = coalesce(b.file_sha256, $10),
                same_file_as = coalesce(b.same_file_as, (SELECT o.id FROM portal.import_batches o
                  WHERE o.file_sha256 = $10 AND o.source_id = b.source_id AND o.id < b.id AND o.state NOT IN ('failed', 'withdrawing', 'withdrawn') ORDER BY o.id LIMIT 1)),
                updated_at = clock_timestamp()
          WHERE b.id = $1",
        batch,
        i64::try_from(progress.bytes_read).unwrap_or(i64::MAX),
        progress.read,
        progress.stored,
        progress.known,
        progress.unmatched,
        progress.rejected,
        chunk.first_at,
        chunk.last_at,
        progress.sha256.as_ref().map(<[u8; 32]>::as_slice),
        progress.repeated,
        &progress.repeated_lines
    );
    changed(tx.run(update).await?)
}

/// Says that it is still worked on.
pub(super) async fn touch(tx: &mut AuditedTx<'_>, batch: Uuid) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.import_batches SET updated_at = clock_timestamp() WHERE id = $1 AND state = 'running'",
        batch
    );
    tx.run(update).await.map(|_| ())
}

pub(super) async fn end(tx: &mut AuditedTx<'_>, batch: Uuid, failure: Option<Failure>) -> Result<(), AppError> {
    let update = sqlx::query!(
        "UPDATE portal.import_batches SET state = $2, failure_code = $3, finished_at = clock_timestamp(), updated_at = clock_timestamp()
          WHERE id = $1 AND state IN ('waiting', 'running')",
        batch,
        if failure.is_some() { "failed" } else { "complete" },
        failure.map(Failure::as_str)
    );
    changed(tx.run(update).await?)
}

/// The latest mapping of a source.
pub(super) struct Latest {
    pub source_id: Uuid,
    pub mapping_id: Uuid,
    pub version: i32,
    pub spec: serde_json::Value,
}

pub(super) async fn latest_by_name(tx: &mut AuditedTx<'_>, source: &str) -> Result<Option<Latest>, AppError> {
    tx.optional(sqlx::query_as!(
        Latest,
        "SELECT s.id AS source_id, m.id AS mapping_id, m.version, m.spec FROM portal.sources s JOIN portal.mappings m ON m.source_id = s.id
          WHERE s.name = $1 ORDER BY m.version DESC LIMIT 1",
        source
    ))
    .await
}

pub(super) async fn latest_by_id(tx: &mut AuditedTx<'_>, source: Uuid) -> Result<Option<Latest>, AppError> {
    tx.optional(sqlx::query_as!(
        Latest,
        "SELECT m.source_id, m.id AS mapping_id, m.version, m.spec FROM portal.mappings m
          WHERE m.source_id = $1 ORDER BY m.version DESC LIMIT 1",
        source
    ))
    .await
}

pub(super) async fn add_source(tx: &mut AuditedTx<'_>, id: Uuid, name: &str, time_zone: &str) -> Result<(), AppError> {
    tx.run(sqlx::query!("INSERT INTO portal.sources (id, name, time_zone) VALUES ($1, $2, $3)", id, name, time_zone))
        .await?;
    Ok(())
}

pub(super) async fn add_mapping(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    source: Uuid,
    version: i32,
    spec: &serde_json::Value,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.mappings (id, source_id, version, spec) VALUES ($1, $2, $3, $4)",
        id,
        source,
        version,
        spec
    ))
    .await?;
    Ok(())
}

/// A batch that the command line runs by itself.
pub(super) async fn add_running(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    source: Uuid,
    mapping: Uuid,
    bytes: Option<i64>,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.import_batches (id, source_id, mapping_id, state, byte_count) VALUES ($1, $2, $3, 'running', $4)",
        id,
        source,
        mapping,
        bytes
    ))
    .await?;
    Ok(())
}

/// The batch of a segment of the listener's journal, if it is not there yet.
pub(super) async fn add_stream(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    source: Uuid,
    mapping: Uuid,
    bytes: i64,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.import_batches (id, source_id, mapping_id, state, byte_count) VALUES ($1, $2, $3, 'running', $4)
         ON CONFLICT (id) DO NOTHING",
        id,
        source,
        mapping,
        bytes
    ))
    .await?;
    Ok(())
}

fn changed(rows: u64) -> Result<(), AppError> {
    if rows == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// The first rejected rows of a batch, by line.
pub(super) async fn first_rejects(
    tx: &mut AuditedTx<'_>,
    batch: Uuid,
    limit: usize,
) -> Result<Vec<RejectLine>, AppError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = sqlx::query!(
        "SELECT line, field, reason FROM portal.import_rejects WHERE batch_id = $1 ORDER BY line LIMIT $2",
        batch,
        limit
    );
    tx.all(rows.map(|row| RejectLine::of_stored(row.line, row.field.as_deref(), &row.reason))).await
}

/// An import that a person asked for.
pub(super) struct NewBatch {
    pub id: Uuid,
    pub source: Uuid,
    pub mapping: Uuid,
    pub started_by: Uuid,
    pub request: Uuid,
}

/// The batch and the job that will run it.
pub(super) async fn add_waiting(tx: &mut AuditedTx<'_>, batch: &NewBatch, file: &Spooled) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.import_batches (id, source_id, mapping_id, state, started_by, byte_count, file_sha256, same_file_as)
         VALUES ($1, $2, $3, 'waiting', $4, $5, $6,
                 (SELECT o.id FROM portal.import_batches o WHERE o.file_sha256 = $6 AND o.source_id = $2 AND o.state NOT IN ('failed', 'withdrawing', 'withdrawn')
                   ORDER BY o.id LIMIT 1))",
        batch.id,
        batch.source,
        batch.mapping,
        batch.started_by,
        i64::try_from(file.bytes).unwrap_or(i64::MAX),
        &file.sha256[..]
    ))
    .await?;
    tx.enqueue(JobKind::ImportBatch, batch.id, batch.request).await
}
