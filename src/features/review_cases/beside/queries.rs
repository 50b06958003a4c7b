//! What stands beside a case: what was and is true of whoever it is about, what is usual, who else was there, earlier cases, and
//! as numbers what lies outside the reader's scope.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::queries::CaseRow;
use super::model::{Agreement, Employment, Holder, Training};
use crate::audit::AuditedTx;
use crate::error::AppError;

/// Where and as what the person works and worked, also as it was believed before; as far as the reader sees.
pub async fn employment(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<Employment>, AppError> {
    tx.all(sqlx::query_as!(
        Employment,
        r#"SELECT e.job_role, d.name AS department, f.name AS facility, s.full_name AS "supervisor?", e.starts_on, e.ends_on, e.on_leave,
                  e.recorded_at, e.end_known_at, e.superseded_at
             FROM portal.employment_periods e
             JOIN portal.departments d ON d.id = e.department_id
             JOIN portal.facilities f ON f.id = e.facility_id
             LEFT JOIN portal.people s ON s.id = e.supervisor_id
            WHERE e.person_id = $1
            ORDER BY e.starts_on DESC, e.superseded_at NULLS FIRST, e.id LIMIT 100"#,
        person
    ))
    .await
}

/// What the person completed, whenever that was.
pub async fn training(tx: &mut AuditedTx<'_>, person: Uuid) -> Result<Vec<Training>, AppError> {
    tx.all(sqlx::query_as!(
        Training,
        "SELECT t.course_code, t.completed_at, t.expires_on, t.recorded_at FROM portal.training_records t
          WHERE t.person_id = $1 ORDER BY t.course_code, t.completed_at DESC, t.id LIMIT 300",
        person
    ))
    .await
}

/// The vendor's agreements, also as they were believed before.
pub async fn agreements(tx: &mut AuditedTx<'_>, vendor: Uuid) -> Result<Vec<Agreement>, AppError> {
    tx.all(sqlx::query_as!(
        Agreement,
        "SELECT a.effective_from, a.effective_to, a.recorded_at, a.superseded_at FROM portal.agreements a
          WHERE a.vendor_id = $1 ORDER BY a.effective_from DESC, a.id LIMIT 100",
        vendor
    ))
    .await
}

/// Which vendor's account the case is about.
pub async fn vendor(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Option<Uuid>, AppError> {
    Ok(tx.one(sqlx::query!("SELECT vendor_id FROM portal.review_cases WHERE id = $1", case)).await?.vendor_id)
}

/// Who held the login, and when.
pub async fn holders(tx: &mut AuditedTx<'_>, login: Uuid) -> Result<Vec<Holder>, AppError> {
    tx.all(sqlx::query_as!(
        Holder,
        r#"SELECT h.valid_from, h.valid_to, h.recorded_at, coalesce(p.full_name, v.name, '') AS "name!"
             FROM portal.login_holders h
             LEFT JOIN portal.people p ON p.id = h.person_id
             LEFT JOIN portal.vendors v ON v.id = h.vendor_id
            WHERE h.login_id = $1 ORDER BY h.valid_from DESC LIMIT 50"#,
        login
    ))
    .await
}

/// One day: what the person opened, and what the others of the job did. The line without a day is the others' window before.
#[derive(Debug, Clone)]
pub struct UsualDay {
    pub day: Option<NaiveDate>,
    pub opened: i64,
    pub patients: i64,
    pub people: i64,
    pub peers: Option<f64>,
}

/// How many days before a case's are compared with it.
pub const WINDOW: i32 = 30;

/// The days up to the case's; with the others of the job, if they are asked for.
pub async fn usual(tx: &mut AuditedTx<'_>, case: &CaseRow, peers: bool) -> Result<Vec<UsualDay>, AppError> {
    tx.all(sqlx::query_as!(
        UsualDay,
        r#"SELECT u.local_day AS day, coalesce(u.opened, 0) AS "opened!", coalesce(u.patients, 0) AS "patients!", u.people AS "people!", u.peers
             FROM portal.usual_around($1, $2, $3, $4, $5) u ORDER BY u.local_day NULLS LAST"#,
        case.person_id,
        case.login_id,
        case.local_day,
        WINDOW,
        peers
    ))
    .await
}

/// The hours of the day in which the person opened records in the window before, and those of the case's own rows.
pub async fn hours(tx: &mut AuditedTx<'_>, case: &CaseRow, zone: &str) -> Result<(Vec<i64>, Vec<i32>), AppError> {
    let row = tx
        .one(sqlx::query!(
            r#"SELECT portal.hours_before($1, $2, $3, $4) AS "before!",
                      ARRAY(SELECT DISTINCT extract(hour FROM a.action_at AT TIME ZONE $4)::integer
                              FROM portal.case_rows r JOIN portal.access_logs a ON a.id = r.access_id WHERE r.case_id = $5) AS "own!""#,
            case.person_id,
            case.login_id,
            case.first_action_at,
            zone,
            case.id
        ))
        .await?;
    Ok((row.before, row.own))
}

/// Somebody else on the same patient around the time.
#[derive(Debug)]
pub struct Other {
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub vendor_name: Option<String>,
    pub login: String,
    pub job_role: Option<String>,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub kinds: Vec<String>,
    pub rows: Vec<Uuid>,
}

/// Everybody else who touched the patient's records within a day of the case, nearest first, of the five hundred rows nearest to
/// it; one more than a page shows, if there are more.
pub async fn others(tx: &mut AuditedTx<'_>, case: &CaseRow, patient: Uuid) -> Result<Vec<Other>, AppError> {
    tx.all(sqlx::query_as!(
        Other,
        r#"WITH near AS MATERIALIZED (
             (SELECT a.id, a.action_at, a.access_type, a.login_id FROM portal.access_logs a
               WHERE a.patient_id = $1 AND a.id < (SELECT audit.uuid_floor($2)) AND a.id >= (SELECT audit.uuid_floor($2::timestamptz - interval '1 day'))
                 AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
               ORDER BY a.id DESC LIMIT 250)
             UNION ALL
             (SELECT a.id, a.action_at, a.access_type, a.login_id FROM portal.access_logs a
               WHERE a.patient_id = $1 AND a.id >= (SELECT audit.uuid_floor($2)) AND a.id < (SELECT audit.uuid_floor($3::timestamptz + interval '1 day'))
                 AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)
               ORDER BY a.id LIMIT 250))
           SELECT g.person_id AS "person_id?", p.full_name AS "full_name?", v.name AS "vendor_name?", g.login AS "login!",
                  e.job_role AS "job_role?", g.first_at AS "first_at!", g.last_at AS "last_at!", g.kinds AS "kinds!", g.rows AS "rows!"
             FROM (SELECT h.person_id, h.vendor_id, CASE WHEN h.person_id IS NULL THEN n.login_id END AS login_id, min(l.login) AS login,
                          min(n.action_at) AS first_at, max(n.action_at) AS last_at, array_agg(DISTINCT n.access_type) AS kinds,
                          array_agg(n.id) AS rows,
                          min(CASE WHEN n.action_at < $2 THEN $2 - n.action_at WHEN n.action_at > $3 THEN n.action_at - $3
                                   ELSE interval '0' END) AS away
                     FROM near n
                     JOIN portal.ehr_logins l ON l.id = n.login_id
                     LEFT JOIN LATERAL (SELECT d.person_id, d.vendor_id FROM portal.login_holders d
                                         WHERE d.login_id = n.login_id AND d.valid_from <= n.action_at
                                           AND (d.valid_to IS NULL OR d.valid_to > n.action_at) LIMIT 1) h ON true
                    WHERE CASE WHEN $4::uuid IS NULL THEN n.login_id <> $5 ELSE h.person_id IS DISTINCT FROM $4 END
                    GROUP BY 1, 2, 3) g
             LEFT JOIN portal.people p ON p.id = g.person_id
             LEFT JOIN portal.vendors v ON v.id = g.vendor_id
             LEFT JOIN LATERAL (SELECT x.job_role FROM portal.employment_periods x
                                 WHERE x.person_id = g.person_id AND x.superseded_at IS NULL AND x.starts_on <= $6
                                 ORDER BY x.starts_on DESC LIMIT 1) e ON true
            ORDER BY g.away, g.first_at, g.person_id, g.login_id LIMIT 21"#,
        patient,
        case.first_action_at,
        case.last_action_at,
        case.person_id,
        case.login_id,
        case.local_day
    ))
    .await
}

/// Another case of the same person, or login.
#[derive(Debug)]
pub struct OtherCase {
    pub id: Uuid,
    pub number: i64,
    pub local_day: NaiveDate,
    pub risk: String,
    pub state: String,
    pub disposition: Option<String>,
    pub rules: Vec<String>,
}

/// The last ten cases of the same person, or login, up to this one's day. A case of the blind sample looks closed to whom the
/// first decision is not sealed from.
pub async fn earlier_cases(tx: &mut AuditedTx<'_>, case: &CaseRow) -> Result<Vec<OtherCase>, AppError> {
    tx.all(sqlx::query_as!(
        OtherCase,
        r#"SELECT c.id AS "id!", c.number AS "number!", c.local_day AS "local_day!", c.risk AS "risk!",
                  CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS "state!",
                  coalesce(c.disposition, z.first_disposition) AS disposition,
                  ARRAY(SELECT f.rule_code FROM portal.case_flags f
                         WHERE f.case_id = c.id AND f.kind = 'signal' AND f.superseded_at IS NULL ORDER BY f.rule_code) AS "rules!"
             FROM (SELECT x.* FROM portal.review_cases x
                    WHERE x.subject_id = $1 AND x.local_day <= $2 AND x.id <> $3
                    ORDER BY x.local_day DESC, x.id LIMIT 10) c
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            ORDER BY c.local_day DESC, c.id"#,
        case.person_id.unwrap_or(case.login_id),
        case.local_day,
        case.id
    ))
    .await
}

/// What lies outside the reader's scope, and how much there is of it.
#[derive(Debug, Default)]
pub struct Beyond {
    pub day_rows: Option<i64>,
    pub day_outside: Option<i64>,
    pub near_outside: Option<i64>,
    pub cases_outside: Option<i64>,
}

/// The numbers of one case.
pub async fn outside(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Beyond, AppError> {
    tx.one(sqlx::query_as!(
        Beyond,
        "SELECT day_rows, day_outside, near_outside, cases_outside FROM portal.outside_of_case($1)",
        case
    ))
    .await
}
