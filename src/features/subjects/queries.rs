//! The SQL of a patient's and a person's page. Pages are keyset by the access row's time-ordered id.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::PAGE;

/// One access row, with who held the login then.
#[derive(Debug)]
pub struct AccessRow {
    pub id: Uuid,
    pub action_at: DateTime<Utc>,
    pub access_type: String,
    pub resource_type: String,
    pub resource_id: Option<String>,
    pub access_reason: String,
    pub device_label: Option<String>,
    pub login: String,
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub vendor_name: Option<String>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub site_code: Option<String>,
    pub case_id: Option<Uuid>,
    pub case_number: Option<i64>,
}

#[allow(clippy::cast_possible_wrap, reason = "fifty")]
const LIMIT: i64 = PAGE as i64 + 1;

/// Everyone who touched any record of the patient, newest first.
pub async fn rows_of_patient(
    tx: &mut AuditedTx<'_>,
    patient: Uuid,
    after: Option<Uuid>,
) -> Result<Vec<AccessRow>, AppError> {
    tx.all(sqlx::query_as!(
        AccessRow,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.device_label, l.login,
                  h.person_id AS "person_id?", p.full_name AS "full_name?", v.name AS "vendor_name?", a.patient_id,
                  i.source_patient_id AS "source_patient_id?", f.site_code AS "site_code?", k.id AS "case_id?", k.number AS "case_number?"
             FROM portal.access_logs a
             JOIN portal.ehr_logins l ON l.id = a.login_id
             LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at
              AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
             LEFT JOIN portal.people p ON p.id = h.person_id
             LEFT JOIN portal.vendors v ON v.id = h.vendor_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
             LEFT JOIN portal.facilities f ON f.id = a.facility_id
             LEFT JOIN LATERAL (SELECT c.id, c.number FROM portal.case_rows cr JOIN portal.review_cases c ON c.id = cr.case_id
                                 WHERE cr.access_id = a.id ORDER BY c.patient_id NULLS LAST, c.number LIMIT 1) k ON true
            WHERE a.patient_id = $1 AND ($2::uuid IS NULL OR a.id < $2)
              AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
            ORDER BY a.id DESC LIMIT $3"#,
        patient,
        after,
        LIMIT
    ))
    .await
}

/// Everything a person's logins opened while they held them, newest first.
pub async fn rows_of_person(
    tx: &mut AuditedTx<'_>,
    person: Uuid,
    after: Option<Uuid>,
) -> Result<Vec<AccessRow>, AppError> {
    tx.all(sqlx::query_as!(
        AccessRow,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.device_label, l.login,
                  h.person_id AS "person_id?", NULL::text AS "full_name?", NULL::text AS "vendor_name?", a.patient_id,
                  i.source_patient_id AS "source_patient_id?", f.site_code AS "site_code?", k.id AS "case_id?", k.number AS "case_number?"
             FROM portal.login_holders h
             JOIN portal.ehr_logins l ON l.id = h.login_id
             JOIN LATERAL (SELECT x.* FROM portal.access_logs x
                            WHERE x.login_id = h.login_id AND x.action_at >= h.valid_from AND (h.valid_to IS NULL OR x.action_at < h.valid_to)
                              AND ($2::uuid IS NULL OR x.id < $2)
                              AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = x.id)
                            ORDER BY x.id DESC LIMIT $3) a ON true
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
             LEFT JOIN portal.facilities f ON f.id = a.facility_id
             LEFT JOIN LATERAL (SELECT c.id, c.number FROM portal.case_rows cr JOIN portal.review_cases c ON c.id = cr.case_id
                                 WHERE cr.access_id = a.id ORDER BY c.patient_id NULLS LAST, c.number LIMIT 1) k ON true
            WHERE h.person_id = $1
            ORDER BY a.id DESC LIMIT $3"#,
        person,
        after,
        LIMIT
    ))
    .await
}

/// What a patient's page says above its list.
#[derive(Debug)]
pub struct PatientHead {
    pub id: Uuid,
    pub source_patient_id: Option<String>,
    pub watched: bool,
    pub visible: i64,
    pub total: i64,
    pub people: i64,
    pub first_at: Option<DateTime<Utc>>,
}

/// The patient, if any of their rows is in scope.
pub async fn patient(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<PatientHead, AppError> {
    let head = tx
        .one(sqlx::query_as!(
            PatientHead,
            r#"SELECT t.id, i.source_patient_id AS "source_patient_id?", t.watched, s.visible AS "visible!",
                      portal.count_rows_of_patient(t.id) AS "total!", s.people AS "people!", s.first_at
                 FROM portal.patients t
                 LEFT JOIN portal.patient_ids i ON i.patient_id = t.id
                 CROSS JOIN LATERAL (SELECT count(*) AS visible, count(DISTINCT a.login_id) AS people, min(a.action_at) AS first_at
                                       FROM portal.access_logs a WHERE a.patient_id = t.id
                                        AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)) s
                WHERE t.id = $1"#,
            id
        ))
        .await?;
    if head.visible > 0 { Ok(head) } else { Err(AppError::NotFound) }
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

/// How many of a person's rows there are in all, and in scope.
pub async fn row_counts(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<(i64, i64), AppError> {
    let row = tx
        .one(sqlx::query!(
            r#"SELECT portal.count_rows_of_person($1) AS "total!",
                      (SELECT count(*) FROM portal.login_holders h
                         JOIN portal.access_logs a ON a.login_id = h.login_id AND a.action_at >= h.valid_from
                          AND (h.valid_to IS NULL OR a.action_at < h.valid_to)
                        WHERE h.person_id = $1
                          AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)) AS "visible!""#,
            person
        ))
        .await?;
    Ok((row.total, row.visible))
}
