//! The SQL of the import pages.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::super::filter::Filter;
use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;
use crate::web::paging::FETCH;

/// A batch as the pages show it.
pub(in super::super) struct BatchRow {
    pub id: Uuid,
    pub source_id: Uuid,
    pub source: String,
    pub source_zone: String,
    pub mapping: Option<String>,
    pub mapping_version: i32,
    pub state: String,
    pub by: Option<String>,
    pub byte_count: Option<i64>,
    pub bytes_read: i64,
    pub file_sha256: Option<Vec<u8>>,
    pub same_file_as: Option<Uuid>,
    pub rows_read: i64,
    pub rows_stored: i64,
    pub rows_known: i64,
    pub rows_unmatched: i64,
    pub rows_rejected: i64,
    pub rows_repeated: i64,
    pub repeated_lines: Vec<i64>,
    pub first_at: Option<DateTime<Utc>>,
    pub last_at: Option<DateTime<Utc>>,
    pub flags_raised: i64,
    pub cases_opened: i64,
    pub failure_code: Option<String>,
    pub finished_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub same_file_at: Option<DateTime<Utc>>,
    pub rows_checked: i64,
    pub rows_withdrawn: i64,
    pub rows_restored: i64,
    pub withdrawal_reason: Option<String>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub withdrawn_by: Option<String>,
    /// Whether this person may withdraw it, or take it up again.
    pub mine: bool,
    /// Whether it stopped where it can go on; asked for one batch alone.
    pub stands_still: bool,
}

/// A source to choose.
pub(in super::super) struct Source {
    pub id: Uuid,
    pub name: String,
    pub time_zone: String,
}

/// Which batches a statement gives.
pub(in super::super) enum Part<'a> {
    /// One by its id.
    One(Uuid),
    /// A page of the list, and one more to tell whether another follows.
    Page(&'a Filter),
    /// The whole list, for its file.
    All(&'a Filter),
}

/// The statement of a batch, of the list and of its file, newest first. Whether a batch stopped where it can go on is asked of one alone.
pub(in super::super) fn batches(
    part: &Part<'_>,
    me: Uuid,
) -> Rows<impl FnMut(PgRow) -> Result<BatchRow, sqlx::Error> + Send + use<>> {
    let (only, filter, limit) = match part {
        Part::One(id) => (Some(*id), Filter::default(), None),
        Part::Page(filter) => (None, Filter::clone(filter), Some(FETCH)),
        Part::All(filter) => (None, Filter { after: None, ..Filter::clone(filter) }, None),
    };
    sqlx::query_as!(
        BatchRow,
        r#"SELECT b.id, b.source_id, s.name AS source, s.time_zone AS source_zone, m.spec->>'name' AS mapping, m.version AS mapping_version, b.state,
                  p.full_name AS "by?", b.byte_count, b.bytes_read, b.file_sha256, b.same_file_as, b.rows_read, b.rows_stored, b.rows_known,
                  b.rows_unmatched, b.rows_rejected, b.rows_repeated, b.repeated_lines, b.first_at, b.last_at, b.flags_raised, b.cases_opened, b.failure_code,
                  b.finished_at, b.created_at, o.created_at AS "same_file_at?", b.rows_checked, b.rows_withdrawn, b.rows_restored,
                  b.withdrawal_reason, b.withdrawn_at, w.full_name AS "withdrawn_by?",
                  ((SELECT audit.sees_all('import_batch/r')) OR b.started_by = $2) IS TRUE AS "mine!",
                  CASE WHEN $1::uuid IS NULL THEN false ELSE portal.batch_stands_still(b.id) END AS "stands_still!"
             FROM portal.import_batches b JOIN portal.sources s ON s.id = b.source_id JOIN portal.mappings m ON m.id = b.mapping_id
             LEFT JOIN portal.people p ON p.id = b.started_by LEFT JOIN portal.import_batches o ON o.id = b.same_file_as
             LEFT JOIN portal.people w ON w.id = b.withdrawn_by
            WHERE ($1::uuid IS NULL OR b.id = $1) AND ($3::uuid IS NULL OR b.source_id = $3) AND ($4::text IS NULL OR b.state = $4)
              AND ($5::uuid IS NULL OR b.id < $5)
            ORDER BY b.id DESC LIMIT $6"#,
        only,
        me,
        filter.source,
        filter.state,
        filter.after,
        limit
    )
}

pub(in super::super) async fn one(tx: &mut AuditedTx<'_>, id: Uuid, me: Uuid) -> Result<BatchRow, AppError> {
    tx.one(batches(&Part::One(id), me)).await
}

pub(in super::super) async fn sources(tx: &mut AuditedTx<'_>) -> Result<Vec<Source>, AppError> {
    tx.all(sqlx::query_as!(Source, "SELECT id, name, time_zone FROM portal.sources ORDER BY name")).await
}
