//! What people do to a case: each act appends to its history and moves the projection beside it.

use uuid::Uuid;

use super::super::model::Decision;
use super::super::second_review::{model::Circumstances, queries as second};
use super::context::conflict;
use crate::audit::{Actor, AuditedTx, Db};
use crate::error::{AppError, Refusal};
use crate::policy::Action;
use crate::policy::conflict::{CaseAct, allows};
use crate::words::{ReviewState, Risk};

/// What a write needs to know of the case, locked until the decision stands.
#[derive(Debug)]
struct Locked {
    number: i64,
    version: i32,
    state: ReviewState,
    circumstances: Circumstances,
}

/// Locks one case in scope that the person may decide. The policies would hide a colleague's case from the change; asked
/// first, the refusal says why.
async fn lock(tx: &mut AuditedTx<'_>, id: Uuid) -> Result<Locked, AppError> {
    if let Some(relation) = conflict(tx, id).await?
        && !allows(Some(relation), CaseAct::Decide)
    {
        return Err(AppError::Refused(Refusal::Conflicted(relation.refusal())));
    }
    let row = tx
        .one(sqlx::query!("SELECT number, version, state, risk FROM portal.review_cases WHERE id = $1 FOR UPDATE", id))
        .await?;
    let risk = Risk::parse(&row.risk).ok_or(AppError::Internal("unknown risk"))?;
    Ok(Locked {
        circumstances: second::circumstances(tx, id, risk).await?,
        number: row.number,
        version: row.version,
        state: ReviewState::parse(&row.state).ok_or(AppError::Internal("unknown state"))?,
    })
}

/// Decides a case in one audited block; the short number of the case.
///
/// # Errors
/// [`AppError::Conflict`] when the case has moved on since the version the person looked at.
pub async fn decide_case(db: &Db, actor: &Actor, id: Uuid, version: i32, decision: &Decision) -> Result<i64, AppError> {
    db.change(actor.does(Action::ReviewCaseRead).on(id), actor.does(Action::ReviewCaseDecide).on(id), async |tx| {
        decide_within(tx, actor.id(), id, version, decision).await
    })
    .await
}

/// The same inside a block that has declared it.
///
/// # Errors
/// As [`decide_case`].
pub async fn decide_within(
    tx: &mut AuditedTx<'_>,
    me: Uuid,
    id: Uuid,
    version: i32,
    decision: &Decision,
) -> Result<i64, AppError> {
    let locked = lock(tx, id).await?;
    let to = locked.state.decided(decision.disposition, locked.circumstances).filter(|_| locked.version == version);
    decide(tx, id, me, &locked, to.ok_or(AppError::Conflict)?, decision).await?;
    Ok(locked.number)
}

/// Appends the decision and moves the projection.
async fn decide(
    tx: &mut AuditedTx<'_>,
    id: Uuid,
    me: Uuid,
    locked: &Locked,
    to: ReviewState,
    decision: &Decision,
) -> Result<(), AppError> {
    let seq = locked.version + 1;
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state, disposition, reason_code, note)
         VALUES ($1, $2, 'decided', $3, $4, $5, $6, $7, $8)",
        id,
        seq,
        me,
        locked.state.as_str(),
        to.as_str(),
        decision.disposition.as_str(),
        decision.reason.as_str(),
        decision.note
    ))
    .await?;
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.review_cases SET state = $2, disposition = $3, reason_code = $4, decided_by = $5, decided_at = now(), version = $6,
                    updated_at = now() WHERE id = $1",
            id,
            to.as_str(),
            decision.disposition.as_str(),
            decision.reason.as_str(),
            me,
            seq
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Opens a decided case again; its short number.
///
/// # Errors
/// [`AppError::Conflict`] when it is not decided, or has moved on since the version the person looked at: nobody takes back
/// what somebody else has decided since.
pub async fn reopen_case(db: &Db, actor: &Actor, id: Uuid, version: i32) -> Result<i64, AppError> {
    db.change(actor.does(Action::ReviewCaseRead).on(id), actor.does(Action::ReviewCaseReopen).on(id), async |tx| {
        reopen_within(tx, actor.id(), id, version).await
    })
    .await
}

/// The same inside a block that has declared it.
///
/// # Errors
/// As [`reopen_case`].
pub async fn reopen_within(tx: &mut AuditedTx<'_>, me: Uuid, id: Uuid, version: i32) -> Result<i64, AppError> {
    let locked = lock(tx, id).await?;
    let to = locked.state.reopened().filter(|_| locked.version == version).ok_or(AppError::Conflict)?;
    // until a second review stands it is the first decider's to take back, afterwards a manager's
    if !second::may_take_back(tx, id).await? {
        return Err(AppError::Refused(Refusal::SecondPerson));
    }
    reopen(tx, id, me, &locked, to).await?;
    Ok(locked.number)
}

/// Appends the reversal and moves the projection back; the decision itself stays in the history.
async fn reopen(tx: &mut AuditedTx<'_>, id: Uuid, me: Uuid, locked: &Locked, to: ReviewState) -> Result<(), AppError> {
    let seq = locked.version + 1;
    tx.run(sqlx::query!(
        "INSERT INTO portal.review_events (case_id, seq, kind, actor_id, from_state, to_state) VALUES ($1, $2, 'reopened', $3, $4, $5)",
        id,
        seq,
        me,
        locked.state.as_str(),
        to.as_str()
    ))
    .await?;
    let changed = tx
        .run(sqlx::query!(
            "UPDATE portal.review_cases SET state = $2, disposition = NULL, reason_code = NULL, decided_by = NULL, decided_at = NULL, version = $3,
                    updated_at = now() WHERE id = $1",
            id,
            to.as_str(),
            seq
        ))
        .await?;
    if changed == 1 { Ok(()) } else { Err(AppError::NotFound) }
}
