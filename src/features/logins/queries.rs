//! The SQL of logins: which were used while nobody is known to have held them, who may have, and what matching writes.

mod holders;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::model::Candidate;
use crate::audit::{AuditedTx, Rows};
use crate::error::AppError;

pub use holders::{Held, NewHolder, correct, enter, in_scope, logins_of, remove, set_kind, spans, vendor};

/// The most rows that are counted one by one.
pub const COUNTED: i64 = 10_000;

/// A login that was used while nobody is known to have held it.
#[derive(Debug)]
pub struct Unmatched {
    pub id: Uuid,
    pub login: String,
    pub source: String,
    pub rows: i64,
    pub days: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// When somebody else begins to hold it, after these rows.
    pub next_from: Option<DateTime<Utc>>,
}

/// The most logins one page shows: what "Show 50 more" added to a form comes back with it.
pub const MOST_SHOWN: usize = 500;

/// In the order they were first seen; all of them, or so many, and of each use so many rows counted, or all. Whether a login that has
/// holders was used between them is asked of the index at the borders of their periods; its rows are read only when it was.
pub fn unmatched(
    source: Option<Uuid>,
    zone: &str,
    after: Option<Uuid>,
    counted: Option<i64>,
    limit: Option<i64>,
) -> Rows<impl FnMut(PgRow) -> Result<Unmatched, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        Unmatched,
        r#"SELECT l.id, l.login, s.name AS source, g.rows AS "rows!", g.days AS "days!", g.first_at AS "first_at!", z.last_at AS "last_at!",
                  (SELECT min(h.valid_from) FROM portal.login_holders h WHERE h.login_id = l.id AND h.valid_from > z.last_at) AS next_from
             FROM portal.ehr_logins l
             JOIN portal.sources s ON s.id = l.source_id
            CROSS JOIN LATERAL (
              SELECT count(*) AS rows, min(a.action_at) AS first_at, count(DISTINCT (a.action_at AT TIME ZONE $2)::date) AS days
                FROM (SELECT x.action_at FROM portal.access_logs x
                       WHERE x.login_id = l.id AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)
                         AND NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = x.login_id AND h.valid_from <= x.action_at
                                            AND (h.valid_to IS NULL OR h.valid_to > x.action_at))
                       ORDER BY x.id LIMIT $5) a) g
            CROSS JOIN LATERAL (
              SELECT x.action_at AS last_at FROM portal.access_logs x
               WHERE x.login_id = l.id AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)
                 AND NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = x.login_id AND h.valid_from <= x.action_at
                                    AND (h.valid_to IS NULL OR h.valid_to > x.action_at))
               ORDER BY x.id DESC LIMIT 1) z
            WHERE l.kind = 'personal' AND ($1::uuid IS NULL OR l.source_id = $1) AND ($3::uuid IS NULL OR l.id > $3)
              AND (NOT EXISTS (SELECT 1 FROM portal.login_holders h WHERE h.login_id = l.id)
                   OR EXISTS (SELECT 1 FROM portal.access_logs x WHERE x.login_id = l.id
                                 AND x.id < (SELECT audit.uuid_floor(min(h.valid_from)) FROM portal.login_holders h WHERE h.login_id = l.id))
                   OR EXISTS (SELECT 1 FROM portal.login_holders h
                               WHERE h.login_id = l.id AND h.valid_to IS NOT NULL
                                 AND EXISTS (SELECT 1 FROM portal.access_logs x
                                              WHERE x.login_id = l.id AND x.id >= audit.uuid_floor(h.valid_to) AND x.action_at >= h.valid_to
                                                AND x.id < coalesce((SELECT audit.uuid_floor(min(n.valid_from)) FROM portal.login_holders n
                                                                      WHERE n.login_id = l.id AND n.valid_from >= h.valid_to),
                                                                    'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))))
            ORDER BY l.id LIMIT $4"#,
        source,
        zone,
        after,
        limit,
        counted
    )
}

/// Who holds or held a login.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the columns' own names")]
pub struct Holding {
    pub id: Uuid,
    pub login_id: Uuid,
    pub login: String,
    pub source: String,
    pub person_id: Option<Uuid>,
    pub name: String,
    pub employee_number: Option<String>,
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
}

/// Holders, all of them or so many: people, or vendors; or every holder of one login.
pub fn holdings(
    vendors: Option<bool>,
    only: Option<Uuid>,
    source: Option<Uuid>,
    everything: bool,
    after: Option<Uuid>,
    limit: Option<i64>,
) -> Rows<impl FnMut(PgRow) -> Result<Holding, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        Holding,
        r#"SELECT h.id, h.login_id, l.login, s.name AS source, h.person_id, coalesce(p.full_name, v.name) AS "name!",
                  p.employee_number AS "employee_number?", h.valid_from, h.valid_to, h.recorded_at
             FROM portal.login_holders h
             JOIN portal.ehr_logins l ON l.id = h.login_id
             JOIN portal.sources s ON s.id = l.source_id
             LEFT JOIN portal.people p ON p.id = h.person_id
             LEFT JOIN portal.vendors v ON v.id = h.vendor_id
            WHERE ($1::boolean IS NULL OR (h.vendor_id IS NOT NULL) = $1) AND ($2::uuid IS NULL OR h.login_id = $2)
              AND ($3::uuid IS NULL OR l.source_id = $3) AND ($5::uuid IS NULL OR h.id > $5)
              AND ($4 OR EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.login_id = l.id))
            ORDER BY h.id LIMIT $6"#,
        vendors,
        only,
        source,
        everything,
        after,
        limit
    )
}

/// A login by itself.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the columns' own names")]
pub struct Login {
    pub id: Uuid,
    pub login: String,
    pub source: String,
    pub kind: String,
}

/// System accounts, all of them or so many.
pub fn systems(
    source: Option<Uuid>,
    everything: bool,
    after: Option<Uuid>,
    limit: Option<i64>,
) -> Rows<impl FnMut(PgRow) -> Result<Login, sqlx::Error> + Send + use<>> {
    sqlx::query_as!(
        Login,
        "SELECT l.id, l.login, s.name AS source, l.kind FROM portal.ehr_logins l JOIN portal.sources s ON s.id = l.source_id
          WHERE l.kind = 'system' AND ($1::uuid IS NULL OR l.source_id = $1) AND ($3::uuid IS NULL OR l.id > $3)
            AND ($2 OR EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.login_id = l.id))
          ORDER BY l.id LIMIT $4",
        source,
        everything,
        after,
        limit
    )
}

/// One login, if it is in scope.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid, everything: bool) -> Result<Login, AppError> {
    tx.one(sqlx::query_as!(
        Login,
        "SELECT l.id, l.login, s.name AS source, l.kind FROM portal.ehr_logins l JOIN portal.sources s ON s.id = l.source_id
          WHERE l.id = $1 AND ($2 OR EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.login_id = l.id))",
        id,
        everything
    ))
    .await
}

/// What was ever recorded of a login's holders.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the columns' own names")]
pub struct Recorded {
    pub kind: String,
    pub name: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
    pub recorded_at: DateTime<Utc>,
}

/// The history of a login's holders, newest first.
pub async fn history(tx: &mut AuditedTx<'_>, login: Uuid) -> Result<Vec<Recorded>, AppError> {
    tx.all(sqlx::query_as!(
        Recorded,
        r#"SELECT e.kind, coalesce(p.full_name, v.name) AS "name!", e.valid_from, e.valid_to, e.recorded_at
             FROM portal.login_holder_events e
             LEFT JOIN portal.people p ON p.id = e.person_id
             LEFT JOIN portal.vendors v ON v.id = e.vendor_id
            WHERE e.login_id = $1 ORDER BY e.recorded_at DESC, e.id DESC LIMIT 50"#,
        login
    ))
    .await
}

/// The sources that have logins.
pub async fn sources(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        "SELECT s.id, s.name FROM portal.sources s WHERE EXISTS (SELECT 1 FROM portal.ehr_logins l WHERE l.source_id = s.id) ORDER BY s.name"
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Everybody with employment in scope.
pub async fn candidates(tx: &mut AuditedTx<'_>) -> Result<Vec<Candidate>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT p.id, p.full_name, p.employee_number, p.username, p.email,
                      array_agg(e.starts_on ORDER BY e.id) AS "starts!", array_agg(e.ends_on IS NULL ORDER BY e.id) AS "open!",
                      array_agg(coalesce(e.ends_on, e.starts_on) ORDER BY e.id) AS "ends!"
                 FROM portal.people p JOIN portal.employment_periods e ON e.person_id = p.id AND e.superseded_at IS NULL
                GROUP BY p.id ORDER BY p.full_name, p.id"#
        ))
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Candidate {
            id: row.id,
            full_name: row.full_name,
            employee_number: row.employee_number,
            username: row.username,
            email: row.email,
            employed: row
                .starts
                .into_iter()
                .zip(row.open.into_iter().zip(row.ends))
                .map(|(from, (open, to)): (NaiveDate, (bool, NaiveDate))| (from, (!open).then_some(to)))
                .collect(),
        })
        .collect())
}
