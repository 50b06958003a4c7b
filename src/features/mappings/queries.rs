//! The SQL of mappings.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;

/// A source with its latest mapping.
pub(super) struct SourceRow {
    pub id: Uuid,
    pub name: String,
    pub time_zone: String,
    pub version: Option<i32>,
    pub spec: Option<serde_json::Value>,
    pub made_at: Option<DateTime<Utc>>,
    pub by: Option<String>,
}

/// Every source, by name.
pub(super) fn sources() -> Rows<impl FnMut(PgRow) -> Result<SourceRow, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        SourceRow,
        r#"SELECT s.id, s.name, s.time_zone, m.version AS "version?", m.spec AS "spec?", m.created_at AS "made_at?", p.full_name AS "by?"
             FROM portal.sources s
             LEFT JOIN portal.mappings m ON m.source_id = s.id
                   AND m.version = (SELECT max(l.version) FROM portal.mappings l WHERE l.source_id = s.id)
             LEFT JOIN portal.people p ON p.id = m.created_by
            ORDER BY s.name"#
    )
}

/// A source to choose, and the mapping it has.
pub(super) struct Choice {
    pub id: Uuid,
    pub name: String,
    pub time_zone: String,
    pub version: Option<i32>,
    pub spec: Option<serde_json::Value>,
}

pub(super) async fn choices(tx: &mut AuditedTx<'_>) -> Result<Vec<Choice>, AppError> {
    tx.all(sqlx::query_as!(
        Choice,
        r#"SELECT s.id, s.name, s.time_zone, m.version AS "version?", m.spec AS "spec?"
             FROM portal.sources s
             LEFT JOIN portal.mappings m ON m.source_id = s.id
                   AND m.version = (SELECT max(l.version) FROM portal.mappings l WHERE l.source_id = s.id)
            ORDER BY s.name"#
    ))
    .await
}

/// The name of a source.
pub(super) async fn source_name(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<String, AppError> {
    tx.one(sqlx::query!("SELECT name FROM portal.sources WHERE id = $1", id).map(|row| row.name)).await
}

/// One version of a source's mapping.
pub(super) struct VersionRow {
    pub version: i32,
    pub spec: serde_json::Value,
    pub made_at: DateTime<Utc>,
    pub by: Option<String>,
}

/// The versions of a source's mapping, newest first.
pub(super) async fn versions(tx: &mut AuditedTx<'_>, source: Uuid) -> Result<Vec<VersionRow>, AppError> {
    tx.all(sqlx::query_as!(
        VersionRow,
        r#"SELECT m.version, m.spec, m.created_at AS made_at, p.full_name AS "by?"
             FROM portal.mappings m LEFT JOIN portal.people p ON p.id = m.created_by
            WHERE m.source_id = $1 ORDER BY m.version DESC"#,
        source
    ))
    .await
}

/// A draft that is begun.
pub(super) struct NewDraft<'a> {
    pub id: Uuid,
    pub person: Uuid,
    pub source: Option<Uuid>,
    pub source_name: &'a str,
    pub spec: serde_json::Value,
    pub has_sample: bool,
}

pub(super) async fn add_draft(tx: &mut AuditedTx<'_>, draft: NewDraft<'_>) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.mapping_drafts (id, person_id, source_id, source_name, spec, has_sample) VALUES ($1, $2, $3, $4, $5, $6)",
        draft.id,
        draft.person,
        draft.source,
        draft.source_name,
        draft.spec,
        draft.has_sample
    ))
    .await?;
    Ok(())
}

/// A draft of one's own that is not a day old.
pub(super) struct Draft {
    pub source_id: Option<Uuid>,
    pub source_name: String,
    pub spec: serde_json::Value,
    pub has_sample: bool,
    pub latest: Option<i32>,
}

pub(super) async fn draft(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Draft, AppError> {
    tx.one(sqlx::query_as!(
        Draft,
        r#"SELECT d.source_id, d.source_name, d.spec, d.has_sample,
                  (SELECT max(m.version) FROM portal.mappings m WHERE m.source_id = d.source_id) AS latest
             FROM portal.mapping_drafts d WHERE d.id = $1"#,
        id
    ))
    .await
}

/// The source of a name, if there is one.
pub(super) async fn source_of_name(tx: &mut AuditedTx<'_>, name: &str) -> Result<Option<Uuid>, AppError> {
    tx.optional(sqlx::query!("SELECT id FROM portal.sources WHERE name = $1", name).map(|row| row.id)).await
}

pub(super) async fn add_source(tx: &mut AuditedTx<'_>, id: Uuid, name: &str, time_zone: &str) -> Result<(), AppError> {
    tx.run(sqlx::query!("INSERT INTO portal.sources (id, name, time_zone) VALUES ($1, $2, $3)", id, name, time_zone))
        .await?;
    Ok(())
}

/// Adds a version; whether it was the first of its number.
pub(super) async fn add_mapping(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    source: Uuid,
    version: i32,
    spec: &serde_json::Value,
    by: Uuid,
) -> Result<bool, AppError> {
    let added = tx
        .run(sqlx::query!(
            "INSERT INTO portal.mappings (id, source_id, version, spec, created_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            id,
            source,
            version,
            spec,
            by
        ))
        .await?;
    Ok(added == 1)
}

/// A source's zone is that of its latest mapping.
pub(super) async fn set_zone(tx: &mut AuditedTx<'_>, source: Uuid, time_zone: &str) -> Result<(), AppError> {
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.sources SET time_zone = $2, updated_at = now() WHERE id = $1",
            source,
            time_zone
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// The version of a mapping.
pub(super) async fn version_of(tx: &mut AuditedTx<'_>, mapping: Uuid) -> Result<i32, AppError> {
    tx.one(sqlx::query!("SELECT version FROM portal.mappings WHERE id = $1", mapping).map(|row| row.version)).await
}
