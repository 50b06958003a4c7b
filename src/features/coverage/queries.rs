//! The SQL of coverage. One statement serves the page, the form and the file; what is expected is judged from the history
//! that stands in each of its rows.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{LOOKBACK, Month, Status, status, usual};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::GapReason;

/// One day of one source.
#[derive(Debug, FromRow)]
pub struct DayRow {
    pub source_id: Uuid,
    pub source: String,
    pub time_zone: String,
    pub local_day: NaiveDate,
    pub is_over: bool,
    pub received: i64,
    /// The same weekday in the weeks before, oldest first, without days that somebody explained.
    pub history: Vec<i64>,
    pub reason: Option<String>,
    pub note: Option<String>,
    pub rows_then: Option<i64>,
    pub explained_by: Option<Uuid>,
    pub explained_by_name: Option<String>,
    pub explained_at: Option<DateTime<Utc>>,
}

impl DayRow {
    /// What was expected.
    pub fn expected(&self) -> Option<i64> {
        usual(&self.history)
    }

    /// What it is called.
    pub fn status(&self) -> Status {
        status(self.received, self.expected(), self.is_over)
    }
}

/// The days of a period: of every source from the first day on that anything arrived, up to its today.
macro_rules! coverage_days {
    ($from:expr, $to:expr, $source:expr) => {
        sqlx::query_as!(
            DayRow,
            r#"SELECT s.id AS source_id, s.name AS source, s.time_zone, d.day AS "local_day!", d.day < t.today AS "is_over!",
                      coalesce(x.rows, 0) AS "received!",
                      ARRAY(SELECT coalesce(h.rows, 0)
                              FROM generate_series($4::integer, 1, -1) w
                              LEFT JOIN portal.source_days h ON h.source_id = s.id AND h.local_day = d.day - 7 * w
                             WHERE d.day - 7 * w >= f.first_day
                               AND NOT EXISTS (SELECT 1 FROM portal.coverage_explanations z
                                                WHERE z.source_id = s.id AND z.local_day = d.day - 7 * w)) AS "history!",
                      e.reason AS "reason?", e.note, e.rows_then AS "rows_then?", e.explained_by AS "explained_by?",
                      p.full_name AS "explained_by_name?", e.created_at AS "explained_at?"
                 FROM portal.sources s
                 JOIN LATERAL (SELECT min(m.local_day) AS first_day FROM portal.source_days m WHERE m.source_id = s.id AND m.rows > 0) f
                   ON f.first_day IS NOT NULL
                CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE s.time_zone)::date AS today) t
                CROSS JOIN LATERAL (SELECT g::date AS day FROM generate_series(greatest($1::date, f.first_day)::timestamp,
                                      least($2::date, t.today)::timestamp, interval '1 day') g) d
                 LEFT JOIN portal.source_days x ON x.source_id = s.id AND x.local_day = d.day
                 LEFT JOIN LATERAL (SELECT k.* FROM portal.coverage_explanations k
                                     WHERE k.source_id = s.id AND k.local_day = d.day ORDER BY k.id DESC LIMIT 1) e ON true
                 LEFT JOIN portal.people p ON p.id = e.explained_by
                WHERE $3::uuid IS NULL OR s.id = $3
                ORDER BY s.name, d.day DESC"#,
            $from,
            $to,
            $source as Option<Uuid>,
            LOOKBACK
        )
    };
}
pub(super) use coverage_days;

/// The days of a month, by source, newest first.
pub async fn month(tx: &mut AuditedTx<'_>, month: Month, source: Option<Uuid>) -> Result<Vec<DayRow>, AppError> {
    tx.all(coverage_days!(month.first, month.last, source)).await
}

/// One day, if anything of its source arrived by then.
pub async fn day(tx: &mut AuditedTx<'_>, source: Uuid, day: NaiveDate) -> Result<DayRow, AppError> {
    tx.one(coverage_days!(day, day, Some(source))).await
}

/// A source to choose.
pub struct Source {
    pub id: Uuid,
    pub name: String,
}

/// Every source that has days, by name.
pub async fn sources(tx: &mut AuditedTx<'_>) -> Result<Vec<Source>, AppError> {
    tx.all(sqlx::query_as!(
        Source,
        "SELECT s.id, s.name FROM portal.sources s WHERE EXISTS (SELECT 1 FROM portal.source_days d WHERE d.source_id = s.id) ORDER BY s.name"
    ))
    .await
}

/// What somebody said about a day.
pub struct Said {
    pub reason: String,
    pub note: Option<String>,
    pub rows_then: i64,
    pub by: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Everything that was said about a day, newest first.
pub async fn said(tx: &mut AuditedTx<'_>, source: Uuid, day: NaiveDate) -> Result<Vec<Said>, AppError> {
    tx.all(sqlx::query_as!(
        Said,
        r#"SELECT e.reason, e.note, e.rows_then, p.full_name AS "by?", e.created_at
             FROM portal.coverage_explanations e LEFT JOIN portal.people p ON p.id = e.explained_by
            WHERE e.source_id = $1 AND e.local_day = $2 ORDER BY e.id DESC"#,
        source,
        day
    ))
    .await
}

/// An explanation to keep.
pub struct NewExplanation<'a> {
    pub id: Uuid,
    pub source: Uuid,
    pub day: NaiveDate,
    pub reason: GapReason,
    pub note: Option<&'a str>,
    pub rows_then: i64,
    pub me: Uuid,
}

pub async fn add(tx: &mut AuditedTx<'_>, new: &NewExplanation<'_>) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.coverage_explanations (id, source_id, local_day, reason, note, rows_then, explained_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.source,
        new.day,
        new.reason.as_str(),
        new.note,
        new.rows_then,
        new.me
    ))
    .await?;
    Ok(())
}
