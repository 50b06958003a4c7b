//! One finding with its cases and its evidence. Row-level security leaves what the reader may see; what a
//! name, a case or a patient's id hides from them stays empty.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::model::status::Status;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// A finding with the names it needs.
pub struct Finding {
    /// `FND-2026-0001`.
    pub number: String,
    /// What happened.
    pub title: String,
    /// How serious.
    pub severity: String,
    /// How far it is.
    pub status: String,
    /// The number of its last event.
    pub version: i32,
    /// Where.
    pub facility: Option<String>,
    /// In which zone its evidence is told.
    pub time_zone: Option<String>,
    /// Who opened it.
    pub creator: Option<String>,
    /// Whose it is.
    pub assigned_to: Uuid,
    /// Their name.
    pub owner: Option<String>,
    /// Until when.
    pub due_date: NaiveDate,
    /// Since when it counts as known, once somebody has set it.
    pub discovered_on: Option<NaiveDate>,
    /// More of it.
    pub details: Option<String>,
    /// Why it could happen.
    pub root_cause: Option<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// From how many cases, in scope or not.
    pub cases: i64,
    /// How many rows it relies on.
    pub rows: i64,
}

impl Finding {
    /// Whether it is at its end.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        Status::parse(&self.status).is_some_and(Status::is_closed)
    }
}

/// The finding itself.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope.
pub async fn finding(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Finding, AppError> {
    let query = sqlx::query_as!(
        Finding,
        r#"SELECT f.number, f.title, f.severity, f.status, f.version, fa.name AS "facility?", fa.time_zone AS "time_zone?",
                  c.full_name AS "creator?", f.assigned_to, o.full_name AS "owner?", f.due_date, f.discovered_on, f.details, f.root_cause,
                  f.created_at,
                  (SELECT count(*) FROM portal.finding_cases fc WHERE fc.finding_id = f.id AND fc.unlinked_at IS NULL) AS "cases!",
                  (SELECT count(DISTINCT e.access_id) FROM portal.finding_evidence e
                     JOIN portal.finding_cases fc ON fc.finding_id = e.finding_id AND fc.case_id = e.case_id AND fc.unlinked_at IS NULL
                    WHERE e.finding_id = f.id) AS "rows!"
             FROM portal.findings f
             LEFT JOIN portal.facilities fa ON fa.id = f.facility_id
             LEFT JOIN portal.people c ON c.id = f.created_by
             LEFT JOIN portal.people o ON o.id = f.assigned_to
            WHERE f.id = $1"#,
        id
    );
    tx.one(query).await
}

/// A case as a finding names it.
#[derive(Debug, Clone)]
pub struct LinkedCase {
    /// Our id.
    pub id: Uuid,
    /// Its short number.
    pub number: i64,
    /// The person, the vendor, or the login nobody is known to have held.
    pub subject: String,
    /// Its risk.
    pub risk: String,
    /// Its rows.
    pub row_count: i32,
    /// What was done.
    pub access_type: String,
    /// To what kind of record.
    pub resource_type: String,
    /// When it began.
    pub first_action_at: DateTime<Utc>,
    /// Where.
    pub facility_id: Option<Uuid>,
    /// The zone of that place.
    pub time_zone: Option<String>,
}

/// The cases of a finding that are in scope.
///
/// # Errors
/// What the database answers.
pub async fn linked_cases(tx: &mut AuditedTx<'_>, finding: Uuid) -> Result<Vec<LinkedCase>, AppError> {
    let query = sqlx::query_as!(
        LinkedCase,
        r#"SELECT c.id, c.number, coalesce(p.full_name, v.name, l.login) AS "subject!", c.risk, c.row_count, c.access_type,
                  c.resource_type, c.first_action_at, c.facility_id, fa.time_zone AS "time_zone?"
             FROM portal.finding_cases fc
             JOIN portal.review_cases c ON c.id = fc.case_id
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.vendors v ON v.id = c.vendor_id
             LEFT JOIN portal.facilities fa ON fa.id = c.facility_id
            WHERE fc.finding_id = $1 AND fc.unlinked_at IS NULL ORDER BY c.number"#,
        finding
    );
    tx.all(query).await
}

/// One row a finding relies on, as it was copied.
pub struct Evidence {
    /// The row's id.
    pub access_id: Uuid,
    /// When.
    pub action_at: DateTime<Utc>,
    /// As the source wrote it.
    pub login: String,
    /// Who held that login at that time.
    pub holder: Option<String>,
    /// What was done.
    pub access_type: String,
    /// The stated purpose.
    pub access_reason: String,
    /// To what kind of record.
    pub resource_type: String,
    /// Which; the patient where the source names the record by the patient's own id.
    pub resource: Option<String>,
    /// The patient, as our reference.
    pub patient_id: Option<Uuid>,
    /// The patient's id in the source; for whom it is not shown, a pseudonym.
    pub patient: Option<String>,
    /// On what.
    pub device_label: Option<String>,
}

/// The most rows of evidence one page tells; the next page begins after the last of them.
pub const EVIDENCE_PAGE: usize = 500;

/// Evidence of the linked cases in the order it happened; a row that several of them hold once.
///
/// # Errors
/// What the database answers.
pub async fn evidence(tx: &mut AuditedTx<'_>, finding: Uuid, after: Option<Uuid>) -> Result<Vec<Evidence>, AppError> {
    let query = sqlx::query_as!(
        Evidence,
        r#"SELECT DISTINCT ON (e.access_id) e.access_id, e.action_at, l.login, coalesce(p.full_name, v.name) AS "holder?", e.access_type, e.access_reason,
                  e.resource_type, coalesce(e.resource_id, n.patient) AS "resource?", e.patient_id, n.patient AS "patient?", e.device_label
             FROM portal.finding_evidence e
             JOIN portal.finding_cases fc ON fc.finding_id = e.finding_id AND fc.case_id = e.case_id AND fc.unlinked_at IS NULL
             JOIN portal.ehr_logins l ON l.id = e.login_id
             LEFT JOIN portal.login_holders h ON h.login_id = e.login_id AND h.valid_from <= e.action_at
                   AND (h.valid_to IS NULL OR h.valid_to > e.action_at)
             LEFT JOIN portal.people p ON p.id = h.person_id
             LEFT JOIN portal.vendors v ON v.id = h.vendor_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = e.patient_id
            CROSS JOIN LATERAL (SELECT coalesce(i.source_patient_id, 'PT-' || upper(right(e.patient_id::text, 12))) AS patient) n
            WHERE e.finding_id = $1 AND ($2::uuid IS NULL OR e.access_id > $2)
            ORDER BY e.access_id, e.case_id LIMIT $3"#,
        finding,
        after,
        i64::try_from(EVIDENCE_PAGE + 1).unwrap_or(i64::MAX),
    );
    tx.all(query).await
}
