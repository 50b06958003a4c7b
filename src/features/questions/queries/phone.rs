//! An answer that was given on the phone: what its form offers, and what recording it writes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::model::PhoneAnswer;
use super::ask;
use crate::audit::AuditedTx;
use crate::error::AppError;
use crate::words::AnswerChannel;

/// An open question as the office sees it.
#[derive(Debug)]
#[allow(clippy::struct_field_names, reason = "the names are the columns")]
pub struct Asked {
    pub number: i64,
    pub addressee: String,
    pub addressee_id: Uuid,
    pub addressee_name: String,
    pub subject_id: Uuid,
    pub subject_name: String,
    pub confidential: bool,
    pub question: String,
    pub line: Option<String>,
    pub asked_at: DateTime<Utc>,
    pub time_zone: String,
    pub state: String,
}

/// What the form offers.
pub struct Offer {
    pub asked: Asked,
    /// Managers and coordinators, by name.
    pub listeners: Vec<(Uuid, String)>,
}

impl Offer {
    /// Who may have answered: whom it was put to, and unless it is confidential the person of the case too.
    #[must_use]
    pub fn speakers(&self) -> Vec<(Uuid, String)> {
        let asked = &self.asked;
        let mut speakers = vec![(asked.addressee_id, asked.addressee_name.clone())];
        if !asked.confidential && asked.subject_id != asked.addressee_id {
            speakers.push((asked.subject_id, asked.subject_name.clone()));
        }
        speakers
    }
}

/// What the form offers about a question of this case.
///
/// # Errors
/// [`AppError::NotFound`] out of scope; [`AppError::Refused`] for whoever stands too near.
pub async fn offer(tx: &mut AuditedTx<'_>, case: Uuid, id: Uuid) -> Result<Offer, AppError> {
    ask::refuse_conflict(tx, case).await?;
    let asked = tx
        .one(sqlx::query_as!(
            Asked,
            "SELECT c.number, q.addressee, q.addressee_id, p.full_name AS addressee_name, q.subject_id, q.subject_name, q.confidential,
                    q.question, q.line, q.asked_at, q.time_zone, q.state
               FROM portal.questions q
               JOIN portal.review_cases c ON c.id = q.case_id
               JOIN portal.people p ON p.id = q.addressee_id
              WHERE q.id = $1 AND q.case_id = $2",
            id,
            case
        ))
        .await?;
    let listeners = tx
        .all(sqlx::query!(
            "SELECT id, full_name FROM portal.people WHERE role IN ('manager', 'coordinator') AND active ORDER BY full_name, id"
        ))
        .await?;
    Ok(Offer { asked, listeners: listeners.into_iter().map(|row| (row.id, row.full_name)).collect() })
}

/// Records it, and the case goes on.
///
/// # Errors
/// What the database answers.
pub async fn record(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    case: Uuid,
    me: Uuid,
    locked: &ask::Locked,
    taken: &PhoneAnswer,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.question_answers (question_id, answer, line, channel, answered_by, answered_at, taken_by, recorded_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        id,
        taken.answer.answer.as_str(),
        taken.answer.line,
        AnswerChannel::Phone.as_str(),
        taken.by,
        taken.at,
        taken.taken_by,
        me
    ))
    .await?;
    ask::end(tx, id, "answered").await?;
    ask::note(tx, case, me, locked, "answer_recorded", id, &ask::back_in_review(locked)).await
}
