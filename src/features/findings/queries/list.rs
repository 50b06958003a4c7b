//! The list of findings and the counts of its tabs.

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::filter::{Filter, Narrowed};
use super::super::model::status::Status;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;
use crate::words::Risk;

/// One finding of the list.
pub struct FindingRow {
    /// Our id.
    pub id: Uuid,
    /// `FND-2026-0001`.
    pub number: String,
    /// What happened.
    pub title: String,
    /// How serious.
    pub severity: String,
    /// How far it is.
    pub status: String,
    /// Where.
    pub facility: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// Until when.
    pub due_date: NaiveDate,
    /// From how many cases.
    pub cases: i64,
}

/// How many findings each view holds under the same filters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Not closed.
    pub open: i64,
    /// Not closed, the reader's own.
    pub mine: i64,
    /// Not closed, past due.
    pub late: i64,
    /// Closed.
    pub closed: i64,
    /// Whatever the filters say.
    pub any: i64,
}

/// One page, earliest due first, and one more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn list(tx: &mut AuditedTx<'_>, filter: &Filter, view: Narrowed) -> Result<Vec<FindingRow>, AppError> {
    let query = sqlx::query_as!(
        FindingRow,
        r#"SELECT f.id, f.number, f.title, f.severity, f.status, fa.name AS "facility?", p.full_name AS "owner?", f.due_date,
                  (SELECT count(*) FROM portal.finding_cases fc WHERE fc.finding_id = f.id AND fc.unlinked_at IS NULL) AS "cases!"
             FROM portal.findings f
             LEFT JOIN portal.facilities fa ON fa.id = f.facility_id
             LEFT JOIN portal.people p ON p.id = f.assigned_to
            WHERE (f.status LIKE 'closed%') = $1
              AND ($2::uuid IS NULL OR f.assigned_to = $2) AND ($3::date IS NULL OR f.due_date < $3)
              AND ($4::uuid IS NULL OR f.facility_id = $4) AND ($5::text IS NULL OR f.severity = $5)
              AND ($6::text IS NULL OR f.status = $6) AND ($7::uuid IS NULL OR f.assigned_to = $7)
              AND ($8::date IS NULL OR (f.due_date, f.id) > ($8, $9))
            ORDER BY f.due_date, f.id LIMIT $10"#,
        view.closed,
        view.reader,
        view.due_before,
        filter.facility,
        filter.severity.map(Risk::as_str),
        filter.status.map(Status::as_str),
        filter.owner,
        filter.after.map(|cursor| cursor.due),
        filter.after.map(|cursor| cursor.id),
        FETCH,
    );
    tx.all(query).await
}

/// The counts of the tabs.
///
/// # Errors
/// What the database answers.
pub async fn counts(
    tx: &mut AuditedTx<'_>,
    filter: &Filter,
    reader: Uuid,
    today: NaiveDate,
) -> Result<Counts, AppError> {
    let query = sqlx::query_as!(
        Counts,
        r#"SELECT count(*) FILTER (WHERE f.status NOT LIKE 'closed%') AS "open!",
                  count(*) FILTER (WHERE f.status NOT LIKE 'closed%' AND f.assigned_to = $1) AS "mine!",
                  count(*) FILTER (WHERE f.status NOT LIKE 'closed%' AND f.due_date < $2) AS "late!",
                  count(*) FILTER (WHERE f.status LIKE 'closed%') AS "closed!", count(*) AS "any!"
             FROM portal.findings f
            WHERE ($3::uuid IS NULL OR f.facility_id = $3) AND ($4::text IS NULL OR f.severity = $4)
              AND ($5::text IS NULL OR f.status = $5) AND ($6::uuid IS NULL OR f.assigned_to = $6)"#,
        reader,
        today,
        filter.facility,
        filter.severity.map(Risk::as_str),
        filter.status.map(Status::as_str),
        filter.owner,
    );
    tx.one(query).await
}

/// Who owns a finding in scope, by name.
///
/// # Errors
/// What the database answers.
pub async fn owners(tx: &mut AuditedTx<'_>) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        "SELECT p.id, p.full_name FROM portal.people p
          WHERE p.id IN (SELECT f.assigned_to FROM portal.findings f) ORDER BY lower(p.full_name), p.id"
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.id, row.full_name)).collect())
}
