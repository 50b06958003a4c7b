//! The watch list: patients on it of whom the reader sees an access.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;

/// A patient on the list.
pub struct WatchedRow {
    /// Our id.
    pub id: Uuid,
    /// The id in the source, where it is shown.
    pub source_patient_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub watched_at: Option<DateTime<Utc>>,
    /// Who put them on it.
    pub marker: Option<String>,
    /// Accesses in the last ninety days, as far as the reader's scope goes.
    pub rows: i64,
    /// The last of them, however long ago.
    pub last_at: Option<DateTime<Utc>>,
    /// Cases that are open.
    pub open_cases: i64,
}

/// The statement of the page and of the file: after a patient, so many of them. The id lowest ninety days ago narrows the count.
macro_rules! watched {
    ($after:expr, $limit:expr, $since:expr) => {
        sqlx::query_as!(
            $crate::features::reviews::queries::watch::WatchedRow,
            r#"SELECT t.id, i.source_patient_id AS "source_patient_id?", m.reason AS "reason?", t.watched_at, m.full_name AS "marker?",
                      a.rows AS "rows!", z.last_at AS "last_at?", c.open AS "open_cases!"
                 FROM portal.patients t
                 JOIN LATERAL (SELECT x.action_at AS last_at FROM portal.access_logs x WHERE x.patient_id = t.id ORDER BY x.id DESC LIMIT 1) z ON true
                 LEFT JOIN portal.patient_ids i ON i.patient_id = t.id
                 LEFT JOIN LATERAL (SELECT w.reason, p.full_name FROM portal.watch_marks w LEFT JOIN portal.people p ON p.id = w.marked_by
                                     WHERE w.patient_id = t.id AND w.watched ORDER BY w.marked_at DESC, w.id DESC LIMIT 1) m ON true
                 CROSS JOIN LATERAL (SELECT count(*) AS rows FROM portal.access_logs x WHERE x.patient_id = t.id AND x.id >= $3
                                        AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)) a
                 CROSS JOIN LATERAL (SELECT count(*) AS open FROM portal.review_cases k
                                      WHERE k.patient_id = t.id AND k.withdrawn_at IS NULL AND k.state NOT IN ('closed', 'awaiting_second_review')) c
                WHERE t.watched AND ($1::uuid IS NULL OR t.id > $1)
                ORDER BY t.id LIMIT $2::bigint"#,
            $after,
            $limit,
            $since
        )
    };
}
pub(in crate::features::reviews) use watched;

/// One page and one more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn list(tx: &mut AuditedTx<'_>, after: Option<Uuid>, since: Uuid) -> Result<Vec<WatchedRow>, AppError> {
    tx.all(watched!(after, Some(FETCH), since)).await
}
