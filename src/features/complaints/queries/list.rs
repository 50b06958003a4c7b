//! The list of complaints and the counts of its tabs.

use chrono::NaiveDate;
use uuid::Uuid;

use super::super::filter::{Filter, Narrowed};
use super::super::model::{ComplaintDisposition, ComplaintKind};
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;

/// One complaint of the list.
pub struct ComplaintRow {
    pub id: Uuid,
    pub number: String,
    pub kind: String,
    pub channel: String,
    pub complainant: String,
    pub received_on: NaiveDate,
    pub due_on: NaiveDate,
    pub facility: Option<String>,
    pub owner: Option<String>,
    pub disposition: Option<String>,
    /// How many reviews it led to.
    pub reviews: i64,
}

/// How many complaints each view holds under the same filters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub open: i64,
    pub mine: i64,
    pub late: i64,
    pub disposed: i64,
}

/// One page, newest first, and one more to tell whether another follows.
///
/// # Errors
/// What the database answers.
pub async fn list(tx: &mut AuditedTx<'_>, filter: &Filter, view: Narrowed) -> Result<Vec<ComplaintRow>, AppError> {
    let query = sqlx::query_as!(
        ComplaintRow,
        r#"SELECT c.id, c.number, c.kind, c.channel, c.complainant, c.received_on, c.due_on, f.name AS "facility?", p.full_name AS "owner?",
                  c.disposition, (SELECT count(*) FROM portal.reviews r WHERE r.complaint_id = c.id) AS "reviews!"
             FROM portal.complaints c
             LEFT JOIN portal.facilities f ON f.id = c.facility_id
             LEFT JOIN portal.people p ON p.id = c.owner_id
            WHERE c.state = $1 AND ($2::uuid IS NULL OR c.owner_id = $2) AND ($3::date IS NULL OR c.due_on < $3)
              AND ($4::uuid IS NULL OR $4 = ANY (c.facility_ids)) AND ($5::text IS NULL OR c.kind = $5)
              AND ($6::text IS NULL OR c.disposition = $6) AND ($7::uuid IS NULL OR c.id < $7)
            ORDER BY c.id DESC LIMIT $8"#,
        view.state,
        view.owner,
        view.due_before,
        filter.facility,
        filter.kind.map(ComplaintKind::as_str),
        filter.disposition.map(ComplaintDisposition::as_str),
        filter.after,
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
        r#"SELECT count(*) FILTER (WHERE c.state = 'open') AS "open!",
                  count(*) FILTER (WHERE c.state = 'open' AND c.owner_id = $1) AS "mine!",
                  count(*) FILTER (WHERE c.state = 'open' AND c.due_on < $2) AS "late!",
                  count(*) FILTER (WHERE c.state = 'disposed') AS "disposed!"
             FROM portal.complaints c
            WHERE ($3::uuid IS NULL OR $3 = ANY (c.facility_ids)) AND ($4::text IS NULL OR c.kind = $4)
              AND ($5::text IS NULL OR c.disposition = $5)"#,
        reader,
        today,
        filter.facility,
        filter.kind.map(ComplaintKind::as_str),
        filter.disposition.map(ComplaintDisposition::as_str),
    );
    tx.one(query).await
}
