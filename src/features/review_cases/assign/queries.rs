//! Assignments: who may have a case, giving it, and taking that back.

use uuid::Uuid;

use crate::audit::AuditedTx;
use crate::error::{AppError, Refusal};
use crate::policy::conflict::{CaseAct, allows};
use crate::words::ReviewState;

use super::super::queries::context::conflict;
use super::model::NOT_A_REVIEWER;

/// Who may work on a case that the reader sees, by name.
pub async fn reviewers(tx: &mut AuditedTx<'_>, case: Uuid) -> Result<Vec<(Uuid, String)>, AppError> {
    let query = sqlx::query!(
        r#"SELECT person_id AS "person_id!", full_name AS "full_name!" FROM portal.reviewers_of(ARRAY[$1::uuid], NULL)"#,
        case
    );
    Ok(tx.all(query).await?.into_iter().map(|row| (row.person_id, row.full_name)).collect())
}

/// Of these cases, those that a person may work on.
pub async fn may_have(tx: &mut AuditedTx<'_>, cases: &[Uuid], person: Uuid) -> Result<Vec<Uuid>, AppError> {
    let query = sqlx::query!(r#"SELECT case_id AS "case_id!" FROM portal.reviewers_of($1::uuid[], $2)"#, cases, person);
    Ok(tx.all(query).await?.into_iter().map(|row| row.case_id).collect())
}

/// A case as an assignment finds it, locked until the assignment stands.
struct Locked {
    number: i64,
    version: i32,
    state: ReviewState,
    assigned_to: Option<Uuid>,
}

async fn lock(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Locked, AppError> {
    // the policies would hide a colleague's case from the change; asked first, the refusal says why
    if let Some(relation) = conflict(tx, id).await?
        && !allows(Some(relation), CaseAct::Assign)
    {
        return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
    }
    let row = tx
        .one(sqlx::query!(
            "SELECT number, version, state, assigned_to FROM portal.review_cases WHERE id = $1 FOR UPDATE",
            id
        ))
        .await?;
    let state = ReviewState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?;
    Ok(Locked { number: row.number, version: row.version, state, assigned_to: row.assigned_to })
}

/// Gives a case to somebody, or to nobody; its short number.
///
/// # Errors
/// [`AppError::Conflict`] when the case has moved on since the version the person looked at, or nothing would change;
/// [`AppError::Invalid`] when this somebody may not work on it.
pub async fn assign(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    version: i32,
    to: Option<Uuid>,
) -> Result<i64, AppError> {
    let locked = lock(tx, id).await?;
    let state = locked.state.assigned(to.is_some()).filter(|_| locked.version == version && locked.assigned_to != to);
    let state = state.ok_or(AppError::Conflict)?;
    if let Some(person) = to
        && may_have(tx, &[id], person).await?.is_empty()
    {
        return Err(AppError::Invalid(NOT_A_REVIEWER.to_owned()));
    }
    append(tx, me, id, &locked, (state, to)).await?;
    Ok(locked.number)
}

/// Takes an assignment back: whose the case was before, and where it stood. Its short number.
///
/// # Errors
/// [`AppError::Conflict`] when the case has moved on since that assignment; [`AppError::Invalid`] when whoever had it before
/// may not work on it any more.
pub async fn take_back(tx: &mut AuditedTx<'_>, me: Uuid, id: Uuid, seq: i32) -> Result<i64, AppError> {
    let locked = lock(tx, id).await?;
    let line = tx
        .optional(sqlx::query!(
            "SELECT from_state, was_assigned_to FROM portal.review_events WHERE case_id = $1 AND seq = $2 AND kind = 'assigned'",
            id,
            seq
        ))
        .await?;
    let line = line.filter(|_| locked.version == seq).ok_or(AppError::Conflict)?;
    let state = line.from_state.as_deref().and_then(ReviewState::parse).ok_or(AppError::Internal("unknown state"))?;
    if let Some(person) = line.was_assigned_to
        && may_have(tx, &[id], person).await?.is_empty()
    {
        return Err(AppError::Invalid("Whoever had this case before may not review it any more.".to_owned()));
    }
    append(tx, me, id, &locked, (state, line.was_assigned_to)).await?;
    Ok(locked.number)
}

/// Appends the line of history and moves the projection.
async fn append(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    locked: &Locked,
    (state, to): (ReviewState, Option<Uuid>),
) -> Result<(), AppError> {
    let seq = locked.version + 1;
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, assignee_id, was_assigned_to)
         VALUES ($1, $2, 'assigned', $3, $4, $5, $6, $7)",
        id,
        seq,
        me,
        locked.state.as_str(),
        state.as_str(),
        to,
        locked.assigned_to
    ))
    .await?;
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.review_cases SET state = $2, assigned_to = $3, version = $4, updated_at = now() WHERE id = $1",
            id,
            state.as_str(),
            to,
            seq
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}
