//! One review: what it looks at, everyone who is in it, its cases and its history. Row-level security leaves what the reader
//! may see; how many rows lie outside is a number.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// The review itself with the names it needs.
pub struct Head {
    pub number: String,
    pub kind: String,
    pub reason: String,
    pub line: Option<String>,
    pub state: String,
    pub outcome: Option<String>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub person_id: Option<Uuid>,
    pub person: Option<String>,
    pub complaint_id: Option<Uuid>,
    pub complaint: Option<String>,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub starter: Option<String>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
    /// How the reader stands to one whom it is about.
    pub relation: Option<String>,
    /// Rows it looks at, in scope or not.
    pub rows: i64,
    /// Cases it took up, in scope or not.
    pub links: i64,
    /// Findings that its cases led to.
    pub findings: i64,
}

/// The review.
///
/// # Errors
/// [`AppError::NotFound`] outside the reader's scope.
pub async fn head(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Head, AppError> {
    let query = sqlx::query_as!(
        Head,
        r#"SELECT r.number, r.kind, r.reason, r.line, r.state, r.outcome, r.patient_id, i.source_patient_id AS "source_patient_id?",
                  r.person_id, p.full_name AS "person?", r.complaint_id, c.number AS "complaint?", r.from_on, r.to_on,
                  s.full_name AS "starter?", r.created_at, r.version, portal.conflict_in_review(r.id) AS relation,
                  portal.count_rows_of_review(r.id) AS "rows!",
                  (SELECT count(*) FROM portal.review_links l WHERE l.review_id = r.id) AS "links!",
                  (SELECT count(DISTINCT f.id) FROM portal.review_links l JOIN portal.finding_cases k ON k.case_id = l.case_id
                     JOIN portal.findings f ON f.id = k.finding_id WHERE l.review_id = r.id) AS "findings!"
             FROM portal.reviews r
             LEFT JOIN portal.patient_ids i ON i.patient_id = r.patient_id
             LEFT JOIN portal.people p ON p.id = r.person_id
             LEFT JOIN portal.complaints c ON c.id = r.complaint_id
             LEFT JOIN portal.people s ON s.id = r.started_by
            WHERE r.id = $1"#,
        id
    );
    tx.one(query).await
}

/// Whoever touched the patient's records, or a patient whom the person touched.
pub struct Group {
    /// The person, else the login, else the patient; none where a row names no patient.
    pub who: Option<Uuid>,
    pub person_id: Option<Uuid>,
    pub full_name: Option<String>,
    pub vendor_name: Option<String>,
    pub login: Option<String>,
    pub source_patient_id: Option<String>,
    /// The job on the day of the last access.
    pub job_role: Option<String>,
    pub department: Option<String>,
    pub rows: i64,
    /// Of these, in no case that the reader sees.
    pub loose: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub kinds: Vec<String>,
    /// Rows of every group, shown or not.
    pub all_rows: i64,
    /// How many groups there are.
    pub all_groups: i64,
}

/// The most groups a page tells.
pub const MOST: i64 = 200;

/// Everyone who touched any record of the patient in the period, most rows first.
///
/// # Errors
/// What the database answers.
pub async fn touchers(
    tx: &mut AuditedTx<'_>,
    patient: Uuid,
    person: Option<Uuid>,
    (first, end): (Uuid, Uuid),
    zone: &str,
) -> Result<Vec<Group>, AppError> {
    let query = sqlx::query_as!(
        Group,
        r#"WITH touched AS MATERIALIZED (
             SELECT a.action_at, a.access_type, a.login_id, h.person_id, h.vendor_id,
                    EXISTS (SELECT 1 FROM portal.case_rows cr WHERE cr.access_id = a.id) AS in_case
               FROM portal.access_logs a
               LEFT JOIN portal.login_holders h ON h.login_id = a.login_id AND h.valid_from <= a.action_at AND (h.valid_to IS NULL OR h.valid_to > a.action_at)
              WHERE a.patient_id = $1 AND a.id >= $2 AND a.id < $3 AND ($4::uuid IS NULL OR h.person_id = $4)
                AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)),
           whole AS (
             SELECT coalesce(t.person_id, t.login_id) AS who, t.person_id, t.vendor_id, (array_agg(t.login_id))[1] AS login_id, count(*) AS rows,
                    count(*) FILTER (WHERE NOT t.in_case) AS loose, min(t.action_at) AS first_at, max(t.action_at) AS last_at,
                    array_agg(DISTINCT t.access_type) AS kinds
               FROM touched t GROUP BY 1, 2, 3)
           SELECT w.who, w.person_id, p.full_name AS "full_name?", v.name AS "vendor_name?", l.login AS "login?", NULL::text AS source_patient_id,
                  e.job_role AS "job_role?", e.department AS "department?", w.rows AS "rows!", w.loose AS "loose!", w.first_at AS "first_at!",
                  w.last_at AS "last_at!", w.kinds AS "kinds!", (sum(w.rows) OVER ())::bigint AS "all_rows!", count(*) OVER () AS "all_groups!"
             FROM whole w
             LEFT JOIN portal.ehr_logins l ON l.id = w.login_id
             LEFT JOIN portal.people p ON p.id = w.person_id
             LEFT JOIN portal.vendors v ON v.id = w.vendor_id
             LEFT JOIN LATERAL (
               SELECT x.job_role, d.name AS department FROM portal.employment_periods x JOIN portal.departments d ON d.id = x.department_id
                WHERE x.person_id = w.person_id AND x.superseded_at IS NULL AND x.starts_on <= (w.last_at AT TIME ZONE $5)::date
                  AND (x.ends_on IS NULL OR x.ends_on >= (w.last_at AT TIME ZONE $5)::date)
                ORDER BY x.starts_on DESC LIMIT 1) e ON true
            ORDER BY w.rows DESC, w.who LIMIT $6"#,
        patient,
        first,
        end,
        person,
        zone,
        MOST
    );
    tx.all(query).await
}

/// Every patient whose records the person touched in the period, most rows first.
///
/// # Errors
/// What the database answers.
pub async fn touched(tx: &mut AuditedTx<'_>, person: Uuid, (first, end): (Uuid, Uuid)) -> Result<Vec<Group>, AppError> {
    let query = sqlx::query_as!(
        Group,
        r#"WITH touched AS MATERIALIZED (
             SELECT a.action_at, a.access_type, a.patient_id,
                    EXISTS (SELECT 1 FROM portal.case_rows cr WHERE cr.access_id = a.id) AS in_case
               FROM portal.login_holders h
               JOIN portal.access_logs a ON a.login_id = h.login_id AND a.action_at >= h.valid_from AND (h.valid_to IS NULL OR a.action_at < h.valid_to)
              WHERE h.person_id = $1 AND a.id >= $2 AND a.id < $3
                AND NOT EXISTS (SELECT 1 FROM portal.withdrawn_rows w WHERE w.access_id = a.id)),
           whole AS (
             SELECT t.patient_id AS who, count(*) AS rows, count(*) FILTER (WHERE NOT t.in_case) AS loose, min(t.action_at) AS first_at,
                    max(t.action_at) AS last_at, array_agg(DISTINCT t.access_type) AS kinds
               FROM touched t GROUP BY 1)
           SELECT w.who, NULL::uuid AS person_id, NULL::text AS full_name, NULL::text AS vendor_name, NULL::text AS login,
                  i.source_patient_id AS "source_patient_id?", NULL::text AS job_role, NULL::text AS department, w.rows AS "rows!",
                  w.loose AS "loose!", w.first_at AS "first_at!", w.last_at AS "last_at!", w.kinds AS "kinds!",
                  (sum(w.rows) OVER ())::bigint AS "all_rows!", count(*) OVER () AS "all_groups!"
             FROM whole w LEFT JOIN portal.patient_ids i ON i.patient_id = w.who
            ORDER BY w.rows DESC, w.who LIMIT $4"#,
        person,
        first,
        end,
        MOST
    );
    tx.all(query).await
}

/// A case of the review, or one that stands beside it.
pub struct CaseLine {
    pub id: Uuid,
    pub number: i64,
    pub risk: String,
    pub state: String,
    pub disposition: Option<String>,
    /// The person, else the login.
    pub subject: Uuid,
    pub name: String,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub local_day: NaiveDate,
    pub row_count: i32,
    /// Whether the review took it up.
    pub linked: bool,
}

/// The review's cases, and those of its patient or its person in its period that it did not take up. A blind second review
/// is told to nobody: its case looks closed here too.
///
/// # Errors
/// What the database answers.
pub async fn cases(
    tx: &mut AuditedTx<'_>,
    review: Uuid,
    head: &Head,
    (first, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<CaseLine>, AppError> {
    let query = sqlx::query_as!(
        CaseLine,
        r#"SELECT c.id, c.number, c.risk, CASE WHEN z.case_id IS NULL THEN c.state ELSE 'closed' END AS "state!",
                  coalesce(c.disposition, z.first_disposition) AS disposition, c.subject_id AS "subject!",
                  coalesce(p.full_name, v.name, l.login) AS "name!", c.patient_id, i.source_patient_id AS "source_patient_id?", c.local_day,
                  c.row_count, k.case_id IS NOT NULL AS "linked!"
             FROM portal.review_cases c
             JOIN portal.ehr_logins l ON l.id = c.login_id
             LEFT JOIN portal.people p ON p.id = c.person_id
             LEFT JOIN portal.vendors v ON v.id = c.vendor_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = c.patient_id
             LEFT JOIN portal.review_links k ON k.case_id = c.id AND k.review_id = $1
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE c.withdrawn_at IS NULL AND c.id IN (
              SELECT x.case_id FROM portal.review_links x WHERE x.review_id = $1
              UNION
              SELECT y.id FROM portal.review_cases y
               WHERE y.patient_id = $2 AND ($3::uuid IS NULL OR y.person_id = $3) AND y.last_action_at >= $4 AND y.first_action_at < $5
              UNION
              SELECT y.id FROM portal.review_cases y
               WHERE $2::uuid IS NULL AND y.person_id = $3 AND y.last_action_at >= $4 AND y.first_action_at < $5)
            ORDER BY c.number LIMIT 1000"#,
        review,
        head.patient_id,
        head.person_id,
        first,
        end
    );
    tx.all(query).await
}

/// One line of the review's history.
pub struct Step {
    pub kind: String,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub cases: Option<i32>,
    pub outcome: Option<String>,
    pub memo: Option<String>,
}

/// Its history, oldest first.
///
/// # Errors
/// What the database answers.
pub async fn history(tx: &mut AuditedTx<'_>, review: Uuid) -> Result<Vec<Step>, AppError> {
    let query = sqlx::query_as!(
        Step,
        r#"SELECT a.kind, a.at, p.full_name AS "actor?", a.cases, a.outcome, a.memo
             FROM portal.review_acts a LEFT JOIN portal.people p ON p.id = a.actor_id WHERE a.review_id = $1 ORDER BY a.seq"#,
        review
    );
    tx.all(query).await
}
