//! What is put to whoever reads: functions of the database that ask for the ticket themselves and show nothing of the case.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::filter::{Cursor, Filter, View};
use super::super::model::Answer;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::web::paging::FETCH;

/// A question as its addressee may know it.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, clippy::struct_field_names, reason = "the columns of what is shown")]
pub struct Question {
    pub id: Uuid,
    pub addressee: String,
    pub subject_name: Option<String>,
    pub confidential: bool,
    pub question: String,
    pub line: Option<String>,
    pub resource_type: String,
    pub several: bool,
    pub access_at: DateTime<Utc>,
    pub time_zone: String,
    pub facility_name: Option<String>,
    pub asked_at: DateTime<Utc>,
    pub due_on: NaiveDate,
    pub overdue: bool,
    pub state: String,
    pub open_to_remarks: bool,
    pub answer: Option<String>,
    pub answer_line: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
    pub late: Option<bool>,
    pub by_phone: Option<bool>,
}

/// A page of them, one longer so that it says whether more follow.
pub async fn list(tx: &mut AuditedTx<'_>, filter: &Filter) -> Result<Vec<Question>, AppError> {
    some(tx, None, Some(filter.view == View::Open), filter.after).await
}

/// One of them.
pub async fn one(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Question, AppError> {
    some(tx, Some(id), None, None).await?.pop().ok_or(AppError::NotFound)
}

async fn some(
    tx: &mut AuditedTx<'_>,
    id: Option<Uuid>,
    open: Option<bool>,
    after: Option<Cursor>,
) -> Result<Vec<Question>, AppError> {
    tx.all(sqlx::query_as!(
        Question,
        r#"SELECT q.id AS "id!", q.addressee AS "addressee!", q.subject_name, q.confidential AS "confidential!", q.question AS "question!", q.line,
                  q.resource_type AS "resource_type!", q.several AS "several!", q.access_at AS "access_at!", q.time_zone AS "time_zone!",
                  q.facility_name, q.asked_at AS "asked_at!", q.due_on AS "due_on!", q.overdue AS "overdue!", q.state AS "state!",
                  q.open_to_remarks AS "open_to_remarks!", q.answer, q.answer_line, q.answered_at, q.late, q.by_phone
             FROM portal.my_questions() q
            WHERE ($1::uuid IS NULL OR q.id = $1) AND ($2::boolean IS NULL OR (q.state = 'open') = $2)
              AND ($3::date IS NULL OR CASE WHEN $2 THEN (q.due_on, q.id) > ($3, $4) ELSE (q.due_on, q.id) < ($3, $4) END)
            ORDER BY CASE WHEN $2 THEN q.due_on END, CASE WHEN $2 THEN q.id END, q.due_on DESC, q.id DESC LIMIT $5"#,
        id,
        open,
        after.map(|after| after.due),
        after.map(|after| after.id),
        FETCH
    ))
    .await
}

/// How many wait, how many of these are overdue, how many are over.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub open: i64,
    pub overdue: i64,
    pub past: i64,
}

/// The numbers of the tabs.
pub async fn counts(tx: &mut AuditedTx<'_>) -> Result<Counts, AppError> {
    tx.one(sqlx::query_as!(
        Counts,
        r#"SELECT count(*) FILTER (WHERE q.state = 'open') AS "open!", count(*) FILTER (WHERE q.overdue) AS "overdue!",
                  count(*) FILTER (WHERE q.state <> 'open') AS "past!" FROM portal.my_questions() q"#
    ))
    .await
}

/// Something that was added to an answer.
#[derive(Debug, Clone)]
pub struct Remark {
    pub at: DateTime<Utc>,
    pub remark: String,
}

/// One's own remarks, oldest first.
pub async fn remarks(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Vec<Remark>, AppError> {
    tx.all(sqlx::query_as!(Remark, r#"SELECT r.at AS "at!", r.remark AS "remark!" FROM portal.my_remarks($1) r"#, id))
        .await
}

/// Sends an answer.
///
/// # Errors
/// [`AppError::NotFound`] for a question to somebody else; [`AppError::Conflict`] when it is open no more.
pub async fn answer(tx: &mut AuditedTx<'_>, id: Uuid, answer: &Answer) -> Result<(), AppError> {
    let query = sqlx::query!(
        r#"SELECT portal.answer_question($1, $2, $3) AS "ended!""#,
        id,
        answer.answer.as_str(),
        answer.line
    );
    ended(&tx.one(query).await?.ended)
}

/// Adds a remark to one's own answer.
///
/// # Errors
/// [`AppError::NotFound`] for a question to somebody else; [`AppError::Conflict`] when nothing is added any more.
pub async fn remark(tx: &mut AuditedTx<'_>, id: Uuid, remark: &str) -> Result<(), AppError> {
    let query = sqlx::query!(r#"SELECT portal.add_remark($1, $2, $3) AS "ended!""#, Uuid::now_v7(), id, remark);
    ended(&tx.one(query).await?.ended)
}

fn ended(word: &str) -> Result<(), AppError> {
    match word {
        "done" => Ok(()),
        "absent" => Err(AppError::NotFound),
        _ => Err(AppError::Conflict),
    }
}
