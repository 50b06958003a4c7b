//! What was asked about a case, and what was answered, for whoever sees the case.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::AppError;

/// One question of a case with its answer.
#[derive(Debug)]
pub struct AskedRow {
    pub id: Uuid,
    pub addressee: String,
    pub to: String,
    pub can_sign_in: bool,
    pub confidential: bool,
    pub question: String,
    pub line: Option<String>,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    pub due_on: NaiveDate,
    pub overdue: bool,
    pub state: String,
    pub answer: Option<String>,
    pub answer_line: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub late: Option<bool>,
    pub answered_by: Option<String>,
    pub taken_by: Option<String>,
    pub remarks: serde_json::Value,
}

/// A case's questions, oldest first.
pub async fn of_case(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<AskedRow>, AppError> {
    tx.all(sqlx::query_as!(
        AskedRow,
        r#"SELECT q.id, q.addressee, t.full_name AS "to", portal.can_sign_in(q.addressee_id) AS "can_sign_in!", q.confidential, q.question, q.line,
                  b.full_name AS asked_by, q.asked_at, q.due_on, q.state = 'open' AND q.due_until <= now() AS "overdue!", q.state,
                  a.answer AS "answer?", a.line AS answer_line, a.answered_at AS "answered_at?", a.late AS "late?",
                  w.full_name AS "answered_by?", l.full_name AS "taken_by?",
                  (SELECT coalesce(jsonb_agg(jsonb_build_object('at', r.at, 'remark', r.remark) ORDER BY r.at, r.id), '[]')
                     FROM portal.question_remarks r WHERE r.question_id = q.id) AS "remarks!"
             FROM portal.questions q
             JOIN portal.people t ON t.id = q.addressee_id
             JOIN portal.people b ON b.id = q.asked_by
             LEFT JOIN portal.question_answers a ON a.question_id = q.id
             LEFT JOIN portal.people w ON w.id = a.answered_by
             LEFT JOIN portal.people l ON l.id = a.taken_by
            WHERE q.case_id = $1 ORDER BY q.asked_at, q.id"#,
        case
    ))
    .await
}
