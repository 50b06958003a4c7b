//! What one case's page reads beside its head: rows, employment on that day, history, what is usual, findings.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::CaseRow;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::policy::conflict::Relation;

/// How the reader stands to the person of a case that they see.
pub async fn conflict(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Option<Relation>, AppError> {
    let row = tx
        .optional(sqlx::query!(
            "SELECT portal.conflict_with('review_case/r', c.person_id, c.local_day) AS relation FROM portal.review_cases c WHERE c.id = $1",
            case
        ))
        .await?;
    row.and_then(|row| row.relation)
        .map(|word| Relation::parse(&word).ok_or(AppError::Internal("unknown relation")))
        .transpose()
}

/// One access row of a case.
#[derive(Debug)]
pub struct EvidenceRow {
    pub id: Uuid,
    pub action_at: DateTime<Utc>,
    pub access_type: String,
    pub resource_type: String,
    pub resource_id: Option<String>,
    pub access_reason: String,
    pub outcome: String,
    pub device_label: Option<String>,
    pub source_ip: Option<sqlx::types::ipnetwork::IpNetwork>,
    pub patient_id: Option<Uuid>,
    pub source_patient_id: Option<String>,
    pub flagged: bool,
    pub time_repeated: bool,
}

/// The case's rows in scope, oldest first; a spike's page shows the first hundred.
pub async fn evidence(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<EvidenceRow>, AppError> {
    tx.all(sqlx::query_as!(
        EvidenceRow,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.outcome, a.device_label, a.time_repeated,
                  a.source_ip, a.patient_id, i.source_patient_id AS "source_patient_id?",
                  EXISTS (SELECT 1 FROM portal.access_flags fl JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
                           WHERE fl.access_id = a.id AND r.kind = 'signal') AS "flagged!"
             FROM portal.case_rows cr
             JOIN portal.access_logs a ON a.id = cr.access_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
            WHERE cr.case_id = $1
            ORDER BY a.id LIMIT 100"#,
        case
    ))
    .await
}

/// How many of the case's rows are in scope.
pub async fn rows_in_scope(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<i64, AppError> {
    let row = tx.one(sqlx::query!(
        r#"SELECT count(*) AS "count!" FROM portal.case_rows cr JOIN portal.access_logs a ON a.id = cr.access_id WHERE cr.case_id = $1"#,
        case
    ))
    .await?;
    Ok(row.count)
}

/// Where and as what the person worked on the day of the access.
#[derive(Debug)]
pub struct Employment {
    pub job_role: String,
    pub department: String,
    pub facility: String,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub on_leave: bool,
    pub supervisor: Option<String>,
}

/// The employment that covered the day, else the last one before it.
pub async fn employment_on(
    tx: &mut AuditedTx<'_>,
    person: Uuid,
    day: NaiveDate,
) -> Result<Option<Employment>, AppError> {
    tx.optional(sqlx::query_as!(
        Employment,
        r#"SELECT e.job_role, d.name AS department, f.name AS facility, e.starts_on, e.ends_on, e.on_leave, s.full_name AS "supervisor?"
             FROM portal.employment_periods e
             JOIN portal.departments d ON d.id = e.department_id
             JOIN portal.facilities f ON f.id = e.facility_id
             LEFT JOIN portal.people s ON s.id = e.supervisor_id
            WHERE e.person_id = $1 AND e.superseded_at IS NULL AND e.starts_on <= $2
            ORDER BY e.starts_on DESC LIMIT 1"#,
        person,
        day
    ))
    .await
}

/// One line of a case's history.
#[derive(Debug)]
pub struct HistoryRow {
    pub kind: String,
    pub at: DateTime<Utc>,
    pub actor: Option<String>,
    pub disposition: Option<String>,
    pub reason_code: Option<String>,
    pub note: Option<String>,
    pub finding_id: Option<Uuid>,
    pub finding_number: Option<String>,
    pub addressee: Option<String>,
    pub question: Option<String>,
    pub answer: Option<String>,
    pub actor_id: Option<Uuid>,
    /// Whose the case became, of an assignment; nobody's where it was laid down.
    pub assignee_id: Option<Uuid>,
    pub assignee: Option<String>,
}

/// The case's history, oldest first.
pub async fn history(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<HistoryRow>, AppError> {
    tx.all(sqlx::query_as!(
        HistoryRow,
        r#"SELECT e.kind, e.at, p.full_name AS "actor?", e.disposition, e.reason_code, e.note, e.finding_id, f.number AS "finding_number?",
                  q.addressee AS "addressee?", q.question AS "question?", a.answer AS "answer?",
                  e.actor_id, e.assignee_id, g.full_name AS "assignee?"
             FROM portal.review_events e
             LEFT JOIN portal.people p ON p.id = e.actor_id
             LEFT JOIN portal.people g ON g.id = e.assignee_id
             LEFT JOIN portal.findings f ON f.id = e.finding_id
             LEFT JOIN portal.questions q ON q.id = e.question_id
             LEFT JOIN portal.question_answers a ON a.question_id = q.id
            WHERE e.case_id = $1 ORDER BY e.seq"#,
        case
    ))
    .await
}

/// This person's other cases: how many, and how they were decided.
#[derive(Debug)]
pub struct Earlier {
    pub cases: i64,
    pub open: i64,
    pub inappropriate: i64,
}

/// The person's (or the login's) other cases in the twelve months before.
pub async fn earlier(tx: &mut AuditedTx<'_>, case: &CaseRow) -> Result<Earlier, AppError> {
    tx.one(sqlx::query_as!(
        Earlier,
        r#"SELECT count(*) AS "cases!", count(*) FILTER (WHERE c.state <> 'closed' AND z.case_id IS NULL) AS "open!",
                  count(*) FILTER (WHERE c.disposition LIKE 'inappropriate%') AS "inappropriate!"
             FROM portal.review_cases c
             LEFT JOIN portal.second_reviews z ON z.case_id = c.id AND z.outcome IS NULL AND z.kind = 'blind'
            WHERE (c.person_id = $1 OR ($1::uuid IS NULL AND c.login_id = $2)) AND c.id <> $3
              AND c.first_action_at > $4::timestamptz - interval '12 months'"#,
        case.person_id,
        case.login_id,
        case.id,
        case.first_action_at
    ))
    .await
}

/// How many patients the login opened on one day.
#[derive(Debug)]
pub struct DayCount {
    pub local_day: NaiveDate,
    pub patients: i32,
}

/// The thirty days up to the case's.
pub async fn days_before(tx: &mut AuditedTx<'_>, login: Uuid, day: NaiveDate) -> Result<Vec<DayCount>, AppError> {
    tx.all(sqlx::query_as!(
        DayCount,
        "SELECT local_day, patients FROM portal.login_days WHERE login_id = $1 AND local_day > $2::date - 30 AND local_day <= $2 ORDER BY local_day",
        login,
        day
    ))
    .await
}

/// The finding links of a case.
#[derive(Debug)]
pub struct FindingLink {
    pub id: Uuid,
    pub number: String,
    pub title: String,
}

/// The findings this case is in.
pub async fn findings(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<FindingLink>, AppError> {
    tx.all(sqlx::query_as!(
        FindingLink,
        "SELECT f.id, f.number, f.title FROM portal.finding_cases fc JOIN portal.findings f ON f.id = fc.finding_id
          WHERE fc.case_id = $1 AND fc.unlinked_at IS NULL ORDER BY f.number",
        case
    ))
    .await
}

/// The reason this person last gave for an appropriate case in which one of these rules fired: offered, never chosen for them.
pub async fn last_reason(tx: &mut AuditedTx<'_>, rules: &[String]) -> Result<Option<String>, AppError> {
    let row = tx.one(sqlx::query!("SELECT portal.my_last_reason($1) AS reason", rules)).await?;
    Ok(row.reason)
}
