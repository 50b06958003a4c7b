//! The SQL of a patient's and a person's page: who they are, what was true of them, how much there is. The rows themselves are in
//! [`rows`], everybody who touched a patient's in [`touched`].

pub mod rows;
pub mod touched;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::filter::Period as Days;
use crate::audit::AuditedTx;
use crate::error::AppError;

/// What a patient's page says above its list.
#[derive(Debug)]
pub struct PatientHead {
    pub id: Uuid,
    pub source_patient_id: Option<String>,
    pub watched: bool,
}

/// The patient, if any of their rows is in scope, whenever that was.
pub async fn patient(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<PatientHead, AppError> {
    tx.one(sqlx::query_as!(
        PatientHead,
        r#"SELECT t.id, i.source_patient_id AS "source_patient_id?", t.watched
             FROM portal.patients t LEFT JOIN portal.patient_ids i ON i.patient_id = t.id
            WHERE t.id = $1
              AND EXISTS (SELECT 1 FROM portal.access_logs a WHERE a.patient_id = $1
                             AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id))"#,
        id
    ))
    .await
}

/// How many rows a period has, from the newest back and at most one more than ten thousand, and how many the reader does not see.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub total: i64,
    pub outside: i64,
}

/// The same of a patient.
pub async fn count_of_patient(tx: &mut AuditedTx<'_>, patient: Uuid, days: &Days) -> Result<Counted, AppError> {
    tx.one(sqlx::query_as!(
        Counted,
        r#"SELECT total AS "total!", outside AS "outside!" FROM portal.rows_of_patient_between($1, $2, $3)"#,
        patient,
        days.first,
        days.end
    ))
    .await
}

/// The same of a person.
pub async fn count_of_person(tx: &mut AuditedTx<'_>, person: Uuid, days: &Days) -> Result<Counted, AppError> {
    tx.one(sqlx::query_as!(
        Counted,
        r#"SELECT total AS "total!", outside AS "outside!" FROM portal.rows_of_person_between($1, NULL, $2, $3)"#,
        person,
        days.first,
        days.end
    ))
    .await
}

/// What a person's page says above its lists.
#[derive(Debug)]
pub struct PersonHead {
    pub full_name: String,
    pub employee_number: Option<String>,
    pub role: String,
    pub active: bool,
}

/// The person, if they are the reader, if the reader sees everybody, or if they worked at a facility in scope.
pub async fn person(tx: &mut AuditedTx<'_>, id: Uuid, me: Uuid, sees_everybody: bool) -> Result<PersonHead, AppError> {
    tx.one(sqlx::query_as!(
        PersonHead,
        "SELECT p.full_name, p.employee_number, p.role, p.active FROM portal.people p
          WHERE p.id = $1 AND ($3 OR p.id = $2 OR EXISTS (SELECT 1 FROM portal.employment_periods e WHERE e.person_id = p.id))",
        id,
        me,
        sees_everybody
    ))
    .await
}

/// One period of employment.
#[derive(Debug)]
pub struct Period {
    pub job_role: String,
    pub department: String,
    pub facility: String,
    pub supervisor_id: Option<Uuid>,
    pub supervisor: Option<String>,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub on_leave: bool,
    pub recorded_at: DateTime<Utc>,
    /// When the portal learned of the last day.
    pub end_known_at: Option<DateTime<Utc>>,
}

/// Where the person worked, newest first.
pub async fn periods(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<Period>, AppError> {
    tx.all(sqlx::query_as!(
        Period,
        r#"SELECT e.job_role, d.name AS department, f.name AS facility, e.supervisor_id, s.full_name AS "supervisor?", e.starts_on,
                  e.ends_on, e.on_leave, e.recorded_at, e.end_known_at
             FROM portal.employment_periods e
             JOIN portal.departments d ON d.id = e.department_id
             JOIN portal.facilities f ON f.id = e.facility_id
             LEFT JOIN portal.people s ON s.id = e.supervisor_id
            WHERE e.person_id = $1 AND e.superseded_at IS NULL
            ORDER BY e.starts_on DESC"#,
        person
    ))
    .await
}

/// One training, of which a retake is another.
#[derive(Debug)]
pub struct Training {
    pub course_code: String,
    pub completed_at: DateTime<Utc>,
    /// The first day on which it no longer holds; none: for good.
    pub expires_on: Option<NaiveDate>,
    /// Whether another of the same course holds longer.
    pub replaced: bool,
}

/// The person's training, what holds longest first within each course, as the rules read it.
pub async fn training(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<Training>, AppError> {
    tx.all(sqlx::query_as!(
        Training,
        r#"SELECT t.course_code, t.completed_at, t.expires_on,
                  row_number() OVER (PARTITION BY t.course_code ORDER BY t.expires_on DESC NULLS FIRST, t.completed_at DESC, t.id) > 1 AS "replaced!"
             FROM portal.training_records t WHERE t.person_id = $1 AND t.completed_at <= now()
            ORDER BY t.course_code, t.expires_on DESC NULLS FIRST, t.completed_at DESC, t.id LIMIT 200"#,
        person
    ))
    .await
}

/// A login the person held.
#[derive(Debug)]
pub struct HeldLogin {
    pub login_id: Uuid,
    pub login: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
}

/// The logins the person held, and when.
pub async fn logins(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<HeldLogin>, AppError> {
    tx.all(sqlx::query_as!(
        HeldLogin,
        "SELECT h.login_id, l.login, h.valid_from, h.valid_to FROM portal.login_holders h JOIN portal.ehr_logins l ON l.id = h.login_id
          WHERE h.person_id = $1 ORDER BY h.valid_from DESC",
        person
    ))
    .await
}

/// One of the person's cases.
#[derive(Debug)]
pub struct CaseLink {
    pub id: Uuid,
    pub number: i64,
    pub risk: String,
    pub state: String,
    pub disposition: Option<String>,
    pub local_day: NaiveDate,
}

/// The person's cases, newest first; the page links to the queue for the rest.
pub async fn cases(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<CaseLink>, AppError> {
    tx.all(sqlx::query_as!(
        CaseLink,
        r#"SELECT c.id, c.number, c.risk, CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS "state!",
                  coalesce(c.disposition, z.first_disposition) AS disposition, c.local_day
             FROM portal.review_cases c
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE c.person_id = $1 ORDER BY c.first_action_at DESC LIMIT 20"#,
        person
    ))
    .await
}
