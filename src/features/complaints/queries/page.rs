//! One complaint with the names it needs, its reviews and its history.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The complaint itself.
pub struct Head {
    pub number: String,
    pub received_on: NaiveDate,
    pub channel: String,
    pub complainant: String,
    pub kind: String,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub person_id: Option<Uuid>,
    pub person: Option<String>,
    pub employee_number: Option<String>,
    pub facility: Option<String>,
    pub details: String,
    pub owner_id: Uuid,
    pub owner: Option<String>,
    pub due_on: NaiveDate,
    pub state: String,
    pub disposition: Option<String>,
    pub recorder: Option<String>,
    pub version: i32,
    /// How the reader stands to whom it is about.
    pub relation: Option<String>,
    /// Its reviews, in scope or not.
    pub reviews: i64,
}

/// The complaint.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope.
pub async fn head(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Head, AppError> {
    let query = sqlx::query_as!(
        Head,
        r#"SELECT c.number, c.received_on, c.channel, c.complainant, c.kind, c.patient_id, i.source_patient_id AS "source_patient_id?",
                  c.person_id, p.full_name AS "person?", p.employee_number AS "employee_number?", f.name AS "facility?", c.details, c.owner_id,
                  o.full_name AS "owner?", c.due_on, c.state, c.disposition, b.full_name AS "recorder?", c.version,
                  portal.conflict_in_complaint(c.id) AS relation,
                  (SELECT count(*) FROM portal.complaint_acts a WHERE a.complaint_id = c.id AND a.kind = 'review_started') AS "reviews!"
             FROM portal.complaints c
             LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.facilities f ON f.id = c.facility_id
             LEFT JOIN portal.people o ON o.id = c.owner_id
             LEFT JOIN portal.people b ON b.id = c.recorded_by
            WHERE c.id = $1"#,
        id
    );
    tx.one(query).await
}

/// A review that it led to.
pub struct ReviewLine {
    pub id: Uuid,
    pub number: String,
    pub state: String,
    pub outcome: Option<String>,
    pub created_at: DateTime<Utc>,
}

/// Its reviews in scope, newest first.
///
/// # Errors
/// What the database answers.
pub async fn reviews(tx: &mut AuditedTx<'_>, complaint: Uuid) -> Result<Vec<ReviewLine>, AppError> {
    let query = sqlx::query_as!(
        ReviewLine,
        "SELECT id, number, state, outcome, created_at FROM portal.reviews WHERE complaint_id = $1 ORDER BY id DESC",
        complaint
    );
    tx.all(query).await
}

/// One line of its history.
pub struct Step {
    pub kind: String,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub disposition: Option<String>,
    pub statement: Option<String>,
}

/// Its history, oldest first.
///
/// # Errors
/// What the database answers.
pub async fn history(tx: &mut AuditedTx<'_>, complaint: Uuid) -> Result<Vec<Step>, AppError> {
    let query = sqlx::query_as!(
        Step,
        r#"SELECT a.kind, a.at, p.full_name AS "actor?", a.disposition, a.statement
             FROM portal.complaint_acts a LEFT JOIN portal.people p ON p.id = a.actor_id WHERE a.complaint_id = $1 ORDER BY a.seq"#,
        complaint
    );
    tx.all(query).await
}

/// Whom it is about and until when, before a change.
pub struct Before {
    pub patient_id: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub employee_number: Option<String>,
    pub due_on: NaiveDate,
}

/// Whom it is about.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope.
pub async fn about(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Before, AppError> {
    let query = sqlx::query_as!(
        Before,
        r#"SELECT c.patient_id, c.person_id, p.employee_number AS "employee_number?", c.due_on
             FROM portal.complaints c LEFT JOIN portal.people p ON p.id = c.person_id WHERE c.id = $1"#,
        id
    );
    tx.one(query).await
}
