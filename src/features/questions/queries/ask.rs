//! What a case offers to whoever would ask about it, and the rows that asking and withdrawing write.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::super::model::{Ask, Choice, Closed, closed};
use crate::audit::AuditedTx;
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, Relation, allows};
use crate::words::{Addressee, ReviewState};

/// What the form shows of a case, and whom it lets one ask.
pub struct Offer {
    pub number: i64,
    pub first_action_at: DateTime<Utc>,
    pub resource_type: String,
    pub facility: Option<String>,
    pub time_zone: Option<String>,
    pub subject: Option<String>,
    pub choices: Vec<Choice>,
    /// Why nobody is asked.
    pub closed: Option<Closed>,
}

struct Head {
    number: i64,
    state: String,
    withdrawn: bool,
    person_id: Option<Uuid>,
    subject: Option<String>,
    local_day: NaiveDate,
    first_action_at: DateTime<Utc>,
    resource_type: String,
    facility: Option<String>,
    time_zone: Option<String>,
}

/// A case that is locked until the act stands.
pub struct Locked {
    version: i32,
    state: String,
}

/// Whoever stands near to the person of a case decides nothing about it, and asks nothing either.
pub async fn refuse_conflict(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<(), AppError> {
    let row = tx
        .optional(sqlx::query!(
            "SELECT portal.conflict_with('review_case/r', c.person_id, c.local_day) AS relation FROM portal.review_cases c WHERE c.id = $1",
            case
        ))
        .await?;
    let Some(word) = row.and_then(|row| row.relation) else { return Ok(()) };
    let relation = Relation::parse(&word).ok_or(AppError::Internal("unknown relation"))?;
    if allows(Some(relation), CaseAct::Decide) {
        Ok(())
    } else {
        Err(AppError::Refused(Refusal::Conflicted(relation.refusal())))
    }
}

/// Locks a case in scope that the person may act on.
pub async fn lock(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Locked, AppError> {
    refuse_conflict(tx, case).await?;
    tx.one(sqlx::query_as!(Locked, "SELECT version, state FROM portal.review_cases WHERE id = $1 FOR UPDATE", case))
        .await
}

/// What a case offers.
///
/// # Errors
/// [`AppError::NotFound`] out of scope; [`AppError::Refused`] for whoever stands too near.
pub async fn offer(tx: &mut AuditedTx<'_>, case: Uuid, me: Uuid) -> Result<Offer, AppError> {
    refuse_conflict(tx, case).await?;
    let head = tx
        .one(sqlx::query_as!(
            Head,
            r#"SELECT c.number, c.state, c.withdrawn_at IS NOT NULL AS "withdrawn!", c.person_id, p.full_name AS "subject?", c.local_day,
                      c.first_action_at, c.resource_type, f.name AS "facility?", f.time_zone AS "time_zone?"
                 FROM portal.review_cases c
                 LEFT JOIN portal.people p ON p.id = c.person_id
                 LEFT JOIN portal.facilities f ON f.id = c.facility_id
                WHERE c.id = $1"#,
            case
        ))
        .await?;
    let state = ReviewState::parse(&head.state).ok_or(AppError::Internal("unknown state"))?;
    let choices = match head.person_id {
        Some(person) => choices(tx, case, person, head.local_day, me).await?,
        None => Vec::new(),
    };
    Ok(Offer {
        number: head.number,
        first_action_at: head.first_action_at,
        resource_type: head.resource_type,
        facility: head.facility,
        time_zone: head.time_zone,
        subject: head.subject,
        closed: closed(state, head.withdrawn, head.person_id),
        choices,
    })
}

/// The person, and who supervised them on the day of the access, else at their last work before it.
async fn choices(
    tx: &mut AuditedTx<'_>,
    case: Uuid,
    person: Uuid,
    day: NaiveDate,
    me: Uuid,
) -> Result<Vec<Choice>, AppError> {
    let rows = tx
        .all(sqlx::query!(
            r#"SELECT a.addressee AS "addressee!", p.id, p.full_name, portal.can_sign_in(p.id) AS "can_sign_in!",
                      EXISTS (SELECT 1 FROM portal.questions q WHERE q.case_id = $1 AND q.addressee_id = p.id AND q.state = 'open') AS "asked!"
                 FROM (SELECT 'person' AS addressee, $2::uuid AS id
                       UNION ALL
                       (SELECT 'supervisor', e.supervisor_id FROM portal.employment_periods e
                         WHERE e.person_id = $2 AND e.superseded_at IS NULL AND e.starts_on <= $3
                         ORDER BY e.starts_on DESC LIMIT 1)) a
                 JOIN portal.people p ON p.id = a.id
                WHERE a.addressee = 'person' OR p.id <> $2
                ORDER BY a.addressee"#,
            case,
            person,
            day
        ))
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Choice {
                addressee: Addressee::parse(&row.addressee).ok_or(AppError::Internal("unknown addressee"))?,
                person: row.id,
                name: row.full_name,
                can_sign_in: row.can_sign_in,
                asked: row.asked,
                oneself: row.id == me,
            })
        })
        .collect()
}

/// Puts the question, and the case waits for the answer.
pub async fn ask(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    case: Uuid,
    me: Uuid,
    locked: &Locked,
    ask: &Ask,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.questions (id, case_id, asked_by, addressee, addressee_id, confidential, question, line, due_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        id,
        case,
        me,
        ask.addressee.as_str(),
        ask.person,
        ask.confidential,
        ask.question.as_str(),
        ask.line,
        ask.due
    ))
    .await?;
    note(tx, case, me, locked, "asked", id, ReviewState::AwaitingAnswer.as_str()).await
}

/// Takes a question back; the case waits on if another of its questions is open.
///
/// # Errors
/// [`AppError::Conflict`] when it is open no more; [`AppError::NotFound`] when it is none of this case.
pub async fn withdraw(tx: &mut AuditedTx<'_>, id: Uuid, case: Uuid, me: Uuid) -> Result<(), AppError> {
    let locked = lock(tx, case).await?;
    let row = tx
        .one(sqlx::query!(
            r#"SELECT q.state, EXISTS (SELECT 1 FROM portal.questions o WHERE o.case_id = $2 AND o.id <> $1 AND o.state = 'open') AS "more!"
                 FROM portal.questions q WHERE q.id = $1 AND q.case_id = $2"#,
            id,
            case
        ))
        .await?;
    if row.state != "open" {
        return Err(AppError::Conflict);
    }
    end(tx, id, "withdrawn").await?;
    let to = if row.more { locked.state.clone() } else { back_in_review(&locked) };
    note(tx, case, me, &locked, "question_withdrawn", id, &to).await
}

/// Where a case stands whose question has been dealt with.
pub fn back_in_review(locked: &Locked) -> String {
    if locked.state == ReviewState::AwaitingAnswer.as_str() {
        ReviewState::InReview.as_str().to_owned()
    } else {
        locked.state.clone()
    }
}

/// Ends a question.
pub async fn end(tx: &mut AuditedTx<'_>, id: Uuid, state: &'static str) -> Result<(), AppError> {
    let update = sqlx::query!("UPDATE portal.questions SET state = $2 WHERE id = $1", id, state);
    if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Appends to the case's history and moves the projection beside it.
pub async fn note(
    tx: &mut AuditedTx<'_>,
    case: Uuid,
    me: Uuid,
    locked: &Locked,
    kind: &'static str,
    question: Uuid,
    to: &str,
) -> Result<(), AppError> {
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, question_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        case,
        locked.version + 1,
        kind,
        me,
        locked.state,
        to,
        question
    ))
    .await?;
    let update = sqlx::query!(
        "UPDATE portal.review_cases SET state = $2, version = $3, updated_at = now() WHERE id = $1",
        case,
        to,
        locked.version + 1
    );
    if tx.run(update).await? == 1 { Ok(()) } else { Err(AppError::NotFound) }
}
