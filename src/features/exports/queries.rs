//! The one statement behind the page and the file, and the names of whoever the filters of a page mention.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::Filter;
use super::model::Names;
use crate::audit::{AuditedTx, compose};
use crate::error::AppError;
use crate::web::paging::FETCH;

/// One export.
#[derive(Debug, FromRow)]
pub struct Exported {
    /// Its event.
    pub event_id: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; none while it goes on.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whose it was.
    pub actor_id: Uuid,
    /// Their name, where the reader may know it.
    pub actor_name: Option<String>,
    /// Of which list: the action.
    pub action: String,
    /// Narrowed to what, typed.
    pub filter: Value,
    /// How many rows left; none while it goes on.
    pub row_count: Option<i64>,
    /// The file's hash, of as much as was sent.
    pub sha256: Option<Vec<u8>>,
    /// `complete`, `aborted`, `failed` or `under_way`.
    pub state: String,
    /// In which request.
    pub request_id: Option<Uuid>,
}

/// The exports a filter leaves, newest first once [`NEWEST_FIRST`] is added.
#[must_use]
pub fn select(filter: &Filter, zone: Tz) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new(
        "SELECT x.event_id, x.started_at, x.ended_at, x.actor_id, p.full_name AS actor_name, x.action, x.filter, x.row_count,
                x.sha256, coalesce(x.ended, 'under_way') AS state, e.request_id
           FROM audit.exports x LEFT JOIN audit.events e ON e.event_id = x.event_id LEFT JOIN portal.people p ON p.id = x.actor_id
          WHERE true",
    );
    if let Some(person) = filter.person {
        sql.push(" AND x.actor_id = ").push_bind(person);
    }
    if let Some(list) = filter.list {
        sql.push(" AND x.action = ").push_bind(list);
    }
    match filter.state {
        Some("under_way") => drop(sql.push(" AND x.ended IS NULL")),
        Some(state) => drop(sql.push(" AND x.ended = ").push_bind(state)),
        None => {}
    }
    let (first, end) = filter.days.ids(zone);
    if let Some(first) = first {
        sql.push(" AND x.event_id >= ").push_bind(first);
    }
    if let Some(end) = end {
        sql.push(" AND x.event_id < ").push_bind(end);
    }
    sql
}

/// The order of page and file.
pub const NEWEST_FIRST: &str = " ORDER BY x.event_id DESC";

/// One page, and one export more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn page(tx: &mut AuditedTx<'_>, filter: &Filter, zone: Tz) -> Result<Vec<Exported>, AppError> {
    let mut sql = select(filter, zone);
    if let Some(after) = filter.after {
        sql.push(" AND x.event_id < ").push_bind(after);
    }
    sql.push(NEWEST_FIRST).push(" LIMIT ").push_bind(FETCH);
    tx.all(compose(sql)?).await
}

/// Everybody who took something that the reader may see, by name.
///
/// # Errors
/// What the database answers.
pub async fn takers(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            "SELECT p.id, p.full_name FROM portal.people p
              WHERE p.id IN (SELECT x.actor_id FROM audit.exports x) ORDER BY p.full_name, p.id LIMIT 500"
        ))
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.full_name)).collect())
}

/// The names of people, where the reader may know them.
///
/// # Errors
/// What the database answers.
pub async fn names(tx: &mut AuditedTx<'_>, people: &[Uuid]) -> Result<Names, AppError> {
    if people.is_empty() {
        return Ok(Names::new());
    }
    let rows = tx.all(sqlx::query!("SELECT id, full_name FROM portal.people WHERE id = ANY ($1)", people)).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.full_name)).collect())
}

/// The names of sources.
///
/// # Errors
/// What the database answers.
pub async fn source_names(tx: &mut AuditedTx<'_>, sources: &[Uuid]) -> Result<Names, AppError> {
    if sources.is_empty() {
        return Ok(Names::new());
    }
    let rows = tx.all(sqlx::query!("SELECT id, name FROM portal.sources WHERE id = ANY ($1)", sources)).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
