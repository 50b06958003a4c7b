//! What one case's page reads beside its head: its rows, its history, how often it was others' turn, findings.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::CaseRow;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::policy::conflict::Relation;
use crate::web::paging::FETCH;

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
    pub actor_kind: String,
    pub source_event_id: Option<String>,
    pub resource_word: Option<String>,
    pub access_word: Option<String>,
    pub on_behalf_of: Option<String>,
}

/// A page of the case's rows in scope, oldest first, one longer than the page so that it says whether more follow.
pub async fn evidence(tx: &mut AuditedTx<'_>, case: Uuid, after: Option<Uuid>) -> Result<Vec<EvidenceRow>, AppError> {
    tx.all(sqlx::query_as!(
        EvidenceRow,
        r#"SELECT a.id, a.action_at, a.access_type, a.resource_type, a.resource_id, a.access_reason, a.outcome, a.device_label, a.time_repeated,
                  a.source_ip, a.patient_id, i.source_patient_id AS "source_patient_id?", a.actor_kind, a.source_event_id, a.resource_word,
                  a.access_word, a.on_behalf_of,
                  EXISTS (SELECT 1 FROM portal.access_flags fl JOIN portal.rules r ON r.code = fl.rule_code AND r.version = fl.rule_version
                           WHERE fl.access_id = a.id AND r.kind = 'signal') AS "flagged!"
             FROM portal.case_rows cr
             JOIN portal.access_logs a ON a.id = cr.access_id
             LEFT JOIN portal.patient_ids i ON i.patient_id = a.patient_id
            WHERE cr.case_id = $1 AND ($2::uuid IS NULL OR cr.access_id > $2)
            ORDER BY cr.access_id LIMIT $3"#,
        case,
        after,
        FETCH
    ))
    .await
}

/// The case's rows in scope as a whole.
#[derive(Debug)]
pub struct Summary {
    pub rows: i64,
    /// The reasons that the source gave, each once.
    pub reasons: Vec<String>,
}

/// How many of the case's rows are in scope, and for which reasons.
pub async fn summary(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Summary, AppError> {
    tx.one(sqlx::query_as!(
        Summary,
        r#"SELECT count(*) AS "rows!", coalesce(array_agg(DISTINCT a.access_reason), '{}') AS "reasons!"
             FROM portal.case_rows cr JOIN portal.access_logs a ON a.id = cr.access_id WHERE cr.case_id = $1"#,
        case
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
            WHERE c.subject_id = $1 AND c.id <> $2 AND c.local_day > $3::date - 365"#,
        case.person_id.unwrap_or(case.login_id),
        case.id,
        case.local_day
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
