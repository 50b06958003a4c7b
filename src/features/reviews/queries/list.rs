//! The list of reviews and the counts of its tabs.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::filter::Filter;
use super::super::model::ReviewKind;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;

/// One review of the list.
pub struct ReviewRow {
    /// Our id.
    pub id: Uuid,
    /// `REV-2026-0001`.
    pub number: String,
    /// From what it began.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// Of whose records.
    pub patient_id: Option<Uuid>,
    /// Their id in the source, where it is shown.
    pub source_patient_id: Option<String>,
    /// Of whose accesses.
    pub person: Option<String>,
    /// The first day.
    pub from_on: NaiveDate,
    /// The last day.
    pub to_on: NaiveDate,
    /// Who started it.
    pub starter: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// What it came to.
    pub outcome: Option<String>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many cases it took up, as far as the reader's scope goes.
    pub cases: i64,
    /// Of these, open.
    pub open: i64,
}

/// How many reviews each view holds under the same filters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Those that go on.
    pub open: i64,
    /// Of these, the reader's own.
    pub mine: i64,
    /// Those that have ended.
    pub ended: i64,
}

/// One page, newest first, and one more to tell whether another follows. A blind second review is told to nobody: its case
/// looks closed here too.
///
/// # Errors
/// What the database answers.
pub async fn list(tx: &mut AuditedTx<'_>, filter: &Filter, reader: Uuid) -> Result<Vec<ReviewRow>, AppError> {
    let query = sqlx::query_as!(
        ReviewRow,
        r#"SELECT r.id, r.number, r.kind, r.reason, r.patient_id, i.source_patient_id AS "source_patient_id?", p.full_name AS "person?",
                  r.from_on, r.to_on, s.full_name AS "starter?", r.created_at, r.outcome, r.ended_at, n.cases AS "cases!", n.open AS "open!"
             FROM portal.reviews r
             LEFT JOIN portal.patient_ids i ON i.patient_id = r.patient_id
             LEFT JOIN portal.people p ON p.id = r.person_id
             LEFT JOIN portal.people s ON s.id = r.started_by
             CROSS JOIN LATERAL (
               SELECT count(*) AS cases, count(*) FILTER (WHERE c.state <> 'closed' AND z.case_id IS NULL) AS open
                 FROM portal.review_links l JOIN portal.review_cases c ON c.id = l.case_id
                 LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
                WHERE l.review_id = r.id) n
            WHERE r.state = $1 AND ($2::uuid IS NULL OR r.started_by = $2) AND ($3::text IS NULL OR r.kind = $3)
              AND ($4::uuid IS NULL OR r.patient_id = $4) AND ($5::uuid IS NULL OR r.person_id = $5)
              AND ($6::uuid IS NULL OR r.id < $6)
            ORDER BY r.id DESC LIMIT $7"#,
        filter.view.state().as_str(),
        filter.starter(reader),
        filter.kind.map(ReviewKind::as_str),
        filter.patient,
        filter.person,
        filter.after,
        FETCH,
    );
    tx.all(query).await
}

/// The counts of the tabs.
///
/// # Errors
/// What the database answers.
pub async fn counts(tx: &mut AuditedTx<'_>, filter: &Filter, reader: Uuid) -> Result<Counts, AppError> {
    let query = sqlx::query_as!(
        Counts,
        r#"SELECT count(*) FILTER (WHERE r.state = 'open') AS "open!",
                  count(*) FILTER (WHERE r.state = 'open' AND r.started_by = $1) AS "mine!",
                  count(*) FILTER (WHERE r.state = 'ended') AS "ended!"
             FROM portal.reviews r
            WHERE ($2::text IS NULL OR r.kind = $2) AND ($3::uuid IS NULL OR r.patient_id = $3)
              AND ($4::uuid IS NULL OR r.person_id = $4)"#,
        reader,
        filter.kind.map(ReviewKind::as_str),
        filter.patient,
        filter.person,
    );
    tx.one(query).await
}
